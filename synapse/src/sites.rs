//! Where neurons are and what they prefer: the input of connectors that look at space or tuning.

use crate::SynapseError;
use crate::error::{require, same_length};
use serde::{Deserialize, Serialize};

/// Positions and preferred orientations of the neurons of a population, struct of arrays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sites {
    /// Horizontal position (um).
    pub x_um: Vec<f32>,
    /// Depth below the pia (um).
    pub y_um: Vec<f32>,
    /// The other horizontal position (um).
    pub z_um: Vec<f32>,
    /// Preferred orientation or direction (deg).
    pub tuning_deg: Vec<f32>,
}

impl Sites {
    /// `n` neurons at the origin, for connectors that do not look at space.
    #[must_use]
    pub fn unplaced(n: usize) -> Self {
        Self { x_um: vec![0.0; n], y_um: vec![0.0; n], z_um: vec![0.0; n], tuning_deg: vec![0.0; n] }
    }

    /// Number of neurons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.x_um.len()
    }

    /// True without neurons.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.x_um.is_empty()
    }

    /// Checks that every array has one finite value per neuron.
    pub(crate) fn check(&self) -> Result<(), SynapseError> {
        for (field, list) in
            [("x_um", &self.x_um), ("y_um", &self.y_um), ("z_um", &self.z_um), ("tuning_deg", &self.tuning_deg)]
        {
            same_length(field, list.len(), self.len())?;
            list.iter().try_for_each(|&x| require(true, "sites", field, x.into(), "a finite number"))?;
        }
        Ok(())
    }

    /// The neurons of `range` alone.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            x_um: self.x_um[range.clone()].to_vec(),
            y_um: self.y_um[range.clone()].to_vec(),
            z_um: self.z_um[range.clone()].to_vec(),
            tuning_deg: self.tuning_deg[range].to_vec(),
        }
    }
}
