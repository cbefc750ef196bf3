//! Equilibria and where they appear, vanish or lose stability as the input changes.
//!
//! At every potential there is one steady state of the gates and one input that holds it, so equilibria are points on a
//! curve over V. A saddle-node is an extremum of the input along it, a Hopf bifurcation a pair of imaginary eigenvalues, which is
//! where the last but one determinant of Hurwitz is 0 and the square of the frequency positive.

use crate::dynamics::{Dynamics, GRID, bisect, grid_mv, steady_input, steady_state};
use crate::{Dual, Scalar, Tangent, Vector};

/// A state that does not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equilibrium<D: Dynamics> {
    /// The state.
    pub state: D::State<f64>,
    /// The input that holds it, in the unit of the model.
    pub input: f64,
    /// Number of eigenvalues with a positive real part: 0 if it is stable, 1 for a saddle.
    pub unstable: usize,
}

/// An input at which equilibria change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bifurcation<D: Dynamics> {
    /// The equilibrium.
    pub state: D::State<f64>,
    /// The input, in the unit of the model.
    pub input: f64,
    /// Frequency of the oscillation that begins or ends there (rad/ms); 0 for a saddle-node.
    pub omega_per_ms: f64,
}

/// All equilibria under a constant input, by rising potential.
#[must_use]
pub fn equilibria<D: Dynamics>(params: &D::Params, input: f64) -> Vec<Equilibrium<D>> {
    let p = D::parameters(params);
    let at = |v_mv| {
        let state = steady_state::<D, f64>(&p, v_mv);
        Equilibrium { state, input, unstable: positive_roots(&characteristic::<D>(&p, &state, input)) }
    };
    roots::<D>(|v| steady_input::<D, f64>(&p, v) - input).into_iter().map(at).collect()
}

/// Saddle-node bifurcations, by rising potential.
#[must_use]
pub fn saddle_nodes<D: Dynamics>(params: &D::Params) -> Vec<Bifurcation<D>> {
    let p = D::parameters(params);
    let dual = D::Parameters::from_fn(|q| <Dual<f64, 1> as Scalar>::of(p[q]));
    let slope = |v: f64| steady_input::<D, Dual<f64, 1>>(&dual, Dual::variable(v, 0)).part(0);
    let at = |v_mv| Bifurcation {
        state: steady_state::<D, f64>(&p, v_mv),
        input: steady_input::<D, f64>(&p, v_mv),
        omega_per_ms: 0.0,
    };
    roots::<D>(slope).into_iter().map(at).collect()
}

/// Hopf bifurcations, by rising potential. A saddle with opposite eigenvalues is none. For models of two to four
/// variables.
#[must_use]
pub fn hopf_points<D: Dynamics>(params: &D::Params) -> Vec<Bifurcation<D>> {
    let p = D::parameters(params);
    let hopf = |v_mv: f64| {
        let (state, input) = (steady_state::<D, f64>(&p, v_mv), steady_input::<D, f64>(&p, v_mv));
        let (test, omega_squared) = hurwitz(&characteristic::<D>(&p, &state, input));
        (test, Bifurcation::<D> { state, input, omega_per_ms: omega_squared.sqrt() })
    };
    let found = roots::<D>(|v| hopf(v).0).into_iter().map(|v| hopf(v).1);
    found.filter(|b| b.omega_per_ms > 0.0).collect()
}

/// Sign changes of a function of the potential over the range of the model.
fn roots<D: Dynamics>(f: impl Fn(f64) -> f64) -> Vec<f64> {
    let values: Vec<f64> = (0..=GRID).map(|k| f(grid_mv::<D>(k))).collect();
    let change = |&k: &u32| (values[k as usize] < 0.0) != (values[k as usize + 1] < 0.0);
    (0..GRID).filter(change).map(|k| bisect(grid_mv::<D>(k), grid_mv::<D>(k + 1), &f)).collect()
}

/// Coefficients of the characteristic polynomial of the Jacobian, from the second highest power on; the highest has 1.
fn characteristic<D: Dynamics>(p: &D::Parameters<f64>, x: &D::State<f64>, input: f64) -> Vec<f64> {
    let n = D::VARIABLES.len();
    let constants = D::Parameters::from_fn(|q| D::StateDual::constant(p[q]));
    let variables = D::State::from_fn(|k| D::StateDual::variable(x[k], k));
    let rates = D::rates(&constants, &variables, D::StateDual::constant(input));
    let jacobian = |i: usize, j: usize| rates[i].part(j);
    // The method of Faddeev and LeVerrier: M = J (M + c I), c = -trace(J M)/k.
    let mut m = vec![0.0; n * n];
    let mut coefficients = vec![];
    let mut c = 1.0;
    for k in 1..=n {
        (0..n).for_each(|i| m[i * n + i] += c);
        let product: Vec<f64> =
            (0..n * n).map(|at| (0..n).map(|l| jacobian(at / n, l) * m[l * n + at % n]).sum()).collect();
        c = -(0..n).map(|i| product[i * n + i]).sum::<f64>() / k as f64;
        coefficients.push(c);
        m = product;
    }
    coefficients
}

/// The determinant of Hurwitz that vanishes with the sum of two roots, and the square of their imaginary part.
fn hurwitz(c: &[f64]) -> (f64, f64) {
    match *c {
        [c1, c2] => (c1, c2),
        [c1, c2, c3] => (c1 * c2 - c3, c2),
        [c1, c2, c3, c4] => (c1 * c2 * c3 - c3 * c3 - c1 * c1 * c4, c3 / c1),
        _ => (1.0, 0.0),
    }
}

/// Number of roots with a positive real part: the sign changes in the first column of Routh's array.
fn positive_roots(c: &[f64]) -> usize {
    let row = |from: usize| -> Vec<f64> {
        let all: Vec<f64> = std::iter::once(1.0).chain(c.iter().copied()).collect();
        all.into_iter().skip(from).step_by(2).collect()
    };
    let (mut upper, mut lower) = (row(0), row(1));
    let mut first = vec![1.0];
    while let Some(&pivot) = lower.first() {
        first.push(pivot);
        let at = |row: &[f64], k: usize| row.get(k).copied().unwrap_or(0.0);
        let next = (1..upper.len()).map(|k| at(&upper, k) - at(&upper, 0) / pivot * at(&lower, k)).collect();
        upper = std::mem::replace(&mut lower, next);
    }
    first.windows(2).filter(|w| (w[0] < 0.0) != (w[1] < 0.0)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Polynomials with known roots: (x - 1)(x + 2)(x + 3), (x^2 - 2 x + 5)(x + 1)(x + 4), (x + 1)(x^2 + 4).
    #[test]
    fn roots_are_counted_and_imaginary_pairs_found() {
        assert_eq!(positive_roots(&[4.0, 1.0, -6.0]), 1);
        assert_eq!(positive_roots(&[3.0, -1.0, 17.0, 20.0]), 2);
        assert_eq!(positive_roots(&[3.0, 2.0]), 0);
        assert_eq!(hurwitz(&[1.0, 4.0, 4.0]), (0.0, 4.0));
        // (x^2 + 9)(x + 1)(x + 2)
        let (test, omega_squared) = hurwitz(&[3.0, 11.0, 27.0, 18.0]);
        assert!(test == 0.0 && omega_squared == 9.0);
    }
}
