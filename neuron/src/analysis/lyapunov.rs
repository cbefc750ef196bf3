//! Whether the oscillation that begins at a Hopf bifurcation is stable.
//!
//! On the plane the neuron near its Hopf point is, with x = x* + P y and the linear part turned into a rotation,
//!
//! ```text
//! dy_1/dt = -omega y_2 + f(y_1, y_2),   dy_2/dt = omega y_1 + g(y_1, y_2),
//! dr/dt = l1 r^3 + O(r^5) for the amplitude r of y_1, and with subscripts for derivatives
//! 16 l1 = f_111 + f_122 + g_112 + g_222 + (f_12 (f_11 + f_22) - g_12 (g_11 + g_22) - f_11 g_11 + f_22 g_22)/omega
//! ```
//!
//! (Guckenheimer and Holmes 1983, doi:10.1007/978-1-4612-1140-2, equation 3.4.11.) Its sign does not depend on P, its size does.
//! Here `P = [[a, 0], [-b, -omega]]` with a = df_V/dw and b = df_V/dV, that is V = V* + a y_1: l1/a^2 is the coefficient for the
//! amplitude of the potential. P has the columns Re q, -Im q of the eigenvector q = (a, i omega - b), for which the coefficient of
//! Kuznetsov 2004, doi:10.1007/978-1-4757-3978-7, sections 3.5 and 5.4, is 4 l1/omega.
//!
//! Derivatives are those of dual numbers of dual numbers of dual numbers: exact to rounding up to the third order.

use super::Bifurcation;
use super::planar::{jacobian, rates};
use crate::dynamics::Planar;
use crate::error::require;
use crate::{Dual, NeuronError, Scalar, Tangent};

/// The first Lyapunov coefficient l1 of a Hopf point of a planar model: below 0 the bifurcation is supercritical and a stable
/// oscillation grows from amplitude 0, above 0 it is subcritical and an unstable one surrounds the stable rest.
///
/// The amplitude r of the potential follows `dr/dt = l1/a^2 r^3` at the point, where a is the derivative of dV/dt by the
/// second variable; with this normalisation the unit of l1 is that of a^2/(ms mV^2).
///
/// ```
/// use evoplast_neuron::analysis::{first_lyapunov, hopf_points};
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
/// let neuron = MorrisLecarParams::snlc();
/// let l1 = first_lyapunov::<MorrisLecar>(&neuron, &hopf_points::<MorrisLecar>(&neuron)[0])?;
/// assert!((l1 - 0.181_333).abs() < 1e-6); // subcritical
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
///
/// # Errors
/// A bad parameter, or a point that is no Hopf bifurcation: its frequency is not positive.
pub fn first_lyapunov<D: Planar>(params: &D::Params, hopf: &Bifurcation<D>) -> Result<f64, NeuronError> {
    type Third = Dual<Dual<Dual<f64, 2>, 2>, 2>;
    D::check(params, 0)?;
    let omega = hopf.omega_per_ms;
    require(omega > 0.0, D::NAME, "omega_per_ms", 0, omega, "a positive number, of a Hopf bifurcation")?;
    let p = D::parameters(params);
    let [[b, a], _] = jacobian::<D>(&p, hopf.state, hopf.input);
    let y = [0, 1].map(|k| Third::variable(Dual::variable(Dual::variable(0.0, k), k), k));
    let v = Third::of(hopf.state[0]) + Third::of(a) * y[0];
    let w = Third::of(hopf.state[1]) - Third::of(b) * y[0] - Third::of(omega) * y[1];
    let [dv_dt, dw_dt] = rates::<D, Third>(&p, [v, w], Third::of(hopf.input));
    let f = dv_dt / Third::of(a);
    let g = -(dw_dt + Third::of(b) * f) / Third::of(omega);
    let second = |h: Third, i: usize, j: usize| h.parts[i].parts[j].value;
    let third = |h: Third, i: usize, j: usize, k: usize| h.parts[i].parts[j].parts[k];
    let cubic = third(f, 0, 0, 0) + third(f, 0, 1, 1) + third(g, 0, 0, 1) + third(g, 1, 1, 1);
    let [f_11, f_12, f_22] = [second(f, 0, 0), second(f, 0, 1), second(f, 1, 1)];
    let [g_11, g_12, g_22] = [second(g, 0, 0), second(g, 0, 1), second(g, 1, 1)];
    let quadratic = f_12 * (f_11 + f_22) - g_12 * (g_11 + g_22) - f_11 * g_11 + f_22 * g_22;
    Ok((cubic + quadratic / omega) / 16.0)
}
