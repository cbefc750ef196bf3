//! A graded network of Morris-Lecar neurons and its trials: what is trained, whoever trains it.
//!
//! | symbol | field | default | source |
//! |---|---|---|---|
//! | trials of an evaluation | `trials` | 50 | Hazelden et al. 2023 |
//! | neurons | `neurons` | 128 | " |
//! | initial potential | `v_mv`, mean and deviation | -20, 5 mV | " |
//! | initial potassium gate | `w` | 0.014173 | " |
//! | factor of the initial recurrent weights | `gain` | 1 | |
//! | deviation of what is added to the input z of a neuron in a step | `noise` | 0 | " (an option there, 0 in the runs) |
//!
//! Initial weights are those of [`GradedWeights::hazelden`], a function of `seed` alone. Trials and initial potentials come from
//! an [`Address`] without its candidate, and so does noise: all candidates of a generation meet the same. Searches change the weights of
//! `blocks`, each within +- `limit`; the others stay as given by [`GradedProblem::set_weights`].
//!
//! Source: Hazelden et al. 2023, doi:10.48550/arXiv.2311.10869, with the numbers of the authors' code.

use super::{Decision, EvidenceConfig, FramedInput, FramedTrial};
use crate::TaskError;
use crate::latest::Latest;
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace, Variable};
use evoplast_neuron::Scalar;
use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
use evoplast_synapse::graded::{
    Coupling, GradedBatch, GradedConfig, GradedNetwork, GradedShape, GradedState, GradedWeights,
};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

const STREAM_WEIGHTS: u64 = 44;
const STREAM_POTENTIALS: u64 = 45;
const STREAM_NOISE: u64 = 47;

/// A network, its task and what a search may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GradedProblemConfig {
    /// Seed of initial weights and of the words of the task.
    pub seed: u64,
    /// What trials are made of.
    pub task: EvidenceConfig,
    /// Number of neurons.
    pub neurons: usize,
    /// Factor of the initial recurrent weights.
    pub gain: f64,
    /// Constants of the network.
    pub network: GradedConfig,
    /// The neurons.
    pub cell: MorrisLecarParams,
    /// Mean and deviation of initial potentials (mV).
    pub v_mv: (f64, f64),
    /// Initial potassium gate.
    pub w: f64,
    /// Standard deviation of the noise on the input z of every neuron in every step, in the unit of z.
    pub noise: f64,
    /// Trials of an evaluation.
    pub trials: usize,
    /// How outputs are judged.
    pub decision: Decision,
    /// Names of the blocks that a search changes.
    pub blocks: Vec<String>,
    /// Largest magnitude of a weight that a search changes.
    pub limit: f64,
}

impl Default for GradedProblemConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            task: EvidenceConfig::default(),
            neurons: 128,
            gain: 1.0,
            network: GradedConfig::default(),
            cell: MorrisLecarParams::hazelden(),
            v_mv: (-20.0, 5.0),
            w: 0.014173,
            noise: 0.0,
            trials: 50,
            decision: Decision::default(),
            blocks: vec!["input".into(), "recurrent".into()],
            limit: 10.0,
        }
    }
}

/// Trials of a graded network.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedTrials<F> {
    /// Input, with one window: the answer.
    pub batch: GradedBatch<F>,
    /// The state before.
    pub state: GradedState<F>,
    /// The right answers.
    pub labels: Vec<usize>,
}

/// What trials gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GradedScore {
    /// Mean loss of the decisions.
    pub loss: f64,
    /// Share of right answers.
    pub accuracy: f64,
}

/// A network with its task.
pub struct GradedProblem {
    pub(super) config: GradedProblemConfig,
    pub(super) task: Arc<dyn FramedInput>,
    pub(super) network: GradedNetwork<MorrisLecar>,
    pub(super) frame_steps: usize,
    answer_steps: usize,
    weights: GradedWeights<f32>,
    /// Places of the genes in the vector of weights.
    genes: Vec<Range<usize>>,
    pub(super) space: SearchSpace,
    objectives: [ObjectiveInfo; 1],
    metrics: [String; 1],
    trials: Latest<Address, GradedTrials<f32>>,
}

