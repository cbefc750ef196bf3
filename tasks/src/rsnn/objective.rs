//! Training the network by a search: its weights as a genome, the loss over fresh trials as the objective.
//!
//! The genome holds all weights in mV in the order of the layout, each with the sign of its presynaptic neuron (Dale's
//! principle is a bound at 0). The unit in which a search moves, the range of a gene, is a choice that decides which
//! layer changes most, so it is an option:
//!
//! | `unit` | range of a gene | an isotropic step is |
//! |---|---|---|
//! | `absolute` | `limit` mV for every weight | of equal size in mV: large, relative to the weights, where weights are small |
//! | `layer_rms` | `limit` times the root mean square of the layer's initial weights | of equal relative size in all layers |
//!
//! All candidates of a generation meet the same trials, and every generation meets new ones.

use super::{LAYERS, LabelledInput, LabelledTrial, RateCost, Rsnn, RsnnConfig, Score};
use crate::TaskError;
use crate::latest::Latest;
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace, Variable};
use evoplast_synapse::{ParamLayout, Snapshot, Trainable};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Unit of the range of a gene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightUnit {
    /// Millivolts.
    #[default]
    Absolute,
    /// Root mean square of the initial weights of the layer.
    LayerRms,
}

/// How weights become a genome and what is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightSearchConfig {
    /// Trials of an evaluation.
    pub trials: usize,
    /// The cost of firing rates.
    pub rates: RateCost,
    /// Unit of a gene's range.
    pub unit: WeightUnit,
    /// Largest magnitude of a weight, in that unit.
    pub limit: f64,
}

impl Default for WeightSearchConfig {
    fn default() -> Self {
        Self { trials: 30, rates: RateCost::default(), unit: WeightUnit::default(), limit: 20.0 }
    }
}

/// The loss of the network as a function of its weights.
pub struct WeightSearch {
    network: RsnnConfig,
    input: Arc<dyn LabelledInput>,
    config: WeightSearchConfig,
    space: SearchSpace,
    objectives: [ObjectiveInfo; 1],
    metrics: [String; 3],
    initial: Vec<f32>,
    snapshot: Snapshot,
    layout: ParamLayout,
    trials: Latest<Address, Vec<LabelledTrial>>,
    idle: Mutex<Vec<Rsnn>>,
}

impl WeightSearch {
    /// Weights of networks of one configuration on one kind of trials.
    ///
    /// # Errors
    /// A configuration that cannot be built, another number of channels than the input has, no trial, or a limit
    /// that initial weights exceed.
    pub fn new(
        network: RsnnConfig,
        input: Arc<dyn LabelledInput>,
        config: WeightSearchConfig,
    ) -> Result<Self, TaskError> {
        if network.channels != input.channels() {
            let expected = format!("{}, the channels of the input", input.channels());
            return Err(TaskError::parameter("channels", network.channels, &expected));
        }
        config.rates.check()?;
        if config.trials == 0 {
            return Err(TaskError::parameter("trials", 0, "at least 1"));
        }
        let mut net = network.build()?;
        let (initial, snapshot, layout) = (net.read(), net.snapshot(), net.layout());
        let space = space(&layout, &initial, &config, &net.places())?;
        Ok(Self {
            network,
            input,
            config,
            space,
            objectives: [ObjectiveInfo::new("loss", true)],
            metrics: ["error".into(), "accuracy".into(), "rate_hz".into()],
            initial,
            snapshot,
            layout,
            trials: Latest::new(),
            idle: Mutex::new(vec![net]),
        })
    }

    /// Names of the blocks of weights.
    #[must_use]
    pub fn layout(&self) -> &ParamLayout {
        &self.layout
    }

    /// The weights before training (mV).
    #[must_use]
    pub fn initial(&self) -> &[f32] {
        &self.initial
    }

    /// The weights before training with their places; [`Snapshot::with_weights`] gives those of other vectors.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The configuration of the network.
    #[must_use]
    pub fn network(&self) -> &RsnnConfig {
        &self.network
    }

    /// The cost of firing rates.
    #[must_use]
    pub fn rates(&self) -> RateCost {
        self.config.rates
    }

    /// What trials come from.
    #[must_use]
    pub fn input(&self) -> &dyn LabelledInput {
        &*self.input
    }

    /// The trials at an address, the same for whoever learns from them.
    #[must_use]
    pub fn trials(&self, at: &Address, count: usize) -> Vec<LabelledTrial> {
        (0..count as u64).map(|episode| self.input.trial(&at.with_episode(episode))).collect()
    }

    /// Runs trials with these weights (mV).
    ///
    /// # Errors
    /// Weights of a wrong number or sign.
    pub fn score(&self, weights: &[f32], trials: &[LabelledTrial]) -> Result<Score, TaskError> {
        self.with_network(|net| net.score(weights, trials, &self.input.window(), self.config.rates))
    }

    /// The trials of an evaluation at an address, drawn once however many candidates ask.
    pub(super) fn common_trials(&self, at: &Address) -> Result<Arc<Vec<LabelledTrial>>, TaskError> {
        self.trials.get(*at, || Ok(self.trials(at, self.config.trials)))
    }

    fn with_network<T>(&self, work: impl FnOnce(&mut Rsnn) -> Result<T, TaskError>) -> Result<T, TaskError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut net = match idle {
            Some(net) => net,
            None => self.network.build()?,
        };
        let result = work(&mut net);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(net);
        result
    }
}

/// One gene a weight, named after its synapse; the genes of a neuron's input or output form a group.
fn space(
    layout: &ParamLayout,
    initial: &[f32],
    config: &WeightSearchConfig,
    places: &[(u32, u32)],
) -> Result<SearchSpace, TaskError> {
    let mut variables = Vec::with_capacity(initial.len());
    for name in LAYERS {
        let blocks: Vec<_> = layout.blocks.iter().filter(|b| b.name.split(' ').next() == Some(name)).collect();
        let values: Vec<f32> = blocks.iter().flat_map(|b| &initial[b.range.clone()]).copied().collect();
        let rms = (values.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / values.len().max(1) as f64).sqrt();
        let limit = match config.unit {
            WeightUnit::Absolute => config.limit,
            WeightUnit::LayerRms => config.limit * rms,
        };
        let largest = values.iter().fold(0.0, |m: f64, &w| m.max(f64::from(w).abs()));
        if !(values.is_empty() || limit.is_finite() && limit > largest) {
            let expected = format!("more than the largest initial weight of the layer `{name}`, {largest} mV");
            return Err(TaskError::parameter("limit", format!("{limit} mV"), &expected));
        }
        for k in blocks.iter().flat_map(|b| b.range.clone()) {
            let (pre, post) = places[k];
            let (lower, upper) = if initial[k] < 0.0 { (-limit, 0.0) } else { (0.0, limit) };
            // What a neuron gets from the channels is inherited as a whole, and so is all that it or a channel sends.
            let group = if name == LAYERS[0] { format!("in {post}") } else { format!("out {pre}") };
            variables.push(Variable::real(format!("{name} {pre}->{post}"), lower, upper).in_group(group));
        }
    }
    SearchSpace::new(variables).map_err(|e| TaskError::parameter("weights", e, "a search space"))
}

impl Objective for WeightSearch {
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
        let weights: Vec<f32> = genome.iter().map(|&w| w as f32).collect();
        let score = self.common_trials(&at.common()).and_then(|trials| self.score(&weights, &trials));
        score.map(Score::evaluation).map_err(|error| Failure::new(error.to_string()))
    }
}
