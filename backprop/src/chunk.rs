//! State, tape and adjoints of a few trials that share the lanes of a vector.

use crate::graph::Graph;
use crate::packed::REACH;
use crate::real::{Real, rows, rows_mut};
use crate::rows::{Ring, Units};
use crate::surrogate::{Fire, Soft, SpikeFunction, Step};
use evoplast_synapse::SpikeRaster;
use std::ops::Range;

/// A population in a chunk.
pub(crate) struct Group<F> {
    pub state: Vec<Vec<F>>,
    pub filters: Vec<Vec<Vec<F>>>,
    pub z: Vec<F>,
    pub active: Vec<u32>,
    pub current: Vec<F>,
    /// Spikes of the run per neuron and lane.
    pub count: Vec<F>,
    /// u and the model's records, step by step.
    pub tape: Vec<F>,
    /// Numbers per step on the tape.
    pub stride: usize,
    pub psi: Vec<F>,
    pub wanted: Vec<bool>,
    pub z_bar: Vec<F>,
    pub u_bar: Vec<F>,
    pub current_bar: Vec<F>,
    pub state_bar: Vec<Vec<F>>,
    pub filters_bar: Vec<Vec<Vec<F>>>,
    /// Adjoint of every spike that comes from a penalty on rates.
    pub rate_bar: Vec<F>,
}

/// A source in a chunk.
pub(crate) struct Feed<F> {
    pub z: Vec<F>,
    pub active: Vec<u32>,
    pub most: u32,
}

/// Trials `trials` of a batch, one in each lane; lanes without a trial have no input and no adjoint.
pub(crate) struct Chunk<F> {
    pub lanes: usize,
    pub trials: Range<usize>,
    pub groups: Vec<Group<F>>,
    pub feeds: Vec<Feed<F>>,
    /// What is under way to each population.
    pub rings: Vec<Ring<F>>,
    /// Adjoints of what arrives.
    pub rings_bar: Vec<Ring<F>>,
    pub y: Ring<F>,
    pub y_bar: Ring<F>,
    /// `[steps][outputs][lanes]`.
    pub outputs: Vec<F>,
    /// Adjoint of the outputs, the same shape.
    pub outputs_bar: Vec<F>,
    /// Sum of the penalised excess of u, squared.
    pub excess: f64,
    /// States at the start of segments.
    pub checkpoints: Vec<Vec<F>>,
    /// Gradient of every projection in synapse order, then of the readout.
    pub gradient: Vec<Vec<F>>,
    /// With one lane, room for [`Packed::collect`](crate::packed::Packed::collect).
    pub buffer: Vec<F>,
}

impl<F: Real> Chunk<F> {
    pub(crate) fn new(graph: &Graph<F>, lanes: usize) -> Self {
        let groups = graph.parts.iter().map(|p| {
            let zero = || vec![F::zero(); p.n * lanes];
            let many = |k: usize| (0..k).map(|_| zero()).collect::<Vec<_>>();
            let arrays = p.cells.arrays();
            let filters = || p.filters.iter().map(|f| many(f.arrays())).collect::<Vec<_>>();
            Group {
                state: many(arrays.states),
                filters: filters(),
                z: zero(),
                active: Vec::with_capacity(p.n),
                current: zero(),
                count: zero(),
                tape: vec![],
                stride: (1 + arrays.records) * p.n * lanes,
                psi: zero(),
                wanted: vec![false; p.n],
                z_bar: zero(),
                u_bar: zero(),
                current_bar: zero(),
                state_bar: many(arrays.adjoints),
                filters_bar: filters(),
                rate_bar: zero(),
            }
        });
        let feeds = graph.sources.iter().map(|&n| Feed { z: vec![F::zero(); n * lanes], active: vec![], most: 1 });
        let rings = graph.parts.iter().map(|p| Ring::new(p.n, p.filters.len(), p.max_delay, lanes)).collect::<Vec<_>>();
        let all = 0..graph.links.len() + usize::from(graph.output.is_some());
        Self {
            lanes,
            trials: 0..0,
            groups: groups.collect(),
            feeds: feeds.collect(),
            rings_bar: rings.clone(),
            rings,
            y: Ring::still(graph.outputs(), lanes),
            y_bar: Ring::still(graph.outputs(), lanes),
            outputs: vec![],
            outputs_bar: vec![],
            excess: 0.0,
            checkpoints: vec![],
            gradient: all.map(|k| vec![F::zero(); graph.rows(k).weight.len()]).collect(),
            buffer: vec![F::zero(); if lanes == 1 { REACH } else { 0 }],
        }
    }

