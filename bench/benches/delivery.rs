//! What does it cost to deliver spikes over connections without plasticity? One second of simulated time, 3000 neurons,
//! 10 % connected (0.9 million synapses), spikes of 7 Hz.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_synapse::{CsrProjection, DelayLine, Projection, StepSpikes, TopologyBuilder, Wiring};
use std::hint::black_box;
use support::{recurrent, spikes};

fn all_to_all(n: usize) -> Wiring {
    let mut builder = TopologyBuilder::untyped(n, n);
    for i in 0..n as u32 {
        (0..n as u32).for_each(|j| builder.add(i, j, 1, 1.0).unwrap());
    }
    let (topology, weights) = builder.build().unwrap();
    Wiring::dale(topology, &weights, vec![0; n]).unwrap()
}

fn one_second(c: &mut Criterion) {
    let mut group = c.benchmark_group("deliver 1 s");
    group.sample_size(20);
    let cases = [("sparse 3000, 10 %", recurrent(3000, 17, 1)), ("full rows 1000", all_to_all(1000))];
    for (name, wiring) in cases {
        let topology = wiring.topology.clone();
        let n = topology.n_pre();
        let trains = spikes(n, 7.0, 2);
        let events: usize = trains.iter().flatten().map(|&i| topology.row(i as usize).len()).sum();
        let mut projection = CsrProjection::fixed(wiring);
        let mut line = DelayLine::new(n, 1, topology.max_delay());
        group.throughput(Throughput::Elements(events as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                for (t, now) in trains.iter().enumerate() {
                    let now = StepSpikes { now: t as u32, pre: now, post: now };
                    line.arriving(now.now).for_each(|port| port.fill(0.0));
                    projection.step(&now, &mut line);
                }
                black_box(line.buffer()[0])
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
