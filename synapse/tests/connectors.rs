//! Connectors against the statistics they promise.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{
    AllToAll, Connect, DistanceGaussian, FixedInDegree, FixedOutDegree, LikeToLike, OneToOne, PairwiseBernoulli, Sites,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Neurons uniform in a disc, with uniform directions.
fn disc(n: usize, radius_um: f64, seed: u64) -> Sites {
    let mut rng = rng(seed);
    let mut sites = Sites::unplaced(n);
    for i in 0..n {
        let (r, phi) = (radius_um * rng.random::<f64>().sqrt(), rng.random_range(0.0..std::f64::consts::TAU));
        sites.x_um[i] = (r * phi.cos()) as f32;
        sites.z_um[i] = (r * phi.sin()) as f32;
        sites.y_um[i] = rng.random_range(0.0..800.0);
        sites.tuning_deg[i] = rng.random_range(0.0..360.0);
    }
    sites
}

/// Connections found among candidate pairs, and what the formula gives: sum of p and of p(1 - p).
#[derive(Clone, Copy, Default)]
struct Bin {
    found: f64,
    expected: f64,
    variance: f64,
}

impl Bin {
    fn add(&mut self, connected: bool, p: f64) {
        self.found += f64::from(u8::from(connected));
        self.expected += p;
        self.variance += p * (1.0 - p);
    }

    #[track_caller]
    fn check(self, what: &str) {
        let away = (self.found - self.expected).abs();
        assert!(
            away <= 4.0 * self.variance.sqrt() + 1e-9,
            "{what}: {} found, {:.1} +- {:.1} expected",
            self.found,
            self.expected,
            self.variance.sqrt()
        );
    }
}

/// Adjacency of what a connector draws.
fn matrix(connector: &dyn Connect, pre: &Sites, post: &Sites, same: bool, seed: u64) -> Vec<Vec<bool>> {
    let mut adjacent = vec![vec![false; post.len()]; pre.len()];
    for (i, j) in connector.connect(pre, post, same, &mut rng(seed)).unwrap() {
        adjacent[i as usize][j as usize] = true;
    }
    adjacent
}

#[test]
fn pairwise_bernoulli_counts_lie_within_4_sigma() {
    let (pre, post) = (Sites::unplaced(150), Sites::unplaced(400));
    for (seed, p) in [(1, 0.02), (2, 0.3), (3, 0.9)] {
        let adjacent = matrix(&PairwiseBernoulli { probability: p }, &pre, &post, false, seed);
        let mut total = Bin::default();
        let mut half = Bin::default();
        for row in &adjacent {
            row.iter().for_each(|&c| total.add(c, p));
            row[..200].iter().for_each(|&c| half.add(c, p));
        }
        total.check("all pairs");
        half.check("pairs with the first 200 targets");
    }
}

#[test]
fn pairwise_bernoulli_at_0_and_1_is_empty_and_complete() {
    let sites = Sites::unplaced(20);
    let count =
        |p, same| PairwiseBernoulli { probability: p }.connect(&sites, &sites, same, &mut rng(1)).unwrap().len();
    assert_eq!(count(0.0, false), 0);
    assert_eq!(count(1.0, false), 400);
    assert_eq!(count(1.0, true), 380);
}

#[test]
fn fixed_degrees_are_exact_without_self_connections() {
    let sites = Sites::unplaced(60);
    for degree in [0, 1, 17, 59] {
        let incoming = matrix(&FixedInDegree { degree }, &sites, &sites, true, 4);
        let outgoing = matrix(&FixedOutDegree { degree }, &sites, &sites, true, 4);
        for k in 0..60 {
            assert_eq!((0..60).filter(|&i| incoming[i][k]).count(), degree, "in-degree of {k}");
            assert_eq!(outgoing[k].iter().filter(|c| **c).count(), degree, "out-degree of {k}");
            assert!(!incoming[k][k] && !outgoing[k][k]);
        }
    }
}

#[test]
fn fixed_degrees_between_groups_of_other_size_allow_equal_indices() {
    let (pre, post) = (Sites::unplaced(30), Sites::unplaced(45));
    let incoming = matrix(&FixedInDegree { degree: 30 }, &pre, &post, false, 5);
    assert!(incoming.iter().flatten().all(|c| *c));
    let outgoing = matrix(&FixedOutDegree { degree: 45 }, &pre, &post, false, 5);
    assert!(outgoing.iter().flatten().all(|c| *c));
}

