//! The circuits of the comparison: sizes and rates of the literature, equal bits from equal seeds, files, rules.
#![allow(clippy::unwrap_used)]

use evoplast_bench::circuits::{Case, Circuit};
use evoplast_bench::trial;
use npyz::npz::NpzArchive;

/// Mean rate (Hz) from `from_ms` to `to_ms`.
fn rate_hz(circuit: &Circuit, from_ms: f64, to_ms: f64) -> f64 {
    let steps = |ms: f64| (ms / circuit.dt_ms).round() as u32;
    let mut simulation = circuit.network().unwrap();
    simulation.run(steps(from_ms));
    let spikes = simulation.run(steps(to_ms - from_ms));
    spikes as f64 / circuit.neurons() as f64 / (1e-3 * (to_ms - from_ms))
}

#[test]
fn sizes_are_those_of_the_papers() {
    for (case, n, excitatory, probability) in [(Case::Cuba, 4000, 3200, 0.02), (Case::Static, 3000, 2400, 0.1)] {
        let circuit = case.circuit(1).unwrap();
        let pairs = (n * (n - 1)) as f64;
        let deviation = (pairs * probability * (1.0 - probability)).sqrt();
        assert_eq!((circuit.neurons(), circuit.excitatory), (n, excitatory));
        assert!((circuit.synapses() as f64 - pairs * probability).abs() < 5.0 * deviation, "{}", circuit.synapses());
        for pre in [0, excitatory - 1, excitatory, n - 1] {
            assert_eq!(circuit.wiring.port[pre], u8::from(pre >= excitatory));
            assert_eq!(circuit.wiring.sign[pre], if pre < excitatory { 1.0 } else { -1.0 });
        }
    }
    let cuba = Case::Cuba.circuit(1).unwrap();
    assert!(cuba.v_mv.iter().all(|v| (-60.0..-50.0).contains(v)));
    // 1.62 mV and -9 mV over a leak of 10 nS.
    cuba.wiring.topology.for_each(|k, pre, _| {
        assert_eq!(cuba.wiring.initial[k], if pre < 3200 { 16.2 } else { 90.0 });
    });
    // Conductances are never negative; the reversal potential makes them inhibitory.
    assert!(Case::Coba.circuit(1).unwrap().wiring.sign.iter().all(|&s| s == 1.0));
}

#[test]
fn networks_without_input_keep_firing_asynchronously() {
    let cuba = rate_hz(&Case::Cuba.circuit(1).unwrap(), 200.0, 700.0);
    assert!((4.0..8.0).contains(&cuba), "CUBA: {cuba} Hz");
    let coba = rate_hz(&Case::Coba.circuit(1).unwrap(), 200.0, 700.0);
    assert!((12.0..25.0).contains(&coba), "COBA: {coba} Hz");
    let fixed = rate_hz(&Case::Static.circuit(1).unwrap(), 500.0, 1500.0);
    assert!((6.3..7.7).contains(&fixed), "static: {fixed} Hz");
}

#[test]
fn coba_starts_in_its_usual_state() {
    let circuit = Case::Coba.circuit(2).unwrap();
    let early = rate_hz(&circuit, 0.0, 50.0);
    assert!((8.0..35.0).contains(&early), "first 50 ms: {early} Hz");
    // Mean conductances are rate x in-degree x weight x tau; at 18 Hz g_e = 35 nS and g_i = 193 nS.
    let mean = |port: usize| circuit.arriving[port].iter().sum::<f32>() / 4000.0;
    assert!((17.0..70.0).contains(&mean(0)) && (95.0..390.0).contains(&mean(1)), "{} {}", mean(0), mean(1));
}

#[test]
fn rules_move_weights_within_bounds_and_leave_the_rate() {
    for case in [Case::PairStdp, Case::FiveTerm] {
        let circuit = case.circuit(1).unwrap();
        let trial = trial::run(&circuit, 0, 2).unwrap();
        assert!(trial.rate_hz_by_s.iter().all(|rate| (6.0..8.0).contains(rate)), "{trial:?}");
        assert!(trial.relative_change > 1e-3 && trial.relative_change < 0.2, "{trial:?}");
        let mut simulation = circuit.network().unwrap();
        simulation.run(1000);
        let upper = &circuit.learning.as_ref().unwrap().upper;
        assert!(simulation.magnitudes().iter().zip(upper.iter()).all(|(w, u)| (0.0..=*u).contains(w)));
    }
    let fixed = trial::run(&Case::Static.circuit(1).unwrap(), 0, 1).unwrap();
    assert_eq!((fixed.relative_change, fixed.relative_mean), (0.0, 1.0));
}

#[test]
fn equal_seeds_give_equal_circuits_and_others_do_not() {
    let circuit = |seed| Case::FiveTerm.circuit(seed).unwrap();
    let (a, b, c) = (circuit(3), circuit(3), circuit(4));
    assert_eq!((&a.wiring.topology, &a.wiring.initial, &a.v_mv), (&b.wiring.topology, &b.wiring.initial, &b.v_mv));
    assert_ne!(a.v_mv, c.v_mv);
    // A rule is the only difference to the static case.
    assert_eq!(a.wiring.initial, Case::Static.circuit(3).unwrap().wiring.initial);
}

#[test]
fn files_hold_the_circuit() {
    let folder = tempfile::tempdir().unwrap();
    let circuit = Case::FiveTerm.circuit(1).unwrap();
    circuit.write(folder.path()).unwrap();
    let mut archive = NpzArchive::open(folder.path().join("five-term.npz")).unwrap();
    let mut f32s = |name: &str| archive.by_name(name).unwrap().unwrap().into_vec::<f32>().unwrap();
    assert_eq!(f32s("weight"), *circuit.wiring.initial);
    assert_eq!(f32s("v_mv"), circuit.v_mv);
    assert_eq!(f32s("upper"), *circuit.learning.as_ref().unwrap().upper);
    assert_eq!(f32s("arriving").len(), 2 * circuit.neurons());
    let pre = archive.by_name("pre").unwrap().unwrap().into_vec::<u32>().unwrap();
    let post = archive.by_name("post").unwrap().unwrap().into_vec::<u32>().unwrap();
    circuit.wiring.topology.for_each(|k, i, j| assert_eq!((pre[k], post[k]), (i as u32, j as u32)));
    let text = std::fs::read_to_string(folder.path().join("five-term.json")).unwrap();
    let numbers: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(numbers["synapses"], circuit.synapses());
    assert_eq!(numbers["rule"]["terms"]["X_post"], -0.1);
    assert_eq!(numbers["rule"]["terms"].as_object().unwrap().len(), 5);
    let refused = circuit.write(&folder.path().join("five-term.json")).unwrap_err().to_string();
    assert!(refused.starts_with("cannot write") && refused.contains("five-term.json"), "{refused}");
}
