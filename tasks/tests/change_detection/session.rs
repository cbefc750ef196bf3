//! When weights change, in which range they stay, and that nothing but the address decides what happens.

use super::support::*;
use evoplast_evolve::{Candidate, Evaluator, Objective, Outcome, Parallel, Serial, Watch};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_synapse::Wiring;
use evoplast_tasks::change_detection::{
    DomainResult, Learning, LearningConfig, ReadoutConfig, Session, ThresholdKind, UpdateScale,
};

/// A session of gratings under a rule; the result and the final magnitudes.
fn run(rule: &TaylorRule, learning: &LearningConfig, training: usize, validation: usize) -> (DomainResult, Vec<f32>) {
    let c = circuit();
    let engine = Learning::new(&c.recurrent, learning).unwrap().event_driven(rule).unwrap();
    let mut net = c.network(engine).unwrap();
    let session = Session::new(c, ReadoutConfig::default(), limit(1000.0)).unwrap();
    let result = session.run(&mut net, &set(trials(training, validation)), 0.0, |_, _, _| {}).unwrap();
    (result, net.network.projection(net.recurrent).magnitudes().to_vec())
}

fn fast() -> LearningConfig {
    LearningConfig { eta: 0.1, scale: UpdateScale::Own, kappa: 4.0 }
}

#[test]
fn a_silent_rule_is_a_static_network() {
    let c = circuit();
    let (result, weights) = run(&TaylorRule::silent(types()).unwrap(), &fast(), 5, 5);
    assert_eq!(weights, *c.recurrent.initial, "not a bit may change");
    let mut net = c.static_network().unwrap();
    let expected = Session::new(c, ReadoutConfig::default(), limit(1000.0))
        .unwrap()
        .run(&mut net, &set(trials(5, 5)), 0.0, |_, _, _| {})
        .unwrap();
    assert_eq!(result, expected);
    assert!(result.recording.count.iter().sum::<u32>() > 100, "a circuit without spikes tests nothing");
}

/// A rule with open gates and zero coefficients is as silent as one without terms.
#[test]
fn zero_coefficients_change_nothing() {
    let rule = TaylorRule::silent(types()).unwrap().with_gates([true; 25]);
    let (_, weights) = run(&rule, &fast(), 4, 3);
    assert_eq!(weights, *circuit().recurrent.initial);
}

#[test]
fn the_rule_is_off_in_warm_up_and_validation() {
    for rule in [TaylorRule::s_pre(types()).unwrap(), TaylorRule::best_five_term(types()).unwrap(), all_terms()] {
        // No training: warm-up and validation alone.
        let (_, weights) = run(&rule, &fast(), 0, 4);
        assert_eq!(weights, *circuit().recurrent.initial, "{}", rule.formula().text());
        // Validation of 3 and of 9 trials after the same training.
        let ((_, short), (_, long)) = (run(&rule, &fast(), 4, 3), run(&rule, &fast(), 4, 9));
        assert_eq!(short, long, "{}", rule.formula().text());
        assert_ne!(short, *circuit().recurrent.initial, "{}: no effect in training", rule.formula().text());
    }
}

/// Every session starts from the initial weights, whatever the network did before.
#[test]
fn a_session_starts_from_scratch() {
    let c = circuit();
    let rule = TaylorRule::best_five_term(types()).unwrap();
    let engine = Learning::new(&c.recurrent, &fast()).unwrap().event_driven(&rule).unwrap();
    let mut net = c.network(engine).unwrap();
    let session = Session::new(c, ReadoutConfig::default(), limit(1000.0)).unwrap();
    let set = set(trials(4, 3));
    let mut once = || {
        let result = session.run(&mut net, &set, 0.0, |_, _, _| {}).unwrap();
        (result, net.network.projection(net.recurrent).magnitudes().to_vec())
    };
    let (first, second) = (once(), once());
    assert_eq!(first, second);
}

