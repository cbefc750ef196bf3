//! The problems against published values, and solvers against them.

use evoplast_neuron::ode::{Dop853, Jacobian, Radau5, Rodas4, SolveOptions, Solver, Tsit5, VectorField};
use evoplast_tasks::neural_ode::{Polynomial, Problem, Spiral};
use std::path::PathBuf;

/// Rows of a reference file as numbers, if `EVOPLAST_DATA` names the folder.
fn rows(file: &str) -> Option<Vec<Vec<f64>>> {
    let Some(data) = std::env::var_os("EVOPLAST_DATA") else {
        eprintln!("skipped: EVOPLAST_DATA does not name a folder with {file}");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(data).join("biophysical").join(file)).unwrap();
    let numbers = |line: &str| line.split(',').filter_map(|cell| cell.parse().ok()).collect();
    Some(text.lines().skip(1).map(numbers).collect())
}

fn solved(solver: &dyn Solver, problem: &Problem, times: &[f64], rtol: f64) -> Vec<f64> {
    let mut outputs = vec![0.0; times.len() * problem.y0.len()];
    let options = SolveOptions { land_on_outputs: true, ..problem.options(rtol) };
    solver.solve(&problem.field, 0.0, &problem.y0, times, &options, &mut outputs).unwrap();
    outputs
}

fn largest_relative(found: &[f64], expected: &[f64]) -> f64 {
    let one = |(a, b): (&f64, &f64)| if *b == 0.0 { a.abs() } else { (a / b - 1.0).abs() };
    found.iter().zip(expected).map(one).fold(0.0, f64::max)
}

/// t = 1e5 and the last values of POLLU, HIRES and OREGO: own reference (ROBER, 40 digits), Test Set for IVP Solvers.
#[test]
fn stiff_solvers_meet_published_values() {
    let mut rober = Problem::rober();
    rober.times = vec![1e5, 1e11];
    let ends = [
        0.017_865_921_142_099_465,
        7.274_751_468_436_32e-8,
        0.982_134_006_110_385_9,
        2.083_340_149_701_294e-8,
        8.333_360_770_334_78e-14,
        0.999_999_979_166_515_2,
    ];
    let hires = [
        0.000_737_131_257_333,
        0.000_144_248_572_632,
        5.888_729_740_97e-5,
        0.001_175_651_343_28,
        0.002_386_356_198_83,
        0.006_238_968_252_74,
        0.002_849_998_395_19,
        0.002_850_001_604_81,
    ];
    let vdpol = [-1.863_646_254_8, 0.753_543_086_54, 1.706_167_732_2, -0.892_809_701_02];
    let orego = [
        1.000_661_467_2,
        1_512.778_937_3,
        10_358.543_128,
        1.019_763_472_5,
        51.597_613_229,
        1.016_985_779,
        1.000_814_870_3,
        1_228.178_521_5,
        132.055_494_28,
    ];
    let cases =
        [(rober, &ends[..]), (Problem::hires(), &hires), (Problem::vdpol(), &vdpol), (Problem::orego(), &orego)];
    for (solver, rtol) in [(&Rodas4 as &dyn Solver, 1e-8), (&Radau5, 1e-8)] {
        for (problem, expected) in &cases {
            // The phase of a relaxation oscillation is worth more digits than a step is asked for.
            let limit = if problem.name == "OREGO" { 1e-4 } else { 1e-5 };
            let error = largest_relative(&solved(solver, problem, &problem.times, rtol), expected);
            assert!(error < limit, "{} {}: {error:e}", solver.name(), problem.name);
        }
    }
}

