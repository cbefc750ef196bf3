//! Three ways to select survivors from noisy means.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::sorting;

use super::dominance::NoisyPoints;

/// Which individuals survive; a closed set, so that the ways can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Selection {
    /// Those with the smallest expected number of dominators, sum_j P(j dom i).
    #[default]
    ExpectedDominators,
    /// Non-dominated sorting with "a dominates b if P(a dom b) >= certainty^M and more likely than the
    /// reverse", then crowding distance.
    ProbabilisticFronts {
        /// Required probability for each of the M objectives, in (0.5, 1).
        certainty: f64,
    },
    /// Non-dominated sorting of the means as if they were exact, then crowding distance.
    PlainFronts,
}

impl Selection {
    /// Probabilistic fronts with a certainty of 0.85 an objective.
    pub const PROBABILISTIC: Self = Self::ProbabilisticFronts { certainty: 0.85 };

    pub(crate) fn validate(self) -> Result<()> {
        match self {
            Self::ProbabilisticFronts { certainty } if !(0.5 < certainty && certainty < 1.0) => {
                Err(EvolveError::config("swarm selection", "certainty", certainty, "more than 0.5 and less than 1"))
            }
            _ => Ok(()),
        }
    }

    /// Indices of the `keep` best points; exact ties go to the smaller key.
    pub(crate) fn choose(self, points: &NoisyPoints<'_>, ties: &[u64], keep: usize) -> Vec<usize> {
        let by_fronts =
            |ranks: Vec<usize>| sorting::keep_by_fronts(points.means, points.objectives, &ranks, ties, keep);
        match self {
            Self::ExpectedDominators => {
                let dominators = points.expected_dominators();
                let mut order: Vec<usize> = (0..points.len()).collect();
                order.sort_unstable_by(|&a, &b| dominators[a].total_cmp(&dominators[b]).then(ties[a].cmp(&ties[b])));
                order.truncate(keep);
                order
            }
            Self::ProbabilisticFronts { certainty } => by_fronts(points.probabilistic_ranks(certainty)),
            Self::PlainFronts => by_fronts(sorting::non_dominated_ranks(points.means, points.objectives)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_changes_who_survives() {
        // Point 1 beats point 0 in both means, point 2 trades off with both.
        let means = [0.0, 0.0, -0.1, -0.1, 3.0, -3.0];
        let exact = NoisyPoints { means: &means, variances: &[0.0; 6], objectives: 2 };
        let ties = [0, 1, 2];
        for selection in [Selection::ExpectedDominators, Selection::PROBABILISTIC, Selection::PlainFronts] {
            let mut kept = selection.choose(&exact, &ties, 2);
            kept.sort_unstable();
            assert_eq!(kept, [1, 2], "{selection:?}");
        }
        // With a standard deviation of 1 the lead of 0.1 is uncertain: nobody dominates anybody.
        let noisy = NoisyPoints { means: &means, variances: &[0.5; 6], objectives: 2 };
        assert_eq!(noisy.probabilistic_ranks(0.85), [0, 0, 0]);
    }

    #[test]
    fn exact_ties_go_to_the_key() {
        let points = NoisyPoints { means: &[1.0; 4], variances: &[0.1; 4], objectives: 1 };
        assert_eq!(Selection::ExpectedDominators.choose(&points, &[4, 2, 9, 1], 2), [3, 1]);
        assert_eq!(Selection::PlainFronts.choose(&points, &[4, 2, 9, 1], 2), [3, 1]);
    }

    #[test]
    fn the_certainty_is_checked() {
        assert!(Selection::PROBABILISTIC.validate().is_ok());
        for certainty in [0.5, 1.0, f64::NAN] {
            assert!(Selection::ProbabilisticFronts { certainty }.validate().is_err());
        }
    }
}
