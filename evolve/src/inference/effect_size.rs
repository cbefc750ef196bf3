//! Effect sizes: how large a difference is, apart from how sure.
//!
//! | function | definition | range |
//! |---|---|---|
//! | [`rank_biserial`] | 2 U / (m n) - 1, U pairs in which the first is larger | -1 to 1 |
//! | [`matched_rank_biserial`] | (W+ - W-) / (W+ + W-), signed rank sums | -1 to 1 |
//! | [`cohens_d`] | mean of paired differences over their standard deviation (1/(n - 1)), also called d_z | any |
//!
//! Sources: Wendt 1972, doi:10.1002/ejsp.2420020412; Kerby 2014, doi:10.2466/11.IT.3.1; Cohen 1988, Statistical Power
//! Analysis for the Behavioral Sciences, ch. 2.

use super::differences;
use super::mann_whitney::mann_whitney;
use super::wilcoxon::wilcoxon_signed_rank;

/// Rank-biserial correlation of two independent samples: 1 if every value of the first is larger. `None` if one is empty
/// or has a NaN.
#[must_use]
pub fn rank_biserial(first: &[f64], second: &[f64]) -> Option<f64> {
    let test = mann_whitney(first, second)?;
    Some(2.0 * test.u / (first.len() * second.len()) as f64 - 1.0)
}

/// Matched-pairs rank-biserial correlation: 1 if the first value of every pair is larger. `None` without pairs that
/// differ, or for samples that are not pairs of finite numbers.
#[must_use]
pub fn matched_rank_biserial(first: &[f64], second: &[f64]) -> Option<f64> {
    let test = wilcoxon_signed_rank(first, second).ok()?;
    let total = test.w_plus + test.w_minus;
    (total > 0.0).then(|| (test.w_plus - test.w_minus) / total)
}

/// Cohen's d of paired differences. `None` with fewer than two pairs, for equal differences, or for samples that are not
/// pairs of finite numbers.
#[must_use]
pub fn cohens_d(first: &[f64], second: &[f64]) -> Option<f64> {
    let d = differences(first, second).ok()?;
    if d.iter().all(|x| *x == d[0]) {
        return None;
    }
    let n = d.len() as f64;
    let mean = d.iter().sum::<f64>() / n;
    let variance = d.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some(mean / variance.sqrt())
}
