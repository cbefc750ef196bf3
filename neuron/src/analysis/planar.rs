//! The vector field of a neuron in the plane, with its derivatives.

use crate::dynamics::Planar;
use crate::{Dual, Scalar, Tangent, Vector};

/// `dx/dt` in any number type.
#[inline(always)]
pub(super) fn rates<D: Planar, F: Scalar>(p: &D::Parameters<f64>, x: [F; 2], input: F) -> [F; 2] {
    let () = D::SMOOTH;
    let p = <D::Parameters<F>>::from_fn(|q| F::of(p[q]));
    let rates = D::rates(&p, &<D::State<F>>::from_fn(|k| x[k]), input);
    [rates[0], rates[1]]
}

/// The matrix `df_i/dx_j`, `[i][j]`.
pub(super) fn jacobian<D: Planar>(p: &D::Parameters<f64>, x: [f64; 2], input: f64) -> [[f64; 2]; 2] {
    let x = [0, 1].map(|k| Dual::<f64, 2>::variable(x[k], k));
    rates::<D, _>(p, x, Dual::constant(input)).map(|f| f.parts)
}
