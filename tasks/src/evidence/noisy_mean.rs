//! On which side of 0 does the mean of a noisy stimulus lie? Continuous accumulation of evidence.
//!
//! `s(t) = +-mean + x(t)`, `x` an Ornstein-Uhlenbeck process of deviation `deviation` and time constant `tau_ms`, on one
//! channel; the label is 1 for the positive sign. White noise with this deviation in every frame is the limit
//! `tau_ms = 0`.
//!
//! | field | default | unit |
//! |---|---|---|
//! | `mean` | 0.005 | |
//! | `deviation` | 0.05 | |
//! | `tau_ms` | 0.5 | ms |
//! | `duration_ms` | 520 | ms |
//! | `frame_ms`, for which a value is held | 0.025 | ms |
//! | `answer_ms` | 20 | ms |
//!
//! Mean, deviation, duration, step and answer are those of the evidence task of Deistler et al. 2025 (Jaxley, Nature
//! Methods, doi:10.1038/s41592-025-02895-w), in nA there; how their low-pass filter is set is not known here, so its time
//! constant is a choice.

use super::{FramedInput, FramedTrial};
use crate::TaskError;
use evoplast_evolve::Address;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

const STREAM_STIMULUS: u64 = 42;

/// What the stimulus is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoisyMeanConfig {
    /// Magnitude of the mean.
    pub mean: f64,
    /// Deviation of the noise.
    pub deviation: f64,
    /// Time constant of the noise (ms), 0 for white noise.
    pub tau_ms: f64,
    /// Length of a trial (ms).
    pub duration_ms: f64,
    /// Time for which a value is held (ms).
    pub frame_ms: f64,
    /// Time at the end over which outputs are averaged (ms).
    pub answer_ms: f64,
}

impl Default for NoisyMeanConfig {
    fn default() -> Self {
        Self { mean: 0.005, deviation: 0.05, tau_ms: 0.5, duration_ms: 520.0, frame_ms: 0.025, answer_ms: 20.0 }
    }
}

/// A generator of noisy stimuli.
#[derive(Debug, Clone, PartialEq)]
pub struct NoisyMean {
    config: NoisyMeanConfig,
    frames: usize,
}

impl NoisyMean {
    /// Checks the configuration.
    ///
    /// # Errors
    /// A parameter outside its domain; the error names it.
    pub fn new(config: NoisyMeanConfig) -> Result<Self, TaskError> {
        let c = &config;
        let positive =
            [("mean", c.mean), ("duration_ms", c.duration_ms), ("frame_ms", c.frame_ms), ("answer_ms", c.answer_ms)];
        for (name, found) in positive {
            if !(found.is_finite() && found > 0.0) {
                return Err(TaskError::parameter(name, found, "a positive number"));
            }
        }
        for (name, found) in [("deviation", c.deviation), ("tau_ms", c.tau_ms)] {
            if !(found.is_finite() && found >= 0.0) {
                return Err(TaskError::parameter(name, found, "a number >= 0"));
            }
        }
        if c.answer_ms > c.duration_ms {
            return Err(TaskError::parameter("answer_ms", c.answer_ms, "at most the length of a trial"));
        }
        let frames = (c.duration_ms / c.frame_ms).round();
        if (frames * c.frame_ms - c.duration_ms).abs() > 1e-6 * c.duration_ms || !(1.0..1e8).contains(&frames) {
            return Err(TaskError::parameter("duration_ms", c.duration_ms, "a whole number of frames"));
        }
        Ok(Self { config, frames: frames as usize })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &NoisyMeanConfig {
        &self.config
    }
}

impl FramedInput for NoisyMean {
    fn channels(&self) -> usize {
        1
    }

    fn classes(&self) -> usize {
        2
    }

    fn frames(&self) -> usize {
        self.frames
    }

    fn frame_ms(&self) -> f64 {
        self.config.frame_ms
    }

    fn answer_ms(&self) -> f64 {
        self.config.answer_ms
    }

    fn trial(&self, at: &Address) -> FramedTrial {
        let c = &self.config;
        let mut rng = at.rng(STREAM_STIMULUS);
        let label = usize::from(rng.random::<bool>());
        let mean = if label == 1 { c.mean } else { -c.mean };
        let keep = if c.tau_ms > 0.0 { (-c.frame_ms / c.tau_ms).exp() } else { 0.0 };
        let fresh = c.deviation * (1.0 - keep * keep).sqrt();
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut x = c.deviation * normal();
        let mut sum = 0.0;
        let (mut frames, mut running) = (Vec::with_capacity(self.frames), Vec::with_capacity(self.frames));
        for _ in 0..self.frames {
            let s = mean + x;
            sum += s;
            frames.push(s as f32);
            running.push((sum != 0.0).then_some(usize::from(sum > 0.0)));
            x = keep * x + fresh * normal();
        }
        FramedTrial { frames, label, running }
    }
}