    /// Everything at rest, with room for `steps` outputs and `taped` steps on the tape.
    pub(crate) fn start(&mut self, graph: &Graph<F>, trials: Range<usize>, steps: usize, taped: usize) {
        self.trials = trials;
        for (part, group) in graph.parts.iter().zip(&mut self.groups) {
            part.cells.at_rest(self.lanes, &mut group.state);
            group.filters.iter_mut().flatten().for_each(|a| a.fill(F::zero()));
            group.z.fill(F::zero());
            group.count.fill(F::zero());
            group.tape.resize(taped * group.stride, F::zero());
        }
        self.rings.iter_mut().for_each(|r| r.buffer.fill(F::zero()));
        self.y.buffer.fill(F::zero());
        let n = steps * self.y.buffer.len();
        self.outputs.resize(n, F::zero());
        self.outputs_bar.clear();
        self.outputs_bar.resize(n, F::zero());
        self.excess = 0.0;
    }

    /// Numbers in all buffers.
    pub(crate) fn values(&self) -> usize {
        let many = |a: &Vec<Vec<F>>| a.iter().map(Vec::capacity).sum::<usize>();
        let group = |g: &Group<F>| {
            let filters: usize = g.filters.iter().chain(&g.filters_bar).map(many).sum();
            let single = [&g.z, &g.current, &g.count, &g.psi, &g.z_bar, &g.u_bar, &g.current_bar, &g.rate_bar, &g.tape];
            many(&g.state) + many(&g.state_bar) + filters + single.iter().map(|a| a.capacity()).sum::<usize>()
        };
        let rings: usize = self.rings.iter().chain(&self.rings_bar).map(|r| r.buffer.capacity()).sum();
        let feeds: usize = self.feeds.iter().map(|f| f.z.capacity()).sum();
        let outputs = self.outputs.capacity() + self.outputs_bar.capacity();
        let groups: usize = self.groups.iter().map(group).sum();
        groups + rings + feeds + outputs + self.buffer.capacity() + many(&self.checkpoints) + many(&self.gradient)
    }

    /// Calls `visit` with every array that a step changes and the next one needs.
    fn state(&mut self, mut visit: impl FnMut(&mut [F])) {
        for g in &mut self.groups {
            g.state.iter_mut().chain(g.filters.iter_mut().flatten()).for_each(|a| visit(a));
            visit(&mut g.z);
        }
        self.rings.iter_mut().for_each(|r| visit(&mut r.buffer));
        visit(&mut self.y.buffer);
    }

    /// Stores the state as checkpoint `index`.
    pub(crate) fn save(&mut self, index: usize) {
        if self.checkpoints.len() <= index {
            self.checkpoints.resize_with(index + 1, Vec::new);
        }
        let mut stored = std::mem::take(&mut self.checkpoints[index]);
        stored.clear();
        self.state(|a| stored.extend_from_slice(a));
        self.checkpoints[index] = stored;
    }

    /// Goes back to checkpoint `index`.
    pub(crate) fn restore(&mut self, index: usize) {
        let stored = std::mem::take(&mut self.checkpoints[index]);
        let mut rest = stored.as_slice();
        self.state(|a| {
            let (own, after) = rest.split_at(a.len());
            a.copy_from_slice(own);
            rest = after;
        });
        self.checkpoints[index] = stored;
    }

