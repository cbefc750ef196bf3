//! Tests of what a stop leaves behind.
#![cfg(test)]
#![allow(clippy::unwrap_used)]

use crate::experiment::Experiment;
use crate::training::{State, train};
use std::path::Path;
use std::sync::atomic::AtomicBool;

const SEED: u64 = 3;

fn smoke() -> Experiment {
    toml::from_str(include_str!("smoke.toml")).unwrap()
}

/// A state as text, without times.
fn outcome(state: &State) -> String {
    let looks: Vec<_> = state.looks.iter().map(|look| (look.trials, look.loss, look.accuracy)).collect();
    format!("{:?} {looks:?} {} {:?}", state.weights, state.failures, state.test)
}

#[test]
fn every_arm_stopped_after_every_iteration_ends_with_the_bits_of_one_that_was_not() {
    let (experiment, folder) = (smoke(), tempfile::tempdir().unwrap());
    assert!(experiment.arms.len() > 10);
    for (k, arm) in experiment.arms.iter().enumerate() {
        let run = |path: Option<&Path>, stop: bool| {
            let mut problem = experiment.problem(arm, SEED).unwrap();
            train(&mut problem, arm, 1, experiment.test_trials, path, &AtomicBool::new(stop)).unwrap()
        };
        let whole = run(None, false).unwrap();
        assert!(whole.looks.len() > 1 && whole.failures == 0 && whole.test.is_some(), "{}", arm.name);
        let path = folder.path().join(format!("{k}.json"));
        let pieces = (0..whole.looks.len()).find_map(|_| run(Some(&path), true)).or_else(|| run(Some(&path), true));
        assert_eq!(outcome(&pieces.unwrap()), outcome(&whole), "{}", arm.name);
        // What is done is not done again.
        assert_eq!(outcome(&run(Some(&path), true).unwrap()), outcome(&whole), "{}", arm.name);
    }
}

/// The last step of an annealed arm is short: blocks of vanilla ES take turns, so each has half of the updates.
#[test]
fn annealed_arms_come_to_rest() {
    let experiment = smoke();
    let moved = |anneal: bool| {
        let mut arm = experiment.arms.iter().find(|arm| arm.name == "vanilla ES, annealed").unwrap().clone();
        (arm.anneal, arm.iterations) = (anneal, 40);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arm.json");
        let mut weights = vec![];
        for _ in 0..arm.iterations {
            let mut problem = experiment.problem(&arm, SEED).unwrap();
            let _ = train(&mut problem, &arm, 1, experiment.test_trials, Some(&path), &AtomicBool::new(true)).unwrap();
            weights.push(problem.weights().values().to_vec());
        }
        let length = |k: usize| {
            let squares = weights[k].iter().zip(&weights[k - 1]).map(|(a, b)| f64::from(a - b).powi(2));
            squares.sum::<f64>().sqrt()
        };
        (length(38) + length(39)) / (length(1) + length(2))
    };
    assert!(moved(true) < 0.1 && moved(false) > 0.2, "{} {}", moved(true), moved(false));
}

#[test]
fn an_experiment_that_cannot_run_is_refused_with_its_reason() {
    let text = include_str!("smoke.toml");
    for (from, to, expected) in [
        ("words = 1\n", "words = 3\n", "divisor"),
        ("population = 4", "population = 5", "even number"),
        ("name = \"SNES\"", "name = \"OpenAI-ES\"", "twice"),
        ("tau_ms = 20.0", "tau_ms = -1.0", "tau_ms"),
        ("neurons = 8", "neurons = 0", "neurons"),
        ("test_trials = 16", "test_trials = 0", "test_trials"),
        ("seeds = [1]", "seeds = [1, 1]", "1 twice"),
        ("readout_rate = 0.01", "readout_rate = -0.01", "learning_rate"),
        ("truncate_steps = 80", "truncate_steps = 0", "truncate_steps"),
        ("clip = 10.0", "clip = -1.0", "norm"),
        ("normalise = 0.8", "normalise = -1.0", "power"),
        ("gains = [1.0]", "gains = [1.0, 1e4]", "limit"),
    ] {
        assert!(text.contains(from), "{from}");
        let experiment: Experiment = toml::from_str(&text.replace(from, to)).unwrap();
        let error = experiment.check().unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{to}: {error}");
    }
}
