//! Which layers of a spiking network change when evolution trains it, and which when backpropagation does?
//!
//! Trains networks by every arm of an experiment, those of one seed from the same weights on the same trials unless an arm
//! asks for another network, runs a null of each, and compares the changes layer by layer. See README.md beside this file.

mod comparison;
mod experiment;
mod figures;
mod matching;
mod outcome;
mod tests;
mod training;

use clap::Parser;
use evoplast_examples::{Run, RunFolder, exit, read_json, revision, stop_on_ctrl_c, use_threads, write_json};
use experiment::{Arguments, Arm, Experiment};
use rayon::prelude::*;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use training::{Record, train};

/// Name of the experiment in run folders.
const EXPERIMENT: &str = "ea_vs_bptt";

fn main() -> ExitCode {
    exit(EXPERIMENT, run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let started = Instant::now();
    let stop = stop_on_ctrl_c()?;
    use_threads(arguments.threads)?;
    let (folder, experiment) = match &arguments.resume {
        Some(path) => {
            let (folder, experiment) = RunFolder::resume::<Experiment>(path, EXPERIMENT)?;
            experiment.check()?;
            (folder, experiment)
        }
        None => {
            let experiment = Experiment::from_arguments(arguments).map_err(|e| e.to_string())?;
            (create(arguments, &experiment)?, experiment)
        }
    };
    println!("run folder: {}", folder.path().display());
    let Some(records) = train_all(&experiment, &folder, &stop)? else {
        println!("stopped; continue with --resume {}", folder.path().display());
        return Ok(ExitCode::from(130));
    };
    let comparison = comparison::compare(&experiment, &records)?;
    let report = outcome::write(&experiment, &records, &comparison, &folder)?;
    println!("\n{}  ({:.0} s)", report.display(), started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// One run to make.
struct Job<'a> {
    arm: &'a Arm,
    seed: u64,
    null: bool,
    path: PathBuf,
}

/// Trains whatever has no record yet, and returns all records in the order of the jobs; `None` if the user stopped it.
fn train_all(
    experiment: &Experiment,
    folder: &RunFolder,
    stop: &AtomicBool,
) -> Result<Option<Vec<Record>>, Box<dyn Error + Send + Sync>> {
    let records = folder.file("records");
    std::fs::create_dir_all(&records).map_err(|e| format!("cannot create {}: {e}", records.display()))?;
    let mut jobs = vec![];
    for &seed in &experiment.seeds {
        for null in [false, true] {
            for (k, arm) in experiment.arms.iter().enumerate() {
                let of_null = if null { "-null" } else { "" };
                let path = records.join(format!("arm{}-seed{seed}{of_null}.json", k + 1));
                jobs.push(Job { arm, seed, null, path });
            }
        }
    }
    let (done, total) = (AtomicUsize::new(0), jobs.len());
    let work = |job: &Job<'_>| -> Result<Option<Record>, Box<dyn Error + Send + Sync>> {
        if job.path.exists() {
            done.fetch_add(1, Ordering::Relaxed);
            return known(job, experiment).map(Some);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let started = Instant::now();
        let name = format!("{}{}, seed {}", job.arm.name, if job.null { " (null)" } else { "" }, job.seed);
        let record = train(experiment, job.arm, job.seed, job.null, stop).map_err(|e| format!("{name}: {e}"))?;
        let Some(record) = record else { return Ok(None) };
        write_json(&job.path, &record)?;
        let last = &record.trajectory.moments()[record.trajectory.moments().len() - 1];
        let (count, seconds) = (done.fetch_add(1, Ordering::Relaxed) + 1, started.elapsed().as_secs_f64());
        let early = record.stopped.as_ref().map(|why| format!(", ended early: {why}")).unwrap_or_default();
        println!(
            "[{count}/{total}] {name}: error {:.3}, accuracy {:.3}, {seconds:.0} s{early}",
            last.loss, last.accuracy
        );
        Ok(Some(record))
    };
    // The unit of work is a run; longer ones do not wait for shorter ones.
    jobs.par_iter().with_max_len(1).map(work).collect()
}

/// The record of a job that is over, if it belongs to this experiment.
fn known(job: &Job<'_>, experiment: &Experiment) -> Result<Record, Box<dyn Error + Send + Sync>> {
    let record: Record = read_json(&job.path)?;
    let problem = experiment.problem(job.arm, job.seed)?;
    let same = record.arm == job.arm.name
        && (record.seed, record.null) == (job.seed, job.null)
        && record.trajectory.moments()[0].parameters == problem.weights().initial();
    if !same {
        let (path, found) = (job.path.display(), (record.arm, record.seed, record.null));
        return Err(format!(
            "{path}: found the run of {found:?} or of another network, expected that of the configuration"
        )
        .into());
    }
    Ok(record)
}

/// Creates the run folder.
fn create(arguments: &Arguments, experiment: &Experiment) -> Result<RunFolder, Box<dyn Error + Send + Sync>> {
    let run = Run {
        experiment: EXPERIMENT.to_owned(),
        revision: revision(Path::new(env!("CARGO_MANIFEST_DIR"))),
        seed: experiment.seeds[0],
    };
    let kind = if arguments.smoke {
        "-smoke"
    } else if arguments.paper {
        "-paper"
    } else {
        ""
    };
    Ok(RunFolder::start(arguments.out.as_deref(), &format!("{EXPERIMENT}{kind}"), run, experiment)?)
}
