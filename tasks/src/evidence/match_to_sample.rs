//! Is the second stimulus the first one again? Delayed match to sample.
//!
//! A trial is rest, a sample, a delay, a test and the answer. Sample and test are one of `patterns` stimuli: channel k is
//! `amplitude` while stimulus k is shown, else 0. With probability 1/2 the test is the sample (label 1), else one of the others
//! (label 0). Trials are of equal length: a shorter delay comes with a longer rest.
//!
//! | field | default | unit |
//! |---|---|---|
//! | `patterns` | 2 | |
//! | `amplitude` | 1 | |
//! | `rest_ms`, `sample_ms`, `test_ms`, `answer_ms` | 20, 50, 50, 20 | ms |
//! | `delay_ms`, least and largest, uniform in frames | 50..150 | ms |
//! | `frame_ms` | 5 | ms |
//!
//! Delays after Deistler et al. 2025 (Jaxley, Nature Methods, doi:10.1038/s41592-025-02895-w); the other times are choices.

use super::{FramedInput, FramedTrial};
use crate::TaskError;
use evoplast_evolve::Address;
use rand::RngExt;
use serde::{Deserialize, Serialize};

const STREAM_PAIR: u64 = 43;

/// What trials are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MatchToSampleConfig {
    /// Number of stimuli, at least 2; also of channels.
    pub patterns: usize,
    /// Input while a stimulus is shown.
    pub amplitude: f64,
    /// Shortest rest before the sample (ms).
    pub rest_ms: f64,
    /// Duration of the sample (ms).
    pub sample_ms: f64,
    /// Least and largest time between sample and test (ms).
    pub delay_ms: (f64, f64),
    /// Duration of the test (ms).
    pub test_ms: f64,
    /// Time after the test over which outputs are averaged (ms).
    pub answer_ms: f64,
    /// Time for which input is held (ms); all times are multiples.
    pub frame_ms: f64,
}

impl Default for MatchToSampleConfig {
    fn default() -> Self {
        Self {
            patterns: 2,
            amplitude: 1.0,
            rest_ms: 20.0,
            sample_ms: 50.0,
            delay_ms: (50.0, 150.0),
            test_ms: 50.0,
            answer_ms: 20.0,
            frame_ms: 5.0,
        }
    }
}

/// A generator of pairs of stimuli.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchToSample {
    config: MatchToSampleConfig,
    /// Frames of rest, sample, least and largest delay, test and answer.
    rest: usize,
    sample: usize,
    delay: (usize, usize),
    test: usize,
    answer: usize,
}

impl MatchToSample {
    /// Checks the configuration.
    ///
    /// # Errors
    /// A parameter outside its domain; the error names it.
    pub fn new(config: MatchToSampleConfig) -> Result<Self, TaskError> {
        let c = &config;
        if !(2..=1000).contains(&c.patterns) {
            return Err(TaskError::parameter("patterns", c.patterns, "2..=1000"));
        }
        for (name, found) in [("amplitude", c.amplitude), ("frame_ms", c.frame_ms)] {
            if !(found.is_finite() && found > 0.0) {
                return Err(TaskError::parameter(name, found, "a positive number"));
            }
        }
        let frames = |name: &str, ms: f64, least: f64| {
            let count = (ms / c.frame_ms).round();
            let whole = (count * c.frame_ms - ms).abs() <= 1e-6 * c.frame_ms;
            if whole && (least..1e6).contains(&count) {
                Ok(count as usize)
            } else {
                Err(TaskError::parameter(name, ms, &format!("a whole number of frames of {} ms", c.frame_ms)))
            }
        };
        let delay = (frames("delay_ms", c.delay_ms.0, 0.0)?, frames("delay_ms", c.delay_ms.1, 0.0)?);
        if delay.0 > delay.1 {
            return Err(TaskError::parameter("delay_ms", format!("{:?}", c.delay_ms), "a range"));
        }
        let (rest, sample) = (frames("rest_ms", c.rest_ms, 0.0)?, frames("sample_ms", c.sample_ms, 1.0)?);
        let (test, answer) = (frames("test_ms", c.test_ms, 1.0)?, frames("answer_ms", c.answer_ms, 1.0)?);
        Ok(Self { config, rest, sample, delay, test, answer })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &MatchToSampleConfig {
        &self.config
    }
}

impl FramedInput for MatchToSample {
    fn channels(&self) -> usize {
        self.config.patterns
    }

    fn classes(&self) -> usize {
        2
    }

    fn frames(&self) -> usize {
        self.rest + self.sample + self.delay.1 + self.test + self.answer
    }

    fn frame_ms(&self) -> f64 {
        self.config.frame_ms
    }

    fn answer_ms(&self) -> f64 {
        self.config.answer_ms
    }

    fn trial(&self, at: &Address) -> FramedTrial {
        let patterns = self.config.patterns;
        let mut rng = at.rng(STREAM_PAIR);
        let label = usize::from(rng.random::<bool>());
        let sample = rng.random_range(0..patterns);
        let other = rng.random_range(1..patterns);
        let test = if label == 1 { sample } else { (sample + other) % patterns };
        let delay = rng.random_range(self.delay.0..=self.delay.1);
        let (total, mut frames) = (self.frames(), vec![0.0; self.frames() * patterns]);
        let test_start = total - self.answer - self.test;
        let sample_start = test_start - delay - self.sample;
        for (start, length, pattern) in [(sample_start, self.sample, sample), (test_start, self.test, test)] {
            for frame in start..start + length {
                frames[frame * patterns + pattern] = self.config.amplitude as f32;
            }
        }
        let running = (0..total).map(|frame| (frame >= test_start).then_some(label)).collect();
        FramedTrial { frames, label, running }
    }
}
