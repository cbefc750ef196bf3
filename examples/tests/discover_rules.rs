//! The program `discover_rules` as a user meets it: wrong input, interruption, threads.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{Place, copy, files};

const CONFIG: &str = include_str!("../discover_rules/config.toml");

/// The default configuration with the line that starts with `start` in place of the first such line of `section`.
fn config_with(section: &str, start: &str, line: &str) -> String {
    let at = if section.is_empty() { 0 } else { CONFIG.find(&format!("[{section}]\n")).unwrap() };
    let start = at + CONFIG[at..].find(&format!("\n{start} =")).unwrap() + 1;
    let end = start + CONFIG[start..].find('\n').unwrap();
    format!("{}{line}{}", &CONFIG[..start], &CONFIG[end..])
}

#[test]
fn numbers_out_of_range_are_refused() {
    let Some(place) = Place::new("discover_rules") else { return };
    for (arguments, parts) in [
        ("--neurons 0", ["neurons: found 0", "expected 200..=230924"]),
        ("--neurons 999999999", ["neurons: found 999999999", "expected 200..=230924"]),
        ("--population 0", ["population: found 0", "expected 2..="]),
        ("--population 1", ["population: found 1", "expected 2..="]),
        ("--population 999999999999", ["population: found 999999999999", "expected 2..="]),
        ("--generations 0", ["generations: found 0", "expected at least 1"]),
        ("--trials 0", ["trials.validation: found 0", "expected at least 3"]),
        ("--trials 999999999", ["trials.training: found 999999999", "expected at most"]),
        ("--threads 0", ["threads", "at least 1"]),
        ("--seed 18446744073709551615", ["seed: found 18446744073709551615", "expected at most"]),
    ] {
        place.refuse(arguments, &parts);
        place.refuse(&format!("--smoke --out run {arguments}"), &parts);
    }
}

