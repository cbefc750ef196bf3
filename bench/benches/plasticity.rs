//! How much does an event-driven rule save over updating every synapse in every step, and what does each kind of term
//! cost? One second of simulated time, 10 % connected, spikes of 5 Hz, a reward event at the end.
//!
//! `learn 1 s`: whole rules by either engine, 1000 neurons of 17 types, 100 thousand synapses. `terms 1 s`: one family of
//! terms at a time, event-driven, 1000 and 3000 neurons of two types (100 and 900 thousand synapses).
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_plasticity::taylor::{Factor, TERMS, TaylorRule, Term, TermKind};
use evoplast_plasticity::{Bounds, BoundsWhen, Dense, EventDriven};
use evoplast_synapse::{CsrProjection, DelayLine, Projection, StepSpikes, Wiring};
use std::hint::black_box;
use std::sync::Arc;
use support::{recurrent, spikes};

const TYPES: usize = 17;

fn names(types: usize) -> Vec<String> {
    (0..types).map(|t| format!("t{t}")).collect()
}

/// The rule of all terms that `keep` keeps.
fn rule(types: usize, keep: impl Fn(Term) -> bool) -> TaylorRule {
    let silent = TaylorRule::silent(names(types)).unwrap();
    let chosen = TERMS.iter().copied().filter(|&term| keep(term));
    chosen.fold(silent, |rule, term| rule.with_term::<Term>(term, 0.01).unwrap())
}

fn rules() -> Vec<(&'static str, TaylorRule)> {
    let names = names(TYPES);
    vec![
        ("S_pre", TaylorRule::s_pre(names.clone()).unwrap()),
        ("S_pre X_post", TaylorRule::s_pre_x_post(names.clone()).unwrap()),
        ("five terms", TaylorRule::best_five_term(names).unwrap()),
        ("all 25 terms", rule(TYPES, |_| true)),
    ]
}

/// Families of terms by what an engine has to do for them.
fn families() -> Vec<(&'static str, TaylorRule)> {
    let local = |term: Term, pre: Factor, post: &[Factor]| {
        !term.has_reward() && term.pre() == pre && post.contains(&term.post())
    };
    let kind = |kind: TermKind| rule(2, move |term| !term.has_reward() && term.kind() == kind);
    vec![
        ("pre only", kind(TermKind::Pre)),
        ("post only", kind(TermKind::Post)),
        ("pair by pre spike", rule(2, |term| local(term, Factor::S, &[Factor::S, Factor::X]))),
        ("pair by post spike", rule(2, |term| local(term, Factor::X, &[Factor::S]))),
        ("X_pre X_post", rule(2, |term| local(term, Factor::X, &[Factor::X]))),
        ("reward copies", rule(2, Term::has_reward)),
        ("all 25 terms", rule(2, |_| true)),
    ]
}

/// Learning rates and upper bounds, relative to each weight.
fn rates(wiring: &Wiring) -> (Arc<[f32]>, Arc<[f32]>) {
    let times = |factor: f32| wiring.initial.iter().map(|w| factor * w).collect();
    (times(1e-4), times(4.0))
}

/// Times one second of a projection from its initial state.
fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    trains: &[Vec<u32>],
    projection: &mut dyn Projection,
) {
    let topology = projection.wiring().topology.clone();
    let mut line = DelayLine::new(topology.n_post(), 1, topology.max_delay());
    group.throughput(Throughput::Elements(topology.len() as u64));
    group.bench_function(id, |b| {
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
}

fn engines(c: &mut Criterion) {
    let wiring = recurrent(1000, TYPES, 1);
    let topology = &wiring.topology;
    let trains = spikes(1000, 5.0, 2);
    let (scale, upper) = rates(&wiring);
    let mut group = c.benchmark_group("learn 1 s");
    group.sample_size(10);
    let fixed = &mut CsrProjection::fixed(wiring.clone());
    measure(&mut group, BenchmarkId::new("without rule", "none"), &trains, fixed);
    for (name, rule) in rules() {
        let event = EventDriven::new(&rule, 1.0, topology, scale.clone(), upper.clone(), Bounds::Hard).unwrap();
        let event = &mut CsrProjection::new(wiring.clone(), event);
        measure(&mut group, BenchmarkId::new(name, "event-driven"), &trains, event);
        let when = BoundsWhen::AtTouches;
        let dense = Dense::on_topology(&rule, 1.0, topology, &scale, &upper, Bounds::Hard, when).unwrap();
        let dense = &mut CsrProjection::new(wiring.clone(), dense);
        measure(&mut group, BenchmarkId::new(name, "dense"), &trains, dense);
    }
    group.finish();
}

fn terms(c: &mut Criterion) {
    let mut group = c.benchmark_group("terms 1 s");
    group.sample_size(10);
    for n in [1000, 3000] {
        let wiring = recurrent(n, 2, 1);
        let trains = spikes(n, 5.0, 2);
        let (scale, upper) = rates(&wiring);
        for (name, rule) in families() {
            let (scale, upper) = (scale.clone(), upper.clone());
            let event = EventDriven::new(&rule, 1.0, &wiring.topology, scale, upper, Bounds::Hard).unwrap();
            let event = &mut CsrProjection::new(wiring.clone(), event);
            measure(&mut group, BenchmarkId::new(name, n), &trains, event);
        }
    }
    group.finish();
}

criterion_group!(benches, engines, terms);
criterion_main!(benches);
