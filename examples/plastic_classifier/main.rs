//! Can a plastic recurrent network learn to classify by a rule that evolution found, and what held the published one back?
//!
//! Finds rules by every arm of an experiment, judges them on the data they were found on and on other data, and compares.
//! See README.md beside this file.

mod experiment;
mod figures;
mod outcome;
mod training;

use clap::Parser;
use evoplast_examples::{Run, RunFolder, exit, revision, stop_on_ctrl_c, use_threads};
use experiment::{Arguments, Experiment};
use rayon::prelude::*;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use training::{Performance, Record, train};

/// Name of the experiment in run folders.
const EXPERIMENT: &str = "plastic_classifier";

fn main() -> ExitCode {
    exit(EXPERIMENT, run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let started = Instant::now();
    let stop = stop_on_ctrl_c()?;
    use_threads(arguments.threads)?;
    let experiment = Experiment::from_arguments(arguments).map_err(|error| error.to_string())?;
    let sources = experiment.sources()?;
    experiment.check_arms(&sources.0)?;
    let run = Run {
        experiment: EXPERIMENT.to_owned(),
        revision: revision(Path::new(env!("CARGO_MANIFEST_DIR"))),
        seed: experiment.seeds[0],
    };
    let kind = match arguments {
        Arguments { smoke: true, .. } => "-smoke",
        Arguments { paper: true, .. } => "-paper",
        Arguments { study: true, .. } => "-study",
        Arguments { idx: Some(_), .. } => "-idx",
        _ => "",
    };
    let folder = RunFolder::start(arguments.out.as_deref(), &format!("{EXPERIMENT}{kind}"), run, &experiment)?;
    println!("run folder: {}", folder.path().display());
    let Some(records) = train_all(&experiment, &sources, &stop)? else {
        println!("stopped");
        return Ok(ExitCode::from(130));
    };
    let report = outcome::write(&experiment, &records, &folder)?;
    println!("\n{}  ({:.0} s)", report.display(), started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

type Sources = (evoplast_tasks::plastic_classifier::Source, Option<evoplast_tasks::plastic_classifier::Source>);

/// Trains all arms with all seeds; `None` if the user stopped it.
fn train_all(
    experiment: &Experiment,
    sources: &Sources,
    stop: &AtomicBool,
) -> Result<Option<Vec<Record>>, Box<dyn Error + Send + Sync>> {
    let jobs: Vec<_> =
        experiment.seeds.iter().flat_map(|&seed| experiment.arms.iter().map(move |arm| (arm, seed))).collect();
    let done = AtomicUsize::new(0);
    let last = |performance: &Performance| performance.course.last().copied().unwrap_or(f64::NAN);
    let records: Result<Option<Vec<Record>>, Box<dyn Error + Send + Sync>> = jobs
        .par_iter()
        .with_max_len(1)
        .map(|&(arm, seed)| {
            let started = Instant::now();
            let name = format!("{}, seed {seed}", arm.name);
            let record = train(experiment, arm, seed, sources.clone(), stop).map_err(|e| format!("{name}: {e}"))?;
            if let Some(record) = &record {
                let (count, total) = (done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
                let (home, away) = (&record.home, &record.away);
                println!(
                    "[{count}/{total}] {name}: after a batch {:.3}, at the end {:.3}; elsewhere {:.3}, {:.3}; {:.0} s",
                    home.adapted,
                    last(home),
                    away.adapted,
                    last(away),
                    started.elapsed().as_secs_f64()
                );
            }
            Ok(record)
        })
        .collect();
    records
}
