//! Running mean and variance of repeated evaluations.
//!
//! Welford's update for one more value x: n' = n + 1, d = x - m, m' = m + d / n',
//! S' = S + d (x - m'), with S the sum of squared deviations from the mean.
//!
//! | symbol | field | meaning |
//! |---|---|---|
//! | n | `count` | number of values |
//! | m | `mean` | mean, one entry an objective |
//! | S | `sum_squares` | sum of squared deviations; S / (n - 1) is the sample variance |
//!
//! Source: Welford 1962, doi:10.1080/00401706.1962.10490022; merging two samples: Chan, Golub and
//! LeVeque 1983, doi:10.1080/00031305.1983.10483115.

use serde::{Deserialize, Serialize};

/// Count, mean and sum of squares of vectors of equal length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningStatistics {
    /// Number of vectors.
    pub count: u64,
    /// Mean of every entry (0 while there is nothing).
    pub mean: Vec<f64>,
    /// Sum of squared deviations of every entry.
    pub sum_squares: Vec<f64>,
}

impl RunningStatistics {
    /// Statistics of nothing, for vectors with `entries` entries.
    #[must_use]
    pub fn new(entries: usize) -> Self {
        Self { count: 0, mean: vec![0.0; entries], sum_squares: vec![0.0; entries] }
    }

    /// Adds one vector.
    pub fn push(&mut self, values: &[f64]) {
        self.count += 1;
        for (entry, &value) in values.iter().enumerate() {
            let deviation = value - self.mean[entry];
            self.mean[entry] += deviation / self.count as f64;
            self.sum_squares[entry] += deviation * (value - self.mean[entry]);
        }
    }

    /// Adds another sample.
    pub fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if count == 0 {
            return;
        }
        let weight = other.count as f64 / count as f64;
        for entry in 0..self.mean.len() {
            let deviation = other.mean[entry] - self.mean[entry];
            self.mean[entry] += deviation * weight;
            self.sum_squares[entry] += other.sum_squares[entry] + deviation * deviation * weight * self.count as f64;
        }
        self.count = count;
    }

    /// Whether the lists have this length and only finite, possible numbers.
    pub(crate) fn fits(&self, entries: usize) -> bool {
        self.mean.len() == entries
            && self.sum_squares.len() == entries
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.sum_squares.iter().all(|sum| sum.is_finite() && *sum >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum())
    }

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-9 * (1.0 + expected.abs())
    }

    proptest! {
        #[test]
        fn pushes_and_merges_equal_the_batch(
            values in prop::collection::vec(-1e3..1e3_f64, 1..40),
            split in 0usize..40,
        ) {
            let (mean, sum_squares) = batch(&values);
            let (left, right) = values.split_at(split.min(values.len()));
            let mut parts = [RunningStatistics::new(1), RunningStatistics::new(1)];
            left.iter().for_each(|&value| parts[0].push(&[value]));
            right.iter().for_each(|&value| parts[1].push(&[value]));
            let [mut merged, other] = parts;
            merged.merge(&other);
            prop_assert_eq!(merged.count, values.len() as u64);
            prop_assert!(close(merged.mean[0], mean));
            prop_assert!(close(merged.sum_squares[0], sum_squares));
        }
    }

    #[test]
    fn a_large_offset_does_not_destroy_the_variance() {
        // 1e9 + {4, 7, 13, 16}: variance 30, a textbook case for cancellation.
        let mut statistics = RunningStatistics::new(1);
        for value in [4.0, 7.0, 13.0, 16.0] {
            statistics.push(&[1e9 + value]);
        }
        assert_eq!(statistics.sum_squares[0] / 3.0, 30.0);
    }
}
