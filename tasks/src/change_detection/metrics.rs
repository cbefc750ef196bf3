//! The six objectives of a rule, each as a metric of its own, and distances they use.
//!
//! | metric | definition | unit |
//! |---|---|---|
//! | error | 1 - mean over domains of the validation accuracy | |
//! | complexity | active terms / 25 | |
//! | maximum rate | largest mean rate of any neuron in validation | Hz |
//! | synchrony | variance of the population mean over mean variance of neurons, 5-ms bins | |
//! | mean-rate deviation | mean over types of the distance to the mouse's mean rate | Hz |
//! | rate distribution | mean over types of the Wasserstein-1 distance to the mouse's rates | Hz |
//!
//! All are minimised. Names: Ye et al., ICLR 2026; formulas of synchrony, deviation and distribution are this project's
//! reading of those names. Mouse rates: Siegle et al. 2021, <https://doi.org/10.1038/s41586-020-03171-x>, drifting
//! gratings.

use super::session::DomainResult;
use crate::mouse_v1::tables::{MEAN_RATE_DG_HZ, N_TYPES, QUANTILE_LEVELS_PERCENT, RATE_QUANTILES_DG_HZ};

/// What a metric may look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// One result per domain.
    pub domains: &'a [DomainResult],
    /// Complexity of the rule.
    pub complexity: f64,
    /// Type of every neuron.
    pub type17: &'a [u16],
    /// Mean rate of every neuron over all domains (Hz), see [`rates_hz`].
    pub rates_hz: &'a [f64],
}

/// One minimised number of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Name in tables and files.
    pub name: &'static str,
    /// Unit, empty if none.
    pub unit: &'static str,
    /// Does it vary between evaluations of one rule?
    pub noisy: bool,
    /// The value.
    pub value: fn(&Evidence<'_>) -> f64,
}

/// The six objectives, in the order of the paper.
pub const METRICS: [Metric; 6] = [
    Metric { name: "error", unit: "", noisy: true, value: error },
    Metric { name: "complexity", unit: "", noisy: false, value: |e| e.complexity },
    Metric { name: "max_rate_hz", unit: "Hz", noisy: true, value: max_rate },
    Metric { name: "synchrony", unit: "", noisy: true, value: synchrony },
    Metric { name: "rate_deviation_hz", unit: "Hz", noisy: true, value: rate_deviation },
    Metric { name: "rate_wasserstein_hz", unit: "Hz", noisy: true, value: rate_wasserstein },
];

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1) as f64;
    values.sum::<f64>() / n
}

fn error(e: &Evidence<'_>) -> f64 {
    1.0 - mean(e.domains.iter().map(DomainResult::accuracy))
}

/// Mean rate of every neuron over all domains (Hz).
#[must_use]
pub fn rates_hz(domains: &[DomainResult]) -> Vec<f64> {
    let all: Vec<Vec<f64>> = domains.iter().map(|d| d.recording.rates_hz()).collect();
    let n = all.first().map_or(0, Vec::len);
    (0..n).map(|i| mean(all.iter().map(|r| r[i]))).collect()
}

fn max_rate(e: &Evidence<'_>) -> f64 {
    e.rates_hz.iter().copied().fold(0.0, f64::max)
}

fn synchrony(e: &Evidence<'_>) -> f64 {
    mean(e.domains.iter().map(|d| d.recording.synchrony()))
}

/// The rates of the neurons of each type that the circuit has.
fn by_type(e: &Evidence<'_>) -> Vec<(usize, Vec<f64>)> {
    (0..N_TYPES)
        .map(|t| {
            let own = e.type17.iter().zip(e.rates_hz).filter(|(x, _)| usize::from(**x) == t).map(|(_, &r)| r);
            (t, own.collect::<Vec<f64>>())
        })
        .filter(|(_, own)| !own.is_empty())
        .collect()
}

fn rate_deviation(e: &Evidence<'_>) -> f64 {
    mean(by_type(e).iter().map(|(t, own)| (mean(own.iter().copied()) - MEAN_RATE_DG_HZ[*t]).abs()))
}

fn rate_wasserstein(e: &Evidence<'_>) -> f64 {
    mean(by_type(e).iter().map(|(t, own)| wasserstein_1(own, &RATE_QUANTILES_DG_HZ[*t])))
}

/// Wasserstein-1 distance between a sample and a distribution given by its quantiles at
/// [`QUANTILE_LEVELS_PERCENT`], linear in between: the integral over levels of the distance of the quantile functions.
#[must_use]
pub fn wasserstein_1(sample: &[f64], quantiles: &[f64; QUANTILE_LEVELS_PERCENT.len()]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    // Both functions are linear between consecutive breakpoints of either.
    let mut levels: Vec<f64> = QUANTILE_LEVELS_PERCENT.iter().map(|p| p / 100.0).collect();
    levels.extend((1..n).map(|k| k as f64 / n as f64));
    levels.sort_by(f64::total_cmp);
    let at = |u: f64| {
        let k = QUANTILE_LEVELS_PERCENT.partition_point(|p| p / 100.0 <= u).clamp(1, QUANTILE_LEVELS_PERCENT.len() - 1);
        let (a, b) = (QUANTILE_LEVELS_PERCENT[k - 1] / 100.0, QUANTILE_LEVELS_PERCENT[k] / 100.0);
        quantiles[k - 1] + (quantiles[k] - quantiles[k - 1]) * (u - a) / (b - a)
    };
    let mut distance = 0.0;
    for pair in levels.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if b - a < 1e-12 || n == 0 {
            continue;
        }
        let own = sorted[((0.5 * (a + b) * n as f64) as usize).min(n - 1)];
        // Stay inside the interval, where both are linear.
        let inset = 1e-9 * (b - a);
        let (left, right) = (own - at(a + inset), own - at(b - inset));
        distance += (b - a)
            * if left * right >= 0.0 {
                0.5 * (left.abs() + right.abs())
            } else {
                0.5 * (left * left + right * right) / (left.abs() + right.abs())
            };
    }
    distance
}

/// Mean of the domains' areas under the ROC curve.
#[must_use]
pub fn pooled_auc(domains: &[DomainResult]) -> f64 {
    mean(domains.iter().map(DomainResult::auc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::N_UNITS;

    #[test]
    fn wasserstein_against_closed_forms() {
        let uniform = QUANTILE_LEVELS_PERCENT.map(|p| p / 10.0); // uniform on 0..10
        assert!((wasserstein_1(&[5.0], &uniform) - 2.5).abs() < 1e-6, "a point against a uniform: range/4");
        assert!((wasserstein_1(&[12.0], &uniform) - 7.0).abs() < 1e-6, "outside: the difference of the means");
        let fine: Vec<f64> = (0..1000).map(|k| (f64::from(k) + 0.5) / 100.0).collect();
        assert!(wasserstein_1(&fine, &uniform) < 0.003, "the same distribution");
        let shifted: Vec<f64> = fine.iter().map(|x| x + 3.0).collect();
        assert!((wasserstein_1(&shifted, &uniform) - 3.0).abs() < 1e-3, "a shift is its own distance");
    }

    #[test]
    fn mouse_quantiles_have_the_mouse_mean() {
        for t in 0..N_TYPES {
            let mean = wasserstein_1(&[0.0], &RATE_QUANTILES_DG_HZ[t]);
            // Types with few recorded units have coarse quantile functions.
            let tolerance = if N_UNITS[t] < 100 { 0.3 } else { 0.05 };
            assert!((mean / MEAN_RATE_DG_HZ[t] - 1.0).abs() < tolerance, "type {t}: {mean} Hz");
        }
    }
}
