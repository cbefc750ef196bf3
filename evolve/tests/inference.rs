//! Tests of few runs against SciPy and against values worked out by hand. "SciPy" is 1.17.1 with NumPy 2.4.6.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_evolve::Address;
use evoplast_evolve::inference::{
    Bootstrap, Flips, IntervalKind, cohens_d, friedman, holm, kruskal_wallis, mann_whitney, matched_rank_biserial,
    rank_biserial, sign_flip_interaction, sign_flip_mean, spearman, wilcoxon_signed_rank,
};
use proptest::prelude::*;
use rand::Rng;

fn rng(seed: u64) -> impl Rng {
    Address { run: seed, generation: 0, candidate: 0, episode: 0 }.rng(0)
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9 * (1e-3 + b.abs()), "{a} for {b}");
}

#[test]
fn signed_ranks_as_scipy() {
    let zeros = [0.0; 60];
    let wave = |n: u32| (1..=n).map(|k| f64::from(k).sin() + 0.3).collect::<Vec<f64>>();
    // Darwin's maize: the textbook example of 15 pairs.
    let maize = [6.0, 8.0, 14.0, 16.0, 23.0, 24.0, 28.0, 29.0, 41.0, -48.0, 49.0, 56.0, 60.0, -67.0, 75.0];
    let tied = [1.0, -6.0, 3.0, -7.0, 3.0, 1.0, 1.0, -2.0, 3.0, -5.0, 1.0, 3.0, 0.0, 7.0, 5.0, -2.0];
    let cases: [(&[f64], f64, f64, f64, bool); 8] = [
        (&[0.2, -0.6, 0.7, 1.1, -0.4, 1.8, 1.9, -0.3], 27.0, 9.0, 0.25, true),
        (&[0.5, 1.0, 1.8], 6.0, 0.0, 0.25, true),
        (&maize, 96.0, 24.0, 0.041_259_765_625, true),
        (&wave(50), 909.0, 366.0, 0.008_085_622_213_709_343, true),
        (&wave(60), 1354.0, 476.0, 0.001_230_373_513_109_755_7, false),
        // Ties and zeros: exact for 7 pairs, normal for 16.
        (&[0.0, 1.0, -2.0, 2.0, 0.0, 3.0, -2.0], 9.0, 6.0, 0.8125, true),
        (&tied, 70.0, 50.0, 0.568_261_333_097_589, false),
        (&[0.0; 4], 0.0, 0.0, 1.0, true),
    ];
    for (differences, plus, minus, p, exact) in cases {
        let test = wilcoxon_signed_rank(differences, &zeros[..differences.len()]).unwrap();
        assert_eq!((test.w_plus, test.w_minus, test.exact), (plus, minus, exact), "{differences:?}");
        close(test.p, p);
    }
    // 5 pairs of one sign: 2 of 32 choices, never below .05.
    close(wilcoxon_signed_rank(&[2.0, 3.0, 4.0, 5.0, 7.0], &[1.0; 5]).unwrap().p, 0.0625);
    close(wilcoxon_signed_rank(&zeros, &zeros).unwrap().p, 1.0);
    let message = |a: &[f64], b: &[f64]| wilcoxon_signed_rank(a, b).unwrap_err().to_string();
    assert!(message(&[1.0], &[1.0, 2.0]).contains("length is 2, expected 1"));
    assert!(message(&[], &[]).contains("empty"));
    assert!(message(&[1.0, f64::NAN], &[1.0, 2.0]).contains("entry 1 is NaN"));
}

#[test]
fn friedman_as_scipy() {
    let shares = [[0.21, 0.49, 0.29], [0.26, 0.51, 0.23], [0.23, 0.54, 0.23], [0.22, 0.50, 0.30], [0.19, 0.47, 0.33]];
    let test = friedman(&shares).unwrap();
    close(test.statistic, 8.315_789_473_684_218);
    close(test.p, 0.015_640_450_548_327_03);
    assert_eq!(test.degrees_of_freedom, 2);
    let tied = [[1.0, 2.0, 3.0], [2.0, 2.0, 3.0], [1.0, 1.0, 1.0], [3.0, 1.0, 2.0], [2.0, 3.0, 3.0], [1.0, 3.0, 2.0]];
    let test = friedman(&tied).unwrap();
    close(test.statistic, 2.777_777_777_777_771_5);
    close(test.p, 0.249_352_208_777_297);
    let four = [vec![10.0, 9.0, 8.0, 7.0], vec![4.0, 8.0, 6.0, 2.0], vec![8.0, 9.0, 7.0, 1.0]];
    let test = friedman(&four).unwrap();
    close(test.statistic, 7.0);
    close(test.p, 0.071_897_772_496_465_09);
    let equal = friedman(&[[1.0, 1.0]]).unwrap();
    assert_eq!((equal.statistic, equal.p), (0.0, 1.0));
    assert!(friedman(&[] as &[[f64; 2]]).unwrap_err().to_string().contains("empty"));
    assert!(friedman(&[[1.0]]).unwrap_err().to_string().contains("treatments is 1"));
    assert!(friedman(&[vec![1.0, 2.0], vec![1.0]]).unwrap_err().to_string().contains("length is 1, expected 2"));
    assert!(friedman(&[[1.0, f64::INFINITY]]).unwrap_err().to_string().contains("inf"));
}

