//! The discrete adjoint of solves against finite differences, with the same steps and without.
#![allow(clippy::unwrap_used)]

use evoplast_backprop::ode::{Differentiable, pull_back};
use evoplast_neuron::ode::{
    Activation, InputMap, Mlp, MlpField, Recording, Rodas4, SolveOptions, Solver, Tape, Tsit5, VectorField,
};

fn waves(count: usize, size: f64) -> Vec<f64> {
    (0..count).map(|k| size * (0.7 + 1.3 * k as f64 + 0.4 * (k * k) as f64).sin()).collect()
}

fn networks() -> [(Mlp, Vec<f64>); 3] {
    let spiral = Mlp::new(vec![1.0; 2], &[9], Activation::Tanh, InputMap::Cube, false).unwrap();
    let rober = Mlp::new(vec![1.0, 0.1, 0.8], &[5, 5, 5], Activation::Gelu, InputMap::Identity, true).unwrap();
    let wide = Mlp::new(waves(8, 1.0), &[4, 6], Activation::Gelu, InputMap::Identity, true).unwrap();
    [spiral, rober, wide].map(|mlp| {
        let parameters = waves(mlp.parameters(), 0.9);
        (mlp, parameters)
    })
}

/// Derivative of `f` by the `k`-th of `x`, by central differences of two widths.
fn difference(f: &dyn Fn(&[f64]) -> f64, x: &[f64], k: usize, h: f64) -> f64 {
    let central = |h: f64| {
        let (mut up, mut down) = (x.to_vec(), x.to_vec());
        up[k] += h;
        down[k] -= h;
        (f(&up) - f(&down)) / (2.0 * h)
    };
    (4.0 * central(h) - central(2.0 * h)) / 3.0
}

fn near(found: f64, expected: f64, scale: f64, limit: f64, what: &str) {
    assert!((found - expected).abs() < limit * (scale + expected.abs()), "{what}: {found:e} {expected:e}");
}

#[test]
fn products_of_first_and_second_derivatives_are_right() {
    for (mlp, parameters) in &networks() {
        let n = mlp.scale().len();
        let (y, v, u) = (waves(n, 0.7), waves(n, 1.1), waves(n, -0.6));
        let field = mlp.field(parameters).unwrap();
        let mut scratch = vec![f64::NAN; field.scratch()];
        let value = |y: &[f64], p: &[f64]| {
            let (mut f, field) = (vec![0.0; n], mlp.field(p).unwrap());
            field.rhs(0.0, y, &mut f, &mut vec![0.0; field.scratch()]);
            f.iter().zip(&v).map(|(f, v)| f * v).sum::<f64>()
        };
        let bilinear = |y: &[f64], p: &[f64]| {
            let (mut j, field) = (vec![0.0; n * n], mlp.field(p).unwrap());
            field.jacobian(0.0, y, &mut j, &mut vec![0.0; field.scratch()]);
            (0..n * n).map(|k| v[k / n] * j[k] * u[k % n]).sum::<f64>()
        };
        for second in [false, true] {
            let f = |y: &[f64], p: &[f64]| if second { bilinear(y, p) } else { value(y, p) };
            // What is there already stays.
            let (mut by_state, mut by_parameters) = (vec![1.0; n], vec![1.0; parameters.len()]);
            if second {
                field.jacobian_vjp(0.0, &y, &v, &u, &mut by_state, &mut by_parameters, &mut scratch);
            } else {
                field.vjp(0.0, &y, &v, &mut by_state, &mut by_parameters, &mut scratch);
            }
            for k in 0..n {
                near(by_state[k] - 1.0, difference(&|y| f(y, parameters), &y, k, 1e-4), 1.0, 1e-8, "by state");
            }
            for k in 0..parameters.len() {
                let expected = difference(&|p| f(&y, p), parameters, k, 1e-4);
                near(by_parameters[k] - 1.0, expected, 1.0, 1e-8, "by parameters");
            }
        }
    }
}

/// A field whose solve takes the given steps: output times are their ends, and the tolerance never objects.
fn fixed_steps(solver: &dyn Recording, field: &MlpField<'_>, y0: &[f64], times: &[f64], tape: &mut Tape) -> Vec<f64> {
    let options = SolveOptions { first_step: Some(1e9), land_on_outputs: true, ..SolveOptions::new(0.99, 1e30) };
    let mut outputs = vec![0.0; times.len() * y0.len()];
    solver.record(field, 0.0, y0, times, &options, &mut outputs, tape).unwrap();
    assert_eq!(tape.steps(), times.len() - usize::from(times[0] == 0.0));
    outputs
}

#[test]
fn gradients_agree_with_differences_of_the_same_steps() {
    let times = [0.0, 0.1, 0.25, 0.35, 0.6];
    for solver in [&Tsit5 as &dyn Recording, &Rodas4] {
        for (mlp, parameters) in &networks() {
            let n = mlp.scale().len();
            let (y0, q) = (waves(n, 0.8), waves(n * times.len(), 1.0));
            let loss = |y0: &[f64], p: &[f64]| {
                let outputs = fixed_steps(solver, &mlp.field(p).unwrap(), y0, &times, &mut Tape::default());
                outputs.iter().zip(&q).map(|(y, q)| q * y).sum::<f64>()
            };
            let (field, mut tape) = (mlp.field(parameters).unwrap(), Tape::default());
            fixed_steps(solver, &field, &y0, &times, &mut tape);
            let mut by_parameters = vec![0.0; parameters.len()];
            let by_state = pull_back(&field, &tape, &q, &mut by_parameters).unwrap();
            for k in 0..n {
                let expected = difference(&|y| loss(y, parameters), &y0, k, 1e-4);
                near(by_state[k], expected, 1.0, 1e-7, solver.name());
            }
            for k in 0..parameters.len() {
                let expected = difference(&|p| loss(&y0, p), parameters, k, 1e-4);
                near(by_parameters[k], expected, 1.0, 1e-7, solver.name());
            }
        }
    }
}

