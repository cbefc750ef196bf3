//! Schemes against the values of an independent implementation, and against their order; duals against differences.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_neuron::dynamics::{
    AdEx, AdExParams, Dynamics, ExponentialEuler, FitzHughNagumo, FitzHughNagumoParams, ForwardEuler, HodgkinHuxley,
    HodgkinHuxleyParams, Izhikevich, IzhikevichParams, MorrisLecar, MorrisLecarParams, Scheme, SchemeKind, Stepped,
    advance_lanes_with, parameters_as, steady_state, step_with_all_derivatives, step_with_jacobian, with_scheme,
};
use evoplast_neuron::{Dual, Population, Receptors, Scalar, SoaPopulation, Tangent, Vector};
use proptest::prelude::*;

/// V and w after 200 ms from V = -40 mV, w = 0.014173.
fn after_200_ms(params: &MorrisLecarParams, kind: SchemeKind, input: f64, dt_ms: f64) -> [f64; 2] {
    let p = parameters_as::<MorrisLecar, f64>(params);
    let mut x = [-40.0, 0.014173];
    with_scheme!(kind, S => for _ in 0..(200.0 / dt_ms).round() as u32 {
        x = S::step::<MorrisLecar, f64>(&p, &x, input, dt_ms);
    });
    x
}

/// V and w at 200 ms of the set snlc at 60 uA/cm2 with steps of 0.1 ms, by a separate program in double precision
/// (file `ml_integrator_convergence.csv` of the data).
const AT_200_MS: [(SchemeKind, f64, f64); 6] = [
    (SchemeKind::ForwardEuler, 19.638094998064, 0.080051326080794),
    (SchemeKind::ExponentialEuler, 2.6151888585622, 0.036510402176274),
    (SchemeKind::Staggered, -0.10353784674393, 0.032746925387094),
    (SchemeKind::ExponentialMidpoint, 17.575177760778, 0.073614948392424),
    (SchemeKind::Heun, 17.698435022931, 0.074120976415736),
    (SchemeKind::Rk4, 17.733496821987, 0.074236328514977),
];

#[test]
fn schemes_give_the_values_of_an_independent_implementation() {
    for (kind, v, w) in AT_200_MS {
        let found = after_200_ms(&MorrisLecarParams::snlc(), kind, 60.0, 0.1);
        assert!((found[0] - v).abs() < 1e-10 && (found[1] - w).abs() < 1e-12, "{kind:?}: {found:?}");
    }
}

#[test]
fn the_error_shrinks_with_the_order_of_the_scheme() {
    // The exact state at 200 ms, extrapolated from RK4 by the same program.
    let (exact_v, exact_w) = (17.73349994371, 0.07423633779738);
    for kind in SchemeKind::ALL {
        let error = |dt_ms: f64| {
            let [v, w] = after_200_ms(&MorrisLecarParams::snlc(), kind, 60.0, dt_ms);
            ((v - exact_v).abs(), (w - exact_w).abs())
        };
        let (coarse, fine) =
            (if kind.order() == 4 { 0.2 } else { 0.0125 }, if kind.order() == 4 { 0.1 } else { 0.00625 });
        let (rough, good) = (error(coarse), error(fine));
        for slope in [(rough.0 / good.0).log2(), (rough.1 / good.1).log2()] {
            assert!((slope - f64::from(kind.order())).abs() < 0.1, "{kind:?}: order {slope}");
        }
    }
    assert_eq!(SchemeKind::ALL.map(SchemeKind::order), [1, 1, 1, 2, 2, 4]);
}

/// Derivatives of one step by state, input and parameters, for every scheme, against central differences.
fn duals_equal_differences<D: Dynamics>(params: &D::Params, x: D::State<f64>, input: f64, dt: f64) {
    let p = parameters_as::<D, f64>(params);
    let n = D::VARIABLES.len();
    for kind in SchemeKind::ALL {
        with_scheme!(kind, S => {
            let next = step_with_all_derivatives::<D, S, f64>(&p, &x, input, dt);
            let plain = S::step::<D, f64>(&p, &x, input, dt);
            let jacobian = step_with_jacobian::<D, S, f64>(&p, &x, input, dt);
            for which in 0..n + 1 + D::PARAMETERS.len() {
                let base = if which < n { x[which] } else if which == n { input } else { p[which - n - 1] };
                let h = 1e-3 * base.abs().max(0.1);
                let at = |h: f64| {
                    let (mut p, mut x, mut input) = (p, x, input);
                    if which < n { x[which] += h } else if which == n { input += h } else { p[which - n - 1] += h }
                    S::step::<D, f64>(&p, &x, input, dt)
                };
                let (up, down, up2, down2) = (at(h), at(-h), at(2.0 * h), at(-2.0 * h));
                for k in 0..n {
                    assert_eq!(next[k].value(), plain[k], "{} {kind:?}", D::NAME);
                    // Richardson's extrapolation of the central difference.
                    let difference = (8.0 * (up[k] - down[k]) - (up2[k] - down2[k])) / (12.0 * h);
                    let found = next[k].part(which);
                    // What is lost to cancellation, and the terms of fourth order that are left.
                    let tolerance = 1e-12 * plain[k].abs().max(1.0) / h + 1e-7 * difference.abs();
                    assert!(
                        (found - difference).abs() < tolerance,
                        "{} {kind:?}: d{k}/d{which} {found}, difference {difference}", D::NAME
                    );
                    assert!(which > n || jacobian[k].part(which) == found);
                }
            }
        });
    }
}

