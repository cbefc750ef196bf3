//! Random networks shared by the tests.
#![allow(clippy::unwrap_used, dead_code, reason = "every test file uses its own part")]

pub mod reference;

use evoplast_backprop::{Bptt, BpttOptions, Readout};
use evoplast_neuron::{
    Alif, AlifParams, Glif3, Glif3Params, Kinetics, Lif, LifParams, Population, Receptors, SoaPopulation,
};
use evoplast_synapse::{
    CsrProjection, Network, NetworkWeights, Node, PopulationId, ProjectionId, SpikeRaster, TopologyBuilder, Wiring,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const DT_MS: f64 = 1.0;
pub const TAU_OUT_MS: f64 = 4.48;

/// Parameters of the neurons, all of one model.
#[derive(Clone)]
pub enum Model {
    Lif(Vec<LifParams>),
    Alif(Vec<AlifParams>),
    Glif3(Vec<Glif3Params>),
}

pub const MODELS: [&str; 3] = ["lif", "alif", "glif3"];

/// pre, post, delay in steps, signed weight (pA).
pub type Edge = (u32, u32, u8, f32);

/// A recurrent network with one source and two outputs.
#[derive(Clone)]
pub struct Net {
    pub model: Model,
    pub kinetics: Vec<Kinetics>,
    pub n: usize,
    pub n_in: usize,
    pub n_out: usize,
    pub input: Vec<Edge>,
    pub recurrent: Vec<Edge>,
    pub output: Vec<Edge>,
    /// Port of each neuron's synapses; inputs use port 0.
    pub port: Vec<u8>,
    pub injected: Vec<f32>,
}

impl Net {
    /// Neurons that differ; delays of 1 to `max_delay` steps; a fifth inhibitory on the last port.
    pub fn random(model: &str, kinetics: &[Kinetics], n: usize, max_delay: u8, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (n_in, n_out) = (4, 2);
        let membrane = |rng: &mut ChaCha8Rng| LifParams {
            c_m_pf: rng.random_range(150.0..250.0),
            g_ns: rng.random_range(8.0..12.0),
            e_l_mv: rng.random_range(-72.0..-68.0),
            v_th_mv: rng.random_range(-53.0..-47.0),
            v_reset_mv: rng.random_range(-74.0..-70.0),
            t_ref_ms: f64::from(rng.random_range(0..4_u32)),
        };
        let glif3 = |rng: &mut ChaCha8Rng| {
            let m = membrane(rng);
            let LifParams { c_m_pf, g_ns, e_l_mv, v_th_mv, v_reset_mv, t_ref_ms } = m;
            let asc_amp_pa = [rng.random_range(-10.0..5.0), rng.random_range(-60.0..-20.0)];
            Glif3Params { c_m_pf, g_ns, e_l_mv, v_th_mv, v_reset_mv, t_ref_ms, asc_amp_pa, asc_k_per_ms: [0.003, 0.1] }
        };
        let model = match model {
            "lif" => Model::Lif((0..n).map(|_| membrane(&mut rng)).collect()),
            "alif" => Model::Alif(
                (0..n)
                    .map(|_| AlifParams {
                        membrane: membrane(&mut rng),
                        beta_mv: rng.random_range(1.0..3.0),
                        tau_b_ms: rng.random_range(20.0..200.0),
                    })
                    .collect(),
            ),
            _ => Model::Glif3((0..n).map(|_| glif3(&mut rng)).collect()),
        };
        let last = (kinetics.len() - 1) as u8;
        // Filters that last pass on more charge per unit of weight than those of one step.
        let unit = 600.0 / kinetics[0].tau_ms.max(1.0) as f32;
        let inhibitory = |i: usize| i >= n - n / 5;
        let (mut input, mut recurrent, mut output) = (vec![], vec![], vec![]);
        for i in 0..n_in as u32 {
            for j in 0..n as u32 {
                if rng.random::<f64>() < 0.6 {
                    input.push((i, j, rng.random_range(1..=max_delay), unit * rng.random_range(0.5..1.5)));
                }
            }
        }
        for i in 0..n as u32 {
            for j in 0..n as u32 {
                if i != j && rng.random::<f64>() < 0.4 {
                    let sign = if inhibitory(i as usize) { -2.0 } else { 1.0 };
                    let w = sign * unit * rng.random_range(0.1..0.6);
                    recurrent.push((i, j, rng.random_range(1..=max_delay), w));
                }
            }
            for o in 0..n_out as u32 {
                let sign = if inhibitory(i as usize) { -1.0 } else { 1.0 };
                output.push((i, o, 1, sign * rng.random_range(0.1_f32..0.5)));
            }
        }
        let port = (0..n).map(|i| if inhibitory(i) { last } else { 0 }).collect();
        let injected = (0..n).map(|_| rng.random_range(130.0_f32..260.0)).collect();
        Self { model, kinetics: kinetics.to_vec(), n, n_in, n_out, input, recurrent, output, port, injected }
    }

    fn population(&self) -> Box<dyn Population> {
        let receptors = Receptors::uniform(&self.kinetics, self.n, DT_MS).unwrap();
        let mut cells: Box<dyn Population> = match &self.model {
            Model::Lif(p) => Box::new(SoaPopulation::<Lif>::new(p, receptors, DT_MS).unwrap()),
            Model::Alif(p) => Box::new(SoaPopulation::<Alif>::new(p, receptors, DT_MS).unwrap()),
            Model::Glif3(p) => Box::new(SoaPopulation::<Glif3>::new(p, receptors, DT_MS).unwrap()),
        };
        cells.inject(&self.injected).unwrap();
        cells
    }

    /// The simulation, and its population, input and recurrent projection.
    pub fn network(&self) -> (Network, PopulationId, ProjectionId, ProjectionId) {
        let mut network = Network::new(DT_MS).unwrap();
        let cells = network.add_population(self.population());
        let source = network.add_source(self.n_in);
        let input = wiring(self.n_in, self.n, &vec![0; self.n_in], &self.input);
        let input = network.connect(Node::Source(source), cells, Box::new(CsrProjection::fixed(input))).unwrap();
        let recurrent = wiring(self.n, self.n, &self.port, &self.recurrent);
        let recurrent = CsrProjection::fixed(recurrent);
        let recurrent = network.connect(Node::Population(cells), cells, Box::new(recurrent)).unwrap();
        (network, cells, input, recurrent)
    }

    pub fn readout(&self, population: PopulationId) -> Readout {
        let wiring = wiring(self.n, self.n_out, &vec![0; self.n], &self.output);
        Readout { name: "output".into(), population, wiring, groups: vec!["cell".into()], tau_ms: TAU_OUT_MS }
    }

    /// The gradient engine; parameters are those of input, recurrent and output edges in order.
    pub fn bptt<F: evoplast_backprop::Real>(&self, options: BpttOptions) -> Bptt<F> {
        let (mut network, cells, input, recurrent) = self.network();
        let mut weights = NetworkWeights::new(&mut network)
            .with("input", input, &["source"], &["cell"])
            .unwrap()
            .with("recurrent", recurrent, &["cell"], &["cell"])
            .unwrap();
        Bptt::new(&mut weights, Some(&self.readout(cells)), options).unwrap()
    }

    /// Number of parameters of input, recurrent and output.
    pub fn sizes(&self) -> [usize; 3] {
        [self.input.len(), self.recurrent.len(), self.output.len()]
    }

    /// All weights in the order of the parameters.
    pub fn weights(&self) -> Vec<f64> {
        self.input.iter().chain(&self.recurrent).chain(&self.output).map(|e| f64::from(e.3)).collect()
    }
}

pub fn wiring(n_pre: usize, n_post: usize, port: &[u8], edges: &[Edge]) -> Wiring {
    let mut builder = TopologyBuilder::untyped(n_pre, n_post);
    edges.iter().for_each(|&(i, j, d, w)| builder.add(i, j, d, w).unwrap());
    let (topology, weights) = builder.build().unwrap();
    Wiring::dale(topology, &weights, port.to_vec()).unwrap()
}

/// One raster per trial: spikes of `n` units with probability `p` per step; a unit may be named twice.
pub fn rasters(trials: usize, n: usize, steps: usize, p: f64, seed: u64) -> Vec<Vec<SpikeRaster>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..trials)
        .map(|_| {
            let mut raster = SpikeRaster::new();
            for _ in 0..steps {
                let mut now = vec![];
                for i in 0..n as u32 {
                    if rng.random::<f64>() < p {
                        now.push(i);
                        if rng.random::<f64>() < 0.1 {
                            now.push(i);
                        }
                    }
                }
                raster.push_step(&now);
            }
            vec![raster]
        })
        .collect()
}

/// Rasters as the engine takes them.
pub fn slices(trials: &[Vec<SpikeRaster>]) -> Vec<&[SpikeRaster]> {
    trials.iter().map(Vec::as_slice).collect()
}

/// The ports that networks are tested with.
pub fn kinetics() -> Vec<Vec<Kinetics>> {
    vec![
        vec![Kinetics::delta()],
        vec![Kinetics::exponential(5.0), Kinetics::exponential(8.0)],
        vec![Kinetics::alpha(4.0), Kinetics::exponential(6.0), Kinetics::double_exponential(2.0, 7.0)],
    ]
}

/// Largest difference over the largest value of `expected`.
pub fn relative(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    assert!(scale > 0.0, "nothing to compare with");
    found.iter().zip(expected).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs())) / scale
}
