//! Which plasticity rules let a spiking model of mouse V1 detect visual changes?
//!
//! Evolves rules of the 25-term Taylor space, validates the front on fresh trials beside random and named rules, and
//! leaves a run folder with a report. See README.md beside this file.

mod experiment;
mod figures;
mod outcome;
mod record;
mod search;
mod validation;

use clap::Parser;
use evoplast_evolve::{Evaluator, Parallel, RandomSearchConfig, StopReason};
use evoplast_examples::{Progress, Run, RunFolder, exit, revision, stop_on_ctrl_c};
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_tasks::change_detection::ThresholdKind;
use experiment::{Arguments, Built, Experiment};
use record::{Stops, Work};
use search::{Files, Plan, search};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use validation::{Origin, Tried, best, from_search, random_rules, validate};

fn main() -> ExitCode {
    exit(EXPERIMENT, run(&Arguments::parse()))
}

/// Name of the experiment in run folders.
const EXPERIMENT: &str = "discover_rules";

/// Runs of random rules are kept apart from those of the search by their seed.
const RANDOM_RUN: u64 = 1 << 48;

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let started = Instant::now();
    let stop = stop_on_ctrl_c()?;
    let threads = arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let evaluator = Parallel::with_threads(threads)?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let (folder, experiment, built) = match &arguments.resume {
        Some(path) => {
            let (folder, experiment) = RunFolder::resume::<Experiment>(path, EXPERIMENT)?;
            let built = experiment.build()?;
            (folder, experiment, built)
        }
        None => {
            let experiment = Experiment::from_arguments(arguments)?;
            // Nothing is written before everything is known to be right.
            let built = experiment.build()?;
            (create(arguments, &experiment)?, experiment, built)
        }
    };
    outcome::describe(&experiment, &built);
    println!("run folder: {}", folder.path().display());

    let work = Work::start();
    let evolved = run_search(&experiment, &built, folder.path(), &evaluator, &stop, &work)?;
    let Some((evolved, random)) = evolved else {
        println!("stopped; continue with --resume {}", folder.path().display());
        return Ok(ExitCode::from(130));
    };
    let mut rules =
        from_search(&built.task, &best(evolved.optimizer.front(), experiment.validation.front), Origin::Evolved)?;
    let front_size = evolved.optimizer.front().len();
    rules.extend(from_search(
        &built.task,
        &best(random.optimizer.population(), experiment.validation.best_random),
        Origin::BestRandom,
    )?);
    let unselected = random_rules(
        &built.task,
        experiment.initial()?,
        experiment.validation.random,
        experiment.seed + RANDOM_RUN + 1,
    )?;
    let unnamed = |(k, rule)| tried(format!("unselected {}", k + 1), Origin::Random, rule);
    rules.extend(unselected.into_iter().enumerate().map(unnamed));
    rules.extend(named_rules(&experiment)?);
    check(&mut rules, &experiment, &built, &work);
    if stop.load(Ordering::Relaxed) {
        println!("stopped; continue with --resume {}", folder.path().display());
        return Ok(ExitCode::from(130));
    }
    let result = outcome::Outcome {
        evaluations: (evolved.evaluations, random.evaluations),
        stops: (Stops::read(&folder.file("search.csv"))?, Stops::read(&folder.file("random.csv"))?),
        front_size,
        rules,
        experiment: &experiment,
        built: &built,
    };
    outcome::print(&result)?;
    let report = outcome::write(&result, &folder)?;
    if let Some(text) = work.summary(threads) {
        println!("{text}");
    }
    println!("\n{}  ({:.0} s)", report.display(), started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

fn tried(name: String, origin: Origin, rule: TaylorRule) -> Tried {
    Tried { name, origin, rule, searched_error: None, reports: vec![] }
}

/// The search and, with the same number of evaluations, random rules; `None` if the user stopped it.
fn run_search(
    experiment: &Experiment,
    built: &Built,
    folder: &Path,
    evaluator: &dyn Evaluator,
    stop: &AtomicBool,
    work: &Work,
) -> Result<Option<(evoplast_evolve::Finished, evoplast_evolve::Finished)>, Box<dyn Error>> {
    use evoplast_evolve::Objective;
    let population = {
        let mut probe = experiment.search.build(built.task.space(), built.task.objectives(), experiment.seed)?;
        probe.ask()?.len()
    };
    println!("\nsearch: {} generations", experiment.generations);
    let plan = Plan {
        config: &*experiment.search,
        run: experiment.seed,
        generations: experiment.generations,
        per_generation: 2 * population as u64,
    };
    let files = Files { folder, name: "search" };
    let evolved = search(experiment, &built.task, &plan, evaluator, &files, stop, work)?;
    if evolved.reason == StopReason::Requested {
        return Ok(None);
    }
    println!("\nrandom rules: as many evaluations");
    let config = RandomSearchConfig { population, archive: population, initial: experiment.initial()? };
    let plan = Plan {
        config: &config,
        run: experiment.seed + RANDOM_RUN,
        generations: evolved.evaluations.div_ceil(population as u64),
        per_generation: population as u64,
    };
    let files = Files { folder, name: "random" };
    let random = search(experiment, &built.task, &plan, evaluator, &files, stop, work)?;
    Ok((random.reason != StopReason::Requested).then_some((evolved, random)))
}

/// The rules of the paper that have a name, all coefficients 1, and no rule at all. Their threshold is the usual
/// response, or 10 Hz as in Chen et al. 2022.
fn named_rules(experiment: &Experiment) -> Result<Vec<Tried>, Box<dyn Error>> {
    let types: Vec<String> = evoplast_tasks::mouse_v1::tables::CELL_TYPES.iter().map(|t| t.name.to_owned()).collect();
    let threshold = match experiment.task.readout.threshold {
        ThresholdKind::Standardised => 0.0,
        ThresholdKind::Absolute => 10.0,
    };
    let all = [
        ("untrained", TaylorRule::silent(types.clone())?),
        ("S_pre", TaylorRule::s_pre(types.clone())?),
        ("S_pre·X_post", TaylorRule::s_pre_x_post(types.clone())?),
        ("five-term rule", TaylorRule::best_five_term(types)?),
    ];
    let name =
        |(name, rule): (&str, TaylorRule)| Ok(tried(name.to_owned(), Origin::Named, rule.with_threshold(threshold)?));
    all.into_iter().map(name).collect()
}

/// Validates all rules with a progress bar.
fn check(rules: &mut [Tried], experiment: &Experiment, built: &Built, work: &Work) {
    let total = rules.len() as u64 * experiment.validation.seeds;
    println!("\nvalidation: {} rules on {} fresh seeds", rules.len(), experiment.validation.seeds);
    let progress = Progress::start(1, total, 0, 0);
    let count = progress.counter();
    validate(&built.held_out, rules, experiment.validation, experiment.seed, work, || count.add(1));
    progress.finish("validated");
}

/// Creates the run folder. Without `--out` the name gets a number if it is taken.
fn create(arguments: &Arguments, experiment: &Experiment) -> Result<RunFolder, Box<dyn Error>> {
    let run = Run {
        experiment: EXPERIMENT.to_owned(),
        revision: revision(Path::new(env!("CARGO_MANIFEST_DIR"))),
        seed: experiment.seed,
    };
    let smoke = if arguments.smoke { "-smoke" } else { "" };
    let stem = format!("{EXPERIMENT}{smoke}-seed{}", experiment.seed);
    Ok(RunFolder::start(arguments.out.as_deref(), &stem, run, experiment)?)
}
