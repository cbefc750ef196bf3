//! What both programs on neural differential equations do: arguments, run folder, all runs, results.

use crate::experiment::{Arm, Experiment, ProblemConfig};
use crate::outcome::{self, Text};
use crate::training::{Record, train};
use clap::Parser;
use evoplast_examples::{
    Run, RunFolder, exit, first_seeds, read_config, read_json, revision, stop_on_ctrl_c, use_threads, write_json,
};
use evoplast_tasks::neural_ode::TrajectoryFit;
use rayon::prelude::*;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

/// Trains neural differential equations by evolution and by exact gradients on equal terms.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Arguments {
    /// Experiment file (TOML). Default: one to three minutes on two cores.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The sizes of the sources and more seeds; hours.
    #[arg(long, conflicts_with_all = ["config", "smoke"])]
    pub paper: bool,
    /// A run of seconds that shows every part and finds nothing.
    #[arg(long, conflicts_with = "config")]
    pub smoke: bool,
    /// Number of seeds, from 1 on; replaces those of the experiment.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Run folder to create; default runs/ and the name of the experiment, with a number if that is taken.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the run in this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "paper", "smoke", "seeds", "out"])]
    pub resume: Option<PathBuf>,
    /// Threads; losses do not depend on it. Default: one per core.
    #[arg(long)]
    pub threads: Option<usize>,
}

type Failed = Box<dyn Error + Send + Sync>;

/// Runs an experiment with these defaults and texts.
pub fn run(text: &Text, default: &str, paper: &str) -> ExitCode {
    exit(text.name, go(&Arguments::parse(), text, default, paper))
}

fn go(arguments: &Arguments, text: &Text, default: &str, paper: &str) -> Result<ExitCode, Failed> {
    let started = Instant::now();
    let stop = stop_on_ctrl_c()?;
    use_threads(arguments.threads)?;
    let (folder, experiment) = match &arguments.resume {
        Some(path) => {
            let (folder, experiment) = RunFolder::resume::<Experiment>(path, text.name)?;
            experiment.check()?;
            (folder, experiment)
        }
        None => {
            let mut experiment: Experiment = match &arguments.config {
                Some(path) => read_config(path)?,
                None => toml::from_str(if arguments.paper { paper } else { default })?,
            };
            if arguments.smoke {
                shrink(&mut experiment);
            }
            if let Some(count) = arguments.seeds {
                experiment.seeds = first_seeds(count);
            }
            experiment.check()?;
            let revision = revision(Path::new(env!("CARGO_MANIFEST_DIR")));
            let run = Run { experiment: text.name.to_owned(), revision, seed: experiment.seeds[0] };
            let kind = if arguments.smoke {
                "-smoke"
            } else if arguments.paper {
                "-paper"
            } else {
                ""
            };
            let stem = format!("{}{kind}", text.name);
            (RunFolder::start(arguments.out.as_deref(), &stem, run, &experiment)?, experiment)
        }
    };
    println!("run folder: {}", folder.path().display());
    let Some(records) = train_all(&experiment, &folder, &stop)? else {
        println!("stopped; continue with --resume {}", folder.path().display());
        return Ok(ExitCode::from(130));
    };
    let report = outcome::write(&experiment, &records, &folder, text)?;
    println!("\n{}  ({:.0} s)", report.display(), started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// A run of seconds.
fn shrink(experiment: &mut Experiment) {
    experiment.seeds.truncate(2);
    experiment.moments = 8;
    for problem in &mut experiment.problems {
        problem.work = 6e4;
        problem.batch = (problem.batch.0.min(3), problem.batch.1);
    }
    if let Some(sweep) = &mut experiment.sweep {
        sweep.samples.truncate(2);
        sweep.sigmas.truncate(2);
        sweep.iterations = 3;
    }
}

struct Job<'a> {
    problem: &'a ProblemConfig,
    fit: &'a TrajectoryFit,
    arm: Arm,
    seed: u64,
    path: PathBuf,
}

/// Trains whatever has no record yet; `None` if the user stopped it.
fn train_all(experiment: &Experiment, folder: &RunFolder, stop: &AtomicBool) -> Result<Option<Vec<Record>>, Failed> {
    let records = folder.file("records");
    std::fs::create_dir_all(&records).map_err(|e| format!("cannot create {}: {e}", records.display()))?;
    let fits: Vec<TrajectoryFit> = experiment.problems.iter().map(ProblemConfig::build).collect::<Result<_, _>>()?;
    let mut jobs = vec![];
    for &seed in &experiment.seeds {
        for (p, (problem, fit)) in experiment.problems.iter().zip(&fits).enumerate() {
            let mut arms = experiment.arms_of(problem);
            if experiment.sweep.as_ref().is_some_and(|s| s.problem == problem.name) {
                arms.extend(experiment.swept());
            }
            for (k, arm) in arms.into_iter().enumerate() {
                let path = records.join(format!("problem{}-arm{}-seed{seed}.json", p + 1, k + 1));
                jobs.push(Job { problem, fit, arm, seed, path });
            }
        }
    }
    let (done, total) = (AtomicUsize::new(0), jobs.len());
    let work = |job: &Job<'_>| -> Result<Option<Record>, Failed> {
        if job.path.exists() {
            done.fetch_add(1, Ordering::Relaxed);
            return known(job).map(Some);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let name = format!("{}, {}, seed {}", job.problem.name, job.arm.name, job.seed);
        let record = train(job.problem, job.fit, &job.arm, job.seed, experiment.moments, stop);
        let Some(record) = record.map_err(|e| format!("{name}: {e}"))? else { return Ok(None) };
        write_json(&job.path, &record)?;
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        let last = &record.moments[record.moments.len() - 1];
        println!(
            "[{count}/{total}] {name}: loss {:.5}, {} iterations, {:.1} s",
            last.best, last.iteration, last.seconds
        );
        Ok(Some(record))
    };
    jobs.par_iter().with_max_len(1).map(work).collect()
}

/// The record of a job that is over, if it belongs to this experiment.
fn known(job: &Job<'_>) -> Result<Record, Failed> {
    let record: Record = read_json(&job.path)?;
    if (&record.problem, &record.arm, record.seed) == (&job.problem.name, &job.arm.name, job.seed) {
        return Ok(record);
    }
    let (path, found) = (job.path.display(), (record.problem, record.arm, record.seed));
    Err(format!("{path}: found the run of {found:?}, expected that of the configuration").into())
}
