//! Kruskal and Wallis's test: do several independent samples come from one distribution?
//!
//! All N values are ranked together, ties sharing their mean rank. With the rank sums R_j of samples of n_j values,
//!
//! H = (12 / (N (N + 1)) sum_j R_j^2 / n_j - 3 (N + 1)) / (1 - sum(t^3 - t) / (N^3 - N))
//!
//! has asymptotically one degree of freedom less than there are samples; with fewer than 5 values a sample this is rough.
//!
//! Source: Kruskal and Wallis 1952, doi:10.1080/01621459.1952.10483441.

use super::ranks::midranks;
use super::{ChiSquareTest, check};
use crate::error::{EvolveError, Result};

/// Compares independent samples. If all values are equal, the statistic is 0 and p is 1.
///
/// # Errors
/// Fewer than two samples, an empty one, or a value that is not finite.
pub fn kruskal_wallis<S: AsRef<[f64]>>(samples: &[S]) -> Result<ChiSquareTest> {
    EvolveError::require(samples.len() >= 2, "Kruskal-Wallis test", "samples", samples.len(), "at least 2")?;
    let mut pooled = Vec::new();
    for sample in samples {
        check("sample of the Kruskal-Wallis test", sample.as_ref())?;
        pooled.extend_from_slice(sample.as_ref());
    }
    let (ranks, ties) = midranks(&pooled);
    let all = pooled.len() as f64;
    let (mut rest, mut between) = (ranks.as_slice(), 0.0);
    for sample in samples {
        let (own, after) = rest.split_at(sample.as_ref().len());
        rest = after;
        let size = own.len() as f64;
        // Deviation from the mean rank, as in the Friedman test.
        between += (own.iter().sum::<f64>() - 0.5 * size * (all + 1.0)).powi(2) / size;
    }
    let correction = 1.0 - ties / (all.powi(3) - all);
    Ok(ChiSquareTest::of(12.0 / (all * (all + 1.0)) * between, correction, samples.len() - 1))
}
