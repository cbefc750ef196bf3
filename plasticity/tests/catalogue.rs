//! Laws of the rules in the catalogue: for every space, and for single rules what they are known for.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_plasticity::catalogue::{
    Abcd, Bcm, Clopath, LocalRule, LocalSpace, Mlp, Oja, PerSynapseAbcd, Polynomial, RewardTable, SharedAbcd, Signals,
    VogelsStdp, catalogue, cluster,
};
use evoplast_plasticity::stdp::EligibilityStdp;
use evoplast_plasticity::{Bounds, EventDriven, GeneKind, PlasticityError, RuleSpace};
use evoplast_synapse::TopologyBuilder;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// A random genome: `place` in [0, 1] is the place of every entry within its bounds.
fn genome(space: &LocalSpace, mut place: impl FnMut() -> f64) -> Vec<f64> {
    space.genes().iter().map(|gene| gene.lower + place() * (gene.upper - gene.lower)).collect()
}

fn signals(rng: &mut ChaCha8Rng) -> Signals {
    let spike = |rng: &mut ChaCha8Rng| f64::from(u8::from(rng.random::<f64>() < 0.2));
    Signals {
        dt_ms: 1.0,
        pre: spike(rng),
        post: spike(rng),
        post_v_mv: -75.0 + 50.0 * rng.random::<f64>(),
        weight: rng.random::<f64>(),
        reward: if rng.random::<f64>() < 0.05 { 1.0 } else { 0.0 },
        episode_end: rng.random::<f64>() < 0.02,
    }
}

