//! Circuits on which evoplast is compared with other simulators: who is connected to whom, initial state, rule.
//!
//! A circuit is data, so that other programs can read the same one from files ([`Circuit::write`]). All neurons are
//! leaky integrate-and-fire with two exponential ports, port 0 of the excitatory neurons and port 1 of the inhibitory
//! ones; the delay is one step. Steps are those of [`evoplast_synapse::Network`].

mod asynchronous;
mod files;
mod vogels_abbott;

use crate::BenchError;
use evoplast_neuron::{Kinetics, LifConfig, LifParams, NeuronConfig};
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_plasticity::{Bounds, EventDriven};
use evoplast_synapse::{
    Connect, CsrProjection, Drive, Network, Node, PairwiseBernoulli, PopulationId, Projection, ProjectionId, Sites,
    Topology, TopologyBuilder, Wiring,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Reward events come every second, the first after half a second.
pub const REWARD_PERIOD_MS: f64 = 1000.0;
/// Time of the first reward event (ms).
pub const FIRST_REWARD_MS: f64 = 500.0;
/// Reward prediction error of every event.
pub const DELTA_R: f32 = 1.0;

/// A circuit and rule of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Case {
    /// Vogels and Abbott, currents.
    Cuba,
    /// Vogels and Abbott, conductances.
    Coba,
    /// Asynchronous network without plasticity.
    Static,
    /// Asynchronous network, pair-based STDP on every synapse.
    PairStdp,
    /// Asynchronous network, a rule of five terms with reward on every synapse.
    FiveTerm,
}

impl Case {
    /// All cases.
    pub const ALL: [Self; 5] = [Self::Cuba, Self::Coba, Self::Static, Self::PairStdp, Self::FiveTerm];

    /// The name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cuba => "cuba",
            Self::Coba => "coba",
            Self::Static => "static",
            Self::PairStdp => "pair-stdp",
            Self::FiveTerm => "five-term",
        }
    }

    /// Builds the circuit; equal seeds give equal circuits, and the asynchronous cases share theirs.
    ///
    /// # Errors
    /// None for the parameters given here; passes on what the builders say.
    pub fn circuit(self, seed: u64) -> Result<Circuit, BenchError> {
        match self {
            Self::Cuba => vogels_abbott::cuba(seed),
            Self::Coba => vogels_abbott::coba(seed),
            Self::Static => asynchronous::circuit(self, None, seed),
            Self::PairStdp => asynchronous::circuit(self, Some(asynchronous::pair_stdp()?), seed),
            Self::FiveTerm => asynchronous::circuit(self, Some(asynchronous::five_term()?), seed),
        }
    }
}

/// A rule on every synapse, with hard bounds at 0 and `upper`.
#[derive(Debug, Clone)]
pub struct Learning {
    /// The rule, of one neuron type.
    pub rule: TaylorRule,
    /// Learning rate of every synapse, in the unit of the weights.
    pub scale: Arc<[f32]>,
    /// Upper bound of every synapse.
    pub upper: Arc<[f32]>,
}

/// A circuit with its initial state.
#[derive(Debug, Clone)]
pub struct Circuit {
    /// Which one.
    pub case: Case,
    /// Step (ms).
    pub dt_ms: f64,
    /// Parameters of every neuron.
    pub neuron: LifParams,
    /// Ports: excitatory, inhibitory.
    pub receptors: [Kinetics; 2],
    /// The first this many neurons are excitatory.
    pub excitatory: usize,
    /// Connections with initial magnitudes (pA, or nS), sign and port.
    pub wiring: Wiring,
    /// Constant current of every neuron (pA).
    pub bias_pa: Vec<f32>,
    /// Initial potential of every neuron (mV).
    pub v_mv: Vec<f32>,
    /// Input that arrives at either port in step 0: the initial synaptic current (pA) or conductance (nS).
    pub arriving: [Vec<f32>; 2],
    /// The rule, if weights change.
    pub learning: Option<Learning>,
}

