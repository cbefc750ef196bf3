//! Derivative of the leaky integrate-and-fire neuron ([`evoplast_neuron::Lif`]).
//!
//! Forward, with the old V on the right; `held` is refractoriness, without derivative:
//!
//! ```text
//! W = E_L + lambda (V - E_L) + kappa I,  or V_reset if held
//! u = (W - V_th) / Delta,  Delta = V_th - V_reset
//! V' = (1 - z) W + z V_reset,  z = [u > 0]
//! ```
//!
//! Back, a bar marks the adjoint and psi is 0 if held:
//!
//! ```text
//! z_bar += V'_bar (V_reset - W)            if the reset is attached
//! u_bar += psi z_bar
//! W_bar  = (1 - z) V'_bar + u_bar / Delta,  0 if held
//! V_bar  = lambda W_bar,  I_bar = kappa W_bar
//! ```
//!
//! Symbols as in `evoplast_neuron::LifParams`. Source of the surrogate gradient: Neftci, Mostafa, Zenke 2019,
//! IEEE Signal Process Mag 36:51, doi 10.1109/MSP.2019.2931595.

use super::attached;
use crate::adjoint::{Adjoint, ForwardStep, Reset, ReverseStep};
use crate::real::{Real, rows, rows_mut};
use crate::surrogate::Fire;
use evoplast_neuron::{Lif, LifParams};

/// Coefficients of a membrane with a hard reset, one value per neuron.
#[derive(Debug, Clone)]
pub struct Membrane<F> {
    /// Decay of a step.
    pub lambda: Vec<F>,
    /// Depolarisation per current (mV/pA).
    pub kappa: Vec<F>,
    /// Resting potential (mV).
    pub e_l: Vec<F>,
    /// Threshold (mV).
    pub v_th: Vec<F>,
    /// Reset potential (mV).
    pub v_reset: Vec<F>,
    /// Refractory period (ms).
    pub t_ref: Vec<F>,
    /// V_th - V_reset (mV).
    pub gap: Vec<F>,
    /// Step (ms).
    pub dt: F,
}

impl<F: Real> Membrane<F> {
    /// In single precision these are the simulation's own numbers.
    pub(super) fn new<'a>(params: impl Iterator<Item = &'a LifParams> + Clone, dt_ms: f64, refractory: bool) -> Self {
        let all = |f: fn(&LifParams, f64) -> f64| params.clone().map(|p| F::of(f(p, dt_ms))).collect::<Vec<F>>();
        let t_ref = all(|p, _| p.t_ref_ms).into_iter().map(|t| if refractory { t } else { F::zero() }).collect();
        Self {
            lambda: all(|p, dt| (-dt / p.tau_m_ms()).exp()),
            kappa: all(|p, dt| (1.0 - (-dt / p.tau_m_ms()).exp()) / p.g_ns),
            e_l: all(|p, _| p.e_l_mv),
            v_th: all(|p, _| p.v_th_mv),
            v_reset: all(|p, _| p.v_reset_mv),
            t_ref,
            gap: all(|p, _| p.v_th_mv - p.v_reset_mv),
            dt: F::of(dt_ms),
        }
    }
}

impl Adjoint for Lif {
    type StepCoefficients<F: Real> = Membrane<F>;
    const STATES: usize = 2;
    const RECORDS: usize = 0;
    const ADJOINTS: usize = 1;

    fn adjoint_coefficients<F: Real>(params: &[LifParams], dt_ms: f64, refractory: bool) -> Membrane<F> {
        Membrane::new(params.iter(), dt_ms, refractory)
    }

    fn at_rest<F: Real, const L: usize>(c: &Membrane<F>, state: &mut [Vec<F>]) {
        rows_mut::<F, L>(&mut state[0]).iter_mut().zip(&c.e_l).for_each(|(v, &e)| *v = [e; L]);
        state[1].fill(F::zero());
    }

