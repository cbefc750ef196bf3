//! Shares against null comparisons, and distances of populations.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{
    LayerChange, ParamBlock, ParamLayout, SignRule, Snapshot, SynapseError, isotropic_shares, shares_against_null,
    sliced_wasserstein,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// A change of two blocks of one weight each, which move by these.
fn change(a: f32, b: f32) -> LayerChange {
    let block = |name: &str, k: usize| ParamBlock {
        name: name.to_owned(),
        range: k..k + 1,
        shape: (1, 1),
        sign: SignRule::Free,
        lower: f32::MIN,
        upper: f32::MAX,
    };
    let layout = ParamLayout { blocks: vec![block("a", 0), block("b", 1)] };
    let of = |a: f32, b: f32| Snapshot::of(&layout, &[a, b]).unwrap();
    LayerChange::between(&of(1.0, 1.0), &of(1.0 + a, 1.0 + b)).unwrap()
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} for {b}");
}

#[test]
fn isotropic_shares_go_with_the_root_of_the_size() {
    // Nonzero weights of input, recurrent and output layer of a network like that of Qu et al. 2024 (SNUFA): 16 x 60,
    // 9120 + 2880 + 3600 + 1020, 38 + 15; shares .185, .771 and .044.
    let rounded =
        |counts: &[usize]| isotropic_shares(counts).iter().map(|s| (1000.0 * s).round()).collect::<Vec<f64>>();
    assert_eq!(rounded(&[960, 16_620, 53]), [185.0, 771.0, 44.0]);
    // N recurrent neurons with five (first) or two inputs and as many outputs: N, N^2 and N times that.
    assert_eq!(rounded(&[160, 1024, 160]), [221.0, 558.0, 221.0]);
    assert_eq!(rounded(&[64, 1024, 64]), [167.0, 667.0, 167.0]);
    assert_eq!(rounded(&[128, 4096, 128]), [131.0, 739.0, 131.0]);
    assert_eq!(rounded(&[256, 16_384, 256]), [100.0, 800.0, 100.0]);
    // Square roots 3 and 1; blocks without weights have no share.
    assert_eq!(isotropic_shares(&[0, 9, 0, 1]), [0.0, 0.75, 0.0, 0.25]);
    assert_eq!(isotropic_shares(&[0, 0]), [0.0, 0.0]);
    assert!(isotropic_shares(&[]).is_empty());
}

#[test]
fn a_share_among_null_shares_by_hand() {
    // Shares of block a: .8 against .25, .5 and .75.
    let nulls = [change(1.0, 3.0), change(2.0, 2.0), change(3.0, 1.0)];
    let found = shares_against_null(&change(4.0, 1.0), &nulls).unwrap();
    let [a, b] = &found[..] else { panic!("two blocks") };
    assert_eq!((a.name.as_str(), b.name.as_str()), ("a", "b"));
    close(a.share, 0.8);
    close(a.null_mean, 0.5);
    close(a.null_sd.unwrap(), 0.25);
    close(a.log2_ratio.unwrap(), 1.6_f64.log2());
    close(a.z.unwrap(), 1.2);
    // The largest of four: 2 (1 + 0) / 4; so is the smallest.
    close(a.p, 0.5);
    close(b.share, 0.2);
    close(b.log2_ratio.unwrap(), 0.4_f64.log2());
    close(b.z.unwrap(), -1.2);
    close(b.p, 0.5);
    // In the middle, ties on both sides: min(1, 2 (1 + 2) / 4).
    close(shares_against_null(&change(2.0, 2.0), &nulls).unwrap()[0].p, 1.0);
    // 39 null comparisons can reach p = .05.
    let many: Vec<_> = (0..39).map(|k| change(1.0, 1.0 + k as f32)).collect();
    close(shares_against_null(&change(2.0, 1.0), &many).unwrap()[0].p, 0.05);
}

