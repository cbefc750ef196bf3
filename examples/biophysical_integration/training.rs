//! Training: one iteration after another, whatever the method, with the whole state on disk from time to time.

use crate::experiment::{Arm, Strategy, Training};
use crate::searches::{annealed, rate, searches, turn_of, windows};
use evoplast_backprop::graded::{GradedBptt, GradedOptions, readout_gradient};
use evoplast_backprop::{Clip, CrossEntropy, Logits, Normalise, without_nan};
use evoplast_evolve::{
    Adam, Address, Evaluation, Evaluator, Failure, Optimizer, Outcome, Parallel, Updater, Watch, Windows,
};
use evoplast_examples::{read_json, write_json};
use evoplast_neuron::dynamics::MorrisLecar;
use evoplast_synapse::graded::GradedShape;
use evoplast_tasks::evidence::{GradedProblem, GradedTrials, GradedWindows};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

type Failed = Box<dyn Error + Send + Sync>;

/// Steps on the tape of a gradient.
const SEGMENT: usize = 40;
/// Words through which the surrogate gradient of Guided ES passes.
const GUIDE_WORDS: usize = 2;
/// The word of addresses that separates test trials from those of training.
const TEST: u64 = 1 << 62;

/// What an iteration showed, before its update.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Trials simulated so far; a gradient counts once for each of its trials.
    pub trials: u64,
    /// Seconds so far.
    pub seconds: f64,
    /// Mean loss of the batch.
    pub loss: f64,
    /// Accuracy on the batch.
    pub accuracy: f64,
    /// Norm of the gradient by the searched blocks, of arms that have one.
    pub norm: Option<f64>,
}

/// An arm in training, and its checkpoint.
#[derive(Serialize, Deserialize)]
pub struct State {
    /// Name of the arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// All weights.
    pub weights: Vec<f32>,
    /// One entry an iteration; of a search by windows one a batch of trials.
    pub looks: Vec<Look>,
    /// Candidates or gradients that failed.
    pub failures: u64,
    /// Loss and accuracy on fresh trials at the end.
    pub test: Option<(f64, f64)>,
    updater: Box<dyn Updater>,
    searches: Vec<Box<dyn Optimizer>>,
}

/// Trains to the end; `None` if the user stopped it, with the state in `path`.
pub fn train(
    problem: &mut GradedProblem,
    arm: &Arm,
    every: u64,
    test_trials: usize,
    path: Option<&Path>,
    stop: &AtomicBool,
) -> Result<Option<State>, Failed> {
    let seed = problem.config().seed;
    let mut state = match path.filter(|p| p.exists()) {
        Some(path) => {
            let state: State = read_json(path)?;
            if (state.arm.as_str(), state.seed) != (arm.name.as_str(), seed) {
                return Err(format!("{}: found the state of another arm or seed", path.display()).into());
            }
            state
        }
        None => State {
            arm: arm.name.clone(),
            seed,
            weights: problem.weights().values().to_vec(),
            looks: vec![],
            failures: 0,
            test: None,
            updater: annealed(arm, Box::new(Adam::new(rate(&arm.train))), 1),
            searches: searches(problem, arm, seed)?,
        },
    };
    if state.test.is_some() {
        return Ok(Some(state));
    }
    problem.set_weights(state.weights.clone())?;
    let before = state.looks.last().map_or(0.0, |look| look.seconds);
    let started = Instant::now();
    while (state.looks.len() as u64) < rounds(problem, arm) {
        let round = state.looks.len() as u64;
        let mut look = match &arm.train {
            Training::Windows { .. } => windows_step(problem, arm, &mut state)?,
            training => {
                let at = Address { run: seed, generation: round, candidate: 0, episode: 0 };
                let trials = problem.trials::<f32>(&at, problem.config().trials)?;
                match training {
                    Training::Gradient { .. } => gradient_step(problem, arm, &trials, &mut state)?,
                    _ => evolution_step(problem, arm, &trials, &mut state)?,
                }
            }
        };
        look.trials += state.looks.last().map_or(0, |last| last.trials);
        look.seconds = before + started.elapsed().as_secs_f64();
        state.looks.push(look);
        state.weights = problem.weights().values().to_vec();
        let stopped = stop.load(Ordering::Relaxed);
        if let Some(path) = path.filter(|_| stopped || (round + 1).is_multiple_of(every)) {
            write_json(path, &state)?;
        }
        if stopped {
            return Ok(None);
        }
    }
    let at = Address { run: seed, generation: TEST, candidate: 0, episode: 0 };
    let score = problem.score(problem.weights(), &problem.trials(&at, test_trials)?)?;
    state.test = Some((score.loss, score.accuracy));
    if let Some(path) = path {
        write_json(path, &state)?;
    }
    Ok(Some(state))
}

