//! The program `ea_vs_bptt` as a user meets it: threads, resuming, exploding gradients, wrong input.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use support::Place;

/// A small experiment: every method once.
const SMALL: &str = r#"
seeds = [1, 2]
validation_trials = 4
moments = 3
reference = "BPTT"
[rates]
weight = 0.1
[network]
excitatory = 20
inhibitory = 10
weight_mv = 6.0
inhibitory_factor = 1.0
input_mv = 5.0
[input]
kind = "coherence"
steps = 80
base_hz = [50.0, 250.0]
change_steps = [20, 60]
[[arms]]
name = "BPTT"
[arms.train]
method = "bptt"
updates = 4
trials = 3
learning_rate = { input = 0.03, recurrent = 0.03, output = 0.003 }
[[arms]]
name = "GA"
[arms.train]
method = "weights"
generations = 3
trials = 2
unit = "layer_rms"
limit = 20.0
[arms.train.search]
search = "weight_ga"
population = 6
elites = 1
[[arms]]
name = "rules"
[arms.train]
method = "rules"
generations = 2
learning_trials = 2
trials = 2
[arms.train.search]
search = "snes"
population = 4
"#;

fn place() -> Option<Place> {
    let place = Place::new("ea_vs_bptt")?;
    place.write("small.toml", SMALL);
    Some(place)
}

#[test]
fn results_do_not_depend_on_threads_or_on_a_stop() {
    let Some(place) = place() else { return };
    let text = place.succeed("--config small.toml --out two --threads 2");
    assert!(text.contains("The layer with the largest mean"), "{text}");
    place.succeed("--config small.toml --out one --threads 1");
    let whole = place.read("two/results.json");
    assert!(whole == place.read("one/results.json"), "one thread against two");
    for name in ["report.html", "figures/change.svg", "figures/function.png", "figures/learning.svg"] {
        assert!(!place.read(&format!("two/{name}")).is_empty());
    }
    // As if stopped when some runs were not over.
    for gone in ["records/arm2-seed1.json", "records/arm1-seed2-null.json", "results.json"] {
        fs::remove_file(place.path(&format!("one/{gone}"))).unwrap();
    }
    place.succeed("--resume one");
    assert!(whole == place.read("one/results.json"), "after resuming");
}

#[test]
fn a_null_is_another_run_and_the_rule_changes_recurrent_weights_alone() {
    let Some(place) = place() else { return };
    place.succeed("--config small.toml --out run");
    let results: serde_json::Value = serde_json::from_slice(&place.read("run/results.json")).unwrap();
    let arms = results["arms"].as_array().unwrap();
    for run in arms[1]["runs"].as_array().unwrap() {
        let (own, null) = (&run["layers"]["blocks"], &run["null_layers"]["blocks"]);
        assert_eq!(own.as_array().unwrap().len(), 3);
        assert!((0..2).all(|l| own[l]["frobenius"] != null[l]["frobenius"]), "{own} {null}");
    }
    // Errors where an arm and the reference are matched are at most the level.
    for run in arms.iter().skip(1).flat_map(|arm| arm["runs"].as_array().unwrap()) {
        let matched = &run["at_error"];
        for side in ["own", "reference"] {
            assert!(matched[side]["error"].as_f64().unwrap() <= matched["level"].as_f64().unwrap());
        }
        assert_eq!(arms[0]["runs"][0]["at_error"], serde_json::Value::Null);
    }
    let rules = &arms[2]["runs"][0]["layers"]["blocks"];
    assert_eq!(rules[0]["frobenius"], 0.0);
    assert!(rules[1]["frobenius"].as_f64().unwrap() > 0.0);
    assert_eq!(rules[2]["frobenius"], 0.0);
}

#[test]
fn exploding_gradients_end_a_run_with_its_state_saved() {
    let Some(place) = place() else { return };
    let limited =
        "learning_rate = { input = 0.03, recurrent = 0.03, output = 0.003 }\noptions = { gradient_limit = 1e-12 }";
    let text = SMALL.replace("learning_rate = { input = 0.03, recurrent = 0.03, output = 0.003 }", limited);
    place.write("exploding.toml", text);
    let printed = place.succeed("--config exploding.toml --out run");
    assert!(printed.contains("BPTT with seed 1 ended early: update 1:"), "{printed}");
    assert!(printed.contains("step"), "{printed}");
    let record: serde_json::Value = serde_json::from_slice(&place.read("run/records/arm1-seed1.json")).unwrap();
    assert!(record["stopped"].as_str().unwrap().contains("update 1"));
    assert_eq!(record["trajectory"]["moments"].as_array().unwrap().len(), 1);
}

#[test]
fn wrong_input_is_one_line_and_leaves_nothing() {
    let Some(place) = place() else { return };
    let cases = [
        ("moments = 3", "moments = 0", "moments is 0"),
        ("seeds = [1, 2]", "seeds = []", "seeds: found none"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "1 twice"),
        ("reference = \"BPTT\"", "reference = \"ES\"", "expected the name of an arm: BPTT, GA, rules"),
        ("name = \"GA\"", "name = \"BPTT\"", "two arms"),
        ("population = 6", "population = 1", "arm \"GA\": "),
        ("search = \"weight_ga\"", "search = \"annealing\"", "annealing"),
        ("search = \"weight_ga\"\npopulation = 6\nelites = 1", "search = \"differential_evolution\"", "`start`"),
        ("limit = 20.0", "limit = 0.01", "largest initial weight of the layer"),
        ("excitatory = 20", "excitatory = 2", "excitatory: found 2"),
        ("excitatory = 20", "excitatory = 20\nrecurrent = false", "arm \"rules\": recurrent"),
        ("kind = \"coherence\"", "kind = \"films\"", "films"),
        ("[rates]", "[rates]\nheight = 1", "height"),
        ("weight = 0.1", "weight = -0.1", "rates: weight"),
        ("moments = 3", "moments = 100000", "moments is above"),
        ("seeds = [1, 2]", "seeds = [9000000000000]", "found 9000000000000"),
        ("output = 0.003 }", "output = -0.003 }", "arm \"BPTT\": trainer"),
        ("output = 0.003 }", "output = 0.003 }\nclip = -1.0", "arm \"BPTT\": clip"),
    ];
    for (line, wrong, message) in cases {
        assert!(SMALL.contains(line), "{line}");
        place.write("wrong.toml", SMALL.replacen(line, wrong, 1));
        place.refuse("--config wrong.toml --out run", &[message]);
    }
    place.refuse("--config missing.toml --out run", &["missing.toml"]);
    place.refuse("--threads 0 --out run", &["--threads is 0"]);
    place.refuse("--seeds 0 --out run", &["seeds: found none"]);
    place.refuse("--resume .", &["run.json"]);
}
