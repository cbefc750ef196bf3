//! Solvers of the crate `differential-equations` behind [`Solver`]: exact, and without a tape.
//!
//! They step exactly onto the output times: the library's interpolants lose digits (DOP853's was off by 1e-2 at a tolerance of
//! 1e-4, Radau5's has order 3).
//!
//! Its methods have no budget of evaluations and do not look for numbers that are not finite. So the field counts and
//! looks: once it has seen one, or the budget is spent, it is 0 everywhere, which brings any method to its end in a few
//! steps, and the solve is a failure.
//!
//! What version 0.7.0 of the library needs around it. Radau5 keeps the decomposed matrices of an earlier step length when Newton's
//! iteration has failed with them, and halves its step until it gives up: it is started anew from where it is. It begins its
//! first step with states made by `State::zeros`, which for `Vec` have no components, and panics: [`Components`] is a `Vec`
//! whose zero has as many as the solve under way.

use std::cell::{Cell, RefCell};

use differential_equations::error::Error;
use differential_equations::ivp::IVP;
use differential_equations::linalg::Matrix;
use differential_equations::methods::{ExplicitRungeKutta, ImplicitRungeKutta};
use differential_equations::ode::ODE;
use differential_equations::solution::Solution;
use differential_equations::traits::State;

use super::solver::check;
use super::{Cost, Jacobian, SolveFailure, SolveOptions, Solver, Stuck, VectorField};

/// Radau IIA of order 5 with three stages, L-stable (Hairer and Wanner 1996, doi:10.1007/978-3-642-05221-7, IV.8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Radau5;

/// The explicit Runge-Kutta method of Dormand and Prince of order 8 (Hairer, Norsett and Wanner 1993,
/// doi:10.1007/978-3-540-78862-1, II.5). Gives up on stiff problems.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dop853;

thread_local! {
    /// Number of equations of the solve under way on this thread.
    static DIMENSION: Cell<usize> = const { Cell::new(0) };
}

/// How far from its end the library lets a solve stop.
const NEAR_END: f64 = 10.0 * f64::EPSILON;

/// A state whose zero has the length of the solve under way.
#[derive(Debug, Clone)]
struct Components(Vec<f64>);

impl State<f64> for Components {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get_component(&self, index: usize) -> f64 {
        self.0[index]
    }

    fn set_component(&mut self, index: usize, value: f64) {
        self.0[index] = value;
    }

    fn map_components_mut<F: FnMut(usize, &mut f64)>(&mut self, mut f: F) {
        self.0.iter_mut().enumerate().for_each(|(i, value)| f(i, value));
    }

    fn zeros_like(&self) -> Self {
        Self(vec![0.0; self.0.len()])
    }

    fn zeros() -> Self {
        Self(vec![0.0; DIMENSION.get()])
    }

    fn mul_add_assign(&mut self, alpha: f64, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a += alpha * b);
    }

    fn scale_mut(&mut self, alpha: f64) {
        self.0.iter_mut().for_each(|a| *a *= alpha);
    }
}

/// A field as the library sees it.
struct Watched<'a> {
    field: &'a dyn VectorField,
    budget: u64,
    evaluations: Cell<u64>,
    jacobians: Cell<u64>,
    stuck: RefCell<Option<Stuck>>,
    scratch: RefCell<Vec<f64>>,
    matrix: RefCell<Vec<f64>>,
}

impl<'a> Watched<'a> {
    fn new(field: &'a dyn VectorField, options: &SolveOptions) -> Self {
        let n = field.dimension();
        Self {
            field,
            budget: options.max_evaluations.unwrap_or(u64::MAX),
            evaluations: Cell::new(0),
            jacobians: Cell::new(0),
            stuck: RefCell::new(None),
            scratch: RefCell::new(vec![0.0; field.scratch()]),
            matrix: RefCell::new(vec![0.0; n * n]),
        }
    }

    fn cost(&self) -> Cost {
        Cost { evaluations: self.evaluations.get(), jacobians: self.jacobians.get(), ..Cost::default() }
    }

    /// Integrates from each output time to the next, with the last step length as the first.
    fn run(
        &self,
        t0: f64,
        y0: &[f64],
        times: &[f64],
        options: &SolveOptions,
        outputs: &mut [f64],
        solve: &Method<'_>,
    ) -> Result<Cost, SolveFailure> {
        let (mut t, mut y, mut h) = (t0, Components(y0.to_vec()), options.first_step.unwrap_or(0.0));
        let (mut accepted, mut rejected, mut decompositions) = (0, 0, 0);
        DIMENSION.set(y0.len());
        for (&end, out) in times.iter().zip(outputs.chunks_exact_mut(y0.len())) {
            while t < end {
                let left = options.max_steps.saturating_sub(accepted + rejected);
                let solved = solve(self, [t, end, h.min(end - t)], y, usize::try_from(left).unwrap_or(usize::MAX));
                let cost = Cost { accepted, rejected, decompositions, ..self.cost() };
                if let Some(reason) = self.stuck.borrow_mut().take() {
                    return Err(SolveFailure { reason, cost });
                }
                let solution = match solved {
                    Ok(solution) => solution,
                    // From here on, with matrices of its own; steps until then are not known, and count as one.
                    Err(Error::StepSize { t: reached, y: state }) if reached > t && left > 1 => {
                        (t, y, h) = (reached, state, 0.0);
                        rejected += 1;
                        continue;
                    }
                    Err(error) => return Err(SolveFailure { reason: stuck(error, options), cost }),
                };
                accepted += solution.steps.accepted as u64;
                rejected += solution.steps.rejected as u64;
                decompositions += solution.evals.decompositions as u64;
                // The last step may have been cut short.
                h = solution.t.windows(2).rev().take(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
                let reached = solution.t.last().copied().unwrap_or(t);
                let arrived = (end - reached).abs() <= NEAR_END;
                let Some(last) = solution.y.into_iter().next_back().filter(|_| arrived) else {
                    let reason = Stuck::Method { t: reached, reason: "it did not reach the next output time".into() };
                    return Err(SolveFailure { reason, cost });
                };
                if let Some((component, &value)) = last.0.iter().enumerate().find(|(_, y)| !y.is_finite()) {
                    return Err(SolveFailure { reason: Stuck::NotFinite { t: end, component, value }, cost });
                }
                (t, y) = (end, last);
            }
            out.copy_from_slice(&y.0);
        }
        Ok(Cost { accepted, rejected, decompositions, ..self.cost() })
    }
}

/// Solves from t to the end with a first step, from a state and with so many steps at most.
type Method<'m> = dyn Fn(&Watched<'_>, [f64; 3], Components, usize) -> Solved + 'm;

