//! Morris-Lecar neuron: a calcium current that is instantaneous and a potassium current with one gate.
//!
//! ```text
//! C dV/dt = I - g_Ca m_inf(V) (V - E_Ca) - g_K w (V - E_K) - g_L (V - E_L)
//!   dw/dt = phi cosh((V - V_3)/(2 V_4)) (w_inf(V) - w)
//! m_inf(V) = (1 + tanh((V - V_1)/V_2))/2,   w_inf(V) = (1 + tanh((V - V_3)/V_4))/2
//! ```
//!
//! | symbol | field | hopf | snlc | homoclinic | hazelden | unit |
//! |---|---|---|---|---|---|---|
//! | C | `c_m_uf_per_cm2` | 20 | 20 | 20 | 20 | uF/cm2 |
//! | g_Ca | `g_ca_ms_per_cm2` | 4.4 | 4 | 4 | 4 | mS/cm2 |
//! | g_K, g_L | `g_k_ms_per_cm2`, `g_l_ms_per_cm2` | 8, 2 | 8, 2 | 8, 2 | 8, 2 | mS/cm2 |
//! | E_Ca, E_K, E_L | `e_ca_mv`, `e_k_mv`, `e_l_mv` | 120, -84, -60 | " | " | " | mV |
//! | V_1, V_2 | `v_1_mv`, `v_2_mv` | -1.2, 18 | " | " | " | mV |
//! | V_3, V_4 | `v_3_mv`, `v_4_mv` | 2, 30 | 12, 17.4 | 12, 17.4 | 12, 17 | mV |
//! | phi | `phi_per_ms` | 0.04 | 0.067 | 0.23 | 2/30 | 1/ms |
//!
//! Sources: Morris and Lecar 1981, doi 10.1016/S0006-3495(81)84782-0; the sets hopf, snlc and homoclinic are Table 3.1 of
//! Ermentrout and Terman 2010, doi 10.1007/978-0-387-87708-2; hazelden is the network of Hazelden et al. 2023, arXiv
//! 2311.10869.
//!
//! All of m_inf, w_inf and cosh come from two exponentials: with `h = e^((V_3 - V)/(2 V_4))`, `w_inf = 1/(1 + h^4)` and
//! `cosh = (h + 1/h)/2`.

use super::{Dynamics, Planar, config, layout};
use crate::{Dual, NeuronError, Scalar, error::require};
use serde::{Deserialize, Serialize};

/// Parameters of one Morris-Lecar neuron. The default is [`snlc`](Self::snlc).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MorrisLecarParams {
    /// Membrane capacitance C (uF/cm2).
    pub c_m_uf_per_cm2: f64,
    /// Calcium conductance g_Ca (mS/cm2).
    pub g_ca_ms_per_cm2: f64,
    /// Potassium conductance g_K (mS/cm2).
    pub g_k_ms_per_cm2: f64,
    /// Leak conductance g_L (mS/cm2).
    pub g_l_ms_per_cm2: f64,
    /// Reversal potential of calcium E_Ca (mV).
    pub e_ca_mv: f64,
    /// Reversal potential of potassium E_K (mV).
    pub e_k_mv: f64,
    /// Reversal potential of the leak E_L (mV).
    pub e_l_mv: f64,
    /// Potential V_1 of half activation of calcium (mV).
    pub v_1_mv: f64,
    /// Width V_2 of the activation of calcium (mV).
    pub v_2_mv: f64,
    /// Potential V_3 of half activation of potassium (mV).
    pub v_3_mv: f64,
    /// Width V_4 of the activation of potassium (mV).
    pub v_4_mv: f64,
    /// Rate phi of potassium (1/ms).
    pub phi_per_ms: f64,
    /// Potential whose upward crossing is a spike (mV).
    pub v_spike_mv: f64,
    /// Membrane area (um2), for input in pA and nS: with 100 um2, 1 pA is 1 uA/cm2 and 1 nS is 1 mS/cm2.
    pub area_um2: f64,
}

impl Default for MorrisLecarParams {
    fn default() -> Self {
        Self::snlc()
    }
}

impl MorrisLecarParams {
    /// Firing begins with a saddle-node on an invariant circle, at any low rate (type I).
    #[must_use]
    pub fn snlc() -> Self {
        Self {
            c_m_uf_per_cm2: 20.0,
            g_ca_ms_per_cm2: 4.0,
            g_k_ms_per_cm2: 8.0,
            g_l_ms_per_cm2: 2.0,
            e_ca_mv: 120.0,
            e_k_mv: -84.0,
            e_l_mv: -60.0,
            v_1_mv: -1.2,
            v_2_mv: 18.0,
            v_3_mv: 12.0,
            v_4_mv: 17.4,
            phi_per_ms: 0.067,
            v_spike_mv: 0.0,
            area_um2: 100.0,
        }
    }

