use super::{number, set, table};
use evoplast_neuron::analysis::{
    CycleEnd, CycleOptions, PeriodicOrbit, cycle_fold, equilibria, firing_range, first_lyapunov, homoclinic,
    hopf_points, limit_cycle, periodic_orbit, saddle_nodes,
};
use evoplast_neuron::dynamics::{
    FitzHughNagumo, FitzHughNagumoParams, ForwardEuler, MorrisLecar, MorrisLecarParams, parameters_as,
    step_with_jacobian,
};
use evoplast_neuron::{NeuronError, Tangent};
use proptest::prelude::*;

/// The first Lyapunov coefficient of every Hopf point (`ml_bifurcations.csv`, six digits).
#[test]
fn lyapunov_coefficients_of_morris_lecar_are_the_reference() {
    let references: [(&str, &[f64]); 4] = [
        ("hopf", &[0.0720223, 0.183759]),
        ("snlc", &[0.181333]),
        ("homoclinic", &[0.117752]),
        ("authors", &[0.181712]),
    ];
    for (name, references) in references {
        let points = hopf_points::<MorrisLecar>(&set(name));
        assert_eq!(points.len(), references.len());
        for (point, reference) in points.iter().zip(references) {
            let l1 = first_lyapunov::<MorrisLecar>(&set(name), point).unwrap();
            println!("{name}: l1 {l1:.9}, reference {reference}, difference {:.1e}", l1 - reference);
            assert!((l1 - reference).abs() < 5.1e-6 * reference, "{name}: {l1} {reference}");
        }
    }
}

#[test]
fn a_saddle_node_has_no_lyapunov_coefficient() {
    let mut point = hopf_points::<MorrisLecar>(&set("snlc"))[0];
    point.omega_per_ms = 0.0;
    let error = first_lyapunov::<MorrisLecar>(&set("snlc"), &point);
    assert!(matches!(error, Err(NeuronError::Parameter { field: "omega_per_ms", .. })), "{error:?}");
}

/// Near the cycles of all sets (`homoclinic` at 38 in `ml_fI.csv`), for rest and firing may coexist.
const START: CycleOptions<[f64; 2]> =
    CycleOptions { dt_ms: 0.025, tolerance: 1e-9, longest_ms: 2e4, start: Some([4.5475, 0.11253]) };

fn fold(name: &str, from: f64, towards: f64) -> Result<PeriodicOrbit, NeuronError> {
    cycle_fold::<MorrisLecar>(&set(name), from, towards, &START)
}

/// Input and period of the folds of limit cycles, with what they are known to (`ml_bifurcations.csv`; of the two values for the
/// upper one of `hopf` that of Brent's method, since the largest input of a grid is below the fold).
#[test]
fn folds_of_limit_cycles_are_the_reference() {
    let references = [
        ("hopf", 92.0, 60.0, [88.29325, 1e-6], [135.6, 0.3]),
        ("hopf", 212.0, 250.0, [216.899801, 1e-6], [77.93, 1e-2]),
        ("snlc", 110.0, 130.0, [115.94872, 1e-5], [37.036, 1e-3]),
        ("authors", 110.0, 130.0, [115.16461, 1e-5], [36.668, 1e-3]),
        ("homoclinic", 39.0, 50.0, [40.593351958, 1e-8], [21.110055, 1e-5]),
    ];
    for (name, from, towards, input, period) in references {
        let fold = fold(name, from, towards).unwrap();
        let differences = [fold.input - input[0], fold.period_ms - period[0]];
        println!("{name}: {fold:?}, differences {differences:?}");
        assert!(differences[0].abs() < input[1] && differences[1].abs() < period[1], "{name}: {differences:?}");
        assert!(fold.log_multiplier.abs() < 1e-9, "{name}: {fold:?}");
    }
}

/// Without the equations of the fold: just inside the neuron fires on, just outside it comes to rest.
#[test]
fn firing_goes_on_up_to_the_fold_and_not_beyond() {
    let fold = fold("hopf", 212.0, 250.0).unwrap();
    let options = CycleOptions { tolerance: 1e-8, start: Some(fold.state), ..START };
    let cycle = |input: f64| limit_cycle::<MorrisLecar>(&set("hopf"), input, &options);
    let inside = cycle(fold.input - 1e-4).unwrap();
    assert!((inside.period_ms - fold.period_ms).abs() < 0.2, "{inside:?}");
    assert!(matches!(cycle(fold.input + 1e-3), Err(NeuronError::NoCycle { .. })));
}

