//! The networks of Vogels and Abbott, as benchmarks 1 and 2 of Brette et al. have them.
//!
//! 3200 excitatory and 800 inhibitory neurons, every pair connected with probability 0.02, steps of 0.1 ms, no external
//! input. With currents `tau_m dV/dt = E_L - V + I_e + I_i`, with conductances
//! `C dV/dt = g_L (E_L - V) + g_e (E_e - V) + g_i (E_i - V)`; both decay exponentially and jump by w at a spike.
//!
//! | symbol | CUBA | COBA | unit |
//! |---|---|---|---|
//! | C, g_L | 200, 10 | 200, 10 | pF, nS |
//! | E_L | -49 | -60 | mV |
//! | V_th, V_reset | -50, -60 | -50, -60 | mV |
//! | t_ref | 5 | 5 | ms |
//! | tau_e, tau_i | 5, 10 | 5, 10 | ms |
//! | w_e, w_i | 1.62 mV, -9 mV (times g_L: 16.2, -90 pA) | 6, 67 nS | |
//! | E_e, E_i | | 0, -80 | mV |
//! | V at the start | uniform in V_reset..V_th | settled | mV |
//! | I_e, I_i or g_e, g_i at the start | 0 | settled | nS |
//!
//! The COBA network rests below threshold and would stay silent, so it starts from the state in which it keeps itself
//! active: 100 ms with input of 30 nS at 100 Hz to every neuron, then 200 ms without.
//!
//! Sources: Vogels and Abbott 2005, J Neurosci 25:10786, doi 10.1523/JNEUROSCI.3508-05.2005; Brette et al. 2007,
//! J Comput Neurosci 23:349, doi 10.1007/s10827-007-0038-6.

use super::{Case, Circuit, Simulation, connect, stream, uniform};
use crate::BenchError;
use evoplast_neuron::{Kinetics, LifParams};
use evoplast_synapse::{Drive, Wiring};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const NEURONS: usize = 4000;
const EXCITATORY: usize = 3200;
const PROBABILITY: f64 = 0.02;
const DT_MS: f64 = 0.1;
const TAU_MS: [f64; 2] = [5.0, 10.0];
const STIMULUS_STEPS: u32 = 1000;
const FREE_STEPS: u32 = 2000;
const STIMULUS_HZ: f64 = 100.0;
const KICK_NS: f32 = 30.0;

fn neuron(e_l_mv: f64) -> LifParams {
    LifParams { c_m_pf: 200.0, g_ns: 10.0, e_l_mv, v_th_mv: -50.0, v_reset_mv: -60.0, t_ref_ms: 5.0 }
}

/// Which port a neuron's spikes go to, 0 or 1.
fn port(pre: usize) -> u8 {
    u8::from(pre >= EXCITATORY)
}

/// The network with current-based synapses.
pub(super) fn cuba(seed: u64) -> Result<Circuit, BenchError> {
    let receptors = TAU_MS.map(Kinetics::exponential);
    build(Case::Cuba, neuron(-49.0), receptors, [16.2, -90.0], seed)
}

/// The network with conductance-based synapses.
pub(super) fn coba(seed: u64) -> Result<Circuit, BenchError> {
    let [mut excitatory, mut inhibitory] = TAU_MS.map(Kinetics::exponential);
    (excitatory.reversal_mv, inhibitory.reversal_mv) = (Some(0.0), Some(-80.0));
    let mut circuit = build(Case::Coba, neuron(-60.0), [excitatory, inhibitory], [6.0, 67.0], seed)?;
    (circuit.v_mv, circuit.arriving) = settle(&circuit, seed)?;
    Ok(circuit)
}

fn build(
    case: Case,
    neuron: LifParams,
    receptors: [Kinetics; 2],
    weight: [f32; 2],
    seed: u64,
) -> Result<Circuit, BenchError> {
    let weight = |pre: u32, _: &mut _| weight[usize::from(port(pre as usize))];
    let (topology, weights) = connect(NEURONS, PROBABILITY, &mut stream(seed, 0), weight)?;
    let wiring = Wiring::dale(topology, &weights, (0..NEURONS).map(port).collect())?;
    let range = neuron.v_reset_mv as f32..neuron.v_th_mv as f32;
    Ok(Circuit {
        case,
        dt_ms: DT_MS,
        neuron,
        receptors,
        excitatory: EXCITATORY,
        wiring,
        bias_pa: vec![0.0; NEURONS],
        v_mv: uniform(NEURONS, range, &mut stream(seed, 1)),
        arriving: [vec![0.0; NEURONS], vec![0.0; NEURONS]],
        learning: None,
    })
}

/// Potentials, and conductances as input that arrives in the next step, after a stimulation and a time without.
fn settle(circuit: &Circuit, seed: u64) -> Result<(Vec<f32>, [Vec<f32>; 2]), BenchError> {
    let Simulation { mut network, cells, .. } = circuit.network()?;
    let mut stimulus = Stimulus { kick_ns: vec![0.0; NEURONS], rng: stream(seed, 2) };
    let mut conductance = circuit.arriving.clone();
    let decay = TAU_MS.map(|tau_ms| (-DT_MS / tau_ms).exp() as f32);
    let (topology, initial) = (&circuit.wiring.topology, &circuit.wiring.initial);
    for step in 0..STIMULUS_STEPS + FREE_STEPS {
        stimulus.draw(step < STIMULUS_STEPS);
        network.step(&mut stimulus);
        for (g, decay) in conductance.iter_mut().zip(decay) {
            g.iter_mut().for_each(|g| *g *= decay);
        }
        for &pre in network.spikes(cells) {
            let g = &mut conductance[usize::from(port(pre as usize))];
            for k in topology.row(pre as usize) {
                g[topology.targets()[k] as usize] += initial[k];
            }
        }
    }
    let v_mv = network.population(cells).variable("v_mv").unwrap_or_default().to_vec();
    Ok((v_mv, conductance))
}

/// Excitatory input at random times.
struct Stimulus {
    kick_ns: Vec<f32>,
    rng: ChaCha8Rng,
}

impl Stimulus {
    /// Draws who gets a kick in the next step.
    fn draw(&mut self, on: bool) {
        let probability = if on { 1e-3 * DT_MS * STIMULUS_HZ } else { 0.0 };
        for kick in &mut self.kick_ns {
            *kick = if on && self.rng.random::<f64>() < probability { KICK_NS } else { 0.0 };
        }
    }
}

impl Drive for Stimulus {
    fn spikes(&mut self, _: usize, _: u32, _: &mut Vec<u32>) {}

    fn add_graded(&self, _: usize, port: usize, _: u32, arriving: &mut [f32]) {
        if port == 0 {
            arriving.iter_mut().zip(&self.kick_ns).for_each(|(a, kick)| *a += kick);
        }
    }
}
