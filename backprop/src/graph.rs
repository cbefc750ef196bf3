//! What all trials share: the equations of a network, taken over from an `evoplast_synapse::Network`.

use crate::adjoint::Reset;
use crate::cells::{Adjoints, Cells};
use crate::error::{BackpropError, require, same_shape};
use crate::filters::Filter;
use crate::real::Real;
use crate::rows::Rows;
use crate::surrogate::{SpikeFunction, Surrogate};
use evoplast_synapse::{Network, Node, PopulationId, Wiring};

/// A readout of leaky units without spikes, `y(t) = decay y(t - 1) + sum_i w_i z_i(t)`, `decay = e^(-dt/tau)`.
#[derive(Debug, Clone)]
pub struct Readout {
    /// Prefix of the names of its blocks.
    pub name: String,
    /// The population that is read.
    pub population: PopulationId,
    /// From neurons to outputs; delays and ports are ignored, as a spike is read in its own step. Magnitudes of both
    /// signs make weights without Dale's principle.
    pub wiring: Wiring,
    /// Group of each presynaptic type of the wiring.
    pub groups: Vec<String>,
    /// Time constant tau (ms).
    pub tau_ms: f64,
}

/// A population.
pub(crate) struct Part<F: Real> {
    pub n: usize,
    pub cells: Box<dyn Cells<F>>,
    pub filters: Vec<Filter<F>>,
    pub injected: Vec<F>,
    pub max_delay: u8,
}

/// A projection.
pub(crate) struct Link<F> {
    pub pre: Node,
    pub post: usize,
    pub rows: Rows<F>,
    /// Whether its weights are parameters.
    pub trained: bool,
}

/// The readout in the form of a projection.
pub(crate) struct Output<F> {
    pub population: usize,
    pub rows: Rows<F>,
    pub decay: F,
}

/// A network without state.
pub(crate) struct Graph<F: Real> {
    pub parts: Vec<Part<F>>,
    pub sources: Vec<usize>,
    pub links: Vec<Link<F>>,
    pub output: Option<Output<F>>,
    pub spike: SpikeFunction,
    pub surrogate: Surrogate,
    pub reset: Reset,
}

impl<F: Real> Graph<F> {
    pub(crate) fn new(
        network: &mut Network,
        readout: Option<&Readout>,
        models: &Adjoints<F>,
        spike: SpikeFunction,
        surrogate: Surrogate,
        reset: Reset,
    ) -> Result<Self, BackpropError> {
        surrogate.check()?;
        let surrogate = match spike {
            SpikeFunction::Hard => surrogate,
            SpikeFunction::Smooth { slope } => Surrogate::Sigmoid { slope },
        };
        surrogate.check()?;
        let dt_ms = network.dt_ms();
        let refractory = spike == SpikeFunction::Hard;
        if let Some((a, b, _)) = network.couplings().next() {
            return Err(BackpropError::GapJunctions { a: a.index(), b: b.index() });
        }
        let mut parts = vec![];
        for (index, id) in network.population_ids().enumerate() {
            let population = network.population(id);
            let taken = models.take(population, index, dt_ms, refractory)?;
            parts.push(Part {
                n: population.len(),
                cells: taken.cells,
                filters: Filter::all(&taken.receptors, index, dt_ms)?,
                injected: taken.injected_pa.iter().map(|&x| F::of(x.into())).collect(),
                max_delay: 1,
            });
        }
        let mut links = vec![];
        for id in network.projection_ids() {
            let (pre, post) = network.ends(id);
            let projection = network.projection(id);
            let magnitude = projection.magnitudes().to_vec();
            let wiring = projection.wiring();
            let part = &mut parts[post.index()];
            part.max_delay = part.max_delay.max(wiring.topology.max_delay());
            let rows = taken_rows(wiring, &magnitude);
            links.push(Link { pre, post: post.index(), rows, trained: false });
        }
        let output = readout.map(|r| output(r, &parts, dt_ms)).transpose()?;
        Ok(Self { parts, sources: network.source_sizes().to_vec(), links, output, spike, surrogate, reset })
    }

    /// Number of outputs of the readout.
    pub(crate) fn outputs(&self) -> usize {
        self.output.as_ref().map_or(0, |o| o.rows.topology.n_post())
    }

    /// Prepares everything through which adjoints of spikes go for chunks of one trial.
    pub(crate) fn pack(&mut self) {
        let from_neurons = self.links.iter_mut().filter(|l| matches!(l.pre, Node::Population(_)));
        from_neurons.map(|l| &mut l.rows).chain(self.output.as_mut().map(|o| &mut o.rows)).for_each(Rows::pack);
    }

    /// The connections of a projection, or of the readout after the last projection.
    pub(crate) fn rows(&self, link: usize) -> &Rows<F> {
        match self.links.get(link) {
            Some(l) => &l.rows,
            None => &self.output.as_ref().expect("a parameter past the projections is the readout's").rows,
        }
    }

    /// See [`rows`](Self::rows).
    pub(crate) fn rows_mut(&mut self, link: usize) -> &mut Rows<F> {
        match self.links.get_mut(link) {
            Some(l) => &mut l.rows,
            None => &mut self.output.as_mut().expect("a parameter past the projections is the readout's").rows,
        }
    }
}

fn taken_rows<F: Real>(wiring: &Wiring, magnitude: &[f32]) -> Rows<F> {
    let weight = wiring.signed(magnitude).into_iter().map(|w| F::of(w.into())).collect();
    Rows::new(wiring.topology.clone(), wiring.port.clone(), weight)
}

fn output<F: Real>(readout: &Readout, parts: &[Part<F>], dt_ms: f64) -> Result<Output<F>, BackpropError> {
    let t = &readout.wiring.topology;
    let population = readout.population.index();
    require(readout.tau_ms > 0.0, "readout", "tau_ms", readout.tau_ms, "a positive number")?;
    same_shape("readout wiring (neurons)", &[t.n_pre()], &[parts[population].n])?;
    let mut rows = taken_rows(&readout.wiring, &readout.wiring.initial);
    rows.port = vec![0; t.n_pre()].into();
    Ok(Output { population, rows, decay: F::of((-dt_ms / readout.tau_ms).exp()) })
}
