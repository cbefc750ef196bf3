//! From a dimensionless rule to weights in pA: learning rates and bounds of every synapse.
//!
//! A rule gives `dw` in units of its coefficients, which lie in -1..1. A synapse changes by `eta * scale * dw`, where
//! the scale has the unit of the weight, and its magnitude stays in 0..=upper. Neither is given by the paper's
//! summary; both are options here.
//!
//! | option | scale | upper bound |
//! |---|---|---|
//! | `pair_mean` | mean initial magnitude of the type pair | kappa x its 95th percentile |
//! | `own` | the synapse's own initial magnitude | kappa x that |
//!
//! With `own` a rule multiplies weights and keeps the circuit's orientation-specific structure; with `pair_mean` it
//! adds to weak and strong connections alike, and as weights within a pair are very unequal (60 % of the E-E
//! connections are below 0.001 pA) most of what it adds lands on connections that the circuit hardly had.

use crate::error::TaskError;
use crate::mouse_v1::DT_MS;
use evoplast_plasticity::PlasticityError;
use evoplast_plasticity::{Bounds, BoundsWhen, Dense, EventDriven, taylor::TaylorRule};
use evoplast_synapse::{Topology, Wiring};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a unit of `dw` means for a synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateScale {
    /// The mean initial magnitude of the synapse's type pair.
    PairMean,
    /// The synapse's own initial magnitude.
    #[default]
    Own,
}

/// Learning rates and bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LearningConfig {
    /// Relative change per unit of `dw`.
    pub eta: f64,
    /// What the change is relative to.
    pub scale: UpdateScale,
    /// Upper bound relative to the initial magnitudes.
    pub kappa: f64,
}

impl Default for LearningConfig {
    fn default() -> Self {
        Self { eta: 0.01, scale: UpdateScale::default(), kappa: 4.0 }
    }
}

/// Learning rate and upper bound of every synapse of a projection, shared by all candidates.
#[derive(Debug, Clone)]
pub struct Learning {
    /// Change of the magnitude per unit of `dw`.
    pub scale: Arc<[f32]>,
    /// Upper bound of the magnitude.
    pub upper: Arc<[f32]>,
    topology: Arc<Topology>,
}

impl Learning {
    /// Rates and bounds for the initial weights of `wiring`.
    ///
    /// # Errors
    /// `eta` that is not positive, or `kappa` below 1.
    pub fn new(wiring: &Wiring, config: &LearningConfig) -> Result<Self, TaskError> {
        if !(config.eta.is_finite() && config.eta > 0.0) {
            return Err(TaskError::parameter("learning.eta", config.eta, "a positive number"));
        }
        if !(config.kappa.is_finite() && config.kappa >= 1.0) {
            return Err(TaskError::parameter("learning.kappa", config.kappa, "a number >= 1"));
        }
        let t = &wiring.topology;
        let initial = &wiring.initial;
        let (eta, kappa) = (config.eta as f32, config.kappa as f32);
        let (scale, upper): (Vec<f32>, Vec<f32>) = match config.scale {
            UpdateScale::Own => initial.iter().map(|&w| (eta * w, kappa * w)).unzip(),
            UpdateScale::PairMean => {
                let mut pairs = vec![Vec::new(); t.types_pre() * t.types_post()];
                let pair = |pre: usize, post: usize| {
                    usize::from(t.pre_type()[pre]) * t.types_post() + usize::from(t.post_type()[post])
                };
                t.for_each(|k, pre, post| pairs[pair(pre, post)].push(initial[k]));
                let summary: Vec<(f32, f32)> = pairs.iter_mut().map(|w| mean_and_p95(w)).collect();
                let mut out = (vec![0.0; t.len()], vec![0.0; t.len()]);
                t.for_each(|k, pre, post| {
                    let (mean, p95) = summary[pair(pre, post)];
                    out.0[k] = eta * mean;
                    out.1[k] = (kappa * p95).max(initial[k]);
                });
                out
            }
        };
        Ok(Self { scale: scale.into(), upper: upper.into(), topology: Arc::clone(t) })
    }

    /// A rule with these rates and bounds, event-driven.
    ///
    /// # Errors
    /// A rule for other types than the projection's.
    pub fn event_driven(&self, rule: &TaylorRule) -> Result<EventDriven<f32>, PlasticityError> {
        EventDriven::new(rule, DT_MS, &self.topology, self.scale.clone(), self.upper.clone(), Bounds::Hard)
    }

    /// The same by the dense reference.
    ///
    /// # Errors
    /// A rule for other types than the projection's.
    pub fn dense(&self, rule: &TaylorRule, bounds: Bounds, when: BoundsWhen) -> Result<Dense<f32>, PlasticityError> {
        Dense::on_topology(rule, DT_MS, &self.topology, &self.scale, &self.upper, bounds, when)
    }
}

/// Mean and 95th percentile (the smallest value that at least 95 % do not exceed); 0 for none.
fn mean_and_p95(values: &mut [f32]) -> (f32, f32) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    values.sort_by(f32::total_cmp);
    let mean = values.iter().map(|&w| f64::from(w)).sum::<f64>() / values.len() as f64;
    let at = ((0.95 * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1;
    (mean as f32, values[at])
}
