//! Where the spikes of sources come from.

use crate::SynapseError;

/// Gives the input of a network at every step: spikes of its sources, and graded input to its populations.
pub trait Drive {
    /// Appends the neurons of `source` that spike at `step`, ascending; a neuron may be named more than once.
    fn spikes(&mut self, source: usize, step: u32, out: &mut Vec<u32>);

    /// Adds graded input that arrives at a port of a population at `step` to `arriving`, one value per neuron in the
    /// unit of the port's weights, besides what projections deliver.
    fn add_graded(&self, population: usize, port: usize, step: u32, arriving: &mut [f32]) {
        let _ = (population, port, step, arriving);
    }
}

/// No input.
impl Drive for () {
    fn spikes(&mut self, _: usize, _: u32, _: &mut Vec<u32>) {}
}

/// Spikes of one source sorted by step, compressed; shared by every candidate that sees the same trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikeRaster {
    start: Vec<u32>,
    neuron: Vec<u32>,
}

impl Default for SpikeRaster {
    fn default() -> Self {
        Self { start: vec![0], neuron: vec![] }
    }
}

impl SpikeRaster {
    /// An empty raster of 0 steps; [`push_step`](Self::push_step) adds to it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step with its spikes.
    pub fn push_step(&mut self, neurons: &[u32]) {
        self.neuron.extend_from_slice(neurons);
        self.start.push(self.neuron.len() as u32);
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.start.len() - 1
    }

    /// Number of spikes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.neuron.len()
    }

    /// True without spikes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.neuron.is_empty()
    }

    /// The neurons that spike at `step`.
    ///
    /// # Errors
    /// A step past the end.
    pub fn at(&self, step: usize) -> Result<&[u32], SynapseError> {
        if step >= self.steps() {
            return Err(SynapseError::Index { what: "step of a raster", found: step, end: self.steps() });
        }
        Ok(&self.neuron[self.start[step] as usize..self.start[step + 1] as usize])
    }
}

/// One raster per source, from its first step on; silent after its end.
impl Drive for &[SpikeRaster] {
    fn spikes(&mut self, source: usize, step: u32, out: &mut Vec<u32>) {
        if let Some(Ok(neurons)) = self.get(source).map(|r| r.at(step as usize)) {
            out.extend_from_slice(neurons);
        }
    }
}
