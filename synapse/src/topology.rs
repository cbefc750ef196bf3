//! The connections of a projection: compressed sparse rows by presynaptic neuron, immutable and shared.

use crate::SynapseError;
use std::ops::Range;

/// Who is connected to whom, with delays and types; weights live in the projection.
///
/// Neurons of both sides are sorted by type, and the targets of a row ascend, so the synapses of a row onto one
/// postsynaptic type are a contiguous [`segment`](Self::segment).
#[derive(Debug, Clone, PartialEq)]
pub struct Topology {
    n_post: usize,
    types_pre: usize,
    types_post: usize,
    pre_type: Vec<u16>,
    post_type: Vec<u16>,
    row_start: Vec<u32>,
    segment_start: Vec<u32>,
    target: Vec<u32>,
    delay: Vec<u8>,
    max_delay: u8,
}

impl Topology {
    /// Number of presynaptic neurons (rows).
    #[must_use]
    pub fn n_pre(&self) -> usize {
        self.row_start.len() - 1
    }

    /// Number of postsynaptic neurons.
    #[must_use]
    pub fn n_post(&self) -> usize {
        self.n_post
    }

    /// Number of synapses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// True without synapses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// Number of presynaptic types.
    #[must_use]
    pub fn types_pre(&self) -> usize {
        self.types_pre
    }

    /// Number of postsynaptic types.
    #[must_use]
    pub fn types_post(&self) -> usize {
        self.types_post
    }

    /// Type of every presynaptic neuron, ascending.
    #[must_use]
    pub fn pre_type(&self) -> &[u16] {
        &self.pre_type
    }

    /// Type of every postsynaptic neuron, ascending.
    #[must_use]
    pub fn post_type(&self) -> &[u16] {
        &self.post_type
    }

    /// The synapses of presynaptic neuron `pre`.
    #[must_use]
    pub fn row(&self, pre: usize) -> Range<usize> {
        self.row_start[pre] as usize..self.row_start[pre + 1] as usize
    }

    /// The synapses of `pre` onto neurons of type `post_type`.
    #[must_use]
    pub fn segment(&self, pre: usize, post_type: usize) -> Range<usize> {
        let at = pre * (self.types_post + 1) + post_type;
        self.segment_start[at] as usize..self.segment_start[at + 1] as usize
    }

    /// Postsynaptic neuron of every synapse.
    #[must_use]
    pub fn targets(&self) -> &[u32] {
        &self.target
    }

    /// Delay of every synapse in steps, at least 1.
    #[must_use]
    pub fn delays(&self) -> &[u8] {
        &self.delay
    }

    /// The longest delay in steps.
    #[must_use]
    pub fn max_delay(&self) -> u8 {
        self.max_delay
    }

    /// Calls `visit(synapse, pre, post)` for every synapse in storage order.
    pub fn for_each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        for pre in 0..self.n_pre() {
            for k in self.row(pre) {
                visit(k, pre, self.target[k] as usize);
            }
        }
    }

    /// Number of synapses of each type pair, `[types_pre * types_post]`, row-major by presynaptic type.
    #[must_use]
    pub fn pair_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.types_pre * self.types_post];
        self.for_each(|_, pre, post| {
            counts[self.pre_type[pre] as usize * self.types_post + self.post_type[post] as usize] += 1;
        });
        counts
    }
}

/// Collects connections, then sorts them into a [`Topology`] and the weights in the same order.
#[derive(Debug, Clone)]
pub struct TopologyBuilder {
    pre_type: Vec<u16>,
    post_type: Vec<u16>,
    types_pre: usize,
    types_post: usize,
    edges: Vec<(u32, u32, u8, f32)>,
}

