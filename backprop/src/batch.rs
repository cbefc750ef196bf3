//! How a batch is run.
//!
//! Forward: every chunk of trials runs from rest through all steps and records u on its tape, or the state at the start
//! of every segment. Back: every chunk goes from the last step to the first, and runs segments that are no longer on the
//! tape again. Chunks are independent, their width depends on the batch and the options alone, and their gradients are
//! added in order, so that a result does not depend on the number of threads.

use crate::Bptt;
use crate::chunk::Chunk;
use crate::error::{BackpropError, require};
use crate::loss::Traces;
use crate::real::Real;
use crate::sweep::{Penalised, Watch};
use evoplast_synapse::{SpikeRaster, SynapseError};
use rayon::prelude::*;

impl<F: Real> Bptt<F> {
    /// Checks the batch and puts every chunk at rest.
    pub(crate) fn prepare(
        &mut self,
        batch: &[&[SpikeRaster]],
        steps: usize,
        taped: usize,
    ) -> Result<(), BackpropError> {
        require(!batch.is_empty(), "batch", "trials", batch.len() as f64, "at least 1")?;
        require(steps > 0, "batch", "steps", steps as f64, "at least 1")?;
        for trial in batch {
            let most = self.graph.sources.len();
            require(trial.len() <= most, "batch", "sources", trial.len() as f64, "at most those of the network")?;
            for (raster, &end) in trial.iter().zip(&self.graph.sources) {
                for step in 0..raster.steps().min(steps) {
                    if let Some(&i) = raster.at(step)?.iter().find(|i| **i as usize >= end) {
                        let what = "unit of a source";
                        return Err(SynapseError::Index { what, found: i as usize, end }.into());
                    }
                }
            }
        }
        let lanes = self.options.lanes_for(batch.len());
        let count = batch.len().div_ceil(lanes);
        self.chunks.retain(|c| c.lanes == lanes);
        self.chunks.truncate(count);
        while self.chunks.len() < count {
            self.chunks.push(Chunk::new(&self.graph, lanes));
        }
        for (k, chunk) in self.chunks.iter_mut().enumerate() {
            chunk.start(&self.graph, k * lanes..batch.len().min((k + 1) * lanes), steps, taped);
        }
        Ok(())
    }

    /// Runs all chunks; the tape holds the last segment at the end.
    pub(crate) fn run(&mut self, batch: &[&[SpikeRaster]], steps: usize) -> Result<(), BackpropError> {
        let segment = self.options.segment_steps.unwrap_or(steps).min(steps);
        self.prepare(batch, steps, segment)?;
        let (graph, voltage) = (&self.graph, self.options.voltage.as_ref());
        self.chunks.par_iter_mut().for_each(|chunk| {
            for step in 0..steps {
                if segment < steps && step % segment == 0 {
                    chunk.save(step / segment);
                }
                chunk.forward(graph, batch, step, step % segment, voltage, true);
            }
        });
        Ok(())
    }

    /// Goes back through all chunks; with one watch per chunk, adjoints are looked at.
    pub(crate) fn back(&mut self, batch: &[&[SpikeRaster]], steps: usize, per_value: f64, watches: &mut [Watch]) {
        let segment = self.options.segment_steps.unwrap_or(steps).min(steps);
        let truncate = self.options.truncate_steps.unwrap_or(steps);
        let voltage = self.options.voltage.as_ref().map(|v| (v, v.weight * per_value));
        let penalised = Penalised { voltage, rates: self.options.rates.is_some() };
        if self.chunks.iter().any(|c| c.lanes == 1) {
            self.graph.pack();
        }
        let graph = &self.graph;
        let mut slots: Vec<Option<&mut Watch>> = watches.iter_mut().map(Some).collect();
        slots.resize_with(self.chunks.len(), || None);
        self.chunks.par_iter_mut().zip(slots).for_each(|(chunk, mut watch)| {
            chunk.start_back();
            for index in (0..steps.div_ceil(segment)).rev() {
                let range = index * segment..steps.min((index + 1) * segment);
                if range.end < steps {
                    chunk.restore(index);
                    for step in range.clone() {
                        chunk.forward(graph, batch, step, step - range.start, None, false);
                    }
                }
                for step in range.clone().rev() {
                    chunk.back(graph, batch, step, step - range.start, penalised, watch.as_deref_mut());
                    if step % truncate == 0 {
                        chunk.cut();
                    }
                }
            }
        });
    }

