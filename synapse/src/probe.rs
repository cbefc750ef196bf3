//! What an experiment records while a network runs.

use crate::{Network, PopulationId, ProjectionId};

/// Sees the network after every step.
pub trait Probe {
    /// Looks at the step that just ended.
    fn observe(&mut self, network: &mut Network);
}

/// Every spike of a population, as (step, neuron).
#[derive(Debug, Clone)]
pub struct SpikeProbe {
    population: PopulationId,
    /// Spikes in order of time.
    pub spikes: Vec<(u32, u32)>,
}

impl SpikeProbe {
    /// Records the spikes of `population`.
    #[must_use]
    pub fn new(population: PopulationId) -> Self {
        Self { population, spikes: vec![] }
    }
}

impl Probe for SpikeProbe {
    fn observe(&mut self, network: &mut Network) {
        let step = network.now() - 1;
        self.spikes.extend(network.spikes(self.population).iter().map(|&i| (step, i)));
    }
}

/// Spike counts per neuron, and thus mean rates.
#[derive(Debug, Clone)]
pub struct RateProbe {
    population: PopulationId,
    /// Spikes per neuron.
    pub count: Vec<u32>,
    /// Steps observed.
    pub steps: u32,
}

impl RateProbe {
    /// Counts the spikes of the `n` neurons of `population`.
    #[must_use]
    pub fn new(population: PopulationId, n: usize) -> Self {
        Self { population, count: vec![0; n], steps: 0 }
    }

    /// Mean rate of every neuron (Hz); 0 before the first step.
    #[must_use]
    pub fn rates_hz(&self, dt_ms: f64) -> Vec<f64> {
        let seconds = f64::from(self.steps) * dt_ms * 1e-3;
        let per_spike = if seconds > 0.0 { 1.0 / seconds } else { 0.0 };
        self.count.iter().map(|&c| f64::from(c) * per_spike).collect()
    }
}

impl Probe for RateProbe {
    fn observe(&mut self, network: &mut Network) {
        network.spikes(self.population).iter().for_each(|&i| self.count[i as usize] += 1);
        self.steps += 1;
    }
}

/// A state variable of chosen neurons, for example `v_mv`.
#[derive(Debug, Clone)]
pub struct VariableProbe {
    population: PopulationId,
    variable: &'static str,
    neurons: Vec<u32>,
    /// One value per chosen neuron and step, step by step; empty if the model has no such variable.
    pub trace: Vec<f32>,
}

impl VariableProbe {
    /// Records `variable` of `neurons`.
    #[must_use]
    pub fn new(population: PopulationId, variable: &'static str, neurons: &[u32]) -> Self {
        Self { population, variable, neurons: neurons.to_vec(), trace: vec![] }
    }
}

impl Probe for VariableProbe {
    fn observe(&mut self, network: &mut Network) {
        if let Some(values) = network.population(self.population).variable(self.variable) {
            self.trace.extend(self.neurons.iter().filter_map(|&i| values.get(i as usize)));
        }
    }
}

/// The weights of a projection every so many steps. Reading them brings an event-driven rule up to date, which under
/// hard bounds is a touch of every synapse: record as rarely as the question allows.
#[derive(Debug, Clone)]
pub struct WeightProbe {
    projection: ProjectionId,
    every: u32,
    /// Snapshots of the magnitudes, with the step after which they were taken.
    pub snapshots: Vec<(u32, Vec<f32>)>,
}

impl WeightProbe {
    /// Records the magnitudes of `projection` every `every` steps (at least 1).
    #[must_use]
    pub fn new(projection: ProjectionId, every: u32) -> Self {
        Self { projection, every: every.max(1), snapshots: vec![] }
    }
}

impl Probe for WeightProbe {
    fn observe(&mut self, network: &mut Network) {
        let now = network.now();
        if now.is_multiple_of(self.every) {
            self.snapshots.push((now, network.projection(self.projection).magnitudes().to_vec()));
        }
    }
}