/// Period and multiplier (six digits) of every row of `ml_fI.csv`, from the state there.
#[test]
fn periodic_orbits_and_multipliers_are_those_of_the_f_i_table() {
    let Some(rows) = table("ml_fI.csv") else { return };
    let (mut worst, mut worst_log) = (0.0_f64, 0.0_f64);
    for row in rows {
        let [input, period, multiplier, v, w] = [1, 2, 7, 8, 9].map(|k: usize| number(&row[k]));
        let orbit = periodic_orbit::<MorrisLecar>(&set(&row[0]), input, [v, w], period).unwrap();
        worst = worst.max((orbit.period_ms / period - 1.0).abs());
        worst_log = worst_log.max((orbit.log_multiplier - multiplier.ln()).abs());
    }
    println!("worst relative errors: of a period {worst:.1e}, of a multiplier {worst_log:.1e}");
    assert!(worst < 1e-10 && worst_log < 6e-6, "{worst:e} {worst_log:e}");
}

/// Input and eigenvalues of the saddle (`ml_bifurcations.csv`).
#[test]
fn the_homoclinic_orbit_is_the_reference() {
    let orbit = homoclinic::<MorrisLecar>(&set("homoclinic"), 34.0, 36.0).unwrap();
    println!("{orbit:?}, difference {:.1e}", orbit.input - 35.006734198);
    assert!((orbit.input - 35.006734198).abs() < 1e-9, "{orbit:?}");
    let wide = homoclinic::<MorrisLecar>(&set("homoclinic"), 20.0, 39.5).unwrap();
    assert!((wide.input - orbit.input).abs() < 1e-11, "{wide:?}");
    for (found, expected) in orbit.eigenvalues_per_ms.iter().zip([0.08449696, -0.30857999]) {
        assert!((found - expected).abs() < 1e-8, "{orbit:?}");
    }
}

/// T(I) - T(I') tends to log((I' - I*)/(I - I*))/lambda at a homoclinic orbit.
#[test]
fn the_period_grows_with_the_logarithm_of_the_distance_from_the_homoclinic_orbit() {
    let orbit = homoclinic::<MorrisLecar>(&set("homoclinic"), 34.0, 36.0).unwrap();
    let options = CycleOptions { start: Some(orbit.state), ..START };
    let period = |distance: f64| {
        let (params, input) = (set("homoclinic"), orbit.input + distance);
        let cycle = limit_cycle::<MorrisLecar>(&params, input, &options).unwrap();
        periodic_orbit::<MorrisLecar>(&params, input, cycle.state, cycle.period_ms).unwrap().period_ms
    };
    let periods = [1e-3, 1e-4, 1e-5].map(period);
    let decade_ms = 10.0_f64.ln() / orbit.eigenvalues_per_ms[0];
    for (pair, limit) in periods.windows(2).zip([1e-3, 1e-4]) {
        let error = (pair[1] - pair[0]) / decade_ms - 1.0;
        println!("a decade of the distance: {} ms, {decade_ms}, {error:.1e}", pair[1] - pair[0]);
        assert!(error.abs() < limit, "{periods:?}");
    }
    // Below it the neuron rests.
    let short = CycleOptions { longest_ms: 2000.0, ..options };
    let error = limit_cycle::<MorrisLecar>(&set("homoclinic"), orbit.input - 1e-5, &short);
    assert!(matches!(error, Err(NeuronError::NoCycle { .. })), "{error:?}");
}