#[test]
fn whole_trajectories_of_rober_and_pollu_agree_with_the_reference_files() {
    let Some(rober) = rows("rober_reference.csv") else { return };
    let Some(pollu) = rows("pollu_reference.csv") else { return };
    // Whoever made the reference: another method, and 40 digits.
    let exact: Vec<f64> = rober.iter().flat_map(|row| row[1..].to_vec()).collect();
    let times: Vec<f64> = rober.iter().map(|row| row[0]).collect();
    assert!(largest_relative(&solved(&Radau5, &Problem::rober(), &times, 1e-10), &exact) < 1e-7);
    for (problem, rows) in [(Problem::rober(), rober), (Problem::pollu(), pollu)] {
        let later: Vec<_> = rows.iter().filter(|row| row[0] > 0.0).collect();
        let times: Vec<f64> = later.iter().map(|row| row[0]).collect();
        let expected: Vec<f64> = later.iter().flat_map(|row| row[1..].to_vec()).collect();
        for (solver, rtol, limit) in [(&Rodas4 as &dyn Solver, 1e-8, 1e-5), (&Radau5, 1e-9, 1e-5)] {
            let error = largest_relative(&solved(solver, &problem, &times, rtol), &expected);
            assert!(error < limit, "{} {} {rtol:e}: {error:e}", solver.name(), problem.name);
        }
        // What learners are given, at the times of the source.
        let segment = problem.segment().unwrap();
        for (t, y) in segment.times.iter().zip(segment.points.chunks_exact(problem.y0.len())) {
            let row = rows.iter().find(|row| (row[0] - t).abs() <= 1e-12 * t).unwrap();
            let error = largest_relative(y, &row[1..]);
            assert!(error < 1e-6, "{} {t}: {error:e}", problem.name);
        }
    }
}

#[test]
fn the_cubic_spiral_agrees_with_its_reference() {
    // dopri5 of scipy, tolerance 1e-13.
    let reference: [(f64, [f64; 2]); 4] = [
        (0.25, [0.027_283_264_736_32, 1.841_482_888_371]),
        (5.0, [-0.263_012_835_470_1, 0.930_245_944_254_6]),
        (12.5, [-0.631_613_984_795_4, 0.220_600_723_923_1]),
        (25.0, [-0.443_623_486_698_6, 0.279_440_641_618_9]),
    ];
    let times = reference.map(|(t, _)| t);
    let expected: Vec<f64> = reference.iter().flat_map(|(_, y)| *y).collect();
    for solver in [&Tsit5 as &dyn Solver, &Dop853] {
        let mut found = [0.0; 8];
        let options = SolveOptions::new(1e-10, 1e-12);
        solver.solve(&Spiral::field(), 0.0, &[2.0, 0.0], &times, &options, &mut found).unwrap();
        let error = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(error < 1e-8, "{}: {error:e}", solver.name());
    }
    let spiral = Spiral::new().unwrap();
    let last = spiral.segment(990, 10);
    assert!((last.points[18] - expected[6]).abs() < 1e-9 && (last.points[19] - expected[7]).abs() < 1e-9);
    assert_eq!((last.times[0], &last.y0[..]), (0.0, &last.points[..2]));
    assert!((last.times[9] - 9.0 * 25.0 / 999.0).abs() < 1e-12);
}

#[test]
fn jacobians_are_the_derivatives() {
    let fields: [(Polynomial, f64); 5] = [
        (Problem::rober().field, 1e-7),
        (Problem::pollu().field, 1e-7),
        (Problem::hires().field, 1e-7),
        (Problem::orego().field, 1e-7),
        (Spiral::field(), 1e-7),
    ];
    for (field, limit) in fields {
        let n = field.dimension();
        let y: Vec<f64> = (0..n).map(|i| 0.3 + 0.05 * i as f64).collect();
        let (mut jacobian, mut up, mut down) = (vec![0.0; n * n], vec![0.0; n], vec![0.0; n]);
        assert_eq!(field.jacobian(0.0, &y, &mut jacobian, &mut []), Jacobian::Exact);
        for j in 0..n {
            let (mut above, mut below) = (y.clone(), y.clone());
            (above[j], below[j]) = (y[j] + 1e-4, y[j] - 1e-4);
            field.rhs(0.0, &above, &mut up, &mut []);
            field.rhs(0.0, &below, &mut down, &mut []);
            let largest = up.iter().map(|f| f.abs()).fold(1.0, f64::max);
            (0..n).for_each(|i| {
                let difference = (up[i] - down[i]) / 2e-4;
                assert!((jacobian[i * n + j] - difference).abs() < limit * largest, "{i} {j}");
            });
        }
    }
}

#[test]
fn rober_conserves_mass() {
    let problem = Problem::rober();
    for y in solved(&Rodas4, &problem, &problem.times, 1e-6).chunks_exact(3) {
        assert!((y.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
