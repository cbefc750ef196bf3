//! The way of a search or a training through parameter space.
//!
//! Total relative displacement from the initial parameters W0, over layers L:
//!
//! D = sqrt(sum_L ||dW_L||^2 / ||W0_L||^2).

use crate::SynapseError;
use crate::change::layers::{Layer, within};
use crate::error::{require, same_length};
use serde::{Deserialize, Serialize};

/// The state at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Updates or generations so far.
    pub progress: u64,
    /// Loss, smaller is better.
    pub loss: f64,
    /// Share of correct trials.
    pub accuracy: f64,
    /// The parameters, in the order of the layout. As JSON about 11 bytes each, and every bit survives.
    pub parameters: Vec<f32>,
}

/// Moments of one run on one wiring, the initial state first. A run that rewires moves weights between places, which a
/// parameter vector does not show: compare its [`Snapshot`](crate::Snapshot)s instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Trajectory {
    layers: Vec<Layer>,
    moments: Vec<Moment>,
}

/// A trajectory as it is read, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    layers: Vec<Layer>,
    moments: Vec<Moment>,
}

impl TryFrom<Stored> for Trajectory {
    type Error = SynapseError;

    fn try_from(stored: Stored) -> Result<Self, SynapseError> {
        let mut moments = stored.moments.into_iter();
        let Some(initial) = moments.next() else {
            return Err(SynapseError::Length { what: "moments of a trajectory", found: 0, expected: 1 });
        };
        let mut trajectory = Self::start(stored.layers, initial)?;
        moments.try_for_each(|moment| trajectory.push(moment))?;
        Ok(trajectory)
    }
}

impl Trajectory {
    /// Starts at the initial state.
    ///
    /// # Errors
    /// A layer outside the parameters, or a number that is not finite.
    pub fn start(layers: Vec<Layer>, initial: Moment) -> Result<Self, SynapseError> {
        within(&layers, initial.parameters.len())?;
        finite(&initial)?;
        Ok(Self { layers, moments: vec![initial] })
    }

    /// Adds a later moment.
    ///
    /// # Errors
    /// Progress that does not grow, another number of parameters, or a number that is not finite.
    pub fn push(&mut self, moment: Moment) -> Result<(), SynapseError> {
        let last = &self.moments[self.moments.len() - 1];
        same_length("parameters of a moment", moment.parameters.len(), last.parameters.len())?;
        let later = moment.progress > last.progress;
        require(later, "trajectory", "progress", moment.progress as f64, "more than at the moment before")?;
        finite(&moment)?;
        self.moments.push(moment);
        Ok(())
    }

    /// The layers.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The moments, at least the initial one.
    #[must_use]
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// Total relative displacement of `parameters` from the initial state. Layers without parameters do not count.
    ///
    /// # Errors
    /// A wrong number of parameters, or a layer whose initial weights are all 0.
    pub fn displacement(&self, parameters: &[f32]) -> Result<f64, SynapseError> {
        let weights = self.per_layer()?;
        same_length("parameters", parameters.len(), self.moments[0].parameters.len())?;
        let initial = &self.moments[0].parameters;
        let square = |k: usize| (f64::from(parameters[k]) - f64::from(initial[k])).powi(2);
        let layers = self.layers.iter().zip(&weights);
        Ok(layers.map(|(layer, w)| w * layer.indices().map(square).sum::<f64>()).sum::<f64>().sqrt())
    }

    /// 1 / ||W0_L||^2 of every layer; 0 for a layer without parameters.
    pub(crate) fn per_layer(&self) -> Result<Vec<f64>, SynapseError> {
        let initial = &self.moments[0].parameters;
        let weight = |layer: &Layer| {
            if layer.indices().next().is_none() {
                return Ok(0.0);
            }
            let square: f64 = layer.indices().map(|k| f64::from(initial[k]).powi(2)).sum();
            require(square > 0.0, "trajectory", "norm of a layer's initial weights", square, "more than 0")?;
            Ok(1.0 / square)
        };
        self.layers.iter().map(weight).collect()
    }
}

fn finite(moment: &Moment) -> Result<(), SynapseError> {
    require(true, "trajectory", "loss", moment.loss, "a finite number")?;
    require(true, "trajectory", "accuracy", moment.accuracy, "a finite number")?;
    let bad = moment.parameters.iter().find(|w| !w.is_finite());
    bad.map_or(Ok(()), |&w| require(true, "trajectory", "parameter", w.into(), "a finite number"))
}
