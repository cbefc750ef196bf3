//! Gradients through graded networks: reference values, finite differences, and the bits of every way to compute them.
#![allow(clippy::unwrap_used, missing_docs)]

mod bits;
mod differences;
mod reference;

use evoplast_backprop::MeanSquaredError;
use evoplast_backprop::Traces;
use evoplast_neuron::Scalar;
use evoplast_synapse::graded::{GradedBatch, GradedShape, GradedState, GradedWeights};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A small network, odd in every size.
pub const SHAPE: GradedShape = GradedShape { channels: 3, neurons: 9, outputs: 2 };

pub fn weights<F: Scalar>(gain: f64) -> GradedWeights<F> {
    let mut values =
        GradedWeights::<f64>::hazelden(SHAPE, &mut ChaCha8Rng::seed_from_u64(3)).unwrap().values().to_vec();
    values[SHAPE.recurrent()].iter_mut().for_each(|w| *w *= gain);
    GradedWeights::new(SHAPE, values.iter().map(|&w| F::of(w)).collect()).unwrap()
}

pub fn batch<F: Scalar>(trials: usize, frames: usize) -> GradedBatch<F> {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let all: Vec<Vec<f32>> =
        (0..trials).map(|_| (0..frames * SHAPE.channels).map(|_| rng.random::<f32>()).collect()).collect();
    let slices: Vec<&[f32]> = all.iter().map(Vec::as_slice).collect();
    let steps = frames * 7;
    GradedBatch::new(SHAPE.channels, 7, &slices, vec![steps / 4..steps / 2, steps / 3..steps]).unwrap()
}

/// Potentials around -20 mV, other variables at `rest`.
pub fn state<F: Scalar>(trials: usize, rest: &[f64]) -> GradedState<F> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut column = |centre: f64, span: f64| -> Vec<F> {
        (0..SHAPE.neurons * trials).map(|_| F::of(centre + span * (rng.random::<f64>() - 0.5))).collect()
    };
    let v = column(-20.0, 20.0);
    let others = rest.iter().map(|&x| column(x, 0.02));
    GradedState::silent(trials, std::iter::once(v).chain(others).collect()).unwrap()
}

pub fn loss<F: evoplast_backprop::Real>(trials: usize) -> MeanSquaredError<F> {
    let mut target = Traces::zeros(2, SHAPE.outputs, trials);
    let count = target.values.len();
    target
        .values
        .iter_mut()
        .enumerate()
        .for_each(|(k, y)| *y = F::of(0.3 * ((k * 7 % count) as f64 / count as f64 - 0.4)));
    MeanSquaredError::new(target)
}
