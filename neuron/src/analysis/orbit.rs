//! Periodic orbits in the plane, stable or not, by Newton's method (multiple shooting).
//!
//! Unknown are the states x_i at the beginnings of m parts of the period T, which are of equal length, T itself and the input I:
//!
//! ```text
//! phi_{T/m}(x_i; I) = x_{i+1},   x_m = x_0,   sum_i f(x_i') . (x_i - x_i') = 0,   and one of:
//! I is given,   a distance along the branch of orbits is given,   the integral of div f over the period is 0 (a fold)
//! ```
//!
//! with the flow phi and the guess x_i'. Parts of a period keep the equations well-conditioned where states drift apart
//! on the way, as on canards. In the plane the multipliers of a periodic orbit are 1 and the exponential of the integral of the
//! divergence (Kuznetsov 2004, doi:10.1007/978-1-4757-3978-7, section 1.5; multiple shooting: section 10.1).
//! The flow is integrated with that integral and the derivatives of both by x and I, whose equations come from dual numbers,
//! by DOP853 at a tolerance of 1e-12.

use super::planar::rates;
use crate::dynamics::Planar;
use crate::ode::{Dop853, Lu, SolveOptions, Solver, Tsit5, VectorField};
use crate::{Dual, NeuronError, Tangent};

/// Parts of a period.
const PARTS: usize = 16;
/// Places of the period and of the input among the unknowns, and the number of these.
pub(super) const PERIOD: usize = 2 * PARTS;
pub(super) const INPUT: usize = 2 * PARTS + 1;
const UNKNOWNS: usize = 2 * PARTS + 2;
/// States of a part that are looked at for the extent of the orbit.
const SAMPLES: usize = 6;
/// Relative and absolute tolerance of a step of the solver.
const TOLERANCE: f64 = 1e-12;
/// A step of Newton's method, in natural units, after which the next would change nothing; and one after which the next
/// may be no smaller because of the errors of the solver, as where the equations are almost singular.
const CONVERGED: [f64; 2] = [1e-8, 1e-5];
/// A step of Newton's method that goes astray.
const ASTRAY: f64 = 0.5;
/// Most steps of Newton's method.
const ITERATIONS: u32 = 12;

/// A periodic orbit of a neuron in the plane, stable or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodicOrbit {
    /// The input, in the unit of the model.
    pub input: f64,
    /// A state of the orbit.
    pub state: [f64; 2],
    /// Period T (ms).
    pub period_ms: f64,
    /// The integral of the divergence over the period, the logarithm of the nontrivial multiplier: below 0 if the orbit is
    /// stable.
    pub log_multiplier: f64,
    /// The derivative of the state after a period by the state before it, `[i][j]` (monodromy matrix). Its eigenvalues are the
    /// multipliers.
    pub monodromy: [[f64; 2]; 2],
}

/// The periodic orbit near a state and a period, such as those of a [`LimitCycle`](super::LimitCycle); unstable ones too.
///
/// # Errors
/// A bad parameter or guess; [`NeuronError::NoCycle`] if Newton's method does not come to an orbit.
pub fn periodic_orbit<D: Planar>(
    params: &D::Params,
    input: f64,
    state: [f64; 2],
    period_ms: f64,
) -> Result<PeriodicOrbit, NeuronError> {
    D::check(params, 0)?;
    crate::error::require(period_ms > 0.0, D::NAME, "period_ms", 0, period_ms, "a positive number")?;
    let failed = |found| NeuronError::NoCycle { model: D::NAME, input, time_ms: period_ms, found };
    let (system, guess) = System::<D>::new(D::parameters(params), input, state, period_ms).map_err(failed)?;
    let solution = system.solve(&guess, &Condition::Input(input)).map_err(failed)?;
    Ok(solution.orbit())
}

/// States, period and input: a point of a branch of orbits, or a direction there in natural units.
pub(super) type Point = [f64; UNKNOWNS];

/// The last equation.
pub(super) enum Condition<'a> {
    /// The input is this.
    Input(f64),
    /// The orbit lies on the plane through this one, orthogonal to the direction, in natural units.
    Across(&'a Point, &'a Point),
    /// The multiplier is 1.
    Fold,
}

/// The equations of periodic orbits of a neuron.
pub(super) struct System<D: Planar> {
    p: D::Parameters<f64>,
    /// Natural units of the unknowns: extent of the orbit (so that the square of a distance is a mean over the parts), its
    /// period, and the input that moves the potential as fast as the orbit does on average.
    pub units: Point,
    extent: [f64; 2],
}

/// End state and integral of the divergence, with derivatives by start and input.
type Sensitive = Dual<f64, 3>;

/// The flow over a part of the period.
struct Part {
    end: [Sensitive; 2],
    divergence: Sensitive,
    /// Derivatives of all three by time.
    rates: [f64; 3],
}

/// An orbit with the flow along it.
pub(super) struct Solution {
    pub at: Point,
    parts: Vec<Part>,
}

