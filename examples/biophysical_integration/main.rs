//! Where does evolution train a network of biophysical neurons, and where does backpropagation?
//!
//! Trains networks of Morris-Lecar neurons to say which word of a phrase came most often, by evolution strategies and by
//! gradients from the same weights on the same trials, and measures norm and direction of gradients by horizon and
//! recurrent gain. See README.md beside this file.

mod experiment;
mod figures;
mod gradients;
mod outcome;
mod searches;
mod tests;
mod training;

use clap::Parser;
use evoplast_examples::{Run, RunFolder, exit, read_json, revision, stop_on_ctrl_c, use_threads, write_json};
use experiment::{Arguments, Arm, Experiment};
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use training::{State, train};

/// Name of the experiment in run folders.
const EXPERIMENT: &str = "biophysical_integration";

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    exit(EXPERIMENT, run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failed> {
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
            let experiment = Experiment::from_arguments(arguments)?;
            (create(arguments, &experiment)?, experiment)
        }
    };
    println!("run folder: {}", folder.path().display());
    let norms = match &experiment.norms {
        Some(norms) => once(&folder, "norms.json", || gradients::norms(&experiment, norms).map(Some))?,
        None => Some(vec![]),
    };
    println!("norms of gradients: {:.0} s", started.elapsed().as_secs_f64());
    let directions = match &experiment.directions {
        Some(directions) => {
            once(&folder, "directions.json", || gradients::directions(&experiment, directions).map(Some))?
        }
        None => Some(vec![]),
    };
    println!("directions of gradients: {:.0} s", started.elapsed().as_secs_f64());
    let states = train_all(&experiment, &folder, &stop)?;
    let cells = match (&experiment.crossover, &states) {
        (Some(map), Some(_)) => once(&folder, "crossover.json", || gradients::crossover(&experiment, map, &stop))?,
        _ => Some(vec![]),
    };
    let (Some(norms), Some(directions), Some(states), Some(cells)) = (norms, directions, states, cells) else {
        println!("stopped; continue with --resume {}", folder.path().display());
        return Ok(ExitCode::from(130));
    };
    let results = outcome::Results::new(&experiment, norms, directions, &states, cells);
    let report = outcome::write(&experiment, &results, &states, &folder)?;
    println!("\n{}  ({:.0} s)", report.display(), started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// A result that is kept in a file of the folder and computed if it is not there.
fn once<T: Serialize + DeserializeOwned>(
    folder: &RunFolder,
    name: &str,
    compute: impl FnOnce() -> Result<Option<T>, Failed>,
) -> Result<Option<T>, Failed> {
    let path = folder.file(name);
    if path.exists() {
        return Ok(Some(read_json(&path)?));
    }
    let result = compute()?;
    if let Some(result) = &result {
        write_json(&path, result)?;
    }
    Ok(result)
}

/// Trains every arm with every seed, from its checkpoint if there is one; `None` if the user stopped it.
fn train_all(experiment: &Experiment, folder: &RunFolder, stop: &AtomicBool) -> Result<Option<Vec<State>>, Failed> {
    let records = folder.file("records");
    std::fs::create_dir_all(&records).map_err(|e| format!("cannot create {}: {e}", records.display()))?;
    let mut jobs: Vec<(&Arm, usize, u64)> = vec![];
    for &seed in &experiment.seeds {
        jobs.extend(experiment.arms.iter().enumerate().map(|(k, arm)| (arm, k, seed)));
    }
    let work = |&(arm, k, seed): &(&Arm, usize, u64)| -> Result<Option<State>, Failed> {
        let path = records.join(format!("arm{}-seed{seed}.json", k + 1));
        let mut problem = experiment.problem(arm, seed)?;
        let every = experiment.checkpoint_every;
        let state = train(&mut problem, arm, every, experiment.test_trials, Some(&path), stop);
        let state = state.map_err(|e| format!("{}, seed {seed}: {e}", arm.name))?;
        if let Some((state, (loss, accuracy))) = state.as_ref().and_then(|s| s.test.map(|t| (s, t))) {
            let seconds = state.looks.last().map_or(0.0, |look| look.seconds);
            println!("{}, seed {seed}: loss {loss:.3}, accuracy {accuracy:.3}, {seconds:.0} s", arm.name);
        }
        Ok(state)
    };
    jobs.par_iter().with_max_len(1).map(work).collect()
}

/// Creates the run folder.
fn create(arguments: &Arguments, experiment: &Experiment) -> Result<RunFolder, Failed> {
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