impl Circuit {
    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.v_mv.len()
    }

    /// Number of synapses.
    #[must_use]
    pub fn synapses(&self) -> usize {
        self.wiring.topology.len()
    }

    /// A network in its initial state.
    ///
    /// # Errors
    /// Fields that do not fit each other.
    pub fn network(&self) -> Result<Simulation, BenchError> {
        let mut network = Network::new(self.dt_ms)?;
        let config = LifConfig { params: self.neuron, receptors: self.receptors.to_vec() };
        let mut cells = config.build(self.neurons(), self.dt_ms)?;
        cells.inject(&self.bias_pa)?;
        cells.set_variable("v_mv", &self.v_mv)?;
        let cells = network.add_population(cells);
        let projection: Box<dyn Projection> = match &self.learning {
            None => Box::new(CsrProjection::fixed(self.wiring.clone())),
            Some(learning) => {
                let (scale, upper) = (learning.scale.clone(), learning.upper.clone());
                let topology = &self.wiring.topology;
                let engine = EventDriven::new(&learning.rule, self.dt_ms, topology, scale, upper, Bounds::Hard)?;
                Box::new(CsrProjection::new(self.wiring.clone(), engine))
            }
        };
        let projection = network.connect(Node::Population(cells), cells, projection)?;
        let steps = |ms: f64| (ms / self.dt_ms).round() as u32;
        let reward = [steps(FIRST_REWARD_MS), steps(REWARD_PERIOD_MS)];
        Ok(Simulation { network, cells, projection, start: Start { arriving: self.arriving.clone() }, reward })
    }
}

/// A circuit at work.
pub struct Simulation {
    network: Network,
    cells: PopulationId,
    projection: ProjectionId,
    start: Start,
    /// First reward and period, in steps.
    reward: [u32; 2],
}

impl Simulation {
    /// Advances `steps` steps, with a reward event whenever one is due; returns the number of spikes.
    pub fn run(&mut self, steps: u32) -> u64 {
        let mut spikes = 0;
        for _ in 0..steps {
            self.network.step(&mut self.start);
            spikes += self.network.spikes(self.cells).len() as u64;
            let [first, period] = self.reward;
            if self.network.now() % period == first {
                self.network.reward(DELTA_R);
            }
        }
        spikes
    }

    /// Present magnitudes of all synapses.
    pub fn magnitudes(&mut self) -> &[f32] {
        self.network.projection(self.projection).magnitudes()
    }
}

/// The input of step 0; none later.
struct Start {
    arriving: [Vec<f32>; 2],
}

impl Drive for Start {
    fn spikes(&mut self, _: usize, _: u32, _: &mut Vec<u32>) {}

    fn add_graded(&self, _: usize, port: usize, step: u32, arriving: &mut [f32]) {
        if step == 0 {
            arriving.iter_mut().zip(&self.arriving[port]).for_each(|(a, x)| *a += x);
        }
    }
}

/// Every pair of different neurons with one probability, a delay of one step, and the weight that `weight` draws.
fn connect(
    n: usize,
    probability: f64,
    rng: &mut ChaCha8Rng,
    mut weight: impl FnMut(u32, &mut ChaCha8Rng) -> f32,
) -> Result<(Topology, Vec<f32>), BenchError> {
    let sites = Sites::unplaced(n);
    let pairs = PairwiseBernoulli { probability }.connect(&sites, &sites, true, rng)?;
    let mut builder = TopologyBuilder::untyped(n, n);
    for (pre, post) in pairs {
        builder.add(pre, post, 1, weight(pre, rng))?;
    }
    Ok(builder.build()?)
}

/// Generator of one component of a circuit: the seed and a stream of its own.
fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

fn uniform(n: usize, range: std::ops::Range<f32>, rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..n).map(|_| rng.random_range(range.clone())).collect()
}
