//! What changed in each layer: per run, then per arm over seeds.

use crate::experiment::{Arm, Experiment, Problem, Training};
use crate::matching::{Matched, at_distance, at_error, null_at_distance};
use crate::tests::{Test, against_null, against_reference, friedman_tests, interaction_tests, rewind_tests};
use crate::training::{REWIND, Record};
use evoplast_evolve::Address;
use evoplast_synapse::{LayerChange, Rewind, SynapseError, Trajectory, isotropic_shares, rewind, shares_against_null};
use evoplast_tasks::TaskError;
use evoplast_tasks::rsnn::{LabelledTrial, WeightUnit, target};
use serde::{Deserialize, Serialize};
use std::error::Error;

/// One run against its initial weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunResult {
    /// Seed.
    pub seed: u64,
    /// Error and accuracy of the best constant guess on the validation trials.
    pub guess: (f64, f64),
    /// Error on validation trials before and after training.
    pub error: (f64, f64),
    /// Accuracy before and after.
    pub accuracy: (f64, f64),
    /// Error and accuracy of the null run after its end.
    pub null: (f64, f64),
    /// Total relative displacement.
    pub displacement: f64,
    /// Simulated time of all training trials (s).
    pub simulated_s: f64,
    /// Change by layer at the end of training.
    pub layers: LayerChange,
    /// Change by pair of cell types.
    pub blocks: LayerChange,
    /// Change by layer since the ancestor, where it is known.
    pub since_ancestor: Option<LayerChange>,
    /// Change by layer of the null run of this seed; none if it never moved.
    pub null_layers: Option<LayerChange>,
    /// log2 of each layer's share over the mean share of the arm's nulls, at the ends.
    pub log2_over_null: Vec<Option<f64>>,
    /// The same against the null of this seed, where both have moved as far.
    pub log2_over_null_at_distance: Vec<Option<f64>>,
    /// Error when a layer is put back, and when it alone has changed.
    pub rewind: Rewind,
    /// Where this run and the reference with the same seed have the same error; none for the reference itself.
    pub at_error: Option<Matched>,
    /// Where they have moved as far.
    pub at_distance: Option<Matched>,
    /// Why training ended early, if it did.
    pub stopped: Option<String>,
}

impl RunResult {
    /// Error that putting a layer back adds.
    pub fn rewound(&self, layer: usize) -> f64 {
        self.rewind.layers[layer].rewound - self.rewind.after
    }

    /// Whether the run is clearly better than the best constant guess: the error at most 80 % of that guess's, and a
    /// quarter of the accuracy that it lacks.
    pub fn learned(&self) -> bool {
        self.error.1 <= 0.8 * self.guess.0 && self.accuracy.1 >= self.guess.1 + 0.25 * (1.0 - self.guess.1)
    }
}

/// All runs of an arm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArmResult {
    /// Name of the arm.
    pub arm: String,
    /// Names of its layers.
    pub layers: Vec<String>,
    /// Shares of steps that are of one size in the unit in which the arm moves.
    pub isotropic: Vec<f64>,
    /// The runs.
    pub runs: Vec<RunResult>,
}

impl ArmResult {
    /// Whether every run learned; an arm that did not is no result.
    pub fn learned(&self) -> bool {
        self.runs.iter().all(RunResult::learned)
    }

    /// The name, marked if it did not learn.
    pub fn title(&self) -> String {
        if self.learned() { self.arm.clone() } else { format!("{} (did not learn)", self.arm) }
    }
}

/// Everything that is known at the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comparison {
    /// Results by arm, in the order of the experiment.
    pub arms: Vec<ArmResult>,
    /// Share against the null of the same seed.
    pub against_null: Vec<Test>,
    /// Against the reference arm with the same seed.
    pub against_reference: Vec<Test>,
    /// Error that putting a layer back adds, against none.
    pub rewinds: Vec<Test>,
    /// Friedman's test of equal relative change of all layers, by arm: p and p after Holm's correction.
    pub friedman: Vec<(String, f64, f64)>,
    /// Interaction of arm and layer in the share, by arm: p and p after Holm's correction.
    pub interaction: Vec<(String, f64, f64)>,
}

