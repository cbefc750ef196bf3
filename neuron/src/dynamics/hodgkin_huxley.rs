//! Hodgkin-Huxley neuron: the squid's axon, with the potential shifted to a rest of -65 mV.
//!
//! ```text
//! C dV/dt = I - g_Na m^3 h (V - E_Na) - g_K n^4 (V - E_K) - g_L (V - E_L)
//!   dx/dt = alpha_x(V) (1 - x) - beta_x(V) x,   x = m, h, n
//! alpha_m = 0.1 (V + 40)/(1 - e^(-(V + 40)/10)),     beta_m = 4 e^(-(V + 65)/18)
//! alpha_h = 0.07 e^(-(V + 65)/20),                   beta_h = 1/(1 + e^(-(V + 35)/10))
//! alpha_n = 0.01 (V + 55)/(1 - e^(-(V + 55)/10)),    beta_n = 0.125 e^(-(V + 65)/80)
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | C | `c_m_uf_per_cm2` | 1 | uF/cm2 |
//! | g_Na, g_K, g_L | `g_na_ms_per_cm2`, `g_k_ms_per_cm2`, `g_l_ms_per_cm2` | 120, 36, 0.3 | mS/cm2 |
//! | E_Na, E_K, E_L | `e_na_mv`, `e_k_mv`, `e_l_mv` | 50, -77, -54.387 | mV |
//!
//! Source: Hodgkin and Huxley 1952, doi 10.1113/jphysiol.1952.sp004764; in these units Ermentrout and Terman 2010, chapter 1,
//! doi 10.1007/978-0-387-87708-2.
//!
//! The formulas of alpha_m and alpha_n are 0/0 at -40 and -55 mV; written with `x/(e^x - 1)` ([`Scalar::bernoulli`]) they are not. Four exponentials make all six rates: with `q = e^(-(V + 65)/80)`, `alpha_h = 0.07 q^4` and
//! `beta_h = 1/(1 + e^3 q^8)`.

use super::{Dynamics, config, layout};
use crate::{Dual, NeuronError, Scalar, error::require};
use serde::{Deserialize, Serialize};

/// Parameters of one Hodgkin-Huxley neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HodgkinHuxleyParams {
    /// Membrane capacitance C (uF/cm2).
    pub c_m_uf_per_cm2: f64,
    /// Sodium conductance g_Na (mS/cm2).
    pub g_na_ms_per_cm2: f64,
    /// Potassium conductance g_K (mS/cm2).
    pub g_k_ms_per_cm2: f64,
    /// Leak conductance g_L (mS/cm2).
    pub g_l_ms_per_cm2: f64,
    /// Reversal potential of sodium E_Na (mV).
    pub e_na_mv: f64,
    /// Reversal potential of potassium E_K (mV).
    pub e_k_mv: f64,
    /// Reversal potential of the leak E_L (mV).
    pub e_l_mv: f64,
    /// Potential whose upward crossing is a spike (mV).
    pub v_spike_mv: f64,
    /// Membrane area (um2), for input in pA and nS: with 100 um2, 1 pA is 1 uA/cm2 and 1 nS is 1 mS/cm2.
    pub area_um2: f64,
}

impl Default for HodgkinHuxleyParams {
    fn default() -> Self {
        Self {
            c_m_uf_per_cm2: 1.0,
            g_na_ms_per_cm2: 120.0,
            g_k_ms_per_cm2: 36.0,
            g_l_ms_per_cm2: 0.3,
            e_na_mv: 50.0,
            e_k_mv: -77.0,
            e_l_mv: -54.387,
            v_spike_mv: 0.0,
            area_um2: 100.0,
        }
    }
}

/// The equations of Hodgkin and Huxley; the input is a current density (uA/cm2).
#[derive(Debug, Clone, Copy)]
pub struct HodgkinHuxley;

