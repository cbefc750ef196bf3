//! Goals: bounds on objectives that come before all trade-offs.
//!
//! Individuals that meet every goal survive first, by the search's selection; the others follow by how far they miss.
//! A single lucky evaluation must not count as a goal met, so a goal looks at the posterior mean of an objective,
//!
//! m_i = mu + (x_i - mu) t^2 / (t^2 + v_i),
//!
//! with x_i and v_i the individual's mean and the variance of that mean, mu the mean over all individuals and t^2 the
//! variance of their true values, estimated as the variance of the means less the mean of the v_i.
//!
//! Sources: feasibility before objectives: Deb 2000, doi:10.1016/S0045-7825(99)00389-8; shrinkage: Efron and Morris
//! 1975, doi:10.1080/01621459.1975.10479864.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;

use super::dominance::NoisyPoints;

/// A bound on one objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Name of the objective.
    pub objective: String,
    /// Largest value that meets the goal.
    pub at_most: f64,
}

impl Goal {
    /// Place of the objective.
    ///
    /// # Errors
    /// An objective that does not exist, or a bound that is not finite.
    pub(crate) fn place(&self, objectives: &[ObjectiveInfo]) -> Result<usize> {
        if !self.at_most.is_finite() {
            return Err(EvolveError::config("goal", "at_most", self.at_most, "a finite number"));
        }
        objectives.iter().position(|info| info.name == self.objective).ok_or_else(|| {
            let names: Vec<&str> = objectives.iter().map(|info| info.name.as_str()).collect();
            EvolveError::config("goal", "objective", &self.objective, format!("one of {}", names.join(", ")))
        })
    }
}

/// By how much every point misses the goals, summed over them in units of the points' spread; 0 where all are met.
pub(crate) fn misses(goals: &[(usize, f64)], points: &NoisyPoints<'_>) -> Vec<f64> {
    let mut total = vec![0.0; points.len()];
    for &(k, at_most) in goals {
        let column = |values: &[f64]| values.iter().skip(k).step_by(points.objectives).copied().collect::<Vec<f64>>();
        let (posterior, spread) = posterior_means(&column(points.means), &column(points.variances));
        for (sum, m) in total.iter_mut().zip(posterior) {
            *sum += (m - at_most).max(0.0) / spread;
        }
    }
    total
}

/// Posterior means, and the standard deviation of the means (1 if they do not differ).
fn posterior_means(mean: &[f64], variance: &[f64]) -> (Vec<f64>, f64) {
    let n = mean.len().max(1) as f64;
    let mu = mean.iter().sum::<f64>() / n;
    let spread = mean.iter().map(|x| (x - mu).powi(2)).sum::<f64>() / n;
    let truth = (spread - variance.iter().sum::<f64>() / n).max(1e-3 * spread);
    let shrink = |(x, v): (&f64, &f64)| if truth + v > 0.0 { mu + (x - mu) * truth / (truth + v) } else { *x };
    let posterior = mean.iter().zip(variance).map(shrink).collect();
    (posterior, if spread > 0.0 { spread.sqrt() } else { 1.0 })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_lucky_evaluation_counts_less_than_a_proven_mean() {
        // Point 0 was lucky once, point 1 is proven; the others show what is usual.
        let means = [0.30, 0.36, 0.50, 0.52, 0.48, 0.50];
        let variances = [4e-3, 1e-4, 1e-3, 1e-3, 1e-3, 1e-3];
        let (posterior, _) = posterior_means(&means, &variances);
        assert!(posterior[0] > means[0] + 0.02 && (posterior[1] - means[1]).abs() < 0.01);
        let points = NoisyPoints { means: &means, variances: &variances, objectives: 1 };
        let miss = misses(&[(0, 0.37)], &points);
        assert!(miss[1] == 0.0 && miss[2] > 0.0, "{miss:?}");
    }

    #[test]
    fn exact_values_are_taken_as_they_are() {
        let points = NoisyPoints { means: &[1.0, 5.0, 2.0, 9.0], variances: &[0.0; 4], objectives: 2 };
        let miss = misses(&[(0, 1.5), (1, 6.0)], &points);
        assert_eq!(miss[0], 0.0);
        // 0.5 over a spread of 0.5, and 3 over a spread of 2.
        assert!((miss[1] - 2.5).abs() < 1e-12, "{miss:?}");
    }

    #[test]
    fn mistakes_are_named() {
        let infos = [ObjectiveInfo::new("error", true), ObjectiveInfo::new("complexity", false)];
        let goal = |objective: &str, at_most| Goal { objective: objective.into(), at_most };
        assert_eq!(goal("complexity", 0.2).place(&infos).unwrap(), 1);
        let unknown = goal("accuracy", 0.5).place(&infos).unwrap_err().to_string();
        assert!(unknown.contains("accuracy") && unknown.contains("error, complexity"), "{unknown}");
        assert!(goal("error", f64::NAN).place(&infos).is_err());
    }
}
