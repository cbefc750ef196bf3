//! The BBOB functions against values of the published implementation, and their optima.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::problems::{Bbob, BbobNoise, BbobNoisy};
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

/// The most frequent value of f103, f106, ..., f130 at the same points, a function a row, by coco-experiment 2.8.2 (suite
/// `bbob-noisy`): without an outlier Cauchy's noise is a constant, 10 for the first two and 1000 for the others.
const NOISY_VALUES: &str = "\
1.12196414090e+02 4.89079364490e+02 3.39570310501e+01 -8.18604684790e+02 4.90072585610e+02 6.40178424330e+02
1.29385222822e+04 8.13631169720e+02 2.79086585305e+05 1.53132627328e+05 5.35268747171e+05 3.17476108960e+06
1.10219641409e+03 1.47907936449e+03 1.02395703105e+03 1.71395315210e+02 1.48007258561e+03 1.63017842433e+03
1.39285222822e+04 1.80363116972e+03 2.80076585305e+05 1.54122627328e+05 5.36258747171e+05 3.17575108960e+06
1.80943777688e+03 2.03710287778e+03 2.12272072747e+03 1.44004639121e+03 3.14672557504e+03 4.92123879308e+03
1.07857019717e+03 1.20549330874e+04 6.66606620453e+05 3.09182537569e+05 4.57406212176e+05 3.22101820729e+05
9.51927145491e+02 9.26137184901e+02 1.05234476709e+03 1.12140714039e+03 1.11657019499e+03 1.72691990124e+03
2.54282978302e+03 1.16250396907e+03 8.72582730976e+02 1.18149746709e+03 6.86799017310e+02 1.60146361607e+03
9.05064541828e+02 1.07390493727e+03 3.91352037732e+02 1.08768974158e+03 9.76217220540e+02 1.47064426038e+03
1.05984858564e+03 1.00582094115e+03 1.57311716550e+03 1.24988866525e+03 1.03885080172e+03 9.57080794429e+02
";

#[test]
fn noisy_functions_have_the_published_ones_inside() {
    for (function, row) in (103..).step_by(3).zip(NOISY_VALUES.lines()) {
        let constant = if function <= 106 { 10.0 } else { 1000.0 } + 1.01e-8;
        for ((n, instance, k), expected) in COLUMNS.into_iter().zip(row.split(' ')) {
            let expected: f64 = expected.parse().unwrap();
            let problem = BbobNoisy::new(function, n, instance).unwrap();
            let found = problem.value(&point(n, k)) + constant;
            assert!((found - expected).abs() < 1e-11 * expected.abs(), "f{function} {n}: {found:e} {expected:e}");
            assert!(problem.excess(problem.optimum()).abs() < 1e-9, "f{function} {n}");
            for other in [function - 2, function - 1] {
                let other = BbobNoisy::new(other, n, instance).unwrap();
                assert_eq!(other.value(&point(n, k)), problem.value(&point(n, k)));
            }
        }
    }
    assert!(BbobNoisy::new(100, 2, 1).is_err() && BbobNoisy::new(131, 2, 1).is_err());
}

