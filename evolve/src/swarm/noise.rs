//! Variance of the noise of each objective, pooled over all individuals.
//!
//! Every re-evaluation adds one degree of freedom and the squared deviation by which it raises an
//! individual's sum of squares (Welford). With S and d the pooled sum and degrees of freedom,
//!
//! S <- f S + sum of the increments,  d <- f d + number of re-evaluations,  s2_pool = S / d,
//! s2_i = (nu s2_pool + SS_i) / (nu + n_i - 1),  t2_i = s2_i / n_i.
//!
//! | symbol | meaning | default | source |
//! |---|---|---|---|
//! | f | kept from one generation to the next | 0.9 | own choice: noise may change as the search moves |
//! | nu | weight of the pooled variance in degrees of freedom | 4 | own choice |
//! | SS_i, n_i | sum of squares and number of evaluations of individual i | | |
//! | t2_i | variance of its mean | | |
//!
//! The shrinkage has the form of a posterior mean under a scaled inverse chi-squared prior (Smyth 2004,
//! doi:10.2202/1544-6115.1027).

use serde::{Deserialize, Serialize};

use crate::objective::ObjectiveInfo;
use crate::statistics::RunningStatistics;

/// Pooled sums, one entry an objective; objectives declared exact stay at variance 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PooledNoise {
    sum_squares: Vec<f64>,
    degrees: f64,
}

impl PooledNoise {
    pub(crate) fn new(objectives: usize) -> Self {
        Self { sum_squares: vec![0.0; objectives], degrees: 0.0 }
    }

    /// Adds the re-evaluations of one generation: `increments` are the summed rises of the sums of
    /// squares, `count` the number of re-evaluated individuals.
    pub(crate) fn update(&mut self, increments: &[f64], count: u64, forgetting: f64) {
        for (sum, increment) in self.sum_squares.iter_mut().zip(increments) {
            *sum = forgetting * *sum + increment;
        }
        self.degrees = forgetting * self.degrees + count as f64;
    }

    /// Pooled variance of one evaluation; 0 before the first re-evaluation.
    pub(crate) fn variance(&self, objective: usize) -> f64 {
        if self.degrees > 0.0 { self.sum_squares[objective] / self.degrees } else { 0.0 }
    }

    /// Variance of the mean of every objective of one individual.
    pub(crate) fn variance_of_mean(
        &self,
        individual: &RunningStatistics,
        objectives: &[ObjectiveInfo],
        nu: f64,
    ) -> Vec<f64> {
        let count = individual.count as f64;
        let shrunk = |k: usize| (nu * self.variance(k) + individual.sum_squares[k]) / (nu + count - 1.0) / count;
        let noisy = objectives.iter().map(|info| info.noisy).enumerate();
        noisy.map(|(k, noisy)| if noisy && count > 0.0 { shrunk(k) } else { 0.0 }).collect()
    }

    pub(crate) fn fits(&self, objectives: usize) -> bool {
        self.sum_squares.len() == objectives
            && self.degrees.is_finite()
            && self.degrees >= 0.0
            && self.sum_squares.iter().all(|sum| sum.is_finite() && *sum >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    #[test]
    fn the_pooled_variance_is_unbiased_and_exact_objectives_have_none() {
        let mut rng = Address { run: 0, generation: 0, candidate: 0, episode: 0 }.rng(0);
        let infos = [ObjectiveInfo::new("noisy", true), ObjectiveInfo::new("exact", false)];
        let mut pool = PooledNoise::new(2);
        let mut individuals = vec![RunningStatistics::new(2); 2000];
        for generation in 0..6 {
            let mut increments = [0.0; 2];
            for (place, individual) in individuals.iter_mut().enumerate() {
                let before = individual.sum_squares.clone();
                // Individuals differ in their mean; the noise has standard deviation 0.3.
                let noise: f64 = rng.sample(StandardNormal);
                individual.push(&[place as f64 + 0.3 * noise, place as f64]);
                for k in 0..2 {
                    increments[k] += individual.sum_squares[k] - before[k];
                }
            }
            if generation > 0 {
                pool.update(&increments, 2000, 0.9);
            }
        }
        // Standard error of the estimate: 0.09 sqrt(2 / 8190 effective degrees) = 0.0014.
        assert!((pool.variance(0) - 0.09).abs() < 0.005, "{}", pool.variance(0));
        let variance = pool.variance_of_mean(&individuals[0], &infos, 4.0);
        let expected = (4.0 * pool.variance(0) + individuals[0].sum_squares[0]) / 9.0 / 6.0;
        assert_eq!(variance, [expected, 0.0]);
    }

    #[test]
    fn one_evaluation_takes_the_pooled_variance() {
        let infos = [ObjectiveInfo::new("noisy", true)];
        let mut pool = PooledNoise::new(1);
        assert_eq!(pool.variance(0), 0.0);
        pool.update(&[6.0], 3, 0.9);
        let mut once = RunningStatistics::new(1);
        once.push(&[5.0]);
        assert_eq!(pool.variance_of_mean(&once, &infos, 4.0), [2.0]);
    }
}
