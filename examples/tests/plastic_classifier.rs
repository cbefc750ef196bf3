//! The program `plastic_classifier` as a user meets it: threads, images, wrong input.
#![allow(clippy::unwrap_used)]

mod support;

use support::Place;

/// A small experiment: every method once.
const SMALL: &str = r#"
seeds = [1, 2]
batches = 2
batch_size = 50
moments = 2
samples = [20, 100]
[data]
kind = "generated"
train = 300
clusters = { samples = 400 }
[[arms]]
name = "ES"
preset = "literal"
hidden = 20
cap = 10
[arms.train]
method = "search"
generations = 3
search = { search = "open_ai_es", population = 6, sigma = 0.03 }
[[arms]]
name = "gradient"
preset = "corrected"
hidden = 20
cap = 10
change = { rounds = 2, model = { when = "errors" } }
[arms.train]
method = "gradient"
updates = 3
learning_rate = 0.1
start = 0.0
[[arms]]
name = "by hand"
preset = "corrected"
hidden = 60
cap = 30
change = { model = { when = "errors", rows = "label_and_decision" } }
[arms.train]
method = "perceptron"
"#;

fn place() -> Option<Place> {
    let place = Place::new("plastic_classifier")?;
    place.write("small.toml", SMALL);
    Some(place)
}

#[test]
fn results_do_not_depend_on_threads() {
    let Some(place) = place() else { return };
    place.succeed("--config small.toml --out two --threads 2");
    place.succeed("--config small.toml --out one --threads 1");
    let whole = place.read("two/results.json");
    assert!(whole == place.read("one/results.json"), "one thread against two");
    for name in ["report.html", "figures/course.svg", "figures/confusion.png", "figures/home.svg"] {
        assert!(!place.read(&format!("two/{name}")).is_empty());
    }
    let records: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    let by_hand = &records.as_array().unwrap()[2];
    assert_eq!(by_hand["arm"], "by hand");
    assert!(by_hand["home"]["course"][1].as_f64().unwrap() > 0.4, "{}", by_hand["home"]["course"]);
}

/// Two classes of images, a bright left and a bright right half.
#[test]
fn images_are_learned_and_rules_applied_to_other_images() {
    let Some(place) = place() else { return };
    let write = |folder: &str, part: &str, count: u32| {
        let header = |magic: u32, sizes: &[u32]| -> Vec<u8> {
            std::iter::once(&magic).chain(sizes).flat_map(|n| n.to_be_bytes()).collect()
        };
        let (mut images, mut labels) = (header(2051, &[count, 2, 4]), header(2049, &[count]));
        for k in 0..count {
            let right = k % 2 == 1;
            images.extend((0..8).map(|p| if (p % 4 >= 2) == right { 200 + (k % 50) as u8 } else { (k % 40) as u8 }));
            labels.push(u8::from(right));
        }
        place.write(&format!("{folder}/{part}-images-idx3-ubyte"), images);
        place.write(&format!("{folder}/{part}-labels-idx1-ubyte"), labels);
    };
    for folder in ["here", "there"] {
        write(folder, "train", 300);
        write(folder, "t10k", 100);
    }
    let config = SMALL.replace(
        "kind = \"generated\"\ntrain = 300\nclusters = { samples = 400 }",
        "kind = \"idx\"\nfolder = \"here\"\ntransfer = \"there\"",
    );
    place.write("images.toml", config);
    place.succeed("--config images.toml --out run");
    let records: serde_json::Value = serde_json::from_slice(&place.read("run/results.json")).unwrap();
    let by_hand = &records.as_array().unwrap()[2];
    assert_eq!(by_hand["home"]["course"][1], 1.0);
    assert_eq!(by_hand["away"]["course"][1], 1.0);
}

#[test]
fn wrong_input_is_one_line_and_leaves_nothing() {
    let Some(place) = place() else { return };
    let cases = [
        ("moments = 2", "moments = 0", "moments is 0"),
        ("seeds = [1, 2]", "seeds = []", "seeds: found none"),
        ("samples = [20, 100]", "samples = [100, 20]", "ascending"),
        ("name = \"gradient\"", "name = \"ES\"", "two arms"),
        ("population = 6", "population = 7", "arm \"ES\": OpenAI-ES: population"),
        ("search = \"open_ai_es\"", "search = \"annealing\"", "annealing"),
        ("cap = 10", "cap = 21", "arm \"ES\": cap[0]: expected at least 1"),
        ("rounds = 2", "rounds = 9", "rounds[0]: expected at most 7, found 9"),
        ("rounds = 2", "turns = 2", "turns"),
        ("samples = 400", "samples = 0", "samples: found 0"),
        ("train = 300", "train = 90", "longest horizon and held-out samples: found 100"),
        ("learning_rate = 0.1", "learning_rate = -0.1", "arm \"gradient\": learning_rate -0.1"),
        ("kind = \"generated\"", "kind = \"films\"", "films"),
    ];
    for (line, wrong, message) in cases {
        assert!(SMALL.contains(line), "{line}");
        place.write("wrong.toml", SMALL.replacen(line, wrong, 1));
        place.refuse("--config wrong.toml --out run", &[message]);
    }
    place.refuse("--config missing.toml --out run", &["missing.toml"]);
    place.refuse("--idx nowhere --out run", &["nowhere: files: found no train-images"]);
    place.refuse("--threads 0 --out run", &["--threads is 0"]);
}
