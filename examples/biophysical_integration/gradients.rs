//! What gradients are worth: their norm and direction by horizon and gain, and which arm wins there.

use crate::experiment::{Crossover, Directions, Experiment, Norms, at_horizon, problem};
use crate::training::train;
use evoplast_backprop::graded::{GradedBptt, GradedOptions};
use evoplast_backprop::{CrossEntropy, Logits, Real};
use evoplast_evolve::{Address, Objective};
use evoplast_neuron::Scalar;
use evoplast_neuron::dynamics::MorrisLecar;
use evoplast_synapse::graded::GradedWeights;
use evoplast_tasks::evidence::{GradedProblem, GradedProblemConfig, GradedTrials};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::atomic::AtomicBool;

type Failed = Box<dyn Error + Send + Sync>;

const STREAM_PERTURBATION: u64 = 60;

/// Norms of the gradient of one network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Norm {
    pub horizon_ms: f64,
    pub gain: f64,
    pub seed: u64,
    pub loss: f64,
    pub input: f64,
    pub recurrent: f64,
    pub readout: f64,
}

/// Direction of the gradient of one network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Direction {
    pub horizon_ms: f64,
    pub gain: f64,
    pub seed: u64,
    /// Norm of the gradient of the loss by the searched blocks.
    pub gradient: f64,
    /// Estimated norm of the gradient of the smoothed loss; none if the two estimates point away from each other.
    pub smoothed: Option<f64>,
    /// Cosine of both, corrected for the noise of the estimates; none likewise.
    pub cosine: Option<f64>,
}

/// A trained cell of the map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cell {
    pub horizon_ms: f64,
    pub gain: f64,
    pub seed: u64,
    pub arm: String,
    /// Accuracy on fresh trials.
    pub accuracy: f64,
    pub failures: u64,
}

fn gradient<F: Real + Scalar>(
    problem: &GradedProblem,
    weights: &GradedWeights<F>,
    trials: &GradedTrials<F>,
) -> Result<evoplast_backprop::graded::GradedGradient<F>, Failed> {
    let options = GradedOptions { segment_steps: Some(40), truncate_steps: None, gradient_limit: None };
    let engine = GradedBptt::<MorrisLecar>::new(problem.network().clone(), options)?;
    let loss = CrossEntropy { labels: trials.labels.clone(), window: 0..1, logits: Logits::Mean };
    Ok(engine.gradient(weights, &trials.batch, &trials.state, &loss)?)
}

fn wide(weights: &GradedWeights<f32>) -> Result<GradedWeights<f64>, Failed> {
    Ok(GradedWeights::new(weights.shape(), weights.values().iter().map(|&w| w.into()).collect())?)
}

/// All horizons, gains and seeds in order.
fn places(horizons: &[f64], gains: &[f64], seeds: &[u64]) -> Vec<(f64, f64, u64)> {
    let each = |&h: &f64| gains.iter().flat_map(move |&g| seeds.iter().map(move |&s| (h, g, s)));
    horizons.iter().flat_map(each).collect()
}

/// Norms of gradients in double precision.
pub fn norms(experiment: &Experiment, norms: &Norms) -> Result<Vec<Norm>, Failed> {
    let one = |&(horizon_ms, gain, seed): &(f64, f64, u64)| -> Result<Norm, Failed> {
        let base = at_horizon(&experiment.problem, horizon_ms, gain)?;
        let problem = GradedProblem::new(GradedProblemConfig { seed, neurons: norms.neurons, ..base })?;
        let at = Address { run: seed, generation: 0, candidate: 0, episode: 0 };
        let weights = wide(problem.weights())?;
        let found = gradient(&problem, &weights, &problem.trials::<f64>(&at, norms.trials)?)?;
        let shape = weights.shape();
        let (input, recurrent) = (found.norm(shape.input()), found.norm(shape.recurrent()));
        Ok(Norm { horizon_ms, gain, seed, loss: found.loss, input, recurrent, readout: found.norm(shape.readout()) })
    };
    places(&norms.horizons_ms, &norms.gains, &experiment.seeds).par_iter().map(one).collect()
}

