//! How many neuron-steps a second does a graded network of Morris-Lecar neurons do, forward and with a gradient? The network of
//! Hazelden et al. 2023: 50 channels, 128 neurons, the authors' scheme, 2000 steps, 50 trials, on one thread.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evoplast_backprop::graded::{GradedBptt, GradedOptions};
use evoplast_backprop::{CrossEntropy, Logits};
use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
use evoplast_synapse::graded::{GradedBatch, GradedConfig, GradedNetwork, GradedShape, GradedState, GradedWeights};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

const SHAPE: GradedShape = GradedShape { channels: 50, neurons: 128, outputs: 3 };
const TRIALS: usize = 50;
const WORDS: usize = 50;

fn graded_network(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let weights = GradedWeights::<f32>::hazelden(SHAPE, &mut rng).unwrap();
    let mut word = || if rng.random::<bool>() { 0.2 } else { 0.0 };
    let trials: Vec<Vec<f32>> = (0..TRIALS).map(|_| (0..WORDS * SHAPE.channels).map(|_| word()).collect()).collect();
    let slices: Vec<&[f32]> = trials.iter().map(Vec::as_slice).collect();
    let last = std::iter::once(WORDS * 40 - 100..WORDS * 40).collect();
    let batch = GradedBatch::new(SHAPE.channels, 40, &slices, last).unwrap();
    let v = (0..SHAPE.neurons * TRIALS).map(|_| rng.random_range(-28.0..-12.0)).collect();
    let state = GradedState::silent(TRIALS, vec![v, vec![0.014173; SHAPE.neurons * TRIALS]]).unwrap();
    let net =
        GradedNetwork::<MorrisLecar>::new(SHAPE.neurons, vec![MorrisLecarParams::hazelden()], GradedConfig::default());
    let net = net.unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut group = c.benchmark_group("graded network");
    group.sample_size(10);
    group.throughput(Throughput::Elements((SHAPE.neurons * TRIALS * WORDS * 40) as u64));
    group.bench_function("forward", |b| {
        b.iter(|| black_box(pool.install(|| net.run(&weights, &batch, &state).unwrap())));
    });
    let options = GradedOptions { segment_steps: Some(40), ..GradedOptions::default() };
    let bptt = GradedBptt::new(net.clone(), options).unwrap();
    let labels = (0..TRIALS).map(|t| t % SHAPE.outputs).collect();
    let loss = CrossEntropy { labels, window: 0..1, logits: Logits::Mean };
    group.bench_function("gradient", |b| {
        b.iter(|| black_box(pool.install(|| bptt.gradient(&weights, &batch, &state, &loss).unwrap())));
    });
    group.finish();
}

criterion_group!(benches, graded_network);
criterion_main!(benches);