#[test]
fn random_rules_keep_dale_and_the_bounds() {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
    let wiring: &Wiring = &circuit().recurrent;
    let space = space();
    let task = task(config(3, 3));
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut at_a_bound = 0;
    for scale in [UpdateScale::Own, UpdateScale::PairMean] {
        let learning = LearningConfig { eta: 0.2, scale, kappa: 2.0 };
        let bounds = Learning::new(wiring, &learning).unwrap();
        for _ in 0..6 {
            let rule = space.decode(&task.space().sample(&mut rng)).unwrap();
            let (_, weights) = run(&rule, &learning, 4, 3);
            for (k, (&w, &upper)) in weights.iter().zip(bounds.upper.iter()).enumerate() {
                assert!((0.0..=upper).contains(&w), "synapse {k}: {w} not in 0..={upper} ({})", rule.formula().text());
                at_a_bound += usize::from(w == 0.0 || w == upper);
            }
            let signed = wiring.signed(&weights);
            wiring.topology.for_each(|k, pre, _| assert!(signed[k] * wiring.sign[pre] >= 0.0));
        }
    }
    assert!(at_a_bound > 1000, "the bounds were hardly reached: {at_a_bound}");
}

/// Bounds and rates as the documentation defines them, from the initial weights.
#[test]
fn rates_and_bounds_of_synapses() {
    let wiring = &circuit().recurrent;
    let own = Learning::new(wiring, &LearningConfig { eta: 0.5, scale: UpdateScale::Own, kappa: 3.0 }).unwrap();
    for (k, &w) in wiring.initial.iter().enumerate() {
        assert_eq!((own.scale[k], own.upper[k]), (0.5 * w, 3.0 * w));
    }
    let pair = Learning::new(wiring, &LearningConfig { eta: 0.5, scale: UpdateScale::PairMean, kappa: 3.0 }).unwrap();
    let t = &wiring.topology;
    let mut members = std::collections::BTreeMap::<(u16, u16), Vec<usize>>::new();
    t.for_each(|k, i, j| members.entry((t.pre_type()[i], t.post_type()[j])).or_default().push(k));
    for (types, synapses) in members {
        let mut w: Vec<f32> = synapses.iter().map(|&k| wiring.initial[k]).collect();
        w.sort_by(f32::total_cmp);
        let mean = w.iter().map(|&x| f64::from(x)).sum::<f64>() / w.len() as f64;
        // The smallest value that at least 95 % do not exceed.
        let p95 = w.iter().copied().find(|x| w.iter().filter(|y| *y <= x).count() as f64 >= 0.95 * w.len() as f64);
        for k in synapses {
            assert!((f64::from(pair.scale[k]) - 0.5 * mean).abs() <= 1e-6 * mean, "{types:?}");
            assert_eq!(pair.upper[k], (3.0 * p95.unwrap()).max(wiring.initial[k]), "{types:?}");
        }
    }
}

fn candidates(n: u64) -> Vec<Candidate> {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
    let task = task(config(3, 3));
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    (0..n).map(|id| Candidate { id, genome: task.space().sample(&mut rng) }).collect()
}

#[test]
fn threads_and_order_do_not_matter() {
    let candidates = candidates(5);
    let evaluate = |evaluator: &dyn Evaluator, candidates: &[Candidate]| -> Vec<Outcome> {
        let task = task(config(3, 3));
        evaluator.evaluate(&task, candidates, 3, 1, &Watch::nobody()).unwrap()
    };
    let expected = evaluate(&Serial, &candidates);
    assert!(expected.iter().any(|o| o.evaluation().is_some()), "all failed: {expected:?}");
    for threads in 1..=3 {
        let parallel = Parallel::with_threads(threads).unwrap();
        assert_eq!(evaluate(&parallel, &candidates), expected, "{threads} threads");
    }
    let mut reversed: Vec<Candidate> = candidates.clone();
    reversed.reverse();
    let mut outcomes = evaluate(&Serial, &reversed);
    outcomes.reverse();
    assert_eq!(outcomes, expected, "the other way round");
    // One task for two generations, there and back.
    let task = task(config(3, 3));
    Serial.evaluate(&task, &candidates[..1], 3, 7, &Watch::nobody()).unwrap();
    let again = Serial.evaluate(&task, &candidates[..2], 3, 1, &Watch::nobody()).unwrap();
    assert_eq!(again, expected[..2], "after another generation");
}

