//! What every registered connector must do, and what every one must refuse.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{
    AllToAll, Connect, DistanceGaussian, FixedInDegree, FixedOutDegree, LikeToLike, OneToOne, PairwiseBernoulli, Sites,
    SynapseError,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One sample configuration of every connector, as an experiment file names it.
const SAMPLES: [(&str, &str); 6] = [
    ("pairwise_bernoulli", r#"{"connect":"pairwise_bernoulli","probability":0.3}"#),
    ("fixed_in_degree", r#"{"connect":"fixed_in_degree","degree":4}"#),
    ("fixed_out_degree", r#"{"connect":"fixed_out_degree","degree":4}"#),
    ("distance_gaussian", r#"{"connect":"distance_gaussian","peak":0.8,"sigma_um":60.0,"like_to_like":{"ratio":0.5}}"#),
    ("one_to_one", r#"{"connect":"one_to_one"}"#),
    ("all_to_all", r#"{"connect":"all_to_all"}"#),
];

fn parse(json: &str) -> Result<Box<dyn Connect>, serde_json::Error> {
    serde_json::from_str(json)
}

fn sites(n: usize, seed: u64) -> Sites {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |end: f32| (0..n).map(|_| rng.random_range(0.0..end)).collect::<Vec<f32>>();
    Sites { x_um: draw(100.0), y_um: draw(800.0), z_um: draw(100.0), tuning_deg: draw(360.0) }
}

#[test]
fn the_samples_are_all_registered_connectors() {
    // An unknown tag is refused with the list of the known ones.
    let message = parse(r#"{"connect":"no_such_connector"}"#).unwrap_err().to_string();
    assert!(message.contains("no_such_connector"), "{message}");
    let mut known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
    let mut sampled: Vec<&str> = SAMPLES.iter().map(|s| s.0).collect();
    known.sort_unstable();
    sampled.sort_unstable();
    assert_eq!(known, sampled, "add a sample for every connector; registered: {message}");
}

#[test]
fn configurations_survive_a_round_trip_and_refuse_unknown_fields() {
    for (tag, json) in SAMPLES {
        let connector = parse(json).unwrap();
        let again = serde_json::to_string(&connector).unwrap();
        assert_eq!(again, json, "{tag}");
        assert_eq!(format!("{:?}", parse(&again).unwrap()), format!("{connector:?}"), "{tag}");
        let extra = json.replacen('}', r#","probabillity":0.5}"#, 1).replace(r#"{,"#, "{");
        let message = parse(&extra).unwrap_err().to_string();
        assert!(message.contains("probabillity"), "{tag}: {message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn pairs_are_sorted_unique_in_range_and_a_function_of_the_seed(
        seed in any::<u64>(), n in 5_usize..30, m in 5_usize..30, same in any::<bool>(),
    ) {
        for (tag, json) in SAMPLES {
            let m = if same || tag == "one_to_one" { n } else { m };
            let pre = sites(n, seed);
            let post = if same { pre.clone() } else { sites(m, seed ^ 1) };
            let draw = |seed| {
                parse(json).unwrap().connect(&pre, &post, same, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap()
            };
            let pairs = draw(seed);
            prop_assert!(pairs.windows(2).all(|w| w[0] < w[1]), "{}: sorted and unique", tag);
            prop_assert!(pairs.iter().all(|&(i, j)| (i as usize) < n && (j as usize) < m), "{}: in range", tag);
            prop_assert_eq!(&pairs, &draw(seed), "{}: deterministic", tag);
            if same && tag != "one_to_one" {
                prop_assert!(pairs.iter().all(|(i, j)| i != j), "{}: no self-connection", tag);
            }
        }
    }
}

#[test]
fn random_connectors_depend_on_the_seed() {
    let sites = sites(25, 1);
    for (tag, json) in SAMPLES.into_iter().take(4) {
        let draw =
            |seed| parse(json).unwrap().connect(&sites, &sites, true, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
        assert_ne!(draw(1), draw(2), "{tag}");
    }
}

#[test]
fn every_connector_accepts_empty_groups_where_its_parameters_allow() {
    let none = Sites::unplaced(0);
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for json in SAMPLES.iter().map(|s| s.1).filter(|j| !j.contains("degree")) {
        assert!(parse(json).unwrap().connect(&none, &none, true, &mut rng).unwrap().is_empty());
    }
}

#[test]
fn the_same_neurons_cannot_be_groups_of_different_size() {
    let (pre, post) = (sites(10, 1), sites(11, 2));
    for (tag, json) in SAMPLES {
        let error = parse(json).unwrap().connect(&pre, &post, true, &mut ChaCha8Rng::seed_from_u64(0)).unwrap_err();
        assert!(matches!(error, SynapseError::Length { found: 11, expected: 10, .. }), "{tag}: {error}");
    }
}

#[track_caller]
fn refuses(connector: &dyn Connect, component: &str, field: &str) {
    let sites = sites(5, 1);
    let error = connector.connect(&sites, &sites, true, &mut ChaCha8Rng::seed_from_u64(0)).unwrap_err();
    let SynapseError::Parameter { component: c, field: f, .. } = &error else { panic!("{error}") };
    assert_eq!((*c, *f), (component, field));
    assert!(error.to_string().contains(field), "{error}");
}

#[test]
fn bad_parameters_are_errors_that_name_the_field() {
    for probability in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        refuses(&PairwiseBernoulli { probability }, "pairwise_bernoulli", "probability");
    }
    refuses(&FixedInDegree { degree: 5 }, "fixed_in_degree", "degree");
    refuses(&FixedOutDegree { degree: 5 }, "fixed_out_degree", "degree");
    let good = DistanceGaussian { peak: 0.5, sigma_um: 50.0, like_to_like: None };
    for peak in [-0.1, f64::NAN, f64::INFINITY] {
        refuses(&DistanceGaussian { peak, ..good }, "distance_gaussian", "peak");
    }
    for sigma_um in [0.0, -1.0, f64::NAN] {
        refuses(&DistanceGaussian { sigma_um, ..good }, "distance_gaussian", "sigma_um");
    }
    for ratio in [0.0, -1.0, 1.1, f64::NAN] {
        let like_to_like = Some(LikeToLike { ratio });
        refuses(&DistanceGaussian { like_to_like, ..good }, "distance_gaussian", "like_to_like.ratio");
    }
    // A mean that is not a number must not become a peak of 1.
    refuses(&DistanceGaussian::from_mean_within(f64::NAN, 75.0, 100.0), "distance_gaussian", "peak");
    refuses(&DistanceGaussian::from_mean_within(0.1, 0.0, 100.0), "distance_gaussian", "peak");
    refuses(&DistanceGaussian::from_mean_within(0.1, 75.0, f64::NAN), "distance_gaussian", "peak");
}

#[test]
fn one_to_one_needs_groups_of_one_size() {
    let error = OneToOne {}
        .connect(&Sites::unplaced(3), &Sites::unplaced(4), false, &mut ChaCha8Rng::seed_from_u64(0))
        .unwrap_err();
    assert!(matches!(error, SynapseError::Length { found: 4, expected: 3, .. }), "{error}");
    assert!(
        AllToAll {}.connect(&Sites::unplaced(3), &Sites::unplaced(4), false, &mut ChaCha8Rng::seed_from_u64(0)).is_ok()
    );
}

#[test]
fn sites_with_a_missing_or_non_finite_value_are_errors() {
    let rule = DistanceGaussian { peak: 0.5, sigma_um: 50.0, like_to_like: None };
    let good = sites(5, 1);
    let connect = |bad: &Sites| rule.connect(&good, bad, false, &mut ChaCha8Rng::seed_from_u64(0)).unwrap_err();
    let mut short = good.clone();
    short.tuning_deg.pop();
    assert_eq!(connect(&short), SynapseError::Length { what: "tuning_deg", found: 4, expected: 5 });
    let mut lost = good.clone();
    lost.z_um[2] = f32::NAN;
    let SynapseError::Parameter { component: "sites", field: "z_um", .. } = connect(&lost) else { panic!() };
}
