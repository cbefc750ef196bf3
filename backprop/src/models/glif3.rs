//! Derivative of GLIF3 ([`evoplast_neuron::Glif3`]).
//!
//! Forward, with old values (z of the last step included) on the right; refractoriness has no derivative:
//!
//! ```text
//! V'   = E_L + lambda (V - E_L) + kappa (I + a1 + a2) - z Delta,  Delta = V_th - V_reset
//! a_j' = d_j a_j + z amp_j
//! u    = (V' - V_th) / Delta,  z' = [u > 0] and [r' <= 0]
//! ```
//!
//! Back, from z', V', a' to z, V, a; only the term marked * is cut if the reset is detached:
//!
//! ```text
//! u_bar  += psi z'_bar
//! V'_bar += u_bar / Delta
//! z_bar   = -Delta V'_bar (*) + sum_j amp_j a_j'_bar
//! a_j_bar = d_j a_j'_bar + kappa V'_bar
//! V_bar   = lambda V'_bar,  I_bar = kappa V'_bar
//! ```
//!
//! With `asc_amp_pa = [0, 0]` this is the LIF neuron with a subtracted reset whose potential keeps integrating in
//! refractoriness, as recurrent networks trained with gradients often use it.

use super::attached;
use crate::adjoint::{Adjoint, ForwardStep, Reset, ReverseStep};
use crate::real::{Real, rows, rows_mut};
use crate::surrogate::Fire;
use evoplast_neuron::{Glif3, Glif3Params};

/// Coefficients, one value per neuron.
#[derive(Debug, Clone)]
pub struct AfterSpike<F> {
    lambda: Vec<F>,
    kappa: Vec<F>,
    e_l: Vec<F>,
    v_th: Vec<F>,
    v_reset: Vec<F>,
    gap: Vec<F>,
    t_ref: Vec<F>,
    decay: [Vec<F>; 2],
    amp: [Vec<F>; 2],
    dt: F,
}

impl Adjoint for Glif3 {
    type StepCoefficients<F: Real> = AfterSpike<F>;
    const STATES: usize = 4;
    const RECORDS: usize = 0;
    const ADJOINTS: usize = 4;

    fn adjoint_coefficients<F: Real>(params: &[Glif3Params], dt_ms: f64, refractory: bool) -> AfterSpike<F> {
        let all = |f: fn(&Glif3Params, f64) -> f64| params.iter().map(|p| F::of(f(p, dt_ms))).collect::<Vec<F>>();
        AfterSpike {
            lambda: all(|p, dt| (-dt / p.tau_m_ms()).exp()),
            kappa: all(|p, dt| (1.0 - (-dt / p.tau_m_ms()).exp()) / p.g_ns),
            e_l: all(|p, _| p.e_l_mv),
            v_th: all(|p, _| p.v_th_mv),
            v_reset: all(|p, _| p.v_reset_mv),
            gap: all(|p, _| p.v_th_mv - p.v_reset_mv),
            t_ref: params.iter().map(|p| F::of(if refractory { p.t_ref_ms } else { 0.0 })).collect(),
            decay: [all(|p, dt| (-p.asc_k_per_ms[0] * dt).exp()), all(|p, dt| (-p.asc_k_per_ms[1] * dt).exp())],
            amp: [all(|p, _| p.asc_amp_pa[0]), all(|p, _| p.asc_amp_pa[1])],
            dt: F::of(dt_ms),
        }
    }

    fn at_rest<F: Real, const L: usize>(c: &AfterSpike<F>, state: &mut [Vec<F>]) {
        rows_mut::<F, L>(&mut state[0]).iter_mut().zip(&c.v_reset).for_each(|(v, &x)| *v = [x; L]);
        state[1..].iter_mut().for_each(|s| s.fill(F::zero()));
    }

    fn forward<F: Real, S: Fire<F>, const L: usize>(c: &AfterSpike<F>, fire: S, step: ForwardStep<'_, F>) {
        let [v, r, a1, a2] = step.state else { unreachable!("four state arrays") };
        forward::<F, S, L>(c, fire, v, r, a1, a2, step.z, step.current_pa, step.u);
    }

