//! A trial with a label for every step, and where such trials come from.

use evoplast_evolve::Address;
use evoplast_synapse::SpikeRaster;
use std::ops::Range;

/// One trial.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledTrial {
    /// Spikes of the channels.
    pub input: SpikeRaster,
    /// Label of every step, 0 or 1.
    pub label: Vec<u8>,
    /// First step at which the label changes, if it does.
    pub change: Option<usize>,
}

/// A generator of trials, the same for whoever learns them.
pub trait LabelledInput: Send + Sync {
    /// Number of input channels.
    fn channels(&self) -> usize;

    /// Steps of 1 ms in a trial.
    fn steps(&self) -> usize;

    /// Steps whose output counts.
    fn window(&self) -> Range<usize>;

    /// The trial at an address.
    fn trial(&self, at: &Address) -> LabelledTrial;
}

/// Target of one of `outputs` units under a label: the label itself for a single unit, else 1 for the unit of the label
/// and 0 for all others.
#[must_use]
pub fn target(label: u8, output: usize, outputs: usize) -> f32 {
    match outputs {
        1 => f32::from(label),
        _ => f32::from(u8::from(output == usize::from(label))),
    }
}

/// The label that outputs stand for: above or below 1/2 for a single unit, else the largest one.
#[must_use]
pub fn decision(outputs: &[f32]) -> u8 {
    match outputs {
        [y] => u8::from(*y > 0.5),
        all => (1..all.len()).fold(0, |best, o| if all[o] > all[best] { o } else { best }) as u8,
    }
}
