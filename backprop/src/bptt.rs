//! Backpropagation through time over a batch of trials.
//!
//! A batch runs forward, the loss sees the outputs of all trials and the penalties their spike counts, and the batch runs
//! back; how it is run is in `batch.rs`.

use crate::cells::Adjoints;
use crate::chunk::Chunk;
use crate::error::{BackpropError, require, same_shape};
use crate::graph::{Graph, Readout};
use crate::loss::{Loss, Traces};
use crate::options::BpttOptions;
use crate::real::Real;
use evoplast_synapse::{
    NetworkWeights, ParamLayout, PopulationId, Snapshot, SpikeRaster, SynapseError, Trainable, WiringBlocks,
};

/// The loss of a batch and its gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient<F> {
    /// Sum of the parts below, which is what the gradient belongs to.
    pub total: f64,
    /// The loss on the outputs.
    pub loss: f64,
    /// Cost of rates.
    pub rate_cost: f64,
    /// Cost of potentials.
    pub voltage_cost: f64,
    /// Mean spikes per step and neuron of every population.
    pub activity: Vec<f64>,
    /// Derivative of the total by every parameter, in the order of the layout.
    pub values: Vec<F>,
}

/// What [`Bptt::observe`] shows of one trial after a step.
#[derive(Debug)]
pub struct Glance<'a, F> {
    /// The step, from 0.
    pub step: usize,
    /// The trial of the batch.
    pub trial: usize,
    lanes: usize,
    lane: usize,
    potential: Vec<&'a [F]>,
    spikes: Vec<&'a [F]>,
}

impl<F: Real> Glance<'_, F> {
    /// Potentials (mV) of a population after the step.
    pub fn potential_mv(&self, population: PopulationId) -> impl Iterator<Item = F> + '_ {
        self.potential[population.index()].iter().skip(self.lane).step_by(self.lanes).copied()
    }

    /// Spikes of a population in this step, one value per neuron.
    pub fn spikes(&self, population: PopulationId) -> impl Iterator<Item = F> + '_ {
        self.spikes[population.index()].iter().skip(self.lane).step_by(self.lanes).copied()
    }
}

/// A network with gradients: weights, equations and the buffers of a batch.
pub struct Bptt<F: Real> {
    pub(crate) graph: Graph<F>,
    pub(crate) layout: ParamLayout,
    /// Projection (or the readout, after the last one) and synapse of every parameter.
    pub(crate) place: Vec<(u32, u32)>,
    pub(crate) dt_ms: f64,
    pub(crate) options: BpttOptions,
    pub(crate) chunks: Vec<Chunk<F>>,
}

impl<F: Real> Bptt<F> {
    /// Takes over the network behind `weights`, whose blocks become parameters, in its present state of learning.
    /// Projections that are not among them keep their weights; rules are off. Parameters of the readout follow.
    ///
    /// # Errors
    /// A population whose model has no derivative (LIF, adaptive LIF and GLIF3 have one) or with a conductance port, a
    /// readout of another size, or a bad option.
    pub fn new(
        weights: &mut NetworkWeights<'_>,
        readout: Option<&Readout>,
        options: BpttOptions,
    ) -> Result<Self, BackpropError> {
        Self::with_models(weights, readout, options, &Adjoints::default())
    }

