//! The recurrent network by cell types, what it learns from, and the two ways to search it.
#![allow(clippy::unwrap_used, missing_docs)]

mod coherence;
mod gratings;
mod input;
mod learning;
mod network;
mod objective;
mod rules;
mod weights;

use evoplast_backprop::{Bptt, BpttOptions, Readout};
use evoplast_evolve::Address;
use evoplast_tasks::rsnn::{Coherence, CoherenceConfig, LabelledInput, Rsnn, RsnnConfig};
use std::sync::Arc;

/// A network of 44 neurons that fires.
fn small(outputs: usize) -> RsnnConfig {
    RsnnConfig {
        seed: 5,
        excitatory: 30,
        inhibitory: 14,
        outputs,
        weight_mv: 0.5,
        inhibitory_factor: 2.0,
        input_mv: 14.0,
        ..RsnnConfig::default()
    }
}

/// Short trials.
fn short() -> Arc<dyn LabelledInput> {
    let config =
        CoherenceConfig { steps: 200, change_steps: (80, 120), base_hz: (40.0, 90.0), ..CoherenceConfig::default() };
    Arc::new(Coherence::new(config).unwrap())
}

fn at(generation: u64, candidate: u64) -> Address {
    Address { run: 3, generation, candidate, episode: 0 }
}

/// A gradient engine for a network and its readout.
fn engine(rsnn: &mut Rsnn, options: BpttOptions) -> Bptt<f32> {
    let readout = Readout {
        name: "output".into(),
        population: rsnn.cells,
        wiring: rsnn.output.clone(),
        groups: rsnn.types.iter().map(|t| (*t).to_owned()).collect(),
        tau_ms: rsnn.output_tau_ms,
    };
    Bptt::new(&mut rsnn.inner().unwrap(), Some(&readout), options).unwrap()
}
