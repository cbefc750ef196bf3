//! Input of a batch of trials, and the state of a network in them.

use crate::SynapseError;
use crate::error::{require, same_length};
use evoplast_neuron::Scalar;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Trials of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedBatch<F> {
    trials: usize,
    channels: usize,
    frames: usize,
    frame_steps: usize,
    /// `[frame][channel][trial]`.
    input: Vec<F>,
    windows: Vec<Range<usize>>,
    noise: Option<Noise>,
}

/// White noise on the input of every neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    /// Standard deviation of what is added to z in a step.
    pub deviation: f64,
    /// Its seed; every trial has a stream of its own.
    pub seed: u64,
}

impl<F: Scalar> GradedBatch<F> {
    /// Trials from the input of each, `[frame][channel]`, held for `frame_steps` steps; `windows` are the steps over which
    /// outputs are averaged, in order of their ends, and may overlap. A state after step s counts for step s, from 0.
    ///
    /// # Errors
    /// No trial, trials of different lengths, input that is not finite, or a window that is empty or ends after the trial.
    pub fn new(
        channels: usize,
        frame_steps: usize,
        trials: &[&[f32]],
        windows: Vec<Range<usize>>,
    ) -> Result<Self, SynapseError> {
        const NAME: &str = "graded batch";
        require(!trials.is_empty(), NAME, "trials", 0.0, "at least 1")?;
        require(channels > 0, NAME, "channels", 0.0, "at least 1")?;
        require(frame_steps > 0, NAME, "frame_steps", 0.0, "at least 1")?;
        let (count, length) = (trials.len(), trials[0].len());
        let frames = length / channels;
        same_length("input of a trial, frames times channels", length, frames * channels)?;
        let mut input = vec![F::of(0.0); length * count];
        for (trial, values) in trials.iter().enumerate() {
            same_length("input of a trial", values.len(), length)?;
            for (k, &x) in values.iter().enumerate() {
                require(true, NAME, "input", x.into(), "a finite number")?;
                input[k * count + trial] = F::of(x.into());
            }
        }
        for window in &windows {
            let ok = window.start < window.end && window.end <= frames * frame_steps;
            require(
                ok,
                NAME,
                "window",
                window.end as f64,
                "a window that is not empty and ends with the trial at the latest",
            )?;
        }
        let ends = windows.windows(2).all(|pair| pair[0].end <= pair[1].end);
        require(ends, NAME, "windows", windows.len() as f64, "windows in order of their ends")?;
        Ok(Self { trials: count, channels, frames, frame_steps, input, windows, noise: None })
    }

    /// Adds to z of every neuron in every step a number from N(0, `deviation`^2). It is a function of `seed`, the number of neurons,
    /// neuron, step and the place of the trial in the batch, so that all weights meet the same noise; a batch that goes on from the
    /// end of another one needs another seed.
    ///
    /// # Errors
    /// A deviation that is negative or not finite.
    pub fn with_noise(mut self, deviation: f64, seed: u64) -> Result<Self, SynapseError> {
        require(deviation >= 0.0, "graded batch", "noise", deviation, "0 or more")?;
        self.noise = Some(Noise { deviation, seed }).filter(|_| deviation > 0.0);
        Ok(self)
    }

    /// The noise of the batch, if there is any.
    pub(super) fn noise(&self) -> Option<Noise> {
        self.noise
    }

    /// Number of trials.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.trials
    }

    /// Input channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Steps for which an input is held.
    #[must_use]
    pub fn frame_steps(&self) -> usize {
        self.frame_steps
    }

    /// Steps of a trial.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.frames * self.frame_steps
    }

    /// Steps over which outputs are averaged.
    #[must_use]
    pub fn windows(&self) -> &[Range<usize>] {
        &self.windows
    }

    /// Copies the input of a frame for a range of trials to lanes, `[channel][lane]`; lanes without a trial
    /// repeat the first.
    pub fn frame<const L: usize>(&self, frame: usize, trials: Range<usize>, out: &mut [[F; L]]) {
        let input = &self.input[frame * self.channels * self.trials..][..self.channels * self.trials];
        for (row, out) in input.chunks_exact(self.trials).zip(out) {
            to_lanes(&row[trials.clone()], out);
        }
    }
}

/// State of a network in every trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradedState<F> {
    /// Number of trials.
    pub trials: usize,
    /// One array `[neuron][trial]` per state variable, in the order of the model.
    pub variables: Vec<Vec<F>>,
    /// Transmission that has arrived, s, `[neuron][trial]`.
    pub released: Vec<F>,
}

impl<F: Scalar> GradedState<F> {
    /// A state in which nothing has been released.
    ///
    /// # Errors
    /// Arrays that are not of one length, a multiple of `trials`, or values that are not finite.
    pub fn silent(trials: usize, variables: Vec<Vec<F>>) -> Result<Self, SynapseError> {
        let length = variables.first().map_or(0, Vec::len);
        require(trials > 0, "graded state", "trials", trials as f64, "at least 1")?;
        same_length("values of a state variable, neurons times trials", length, length / trials * trials)?;
        for column in &variables {
            same_length("values of a state variable", column.len(), length)?;
            column.iter().try_for_each(|x| require(true, "graded state", "value", x.wide(), "a finite number"))?;
        }
        Ok(Self { trials, variables, released: vec![F::of(0.0); length] })
    }
}

/// Copies values of trials to the first lanes; the others repeat the first trial, so that they are as finite as it is.
pub(crate) fn to_lanes<F: Scalar, const L: usize>(trials: &[F], lanes: &mut [F; L]) {
    lanes[..trials.len()].copy_from_slice(trials);
    lanes[trials.len()..].fill(trials[0]);
}
