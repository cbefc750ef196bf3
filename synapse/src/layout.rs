//! The weights of a network as one vector of named blocks.

use crate::error::{require, same_length};
use crate::{Network, ProjectionId, Snapshot, SynapseError, Wiring};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The signs that a block's values may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignRule {
    /// Any sign.
    Free,
    /// Values >= 0.
    NonNegative,
    /// Values <= 0.
    NonPositive,
}

/// A named part of the parameter vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParamBlock {
    /// Name, such as `recurrent e23->e4`.
    pub name: String,
    /// Where in the vector.
    pub range: Range<usize>,
    /// Numbers of pre- and postsynaptic neurons.
    pub shape: (usize, usize),
    /// Allowed signs.
    pub sign: SignRule,
    /// Least value.
    pub lower: f32,
    /// Largest value.
    pub upper: f32,
}

/// All blocks of a parameter vector, in order and without gaps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ParamLayout {
    /// The blocks.
    pub blocks: Vec<ParamBlock>,
}

impl ParamLayout {
    /// Length of the parameter vector.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |b| b.range.end)
    }

    /// True without parameters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A block by name.
    #[must_use]
    pub fn block(&self, name: &str) -> Option<&ParamBlock> {
        self.blocks.iter().find(|b| b.name == name)
    }
}

/// Something whose parameters can be read and written as one vector.
pub trait Trainable {
    /// Names, shapes, signs and bounds of the blocks.
    fn layout(&mut self) -> ParamLayout;
    /// The parameters, in the order of the layout.
    fn read(&mut self) -> Vec<f32>;
    /// Replaces the parameters.
    ///
    /// # Errors
    /// A wrong number of values, or one that is not finite or has the wrong sign for its block.
    fn write(&mut self, values: &[f32]) -> Result<(), SynapseError>;
    /// The parameters with their places, as far as they are known; here they are not.
    fn snapshot(&mut self) -> Snapshot {
        let (layout, values) = (self.layout(), self.read());
        Snapshot::of(&layout, &values).expect("what is read has the length of the layout")
    }
}

/// The signed weights of chosen projections of a network, one block per pair of groups of types.
///
/// `groups_pre` and `groups_post` name each type's group (for example E and I), so that blocks are as coarse or as
/// fine as the question asks. Every weight has the sign of its presynaptic neuron, unless the initial magnitudes of
/// the projection are of both signs (no Dale's principle): then its blocks are free.
pub struct NetworkWeights<'a> {
    network: &'a mut Network,
    parts: Vec<Part>,
}

struct Part {
    projection: ProjectionId,
    blocks: WiringBlocks,
}

impl<'a> NetworkWeights<'a> {
    /// Starts without projections.
    pub fn new(network: &'a mut Network) -> Self {
        Self { network, parts: vec![] }
    }

    /// Adds a projection under `name`.
    ///
    /// # Errors
    /// Fewer or more group names than types, or a projection that was added before.
    pub fn with(
        mut self,
        name: &str,
        projection: ProjectionId,
        groups_pre: &[&str],
        groups_post: &[&str],
    ) -> Result<Self, SynapseError> {
        let known = self.parts.iter().any(|p| p.projection == projection);
        require(!known, "network weights", "times a projection is added", 2.0, "once")?;
        let start = self.parts.iter().map(|p| p.blocks.synapse.len()).sum::<usize>();
        let wiring = self.network.projection(projection).wiring().clone();
        let blocks = WiringBlocks::new(name, &wiring, groups_pre, groups_post, start)?;
        self.parts.push(Part { projection, blocks });
        Ok(self)
    }

    /// The network.
    pub fn network(&mut self) -> &mut Network {
        self.network
    }

    /// The chosen projections and their blocks, in the order of the vector.
    pub fn parts(&self) -> impl Iterator<Item = (ProjectionId, &WiringBlocks)> {
        self.parts.iter().map(|p| (p.projection, &p.blocks))
    }
}

/// The synapses of one projection as named blocks, one per pair of groups of types that has synapses.
#[derive(Debug, Clone, PartialEq)]
pub struct WiringBlocks {
    /// The blocks.
    pub layout: Vec<ParamBlock>,
    /// For every value of these blocks in order, the synapse it belongs to.
    pub synapse: Vec<u32>,
    /// For every value, its presynaptic and its postsynaptic neuron; ascending within a block.
    pub place: Vec<(u32, u32)>,
    /// For every value, the sign of its presynaptic neuron.
    pub sign: Vec<f32>,
    /// Whether magnitudes may be negative: weights of any sign, without Dale's principle.
    pub free: bool,
}

