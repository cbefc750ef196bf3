//! Test problems against stored evaluations of pymoo (see `moo_reference_fronts/README.md` in the data folder).
//! Runs if the variable EVOPLAST_DATA names the data folder.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use evoplast_evolve::problems::{Dtlz, Zdt};
use evoplast_evolve::sorting::non_dominated_ranks;

fn data_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("EVOPLAST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: EVOPLAST_DATA is not set");
    }
    folder
}

fn table(path: &Path, separator: Option<char>) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(path).unwrap();
    let number = |field: &str| field.trim().parse::<f64>().unwrap();
    let row = |line: &str| match separator {
        Some(separator) => line.split(separator).map(number).collect(),
        None => line.split_whitespace().map(number).collect(),
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(row).collect()
}

#[test]
fn zdt_and_dtlz_equal_pymoo() {
    let Some(folder) = data_folder() else { return };
    let folder = folder.join("moo_reference_fronts/pymoo/problem_evaluations");
    let mut compared = 0;
    let names = [1, 2, 3, 4, 6].map(|number| ("ZDT", number)).into_iter().chain((1..=7).map(|number| ("DTLZ", number)));
    for (family, number) in names {
        let file = |extension: &str| folder.join(format!("{family}{number}.{extension}"));
        let (points, expected) = (table(&file("x"), None), table(&file("f"), None));
        assert_eq!(points.len(), expected.len());
        for (x, expected) in points.iter().zip(&expected) {
            let found = if family == "ZDT" {
                Zdt::new(number, x.len()).unwrap().values(x).to_vec()
            } else {
                let objectives = expected.len();
                Dtlz::new(number, objectives, x.len() + 1 - objectives).unwrap().values(x)
            };
            assert_eq!(found.len(), expected.len());
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{family}{number} {x:?}: {found:?} {expected:?}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 100 * (5 * 2 + 7 * 3));
}

/// Stored fronts are mutually non-dominated (VERIFICATION.csv lists those as clean).
#[test]
fn stored_fronts_are_one_front() {
    let Some(folder) = data_folder() else { return };
    for (name, objectives) in [("ZDT1.csv", 2), ("ZDT3.csv", 2), ("DTLZ2.3D.csv", 3), ("DTLZ2.6D.csv", 6)] {
        let rows = table(&folder.join("moo_reference_fronts/jmetal").join(name), Some(','));
        let points: Vec<f64> = rows.concat();
        let ranks = non_dominated_ranks(&points, objectives);
        assert_eq!(ranks.len(), rows.len());
        assert!(ranks.iter().all(|&rank| rank == 0), "{name}");
    }
}
