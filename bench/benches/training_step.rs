//! What does a step of training by backpropagation through time cost, forward, backward and update? 16 inputs at 30 Hz,
//! 300 recurrent LIF neurons (20 % connected), two leaky outputs, on one thread.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use evoplast_backprop::{Bptt, BpttOptions, MeanSquaredError, Readout, Surrogate, Traces, Trainer};
use evoplast_neuron::{Kinetics, LifConfig, LifParams, NeuronConfig};
use evoplast_synapse::{CsrProjection, Network, NetworkWeights, Node, SpikeRaster, TopologyBuilder, Wiring};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

const INPUTS: usize = 16;
const NEURONS: usize = 300;
const OUTPUTS: usize = 2;

/// Pairs with the given probability, weights of the given signs and mean magnitude (pA).
fn random(pre: usize, post: usize, p: f64, magnitude: f32, inhibitory: usize, rng: &mut ChaCha8Rng) -> Wiring {
    let mut builder = TopologyBuilder::untyped(pre, post);
    for i in 0..pre as u32 {
        for j in 0..post as u32 {
            if (pre != post || i != j) && rng.random::<f64>() < p {
                let sign = if (i as usize) < pre - inhibitory { 1.0 } else { -4.0 };
                builder.add(i, j, 1, sign * magnitude * rng.random_range(0.5..1.5)).unwrap();
            }
        }
    }
    let (topology, weights) = builder.build().unwrap();
    Wiring::dale(topology, &weights, vec![0; pre]).unwrap()
}

fn model(options: BpttOptions) -> Bptt<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut network = Network::new(1.0).unwrap();
    let config = LifConfig { params: LifParams::default(), receptors: vec![Kinetics::delta()] };
    let mut cells = config.build(NEURONS, 1.0).unwrap();
    cells.inject(&[190.0; NEURONS]).unwrap();
    let cells = network.add_population(cells);
    let source = network.add_source(INPUTS);
    let input = random(INPUTS, NEURONS, 0.2, 250.0, 0, &mut rng);
    let input = network.connect(Node::Source(source), cells, Box::new(CsrProjection::fixed(input))).unwrap();
    let recurrent = random(NEURONS, NEURONS, 0.2, 12.0, NEURONS / 5, &mut rng);
    let recurrent = CsrProjection::fixed(recurrent);
    let recurrent = network.connect(Node::Population(cells), cells, Box::new(recurrent)).unwrap();
    let wiring = random(NEURONS, OUTPUTS, 1.0, 0.05, NEURONS / 5, &mut rng);
    let readout =
        Readout { name: "output".into(), population: cells, wiring, groups: vec!["cell".into()], tau_ms: 4.48 };
    let mut weights = NetworkWeights::new(&mut network)
        .with("input", input, &["source"], &["cell"])
        .unwrap()
        .with("recurrent", recurrent, &["cell"], &["cell"])
        .unwrap();
    Bptt::new(&mut weights, Some(&readout), options).unwrap()
}

fn trials(batch: usize, steps: usize) -> Vec<Vec<SpikeRaster>> {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    (0..batch)
        .map(|_| {
            let mut raster = SpikeRaster::new();
            for _ in 0..steps {
                let now: Vec<u32> = (0..INPUTS as u32).filter(|_| rng.random::<f64>() < 0.03).collect();
                raster.push_step(&now);
            }
            vec![raster]
        })
        .collect()
}

fn training_step(c: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut group = c.benchmark_group("training step");
    group.sample_size(10);
    let fast = Surrogate::FastSigmoid { slope: 10.0 };
    let cases = [
        ("fast sigmoid", 100, 32, fast, None),
        ("fast sigmoid", 1000, 32, fast, None),
        ("fast sigmoid, checkpoints", 1000, 32, fast, Some(50)),
        ("triangular", 100, 32, Surrogate::default(), None),
        ("fast sigmoid", 100, 1, fast, None),
        ("fast sigmoid", 1000, 1, fast, None),
    ];
    for (name, steps, batch, surrogate, segment_steps) in cases {
        let mut bptt = model(BpttOptions { surrogate, segment_steps, ..BpttOptions::default() });
        let trials = trials(batch, steps);
        let batch_slices: Vec<&[SpikeRaster]> = trials.iter().map(Vec::as_slice).collect();
        let loss = MeanSquaredError::new(Traces::zeros(steps, OUTPUTS, batch));
        let trainer = Trainer::new(&bptt).dale(&bptt);
        // Momentum, with a rate that does not change the activity from one iteration to the next.
        let mut velocity = vec![0.0_f32; bptt.layout().len()];
        let mut step = || {
            let mut update = |p: &mut [f32], g: &[f32]| {
                for ((p, g), v) in p.iter_mut().zip(g).zip(&mut velocity) {
                    *v = 0.9 * *v + g;
                    *p -= 1e-9 * *v;
                }
            };
            trainer.step(&mut bptt, &batch_slices, steps, &loss, &mut update).unwrap()
        };
        let report = pool.install(&mut step);
        let label = format!("T={steps} batch={batch}");
        println!("{name}, {label}: {:.1} Hz", 1000.0 * report.gradient.activity[0]);
        group.bench_function(BenchmarkId::new(name, &label), |b| b.iter(|| black_box(pool.install(&mut step))));
        println!("{name}, {label}: buffers of {:.1} MB", bptt.buffer_bytes() as f64 / 1e6);
    }
    group.finish();
}

criterion_group!(benches, training_step);
criterion_main!(benches);
