//! Which selection finds the best front when every evaluation is noisy?
//!
//! Every method spends the same number of evaluations on test problems with Gaussian noise on each
//! objective; the score is the hypervolume, without noise, of the set that it returns. See README.md.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use evoplast_evolve::problems::{Dtlz, Noisy, Zdt};
use evoplast_evolve::{
    Budget, EvolveError, Executor, NoiseAwareSwarmConfig, Objective, OptimizerConfig, Serial, catalogue, hypervolume,
    mann_whitney,
};
use evoplast_examples::{exit, quantile};
use rayon::prelude::*;

/// Compares searches on noisy multi-objective problems.
#[derive(Parser)]
struct Arguments {
    /// A run of a few seconds with fewer seeds and evaluations; its numbers mean nothing.
    #[arg(long)]
    smoke: bool,
    /// Write one row for each run to DIR/hypervolumes.csv.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Independent runs of every method on every problem.
    #[arg(long, default_value_t = 31)]
    seeds: u64,
    /// Evaluations of every run.
    #[arg(long, default_value_t = 25_000)]
    evaluations: u64,
    /// Individuals of every population.
    #[arg(long, default_value_t = 100)]
    population: usize,
    /// Problems of 2645 variables, as many as the rules of a mouse-V1 circuit have genes, instead of the small ones.
    #[arg(long)]
    large: bool,
}

/// The searches compared: those of the catalogue that take several objectives, and the default swarm with half as
/// many students a generation, so that two of three evaluations are re-evaluations of parents.
fn searches(population: usize) -> Vec<(&'static str, Box<dyn OptimizerConfig>)> {
    let mut searches = catalogue(population);
    searches.retain(|(_, config)| config.card().many_objectives);
    let one_pairing = NoiseAwareSwarmConfig { population, pairings: 1, ..Default::default() };
    searches.insert(1, ("swarm, one pairing", Box::new(one_pairing)));
    searches
}

/// Whether a search is left out: exact contributions of a hundred points in six objectives take minutes a run.
fn too_slow(method: &str, objectives: usize) -> bool {
    method == "SMS-EMOA" && objectives > 5
}

/// A problem, the noise put on it, and the values without noise.
struct Setting {
    name: &'static str,
    sigma: f64,
    problem: Problem,
    /// Values are divided by this before the hypervolume is taken up to 1.1.
    scale: f64,
}

enum Problem {
    Zdt(Zdt),
    Dtlz(Dtlz),
}

impl Problem {
    fn noisy(&self, sigma: f64) -> Result<Box<dyn Objective>, EvolveError> {
        Ok(match self {
            Self::Zdt(problem) => Box::new(Noisy::new(problem.clone(), sigma)?),
            Self::Dtlz(problem) => Box::new(Noisy::new(problem.clone(), sigma)?),
        })
    }

    fn values(&self, genome: &[f64]) -> Vec<f64> {
        match self {
            Self::Zdt(problem) => problem.values(genome).to_vec(),
            Self::Dtlz(problem) => problem.values(genome),
        }
    }
}

fn settings() -> Result<Vec<Setting>, EvolveError> {
    let dtlz = |objectives| Dtlz::new(2, objectives, 10).map(Problem::Dtlz);
    let zdt = Problem::Zdt(Zdt::new(1, 30)?);
    Ok(vec![
        Setting { name: "ZDT1", sigma: 0.1, problem: zdt, scale: 1.0 },
        Setting { name: "DTLZ2-3", sigma: 0.1, problem: dtlz(3)?, scale: 1.0 },
        Setting { name: "DTLZ2-6", sigma: 0.1, problem: dtlz(6)?, scale: 1.0 },
        Setting { name: "DTLZ2-6", sigma: 0.3, problem: dtlz(6)?, scale: 1.0 },
    ])
}

/// With so many variables no search comes near the front: values are measured in the mean radius of random genomes,
/// 1 + E g = 1 + k/12 for k variables of distance, and the noise is a tenth of it or less.
fn large_settings() -> Result<Vec<Setting>, EvolveError> {
    const GENES: usize = 2645;
    let dtlz = |objectives: usize, noise: f64| -> Result<Setting, EvolveError> {
        let distance = GENES + 1 - objectives;
        let scale = 1.0 + distance as f64 / 12.0;
        let name = if objectives == 3 { "DTLZ2-3 (2645 variables)" } else { "DTLZ2-6 (2645 variables)" };
        let problem = Problem::Dtlz(Dtlz::new(2, objectives, distance)?);
        Ok(Setting { name, sigma: noise * scale, problem, scale })
    };
    Ok(vec![dtlz(3, 0.1)?, dtlz(6, 0.03)?, dtlz(6, 0.1)?])
}

