//! The network: leaky integrate-and-fire neurons with blocks of fixed out-degree by type.
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | excitatory, inhibitory neurons | `excitatory`, `inhibitory` | 240, 60 | |
//! | connection probability | table below | | |
//! | recurrent weight of E | `weight_mv` e^(mu + s x), x normal | 0.1, mu = -0.64, s = 0.51 | mV |
//! | output weight of E | the same with `output_mv` | 0.1 | mV |
//! | weight of I | `inhibitory_factor` times that, negative | 10 | |
//! | input weight | uniform in 0..`input_mv` | 2 | mV |
//! | input units a channel reaches | `input_fraction` of all, none of which is read out | 0.2 | |
//! | units read out | 0.160 of E, 0.252 of I | | |
//! | tau_m, t_ref | | 20, 4 | ms |
//! | E_L = V_reset, V_th | | -70.6, -50.4 | mV |
//! | tau of the readout | `output_tau_ms` | 4.48 | ms |
//!
//! Probabilities, rows presynaptic. One type of inhibition, E and I: .160 .205 | .252 .284. Three types, E, PV, SST, VIP:
//! .160 .395 .182 .105 | .411 .451 .030 .220 | .424 .857 .082 .770 | .087 .020 .625 .028; the first are the averages of
//! the second over the shares .29, .21 and .50 of the inhibitory types in layer 2/3 (17, 13 and 30 of 60 neurons).
//! Every neuron has `round(p n)` targets in each block, n the neurons of the target type, itself excluded.
//!
//! A weight in mV is the jump of the potential. The conductance is chosen so that a current of w pA in one step makes a
//! jump of w mV, `(1 - e^(-dt/tau_m)) / g = 1`, so weights of all layers have one unit. The neurons are GLIF3 without
//! after-spike currents: the reset subtracts V_th - V_reset and the potential keeps integrating in refractoriness, as in
//! the source. A spike moves a potential two steps later, where the source has one.
//!
//! A feed-forward network (`recurrent = false`) has no synapses between neurons, and its input may reach units that are
//! read out. Sources: see [the module](super).

use crate::TaskError;
use evoplast_evolve::Address;
use evoplast_neuron::{Glif3, Glif3Params, Kinetics, Receptors, SoaPopulation};
use evoplast_synapse::{
    Connect, CsrProjection, FixedOutDegree, Network, Node, Plastic, PopulationId, ProjectionId, Sites, SourceId,
    Static, TopologyBuilder, Wiring, WiringBlocks,
};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, LogNormal};
use serde::{Deserialize, Serialize};

/// Step (ms).
const DT_MS: f64 = 1.0;
/// Time constant of the membrane (ms).
const TAU_M_MS: f64 = 20.0;
/// Mean and deviation of the logarithm of a weight.
const LN_WEIGHT: (f64, f64) = (-0.64, 0.51);
/// Shares of E and I units that are read out.
const READ_OUT: (f64, f64) = (0.160, 0.252);
/// Shares of PV, SST and VIP among inhibitory neurons of layer 2/3.
const SHARES: [f64; 3] = [0.290, 0.210, 0.500];
const TWO_TYPES: [[f64; 2]; 2] = [[0.160, 0.205], [0.252, 0.284]];
const FOUR_TYPES: [[f64; 4]; 4] = [
    [0.160, 0.395, 0.182, 0.105],
    [0.411, 0.451, 0.030, 0.220],
    [0.424, 0.857, 0.082, 0.770],
    [0.087, 0.020, 0.625, 0.028],
];

/// Streams of the random numbers of a network.
const STREAM_UNITS: u64 = 1;
const STREAM_INPUT: u64 = 2;
const STREAM_OUTPUT: u64 = 3;
const STREAM_RECURRENT: u64 = 16;

/// The types of inhibition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inhibition {
    /// One type, averaged probabilities.
    Generic,
    /// PV, SST and VIP, with their own probabilities.
    #[default]
    ThreeTypes,
}

/// What a network is built from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RsnnConfig {
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Number of excitatory neurons.
    pub excitatory: usize,
    /// Number of inhibitory neurons, of all types.
    pub inhibitory: usize,
    /// The types of inhibition.
    pub inhibition: Inhibition,
    /// Input channels.
    pub channels: usize,
    /// Units of the readout.
    pub outputs: usize,
    /// Scale of recurrent weights (mV).
    pub weight_mv: f64,
    /// Scale of output weights (mV).
    pub output_mv: f64,
    /// Magnitude of inhibitory over excitatory weights.
    pub inhibitory_factor: f64,
    /// Largest input weight (mV).
    pub input_mv: f64,
    /// Share of all units that a channel reaches.
    pub input_fraction: f64,
    /// Time constant of the readout (ms).
    pub output_tau_ms: f64,
    /// Whether neurons are connected with each other.
    pub recurrent: bool,
}

