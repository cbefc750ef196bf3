//! Sign-flip permutation tests of paired differences.
//!
//! If two methods do not differ, the difference of a seed is as likely as its negative, so the statistic of the data lies
//! anywhere among those with random signs. All 2^n signs are counted if they are few enough, and then p is their share
//! with a statistic at least as large; else p = (1 + count) / (1 + B) for B random ones.
//!
//! * Mean: |mean of the differences|.
//! * Interaction of method and layer: d_sL is the difference of the methods for seed s and layer L. From each d_sL its mean
//!   over layers, the seed's main effect, is taken away (differences of shares have none, as shares sum to 1), and the
//!   statistic is the sum over layers of the squared mean over seeds. A seed's layers flip together, which keeps their
//!   dependence.
//!
//! Sources: Fisher 1935, The Design of Experiments, section 21; random flips: Phipson and Smyth 2010,
//! doi:10.2202/1544-6115.1585.

use super::check;
use crate::error::{EvolveError, Result};
use rand::{Rng, RngExt};

/// How many signs are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flips {
    /// All signs are tried if there are at most so many.
    pub exact_limit: u64,
    /// Number of random ones otherwise, at least 1.
    pub random: u32,
}

impl Default for Flips {
    /// Exact for up to 16 seeds, else 10,000 random signs.
    fn default() -> Self {
        Self { exact_limit: 1 << 16, random: 10_000 }
    }
}

/// Result of a sign-flip test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlipTest {
    /// The statistic of the data.
    pub statistic: f64,
    /// p-value.
    pub p: f64,
    /// Whether all signs were tried; then nothing was drawn.
    pub exact: bool,
}

/// Is the mean of paired differences 0? The statistic is the mean, with its sign; p is two-sided.
///
/// # Errors
/// No difference, one that is not finite, or no random signs.
pub fn sign_flip_mean<R: Rng + ?Sized>(differences: &[f64], flips: Flips, rng: &mut R) -> Result<FlipTest> {
    check("differences", differences)?;
    let rows: Vec<[f64; 1]> = differences.iter().map(|&d| [d]).collect();
    let test = flip(&rows, flips, rng)?;
    let statistic = differences.iter().sum::<f64>() / differences.len() as f64;
    Ok(FlipTest { statistic, ..test })
}

/// Does the difference of two methods depend on the layer? `differences[seed][layer]` is that of one measure.
///
/// # Errors
/// No seed, fewer than two layers, rows of different lengths, a difference that is not finite, or no random signs.
pub fn sign_flip_interaction<D: AsRef<[f64]>, R: Rng + ?Sized>(
    differences: &[D],
    flips: Flips,
    rng: &mut R,
) -> Result<FlipTest> {
    let layers = differences.first().map_or(0, |row| row.as_ref().len());
    let mut rows = Vec::with_capacity(differences.len());
    for row in differences {
        let row = row.as_ref();
        if row.len() != layers {
            return Err(EvolveError::Length { what: "differences of a seed", found: row.len(), expected: layers });
        }
        check("differences of a seed", row)?;
        let mean = row.iter().sum::<f64>() / layers as f64;
        rows.push(row.iter().map(|d| d - mean).collect::<Vec<f64>>());
    }
    if rows.is_empty() {
        return Err(EvolveError::Empty { what: "differences" });
    }
    EvolveError::require(layers >= 2, "sign-flip test", "layers", layers, "at least 2")?;
    flip(&rows, flips, rng)
}

/// The test of the sum over columns of the squared mean over rows.
fn flip<D: AsRef<[f64]>, R: Rng + ?Sized>(rows: &[D], flips: Flips, rng: &mut R) -> Result<FlipTest> {
    EvolveError::require(flips.random >= 1, "sign-flip test", "random", flips.random, "at least 1")?;
    let n = rows.len();
    let columns = rows[0].as_ref().len();
    let mut sums = vec![0.0; columns];
    let mut statistic = |negative: &dyn Fn(usize) -> bool| {
        sums.fill(0.0);
        for (row, values) in rows.iter().enumerate() {
            let sign = if negative(row) { -1.0 } else { 1.0 };
            sums.iter_mut().zip(values.as_ref()).for_each(|(sum, d)| *sum += sign * d);
        }
        sums.iter().map(|sum| (sum / n as f64).powi(2)).sum::<f64>()
    };
    let found = statistic(&|_| false);
    // Sums that are equal but for the order of rounding count as equal.
    let scale: f64 = rows.iter().flat_map(AsRef::as_ref).map(|d| d.abs()).sum::<f64>() / n as f64;
    let limit = found - 1e-12 * scale * scale;
    let exact = n < 64 && 1_u64 << n <= flips.exact_limit;
    let p = if exact {
        let signs = 1_u64 << n;
        let count = (0..signs).filter(|mask| statistic(&|row| mask >> row & 1 == 1) >= limit).count();
        count as f64 / signs as f64
    } else {
        let mut negative = vec![false; n];
        let mut count = 0_u32;
        for _ in 0..flips.random {
            negative.fill_with(|| rng.random());
            count += u32::from(statistic(&|row| negative[row]) >= limit);
        }
        (1.0 + f64::from(count)) / (1.0 + f64::from(flips.random))
    };
    Ok(FlipTest { statistic: found, p, exact })
}
