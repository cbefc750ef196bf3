//! What does one generation of the change-detection search cost, on one thread and on two? Eight rules drawn as random
//! search draws them, a mouse-V1 circuit of 1000 neurons, 10 training and 10 validation trials on gratings. Throughput
//! is in candidates.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_evolve::{Evaluator, Objective, OptimizerConfig, Parallel, RandomSearchConfig, Serial, Watch};
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, Domain, GratingConfig, Gratings, TrialConfig,
};
use evoplast_tasks::mouse_v1::{V1Circuit, V1Config};
use std::hint::black_box;
use std::sync::Arc;

const CANDIDATES: usize = 8;

fn generation(c: &mut Criterion) {
    let config = V1Config { neurons: 1000, seed: 1, ..V1Config::default() };
    let circuit = Arc::new(V1Circuit::build(&config, 100).unwrap());
    let gratings = Gratings::new(circuit.filters.clone(), GratingConfig::default()).unwrap();
    let domains: Vec<Arc<dyn Domain>> = vec![Arc::new(gratings)];
    let trials = TrialConfig { training: 10, validation: 10, ..TrialConfig::default() };
    let config = ChangeDetectionConfig { trials, ..ChangeDetectionConfig::default() };
    let task = ChangeDetection::new(circuit, domains, config).unwrap();
    let search = RandomSearchConfig { population: CANDIDATES, ..RandomSearchConfig::default() };
    let candidates = search.build(task.space(), task.objectives(), 1).unwrap().ask().unwrap();

    let evaluators: [(&str, Box<dyn Evaluator>); 3] = [
        ("serial", Box::new(Serial)),
        ("1 thread", Box::new(Parallel::with_threads(1).unwrap())),
        ("2 threads", Box::new(Parallel::with_threads(2).unwrap())),
    ];
    let mut group = c.benchmark_group("generation");
    group.sample_size(10);
    group.throughput(Throughput::Elements(CANDIDATES as u64));
    for (name, evaluator) in evaluators {
        let evaluate = || evaluator.evaluate(&task, &candidates, 1, 0, &Watch::nobody()).unwrap();
        // Rules that run away stop early; were all of them such, the number would say little.
        let complete = evaluate().iter().filter(|outcome| outcome.evaluation().is_some()).count();
        assert!(2 * complete >= CANDIDATES, "{name}: {complete} of {CANDIDATES} rules have a score");
        println!("{name}: {complete} of {CANDIDATES} rules have a score");
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| black_box(evaluate().len())));
    }
    group.finish();
}

criterion_group!(benches, generation);
criterion_main!(benches);