/// Looks at an arm: one an iteration, or of a search by windows one a batch of trials.
fn rounds(problem: &GradedProblem, arm: &Arm) -> u64 {
    match arm.train {
        Training::Windows { words, .. } => arm.iterations.div_ceil(windows(problem, words)),
        _ => arm.iterations,
    }
}

fn cross_entropy(labels: &[usize]) -> CrossEntropy {
    CrossEntropy { labels: labels.to_vec(), window: 0..1, logits: Logits::Mean }
}

/// A step of the readout along its gradient, and one of the search.
fn evolution_step(
    problem: &mut GradedProblem,
    arm: &Arm,
    trials: &GradedTrials<f32>,
    state: &mut State,
) -> Result<Look, Failed> {
    let run = problem.network().run(problem.weights(), &trials.batch, &trials.state)?;
    let score = problem.judge(&run.outputs(problem.weights()), &trials.labels);
    let (_, gradient) = readout_gradient(problem.weights(), &run, &cross_entropy(&trials.labels))?;
    let shape = problem.weights().shape();
    let mut values = problem.weights().values().to_vec();
    let start = shape.readout().start;
    update(&mut *state.updater, &mut values[start..], &gradient[start..]);
    problem.set_weights(values)?;

    let iteration = state.looks.len();
    let (turns, turn) = (state.searches.len(), iteration % state.searches.len());
    let here = problem.genome();
    let genes = if turns > 1 { turn_of(problem, turn) } else { 0..here.len() };
    let Training::Evolution { strategy, .. } = arm.train else { return Err("no evolution strategy".into()) };
    let search = &mut state.searches[turn];
    if strategy == Strategy::Guided {
        let hold = trials.batch.frame_steps();
        let options = GradedOptions {
            segment_steps: Some(SEGMENT),
            truncate_steps: Some(GUIDE_WORDS * hold),
            gradient_limit: None,
        };
        let engine = GradedBptt::<MorrisLecar>::new(problem.network().clone(), options)?;
        let loss = cross_entropy(&trials.labels);
        let surrogate = engine.gradient(problem.weights(), &trials.batch, &trials.state, &loss)?;
        let mut surrogate: Vec<f64> = problem.of_genes(&surrogate.values).into_iter().map(f64::from).collect();
        without_nan(&mut surrogate);
        search.guide(&surrogate)?;
    }
    let candidates = search.ask()?;
    let judge = |genome: &[f64]| {
        let mut whole = here.clone();
        whole[genes.clone()].copy_from_slice(&genome[genes.clone()]);
        let weights = problem.with_genome(&whole)?;
        problem.score(&weights, trials)
    };
    let outcomes: Vec<(u64, Outcome)> = candidates
        .par_iter()
        .map(|candidate| {
            let outcome = match judge(&candidate.genome) {
                Ok(score) => Outcome::Done(Evaluation::new(vec![score.loss])),
                Err(error) => Outcome::Failed(Failure::new(error.to_string())),
            };
            (candidate.id, outcome)
        })
        .collect();
    state.failures += outcomes.iter().filter(|(_, o)| matches!(o, Outcome::Failed(_))).count() as u64;
    search.tell(&outcomes)?;
    if let Some(mean) = search.recommendation() {
        let mut whole = here;
        whole[genes.clone()].copy_from_slice(&mean[genes]);
        let weights = problem.with_genome(&whole)?.values().to_vec();
        problem.set_weights(weights)?;
    }
    let passes = outcomes.len() as u64 + 1;
    let simulated = passes * trials.labels.len() as u64;
    Ok(Look { trials: simulated, seconds: 0.0, loss: score.loss, accuracy: score.accuracy, norm: None })
}

