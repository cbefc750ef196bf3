//! Penalties on rates and on potentials.
//!
//! | penalty | cost |
//! |---|---|
//! | rates, `batch_mean` | `weight sum_i (mean over trials and steps of z_i / dt - target)^2` |
//! | rates, `each_trial` | `weight sum_b sum_i (mean over steps of z_i / dt - target)^2` |
//! | potentials | `weight mean over steps, trials, neurons of max(0, u - upper)^2 + max(0, lower - u)^2` |
//!
//! Rates are in spikes per ms (0.02 is 20 Hz), and u is the potential relative to the threshold in units of V_th -
//! V_reset; refractory neurons count 0. Sources: Bellec et al. 2020, doi 10.1038/s41467-020-17236-y (both kinds).

use crate::error::{BackpropError, require};
use crate::real::{Real, rows, rows_mut};
use serde::{Deserialize, Serialize};

/// Which mean is compared with the target rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateMean {
    /// Over the trials of the batch.
    #[default]
    BatchMean,
    /// Over the steps of every trial.
    EachTrial,
}

/// A penalty on the distance of firing rates to a target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatePenalty {
    /// Factor of the sum, at least 0.
    pub weight: f64,
    /// Target (spikes per ms).
    pub target_per_ms: f64,
    /// Which mean is meant.
    #[serde(default)]
    pub mean: RateMean,
}

/// A penalty on potentials outside a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoltagePenalty {
    /// Factor of the mean, at least 0.
    pub weight: f64,
    /// Least u without cost; -1 is the reset potential.
    pub lower: f64,
    /// Largest u without cost; 0 is the threshold.
    pub upper: f64,
}

impl RatePenalty {
    pub(crate) fn check(&self) -> Result<(), BackpropError> {
        require(self.weight >= 0.0, "rate penalty", "weight", self.weight, "a number >= 0")?;
        require(self.target_per_ms >= 0.0, "rate penalty", "target_per_ms", self.target_per_ms, "a number >= 0")
    }

    /// Cost of the spike counts `[neurons][trials]` of a population, and the adjoint of every spike in `bar`, the same
    /// shape.
    pub(crate) fn cost(&self, counts: &[f64], trials: usize, duration_ms: f64, bar: &mut [f64]) -> f64 {
        let mut cost = 0.0;
        for (count, bar) in counts.chunks(trials).zip(bar.chunks_mut(trials)) {
            match self.mean {
                RateMean::BatchMean => {
                    let time = duration_ms * trials as f64;
                    let excess = count.iter().sum::<f64>() / time - self.target_per_ms;
                    cost += self.weight * excess * excess;
                    bar.fill(2.0 * self.weight * excess / time);
                }
                RateMean::EachTrial => {
                    for (c, b) in count.iter().zip(bar) {
                        let excess = c / duration_ms - self.target_per_ms;
                        cost += self.weight * excess * excess;
                        *b = 2.0 * self.weight * excess / duration_ms;
                    }
                }
            }
        }
        cost
    }
}

impl VoltagePenalty {
    pub(crate) fn check(&self) -> Result<(), BackpropError> {
        require(self.weight >= 0.0, "voltage penalty", "weight", self.weight, "a number >= 0")?;
        require(true, "voltage penalty", "lower", self.lower, "a finite number")?;
        require(self.upper >= self.lower, "voltage penalty", "upper", self.upper, "a number >= lower")
    }

    #[inline(always)]
    fn outside<F: Real>(&self, u: F) -> F {
        let (lower, upper) = (F::of(self.lower), F::of(self.upper));
        if u == F::neg_infinity() {
            F::zero()
        } else if u > upper {
            u - upper
        } else if u < lower {
            u - lower
        } else {
            F::zero()
        }
    }

    /// Sum of the squared distance to the range over the first `used` lanes of one step.
    pub(crate) fn excess<F: Real, const L: usize>(&self, u: &[F], used: usize) -> f64 {
        let square = |&x: &F| self.outside(x).wide().powi(2);
        rows::<F, L>(u).iter().map(|u| u[..used.min(L)].iter().map(square).sum::<f64>()).sum()
    }

    /// Adjoint of u: `factor` times the derivative of the square, in the first `used` lanes.
    pub(crate) fn pull_back<F: Real, const L: usize>(&self, u: &[F], factor: F, used: usize, u_bar: &mut [F]) {
        let twice = F::of(2.0) * factor;
        for (u, bar) in rows::<F, L>(u).iter().zip(rows_mut::<F, L>(u_bar)) {
            for l in 0..L {
                bar[l] = if l < used { twice * self.outside(u[l]) } else { F::zero() };
            }
        }
    }
}