    fn pull_back<F: Real, S: Fire<F>, const L: usize>(
        c: &AfterSpike<F>,
        _fire: S,
        reset: Reset,
        s: ReverseStep<'_, F>,
    ) {
        pull_back::<F, L>(c, attached(reset), s.psi, s.z_bar, s.u_bar, s.state_bar, s.current_bar);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn forward<F: Real, S: Fire<F>, const L: usize>(
    c: &AfterSpike<F>,
    fire: S,
    v: &mut [F],
    r: &mut [F],
    a1: &mut [F],
    a2: &mut [F],
    z: &mut [F],
    current: &[F],
    u: &mut [F],
) {
    let n = c.lambda.len();
    let (lambda, kappa, e_l, v_th) = (&c.lambda[..n], &c.kappa[..n], &c.e_l[..n], &c.v_th[..n]);
    let (t_ref, gap) = (&c.t_ref[..n], &c.gap[..n]);
    let (d1, d2, amp1, amp2) = (&c.decay[0][..n], &c.decay[1][..n], &c.amp[0][..n], &c.amp[1][..n]);
    let (v, r, z) = (&mut rows_mut::<F, L>(v)[..n], &mut rows_mut::<F, L>(r)[..n], &mut rows_mut::<F, L>(z)[..n]);
    let (current, u) = (&rows::<F, L>(current)[..n], &mut rows_mut::<F, L>(u)[..n]);
    let (a1, a2) = (&mut rows_mut::<F, L>(a1)[..n], &mut rows_mut::<F, L>(a2)[..n]);
    let flush = F::of(1e-20);
    for i in 0..n {
        let per_gap = F::one() / gap[i];
        for l in 0..L {
            let zi = z[i][l];
            let total = current[i][l] + a1[i][l] + a2[i][l];
            let vi = e_l[i] + lambda[i] * (v[i][l] - e_l[i]) + kappa[i] * total - zi * gap[i];
            let ri = r[i][l] + zi * t_ref[i] - c.dt;
            let ri = if ri > F::zero() { ri } else { F::zero() };
            let x1 = d1[i] * a1[i][l] + zi * amp1[i];
            let x2 = d2[i] * a2[i][l] + zi * amp2[i];
            let x = if ri > F::zero() { F::neg_infinity() } else { (vi - v_th[i]) * per_gap };
            v[i][l] = vi;
            r[i][l] = ri;
            a1[i][l] = if x1.abs() < flush { F::zero() } else { x1 };
            a2[i][l] = if x2.abs() < flush { F::zero() } else { x2 };
            u[i][l] = x;
            z[i][l] = fire.z(x);
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn pull_back<F: Real, const L: usize>(
    c: &AfterSpike<F>,
    attach: F,
    psi: &[F],
    z_bar: &[F],
    u_bar: &[F],
    state_bar: &mut [Vec<F>],
    current_bar: &mut [F],
) {
    let [v_bar, carry, a1_bar, a2_bar] = state_bar else { unreachable!("four adjoint arrays") };
    let n = c.lambda.len();
    let (lambda, kappa, gap) = (&c.lambda[..n], &c.kappa[..n], &c.gap[..n]);
    let (d1, d2, amp1, amp2) = (&c.decay[0][..n], &c.decay[1][..n], &c.amp[0][..n], &c.amp[1][..n]);
    let (psi, z_bar, u_bar) = (&rows::<F, L>(psi)[..n], &rows::<F, L>(z_bar)[..n], &rows::<F, L>(u_bar)[..n]);
    let (v_bar, carry) = (&mut rows_mut::<F, L>(v_bar)[..n], &mut rows_mut::<F, L>(carry)[..n]);
    let (a1_bar, a2_bar) = (&mut rows_mut::<F, L>(a1_bar)[..n], &mut rows_mut::<F, L>(a2_bar)[..n]);
    let current_bar = &mut rows_mut::<F, L>(current_bar)[..n];
    for i in 0..n {
        let per_gap = F::one() / gap[i];
        for l in 0..L {
            let to_u = u_bar[i][l] + psi[i][l] * (z_bar[i][l] + carry[i][l]);
            let to_v = v_bar[i][l] + to_u * per_gap;
            let (x1, x2) = (a1_bar[i][l], a2_bar[i][l]);
            carry[i][l] = amp1[i] * x1 + amp2[i] * x2 - attach * gap[i] * to_v;
            a1_bar[i][l] = d1[i] * x1 + kappa[i] * to_v;
            a2_bar[i][l] = d2[i] * x2 + kappa[i] * to_v;
            v_bar[i][l] = lambda[i] * to_v;
            current_bar[i][l] = kappa[i] * to_v;
        }
    }
}
