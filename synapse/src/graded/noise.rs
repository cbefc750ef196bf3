//! What the channels send, with noise for a step.

use super::batch::Noise;
use evoplast_neuron::Scalar;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::ops::Range;

/// One generator for each trial, so that a trial has the same noise in any batch and chunk.
#[derive(Debug, Clone)]
pub(super) struct NoisyBase<F> {
    deviation: f64,
    trials: Vec<ChaCha8Rng>,
    /// `[neuron][lane]`.
    values: Vec<F>,
}

impl<F: Scalar> NoisyBase<F> {
    /// The noise of these trials before their first step.
    pub(super) fn new(noise: Noise, trials: Range<usize>) -> Self {
        let generator = |trial: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(noise.seed);
            rng.set_stream(trial as u64);
            rng
        };
        Self { deviation: noise.deviation, trials: trials.map(generator).collect(), values: vec![] }
    }

    /// `base`, `[neuron][lane]`, with the noise of the next step; lanes without a trial have none.
    pub(super) fn next<const L: usize>(&mut self, base: &[F]) -> &[F] {
        self.values.clear();
        self.values.extend_from_slice(base);
        for lanes in self.values.as_chunks_mut::<L>().0 {
            for (z, rng) in lanes.iter_mut().zip(&mut self.trials) {
                let normal: f64 = StandardNormal.sample(rng);
                *z += F::of(self.deviation * normal);
            }
        }
        &self.values
    }
}