#[test]
fn what_is_not_defined_is_none_and_a_null_without_change_an_error() {
    let one = shares_against_null(&change(1.0, 1.0), &[change(1.0, 3.0)]).unwrap();
    assert_eq!((one[0].null_sd, one[0].z, one[0].p), (None, None, 1.0));
    let same = shares_against_null(&change(1.0, 0.0), &[change(1.0, 3.0), change(1.0, 3.0)]).unwrap();
    assert_eq!((same[0].null_sd, same[0].z), (Some(0.0), None));
    assert_eq!((same[1].share, same[1].log2_ratio), (0.0, None));
    assert!(shares_against_null(&change(1.0, 1.0), &[]).unwrap_err().to_string().contains("at least 1"));
    let error = shares_against_null(&change(1.0, 1.0), &[change(1.0, 1.0), change(0.0, 0.0)]).unwrap_err();
    assert_eq!(error, SynapseError::Unchanged { what: "null comparison 1".to_owned() });
    let error = shares_against_null(&change(0.0, 0.0), &[change(1.0, 1.0)]).unwrap_err();
    assert_eq!(error.to_string(), "the change changed nothing, expected a weight that differs");
    let mut lacking = change(1.0, 1.0);
    lacking.blocks.truncate(1);
    let error = shares_against_null(&change(1.0, 1.0), &[lacking]).unwrap_err().to_string();
    assert!(error.contains("`b` is not in every null comparison"), "{error}");
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

#[test]
fn in_one_dimension_slices_are_the_line() {
    let (a, b) = ([vec![0.0], vec![1.0], vec![3.0]], [vec![5.0], vec![6.0], vec![8.0], vec![8.0]]);
    let expected = evoplast_synapse::wasserstein_1(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0, 8.0]).unwrap();
    close(sliced_wasserstein(&a, &b, 3, &mut rng(1)).unwrap(), expected);
}

#[test]
fn a_shift_has_its_closed_form() {
    // Of a shift of length 2 in three dimensions a random direction sees 2 |u_1|, u_1 uniform on [-1, 1]: 1 on average,
    // with standard deviation 2 sqrt(1/12) = .577, over 4000 directions .0091.
    let mut draw = rng(2);
    let population: Vec<Vec<f32>> = (0..20).map(|_| (0..3).map(|_| draw.sample(StandardNormal)).collect()).collect();
    let moved: Vec<Vec<f32>> = population.iter().map(|x| vec![x[0], x[1] + 2.0, x[2]]).collect();
    let distance = sliced_wasserstein(&population, &moved, 4000, &mut rng(3)).unwrap();
    assert!((distance - 1.0).abs() < 0.04, "{distance}");
    assert_eq!(sliced_wasserstein(&population, &population, 10, &mut rng(3)).unwrap(), 0.0);
}

#[test]
fn populations_that_cannot_be_compared_are_errors() {
    let one = [vec![1.0, 2.0]];
    let message = |a: &[Vec<f64>], b: &[Vec<f64>], k| sliced_wasserstein(a, b, k, &mut rng(0)).unwrap_err().to_string();
    assert!(message(&one, &[], 1).contains("vectors of a population"));
    assert!(message(&one, &[vec![1.0]], 1).contains("found 1, expected 2"));
    assert!(message(&[vec![]], &[vec![]], 1).contains("values of a vector"));
    assert!(message(&one, &one, 0).contains("projections"));
    assert!(message(&one, &[vec![1.0, f64::NAN]], 1).contains("`value` is NaN"));
}

proptest! {
    #[test]
    fn isotropic_shares_sum_to_one(counts in prop::collection::vec(0_usize..100_000, 1..8)) {
        prop_assume!(counts.iter().any(|&n| n > 0));
        prop_assert!((isotropic_shares(&counts).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn p_values_are_in_their_range(moves in prop::collection::vec(0.1_f32..9.0, 2..30)) {
        let nulls: Vec<_> = moves[1..].iter().map(|&m| change(m, 1.0)).collect();
        for block in shares_against_null(&change(moves[0], 1.0), &nulls).unwrap() {
            prop_assert!(block.p >= 2.0 / moves.len() as f64 - 1e-12 && block.p <= 1.0);
        }
    }

    #[test]
    fn members_have_no_order_and_sides_no_rank(
        a in prop::collection::vec(prop::collection::vec(-3.0..3.0_f64, 4), 1..6),
        b in prop::collection::vec(prop::collection::vec(-3.0..3.0_f64, 4), 1..6),
    ) {
        let distance = |x: &[Vec<f64>], y: &[Vec<f64>]| sliced_wasserstein(x, y, 8, &mut rng(5)).unwrap();
        let reversed: Vec<_> = a.iter().rev().cloned().collect();
        prop_assert_eq!(distance(&a, &b), distance(&b, &a));
        prop_assert_eq!(distance(&a, &b), distance(&reversed, &b));
        prop_assert!(distance(&a, &reversed) < 1e-12);
    }
}
