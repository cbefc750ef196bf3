//! The BBOB functions against values of the published implementation, and their optima.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::problems::Bbob;
use evoplast_evolve::{EvolveError, Objective};
use proptest::prelude::*;

/// Dimension, instance and number k of the point of a column of [`VALUES`].
const COLUMNS: [(usize, u32, usize); 6] = [(2, 1, 0), (3, 2, 1), (5, 5, 2), (10, 7, 3), (20, 15, 4), (40, 3, 5)];

/// Values of f1 to f24, a function a row, by coco-experiment 2.8.2 (suite `bbob`).
const VALUES: &str = "\
1.02196414080e+02 4.79079364480e+02 2.39570310400e+01 -8.69564684800e+02 4.80072585600e+02 3.88738424320e+02
1.81684766432e+06 2.19506054727e+07 7.22453915719e+06 1.41272242704e+07 1.28812365264e+07 3.87175878327e+07
-3.43821203994e+02 2.43954337252e+03 1.42346801824e+03 2.71772599211e+03 1.70305169905e+03 5.96750239342e+03
-2.91121345279e+02 1.20275736731e+04 4.34839792702e+02 4.16162521042e+03 2.97294672590e+03 2.41322665508e+04
5.82900000000e+01 7.80019808259e+02 1.03927325069e+02 9.94238819406e+01 4.68428819895e+02 8.41119307271e+02
1.12585452677e+06 2.60310760020e+04 4.83958582693e+05 5.74315188476e+05 1.52850804623e+06 2.88458669756e+06
8.09437776867e+02 1.03710287777e+03 1.12272072746e+03 3.99495991195e+02 2.14672557503e+03 3.68221319307e+03
1.29285222821e+04 8.03631169710e+02 2.79076585305e+05 1.53081667328e+05 5.35258747171e+05 3.17450964960e+06
1.93035853137e+04 2.01897955692e+05 3.24715130306e+04 3.50098806675e+05 2.75508538573e+05 1.89508023681e+06
1.25320572829e+04 8.90899552251e+05 6.57724850197e+07 2.92552197402e+07 4.09210717195e+07 1.65186642235e+07
1.64678013655e+06 4.63249648362e+07 7.52988973755e+05 9.49227894838e+06 2.52384678587e+07 2.19437265513e+06
7.00155181658e+08 6.39587357742e+10 3.53187968066e+07 2.29772594634e+08 7.64996128993e+08 1.84002653568e+09
1.53392887091e+03 1.69422151448e+03 1.43500252291e+03 2.44652238168e+03 3.71312392257e+03 5.57695571098e+03
-4.80728545186e+01 -7.38628151087e+01 5.23447670752e+01 8.04471403787e+01 1.16570194977e+02 4.85479901228e+02
1.49859914538e+03 1.33625829402e+03 5.31598132288e+02 1.05192694887e+03 3.81189419280e+03 3.78124319544e+03
2.40949925835e+02 -3.08053551086e+02 1.23315933280e+01 6.65636247902e+01 6.58047525183e+01 1.75440332821e+02
1.54282978301e+03 1.62503969059e+02 -1.27417269034e+02 1.44633467078e+02 -3.13200982700e+02 3.84167616062e+02
4.96052444822e+03 1.84668529044e+03 -3.07880224900e+01 2.02910260617e+02 -1.39468265837e+02 6.09683080977e+02
-2.64045818236e+01 9.38393726036e+01 -5.68759622779e+02 1.30067415696e+02 1.21922052957e+01 3.65952603690e+02
3.95498871449e+03 1.40542298196e+05 6.87674581797e+04 1.35673569344e+05 1.42482866740e+05 4.79802136488e+05
5.98485856313e+01 5.82094113966e+00 5.73117165492e+02 2.09338265238e+02 3.88508017090e+01 -2.81944805581e+02
-9.88749410557e+02 1.07751759400e+03 1.25061131191e+02 2.14944871052e+02 6.90314205645e+02 3.97415697804e+01
4.41224384053e+01 5.71275181751e+01 -3.78798184422e+01 -9.70312393763e+02 5.41337510789e+00 -1.16607799862e+02
1.72787346540e+02 2.46025284200e+02 -3.14717185518e+01 4.25840492523e+03 1.19780783784e+03 2.66287145001e+04
";

/// Within +-5 for even k, within +-6 for odd k.
fn point(n: usize, k: usize) -> Vec<f64> {
    let half = if k.is_multiple_of(2) { 5.0 } else { 6.0 };
    (0..n).map(|i| ((37 * i + 11 * k + 5) % 100) as f64 / 50.0 * half - half).collect()
}

#[test]
fn values_equal_those_of_the_published_implementation() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (function, row) in (1..).zip(VALUES.lines()) {
        for ((n, instance, k), expected) in COLUMNS.into_iter().zip(row.split(' ')) {
            let expected: f64 = expected.parse().unwrap();
            let found = Bbob::new(function, n, instance).unwrap().value(&point(n, k));
            compared += 1;
            if (found - expected).abs() > 1e-11 * expected.abs() {
                wrong.push(format!("f{function} n = {n}, instance {instance}: {found:e}, expected {expected:e}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, 24 * 6);
}

#[test]
fn the_least_value_is_at_the_optimum() {
    for function in 1..=24 {
        for (n, instance) in [(2, 1), (3, 4), (10, 2), (40, 5)] {
            let problem = Bbob::new(function, n, instance).unwrap();
            let optimum = problem.optimum();
            let excess = problem.excess(optimum);
            // Powers below 1 magnify roundings.
            assert!(excess.abs() < 1e-7, "f{function} n = {n}: {excess}");
            assert_eq!(problem.value(optimum), excess + problem.optimal_value());
            assert!(problem.space().check(optimum).is_ok(), "f{function} n = {n}: {optimum:?}");
        }
    }
}

#[test]
fn unknown_functions_are_errors() {
    for (function, n, instance) in [(0, 2, 1), (25, 2, 1), (1, 1, 1), (1, 2, 0)] {
        assert!(matches!(Bbob::new(function, n, instance), Err(EvolveError::Config { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_point_is_better_than_the_optimum(
        function in 1_u8..=24,
        instance in 1_u32..=15,
        x in prop::collection::vec(-5.0_f64..5.0, 2..8),
    ) {
        let excess = Bbob::new(function, x.len(), instance).unwrap().excess(&x);
        prop_assert!(excess.is_finite() && excess > -1e-9, "f{}: {}", function, excess);
    }
}
