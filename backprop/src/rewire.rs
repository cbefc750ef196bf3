//! Rewiring: lost synapses come back elsewhere.
//!
//! A synapse whose weight became 0 (by Dale's projection, say) moves to another target of the same presynaptic neuron
//! and the same postsynaptic type, drawn uniformly from those the neuron does not reach yet, itself excluded, and gets a
//! fresh weight. So the number of synapses of every neuron onto every type stays as it is, and with it the density of
//! every block. Drawing from the whole matrix instead would let densities of blocks drift apart.
//!
//! The idea of keeping the number of connections: Bellec et al. 2018, Deep Rewiring, arXiv 1711.05136.

use crate::error::BackpropError;
use crate::real::Real;
use crate::{Bptt, rows::Rows};
use evoplast_synapse::{Node, ProjectionId, Topology, TopologyBuilder, Wiring};
use rand::{Rng, RngExt};
use std::sync::Arc;

/// Rewiring of one projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewiring {
    /// The projection.
    pub projection: ProjectionId,
}

/// What a rewiring did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewired {
    /// Number of synapses that moved.
    pub moved: usize,
    /// For every parameter its old position; `None` for a new synapse, whose moments an optimiser should forget.
    pub origin: Vec<Option<usize>>,
}

struct Edge<F> {
    pre: u32,
    post: u32,
    delay: u8,
    weight: F,
    /// Synapse it was; `None` if new.
    old: Option<usize>,
    /// Synapse whose place in its block it takes.
    heir: usize,
}

impl Rewiring {
    /// Moves every synapse of weight 0; `draw(pre, rng)` gives the signed weight of a new synapse.
    ///
    /// # Errors
    /// A drawn weight that is not finite.
    pub fn apply<F: Real>(
        &self,
        model: &mut Bptt<F>,
        rng: &mut dyn Rng,
        draw: &mut dyn FnMut(usize, &mut dyn Rng) -> F,
    ) -> Result<Rewired, BackpropError> {
        let index = self.projection.index();
        let link = &model.graph.links[index];
        let same = matches!(link.pre, Node::Population(p) if p.index() == link.post);
        let edges = moved_edges(&link.rows, same, rng, draw)?;
        let moved = edges.iter().filter(|e| e.old.is_none()).count();
        let mut origin: Vec<Option<usize>> = (0..model.place.len()).map(Some).collect();
        if moved == 0 {
            return Ok(Rewired { moved, origin });
        }
        let topology = Arc::new(topology(&link.rows.topology, &edges)?);
        let weight = edges.iter().map(|e| e.weight).collect();
        let rows = Rows::new(topology, link.rows.port.clone(), weight);
        let mut after = vec![0_u32; edges.len()];
        edges.iter().enumerate().for_each(|(k, e)| after[e.heir] = k as u32);
        for block in &model.layout.blocks {
            let range = block.range.clone();
            if model.place[range.start].0 as usize != index {
                continue;
            }
            // Within a block, parameters are in the order of synapses, as in a network that is built like this.
            let mut slots: Vec<(u32, usize)> = range.clone().map(|p| (after[model.place[p].1 as usize], p)).collect();
            slots.sort_unstable();
            for (p, (synapse, from)) in range.zip(slots) {
                model.place[p].1 = synapse;
                origin[p] = edges[synapse as usize].old.map(|_| from);
            }
        }
        model.graph.links[index].rows = rows;
        Ok(Rewired { moved, origin })
    }
}

/// All synapses after the move, sorted as a topology sorts them.
fn moved_edges<F: Real>(
    rows: &Rows<F>,
    same: bool,
    rng: &mut dyn Rng,
    draw: &mut dyn FnMut(usize, &mut dyn Rng) -> F,
) -> Result<Vec<Edge<F>>, BackpropError> {
    let t = &*rows.topology;
    let mut edges = Vec::with_capacity(t.len());
    let mut taken = vec![false; t.n_post()];
    for pre in 0..t.n_pre() {
        for post_type in 0..t.types_post() {
            let segment = t.segment(pre, post_type);
            let is_lost = |k: &usize| rows.weight[*k] == F::zero();
            for k in segment.clone().filter(|k| !is_lost(k)) {
                taken[t.targets()[k] as usize] = true;
                let (post, delay, weight) = (t.targets()[k], t.delays()[k], rows.weight[k]);
                edges.push(Edge { pre: pre as u32, post, delay, weight, old: Some(k), heir: k });
            }
            let first = t.post_type().partition_point(|&x| usize::from(x) < post_type);
            let end = t.post_type().partition_point(|&x| usize::from(x) <= post_type);
            let mut free: Vec<usize> = (first..end).filter(|&j| !(taken[j] || same && j == pre)).collect();
            for k in segment.clone().filter(is_lost) {
                // As many are free as were lost, since the lost ones are among them.
                let post = free.swap_remove(rng.random_range(0..free.len()));
                let weight = draw(pre, rng);
                crate::error::require(true, "rewiring", "weight", weight.wide(), "a finite number")?;
                let delay = t.delays()[k];
                edges.push(Edge { pre: pre as u32, post: post as u32, delay, weight, old: None, heir: k });
            }
            segment.for_each(|k| taken[t.targets()[k] as usize] = false);
        }
    }
    edges.sort_unstable_by_key(|e| (e.pre, e.post));
    Ok(edges)
}

fn topology<F: Real>(before: &Topology, edges: &[Edge<F>]) -> Result<Topology, BackpropError> {
    let mut builder =
        TopologyBuilder::new(before.pre_type(), before.types_pre(), before.post_type(), before.types_post())?;
    edges.iter().try_for_each(|e| builder.add(e.pre, e.post, e.delay, 0.0))?;
    Ok(builder.build()?.0)
}

impl<F: Real> Bptt<F> {
    /// Connections and weights of a projection as they are now, to build a network with after a rewiring. A neuron
    /// with weights of both signs makes all signs +1 and magnitudes free.
    ///
    /// # Errors
    /// A weight that single precision cannot hold.
    pub fn wiring(&self, projection: ProjectionId) -> Result<Wiring, BackpropError> {
        let rows = &self.graph.links[projection.index()].rows;
        let weight: Vec<f32> = rows.weight.iter().map(|w| w.wide() as f32).collect();
        let (t, port) = (Topology::clone(&rows.topology), rows.port.to_vec());
        let mixed = (0..t.n_pre()).any(|i| {
            let row = &weight[t.row(i)];
            row.iter().any(|&w| w < 0.0) && row.iter().any(|&w| w > 0.0)
        });
        Ok(if mixed {
            let sign = vec![1.0; t.n_pre()];
            Wiring::new(t, weight, sign, port)?
        } else {
            Wiring::dale(t, &weight, port)?
        })
    }
}
