//! Tests of the choice of problems and of what a run notes.
#![cfg(test)]
#![allow(clippy::unwrap_used)]

use std::sync::atomic::AtomicBool;

use clap::Parser;
use evoplast_evolve::catalogue;

use crate::problem::{Problem, Size};
use crate::race::{Course, MOMENTS, run};
use crate::{Arguments, outcome::Field, outcome::Standing};

const SIZE: Size = Size { variables: None, objectives: None, instance: 3 };

#[test]
fn names_give_the_problems_with_their_usual_sizes() {
    for (name, objectives, variables) in [
        ("sphere", 1, 10),
        ("rotated-Rosenbrock", 1, 10),
        ("bbob24", 1, 10),
        ("bbob130", 1, 10),
        ("zdt1", 2, 30),
        ("ZDT4", 2, 10),
    ]
    .into_iter()
    .chain([("dtlz1", 3, 7), ("dtlz7", 3, 22), ("wfg2", 3, 24), ("lsmop9", 3, 292)])
    {
        let problem = Problem::named(name, SIZE).unwrap();
        assert_eq!((problem.objectives(), problem.objective.space().len()), (objectives, variables), "{name}");
        assert_eq!(problem.front.is_empty(), objectives == 1, "{name}");
    }
    for wrong in ["", "spheres", "zdt7", "bbob25", "bbob131", "bbob", "dtlz0", "rotated-zdt1", "lsmop300"] {
        assert!(Problem::named(wrong, SIZE).is_err(), "{wrong}");
    }
    assert!(Problem::named("zdt1", Size { objectives: Some(3), ..SIZE }).is_err());
}

#[test]
fn the_optimum_of_a_problem_is_at_distance_0() {
    let optimum: Vec<f64> = (0..10).map(|i| if i % 2 == 0 { 1.3 } else { -0.7 }).collect();
    let noisy = Problem::named("bbob109", SIZE).unwrap();
    assert_eq!(noisy.exact(&optimum), noisy.exact(&optimum));
    for name in ["sphere", "rotated-rastrigin", "rosenbrock"] {
        assert!(Problem::named(name, SIZE).unwrap().exact(&optimum)[0].abs() < 1e-12, "{name}");
    }
}

#[test]
fn a_run_notes_values_without_noise_and_the_target() {
    let problem = Problem::named("sphere", Size { variables: Some(3), ..SIZE }).unwrap();
    let (_, config) = catalogue(10).into_iter().find(|(name, _)| *name == "CMA-ES").unwrap();
    let go = |noise| {
        let course = Course { evaluations: 2_000, target: 1e-6, noise };
        run(&problem, config.as_ref(), 1, course, &AtomicBool::new(false)).unwrap().unwrap()
    };
    let (exact, noisy) = (go(0.0), go(10.0));
    assert_eq!(exact.curve.len(), MOMENTS);
    assert!(exact.curve.windows(2).all(|pair| pair[1] <= pair[0]));
    assert!(exact.score() < 1e-8 && exact.evaluations_to_target.is_some_and(|e| e < 1_000));
    // Values with noise would be negative half of the time.
    assert!(noisy.evaluations_to_target.is_none() && noisy.curve.iter().flatten().all(|value| *value > 1e-6));
    let stopped =
        run(&problem, config.as_ref(), 1, Course { evaluations: 99, target: 0.0, noise: 0.0 }, &AtomicBool::new(true));
    assert!(stopped.unwrap().is_none());
}

#[test]
fn the_hypervolume_of_a_good_set_is_nearly_that_of_the_front() {
    let problem = Problem::named("zdt1", Size { variables: Some(5), ..SIZE }).unwrap();
    let course = Course { evaluations: 8_000, target: 0.0, noise: 0.0 };
    let score = |wanted: &str| {
        let (_, config) = catalogue(40).into_iter().find(|(name, _)| *name == wanted).unwrap();
        run(&problem, config.as_ref(), 1, course, &AtomicBool::new(false)).unwrap().unwrap()
    };
    let (nsga, random) = (score("NSGA-II"), score("random search"));
    assert!(nsga.score() > 0.97 && nsga.score() < 1.001, "{}", nsga.score());
    assert!(random.score() < nsga.score() && random.igd_plus > nsga.igd_plus);
    assert_eq!(nsga.set.len(), 2 * 40);
    let standing = |search: &str, run| Standing { search: search.into(), source: String::new(), runs: vec![run] };
    let field = Field::ranked(&problem, course, vec![standing("random", random), standing("NSGA-II", nsga)]);
    assert_eq!(field.tables().unwrap()[0].rows()[0][0], "NSGA-II");
}

#[test]
fn every_search_of_the_catalogue_is_an_entrant_and_bad_input_is_refused() {
    let parse = |text: &str| Arguments::try_parse_from(["zoo"].into_iter().chain(text.split_whitespace())).unwrap();
    let all = parse("");
    assert_eq!(all.entrants(1).len(), catalogue(10).len());
    assert!(all.entrants(3).iter().all(|(_, config)| config.card().many_objectives));
    assert_eq!(parse("--search nsga-ii").entrants(1).len(), 2);
    for bad in
        ["--seeds 0", "--noise -1", "--search nobody", "--problem x", "--population 0", "--problem zdt1 --variables 0"]
    {
        let error = parse(bad).check().err().unwrap().to_string();
        assert!(!error.contains('\n'), "{error}");
    }
}
