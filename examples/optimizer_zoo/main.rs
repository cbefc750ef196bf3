//! How do all registered searches do on one problem?
//!
//! Runs every search of the catalogue on a problem chosen by name, prints a table, and draws convergence or fronts beside the
//! reference front. See README.md beside this file.

mod outcome;
mod problem;
mod race;
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clap::Parser;
use evoplast_evolve::{OptimizerConfig, catalogue};
use evoplast_examples::{Run, RunFolder, exit, revision, stop_on_ctrl_c, use_threads};
use outcome::{Field, Result, Standing};
use problem::{Problem, Size};
use race::Course;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Name of the experiment in run folders.
const EXPERIMENT: &str = "optimizer_zoo";

/// Runs every registered search on a problem, or on several.
#[derive(Parser, Debug, Clone, Serialize, Deserialize)]
struct Arguments {
    /// Problem: sphere, ellipsoid, cigar, discus, rosenbrock, rastrigin, step, each also as rotated-NAME; bbob1 to bbob24;
    /// bbob101 to bbob130 (noisy); zdt1 to zdt6; dtlz1 to dtlz7; wfg1 to wfg9; lsmop1 to lsmop9. May be given several times.
    #[arg(long = "problem", value_name = "NAME", default_values = ["rotated-ellipsoid", "dtlz2"])]
    problems: Vec<String>,
    /// Number of variables instead of the usual one of the problem.
    #[arg(long)]
    variables: Option<usize>,
    /// Number of objectives of DTLZ, WFG and LSMOP.
    #[arg(long)]
    objectives: Option<usize>,
    /// Instance of a BBOB function, or seed of a rotation.
    #[arg(long, default_value_t = 1)]
    instance: u32,
    /// Standard deviation of Gaussian noise on every objective; scores are without noise.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    noise: f64,
    /// Evaluations of every run.
    #[arg(long, default_value_t = 20_000)]
    evaluations: u64,
    /// Candidates of a generation with one objective, individuals with several; without it 20 and 100.
    #[arg(long)]
    population: Option<usize>,
    /// Seeds 1 to N.
    #[arg(long, default_value_t = 7, value_name = "N")]
    seeds: u64,
    /// Distance from the optimum that counts as reached.
    #[arg(long, default_value_t = 1e-8, allow_negative_numbers = true)]
    target: f64,
    /// Only searches whose name contains this text; may be given several times.
    #[arg(long = "search", value_name = "TEXT")]
    searches: Vec<String>,
    /// A run of seconds that only shows that everything works; its numbers mean nothing.
    #[arg(long)]
    #[serde(skip)]
    smoke: bool,
    /// Folder of the run; without it a new one in runs/.
    #[arg(long, value_name = "DIR")]
    #[serde(skip)]
    out: Option<PathBuf>,
    /// Number of threads, without it one a core; the results do not depend on it.
    #[arg(long)]
    #[serde(skip)]
    threads: Option<usize>,
}

impl Arguments {
    /// The searches that can run a problem with so many objectives, in the order of the catalogue.
    fn entrants(&self, objectives: usize) -> Vec<(&'static str, Box<dyn OptimizerConfig>)> {
        let population = self.population.unwrap_or(if objectives == 1 { 20 } else { 100 });
        let mut entrants = catalogue(population);
        entrants.retain(|(name, config)| {
            let wanted = |text: &String| name.to_lowercase().contains(&text.to_lowercase());
            (objectives == 1 || config.card().many_objectives)
                && (self.searches.is_empty() || self.searches.iter().any(wanted))
        });
        entrants
    }

    /// The problems, after everything has been checked that can be checked before a run.
    fn check(&self) -> Result<Vec<Problem>> {
        for (option, value) in [("--seeds", self.seeds), ("--evaluations", self.evaluations)] {
            if value == 0 {
                return Err(format!("{option} is 0, expected at least 1").into());
            }
        }
        if !(self.noise >= 0.0 && self.noise.is_finite()) {
            return Err(format!("--noise is {}, expected 0 or more", self.noise).into());
        }
        if !self.target.is_finite() {
            return Err(format!("--target is {}, expected a finite number", self.target).into());
        }
        let size = Size { variables: self.variables, objectives: self.objectives, instance: self.instance };
        let problems = self.problems.iter().map(|name| Problem::named(name, size));
        let problems: Vec<Problem> = problems.collect::<std::result::Result<_, String>>()?;
        for problem in &problems {
            let entrants = self.entrants(problem.objectives());
            if entrants.is_empty() {
                return Err(format!("no search named {:?} takes {}", self.searches, problem.title).into());
            }
            for (name, config) in entrants {
                let objective = problem.objective.as_ref();
                config.build(objective.space(), objective.objectives(), 1).map_err(|e| format!("{name}: {e}"))?;
            }
        }
        Ok(problems)
    }
}

fn main() -> ExitCode {
    exit(EXPERIMENT, run(Arguments::parse()))
}

fn run(mut arguments: Arguments) -> Result<ExitCode> {
    let stop = stop_on_ctrl_c()?;
    if arguments.smoke {
        (arguments.seeds, arguments.evaluations) = (2, 400);
    }
    let problems = arguments.check()?;
    use_threads(arguments.threads)?;
    let run =
        Run { experiment: EXPERIMENT.to_owned(), revision: revision(Path::new(env!("CARGO_MANIFEST_DIR"))), seed: 1 };
    let folder = RunFolder::start(arguments.out.as_deref(), EXPERIMENT, run, &arguments)?;
    let mut fields = vec![];
    for problem in &problems {
        let Some(field) = race_all(&arguments, problem, &stop)? else {
            println!("stopped; {} has the configuration alone", folder.path().display());
            return Ok(ExitCode::from(130));
        };
        for table in field.tables()? {
            println!("\n{table}");
        }
        fields.push(field);
    }
    println!("\n{}", outcome::write(&fields, &folder)?.display());
    Ok(ExitCode::SUCCESS)
}

/// Every search with every seed on one problem; `None` if the user stopped it.
fn race_all<'a>(arguments: &Arguments, problem: &'a Problem, stop: &AtomicBool) -> Result<Option<Field<'a>>> {
    let course = Course { evaluations: arguments.evaluations, target: arguments.target, noise: arguments.noise };
    let entrants = arguments.entrants(problem.objectives());
    let jobs: Vec<(usize, u64)> =
        (0..entrants.len()).flat_map(|k| (1..=arguments.seeds).map(move |s| (k, s))).collect();
    let done = AtomicUsize::new(0);
    let work = |&(k, seed): &(usize, u64)| {
        let (name, config) = &entrants[k];
        let outcome = race::run(problem, config.as_ref(), seed, course, stop);
        let count = done.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(jobs.len().div_ceil(10)) {
            eprintln!("{}: {count} of {} runs", problem.title, jobs.len());
        }
        outcome.map_err(|e| format!("{name}, seed {seed}: {e}").into())
    };
    // The unit of work is a run; longer ones do not wait for shorter ones.
    let outcomes: Result<Option<Vec<race::Outcome>>> = jobs.par_iter().with_max_len(1).map(work).collect();
    let Some(outcomes) = outcomes? else { return Ok(None) };
    let mut rest = outcomes.into_iter();
    let standing = |(name, config): &(&'static str, Box<dyn OptimizerConfig>)| Standing {
        search: (*name).to_owned(),
        source: config.card().citation.to_owned(),
        runs: rest.by_ref().take(arguments.seeds as usize).collect(),
    };
    let standings = entrants.iter().map(standing).collect();
    Ok(Some(Field::ranked(problem, course, standings)))
}
