//! Adaptive exponential integrate-and-fire neuron:
//!
//! ```text
//! C dV/dt = -g_L (V - E_L) + g_L Delta_T e^((V - V_T)/Delta_T) - w + I
//! tau_w dw/dt = a (V - E_L) - w
//! a spike when V >= V_peak, then V = V_r, w = w + b
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | C | `c_m_pf` | 281 | pF |
//! | g_L | `g_l_ns` | 30 | nS |
//! | E_L | `e_l_mv` | -70.6 | mV |
//! | V_T | `v_t_mv` | -50.4 | mV |
//! | Delta_T | `delta_t_mv` | 2 | mV |
//! | tau_w | `tau_w_ms` | 144 | ms |
//! | a | `a_ns` | 4 | nS |
//! | b | `b_pa` | 80.5 | pA |
//! | V_r | `v_reset_mv` | -70.6 | mV |
//! | V_peak | `v_peak_mv` | 20 | mV |
//!
//! Source: Brette and Gerstner 2005, doi 10.1152/jn.00686.2005.
//!
//! The exponential goes to infinity in finite time. Above V_peak the rates take V_peak for V, so that no stage of a scheme
//! leaves the range in which the model means something, and w is not charged by the overshoot of a step. Fixed steps do not resolve
//! the last part of the upstroke, so that spike times are of first order in the step, with a small factor; a V_peak a few
//! Delta_T above V_T, as is common, makes the same spikes with less stiffness.

use super::{Dynamics, config, layout};
use crate::{Dual, NeuronError, Scalar, error::require};
use serde::{Deserialize, Serialize};

/// Parameters of one adaptive exponential neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdExParams {
    /// Membrane capacitance C (pF).
    pub c_m_pf: f64,
    /// Leak conductance g_L (nS).
    pub g_l_ns: f64,
    /// Resting potential E_L (mV).
    pub e_l_mv: f64,
    /// Threshold V_T of the upstroke (mV).
    pub v_t_mv: f64,
    /// Sharpness Delta_T of the upstroke (mV).
    pub delta_t_mv: f64,
    /// Time constant tau_w of adaptation (ms).
    pub tau_w_ms: f64,
    /// Adaptation a below threshold (nS).
    pub a_ns: f64,
    /// Adaptation b at a spike (pA).
    pub b_pa: f64,
    /// Potential V_r after a spike (mV).
    pub v_reset_mv: f64,
    /// Potential at which a spike ends (mV).
    pub v_peak_mv: f64,
}

impl Default for AdExParams {
    fn default() -> Self {
        Self {
            c_m_pf: 281.0,
            g_l_ns: 30.0,
            e_l_mv: -70.6,
            v_t_mv: -50.4,
            delta_t_mv: 2.0,
            tau_w_ms: 144.0,
            a_ns: 4.0,
            b_pa: 80.5,
            v_reset_mv: -70.6,
            v_peak_mv: 20.0,
        }
    }
}

/// The equations of Brette and Gerstner; the input is in pA.
#[derive(Debug, Clone, Copy)]
pub struct AdEx;

impl Dynamics for AdEx {
    type Params = AdExParams;
    layout! {
        variables: "v_mv", "w_pa";
        parameters: "c_m_pf", "g_l_ns", "e_l_mv", "v_t_mv", "delta_t_mv", "tau_w_ms", "a_ns", "b_pa", "v_reset_mv",
            "v_peak_mv",
    }
    const NAME: &'static str = "adex";
    const RESETS: bool = true;
    const POTENTIALS: [f64; 2] = [-150.0, 0.0];

    fn check(p: &AdExParams, index: usize) -> Result<(), NeuronError> {
        let positive =
            [("c_m_pf", p.c_m_pf), ("g_l_ns", p.g_l_ns), ("delta_t_mv", p.delta_t_mv), ("tau_w_ms", p.tau_w_ms)];
        for (field, x) in positive {
            require(x > 0.0, Self::NAME, field, index, x, "a positive number")?;
        }
        for (field, x) in [("e_l_mv", p.e_l_mv), ("v_t_mv", p.v_t_mv), ("a_ns", p.a_ns), ("b_pa", p.b_pa)] {
            require(true, Self::NAME, field, index, x, "a finite number")?;
        }
        require(p.v_peak_mv > p.v_t_mv, Self::NAME, "v_peak_mv", index, p.v_peak_mv, "a number above v_t_mv")?;
        require(p.v_reset_mv < p.v_peak_mv, Self::NAME, "v_reset_mv", index, p.v_reset_mv, "a number below v_peak_mv")
    }

    fn parameters(p: &AdExParams) -> [f64; 10] {
        [p.c_m_pf, p.g_l_ns, p.e_l_mv, p.v_t_mv, p.delta_t_mv, p.tau_w_ms, p.a_ns, p.b_pa, p.v_reset_mv, p.v_peak_mv]
    }

    fn spike_level<F: Scalar>(_: &AdExParams, p: &Self::Parameters<F>) -> F {
        p[9]
    }

    fn input_per_pa(_: &AdExParams) -> f64 {
        1.0
    }

    #[inline(always)]
    fn relaxation<F: Scalar>(p: &[F; 10], &[v, w]: &[F; 2], input: F) -> ([F; 2], [F; 2]) {
        let [c, g_l, e_l, v_t, delta_t, tau_w, a, _, _, v_peak] = *p;
        let v = if v > v_peak { v_peak } else { v };
        let (per_c, per_delta_t, per_tau_w) = (F::of(1.0) / c, F::of(1.0) / delta_t, F::of(1.0) / tau_w);
        let upstroke = g_l * delta_t * ((v - v_t) * per_delta_t).exp();
        ([g_l * per_c, per_tau_w], [(g_l * e_l + upstroke - w + input) * per_c, a * (v - e_l) * per_tau_w])
    }

    #[inline(always)]
    fn reset<F: Scalar>(&[_, _, _, _, _, _, _, b, v_reset, _]: &[F; 10], &[_, w]: &[F; 2]) -> [F; 2] {
        [v_reset, w + b]
    }
}

config! {
    /// A population of adaptive exponential neurons, tag `adex`; by default advanced by Heun's method.
    AdExConfig, AdExParams, AdEx, "adex", Heun
}
