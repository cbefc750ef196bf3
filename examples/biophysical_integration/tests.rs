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

/// Everything but times.
fn outcome(state: &State) -> (Vec<f32>, Vec<(u64, f64, f64)>, u64, Option<(f64, f64)>) {
    let looks = state.looks.iter().map(|look| (look.trials, look.loss, look.accuracy)).collect();
    (state.weights.clone(), looks, state.failures, state.test)
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
    ] {
        assert!(text.contains(from), "{from}");
        let experiment: Experiment = toml::from_str(&text.replace(from, to)).unwrap();
        let error = experiment.check().unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{to}: {error}");
    }
}