impl GradedProblem {
    /// Builds network, task and initial weights.
    ///
    /// # Errors
    /// A parameter outside its domain, a name that is no block, or a limit that initial weights exceed.
    pub fn new(config: GradedProblemConfig) -> Result<Self, TaskError> {
        let task = config.task.build(config.seed)?;
        if config.trials == 0 {
            return Err(TaskError::parameter("trials", 0, "at least 1"));
        }
        let (mean, deviation) = config.v_mv;
        // States are in single precision.
        let finite = |x: f64| (x as f32).is_finite();
        if !(finite(mean) && finite(deviation) && deviation >= 0.0) {
            return Err(TaskError::parameter("v_mv", format!("{mean}, {deviation}"), "a mean and a deviation >= 0"));
        }
        if !finite(config.w) {
            return Err(TaskError::parameter("w", config.w, "a finite number"));
        }
        let drawn = config.noise == 0.0 || config.network.coupling == Coupling::Step;
        if !(finite(config.noise) && config.noise >= 0.0 && drawn) {
            let expected = "0 or more, and 0 for `coupling = \"stage\"`, as it is drawn once a step";
            return Err(TaskError::parameter("noise", config.noise, expected));
        }
        let network = GradedNetwork::new(config.neurons, vec![config.cell], config.network.clone())?;
        let (frame_steps, answer_steps) =
            (task.frame_steps(config.network.dt_ms)?, task.answer_steps(config.network.dt_ms)?);
        let shape = GradedShape { channels: task.channels(), neurons: config.neurons, outputs: task.classes() };
        let mut rng = Address { run: config.seed, generation: 0, candidate: 0, episode: 0 }.rng(STREAM_WEIGHTS);
        let mut values = GradedWeights::<f32>::hazelden(shape, &mut rng)?.values().to_vec();
        values[shape.recurrent()].iter_mut().for_each(|w| *w *= config.gain as f32);
        let weights = GradedWeights::new(shape, values)?;
        let layout = shape.layout();
        let known = || layout.blocks.iter().map(|b| b.name.as_str()).collect::<Vec<_>>().join(", ");
        let mut genes = vec![];
        for name in &config.blocks {
            let block = layout.block(name);
            let block =
                block.ok_or_else(|| TaskError::parameter("blocks", name, &format!("names out of {}", known())))?;
            genes.push(block.range.clone());
        }
        genes.sort_by_key(|range| range.start);
        if genes.is_empty() || genes.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(TaskError::parameter("blocks", config.blocks.join(", "), "at least one name, each once"));
        }
        let places = || genes.iter().cloned().flatten();
        let largest = places().map(|k| f64::from(weights.values()[k].abs())).fold(0.0, f64::max);
        if !(config.limit.is_finite() && config.limit > largest) {
            let expected = format!("more than the largest initial weight, {largest}");
            return Err(TaskError::parameter("limit", config.limit, &expected));
        }
        let variables = places().map(|k| Variable::real(format!("w{k}"), -config.limit, config.limit)).collect();
        let space = SearchSpace::new(variables).map_err(|e| TaskError::parameter("blocks", e, "a search space"))?;
        Ok(Self {
            task,
            network,
            frame_steps,
            answer_steps,
            weights,
            genes,
            space,
            objectives: [ObjectiveInfo::new("loss", true)],
            metrics: ["accuracy".into()],
            trials: Latest::new(),
            config,
        })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &GradedProblemConfig {
        &self.config
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> &dyn FramedInput {
        &*self.task
    }

    /// The network without weights.
    #[must_use]
    pub fn network(&self) -> &GradedNetwork<MorrisLecar> {
        &self.network
    }

    /// The weights: initially those drawn from the seed.
    #[must_use]
    pub fn weights(&self) -> &GradedWeights<f32> {
        &self.weights
    }

    /// Replaces all weights, those that a search changes and those that it does not.
    ///
    /// # Errors
    /// A wrong number of values, or one that is not finite.
    pub fn set_weights(&mut self, values: Vec<f32>) -> Result<(), TaskError> {
        Ok(self.weights.set(values)?)
    }

    /// The weights that a search changes, as a genome.
    #[must_use]
    pub fn genome(&self) -> Vec<f64> {
        self.genes.iter().cloned().flatten().map(|k| self.weights.values()[k].into()).collect()
    }

    /// All weights with those of a genome in their places.
    ///
    /// # Errors
    /// A genome of another length, or with a value that is not finite.
    pub fn with_genome(&self, genome: &[f64]) -> Result<GradedWeights<f32>, TaskError> {
        if genome.len() != self.space.len() {
            return Err(TaskError::parameter("genome", genome.len(), &format!("{} genes", self.space.len())));
        }
        let mut values = self.weights.values().to_vec();
        self.genes.iter().cloned().flatten().zip(genome).for_each(|(k, &w)| values[k] = w as f32);
        Ok(GradedWeights::new(self.weights.shape(), values)?)
    }

    /// The part of a vector of all weights that belongs to the genes, such as of a gradient.
    #[must_use]
    pub fn of_genes<F: Copy>(&self, all: &[F]) -> Vec<F> {
        self.genes.iter().cloned().flatten().map(|k| all[k]).collect()
    }

    /// `count` trials at an address, whatever its candidate, with the answer as the one window.
    ///
    /// # Errors
    /// None for a problem that was built.
    pub fn trials<F: Scalar>(&self, at: &Address, count: usize) -> Result<GradedTrials<F>, TaskError> {
        let trials = self.task.batch(at, count);
        let steps = self.task.frames() * self.frame_steps;
        let answer = std::iter::once(steps - self.answer_steps..steps).collect();
        let batch = GradedBatch::new(self.task.channels(), self.frame_steps, &inputs(&trials), answer)?;
        let batch = self.noisy(batch, at)?;
        let labels = trials.iter().map(|t| t.label).collect();
        Ok(GradedTrials { batch, state: self.start(at, count)?, labels })
    }

    /// A batch with the noise of an address.
    pub(super) fn noisy<F: Scalar>(&self, batch: GradedBatch<F>, at: &Address) -> Result<GradedBatch<F>, TaskError> {
        Ok(batch.with_noise(self.config.noise, at.common().rng(STREAM_NOISE).random())?)
    }

    /// Initial states of trials at an address.
    pub(super) fn start<F: Scalar>(&self, at: &Address, count: usize) -> Result<GradedState<F>, TaskError> {
        let n = self.config.neurons;
        let mut v = vec![F::of(0.0); n * count];
        for trial in 0..count {
            let mut rng = at.common().with_episode(trial as u64).rng(STREAM_POTENTIALS);
            for i in 0..n {
                let z: f64 = StandardNormal.sample(&mut rng);
                v[i * count + trial] = F::of(self.config.v_mv.0 + self.config.v_mv.1 * z);
            }
        }
        Ok(GradedState::silent(count, vec![v, vec![F::of(self.config.w); n * count]])?)
    }

    /// Mean loss and accuracy of outputs `[output][trial]`.
    #[must_use]
    pub fn judge<F: Scalar>(&self, outputs: &[F], labels: &[usize]) -> GradedScore {
        let (trials, mut loss, mut wrong) = (labels.len(), 0.0, 0.0);
        for (trial, &label) in labels.iter().enumerate() {
            let y: Vec<f64> = outputs.iter().skip(trial).step_by(trials).map(|y| y.wide()).collect();
            loss += self.config.decision.loss(&y, label);
            wrong += Decision::ZeroOne.loss(&y, label);
        }
        GradedScore { loss: loss / trials as f64, accuracy: 1.0 - wrong / trials as f64 }
    }

    /// Runs trials with these weights.
    ///
    /// # Errors
    /// A potential that diverged; time, neuron, trial and value are named.
    pub fn score<F: Scalar>(
        &self,
        weights: &GradedWeights<F>,
        trials: &GradedTrials<F>,
    ) -> Result<GradedScore, TaskError> {
        let run = self.network.run(weights, &trials.batch, &trials.state)?;
        Ok(self.judge(&run.outputs(weights), &trials.labels))
    }

    fn evaluate_at(&self, genome: &[f64], at: &Address) -> Result<GradedScore, TaskError> {
        let trials = self.trials.get(at.common(), || self.trials(at, self.config.trials))?;
        self.score(&self.with_genome(genome)?, &trials)
    }
}

/// Inputs of trials as slices.
pub(super) fn inputs(trials: &[FramedTrial]) -> Vec<&[f32]> {
    trials.iter().map(|t| t.frames.as_slice()).collect()
}

impl Objective for GradedProblem {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn metrics(&self) -> &[String] {
        &self.metrics
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        let score = self.evaluate_at(genome, at).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Evaluation::new(vec![score.loss]).with_metrics(vec![score.accuracy]))
    }
}
