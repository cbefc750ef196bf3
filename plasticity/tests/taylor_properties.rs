//! What must hold for every rule of the Taylor space and every circuit.
#![allow(clippy::unwrap_used)]

mod support;

use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::{TERM_COUNT, TERMS, TauScale, TaylorBounds, TaylorRule, TaylorSpace};
use evoplast_plasticity::{Bounds, BoundsWhen};
use proptest::prelude::*;
use support::{Circuit, any_circuit, any_rule, type_names};

const TYPES: usize = 3;

fn space(tau_scale: TauScale) -> TaylorSpace {
    let bounds = TaylorBounds { tau_scale, ..TaylorBounds::default() };
    TaylorSpace::new(type_names(TYPES), bounds).unwrap()
}

fn any_genome(space: &TaylorSpace) -> Vec<std::ops::RangeInclusive<f64>> {
    space.genes().iter().map(|gene| gene.lower..=gene.upper).collect()
}

/// Renames neurons: `to[i]` is the new index of neuron `i`.
fn permuted(circuit: &Circuit, to: &[u32]) -> Circuit {
    let mut types = vec![0; to.len()];
    for (i, &new) in to.iter().enumerate() {
        types[new as usize] = circuit.types[i];
    }
    let mut synapses = Vec::new();
    for i in 0..to.len() {
        for s in circuit.row_start[i]..circuit.row_start[i + 1] {
            let post = to[circuit.targets[s] as usize];
            let (scale, upper) = (circuit.scale[s], circuit.upper[s]);
            synapses.push((to[i], post, scale, upper, 0.0));
        }
    }
    let rename = |fired: &Vec<u32>| fired.iter().map(|&i| to[i as usize]).collect();
    let spikes = circuit.spikes.iter().map(rename).collect();
    let mut result = Circuit::new(types, synapses, spikes, circuit.rewards.clone());
    for (pre, post, weight) in edges(circuit, &circuit.initial) {
        let s = position(&result, to[pre as usize], to[post as usize]);
        result.initial[s] = weight;
    }
    result
}

fn edges(circuit: &Circuit, weights: &[f64]) -> Vec<(u32, u32, f64)> {
    (0_u32..)
        .zip(circuit.row_start.windows(2))
        .flat_map(|(pre, row)| (row[0]..row[1]).map(move |s| (pre, s)))
        .map(|(pre, s)| (pre, circuit.targets[s], weights[s]))
        .collect()
}

fn position(circuit: &Circuit, pre: u32, post: u32) -> usize {
    let row = circuit.row_start[pre as usize]..circuit.row_start[pre as usize + 1];
    row.clone().find(|&s| circuit.targets[s] == post).unwrap()
}