/// A step along the gradient of all trained blocks and the readout.
fn gradient_step(
    problem: &mut GradedProblem,
    arm: &Arm,
    trials: &GradedTrials<f32>,
    state: &mut State,
) -> Result<Look, Failed> {
    let Training::Gradient { clip, normalise, truncate_steps, .. } = &arm.train else {
        return Err("no gradient".into());
    };
    let options = GradedOptions { segment_steps: Some(SEGMENT), truncate_steps: *truncate_steps, gradient_limit: None };
    let engine = GradedBptt::<MorrisLecar>::new(problem.network().clone(), options)?;
    let loss = cross_entropy(&trials.labels);
    let simulated = trials.labels.len() as u64;
    let found = match engine.gradient(problem.weights(), &trials.batch, &trials.state, &loss) {
        Ok(found) => found,
        // A gradient that is not finite gives no step; the loss is that of a run forward.
        Err(_) => {
            state.failures += 1;
            let score = problem.score(problem.weights(), trials)?;
            return Ok(Look {
                trials: simulated,
                seconds: 0.0,
                loss: score.loss,
                accuracy: score.accuracy,
                norm: None,
            });
        }
    };
    let score = problem.judge(&found.outputs.values, &trials.labels);
    let trained = trained(problem);
    let mut gradient: Vec<f32> = trained.iter().map(|&k| found.values[k]).collect();
    let genes = problem.of_genes(&found.values);
    let norm = genes.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    without_nan(&mut gradient);
    if let Some(power) = normalise {
        Normalise::new(*power)?.apply(&mut gradient);
    }
    if let Some(norm) = clip {
        Clip::new(*norm)?.apply(&mut gradient)?;
    }
    let mut all = problem.weights().values().to_vec();
    let mut values: Vec<f32> = trained.iter().map(|&k| all[k]).collect();
    update(&mut *state.updater, &mut values, &gradient);
    trained.iter().zip(&values).for_each(|(&k, &w)| all[k] = w);
    problem.set_weights(all)?;
    Ok(Look { trials: simulated, seconds: 0.0, loss: score.loss, accuracy: score.accuracy, norm: Some(norm) })
}

/// Places of the trained weights: the searched blocks and the readout.
fn trained(problem: &GradedProblem) -> Vec<usize> {
    let shape: GradedShape = problem.weights().shape();
    let places: Vec<usize> = (0..shape.len()).collect();
    let mut trained = problem.of_genes(&places);
    trained.extend(shape.readout().start.max(trained.last().map_or(0, |k| k + 1))..shape.len());
    trained
}

/// Moves single-precision parameters by an updater.
fn update(updater: &mut dyn Updater, parameters: &mut [f32], gradient: &[f32]) {
    let mut wide: Vec<f64> = parameters.iter().map(|&w| w.into()).collect();
    let gradient: Vec<f64> = gradient.iter().map(|&g| g.into()).collect();
    updater.update(&mut wide, &gradient);
    parameters.iter_mut().zip(wide).for_each(|(w, x)| *w = x as f32);
}

/// All windows of one batch of trials, with a generation each; particles have no state between batches.
fn windows_step(problem: &mut GradedProblem, arm: &Arm, state: &mut State) -> Result<Look, Failed> {
    let Training::Windows { words, population, .. } = arm.train else { return Err("no search by windows".into()) };
    let seed = problem.config().seed;
    let round = state.looks.len() as u64;
    let first = round * windows(problem, words);
    let last = arm.iterations.min(first + windows(problem, words));
    let search = state.searches.first_mut().ok_or("no search by windows")?;
    let at = Address { run: seed, generation: first, candidate: 0, episode: 0 };
    let score = problem.score(problem.weights(), &problem.trials(&at, problem.config().trials)?)?;
    {
        let objective = Windows::new(GradedWindows::new(problem, words)?, population)?;
        for generation in first..last {
            let candidates = search.ask()?;
            let done = Parallel::new().evaluate(&objective, &candidates, seed, generation, &Watch::nobody());
            let done = done.ok_or("an evaluation was given up")?;
            let outcomes: Vec<(u64, Outcome)> = candidates.iter().map(|c| c.id).zip(done).collect();
            state.failures += outcomes.iter().filter(|(_, o)| matches!(o, Outcome::Failed(_))).count() as u64;
            search.tell(&outcomes)?;
        }
    }
    if let Some(mean) = search.recommendation() {
        let weights = problem.with_genome(&mean)?.values().to_vec();
        problem.set_weights(weights)?;
    }
    // Whole trials: a window is a part of one.
    let trials = (population * problem.config().trials) as u64;
    Ok(Look { trials, seconds: 0.0, loss: score.loss, accuracy: score.accuracy, norm: None })
}
