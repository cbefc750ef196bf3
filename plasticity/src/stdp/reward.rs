//! Reward-modulated STDP without memory of past pairs: pair STDP times a reward trace.
//!
//! ```text
//! dw = R (A_+ S_post X_pre - A_- S_pre X_post),   R decays with tau_R and is raised by delta_R at a reward event
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | A_+, A_-, tau_+, tau_- , pairing | `pair` | those of [`PairStdp`] | |
//! | tau_R | `tau_r_ms` | 200 | ms |
//!
//! Source: Florian 2007, Neural Comput 19:1468, doi 10.1162/neco.2007.19.6.1468 (MSTDP; there R lasts one step).

use super::{PairStdp, check, with_uniform};
use crate::error::PlasticityError;
use crate::factored::{Factored, FactoredRule};
use serde::{Deserialize, Serialize};

/// Reward-modulated pair STDP.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RewardStdp {
    /// The pair rule that reward multiplies.
    pub pair: PairStdp,
    /// Time constant of the reward trace (ms).
    pub tau_r_ms: f64,
}

impl Default for RewardStdp {
    fn default() -> Self {
        Self { pair: PairStdp::default(), tau_r_ms: 200.0 }
    }
}

impl Factored for RewardStdp {
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        check(&[], &[("tau_r_ms", self.tau_r_ms)])?;
        rewarded(&self.pair, types_pre, types_post, 1.0)?.with_tau_reward_ms(vec![self.tau_r_ms; types_post])
    }
}

/// `gain R (A_+ S_post X_pre - A_- S_pre X_post)`, the reward trace still to be set.
pub(super) fn rewarded(
    pair: &PairStdp,
    types_pre: usize,
    types_post: usize,
    gain: f64,
) -> Result<FactoredRule, PlasticityError> {
    // The pair rule checks its own parameters.
    let _ = pair.factored(types_pre, types_post)?;
    let rule = FactoredRule::silent(vec![pair.tau_plus_ms; types_pre], vec![pair.tau_minus_ms; types_post])?;
    let rule = with_uniform(rule, "S_post X_pre R", gain * pair.a_plus)?;
    with_uniform(rule, "S_pre X_post R", -gain * pair.a_minus)?.with_pairing(pair.pairing)
}