impl Default for RsnnConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            excitatory: 240,
            inhibitory: 60,
            inhibition: Inhibition::default(),
            channels: 16,
            outputs: 1,
            weight_mv: 0.1,
            output_mv: 0.1,
            inhibitory_factor: 10.0,
            input_mv: 2.0,
            input_fraction: 0.2,
            output_tau_ms: 4.48,
            recurrent: true,
        }
    }
}

/// A network and the names of its parts.
pub struct Rsnn {
    /// The network: one source, one population.
    pub network: Network,
    /// The neurons, sorted by type.
    pub cells: PopulationId,
    /// The input channels.
    pub source: SourceId,
    /// From the channels to the neurons.
    pub input: ProjectionId,
    /// Between neurons.
    pub recurrent: ProjectionId,
    /// From the neurons to the units of the readout; weights in mV, as nothing turns them into currents.
    pub output: Wiring,
    /// Names of the types, as groups of blocks.
    pub types: Vec<&'static str>,
    /// Number of neurons of each type.
    pub counts: Vec<usize>,
    /// Time constant of the readout (ms).
    pub output_tau_ms: f64,
    /// Blocks of input, recurrent and output weights.
    pub(super) blocks: [WiringBlocks; 3],
}

impl RsnnConfig {
    fn check(&self) -> Result<(), TaskError> {
        let counts = [
            ("excitatory", self.excitatory, 10),
            ("inhibitory", self.inhibitory, 10),
            ("channels", self.channels, 1),
            ("outputs", self.outputs, 1),
        ];
        for (name, found, least) in counts {
            if found < least {
                return Err(TaskError::parameter(name, found, &format!("at least {least}")));
            }
        }
        let positive = [
            ("weight_mv", self.weight_mv),
            ("output_mv", self.output_mv),
            ("inhibitory_factor", self.inhibitory_factor),
            ("input_mv", self.input_mv),
            ("input_fraction", self.input_fraction),
            ("output_tau_ms", self.output_tau_ms),
        ];
        for (name, x) in positive {
            if !(x.is_finite() && x > 0.0) {
                return Err(TaskError::parameter(name, x, "a positive number"));
            }
        }
        if self.input_fraction > 0.7 {
            return Err(TaskError::parameter("input_fraction", self.input_fraction, "at most 0.7"));
        }
        Ok(())
    }

    /// Names and numbers of the types, and their connection probabilities.
    fn types(&self) -> (Vec<&'static str>, Vec<usize>, Vec<Vec<f64>>) {
        match self.inhibition {
            Inhibition::Generic => {
                let p = TWO_TYPES.iter().map(|row| row.to_vec()).collect();
                (vec!["e", "i"], vec![self.excitatory, self.inhibitory], p)
            }
            Inhibition::ThreeTypes => {
                let share = |k: usize| (SHARES[k] * self.inhibitory as f64).round() as usize;
                let (pv, sst) = (share(0), share(1));
                let counts = vec![self.excitatory, pv, sst, self.inhibitory - pv - sst];
                (vec!["e", "pv", "sst", "vip"], counts, FOUR_TYPES.iter().map(|row| row.to_vec()).collect())
            }
        }
    }

    /// Builds the network.
    ///
    /// # Errors
    /// A number that is too small or a parameter outside its domain, which the error names.
    pub fn build(&self) -> Result<Rsnn, TaskError> {
        self.build_with(|_| Ok(Static))
    }

