//! Weights with their places at one time.

use crate::change::layers::layer_name;
use crate::error::same_length;
use crate::{ParamLayout, SynapseError};
use serde::{Deserialize, Serialize};

/// One weight and where it is; written as `[pre, post, weight]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u32, u32, f32)", into = "(u32, u32, f32)")]
pub struct Entry {
    /// Presynaptic neuron, an index of its population.
    pub pre: u32,
    /// Postsynaptic neuron, an index of its population.
    pub post: u32,
    /// Signed weight.
    pub weight: f32,
}

impl Entry {
    pub(crate) fn place(&self) -> (u32, u32) {
        (self.pre, self.post)
    }
}

impl From<(u32, u32, f32)> for Entry {
    fn from((pre, post, weight): (u32, u32, f32)) -> Self {
        Self { pre, post, weight }
    }
}

impl From<Entry> for (u32, u32, f32) {
    fn from(entry: Entry) -> Self {
        (entry.pre, entry.post, entry.weight)
    }
}

/// The weights of one block, sorted by place; no place comes twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct SnapshotBlock {
    name: String,
    placed: bool,
    entries: Vec<Entry>,
}

/// A block as it is read, before its entries are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    placed: bool,
    entries: Vec<Entry>,
}

impl TryFrom<Stored> for SnapshotBlock {
    type Error = SynapseError;

    fn try_from(stored: Stored) -> Result<Self, SynapseError> {
        Self { name: stored.name, placed: stored.placed, entries: stored.entries }.sorted()
    }
}

impl SnapshotBlock {
    /// A block of weights that are somewhere.
    ///
    /// # Errors
    /// Two entries at one place.
    pub fn new(name: impl Into<String>, entries: Vec<Entry>) -> Result<Self, SynapseError> {
        Self { name: name.into(), placed: true, entries }.sorted()
    }

    fn sorted(mut self) -> Result<Self, SynapseError> {
        self.entries.sort_by_key(Entry::place);
        match self.entries.windows(2).find(|pair| pair[0].place() == pair[1].place()) {
            Some(pair) => Err(SynapseError::Duplicate { pre: pair[0].pre, post: pair[0].post }),
            None => Ok(self),
        }
    }

    /// Name, as in the layout.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether `pre` and `post` are neurons. If not, all weights are in a row: `pre` is 0 and `post` counts.
    #[must_use]
    pub fn placed(&self) -> bool {
        self.placed
    }

    /// The weights, sorted by (pre, post).
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// All weights of a [`Trainable`](crate::Trainable), block by block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The blocks, in the order of the layout.
    pub blocks: Vec<SnapshotBlock>,
}

impl Snapshot {
    /// A parameter vector whose places are not known: value k of the vector is at (0, k).
    ///
    /// # Errors
    /// A vector whose length is not the layout's.
    pub fn of(layout: &ParamLayout, values: &[f32]) -> Result<Self, SynapseError> {
        same_length("values of a snapshot", values.len(), layout.len())?;
        let block = |b: &crate::ParamBlock| {
            let entries = b.range.clone().map(|k| Entry { pre: 0, post: k as u32, weight: values[k] }).collect();
            SnapshotBlock { name: b.name.clone(), placed: false, entries }
        };
        Ok(Self { blocks: layout.blocks.iter().map(block).collect() })
    }

    /// A parameter vector with the place of every value. Blocks have to be sorted by place already, as those of a
    /// topology are.
    ///
    /// # Errors
    /// Lists whose length is not the layout's, or a place that comes twice in a block.
    pub fn placed(layout: &ParamLayout, values: &[f32], places: &[(u32, u32)]) -> Result<Self, SynapseError> {
        same_length("values of a snapshot", values.len(), layout.len())?;
        same_length("places of a snapshot", places.len(), layout.len())?;
        let block = |b: &crate::ParamBlock| {
            let entry = |k: usize| Entry { pre: places[k].0, post: places[k].1, weight: values[k] };
            SnapshotBlock::new(b.name.clone(), b.range.clone().map(entry).collect())
        };
        Ok(Self { blocks: layout.blocks.iter().map(block).collect::<Result<_, _>>()? })
    }

    /// The same places with other weights: block after block, entry after entry. This is the order of the parameter
    /// vector of [`NetworkWeights`](crate::NetworkWeights) and of `backprop::Bptt`, so that vectors of one wiring need
    /// no network to be compared by place.
    ///
    /// # Errors
    /// A wrong number of weights.
    pub fn with_weights(&self, weights: &[f32]) -> Result<Self, SynapseError> {
        same_length("weights of a snapshot", weights.len(), self.blocks.iter().map(|b| b.entries.len()).sum())?;
        let mut snapshot = self.clone();
        let entries = snapshot.blocks.iter_mut().flat_map(|b| &mut b.entries);
        entries.zip(weights).for_each(|(entry, &weight)| entry.weight = weight);
        Ok(snapshot)
    }

    /// A block by name.
    #[must_use]
    pub fn block(&self, name: &str) -> Option<&SnapshotBlock> {
        self.blocks.iter().find(|b| b.name == name)
    }

    /// One block per layer: blocks whose names begin with the same word are merged and keep their places
    /// (`recurrent e->e` and `recurrent e->pv` become `recurrent`). The blocks of a layer must share their two
    /// populations, so two projections from different sources need names of different first words.
    ///
    /// # Errors
    /// Two weights of a layer at one place, or a layer of which only some blocks have places.
    pub fn layers(&self) -> Result<Self, SynapseError> {
        let mut layers: Vec<SnapshotBlock> = vec![];
        for block in &self.blocks {
            let name = layer_name(&block.name);
            match layers.iter_mut().find(|l| l.name == name) {
                Some(layer) if layer.placed == block.placed => layer.entries.extend(&block.entries),
                Some(_) => {
                    return Err(SynapseError::Snapshot {
                        block: block.name.clone(),
                        problem: "belongs to a layer of which only some blocks have places",
                    });
                }
                None => layers.push(SnapshotBlock { name: name.to_owned(), ..block.clone() }),
            }
        }
        Ok(Self { blocks: layers.into_iter().map(SnapshotBlock::sorted).collect::<Result<_, _>>()? })
    }
}
