//! Leaky integrate-and-fire neuron.
//!
//! `C dV/dt = -g (V - E_L) + I`; a spike when V > V_th, then V is held at V_reset for t_ref. Between grid points the
//! current is constant and the step is exact: `V' = E_L + lambda (V - E_L) + kappa I`, `lambda = e^(-dt g/C)`,
//! `kappa = (1 - lambda)/g`.
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | C | `c_m_pf` | 200 | pF |
//! | g | `g_ns` | 10 | nS |
//! | E_L | `e_l_mv` | -70 | mV |
//! | V_th | `v_th_mv` | -50 | mV |
//! | V_reset | `v_reset_mv` | -70 | mV |
//! | t_ref | `t_ref_ms` | 2 | ms |
//!
//! Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), ch. 1, doi 10.1017/CBO9781107447615.

use crate::{
    Kinetics, NeuronConfig, NeuronError, NeuronModel, Population, Receptors, SoaPopulation, error::require,
    model::positive,
};
use serde::{Deserialize, Serialize};

/// Parameters of one leaky integrate-and-fire neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifParams {
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
}

impl Default for LifParams {
    fn default() -> Self {
        Self { c_m_pf: 200.0, g_ns: 10.0, e_l_mv: -70.0, v_th_mv: -50.0, v_reset_mv: -70.0, t_ref_ms: 2.0 }
    }
}

impl LifParams {
    /// Membrane time constant C/g (ms).
    #[must_use]
    pub fn tau_m_ms(&self) -> f64 {
        self.c_m_pf / self.g_ns
    }

    pub(crate) fn check(&self, model: &'static str, index: usize) -> Result<(), NeuronError> {
        require(self.c_m_pf > 0.0, model, "c_m_pf", index, self.c_m_pf, "a positive number")?;
        require(self.g_ns > 0.0, model, "g_ns", index, self.g_ns, "a positive number")?;
        require(true, model, "e_l_mv", index, self.e_l_mv, "a finite number")?;
        require(self.v_th_mv > self.v_reset_mv, model, "v_th_mv", index, self.v_th_mv, "a number above v_reset_mv")?;
        require(true, model, "v_reset_mv", index, self.v_reset_mv, "a finite number")?;
        require(self.t_ref_ms >= 0.0, model, "t_ref_ms", index, self.t_ref_ms, "a number >= 0")
    }
}

/// The kernel of the leaky integrate-and-fire model.
#[derive(Debug, Clone, Copy)]
pub struct Lif;

impl NeuronModel for Lif {
    type Params = LifParams;
    type Coefficients = [f32; 6];
    type State = [f32; 3];
    const NAME: &'static str = "lif";
    const VARIABLES: &'static [&'static str] = &["v_mv", "z", "refractory_ms"];
    const COEFFICIENTS: &'static [&'static str] =
        &["lambda", "kappa_mv_per_pa", "e_l_mv", "v_th_mv", "v_reset_mv", "t_ref_ms"];

    fn coefficients(p: &LifParams, dt_ms: f64, index: usize) -> Result<[f32; 6], NeuronError> {
        p.check(Self::NAME, index)?;
        let lambda = (-dt_ms / p.tau_m_ms()).exp();
        Ok([lambda, (1.0 - lambda) / p.g_ns, p.e_l_mv, p.v_th_mv, p.v_reset_mv, p.t_ref_ms].map(|x| x as f32))
    }

    fn rest(p: &LifParams) -> [f32; 3] {
        [p.e_l_mv as f32, 0.0, 0.0]
    }

    #[inline(always)]
    fn step(c: [f32; 6], [v, _, r]: [f32; 3], current_pa: f32, dt_ms: f32) -> [f32; 3] {
        let [lambda, kappa, e_l, v_th, v_reset, t_ref] = c;
        let free = e_l + lambda * (v - e_l) + kappa * current_pa;
        let held = r > 0.5 * dt_ms;
        let next = if held { v_reset } else { free };
        let spike = next > v_th;
        let waited = positive(r - dt_ms);
        [if spike { v_reset } else { next }, f32::from(spike), if spike { t_ref } else { waited }]
    }
}

/// A population of leaky integrate-and-fire neurons, tag `lif`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifConfig {
    /// Parameters of every neuron.
    pub params: LifParams,
    /// Receptor ports in order.
    pub receptors: Vec<Kinetics>,
}

impl Default for LifConfig {
    fn default() -> Self {
        Self { params: LifParams::default(), receptors: vec![Kinetics::exponential(5.0), Kinetics::exponential(10.0)] }
    }
}

#[typetag::serde(name = "lif")]
impl NeuronConfig for LifConfig {
    fn build(&self, n: usize, dt_ms: f64) -> Result<Box<dyn Population>, NeuronError> {
        if n == 0 {
            return Err(NeuronError::Empty { model: Lif::NAME });
        }
        let receptors = Receptors::uniform(&self.receptors, n, dt_ms)?;
        Ok(Box::new(SoaPopulation::<Lif>::new(&vec![self.params; n], receptors, dt_ms)?))
    }
}