/// Hypervolume, without noise, of the final population; the reference point is 1.1 in every objective. NaN if the search is
/// too slow for the problem.
fn score(setting: &Setting, method: usize, seed: u64, arguments: &Arguments) -> Result<f64, EvolveError> {
    let objective = setting.problem.noisy(setting.sigma)?;
    let (name, config) = searches(arguments.population).swap_remove(method);
    if too_slow(name, objective.objectives().len()) {
        return Ok(f64::NAN);
    }
    let optimizer = config.build(objective.space(), objective.objectives(), seed)?;
    let executor = Executor::new(&Serial, Budget::evaluations(arguments.evaluations));
    let finished = executor.run(objective.as_ref(), optimizer)?;
    let returned = finished.optimizer.population();
    let values = returned.iter().flat_map(|individual| setting.problem.values(&individual.genome));
    let values: Vec<f64> = values.map(|value| value / setting.scale).collect();
    Ok(hypervolume(&values, &vec![1.1; objective.objectives().len()]))
}

fn run(mut arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if arguments.smoke {
        arguments.seeds = 3;
        arguments.evaluations = 2_000;
        arguments.population = 40;
    }
    if arguments.seeds == 0 {
        return Err("--seeds is 0, expected at least 1".into());
    }
    let settings = if arguments.large { large_settings()? } else { settings()? };
    let methods: Vec<&str> = searches(arguments.population).iter().map(|(name, _)| *name).collect();
    let mut jobs = Vec::new();
    for setting in 0..settings.len() {
        for method in 0..methods.len() {
            jobs.extend((0..arguments.seeds).map(|seed| (setting, method, seed)));
        }
    }
    let scores: Vec<f64> = jobs
        .par_iter()
        .map(|&(setting, method, seed)| score(&settings[setting], method, seed, &arguments))
        .collect::<Result<_, _>>()?;
    let scores_of = |setting: usize, method: usize| {
        let seeds = arguments.seeds as usize;
        &scores[(setting * methods.len() + method) * seeds..][..seeds]
    };
    println!("{:<30}{:>8}{:>9}{:>9}{:>12}", "method", "q1", "median", "q3", "p (U test)");
    for (index, setting) in settings.iter().enumerate() {
        println!("{}, noise {:.3}", setting.name, setting.sigma / setting.scale);
        for (method, name) in methods.iter().enumerate() {
            if scores_of(index, method).iter().all(|score| score.is_nan()) {
                println!("  {name:<28}{:>8}{:>9}{:>9}{:>12}", "-", "-", "-", "-");
                continue;
            }
            let [q1, median, q3] = [0.25, 0.5, 0.75].map(|share| quantile(scores_of(index, method), share));
            let p = match mann_whitney(scores_of(index, 0), scores_of(index, method)) {
                Some(test) if method > 0 => format!("{:.1e}", test.p),
                _ => String::from("-"),
            };
            println!("  {name:<28}{q1:>8.3}{median:>9.3}{q3:>9.3}{p:>12}");
        }
    }
    println!(
        "{} seeds, {} evaluations, population {}; p: two-sided against the first method",
        arguments.seeds, arguments.evaluations, arguments.population
    );
    if let Some(folder) = &arguments.out {
        let mut text = String::from("problem,sigma,method,seed,hypervolume\n");
        for (&(setting, method, seed), score) in jobs.iter().zip(&scores).filter(|(_, score)| score.is_finite()) {
            let Setting { name, sigma, scale, .. } = settings[setting];
            writeln!(text, "{name},{},\"{}\",{seed},{score}", sigma / scale, methods[method])?;
        }
        std::fs::create_dir_all(folder)?;
        let path = folder.join("hypervolumes.csv");
        evoplast_evolve::checkpoint::write_atomically(&path, &[text.as_bytes()])?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn main() -> ExitCode {
    exit("noisy_fronts", run(Arguments::parse()).map(|()| ExitCode::SUCCESS))
}
