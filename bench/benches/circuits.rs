//! What does a simulated second of the circuits cost on which evoplast is compared with other simulators? Five seconds
//! have gone before, so the network is in its usual state; throughput is in synapses.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_bench::circuits::Case;
use std::hint::black_box;

fn one_second(c: &mut Criterion) {
    let mut group = c.benchmark_group("circuit 1 s");
    group.sample_size(10);
    for case in Case::ALL {
        let circuit = case.circuit(1).unwrap();
        let steps = (1000.0 / circuit.dt_ms) as u32;
        let mut simulation = circuit.network().unwrap();
        let rate_hz = simulation.run(5 * steps) as f64 / circuit.neurons() as f64 / 5.0;
        // A network that fell silent would flatter the engine.
        assert!(rate_hz > 1.0, "{}: {rate_hz:.2} Hz", case.name());
        println!("{}: mean rate {rate_hz:.2} Hz", case.name());
        group.throughput(Throughput::Elements(circuit.synapses() as u64));
        group.bench_function(BenchmarkId::from_parameter(case.name()), |b| b.iter(|| black_box(simulation.run(steps))));
    }
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