#[test]
fn kruskal_wallis_as_scipy() {
    let cases: [(&[&[f64]], f64, f64); 3] = [
        (&[&[1.0, 3.0, 5.0, 7.0, 9.0], &[2.0, 4.0, 6.0, 8.0, 10.0]], 0.272_727_272_727_273_4, 0.601_508_134_440_589_5),
        (&[&[1.0; 3], &[2.0; 3], &[2.0; 2]], 7.0, 0.030_197_383_422_318_5),
        (
            &[&[2.9, 3.0, 2.5, 2.6, 3.2], &[3.8, 2.7, 4.0, 2.4], &[2.8, 3.4, 3.7, 2.2, 2.0]],
            0.771_428_571_428_572_2,
            0.679_964_773_578_893_6,
        ),
    ];
    for (samples, statistic, p) in cases {
        let test = kruskal_wallis(samples).unwrap();
        close(test.statistic, statistic);
        close(test.p, p);
        assert_eq!(test.degrees_of_freedom, samples.len() - 1);
    }
    let equal = kruskal_wallis(&[[3.0; 4], [3.0; 4]]).unwrap();
    assert_eq!((equal.statistic, equal.p), (0.0, 1.0));
    assert!(kruskal_wallis(&[[1.0]]).unwrap_err().to_string().contains("samples is 1"));
    assert!(kruskal_wallis(&[vec![1.0], vec![]]).unwrap_err().to_string().contains("empty"));
}

#[test]
fn rank_correlations_as_scipy() {
    // Up to 8 pairs rho is SciPy's; p is the share of all pairings, counted there by hand.
    let cases: [(&[f64], &[f64], f64, f64); 4] = [
        (&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0], 0.820_782_681_668_123_3, 16.0 / 120.0),
        (&[32.0, 64.0, 128.0], &[63.3, 69.2, 70.8], 1.0, 2.0 / 6.0),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[9.0, 7.0, 6.0, 5.0, 3.0, 1.0], -1.0, 2.0 / 720.0),
        (
            &[0.1, 0.9, 0.3, 0.7, 0.5, 0.2, 0.8, 0.4],
            &[1.2, 0.8, 1.1, 1.4, 0.7, 1.0, 0.6, 1.3],
            -0.380_952_380_952_381,
            14_510.0 / 40_320.0,
        ),
    ];
    for (a, b, rho, p) in cases {
        let found = spearman(a, b).unwrap();
        assert!(found.exact);
        close(found.rho, rho);
        close(found.p, p);
    }
    // More pairs: both numbers are SciPy's.
    let tied = spearman(&[1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0, 5.0, 6.0], &[2.0, 1.0, 3.0, 3.0, 5.0, 4.0, 6.0, 6.0, 4.0]);
    let count = |n: u32| (1..=n).map(f64::from).collect::<Vec<f64>>();
    let wave = spearman(&count(12), &count(12).iter().map(|x| 3.0 * x.sin() + x / 2.0).collect::<Vec<_>>());
    let round = |x: &f64| (3.0 * x.sin() - x / 4.0).round_ties_even();
    let fall = spearman(&count(30), &count(30).iter().map(round).collect::<Vec<_>>());
    for (found, rho, p) in [
        (tied, 0.788_822_415_170_604_3, 0.011_510_742_065_927_45),
        (wave, 0.412_587_412_587_412_7, 0.182_563_978_573_166_75),
        (fall, -0.738_886_647_837_452_1, 3.118_633_904_850_387e-6),
    ] {
        let found = found.unwrap();
        assert!(!found.exact);
        close(found.rho, rho);
        close(found.p, p);
    }
    // A perfect order of 12 has p = 2 / 12!, not 0.
    close(spearman(&count(12), &count(12)).unwrap().p, 2.0 / 479_001_600.0);
    assert!(spearman(&[1.0, 2.0], &[1.0, 2.0]).unwrap_err().to_string().contains("pairs is 2"));
    assert!(spearman(&[1.0; 3], &[1.0, 2.0, 3.0]).unwrap_err().to_string().contains("first sample is constant"));
}

