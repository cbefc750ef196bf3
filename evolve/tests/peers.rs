//! Searches of several objectives against pymoo 0.6.2: hypervolumes of eleven runs each with the same population and number
//! of generations (pymoo's defaults, seeds 1 to 11; population 100 on ZDT1, 92 on DTLZ2 with 91 directions; 250 generations).
#![allow(clippy::unwrap_used)]

use evoplast_evolve::problems::{Dtlz, Zdt};
use evoplast_evolve::{Budget, Executor, Objective, Serial, catalogue, hypervolume, mann_whitney};
use rayon::prelude::*;

/// Hypervolumes of eleven runs, with reference point 1.1.
fn scores(problem: &dyn Objective, method: &str, population: usize) -> Vec<f64> {
    let run = |seed: u64| {
        let (_, config) = catalogue(population).into_iter().find(|(name, _)| *name == method).unwrap();
        let search = config.build(problem.space(), problem.objectives(), seed).unwrap();
        let finished = Executor::new(&Serial, Budget::generations(250)).run(problem, search).unwrap();
        let population = finished.optimizer.population();
        let values: Vec<f64> = population.into_iter().flat_map(|member| member.objectives).collect();
        hypervolume(&values, &vec![1.1; problem.objectives().len()])
    };
    (0..11_u64).into_par_iter().map(run).collect()
}

/// Not lower than pymoo by a thousandth: medians, and the U test at 1 % once a thousandth is added.
fn check(method: &str, found: &[f64], pymoo: [f64; 11]) {
    let median = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values[5]
    };
    let (ours, theirs) = (median(found), median(&pymoo));
    println!("{method}: {ours:.5}, pymoo {theirs:.5}");
    assert!(ours > 0.999 * theirs, "{method}: {ours} {theirs}");
    let raised: Vec<f64> = found.iter().map(|value| 1.001 * value).collect();
    let test = mann_whitney(&raised, &pymoo).unwrap();
    // U counts pairs in which ours is larger; 60.5 is even.
    assert!(test.u > 60.5 || test.p > 0.01, "{method}: {test:?} {found:?}");
}

#[test]
fn nsga2_and_sms_emoa_reach_pymoo_on_zdt1() {
    let problem = Zdt::new(1, 30).unwrap();
    let pymoo = [0.86966, 0.86992, 0.86962, 0.86991, 0.86976, 0.86929, 0.8697, 0.86945, 0.86949, 0.86967, 0.86919];
    check("NSGA-II", &scores(&problem, "NSGA-II", 100), pymoo);
    let pymoo = [0.87159, 0.8718, 0.87155, 0.87155, 0.87163, 0.87164, 0.87166, 0.87166, 0.87164, 0.87155, 0.87166];
    check("SMS-EMOA", &scores(&problem, "SMS-EMOA", 100), pymoo);
}

#[test]
fn searches_by_reference_directions_reach_pymoo_on_dtlz2() {
    let problem = Dtlz::new(2, 3, 10).unwrap();
    let pymoo = [0.74407, 0.74435, 0.744, 0.74432, 0.744, 0.74417, 0.74407, 0.74395, 0.74398, 0.74422, 0.74403];
    check("NSGA-III", &scores(&problem, "NSGA-III", 92), pymoo);
    let pymoo = [0.74402, 0.74389, 0.74437, 0.74402, 0.74435, 0.7438, 0.74431, 0.74401, 0.74413, 0.74408, 0.74434];
    check("MOEA/D, PBI", &scores(&problem, "MOEA/D, PBI", 92), pymoo);
    let pymoo = [0.74448, 0.74388, 0.74438, 0.74369, 0.74416, 0.74391, 0.74429, 0.74431, 0.74421, 0.74375, 0.74395];
    check("RVEA", &scores(&problem, "RVEA", 92), pymoo);
}