/// By their definitions: the numbers of coco-experiment 2.8.2 are not exactly normal and uniform (the 99 % quantile of its normal
/// numbers is at 2.55 standard deviations instead of 2.33).
#[test]
fn noise_has_the_distributions_of_its_definition() {
    use rand::SeedableRng;
    const DRAWS: usize = 20_000;
    // Uniform: the logarithm of the factor is beta ln U + alpha ln(10^9 / f) U'.
    for (function, scale, beta) in [(102, 0.01, 0.01), (105, 0.01, 0.01), (108, 1.0, 1.0), (126, 1.0, 1.0)] {
        let problem = BbobNoisy::new(function, 5, 5).unwrap();
        let alpha = scale * (0.49 + 0.2);
        assert_eq!(problem.noise(), BbobNoise::Uniform { alpha, beta });
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(function.into());
        let excess = problem.excess(&point(5, 2));
        let rest = problem.value(&point(5, 2)) - excess;
        let spread = alpha * (1e9 / excess).ln();
        let factor = |_| ((problem.draw(&point(5, 2), &mut rng) - rest) / excess).ln();
        let factors: Vec<f64> = (0..DRAWS).map(factor).collect();
        let mean = factors.iter().sum::<f64>() / DRAWS as f64;
        let variance = factors.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / DRAWS as f64;
        let expected = (0.5 * spread - beta, beta * beta + spread * spread / 12.0);
        let fourth = factors.iter().map(|f| (f - mean).powi(4)).sum::<f64>() / DRAWS as f64;
        assert!(
            (mean - expected.0).abs() < 4.0 * (expected.1 / DRAWS as f64).sqrt(),
            "f{function}: {mean} {expected:?}"
        );
        let error = ((fourth - variance * variance) / DRAWS as f64).sqrt();
        assert!((variance - expected.1).abs() < 4.0 * error, "f{function}: {variance} {expected:?}");
        assert!(factors.iter().all(|&factor| factor <= spread + 1e-6));
    }
    // Gaussian, by its definition: the logarithm of the factor is normal.
    for (function, beta) in [(101, 0.01), (107, 1.0), (116, 1.0), (128, 1.0)] {
        let problem = BbobNoisy::new(function, 5, 5).unwrap();
        assert_eq!(problem.noise(), BbobNoise::Gaussian { beta });
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(function.into());
        let excess = problem.excess(&point(5, 2));
        let rest = problem.value(&point(5, 2)) - excess;
        let z = |_| ((problem.draw(&point(5, 2), &mut rng) - rest) / excess).ln() / beta;
        let z: Vec<f64> = (0..DRAWS).map(z).collect();
        for (bound, level) in [(-2.326_348, 0.01), (-0.674_490, 0.25), (0.0, 0.5), (1.281_552, 0.9), (2.326_348, 0.99)]
        {
            let below = z.iter().filter(|&&z| z < bound).count() as f64 / DRAWS as f64;
            let error = (level * (1.0 - level) / DRAWS as f64).sqrt();
            assert!((below - level).abs() < 4.0 * error, "f{function}: {below} below the {level} quantile");
        }
    }
    // Cauchy: a constant, and outliers in a share p; half of those of a jump beyond 1 are above.
    for (function, alpha, p) in [(103, 0.01, 0.05), (130, 1.0, 0.2)] {
        let problem = BbobNoisy::new(function, 5, 5).unwrap();
        assert_eq!(problem.noise(), BbobNoise::Cauchy { alpha, p });
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let common = problem.value(&point(5, 2)) + 1000.0 * alpha + 1.01e-8;
        let draws: Vec<f64> = (0..DRAWS).map(|_| problem.draw(&point(5, 2), &mut rng) - common).collect();
        let share =
            |wanted: &dyn Fn(f64) -> bool| draws.iter().filter(|&&draw| wanted(draw)).count() as f64 / DRAWS as f64;
        let near = |found: f64, expected: f64| (found - expected).abs() < 4.0 * (expected / DRAWS as f64).sqrt();
        assert!(near(share(&|draw| draw.abs() > 1e-6 * alpha), p), "f{function}");
        // The ratio of two normals is beyond 1 with probability 1/4.
        assert!(near(share(&|draw| draw > alpha), p / 4.0) && near(share(&|draw| draw < -alpha), p / 4.0));
    }
}

#[test]
fn there_is_no_noise_at_the_target() {
    use rand::SeedableRng;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    for noise in [
        BbobNoise::Gaussian { beta: 1.0 },
        BbobNoise::Uniform { alpha: 0.6, beta: 1.0 },
        BbobNoise::Cauchy { alpha: 1.0, p: 0.2 },
    ] {
        assert_eq!(noise.on(9e-9, &mut rng), 9e-9);
        assert_ne!(noise.on(2e-8, &mut rng), 2e-8);
    }
}
