//! The event-driven engine against the dense reference: the same weights for random rules with any terms, reward
//! events, and bounds at touches.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_plasticity::{
    Bounds, BoundsWhen, Dense, EventDriven,
    taylor::{TERMS, TaylorRule},
};
use evoplast_synapse::{Topology, TopologyBuilder};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const TYPES: usize = 4;

fn random_rule(rng: &mut impl Rng, all: bool) -> TaylorRule {
    let names: Vec<String> = (0..TYPES).map(|t| format!("t{t}")).collect();
    let mut rule = TaylorRule::silent(names).unwrap();
    for &term in TERMS.iter() {
        if all || rng.random::<f64>() < 0.4 {
            let c = (0..term.coefficient_count(TYPES)).map(|_| rng.random_range(-1.0..1.0)).collect();
            rule = rule.with_term_by::<evoplast_plasticity::taylor::Term>(term, c).unwrap();
        }
    }
    let mut taus = || (0..TYPES).map(|_| rng.random_range(1.0..150.0)).collect::<Vec<f64>>();
    let (tau_e, tau_r) = (taus(), taus());
    rule.with_tau_e_ms(tau_e).unwrap().with_tau_r_ms(tau_r).unwrap()
}

fn random_topology(n: usize, p: f64, rng: &mut impl Rng) -> Topology {
    let mut types: Vec<u16> = (0..n).map(|_| rng.random_range(0..TYPES as u16)).collect();
    types.sort_unstable();
    let mut builder = TopologyBuilder::new(&types, TYPES, &types, TYPES).unwrap();
    for i in 0..n as u32 {
        for j in 0..n as u32 {
            if i != j && rng.random::<f64>() < p {
                builder.add(i, j, 1, 0.0).unwrap();
            }
        }
    }
    builder.build().unwrap().0
}

/// Largest difference of the weights of both engines relative to the largest change of any weight, over `steps` steps
/// at rates from silent to very high, with a reward event every 250 steps and one unrewarded stretch.
fn compare(seed: u64, n: usize, steps: u32, all: bool, bounds: Bounds) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rule = random_rule(&mut rng, all);
    let topology = random_topology(n, 0.1, &mut rng);
    let synapses = topology.len();
    let scale: Vec<f64> = (0..synapses).map(|_| rng.random_range(0.0..0.02)).collect();
    let upper: Vec<f64> = (0..synapses).map(|_| rng.random_range(0.0..3.0)).collect();
    let initial: Vec<f64> = upper.iter().map(|u| u * rng.random::<f64>()).collect();
    let mut dense = Dense::on_topology(&rule, 1.0, &topology, &scale, &upper, bounds, BoundsWhen::AtTouches).unwrap();
    let mut event =
        EventDriven::new(&rule, 1.0, &topology, scale.clone().into(), upper.clone().into(), bounds).unwrap();
    let (mut by_dense, mut by_event) = (initial.clone(), initial.clone());
    let mut delivered: Vec<f64> = vec![0.0; synapses];
    let rate: Vec<f64> = (0..n).map(|i| if i % 7 == 0 { 0.2 } else { 0.02 * rng.random::<f64>() }).collect();
    for t in 1..=steps {
        let spikes: Vec<u32> = (0..n as u32).filter(|&i| rng.random::<f64>() < rate[i as usize]).collect();
        dense.step(&spikes, &spikes, &mut by_dense).unwrap();
        event.begin(&spikes, &topology, &mut by_event);
        for &i in &spikes {
            event
                .touch_spike(i as usize, &topology, &mut by_event, |k, w| delivered[k..k + w.len()].copy_from_slice(w));
            for k in topology.row(i as usize) {
                assert!((delivered[k] - by_dense[k]).abs() < 1e-6 * (1.0 + by_dense[k].abs()), "delivered at {t}");
            }
        }
        event.end(&spikes, &topology);
        if t % 250 == 0 && t < steps / 2 {
            let delta_r = rng.random_range(-1.0..1.0);
            dense.reward(delta_r);
            event.add_reward(delta_r, &topology, &mut by_event);
        }
    }
    dense.flush(&mut by_dense).unwrap();
    event.flush_all(&topology, &mut by_event);
    for (a, b) in dense.reward_trace().iter().zip(event.reward_trace()) {
        assert!((a - b).abs() < 1e-12);
    }
    let moved = by_dense.iter().zip(&initial).map(|(a, b)| (a - b).abs()).fold(1e-9, f64::max);
    by_dense.iter().zip(&by_event).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / moved
}