/// A solve that asks for its start alone takes no step, and its output is the initial state.
#[test]
fn outputs_at_the_start_have_their_slopes_as_gradient() {
    let (mlp, parameters) = &networks()[0];
    let (field, mut tape, mut outputs) = (mlp.field(parameters).unwrap(), Tape::default(), [0.0; 2]);
    for solver in [&Tsit5 as &dyn Recording, &Rodas4] {
        solver
            .record(&field, 0.0, &[1.0, 2.0], &[0.0], &SolveOptions::new(1e-6, 1e-6), &mut outputs, &mut tape)
            .unwrap();
        let mut by_parameters = vec![0.0; parameters.len()];
        assert_eq!(pull_back(&field, &tape, &[3.0, -1.0], &mut by_parameters).unwrap(), [3.0, -1.0]);
        assert!(by_parameters.iter().all(|g| *g == 0.0) && outputs == [1.0, 2.0]);
    }
}

/// With interpolated outputs and steps that the tolerance chooses, the gradient agrees with that of the exact solution.
#[test]
fn gradients_of_adaptive_solves_converge_to_those_of_the_flow() {
    let times = [0.2, 0.21, 0.9, 2.0];
    for solver in [&Tsit5 as &dyn Recording, &Rodas4] {
        for (mlp, parameters) in &networks() {
            let n = mlp.scale().len();
            let (y0, q) = (waves(n, 0.8), waves(n * times.len(), 1.0));
            let exact = |p: &[f64]| {
                let mut outputs = vec![0.0; n * times.len()];
                let options = SolveOptions { land_on_outputs: true, ..SolveOptions::new(1e-12, 1e-13) };
                Tsit5.solve(&mlp.field(p).unwrap(), 0.0, &y0, &times, &options, &mut outputs).unwrap();
                outputs.iter().zip(&q).map(|(y, q)| q * y).sum::<f64>()
            };
            let (field, mut tape, mut outputs) = (mlp.field(parameters).unwrap(), Tape::default(), vec![0.0; q.len()]);
            let options = SolveOptions::new(1e-8, 1e-9);
            solver.record(&field, 0.0, &y0, &times, &options, &mut outputs, &mut tape).unwrap();
            assert!(tape.outputs().iter().any(|place| place.theta < 1.0));
            let mut by_parameters = vec![0.0; parameters.len()];
            pull_back(&field, &tape, &q, &mut by_parameters).unwrap();
            for k in (0..parameters.len()).step_by(7) {
                near(by_parameters[k], difference(&exact, parameters, k, 1e-4), 1.0, 1e-5, solver.name());
            }
        }
    }
}

/// Interpolated outputs alone, in steps that are held.
#[test]
fn interpolated_outputs_have_their_own_gradient() {
    for solver in [&Tsit5 as &dyn Recording, &Rodas4] {
        for (mlp, parameters) in &networks() {
            let n = mlp.scale().len();
            let (y0, q, times) = (waves(n, 0.8), waves(3 * n, 1.0), [0.2, 0.5, 0.8]);
            let options = SolveOptions { first_step: Some(0.8), ..SolveOptions::new(0.99, 1e30) };
            let run = |y0: &[f64], p: &[f64], tape: &mut Tape| {
                let mut outputs = vec![0.0; 3 * n];
                solver.record(&mlp.field(p).unwrap(), 0.0, y0, &times, &options, &mut outputs, tape).unwrap();
                assert_eq!(tape.steps(), 1);
                outputs.iter().zip(&q).map(|(y, q)| q * y).sum::<f64>()
            };
            let (field, mut tape) = (mlp.field(parameters).unwrap(), Tape::default());
            run(&y0, parameters, &mut tape);
            let mut by_parameters = vec![0.0; parameters.len()];
            let by_state = pull_back(&field, &tape, &q, &mut by_parameters).unwrap();
            for k in 0..n {
                let expected = difference(&|y| run(y, parameters, &mut Tape::default()), &y0, k, 1e-4);
                near(by_state[k], expected, 1.0, 1e-8, solver.name());
            }
            for k in 0..parameters.len() {
                let expected = difference(&|p| run(&y0, p, &mut Tape::default()), parameters, k, 1e-4);
                near(by_parameters[k], expected, 1.0, 1e-8, solver.name());
            }
        }
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let [(mlp, parameters), (other, others), _] = networks();
    let (field, mut tape) = (mlp.field(&parameters).unwrap(), Tape::default());
    let mut by_parameters = vec![0.0; parameters.len()];
    assert!(pull_back(&field, &tape, &[], &mut by_parameters).is_err());
    fixed_steps(&Tsit5, &field, &[0.5, 0.2], &[1.0], &mut tape);
    assert!(pull_back(&field, &tape, &[1.0], &mut by_parameters).is_err());
    assert!(pull_back(&field, &tape, &[1.0; 2], &mut by_parameters[1..]).is_err());
    assert!(pull_back(&field, &tape, &[f64::NAN; 2], &mut by_parameters).is_err());
    let foreign = other.field(&others).unwrap();
    assert!(pull_back(&foreign, &tape, &[1.0; 3], &mut vec![0.0; others.len()]).is_err());
}
