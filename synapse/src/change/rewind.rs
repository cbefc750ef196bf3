//! Layer rewind: what the change of each layer does to the loss.
//!
//! Parameters `before` and `after` of one wiring are mixed layer by layer. A layer matters if the loss rises when it
//! alone is put back, and carries the change if its change alone lowers the loss.
//!
//! Source of the idea: Zhang, Bengio and Singer 2022, Journal of Machine Learning Research 23(67):1 (re-initialisation
//! robustness of layers).

use crate::SynapseError;
use crate::change::layers::{Layer, within};
use crate::error::same_length;
use serde::{Deserialize, Serialize};

/// Losses around one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerRewind {
    /// Name of the layer.
    pub name: String,
    /// Loss of `after` with this layer put back.
    pub rewound: f64,
    /// Loss of `before` with this layer's change alone: all others put back.
    pub alone: f64,
}

/// Result of [`rewind`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rewind {
    /// Loss of the parameters before.
    pub before: f64,
    /// Loss of the parameters after.
    pub after: f64,
    /// One entry per layer, in their order.
    pub layers: Vec<LayerRewind>,
}

/// Evaluates the loss before, after, and for every layer with that layer put back and with all others put back:
/// 2 + 2 layers evaluations. Values outside all layers are as in `after` where one layer is put back, and as in
/// `before` where one is kept. Layers come from [`ParamLayout::layers`](crate::ParamLayout::layers) or are made by hand.
///
/// # Errors
/// Vectors of different lengths, a range outside them, or an error of the loss.
pub fn rewind<E: From<SynapseError>>(
    layers: &[Layer],
    before: &[f32],
    after: &[f32],
    mut loss: impl FnMut(&[f32]) -> Result<f64, E>,
) -> Result<Rewind, E> {
    same_length("parameters after the change", after.len(), before.len())?;
    within(layers, before.len())?;
    let mut result = Rewind { before: loss(before)?, after: loss(after)?, layers: Vec::with_capacity(layers.len()) };
    for layer in layers {
        let mut mixed = |base: &[f32], other: &[f32]| {
            let mut values = base.to_vec();
            layer.indices().for_each(|k| values[k] = other[k]);
            loss(&values)
        };
        let (rewound, alone) = (mixed(after, before)?, mixed(before, after)?);
        result.layers.push(LayerRewind { name: layer.name.clone(), rewound, alone });
    }
    Ok(result)
}
