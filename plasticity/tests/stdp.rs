//! STDP rules on the event-driven engine: pair by pair against the exponential window, triplets against sums over all
//! triplets, eligibility against its equations step by step, and everything against the dense reference.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_plasticity::stdp::{EligibilityEngine, EligibilityStdp, PairStdp, RewardStdp, TripletStdp};
use evoplast_plasticity::{Bounds, BoundsWhen, Dense, EventDriven, Factored, FactoredRule, Pairing, PlasticityError};
use evoplast_synapse::{Topology, TopologyBuilder};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// One synapse, from neuron 0 to neuron 0 of the other side.
fn synapse() -> Topology {
    let mut builder = TopologyBuilder::untyped(1, 1);
    builder.add(0, 0, 1, 0.0).unwrap();
    builder.build().unwrap().0
}

/// Change of one weight in double precision by the given spikes (steps of 1 ms, ascending), read after `steps`.
fn change(rule: &impl Factored, pre: &[u32], post: &[u32], steps: u32) -> f64 {
    let topology = synapse();
    let one: Arc<[f64]> = vec![1.0].into();
    let mut engine = EventDriven::new(rule, 1.0, &topology, one.clone(), one, Bounds::None).unwrap();
    let mut w = [0.0];
    for t in 0..steps {
        let fired = |train: &[u32]| if train.contains(&t) { vec![0] } else { vec![] };
        engine.begin(&fired(post), &topology, &mut w);
        fired(pre).iter().for_each(|_| engine.touch_spike(0, &topology, &mut w, |_, _| {}));
        engine.end(&fired(post), &topology);
    }
    engine.flush_all(&topology, &mut w);
    w[0]
}

fn trains() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    let train = || prop::collection::btree_set(0_u32..3000, 0..40).prop_map(|s| s.into_iter().collect());
    (train(), train())
}

fn decay(distance: u32, tau_ms: f64) -> f64 {
    (-f64::from(distance) / tau_ms).exp()
}

