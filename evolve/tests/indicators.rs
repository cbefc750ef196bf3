//! Indicators against numbers of moocore 0.3.2 (GD: pymoo 0.6.2) for the same points, and of pymoo's stored fronts.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::{
    Address, additive_epsilon, gd, hypervolume, hypervolume_contributions, hypervolume_monte_carlo, igd, igd_plus,
};

/// Eight points and a front of six, four objectives: `numpy.random.default_rng(7)`, three digits.
const POINTS: [f64; 32] = [
    0.625, 0.897, 0.776, 0.225, 0.3, 0.874, 0.005, 0.821, 0.797, 0.468, 0.303, 0.278, 0.255, 0.445, 0.505,
    0.553, //
    0.996, 0.793, 0.622, 0.989, 0.215, 0.16, 0.613, 0.044, 0.036, 0.515, 0.466, 0.917, 0.629, 0.514, 0.497, 0.248,
];
const FRONT: [f64; 24] = [
    0.007, 0.115, 0.415, 0.12, 0.222, 0.002, 0.498, 0.093, 0.161, 0.528, 0.306, 0.508, 0.384, 0.445, 0.055,
    0.325, //
    0.305, 0.523, 0.217, 0.359, 0.036, 0.233, 0.194, 0.09,
];

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-14, "{found} {expected}");
}

#[test]
fn indicators_equal_moocore_and_pymoo() {
    close(hypervolume(&POINTS, &[1.1; 4]), 0.537_965_248_590_000_3);
    let contributions = [
        0.0,
        0.020_531_515_338_000_017,
        0.026_719_566_867_000_055,
        0.010_473_289_524_000_062,
        0.0,
        0.234_635_794_825_000_08,
        0.014_151_716_837_999_984,
        0.004_358_759_184_000_083,
    ];
    let found = hypervolume_contributions(&POINTS, &[1.1; 4]);
    found.into_iter().zip(contributions).for_each(|(found, expected)| close(found, expected));
    close(igd(&POINTS, &FRONT, 4), 0.341_536_400_505_732_6);
    close(igd_plus(&POINTS, &FRONT, 4), 0.332_650_428_855_049_14);
    close(additive_epsilon(&POINTS, &FRONT, 4), 0.419);
    close(gd(&POINTS, &FRONT, 4), 0.525_280_422_514_980_6);
}

/// Points by a multiplicative lattice on the part of the unit sphere with positive coordinates, for sizes where every level
/// of the recursion is at work: the exact value lies within the stated error of an independent estimate.
#[test]
fn sampling_agrees_with_the_exact_value() {
    for (objectives, count) in [(3, 150), (5, 80), (6, 60), (8, 25)] {
        let coordinate = |point: usize, k: usize| ((point + 1) as f64 * ((k + 2) as f64).sqrt()).fract() + 1e-3;
        let points: Vec<f64> = (0..count)
            .flat_map(|point| {
                let x: Vec<f64> = (0..objectives).map(|k| coordinate(point, k)).collect();
                let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                x.into_iter().map(move |x| x / norm)
            })
            .collect();
        let reference = vec![1.1; objectives];
        let exact = hypervolume(&points, &reference);
        let at = Address { run: 1, generation: 0, candidate: objectives as u64, episode: 0 };
        let found = hypervolume_monte_carlo(&points, &reference, 40_000, &at);
        assert!((found.value - exact).abs() < 4.0 * found.standard_error, "{objectives}: {found:?} {exact}");
        assert!(found.standard_error < 0.01 * exact);
    }
}
