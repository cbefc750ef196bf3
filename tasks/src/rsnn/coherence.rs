//! Detecting a change of coherence: 16 channels whose rates follow the label.
//!
//! The published input comes from a network for motion on random-dot films and is not public; this generator stands for
//! it. For channel c at time t, with the label y(t) of 0 (low coherence) or 1 (high):
//!
//! `rate = max(0, base_c (1 + s_c depth_c (2 y - 1) + noise))`
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | base_c | `base_hz`, uniform | 10..60 | Hz |
//! | depth_c | `depth`, uniform | 0.3..0.5 | |
//! | s_c | +1 for channels 0-3, 8-10 and 15, else -1 | | |
//! | noise | normal of deviation `noise`, new every `frame_steps` | 0.1, 68 steps | |
//! | steps of 1 ms | `steps` | 4080 | |
//! | probability of a change | `change_probability` | 0.5 | |
//! | time of the change | `change_steps`, uniform | 500..3500 | |
//!
//! Without a change the label is 0 or 1 for the whole trial, with equal probability. Source of shape and preferences:
//! Zhu et al. 2023, bioRxiv 2023.08.29.555334; rates and depths are chosen here.

use super::{LabelledInput, LabelledTrial};
use crate::TaskError;
use evoplast_evolve::Address;
use evoplast_synapse::SpikeRaster;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Number of channels.
pub const CHANNELS: usize = 16;
/// Whether a channel prefers label 1.
const PREFERS_HIGH: [bool; CHANNELS] = {
    let mut all = [false; CHANNELS];
    let high = [0, 1, 2, 3, 8, 9, 10, 15];
    let mut k = 0;
    while k < high.len() {
        all[high[k]] = true;
        k += 1;
    }
    all
};

const STREAM_CHANNELS: u64 = 32;
const STREAM_TRIAL: u64 = 33;

/// What trials are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoherenceConfig {
    /// Seed of the channels' rates.
    pub seed: u64,
    /// Steps of 1 ms in a trial.
    pub steps: usize,
    /// Least and largest mean rate of a channel (Hz).
    pub base_hz: (f64, f64),
    /// Least and largest relative modulation by the label.
    pub depth: (f64, f64),
    /// Deviation of the relative noise of rates.
    pub noise: f64,
    /// Steps for which the noise stays.
    pub frame_steps: usize,
    /// Probability that the label changes within a trial.
    pub change_probability: f64,
    /// First step at which it may, and the step after the last.
    pub change_steps: (usize, usize),
}

impl Default for CoherenceConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            steps: 4080,
            base_hz: (10.0, 60.0),
            depth: (0.3, 0.5),
            noise: 0.1,
            frame_steps: 68,
            change_probability: 0.5,
            change_steps: (500, 3500),
        }
    }
}

/// A generator of trials.
#[derive(Debug, Clone, PartialEq)]
pub struct Coherence {
    config: CoherenceConfig,
    base_hz: [f64; CHANNELS],
    depth: [f64; CHANNELS],
}

impl Coherence {
    /// Draws the channels.
    ///
    /// # Errors
    /// A range that is not one, or a parameter outside its domain; the error names it.
    pub fn new(config: CoherenceConfig) -> Result<Self, TaskError> {
        let bad = |name: &str, found: String, expected: &str| Err(TaskError::parameter(name, found, expected));
        let (lo, hi) = config.base_hz;
        if !(lo >= 0.0 && lo < hi && hi <= 500.0) {
            return bad("base_hz", format!("{lo}..{hi}"), "a range within 0..500");
        }
        let (low, high) = config.depth;
        if !(low >= 0.0 && low < high && high <= 1.0) {
            return bad("depth", format!("{low}..{high}"), "a range within 0..1");
        }
        if !(config.noise.is_finite() && config.noise >= 0.0) {
            return bad("noise", config.noise.to_string(), "a number >= 0");
        }
        if config.frame_steps == 0 {
            return bad("frame_steps", "0".into(), "at least 1");
        }
        if !(0.0..=1.0).contains(&config.change_probability) {
            return bad("change_probability", config.change_probability.to_string(), "0..=1");
        }
        let (start, end) = config.change_steps;
        if !(start < end && end <= config.steps) {
            return bad("change_steps", format!("{start}..{end}"), "a range within the trial");
        }
        let mut rng = Address { run: config.seed, generation: 0, candidate: 0, episode: 0 }.rng(STREAM_CHANNELS);
        let base_hz = std::array::from_fn(|_| rng.random_range(lo..hi));
        let depth = std::array::from_fn(|_| rng.random_range(low..high));
        Ok(Self { config, base_hz, depth })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &CoherenceConfig {
        &self.config
    }

    /// Rate of a channel under a label, without noise (Hz).
    #[must_use]
    pub fn rate_hz(&self, channel: usize, label: u8) -> f64 {
        let towards = if PREFERS_HIGH[channel] == (label == 1) { 1.0 } else { -1.0 };
        self.base_hz[channel] * (1.0 + towards * self.depth[channel])
    }
}

impl LabelledInput for Coherence {
    fn channels(&self) -> usize {
        CHANNELS
    }

    fn steps(&self) -> usize {
        self.config.steps
    }

    fn window(&self) -> Range<usize> {
        0..self.config.steps
    }

    fn trial(&self, at: &Address) -> LabelledTrial {
        let c = &self.config;
        let mut rng = at.rng(STREAM_TRIAL);
        let first = u8::from(rng.random::<f64>() < 0.5);
        let changes = rng.random::<f64>() < c.change_probability;
        let when = rng.random_range(c.change_steps.0..c.change_steps.1);
        let change = changes.then_some(when);
        let label: Vec<u8> =
            (0..c.steps).map(|t| if change.is_some_and(|w| t >= w) { 1 - first } else { first }).collect();
        let mut input = SpikeRaster::new();
        let mut noise = [0.0; CHANNELS];
        let mut now = Vec::with_capacity(CHANNELS);
        for (t, &y) in label.iter().enumerate() {
            if t % c.frame_steps == 0 {
                noise.iter_mut().for_each(|x| {
                    let draw: f64 = StandardNormal.sample(&mut rng);
                    *x = c.noise * draw;
                });
            }
            now.clear();
            for channel in 0..CHANNELS {
                let rate = (self.rate_hz(channel, y) + self.base_hz[channel] * noise[channel]).max(0.0);
                if rng.random::<f64>() < rate * 1e-3 {
                    now.push(channel as u32);
                }
            }
            input.push_step(&now);
        }
        LabelledTrial { input, label, change }
    }
}
