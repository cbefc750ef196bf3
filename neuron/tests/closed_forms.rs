//! Kernels against closed forms: f-I curves, postsynaptic potentials, adaptation and after-spike currents.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_neuron::{
    AlifConfig, AlifParams, Glif3, Glif3Params, Kinetics, LifConfig, LifParams, NeuronConfig, Population, Receptors,
    SoaPopulation,
};

/// Spike times (ms) of neuron 0 under a constant current.
fn spike_times(cells: &mut dyn Population, current_pa: f32, dt_ms: f64, steps: usize) -> Vec<f64> {
    cells.inject(&vec![current_pa; cells.len()]).unwrap();
    let mut spikes = Vec::new();
    let mut times = Vec::new();
    for t in 0..steps {
        spikes.clear();
        cells.advance(
            &mut empty(cells.ports(), cells.len()).iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(),
            &mut spikes,
        );
        if spikes.contains(&0) {
            times.push((t + 1) as f64 * dt_ms);
        }
    }
    times
}

fn empty(ports: usize, n: usize) -> Vec<Vec<f32>> {
    vec![vec![0.0; n]; ports]
}

#[test]
fn lif_f_i_curve_is_the_closed_form() {
    let p = LifParams::default();
    let dt = 0.01;
    for current in [205.0, 250.0, 400.0, 1000.0] {
        let mut cells = LifConfig { params: p, receptors: vec![] }.build(1, dt).unwrap();
        let times = spike_times(cells.as_mut(), current, dt, 60_000);
        let r_i = f64::from(current) / p.g_ns;
        let theta = p.v_th_mv - p.e_l_mv;
        let period = p.t_ref_ms + p.tau_m_ms() * (r_i / (r_i - theta)).ln();
        let measured = (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64;
        assert!(
            (measured - period).abs() <= 2.0 * dt + 2e-3 * period, // single precision near rheobase costs 0.2 %
            "{current} pA: {measured} ms, expected {period}"
        );
    }
    let mut cells = LifConfig { params: p, receptors: vec![] }.build(1, dt).unwrap();
    assert!(spike_times(cells.as_mut(), 199.9, dt, 60_000).is_empty(), "below rheobase (200 pA) no spike");
}

#[test]
fn a_potential_that_was_set_decays_to_rest_in_closed_form() {
    let p = LifParams::default();
    let dt = 0.1;
    let mut cells = LifConfig { params: p, receptors: vec![] }.build(2, dt).unwrap();
    cells.set_variable("v_mv", &[-51.0, -80.0]).unwrap();
    let mut spikes = Vec::new();
    for step in 1..=400 {
        cells.advance(&mut [], &mut spikes);
        let decay = (-f64::from(step) * dt / p.tau_m_ms()).exp();
        for (&v, start) in cells.variable("v_mv").unwrap().iter().zip([-51.0, -80.0]) {
            let expected = p.e_l_mv + (start - p.e_l_mv) * decay;
            assert!((f64::from(v) - expected).abs() < 1e-3, "step {step}: {v} mV, expected {expected}");
        }
    }
    assert!(spikes.is_empty());
    cells.reset();
    assert_eq!(cells.variable("v_mv").unwrap(), [-70.0, -70.0]);
    let message = |name: &str, values: &[f32]| {
        let mut cells = LifConfig::default().build(2, dt).unwrap();
        cells.set_variable(name, values).unwrap_err().to_string()
    };
    let unknown = message("u_mv", &[0.0; 2]);
    assert_eq!(unknown, r#"lif: no state array `u_mv`, expected one of ["v_mv", "z", "refractory_ms"]"#);
    assert_eq!(message("v_mv", &[0.0; 3]), "values of a state array: found 3 values, expected 2");
    assert_eq!(message("v_mv", &[0.0, f32::NAN]), "lif: parameter `v_mv` of neuron 1 is NaN, expected a finite number");
}

#[test]
fn alif_settles_at_the_interval_of_its_fixed_point() {
    let p = AlifParams::default();
    let dt = 0.01;
    let current = 600.0_f32;
    let mut cells = AlifConfig { params: p, receptors: vec![] }.build(1, dt).unwrap();
    let times = spike_times(cells.as_mut(), current, dt, 300_000);
    let measured = times[times.len() - 1] - times[times.len() - 2];
    assert!(measured > 1.5 * (times[1] - times[0]), "the interval grows");
    // At the fixed point the threshold at a spike is V_th + beta b(T), b(T) = x/(1-x), x = e^(-T/tau_b).
    let m = p.membrane;
    let residual = |t: f64| {
        let x = (-t / p.tau_b_ms).exp();
        let theta = m.v_th_mv - m.e_l_mv + p.beta_mv * x / (1.0 - x);
        f64::from(current) / m.g_ns * (1.0 - (-(t - m.t_ref_ms) / m.tau_m_ms()).exp()) - theta
    };
    let (mut low, mut high) = (m.t_ref_ms + 0.1, 1000.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if residual(middle) < 0.0 { low = middle } else { high = middle }
    }
    assert!((measured - low).abs() < 0.02 * low, "interval {measured} ms, fixed point {low} ms");
}

/// Peak depolarisation (mV) after one spike of weight 1 pA through an alpha port.
fn unit_psp_mv(p: Glif3Params, tau_ms: f64, dt_ms: f64) -> f64 {
    let receptors = Receptors::uniform(&[Kinetics::alpha(tau_ms)], 1, dt_ms).unwrap();
    let mut cell = SoaPopulation::<Glif3>::new(&[p], receptors, dt_ms).unwrap();
    let mut input = vec![1.0_f32];
    let mut peak = f64::MIN;
    for _ in 0..(100.0 / dt_ms) as usize {
        cell.advance(&mut [&mut input], &mut Vec::new());
        peak = peak.max(f64::from(cell.variable("v_mv").unwrap()[0]) - p.e_l_mv);
    }
    peak
}

/// The same from the convolution of the alpha function with the membrane, in closed form.
fn unit_psp_closed_form_mv(p: Glif3Params, tau: f64) -> f64 {
    let (c, tm) = (p.c_m_pf, p.tau_m_ms());
    let a = 1.0 / tau - 1.0 / tm;
    (0..100_000)
        .map(|k| {
            let t = f64::from(k) * 1e-3;
            let e = std::f64::consts::E / (c * tau);
            e * ((-t / tm).exp() - (-t / tau).exp() * (1.0 + a * t)) / (a * a)
        })
        .fold(f64::MIN, f64::max)
}

#[test]
fn glif3_unit_psp_equals_the_closed_form_and_the_allen_table() {
    let first = Glif3Params::default(); // 475585413
    let second = Glif3Params {
        c_m_pf: 81.21058,
        g_ns: 9.19523,
        e_l_mv: -70.45951,
        v_th_mv: -44.23152,
        v_reset_mv: -70.45951,
        t_ref_ms: 1.5,
        asc_amp_pa: [-4.08183, -291.97668],
        asc_k_per_ms: [0.003, 0.3],
    }; // 478958894
    for (p, expected) in [(first, 0.1045), (second, 0.0472)] {
        assert!((unit_psp_closed_form_mv(p, 2.8) - expected).abs() < 1e-4);
        let fine = unit_psp_mv(p, 2.8, 0.01);
        assert!((fine - expected).abs() < 2e-4, "dt 0.01 ms: {fine}, expected {expected} mV");
        let coarse = unit_psp_mv(p, 2.8, 1.0);
        assert!((coarse - expected).abs() < 0.05 * expected, "dt 1 ms: {coarse}, expected {expected} mV");
    }
}

#[test]
fn glif3_after_spike_currents_are_sums_of_exponentials() {
    let p = Glif3Params::default();
    let mut cell = SoaPopulation::<Glif3>::new(&[p], Receptors::uniform(&[], 1, 1.0).unwrap(), 1.0).unwrap();
    cell.inject(&[400.0]).unwrap();
    let mut times = Vec::new();
    for t in 0..500 {
        let mut spikes = Vec::new();
        cell.advance(&mut [], &mut spikes);
        for (j, name) in ["asc1_pa", "asc2_pa"].iter().enumerate() {
            // A spike at step s appears in the currents at s + 1 and decays from there.
            let expected: f64 =
                times.iter().map(|&s: &usize| p.asc_amp_pa[j] * (-p.asc_k_per_ms[j] * (t - s - 1) as f64).exp()).sum();
            let found = f64::from(cell.variable(name).unwrap()[0]);
            assert!((found - expected).abs() < 1e-3 * (1.0 + expected.abs()), "{name} at {t}: {found} vs {expected}");
        }
        if !spikes.is_empty() {
            times.push(t);
        }
    }
    assert!(times.len() > 5, "the test needs several spikes, found {}", times.len());
    assert!(times.windows(2).all(|w| w[1] - w[0] >= 4), "t_ref = 3.5 ms keeps spikes at least 4 steps apart");
}

#[test]
fn glif3_without_after_spike_currents_has_the_f_i_curve_of_its_recursion() {
    // With amp = 0 and V_reset = E_L the reset subtracts V_th - E_L one step after the spike: between spikes
    // u' = lambda u + kappa I, so the interval follows from iterating that line from the residual; its mean rate
    // must lie between the two continuous-time bounds of starting at 0 and at the largest possible overshoot.
    let p = Glif3Params { asc_amp_pa: [0.0; 2], t_ref_ms: 0.0, ..Glif3Params::default() };
    let dt = 0.01;
    let mut cell = SoaPopulation::<Glif3>::new(&[p], Receptors::uniform(&[], 1, dt).unwrap(), dt).unwrap();
    for current in [120.0_f32, 200.0] {
        cell.reset();
        let times = spike_times(&mut cell, current, dt, 100_000);
        let r_i = f64::from(current) / p.g_ns;
        let theta = p.v_th_mv - p.e_l_mv;
        let period = p.tau_m_ms() * (r_i / (r_i - theta)).ln();
        let measured = (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64;
        assert!((measured - period).abs() < 2.5 * dt, "{current} pA: {measured} ms, expected {period} ms");
    }
}

#[test]
fn receptor_shapes_are_their_closed_forms() {
    let dt = 0.5;
    let all = [Kinetics::delta(), Kinetics::exponential(3.0), Kinetics::alpha(3.0)];
    let mut receptors = Receptors::uniform(&all, 1, dt).unwrap();
    let mut input = [[2.0_f32], [2.0], [2.0]];
    let mut response = Vec::new();
    for _ in 0..40 {
        let mut by_port = [0.0_f32; 3];
        for (k, out) in by_port.iter_mut().enumerate() {
            let mut one = Receptors::uniform(&all[k..=k], 1, dt).unwrap();
            let mut x = [2.0_f32];
            for _ in 0..=response.len() {
                let mut current = [0.0_f32];
                one.advance(&mut [&mut x], &[0.0], &mut current);
                *out = current[0];
            }
        }
        let mut sum = [0.0_f32];
        let mut slices: Vec<&mut [f32]> = input.iter_mut().map(|x| x.as_mut_slice()).collect();
        receptors.advance(&mut slices, &[0.0], &mut sum);
        assert!((sum[0] - by_port.iter().sum::<f32>()).abs() < 1e-5, "ports add");
        response.push(by_port);
    }
    for (step, by_port) in response.iter().enumerate() {
        let t = (step as f64 - 1.0) * dt;
        let delta = if step == 1 { 2.0 } else { 0.0 };
        let exponential = if step == 0 { 0.0 } else { 2.0 * (-t / 3.0).exp() };
        let alpha = if step == 0 { 0.0 } else { 2.0 * t / 3.0 * (1.0 - t / 3.0).exp() };
        for (found, expected) in by_port.iter().zip([delta, exponential, alpha]) {
            assert!((f64::from(*found) - expected).abs() < 1e-5, "step {step}: {found}, expected {expected}");
        }
    }
}

#[test]
fn a_conductance_pulls_towards_its_reversal_potential() {
    let p = LifParams { v_th_mv: 100.0, ..LifParams::default() };
    let excitatory = Kinetics { reversal_mv: Some(0.0), ..Kinetics::exponential(1e9) };
    let mut cells = LifConfig { params: p, receptors: vec![excitatory] }.build(1, 0.01).unwrap();
    let mut input = vec![10.0_f32]; // 10 nS that does not decay, equal to the leak
    for _ in 0..50_000 {
        cells.advance(&mut [&mut input], &mut Vec::new());
    }
    let v = cells.variable("v_mv").unwrap()[0];
    assert!((v + 35.0).abs() < 0.05, "g_E = g_L puts V half way between -70 and 0 mV, found {v}");
}

#[test]
fn silent_filters_end_at_zero_not_in_denormals() {
    let mut receptors = Receptors::uniform(&[Kinetics::alpha(2.8)], 1, 1.0).unwrap();
    let mut input = vec![100.0_f32];
    let mut last = [1.0_f32];
    for _ in 0..1000 {
        last = [0.0];
        receptors.advance(&mut [&mut input], &[0.0], &mut last);
        assert!(last[0] == 0.0 || last[0].is_normal());
    }
    assert_eq!(last[0], 0.0);
}

#[test]
fn a_double_exponential_port_has_the_peak_and_the_time_course_of_its_closed_form() {
    let (rise, decay, dt) = (2.0_f64, 30.0_f64, 0.1);
    let mut receptors = Receptors::uniform(&[Kinetics::double_exponential(rise, decay)], 1, dt).unwrap();
    let peak_ms = (decay / rise).ln() * decay * rise / (decay - rise);
    let norm = (-peak_ms / decay).exp() - (-peak_ms / rise).exp();
    let mut input = vec![3.0_f32];
    let mut highest = 0.0_f32;
    for step in 0..2000 {
        let mut current = [0.0];
        receptors.advance(&mut [&mut input], &[0.0], &mut current);
        let t = f64::from(step - 1) * dt;
        let expected = if step == 0 { 0.0 } else { 3.0 / norm * ((-t / decay).exp() - (-t / rise).exp()) };
        assert!((f64::from(current[0]) - expected).abs() < 3e-5, "{t} ms: {}, expected {expected}", current[0]);
        highest = highest.max(current[0]);
    }
    assert!((highest - 3.0).abs() < 1e-3, "the weight is the peak: {highest}");
}

/// Block by 1 mM of magnesium: B = 1/(1 + e^(-0.062 V)/3.57), so that half of the conductance is blocked at
/// V = -ln(3.57)/0.062 = -20.53 mV and more than 95 % at rest.
#[test]
fn nmda_receptors_are_blocked_by_magnesium_at_rest() {
    let currents = |magnesium_mm: Option<f64>, v_mv: f32| {
        let kinetics = Kinetics { magnesium_mm, ..Kinetics::nmda() };
        let mut receptors = Receptors::uniform(&[kinetics], 1, 0.1).unwrap();
        let mut input = vec![1.0_f32];
        let mut current = [0.0];
        for _ in 0..60 {
            current = [0.0];
            receptors.advance(&mut [&mut input], &[v_mv], &mut current);
        }
        f64::from(current[0])
    };
    for v in [-80.0_f32, -40.0, -(3.57_f32.ln()) / 0.062, 20.0] {
        for mg in [0.5, 1.0, 2.0] {
            let block = currents(Some(mg), v) / currents(None, v);
            let expected = 1.0 / (1.0 + mg / 3.57 * (-0.062 * f64::from(v)).exp());
            assert!((block - expected).abs() < 1e-6, "{v} mV, {mg} mM: {block}, expected {expected}");
        }
    }
    assert!(
        (currents(Some(1.0), -(3.57_f32.ln()) / 0.062) / currents(None, -(3.57_f32.ln()) / 0.062) - 0.5).abs() < 1e-6
    );
    // Depolarisation from rest raises the inward current: the slope conductance is negative, as it is without magnesium nowhere.
    assert!(currents(Some(1.0), -50.0) > currents(Some(1.0), -70.0) && currents(None, -50.0) < currents(None, -70.0));
}

#[test]
fn kinetics_that_contradict_themselves_are_refused() {
    let message = |k: Kinetics| Receptors::uniform(&[k], 1, 0.1).unwrap_err().to_string();
    let with_rise = Kinetics { rise_ms: Some(1.0), ..Kinetics::alpha(5.0) };
    assert!(message(with_rise).contains("`rise_ms` of neuron 0 is 1"), "{}", message(with_rise));
    assert!(message(Kinetics::double_exponential(5.0, 5.0)).contains("below tau_ms"));
    assert!(message(Kinetics { rise_ms: None, ..Kinetics::double_exponential(1.0, 5.0) }).contains("`rise_ms`"));
    let current = Kinetics { reversal_mv: None, ..Kinetics::nmda() };
    assert!(message(current).contains("with a reversal_mv"), "{}", message(current));
}
