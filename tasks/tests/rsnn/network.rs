//! Numbers of neurons and synapses of the source, and its constraints.

use evoplast_synapse::Wiring;
use evoplast_tasks::rsnn::{Inhibition, Rsnn, RsnnConfig};

fn build(inhibition: Inhibition) -> (Rsnn, Wiring, Wiring) {
    let mut rsnn = RsnnConfig { inhibition, ..RsnnConfig::default() }.build().unwrap();
    let recurrent = rsnn.network.projection(rsnn.recurrent).wiring().clone();
    let input = rsnn.network.projection(rsnn.input).wiring().clone();
    (rsnn, recurrent, input)
}

#[test]
fn the_generic_network_has_the_published_numbers_of_synapses() {
    let (rsnn, recurrent, input) = build(Inhibition::Generic);
    assert_eq!(rsnn.counts, [240, 60]);
    assert_eq!(recurrent.topology.pair_counts(), [9120, 2880, 3600, 1020]);
    assert_eq!(input.topology.len(), 960);
    assert_eq!(rsnn.output.topology.len(), 38 + 15);
}

#[test]
fn three_types_have_the_shares_of_layer_2_3_and_degrees_of_their_own() {
    let (rsnn, recurrent, _) = build(Inhibition::ThreeTypes);
    assert_eq!(
        (rsnn.counts.as_slice(), rsnn.types.as_slice()),
        (&[240, 17, 13, 30][..], &["e", "pv", "sst", "vip"][..])
    );
    let t = &recurrent.topology;
    // SST onto PV: round(.857 * 17) = 15 targets; VIP onto SST: round(.625 * 13) = 8; PV onto PV: round(.451 * 17) = 8.
    let degrees = |pre: usize| (0..4).map(|post| t.segment(pre, post).len()).collect::<Vec<_>>();
    assert_eq!(degrees(0), [38, 7, 2, 3]);
    assert_eq!(degrees(240), [99, 8, 0, 7]);
    assert_eq!(degrees(257), [102, 15, 1, 23]);
    assert_eq!(degrees(270), [21, 0, 8, 1]);
    t.for_each(|_, i, j| assert_ne!(i, j, "a neuron reaches itself"));
}

#[test]
fn signs_follow_the_type_and_no_unit_has_both_input_and_output() {
    for inhibition in [Inhibition::Generic, Inhibition::ThreeTypes] {
        let (rsnn, recurrent, input) = build(inhibition);
        for wiring in [&recurrent, &rsnn.output] {
            wiring.topology.for_each(|_, i, _| assert_eq!(wiring.sign[i], if i < 240 { 1.0 } else { -1.0 }));
        }
        let read: Vec<usize> = (0..300).filter(|&i| !rsnn.output.topology.row(i).is_empty()).collect();
        assert_eq!(read.len(), 53);
        assert!(input.topology.targets().iter().all(|&j| !read.contains(&(j as usize))));
    }
}

#[test]
fn weights_have_the_published_moments() {
    let (_, recurrent, input) = build(Inhibition::Generic);
    let rms = |w: &[f64]| (w.iter().map(|x| x * x).sum::<f64>() / w.len() as f64).sqrt();
    let mut excitatory = vec![];
    let mut inhibitory = vec![];
    recurrent.topology.for_each(|k, i, _| {
        let w = f64::from(recurrent.initial[k]);
        if i < 240 { excitatory.push(w) } else { inhibitory.push(w) }
    });
    let mean = excitatory.iter().sum::<f64>() / excitatory.len() as f64;
    assert!((mean - 0.0601).abs() < 0.001, "mean {mean} mV");
    assert!((rms(&excitatory) - 0.0684).abs() < 0.001, "rms {} mV", rms(&excitatory));
    assert!((rms(&inhibitory) - 0.684).abs() < 0.02, "rms {} mV", rms(&inhibitory));
    let input: Vec<f64> = input.initial.iter().map(|&w| f64::from(w)).collect();
    assert!((rms(&input) - 1.155).abs() < 0.05 && input.iter().all(|&w| w < 2.0), "rms {} mV", rms(&input));
}

#[test]
fn bad_configurations_are_named() {
    for (text, field) in [
        (r#"{"excitatory": 3}"#, "excitatory"),
        (r#"{"input_fraction": 0.9}"#, "input_fraction"),
        (r#"{"weight_mv": -1.0}"#, "weight_mv"),
    ] {
        let config: RsnnConfig = serde_json::from_str(text).unwrap();
        let error = config.build().err().unwrap().to_string();
        assert!(error.contains(field), "{error}");
    }
    assert!(serde_json::from_str::<RsnnConfig>(r#"{"surprise": 1}"#).is_err());
}