#[test]
fn images_that_cannot_be_used_are_refused() {
    let Some(place) = Place::new("discover_rules") else { return };
    fs::create_dir(place.path("empty")).unwrap();
    for k in 0..5 {
        // The signature and the start of a header, then nothing.
        place.write(&format!("truncated/{k}.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0");
        place.write(&format!("text/{k}.png"), "this is not a picture");
    }
    place.write("others/notes.txt", "no picture");
    place.refuse("--images missing", &["missing", "cannot read"]);
    place.refuse("--images empty", &["empty", "found 0", "at least 4"]);
    place.refuse("--images others", &["others", "found 0", "at least 4"]);
    place.refuse("--images truncated", &["truncated", "0.png", "not a usable image"]);
    place.refuse("--images text", &["text", "0.png", "not a usable image"]);
    place.refuse("--images others/notes.txt", &["others/notes.txt"]);
}

#[test]
fn configurations_that_are_wrong_are_refused() {
    let Some(place) = Place::new("discover_rules") else { return };
    let nan = config_with("task.space", "coefficient", "coefficient = [nan, 1.0]");
    for (name, text, parts) in [
        ("words.toml", "this is not = = toml".to_owned(), vec!["words.toml", "line 1"]),
        ("empty.toml", String::new(), vec!["empty.toml", "missing field"]),
        ("binary.toml", "\u{1}\u{2}".to_owned(), vec!["binary.toml", "line 1"]),
        (
            "field.toml",
            config_with("circuit", "neurons", "neuron = 300"),
            vec!["field.toml", "unknown field `neuron`", "expected", "`neurons`"],
        ),
        (
            "type.toml",
            config_with("circuit", "neurons", "neurons = \"many\""),
            vec!["type.toml", "invalid type", "many"],
        ),
        (
            "search.toml",
            config_with("search", "search", "search = \"annealing\""),
            vec!["search.toml", "unknown variant `annealing`", "expected", "`noise_aware_swarm`"],
        ),
        ("nan.toml", nan, vec!["space.coefficient: found [NaN, 1]", "expected"]),
        ("eta.toml", config_with("task.learning", "eta", "eta = nan"), vec!["learning.eta: found NaN", "expected"]),
        (
            "population.toml",
            config_with("search", "population", "population = 1"),
            vec!["population", "1", "at least 2"],
        ),
        (
            "generations.toml",
            config_with("", "generations", "generations = 0"),
            vec!["generations: found 0", "expected"],
        ),
        ("seeds.toml", config_with("validation", "seeds", "seeds = 0"), vec!["validation.seeds: found 0", "expected"]),
        ("front.toml", config_with("validation", "front", "front = 0"), vec!["validation.front: found 0", "expected"]),
        ("seed.toml", config_with("", "seed", "seed = -1"), vec!["seed.toml", "-1"]),
        ("sf.toml", config_with("gratings", "sf_cpd", "sf_cpd = 3.0"), vec!["gratings.sf_cpd: found 3", "expected"]),
    ] {
        place.write(name, text);
        place.refuse(&format!("--config {name}"), &parts);
    }
    place.refuse("--config missing.toml", &["missing.toml", "cannot read"]);
    place.refuse("--v1-data missing", &["missing/glif3_params_111.csv", "cannot read"]);
    place.write("v1/glif3_params_111.csv", "model_id,type17\n");
    place.refuse("--v1-data v1", &["v1/glif3_params_111.csv", "column `pop` is missing", "found model_id, type17"]);
}

#[test]
fn folders_in_use_are_refused() {
    let Some(place) = Place::new("discover_rules") else { return };
    place.write("thesis/chapter.txt", "x");
    place.refuse("--smoke --out thesis", &["thesis", "already holds other files"]);
    place.write("file", "x");
    place.refuse("--smoke --out file", &["file"]);
    place.refuse("--smoke --out file/run", &["file"]);
    place.refuse("--smoke --out ..", &["cannot create ..", "expected"]);
}

#[test]
fn folders_that_are_no_runs_are_not_resumed() {
    let Some(place) = Place::new("discover_rules") else { return };
    fs::create_dir(place.path("empty")).unwrap();
    place.refuse("--resume missing", &["missing/run.json", "cannot read"]);
    place.refuse("--resume empty", &["empty/run.json", "cannot read"]);
    place.write("words/run.json", "no JSON");
    place.refuse("--resume words", &["words/run.json", "JSON", "line 1"]);
}

/// The sum of a column of a table of run `one`.
fn total(place: &Place, table: &str, column: &str) -> f64 {
    let mut reader = csv::Reader::from_path(place.path(&format!("one/{table}.csv"))).unwrap();
    let at = reader.headers().unwrap().iter().position(|h| h == column).unwrap();
    reader.records().map(|r| r.unwrap()[at].parse::<f64>().unwrap()).sum()
}

/// What was stopped early stands in the tables, in the results and on the screen; speeds on the screen alone.
fn check_record(place: &Place, printed: &str) {
    let results: serde_json::Value = serde_json::from_slice(&place.read("one/results.json")).unwrap();
    for search in ["search", "random"] {
        let record = &results["stopped_early"][search];
        let evaluations = results["evaluations"][search].as_f64().unwrap();
        assert_eq!(record["evaluations"].as_f64(), Some(evaluations));
        for kind in ["runaway", "silent"] {
            assert_eq!(record["by_kind"][kind].as_f64(), Some(total(place, search, &format!("failed_{kind}"))));
        }
        assert_eq!(record["failed"].as_f64(), Some(total(place, search, "failed")));
        let saved = 1.0 - total(place, search, "spent") / evaluations;
        assert!((record["saved"].as_f64().unwrap() - saved).abs() < 1e-12);
    }
    let lines: Vec<&str> = printed.lines().filter(|l| l.contains("stopped early: ")).collect();
    assert!(lines.iter().any(|l| l.starts_with("search: stopped early: ") && l.contains(" of simulated time saved")));
    assert!(printed.contains("s/s per thread"), "{printed}");
    assert!(!String::from_utf8(place.read("one/results.json")).unwrap().contains("per thread"));
}

/// Every refusal here leaves the finished run as it was, and the last resume gives its results again.
#[test]
fn a_finished_run_and_what_can_be_wrong_with_it() {
    let Some(place) = Place::new("discover_rules") else { return };
    let printed = place.succeed("--smoke --threads 1 --out one");
    check_record(&place, &printed);
    // Threads: the same bytes.
    place.succeed("--smoke --threads 2 --out two");
    for name in ["results.json", "search.csv", "random.csv", "arrays.npz", "config.toml", "search.ckpt"] {
        assert!(place.read(&format!("one/{name}")) == place.read(&format!("two/{name}")), "{name} depends on threads");
    }
    place.refuse("--smoke --out one", &["one", "already holds a run of discover_rules (seed 1"]);

    let broken = |name: &str| {
        copy(&place.path("one"), &place.path(name));
        place.path(name)
    };
    let checkpoint = place.read("one/search.ckpt");
    for (name, length, part) in [
        ("cut_in_state", checkpoint.len() / 2, "length of the state in bytes"),
        ("cut_at_the_end", checkpoint.len() - 1, "length of the state in bytes"),
        ("cut_in_header", 40, "header"),
        ("cut_to_nothing", 0, "header"),
    ] {
        fs::write(broken(name).join("search.ckpt"), &checkpoint[..length]).unwrap();
        place.refuse(&format!("--resume {name}"), &["search.ckpt", part, "found", "expected"]);
    }
    let mut flipped = checkpoint.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(broken("flipped").join("search.ckpt"), flipped).unwrap();
    place.refuse("--resume flipped", &["search.ckpt", "checksum", "found", "expected"]);

    let config = String::from_utf8(place.read("one/config.toml")).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(config.contains(from), "no {from} in {config}");
        config.replacen(from, to, 1)
    };
    fs::write(broken("another").join("config.toml"), changed("kappa = ", "kappa = 1")).unwrap();
    place
        .refuse("--resume another", &["search.ckpt", "fingerprint of the configuration", "found", "expected", "kappa"]);
    fs::write(broken("unknown").join("config.toml"), changed("kappa = ", "kapa = ")).unwrap();
    place.refuse("--resume unknown", &["unknown/config.toml", "unknown field `kapa`"]);
    fs::remove_file(broken("without").join("config.toml")).unwrap();
    place.refuse("--resume without", &["without/config", "cannot read"]);
    let run = String::from_utf8(place.read("one/run.json")).unwrap();
    fs::write(broken("foreign").join("run.json"), run.replace("discover_rules", "noisy_fronts")).unwrap();
    place.refuse("--resume foreign", &["foreign", "found a run of noisy_fronts", "expected one of discover_rules"]);

    let results = place.read("one/results.json");
    fs::remove_file(place.path("one/results.json")).unwrap();
    place.succeed("--resume one");
    assert!(place.read("one/results.json") == results, "another result after resuming a finished run");
}