/// The sum of `value(t_a, t_b)` over spikes of `a` that come strictly before each of `b`, or over the last one only.
fn pairs(a: &[u32], b: &[u32], pairing: Pairing, value: impl Fn(u32, u32) -> f64) -> f64 {
    let before = |t: u32| a.iter().copied().filter(move |&s| s < t);
    match pairing {
        Pairing::AllToAll => b.iter().map(|&t| before(t).map(|s| value(s, t)).sum::<f64>()).sum(),
        Pairing::NearestSpike => b.iter().filter_map(|&t| before(t).next_back().map(|s| value(s, t))).sum(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pair_stdp_is_the_sum_of_its_window_over_all_pairs(
        (pre, post) in trains(), tau_plus_ms in 2.0..60.0, tau_minus_ms in 2.0..60.0, nearest in any::<bool>(),
    ) {
        let pairing = if nearest { Pairing::NearestSpike } else { Pairing::AllToAll };
        let rule = PairStdp { a_plus: 0.7, a_minus: 0.4, tau_plus_ms, tau_minus_ms, pairing };
        let expected = pairs(&pre, &post, pairing, |s, t| 0.7 * decay(t - s, tau_plus_ms))
            - pairs(&post, &pre, pairing, |s, t| 0.4 * decay(t - s, tau_minus_ms));
        let found = change(&rule, &pre, &post, 3000);
        prop_assert!((found - expected).abs() < 1e-9, "found {found}, expected {expected}");
    }

    #[test]
    fn triplet_stdp_is_the_sum_over_all_triplets((pre, post) in trains()) {
        let rule = TripletStdp { a2_plus: 0.3, a3_plus: 0.5, a2_minus: 0.2, a3_minus: 0.1, ..TripletStdp::default() };
        let slow = |train: &[u32], t: u32, tau_ms: f64| -> f64 {
            train.iter().filter(|&&s| s < t).map(|&s| decay(t - s, tau_ms)).sum()
        };
        let all = Pairing::AllToAll;
        let up = pairs(&pre, &post, all, |s, t| decay(t - s, 16.8) * (0.3 + 0.5 * slow(&post, t, 125.0)));
        let down = pairs(&post, &pre, all, |s, t| decay(t - s, 33.7) * (0.2 + 0.1 * slow(&pre, t, 101.0)));
        let found = change(&rule, &pre, &post, 3000);
        prop_assert!((found - (up - down)).abs() < 1e-9, "found {found}, expected {}", up - down);
    }
}

/// Pfister & Gerstner 2006, fig. 4: with pairs at +10 ms the fitted rule depresses at low and potentiates at high rates;
/// with pairs at -10 ms it depresses at low rates and potentiates at 50 Hz.
#[test]
fn triplet_stdp_has_the_rate_dependence_of_visual_cortex() {
    let protocol = |rate_hz: u32, delay: i32| {
        let pre: Vec<u32> = (0..60).map(|k| 100 + k * 1000 / rate_hz).collect();
        let post: Vec<u32> = pre.iter().map(|&t| t.checked_add_signed(delay).unwrap()).collect();
        change(&TripletStdp::default(), &pre, &post, 200 + 60_000 / rate_hz)
    };
    let (slow, fast) = (protocol(10, 10), protocol(50, 10));
    assert!(fast > 0.3 && slow < 0.5 * fast, "+10 ms: {slow} at 10 Hz, {fast} at 50 Hz");
    let (slow, fast) = (protocol(10, -10), protocol(50, -10));
    assert!(slow < -0.1 && fast > 0.0, "-10 ms: {slow} at 10 Hz, {fast} at 50 Hz");
}

fn random_topology(types_pre: u16, types_post: u16, rng: &mut ChaCha8Rng) -> Topology {
    let mut types = |n: u16, count: usize| {
        let mut list: Vec<u16> = (0..count).map(|_| rng.random_range(0..n)).collect();
        list.sort_unstable();
        list
    };
    let (pre, post) = (types(types_pre, 25), types(types_post, 30));
    let mut builder = TopologyBuilder::new(&pre, types_pre.into(), &post, types_post.into()).unwrap();
    for i in 0..25 {
        for j in 0..30 {
            if rng.random::<f64>() < 0.3 {
                builder.add(i, j, 1, 0.0).unwrap();
            }
        }
    }
    builder.build().unwrap().0
}

fn spikes(n: u32, p: f64, rng: &mut ChaCha8Rng) -> Vec<u32> {
    (0..n).filter(|_| rng.random::<f64>() < p).collect()
}

/// Largest difference of event-driven and dense weights over 3 s with rewards, hard bounds.
fn against_dense(rule: &impl Factored, seed: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let topology = random_topology(2, 3, &mut rng);
    let n = topology.len();
    let scale = vec![0.02; n];
    let upper = vec![1.0; n];
    let (mut a, mut b) = (vec![0.5_f64; n], vec![0.5_f64; n]);
    let (bounds, when) = (Bounds::Hard, BoundsWhen::AtTouches);
    let mut dense = Dense::on_topology(rule, 1.0, &topology, &scale, &upper, bounds, when).unwrap();
    let mut event = EventDriven::new(rule, 1.0, &topology, scale.into(), upper.into(), bounds).unwrap();
    for t in 0..3000 {
        let (pre, post) = (spikes(25, 0.01, &mut rng), spikes(30, 0.02, &mut rng));
        dense.step(&pre, &post, &mut a).unwrap();
        event.begin(&post, &topology, &mut b);
        pre.iter().for_each(|&i| event.touch_spike(i as usize, &topology, &mut b, |_, _| {}));
        event.end(&post, &topology);
        if t % 400 == 100 {
            dense.reward(0.7);
            event.add_reward(0.7, &topology, &mut b);
        }
    }
    dense.flush(&mut a).unwrap();
    event.flush_all(&topology, &mut b);
    assert!(a.iter().any(|w| (w - 0.5).abs() > 0.01), "nothing moved");
    a.iter().zip(&b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

#[test]
fn every_rule_agrees_with_the_dense_reference() {
    let nearest = PairStdp { a_plus: 0.8, a_minus: 0.5, pairing: Pairing::NearestSpike, ..PairStdp::default() };
    let pair = PairStdp { pairing: Pairing::AllToAll, tau_minus_ms: 35.0, ..nearest };
    let triplet = TripletStdp { a2_plus: 0.5, a3_plus: 0.4, a2_minus: 0.6, a3_minus: 0.2, ..TripletStdp::default() };
    for seed in 0..3 {
        let errors = [
            against_dense(&nearest, seed),
            against_dense(&pair, seed),
            against_dense(&triplet, seed),
            against_dense(&TripletStdp { pairing: Pairing::NearestSpike, ..triplet }, seed),
            against_dense(&RewardStdp { pair, tau_r_ms: 80.0 }, seed),
        ];
        assert!(errors.iter().all(|&e| e < 1e-9), "seed {seed}: {errors:?}");
    }
}

/// The equations of the eligibility rule, step by step for one synapse after the other.
struct Reference {
    rule: EligibilityStdp,
    x: Vec<f64>,
    y: Vec<f64>,
    e: Vec<f64>,
    pending: Vec<f64>,
    r: f64,
}

impl Reference {
    fn step(&mut self, topology: &Topology, scale: f64, pre: &[u32], post: &[u32], w: &mut [f64]) {
        let p = self.rule.pair;
        let (mut s, mut z) = (vec![0.0; self.x.len()], vec![0.0; self.y.len()]);
        pre.iter().for_each(|&i| s[i as usize] = 1.0);
        post.iter().for_each(|&j| z[j as usize] = 1.0);
        topology.for_each(|k, i, j| {
            self.pending[k] += self.r * self.e[k];
            let xi = p.a_plus * z[j] * self.x[i] - p.a_minus * s[i] * self.y[j];
            self.e[k] = (-1.0 / self.rule.tau_c_ms).exp() * (self.e[k] + scale * xi);
            if s[i] > 0.0 {
                w[k] = (w[k] + self.pending[k]).clamp(0.0, 1.0);
                self.pending[k] = 0.0;
            }
        });
        for (x, s) in self.x.iter_mut().zip(s) {
            *x = (-1.0 / p.tau_plus_ms).exp() * (*x + s);
        }
        for (y, z) in self.y.iter_mut().zip(z) {
            *y = (-1.0 / p.tau_minus_ms).exp() * (*y + z);
        }
        self.r *= (-1.0 / self.rule.tau_d_ms).exp();
    }
}

#[test]
fn eligibility_is_exact_through_rewards_readings_and_bounds() {
    for (seed, tau_c_ms) in [(1, 1000.0), (2, 40.0), (3, 200.0)] {
        let rule = EligibilityStdp { tau_c_ms, ..EligibilityStdp::default() };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let topology = random_topology(1, 1, &mut rng);
        let (n, scale) = (topology.len(), 0.2);
        let mut reference =
            Reference { rule, x: vec![0.0; 25], y: vec![0.0; 30], e: vec![0.0; n], pending: vec![0.0; n], r: 0.0 };
        let (scales, uppers) = (vec![scale; n].into(), vec![1.0; n].into());
        let mut engine = EligibilityEngine::new(&rule, 1.0, &topology, scales, uppers, Bounds::Hard).unwrap();
        let (mut a, mut b) = (vec![0.5_f64; n], vec![0.5_f64; n]);
        let mut delivered = vec![0.0; n];
        for t in 0..4000 {
            let (pre, post) = (spikes(25, 0.01, &mut rng), spikes(30, 0.01, &mut rng));
            reference.step(&topology, scale, &pre, &post, &mut a);
            engine.begin(&post, &topology, &mut b);
            for &i in &pre {
                let row = topology.row(i as usize);
                let sent = &mut delivered[row.clone()];
                engine.touch(i as usize, &topology, &mut b[row.clone()], |k, w| {
                    sent[k..k + w.len()].copy_from_slice(w);
                });
                for k in row {
                    assert!((delivered[k] - a[k]).abs() < 1e-9, "seed {seed}, step {t}: {} {}", delivered[k], a[k]);
                }
            }
            engine.end(&post, &topology);
            if t % 700 == 300 {
                reference.r += 0.3;
                engine.add_reward(0.3, &topology, &mut b);
            }
            if t % 1500 == 1499 {
                engine.flush_all(&topology, &mut b);
                for k in 0..n {
                    a[k] = (a[k] + reference.pending[k]).clamp(0.0, 1.0);
                    reference.pending[k] = 0.0;
                    assert!((a[k] - b[k]).abs() < 1e-9, "seed {seed}, read at {t}: {} {}", b[k], a[k]);
                }
            }
        }
        let bounded = a.iter().filter(|w| **w == 0.0 || **w == 1.0).count();
        assert!(bounded > 0 && bounded < n, "{bounded} of {n} at a bound");
        let e = engine.eligibilities(&topology);
        assert!(e.iter().zip(&reference.e).all(|(x, y)| (x - y).abs() < 1e-9));
    }
}

#[test]
fn mistakes_are_named() {
    let message = |rule: &dyn Fn() -> Result<FactoredRule, PlasticityError>| rule().unwrap_err().to_string();
    let bad = PairStdp { tau_plus_ms: 0.0, ..PairStdp::default() };
    assert_eq!(message(&|| bad.factored(1, 1)), "tau_plus_ms[0]: expected a positive time in ms, found 0");
    let bad = TripletStdp { a3_plus: f64::NAN, ..TripletStdp::default() };
    assert_eq!(message(&|| bad.factored(1, 1)), "a3_plus[0]: expected a finite number, found NaN");
    let silent = FactoredRule::silent(vec![10.0], vec![10.0]).unwrap();
    let continuous = silent.with_term("X_pre X_post".parse().unwrap(), vec![1.0]).unwrap();
    assert!(message(&|| continuous.clone().with_pairing(Pairing::NearestSpike)).starts_with("term X_pre X_post:"));
    assert!(message(&|| continuous.factored(1, 2)).contains("expected 1 values, found 2"));
    assert!(serde_json::from_str::<PairStdp>(r#"{"a_plus": 1.0, "surprise": 2}"#).is_err());
    let one: Arc<[f64]> = vec![1.0].into();
    let soft = EligibilityEngine::new(&EligibilityStdp::default(), 1.0, &synapse(), one.clone(), one, Bounds::Soft);
    assert!(soft.unwrap_err().to_string().contains("dense engine"));
}
