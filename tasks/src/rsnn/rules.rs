//! Training the network by a rule that a search finds: the other way in which evolution can change weights.
//!
//! A genome is a rule of the 25-term Taylor space over the types of the network. It changes the recurrent weights, from
//! the initial ones, during learning trials that follow each other without a break; then it is switched off, and the loss
//! is that of the weights it left, on other trials. After each learning trial the rule gets the share of right decisions
//! as a reward, less the mean of the trials before. Input and output weights do not learn.

use super::score::Tally;
use super::{LabelledInput, RateCost, Rsnn, RsnnConfig, Score, WeightSearch, WeightSearchConfig};
use crate::TaskError;
use crate::change_detection::{Learning, LearningConfig, RewardTrace};
use crate::genes::variable;
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace};
use evoplast_plasticity::taylor::{TaylorBounds, TaylorRule, TaylorSpace};
use evoplast_plasticity::{EventDriven, RuleSpace};
use evoplast_synapse::{CsrProjection, Trainable};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// How a rule learns and what is minimised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSearchConfig {
    /// Trials with the rule on.
    pub learning_trials: usize,
    /// Trials of the weights that it left.
    pub trials: usize,
    /// The cost of firing rates.
    pub rates: RateCost,
    /// Learning rate and bounds of a synapse.
    pub learning: LearningConfig,
    /// Ranges of the genes.
    pub space: TaylorBounds,
}

impl Default for RuleSearchConfig {
    fn default() -> Self {
        Self {
            learning_trials: 30,
            trials: 30,
            rates: RateCost::default(),
            learning: LearningConfig::default(),
            space: TaylorBounds::default(),
        }
    }
}

/// The loss of the weights that a rule leaves, as a function of the rule.
pub struct RuleSearch {
    weights: WeightSearch,
    config: RuleSearchConfig,
    rules: TaylorSpace,
    space: SearchSpace,
    learning: Learning,
    idle: Mutex<Vec<Rsnn>>,
}

/// Learning trials have episodes of their own.
const LEARNING: u64 = 1 << 32;

impl RuleSearch {
    /// Rules for networks of one configuration on one kind of trials.
    ///
    /// # Errors
    /// As [`WeightSearch::new`]; a network without recurrent synapses; ranges or rates out of their domain.
    pub fn new(
        network: RsnnConfig,
        input: Arc<dyn LabelledInput>,
        config: RuleSearchConfig,
    ) -> Result<Self, TaskError> {
        if !network.recurrent {
            return Err(TaskError::parameter("recurrent", false, "true, as rules change recurrent weights"));
        }
        let mut net = network.build()?;
        let learning = Learning::new(net.network.projection(net.recurrent).wiring(), &config.learning)?;
        let types: Vec<String> = net.types.iter().map(|t| (*t).to_owned()).collect();
        let rules = TaylorSpace::new(types, config.space.clone())?;
        let space = SearchSpace::new(rules.genes().iter().map(variable).collect())
            .map_err(|e| TaskError::parameter("space", e, "ranges of genes"))?;
        // Nothing searches the weights, so nothing limits them.
        let limit = f64::MAX;
        let search =
            WeightSearchConfig { trials: config.trials, rates: config.rates, limit, ..WeightSearchConfig::default() };
        let weights = WeightSearch::new(network, input, search)?;
        Ok(Self { weights, config, rules, space, learning, idle: Mutex::new(vec![]) })
    }

    /// The space of rules.
    #[must_use]
    pub fn rules(&self) -> &TaylorSpace {
        &self.rules
    }

    /// The network and its trials.
    #[must_use]
    pub fn weights(&self) -> &WeightSearch {
        &self.weights
    }

    /// All weights (mV) that a rule leaves after its learning trials at this address.
    ///
    /// # Errors
    /// A rule for other types.
    pub fn learn(&self, rule: &TaylorRule, at: &Address) -> Result<Vec<f32>, TaskError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut net = match idle {
            Some(net) => net,
            None => self.weights.network().build_with(|_| Ok(self.learning.event_driven(rule)?))?,
        };
        let recurrent = net.network.projection_as::<CsrProjection<EventDriven<f32>>>(net.recurrent);
        recurrent.expect("all networks are built above").rule_mut().set_rule(rule)?;
        net.network.reset();
        let (input, readout) = (self.weights.input(), net.readout());
        let mut tally = Tally::new(net.counts.iter().sum(), net.output.topology.n_post());
        let mut reward = RewardTrace::default();
        for episode in 0..self.config.learning_trials as u64 {
            let trial = input.trial(&at.with_episode(LEARNING + episode));
            let right = tally.run(&mut net, &readout, &trial, &input.window());
            net.network.reward(reward.prediction_error(right) as f32);
        }
        net.network.set_plastic(false);
        let weights = net.read();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(net);
        Ok(weights)
    }

    fn score(&self, genome: &[f64], at: &Address) -> Result<Score, TaskError> {
        let weights = self.learn(&self.rules.decode(genome)?, at)?;
        self.weights.score(&weights, &self.weights.common_trials(at)?)
    }
}

impl Objective for RuleSearch {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        self.weights.objectives()
    }

    fn metrics(&self) -> &[String] {
        self.weights.metrics()
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        self.score(genome, &at.common()).map(Score::evaluation).map_err(|error| Failure::new(error.to_string()))
    }
}
