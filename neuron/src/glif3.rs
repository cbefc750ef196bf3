//! GLIF3: leaky integrate-and-fire neuron with two after-spike currents (Allen Institute).
//!
//! On the grid, z the spike of the previous step and old values on the right:
//!
//! ```text
//! V' = E_L + lambda (V - E_L) + kappa (I + a1 + a2) - z (V_th - V_reset)
//! r' = max(0, r + z t_ref - dt)
//! a_j' = e^(-k_j dt) a_j + z amp_j
//! z' = [V' > V_th] and [r' <= 0]
//! ```
//!
//! The reset is a subtraction and V is not held during refractoriness (Chen, Scherr, Maass 2022,
//! doi 10.1126/sciadv.abq7592); NEST's `glif_psc` resets hard. A spike at step t therefore shows in V and a_j at t + 1.
//!
//! | symbol | field | default (model 475585413) | unit |
//! |---|---|---|---|
//! | C, g | `c_m_pf`, `g_ns` | 37.11, 4.077 | pF, nS |
//! | E_L, V_th, V_reset | `e_l_mv`, `v_th_mv`, `v_reset_mv` | -65.50, -40.21, -65.50 | mV |
//! | t_ref | `t_ref_ms` | 3.5 | ms |
//! | amp_j | `asc_amp_pa` | -4.524, -50.32 | pA |
//! | k_j | `asc_k_per_ms` | 0.003, 0.03 | 1/ms |
//!
//! Source: Teeter et al. 2018, Nat Commun 9:709, doi 10.1038/s41467-017-02717-4; Billeh et al. 2020,
//! Neuron 106:388, doi 10.1016/j.neuron.2020.01.040 (receptor time constants).

use crate::{
    Kinetics, NeuronConfig, NeuronError, NeuronModel, Population, Receptors, SoaPopulation,
    error::require,
    model::{flush, positive},
};
use serde::{Deserialize, Serialize};

/// Parameters of one GLIF3 neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glif3Params {
    /// Membrane capacitance C (pF).
    pub c_m_pf: f64,
    /// Leak conductance g (nS).
    pub g_ns: f64,
    /// Resting potential E_L (mV).
    pub e_l_mv: f64,
    /// Threshold V_th (mV).
    pub v_th_mv: f64,
    /// Reset potential V_reset (mV).
    pub v_reset_mv: f64,
    /// Absolute refractory period t_ref (ms).
    pub t_ref_ms: f64,
    /// Amplitudes of the after-spike currents (pA).
    pub asc_amp_pa: [f64; 2],
    /// Decay rates of the after-spike currents (1/ms).
    pub asc_k_per_ms: [f64; 2],
}

impl Default for Glif3Params {
    /// Allen Cell Types model 475585413, a layer-1 Htr3a cell.
    fn default() -> Self {
        Self {
            c_m_pf: 37.110_79,
            g_ns: 4.077_47,
            e_l_mv: -65.502_13,
            v_th_mv: -40.209_41,
            v_reset_mv: -65.502_13,
            t_ref_ms: 3.5,
            asc_amp_pa: [-4.524_49, -50.3241],
            asc_k_per_ms: [0.003, 0.03],
        }
    }
}

impl Glif3Params {
    /// Membrane time constant C/g (ms).
    #[must_use]
    pub fn tau_m_ms(&self) -> f64 {
        self.c_m_pf / self.g_ns
    }
}

/// The kernel of GLIF3.
#[derive(Debug, Clone, Copy)]
pub struct Glif3;

