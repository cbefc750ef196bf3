//! How well a network tells the label: spikes in, error, accuracy and rates out.
//!
//! With outputs `y(t) = d y(t - 1) + sum_i w_i z_i(t)`, `d = e^(-dt/tau)`, targets y* and firing rates r_i (spikes per
//! ms, over all trials and steps):
//!
//! | number | equation |
//! |---|---|
//! | error | mean over the steps that count, outputs and trials of `(y - y*)^2`; guessing 1/2 gives 0.25 |
//! | rate cost | `weight sum_i (r_i - target)^2` |
//! | accuracy | share of the steps that count at which the outputs stand for the label; guessing gives 0.5 |
//!
//! Source of both costs: see [the module](super); 0.1 and 20 Hz there.

use super::{LabelledTrial, Rsnn, decision, target};
use crate::TaskError;
use evoplast_evolve::Evaluation;
use evoplast_synapse::{Drive, SpikeRaster, Trainable};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The cost of firing rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateCost {
    /// Factor of the sum over neurons.
    pub weight: f64,
    /// Target (spikes per ms).
    pub target_per_ms: f64,
}

impl Default for RateCost {
    fn default() -> Self {
        Self { weight: 0.1, target_per_ms: 0.02 }
    }
}

impl RateCost {
    /// Checks both numbers.
    ///
    /// # Errors
    /// One that is negative or not finite.
    pub fn check(&self) -> Result<(), TaskError> {
        for (name, found) in [("weight", self.weight), ("target_per_ms", self.target_per_ms)] {
            if !(found.is_finite() && found >= 0.0) {
                return Err(TaskError::parameter(name, found, "a number >= 0"));
            }
        }
        Ok(())
    }
}

/// What a set of trials gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean squared error of the outputs.
    pub error: f64,
    /// Cost of firing rates.
    pub rate_cost: f64,
    /// Share of steps with the right decision.
    pub accuracy: f64,
    /// Mean firing rate (Hz).
    pub rate_hz: f64,
}

impl Score {
    /// Error and rate cost, which is what training minimises.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.error + self.rate_cost
    }

    /// The loss as the objective; error, accuracy and rate as metrics.
    pub(super) fn evaluation(self) -> Evaluation {
        Evaluation::new(vec![self.loss()]).with_metrics(vec![self.error, self.accuracy, self.rate_hz])
    }
}

/// Sums over trials, from which a [`Score`] is made.
#[derive(Debug)]
pub(super) struct Tally {
    squares: f64,
    right: usize,
    decided: usize,
    counts: Vec<u32>,
    steps: usize,
    outputs: usize,
}

impl Tally {
    pub fn new(neurons: usize, outputs: usize) -> Self {
        Self { squares: 0.0, right: 0, decided: 0, counts: vec![0; neurons], steps: 0, outputs }
    }

    /// Runs a trial from the present state of the network; returns the share of right decisions in it.
    pub fn run(&mut self, net: &mut Rsnn, readout: &[f32], trial: &LabelledTrial, window: &Range<usize>) -> f64 {
        let before = (self.right, self.decided);
        let start = net.network.now();
        let decay = (-net.network.dt_ms() / net.output_tau_ms).exp() as f32;
        let mut y = vec![0.0_f32; self.outputs];
        let mut drive = Delayed { input: &trial.input, start };
        for (step, &label) in trial.label.iter().enumerate() {
            net.network.step(&mut drive);
            y.iter_mut().for_each(|y| *y *= decay);
            for &i in net.network.spikes(net.cells) {
                let i = i as usize;
                self.counts[i] += 1;
                y.iter_mut().zip(&readout[i * self.outputs..]).for_each(|(y, w)| *y += w);
            }
            if window.contains(&step) {
                for (o, y) in y.iter().enumerate() {
                    let error = f64::from(y - target(label, o, self.outputs));
                    self.squares += error * error;
                }
                self.right += usize::from(decision(&y) == label);
                self.decided += 1;
            }
        }
        self.steps += trial.label.len();
        (self.right - before.0) as f64 / (self.decided - before.1).max(1) as f64
    }

    pub fn score(&self, cost: RateCost) -> Score {
        let steps = self.steps.max(1) as f64;
        let decided = self.decided.max(1) as f64;
        let excess = |&count: &u32| (f64::from(count) / steps - cost.target_per_ms).powi(2);
        let spikes: f64 = self.counts.iter().map(|&c| f64::from(c)).sum();
        Score {
            error: self.squares / (decided * self.outputs as f64),
            rate_cost: cost.weight * self.counts.iter().map(excess).sum::<f64>(),
            accuracy: self.right as f64 / decided,
            rate_hz: 1e3 * spikes / (steps * self.counts.len() as f64),
        }
    }
}

/// A raster that begins at a step.
struct Delayed<'a> {
    input: &'a SpikeRaster,
    start: u32,
}

impl Drive for Delayed<'_> {
    fn spikes(&mut self, _: usize, step: u32, out: &mut Vec<u32>) {
        if let Ok(channels) = self.input.at((step - self.start) as usize) {
            out.extend_from_slice(channels);
        }
    }
}

impl Rsnn {
    /// Runs trials with these weights, which have to be in the order of the layout.
    ///
    /// # Errors
    /// Weights of a wrong number or sign.
    pub fn score(
        &mut self,
        weights: &[f32],
        trials: &[LabelledTrial],
        window: &Range<usize>,
        cost: RateCost,
    ) -> Result<Score, TaskError> {
        self.write(weights)?;
        let readout = self.readout();
        let mut tally = Tally::new(self.counts.iter().sum(), self.output.topology.n_post());
        for trial in trials {
            self.network.reset();
            self.write(weights)?;
            tally.run(self, &readout, trial, window);
        }
        Ok(tally.score(cost))
    }
}
