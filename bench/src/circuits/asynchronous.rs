//! An asynchronous network of 3000 neurons at about 7 Hz, static or with a rule on every synapse.
//!
//! 2400 excitatory and 600 inhibitory neurons, every pair connected with probability 0.1 (0.9 million synapses), steps of
//! 1 ms, no external input: a constant current that differs between neurons keeps them firing.
//!
//! | symbol | meaning | value | unit |
//! |---|---|---|---|
//! | C, g | capacitance, leak conductance | 200, 10 | pF, nS |
//! | E_L, V_th, V_reset | rest, threshold, reset | -70, -50, -70 | mV |
//! | t_ref | refractory period | 2 | ms |
//! | tau_e, tau_i | decay of synaptic currents | 5, 10 | ms |
//! | w_e, w_i | mean weights; each is uniform in 0.5..1.5 times the mean | 5, -40 | pA |
//! | I | constant current, uniform | 260..340 | pA |
//! | tau_E, tau_R | traces X, reward trace R | 20, 100 | ms |
//! | eta | learning rate in units of the mean weight | below | |
//! | bounds | of the magnitude, hard | 0 and 2 times the mean weight | |
//!
//! Rules, with the terms of [`evoplast_plasticity::taylor::TERMS`]: pair-based STDP, all to all,
//! `dw = eta (S_post X_pre - S_pre X_post)` with eta = 0.005 (Morrison, Diesmann and Gerstner 2008, Biol Cybern 98:459, doi
//! 10.1007/s00422-008-0233-1); and `dw = eta (S_pre - 0.1 X_post + S_pre X_post + X_pre X_post R + 0.05 X_post^2)` with
//! eta = 0.0005, whose terms nearly cancel at 7 Hz, so that weights move and rates stay.

use super::{Case, Circuit, Learning, connect, stream, uniform};
use crate::BenchError;
use evoplast_neuron::{Kinetics, LifParams};
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_synapse::Wiring;
use rand::RngExt;

const NEURONS: usize = 3000;
const EXCITATORY: usize = 2400;
const PROBABILITY: f64 = 0.1;
const MEAN_PA: [f32; 2] = [5.0, -40.0];
const BIAS_PA: std::ops::Range<f32> = 260.0..340.0;
const UPPER: f32 = 2.0;

/// A rule and its learning rate in units of the mean weight.
pub(super) struct Rule {
    rule: TaylorRule,
    eta: f32,
}

/// Pair-based STDP.
pub(super) fn pair_stdp() -> Result<Rule, BenchError> {
    let rule = TaylorRule::silent(vec!["cell".to_owned()])?;
    let rule = rule.with_term("S_post X_pre", 1.0)?.with_term("S_pre X_post", -1.0)?;
    Ok(Rule { rule, eta: 0.005 })
}

/// The rule of five terms.
pub(super) fn five_term() -> Result<Rule, BenchError> {
    let terms = [("S_pre", 1.0), ("X_post", -0.1), ("S_pre X_post", 1.0), ("X_pre X_post R", 1.0), ("X_post^2", 0.05)];
    let silent = TaylorRule::silent(vec!["cell".to_owned()])?;
    let rule = terms.into_iter().try_fold(silent, |rule, (term, factor)| rule.with_term(term, factor))?;
    Ok(Rule { rule, eta: 0.0005 })
}

fn inhibitory(pre: usize) -> usize {
    usize::from(pre >= EXCITATORY)
}

/// The network, with `rule` on every synapse if there is one.
pub(super) fn circuit(case: Case, rule: Option<Rule>, seed: u64) -> Result<Circuit, BenchError> {
    let weight = |pre: u32, rng: &mut rand_chacha::ChaCha8Rng| {
        MEAN_PA[inhibitory(pre as usize)] * rng.random_range(0.5..1.5_f32)
    };
    let (topology, weights) = connect(NEURONS, PROBABILITY, &mut stream(seed, 0), weight)?;
    let wiring = Wiring::dale(topology, &weights, (0..NEURONS).map(|pre| inhibitory(pre) as u8).collect())?;
    let learning = rule.map(|Rule { rule, eta }| {
        let mut mean = vec![0.0; wiring.topology.len()];
        wiring.topology.for_each(|k, pre, _| mean[k] = MEAN_PA[inhibitory(pre)].abs());
        let times = |factor: f32| mean.iter().map(|w| factor * w).collect();
        Learning { rule, scale: times(eta), upper: times(UPPER) }
    });
    let neuron = LifParams::default();
    let range = neuron.v_reset_mv as f32..neuron.v_th_mv as f32;
    Ok(Circuit {
        case,
        dt_ms: 1.0,
        neuron,
        receptors: [5.0, 10.0].map(Kinetics::exponential),
        excitatory: EXCITATORY,
        wiring,
        bias_pa: uniform(NEURONS, BIAS_PA, &mut stream(seed, 1)),
        v_mv: uniform(NEURONS, range, &mut stream(seed, 2)),
        arriving: [vec![0.0; NEURONS], vec![0.0; NEURONS]],
        learning,
    })
}