    /// Sets all adjoints and the gradient to 0.
    pub(crate) fn start_back(&mut self) {
        self.gradient.iter_mut().for_each(|g| g.fill(F::zero()));
        self.cut();
    }

    /// Sets the adjoints of the state to 0: nothing before this step counts for what comes after it.
    pub(crate) fn cut(&mut self) {
        for g in &mut self.groups {
            g.state_bar.iter_mut().chain(g.filters_bar.iter_mut().flatten()).for_each(|a| a.fill(F::zero()));
        }
        self.rings_bar.iter_mut().for_each(|r| r.buffer.fill(F::zero()));
        self.y_bar.buffer.fill(F::zero());
    }

    /// Spikes of the sources at `step`.
    pub(crate) fn feed(&mut self, batch: &[&[SpikeRaster]], step: usize) {
        let lanes = self.lanes;
        for (source, feed) in self.feeds.iter_mut().enumerate() {
            for &i in &feed.active {
                feed.z[i as usize * lanes..(i as usize + 1) * lanes].fill(F::zero());
            }
            feed.active.clear();
            let mut most = F::one();
            for (lane, trial) in batch[self.trials.clone()].iter().enumerate() {
                let Some(Ok(units)) = trial.get(source).map(|r| r.at(step)) else { continue };
                for &i in units {
                    let z = &mut feed.z[i as usize * lanes + lane];
                    *z += F::one();
                    most = if *z > most { *z } else { most };
                    feed.active.push(i);
                }
            }
            feed.active.sort_unstable();
            feed.active.dedup();
            feed.most = most.wide() as u32;
        }
    }
}

impl<F: Real> Group<F> {
    pub(crate) fn units(&self) -> Units<'_, F> {
        Units { z: &self.z, active: &self.active, most: 1 }
    }

    /// Takes spikes, pseudo-derivatives and the lists of units from the u of one step.
    pub(crate) fn unpack<const L: usize>(&mut self, graph: &Graph<F>, at: usize) {
        let u = &self.tape[at..at + self.z.len()];
        graph.surrogate.fill::<F, L>(u, &mut self.psi, &mut self.wanted);
        match graph.spike {
            SpikeFunction::Hard => fire(Step, u, &mut self.z),
            SpikeFunction::Smooth { slope } => fire(Soft(F::of(slope)), u, &mut self.z),
        }
        find_active::<F, L>(&self.z, &mut self.active);
    }
}

impl<F: Real> Feed<F> {
    pub(crate) fn units(&self) -> Units<'_, F> {
        Units { z: &self.z, active: &self.active, most: self.most }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn fire<F: Real, S: Fire<F>>(spike: S, u: &[F], z: &mut [F]) {
    for (z, u) in z.iter_mut().zip(u) {
        *z = spike.z(*u);
    }
}

/// Lists the units with a spike in any lane.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(crate) fn find_active<F: Real, const L: usize>(z: &[F], active: &mut Vec<u32>) {
    active.clear();
    // Blocks, as most units are silent and the list is a branch for each.
    for (block, z) in rows::<F, L>(z).chunks(16).enumerate() {
        let mut spikes = [false; 16];
        for (spike, z) in spikes.iter_mut().zip(z) {
            for l in 0..L {
                *spike |= z[l] > F::zero();
            }
        }
        if spikes.iter().fold(false, |any, &spike| any | spike) {
            for (k, _) in spikes.iter().enumerate().filter(|(_, spike)| **spike) {
                active.push((16 * block + k) as u32);
            }
        }
    }
}

/// Adds the spikes of the active units to their counts.
pub(crate) fn add_counts<F: Real, const L: usize>(z: &[F], active: &[u32], count: &mut [F]) {
    let (z, count) = (rows::<F, L>(z), rows_mut::<F, L>(count));
    for &i in active {
        for l in 0..L {
            count[i as usize][l] += z[i as usize][l];
        }
    }
}
