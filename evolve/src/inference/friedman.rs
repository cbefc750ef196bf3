//! Friedman's test: do k treatments of the same n blocks (say, layers of the same runs) differ?
//!
//! Values are ranked within each block, ties sharing their mean rank. With rank sums R_j,
//!
//! chi^2 = (12 / (n k (k + 1)) sum_j R_j^2 - 3 n (k + 1)) / (1 - sum(t^3 - t) / (n k (k^2 - 1)))
//!
//! has asymptotically k - 1 degrees of freedom. For few blocks the approximation is rough: below about 6 of them read p as
//! an order of magnitude.
//!
//! Source: Friedman 1937, doi:10.1080/01621459.1937.10503522; ties: Conover 1999, Practical Nonparametric Statistics, ch. 5.

use super::ranks::midranks;
use super::{ChiSquareTest, check};
use crate::error::{EvolveError, Result};

/// Compares the columns of `blocks`, one row per block with one value per treatment. If all values of every block are
/// equal, the statistic is 0 and p is 1.
///
/// # Errors
/// No block, fewer than two treatments, rows of different lengths, or a value that is not finite.
pub fn friedman<B: AsRef<[f64]>>(blocks: &[B]) -> Result<ChiSquareTest> {
    let k = blocks.first().ok_or(EvolveError::Empty { what: "blocks of the Friedman test" })?.as_ref().len();
    EvolveError::require(k >= 2, "Friedman test", "treatments", k, "at least 2")?;
    let (mut sums, mut all_ties) = (vec![0.0; k], 0.0);
    for block in blocks {
        let block = block.as_ref();
        if block.len() != k {
            return Err(EvolveError::Length { what: "block of the Friedman test", found: block.len(), expected: k });
        }
        check("block of the Friedman test", block)?;
        let (ranks, ties) = midranks(block);
        sums.iter_mut().zip(ranks).for_each(|(sum, rank)| *sum += rank);
        all_ties += ties;
    }
    let (n, k_f) = (blocks.len() as f64, k as f64);
    // Deviations from the mean rank sum instead of the difference of two large numbers above; the same value.
    let squares: f64 = sums.iter().map(|sum| (sum - 0.5 * n * (k_f + 1.0)).powi(2)).sum();
    let uncorrected = 12.0 / (n * k_f * (k_f + 1.0)) * squares;
    Ok(ChiSquareTest::of(uncorrected, 1.0 - all_ties / (n * k_f * (k_f * k_f - 1.0)), k - 1))
}