#[test]
fn holm_by_hand() {
    // 4 x .005, 3 x .01, 2 x .03, and .04 not below the one before.
    let found = holm(&[0.01, 0.04, 0.03, 0.005]).unwrap();
    found.iter().zip([0.03, 0.06, 0.06, 0.02]).for_each(|(a, b)| close(*a, b));
    assert_eq!(holm(&[0.6, 0.9]).unwrap(), [1.0, 1.0]);
    assert!(holm(&[]).unwrap().is_empty());
    assert!(holm(&[0.5, 1.5]).unwrap_err().to_string().contains("entry 1 is 1.5"));
    assert!(holm(&[f64::NAN]).is_err());
}

#[test]
fn sign_flips_are_counted_exactly() {
    // Counts of all signs, by hand over itertools.product and by scipy.stats.permutation_test.
    let cases: [(&[f64], f64, f64); 3] = [
        (&[0.3, -0.1, 0.5, 0.2, 0.4], 0.26, 4.0 / 32.0),
        (&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 4.5, 2.0 / 256.0),
        (&[1.2, -0.7, 0.1, 0.9, -0.2, 0.4], 1.7 / 6.0, 24.0 / 64.0),
    ];
    for (differences, mean, p) in cases {
        let test = sign_flip_mean(differences, Flips::default(), &mut rng(1)).unwrap();
        close(test.statistic, mean);
        close(test.p, p);
        assert!(test.exact);
        // Random signs: a binomial share, 5 standard deviations of 10^4, and the same numbers for the same generator.
        let few = Flips { exact_limit: 8, ..Flips::default() };
        let random = sign_flip_mean(differences, few, &mut rng(1)).unwrap();
        assert!(!random.exact && (random.p - p).abs() < 0.025, "{} for {p}", random.p);
        assert_eq!(random, sign_flip_mean(differences, few, &mut rng(1)).unwrap());
    }
    assert_eq!(sign_flip_mean(&[0.0; 3], Flips::default(), &mut rng(1)).unwrap().p, 1.0);
    // Never 0, however far apart.
    let far = sign_flip_mean(&[1.0; 70], Flips { random: 99, ..Flips::default() }, &mut rng(1)).unwrap();
    close(far.p, 0.01);
    assert!(sign_flip_mean(&[], Flips::default(), &mut rng(1)).is_err());
    assert!(sign_flip_mean(&[1.0], Flips { random: 0, ..Flips::default() }, &mut rng(1)).is_err());
}

/// Differences of shares between two methods: six seeds, three layers.
const SHARES: [[f64; 3]; 6] = [
    [0.05, -0.02, -0.03],
    [0.08, -0.05, -0.03],
    [-0.01, 0.02, -0.01],
    [0.04, 0.01, -0.05],
    [0.06, -0.03, -0.03],
    [0.02, 0.01, -0.03],
];

#[test]
fn the_interaction_is_that_of_method_and_layer() {
    // Means over seeds .04, -.01, -.03: .0016 + .0001 + .0009; 4 of all 64 signs are as large.
    let test = sign_flip_interaction(&SHARES, Flips::default(), &mut rng(1)).unwrap();
    close(test.statistic, 0.0026);
    close(test.p, 4.0 / 64.0);
    assert!(test.exact);
    // A difference that is the same in all layers is not an interaction.
    let shifted = [1.0, -2.0, 3.0, 0.5, 0.25, -1.0].iter().zip(SHARES).map(|(s, row)| row.map(|d| d + s));
    let shifted = sign_flip_interaction(&shifted.collect::<Vec<_>>(), Flips::default(), &mut rng(1)).unwrap();
    close(shifted.statistic, 0.0026);
    close(shifted.p, 4.0 / 64.0);
    let message =
        |rows: &[Vec<f64>]| sign_flip_interaction(rows, Flips::default(), &mut rng(1)).unwrap_err().to_string();
    assert!(message(&[]).contains("empty"));
    assert!(message(&[vec![1.0]]).contains("layers is 1"));
    assert!(message(&[vec![1.0, 2.0], vec![1.0]]).contains("length is 1, expected 2"));
    assert!(message(&[vec![1.0, f64::NAN]]).contains("NaN"));
}