    /// Firing begins at a rate above 0, by a subcritical Hopf bifurcation (type II).
    #[must_use]
    pub fn hopf() -> Self {
        Self { g_ca_ms_per_cm2: 4.4, v_3_mv: 2.0, v_4_mv: 30.0, phi_per_ms: 0.04, ..Self::snlc() }
    }

    /// Firing begins at an orbit homoclinic to a saddle; rest and firing coexist.
    #[must_use]
    pub fn homoclinic() -> Self {
        Self { phi_per_ms: 0.23, ..Self::snlc() }
    }

    /// The neuron of the networks of Hazelden et al. 2023, close to [`snlc`](Self::snlc).
    #[must_use]
    pub fn hazelden() -> Self {
        Self { v_4_mv: 17.0, phi_per_ms: 2.0 / 30.0, ..Self::snlc() }
    }
}

/// The equations of Morris and Lecar; the input is a current density (uA/cm2).
#[derive(Debug, Clone, Copy)]
pub struct MorrisLecar;

impl Dynamics for MorrisLecar {
    type Params = MorrisLecarParams;
    layout! {
        variables: "v_mv", "w";
        parameters: "c_m_uf_per_cm2", "g_ca_ms_per_cm2", "g_k_ms_per_cm2", "g_l_ms_per_cm2", "e_ca_mv", "e_k_mv", "e_l_mv",
            "v_1_mv", "v_2_mv", "v_3_mv", "v_4_mv", "phi_per_ms",
    }
    const NAME: &'static str = "morris_lecar";
    const POTENTIALS: [f64; 2] = [-100.0, 100.0];

    fn check(p: &MorrisLecarParams, index: usize) -> Result<(), NeuronError> {
        let positive = [
            ("c_m_uf_per_cm2", p.c_m_uf_per_cm2),
            ("v_2_mv", p.v_2_mv),
            ("v_4_mv", p.v_4_mv),
            ("phi_per_ms", p.phi_per_ms),
            ("area_um2", p.area_um2),
        ];
        for (field, x) in positive {
            require(x > 0.0, Self::NAME, field, index, x, "a positive number")?;
        }
        let conductances = [
            ("g_ca_ms_per_cm2", p.g_ca_ms_per_cm2),
            ("g_k_ms_per_cm2", p.g_k_ms_per_cm2),
            ("g_l_ms_per_cm2", p.g_l_ms_per_cm2),
        ];
        for (field, x) in conductances {
            require(x >= 0.0, Self::NAME, field, index, x, "a number >= 0")?;
        }
        let finite = [
            ("e_ca_mv", p.e_ca_mv),
            ("e_k_mv", p.e_k_mv),
            ("e_l_mv", p.e_l_mv),
            ("v_1_mv", p.v_1_mv),
            ("v_3_mv", p.v_3_mv),
            ("v_spike_mv", p.v_spike_mv),
        ];
        finite.into_iter().try_for_each(|(field, x)| require(true, Self::NAME, field, index, x, "a finite number"))
    }

    fn parameters(p: &MorrisLecarParams) -> [f64; 12] {
        [
            p.c_m_uf_per_cm2,
            p.g_ca_ms_per_cm2,
            p.g_k_ms_per_cm2,
            p.g_l_ms_per_cm2,
            p.e_ca_mv,
            p.e_k_mv,
            p.e_l_mv,
            p.v_1_mv,
            p.v_2_mv,
            p.v_3_mv,
            p.v_4_mv,
            p.phi_per_ms,
        ]
    }

    fn spike_level<F: Scalar>(params: &MorrisLecarParams, _: &Self::Parameters<F>) -> F {
        F::of(params.v_spike_mv)
    }

    fn input_per_pa(p: &MorrisLecarParams) -> f64 {
        100.0 / p.area_um2
    }

    #[inline(always)]
    fn relaxation<F: Scalar>(p: &[F; 12], &[v, w]: &[F; 2], input: F) -> ([F; 2], [F; 2]) {
        let [c, g_ca, g_k, g_l, e_ca, e_k, e_l, v_1, v_2, v_3, v_4, phi] = *p;
        let (one, two) = (F::of(1.0), F::of(2.0));
        let (per_c, per_v_2, per_v_4) = (one / c, two / v_2, one / (two * v_4));
        let g_m = g_ca * ((v - v_1) * per_v_2).logistic();
        let g_w = g_k * w;
        let h = ((v_3 - v) * per_v_4).exp();
        let h2 = h * h;
        let w_inf = one / (one + h2 * h2);
        let per_tau = phi * F::of(0.5) * (h + one / h);
        ([(g_m + g_w + g_l) * per_c, per_tau], [(g_m * e_ca + g_w * e_k + g_l * e_l + input) * per_c, per_tau * w_inf])
    }
}

impl Planar for MorrisLecar {}

config! {
    /// A population of Morris-Lecar neurons, tag `morris_lecar`; by default advanced by RK4.
    MorrisLecarConfig, MorrisLecarParams, MorrisLecar, "morris_lecar", Rk4
}