impl TopologyBuilder {
    /// Starts with the type of every neuron of both sides; types are numbered from 0 and must ascend.
    ///
    /// # Errors
    /// A type outside its range, or neurons that are not sorted by type.
    pub fn new(pre_type: &[u16], types_pre: usize, post_type: &[u16], types_post: usize) -> Result<Self, SynapseError> {
        for (side, list, types) in [("presynaptic", pre_type, types_pre), ("postsynaptic", post_type, types_post)] {
            let mut previous = 0;
            for (index, &t) in list.iter().enumerate() {
                if usize::from(t) >= types {
                    return Err(SynapseError::Index { what: "neuron type", found: t.into(), end: types });
                }
                if t < previous {
                    return Err(SynapseError::Unsorted { side, index, found: t, previous });
                }
                previous = t;
            }
        }
        Ok(Self { pre_type: pre_type.to_vec(), post_type: post_type.to_vec(), types_pre, types_post, edges: vec![] })
    }

    /// One type on either side.
    #[must_use]
    pub fn untyped(n_pre: usize, n_post: usize) -> Self {
        Self { pre_type: vec![0; n_pre], post_type: vec![0; n_post], types_pre: 1, types_post: 1, edges: vec![] }
    }

    /// Adds a connection with its delay in steps and its weight.
    ///
    /// # Errors
    /// An index outside its population, a delay of 0, a weight that is not finite.
    pub fn add(&mut self, pre: u32, post: u32, delay_steps: u8, weight: f32) -> Result<(), SynapseError> {
        if pre as usize >= self.pre_type.len() {
            return Err(SynapseError::Index {
                what: "presynaptic neuron",
                found: pre as usize,
                end: self.pre_type.len(),
            });
        }
        if post as usize >= self.post_type.len() {
            return Err(SynapseError::Index {
                what: "postsynaptic neuron",
                found: post as usize,
                end: self.post_type.len(),
            });
        }
        crate::error::require(delay_steps > 0, "topology", "delay_steps", delay_steps.into(), "at least 1")?;
        crate::error::require(true, "topology", "weight", weight.into(), "a finite number")?;
        self.edges.push((pre, post, delay_steps, weight));
        Ok(())
    }

    /// Adds one connection per pair, all with the same delay and weight.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_all(&mut self, pairs: &[(u32, u32)], delay_steps: u8, weight: f32) -> Result<(), SynapseError> {
        pairs.iter().try_for_each(|&(pre, post)| self.add(pre, post, delay_steps, weight))
    }

    /// Sorts the connections; the weights come in the order of the synapses.
    ///
    /// # Errors
    /// The same pair of neurons twice.
    pub fn build(mut self) -> Result<(Topology, Vec<f32>), SynapseError> {
        self.edges.sort_unstable_by_key(|&(pre, post, ..)| (pre, post));
        if let Some(w) = self.edges.windows(2).find(|w| w[0].0 == w[1].0 && w[0].1 == w[1].1) {
            return Err(SynapseError::Duplicate { pre: w[0].0, post: w[0].1 });
        }
        let n_pre = self.pre_type.len();
        let mut row_start = vec![0_u32; n_pre + 1];
        for &(pre, ..) in &self.edges {
            row_start[pre as usize + 1] += 1;
        }
        for i in 0..n_pre {
            row_start[i + 1] += row_start[i];
        }
        let target: Vec<u32> = self.edges.iter().map(|e| e.1).collect();
        let mut segment_start = Vec::with_capacity(n_pre * (self.types_post + 1));
        for pre in 0..n_pre {
            let row = row_start[pre] as usize..row_start[pre + 1] as usize;
            for t in 0..=self.types_post {
                let before = target[row.clone()].partition_point(|&j| usize::from(self.post_type[j as usize]) < t);
                segment_start.push((row.start + before) as u32);
            }
        }
        let delay: Vec<u8> = self.edges.iter().map(|e| e.2).collect();
        let weights = self.edges.iter().map(|e| e.3).collect();
        let topology = Topology {
            n_post: self.post_type.len(),
            types_pre: self.types_pre,
            types_post: self.types_post,
            max_delay: delay.iter().copied().max().unwrap_or(1),
            pre_type: self.pre_type,
            post_type: self.post_type,
            row_start,
            segment_start,
            target,
            delay,
        };
        Ok((topology, weights))
    }
}
