//! What does one step of a population cost, membrane and receptor ports together?
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_neuron::{AlifConfig, Glif3Config, LifConfig, NeuronConfig};
use std::hint::black_box;

fn step(c: &mut Criterion) {
    let models: [(&str, &dyn NeuronConfig, f32); 3] = [
        ("lif 2 exponential ports", &LifConfig::default(), 230.0),
        ("alif 2 exponential ports", &AlifConfig::default(), 230.0),
        ("glif3 4 alpha ports", &Glif3Config::default(), 130.0),
    ];
    let mut group = c.benchmark_group("step");
    for (name, config, current_pa) in models {
        for n in [1000, 3000] {
            let mut cells = config.build(n, 1.0).unwrap();
            // A range of currents around rheobase: some neurons are silent, some fire.
            let current: Vec<f32> = (0..n).map(|i| current_pa * (0.5 + i as f32 / n as f32)).collect();
            cells.inject(&current).unwrap();
            let mut input = vec![vec![0.0_f32; n]; cells.ports()];
            let mut spikes = Vec::with_capacity(n);
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(BenchmarkId::new(name, n), |b| {
                b.iter(|| {
                    spikes.clear();
                    let mut ports: Vec<&mut [f32]> = input.iter_mut().map(Vec::as_mut_slice).collect();
                    cells.advance(&mut ports, &mut spikes);
                    black_box(spikes.len())
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