/// Killed without warning in the middle of the search, then resumed: the same results as without.
#[test]
fn a_killed_run_resumes_to_the_same_results() {
    let Some(place) = Place::new("discover_rules") else { return };
    let arguments = "--smoke --generations 8 --out";
    place.succeed(&format!("{arguments} whole"));
    let mut child =
        place.command(&format!("{arguments} killed")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let rows =
        || fs::read_to_string(place.path("killed/search.csv")).map_or(0, |t| t.lines().count().saturating_sub(1));
    let deadline = Instant::now() + Duration::from_secs(120);
    while rows() < 3 {
        assert!(child.try_wait().unwrap().is_none(), "ended before it could be killed");
        assert!(Instant::now() < deadline, "no third generation after two minutes");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(rows() < 8, "killed too late to test anything");
    assert!(!place.path("killed/results.json").exists());
    place.succeed("--resume killed");
    for name in ["results.json", "search.csv", "random.csv", "arrays.npz", "search.ckpt"] {
        assert!(place.read(&format!("killed/{name}")) == place.read(&format!("whole/{name}")), "{name} differs");
    }
    let names = |run: &str| -> Vec<PathBuf> {
        let run = place.path(run);
        files(&run).into_keys().map(|path| path.strip_prefix(&run).unwrap().to_owned()).collect()
    };
    assert_eq!(names("killed"), names("whole"), "files left over or missing");
}
