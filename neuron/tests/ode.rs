//! Solvers against closed forms: orders, dense output, tolerances, and every way to fail.
#![allow(clippy::unwrap_used)]

use evoplast_neuron::NeuronError;
use evoplast_neuron::ode::{
    Dop853, Jacobian, Radau5, Recording, Rodas4, SolveOptions, Solver, Stuck, Tape, Tsit5, VectorField,
};

/// y1' = y1 cos t, y2' = -2 t y2^2, with the solutions exp(sin t) and 1/(1 + t^2).
struct Closed {
    jacobian: bool,
}

impl VectorField for Closed {
    fn dimension(&self) -> usize {
        2
    }
    fn rhs(&self, t: f64, y: &[f64], dydt: &mut [f64], _: &mut [f64]) {
        (dydt[0], dydt[1]) = (y[0] * t.cos(), -2.0 * t * y[1] * y[1]);
    }
    fn jacobian(&self, t: f64, y: &[f64], j: &mut [f64], _: &mut [f64]) -> Jacobian {
        if !self.jacobian {
            return Jacobian::Unknown;
        }
        j.copy_from_slice(&[t.cos(), 0.0, 0.0, -4.0 * t * y[1]]);
        Jacobian::Exact
    }
    fn autonomous(&self) -> bool {
        false
    }
}

fn closed(t: f64) -> [f64; 2] {
    [t.sin().exp(), 1.0 / (1.0 + t * t)]
}

fn error(solver: &dyn Solver, field: &dyn VectorField, t0: f64, times: &[f64], options: &SolveOptions) -> f64 {
    let mut outputs = vec![0.0; 2 * times.len()];
    solver.solve(field, t0, &closed(t0), times, options, &mut outputs).unwrap();
    let one = |(t, y): (&f64, &[f64])| (0..2).map(|i| (y[i] - closed(*t)[i]).abs()).fold(0.0, f64::max);
    times.iter().zip(outputs.chunks_exact(2)).map(one).fold(0.0, f64::max)
}

/// The library ends a solve within rounding of an output time, and sometimes not on it: no grid of times may be refused.
#[test]
fn every_grid_of_output_times_is_reached() {
    let field = Closed { jacobian: true };
    for solver in [&Dop853 as &dyn Solver, &Radau5] {
        for k in 1..=200 {
            let step = 0.0037 * f64::from(k);
            let times: Vec<f64> = (1..=20).map(|j| step * f64::from(j)).collect();
            assert!(
                error(solver, &field, 0.0, &times, &SolveOptions::new(1e-8, 1e-8)) < 1e-6,
                "{} {step}",
                solver.name()
            );
        }
    }
}

/// The error of one step of length h goes with h to the order plus 1; that of the interpolant in its middle likewise.
#[test]
fn one_step_has_the_order_of_its_method() {
    let field = Closed { jacobian: true };
    let options = |h| SolveOptions { first_step: Some(h), ..SolveOptions::new(0.99, 1e9) };
    let cases: [(&dyn Solver, f64, f64); 2] = [(&Tsit5, 6.0, 5.0), (&Rodas4, 5.0, 4.0)];
    for (solver, end, middle) in cases {
        let errors = |places: &[f64]| -> Vec<f64> {
            // From several times, so that no coefficient of the leading term is 0 by chance.
            let from = |t0: f64, h: f64| {
                let times: Vec<f64> = places.iter().map(|p| t0 + p * h).collect();
                error(solver, &field, t0, &times, &options(h))
            };
            [0.1, 0.05].iter().map(|&h| (0..9).map(|k| from(0.2 * f64::from(k), h)).sum()).collect()
        };
        let slope = |e: &[f64]| (e[0] / e[1]).log2();
        let (at_end, within) = (slope(&errors(&[1.0])), slope(&errors(&[0.55, 1.0])));
        assert!((at_end - end).abs() < 0.35, "{}: local order {at_end}", solver.name());
        assert!(within > middle - 0.35, "{}: local order of the interpolant {within}", solver.name());
    }
}

#[test]
fn every_solver_keeps_to_its_tolerance_with_and_without_a_jacobian() {
    let times: Vec<f64> = (0..=40).map(|k| 0.25 * f64::from(k)).collect();
    for jacobian in [true, false] {
        let field = Closed { jacobian };
        for solver in [&Tsit5 as &dyn Solver, &Rodas4, &Radau5, &Dop853] {
            for (rtol, land_on_outputs) in [(1e-4, false), (1e-8, false), (1e-8, true)] {
                let options = SolveOptions { land_on_outputs, ..SolveOptions::new(rtol, 1e-3 * rtol) };
                let found = error(solver, &field, 0.0, &times, &options);
                assert!(found < 50.0 * rtol, "{} {rtol}: {found}", solver.name());
            }
        }
    }
}