/// Spikes and decisions of a small fixed experiment, as recorded when this test was written.
///
/// It catches what no comparison of two runs of one program can: a change of the random streams (a new version of rand,
/// another order of draws), of a kernel's arithmetic (a fused or reordered operation), of a table, of the order of
/// synapses. Kernels promise the same bits with and without SIMD, so the numbers hold on every machine whose
/// `exp`, `sin` and `cos` are good to the last bit or nearly so. If such a change is meant, all published results
/// change with it: record the new numbers here and say so in the changelog.
#[test]
fn golden_numbers() {
    let task = task(config(6, 6));
    let rule = TaylorRule::best_five_term(types()).unwrap().with_threshold(0.25).unwrap();
    let report = task.report(&rule, &AT, |_, _, _, _| {}).unwrap();
    let found: Vec<(u32, u64, f64)> = report
        .domains
        .iter()
        .map(|d| (d.recording.count.iter().sum(), fnv(&d.recording.count), d.accuracy()))
        .collect();
    assert_eq!(found, GOLDEN);
}

const GOLDEN: [(u32, u64, f64); 2] =
    [(3872, 11249293289641825037, 0.3333333333333333), (3140, 3171089527343648481, 0.16666666666666666)];

/// FNV-1a of the spike counts of all neurons.
fn fnv(counts: &[u32]) -> u64 {
    counts
        .iter()
        .flat_map(|c| c.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn readouts_out_of_range_name_the_field() {
    let none = ReadoutConfig { neurons: 0, ..ReadoutConfig::default() };
    for (readout, stop, field) in [
        (none, limit(100.0), "readout.neurons: found 0"),
        (ReadoutConfig::default(), limit(f64::NAN), "early_stop.runaway_hz: found NaN"),
    ] {
        let message = Session::new(circuit(), readout, stop).unwrap_err().to_string();
        assert!(message.starts_with(field) && message.contains("expected"), "{message}");
    }
    for (learning, field) in [
        (LearningConfig { eta: f64::NAN, ..fast() }, "learning.eta: found NaN"),
        (LearningConfig { eta: 0.0, ..fast() }, "learning.eta: found 0"),
        (LearningConfig { kappa: 0.5, ..fast() }, "learning.kappa: found 0.5"),
    ] {
        let message = Learning::new(&circuit().recurrent, &learning).unwrap_err().to_string();
        assert!(message.starts_with(field) && message.contains("expected"), "{message}");
    }
}

/// Reported above the threshold in Hz, or above the mean of the last training trials plus so many deviations.
#[test]
fn decisions_follow_the_readout() {
    let c = circuit();
    let set = set(trials(8, 6));
    for kind in [ThresholdKind::Absolute, ThresholdKind::Standardised] {
        let readout = ReadoutConfig { threshold: kind, ..ReadoutConfig::default() };
        let session = Session::new(c, readout, limit(1000.0)).unwrap();
        let mut net = c.static_network().unwrap();
        let mut in_window = [0_usize; 14];
        let l5 = c.l5_excitatory();
        let threshold = if kind == ThresholdKind::Absolute { 2.0 } else { 0.5 };
        let result = session
            .run(&mut net, &set, threshold, |trial, step, spikes| {
                if (200..250).contains(&step) {
                    in_window[trial] += spikes.iter().filter(|i| l5.contains(i)).count();
                }
            })
            .unwrap();
        let all: Vec<_> = result.training.iter().chain(&result.validation).collect();
        let mut usual: Vec<f64> = Vec::new();
        for (k, trial) in all.into_iter().enumerate() {
            let hz = in_window[k] as f64 / l5.len() as f64 / 0.05;
            assert!((trial.readout_hz - hz).abs() < 1e-9, "trial {k}");
            assert_eq!(trial.changed, set.changed[k]);
            let n = usual.len().max(1) as f64;
            let mean = usual.iter().sum::<f64>() / n;
            let sd = (usual.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            let criterion = if kind == ThresholdKind::Absolute { 2.0 } else { mean + 0.5 * sd };
            assert_eq!(trial.reported, hz > criterion, "trial {k}: {hz} Hz against {criterion} Hz");
            if k < 8 {
                usual.push(hz);
            }
        }
    }
}
