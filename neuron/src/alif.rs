//! Adaptive leaky integrate-and-fire neuron: a LIF whose threshold rises with every spike.
//!
//! `V_th(t) = V_th0 + beta b(t)`, `b' = rho b + z`, `rho = e^(-dt/tau_b)`; the membrane is that of
//! [`Lif`](crate::Lif). The threshold of a step uses the adaptation of the previous one.
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | membrane | `membrane` | as LIF | |
//! | beta | `beta_mv` | 1.6 | mV per spike |
//! | tau_b | `tau_b_ms` | 200 | ms |
//!
//! Source: Bellec et al. 2020, Nat Commun 11:3625, doi 10.1038/s41467-020-17236-y.

use crate::{
    Kinetics, LifParams, NeuronConfig, NeuronError, NeuronModel, Population, Receptors, SoaPopulation,
    error::require,
    model::{flush, positive},
};
use serde::{Deserialize, Serialize};

/// Parameters of one adaptive leaky integrate-and-fire neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlifParams {
    /// Membrane and base threshold.
    pub membrane: LifParams,
    /// Rise of the threshold per spike, beta (mV).
    pub beta_mv: f64,
    /// Time constant of the adaptation, tau_b (ms).
    pub tau_b_ms: f64,
}

impl Default for AlifParams {
    fn default() -> Self {
        Self { membrane: LifParams::default(), beta_mv: 1.6, tau_b_ms: 200.0 }
    }
}

/// The kernel of the adaptive model.
#[derive(Debug, Clone, Copy)]
pub struct Alif;

impl NeuronModel for Alif {
    type Params = AlifParams;
    type Coefficients = [f32; 8];
    type State = [f32; 4];
    const NAME: &'static str = "alif";
    const VARIABLES: &'static [&'static str] = &["v_mv", "z", "refractory_ms", "b"];
    const COEFFICIENTS: &'static [&'static str] =
        &["lambda", "kappa_mv_per_pa", "e_l_mv", "v_th_mv", "v_reset_mv", "t_ref_ms", "beta_mv", "rho"];

    fn coefficients(p: &AlifParams, dt_ms: f64, index: usize) -> Result<[f32; 8], NeuronError> {
        let m = &p.membrane;
        m.check(Self::NAME, index)?;
        require(true, Self::NAME, "beta_mv", index, p.beta_mv, "a finite number")?;
        require(p.tau_b_ms > 0.0, Self::NAME, "tau_b_ms", index, p.tau_b_ms, "a positive number")?;
        let lambda = (-dt_ms / m.tau_m_ms()).exp();
        let rho = (-dt_ms / p.tau_b_ms).exp();
        let row = [lambda, (1.0 - lambda) / m.g_ns, m.e_l_mv, m.v_th_mv, m.v_reset_mv, m.t_ref_ms, p.beta_mv, rho];
        Ok(row.map(|x| x as f32))
    }

    fn rest(p: &AlifParams) -> [f32; 4] {
        [p.membrane.e_l_mv as f32, 0.0, 0.0, 0.0]
    }

    #[inline(always)]
    fn step(c: [f32; 8], [v, _, r, b]: [f32; 4], current_pa: f32, dt_ms: f32) -> [f32; 4] {
        let [lambda, kappa, e_l, v_th, v_reset, t_ref, beta, rho] = c;
        let free = e_l + lambda * (v - e_l) + kappa * current_pa;
        let held = r > 0.5 * dt_ms;
        let next = if held { v_reset } else { free };
        let spike = next > v_th + beta * b;
        let z = f32::from(spike);
        let waited = positive(r - dt_ms);
        [if spike { v_reset } else { next }, z, if spike { t_ref } else { waited }, flush(rho * b + z)]
    }
}

/// A population of adaptive leaky integrate-and-fire neurons, tag `alif`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlifConfig {
    /// Parameters of every neuron.
    pub params: AlifParams,
    /// Receptor ports in order.
    pub receptors: Vec<Kinetics>,
}

impl Default for AlifConfig {
    fn default() -> Self {
        Self { params: AlifParams::default(), receptors: vec![Kinetics::exponential(5.0), Kinetics::exponential(10.0)] }
    }
}

#[typetag::serde(name = "alif")]
impl NeuronConfig for AlifConfig {
    fn build(&self, n: usize, dt_ms: f64) -> Result<Box<dyn Population>, NeuronError> {
        if n == 0 {
            return Err(NeuronError::Empty { model: Alif::NAME });
        }
        let receptors = Receptors::uniform(&self.receptors, n, dt_ms)?;
        Ok(Box::new(SoaPopulation::<Alif>::new(&vec![self.params; n], receptors, dt_ms)?))
    }
}
