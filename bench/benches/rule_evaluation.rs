//! How long does one candidate of the change-detection search take? A mouse-V1 circuit of 1000 neurons and a session
//! of 20 training and 10 validation trials on gratings. Throughput is in simulated milliseconds, so an `elem/s` of
//! 20 000 is 20 simulated seconds per second.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_evolve::Address;
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, Domain, GratingConfig, Gratings, TrialConfig,
};
use evoplast_tasks::mouse_v1::{V1Circuit, V1Config, V1Network, tables::CELL_TYPES};
use std::hint::black_box;
use std::sync::Arc;

fn session(c: &mut Criterion) {
    let config = V1Config { neurons: 1000, seed: 1, ..V1Config::default() };
    let circuit = Arc::new(V1Circuit::build(&config, 100).unwrap());
    let gratings = Gratings::new(circuit.filters.clone(), GratingConfig::default()).unwrap();
    let domains: Vec<Arc<dyn Domain>> = vec![Arc::new(gratings)];
    let trials = TrialConfig { training: 20, validation: 10, ..TrialConfig::default() };
    let config = ChangeDetectionConfig { trials, ..ChangeDetectionConfig::default() };
    let task = ChangeDetection::new(circuit.clone(), domains, config).unwrap();
    let sets = task.trials(&Address { run: 1, generation: 0, candidate: 0, episode: 0 }).unwrap();

    let names: Vec<String> = CELL_TYPES.iter().map(|t| t.name.to_owned()).collect();
    let learning = |rule: &TaylorRule| circuit.network(task.learning().event_driven(rule).unwrap()).unwrap();
    let cases: [(&str, V1Network); 3] = [
        ("no plasticity", circuit.static_network().unwrap()),
        ("S_pre", learning(&TaylorRule::s_pre(names.clone()).unwrap())),
        ("five terms", learning(&TaylorRule::best_five_term(names).unwrap())),
    ];
    let mut group = c.benchmark_group("mouse V1 session");
    group.sample_size(10);
    group.throughput(Throughput::Elements(sets[0].config.steps() as u64));
    for (name, mut network) in cases {
        // A silent session, or one that runs away and stops early, would flatter the rule.
        let (mut spikes, mut steps) = (0, 0);
        let count = |_: usize, _: u32, now: &[u32]| (spikes, steps) = (spikes + now.len(), steps + 1);
        let complete = task.session().run(&mut network, &sets[0], 0.0, count).is_ok();
        let rate_hz = spikes as f64 / circuit.len() as f64 / (f64::from(steps) * 1e-3);
        assert!(complete && rate_hz > 0.5, "{name}: complete {complete}, {rate_hz:.1} Hz");
        println!("{name}: mean rate {rate_hz:.1} Hz");
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| black_box(task.session().run(&mut network, &sets[0], 0.0, |_, _, _| {}).is_ok()));
        });
    }
    group.finish();
}

criterion_group!(benches, session);
criterion_main!(benches);