/// Changes of one synapse by a course of signals.
fn changes(rule: &dyn LocalRule, course: &[Signals]) -> Vec<f64> {
    let mut memory = vec![0.0; rule.memory()];
    course.iter().map(|seen| rule.change(seen, &mut memory)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_genome_is_a_rule_and_its_canonical_genome_the_same_rule(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for space in catalogue().unwrap() {
            let name = space.card().name;
            let entries = genome(&space, || rng.random());
            let rule = space.decode(&entries).unwrap();
            let canonical = space.encode(&rule).unwrap();
            let again = space.decode(&canonical).unwrap();
            prop_assert_eq!(rule.parameters().len(), space.genes().len(), "{}", name);
            for (a, b) in rule.parameters().iter().zip(again.parameters()) {
                prop_assert!((a - b).abs() <= 1e-12 * a.abs(), "{}: {} {}", name, a, b);
            }
            let course: Vec<Signals> = (0..200).map(|_| signals(&mut rng)).collect();
            for (a, b) in changes(&*rule, &course).iter().zip(changes(&*again, &course)) {
                prop_assert!(a.is_finite() && (a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{}: {} {}", name, a, b);
            }
        }
    }

    #[test]
    fn no_amplitude_no_change(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for space in catalogue().unwrap() {
            // What can be 0 is an amplitude; time constants, rates and thresholds cannot be.
            let amplitude = |k: usize| {
                let gene = &space.genes()[k];
                gene.kind == GeneKind::Real && gene.lower <= 0.0 && gene.upper >= 0.0
            };
            let mut entries = genome(&space, || rng.random());
            (0..entries.len()).filter(|&k| amplitude(k)).for_each(|k| entries[k] = 0.0);
            let rule = space.decode(&entries).unwrap();
            let course: Vec<Signals> = (0..300).map(|_| signals(&mut rng)).collect();
            prop_assert!(changes(&*rule, &course).iter().all(|&dw| dw == 0.0), "{}", space.card().name);
        }
    }

    /// What happens at other synapses does not matter: the changes of one synapse are the same alone and among others whose
    /// signals and memories are anything. And a change moves no signal or memory but its own.
    #[test]
    fn changes_are_local(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for space in catalogue().unwrap() {
            let rule = space.decode(&genome(&space, || rng.random())).unwrap();
            let course: Vec<Signals> = (0..150).map(|_| signals(&mut rng)).collect();
            let alone = changes(&*rule, &course);
            let n = rule.memory();
            let mut memory = vec![0.0; 3 * n];
            for (t, seen) in course.iter().enumerate() {
                let mut found = 0.0;
                for synapse in 0..3 {
                    let own = &mut memory[synapse * n..(synapse + 1) * n];
                    let dw = if synapse == 1 { rule.change(seen, own) } else { rule.change(&signals(&mut rng), own) };
                    found = if synapse == 1 { dw } else { found };
                }
                prop_assert_eq!(found, alone[t], "{}", space.card().name);
            }
        }
    }
}

#[test]
fn genomes_out_of_bounds_and_rules_of_other_spaces_are_refused() {
    let spaces = catalogue().unwrap();
    for (k, space) in spaces.iter().enumerate() {
        for gene in 0..space.genes().len() {
            let mut entries = genome(space, || 0.5);
            entries[gene] = space.genes()[gene].upper + 0.1;
            assert!(
                matches!(space.decode(&entries), Err(PlasticityError::GeneOutOfBounds { index, .. }) if index == gene)
            );
            entries[gene] = f64::NAN;
            assert!(matches!(space.decode(&entries), Err(PlasticityError::GeneNotFinite { .. })));
        }
        let other = &spaces[(k + 1) % spaces.len()];
        let rule = other.decode(&genome(other, || 0.5)).unwrap();
        assert!(matches!(space.encode(&rule), Err(PlasticityError::OtherRule { .. })));
    }
    let steep: Box<dyn LocalRule> = Box::new(Oja { eta: 2.0 });
    let message = spaces[2].encode(&steep).unwrap_err().to_string();
    assert_eq!(message, "gene 0 (eta): expected a number in [-1, 1], found 2");
    let mut names: Vec<&str> = spaces.iter().map(|space| space.card().name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), spaces.len());
}

/// Inputs with covariance diag(4, 1, 0.25) in a rotated frame.
#[test]
fn oja_finds_the_first_principal_component_with_norm_1() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (c, s) = (0.8, 0.6);
    let rule = Oja { eta: 0.002 };
    let mut w = [0.3, 0.1, -0.5];
    for _ in 0..20_000 {
        // Uniform numbers of variance 1.
        let z: [f64; 3] = std::array::from_fn(|_| 3.0_f64.sqrt() * (2.0 * rng.random::<f64>() - 1.0));
        let (a, b) = (2.0 * z[0], z[1]);
        let x = [c * a - s * b, s * a + c * b, 0.5 * z[2]];
        let post: f64 = w.iter().zip(x).map(|(w, x)| w * x).sum();
        let seen = |k: usize| Signals { pre: x[k], post, weight: w[k], ..Signals::default() };
        let dw: [f64; 3] = std::array::from_fn(|k| rule.change(&seen(k), &mut []));
        (0..3).for_each(|k| w[k] += dw[k]);
    }
    let norm = w.iter().map(|w| w * w).sum::<f64>().sqrt();
    let along = (c * w[0] + s * w[1]).abs() / norm;
    assert!((norm - 1.0).abs() < 0.05, "{norm}");
    assert!(along > 0.995, "{along}");
}

#[test]
fn the_polynomial_contains_oja_and_abcd_contains_hebb() {
    let mut theta = [0.0; 27];
    theta[9 + 3] = 0.3;
    theta[2 * 3 + 1] = -0.3;
    let seen = Signals { pre: 0.7, post: -1.3, weight: 0.4, ..Signals::default() };
    let found = Polynomial { theta }.change(&seen, &mut []);
    assert!((found - Oja { eta: 0.3 }.change(&seen, &mut [])).abs() < 1e-12);
    let hebb = Abcd { eta: 0.5, a: 1.0, b: 0.0, c: 0.0, d: 0.0 };
    assert!((hebb.change(&seen, &mut []) - 0.5 * 0.7 * -1.3).abs() < 1e-12);
}

/// One input of 1: with a threshold that slides fast the response settles at 1, whatever it starts from; with one that hardly
/// slides it runs away or dies.
#[test]
fn the_sliding_threshold_of_bcm_stabilises() {
    let end = |tau_ms: f64, start: f64| {
        let rule = Bcm { eta: 0.002, tau_ms };
        let (mut w, mut memory) = (start, [start * start]);
        for _ in 0..20_000 {
            w += rule.change(&Signals { pre: 1.0, post: w, weight: w, ..Signals::default() }, &mut memory);
            if w > 10.0 {
                break;
            }
        }
        w
    };
    for start in [0.3, 0.9, 2.5] {
        assert!((end(20.0, start) - 1.0).abs() < 0.01, "{}", end(20.0, start));
    }
    // A frozen threshold of 0.3^2 is below the response: nothing holds the weight.
    assert!(end(1e9, 0.3) > 10.0);
}

fn train(rule: &dyn LocalRule, pre: &[usize], post: &[usize], steps: usize) -> f64 {
    let fires = |times: &[usize], t: usize| f64::from(u8::from(times.contains(&t)));
    let course: Vec<Signals> =
        (0..steps).map(|t| Signals { pre: fires(pre, t), post: fires(post, t), ..Signals::default() }).collect();
    changes(rule, &course).iter().sum()
}

#[test]
fn the_window_of_pair_stdp_is_its_closed_form_pair_by_pair() {
    let spaces = catalogue().unwrap();
    let pair = spaces.iter().find(|space| space.card().name == "pair STDP").unwrap();
    let genome = [0.7, 0.4, 17.0_f64.ln(), 31.0_f64.ln()];
    let rule = pair.decode(&genome).unwrap();
    for lag in 1..60 {
        let found = train(&*rule, &[100], &[100 + lag], 300);
        assert!((found - 0.7 * (-(lag as f64) / 17.0).exp()).abs() < 1e-12);
        let found = train(&*rule, &[100 + lag], &[100], 300);
        assert!((found + 0.4 * (-(lag as f64) / 31.0).exp()).abs() < 1e-12);
    }
    assert_eq!(train(&*rule, &[100], &[100], 300), 0.0);
}

/// The rule as a local rule and on the engine that projections use, for random spikes.
#[test]
fn local_rules_of_spikes_are_what_the_engine_computes() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let spikes = |rng: &mut ChaCha8Rng| -> Vec<usize> { (0..500).filter(|_| rng.random::<f64>() < 0.1).collect() };
    let (pre, post) = (spikes(&mut rng), spikes(&mut rng));
    let vogels = VogelsStdp { eta: 0.01, target_hz: 8.0, tau_ms: 25.0 };
    let space = catalogue().unwrap().into_iter().find(|s| s.card().name == "Vogels inhibitory STDP").unwrap();
    let local = space.decode(&[0.01, 8.0_f64.ln(), 25.0_f64.ln()]).unwrap();
    let mut builder = TopologyBuilder::untyped(1, 1);
    builder.add(0, 0, 1, 0.0).unwrap();
    let topology = builder.build().unwrap().0;
    let one: Arc<[f64]> = vec![1.0].into();
    let mut engine = EventDriven::new(&vogels, 1.0, &topology, one.clone(), one, Bounds::None).unwrap();
    let mut w = [0.0];
    for t in 0..500 {
        let fired = |train: &[usize]| if train.contains(&t) { vec![0] } else { vec![] };
        engine.begin(&fired(&post), &topology, &mut w);
        fired(&pre).iter().for_each(|_| engine.touch_spike(0, &topology, &mut w, |_, _| {}));
        engine.end(&fired(&post), &topology);
    }
    engine.flush_all(&topology, &mut w);
    let found = train(&*local, &pre, &post, 500);
    assert!((found - w[0]).abs() < 1e-9 && found.abs() > 0.01, "{found} {}", w[0]);
}

