//! Schemes against the values of an independent implementation, and against their order; duals against differences.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_neuron::dynamics::{
    MorrisLecar, MorrisLecarParams, Scheme, SchemeKind, advance_lanes, parameters_as, step_with_all_derivatives,
    with_scheme,
};
use evoplast_neuron::{Dual, Tangent};

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
#[test]
fn duals_equal_finite_differences() {
    let p = parameters_as::<MorrisLecar, f64>(&MorrisLecarParams::hopf());
    let (x, input, dt) = ([-12.0, 0.2], 95.0, 0.4);
    for kind in SchemeKind::ALL {
        with_scheme!(kind, S => {
            let next = step_with_all_derivatives::<MorrisLecar, S, f64>(&p, &x, input, dt);
            let plain = S::step::<MorrisLecar, f64>(&p, &x, input, dt);
            assert_eq!(next.map(Tangent::value), plain, "{kind:?}");
            for which in 0..15 {
                let at = |h: f64| {
                    let (mut p, mut x, mut input) = (p, x, input);
                    match which {
                        0 | 1 => x[which] += h,
                        2 => input += h,
                        q => p[q - 3] += h,
                    }
                    S::step::<MorrisLecar, f64>(&p, &x, input, dt)
                };
                let scale = if which == 1 || which == 14 { 1e-4 } else { 1e-2 };
                let (up, down, up2, down2) = (at(scale), at(-scale), at(2.0 * scale), at(-2.0 * scale));
                for k in 0..2 {
                    // Richardson's extrapolation of the central difference.
                    let difference = (8.0 * (up[k] - down[k]) - (up2[k] - down2[k])) / (12.0 * scale);
                    let found = next[k].part(which);
                    assert!((found - difference).abs() < 1e-9 * difference.abs().max(0.1), "{kind:?} d{k}/d{which}: {found} {difference}");
                }
            }
        });
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

#[test]
fn lanes_are_independent_and_have_the_bits_of_a_single_step() {
    fn check<S: Scheme>() {
        let sets = [MorrisLecarParams::snlc(), MorrisLecarParams::hopf(), MorrisLecarParams::homoclinic()];
        for lanes in [1, 5, 16, 33] {
            for params in [&sets[..], &sets[..1]] {
                let p: Vec<[f32; 12]> = params.iter().map(parameters_as::<MorrisLecar, f32>).collect();
                let places = 3 * lanes;
                let mut v: Vec<f32> = (0..places).map(|i| -60.0 + 3.7 * i as f32 % 100.0).collect();
                let mut w: Vec<f32> = (0..places).map(|i| (0.013 * i as f32) % 1.0).collect();
                let input: Vec<f32> = (0..places).map(|i| 30.0 + i as f32).collect();
                let expected: Vec<[f32; 2]> = (0..places)
                    .map(|i| S::step::<MorrisLecar, f32>(&p[(i / lanes) % p.len()], &[v[i], w[i]], input[i], 0.1))
                    .collect();
                advance_lanes::<MorrisLecar, S, f32>(&p, lanes, &mut [&mut v, &mut w], &input, 0.1);
                for (i, x) in expected.iter().enumerate() {
                    assert_eq!([v[i].to_bits(), w[i].to_bits()], x.map(f32::to_bits), "place {i} of {lanes} lanes");
                }
            }
        }
    }
    for kind in SchemeKind::ALL {
        with_scheme!(kind, S => check::<S>());
    }
}