#[test]
fn fixed_degrees_choose_every_partner_equally_often() {
    // 300 targets draw 12 of 40 sources: every source is expected 90 times, variance 300 * 0.3 * 0.7.
    let (few, many) = (Sites::unplaced(40), Sites::unplaced(300));
    let incoming = matrix(&FixedInDegree { degree: 12 }, &few, &many, false, 6);
    let outgoing = matrix(&FixedOutDegree { degree: 12 }, &many, &few, false, 6);
    for k in 0..40 {
        let mut by_in = Bin::default();
        incoming[k].iter().for_each(|&c| by_in.add(c, 0.3));
        by_in.check("targets of a source");
        let mut by_out = Bin::default();
        outgoing.iter().for_each(|row| by_out.add(row[k], 0.3));
        by_out.check("sources of a target");
    }
}

#[test]
fn fixed_degree_leaves_out_only_the_neuron_itself() {
    // With degree n - 1 of n, shifting past the own index must reach the last neuron.
    let sites = Sites::unplaced(12);
    let adjacent = matrix(&FixedOutDegree { degree: 11 }, &sites, &sites, true, 7);
    for i in 0..12 {
        for j in 0..12 {
            assert_eq!(adjacent[i][j], i != j);
        }
    }
}

fn distance_um(pre: &Sites, i: usize, post: &Sites, j: usize) -> f64 {
    f64::from(pre.x_um[i] - post.x_um[j]).hypot(f64::from(pre.z_um[i] - post.z_um[j]))
}

#[test]
fn distance_gaussian_follows_its_formula_in_every_distance_bin() {
    let (pre, post) = (disc(500, 300.0, 1), disc(500, 300.0, 2));
    let rule = DistanceGaussian { peak: 0.6, sigma_um: 110.0, like_to_like: None };
    let adjacent = matrix(&rule, &pre, &post, false, 8);
    let mut bins = [Bin::default(); 12];
    for i in 0..500 {
        for j in 0..500 {
            let r = distance_um(&pre, i, &post, j);
            bins[(r / 50.0) as usize].add(adjacent[i][j], 0.6 * (-(r / 110.0).powi(2)).exp());
        }
    }
    for (b, bin) in bins.into_iter().enumerate() {
        bin.check(&format!("{} to {} um", 50 * b, 50 * (b + 1)));
    }
    // Depth plays no part: at the same horizontal place the probability is the peak.
    let mut column = Sites::unplaced(300);
    column.y_um = (0..300).map(|k| k as f32 * 3.0).collect();
    let mut at_0 = Bin::default();
    matrix(&rule, &column, &column, true, 9)
        .iter()
        .enumerate()
        .for_each(|(i, row)| row.iter().enumerate().filter(|(j, _)| i != *j).for_each(|(_, &c)| at_0.add(c, 0.6)));
    at_0.check("one column");
}

#[test]
fn a_peak_above_1_is_cut_at_1() {
    let sites = Sites::unplaced(30);
    let rule = DistanceGaussian { peak: 7.0, sigma_um: 50.0, like_to_like: None };
    assert!(matrix(&rule, &sites, &sites, false, 1).iter().flatten().all(|c| *c));
    // The cut is of the peak, not of the curve: one sigma away it is 1/e, not min(1, 7/e).
    let mut far = Sites::unplaced(30);
    far.x_um.fill(50.0);
    let mut bin = Bin::default();
    (0..40).for_each(|seed| {
        matrix(&rule, &sites, &far, false, seed).iter().flatten().for_each(|&c| bin.add(c, (-1.0_f64).exp()));
    });
    bin.check("one sigma away");
    assert_eq!(DistanceGaussian::from_mean_within(0.9, 100.0, 20.0).peak, 1.0);
}

