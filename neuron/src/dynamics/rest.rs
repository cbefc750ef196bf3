//! Where a neuron stands when nothing happens.

use super::Dynamics;
use crate::{Scalar, Vector};

/// The state in which all variables but the potential stand still at the potential `v_mv`: `x_k = b_k/a_k`.
#[inline]
pub fn steady_state<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, v_mv: F) -> D::State<F> {
    let at = D::State::from_fn(|k| if k == 0 { v_mv } else { F::of(0.0) });
    let (a, b) = D::relaxation(p, &at, F::of(0.0));
    D::State::from_fn(|k| if k == 0 { v_mv } else { b[k] / a[k] })
}

/// The input that makes [`steady_state`] at `v_mv` an equilibrium.
#[inline]
pub fn steady_input<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, v_mv: F) -> F {
    let x = steady_state::<D, F>(p, v_mv);
    let without = D::rates(p, &x, F::of(0.0))[0];
    let with = D::rates(p, &x, F::of(1.0))[0];
    -without / (with - without)
}

/// Potentials at which the range of a model is looked at for equilibria.
pub(crate) const GRID: u32 = 4000;

/// Grid point `k` of the potentials of a model.
pub(crate) fn grid_mv<D: Dynamics>(k: u32) -> f64 {
    let [low, high] = D::POTENTIALS;
    low + (high - low) * f64::from(k) / f64::from(GRID)
}

/// The root of `f` between two points at which it has opposite signs, to the last place, by halving.
pub(crate) fn bisect(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let Ok(root) = try_bisect::<std::convert::Infallible>(low, high, |x| Ok(f(x)));
    root
}

/// [`bisect`] of a function that can fail.
pub(crate) fn try_bisect<E>(mut low: f64, mut high: f64, f: impl Fn(f64) -> Result<f64, E>) -> Result<f64, E> {
    let rising = f(low)? < 0.0;
    while low < high {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            break;
        }
        if (f(middle)? < 0.0) == rising {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The equilibrium without input that has the lowest potential; if there is none, the steady state that the least input
/// would hold.
#[must_use]
pub fn rest<D: Dynamics>(params: &D::Params) -> D::State<f64> {
    let p = D::parameters(params);
    let input = |v| steady_input::<D, f64>(&p, v);
    let grid: Vec<f64> = (0..=GRID).map(|k| input(grid_mv::<D>(k))).collect();
    // Below the lowest equilibrium a negative input is needed to stay.
    let v_mv = match (0..GRID).find(|&k| grid[k as usize] < 0.0 && grid[k as usize + 1] >= 0.0) {
        Some(k) => bisect(grid_mv::<D>(k), grid_mv::<D>(k + 1), input),
        None => {
            let nearest = |a: &u32, b: &u32| grid[*a as usize].abs().total_cmp(&grid[*b as usize].abs());
            grid_mv::<D>((0..=GRID).min_by(nearest).unwrap_or(0))
        }
    };
    steady_state::<D, f64>(&p, v_mv)
}
