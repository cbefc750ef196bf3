//! Layers of a parameter vector: blocks whose names begin with the same word.

use crate::{ParamLayout, SynapseError};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A layer and its parts of the parameter vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Name, such as `recurrent`.
    pub name: String,
    /// Where in the vector.
    pub ranges: Vec<Range<usize>>,
}

impl Layer {
    /// The indices of its values.
    pub(crate) fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.ranges.iter().flat_map(Clone::clone)
    }
}

impl ParamLayout {
    /// The layers, in the order of their first blocks: `recurrent e->e` and `recurrent e->pv` are `recurrent`.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        let mut layers: Vec<Layer> = vec![];
        for block in &self.blocks {
            let name = layer_name(&block.name);
            match layers.iter_mut().find(|l| l.name == name) {
                Some(layer) => layer.ranges.push(block.range.clone()),
                None => layers.push(Layer { name: name.to_owned(), ranges: vec![block.range.clone()] }),
            }
        }
        layers
    }
}

/// The first word of a block's name.
pub(crate) fn layer_name(block: &str) -> &str {
    block.split(' ').next().unwrap_or(block)
}

/// Checks that all ranges lie within a vector of `len` values.
pub(crate) fn within(layers: &[Layer], len: usize) -> Result<(), SynapseError> {
    match layers.iter().flat_map(|l| &l.ranges).find(|r| r.end > len) {
        Some(range) => Err(SynapseError::Index { what: "values of a layer", found: range.end - 1, end: len }),
        None => Ok(()),
    }
}
