//! Random circuits and spike trains for the benches.
#![allow(dead_code, clippy::unwrap_used, reason = "every bench uses its own part")]

use evoplast_synapse::{TopologyBuilder, Wiring};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// `n` neurons of `types` equally large types, 10 % connected, delays of 1 to 4 steps, magnitudes in 0.5..1.5.
pub fn recurrent(n: usize, types: usize, seed: u64) -> Wiring {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let list: Vec<u16> = (0..n).map(|i| (i * types / n) as u16).collect();
    let mut builder = TopologyBuilder::new(&list, types, &list, types).unwrap();
    for i in 0..n as u32 {
        for j in 0..n as u32 {
            if i != j && rng.random::<f64>() < 0.1 {
                builder.add(i, j, rng.random_range(1..=4), rng.random_range(0.5..1.5)).unwrap();
            }
        }
    }
    let (topology, weights) = builder.build().unwrap();
    Wiring::dale(topology, &weights, vec![0; n]).unwrap()
}

/// One second of independent spikes at `rate_hz`, in steps of 1 ms.
pub fn spikes(n: usize, rate_hz: f64, seed: u64) -> Vec<Vec<u32>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..1000).map(|_| (0..n as u32).filter(|_| rng.random::<f64>() < rate_hz * 1e-3).collect()).collect()
}