/// A neuron that fires at 40 Hz less what inhibition takes from it.
#[test]
fn vogels_reaches_its_target_rate() {
    for target_hz in [4.0, 12.0] {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let space = catalogue().unwrap().into_iter().find(|s| s.card().name == "Vogels inhibitory STDP").unwrap();
        let rule = space.decode(&[2e-3, f64::ln(target_hz), 20.0_f64.ln()]).unwrap();
        let (mut w, mut memory, mut fired) = (0.0_f64, vec![0.0; rule.memory()], 0);
        let (steps, settled) = (400_000, 200_000);
        for t in 0..steps {
            let rate_hz = (40.0 - 40.0 * w).max(0.0);
            let spike = |rng: &mut ChaCha8Rng, hz: f64| f64::from(u8::from(rng.random::<f64>() < 1e-3 * hz));
            let seen =
                Signals { pre: spike(&mut rng, 20.0), post: spike(&mut rng, rate_hz), weight: w, ..Signals::default() };
            w = (w + rule.change(&seen, &mut memory)).max(0.0);
            fired += usize::from(t >= settled && seen.post > 0.0);
        }
        let rate_hz = 1e3 * fired as f64 / (steps - settled) as f64;
        assert!((rate_hz / target_hz - 1.0).abs() < 0.1, "{rate_hz}, expected {target_hz}");
    }
}

