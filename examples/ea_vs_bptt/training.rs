//! One arm with one seed: from the initial weights to a trajectory.

use crate::experiment::{Arm, BpttTraining, Experiment, Problem, Training, search};
use evoplast_backprop::{
    BackpropError, Bptt, BpttOptions, Clip, MeanSquaredError, RateMean, RatePenalty, Readout, Traces, Trainer, updating,
};
use evoplast_evolve::{Adam, Address, Evaluator, Objective, OptimizerConfig, RandomSelection, Serial, Watch};
use evoplast_plasticity::RuleSpace;
use evoplast_synapse::{Moment, SpikeRaster, Trajectory};
use evoplast_tasks::rsnn::{LabelledTrial, RateCost, WeightSearch, target};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is known of a run when it is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name of the arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// Whether it is the arm's null: random selection, or shuffled labels.
    pub null: bool,
    /// The weights over time with their error and accuracy on validation trials.
    pub trajectory: Trajectory,
    /// Weights that the last ones descend from, where the search knows.
    pub ancestor: Option<Vec<f32>>,
    /// Simulated time of all training trials (s).
    pub simulated_s: f64,
    /// Why the run ended early, if it did.
    pub stopped: Option<String>,
}

/// Addresses of trials that no training meets: those that choose moments, and those that rewind layers.
const VALIDATION: u64 = 1 << 48;
/// See [`VALIDATION`].
pub const REWIND: u64 = 2 << 48;
/// Addresses of trials whose labels the null of backpropagation takes.
const FOREIGN: u64 = 3 << 48;

/// Where the validation trials of a seed are.
pub fn validation(seed: u64) -> Address {
    Address { run: seed + VALIDATION, generation: 0, candidate: 0, episode: 0 }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;
/// From the result of a search to weights.
type Decode<'a> = dyn Fn(&[f64]) -> Result<Vec<f32>, Failed> + 'a;

/// Trains; `None` if the user stopped it.
pub fn train(
    experiment: &Experiment,
    arm: &Arm,
    seed: u64,
    null: bool,
    stop: &AtomicBool,
) -> Result<Option<Record>, Failed> {
    let problem = experiment.problem(arm, seed)?;
    let mut run = Run::new(experiment, problem.weights(), seed)?;
    let (ancestor, stopped) = match (&arm.train, &problem) {
        (Training::Bptt(training), _) => (None, run.bptt(training, experiment, null, stop)?),
        (Training::Weights(t), Problem::Weights(weights)) => {
            let config = search(&t.search, Some(weights.initial()))?;
            let decode = |genome: &[f64]| Ok(single(genome));
            let ancestor = run.evolve(&*config, &**weights, t.generations, null, stop, &decode)?;
            run.simulated_s *= t.trials as f64;
            (ancestor.map(|a| single(&a)), None)
        }
        (Training::Rules(t), Problem::Rules(rules)) => {
            let config = search(&t.search, None)?;
            // On trials of its own: those of the generation have chosen the rule.
            let at = validation(seed);
            let decode = |genome: &[f64]| Ok(rules.learn(&rules.rules().decode(genome)?, &at)?);
            run.evolve(&*config, &**rules, t.generations, null, stop, &decode)?;
            run.simulated_s *= (t.trials + t.learning_trials) as f64;
            (None, None)
        }
        _ => unreachable!("a problem is of the kind of its training"),
    };
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let Run { trajectory, simulated_s, .. } = run;
    Ok(Some(Record { arm: arm.name.clone(), seed, null, trajectory, ancestor, simulated_s, stopped }))
}

fn single(genome: &[f64]) -> Vec<f32> {
    genome.iter().map(|&w| w as f32).collect()
}

/// A run on its way.
struct Run<'a> {
    weights: &'a WeightSearch,
    seed: u64,
    moments: u64,
    validation: Vec<LabelledTrial>,
    trajectory: Trajectory,
    simulated_s: f64,
}

impl<'a> Run<'a> {
    fn new(experiment: &Experiment, weights: &'a WeightSearch, seed: u64) -> Result<Self, Failed> {
        let validation = weights.trials(&validation(seed), experiment.validation_trials);
        let score = weights.score(weights.initial(), &validation)?;
        let parameters = weights.initial().to_vec();
        let initial = Moment { progress: 0, loss: score.error, accuracy: score.accuracy, parameters };
        let trajectory = Trajectory::start(weights.layout().layers(), initial)?;
        Ok(Self { weights, seed, moments: experiment.moments, validation, trajectory, simulated_s: 0.0 })
    }

    fn at(&self, step: u64) -> Address {
        Address { run: self.seed, generation: step, candidate: 0, episode: 0 }
    }

    /// Whether a run of `total` steps is looked at after `done` of them: at `total (k / moments)^2`, rounded up.
    fn due(&self, done: u64, total: u64) -> bool {
        let k = self.moments as f64;
        (1..=self.moments).any(|m| (total as f64 * (m as f64 / k).powi(2)).ceil() as u64 == done)
    }