#[test]
fn effect_sizes_by_hand() {
    // U = 17 of 20 pairs (SciPy), W+ = 9 and W- = 6.
    let (men, women) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
    close(rank_biserial(&men, &women).unwrap(), 0.7);
    close(rank_biserial(&women, &men).unwrap(), -0.7);
    let (a, b) = ([5.0, 7.0, 3.0, 9.0, 6.0, 8.0, 4.0], [5.0, 6.0, 5.0, 7.0, 6.0, 5.0, 6.0]);
    close(matched_rank_biserial(&a, &b).unwrap(), 0.2);
    // Differences 1, 2, 3: mean 2, deviation 1.
    close(cohens_d(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0]).unwrap(), 2.0);
    assert_eq!(rank_biserial(&[], &[1.0]), None);
    assert_eq!((matched_rank_biserial(&a, &a), matched_rank_biserial(&[1.0], &[])), (None, None));
    assert_eq!((cohens_d(&a, &a), cohens_d(&[1.0], &[2.0]), cohens_d(&[1.0], &[])), (None, None, None));
    // Three against three cannot be significant, however far apart.
    assert_eq!(mann_whitney(&[7.0, 8.0, 9.0], &[1.0, 2.0, 3.0]).unwrap().p, 0.1);
}

#[test]
fn bootstrap_intervals_as_scipy() {
    let sample = [8.79, 9.61, 9.88, 10.11, 10.35, 10.49, 10.74, 11.28, 12.02, 14.50];
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let variance = |x: &[f64]| x.iter().map(|v| (v - mean(x)).powi(2)).sum::<f64>() / x.len() as f64;
    // scipy.stats.bootstrap with 200,000 resamples; ends of 20,000 vary by about 1 % of the width.
    type Case<'a> = (&'a dyn Fn(&[f64]) -> f64, IntervalKind, f64, f64);
    let cases: [Case<'_>; 4] = [
        (&mean, IntervalKind::Percentile, 9.952, 11.787),
        (&mean, IntervalKind::Bca, 10.074, 12.058),
        (&variance, IntervalKind::Percentile, 0.287_456, 4.428_085),
        (&variance, IntervalKind::Bca, 0.525_316, 5.806_876),
    ];
    for (statistic, kind, low, high) in cases {
        let settings = Bootstrap { resamples: 20_000, kind, ..Bootstrap::default() };
        let found = settings.interval(&sample, statistic, &mut rng(7)).unwrap();
        let tolerance = 0.04 * (high - low);
        assert!((found.low - low).abs() < tolerance && (found.high - high).abs() < tolerance, "{kind:?}: {found:?}");
        assert_eq!(found, settings.interval(&sample, statistic, &mut rng(7)).unwrap());
    }
}

#[test]
fn bootstraps_that_cannot_be_are_errors() {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let plain = Bootstrap { resamples: 50, ..Bootstrap::default() };
    let message =
        |settings: Bootstrap, sample: &[f64]| settings.interval(sample, mean, &mut rng(1)).unwrap_err().to_string();
    assert!(message(Bootstrap { level: 1.0, ..plain }, &[1.0, 2.0]).contains("level is 1"));
    assert!(message(Bootstrap { resamples: 0, ..plain }, &[1.0, 2.0]).contains("resamples is 0"));
    assert!(message(plain, &[]).contains("empty"));
    assert!(message(plain, &[1.0]).contains("values is 1"));
    assert!(message(plain, &[1.0, f64::NAN]).contains("NaN"));
    // The largest value is never passed by that of a resample, but often reached; the number of values never is.
    let distinct = |x: &[f64]| {
        let mut x = x.to_vec();
        x.sort_by(f64::total_cmp);
        x.dedup();
        x.len() as f64
    };
    let many: Vec<f64> = (0..40).map(f64::from).collect();
    let error = plain.interval(&many, distinct, &mut rng(1)).unwrap_err().to_string();
    assert!(error.contains("share of resamples below is 1"), "{error}");
    // Equal values have an interval without width.
    let equal = plain.interval(&[2.0; 5], mean, &mut rng(1)).unwrap();
    assert_eq!((equal.low, equal.high), (2.0, 2.0));
}

fn sample(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    // Whole numbers for ties, others without.
    prop::collection::vec(prop_oneof![(-5_i32..5).prop_map(f64::from), -5.0..5.0_f64], size)
}