/// Pairing with the neuron depolarised potentiates, presynaptic spikes with it slightly depolarised depress, and presynaptic
/// spikes at rest do nothing; a constant potential has a closed form.
#[test]
fn the_voltage_rule_has_its_three_regimes() {
    let rule = Clopath::default();
    let at = |v: f64, pre_every: usize| -> f64 {
        let seen = |t: usize| Signals {
            post_v_mv: v,
            pre: f64::from(u8::from(t.is_multiple_of(pre_every))),
            ..Signals::default()
        };
        changes(&rule, &(0..1000).map(seen).collect::<Vec<_>>()).iter().sum()
    };
    assert_eq!(at(-72.0, 20), 0.0);
    assert!(at(-55.0, 20) < 0.0);
    assert!(at(-30.0, 20) > 0.0);
    // Long at -55 mV, one spike: -A_LTD (u - theta_-).
    let mut course = vec![Signals { post_v_mv: -55.0, ..Signals::default() }; 500];
    course[499].pre = 1.0;
    let found = changes(&rule, &course)[499];
    assert!((found + 14e-5 * 15.6).abs() < 1e-12, "{found}");
}

/// One pair, then a reward much later: the area under R e has a closed form.
#[test]
fn an_eligibility_waits_for_its_reward() {
    let rule = EligibilityStdp::default();
    let course = |reward_at: usize| -> f64 {
        let seen = |t: usize| Signals {
            pre: f64::from(u8::from(t == 10)),
            post: f64::from(u8::from(t == 15)),
            reward: f64::from(u8::from(t == reward_at)),
            ..Signals::default()
        };
        changes(&rule, &(0..20_000).map(seen).collect::<Vec<_>>()).iter().sum()
    };
    assert_eq!(course(30_000), 0.0);
    // e(16) = lambda A_+ exp(-5/20); R starts at 1 in step 501 and both decay: a geometric series.
    let (lambda, r) = ((-1.0_f64 / 1000.0).exp(), (-1.0_f64 / 200.0).exp());
    let expected = 0.1 * (-0.25_f64).exp() * lambda.powi(501 - 15) / (1.0 - lambda * r);
    assert!((course(500) / expected - 1.0).abs() < 1e-9, "{} {expected}", course(500));
    assert!(course(1500) < course(500) && course(1500) > 0.0);
}