    /// As [`new`](Self::new) with models of your own.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_models(
        weights: &mut NetworkWeights<'_>,
        readout: Option<&Readout>,
        options: BpttOptions,
        models: &Adjoints<F>,
    ) -> Result<Self, BackpropError> {
        options.check()?;
        let mut layout = weights.layout();
        let network = weights.network();
        let dt_ms = network.dt_ms();
        let mut graph = Graph::new(network, readout, models, options.spike, options.surrogate, options.reset)?;
        let mut place = vec![];
        for (id, blocks) in weights.parts() {
            graph.links[id.index()].trained = true;
            place.extend(blocks.synapse.iter().map(|&k| (id.index() as u32, k)));
        }
        if let Some(r) = readout {
            let groups: Vec<&str> = r.groups.iter().map(String::as_str).collect();
            let outputs = vec!["output"; r.wiring.topology.types_post()];
            let blocks = WiringBlocks::new(&r.name, &r.wiring, &groups, &outputs, layout.len())?;
            place.extend(blocks.synapse.iter().map(|&k| (graph.links.len() as u32, k)));
            layout.blocks.extend(blocks.layout);
        }
        Ok(Self { graph, layout, place, dt_ms, options, chunks: vec![] })
    }

    /// Names, shapes and signs of the blocks.
    #[must_use]
    pub fn layout(&self) -> &ParamLayout {
        &self.layout
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &BpttOptions {
        &self.options
    }

    /// All signed weights, in the order of the layout.
    #[must_use]
    pub fn parameters(&self) -> Vec<F> {
        self.place.iter().map(|&(link, k)| self.graph.rows(link as usize).weight[k as usize]).collect()
    }

    /// All signed weights with their present places, those of the readout included; a rewiring moves places.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let links = self.graph.links.len() + usize::from(self.graph.output.is_some());
        let places_of = |link: usize| {
            let mut places = vec![];
            self.graph.rows(link).topology.for_each(|_, pre, post| places.push((pre as u32, post as u32)));
            places
        };
        let places: Vec<Vec<(u32, u32)>> = (0..links).map(places_of).collect();
        let place: Vec<_> = self.place.iter().map(|&(link, k)| places[link as usize][k as usize]).collect();
        let values: Vec<f32> = self.parameters().into_iter().map(|w| w.wide() as f32).collect();
        Snapshot::placed(&self.layout, &values, &place).expect("a topology has no two synapses at one place")
    }

    /// Replaces the weights; their signs are not checked, see [`Dale`](crate::Dale).
    ///
    /// # Errors
    /// A wrong number of values, or one that is not finite.
    pub fn set_parameters(&mut self, values: &[F]) -> Result<(), BackpropError> {
        same_shape("parameters", &[values.len()], &[self.place.len()])?;
        if let Some(w) = values.iter().find(|w| !w.is_finite()) {
            return require(false, "parameters", "weight", w.wide(), "a finite number");
        }
        for (&(link, k), &w) in self.place.iter().zip(values) {
            self.graph.rows_mut(link as usize).weight[k as usize] = w;
        }
        Ok(())
    }

    /// Writes the weights back to the network they came from; those of the readout have no place there.
    ///
    /// # Errors
    /// Weights that are not those of this network, or that break Dale's principle.
    pub fn store(&self, weights: &mut NetworkWeights<'_>) -> Result<(), BackpropError> {
        let values: Vec<f32> = self.parameters().into_iter().map(|w| w.wide() as f32).collect();
        let own = weights.layout().len();
        let trained: Vec<usize> = weights.parts().map(|(id, _)| id.index()).collect();
        for id in weights.network().projection_ids().filter(|id| trained.contains(&id.index())) {
            let same = weights.network().projection(id).wiring().topology == self.graph.links[id.index()].rows.topology;
            if !same {
                return Err(BackpropError::Rewired { projection: id.index() });
            }
        }
        same_shape("parameters of the network", &[own], &[self.place.len() - self.readout_len()])?;
        Ok(weights.write(&values[..own])?)
    }

    fn readout_len(&self) -> usize {
        self.graph.output.as_ref().map_or(0, |o| o.rows.weight.len())
    }

    /// Runs a batch: `batch[trial][source]` are the spikes of a source; sources without a raster are silent.
    ///
    /// # Errors
    /// No trial, no step, or a raster with a unit that its source does not have.
    pub fn forward(&mut self, batch: &[&[SpikeRaster]], steps: usize) -> Result<Traces<F>, BackpropError> {
        self.run(batch, steps)?;
        Ok(self.outputs(batch.len(), steps))
    }

    /// Runs a batch and shows every trial after every step.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn observe(
        &mut self,
        batch: &[&[SpikeRaster]],
        steps: usize,
        look: &mut dyn FnMut(Glance<'_, F>),
    ) -> Result<(), BackpropError> {
        self.prepare(batch, steps, 1)?;
        for chunk in &mut self.chunks {
            for step in 0..steps {
                chunk.forward(&self.graph, batch, step, 0, None, true);
                for (lane, trial) in chunk.trials.clone().enumerate() {
                    look(Glance {
                        step,
                        trial,
                        lanes: chunk.lanes,
                        lane,
                        potential: chunk.groups.iter().map(|g| g.state[0].as_slice()).collect(),
                        spikes: chunk.groups.iter().map(|g| g.z.as_slice()).collect(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The loss of a batch with its penalties, and the gradient.
    ///
    /// # Errors
    /// As [`forward`](Self::forward); a loss that does not fit the outputs; a gradient that is not finite or above
    /// `gradient_limit`, with block and step. The parameters stay as they are.
    pub fn gradient(
        &mut self,
        batch: &[&[SpikeRaster]],
        steps: usize,
        loss: &dyn Loss<F>,
    ) -> Result<Gradient<F>, BackpropError> {
        self.run(batch, steps)?;
        let outputs = self.outputs(batch.len(), steps);
        let mut bar = Traces::zeros(steps, outputs.outputs, batch.len());
        let loss = loss.evaluate(&outputs, &mut bar)?;
        self.scatter(&bar);
        let (rate_cost, activity) = self.rates(batch.len(), steps);
        let neurons: usize = self.graph.parts.iter().map(|p| p.n).sum();
        let per_value = 1.0 / (neurons * batch.len() * steps) as f64;
        let excess: f64 = self.chunks.iter().map(|c| c.excess).sum();
        let voltage_cost = self.options.voltage.map_or(0.0, |v| v.weight * per_value * excess);
        self.back(batch, steps, per_value, &mut []);
        let values = self.collect();
        if let Some((block, found)) = self.exploded(&values) {
            let watch = self.diagnose(batch, steps, per_value)?;
            let found = if watch.broken { watch.largest } else { found };
            return Err(BackpropError::Exploded { block, step: watch.step, found, limit: self.options.gradient_limit });
        }
        Ok(Gradient { total: loss + rate_cost + voltage_cost, loss, rate_cost, voltage_cost, activity, values })
    }

    /// Memory of the buffers of the last batch: states, tape, checkpoints, adjoints (bytes).
    #[must_use]
    pub fn buffer_bytes(&self) -> usize {
        self.chunks.iter().map(Chunk::values).sum::<usize>() * size_of::<F>()
    }
}

impl<F: Real> Trainable for Bptt<F> {
    fn layout(&mut self) -> ParamLayout {
        self.layout.clone()
    }

    fn read(&mut self) -> Vec<f32> {
        self.parameters().into_iter().map(|w| w.wide() as f32).collect()
    }

    fn write(&mut self, values: &[f32]) -> Result<(), SynapseError> {
        let expected = self.place.len();
        if values.len() != expected {
            return Err(SynapseError::Length { what: "parameters", found: values.len(), expected });
        }
        if let Some(&w) = values.iter().find(|w| !w.is_finite()) {
            let expected = "a finite weight";
            return Err(SynapseError::Parameter { component: "bptt", field: "weight", found: w.into(), expected });
        }
        for (&(link, k), &w) in self.place.iter().zip(values) {
            self.graph.rows_mut(link as usize).weight[k as usize] = F::of(w.into());
        }
        Ok(())
    }

    fn snapshot(&mut self) -> Snapshot {
        Bptt::snapshot(self)
    }
}
