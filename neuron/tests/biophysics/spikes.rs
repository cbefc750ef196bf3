use super::{number, table};
use evoplast_neuron::dynamics::{
    AdEx, AdExParams, Heun, HodgkinHuxley, HodgkinHuxleyParams, Izhikevich, IzhikevichParams, Rk4, SchemeKind, rest,
    simulate, simulate_population, with_scheme,
};

/// Spike times from rest under a current step, with the state at the end.
fn squid(input: f64, ms: f64, dt_ms: f64) -> (Vec<f64>, [f64; 4]) {
    let params = HodgkinHuxleyParams::default();
    let steps = (ms / dt_ms).round() as usize;
    let run = simulate::<HodgkinHuxley, Rk4>(&params, rest::<HodgkinHuxley>(&params), |_| input, dt_ms, steps).unwrap();
    (run.spikes_ms.clone(), run.end())
}

/// Spike times from rest at the onset of a current (`hh_spikes.csv`).
#[test]
fn hodgkin_huxley_spikes_at_the_reference_times() {
    let expected: [(f64, &[f64]); 3] = [
        (10.0, &[1.9012315412, 16.8226518907, 31.4718875179, 46.1090618177]),
        (7.0, &[2.3762422533, 19.6414462886, 36.7886463074]),
        (20.0, &[1.2707906207, 13.3329497080, 24.9314677073, 36.4998806218, 48.0649877589]),
    ];
    for (input, times) in expected {
        let (found, _) = squid(input, 50.0, 0.005);
        assert_eq!(found.len(), times.len(), "{input}: {found:?}");
        for (t, reference) in found.iter().zip(times) {
            assert!((t - reference).abs() < 1e-6, "{input}: {t}, expected {reference}");
        }
    }
}

#[test]
fn the_whole_table_of_hodgkin_huxley_spikes_is_met() {
    let Some(rows) = table("hh_spikes.csv") else { return };
    let mut worst = 0.0_f64;
    let mut current: Option<(f64, Vec<f64>, [f64; 4])> = None;
    for row in rows {
        let input = number(&row[0]);
        if current.as_ref().is_none_or(|c| c.0 != input) {
            let (times, end) = squid(input, 200.0, 0.005);
            current = Some((input, times, end));
        }
        let (_, times, end) = current.as_ref().unwrap();
        if let Ok(spike) = row[1].parse::<usize>() {
            worst = worst.max((times[spike - 1] - number(&row[2])).abs());
        } else {
            for (found, expected) in end.iter().zip(row[2].split(';')) {
                assert!((found - number(expected)).abs() < 1e-5, "{input}: end {found}, expected {expected}");
            }
        }
    }
    println!("worst error of a spike time: {worst:.1e} ms");
    assert!(worst < 1e-6, "{worst}");
}

/// The time of a spike has the order of the scheme: the root within a step adds nothing that grows faster.
#[test]
fn spike_times_have_the_order_of_the_scheme() {
    for kind in SchemeKind::ALL {
        let last = |dt_ms: f64| {
            with_scheme!(kind, S => {
                let params = HodgkinHuxleyParams::default();
                let start = rest::<HodgkinHuxley>(&params);
                let steps = (20.0 / dt_ms).round() as usize;
                let run = simulate::<HodgkinHuxley, S>(&params, start, |_| 10.0, dt_ms, steps).unwrap();
                run.spikes_ms[1]
            })
        };
        let exact = 16.8226518907;
        let dt = if kind.order() == 4 { 0.02 } else { 0.0025 };
        // V alone, from rest, in a model without instantaneous gates.
        let order = if kind == SchemeKind::Staggered { 2 } else { kind.order() };
        let slope = ((last(dt) - exact) / (last(dt / 2.0) - exact)).abs().log2();
        assert!((slope - f64::from(order)).abs() < 0.2, "{kind:?}: order {slope}");
    }
}

/// Between spikes the quadratic neuron with u held has a closed form: with a = d = 0 it is V' = 0.04 (V - r)^2 + c.
#[test]
fn izhikevich_spikes_at_the_times_of_the_closed_form() {
    let params = IzhikevichParams {
        a_per_ms: 1e-12,
        b_per_ms: 0.0,
        c_mv: -65.0,
        d_mv_per_ms: 0.0,
        ..IzhikevichParams::default()
    };
    let (r, input) = (-62.5_f64, 20.0);
    let c = 140.0 + input - 0.04 * r * r;
    let k = (0.04 * c).sqrt();
    let time = |v: f64| (0.2 * (v - r) / c.sqrt()).atan() / k;
    let period = time(params.v_peak_mv) - time(params.c_mv);
    let run = simulate::<Izhikevich, Rk4>(&params, [params.c_mv, 0.0], |_| input, 0.05, 2000).unwrap();
    assert_eq!(run.spikes_ms.len(), (100.0 / period) as usize);
    for (i, t) in run.spikes_ms.iter().enumerate() {
        let expected = period * (i + 1) as f64;
        assert!((t - expected).abs() < 1e-5 * expected, "spike {i} at {t}, expected {expected}");
    }
}

/// Intervals grow with adaptation, and spike times come together as the step shrinks, upstroke included.
#[test]
fn adex_adapts_and_its_spikes_converge_with_the_step() {
    let params = AdExParams::default();
    let spikes = |dt_ms: f64| {
        let steps = (400.0 / dt_ms) as usize;
        simulate::<AdEx, Heun>(&params, rest::<AdEx>(&params), |_| 1000.0, dt_ms, steps).unwrap().spikes_ms
    };
    let (coarse, fine, finest) = (spikes(0.1), spikes(0.02), spikes(0.004));
    let intervals: Vec<f64> = fine.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(intervals.len() > 5 && intervals[0] < 0.8 * intervals[intervals.len() - 1], "{intervals:?}");
    let n = coarse.len().min(fine.len()).min(finest.len());
    assert!(n > 5);
    let (rough, good) = ((coarse[n - 1] - finest[n - 1]).abs(), (fine[n - 1] - finest[n - 1]).abs());
    assert!(good < 0.3 * rough && rough < 0.1 * n as f64, "{rough} {good}");
}

#[test]
fn a_step_too_large_for_the_scheme_is_an_error_with_time_and_neuron() {
    let params = vec![HodgkinHuxleyParams::default(); 3];
    let start = vec![rest::<HodgkinHuxley>(&params[0]); 3];
    let input = |neuron: usize, _: f64| if neuron == 1 { 1e3 } else { 0.0 };
    let error = simulate_population::<HodgkinHuxley, Rk4>(&params, &start, input, 0.5, 2000).unwrap_err().to_string();
    assert!(error.starts_with("hodgkin_huxley: `") && error.contains("of neuron 1 is"), "{error}");
    let error = simulate_population::<HodgkinHuxley, Rk4>(&params, &start[..2], input, 0.5, 10).unwrap_err();
    assert_eq!(error.to_string(), "initial states: found 2 values, expected 3");
    let error = simulate::<HodgkinHuxley, Rk4>(&params[0], [f64::NAN; 4], |_| 0.0, 0.1, 10).unwrap_err().to_string();
    assert!(error.contains("`v_mv` of neuron 0 is NaN at 0 ms"), "{error}");
}