impl Solution {
    pub fn log_multiplier(&self) -> f64 {
        self.parts.iter().map(|part| part.divergence.value).sum()
    }

    pub fn orbit(&self) -> PeriodicOrbit {
        let mut monodromy = [[1.0, 0.0], [0.0, 1.0]];
        for part in &self.parts {
            let [a, b] = part.end.map(|x| [x.parts[0], x.parts[1]]);
            let times = |row: [f64; 2], j: usize| row[0] * monodromy[0][j] + row[1] * monodromy[1][j];
            monodromy = [[times(a, 0), times(a, 1)], [times(b, 0), times(b, 1)]];
        }
        PeriodicOrbit {
            input: self.at[INPUT],
            state: [self.at[0], self.at[1]],
            period_ms: self.at[PERIOD],
            log_multiplier: self.log_multiplier(),
            monodromy,
        }
    }
}

/// Errors are what ended a computation, in words; the caller adds the model and the input.
impl<D: Planar> System<D> {
    /// The equations near an orbit, with a guess of it, from one state of it.
    pub fn new(p: D::Parameters<f64>, input: f64, state: [f64; 2], period_ms: f64) -> Result<(Self, Point), String> {
        let count = SAMPLES * PARTS;
        let times: Vec<f64> = (1..=count).map(|k| period_ms * k as f64 / count as f64).collect();
        let mut states = vec![0.0; 2 * count];
        let (field, options) = (Plain::<D> { p, input }, SolveOptions::new(1e-9, 1e-9));
        Tsit5.solve(&field, 0.0, &state, &times, &options, &mut states).map_err(|failure| failure.to_string())?;
        let mut guess = [0.0; UNKNOWNS];
        guess[..2].copy_from_slice(&state);
        for i in 1..PARTS {
            guess[2 * i..2 * i + 2].copy_from_slice(&states[2 * (SAMPLES * i - 1)..2 * SAMPLES * i]);
        }
        (guess[PERIOD], guess[INPUT]) = (period_ms, input);
        let extent = [0, 1].map(|k| {
            let values = || states.iter().skip(k).step_by(2).copied();
            values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min)
        });
        let gain = rates::<D, Dual<f64, 1>>(&p, state.map(Dual::constant), Dual::variable(input, 0))[0].part(0);
        let mut units: Point = std::array::from_fn(|k| extent[k % 2] * (PARTS as f64).sqrt());
        (units[PERIOD], units[INPUT]) = (period_ms, 2.0 * extent[0] / (period_ms * gain));
        if units.iter().all(|unit| *unit > 0.0 && unit.is_finite()) {
            Ok((Self { p, units, extent }, guess))
        } else {
            Err("it does not move from there".to_owned())
        }
    }

    /// The velocities at the states, in natural units a period.
    pub fn velocities(&self, at: &Point) -> [f64; 2 * PARTS] {
        let mut velocities = [0.0; 2 * PARTS];
        for (i, velocity) in velocities.chunks_exact_mut(2).enumerate() {
            velocity.copy_from_slice(&rates::<D, f64>(&self.p, [at[2 * i], at[2 * i + 1]], at[INPUT]));
        }
        std::array::from_fn(|k| velocities[k] * at[PERIOD] / self.units[k])
    }

    fn shoot(&self, at: &Point) -> Result<Vec<Part>, String> {
        let field = Variational::<D> { p: self.p, input: at[INPUT] };
        let (time, options) = (at[PERIOD] / PARTS as f64, SolveOptions::new(TOLERANCE, TOLERANCE));
        let part = |x: &[f64]| {
            let start = [x[0], 1.0, 0.0, 0.0, x[1], 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
            let (mut end, mut rates) = ([0.0; 12], [0.0; 12]);
            Dop853.solve(&field, 0.0, &start, &[time], &options, &mut end).map_err(|failure| failure.to_string())?;
            field.rhs(0.0, &end, &mut rates, &mut []);
            let [v, w, divergence] =
                [0, 4, 8].map(|k| Dual { value: end[k], parts: [end[k + 1], end[k + 2], end[k + 3]] });
            Ok(Part { end: [v, w], divergence, rates: [rates[0], rates[4], rates[8]] })
        };
        at[..PERIOD].chunks_exact(2).map(part).collect()
    }

    /// The orbit near a guess that meets the condition.
    pub fn solve(&self, guess: &Point, condition: &Condition<'_>) -> Result<Solution, String> {
        let mut lu = Lu::new(UNKNOWNS);
        let mut at = *guess;
        let (mut converged, mut before) = (false, f64::INFINITY);
        for _ in 0..=ITERATIONS {
            let parts = self.shoot(&at)?;
            if converged {
                return Ok(Solution { at, parts });
            }
            let mut step = self.linear(lu.matrix(), guess, &at, &parts, condition);
            if !lu.decompose() {
                return Err("the equations of a periodic orbit are singular".to_owned());
            }
            lu.solve(&mut step);
            let size = step.iter().map(|s| s * s).sum::<f64>().sqrt();
            // Steps of NaN are not small.
            if size.is_nan() || size > ASTRAY {
                break;
            }
            (0..UNKNOWNS).for_each(|k| at[k] -= step[k] * self.units[k]);
            if at[PERIOD] <= 0.0 {
                break;
            }
            converged = size < CONVERGED[0] || (size < CONVERGED[1] && size > 0.5 * before);
            before = size;
        }
        Err("Newton's method for a periodic orbit does not converge".to_owned())
    }

    /// The direction of the branch at an orbit, in natural units and of length 1, in the sense of that before it.
    pub fn direction(&self, orbit: &Solution, before: &Point) -> Result<Point, String> {
        let (at, mut lu) = (&orbit.at, Lu::new(UNKNOWNS));
        let mut direction = [0.0; UNKNOWNS];
        direction[UNKNOWNS - 1] = 1.0;
        self.linear(lu.matrix(), at, at, &orbit.parts, &Condition::Across(at, before));
        if !lu.decompose() {
            return Err("the branch of periodic orbits has no direction".to_owned());
        }
        lu.solve(&mut direction);
        let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt();
        Ok(direction.map(|d| d / length))
    }

    /// Fills in the matrix and gives the residuals, both in natural units.
    fn linear(
        &self,
        matrix: &mut [f64],
        guess: &Point,
        at: &Point,
        parts: &[Part],
        condition: &Condition<'_>,
    ) -> Point {
        let (units, share) = (&self.units, 1.0 / PARTS as f64);
        let mut residuals = [0.0; UNKNOWNS];
        matrix.fill(0.0);
        for (i, part) in parts.iter().enumerate() {
            let next = 2 * ((i + 1) % PARTS);
            for k in 0..2 {
                let row = &mut matrix[(2 * i + k) * UNKNOWNS..][..UNKNOWNS];
                row[2 * i..2 * i + 2].copy_from_slice(&part.end[k].parts[..2]);
                row[next + k] -= 1.0;
                (row[PERIOD], row[INPUT]) = (share * part.rates[k], part.end[k].parts[2]);
                row.iter_mut().zip(units).for_each(|(a, unit)| *a *= unit / self.extent[k]);
                residuals[2 * i + k] = (part.end[k].value - at[next + k]) / self.extent[k];
            }
        }
        let (phase, rest) = matrix[PERIOD * UNKNOWNS..].split_at_mut(UNKNOWNS);
        let along = self.velocities(guess);
        phase[..PERIOD].copy_from_slice(&along);
        residuals[PERIOD] = (0..PERIOD).map(|k| along[k] * (at[k] - guess[k]) / units[k]).sum();
        let last = &mut rest[..UNKNOWNS];
        match condition {
            Condition::Input(input) => {
                last[INPUT] = 1.0;
                residuals[INPUT] = (at[INPUT] - input) / units[INPUT];
            }
            Condition::Across(point, direction) => {
                last.copy_from_slice(&direction[..]);
                residuals[INPUT] = (0..UNKNOWNS).map(|k| direction[k] * (at[k] - point[k]) / units[k]).sum();
            }
            Condition::Fold => {
                for (i, part) in parts.iter().enumerate() {
                    last[2 * i..2 * i + 2].copy_from_slice(&part.divergence.parts[..2]);
                    last[PERIOD] += share * part.rates[2];
                    last[INPUT] += part.divergence.parts[2];
                    residuals[INPUT] += part.divergence.value;
                }
                last.iter_mut().zip(units).for_each(|(a, unit)| *a *= unit);
            }
        }
        residuals
    }
}