pub type Failed = Box<dyn Error + Send + Sync>;

/// The change between two vectors of one network, by block and by layer.
pub fn change(problem: &Problem, before: &[f32], after: &[f32]) -> Result<(LayerChange, LayerChange), SynapseError> {
    let places = problem.weights().snapshot();
    let (before, after) = (places.with_weights(before)?, places.with_weights(after)?);
    Ok((LayerChange::between(&before, &after)?, LayerChange::between(&before.layers()?, &after.layers()?)?))
}

/// The first and the last weights of a run.
pub fn first_and_last(trajectory: &Trajectory) -> (&[f32], &[f32]) {
    let moments = trajectory.moments();
    (&moments[0].parameters, &moments[moments.len() - 1].parameters)
}

/// Whether a run ever left its beginning.
pub fn moved(trajectory: &Trajectory) -> bool {
    let initial = &trajectory.moments()[0].parameters;
    trajectory.moments().iter().any(|m| m.parameters != *initial)
}

/// Compares all runs.
pub fn compare(experiment: &Experiment, records: &[Record]) -> Result<Comparison, Failed> {
    let find = |arm: &str, seed: u64, null: bool| {
        let found = records.iter().find(|r| r.arm == arm && r.seed == seed && r.null == null);
        found.ok_or_else(|| format!("the run of arm {arm:?} with seed {seed} is missing"))
    };
    let mut arms = vec![];
    for arm in &experiment.arms {
        let mut of_seed = vec![];
        for &seed in &experiment.seeds {
            let null = find(&arm.name, seed, true)?;
            let reference = (arm.name != experiment.reference).then(|| find(&experiment.reference, seed, false));
            of_seed.push(Runs {
                problem: experiment.problem(arm, seed)?,
                record: find(&arm.name, seed, false)?,
                null,
                reference: reference.transpose()?,
            });
        }
        arms.push(arm_result(experiment, arm, &of_seed)?);
    }
    Ok(Comparison {
        against_null: against_null(&arms)?,
        against_reference: against_reference(&arms, &experiment.reference)?,
        rewinds: rewind_tests(&arms)?,
        friedman: friedman_tests(&arms)?,
        interaction: interaction_tests(&arms, &experiment.reference)?,
        arms,
    })
}

/// What belongs to one arm and one seed.
struct Runs<'a> {
    problem: Problem,
    record: &'a Record,
    null: &'a Record,
    reference: Option<&'a Record>,
}

fn arm_result(experiment: &Experiment, arm: &Arm, all: &[Runs<'_>]) -> Result<ArmResult, Failed> {
    let null = |runs: &Runs<'_>| -> Result<Option<LayerChange>, SynapseError> {
        let (before, after) = first_and_last(&runs.null.trajectory);
        let layers = change(&runs.problem, before, after)?.1;
        Ok(layers.blocks.iter().any(|b| b.share.is_some()).then_some(layers))
    };
    let nulls: Vec<Option<LayerChange>> = all.iter().map(null).collect::<Result<_, _>>()?;
    let known: Vec<LayerChange> = nulls.iter().flatten().cloned().collect();
    let runs = all.iter().zip(nulls).map(|(runs, null)| run_result(experiment, runs, null, &known));
    let runs: Vec<RunResult> = runs.collect::<Result<_, _>>()?;
    let layers = &runs[0].layers.blocks;
    let in_rms = matches!(&arm.train, Training::Weights(t) if t.unit == WeightUnit::LayerRms);
    let isotropic = if in_rms {
        // A step's size is in units of the root mean square, so a layer's share is that of its norm.
        let first = all[0].problem.weights();
        let norm = |l: &evoplast_synapse::Layer| {
            let squares = l.ranges.iter().flat_map(Clone::clone).map(|k| f64::from(first.initial()[k]).powi(2));
            squares.sum::<f64>().sqrt()
        };
        let norms: Vec<f64> = first.layout().layers().iter().map(norm).collect();
        norms.iter().map(|n| n / norms.iter().sum::<f64>()).collect()
    } else {
        isotropic_shares(&layers.iter().map(|b| b.count).collect::<Vec<_>>())
    };
    Ok(ArmResult { arm: arm.name.clone(), layers: layers.iter().map(|b| b.name.clone()).collect(), isotropic, runs })
}

