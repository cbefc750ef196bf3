//! Bootstrap intervals of any statistic of one sample.
//!
//! B samples of n values are drawn with replacement, and their statistics are sorted. The percentile interval of level
//! 1 - 2 alpha takes their quantiles alpha and 1 - alpha. The bias-corrected and accelerated (BCa) one takes the quantiles
//!
//! Phi(z_0 + (z_0 + z) / (1 - a (z_0 + z))), z = Phi^-1(alpha) and Phi^-1(1 - alpha),
//!
//! | symbol | meaning |
//! |---|---|
//! | z_0 | bias: Phi^-1 of the share of resamples below the statistic of the sample, ties counting one half |
//! | a | acceleration: sum u^3 / (6 (sum u^2)^{3/2}), u the mean of the leave-one-out statistics minus each; 0 without spread |
//!
//! Quantiles are interpolated linearly between order statistics. With few values any bootstrap interval is too narrow.
//!
//! Source: Efron 1987, doi:10.1080/01621459.1987.10478410.

use super::check;
use crate::error::{EvolveError, Result};
use rand::{Rng, RngExt};
use statrs::distribution::{ContinuousCDF, Normal};

/// How quantiles are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntervalKind {
    /// The quantiles of the level.
    Percentile,
    /// Corrected for bias and skew; needs two values.
    #[default]
    Bca,
}

/// Settings of a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples B, at least 1.
    pub resamples: usize,
    /// Level of the interval, between 0 and 1.
    pub level: f64,
    /// How quantiles are chosen.
    pub kind: IntervalKind,
}

impl Default for Bootstrap {
    /// 10,000 resamples, 95 %, BCa.
    fn default() -> Self {
        Self { resamples: 10_000, level: 0.95, kind: IntervalKind::default() }
    }
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Bootstrap {
    /// Interval of `statistic`, resampling with `rng`. The statistic of the sample itself need not lie within.
    ///
    /// # Errors
    /// An empty sample (BCa: of one value), a setting out of its range, a value or statistic that is not finite, or (BCa) a
    /// statistic of the sample that lies below or above those of all resamples.
    pub fn interval<R: Rng + ?Sized>(
        &self,
        sample: &[f64],
        statistic: impl Fn(&[f64]) -> f64,
        rng: &mut R,
    ) -> Result<Interval> {
        let inside = self.level > 0.0 && self.level < 1.0;
        EvolveError::require(inside, "bootstrap", "level", self.level, "between 0 and 1")?;
        EvolveError::require(self.resamples >= 1, "bootstrap", "resamples", self.resamples, "at least 1")?;
        check("sample", sample)?;
        let mut drawn = vec![0.0; sample.len()];
        let mut replicate = |_| {
            drawn.fill_with(|| sample[rng.random_range(0..sample.len())]);
            statistic(&drawn)
        };
        let replicates: Vec<f64> = (0..self.resamples).map(&mut replicate).collect();
        check("statistics of resamples", &replicates)?;
        if self.kind == IntervalKind::Percentile {
            return self.between(replicates, 0.0, 0.0);
        }
        EvolveError::require(sample.len() >= 2, "BCa bootstrap", "values", sample.len(), "at least 2")?;
        let left_out = |index: usize| statistic(&[&sample[..index], &sample[index + 1..]].concat());
        let jackknife: Vec<f64> = (0..sample.len()).map(left_out).collect();
        check("leave-one-out statistics", &jackknife)?;
        let bias = bias(&replicates, statistic(sample))?;
        self.between(replicates, bias, acceleration(&jackknife))
    }

    /// The interval with bias z_0 and acceleration a; without both it is the percentile interval.
    fn between(&self, mut replicates: Vec<f64>, bias: f64, acceleration: f64) -> Result<Interval> {
        replicates.sort_unstable_by(f64::total_cmp);
        let alpha = 0.5 * (1.0 - self.level);
        let normal = Normal::standard();
        let end = |alpha: f64| {
            if (bias, acceleration) == (0.0, 0.0) {
                return quantile(&replicates, alpha);
            }
            let z = bias + normal.inverse_cdf(alpha);
            quantile(&replicates, normal.cdf(bias + z / (1.0 - acceleration * z)))
        };
        Ok(Interval { low: end(alpha), high: end(1.0 - alpha) })
    }
}

/// z_0.
fn bias(replicates: &[f64], observed: f64) -> Result<f64> {
    let below = replicates.iter().filter(|&&x| x < observed).count();
    let up_to = replicates.iter().filter(|&&x| x <= observed).count();
    let share = (below + up_to) as f64 / (2 * replicates.len()) as f64;
    let expected = "more than 0 and less than 1";
    EvolveError::require(share > 0.0 && share < 1.0, "BCa bootstrap", "share of resamples below", share, expected)?;
    Ok(if share == 0.5 { 0.0 } else { Normal::standard().inverse_cdf(share) })
}

/// a.
fn acceleration(jackknife: &[f64]) -> f64 {
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let sum = |power: i32| jackknife.iter().map(|x| (mean - x).powi(power)).sum::<f64>();
    let squares = sum(2);
    if squares > 0.0 { sum(3) / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

/// Quantile of sorted values, interpolated between order statistics (Hyndman and Fan 1996, definition 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let low = (place.floor() as usize).min(last);
    let high = (low + 1).min(last);
    sorted[low] + (place - low as f64) * (sorted[high] - sorted[low])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// scipy.stats.bootstrap of SciPy 1.17.1, given these resampled means and no further ones.
    #[test]
    fn intervals_of_given_resamples() {
        let sample = [8.79, 9.61, 9.88, 10.11, 10.35, 10.49, 10.74, 11.28, 12.02, 14.50];
        let replicates = vec![
            9.9, 10.1, 10.3, 10.4, 10.6, 10.777, 10.8, 10.9, 11.0, 11.2, 11.3, 11.5, 11.9, 12.4, 9.7, 10.0, 10.5,
            10.65, 10.75, 11.1,
        ];
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        assert!((mean(&sample) - 10.777).abs() < 1e-12);
        let jackknife: Vec<f64> = (0..10).map(|k| mean(&[&sample[..k], &sample[k + 1..]].concat())).collect();
        let (bias, acceleration) = (bias(&replicates, mean(&sample)).unwrap(), acceleration(&jackknife));
        let expected = [
            (0.95, 0.0, 0.0, 9.794_999_999_999_998, 12.162_5),
            (0.8, 0.0, 0.0, 9.99, 11.540_000_000_000_001),
            (0.95, bias, acceleration, 9.900_067_161_752_776, 12.323_073_629_117_262),
            (0.8, bias, acceleration, 10.073_113_889_238_059, 11.831_238_730_810_453),
        ];
        for (level, bias, acceleration, low, high) in expected {
            let settings = Bootstrap { level, ..Bootstrap::default() };
            let found = settings.between(replicates.clone(), bias, acceleration).unwrap();
            assert!((found.low - low).abs() < 1e-9 && (found.high - high).abs() < 1e-9, "{level}: {found:?}");
        }
    }

    #[test]
    fn quantiles_lie_between_order_statistics() {
        let at = |share| quantile(&[1.0, 2.0, 4.0], share);
        assert_eq!([at(0.0), at(0.25), at(0.5), at(0.75), at(1.0)], [1.0, 1.5, 2.0, 3.0, 4.0]);
        assert_eq!(quantile(&[3.0], 0.4), 3.0);
    }
}