#[test]
fn duals_equal_finite_differences() {
    duals_equal_differences::<MorrisLecar>(&MorrisLecarParams::hopf(), [-12.0, 0.2], 95.0, 0.4);
    let squid = HodgkinHuxleyParams::default();
    // At and beside the removable singularities of alpha_m and alpha_n too.
    for v in [-55.0, -40.0, -40.0 + 1e-9, -54.99, 20.0] {
        duals_equal_differences::<HodgkinHuxley>(&squid, [v, 0.1, 0.5, 0.4], 10.0, 0.02);
    }
    duals_equal_differences::<FitzHughNagumo>(&FitzHughNagumoParams::default(), [0.8, 0.3], 0.5, 0.1);
    duals_equal_differences::<Izhikevich>(&IzhikevichParams::chattering(), [-52.0, -9.0], 10.0, 0.1);
    duals_equal_differences::<AdEx>(&AdExParams::default(), [-49.0, 30.0], 700.0, 0.1);
}

/// Over a short time all schemes come to the same state, the closer the smaller the step.
fn schemes_agree<D: Dynamics>(params: &D::Params, x: D::State<f64>, input: f64) -> Result<(), TestCaseError> {
    let p = parameters_as::<D, f64>(params);
    let after = |kind: SchemeKind, steps: u32| with_scheme!(kind, S => (0..steps).fold(x, |x, _| S::step::<D, f64>(&p, &x, input, 0.5 / f64::from(steps))));
    let exact = after(SchemeKind::Rk4, 8000);
    for kind in SchemeKind::ALL {
        let error = |steps: u32| {
            let found = after(kind, steps);
            (0..D::VARIABLES.len()).map(|k| (found[k] - exact[k]).abs() / exact[k].abs().max(1.0)).fold(0.0, f64::max)
        };
        // An error may change its sign between two steps and be small by chance, but hardly at two of them.
        let (rough, good) = (error(100).max(error(140)), error(4000));
        prop_assert!(good <= 0.3 * rough + 1e-9, "{} {kind:?}: {rough} {good}", D::NAME);
        prop_assert!(good < 0.1, "{} {kind:?}: {good}", D::NAME);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn all_schemes_have_the_same_limit(v in -80.0..-45.0_f64, gate in proptest::array::uniform3(0.02..0.98_f64), drive in 0.0..1.0_f64) {
        schemes_agree::<MorrisLecar>(&MorrisLecarParams::homoclinic(), [v, gate[0]], 100.0 * drive)?;
        schemes_agree::<HodgkinHuxley>(&HodgkinHuxleyParams::default(), [v, gate[0], gate[1], gate[2]], 20.0 * drive)?;
        schemes_agree::<FitzHughNagumo>(&FitzHughNagumoParams::default(), [0.04 * (v + 60.0), gate[1]], drive)?;
        schemes_agree::<Izhikevich>(&IzhikevichParams::fast_spiking(), [v - 10.0, -12.0 * gate[0]], 10.0 * drive)?;
        schemes_agree::<AdEx>(&AdExParams::default(), [v - 10.0, 50.0 * gate[0]], 500.0 * drive)?;
    }

    /// Neurons do not see each other: in another order they do the same, to the bit.
    #[test]
    fn the_order_of_neurons_does_not_matter(seed in 0_u32..1000) {
        let n = 53;
        let moved = |i: usize| (i * 17 + seed as usize) % n;
        let params: Vec<HodgkinHuxleyParams> = (0..n)
            .map(|i| HodgkinHuxleyParams { g_na_ms_per_cm2: 100.0 + (i as f64 + f64::from(seed)) % 40.0, ..Default::default() })
            .collect();
        let run = |place: &dyn Fn(usize) -> usize| {
            let mut in_place = params.clone();
            let mut current = vec![0.0; n];
            for i in 0..n {
                in_place[place(i)] = params[i];
                current[place(i)] = 30.0 * i as f32 / n as f32;
            }
            let receptors = Receptors::uniform(&[], n, 0.05).unwrap();
            let mut cells = SoaPopulation::<Stepped<HodgkinHuxley, ExponentialEuler>>::new(&in_place, receptors, 0.05).unwrap();
            cells.inject(&current).unwrap();
            (0..400).for_each(|_| cells.advance(&mut [], &mut Vec::new()));
            let v = cells.variable("v_mv").unwrap();
            (0..n).map(|i| v[place(i)].to_bits()).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(&|i| i), run(&moved));
    }
}

/// A dual number is a scalar like any other: a whole trajectory may be differentiated.
#[test]
fn a_trajectory_in_duals_gives_the_derivative_of_its_end() {
    let end = |input: f64| {
        let p = parameters_as::<MorrisLecar, f64>(&MorrisLecarParams::snlc());
        (0..300)
            .fold([-40.0, 0.014], |x, _| evoplast_neuron::dynamics::Heun::step::<MorrisLecar, f64>(&p, &x, input, 0.1))
            [0]
    };
    type D = Dual<f64, 1>;
    let p = parameters_as::<MorrisLecar, D>(&MorrisLecarParams::snlc());
    let start = [D::constant(-40.0), D::constant(0.014)];
    let dual = (0..300).fold(start, |x, _| {
        evoplast_neuron::dynamics::Heun::step::<MorrisLecar, D>(&p, &x, D::variable(60.0, 0), D::constant(0.1))
    });
    let difference = (end(60.0 + 1e-4) - end(60.0 - 1e-4)) / 2e-4;
    assert!((dual[0].part(0) - difference).abs() < 1e-6 * difference.abs());
}

/// Lanes against single steps and against the code for the baseline instruction set.
fn lanes_have_the_bits_of_steps<D: Dynamics, S: Scheme, F: Scalar>(sets: &[D::Params], input: f64) {
    let n = D::VARIABLES.len();
    for lanes in [1, 5, 16, 33] {
        for params in [sets, &sets[..1]] {
            let p: Vec<D::Parameters<F>> = params.iter().map(parameters_as::<D, F>).collect();
            let places = sets.len() * lanes;
            let start = steady_state::<D, F>(&p[0], F::of(0.5 * D::POTENTIALS[0]));
            let column = |k: usize| -> Vec<F> {
                (0..places).map(|i| start[k] + F::of(0.3 * (i as f64 * 0.37).sin()) * start[k]).collect()
            };
            let before: Vec<Vec<F>> = (0..n).map(column).collect();
            let input: Vec<F> = (0..places).map(|i| F::of(input * (1.0 + 0.01 * i as f64))).collect();
            let run = |baseline: bool| {
                let mut state = before.clone();
                let mut columns: Vec<&mut [F]> = state.iter_mut().map(Vec::as_mut_slice).collect();
                advance_lanes_with::<D, S, F>(&p, lanes, &mut columns, &input, F::of(0.05), baseline);
                state
            };
            let (state, baseline) = (run(false), run(true));
            for i in 0..places {
                let row = if p.len() == 1 { 0 } else { i / lanes };
                let x = <D::State<F> as Vector<F>>::from_fn(|k| before[k][i]);
                let expected = S::step::<D, F>(&p[row], &x, input[i], F::of(0.05));
                for k in 0..n {
                    let bits = |x: F| x.wide().to_bits();
                    assert_eq!(
                        bits(state[k][i]),
                        bits(expected[k]),
                        "{} {:?} place {i} of {lanes} lanes",
                        D::NAME,
                        S::KIND
                    );
                    assert_eq!(bits(state[k][i]), bits(baseline[k][i]), "{} {:?}: baseline", D::NAME, S::KIND);
                }
            }
        }
    }
}

#[test]
fn lanes_are_independent_and_have_the_bits_of_a_single_step() {
    let sets = [MorrisLecarParams::snlc(), MorrisLecarParams::hopf(), MorrisLecarParams::homoclinic()];
    let squids = [40.0, 36.0, 30.0].map(|g_k_ms_per_cm2| HodgkinHuxleyParams { g_k_ms_per_cm2, ..Default::default() });
    let cubic = [12.5, 10.0, 8.0].map(|tau_ms| FitzHughNagumoParams { tau_ms, ..Default::default() });
    for kind in SchemeKind::ALL {
        with_scheme!(kind, S => {
            lanes_have_the_bits_of_steps::<MorrisLecar, S, f32>(&sets, 60.0);
            lanes_have_the_bits_of_steps::<MorrisLecar, S, f64>(&sets, 60.0);
            lanes_have_the_bits_of_steps::<HodgkinHuxley, S, f32>(&squids, 10.0);
            lanes_have_the_bits_of_steps::<HodgkinHuxley, S, f64>(&squids, 10.0);
            lanes_have_the_bits_of_steps::<FitzHughNagumo, S, f32>(&cubic, 0.5);
        });
    }
}

#[test]
fn a_population_says_which_neuron_has_left_the_numbers() {
    let params = vec![HodgkinHuxleyParams::default(); 40];
    let receptors = Receptors::uniform(&[], 40, 0.02).unwrap();
    let mut cells = SoaPopulation::<Stepped<HodgkinHuxley, ForwardEuler>>::new(&params, receptors, 0.02).unwrap();
    cells.check_finite().unwrap();
    let mut current = vec![0.0; 40];
    current[33] = 1e8;
    cells.inject(&current).unwrap();
    (0..100).for_each(|_| cells.advance(&mut [], &mut Vec::new()));
    let message = cells.check_finite().unwrap_err().to_string();
    assert!(message.starts_with("hodgkin_huxley: `") && message.contains("of neuron 33 is"), "{message}");
}
