//! What does non-dominated sorting of 1000 and 8000 points with six objectives cost, and how much does it depend on the
//! points? `random`: independent, nearly all on the first fronts; `correlated`: one common part, dozens of fronts, as a
//! population in mid search; `chain`: each dominates the next, as many fronts as points.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_evolve::sorting::non_dominated_ranks;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

const OBJECTIVES: usize = 6;

fn points(kind: &str, count: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut order: Vec<usize> = (0..count).collect();
    // A chain in random order, so that it does not come sorted.
    for i in (1..count).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    let point = |i: usize| -> [f64; OBJECTIVES] {
        let common = rng.random::<f64>();
        let own: [f64; OBJECTIVES] = std::array::from_fn(|_| rng.random());
        match kind {
            "random" => own,
            "correlated" => own.map(|x| common + 0.2 * x),
            _ => [order[i] as f64; OBJECTIVES],
        }
    };
    (0..count).flat_map(point).collect()
}

fn sort(c: &mut Criterion) {
    let mut group = c.benchmark_group("non-dominated sorting");
    group.sample_size(20);
    for kind in ["random", "correlated", "chain"] {
        for count in [1000, 8000] {
            let points = points(kind, count);
            let fronts = non_dominated_ranks(&points, OBJECTIVES).into_iter().max().unwrap() + 1;
            println!("{kind}, {count} points: {fronts} fronts");
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new(kind, count), |b| {
                b.iter(|| black_box(non_dominated_ranks(black_box(&points), OBJECTIVES)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, sort);
criterion_main!(benches);
