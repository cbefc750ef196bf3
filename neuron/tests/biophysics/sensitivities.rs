use super::{number, set, table};
use evoplast_neuron::dynamics::{
    AdEx, AdExParams, Dynamics, Heun, Izhikevich, IzhikevichParams, MorrisLecar, Rk4, Run, rest, simulate,
    simulate_with_sensitivities,
};
use evoplast_neuron::{Scalar, Tangent};

type Full = <MorrisLecar as Dynamics>::FullDual<f64>;

/// What the columns of the reference files are derivatives by, as indices of the derivatives: I, g_Ca, g_K, g_L, phi, V_1, V_2,
/// V_3, V_4, E_Ca, E_K, E_L, C, V_0, w_0.
fn columns() -> Vec<usize> {
    let parameter = |name| 3 + MorrisLecar::PARAMETERS.iter().position(|&p| p == name).unwrap();
    let names = [
        "g_ca_ms_per_cm2",
        "g_k_ms_per_cm2",
        "g_l_ms_per_cm2",
        "phi_per_ms",
        "v_1_mv",
        "v_2_mv",
        "v_3_mv",
        "v_4_mv",
        "e_ca_mv",
        "e_k_mv",
        "e_l_mv",
        "c_m_uf_per_cm2",
    ];
    let parameters: Vec<usize> = names.into_iter().map(parameter).collect();
    [&[2][..], &parameters, &[0, 1]].concat()
}

const DT_MS: f64 = 0.02;

fn run(name: &str, input: f64) -> Run<MorrisLecar, Full> {
    let steps = (200.0 / DT_MS) as usize;
    simulate_with_sensitivities::<MorrisLecar, Rk4>(&set(name), [-40.0, 0.014173], |_| input, DT_MS, steps).unwrap()
}

/// Relative to the largest derivative of a row, within which small ones have lost digits.
fn compare(what: &str, found: Full, value: f64, derivatives: &[f64], tolerance: f64) -> f64 {
    assert!((found.value() - value).abs() < tolerance * value.abs().max(1.0), "{what}: {} {value}", found.value());
    let mut worst = 0.0_f64;
    for (column, &expected) in columns().into_iter().zip(derivatives) {
        let error = (found.part(column) - expected).abs() / expected.abs().max(1e-3);
        assert!(error < tolerance, "{what}, derivative {column}: {} {expected}", found.part(column));
        worst = worst.max(error);
    }
    worst
}

/// Rows of `ml_spike_time_sensitivities.csv` and `ml_sensitivities.csv`.
#[test]
fn sensitivities_of_a_spike_time_are_the_reference() {
    let found = run("hopf", 100.0);
    let expected = [
        -1.12014729,
        -8.13625966,
        2.19418405,
        42.005311,
        -1270.56908,
        5.7589292,
        -8.39883384,
        -2.74739245,
        4.10420935,
        -0.210212339,
        -0.350623271,
        -2.24029458,
        2.31250885,
        -0.345710222,
        51.7079331,
    ];
    compare("second spike", found.spikes_ms[1], 97.0729403172, &expected, 1e-6);
}

#[test]
fn the_whole_tables_of_sensitivities_are_met() {
    let (Some(states), Some(spikes)) = (table("ml_sensitivities.csv"), table("ml_spike_time_sensitivities.csv")) else {
        return;
    };
    let mut worst = 0.0_f64;
    let mut case: Option<(String, Run<MorrisLecar, Full>)> = None;
    for row in states.iter().chain(&spikes) {
        let key = format!("{} {}", row[0], row[1]);
        if case.as_ref().is_none_or(|c| c.0 != key) {
            case = Some((key.clone(), run(&row[0], number(&row[1]))));
        }
        let run = &case.as_ref().unwrap().1;
        if row.len() == 19 {
            let derivatives: Vec<f64> = row[4..].iter().map(|x| number(x)).collect();
            let spike = run.spikes_ms[row[2].parse::<usize>().unwrap() - 1];
            worst = worst.max(compare(&format!("{key} spike {}", row[2]), spike, number(&row[3]), &derivatives, 1e-6));
            continue;
        }
        let end = (number(&row[2]) / DT_MS).round() as usize;
        let found = match row[3].as_str() {
            "V" => run.states[end][0],
            "w" => run.states[end][1],
            _ => released(&run.states[..=end]),
        };
        let derivatives: Vec<f64> = row[5..].iter().map(|x| number(x)).collect();
        let what = format!("{key} {} at {} ms", row[3], row[2]);
        worst = worst.max(compare(&what, found, number(&row[4]), &derivatives, 1e-6));
    }
    println!("worst error of a sensitivity: {worst:.1e}");
}

/// The integral of the transmitter logistic((V + 3)/8) by Simpson's rule.
fn released(states: &[[Full; 2]]) -> Full {
    let last = states.len() - 1;
    let weight = |i: usize| if i == 0 || i == last { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
    let transmitter = |x: &[Full; 2]| ((x[0] + Full::of(3.0)) * Full::of(0.125)).logistic();
    states.iter().enumerate().map(|(i, x)| transmitter(x) * Full::of(weight(i) * DT_MS / 3.0)).sum()
}

/// Through resets: a spike moves the reset in time, and with it everything after. Against differences of whole simulations, small
/// enough for no spike to pass a grid point, where its time has a kink of the size of the error of the scheme.
fn through_resets<D: Dynamics>(params: &[D::Params; 3], step: f64, which: usize, input: f64, dt_ms: f64, steps: usize) {
    let start = rest::<D>(&params[0]);
    let run = simulate_with_sensitivities::<D, Heun>(&params[0], start, |_| input, dt_ms, steps).unwrap();
    let plain = |k: usize| simulate::<D, Heun>(&params[k], start, |_| input, dt_ms, steps).unwrap();
    let (up, down) = (plain(1), plain(2));
    assert!(run.spikes_ms.len() > 3 && up.spikes_ms.len() == down.spikes_ms.len());
    for (i, spike) in run.spikes_ms.iter().enumerate() {
        let difference = (up.spikes_ms[i] - down.spikes_ms[i]) / (2.0 * step);
        let found = spike.part(which);
        assert!(
            (found - difference).abs() < 1e-5 * difference.abs().max(1e-2),
            "{} spike {i}: {found} {difference}",
            D::NAME
        );
    }
}

#[test]
fn derivatives_pass_through_resets() {
    let p = IzhikevichParams::regular_spiking();
    let by_d = |d: f64| IzhikevichParams { d_mv_per_ms: p.d_mv_per_ms + d, ..p };
    through_resets::<Izhikevich>(&[p, by_d(1e-7), by_d(-1e-7)], 1e-7, 3 + 3, 10.0, 0.05, 6000);
    let p = AdExParams { v_peak_mv: -40.0, ..AdExParams::default() };
    let by_b = |d: f64| AdExParams { b_pa: p.b_pa + d, ..p };
    through_resets::<AdEx>(&[p, by_b(1e-6), by_b(-1e-6)], 1e-6, 3 + 7, 1000.0, 0.05, 6000);
}
