//! The programs `neural_ode` and `stiff_neural_ode` as a user meets them: threads, resuming, failed solves, wrong input.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use support::Place;

/// Every method once on a small spiral.
const SMALL: &str = r#"
seeds = [1, 2]
moments = 5
reference = "BP"
[[problems]]
name = "spiral, 6 units"
system = "spiral"
batch = [2, 6]
initial = "fan_in"
work = 3e3
[problems.fit]
hidden = [6]
activation = "tanh"
input = "cube"
biases = false
solver = "tsit5"
rtol = 1e-3
atol = 1e-3
max_steps = 50
max_evaluations = 500
limit = 20.0
[[arms]]
name = "BP"
stages = [{ until = 1.0, train = { method = "backprop", updater = { updater = "rms_prop", learning_rate = 1e-2 }, alternate = true } }]
[[arms]]
name = "vanilla"
initial = { normal = 0.1 }
stages = [{ until = 1.0, train = { method = "vanilla", samples = 5, sigma = 0.01, updater = { updater = "rms_prop" } } }]
[[arms]]
name = "both"
stages = [
    { until = 0.3, train = { method = "guided_es", population = 4, sigma = 0.01, alpha = 0.5, subspace = 1, learning_rate = 0.01 } },
    { until = 0.6, train = { method = "snes", population = 6, sigma = 0.05 } },
    { until = 1.0, train = { method = "backprop", updater = { updater = "adam" } } },
]
[sweep]
problem = "spiral, 6 units"
samples = [4, 6]
sigmas = [0.1, 0.01]
iterations = 4
train = { method = "open_ai_es", learning_rate = 0.01 }
"#;

fn place(name: &str) -> Option<Place> {
    let place = Place::new(name)?;
    place.write("small.toml", SMALL);
    Some(place)
}

#[test]
fn results_do_not_depend_on_threads_or_on_a_stop() {
    let Some(place) = place("neural_ode") else { return };
    let text = place.succeed("--config small.toml --out two --threads 2");
    assert!(text.contains("OpenAI-ES: iterations to"), "{text}");
    place.succeed("--config small.toml --out one --threads 1");
    let whole = place.read("two/results.json");
    assert!(whole == place.read("one/results.json"), "one thread against two");
    for name in ["report.html", "timing.json", "figures/work_1.svg", "figures/time_1.png", "figures/sweep.svg"] {
        assert!(!place.read(&format!("two/{name}")).is_empty());
    }
    for gone in ["records/problem1-arm2-seed1.json", "records/problem1-arm5-seed2.json", "results.json"] {
        fs::remove_file(place.path(&format!("one/{gone}"))).unwrap();
    }
    place.succeed("--resume one");
    assert!(whole == place.read("one/results.json"), "after resuming");
}

#[test]
fn arms_learn_and_failed_solves_are_counted() {
    let Some(place) = place("neural_ode") else { return };
    // Too few steps for most parameters: nothing hangs, and every failure is on record.
    place.write("tight.toml", SMALL.replace("max_steps = 50", "max_steps = 2").replace("tol = 1e-3", "tol = 1e-8"));
    place.succeed("--config tight.toml --out tight");
    place.succeed("--config small.toml --out run");
    let read = |file: &str| -> serde_json::Value { serde_json::from_slice(&place.read(file)).unwrap() };
    let (tight, run) = (read("tight/results.json"), read("run/results.json"));
    let failures = |arm: &serde_json::Value| arm["runs"][0]["failures"]["budget"].as_u64().unwrap_or(0);
    assert!(tight.as_array().unwrap().iter().all(|arm| failures(arm) > 0), "{tight}");
    for arm in run.as_array().unwrap().iter().take(3) {
        assert_eq!(failures(arm), 0);
        let curve = arm["runs"][0]["curve"].as_array().unwrap();
        let best = |k: usize| curve[k]["best"].as_f64().unwrap();
        // So few iterations of the vanilla strategy are mostly noise; what it keeps is never worse than its start.
        let (start, end) = (best(0), best(curve.len() - 1));
        assert!(end < start || arm["arm"] == "vanilla" && end <= start, "{arm}");
        assert!(arm["runs"][0]["work"].as_f64().unwrap() >= 3e3);
    }
}

#[test]
fn wrong_input_is_one_line_and_leaves_nothing() {
    let Some(place) = place("stiff_neural_ode") else { return };
    let cases = [
        ("moments = 5", "moments = 0", "moments: found none"),
        ("seeds = [1, 2]", "seeds = []", "seeds: found none"),
        ("reference = \"BP\"", "reference = \"ES\"", "arm \"ES\": not there"),
        ("work = 3e3", "work = -1.0", "work is -1"),
        ("hidden = [6]", "hidden = [0]", "at least 1 unit"),
        ("rtol = 1e-3", "rtol = 2.0", "rtol"),
        ("batch = [2, 6]", "batch = [2, 1]", "starts and points"),
        ("system = \"spiral\"", "system = \"circle\"", "circle"),
        ("until = 0.6", "until = 0.2", "stages that end at 1"),
        ("problem = \"spiral, 6 units\"", "problem = \"none\"", "sweep: no problem"),
        ("iterations = 4", "iterations = 0", "sweep: iterations is 0"),
        ("iterations = 4", "iterations = 4\nlevel = -1.0", "sweep: level is -1"),
        ("{ until = 0.3,", "{ until = 0.3, iterations = 0,", "expected rising"),
        ("{ updater = \"adam\" }", "{ updater = \"adam\", learning_rate = -1.0 }", "learning_rate"),
        ("limit = 20.0", "limit = -1.0", "limit"),
    ];
    for (line, wrong, message) in cases {
        assert!(SMALL.contains(line), "{line}");
        place.write("wrong.toml", SMALL.replacen(line, wrong, 1));
        place.refuse("--config wrong.toml --out run", &[message]);
    }
    place.refuse("--threads 0 --out run", &["--threads is 0"]);
    place.refuse("--resume .", &["run.json"]);
}