/// Error and accuracy of the constant output, and the constant label, that suit these trials best.
fn best_guess(problem: &Problem, trials: &[LabelledTrial]) -> (f64, f64) {
    let (window, outputs) = (problem.weights().input().window(), problem.weights().network().outputs);
    let labels: Vec<u8> = trials.iter().flat_map(|t| t.label[window.clone()].iter().copied()).collect();
    let count = labels.len().max(1) as f64;
    let error = |o: usize| {
        let mean = labels.iter().map(|&y| f64::from(target(y, o, outputs))).sum::<f64>() / count;
        labels.iter().map(|&y| (f64::from(target(y, o, outputs)) - mean).powi(2)).sum::<f64>() / count
    };
    let ones = labels.iter().filter(|&&y| y == 1).count() as f64 / count;
    ((0..outputs).map(error).sum::<f64>() / outputs as f64, ones.max(1.0 - ones))
}

fn run_result(
    experiment: &Experiment,
    runs: &Runs<'_>,
    null_layers: Option<LayerChange>,
    nulls: &[LayerChange],
) -> Result<RunResult, Failed> {
    let Runs { problem, record, null, reference } = runs;
    let (trajectory, weights) = (&record.trajectory, problem.weights());
    let (before, after) = first_and_last(trajectory);
    let (blocks, layers) = change(problem, before, after)?;
    let nothing = vec![None; layers.blocks.len()];
    let changed = layers.blocks.iter().any(|b| b.share.is_some());
    let log2_over_null = match changed && !nulls.is_empty() {
        true => shares_against_null(&layers, nulls)?.into_iter().map(|s| s.log2_ratio).collect(),
        false => nothing.clone(),
    };
    let since_ancestor = match &record.ancestor {
        Some(ancestor) => Some(change(problem, ancestor, after)?.1),
        None => None,
    };
    let validation = weights.trials(&crate::training::validation(record.seed), experiment.validation_trials);
    let at = Address { run: record.seed + REWIND, generation: 0, candidate: 0, episode: 0 };
    let trials = weights.trials(&at, experiment.validation_trials);
    let rewind =
        rewind::<TaskError>(trajectory.layers(), before, after, |values| Ok(weights.score(values, &trials)?.error))?;
    let (at_error, at_distance) = match reference {
        Some(reference) => {
            (Some(at_error(problem, record, reference)?), at_distance(problem, record, reference, &validation)?)
        }
        None => (None, None),
    };
    let moments = trajectory.moments();
    let (first, last) = (&moments[0], &moments[moments.len() - 1]);
    let null_last = null.trajectory.moments().last().unwrap_or(first);
    Ok(RunResult {
        seed: record.seed,
        guess: best_guess(problem, &validation),
        error: (first.loss, last.loss),
        accuracy: (first.accuracy, last.accuracy),
        null: (null_last.loss, null_last.accuracy),
        displacement: trajectory.displacement(after)?,
        simulated_s: record.simulated_s,
        blocks,
        since_ancestor,
        null_layers,
        log2_over_null,
        log2_over_null_at_distance: null_at_distance(problem, record, null)?.unwrap_or(nothing),
        rewind,
        at_error,
        at_distance,
        stopped: record.stopped.clone(),
        layers,
    })
}
