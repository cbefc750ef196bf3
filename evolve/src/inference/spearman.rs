//! Spearman's rank correlation.
//!
//! rho is Pearson's correlation of the ranks, ties sharing their mean rank. For up to 8 pairs p is exact: the share of all
//! n! pairings with a rho at least as far from 0. For more, t = rho sqrt((n - 2) / (1 - rho^2)) is taken as Student's with
//! n - 2 degrees of freedom, as in `scipy.stats.spearmanr`, and p is at least 2 / n!, the least of the exact test.
//!
//! Source: Spearman 1904, doi:10.2307/1412159; t: Kendall and Stuart 1973, The Advanced Theory of Statistics 2.

use super::differences;
use super::ranks::midranks;
use crate::error::{EvolveError, Result};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Most pairs for which all pairings are counted.
const EXACT_PAIRS: usize = 8;

/// Result of [`spearman`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spearman {
    /// Rank correlation, from -1 to 1.
    pub rho: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Whether p comes from all pairings.
    pub exact: bool,
}

/// Correlates the ranks of pairs.
///
/// # Errors
/// Fewer than 3 pairs, samples of different lengths, a sample of equal values, or a value that is not finite.
pub fn spearman(first: &[f64], second: &[f64]) -> Result<Spearman> {
    differences(first, second)?;
    let n = first.len();
    EvolveError::require(n >= 3, "Spearman correlation", "pairs", n, "at least 3")?;
    for (field, sample) in [("first sample", first), ("second sample", second)] {
        let varies = sample.iter().any(|value| *value != sample[0]);
        EvolveError::require(varies, "Spearman correlation", field, "constant", "values that differ")?;
    }
    // Twice the deviation from the mean rank, a whole number.
    let scores = |sample: &[f64]| -> Vec<i64> {
        midranks(sample).0.iter().map(|rank| (2.0 * rank) as i64 - (n as i64 + 1)).collect()
    };
    let (a, b) = (scores(first), scores(second));
    let product = |b: &[i64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<i64>();
    let norm = |a: &[i64]| a.iter().map(|a| (a * a) as f64).sum::<f64>();
    let rho = (product(&b) as f64 / (norm(&a) * norm(&b)).sqrt()).clamp(-1.0, 1.0);
    let pairings: f64 = (1..=n).map(|k| k as f64).product();
    let exact = n <= EXACT_PAIRS;
    let p = if exact {
        let limit = product(&b).abs();
        let mut count = 0_u32;
        each_order(&mut b.clone(), n, &mut |order| count += u32::from(product(order).abs() >= limit));
        f64::from(count) / pairings
    } else {
        let freedom = (n - 2) as f64;
        let t = rho.abs() * (freedom / (1.0 - rho * rho)).sqrt();
        let tail = StudentsT::new(0.0, 1.0, freedom).map_or(0.0, |student| student.sf(t));
        (2.0 * tail).max(2.0 / pairings).max(f64::MIN_POSITIVE)
    };
    Ok(Spearman { rho, p: p.min(1.0), exact })
}

/// Calls `visit` with every order of the first `count` entries (Heap's algorithm).
fn each_order(list: &mut [i64], count: usize, visit: &mut impl FnMut(&[i64])) {
    if count <= 1 {
        return visit(list);
    }
    for k in 0..count {
        each_order(list, count - 1, visit);
        let other = if count.is_multiple_of(2) { k } else { 0 };
        list.swap(other, count - 1);
    }
}
