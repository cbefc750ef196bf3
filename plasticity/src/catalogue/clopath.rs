//! Clopath's voltage rule: depression at presynaptic spikes, potentiation by the postsynaptic potential.
//!
//! ```text
//! dw = -A_LTD S_pre [u_- - theta_-]_+ + A_LTP x_pre [u - theta_+]_+ [u_+ - theta_-]_+ dt
//! ```
//!
//! u_- and u_+ are the potential u low-passed with tau_- and tau_+, x_pre the spikes low-passed with tau_x (a spike adds
//! 1/tau_x); all are those before the step.
//!
//! | symbol | field | default (visual cortex) | range |
//! |---|---|---|---|
//! | A_LTD | `a_ltd_per_mv` | 14e-5 mV^-1 | 0 to 1e-3 |
//! | A_LTP | `a_ltp_per_mv2` | 8e-5 mV^-2 | 0 to 1e-3 |
//! | theta_- | `theta_minus_mv` | -70.6 mV | -80 to -50 mV |
//! | theta_+ | `theta_plus_mv` | -45.3 mV | -55 to -30 mV |
//! | tau_-, tau_+, tau_x | `tau_minus_ms`, `tau_plus_ms`, `tau_x_ms` | 10, 7, 15 ms | 1 to 100 ms, logarithmic |
//!
//! The homeostatic factor of A_LTD is left out: it is a constant for a neuron at its usual rate.
//!
//! Source: Clopath, Büsing, Vasilaki, Gerstner 2010, Nat Neurosci 13:344, doi 10.1038/nn.2479.

use super::{Card, LocalRule, LocalSpace, Signals, follow};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "Clopath voltage",
    equation: "-A_LTD S_pre [u_- - theta_-]_+ + A_LTP x_pre [u - theta_+]_+ [u_+ - theta_-]_+",
    signals: "presynaptic spike, postsynaptic potential",
    reference: "Clopath et al. 2010",
    doi: "doi 10.1038/nn.2479",
};

/// The voltage rule of Clopath et al.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clopath {
    /// Amplitude of depression (1/mV).
    pub a_ltd_per_mv: f64,
    /// Amplitude of potentiation (1/mV^2, per ms of unit trace).
    pub a_ltp_per_mv2: f64,
    /// Threshold of the low-passed potentials (mV).
    pub theta_minus_mv: f64,
    /// Threshold of the potential (mV).
    pub theta_plus_mv: f64,
    /// Time constant of u_- (ms).
    pub tau_minus_ms: f64,
    /// Time constant of u_+ (ms).
    pub tau_plus_ms: f64,
    /// Time constant of the presynaptic trace (ms).
    pub tau_x_ms: f64,
}

impl Default for Clopath {
    fn default() -> Self {
        Self {
            a_ltd_per_mv: 14e-5,
            a_ltp_per_mv2: 8e-5,
            theta_minus_mv: -70.6,
            theta_plus_mv: -45.3,
            tau_minus_ms: 10.0,
            tau_plus_ms: 7.0,
            tau_x_ms: 15.0,
        }
    }
}

/// Potentials are remembered relative to this one, so that memory that is 0 means rest (mV).
const REST_MV: f64 = -70.6;

impl LocalRule for Clopath {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        vec![
            self.a_ltd_per_mv,
            self.a_ltp_per_mv2,
            self.theta_minus_mv,
            self.theta_plus_mv,
            self.tau_minus_ms,
            self.tau_plus_ms,
            self.tau_x_ms,
        ]
    }

    fn memory(&self) -> usize {
        3
    }

    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64 {
        let above = |relative: f64, theta: f64| (relative + REST_MV - theta).max(0.0);
        let depression = self.a_ltd_per_mv * seen.pre * above(memory[0], self.theta_minus_mv);
        let driven = (seen.post_v_mv - self.theta_plus_mv).max(0.0) * above(memory[1], self.theta_minus_mv);
        let potentiation = self.a_ltp_per_mv2 * memory[2] * driven * seen.dt_ms;
        follow(&mut memory[0], seen.post_v_mv - REST_MV, seen.dt_ms, self.tau_minus_ms);
        follow(&mut memory[1], seen.post_v_mv - REST_MV, seen.dt_ms, self.tau_plus_ms);
        memory[2] = (memory[2] + seen.pre / self.tau_x_ms) * (-seen.dt_ms / self.tau_x_ms).exp();
        potentiation - depression
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let genes = vec![
        Gene::real("A_LTD", "1/mV", 0.0, 1e-3)?,
        Gene::real("A_LTP", "1/mV^2", 0.0, 1e-3)?,
        Gene::real("theta_-", "mV", -80.0, -50.0)?,
        Gene::real("theta_+", "mV", -55.0, -30.0)?,
        Gene::log_scaled("tau_-", "ms", 1.0, 100.0)?,
        Gene::log_scaled("tau_+", "ms", 1.0, 100.0)?,
        Gene::log_scaled("tau_x", "ms", 1.0, 100.0)?,
    ];
    Ok(LocalSpace::new(&CARD, genes, |p| {
        Ok(Box::new(Clopath {
            a_ltd_per_mv: p[0],
            a_ltp_per_mv2: p[1],
            theta_minus_mv: p[2],
            theta_plus_mv: p[3],
            tau_minus_ms: p[4],
            tau_plus_ms: p[5],
            tau_x_ms: p[6],
        }))
    }))
}
