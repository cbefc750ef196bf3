//! The event-driven engine against the dense reference with the same bounds, in the circuit.

use super::support::*;
use evoplast_plasticity::{Bounds, BoundsWhen, taylor::TaylorRule};
use evoplast_synapse::Plastic;
use evoplast_tasks::change_detection::{Learning, LearningConfig, ReadoutConfig, Session, UpdateScale};

/// Spikes of every step of the trials, and the final magnitudes.
fn run<P: Plastic + 'static>(engine: P) -> (Vec<Vec<u32>>, Vec<f32>) {
    let c = circuit();
    let mut net = c.network(engine).unwrap();
    let session = Session::new(c, ReadoutConfig::default(), limit(1000.0)).unwrap();
    let mut spikes = Vec::new();
    session.run(&mut net, &set(trials(5, 3)), 0.0, |_, _, now| spikes.push(now.to_vec())).unwrap();
    (spikes, net.network.projection(net.recurrent).magnitudes().to_vec())
}

/// Mean and standard deviation of the change of weights relative to the initial ones.
fn change(weights: &[f32]) -> (f64, f64) {
    let initial = &circuit().recurrent.initial;
    let relative: Vec<f64> = weights.iter().zip(initial.iter()).map(|(w, i)| f64::from(w / i - 1.0)).collect();
    let n = relative.len() as f64;
    let mean = relative.iter().sum::<f64>() / n;
    (mean, (relative.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn event_driven_and_dense_engines_agree_in_the_circuit() {
    let learning = LearningConfig { eta: 0.02, scale: UpdateScale::Own, kappa: 4.0 };
    let learning = Learning::new(&circuit().recurrent, &learning).unwrap();
    for rule in [
        TaylorRule::s_pre(types()).unwrap(),
        TaylorRule::s_pre_x_post(types()).unwrap(),
        TaylorRule::best_five_term(types()).unwrap(),
        all_terms(),
    ] {
        let name = rule.formula().text();
        let (event_spikes, event) = run(learning.event_driven(&rule).unwrap());
        let (dense_spikes, dense) = run(learning.dense(&rule, Bounds::Hard, BoundsWhen::AtTouches).unwrap());
        let same = event_spikes.iter().zip(&dense_spikes).take_while(|(a, b)| a == b).count();
        let spikes: usize = event_spikes[..same].iter().map(Vec::len).sum();
        eprintln!("{name}: the same spikes for {same} of {} ms", event_spikes.len());
        assert!(same >= 600 && spikes > 100, "{name}: the first difference is at {same} ms, after {spikes} spikes");
        let ((m1, s1), (m2, s2)) = (change(&event), change(&dense));
        eprintln!("  change {m1} +- {s1}, dense {m2} +- {s2}");
        assert!(s1 + m1.abs() > 1e-3, "{name}: the rule does nothing");
        assert!((m1 - m2).abs() < 0.02 * s1.max(m1.abs()), "{name}: mean change {m1}, dense {m2}");
        assert!((s1 - s2).abs() < 0.02 * s1.max(m1.abs()), "{name}: spread of changes {s1}, dense {s2}");
    }
}