    fn look(&mut self, progress: u64, parameters: Vec<f32>) -> Result<(), Failed> {
        let score = self.weights.score(&parameters, &self.validation)?;
        self.trajectory.push(Moment { progress, loss: score.error, accuracy: score.accuracy, parameters })?;
        Ok(())
    }

    /// Backpropagation; returns why it ended early, if it did. The null learns the labels of other trials, so that input
    /// and label have nothing to do with each other.
    fn bptt(
        &mut self,
        training: &BpttTraining,
        experiment: &Experiment,
        null: bool,
        stop: &AtomicBool,
    ) -> Result<Option<String>, Failed> {
        let (mut model, trainer) = trainer(self.weights, training, experiment.rates)?;
        let mut adam = Adam::new(1.0);
        let mut update = updating(&mut adam);
        let input = self.weights.input();
        let (steps, outputs) = (input.steps(), self.weights.network().outputs);
        for done in 1..=training.updates {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let at = self.at(done - 1);
            let trials = self.weights.trials(&at, training.trials);
            let foreign = Address { run: self.seed + FOREIGN, ..at };
            let labelled = if null { &self.weights.trials(&foreign, training.trials) } else { &trials };
            let mut wanted = Traces::zeros(steps, outputs, trials.len());
            for (k, trial) in labelled.iter().enumerate() {
                for (t, &label) in trial.label.iter().enumerate() {
                    for o in 0..outputs {
                        let place = wanted.at(t, o, k);
                        wanted.values[place] = target(label, o, outputs);
                    }
                }
            }
            let loss = MeanSquaredError { target: wanted, window: input.window() };
            let batch: Vec<&[SpikeRaster]> = trials.iter().map(|t| std::slice::from_ref(&t.input)).collect();
            if let Err(error) = trainer.step(&mut model, &batch, steps, &loss, &mut update) {
                if !matches!(error, BackpropError::Exploded { .. }) {
                    return Err(format!("update {done}: {error}").into());
                }
                // The weights are those before this update; they are what the run leaves.
                if self.trajectory.moments().last().is_some_and(|m| m.progress < done - 1) {
                    self.look(done - 1, model.parameters())?;
                }
                return Ok(Some(format!("update {done}: {error}")));
            }
            self.simulated_s += 1e-3 * (steps * trials.len()) as f64;
            if self.due(done, training.updates) {
                self.look(done, model.parameters())?;
            }
        }
        Ok(None)
    }

    /// A search; returns the ancestor of its last result. `simulated_s` counts one trial an evaluation.
    fn evolve<O: Objective>(
        &mut self,
        config: &dyn OptimizerConfig,
        objective: &O,
        generations: u64,
        null: bool,
        stop: &AtomicBool,
        decode: &Decode<'_>,
    ) -> Result<Option<Vec<f64>>, Failed> {
        let drift = RandomSelection::new(objective);
        let selected: &dyn Objective = if null { &drift } else { objective };
        let mut search = config.build(selected.space(), selected.objectives(), self.seed)?;
        let stopped = || stop.load(Ordering::Relaxed);
        let watch = Watch { progress: &|_, _| (), stop: &stopped };
        for done in 1..=generations {
            let candidates = search.ask()?;
            let Some(outcomes) = Serial.evaluate(selected, &candidates, self.seed, done - 1, &watch) else {
                return Ok(None);
            };
            let told: Vec<_> = candidates.iter().map(|c| c.id).zip(outcomes).collect();
            search.tell(&told)?;
            if !null {
                self.simulated_s += 1e-3 * (self.weights.input().steps() * candidates.len()) as f64;
            }
            if self.due(done, generations) {
                let genome = search.recommendation().ok_or("the search has no result: every evaluation failed")?;
                self.look(done, decode(&genome)?)?;
            }
        }
        Ok(search.ancestor())
    }
}

/// The network with gradients, and what surrounds an update.
pub fn trainer(
    weights: &WeightSearch,
    training: &BpttTraining,
    cost: RateCost,
) -> Result<(Bptt<f32>, Trainer<f32>), Failed> {
    let mut rsnn = weights.network().build()?;
    let readout = Readout {
        name: "output".into(),
        population: rsnn.cells,
        wiring: rsnn.output.clone(),
        groups: rsnn.types.iter().map(|t| (*t).to_owned()).collect(),
        tau_ms: rsnn.output_tau_ms,
    };
    let rates = RatePenalty { weight: cost.weight, target_per_ms: cost.target_per_ms, mean: RateMean::BatchMean };
    let options = BpttOptions { rates: Some(rates), ..training.options.clone() };
    let model = Bptt::new(&mut rsnn.inner()?, Some(&readout), options)?;
    let mut trainer = Trainer::new(&model).dale(&model);
    let rates = training.learning_rate;
    for (layer, rate) in [("input", rates.input), ("recurrent", rates.recurrent), ("output", rates.output)] {
        // A feed-forward network has no recurrent weights.
        if weights.layout().layers().iter().any(|l| l.name == layer) {
            trainer = trainer.learning_rate(&model, layer, rate)?;
        }
    }
    if let Some(norm) = training.clip {
        trainer = trainer.clip(Clip::new(norm)?);
    }
    Ok((model, trainer))
}