    /// Builds the network with a rule on its recurrent projection.
    ///
    /// # Errors
    /// As [`build`](Self::build), or whatever `rule` refuses.
    pub fn build_with<P: Plastic + 'static>(
        &self,
        rule: impl FnOnce(&Wiring) -> Result<P, TaskError>,
    ) -> Result<Rsnn, TaskError> {
        self.check()?;
        let (types, counts, probability) = self.types();
        let n: usize = counts.iter().sum();
        let type_of: Vec<u16> = counts.iter().enumerate().flat_map(|(t, &c)| vec![t as u16; c]).collect();
        let params = neuron();
        let at = Address { run: self.seed, generation: 0, candidate: 0, episode: 0 };
        let weights = LogNormal::new(LN_WEIGHT.0, LN_WEIGHT.1).expect("the deviation is positive");
        let weight = |pre: usize, scale_mv: f64, rng: &mut dyn Rng| {
            let sign = if type_of[pre] == 0 { 1.0 } else { -self.inhibitory_factor };
            (sign * scale_mv * weights.sample(rng)) as f32
        };

        let first = |t: usize| counts[..t].iter().sum::<usize>();
        let mut recurrent = TopologyBuilder::new(&type_of, types.len(), &type_of, types.len())?;
        for (a, row) in probability.iter().enumerate() {
            for (b, p) in row.iter().enumerate() {
                // A stream per block: another probability of one leaves all others as they are.
                let mut rng = at.rng(STREAM_RECURRENT + (a * types.len() + b) as u64);
                let degree = (p * counts[b] as f64).round() as usize;
                let degree = if self.recurrent { degree.min(counts[b] - usize::from(a == b)) } else { 0 };
                let (pre, post) = (Sites::unplaced(counts[a]), Sites::unplaced(counts[b]));
                for (i, j) in (FixedOutDegree { degree }).connect(&pre, &post, a == b, &mut rng)? {
                    let (i, j) = (i as usize + first(a), j as usize + first(b));
                    recurrent.add(i as u32, j as u32, 1, weight(i, self.weight_mv, &mut rng))?;
                }
            }
        }

        let (read, driven) = self.units(&counts, &mut at.rng(STREAM_UNITS));
        let mut rng = at.rng(STREAM_INPUT);
        let mut input = TopologyBuilder::new(&vec![0; self.channels], 1, &type_of, types.len())?;
        let degree = (self.input_fraction * n as f64).round() as usize;
        for channel in 0..self.channels as u32 {
            let mut pool = driven.clone();
            let (chosen, _) = pool.partial_shuffle(&mut rng, degree);
            for &mut j in chosen {
                let w = self.input_mv * rng.random::<f64>();
                input.add(channel, j, 1, w as f32)?;
            }
        }
        let mut rng = at.rng(STREAM_OUTPUT);
        let mut output = TopologyBuilder::new(&type_of, types.len(), &vec![0; self.outputs], 1)?;
        for &i in &read {
            for o in 0..self.outputs as u32 {
                output.add(i, o, 1, weight(i as usize, self.output_mv, &mut rng))?;
            }
        }

        let wiring = |builder: TopologyBuilder, n: usize| -> Result<Wiring, TaskError> {
            let (topology, weights) = builder.build()?;
            Ok(Wiring::dale(topology, &weights, vec![0; n])?)
        };
        let mut network = Network::new(DT_MS)?;
        let receptors =
            Receptors::uniform(&[Kinetics::delta()], n, DT_MS).map_err(evoplast_synapse::SynapseError::from)?;
        let cells = SoaPopulation::<Glif3>::new(&vec![params; n], receptors, DT_MS);
        let cells = network.add_population(Box::new(cells.map_err(evoplast_synapse::SynapseError::from)?));
        let source = network.add_source(self.channels);
        let (input, recurrent, output) = (wiring(input, self.channels)?, wiring(recurrent, n)?, wiring(output, n)?);
        let blocks = super::weights::blocks([&input, &recurrent, &output], &types)?;
        let input = CsrProjection::fixed(input);
        let input = network.connect(Node::Source(source), cells, Box::new(input))?;
        let rule = rule(&recurrent)?;
        let recurrent = CsrProjection::new(recurrent, rule);
        let recurrent = network.connect(Node::Population(cells), cells, Box::new(recurrent))?;
        let output_tau_ms = self.output_tau_ms;
        Ok(Rsnn { network, cells, source, input, recurrent, output, types, counts, output_tau_ms, blocks })
    }

    /// Units that are read out, ascending, and those that may get input: all others, or all without recurrence.
    fn units(&self, counts: &[usize], rng: &mut impl Rng) -> (Vec<u32>, Vec<u32>) {
        let n: usize = counts.iter().sum();
        let mut draw = |range: std::ops::Range<usize>, share: f64| {
            let mut pool: Vec<u32> = range.map(|i| i as u32).collect();
            let count = (share * pool.len() as f64).round() as usize;
            pool.partial_shuffle(rng, count).0.to_vec()
        };
        let mut read = draw(0..counts[0], READ_OUT.0);
        read.extend(draw(counts[0]..n, READ_OUT.1));
        read.sort_unstable();
        let driven = (0..n as u32).filter(|i| !self.recurrent || read.binary_search(i).is_err()).collect();
        (read, driven)
    }
}

/// The neuron of the source; capacitance and leak are free but for their ratio, so a pA of one step can be a mV.
fn neuron() -> Glif3Params {
    let conductance_ns = 1.0 - (-DT_MS / TAU_M_MS).exp();
    Glif3Params {
        c_m_pf: TAU_M_MS * conductance_ns,
        g_ns: conductance_ns,
        e_l_mv: -70.6,
        v_th_mv: -50.4,
        v_reset_mv: -70.6,
        t_ref_ms: 4.0,
        asc_amp_pa: [0.0; 2],
        asc_k_per_ms: [0.0; 2],
    }
}