/// The unstable cycle around a subcritical Hopf point: with `dr/dt = mu r + l1 r^3` its radius is `sqrt(-mu/l1)` and the
/// logarithm of its multiplier is `2 l1 r^2 T`, in the coordinates of the coefficient.
#[test]
fn the_cycle_at_a_hopf_point_has_the_size_and_the_multiplier_that_the_coefficient_foretells() {
    for name in ["hopf", "snlc", "homoclinic"] {
        let params = set(name);
        let hopf = hopf_points::<MorrisLecar>(&params)[0];
        let l1 = first_lyapunov::<MorrisLecar>(&params, &hopf).unwrap();
        let jacobian = |x: &[f64; 2], input: f64| {
            let p = parameters_as::<MorrisLecar, f64>(&params);
            let next = step_with_jacobian::<MorrisLecar, ForwardEuler, f64>(&p, x, input, 1.0);
            [[next[0].part(0) - 1.0, next[0].part(1)], [next[1].part(0), next[1].part(1) - 1.0]]
        };
        let focus = |input: f64| equilibria::<MorrisLecar>(&params, input).pop().unwrap().state;
        // mu is half of the trace; towards the side where the focus is stable.
        let mu = |input: f64| 0.5 * (jacobian(&focus(input), input)[0][0] + jacobian(&focus(input), input)[1][1]);
        let side = if mu(hopf.input + 1e-3) < 0.0 { 1.0 } else { -1.0 };
        let [b, a] = jacobian(&hopf.state, hopf.input)[0];
        let errors = |distance: f64| {
            let input = hopf.input + side * distance;
            let (centre, radius) = (focus(input), (-mu(input) / l1).sqrt());
            let guess = [centre[0] + a * radius, centre[1] - b * radius];
            let period = std::f64::consts::TAU / hopf.omega_per_ms;
            let orbit = periodic_orbit::<MorrisLecar>(&params, input, guess, period).unwrap();
            let y_1 = (orbit.state[0] - centre[0]) / a;
            let y_2 = -(orbit.state[1] - centre[1] + b * y_1) / hopf.omega_per_ms;
            [y_1.hypot(y_2) / radius - 1.0, orbit.log_multiplier / (2.0 * radius * radius * orbit.period_ms) / l1 - 1.0]
        };
        let (near, far) = (errors(0.005), errors(0.08));
        println!("{name}: size and multiplier off by {near:?}, {far:?}");
        // Of first order in the radius on one side of the orbit, of second order in the multiplier.
        assert!(near[0].abs() < 0.01 && near[0].abs() < 0.4 * far[0].abs(), "{name}: {near:?} {far:?}");
        assert!(near[1].abs() < 0.002 && near[1].abs() < 0.1 * far[1].abs(), "{name}: {near:?} {far:?}");
    }
}

/// Lowest and highest input of firing of the named sets (section 3.1 of the reference, and `ml_bifurcations.csv`).
#[test]
fn the_ranges_of_firing_are_the_reference() {
    use CycleEnd::{Fold, Homoclinic, SaddleNode};
    let references = [
        ("hopf", 120.0, [(Fold, 88.29325, 1e-6), (Fold, 216.899801, 1e-6)]),
        ("snlc", 60.0, [(SaddleNode, 39.9631530927, 1e-9), (Fold, 115.94872, 1e-5)]),
        ("homoclinic", 38.0, [(Homoclinic, 35.0067341976, 1e-9), (Fold, 40.593351958, 1e-8)]),
        ("homoclinic", 35.01, [(Homoclinic, 35.0067341976, 1e-9), (Fold, 40.593351958, 1e-8)]),
        ("authors", 60.0, [(SaddleNode, 39.5773681401, 1e-9), (Fold, 115.16461, 1e-5)]),
    ];
    for (name, from, references) in references {
        let range = firing_range::<MorrisLecar>(&set(name), from, &START).unwrap();
        println!("{name}: {range:?}");
        for (found, (end, input, tolerance)) in range.iter().zip(references) {
            assert!(found.end == end && (found.input - input).abs() < tolerance, "{name}: {range:?}");
        }
    }
}

/// Near the point at which the homoclinic orbit meets the saddle-node, the cycle lives on beside the saddle-node.
#[test]
fn a_saddle_node_beside_the_cycle_is_not_its_end() {
    let params = MorrisLecarParams { phi_per_ms: 0.197, ..set("snlc") };
    let node = saddle_nodes::<MorrisLecar>(&params)[0].input;
    let [low, _] = firing_range::<MorrisLecar>(&params, 44.0, &START).unwrap();
    assert!(low.end == CycleEnd::Homoclinic && low.input < node - 1e-3 && low.input > node - 0.1, "{low:?}");
    let orbit = limit_cycle::<MorrisLecar>(&params, low.input + 2e-3, &START).unwrap();
    assert!(low.input + 2e-3 < node && orbit.period_ms.is_finite(), "{orbit:?}");
}

/// The equations of FitzHugh-Nagumo are the same after v to -v, w to 2 a/b - w, I to 2 a/b - I, so that the folds are
/// symmetric around a/b; each lies beyond its subcritical Hopf point.
#[test]
fn firing_of_fitzhugh_nagumo_ends_symmetrically() {
    let p = FitzHughNagumoParams::default();
    let options = CycleOptions { start: Some([1.0, 0.0]), ..CycleOptions::default() };
    let [low, high] = firing_range::<FitzHughNagumo>(&p, 0.7, &options).unwrap();
    println!("{low:?} {high:?} {:?}", hopf_points::<FitzHughNagumo>(&p));
    assert!(low.end == CycleEnd::Fold && high.end == CycleEnd::Fold);
    assert!((low.input + high.input - 2.0 * p.a / p.b).abs() < 1e-9, "{low:?} {high:?}");
    let hopf = hopf_points::<FitzHughNagumo>(&p);
    assert!(low.input < hopf[0].input && high.input > hopf[1].input);
}

