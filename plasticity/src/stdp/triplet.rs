//! Triplet STDP: potentiation grows with the postsynaptic rate, depression with the presynaptic one.
//!
//! ```text
//! dw = S_post X_pre (A2_+ + A3_+ Y_post) - S_pre X_post (A2_- + A3_- Y_pre)
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | A2_+, A3_+ | `a2_plus`, `a3_plus` | 5e-10, 6.2e-3 | |
//! | A2_-, A3_- | `a2_minus`, `a3_minus` | 7e-3, 2.3e-4 | |
//! | tau_+, tau_- | `tau_plus_ms`, `tau_minus_ms` | 16.8, 33.7 | ms |
//! | tau_x (of Y_pre), tau_y (of Y_post) | `tau_x_ms`, `tau_y_ms` | 101, 125 | ms |
//! | pairing | `pairing` | all to all | |
//!
//! Source: Pfister, Gerstner 2006, J Neurosci 26:9673, doi 10.1523/JNEUROSCI.1425-06.2006 (r1, r2, o1, o2 are X_pre, Y_pre,
//! X_post, Y_post here; defaults: the full model fitted to visual cortex, all to all).

use super::{check, with_uniform};
use crate::error::PlasticityError;
use crate::factored::{Factored, FactoredRule, Pairing, SlowTraces};
use serde::{Deserialize, Serialize};

/// Triplet STDP.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TripletStdp {
    /// Pair amplitude A2_+ of potentiation.
    pub a2_plus: f64,
    /// Triplet amplitude A3_+ of potentiation.
    pub a3_plus: f64,
    /// Pair amplitude A2_- of depression.
    pub a2_minus: f64,
    /// Triplet amplitude A3_- of depression.
    pub a3_minus: f64,
    /// Time constant of X_pre (ms).
    pub tau_plus_ms: f64,
    /// Time constant of X_post (ms).
    pub tau_minus_ms: f64,
    /// Time constant of Y_pre (ms).
    pub tau_x_ms: f64,
    /// Time constant of Y_post (ms).
    pub tau_y_ms: f64,
    /// Which spikes meet.
    pub pairing: Pairing,
}

impl Default for TripletStdp {
    fn default() -> Self {
        Self {
            a2_plus: 5e-10,
            a3_plus: 6.2e-3,
            a2_minus: 7e-3,
            a3_minus: 2.3e-4,
            tau_plus_ms: 16.8,
            tau_minus_ms: 33.7,
            tau_x_ms: 101.0,
            tau_y_ms: 125.0,
            pairing: Pairing::AllToAll,
        }
    }
}

impl Factored for TripletStdp {
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        check(
            &[
                ("a2_plus", self.a2_plus),
                ("a3_plus", self.a3_plus),
                ("a2_minus", self.a2_minus),
                ("a3_minus", self.a3_minus),
            ],
            &[
                ("tau_plus_ms", self.tau_plus_ms),
                ("tau_minus_ms", self.tau_minus_ms),
                ("tau_x_ms", self.tau_x_ms),
                ("tau_y_ms", self.tau_y_ms),
            ],
        )?;
        let rule = FactoredRule::silent(vec![self.tau_plus_ms; types_pre], vec![self.tau_minus_ms; types_post])?;
        let rule = with_uniform(rule, "S_post X_pre", self.a2_plus)?;
        let rule = with_uniform(rule, "S_pre X_post", -self.a2_minus)?.with_pairing(self.pairing)?;
        let pairs = types_pre * types_post;
        rule.with_slow_traces(SlowTraces {
            tau_pre_ms: self.tau_x_ms,
            tau_post_ms: self.tau_y_ms,
            on_pre: vec![-self.a3_minus; pairs],
            on_post: vec![self.a3_plus; pairs],
        })
    }
}
