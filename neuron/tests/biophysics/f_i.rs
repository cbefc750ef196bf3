use super::{number, set, table};
use evoplast_neuron::NeuronError;
use evoplast_neuron::analysis::{CycleOptions, LimitCycle, limit_cycle, saddle_nodes};
use evoplast_neuron::dynamics::{HodgkinHuxley, HodgkinHuxleyParams, MorrisLecar};
use proptest::prelude::*;

/// The cycle of a set, started near it, for rest and firing may coexist.
fn morris_lecar(name: &str, input: f64, start: [f64; 2]) -> LimitCycle<MorrisLecar> {
    let options = CycleOptions { dt_ms: 0.025, start: Some(start), ..CycleOptions::default() };
    limit_cycle::<MorrisLecar>(&set(name), input, &options).unwrap()
}

fn hodgkin_huxley(input: f64) -> LimitCycle<HodgkinHuxley> {
    let squid = HodgkinHuxleyParams { v_spike_mv: -20.0, ..HodgkinHuxleyParams::default() };
    let options = CycleOptions { dt_ms: 0.005, start: Some([0.0, 0.05, 0.6, 0.3]), ..CycleOptions::default() };
    limit_cycle::<HodgkinHuxley>(&squid, input, &options).unwrap()
}

fn close(what: &str, found: f64, expected: f64, relative: f64) {
    let error = (found / expected - 1.0).abs();
    assert!(error <= relative, "{what}: {found}, expected {expected}, relative error {error:.1e}");
}

/// Input and frequency (Hz) of some rows of `ml_fI.csv` and `hh_fi.csv`.
#[test]
fn frequencies_are_the_reference_to_a_millionth() {
    let points = [
        ("hopf", 90.0, 9.734523452),
        ("hopf", 150.0, 15.114473),
        ("snlc", 41.0, 5.107107),
        ("snlc", 60.0, 17.095029),
        ("homoclinic", 40.0, 41.601216),
        ("authors", 45.0, 10.382920),
    ];
    for (name, input, hz) in points {
        close(name, morris_lecar(name, input, [10.0, 0.01]).frequency_hz(), hz, 1e-7);
    }
    for (input, hz) in [(6.3, 52.37082182), (10.0, 68.32369860), (50.0, 117.03598762)] {
        close("hodgkin_huxley", hodgkin_huxley(input).frequency_hz(), hz, 1e-6);
    }
}

#[test]
fn the_whole_f_i_table_of_morris_lecar_is_met() {
    let Some(rows) = table("ml_fI.csv") else { return };
    assert!(rows.len() > 50);
    let mut worst = 0.0_f64;
    for row in rows {
        let (input, period, slope) = (number(&row[1]), number(&row[2]), number(&row[4]));
        let cycle = morris_lecar(&row[0], input, [number(&row[8]), number(&row[9])]);
        let what = format!("{} {input}", row[0]);
        worst = worst.max((cycle.period_ms / period - 1.0).abs());
        close(&format!("{what} period"), cycle.period_ms, period, 1e-6);
        close(&format!("{what} dT/dI"), cycle.period_per_input, slope, 1e-4);
        assert!((cycle.v_min_mv - number(&row[5])).abs() < 1e-4, "{what}: {cycle:?}");
        assert!((cycle.v_max_mv - number(&row[6])).abs() < 1e-4, "{what}: {cycle:?}");
    }
    println!("worst relative error of a period: {worst:.1e}");
}

#[test]
fn the_whole_f_i_table_of_hodgkin_huxley_is_met() {
    let Some(rows) = table("hh_fi.csv") else { return };
    for row in rows {
        let input = number(&row[0]);
        close(&format!("{input}"), hodgkin_huxley(input).period_ms, number(&row[1]), 1e-6);
    }
}

#[test]
fn a_resting_neuron_has_no_cycle_and_says_so() {
    let error =
        limit_cycle::<MorrisLecar>(&set("snlc"), 20.0, &CycleOptions { longest_ms: 500.0, ..CycleOptions::default() });
    assert!(matches!(error, Err(NeuronError::NoCycle { .. })), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// Near a saddle-node on an invariant circle the frequency grows with the square root of the distance, whatever the
    /// parameters: f^2/(I - I*) tends to a constant.
    #[test]
    fn frequency_grows_with_the_square_root_near_the_saddle_node(g_ca in 3.9..4.1_f64, v_4 in 17.0..17.6_f64, phi in 0.05..0.07_f64) {
        let params = evoplast_neuron::dynamics::MorrisLecarParams {
            g_ca_ms_per_cm2: g_ca,
            v_4_mv: v_4,
            phi_per_ms: phi,
            ..set("snlc")
        };
        let rheobase = saddle_nodes::<MorrisLecar>(&params)[0].input;
        let options = CycleOptions { dt_ms: 0.1, tolerance: 1e-6, ..CycleOptions::default() };
        let ratio = |above: f64| {
            let cycle = limit_cycle::<MorrisLecar>(&params, rheobase + above, &options).unwrap();
            cycle.frequency_hz().powi(2) / above
        };
        // f^2/(I - I*) = c (1 + O(sqrt(I - I*))): a quarter of the distance halves the deviation from the limit c.
        let [near, middle, far] = [0.01, 0.04, 0.16].map(ratio);
        prop_assert!(near > middle && middle > far, "{near} {middle} {far}");
        let halved = (middle - far) / (near - middle);
        prop_assert!((halved - 2.0).abs() < 0.35, "{near} {middle} {far}: {halved}");
        // Far from the saddle-node the law does not hold.
        prop_assert!(ratio(20.0) < 0.8 * near);
    }
}
