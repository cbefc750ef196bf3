//! What must not matter: the scale of values, where the space lies, which candidate is told first.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::{AskTell, OptimizerConfig, SearchSpace, Variable, catalogue};

/// Searches that use the size of values, as their papers do.
const BY_VALUE: [&str; 5] = ["ARS", "Guided ES", "Persistent ES", "Noise-Reuse ES", "low-rank ES"];

fn single() -> impl Iterator<Item = (&'static str, Box<dyn OptimizerConfig>)> {
    catalogue(12).into_iter().filter(|(_, config)| !config.card().many_objectives)
}

fn space(shift: f64) -> SearchSpace {
    SearchSpace::new((0..5).map(|i| Variable::real(format!("x{i}"), shift - 2.0, shift + 3.0)).collect()).unwrap()
}

/// Genomes asked after some generations.
fn after(config: &dyn OptimizerConfig, shift: f64, loss: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
    let mut search = AskTell::new(config, &space(shift), 3).unwrap();
    for _ in 0..12 {
        let values: Vec<f64> = search.ask().unwrap().iter().map(|x| loss(x)).collect();
        search.tell(&values).unwrap();
    }
    search.ask().unwrap()
}

fn bowl(x: &[f64]) -> f64 {
    x.iter().enumerate().map(|(i, x)| (i as f64 + 1.0) * (x - 1.5) * (x - 1.5)).sum()
}

#[test]
fn searches_by_rank_ignore_monotone_transforms_of_the_values() {
    for (name, config) in single() {
        let plain = after(config.as_ref(), 0.0, bowl);
        let bent = after(config.as_ref(), 0.0, |x| bowl(x).powi(3) * 1e3 - 7.0);
        assert_eq!(plain == bent, !BY_VALUE.contains(&name), "{name}");
    }
}

#[test]
fn a_space_that_lies_elsewhere_is_searched_alike() {
    for (name, config) in single() {
        let here = after(config.as_ref(), 0.0, bowl);
        let there = after(config.as_ref(), 64.0, |x| bowl(&x.iter().map(|x| x - 64.0).collect::<Vec<_>>()));
        for (x, moved) in here.iter().flatten().zip(there.iter().flatten()) {
            assert!((moved - x - 64.0).abs() < 1e-8, "{name}: {x} {moved}");
        }
    }
}

/// On a plateau no search by gradient or recombination may drift in a direction that only the order of candidates gives.
#[test]
fn a_plateau_gives_no_direction_to_gradients() {
    for (name, config) in single() {
        if !["OpenAI-ES", "PGPE", "ARS", "Guided ES", "low-rank ES", "Persistent ES", "Noise-Reuse ES", "SNES", "xNES"]
            .contains(&name)
        {
            continue;
        }
        let mut search = AskTell::new(config.as_ref(), &space(0.0), 3).unwrap();
        let before = search.optimizer().recommendation().unwrap();
        for _ in 0..3 {
            let count = search.ask().unwrap().len();
            search.tell(&vec![1.0; count]).unwrap();
        }
        let after = search.optimizer().recommendation().unwrap();
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-12), "{name}");
    }
}