/// A permutation of the neurons that keeps every neuron within its type, from sorting keys.
fn within_types(types: &[u16], keys: &[u32]) -> Vec<u32> {
    let mut to = vec![0; types.len()];
    for m in 0..TYPES as u16 {
        let members: Vec<usize> = (0..types.len()).filter(|&i| types[i] == m).collect();
        let mut shuffled = members.clone();
        shuffled.sort_by_key(|&i| (keys[i], i));
        for (&from, &new) in members.iter().zip(&shuffled) {
            to[from] = new as u32;
        }
    }
    to
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decoding_an_encoded_rule_gives_the_rule(rule in any_rule(TYPES)) {
        let space = space(TauScale::Linear);
        let genome = space.encode(&rule).unwrap();
        prop_assert_eq!(space.decode(&genome).unwrap(), rule);
    }

    #[test]
    fn a_log_scale_rounds_time_constants_and_nothing_else(rule in any_rule(TYPES)) {
        let space = space(TauScale::Log);
        let back = space.decode(&space.encode(&rule).unwrap()).unwrap();
        for (found, expected) in back.tau_e_ms().iter().zip(rule.tau_e_ms()) {
            prop_assert!((found / expected - 1.0).abs() < 1e-14);
        }
        for (found, expected) in back.tau_r_ms().iter().zip(rule.tau_r_ms()) {
            prop_assert!((found / expected - 1.0).abs() < 1e-14);
        }
        let same = back
            .with_tau_e_ms(rule.tau_e_ms().to_vec())
            .and_then(|back| back.with_tau_r_ms(rule.tau_r_ms().to_vec()));
        prop_assert_eq!(same.unwrap(), rule);
    }

    #[test]
    fn encoding_a_decoded_genome_gives_it_with_canonical_gates(
        genome in any_genome(&space(TauScale::Linear)),
    ) {
        let space = space(TauScale::Linear);
        let again = space.encode(&space.decode(&genome).unwrap()).unwrap();
        for ((gene, &given), &found) in space.genes().iter().zip(&genome).zip(&again) {
            prop_assert_eq!(found, gene.value(given), "{}", &gene.name);
        }
        let twice = space.encode(&space.decode(&again).unwrap()).unwrap();
        prop_assert_eq!(twice, again);
    }

    #[test]
    fn decoded_time_constants_are_in_range(genome in any_genome(&space(TauScale::Log))) {
        let rule = space(TauScale::Log).decode(&genome).unwrap();
        for tau_ms in rule.tau_e_ms().iter().chain(rule.tau_r_ms()) {
            prop_assert!((1.0..=150.0).contains(tau_ms));
        }
    }

    #[test]
    fn a_rule_survives_its_file(rule in any_rule(TYPES)) {
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<TaylorRule>(&json).unwrap(), rule);
    }

    #[test]
    fn closed_gates_leave_every_weight_alone(
        rule in any_rule(TYPES),
        circuit in any_circuit(TYPES as u16, 10, 40),
    ) {
        let silent = rule.with_gates([false; TERM_COUNT]);
        for bounds in [Bounds::None, Bounds::Hard, Bounds::Soft] {
            for when in [BoundsWhen::EveryStep, BoundsWhen::AtTouches] {
                prop_assert_eq!(&circuit.run(&silent, bounds, when, |_| ()), &circuit.initial);
            }
        }
    }

    #[test]
    fn magnitudes_stay_in_bounds(
        rule in any_rule(TYPES),
        circuit in any_circuit(TYPES as u16, 10, 40),
    ) {
        for bounds in [Bounds::Hard, Bounds::Soft] {
            for when in [BoundsWhen::EveryStep, BoundsWhen::AtTouches] {
                let _ = circuit.run(&rule, bounds, when, |weights| {
                    for (u, u_max) in weights.iter().zip(&circuit.upper) {
                        assert!((0.0..=*u_max).contains(u), "{u} outside [0, {u_max}]");
                    }
                });
            }
        }
    }

    #[test]
    fn renaming_neurons_within_a_type_changes_nothing(
        rule in any_rule(TYPES),
        circuit in any_circuit(TYPES as u16, 10, 40),
        keys in prop::collection::vec(any::<u32>(), 10),
    ) {
        let to = within_types(&circuit.types, &keys);
        let renamed = permuted(&circuit, &to);
        prop_assert_eq!(&renamed.types, &circuit.types);
        for when in [BoundsWhen::EveryStep, BoundsWhen::AtTouches] {
            let weights = circuit.run(&rule, Bounds::Hard, when, |_| ());
            let renamed_weights = renamed.run(&rule, Bounds::Hard, when, |_| ());
            for (pre, post, u) in edges(&circuit, &weights) {
                let s = position(&renamed, to[pre as usize], to[post as usize]);
                prop_assert_eq!(renamed_weights[s], u);
            }
        }
    }

    #[test]
    fn without_bounds_the_time_of_the_touch_does_not_matter(
        rule in any_rule(TYPES),
        circuit in any_circuit(TYPES as u16, 10, 40),
    ) {
        let every_step = circuit.run(&rule, Bounds::None, BoundsWhen::EveryStep, |_| ());
        let at_touches = circuit.run(&rule, Bounds::None, BoundsWhen::AtTouches, |_| ());
        for (a, b) in every_step.iter().zip(&at_touches) {
            prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }

    #[test]
    fn the_change_is_the_sum_over_terms(
        rule in any_rule(TYPES),
        circuit in any_circuit(TYPES as u16, 8, 30),
    ) {
        let (bounds, when) = (Bounds::None, BoundsWhen::EveryStep);
        let whole = circuit.run(&rule, bounds, when, |_| ());
        let mut sum = circuit.initial.clone();
        for term in TERMS.iter().filter(|&&term| rule.is_active(term)) {
            let mut gates = [false; TERM_COUNT];
            gates[term.position()] = true;
            let alone = circuit.run(&rule.clone().with_gates(gates), bounds, when, |_| ());
            for (s, u) in alone.iter().enumerate() {
                sum[s] += u - circuit.initial[s];
            }
        }
        for (a, b) in whole.iter().zip(&sum) {
            prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }
}
