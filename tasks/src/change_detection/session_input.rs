//! What a circuit receives during a session, drawn once and read by every candidate in every step.
//!
//! Graded LGN input is stored as it is added: one number per neuron for each [`HOLD_MS`]. Independent background is a
//! bank of spike counts, one byte per neuron and row, times the weight of the neuron: a quarter of what the products
//! would take, so that the bank stays in the cache that it is read from in random order.

use super::trials::{LgnDrive, TrialConfig};
use crate::mouse_v1::lgn::{Rates, SpikeLists};
use crate::mouse_v1::tables::BACKGROUND_RATE_HZ;
use crate::mouse_v1::{Background, PORT_EXCITATORY, V1Circuit};
use evoplast_synapse::{Drive, SpikeRaster};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Poisson};
use std::sync::Arc;

/// Graded input is held for this long (ms): LGN rates change over tens of ms, and receptors smooth what remains.
pub const HOLD_MS: usize = 5;

/// Rows of the bank of independent background input. Within a row all neurons are independent; which row acts in a
/// step is drawn anew for each.
const NOISE_ROWS: usize = 2048;

/// The input of one session.
#[derive(Debug, Clone)]
pub struct SessionInput {
    /// Spikes of the LGN and of the shared background, in the order of the circuit's sources; empty where the input is
    /// graded or independent.
    rasters: [SpikeRaster; 2],
    /// Graded LGN input: one row of values per neuron for each [`HOLD_MS`], or empty.
    graded: Vec<f32>,
    /// Independent background: rows of spike counts per neuron, their weights, and which row acts in each step; or
    /// empty.
    noise: Vec<u8>,
    noise_weight: Arc<[f32]>,
    noise_row: Vec<u16>,
    neurons: usize,
}

impl SessionInput {
    /// No input so far; it is added block by block in order of time.
    pub(super) fn new(circuit: &V1Circuit, config: &TrialConfig) -> Self {
        let held = match config.lgn_drive {
            LgnDrive::Graded => config.steps().div_ceil(HOLD_MS) * circuit.len(),
            LgnDrive::Poisson => 0,
        };
        Self {
            rasters: [SpikeRaster::new(), SpikeRaster::new()],
            graded: Vec::with_capacity(held),
            noise: vec![],
            noise_weight: Arc::clone(&circuit.background.initial),
            noise_row: vec![],
            neurons: circuit.len(),
        }
    }

    /// Adds the LGN spikes of a block.
    pub(super) fn push_lgn(&mut self, lists: &SpikeLists) {
        (0..lists.n_ms()).for_each(|step| self.rasters[0].push_step(lists.at(step)));
    }

    /// Adds the graded input of a block, one row of values per [`HOLD_MS`], from the rate in the middle of each.
    pub(super) fn push_graded(&mut self, circuit: &V1Circuit, rates: &Rates) {
        let (topology, weight) = (&circuit.lgn.topology, &circuit.lgn.initial);
        for start in (0..rates.n_ms()).step_by(HOLD_MS) {
            let from = self.graded.len();
            self.graded.resize(from + self.neurons, 0.0);
            let row = &mut self.graded[from..];
            let at = (start + HOLD_MS / 2).min(rates.n_ms() - 1);
            for unit in 0..rates.n_units() {
                let drive = 1.3 * (1.0 - (-1e-3 * rates.unit(unit)[at]).exp());
                if drive > 0.0 {
                    for k in topology.row(unit) {
                        row[topology.targets()[k] as usize] += drive * weight[k];
                    }
                }
            }
        }
    }

    /// Draws the background of the whole session, of the circuit's kind.
    pub(super) fn draw_background<R: Rng>(&mut self, circuit: &V1Circuit, steps: usize, rng: &mut R) {
        let per_step = Poisson::new(BACKGROUND_RATE_HZ * 1e-3).expect("the tabled rate is positive");
        match circuit.background_kind {
            Background::Shared => {
                (0..steps).for_each(|_| self.rasters[1].push_step(&vec![0; per_step.sample(rng) as usize]));
            }
            // A count of one per ms on average fits in a byte.
            Background::Independent => {
                self.noise = (0..NOISE_ROWS * self.neurons).map(|_| per_step.sample(rng) as u8).collect();
                self.noise_row = (0..steps).map(|_| rng.random_range(0..NOISE_ROWS as u16)).collect();
            }
        }
    }
}

impl Drive for &SessionInput {
    fn spikes(&mut self, source: usize, step: u32, out: &mut Vec<u32>) {
        (&mut &self.rasters[..]).spikes(source, step, out);
    }

    fn add_graded(&self, _: usize, port: usize, step: u32, arriving: &mut [f32]) {
        if port != usize::from(PORT_EXCITATORY) {
            return;
        }
        let (step, n) = (step as usize, self.neurons);
        let held = step / HOLD_MS;
        if let Some(row) = self.graded.get(held * n..(held + 1) * n) {
            arriving.iter_mut().zip(row).for_each(|(x, g)| *x += g);
        }
        if let Some(row) = self.noise_row.get(step).map(|&k| usize::from(k)) {
            let row = &self.noise[row * n..(row + 1) * n];
            let parts = arriving.iter_mut().zip(row).zip(&*self.noise_weight);
            parts.for_each(|((x, &count), w)| *x += f32::from(count) * w);
        }
    }
}
