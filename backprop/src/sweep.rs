//! One step forward and one step back of a chunk.
//!
//! The order of a step is that of `evoplast_synapse::Network`: populations take what arrives and advance, then
//! projections send the spikes of the step, here followed by the readout. Back, everything in reverse.

use crate::chunk::{Chunk, add_counts, find_active};
use crate::graph::Graph;
use crate::penalty::VoltagePenalty;
use crate::real::{Real, rows_mut, with_lanes};
use crate::rows::Units;
use crate::{ForwardStep, ReverseStep};
use evoplast_synapse::{Node, SpikeRaster};

/// What a step back takes from the options.
#[derive(Clone, Copy)]
pub(crate) struct Penalised<'a> {
    /// Penalty on potentials with the factor of its mean.
    pub voltage: Option<(&'a VoltagePenalty, f64)>,
    /// Whether there is one on rates.
    pub rates: bool,
}

/// The largest adjoint of a run, for reports of exploding gradients.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Watch {
    pub step: usize,
    pub largest: f64,
    pub broken: bool,
}

impl Watch {
    fn see<F: Real>(&mut self, step: usize, adjoints: &[F]) {
        if self.broken {
            return;
        }
        for &x in adjoints {
            let x = x.wide().abs();
            if !x.is_finite() {
                *self = Self { step, largest: x, broken: true };
                return;
            }
            if x > self.largest {
                (self.step, self.largest) = (step, x);
            }
        }
    }
}

impl<F: Real> Chunk<F> {
    /// Advances one step and writes it to place `taped` of the tape. `first` is false when a segment is run again.
    pub(crate) fn forward(
        &mut self,
        graph: &Graph<F>,
        batch: &[&[SpikeRaster]],
        step: usize,
        taped: usize,
        voltage: Option<&VoltagePenalty>,
        first: bool,
    ) {
        with_lanes!(self.lanes, L => self.forward_lanes::<L>(graph, batch, step, taped, voltage, first));
    }

    fn forward_lanes<const L: usize>(
        &mut self,
        graph: &Graph<F>,
        batch: &[&[SpikeRaster]],
        step: usize,
        taped: usize,
        voltage: Option<&VoltagePenalty>,
        first: bool,
    ) {
        for ((part, g), ring) in graph.parts.iter().zip(&mut self.groups).zip(&mut self.rings) {
            rows_mut::<F, L>(&mut g.current).iter_mut().zip(&part.injected).for_each(|(c, &x)| *c = [x; L]);
            for (port, (filter, state)) in part.filters.iter().zip(&mut g.filters).enumerate() {
                filter.forward::<L>(state, ring.slot(step, port), &mut g.current);
            }
            let (u, record) = g.tape[taped * g.stride..(taped + 1) * g.stride].split_at_mut(g.z.len());
            let forward = ForwardStep { state: &mut g.state, z: &mut g.z, current_pa: &g.current, u: &mut *u, record };
            part.cells.forward(L, graph.spike, forward);
            find_active::<F, L>(&g.z, &mut g.active);
            if first {
                add_counts::<F, L>(&g.z, &g.active, &mut g.count);
                if let Some(v) = voltage {
                    self.excess += v.excess::<F, L>(u, self.trials.len());
                }
            }
        }
        self.feed(batch, step);
        for link in &graph.links {
            let units = match link.pre {
                Node::Population(p) => self.groups[p.index()].units(),
                Node::Source(s) => self.feeds[s.index()].units(),
            };
            link.rows.deliver::<L>(units, step, &mut self.rings[link.post]);
        }
        if let Some(output) = &graph.output {
            self.y.buffer.iter_mut().for_each(|y| *y *= output.decay);
            output.rows.deliver::<L>(self.groups[output.population].units(), step, &mut self.y);
            if first {
                let n = self.y.buffer.len();
                self.outputs[step * n..(step + 1) * n].copy_from_slice(&self.y.buffer);
            }
        }
    }

    /// Goes back one step, which is at place `taped` of the tape.
    pub(crate) fn back(
        &mut self,
        graph: &Graph<F>,
        batch: &[&[SpikeRaster]],
        step: usize,
        taped: usize,
        penalised: Penalised<'_>,
        watch: Option<&mut Watch>,
    ) {
        with_lanes!(self.lanes, L => self.back_lanes::<L>(graph, batch, step, taped, penalised, watch));
    }

    fn back_lanes<const L: usize>(
        &mut self,
        graph: &Graph<F>,
        batch: &[&[SpikeRaster]],
        step: usize,
        taped: usize,
        penalised: Penalised<'_>,
        mut watch: Option<&mut Watch>,
    ) {
        for g in &mut self.groups {
            g.unpack::<L>(graph, taped * g.stride);
            if penalised.rates {
                g.z_bar.copy_from_slice(&g.rate_bar);
            } else {
                g.z_bar.fill(F::zero());
            }
        }
        self.feed(batch, step);
        if let Some(output) = &graph.output {
            let n = self.y.buffer.len();
            let from_loss = &self.outputs_bar[step * n..(step + 1) * n];
            self.y_bar.buffer.iter_mut().zip(from_loss).for_each(|(y, &b)| *y = output.decay * *y + b);
            let g = &mut self.groups[output.population];
            let units = Units { z: &g.z, active: &g.active, most: 1 };
            let spikes = Some((g.wanted.as_slice(), g.z_bar.as_mut_slice()));
            let bar = self.gradient[graph.links.len()].as_mut_slice();
            output.rows.pull_back::<L>(units, step, &self.y_bar, spikes, Some(bar), &mut self.buffer);
        }
        for (link, bar) in graph.links.iter().zip(&mut self.gradient) {
            let bar = link.trained.then_some(bar.as_mut_slice());
            let ring = &self.rings_bar[link.post];
            match link.pre {
                Node::Population(p) => {
                    let g = &mut self.groups[p.index()];
                    let units = Units { z: &g.z, active: &g.active, most: 1 };
                    let spikes = Some((g.wanted.as_slice(), g.z_bar.as_mut_slice()));
                    link.rows.pull_back::<L>(units, step, ring, spikes, bar, &mut self.buffer);
                }
                Node::Source(s) => {
                    if bar.is_some() {
                        link.rows.pull_back::<L>(self.feeds[s.index()].units(), step, ring, None, bar, &mut []);
                    }
                }
            }
        }
        let used = self.trials.len();
        for ((part, g), ring) in graph.parts.iter().zip(&mut self.groups).zip(&mut self.rings_bar) {
            let (u, record) = g.tape[taped * g.stride..(taped + 1) * g.stride].split_at(g.z.len());
            if let Some((v, factor)) = penalised.voltage {
                v.pull_back::<F, L>(u, F::of(factor), used, &mut g.u_bar);
            }
            let back = ReverseStep {
                u,
                record,
                psi: &g.psi,
                z_bar: &g.z_bar,
                u_bar: &g.u_bar,
                state_bar: &mut g.state_bar,
                current_bar: &mut g.current_bar,
            };
            part.cells.pull_back(L, graph.spike, graph.reset, back);
            if let Some(watch) = watch.as_deref_mut() {
                watch.see(step, &g.current_bar);
            }
            for (port, (filter, bar)) in part.filters.iter().zip(&mut g.filters_bar).enumerate() {
                filter.pull_back::<L>(bar, &g.current_bar, ring.slot(step, port));
            }
        }
    }
}