impl NeuronModel for Glif3 {
    type Params = Glif3Params;
    type Coefficients = [f32; 10];
    type State = [f32; 5];
    const NAME: &'static str = "glif3";
    const VARIABLES: &'static [&'static str] = &["v_mv", "z", "refractory_ms", "asc1_pa", "asc2_pa"];
    const COEFFICIENTS: &'static [&'static str] = &[
        "lambda",
        "kappa_mv_per_pa",
        "e_l_mv",
        "v_th_mv",
        "drop_mv",
        "t_ref_ms",
        "asc1_decay",
        "asc2_decay",
        "asc1_amp_pa",
        "asc2_amp_pa",
    ];

    fn coefficients(p: &Glif3Params, dt_ms: f64, index: usize) -> Result<[f32; 10], NeuronError> {
        let name = Self::NAME;
        require(p.c_m_pf > 0.0, name, "c_m_pf", index, p.c_m_pf, "a positive number")?;
        require(p.g_ns > 0.0, name, "g_ns", index, p.g_ns, "a positive number")?;
        require(true, name, "e_l_mv", index, p.e_l_mv, "a finite number")?;
        require(true, name, "v_reset_mv", index, p.v_reset_mv, "a finite number")?;
        require(p.v_th_mv > p.v_reset_mv, name, "v_th_mv", index, p.v_th_mv, "a number above v_reset_mv")?;
        require(p.t_ref_ms >= 0.0, name, "t_ref_ms", index, p.t_ref_ms, "a number >= 0")?;
        for j in 0..2 {
            require(true, name, "asc_amp_pa", index, p.asc_amp_pa[j], "a finite number")?;
            require(p.asc_k_per_ms[j] >= 0.0, name, "asc_k_per_ms", index, p.asc_k_per_ms[j], "a number >= 0")?;
        }
        let lambda = (-dt_ms / p.tau_m_ms()).exp();
        let row = [
            lambda,
            (1.0 - lambda) / p.g_ns,
            p.e_l_mv,
            p.v_th_mv,
            p.v_th_mv - p.v_reset_mv,
            p.t_ref_ms,
            (-p.asc_k_per_ms[0] * dt_ms).exp(),
            (-p.asc_k_per_ms[1] * dt_ms).exp(),
            p.asc_amp_pa[0],
            p.asc_amp_pa[1],
        ];
        Ok(row.map(|x| x as f32))
    }

    fn rest(p: &Glif3Params) -> [f32; 5] {
        [p.v_reset_mv as f32, 0.0, 0.0, 0.0, 0.0]
    }

    #[inline(always)]
    fn step(c: [f32; 10], [v, z, r, a1, a2]: [f32; 5], current_pa: f32, dt_ms: f32) -> [f32; 5] {
        let [lambda, kappa, e_l, v_th, drop, t_ref, decay1, decay2, amp1, amp2] = c;
        let total = current_pa + a1 + a2;
        let next = e_l + lambda * (v - e_l) + kappa * total - z * drop;
        let wait = positive(r + z * t_ref - dt_ms);
        let spike = (next > v_th) & (wait <= 0.0);
        [next, f32::from(spike), wait, flush(decay1 * a1 + z * amp1), flush(decay2 * a2 + z * amp2)]
    }
}

/// A population of equal GLIF3 neurons, tag `glif3`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Glif3Config {
    /// Parameters of every neuron; default: Allen Cell Types model 475585413.
    pub params: Glif3Params,
    /// Receptor ports; default: e2e, i2e, e2i, i2i with 5.5, 8.5, 2.8, 5.8 ms (Billeh et al. 2020).
    pub receptors: Vec<Kinetics>,
}

impl Default for Glif3Config {
    fn default() -> Self {
        Self { params: Glif3Params::default(), receptors: [5.5, 8.5, 2.8, 5.8].map(Kinetics::alpha).to_vec() }
    }
}

#[typetag::serde(name = "glif3")]
impl NeuronConfig for Glif3Config {
    fn build(&self, n: usize, dt_ms: f64) -> Result<Box<dyn Population>, NeuronError> {
        if n == 0 {
            return Err(NeuronError::Empty { model: Glif3::NAME });
        }
        let receptors = Receptors::uniform(&self.receptors, n, dt_ms)?;
        Ok(Box::new(SoaPopulation::<Glif3>::new(&vec![self.params; n], receptors, dt_ms)?))
    }
}