    /// The outputs of all chunks.
    pub(crate) fn outputs(&self, trials: usize, steps: usize) -> Traces<F> {
        let outputs = self.graph.outputs();
        let mut all = Traces::zeros(steps, outputs, trials);
        for chunk in &self.chunks {
            let used = chunk.trials.len();
            for (k, row) in chunk.outputs.chunks_exact(chunk.lanes).enumerate() {
                let at = k * trials + chunk.trials.start;
                all.values[at..at + used].copy_from_slice(&row[..used]);
            }
        }
        all
    }

    /// Hands the adjoints of the outputs to the chunks.
    pub(crate) fn scatter(&mut self, bar: &Traces<F>) {
        for chunk in &mut self.chunks {
            let used = chunk.trials.len();
            for (k, row) in chunk.outputs_bar.chunks_exact_mut(chunk.lanes).enumerate() {
                let at = k * bar.trials + chunk.trials.start;
                row[..used].copy_from_slice(&bar.values[at..at + used]);
            }
        }
    }

    /// Cost of rates and mean activity; hands the adjoints of the rates to the chunks.
    pub(crate) fn rates(&mut self, trials: usize, steps: usize) -> (f64, Vec<f64>) {
        let mut cost = 0.0;
        let mut activity = vec![];
        for (index, part) in self.graph.parts.iter().enumerate() {
            let mut counts = vec![0.0; part.n * trials];
            for chunk in &self.chunks {
                for (i, row) in chunk.groups[index].count.chunks_exact(chunk.lanes).enumerate() {
                    for (b, c) in chunk.trials.clone().zip(row) {
                        counts[i * trials + b] = c.wide();
                    }
                }
            }
            activity.push(counts.iter().sum::<f64>() / (part.n * trials * steps) as f64);
            let Some(penalty) = &self.options.rates else { continue };
            let mut bar = vec![0.0; counts.len()];
            cost += penalty.cost(&counts, trials, steps as f64 * self.dt_ms, &mut bar);
            for chunk in &mut self.chunks {
                let lanes = chunk.lanes;
                let group = &mut chunk.groups[index];
                group.rate_bar.fill(F::zero());
                for (i, row) in group.rate_bar.chunks_exact_mut(lanes).enumerate() {
                    for (b, r) in chunk.trials.clone().zip(row) {
                        *r = F::of(bar[i * trials + b]);
                    }
                }
            }
        }
        (cost, activity)
    }

    /// The gradient in the order of the layout: chunks are added in order.
    pub(crate) fn collect(&self) -> Vec<F> {
        let sum = |link: u32, k: u32| self.chunks.iter().map(|c| c.gradient[link as usize][k as usize]).sum();
        self.place.iter().map(|&(link, k)| sum(link, k)).collect()
    }

    /// The first block whose gradient is not finite or too large, and its norm.
    pub(crate) fn exploded(&self, values: &[F]) -> Option<(String, f64)> {
        self.layout.blocks.iter().find_map(|b| {
            let norm = values[b.range.clone()].iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt();
            let bad = !norm.is_finite() || norm > self.options.gradient_limit;
            bad.then(|| (b.name.clone(), norm))
        })
    }

    /// Runs the batch again and looks for the step at which the gradient exploded.
    pub(crate) fn diagnose(
        &mut self,
        batch: &[&[SpikeRaster]],
        steps: usize,
        per_value: f64,
    ) -> Result<Watch, BackpropError> {
        let bars: Vec<Vec<F>> = self.chunks.iter().map(|c| c.outputs_bar.clone()).collect();
        self.run(batch, steps)?;
        self.chunks.iter_mut().zip(bars).for_each(|(c, bar)| c.outputs_bar = bar);
        let mut watches = vec![Watch::default(); self.chunks.len()];
        self.back(batch, steps, per_value, &mut watches);
        // The step nearest to the end that broke; without any, the largest adjoint.
        let broken = watches.iter().filter(|w| w.broken).max_by_key(|w| w.step);
        let largest = || watches.iter().max_by(|a, b| a.largest.total_cmp(&b.largest));
        Ok(broken.or_else(largest).copied().unwrap_or_default())
    }
}