#[test]
fn discrete_rules_follow_their_tables() {
    let mut table = [0; 8];
    table[0b110] = -1;
    table[0b111] = 1;
    let rule = RewardTable { eta: 0.1, table };
    let seen = |pre, post, reward| Signals { pre, post, reward, ..Signals::default() };
    assert_eq!(rule.change(&seen(1.0, 1.0, 1.0), &mut []), 0.1);
    assert_eq!(rule.change(&seen(1.0, 1.0, 0.0), &mut []), -0.1);
    assert_eq!(rule.change(&seen(1.0, 0.0, 1.0), &mut []), 0.0);

    let spaces = catalogue().unwrap();
    let delayed = spaces.iter().find(|space| space.card().name.starts_with("activity traces")).unwrap();
    let mut entries = vec![0.0; 34];
    (entries[0], entries[1]) = (0.5, 0.3);
    // Frequent: both fire (f_11) and nothing else; rewarded.
    entries[2 + 0b00011] = 1.0;
    let rule = delayed.decode(&entries).unwrap();
    let mut course = vec![seen(1.0, 1.0, 0.0); 10];
    course[0] = seen(0.0, 1.0, 0.0);
    course[9] = Signals { episode_end: true, ..seen(1.0, 1.0, 1.0) };
    let found = changes(&*rule, &course);
    assert_eq!(found[..9], [0.0; 9]);
    assert_eq!(found[9], 0.5);
    // The counts start anew: the same episode gives the same change.
    let twice: Vec<Signals> = course.iter().chain(&course).copied().collect();
    assert_eq!(changes(&*rule, &twice)[19], 0.5);
}

#[test]
fn a_network_as_a_rule_is_its_formula() {
    let mut hidden = [[0.0; 5]; 4];
    hidden[2] = [1.0, -0.5, 0.25, 2.0, 0.1];
    let rule = Mlp { hidden, output: [0.0, 0.0, 0.8, 0.0], bias: 0.05 };
    let seen = Signals { pre: 0.4, post: 0.6, weight: 0.8, reward: 0.5, ..Signals::default() };
    let expected = 0.05 + 0.8 * (0.4 - 0.3 + 0.2 + 1.0 + 0.1_f64).tanh();
    assert!((rule.change(&seen, &mut []) - expected).abs() < 1e-12);
}

#[test]
fn clusters_of_rules_are_found_and_shared() {
    let rule = |eta: f64, a: f64, d: f64| Abcd { eta, a, b: 0.0, c: 0.0, d };
    // Two groups by what eta A and eta D are; the second and the fourth are the same rule written in two ways.
    let rules =
        [rule(1.0, 0.5, 0.0), rule(0.5, -0.8, 0.2), rule(1.0, 0.52, 0.0), rule(1.0, -0.4, 0.1), rule(1.0, 0.48, 0.0)];
    let (cluster_of, centres) = cluster(&rules, 2);
    assert_eq!(cluster_of, [0, 1, 0, 1, 0]);
    assert!((centres[0].a - 0.5).abs() < 1e-12 && (centres[1].a + 0.4).abs() < 1e-12);
    let space = SharedAbcd::new(cluster_of, 1.0).unwrap();
    assert_eq!(space.genes().len(), 10);
    let genome: Vec<f64> = (0..10).map(|k| 0.1 * k as f64 - 0.5).collect();
    let shared = space.decode(&genome).unwrap();
    assert_eq!((shared.len(), shared[0], shared[1]), (5, shared[4], shared[3]));
    assert_eq!(space.encode(&shared).unwrap(), genome);
    let mut broken = shared;
    broken[4].eta += 0.1;
    assert!(space.encode(&broken).is_err());
    assert_eq!(cluster(&rules, 9).1.len(), 4);
    assert_eq!(cluster(&[], 3), (vec![], vec![]));
    let own = PerSynapseAbcd::new(5, 1.0).unwrap();
    assert_eq!(own.decode(&own.encode(&rules.to_vec()).unwrap()).unwrap(), rules);
    assert!(SharedAbcd::new(vec![0, 2], 1.0).is_err());
}
