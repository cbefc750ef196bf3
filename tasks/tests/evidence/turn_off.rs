//! The landscape of the neuron that is to be turned off, against values computed with another program.

use super::at;
use evoplast_evolve::Objective;
use evoplast_tasks::turn_off::{Off, TurnOff, TurnOffConfig};

/// Capacitance, W, loss of samples at every millisecond over 3000 ms with E_L = -55 mV, from biophysical/
/// single_neuron_turn_off_landscape.csv.
const LANDSCAPE: [[f64; 3]; 10] = [
    [1.0, 0.3, 0.104_999_18],
    [1.0, 0.5, 0.224_598_93],
    [1.0, 0.75, 0.273_088_89],
    [1.0, 1.0, 0.292_593_74],
    [1.0, 1.25, 0.001_666_67],
    [20.0, 0.3, 0.022_356_93],
    [20.0, 0.5, 0.126_067_62],
    [20.0, 0.75, 0.173_419_79],
    [20.0, 1.0, 0.197_700_39],
    [20.0, 1.25, 0.003_000_00],
];

fn task(c_m_uf_per_cm2: f64, duration_ms: usize) -> TurnOff {
    TurnOff::new(TurnOffConfig { c_m_uf_per_cm2, duration_ms, ..TurnOffConfig::default() }).unwrap()
}

#[test]
fn the_landscape_has_the_reference_values() {
    for [c, w, expected] in LANDSCAPE {
        let (loss, off) = task(c, 3000).neuron(w, -55.0).unwrap();
        // The initial state of the reference is not known: up to the samples of one spike, 10 of 3000, can differ.
        assert!((loss - expected).abs() < 3.5e-3, "C = {c}, W = {w}: {loss} {expected}");
        let blocked = if w > 1.2 { Off::DepolarisationBlock } else { Off::Firing };
        assert_eq!(off, blocked, "C = {c}, W = {w}");
    }
}

#[test]
fn both_ways_off_are_told_apart() {
    assert_eq!(task(1.0, 500).neuron(0.2, -55.0).unwrap().1, Off::Silent);
    let at = at(0);
    let shares = |w: f64| task(1.0, 500).evaluate(&[w], &at).unwrap();
    let (silent, blocked, firing) = (shares(0.15), shares(1.4), shares(0.75));
    assert_eq!((silent.metrics, blocked.metrics), (vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]));
    assert!(silent.objectives[0] < 0.02 && blocked.objectives[0] < 0.02 && firing.objectives[0] > 0.2);
}

/// A neuron at rest is silent whatever the number of samples in the second half.
#[test]
fn odd_durations_have_whole_second_halves() {
    for duration_ms in [1, 3, 7] {
        assert_eq!(task(1.0, duration_ms).neuron(0.0, -60.0).unwrap().1, Off::Silent, "{duration_ms} ms");
    }
}

#[test]
fn bad_configurations_and_steps_are_named() {
    let base = TurnOffConfig::default();
    for (config, name) in [
        (TurnOffConfig { c_m_uf_per_cm2: 0.0, ..base.clone() }, "c_m_uf_per_cm2"),
        (TurnOffConfig { duration_ms: 0, ..base.clone() }, "duration_ms"),
        (TurnOffConfig { e_l_mv: (-55.0, -1.0), ..base.clone() }, "e_l_mv"),
        (TurnOffConfig { range: (1.0, 1.0), ..base.clone() }, "range"),
    ] {
        let error = TurnOff::new(config).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
    let long = TurnOff::new(TurnOffConfig { steps_per_ms: 1, c_m_uf_per_cm2: 1e-4, ..base }).unwrap();
    assert!(long.neuron(1.0, -55.0).unwrap_err().to_string().contains("steps_per_ms"));
}
