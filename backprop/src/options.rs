//! How gradients are computed, as data.

use crate::error::{BackpropError, require};
use crate::real::WIDTHS;
use crate::{RatePenalty, Reset, SpikeFunction, Surrogate, VoltagePenalty};
use serde::{Deserialize, Serialize};

/// Options of [`Bptt`](crate::Bptt).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BpttOptions {
    /// Pseudo-derivative of the spike.
    pub surrogate: Surrogate,
    /// The spike itself; smooth only to check gradients.
    pub spike: SpikeFunction,
    /// Whether the gradient goes through the reset.
    pub reset: Reset,
    /// Truncation: gradients do not pass from a window of so many steps to the one before. The state does.
    pub truncate_steps: Option<usize>,
    /// Checkpoints: the tape holds so many steps, the state is stored before each such segment, and going back runs
    /// every segment but the last again. Without it the tape holds the whole run. Results are the same bits.
    pub segment_steps: Option<usize>,
    /// Trials that share the lanes of a vector: 1, 8, 16 or 32. A chunk of lanes is the unit of parallel work. The
    /// default depends on the number of trials alone: 1 for a single one, else the least of 8 and 16 that holds all,
    /// and 16 for more.
    pub lanes: Option<usize>,
    /// Penalty on firing rates.
    pub rates: Option<RatePenalty>,
    /// Penalty on potentials.
    pub voltage: Option<VoltagePenalty>,
    /// A block whose gradient has a larger Frobenius norm counts as exploded.
    pub gradient_limit: f64,
}

impl Default for BpttOptions {
    fn default() -> Self {
        Self {
            surrogate: Surrogate::default(),
            spike: SpikeFunction::Hard,
            reset: Reset::Attached,
            truncate_steps: None,
            segment_steps: None,
            lanes: None,
            rates: None,
            voltage: None,
            gradient_limit: 1e12,
        }
    }
}

impl BpttOptions {
    /// Checks every option.
    ///
    /// # Errors
    /// The first that is outside its domain.
    pub fn check(&self) -> Result<(), BackpropError> {
        self.surrogate.check()?;
        if let SpikeFunction::Smooth { slope } = self.spike {
            require(slope > 0.0, "options", "slope", slope, "a positive number")?;
        }
        for (field, steps) in [("truncate_steps", self.truncate_steps), ("segment_steps", self.segment_steps)] {
            if let Some(steps) = steps {
                require(steps > 0, "options", field, steps as f64, "at least 1")?;
            }
        }
        if let Some(lanes) = self.lanes {
            require(WIDTHS.contains(&lanes), "options", "lanes", lanes as f64, "1, 8, 16 or 32")?;
        }
        self.rates.as_ref().map_or(Ok(()), RatePenalty::check)?;
        self.voltage.as_ref().map_or(Ok(()), VoltagePenalty::check)?;
        require(self.gradient_limit > 0.0, "options", "gradient_limit", self.gradient_limit, "a positive number")
    }

    /// Lanes for a batch of `trials`.
    pub(crate) fn lanes_for(&self, trials: usize) -> usize {
        self.lanes.unwrap_or(match trials {
            0..=1 => 1,
            2..=8 => 8,
            _ => 16,
        })
    }
}
