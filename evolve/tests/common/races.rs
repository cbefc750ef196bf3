//! Single-objective searches on test functions: evaluations to a target.
#![allow(dead_code, clippy::unwrap_used)]

use evoplast_evolve::problems::{Function, Landscape};
use evoplast_evolve::{AskTell, Objective, OptimizerConfig};
use rayon::prelude::*;

/// Value at which a run has arrived.
pub const TARGET: f64 = 1e-9;

/// The problem as pycma had it: start at 1 with sigma 1, the optimum at 0; Rosenbrock from 0 with sigma 1/2, optimum at 1.
/// The bounds are far away.
pub fn problem(function: Function, genes: usize, rotation: Option<u64>) -> (Landscape, f64, f64) {
    let (start, sigma, optimum) = if function == Function::Rosenbrock { (0.0, 0.5, 1.0) } else { (1.0, 1.0, 0.0) };
    let landscape = Landscape::new(function, genes).unwrap().within(-100.0, 100.0).unwrap();
    let landscape = landscape.with_optimum(vec![optimum; genes]).unwrap();
    (if let Some(seed) = rotation { landscape.rotated(seed) } else { landscape }, start, sigma / 200.0)
}

/// Evaluations until a value below `target` was seen.
pub fn evaluations(
    config: &dyn OptimizerConfig,
    landscape: &Landscape,
    seed: u64,
    target: f64,
    most: usize,
) -> Option<usize> {
    let mut search = AskTell::new(config, landscape.space(), seed).unwrap();
    let mut evaluations = 0;
    while evaluations < most {
        let values: Vec<f64> = search.ask().unwrap().iter().map(|x| landscape.value(x)).collect();
        evaluations += values.len();
        search.tell(&values).unwrap();
        if values.iter().any(|&value| value < target) {
            return Some(evaluations);
        }
    }
    None
}

/// Median over seeds; a run that did not arrive counts as endless.
pub fn median(seeds: u64, run: impl Fn(u64) -> Option<usize> + Sync) -> usize {
    let mut counts: Vec<usize> = (0..seeds).into_par_iter().map(|seed| run(seed).unwrap_or(usize::MAX)).collect();
    counts.sort_unstable();
    counts[counts.len() / 2]
}