#[test]
fn a_recorded_solve_is_the_same_and_its_outputs_can_be_made_again() {
    let field = Closed { jacobian: true };
    let times = [0.0, 0.01, 0.5, 3.0];
    let options = SolveOptions::new(1e-6, 1e-9);
    for solver in [&Tsit5 as &dyn Recording, &Rodas4] {
        let (mut plain, mut outputs, mut tape) = ([0.0; 8], [0.0; 8], Tape::default());
        let cost = solver.solve(&field, 0.0, &closed(0.0), &times, &options, &mut plain).unwrap();
        let again = solver.record(&field, 0.0, &closed(0.0), &times, &options, &mut outputs, &mut tape).unwrap();
        assert_eq!((plain, cost), (outputs, again));
        assert_eq!(tape.steps() as u64, cost.accepted);
        assert_eq!(tape.outputs().len(), 4);
        assert_eq!((tape.outputs()[0].step, tape.outputs()[0].theta), (0, 0.0));
        let last = tape.outputs()[3];
        assert_eq!((last.step, last.theta), (tape.steps() - 1, 1.0));
        assert_eq!(tape.state(tape.steps()), &outputs[6..]);
        let total: f64 = (0..tape.steps()).map(|s| tape.size(s)).sum();
        assert!((total - 3.0).abs() < 1e-12);
    }
}

/// y' = f(y), given as a function.
struct Plain(fn(f64) -> f64);

impl VectorField for Plain {
    fn dimension(&self) -> usize {
        1
    }
    fn rhs(&self, _: f64, y: &[f64], dydt: &mut [f64], _: &mut [f64]) {
        dydt[0] = (self.0)(y[0]);
    }
}

fn reason(solver: &dyn Solver, field: &dyn VectorField, y0: f64, times: &[f64], options: &SolveOptions) -> Stuck {
    solver.solve(field, 0.0, &[y0], times, options, &mut vec![0.0; times.len()]).unwrap_err().reason
}

#[test]
fn failures_say_when_and_what() {
    let options = SolveOptions { max_steps: 3000, ..SolveOptions::new(1e-6, 1e-9) };
    for solver in [&Tsit5 as &dyn Solver, &Rodas4, &Radau5, &Dop853] {
        let name = solver.name();
        // y = 1/(1 - t) has no value at 1.
        let found = reason(solver, &Plain(|y| y * y), 1.0, &[2.0], &options);
        let near = |t: f64| (t - 1.0).abs() < 1e-3;
        let ok = match &found {
            Stuck::StepUnderflow { t, .. } | Stuck::NotFinite { t, .. } | Stuck::Method { t, .. } => near(*t),
            Stuck::Budget { what, t, .. } => *what == "steps" && near(*t),
            _ => false,
        };
        assert!(ok, "{name}: {found:?}");
        // sqrt of a negative number: y = (1 - t/2)^2 reaches 0 at 2 and cannot go on below.
        let root = Plain(|y| if y < 0.0 { f64::NAN } else { -y.sqrt() - 1e-3 });
        let found = reason(solver, &root, 1.0, &[0.5, 9.0], &options);
        assert!(matches!(found, Stuck::NotFinite { component: 0, value, .. } if value.is_nan()), "{name}: {found:?}");
        let found = reason(solver, &Plain(|_| f64::INFINITY), 1.0, &[0.5], &options);
        assert!(matches!(found, Stuck::NotFinite { t: 0.0, component: 0, .. }), "{name}: {found:?}");
        let few = SolveOptions { max_steps: 3, ..options.clone() };
        let found = reason(solver, &Plain(|y| (50.0 * y).cos()), 0.2, &[90.0], &few);
        assert!(matches!(found, Stuck::Budget { what: "steps", budget: 3, .. }), "{name}: {found:?}");
        let few = SolveOptions { max_evaluations: Some(20), ..options.clone() };
        let failure = solver.solve(&Plain(|y| (50.0 * y).cos()), 0.0, &[0.2], &[90.0], &few, &mut [0.0]).unwrap_err();
        assert!(matches!(failure.reason, Stuck::Budget { what: "evaluations", budget: 20, .. }), "{name}: {failure}");
        assert!((20..=40).contains(&failure.cost.evaluations), "{name}: {:?}", failure.cost);
    }
}

#[test]
fn wrong_input_is_named() {
    let (field, options) = (Plain(|y| -y), SolveOptions::new(1e-6, 1e-9));
    for solver in [&Tsit5 as &dyn Solver, &Radau5] {
        for times in [&[1.0, 1.0][..], &[-1.0], &[f64::NAN]] {
            let found = reason(solver, &field, 1.0, times, &options);
            assert!(matches!(found, Stuck::Input(NeuronError::Parameter { field: "output time", .. })), "{found:?}");
        }
        let found = reason(solver, &field, f64::NAN, &[1.0], &options);
        assert_eq!(found.kind(), "input");
        for bad in [
            SolveOptions { atol: vec![1e-6; 2], ..options.clone() },
            SolveOptions::new(f64::NAN, 1e-9),
            SolveOptions::new(1e-6, 0.0),
            SolveOptions { max_steps: 0, ..options.clone() },
            SolveOptions { first_step: Some(-1.0), ..options.clone() },
        ] {
            assert_eq!(reason(solver, &field, 1.0, &[1.0], &bad).kind(), "input", "{bad:?}");
        }
        let short = solver.solve(&field, 0.0, &[1.0], &[1.0], &options, &mut []).unwrap_err();
        assert_eq!(short.to_string(), "outputs: found 0 values, expected 1");
        // Nothing asked, nothing done.
        assert_eq!(solver.solve(&field, 0.0, &[1.0], &[], &options, &mut []).unwrap().evaluations, 0);
    }
}
