//! Values of the network of four neurons, computed for this project with other programs: the authors' scheme in double
//! precision, and the continuous equations to eleven digits.

use crate::{constant_batch, four_state, four_weights, network};
use evoplast_neuron::dynamics::SchemeKind;
use evoplast_synapse::graded::{Coupling, GradedConfig, GradedRun};
use std::path::PathBuf;

/// Time (ms), potentials, gates and outputs at 0.1, 10, 100 and 200 ms of the authors' scheme with steps of 0.1 ms.
const AUTHORS: [[f64; 11]; 4] = [
    [
        0.1,
        -19.819390889835,
        -24.936797628627,
        -14.730199834791,
        -39.955415475011,
        0.014256033315205,
        0.014156916472566,
        0.014401907865049,
        0.013981671302889,
        0.12547163112544,
        0.0034045243810379,
    ],
    [
        10.0,
        33.050032648628,
        -11.403506334315,
        28.200738312039,
        -34.70334833044,
        0.23633487757567,
        0.021892155628405,
        0.3288423577472,
        0.0056549801439752,
        1.1045507076278,
        -0.04135815763288,
    ],
    [
        100.0,
        -34.437515867669,
        -29.600653126577,
        -41.14611285334,
        -33.351597552689,
        0.017710002272341,
        0.27827837340708,
        0.044855770625155,
        0.0047923786806603,
        0.0040166425512405,
        0.034940200073094,
    ],
    [
        200.0,
        -40.321165296768,
        -30.655892737329,
        32.351771888953,
        -29.372184100692,
        0.148436131976,
        0.0067755470441667,
        0.2334706992578,
        0.0058275867822062,
        0.24107360886251,
        -0.20625797334695,
    ],
];

/// The same of the continuous equations at 10, 100 and 200 ms, without outputs.
const CONTINUOUS: [[f64; 9]; 3] = [
    [
        10.0,
        33.078540805,
        -10.824696181,
        27.831460854,
        -34.678288388,
        0.24786179584,
        0.022434290683,
        0.33605867406,
        0.005672112634,
    ],
    [
        100.0,
        -33.650764531,
        -34.651284375,
        -40.744957747,
        -33.174852859,
        0.016038902734,
        0.24360003786,
        0.03856116158,
        0.0047759629468,
    ],
    [
        200.0,
        -41.506461449,
        -29.910344031,
        29.438574222,
        -28.759010314,
        0.10917939574,
        0.006762379301,
        0.31650421086,
        0.0061495077001,
    ],
];

fn run(config: GradedConfig, time_ms: f64) -> GradedRun<f64> {
    let steps = (time_ms / config.dt_ms).round() as usize;
    network(4, config).run(&four_weights(), &constant_batch(steps), &four_state()).unwrap()
}

/// Potentials, gates and outputs at the end.
fn row(run: &GradedRun<f64>) -> Vec<f64> {
    let last = GradedRun { released: run.state.released.clone(), state: run.state.clone() };
    let outputs = last.outputs(&four_weights());
    run.state.variables.iter().flatten().copied().chain(outputs).collect()
}

#[test]
fn the_authors_scheme_has_the_authors_digits() {
    for reference in AUTHORS {
        let found = row(&run(GradedConfig::default(), reference[0]));
        for (found, expected) in found.iter().zip(&reference[1..]) {
            let error = (found - expected).abs() / expected.abs();
            // Rounding grows with time; the reference has 14 digits.
            assert!(error < 2e-11, "{} ms: {found} {expected}", reference[0]);
        }
    }
}

#[test]
fn stages_of_rk4_reach_the_continuous_network() {
    for reference in CONTINUOUS {
        let config =
            GradedConfig { scheme: SchemeKind::Rk4, coupling: Coupling::Stage, dt_ms: 0.02, ..GradedConfig::default() };
        let found = row(&run(config, reference[0]));
        for (found, expected) in found.iter().zip(&reference[1..]) {
            let error = (found - expected).abs() / expected.abs();
            assert!(error < 2e-8, "{} ms: {found} {expected}", reference[0]);
        }
    }
}

