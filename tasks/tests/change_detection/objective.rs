//! The bridge to the search: variables, values, failures.

use super::support::*;
use evoplast_evolve::{Candidate, GeneKind, Objective, Outcome, Variable, evaluate_one};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::{TaylorBounds, TaylorRule};
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, LearningConfig, RateWindow, Silence, UpdateScale,
};
use std::sync::Arc;

fn genome(task: &ChangeDetection, rule: &TaylorRule) -> Vec<f64> {
    task.rules().encode(rule).unwrap()
}

fn failure(task: &ChangeDetection, genome: &[f64]) -> String {
    task.evaluate(genome, &AT).unwrap_err().reason
}

#[test]
fn the_space_is_that_of_the_paper() {
    let task = task(config(3, 3));
    let variables = task.space().variables();
    assert_eq!(variables.len(), 2645);
    let count = |test: fn(&Variable) -> bool| variables.iter().filter(|v| test(v)).count();
    assert_eq!(count(|v| v.kind == GeneKind::Gate), 25);
    assert_eq!(count(|v| v.name.starts_with("c[")), 2312 + 136 + 136 + 1);
    assert_eq!(count(|v| v.name.starts_with("tau_E") && v.unit == "ms" && v.upper == 150.0), 17);
    assert_eq!(count(|v| v.name.starts_with("tau_R") && v.unit == "ms" && v.upper == 150.0), 17);
    assert_eq!(count(|v| v.name == "threshold" && v.unit == "sd"), 1);
    let mut names: Vec<&str> = variables.iter().map(|v| v.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 2645, "names are unique");
    assert_eq!(task.objectives().len(), 6);
    let expected =
        ["accuracy gratings", "auc gratings", "accuracy natural images", "auc natural images", "mean_rate_hz"];
    assert_eq!(task.metrics(), expected);
}

#[test]
fn an_evaluation_has_the_values_of_its_report() {
    let task = task(config(4, 6));
    let rule = TaylorRule::s_pre(types()).unwrap().with_threshold(0.0).unwrap();
    let evaluation = task.evaluate(&genome(&task, &rule), &AT).unwrap();
    let report = task.report(&rule, &AT, |_, _, _, _| {}).unwrap();
    assert_eq!(evaluation.objectives, report.objectives);
    let accuracy = |d: usize| report.domains[d].accuracy();
    assert!((evaluation.objectives[0] - (1.0 - 0.5 * (accuracy(0) + accuracy(1)))).abs() < 1e-12);
    assert_eq!(evaluation.objectives[1], 0.04, "complexity of S_pre");
    assert_eq!(evaluation.metrics[0], accuracy(0));
    assert_eq!(evaluation.metrics[3], report.domains[1].auc());
    // The rate in the metrics is the mean over neurons of the type rates.
    let cells = &task.circuit().cells;
    let weighted: f64 =
        report.type_rates_hz.iter().enumerate().filter_map(|(t, r)| r.map(|r| r * cells.of_type(t).len() as f64)).sum();
    assert!((evaluation.metrics[4] - weighted / cells.len() as f64).abs() < 1e-9);
    assert!((task.simulated_s() - 2.0 * (0.2 + 10.0 * 0.3)).abs() < 1e-9);
}

#[test]
fn a_wrong_genome_is_a_failure_that_names_the_gene() {
    let task = task(config(3, 3));
    let good = genome(&task, &TaylorRule::silent(types()).unwrap().with_threshold(0.0).unwrap());
    for wrong in [&good[..2644], &[]] {
        let reason = failure(&task, wrong);
        assert!(reason.contains("2645") && reason.contains(&wrong.len().to_string()), "{reason}");
    }
    for (gene, entry, expected) in [
        (0, f64::NAN, "a finite number"),
        (2644, f64::INFINITY, "a finite number"),
        (3, 1.5, "[-1, 1]"),
        (2585, -0.1, "[0, 1]"),
        (2610, 0.0, "[1, 150]"),
        (2644, 1.01, "[-1, 1]"),
    ] {
        let mut bad = good.clone();
        bad[gene] = entry;
        let reason = failure(&task, &bad);
        let name = &task.space().variables()[gene].name;
        for part in [&format!("gene {gene} ({name})"), expected, &entry.to_string()] {
            assert!(reason.contains(part), "no {part} in: {reason}");
        }
        // An evaluator refuses it as well.
        let outcome = evaluate_one(&task, &Candidate { id: 0, genome: bad }, &AT);
        assert!(matches!(&outcome, Outcome::Failed(f) if f.reason.contains(name.as_str())), "{outcome:?}");
    }
}

