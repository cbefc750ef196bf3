//! The gradient of one network as JAX computes it by automatic differentiation (`bench/peers/bptt_jax.py --golden`).
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_backprop::{BpttOptions, MeanSquaredError, Real, Surrogate, Traces};
use evoplast_neuron::{Kinetics, LifParams};
use evoplast_synapse::SpikeRaster;
use support::{Model, Net, slices};

const STEPS: usize = 100;
const TRIALS: usize = 3;

/// A number in [0, 1) that both sides compute alike from small whole numbers.
fn unit(index: &[u32]) -> f64 {
    f64::from(index.iter().fold(0, |h, k| (h * 1103 + k * 7919 + 12345) % 65536)) / 65536.0
}

fn net() -> Net {
    let (n_in, n, n_out) = (5, 20, 2);
    let sign = |i: u32| if i < 16 { 1.0 } else { -3.0 };
    let pairs = |pre: u32, post: u32| (0..pre).flat_map(move |i| (0..post).map(move |j| (i, j)));
    let edge = |i, j, w: f64| (i, j, 1, w as f32);
    Net {
        model: Model::Lif(vec![LifParams::default(); n]),
        kinetics: vec![Kinetics::delta()],
        n,
        n_in,
        n_out,
        input: pairs(n_in as u32, n as u32)
            .filter(|&(i, j)| unit(&[2, i, j]) < 0.6)
            .map(|(i, j)| edge(i, j, 400.0 * unit(&[1, i, j])))
            .collect(),
        recurrent: pairs(n as u32, n as u32)
            .filter(|&(i, j)| i != j && unit(&[3, i, j]) < 0.4)
            .map(|(i, j)| edge(i, j, 200.0 * sign(i) * (0.1 + unit(&[4, i, j]))))
            .collect(),
        output: pairs(n as u32, n_out as u32)
            .map(|(i, o)| edge(i, o, 0.05 * sign(i) * (0.1 + unit(&[5, i, o]))))
            .collect(),
        port: vec![0; n],
        injected: (0..n as u32).map(|j| (150.0 + 80.0 * unit(&[6, j])) as f32).collect(),
    }
}

fn trials() -> Vec<Vec<SpikeRaster>> {
    (0..TRIALS as u32)
        .map(|b| {
            let mut raster = SpikeRaster::new();
            for t in 0..STEPS as u32 {
                let now: Vec<u32> = (0..5).filter(|&i| unit(&[7, t, b, i]) < 0.15).collect();
                raster.push_step(&now);
            }
            vec![raster]
        })
        .collect()
}

/// Loss, number of spikes, and the gradient relative to the largest value of each block.
fn compare<F: Real>() -> (f64, f64, f64) {
    let text = include_str!("data/golden_jax.csv");
    let mut rows = text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split(',').collect::<Vec<_>>());
    let mut head = || rows.next().unwrap()[3].parse::<f64>().unwrap();
    let (loss, spikes) = (head(), head());
    let expected: Vec<f64> = rows.map(|r| r[3].parse().unwrap()).collect();
    let surrogate = Surrogate::FastSigmoid { slope: 10.0 };
    let mut bptt = net().bptt::<F>(BpttOptions { surrogate, ..BpttOptions::default() });
    let mut target = Traces::zeros(STEPS, 2, TRIALS);
    for t in 0..STEPS {
        for o in 0..2 {
            for b in 0..TRIALS {
                let at = target.at(t, o, b);
                target.values[at] = F::of((t as f64 / 10.0 + o as f64).sin());
            }
        }
    }
    let trials = trials();
    let found = bptt.gradient(&slices(&trials), STEPS, &MeanSquaredError::new(target)).unwrap();
    assert_eq!((found.activity[0] * (20 * TRIALS * STEPS) as f64).round(), spikes, "a spike flipped");
    assert!(spikes > 150.0, "only {spikes} spikes");
    let values: Vec<f64> = found.values.iter().map(|g| g.wide()).collect();
    let blocks = &bptt.layout().blocks;
    let worst = blocks.iter().map(|b| support::relative(&values[b.range.clone()], &expected[b.range.clone()]));
    (loss, found.loss, worst.fold(0.0, f64::max))
}

#[test]
fn gradients_are_those_of_jax() {
    let (expected, loss, worst) = compare::<f64>();
    assert!((loss - expected).abs() < 1e-12 && worst < 1e-11, "double: {loss} for {expected}, {worst:e}");
    let (expected, loss, worst) = compare::<f32>();
    assert!((loss - expected).abs() < 1e-6 && worst < 1e-5, "single: {loss} for {expected}, {worst:e}");
}