/// Errors at 20 ms against the finest solution: coupling once a step leaves any scheme with order 1, stages give it its own.
#[test]
fn coupled_stages_keep_the_order_of_the_scheme_and_steps_do_not() {
    let at = |scheme, coupling, dt_ms| {
        run(GradedConfig { scheme, coupling, dt_ms, ..GradedConfig::default() }, 20.0).state.variables[0].clone()
    };
    let exact = at(SchemeKind::Rk4, Coupling::Stage, 0.01);
    let error = |scheme, coupling, dt| {
        let found = at(scheme, coupling, dt);
        found.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    for (scheme, coupling, dt, order) in [
        (SchemeKind::ForwardEuler, Coupling::Stage, 0.02, 1.0),
        (SchemeKind::Heun, Coupling::Stage, 0.1, 2.0),
        (SchemeKind::Rk4, Coupling::Stage, 0.4, 4.0),
        (SchemeKind::Rk4, Coupling::Step, 0.05, 1.0),
        (SchemeKind::ExponentialMidpoint, Coupling::Step, 0.05, 1.0),
        (SchemeKind::Staggered, Coupling::Step, 0.02, 1.0),
    ] {
        let found = (error(scheme, coupling, dt) / error(scheme, coupling, dt / 2.0)).log2();
        assert!((found - order).abs() < 0.25, "{scheme:?} {coupling:?}: order {found}, expected {order}");
    }
}

#[test]
fn the_mean_over_a_window_has_the_reference_value_of_the_loss() {
    // Trapezoidal rule: the mean over steps counts the last state and not the first one.
    let config =
        GradedConfig { scheme: SchemeKind::Rk4, coupling: Coupling::Stage, dt_ms: 0.02, ..GradedConfig::default() };
    let done = run(config, 100.0);
    let steps = 5000.0;
    let first =
        four_state::<f64>().variables[0].iter().map(|v| 1.0 / (1.0 + (-(v + 3.0) / 8.0).exp())).collect::<Vec<_>>();
    let mut corrected = done.clone();
    for (mean, (first, last)) in corrected.released.iter_mut().zip(first.iter().zip(&done.state.released)) {
        *mean += (first - last) / (2.0 * steps);
    }
    let y = corrected.outputs(&four_weights());
    let loss = 0.5 * ((y[0] - 0.2).powi(2) + (y[1] + 0.1).powi(2));
    assert!((loss - 0.063283873986087).abs() < 1e-9, "{loss}");
}

/// Every mark of the table, where the data folder is given.
#[test]
fn the_whole_table() {
    let Some(folder) = std::env::var_os("EVOPLAST_DATA") else {
        println!("skipped: EVOPLAST_DATA is not set");
        return;
    };
    let path = PathBuf::from(folder).join("biophysical/network4_reference.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no {}", path.display());
        return;
    };
    let mut rows = 0;
    for line in text.lines().skip(1) {
        let (kind, numbers) = line.split_once(',').unwrap();
        let numbers: Vec<f64> = numbers.split(',').map(|x| x.parse().unwrap()).collect();
        if numbers[0] == 0.0 {
            continue;
        }
        let (config, bound) = match kind {
            "continuous_ODE" => {
                let (scheme, coupling) = (SchemeKind::Rk4, Coupling::Stage);
                (GradedConfig { scheme, coupling, dt_ms: 0.02, ..GradedConfig::default() }, 1e-7)
            }
            _ => (GradedConfig::default(), 1e-10),
        };
        let found = row(&run(config, numbers[0]));
        for (found, expected) in found.iter().zip(&numbers[1..]) {
            let error = (found - expected).abs() / expected.abs();
            assert!(error < bound, "{line}: {found} {expected}");
        }
        rows += 1;
    }
    assert!(rows >= 40, "{rows}");
}
