//! Graded networks against the reference values of a network of four neurons, and the laws of the loop.
#![allow(clippy::unwrap_used, missing_docs)]

mod laws;
mod reference;

use evoplast_neuron::Scalar;
use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
use evoplast_synapse::graded::{GradedBatch, GradedConfig, GradedNetwork, GradedShape, GradedState, GradedWeights};

/// The network of four neurons of the reference: one channel whose weights are the inputs of the neurons.
pub fn four_weights<F: Scalar>() -> GradedWeights<F> {
    let input = [0.5, 0.2, 0.35, 0.05];
    let recurrent =
        [[0.0, 0.08, -0.05, 0.03], [-0.06, 0.0, 0.07, 0.02], [0.05, -0.04, 0.0, 0.06], [0.03, 0.05, -0.07, 0.0]];
    let readout = [[1.0, 0.0], [-0.5, 0.75], [0.25, -0.25], [0.0, 0.5]];
    let all = input.iter().chain(recurrent.iter().flatten()).chain(readout.iter().flatten()).chain(&[0.0, 0.0]);
    let shape = GradedShape { channels: 1, neurons: 4, outputs: 2 };
    GradedWeights::new(shape, all.map(|&w| F::of(w)).collect()).unwrap()
}

pub fn four_state<F: Scalar>() -> GradedState<F> {
    let v = [-20.0, -25.0, -15.0, -40.0].map(F::of).to_vec();
    GradedState::silent(1, vec![v, vec![F::of(0.014173); 4]]).unwrap()
}

/// One trial of `steps` steps whose outputs are averaged over all of them.
pub fn constant_batch<F: Scalar>(steps: usize) -> GradedBatch<F> {
    GradedBatch::new(1, steps, &[&[1.0]], std::iter::once(0..steps).collect()).unwrap()
}

pub fn network(neurons: usize, config: GradedConfig) -> GradedNetwork<MorrisLecar> {
    GradedNetwork::new(neurons, vec![MorrisLecarParams::hazelden()], config).unwrap()
}