type Solved = Result<Solution<f64, Components>, Error<f64, Components>>;

fn stuck(error: Error<f64, Components>, options: &SolveOptions) -> Stuck {
    match error {
        Error::MaxSteps { t, .. } => Stuck::Budget { what: "steps", budget: options.max_steps, t },
        Error::StepSize { t, .. } => Stuck::StepUnderflow { t, h: 0.0 },
        Error::Stiffness { t, .. } => Stuck::Method { t, reason: "the problem is stiff".into() },
        Error::LinearAlgebra { t, msg, .. } => Stuck::Method { t, reason: msg },
        other => Stuck::Method { t: 0.0, reason: format!("{other:?}") },
    }
}

impl ODE<f64, Components> for Watched<'_> {
    fn diff(&self, t: f64, y: &Components, dydt: &mut Components) {
        let (y, dydt) = (&y.0[..], &mut dydt.0[..]);
        if self.stuck.borrow().is_some() {
            return dydt.fill(0.0);
        }
        self.evaluations.set(self.evaluations.get() + 1);
        self.field.rhs(t, y, dydt, &mut self.scratch.borrow_mut());
        let bad = dydt.iter().position(|f| !f.is_finite());
        if self.evaluations.get() > self.budget {
            *self.stuck.borrow_mut() = Some(Stuck::Budget { what: "evaluations", budget: self.budget, t });
        } else if let Some(component) = bad {
            *self.stuck.borrow_mut() = Some(Stuck::NotFinite { t, component, value: dydt[component] });
            dydt.fill(0.0);
        }
    }

    fn jacobian(&self, t: f64, y: &Components, j: &mut Matrix<f64>) {
        let n = y.0.len();
        let (mut matrix, mut scratch) = (self.matrix.borrow_mut(), self.scratch.borrow_mut());
        self.jacobians.set(self.jacobians.get() + 1);
        if self.field.jacobian(t, &y.0, &mut matrix, &mut scratch) == Jacobian::Exact {
            (0..n * n).for_each(|k| j[(k / n, k % n)] = matrix[k]);
            return;
        }
        drop(scratch);
        let (mut base, mut moved, mut state) = (y.zeros_like(), y.zeros_like(), y.clone());
        self.diff(t, y, &mut base);
        for column in 0..n {
            state.0[column] = y.0[column] + f64::EPSILON.sqrt() * y.0[column].abs().max(1e-5);
            let d = state.0[column] - y.0[column];
            self.diff(t, &state, &mut moved);
            state.0[column] = y.0[column];
            (0..n).for_each(|row| j[(row, column)] = (moved.0[row] - base.0[row]) / d);
        }
    }
}

macro_rules! library_solver {
    ($solver:ident, $name:literal, $method:expr, $tolerance:expr) => {
        impl Solver for $solver {
            fn name(&self) -> &'static str {
                $name
            }

            fn solve(
                &self,
                field: &dyn VectorField,
                t0: f64,
                y0: &[f64],
                times: &[f64],
                options: &SolveOptions,
                outputs: &mut [f64],
            ) -> Result<Cost, SolveFailure> {
                check(field, t0, y0, times, options, outputs)?;
                let rtol: f64 = $tolerance(options.rtol);
                let atol: Vec<f64> = (0..y0.len()).map(|i| options.atol_of(i) * (rtol / options.rtol)).collect();
                let solve = |watched: &Watched<'_>, [t, end, h]: [f64; 3], y: Components, max_steps| {
                    let method = $method(options.rtol).rtol(rtol).atol(atol.clone()).h0(h).max_steps(max_steps);
                    IVP::ode(watched, t, end, y).method(method).solve()
                };
                Watched::new(field, options).run(t0, y0, times, options, outputs, &solve)
            }
        }
    };
}

// Radau5 takes 0.1 rtol^(2/3) where it is told rtol; here a tolerance is that of a step, for every solver. And its limit on
// Newton's iterations is a constant unless told, where that of Hairer and Wanner follows the tolerance.
library_solver!(
    Radau5,
    "Radau5",
    |rtol: f64| ImplicitRungeKutta::radau5().newton_tol((1e-15 / rtol).max(rtol.sqrt().min(0.03))),
    |rtol: f64| (10.0 * rtol).powf(1.5).max(2e-15)
);
library_solver!(Dop853, "DOP853", |_| ExplicitRungeKutta::dop853(), |rtol| rtol);
