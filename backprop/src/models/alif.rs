//! Derivative of the adaptive leaky integrate-and-fire neuron ([`evoplast_neuron::Alif`]).
//!
//! Forward, the membrane as in LIF (`lif.rs`), with old values on the right:
//!
//! ```text
//! A = V_th + beta b,  u = (W - A) / Delta,  z = [u > 0]
//! b' = rho b + z
//! ```
//!
//! Back, besides what LIF has; the adaptation is never detached:
//!
//! ```text
//! z_bar += b'_bar
//! b_bar  = rho b'_bar - beta u_bar / Delta
//! ```
//!
//! Delta = V_th - V_reset is constant: Bellec et al. 2020 (doi 10.1038/s41467-020-17236-y) also scale by the base
//! threshold and not by the adapted one. A is recorded, since b cannot be taken back in time without loss.

use super::attached;
use super::lif::Membrane;
use crate::adjoint::{Adjoint, ForwardStep, Reset, ReverseStep};
use crate::real::{Real, rows, rows_mut};
use crate::surrogate::Fire;
use evoplast_neuron::{Alif, AlifParams};

/// Coefficients, one value per neuron.
#[derive(Debug, Clone)]
pub struct Adaptive<F> {
    /// Membrane and base threshold.
    pub membrane: Membrane<F>,
    /// Rise of the threshold per spike (mV).
    pub beta: Vec<F>,
    /// Decay of the adaptation in a step.
    pub rho: Vec<F>,
}

impl Adjoint for Alif {
    type StepCoefficients<F: Real> = Adaptive<F>;
    const STATES: usize = 3;
    const RECORDS: usize = 1;
    const ADJOINTS: usize = 2;

    fn adjoint_coefficients<F: Real>(params: &[AlifParams], dt_ms: f64, refractory: bool) -> Adaptive<F> {
        Adaptive {
            membrane: Membrane::new(params.iter().map(|p| &p.membrane), dt_ms, refractory),
            beta: params.iter().map(|p| F::of(p.beta_mv)).collect(),
            rho: params.iter().map(|p| F::of((-dt_ms / p.tau_b_ms).exp())).collect(),
        }
    }

    fn at_rest<F: Real, const L: usize>(c: &Adaptive<F>, state: &mut [Vec<F>]) {
        rows_mut::<F, L>(&mut state[0]).iter_mut().zip(&c.membrane.e_l).for_each(|(v, &e)| *v = [e; L]);
        state[1..].iter_mut().for_each(|s| s.fill(F::zero()));
    }

    fn forward<F: Real, S: Fire<F>, const L: usize>(c: &Adaptive<F>, fire: S, step: ForwardStep<'_, F>) {
        let [v, r, b] = step.state else { unreachable!("three state arrays") };
        forward::<F, S, L>(c, fire, v, r, b, step.z, step.current_pa, step.u, step.record);
    }

    fn pull_back<F: Real, S: Fire<F>, const L: usize>(c: &Adaptive<F>, fire: S, reset: Reset, s: ReverseStep<'_, F>) {
        let [v_bar, b_bar] = s.state_bar else { unreachable!("two adjoint arrays") };
        let attach = attached(reset);
        pull_back::<F, S, L>(c, fire, attach, s.u, s.record, s.psi, s.z_bar, s.u_bar, v_bar, b_bar, s.current_bar);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn forward<F: Real, S: Fire<F>, const L: usize>(
    c: &Adaptive<F>,
    fire: S,
    v: &mut [F],
    r: &mut [F],
    b: &mut [F],
    z: &mut [F],
    current: &[F],
    u: &mut [F],
    threshold: &mut [F],
) {
    let m = &c.membrane;
    let n = m.lambda.len();
    let (lambda, kappa, e_l, v_th) = (&m.lambda[..n], &m.kappa[..n], &m.e_l[..n], &m.v_th[..n]);
    let (v_reset, t_ref, gap) = (&m.v_reset[..n], &m.t_ref[..n], &m.gap[..n]);
    let (beta, rho) = (&c.beta[..n], &c.rho[..n]);
    let (v, r, z) = (&mut rows_mut::<F, L>(v)[..n], &mut rows_mut::<F, L>(r)[..n], &mut rows_mut::<F, L>(z)[..n]);
    let (current, u) = (&rows::<F, L>(current)[..n], &mut rows_mut::<F, L>(u)[..n]);
    let (b, threshold) = (&mut rows_mut::<F, L>(b)[..n], &mut rows_mut::<F, L>(threshold)[..n]);
    let (half, flush) = (F::of(0.5) * m.dt, F::of(1e-20));
    for i in 0..n {
        let per_gap = F::one() / gap[i];
        for l in 0..L {
            let free = e_l[i] + lambda[i] * (v[i][l] - e_l[i]) + kappa[i] * current[i][l];
            let held = r[i][l] > half;
            let next = if held { v_reset[i] } else { free };
            let a = v_th[i] + beta[i] * b[i][l];
            let x = (next - a) * per_gap;
            let s = fire.z(x);
            let left = r[i][l] - m.dt;
            let left = if left > F::zero() { left } else { F::zero() };
            let decayed = rho[i] * b[i][l] + s;
            v[i][l] = (F::one() - s) * next + s * v_reset[i];
            r[i][l] = (F::one() - s) * left + s * t_ref[i];
            b[i][l] = if decayed < flush { F::zero() } else { decayed };
            z[i][l] = s;
            threshold[i][l] = a;
            u[i][l] = if held { F::neg_infinity() } else { x };
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn pull_back<F: Real, S: Fire<F>, const L: usize>(
    c: &Adaptive<F>,
    fire: S,
    attach: F,
    u: &[F],
    threshold: &[F],
    psi: &[F],
    z_bar: &[F],
    u_bar: &[F],
    v_bar: &mut [F],
    b_bar: &mut [F],
    current_bar: &mut [F],
) {
    let m = &c.membrane;
    let n = m.lambda.len();
    let (lambda, kappa, gap, v_reset) = (&m.lambda[..n], &m.kappa[..n], &m.gap[..n], &m.v_reset[..n]);
    let (beta, rho) = (&c.beta[..n], &c.rho[..n]);
    let (u, psi, z_bar) = (&rows::<F, L>(u)[..n], &rows::<F, L>(psi)[..n], &rows::<F, L>(z_bar)[..n]);
    let (u_bar, threshold) = (&rows::<F, L>(u_bar)[..n], &rows::<F, L>(threshold)[..n]);
    let (v_bar, b_bar) = (&mut rows_mut::<F, L>(v_bar)[..n], &mut rows_mut::<F, L>(b_bar)[..n]);
    let current_bar = &mut rows_mut::<F, L>(current_bar)[..n];
    for i in 0..n {
        let per_gap = F::one() / gap[i];
        for l in 0..L {
            let x = u[i][l];
            let held = x == F::neg_infinity();
            let z = fire.z(x);
            let jump = if held { F::zero() } else { v_reset[i] - (threshold[i][l] + gap[i] * x) };
            let total = z_bar[i][l] + b_bar[i][l] + attach * v_bar[i][l] * jump;
            let to_u = u_bar[i][l] + psi[i][l] * total;
            let to_w = (F::one() - z) * v_bar[i][l] + to_u * per_gap;
            let to_w = if held { F::zero() } else { to_w };
            b_bar[i][l] = rho[i] * b_bar[i][l] - beta[i] * per_gap * to_u;
            v_bar[i][l] = lambda[i] * to_w;
            current_bar[i][l] = kappa[i] * to_w;
        }
    }
}
