//! Fitness shaping: from values to utilities, of which larger is better.
//!
//! | shaping | utility of the value with rank k = 1 (best) ... l | source |
//! |---|---|---|
//! | centred ranks | 1/2 - (k - 1)/(l - 1) | Salimans et al. 2017, arXiv:1703.03864 |
//! | NES utilities | max(0, ln(l/2 + 1) - ln k) / sum - 1/l | Wierstra et al. 2014, JMLR 15:949 |
//! | CMA log weights | max(0, ln((l + 1)/2) - ln k) / sum | Hansen 2016, arXiv:1604.00772 |
//! | z-score | (mean - f) / (std + 1e-5) | Sarkar et al. 2025, arXiv:2511.16652 |
//! | none | -f | |
//!
//! Equal values share the mean of their ranks' utilities, so that neither the order of candidates nor a plateau gives a
//! direction. Failures (infinity) share the last ranks; z-score and none give them the worst value of the generation.

use serde::{Deserialize, Serialize};

/// How values become utilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shaping {
    /// Ranks between 1/2 and -1/2.
    CentredRanks,
    /// Utilities of natural evolution strategies; they sum to 0.
    NesUtilities,
    /// Positive recombination weights of CMA-ES; they sum to 1.
    CmaLogWeights,
    /// Values with mean 0 and standard deviation 1.
    ZScore,
    /// The negative values.
    None,
}

impl Shaping {
    /// Utilities of values to minimise, of which at least one is finite; infinity stands for a failure.
    #[must_use]
    pub fn utilities(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::CentredRanks => by_rank(values, &centred_ranks(values.len())),
            Self::NesUtilities => by_rank(values, &nes_utilities(values.len())),
            Self::CmaLogWeights => by_rank(values, &cma_log_weights(values.len())),
            Self::ZScore => {
                let values = with_worst_for_failures(values);
                let count = values.len() as f64;
                let mean = values.iter().sum::<f64>() / count;
                let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
                let scale = 1.0 / (variance.sqrt() + 1e-5);
                values.iter().map(|value| (mean - value) * scale).collect()
            }
            Self::None => with_worst_for_failures(values).iter().map(|value| -value).collect(),
        }
    }
}

/// Centred ranks for 1 (best) to `count`.
#[must_use]
pub fn centred_ranks(count: usize) -> Vec<f64> {
    let last = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|k| if count == 1 { 0.0 } else { 0.5 - k as f64 / last }).collect()
}

/// Utilities of natural evolution strategies for ranks 1 (best) to `count`.
#[must_use]
pub fn nes_utilities(count: usize) -> Vec<f64> {
    let raw: Vec<f64> = (1..=count).map(|k| ((count as f64 / 2.0 + 1.0).ln() - (k as f64).ln()).max(0.0)).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|u| u / sum - 1.0 / count as f64).collect()
}

/// Positive log weights for ranks 1 (best) to `count`; the worse half has weight 0.
#[must_use]
pub fn cma_log_weights(count: usize) -> Vec<f64> {
    if count == 1 {
        return vec![1.0];
    }
    let raw: Vec<f64> = (1..=count).map(|k| ((count as f64 + 1.0) / 2.0).ln() - (k as f64).ln()).collect();
    let sum: f64 = raw.iter().take(count / 2).sum();
    raw.iter().enumerate().map(|(k, w)| if k < count / 2 { w / sum } else { 0.0 }).collect()
}

/// Gives every value what `of_rank` has for its rank; equal values share the mean of theirs.
#[must_use]
pub fn by_rank(values: &[f64], of_rank: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut shaped = vec![0.0; values.len()];
    let mut rank = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = of_rank[rank..rank + equal.len()].iter().sum::<f64>() / equal.len() as f64;
        equal.iter().for_each(|&place| shaped[place] = shared);
        rank += equal.len();
    }
    shaped
}

/// The values, with the largest finite one in place of infinity.
#[must_use]
pub fn with_worst_for_failures(values: &[f64]) -> Vec<f64> {
    let worst = values.iter().copied().filter(|value| value.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    values.iter().map(|&value| if value.is_finite() { value } else { worst }).collect()
}

/// Places of the values from best to worst; equal ones in their order.
#[must_use]
pub fn ranking(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Shaping; 5] =
        [Shaping::CentredRanks, Shaping::NesUtilities, Shaping::CmaLogWeights, Shaping::ZScore, Shaping::None];

    /// Reference: the formulas in the header evaluated with numpy 2.4.6, l = 8 and 10.
    #[test]
    fn utilities_equal_the_reference() {
        let close = |found: &[f64], expected: &[f64]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        };
        let eight = [0.368738377484341, 0.156096832480643, 0.03170950255807, -0.0565447125230543, -0.125];
        close(&nes_utilities(8), &eight);
        close(&nes_utilities(10), &[0.32954404198665, 0.163373723513243, 0.0661703184734072]);
        close(&centred_ranks(8), &[0.5, 0.357142857142857, 0.214285714285714, 0.0714285714285714]);
        close(&cma_log_weights(10), &[0.456272646903, 0.270753097002]);
        assert!((cma_log_weights(10)[4] - 0.025509591836).abs() < 1e-12);
    }

    #[test]
    fn ties_share_and_failures_come_last() {
        let found = Shaping::CentredRanks.utilities(&[2.0, f64::INFINITY, 1.0, 2.0, f64::INFINITY]);
        assert_eq!(found, [0.125, -0.375, 0.5, 0.125, -0.375]);
        assert_eq!(Shaping::None.utilities(&[2.0, f64::INFINITY, -1.0]), [-2.0, -2.0, 1.0]);
        let z = Shaping::ZScore.utilities(&[1.0, 3.0]);
        assert!((z[0] - 1.0).abs() < 2e-5 && z[0] == -z[1]);
        assert_eq!(Shaping::ZScore.utilities(&[4.0, 4.0]), [0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn better_is_never_less_and_ranks_survive_monotone_maps(
            values in prop::collection::vec(-5.0..5.0_f64, 2..20),
        ) {
            let curved: Vec<f64> = values.iter().map(|value| value.exp() * 7.0 - 3.0).collect();
            for shaping in ALL {
                let utilities = shaping.utilities(&values);
                for (a, value_a) in values.iter().enumerate() {
                    for (b, value_b) in values.iter().enumerate() {
                        prop_assert!(value_a >= value_b || utilities[a] >= utilities[b]);
                    }
                }
                if !matches!(shaping, Shaping::ZScore | Shaping::None) {
                    prop_assert_eq!(shaping.utilities(&curved), utilities);
                }
            }
        }
    }
}
