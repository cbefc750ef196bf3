//! Random rules and circuits shared by the tests of the Taylor space.
#![allow(dead_code, reason = "every test file uses its own part")]

use evoplast_plasticity::{
    Bounds, BoundsWhen, Connections, Dense,
    taylor::{TERM_COUNT, TERMS, TaylorRule},
};
use proptest::prelude::*;

/// `count` type names.
pub fn type_names(count: usize) -> Vec<String> {
    (0..count).map(|m| format!("type{m}")).collect()
}

/// Any rule inside the default bounds of the space.
pub fn any_rule(types: usize) -> impl Strategy<Value = TaylorRule> {
    let coefficients: Vec<_> =
        TERMS.iter().map(|term| prop::collection::vec(-1.0..=1.0, term.coefficient_count(types))).collect();
    let taus = || prop::collection::vec(1.0..=150.0, types);
    (any::<[bool; TERM_COUNT]>(), coefficients, taus(), taus(), 0.0..=60.0).prop_map(
        move |(gates, coefficients, tau_e_ms, tau_r_ms, threshold)| {
            let names = type_names(types);
            TaylorRule::new(names, gates, coefficients, tau_e_ms, tau_r_ms, threshold).unwrap()
        },
    )
}

/// One recurrent population with its synapses and a spike train.
#[derive(Debug, Clone)]
pub struct Circuit {
    pub types: Vec<u16>,
    pub row_start: Vec<usize>,
    pub targets: Vec<u32>,
    pub scale: Vec<f64>,
    pub upper: Vec<f64>,
    pub initial: Vec<f64>,
    /// Neurons that fire in every step.
    pub spikes: Vec<Vec<u32>>,
    /// Reward prediction error after every step, where there is one.
    pub rewards: Vec<Option<f64>>,
}

impl Circuit {
    /// From a synapse list `(pre, post, eta, upper, initial)`, which is sorted into rows.
    pub fn new(
        types: Vec<u16>,
        mut synapses: Vec<(u32, u32, f64, f64, f64)>,
        spikes: Vec<Vec<u32>>,
        rewards: Vec<Option<f64>>,
    ) -> Self {
        synapses.sort_by_key(|&(pre, post, ..)| (pre, post));
        let row_start = (0..=types.len()).map(|i| synapses.partition_point(|&(pre, ..)| (pre as usize) < i)).collect();
        Self {
            types,
            row_start,
            targets: synapses.iter().map(|synapse| synapse.1).collect(),
            scale: synapses.iter().map(|synapse| synapse.2).collect(),
            upper: synapses.iter().map(|synapse| synapse.3).collect(),
            initial: synapses.iter().map(|synapse| synapse.4 * synapse.3).collect(),
            spikes,
            rewards,
        }
    }

    /// Final magnitudes after the whole spike train; `check` sees them after every step.
    pub fn run(&self, rule: &TaylorRule, bounds: Bounds, when: BoundsWhen, mut check: impl FnMut(&[f64])) -> Vec<f64> {
        let connections = Connections {
            row_start: &self.row_start,
            targets: &self.targets,
            pre_type: &self.types,
            post_type: &self.types,
            types: [rule.types(); 2],
        };
        let mut dense = Dense::new(rule, 1.0, connections, &self.scale, &self.upper, bounds, when).unwrap();
        let mut weights = self.initial.clone();
        for (spikes, reward) in self.spikes.iter().zip(&self.rewards) {
            dense.step(spikes, spikes, &mut weights).unwrap();
            if let Some(delta_r) = *reward {
                dense.flush(&mut weights).unwrap();
                dense.reward(delta_r);
            }
            check(&weights);
        }
        dense.flush(&mut weights).unwrap();
        check(&weights);
        weights
    }
}

/// A random circuit of `neurons` neurons of `types` types, run for `steps` steps.
pub fn any_circuit(types: u16, neurons: u32, steps: usize) -> impl Strategy<Value = Circuit> {
    let count = neurons as usize;
    let synapse = (0..neurons, 0..neurons, 0.0..1.0, 0.0..2.0, 0.0..=1.0);
    let fired = prop::collection::vec(prop::bool::weighted(0.15), count)
        .prop_map(|fired| (0_u32..).zip(fired).filter(|&(_, fires)| fires).map(|(neuron, _)| neuron).collect());
    (
        prop::collection::vec(0..types, count),
        prop::collection::vec(synapse, 1..40),
        prop::collection::vec(fired, steps),
        prop::collection::vec(prop::option::weighted(0.1, -1.0..1.0), steps),
    )
        .prop_map(|(types, mut synapses, spikes, rewards)| {
            synapses.sort_by_key(|&(pre, post, ..)| (pre, post));
            synapses.dedup_by_key(|synapse| (synapse.0, synapse.1));
            Circuit::new(types, synapses, spikes, rewards)
        })
}
