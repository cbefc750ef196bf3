//! Reward and its prediction error.
//!
//! `delta_R(l) = r(l) - mean of r over the last 20 trials`. The paper gives a reward for reporting a change; what other
//! outcomes earn is not known, so the scheme is an option.
//!
//! Source: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Which outcomes are rewarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardScheme {
    /// 1 for a correct decision (hit or correct rejection), 0 otherwise.
    #[default]
    Correct,
    /// 1 for a hit alone, 0 otherwise.
    Hits,
}

impl RewardScheme {
    /// The reward of one trial.
    #[must_use]
    pub fn reward(self, changed: bool, reported: bool) -> f64 {
        let earned = match self {
            Self::Correct => changed == reported,
            Self::Hits => changed && reported,
        };
        if earned { 1.0 } else { 0.0 }
    }
}

/// Trials over which the expected reward is averaged, N_win.
pub const REWARD_WINDOW: usize = 20;

/// The running mean of rewards and the prediction error against it.
#[derive(Debug, Clone, Default)]
pub struct RewardTrace {
    last: VecDeque<f64>,
}

impl RewardTrace {
    /// Takes in the reward of a trial and returns its prediction error: the reward less the mean of the last
    /// [`REWARD_WINDOW`] trials before it, or less 0 in the first.
    pub fn prediction_error(&mut self, reward: f64) -> f64 {
        let expected = self.last.iter().sum::<f64>() / self.last.len().max(1) as f64;
        if self.last.len() == REWARD_WINDOW {
            self.last.pop_front();
        }
        self.last.push_back(reward);
        reward - expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_against_the_last_twenty_trials() {
        let mut trace = RewardTrace::default();
        assert_eq!(trace.prediction_error(1.0), 1.0);
        assert_eq!(trace.prediction_error(1.0), 0.0);
        assert_eq!(trace.prediction_error(0.0), -1.0);
        assert!((trace.prediction_error(1.0) - 1.0 / 3.0).abs() < 1e-12);
        (0..REWARD_WINDOW).for_each(|_| {
            trace.prediction_error(0.0);
        });
        assert_eq!(trace.prediction_error(1.0), 1.0, "older rewards are forgotten");
    }

    #[test]
    fn schemes() {
        let all = [(true, true), (true, false), (false, true), (false, false)];
        assert_eq!(all.map(|(c, r)| RewardScheme::Correct.reward(c, r)), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(all.map(|(c, r)| RewardScheme::Hits.reward(c, r)), [1.0, 0.0, 0.0, 0.0]);
    }
}
