//! Inhibitory STDP of Vogels et al.: inhibition grows until the postsynaptic neuron fires at a target rate.
//!
//! ```text
//! dw = eta (S_pre (x_post - alpha) + S_post x_pre),   alpha = 2 rho_0 tau
//! ```
//!
//! | symbol | field | default | range |
//! |---|---|---|---|
//! | eta | `eta` | 1e-3 | 0 to 0.1 |
//! | rho_0 | `target_hz` | 5 Hz | 1 to 50 Hz, logarithmic |
//! | tau | `tau_ms` | 20 ms | 5 to 100 ms, logarithmic |
//!
//! It factors, so that [`EventDriven`](crate::EventDriven) runs it. For uncorrelated spikes the mean change is
//! eta rho_pre (2 tau rho_post - alpha), which is 0 at rho_post = rho_0.
//!
//! Source: Vogels, Sprekeler, Zenke, Clopath, Gerstner 2011, Science 334:1569, doi 10.1126/science.1211095.

use super::spiking::Spiking;
use super::{Card, LocalSpace};
use crate::error::PlasticityError;
use crate::factored::{Factored, FactoredRule};
use crate::space::Gene;
use crate::stdp::{check, with_uniform};
use serde::{Deserialize, Serialize};

const CARD: Card = Card {
    name: "Vogels inhibitory STDP",
    equation: "eta (S_pre (x_post - 2 rho_0 tau) + S_post x_pre)",
    signals: "spikes, traces",
    reference: "Vogels et al. 2011",
    doi: "doi 10.1126/science.1211095",
};

/// Inhibitory STDP with a target rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VogelsStdp {
    /// Learning rate eta.
    pub eta: f64,
    /// Target rate rho_0 (Hz).
    pub target_hz: f64,
    /// Time constant of the traces (ms).
    pub tau_ms: f64,
}

impl Default for VogelsStdp {
    fn default() -> Self {
        Self { eta: 1e-3, target_hz: 5.0, tau_ms: 20.0 }
    }
}

impl Factored for VogelsStdp {
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        check(&[("eta", self.eta), ("target_hz", self.target_hz)], &[("tau_ms", self.tau_ms)])?;
        let alpha = 2.0 * 1e-3 * self.target_hz * self.tau_ms;
        let rule = FactoredRule::silent(vec![self.tau_ms; types_pre], vec![self.tau_ms; types_post])?;
        let rule = with_uniform(rule, "S_pre", -self.eta * alpha)?;
        let rule = with_uniform(rule, "S_pre X_post", self.eta)?;
        with_uniform(rule, "S_post X_pre", self.eta)
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let genes = vec![
        Gene::real("eta", "", 0.0, 0.1)?,
        Gene::log_scaled("rho_0", "Hz", 1.0, 50.0)?,
        Gene::log_scaled("tau", "ms", 5.0, 100.0)?,
    ];
    Ok(LocalSpace::new(&CARD, genes, |p| {
        let rule = VogelsStdp { eta: p[0], target_hz: p[1], tau_ms: p[2] };
        Ok(Box::new(Spiking::new(&CARD, &rule, p)?))
    }))
}
