//! Test problems against stored evaluations of pymoo (see `moo_reference_fronts/README.md` in the data folder), default
//! parameters against stored tables (`biophysical/README.md`).
//! Runs if the variable EVOPLAST_DATA names the data folder.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use evoplast_evolve::problems::{Bbob, Dtlz, Function, Landscape, Wfg, Zdt};
use evoplast_evolve::sorting::non_dominated_ranks;
use evoplast_evolve::{CmaParameters, SnesConfig, XnesConfig, gd, igd, shaping};

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

/// Two, three and ten objectives; k = 4 for two, 2 (M - 1) otherwise.
#[test]
fn wfg_equals_pymoo() {
    let Some(folder) = data_folder() else { return };
    let folder = folder.join("moo_reference_fronts/pymoo/problem_evaluations/WFG");
    let mut compared = 0;
    for objectives in [2, 3, 10] {
        for number in 1..=9 {
            let file = |extension: &str| folder.join(format!("{objectives}obj/WFG{number}.{extension}"));
            let (points, expected) = (table(&file("x"), None), table(&file("f"), None));
            let position = if objectives == 2 { 4 } else { 2 * (objectives - 1) };
            for (x, expected) in points.iter().zip(&expected) {
                let problem = Wfg::new(number, objectives, position, x.len() - position).unwrap();
                let found = problem.values(x);
                let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
                assert!(found.iter().zip(expected).all(close), "WFG{number} {x:?}: {found:?} {expected:?}");
                compared += found.len();
            }
        }
    }
    assert!(compared > 9 * 50 * 15, "{compared}");
}

/// The least values of 24 functions in the 15 instances of recent years: 1 to 5 and 91 to 100, stored as 1 to 15.
#[test]
fn least_values_of_bbob_equal_the_stored_ones() {
    let Some(folder) = data_folder() else { return };
    let text = std::fs::read_to_string(folder.join("moo_reference_fronts/pymoo/fronts/bbob.pf")).unwrap();
    let stored: BTreeMap<u8, BTreeMap<u32, f64>> = serde_json::from_str(&text).unwrap();
    assert!(stored.len() == 24 && stored.values().all(|row| row.len() == 15));
    for (&function, row) in &stored {
        for (&instance, &expected) in row {
            let seeded = if instance <= 5 { instance } else { instance + 85 };
            let found = Bbob::new(function, 2, seeded).unwrap().optimal_value();
            assert!((found - expected).abs() < 1e-9, "f{function}, instance {instance}: {found} {expected}");
        }
    }
}

/// Four sets of points near the front of ZDT2, whose GD and IGD are stored.
#[test]
fn distances_equal_the_stored_ones() {
    let Some(folder) = data_folder() else { return };
    let folder = folder.join("moo_reference_fronts/pymoo/performance_indicator");
    let read = |name: &str| table(&folder.join(name), None).concat();
    let front = read("performance_indicators.pf");
    for set in 1..=4 {
        let name = |extension: &str| format!("performance_indicators_{set}.{extension}");
        let points = read(&name("f"));
        for (found, file) in [(gd(&points, &front, 2), "gd"), (igd(&points, &front, 2), "igd")] {
            let expected = read(&name(file))[0];
            assert!((found - expected).abs() < 1e-15, "{set} {file}: {found} {expected}");
        }
    }
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

#[test]
fn rosenbrock_and_rastrigin_equal_pymoo() {
    let Some(folder) = data_folder() else { return };
    let folder = folder.join("moo_reference_fronts/pymoo/problem_evaluations");
    for (function, optimum) in [(Function::Rosenbrock, 1.0), (Function::Rastrigin, 0.0)] {
        let file = |extension: &str| folder.join(format!("{}.{extension}", function.name()));
        let (points, expected) = (table(&file("x"), None), table(&file("f"), None));
        assert_eq!((points.len(), expected.len()), (100, 100));
        for (x, expected) in points.iter().zip(&expected) {
            let landscape = Landscape::new(function, x.len()).unwrap().with_optimum(vec![optimum; x.len()]).unwrap();
            let found = landscape.value(x);
            assert!((found - expected[0]).abs() <= 1e-12 * expected[0], "{function:?} {x:?}: {found} {expected:?}");
        }
    }
}

/// Columns: n, lam, mu, mueff, cc, cs, ds, c1, cmu (2016), cmu (2011), chiN, alpha mu-, w1, w2, wmu, wlast, six of pycma that
/// are empty for large n, two of sep-CMA-ES, rates of xNES and SNES.
#[test]
fn default_parameters_equal_the_stored_table() {
    let Some(folder) = data_folder() else { return };
    let text = std::fs::read_to_string(folder.join("biophysical/cma_nes_defaults.csv")).unwrap();
    let mut rows = 0;
    for line in text.lines().skip(1) {
        let row: Vec<Option<f64>> = line.split(',').map(|field| field.trim().parse().ok()).collect();
        let at = |column: usize| row[column].unwrap();
        let genes = at(0) as usize;
        let p = CmaParameters::new(genes, at(1) as usize);
        let weight = |rank: usize| p.weights[rank - 1];
        let last = p.weights.len();
        let found = [
            (2, p.parents as f64),
            (3, p.mu_eff),
            (4, p.c_c),
            (5, p.c_sigma),
            (6, p.d_sigma),
            (7, p.c_1),
            (8, p.c_mu),
            (10, p.chi_n),
            (12, weight(1)),
            (13, weight(2)),
            (14, weight(p.parents)),
            (15, weight(last)),
            (row.len() - 2, XnesConfig::default().rate(genes)),
            (row.len() - 1, SnesConfig::default().sigma_rate(genes)),
        ];
        for (column, found) in found {
            assert!((found / at(column) - 1.0).abs() < 1e-10, "n = {genes}, column {column}: {found} {}", at(column));
        }
        rows += 1;
    }
    assert_eq!(rows, 12);
}

#[test]
fn utilities_equal_the_stored_table() {
    let Some(folder) = data_folder() else { return };
    let text = std::fs::read_to_string(folder.join("biophysical/nes_utilities.csv")).unwrap();
    // The header has quoted commas; the rows are lambda, rank, NES utility, centred rank, ln((l + 1)/2) - ln rank.
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len(), 76);
    for row in rows {
        let (count, rank) = (row[0] as usize, row[1] as usize);
        assert!((shaping::nes_utilities(count)[rank - 1] - row[2]).abs() < 1e-12, "{row:?}");
        assert!((shaping::centred_ranks(count)[rank - 1] - row[3]).abs() < 1e-12, "{row:?}");
    }
}