#[test]
fn all_25_terms_on_200_neurons_for_2_s_agree_to_1e_9() {
    for seed in [1, 2] {
        let error = compare(seed, 200, 2000, true, Bounds::None);
        assert!(error < 1e-9, "seed {seed}: relative difference {error:e}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_rules_agree_to_1e_9_without_bounds(seed in any::<u64>()) {
        let error = compare(seed, 40, 1000, false, Bounds::None);
        prop_assert!(error < 1e-9, "relative difference {:e}", error);
    }
}

#[test]
fn hard_bounds_act_at_presynaptic_spikes_and_readings_alone() {
    // Longer than any stretch of the engine: what it settles in between must not be bounded.
    for seed in 10..20 {
        let error = compare_sparse(seed);
        assert!(error < 1e-9, "seed {seed}: relative difference {error:e}");
    }
}

fn compare_sparse(seed: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rule = random_rule(&mut rng, seed.is_multiple_of(2));
    let topology = random_topology(30, 0.2, &mut rng);
    let synapses = topology.len();
    let scale: Vec<f64> = vec![0.0005; synapses];
    let upper: Vec<f64> = vec![1.0; synapses];
    let start: Vec<f64> = vec![0.5; synapses];
    let mut dense =
        Dense::on_topology(&rule, 1.0, &topology, &scale, &upper, Bounds::Hard, BoundsWhen::AtTouches).unwrap();
    let mut event = EventDriven::new(&rule, 1.0, &topology, scale.into(), upper.into(), Bounds::Hard).unwrap();
    let (mut by_dense, mut by_event) = (start.clone(), start);
    for t in 1..3000 {
        let spikes: Vec<u32> = (0..30).filter(|&i| rng.random::<f64>() < if i < 3 { 0.001 } else { 0.02 }).collect();
        dense.step(&spikes, &spikes, &mut by_dense).unwrap();
        event.begin(&spikes, &topology, &mut by_event);
        spikes.iter().for_each(|&i| event.touch_spike(i as usize, &topology, &mut by_event, |_, _| {}));
        event.end(&spikes, &topology);
        if t % 1100 == 0 {
            dense.flush(&mut by_dense).unwrap();
            event.flush_all(&topology, &mut by_event);
        }
        if t % 300 == 0 {
            dense.reward(0.5);
            event.add_reward(0.5, &topology, &mut by_event);
        }
    }
    dense.flush(&mut by_dense).unwrap();
    event.flush_all(&topology, &mut by_event);
    let inside = by_event.iter().filter(|w| **w > 0.0 && **w < 1.0).count();
    assert!(inside > 0 && by_event.iter().all(|w| (0.0..=1.0).contains(w)));
    by_dense.iter().zip(&by_event).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Single precision over 4 s, more than one stretch and, with short time constants, more than one ring of blocks: the
/// largest error of a weight relative to the largest change.
#[test]
fn single_precision_stays_within_rounding_of_the_double_precision_reference() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let rule = random_rule(&mut rng, true);
    let topology = random_topology(100, 0.1, &mut rng);
    let synapses = topology.len();
    let scale: Vec<f64> = (0..synapses).map(|_| rng.random_range(0.0..0.002)).collect();
    let upper: Vec<f64> = vec![1e9; synapses];
    let narrow = |list: &[f64]| list.iter().map(|&x| x as f32).collect::<Vec<f32>>();
    let scale32 = narrow(&scale);
    let scale: Vec<f64> = scale32.iter().map(|&x| f64::from(x)).collect();
    let mut double = EventDriven::new(&rule, 1.0, &topology, scale.into(), upper.clone().into(), Bounds::None).unwrap();
    let upper32 = narrow(&upper).into();
    let mut single = EventDriven::new(&rule, 1.0, &topology, scale32.into(), upper32, Bounds::None).unwrap();
    let (mut w64, mut w32) = (vec![0.0_f64; synapses], vec![0.0_f32; synapses]);
    for t in 0..4000 {
        let spikes: Vec<u32> = (0..100).filter(|&i| rng.random::<f64>() < 1e-4 * f64::from(i)).collect();
        double.begin(&spikes, &topology, &mut w64);
        single.begin(&spikes, &topology, &mut w32);
        for &i in &spikes {
            double.touch_spike(i as usize, &topology, &mut w64, |_, _| {});
            single.touch_spike(i as usize, &topology, &mut w32, |_, _| {});
        }
        double.end(&spikes, &topology);
        single.end(&spikes, &topology);
        if t % 300 == 299 {
            double.add_reward(0.5, &topology, &mut w64);
            single.add_reward(0.5, &topology, &mut w32);
        }
    }
    double.flush_all(&topology, &mut w64);
    single.flush_all(&topology, &mut w32);
    let moved = w64.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
    let error = w64.iter().zip(&w32).map(|(a, &b)| (a - f64::from(b)).abs()).fold(0.0, f64::max) / moved;
    assert!(moved > 0.5, "the largest change is {moved}");
    assert!(error < 2e-5, "largest error {error:e} of a change of {moved}");
    assert!(error > 0.0, "both are in double precision");
}

#[test]
fn soft_bounds_are_refused_with_the_way_out() {
    let rule = TaylorRule::s_pre((0..TYPES).map(|t| format!("t{t}")).collect::<Vec<_>>()).unwrap();
    let topology = random_topology(5, 0.5, &mut ChaCha8Rng::seed_from_u64(0));
    let one: std::sync::Arc<[f32]> = vec![1.0; topology.len()].into();
    let error = EventDriven::new(&rule, 1.0, &topology, one.clone(), one, Bounds::Soft).unwrap_err();
    assert!(error.to_string().contains("dense engine"), "{error}");
}
