//! Inference from few runs: rank tests, permutation tests, effect sizes and intervals.
//!
//! | question | function |
//! |---|---|
//! | two independent samples | [`mann_whitney`], [`rank_biserial`] |
//! | two methods on the same seeds | [`wilcoxon_signed_rank`], [`sign_flip_mean`], [`matched_rank_biserial`], [`cohens_d`] |
//! | several layers of the same runs | [`friedman`] |
//! | several independent samples | [`kruskal_wallis`] |
//! | does the effect of the method depend on the layer? | [`sign_flip_interaction`] |
//! | two numbers that rise together | [`spearman`] |
//! | several tests at once | [`holm`] |
//! | how uncertain is a number | [`Bootstrap`] |
//!
//! All p-values are two-sided. With few runs their least values are large: 3 against 3 gives at least .1 in [`mann_whitney`],
//! 5 pairs .0625 in [`wilcoxon_signed_rank`]. The distributions are those of `statrs`, which has none of these tests but
//! Mann and Whitney's, without the exact distribution of larger samples.

mod bootstrap;
mod effect_size;
mod friedman;
mod holm;
mod kruskal_wallis;
mod mann_whitney;
mod ranks;
mod sign_flip;
mod spearman;
mod wilcoxon;

pub use bootstrap::{Bootstrap, Interval, IntervalKind};
pub use effect_size::{cohens_d, matched_rank_biserial, rank_biserial};
pub use friedman::friedman;
pub use holm::holm;
pub use kruskal_wallis::kruskal_wallis;
pub use mann_whitney::{RankTest, mann_whitney};
pub use sign_flip::{FlipTest, Flips, sign_flip_interaction, sign_flip_mean};
pub use spearman::{Spearman, spearman};
pub use wilcoxon::{SignedRank, wilcoxon_signed_rank};

use crate::error::{EvolveError, Result};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A statistic with an asymptotic chi-squared distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquareTest {
    /// The statistic, corrected for ties.
    pub statistic: f64,
    /// Degrees of freedom.
    pub degrees_of_freedom: usize,
    /// p-value.
    pub p: f64,
}

impl ChiSquareTest {
    /// The test of `statistic` before the correction for ties; without variation between values there is no evidence.
    fn of(uncorrected: f64, correction: f64, degrees_of_freedom: usize) -> Self {
        let statistic = if correction > 0.0 { (uncorrected / correction).max(0.0) } else { 0.0 };
        let p = ChiSquared::new(degrees_of_freedom as f64).map_or(1.0, |chi| chi.sf(statistic));
        Self { statistic, degrees_of_freedom, p: p.clamp(0.0, 1.0) }
    }
}

/// Checks that there are numbers and that all are finite.
fn check(what: &'static str, values: &[f64]) -> Result<()> {
    if values.is_empty() {
        return Err(EvolveError::Empty { what });
    }
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, &found)) => {
            Err(EvolveError::Value { what, index, found, expected: "a finite number".to_string() })
        }
        None => Ok(()),
    }
}

/// Checks two samples of pairs and gives their differences, first minus second.
fn differences(first: &[f64], second: &[f64]) -> Result<Vec<f64>> {
    if first.len() != second.len() {
        let (found, expected) = (second.len(), first.len());
        return Err(EvolveError::Length { what: "second sample of pairs", found, expected });
    }
    check("first sample of pairs", first)?;
    check("second sample of pairs", second)?;
    Ok(first.iter().zip(second).map(|(a, b)| a - b).collect())
}
