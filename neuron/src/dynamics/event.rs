//! When within a step a neuron spikes.

use super::{Dynamics, Scheme};
use crate::{Dual, Scalar, Tangent, Vector};

/// Halvings of the step that find the root of a value in double precision.
const HALVINGS: u32 = 60;

/// The root in (0, 1] of a function that is below 0 at 0 and not below 0 at 1.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Potential, its derivative and its second derivative by time.
pub(crate) fn derivatives<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F) -> [F; 3] {
    let slope = D::rates(p, x, input);
    let constant = <Dual<F, 1> as Tangent<F>>::constant;
    let along = D::State::from_fn(|k| Dual { value: x[k], parts: [slope[k]] });
    let bend = D::rates(&D::Parameters::from_fn(|q| constant(p[q])), &along, constant(input))[0].parts[0];
    [x[0], slope[0], bend]
}

/// Fraction of a step at which the potential passes `level`, for a step from `before` to `after` without a reset.
///
/// The root of the polynomial of degree 5 that has the potential, its slope and its curvature at both ends. Its error is of
/// sixth order in the step, so that spike times have the order of every scheme here. In dual numbers the root has the
/// derivatives of the implicit function.
pub(super) fn crossing<D: Dynamics, F: Scalar>(
    p: &D::Parameters<F>,
    before: &D::State<F>,
    after: &D::State<F>,
    input: F,
    dt_ms: F,
    level: F,
) -> F {
    let [v0, d0, c0] = derivatives::<D, F>(p, before, input);
    let [v1, d1, c1] = derivatives::<D, F>(p, after, input);
    let half = F::of(0.5);
    let (d0, d1) = (d0 * dt_ms, d1 * dt_ms);
    let (c0, c1) = (half * c0 * dt_ms * dt_ms, half * c1 * dt_ms * dt_ms);
    // What is left of value, slope and curvature at the end after the terms of degree 0 to 2.
    let value = v1 - (v0 + d0 + c0);
    let slope = d1 - (d0 + F::of(2.0) * c0);
    let bend = c1 - c0;
    let cubic = F::of(10.0) * value - F::of(4.0) * slope + bend;
    let quartic = F::of(-15.0) * value + F::of(7.0) * slope - F::of(2.0) * bend;
    let quintic = F::of(6.0) * value - F::of(3.0) * slope + bend;
    let polynomial = [v0 - level, d0, c0, cubic, quartic, quintic];
    let at = |theta: F| polynomial.iter().rev().fold(F::of(0.0), |sum, &c| sum * theta + c);
    let values = polynomial.map(Scalar::wide);
    let theta = root(|theta| values.iter().rev().fold(0.0, |sum, &c| sum * theta + c));
    // One step of Newton's method, which changes the value by rounding alone and brings the derivatives.
    let theta = F::of(theta);
    let mut steepness = F::of(0.0);
    for k in (1..6_u8).rev() {
        steepness = steepness * theta + F::of(f64::from(k)) * polynomial[usize::from(k)];
    }
    theta - at(theta) / steepness
}

/// Fraction of a step after which the potential is at `level`, for a model with a reset: the root of the potential after a
/// step of this length, whatever its end without the reset would have been.
pub(super) fn arrival<D: Dynamics, S: Scheme, F: Scalar>(
    p: &D::Parameters<F>,
    before: &D::State<F>,
    input: F,
    dt_ms: F,
    level: F,
) -> F {
    let theta = root(|theta| (S::step::<D, F>(p, before, input, F::of(theta) * dt_ms)[0] - level).wide());
    let theta = F::of(theta);
    let constant = <Dual<F, 1> as Tangent<F>>::constant;
    let length = Dual { value: theta * dt_ms, parts: [dt_ms] };
    let (p, x) = (D::Parameters::from_fn(|q| constant(p[q])), D::State::from_fn(|k| constant(before[k])));
    let v = S::step::<D, Dual<F, 1>>(&p, &x, constant(input), length)[0];
    theta - (v.value - level) / v.parts[0]
}