/// With b below 1/2 the bifurcations of FitzHugh-Nagumo are supercritical: the cycle shrinks to an equilibrium.
#[test]
fn a_supercritical_oscillation_ends_at_its_hopf_points() {
    let p = FitzHughNagumoParams { b: 0.2, tau_ms: 2.0, v_spike: 0.0, ..FitzHughNagumoParams::default() };
    let middle = p.a / p.b;
    let options = CycleOptions { start: Some([1.0, middle]), ..CycleOptions::default() };
    let range = firing_range::<FitzHughNagumo>(&p, middle, &options).unwrap();
    for (limit, hopf) in range.iter().zip(hopf_points::<FitzHughNagumo>(&p)) {
        assert!(limit.end == CycleEnd::Hopf && (limit.input - hopf.input).abs() < 1e-12, "{range:?}");
    }
    let error = cycle_fold::<FitzHughNagumo>(&p, middle, 3.0 * middle, &options);
    assert!(matches!(&error, Err(NeuronError::NoBifurcation { found, .. }) if found.contains("shrinks")), "{error:?}");
}

#[test]
fn what_is_not_there_is_an_error() {
    let what = |result: Result<PeriodicOrbit, NeuronError>| result.unwrap_err().to_string();
    let message = what(fold("snlc", 60.0, 70.0));
    assert!(message.contains("no fold of limit cycles") && message.contains("stable up to input 70"), "{message}");
    let message = what(fold("snlc", 60.0, 60.0));
    assert!(message.contains("`towards`"), "{message}");
    let options = CycleOptions { dt_ms: 0.025, longest_ms: 400.0, ..CycleOptions::default() };
    let message = what(cycle_fold::<MorrisLecar>(&set("snlc"), 60.0, 30.0, &options));
    assert!(message.contains("period grows"), "{message}");
    let message = what(periodic_orbit::<MorrisLecar>(&set("snlc"), 20.0, [0.0, 0.1], 50.0));
    assert!(message.contains("no limit cycle at input 20"), "{message}");
    for (low, high, expected) in [(36.0, 37.0, "are apart"), (41.0, 42.0, "no saddle"), (36.0, 34.0, "`high`")] {
        let message = homoclinic::<MorrisLecar>(&set("homoclinic"), low, high).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The eigenvalues of the monodromy matrix are 1 and the exponential of the integral of the divergence (Liouville).
    #[test]
    fn the_monodromy_matrix_has_the_multipliers(g_ca in 3.9..4.2_f64, v_4 in 17.0..18.0_f64, phi in 0.05..0.08_f64, input in 60.0..80.0_f64) {
        let params = MorrisLecarParams { g_ca_ms_per_cm2: g_ca, v_4_mv: v_4, phi_per_ms: phi, ..set("snlc") };
        let cycle = limit_cycle::<MorrisLecar>(&params, input, &CycleOptions { tolerance: 1e-6, dt_ms: 0.1, ..START }).unwrap();
        let orbit = periodic_orbit::<MorrisLecar>(&params, input, cycle.state, cycle.period_ms).unwrap();
        let ([[a, b], [c, d]], multiplier) = (orbit.monodromy, orbit.log_multiplier.exp());
        prop_assert!(multiplier > 1e-5 && multiplier < 0.5, "{:?}", orbit);
        prop_assert!((a * d - b * c - multiplier).abs() < 1e-9, "{:?}", orbit);
        prop_assert!((a + d - 1.0 - multiplier).abs() < 1e-9, "{:?}", orbit);
    }

    /// For FitzHugh-Nagumo the formula gives l1 = (2 b - 1 - b^2/tau)/(8 (1 - b^2/tau)) at both points, worked out by hand.
    #[test]
    fn lyapunov_coefficients_of_fitzhugh_nagumo_have_a_closed_form(a in -0.9..0.9_f64, b in 0.1..0.95_f64, tau_ms in 1.5..30.0_f64) {
        let params = FitzHughNagumoParams { a, b, tau_ms, ..FitzHughNagumoParams::default() };
        let square = b * b / tau_ms;
        let expected = (2.0 * b - 1.0 - square) / (8.0 * (1.0 - square));
        let points = hopf_points::<FitzHughNagumo>(&params);
        prop_assert_eq!(points.len(), 2);
        for point in points {
            let l1 = first_lyapunov::<FitzHughNagumo>(&params, &point).unwrap();
            prop_assert!((l1 - expected).abs() < 1e-10, "{} {}", l1, expected);
        }
    }
}
