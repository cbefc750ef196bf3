//! A trial of held input with one label, and where such trials come from.

use super::{MatchToSample, MatchToSampleConfig, NoisyMean, NoisyMeanConfig, Phrases, PhrasesConfig};
use crate::TaskError;
use evoplast_evolve::Address;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One trial.
#[derive(Debug, Clone, PartialEq)]
pub struct FramedTrial {
    /// Input of every frame, `[frame][channel]`.
    pub frames: Vec<f32>,
    /// The right answer at the end.
    pub label: usize,
    /// The right answer if the trial ended after this frame; none where nothing is known or two answers are even.
    pub running: Vec<Option<usize>>,
}

/// A generator of trials of equal length, the same for whoever learns them.
pub trait FramedInput: Send + Sync {
    /// Number of input channels.
    fn channels(&self) -> usize;

    /// Number of answers.
    fn classes(&self) -> usize;

    /// Frames of a trial.
    fn frames(&self) -> usize;

    /// Time for which the input of a frame is held (ms).
    fn frame_ms(&self) -> f64;

    /// Time at the end of a trial over which outputs are averaged into the answer (ms).
    fn answer_ms(&self) -> f64;

    /// The trial at an address.
    fn trial(&self, at: &Address) -> FramedTrial;

    /// The trials of a batch: episodes 0, 1, ... of an address, common to the candidates of a generation.
    fn batch(&self, at: &Address, count: usize) -> Vec<FramedTrial> {
        (0..count as u64).map(|episode| self.trial(&at.common().with_episode(episode))).collect()
    }

    /// Number of steps of `dt_ms` in a frame.
    ///
    /// # Errors
    /// A frame that is not a whole number of steps.
    fn frame_steps(&self, dt_ms: f64) -> Result<usize, TaskError> {
        whole("dt_ms", self.frame_ms() / dt_ms)
    }

    /// Number of steps of `dt_ms` in the answer.
    ///
    /// # Errors
    /// An answer that is not a whole number of steps.
    fn answer_steps(&self, dt_ms: f64) -> Result<usize, TaskError> {
        whole("dt_ms", self.answer_ms() / dt_ms)
    }
}

/// `count` as a whole number of at least 1, up to rounding.
fn whole(name: &str, count: f64) -> Result<usize, TaskError> {
    if count.is_finite() && count.round() >= 1.0 && (count - count.round()).abs() < 1e-6 * count {
        Ok(count.round() as usize)
    } else {
        Err(TaskError::parameter(name, format!("{count} steps"), "a whole number of steps, at least 1"))
    }
}

/// What trials are made of, chosen by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EvidenceConfig {
    /// Words to count (`phrases`).
    Phrases(PhrasesConfig),
    /// A noisy stimulus to average (`noisy_mean`).
    NoisyMean(NoisyMeanConfig),
    /// Two stimuli to compare (`match_to_sample`).
    MatchToSample(MatchToSampleConfig),
}

impl Default for EvidenceConfig {
    fn default() -> Self {
        Self::Phrases(PhrasesConfig::default())
    }
}

impl EvidenceConfig {
    /// The generator, with `seed` in place of the one of the configuration.
    ///
    /// # Errors
    /// A parameter outside its domain, which the error names.
    pub fn build(&self, seed: u64) -> Result<Arc<dyn FramedInput>, TaskError> {
        Ok(match self {
            Self::Phrases(config) => Arc::new(Phrases::new(PhrasesConfig { seed, ..config.clone() })?),
            Self::NoisyMean(config) => Arc::new(NoisyMean::new(config.clone())?),
            Self::MatchToSample(config) => Arc::new(MatchToSample::new(config.clone())?),
        })
    }
}