/// The equations of a neuron.
pub(super) struct Plain<D: Planar> {
    pub p: D::Parameters<f64>,
    pub input: f64,
}

impl<D: Planar> VectorField for Plain<D> {
    fn dimension(&self) -> usize {
        2
    }

    fn rhs(&self, _t: f64, y: &[f64], dydt: &mut [f64], _scratch: &mut [f64]) {
        dydt.copy_from_slice(&rates::<D, f64>(&self.p, [y[0], y[1]], self.input));
    }
}

/// State and integral of the divergence, each followed by its derivatives by the two variables of the start and the input.
struct Variational<D: Planar> {
    p: D::Parameters<f64>,
    input: f64,
}

impl<D: Planar> VectorField for Variational<D> {
    fn dimension(&self) -> usize {
        12
    }

    fn rhs(&self, _t: f64, y: &[f64], dydt: &mut [f64], _scratch: &mut [f64]) {
        let sensitive = |k: usize| Sensitive { value: y[k], parts: [y[k + 1], y[k + 2], y[k + 3]] };
        let x = [0, 1].map(|k| Dual::<Sensitive, 2>::variable(sensitive(4 * k), k));
        let [v, w] = rates::<D, _>(&self.p, x, Dual::constant(Sensitive::variable(self.input, 2)));
        let divergence = v.parts[0] + w.parts[1];
        for (out, rate) in dydt.chunks_exact_mut(4).zip([v.value, w.value, divergence]) {
            out[0] = rate.value;
            out[1..].copy_from_slice(&rate.parts);
        }
    }
}