impl Dynamics for HodgkinHuxley {
    type Params = HodgkinHuxleyParams;
    layout! {
        variables: "v_mv", "m", "h", "n";
        parameters: "c_m_uf_per_cm2", "g_na_ms_per_cm2", "g_k_ms_per_cm2", "g_l_ms_per_cm2", "e_na_mv", "e_k_mv", "e_l_mv",
    }
    const NAME: &'static str = "hodgkin_huxley";
    const POTENTIALS: [f64; 2] = [-100.0, 60.0];

    fn check(p: &HodgkinHuxleyParams, index: usize) -> Result<(), NeuronError> {
        for (field, x) in [("c_m_uf_per_cm2", p.c_m_uf_per_cm2), ("area_um2", p.area_um2)] {
            require(x > 0.0, Self::NAME, field, index, x, "a positive number")?;
        }
        let conductances = [
            ("g_na_ms_per_cm2", p.g_na_ms_per_cm2),
            ("g_k_ms_per_cm2", p.g_k_ms_per_cm2),
            ("g_l_ms_per_cm2", p.g_l_ms_per_cm2),
        ];
        for (field, x) in conductances {
            require(x >= 0.0, Self::NAME, field, index, x, "a number >= 0")?;
        }
        let finite = [("e_na_mv", p.e_na_mv), ("e_k_mv", p.e_k_mv), ("e_l_mv", p.e_l_mv), ("v_spike_mv", p.v_spike_mv)];
        finite.into_iter().try_for_each(|(field, x)| require(true, Self::NAME, field, index, x, "a finite number"))
    }

    fn parameters(p: &HodgkinHuxleyParams) -> [f64; 7] {
        [p.c_m_uf_per_cm2, p.g_na_ms_per_cm2, p.g_k_ms_per_cm2, p.g_l_ms_per_cm2, p.e_na_mv, p.e_k_mv, p.e_l_mv]
    }

    fn spike_level<F: Scalar>(params: &HodgkinHuxleyParams, _: &Self::Parameters<F>) -> F {
        F::of(params.v_spike_mv)
    }

    fn input_per_pa(p: &HodgkinHuxleyParams) -> f64 {
        100.0 / p.area_um2
    }

    #[inline(always)]
    fn relaxation<F: Scalar>(p: &[F; 7], &[v, m, h, n]: &[F; 4], input: F) -> ([F; 4], [F; 4]) {
        let [c, g_na, g_k, g_l, e_na, e_k, e_l] = *p;
        let (one, of) = (F::of(1.0), F::of);
        let u = v + of(65.0);
        let q = (u * of(-1.0 / 80.0)).exp();
        let q4 = square(square(q));
        let alpha_m = ((v + of(40.0)) * of(-0.1)).bernoulli();
        let beta_m = of(4.0) * (u * of(-1.0 / 18.0)).exp();
        let alpha_h = of(0.07) * q4;
        let beta_h = one / (one + of(20.085_536_923_187_668) * square(q4)); // e^3
        let alpha_n = of(0.1) * ((v + of(55.0)) * of(-0.1)).bernoulli();
        let beta_n = of(0.125) * q;
        let g_m = g_na * (square(m) * m * h);
        let g_n = g_k * square(square(n));
        let per_c = one / c;
        (
            [(g_m + g_n + g_l) * per_c, alpha_m + beta_m, alpha_h + beta_h, alpha_n + beta_n],
            [(g_m * e_na + g_n * e_k + g_l * e_l + input) * per_c, alpha_m, alpha_h, alpha_n],
        )
    }
}

#[inline(always)]
fn square<F: Scalar>(x: F) -> F {
    x * x
}

config! {
    /// A population of Hodgkin-Huxley neurons, tag `hodgkin_huxley`; by default advanced by the exponential midpoint rule.
    HodgkinHuxleyConfig, HodgkinHuxleyParams, HodgkinHuxley, "hodgkin_huxley", ExponentialMidpoint
}
