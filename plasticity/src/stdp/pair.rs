//! Pair STDP: every pair of a pre- and a postsynaptic spike changes the weight by an exponential of their distance.
//!
//! ```text
//! dw = A_+ exp(-(t_post - t_pre)/tau_+)  if pre comes before post,   dw = -A_- exp(-(t_pre - t_post)/tau_-)  if after
//!    = A_+ S_post X_pre - A_- S_pre X_post  with traces of tau_+ and tau_-
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | A_+ | `a_plus` | 0.005 | |
//! | A_- | `a_minus` | 0.00525 | |
//! | tau_+ | `tau_plus_ms` | 20 | ms |
//! | tau_- | `tau_minus_ms` | 20 | ms |
//! | pairing | `pairing` | all to all | |
//!
//! Source: Song, Miller, Abbott 2000, Nat Neurosci 3:919, doi 10.1038/78829 (defaults: A_+ = 0.005 of the largest weight,
//! A_-/A_+ = 1.05). Pairings: Morrison, Diesmann, Gerstner 2008, doi 10.1007/s00422-008-0233-1.

use super::{check, with_uniform};
use crate::error::PlasticityError;
use crate::factored::{Factored, FactoredRule, Pairing};
use serde::{Deserialize, Serialize};

/// Pair STDP, additive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairStdp {
    /// Amplitude A_+ of potentiation.
    pub a_plus: f64,
    /// Amplitude A_- of depression.
    pub a_minus: f64,
    /// Time constant of potentiation (ms).
    pub tau_plus_ms: f64,
    /// Time constant of depression (ms).
    pub tau_minus_ms: f64,
    /// Which spikes meet.
    pub pairing: Pairing,
}

impl Default for PairStdp {
    fn default() -> Self {
        Self { a_plus: 0.005, a_minus: 0.00525, tau_plus_ms: 20.0, tau_minus_ms: 20.0, pairing: Pairing::AllToAll }
    }
}

impl Factored for PairStdp {
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        check(
            &[("a_plus", self.a_plus), ("a_minus", self.a_minus)],
            &[("tau_plus_ms", self.tau_plus_ms), ("tau_minus_ms", self.tau_minus_ms)],
        )?;
        let rule = FactoredRule::silent(vec![self.tau_plus_ms; types_pre], vec![self.tau_minus_ms; types_post])?;
        let rule = with_uniform(rule, "S_post X_pre", self.a_plus)?;
        with_uniform(rule, "S_pre X_post", -self.a_minus)?.with_pairing(self.pairing)
    }
}
