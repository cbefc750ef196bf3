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
    Kinetics, LifParams, NeuronConfig, NeuronError, NeuronModel, Population, Receptors, SoaPopulation, error::require,
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
    const NAME: &'static str = "alif";
    const VARIABLES: &'static [&'static str] = &["v_mv", "z", "refractory_ms", "b"];
    const COEFFICIENTS: &'static [&'static str] =
        &["lambda", "kappa_mv_per_pa", "e_l_mv", "v_th_mv", "v_reset_mv", "t_ref_ms", "beta_mv", "rho"];

    fn coefficients(p: &AlifParams, dt_ms: f64, index: usize, out: &mut [f32]) -> Result<(), NeuronError> {
        let m = &p.membrane;
        m.check(Self::NAME, index)?;
        require(true, Self::NAME, "beta_mv", index, p.beta_mv, "a finite number")?;
        require(p.tau_b_ms > 0.0, Self::NAME, "tau_b_ms", index, p.tau_b_ms, "a positive number")?;
        let lambda = (-dt_ms / m.tau_m_ms()).exp();
        let rho = (-dt_ms / p.tau_b_ms).exp();
        let row = [lambda, (1.0 - lambda) / m.g_ns, m.e_l_mv, m.v_th_mv, m.v_reset_mv, m.t_ref_ms, p.beta_mv, rho];
        out.iter_mut().zip(row).for_each(|(o, x)| *o = x as f32);
        Ok(())
    }

    fn rest(p: &AlifParams, out: &mut [f32]) {
        out.copy_from_slice(&[p.membrane.e_l_mv as f32, 0.0, 0.0, 0.0]);
    }

    fn advance(coefficients: &[Vec<f32>], state: &mut [Vec<f32>], current_pa: &[f32], dt_ms: f32) {
        let ([lambda, kappa, e_l, v_th, v_reset, t_ref, beta, rho], [v, z, r, b]) = (coefficients, state) else {
            unreachable!("the container allocates one array per name");
        };
        step(lambda, kappa, e_l, v_th, v_reset, t_ref, beta, rho, v, z, r, b, current_pa, dt_ms);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn step(
    lambda: &[f32],
    kappa: &[f32],
    e_l: &[f32],
    v_th: &[f32],
    v_reset: &[f32],
    t_ref: &[f32],
    beta: &[f32],
    rho: &[f32],
    v: &mut [f32],
    z: &mut [f32],
    r: &mut [f32],
    b: &mut [f32],
    current_pa: &[f32],
    dt_ms: f32,
) {
    let n = v.len();
    let (lambda, kappa, e_l, v_th) = (&lambda[..n], &kappa[..n], &e_l[..n], &v_th[..n]);
    let (v_reset, t_ref, beta, rho) = (&v_reset[..n], &t_ref[..n], &beta[..n], &rho[..n]);
    let (z, r, b, current_pa) = (&mut z[..n], &mut r[..n], &mut b[..n], &current_pa[..n]);
    for i in 0..n {
        let free = e_l[i] + lambda[i] * (v[i] - e_l[i]) + kappa[i] * current_pa[i];
        let held = r[i] > 0.5 * dt_ms;
        let next = if held { v_reset[i] } else { free };
        let spike = next > v_th[i] + beta[i] * b[i];
        let s = if spike { 1.0 } else { 0.0 };
        let decayed = rho[i] * b[i] + s;
        v[i] = if spike { v_reset[i] } else { next };
        r[i] = if spike { t_ref[i] } else { (r[i] - dt_ms).max(0.0) };
        b[i] = if decayed < 1e-20 { 0.0 } else { decayed };
        z[i] = s;
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
