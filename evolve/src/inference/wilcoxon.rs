//! Wilcoxon's signed-rank test: are paired differences symmetric about 0?
//!
//! Differences of 0 are left out; the rest are ranked by size, ties sharing their mean rank. W+ is the sum of the ranks of
//! positive differences. Exact p-values come from all 2^n equally likely choices of signs, given the ranks:
//! p = min(1, 2 min(P(W+ <= w), P(W+ >= w))). The normal approximation has mean n(n + 1)/4 and variance
//! n(n + 1)(2n + 1)/24 - sum(t^3 - t)/48 over groups of t ties, without continuity correction.
//!
//! Which of the two is the choice of `scipy.stats.wilcoxon` by default (zeros as "wilcox"): exact for up to 50 pairs without
//! zeros and ties, and for up to 13 pairs with them; else normal.
//!
//! Sources: Wilcoxon 1945, doi:10.2307/3001968; ties: Lehmann 1975, Nonparametrics, ch. 3.

use super::differences;
use super::ranks::midranks;
use crate::error::Result;
use statrs::function::erf::erfc;

/// Most pairs for which the exact distribution is used.
const EXACT_PAIRS: usize = 50;
/// The same if there are ties or differences of 0.
const EXACT_PAIRS_WITH_TIES: usize = 13;

/// Result of [`wilcoxon_signed_rank`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks of pairs in which the first value is larger.
    pub w_plus: f64,
    /// Sum of the ranks of pairs in which the second value is larger.
    pub w_minus: f64,
    /// Two-sided p-value; 1 if all differences are 0.
    pub p: f64,
    /// Whether p comes from the exact distribution.
    pub exact: bool,
}

/// Compares pairs of values.
///
/// # Errors
/// Samples of different lengths, without values, or with one that is not finite.
pub fn wilcoxon_signed_rank(first: &[f64], second: &[f64]) -> Result<SignedRank> {
    let all = differences(first, second)?;
    let nonzero: Vec<f64> = all.iter().copied().filter(|&d| d != 0.0).collect();
    let (ranks, ties) = midranks(&nonzero.iter().map(|d| d.abs()).collect::<Vec<f64>>());
    let w_plus: f64 = nonzero.iter().zip(&ranks).filter(|(d, _)| **d > 0.0).map(|(_, rank)| rank).sum();
    let w_minus = ranks.iter().sum::<f64>() - w_plus;
    let plain = ties == 0.0 && nonzero.len() == all.len();
    let exact = all.len() <= if plain { EXACT_PAIRS } else { EXACT_PAIRS_WITH_TIES };
    let p = if exact {
        exact_p(&ranks, w_plus)
    } else {
        let n = nonzero.len() as f64;
        let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
        let z = 0.5 * (w_plus - w_minus).abs() / variance.sqrt();
        if variance > 0.0 { erfc(z / std::f64::consts::SQRT_2) } else { 1.0 }
    };
    Ok(SignedRank { w_plus, w_minus, p: p.clamp(0.0, 1.0), exact })
}

/// Two-sided p-value of a sum of ranks over all choices of signs. Twice a rank is a whole number.
fn exact_p(ranks: &[f64], w_plus: f64) -> f64 {
    let doubled = |rank: f64| (2.0 * rank) as usize;
    let total: usize = ranks.iter().map(|&rank| doubled(rank)).sum();
    // Number of choices for every doubled sum, below 2^50 and so exact.
    let mut choices = vec![0.0; total + 1];
    choices[0] = 1.0;
    for &rank in ranks {
        for sum in (doubled(rank)..=total).rev() {
            choices[sum] += choices[sum - doubled(rank)];
        }
    }
    let at = doubled(w_plus);
    let tail = choices[..=at].iter().sum::<f64>().min(choices[at..].iter().sum());
    2.0 * tail / choices.iter().sum::<f64>()
}