    fn forward<F: Real, S: Fire<F>, const L: usize>(c: &Membrane<F>, fire: S, step: ForwardStep<'_, F>) {
        let [v, r] = step.state else { unreachable!("two state arrays") };
        forward::<F, S, L>(c, fire, v, r, step.z, step.current_pa, step.u);
    }

    fn pull_back<F: Real, S: Fire<F>, const L: usize>(
        c: &Membrane<F>,
        fire: S,
        reset: Reset,
        step: ReverseStep<'_, F>,
    ) {
        let [v_bar] = step.state_bar else { unreachable!("one adjoint array") };
        let attach = attached(reset);
        pull_back::<F, S, L>(c, fire, attach, step.u, step.psi, step.z_bar, step.u_bar, v_bar, step.current_bar);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn forward<F: Real, S: Fire<F>, const L: usize>(
    c: &Membrane<F>,
    fire: S,
    v: &mut [F],
    r: &mut [F],
    z: &mut [F],
    current: &[F],
    u: &mut [F],
) {
    let n = c.lambda.len();
    let (lambda, kappa, e_l, v_th) = (&c.lambda[..n], &c.kappa[..n], &c.e_l[..n], &c.v_th[..n]);
    let (v_reset, t_ref, gap) = (&c.v_reset[..n], &c.t_ref[..n], &c.gap[..n]);
    let (v, r, z) = (&mut rows_mut::<F, L>(v)[..n], &mut rows_mut::<F, L>(r)[..n], &mut rows_mut::<F, L>(z)[..n]);
    let (current, u) = (&rows::<F, L>(current)[..n], &mut rows_mut::<F, L>(u)[..n]);
    let half = F::of(0.5) * c.dt;
    for i in 0..n {
        let per_gap = F::one() / gap[i];
        for l in 0..L {
            let free = e_l[i] + lambda[i] * (v[i][l] - e_l[i]) + kappa[i] * current[i][l];
            let held = r[i][l] > half;
            let next = if held { v_reset[i] } else { free };
            let x = (next - v_th[i]) * per_gap;
            let s = fire.z(x);
            let left = r[i][l] - c.dt;
            let left = if left > F::zero() { left } else { F::zero() };
            v[i][l] = (F::one() - s) * next + s * v_reset[i];
            r[i][l] = (F::one() - s) * left + s * t_ref[i];
            z[i][l] = s;
            u[i][l] = if held { F::neg_infinity() } else { x };
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn pull_back<F: Real, S: Fire<F>, const L: usize>(
    c: &Membrane<F>,
    fire: S,
    attach: F,
    u: &[F],
    psi: &[F],
    z_bar: &[F],
    u_bar: &[F],
    v_bar: &mut [F],
    current_bar: &mut [F],
) {
    let n = c.lambda.len();
    let (lambda, kappa, gap) = (&c.lambda[..n], &c.kappa[..n], &c.gap[..n]);
    let (u, psi, z_bar) = (&rows::<F, L>(u)[..n], &rows::<F, L>(psi)[..n], &rows::<F, L>(z_bar)[..n]);
    let (u_bar, v_bar) = (&rows::<F, L>(u_bar)[..n], &mut rows_mut::<F, L>(v_bar)[..n]);
    let current_bar = &mut rows_mut::<F, L>(current_bar)[..n];
    for i in 0..n {
        let per_gap = F::one() / gap[i];
        for l in 0..L {
            let x = u[i][l];
            let held = x == F::neg_infinity();
            let z = fire.z(x);
            // V_reset - W = -Delta (1 + u).
            let jump = if held { F::zero() } else { -gap[i] * (F::one() + x) };
            let total = z_bar[i][l] + attach * v_bar[i][l] * jump;
            let to_u = u_bar[i][l] + psi[i][l] * total;
            let to_w = (F::one() - z) * v_bar[i][l] + to_u * per_gap;
            let to_w = if held { F::zero() } else { to_w };
            v_bar[i][l] = lambda[i] * to_w;
            current_bar[i][l] = kappa[i] * to_w;
        }
    }
}