proptest! {
    #[test]
    fn p_values_are_in_their_range_and_sides_have_no_rank(a in sample(3..25), b in sample(3..25), seed in 0_u64..99) {
        let n = a.len().min(b.len());
        let (x, y) = (&a[..n], &b[..n]);
        let rows: Vec<[f64; 2]> = x.iter().zip(y).map(|(x, y)| [*x, *y]).collect();
        let swapped: Vec<[f64; 2]> = rows.iter().map(|[x, y]| [*y, *x]).collect();
        let flips = Flips { exact_limit: 256, random: 50 };
        let d: Vec<f64> = rows.iter().map(|[x, y]| x - y).collect();
        let mut pairs = vec![
            (wilcoxon_signed_rank(x, y).unwrap().p, wilcoxon_signed_rank(y, x).unwrap().p),
            (friedman(&rows).unwrap().p, friedman(&swapped).unwrap().p),
            (kruskal_wallis(&[&a, &b]).unwrap().p, kruskal_wallis(&[&b, &a]).unwrap().p),
            (
                sign_flip_mean(&d, flips, &mut rng(seed)).unwrap().p,
                sign_flip_mean(&d.iter().map(|d| -d).collect::<Vec<_>>(), flips, &mut rng(seed)).unwrap().p,
            ),
            (
                sign_flip_interaction(&rows, flips, &mut rng(seed)).unwrap().p,
                sign_flip_interaction(&swapped, flips, &mut rng(seed)).unwrap().p,
            ),
        ];
        if let (Ok(one), Ok(other)) = (spearman(x, y), spearman(y, x)) {
            pairs.push((one.p, other.p));
        }
        for (k, (one, other)) in pairs.into_iter().enumerate() {
            prop_assert!(one > 0.0 && one <= 1.0, "test {k}: {one}");
            prop_assert!((one - other).abs() < 1e-9, "test {k}: {one}, {other}");
        }
    }

    #[test]
    fn only_order_matters_to_ranks(a in sample(3..12), b in sample(3..12)) {
        let n = a.len().min(b.len());
        let bend = |x: &[f64]| x.iter().map(|x| x.powi(3) + x).collect::<Vec<f64>>();
        let (one, other) = (kruskal_wallis(&[&a, &b]).unwrap(), kruskal_wallis(&[bend(&a), bend(&b)]).unwrap());
        prop_assert_eq!(one, other);
        if let (Ok(one), Ok(other)) = (spearman(&a[..n], &b[..n]), spearman(&bend(&a[..n]), &b[..n])) {
            prop_assert_eq!(one, other);
        }
        let effect = rank_biserial(&a, &b).unwrap();
        prop_assert_eq!(effect, rank_biserial(&bend(&a), &bend(&b)).unwrap());
        prop_assert!((-1.0..=1.0).contains(&effect));
    }

    #[test]
    fn two_samples_are_a_mann_whitney_test(a in sample(6..15), b in sample(6..15)) {
        // H = z^2 without continuity correction: 12 (U - mn/2)^2 / (m n (N + 1)) over the correction for ties.
        let (m, n) = (a.len() as f64, b.len() as f64);
        let u = mann_whitney(&a, &b).unwrap().u;
        let mut pooled = [a.clone(), b.clone()].concat();
        pooled.sort_by(f64::total_cmp);
        let ties: f64 = pooled.chunk_by(|a, b| a == b).map(|t| (t.len() as f64).powi(3) - t.len() as f64).sum();
        let correction = 1.0 - ties / ((m + n).powi(3) - m - n);
        prop_assume!(correction > 0.0);
        let z_squared = 12.0 * (u - 0.5 * m * n).powi(2) / (m * n * (m + n + 1.0)) / correction;
        prop_assert!((kruskal_wallis(&[a, b]).unwrap().statistic - z_squared).abs() < 1e-9);
    }

    #[test]
    fn adjusted_p_values_keep_their_order(p in prop::collection::vec(0.0..=1.0_f64, 0..12)) {
        let adjusted = holm(&p).unwrap();
        for (i, a) in adjusted.iter().enumerate() {
            // Between the raw value and Bonferroni's.
            prop_assert!(*a >= p[i] && *a <= (p[i] * p.len() as f64).min(1.0));
            for (j, b) in adjusted.iter().enumerate() {
                prop_assert!(p[i] > p[j] || a <= b);
            }
        }
        let least = p.iter().copied().fold(1.0, f64::min);
        let smallest = adjusted.iter().copied().fold(1.0, f64::min);
        prop_assert!(p.is_empty() || (smallest - (least * p.len() as f64).min(1.0)).abs() < 1e-12);
    }
}