#[test]
fn activity_that_runs_away_is_a_failure_with_its_reason() {
    // A limit that any activity passes.
    let silent = TaylorRule::silent(types()).unwrap().with_threshold(0.0).unwrap();
    let task_low = task(ChangeDetectionConfig { early_stop: limit(0.01), ..config(3, 3) });
    let failure = task_low.evaluate(&genome(&task_low, &silent), &AT).unwrap_err();
    let reason = &failure.reason;
    assert!(
        reason.starts_with("runaway activity: ") && reason.contains(" of trial 0 of gratings, 0.2 of 4.0 s"),
        "{reason}"
    );
    assert_eq!(failure.kind, "runaway");
    assert!((0.05..0.1).contains(&failure.spent), "warm-up and few steps: {}", failure.spent);

    // Excitation without limit: a failure, or finite numbers, never anything else.
    let learning = LearningConfig { eta: 5.0, scale: UpdateScale::Own, kappa: 1000.0 };
    let excitation = |t: &str| if t.starts_with('e') { 1.0 } else { -1.0 };
    let unstable = TaylorRule::silent(types()).unwrap();
    let unstable = unstable.with_term_by("S_pre", types().iter().map(|t| excitation(t)).collect()).unwrap();
    let mut failures = 0;
    for (name, hz) in [("usual", 100.0), ("none", f64::INFINITY)] {
        let task = task(ChangeDetectionConfig { learning, early_stop: limit(hz), ..config(4, 4) });
        for rule in [
            unstable.clone(),
            TaylorRule::s_pre_x_post(types()).unwrap(),
            TaylorRule::best_five_term(types()).unwrap(),
            all_terms(),
        ] {
            let genome = genome(&task, &rule.with_threshold(0.0).unwrap());
            match evaluate_one(&task, &Candidate { id: 0, genome }, &AT) {
                Outcome::Failed(f) => {
                    assert!(f.reason.starts_with("runaway activity"), "{name}: {}", f.reason);
                    failures += 1;
                }
                Outcome::Done(e) => {
                    assert!(e.objectives.iter().chain(&e.metrics).all(|x| x.is_finite()), "{name}: {e:?}");
                }
            }
        }
    }
    assert!(failures > 0, "nothing ran away: the test is too tame");
}

/// The second of two silent trials ends the session.
#[test]
fn a_network_that_falls_silent_is_a_failure_with_its_share_of_work() {
    let silent = TaylorRule::silent(types()).unwrap().with_threshold(0.0).unwrap();
    let mut c = config(3, 3);
    // No trial reaches this rate, so the second ends the session.
    c.early_stop.silence = Some(Silence { hz: 1e6, trials: 2 });
    let task_silent = task(c.clone());
    let genome = genome(&task_silent, &silent);
    let failure = task_silent.evaluate(&genome, &AT).unwrap_err();
    assert_eq!(failure.kind, "silent");
    assert!(
        failure.reason.starts_with("silence: ") && failure.reason.contains(" over 600 ms at step 299 of trial 1 of")
    );
    assert!((failure.spent - 0.8 / 4.0).abs() < 1e-12, "200 ms and two trials of 300 ms, of 4 s: {}", failure.spent);
    assert!(task_silent.failure_kinds().contains(&failure.kind));
    // Limits that nothing passes change nothing.
    c.early_stop.silence = Some(Silence { hz: 1e-6, trials: 1 });
    c.early_stop.window = Some(RateWindow { ms: 100, hz: 1e6 });
    assert_eq!(task(c).evaluate(&genome, &AT), task(config(3, 3)).evaluate(&genome, &AT));
}

#[test]
fn tasks_out_of_range_name_the_field() {
    let refused = |config: ChangeDetectionConfig, field: &str| {
        let domains: Vec<Arc<dyn evoplast_tasks::change_detection::Domain>> = vec![Arc::new(gratings(circuit()))];
        let message = ChangeDetection::new(Arc::clone(circuit()), domains, config).err().unwrap().to_string();
        assert!(message.contains(field) && message.contains("found") && message.contains("expected"), "{message}");
        assert!(!message.contains('\n'), "{message}");
    };
    refused(config(0, 4), "trials.training");
    refused(config(4, 2), "trials.validation");
    let mut c = config(4, 4);
    c.trials.timing.image_ms = 50;
    c.trials.timing.gray_after_ms = 200;
    refused(c, "trials.timing.image_ms");
    let bounds = |change: fn(&mut TaylorBounds)| {
        let mut c = config(4, 4);
        change(&mut c.space);
        c
    };
    refused(bounds(|s| s.coefficient = [f64::NAN, 1.0]), "space.coefficient: found [NaN, 1]");
    refused(bounds(|s| s.coefficient = [0.5, 0.5]), "space.coefficient: found [0.5, 0.5]");
    refused(bounds(|s| s.tau_e_ms = [0.0, 150.0]), "space.tau_e_ms: found [0, 150]");
    refused(bounds(|s| s.tau_r_ms = [1.0, f64::INFINITY]), "space.tau_r_ms: found [1, inf]");
    refused(bounds(|s| s.threshold = [1.0, -1.0]), "space.threshold: found [1, -1]");
    let none = ChangeDetection::new(Arc::clone(circuit()), vec![], config(4, 4)).err().unwrap();
    assert_eq!(none.to_string(), "domains: found 0, expected at least 1");
}