impl WiringBlocks {
    /// Blocks named `name pre->post` whose ranges begin at `start`.
    ///
    /// # Errors
    /// Fewer or more group names than types.
    pub fn new(
        name: &str,
        wiring: &Wiring,
        groups_pre: &[&str],
        groups_post: &[&str],
        start: usize,
    ) -> Result<Self, SynapseError> {
        let t = &wiring.topology;
        same_length("groups of presynaptic types", groups_pre.len(), t.types_pre())?;
        same_length("groups of postsynaptic types", groups_post.len(), t.types_post())?;
        let unique = |groups: &[&str]| {
            let mut seen: Vec<String> = vec![];
            for g in groups {
                if !seen.iter().any(|s| s == g) {
                    seen.push((*g).to_owned());
                }
            }
            seen
        };
        let free = wiring.initial.iter().any(|&w| w < 0.0);
        let mut part = Self { layout: vec![], synapse: vec![], place: vec![], sign: vec![], free };
        for a in unique(groups_pre) {
            for b in unique(groups_post) {
                let first = part.synapse.len();
                let mut signs = (free, free);
                t.for_each(|k, pre, post| {
                    let (m, n) = (t.pre_type()[pre] as usize, t.post_type()[post] as usize);
                    if groups_pre[m] == a && groups_post[n] == b {
                        part.synapse.push(k as u32);
                        part.place.push((pre as u32, post as u32));
                        part.sign.push(wiring.sign[pre]);
                        if wiring.sign[pre] > 0.0 { signs.0 = true } else { signs.1 = true }
                    }
                });
                let range = start + first..start + part.synapse.len();
                if range.is_empty() {
                    continue;
                }
                let count = |types: &[u16], groups: &[&str], g: &str| {
                    types.iter().filter(|&&x| groups[x as usize] == g).count()
                };
                part.layout.push(ParamBlock {
                    name: format!("{name} {a}->{b}"),
                    range,
                    shape: (count(t.pre_type(), groups_pre, &a), count(t.post_type(), groups_post, &b)),
                    sign: match signs {
                        (true, false) => SignRule::NonNegative,
                        (false, true) => SignRule::NonPositive,
                        _ => SignRule::Free,
                    },
                    lower: if signs.1 { f32::MIN } else { 0.0 },
                    upper: if signs.0 { f32::MAX } else { 0.0 },
                });
            }
        }
        Ok(part)
    }
}

impl Trainable for NetworkWeights<'_> {
    fn layout(&mut self) -> ParamLayout {
        ParamLayout { blocks: self.parts.iter().flat_map(|p| p.blocks.layout.clone()).collect() }
    }

    fn read(&mut self) -> Vec<f32> {
        let mut out = Vec::new();
        for part in &self.parts {
            let magnitude = self.network.projection(part.projection).magnitudes();
            out.extend(part.blocks.synapse.iter().zip(&part.blocks.sign).map(|(&k, s)| s * magnitude[k as usize]));
        }
        out
    }

    fn write(&mut self, values: &[f32]) -> Result<(), SynapseError> {
        same_length("parameters", values.len(), self.parts.iter().map(|p| p.blocks.synapse.len()).sum())?;
        // All values are checked before any is written, so that an error leaves the network as it was.
        let mut all = Vec::with_capacity(self.parts.len());
        let mut rest = values;
        for part in &self.parts {
            let (own, after) = rest.split_at(part.blocks.synapse.len());
            rest = after;
            let mut magnitude = self.network.projection(part.projection).magnitudes().to_vec();
            for ((&k, &s), &w) in part.blocks.synapse.iter().zip(&part.blocks.sign).zip(own) {
                let right = part.blocks.free || s * w >= 0.0;
                let expected = "a finite weight with the sign of its presynaptic neuron";
                require(right, "network weights", "weight", w.into(), expected)?;
                magnitude[k as usize] = s * w;
            }
            all.push(magnitude);
        }
        for (part, magnitude) in self.parts.iter().zip(&all) {
            self.network.projection(part.projection).set_magnitudes(magnitude)?;
        }
        Ok(())
    }
    fn snapshot(&mut self) -> Snapshot {
        let (layout, values) = (self.layout(), self.read());
        let places: Vec<(u32, u32)> = self.parts.iter().flat_map(|p| &p.blocks.place).copied().collect();
        Snapshot::placed(&layout, &values, &places).expect("a topology has no two synapses at one place")
    }
}