#[test]
fn from_mean_within_averages_over_the_disc_to_the_mean() {
    for (mean, radius, sigma) in [(0.16, 75.0, 114.0), (0.06, 75.0, 110.0), (0.2, 120.0, 90.0)] {
        let rule = DistanceGaussian::from_mean_within(mean, radius, sigma);
        // Midpoint rule for (2/R^2) * integral of r peak exp(-(r/sigma)^2) dr.
        let steps = 20_000;
        let dr = radius / f64::from(steps);
        let sum: f64 = (0..steps)
            .map(|k| (f64::from(k) + 0.5) * dr)
            .map(|r| r * rule.peak * (-(r / sigma).powi(2)).exp() * dr)
            .sum();
        let average = 2.0 * sum / (radius * radius);
        assert!((average - mean).abs() < 1e-8, "{average} for {mean}");
    }
}

#[test]
fn like_to_like_factors_average_to_1_with_the_ratio_at_90_deg() {
    for ratio in [0.1, 0.5, 1.0] {
        for peak in [0.0, 0.05, 0.5] {
            let (at_0, at_90) = LikeToLike { ratio }.factors(peak);
            assert!((0.5 * (at_0 + at_90) - 1.0).abs() < 1e-12);
            assert!((at_90 / at_0 - ratio).abs() < 1e-12);
        }
    }
}

#[test]
fn like_to_like_excess_over_1_goes_to_90_deg() {
    // Ratio 0.5: 4/3 at 0 deg. Peak 0.9 would give 1.2, so 0 deg is cut to 1/0.9 and 90 deg gains the rest.
    let (at_0, at_90) = LikeToLike { ratio: 0.5 }.factors(0.9);
    assert!((0.9 * at_0 - 1.0).abs() < 1e-12);
    assert!((at_90 - (2.0 / 3.0 + 4.0 / 3.0 - 1.0 / 0.9)).abs() < 1e-12);
    for k in 1..=100 {
        let peak = f64::from(k) / 100.0;
        let (at_0, at_90) = LikeToLike { ratio: 0.3 }.factors(peak);
        assert!((at_0 + at_90 - 2.0).abs() < 1e-12, "the mean stays 1");
        assert!(peak * at_0 <= 1.0 + 1e-12 && at_90 <= at_0 + 1e-12);
    }
}

#[test]
fn like_to_like_probability_is_a_line_in_orientation_difference() {
    let (pre, post) = (disc(400, 40.0, 3), disc(400, 40.0, 4));
    let rule = DistanceGaussian { peak: 0.5, sigma_um: 100.0, like_to_like: Some(LikeToLike { ratio: 0.4 }) };
    let adjacent = matrix(&rule, &pre, &post, false, 10);
    let (at_0, at_90) = (2.0 / 1.4, 0.8 / 1.4);
    let mut bins = [Bin::default(); 9];
    let mut all = Bin::default();
    for i in 0..400 {
        for j in 0..400 {
            // Directions 180 deg apart are one orientation, so the difference folds at 90 deg.
            let d = f64::from(pre.tuning_deg[i] - post.tuning_deg[j]).rem_euclid(180.0);
            let d = d.min(180.0 - d);
            let p = 0.5 * (-(distance_um(&pre, i, &post, j) / 100.0).powi(2)).exp();
            bins[(d / 10.0).min(8.0) as usize].add(adjacent[i][j], p * (at_0 + (at_90 - at_0) * d / 90.0));
            all.add(adjacent[i][j], p);
        }
    }
    bins.iter().for_each(|bin| bin.check("a bin of 10 deg"));
    // The mean factor over directions is 1 up to the sampling of 400 x 400 directions.
    assert!((all.found / all.expected - 1.0).abs() < 0.03, "{}", all.found / all.expected);
}

#[test]
fn one_to_one_and_all_to_all() {
    let (three, four) = (Sites::unplaced(3), Sites::unplaced(4));
    for same in [false, true] {
        assert_eq!(OneToOne {}.connect(&three, &three, same, &mut rng(0)).unwrap(), [(0, 0), (1, 1), (2, 2)]);
    }
    let pairs = AllToAll {}.connect(&three, &four, false, &mut rng(0)).unwrap();
    assert_eq!(pairs.len(), 12);
    let pairs = AllToAll {}.connect(&three, &three, true, &mut rng(0)).unwrap();
    assert_eq!(pairs, [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]);
}
