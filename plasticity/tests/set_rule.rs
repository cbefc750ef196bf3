//! A rule put into an engine that has run another: the same bits as an engine that was built for it.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_plasticity::taylor::TaylorRule;
use evoplast_plasticity::{Bounds, EventDriven, PlasticityError};
use evoplast_synapse::{Topology, TopologyBuilder};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{any_rule, type_names};

const TYPES: usize = 3;
const N: usize = 30;

fn topology(seed: u64) -> Topology {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let types: Vec<u16> = (0..N).map(|i| (i * TYPES / N) as u16).collect();
    let mut builder = TopologyBuilder::new(&types, TYPES, &types, TYPES).unwrap();
    for (i, j) in (0..N as u32).flat_map(|i| (0..N as u32).map(move |j| (i, j))) {
        if i != j && rng.random::<f64>() < 0.2 {
            builder.add(i, j, 1, 0.0).unwrap();
        }
    }
    builder.build().unwrap().0
}

fn engine(rule: &TaylorRule, t: &Topology) -> EventDriven<f32> {
    let (scale, upper) = (vec![0.01; t.len()], vec![2.0; t.len()]);
    EventDriven::new(rule, 1.0, t, scale.into(), upper.into(), Bounds::Hard).unwrap()
}

/// Weights after 300 steps of random spikes with two rewards; the engine is left in the middle of a stretch.
fn run(engine: &mut EventDriven<f32>, t: &Topology, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut value = vec![1.0; t.len()];
    let mut settled = Vec::new();
    for step in 0..330 {
        let spikes: Vec<u32> = (0..N as u32).filter(|_| rng.random::<f64>() < 0.03).collect();
        engine.begin(&spikes, t, &mut value);
        spikes.iter().for_each(|&i| engine.touch_spike(i as usize, t, &mut value, |_, _| {}));
        engine.end(&spikes, t);
        if step % 100 == 40 {
            engine.add_reward(0.7, t, &mut value);
        }
        if step == 299 {
            engine.flush_all(t, &mut value);
            settled.clone_from(&value);
        }
    }
    settled
}

proptest! {
    #[test]
    fn an_engine_keeps_nothing_of_the_rule_before(first in any_rule(TYPES), second in any_rule(TYPES), seed: u64) {
        let t = topology(seed);
        let mut used = engine(&first, &t);
        run(&mut used, &t, seed ^ 1);
        used.set_rule(&second).unwrap();
        prop_assert!(used.reward_trace().iter().all(|r| *r == 0.0));
        let mut fresh = engine(&second, &t);
        prop_assert_eq!(run(&mut used, &t, seed), run(&mut fresh, &t, seed));
    }
}

#[test]
fn a_rule_for_other_types_is_refused_and_changes_nothing() {
    let t = topology(5);
    let rule = TaylorRule::best_five_term(type_names(TYPES)).unwrap();
    let (mut engine, mut other) = (engine(&rule, &t), engine(&rule, &t));
    let error = engine.set_rule(&TaylorRule::s_pre(type_names(TYPES + 1)).unwrap()).unwrap_err();
    assert!(matches!(&error, PlasticityError::Length { expected: 4, found: TYPES, .. }), "{error}");
    assert_eq!(run(&mut engine, &t, 3), run(&mut other, &t, 3));
}