/// Cosines of gradients and gradients of the smoothed loss.
///
/// Two independent estimates g_1 and g_2 of the latter have independent noise, so `<g, g_1 + g_2>/2` and `<g_1, g_2>` are
/// without its share: the cosine is their quotient over |g|, the second one under a root.
pub fn directions(experiment: &Experiment, directions: &Directions) -> Result<Vec<Direction>, Failed> {
    let one = |&(horizon_ms, gain, seed): &(f64, f64, u64)| -> Result<Direction, Failed> {
        let base = at_horizon(&experiment.problem, horizon_ms, gain)?;
        let problem = GradedProblem::new(GradedProblemConfig { seed, ..base })?;
        let at = Address { run: seed, generation: 0, candidate: 0, episode: 0 };
        let exact = wide(problem.weights())?;
        let g = gradient(&problem, &exact, &problem.trials::<f64>(&at, directions.trials)?)?;
        let g = problem.of_genes(&g.values);
        let trials = problem.trials::<f32>(&at, directions.trials)?;
        let (here, genes) = (problem.genome(), problem.space().len());
        let pair = |k: u64| -> Result<(Vec<f64>, f64), Failed> {
            let mut rng = at.with_episode(k).rng(STREAM_PERTURBATION);
            let e: Vec<f64> = (0..genes).map(|_| StandardNormal.sample(&mut rng)).collect();
            let side = |sign: f64| -> Result<f64, Failed> {
                let moved: Vec<f64> = here.iter().zip(&e).map(|(w, e)| w + sign * directions.sigma * e).collect();
                Ok(problem.score(&problem.with_genome(&moved)?, &trials)?.loss)
            };
            let slope = (side(1.0)? - side(-1.0)?) / (2.0 * directions.sigma);
            Ok((e, slope))
        };
        let estimate = |part: u64| -> Result<Vec<f64>, Failed> {
            let count = directions.pairs as u64;
            let pairs: Result<Vec<_>, Failed> = (part * count..(part + 1) * count).into_par_iter().map(pair).collect();
            let mut sum = vec![0.0; genes];
            for (e, slope) in pairs? {
                sum.iter_mut().zip(&e).for_each(|(s, e)| *s += slope * e / directions.pairs as f64);
            }
            Ok(sum)
        };
        let (a, b) = (estimate(0)?, estimate(1)?);
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (length, square) = (dot(&g, &g).sqrt(), dot(&a, &b));
        let smoothed = (square > 0.0).then(|| square.sqrt());
        let cosine = smoothed.map(|s| (0.5 * (dot(&g, &a) + dot(&g, &b)) / (length * s)).clamp(-1.0, 1.0));
        Ok(Direction { horizon_ms, gain, seed, gradient: length, smoothed, cosine })
    };
    places(&directions.horizons_ms, &directions.gains, &experiment.seeds).iter().map(one).collect()
}

/// Trains every arm at every horizon and gain; `None` if the user stopped it.
pub fn crossover(experiment: &Experiment, map: &Crossover, stop: &AtomicBool) -> Result<Option<Vec<Cell>>, Failed> {
    let mut jobs = vec![];
    for place in places(&map.horizons_ms, &map.gains, &experiment.seeds) {
        jobs.extend(map.arms.iter().map(|arm| (place, arm)));
    }
    let one = |&((horizon_ms, gain, seed), arm): &((f64, f64, u64), &crate::experiment::Arm)| {
        let mut problem = problem(&at_horizon(&experiment.problem, horizon_ms, gain)?, arm, seed)?;
        let state = train(&mut problem, arm, u64::MAX, experiment.test_trials, None, stop)?;
        Ok(state.map(|state| Cell {
            horizon_ms,
            gain,
            seed,
            arm: arm.name.clone(),
            accuracy: state.test.map_or(0.0, |t| t.1),
            failures: state.failures,
        }))
    };
    let cells: Result<Vec<Option<Cell>>, Failed> = jobs.par_iter().map(one).collect();
    Ok(cells?.into_iter().collect())
}
