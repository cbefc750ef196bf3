//! How much does an event-driven rule save over updating every synapse in every step? One second of simulated time,
//! 1000 neurons of 17 types, 10 % connected (100 thousand synapses), spikes of 5 Hz, a reward event at the end.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use evoplast_plasticity::{
    Bounds, BoundsWhen, Dense, EventDriven,
    taylor::{TERMS, TaylorRule, Term},
};
use evoplast_synapse::{CsrProjection, DelayLine, Projection, StepSpikes};
use std::hint::black_box;
use std::sync::Arc;
use support::{recurrent, spikes};

const TYPES: usize = 17;

fn rules() -> Vec<(&'static str, TaylorRule)> {
    let names: Vec<String> = (0..TYPES).map(|t| format!("t{t}")).collect();
    let mut all = TaylorRule::silent(names.clone()).unwrap();
    for &term in TERMS.iter() {
        all = all.with_term_by::<Term>(term, vec![0.01; term.coefficient_count(TYPES)]).unwrap();
    }
    vec![
        ("S_pre", TaylorRule::s_pre(names.clone()).unwrap()),
        ("S_pre X_post", TaylorRule::s_pre_x_post(names.clone()).unwrap()),
        ("five terms", TaylorRule::best_five_term(names).unwrap()),
        ("all 25 terms", all),
    ]
}

fn one_second(c: &mut Criterion) {
    let wiring = recurrent(1000, TYPES, 1);
    let topology = wiring.topology.clone();
    let trains = spikes(1000, 5.0, 2);
    let scale: Arc<[f32]> = wiring.initial.iter().map(|w| 1e-4 * w).collect();
    let upper: Arc<[f32]> = wiring.initial.iter().map(|w| 4.0 * w).collect();
    let mut group = c.benchmark_group("learn 1 s");
    group.sample_size(10);
    let mut run = |engine: &str, rule: &str, projection: &mut dyn Projection| {
        let mut line = DelayLine::new(1000, 1, topology.max_delay());
        group.bench_function(BenchmarkId::new(rule, engine), |b| {
            b.iter(|| {
                projection.reset();
                for (t, now) in trains.iter().enumerate() {
                    let now = StepSpikes { now: t as u32, pre: now, post: now };
                    line.arriving(now.now).for_each(|port| port.fill(0.0));
                    projection.step(&now, &mut line);
                }
                projection.reward(0.5);
                black_box(projection.magnitudes()[0])
            });
        });
    };
    run("none", "without rule", &mut CsrProjection::fixed(wiring.clone()));
    for (name, rule) in rules() {
        let event = EventDriven::new(&rule, 1.0, &topology, scale.clone(), upper.clone(), Bounds::Hard).unwrap();
        run("event-driven", name, &mut CsrProjection::new(wiring.clone(), event));
        let dense = Dense::on_topology(&rule, 1.0, &topology, &scale, &upper, Bounds::Hard, BoundsWhen::AtTouches);
        run("dense", name, &mut CsrProjection::new(wiring.clone(), dense.unwrap()));
    }
    group.finish();
}

criterion_group!(benches, one_second);
criterion_main!(benches);
