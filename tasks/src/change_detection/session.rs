//! One session: a network meets the trials of a domain, first with its rule on, then off.

use super::early_stop::{EarlyStop, Monitor, Stopped};
use super::recording::{Recording, auc};
use super::reward::{REWARD_WINDOW, RewardScheme, RewardTrace};
use super::trials::TrialSet;
use crate::error::TaskError;
use crate::mouse_v1::{V1Circuit, V1Network};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What the threshold of a rule is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdKind {
    /// The readout's rate (Hz): change is reported above `threshold` Hz, as in the paper.
    Absolute,
    /// The readout's deviation from its mean over the last 20 training trials in units of their standard deviation: an
    /// observer that knows its usual response, whatever rate the rule has brought the network to.
    #[default]
    Standardised,
}

/// How a decision is read from the network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadoutConfig {
    /// Number of L5 excitatory neurons, those nearest to the centre of the layer first; all if there are fewer.
    pub neurons: usize,
    /// What the threshold is compared with.
    pub threshold: ThresholdKind,
    /// Rewarded outcomes.
    pub reward: RewardScheme,
}

impl Default for ReadoutConfig {
    fn default() -> Self {
        Self { neurons: usize::MAX, threshold: ThresholdKind::default(), reward: RewardScheme::default() }
    }
}

/// One trial as it went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialOutcome {
    /// The image was another one than before.
    pub changed: bool,
    /// Rate of the readout in the response window (Hz).
    pub readout_hz: f64,
    /// A change was reported.
    pub reported: bool,
}

/// What a session gives.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainResult {
    /// Training trials in order.
    pub training: Vec<TrialOutcome>,
    /// Validation trials in order.
    pub validation: Vec<TrialOutcome>,
    /// Spikes during validation.
    pub recording: Recording,
}

impl DomainResult {
    /// Share of correct decisions in validation, the mean of hits and correct rejections; the first trial, which has
    /// no predecessor, does not count.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let share = |changed: bool| {
            let all = self.validation.iter().skip(1).filter(|t| t.changed == changed);
            let right = all.clone().filter(|t| t.reported == changed).count();
            right as f64 / all.count().max(1) as f64
        };
        0.5 * (share(true) + share(false))
    }

    /// Area under the ROC curve of the readout in validation: what any threshold could make of it.
    #[must_use]
    pub fn auc(&self) -> f64 {
        let counted = &self.validation[self.validation.len().min(1)..];
        let value: Vec<f64> = counted.iter().map(|t| t.readout_hz).collect();
        let label: Vec<bool> = counted.iter().map(|t| t.changed).collect();
        auc(&value, &label)
    }
}

/// Mean of the usual responses plus `deviations` times their standard deviation; 0 before the first.
fn usual_above(usual: &VecDeque<f64>, deviations: f64) -> f64 {
    let n = usual.len().max(1) as f64;
    let mean = usual.iter().sum::<f64>() / n;
    let variance = usual.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n;
    mean + deviations * variance.sqrt()
}

/// A readout bound to a circuit.
#[derive(Debug, Clone)]
pub struct Session {
    config: ReadoutConfig,
    stop: EarlyStop,
    in_pool: Vec<bool>,
    pool: usize,
}

impl Session {
    /// Chooses the readout neurons of `circuit`.
    ///
    /// # Errors
    /// No readout neuron, or a limit of `stop` that is out of range.
    pub fn new(circuit: &V1Circuit, config: ReadoutConfig, stop: EarlyStop) -> Result<Self, TaskError> {
        if config.neurons == 0 {
            return Err(TaskError::parameter("readout.neurons", 0, "at least 1"));
        }
        stop.check()?;
        let mut in_pool = vec![false; circuit.len()];
        let pool: Vec<u32> = circuit.l5_excitatory().into_iter().take(config.neurons).collect();
        pool.iter().for_each(|&i| in_pool[i as usize] = true);
        Ok(Self { config, stop, in_pool, pool: pool.len() })
    }

    /// Number of readout neurons.
    #[must_use]
    pub fn pool(&self) -> usize {
        self.pool
    }

    /// Runs a session from rest: `net` is reset first, and its rule is on in training trials alone.
    /// `observe(trial, step within the trial, spikes)` sees every step of a trial.
    ///
    /// # Errors
    /// [`Stopped`] if activity passes a limit of [`EarlyStop`].
    pub fn run(
        &self,
        net: &mut V1Network,
        set: &TrialSet,
        threshold: f64,
        mut observe: impl FnMut(usize, u32, &[u32]),
    ) -> Result<DomainResult, Stopped> {
        let config = set.config;
        let (cycle, window) = (config.timing.cycle_ms(), config.timing.response_ms());
        let n = self.in_pool.len();
        let mut drive = &set.input;
        let mut reward = RewardTrace::default();
        let mut usual: VecDeque<f64> = VecDeque::with_capacity(REWARD_WINDOW);
        let mut result = DomainResult {
            training: Vec::with_capacity(config.training),
            validation: Vec::with_capacity(config.validation),
            recording: Recording::new(n),
        };
        let mut monitor = Monitor::new(self.stop, n, config.warm_up_ms, cycle);
        net.network.reset();
        net.network.set_plastic(false);
        (0..config.warm_up_ms).for_each(|_| net.network.step(&mut drive));
        for trial in 0..config.training + config.validation {
            let training = trial < config.training;
            if trial == 0 || trial == config.training {
                net.network.set_plastic(training);
            }
            let mut in_window = 0_usize;
            for step in 0..cycle {
                net.network.step(&mut drive);
                let spikes = net.network.spikes(net.neurons);
                if window.contains(&step) {
                    in_window += spikes.iter().filter(|&&i| self.in_pool[i as usize]).count();
                }
                if !training {
                    result.recording.step(spikes);
                }
                observe(trial, step, spikes);
                monitor.step(spikes.len())?;
            }
            let readout_hz = in_window as f64 / self.pool as f64 * 1000.0 / window.len() as f64;
            let criterion = match self.config.threshold {
                ThresholdKind::Absolute => threshold,
                ThresholdKind::Standardised => usual_above(&usual, threshold),
            };
            let changed = set.changed[trial];
            let outcome = TrialOutcome { changed, readout_hz, reported: readout_hz > criterion };
            if training {
                result.training.push(outcome);
                if usual.len() == REWARD_WINDOW {
                    usual.pop_front();
                }
                usual.push_back(readout_hz);
                let earned = self.config.reward.reward(changed, outcome.reported);
                net.network.reward(reward.prediction_error(earned) as f32);
            } else {
                result.validation.push(outcome);
            }
        }
        Ok(result)
    }
}
