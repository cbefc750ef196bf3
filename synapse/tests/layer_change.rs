//! The comparison of two snapshots against values computed by hand, and laws it obeys.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{
    BlockChange, Entry, LayerChange, ParamBlock, ParamLayout, SignRule, Snapshot, SnapshotBlock, SynapseError,
    wasserstein_1,
};
use proptest::prelude::*;

fn layout(lengths: &[usize]) -> ParamLayout {
    let mut start = 0;
    let mut block = |(k, &length): (usize, &usize)| {
        let range = start..start + length;
        start = range.end;
        let sign = SignRule::Free;
        ParamBlock { name: format!("block {k}"), range, shape: (length, 1), sign, lower: f32::MIN, upper: f32::MAX }
    };
    ParamLayout { blocks: lengths.iter().enumerate().map(&mut block).collect() }
}

fn between(lengths: &[usize], before: &[f32], after: &[f32]) -> LayerChange {
    let of = |values| Snapshot::of(&layout(lengths), values).unwrap();
    LayerChange::between(&of(before), &of(after)).unwrap()
}

fn placed(name: &str, entries: &[(u32, u32, f32)]) -> SnapshotBlock {
    SnapshotBlock::new(name, entries.iter().map(|&e| Entry::from(e)).collect()).unwrap()
}

/// The change of a single block with places.
fn change(before: &[(u32, u32, f32)], after: &[(u32, u32, f32)]) -> BlockChange {
    let of = |entries| Snapshot { blocks: vec![placed("b", entries)] };
    LayerChange::between(&of(before), &of(after)).unwrap().blocks.remove(0)
}

/// A full matrix with these values, row by row.
fn matrix(columns: u32, values: &[f32]) -> Vec<(u32, u32, f32)> {
    (0..).zip(values).map(|(k, &w)| (k / columns, k % columns, w)).collect()
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} for {b}");
}

#[test]
fn two_blocks_by_hand() {
    let before = [3.0, 4.0, 0.0, 1.0, 2.0, 3.0];
    let after = [3.0, 4.0, 5.0, 2.0, 4.0, 3.0];
    let change = between(&[3, 3], &before, &after);
    let [a, b]: &[BlockChange; 2] = change.blocks[..].try_into().unwrap();
    assert_eq!((a.name.as_str(), a.count, b.name.as_str(), b.count), ("block 0", 3, "block 1", 3));
    // (3, 4, 0) -> (3, 4, 5): the difference has norm 5, as has the first.
    close(a.mean.0, 7.0 / 3.0);
    close(a.mean.1, 4.0);
    close(a.frobenius, 5.0);
    close(a.rms, (25.0_f64 / 3.0).sqrt());
    close(a.relative_frobenius.unwrap(), 1.0);
    // Deviations (2, 5, -7)/3 and (-1, 0, 1): r = (-9/3) / sqrt(78/9 * 2).
    close(a.decorrelation.unwrap(), 1.0 + 3.0 / (2.0 * 78.0_f64 / 9.0).sqrt());
    close(a.turnover, 1.0 / 3.0);
    // {3, 4} against {3, 4, 5}: |1/2 - 1/3| on [3, 4] and |1 - 2/3| on [4, 5]; the deviation of {3, 4} is 1/2.
    close(a.emd.unwrap(), (1.0 / 6.0 + 1.0 / 3.0) / 0.5);
    // (1, 2, 3) -> (2, 4, 3): difference (1, 2, 0), norm sqrt 5 over sqrt 14; r = 1 / sqrt(2 * 2).
    close(b.rms, (5.0_f64 / 3.0).sqrt());
    close(b.relative_frobenius.unwrap(), (5.0_f64 / 14.0).sqrt());
    close(b.decorrelation.unwrap(), 0.5);
    close(b.turnover, 0.0);
    // Sorted: (1, 2, 3) and (2, 3, 4), moved by 1 each; the deviation is sqrt(2/3).
    close(b.emd.unwrap(), 1.5_f64.sqrt());
    close(a.share.unwrap(), 5.0 / (5.0 + 5.0_f64.sqrt()));
    close(a.share.unwrap() + b.share.unwrap(), 1.0);
    // Without places there is no matrix and no rank.
    assert_eq!((a.effective_rank, b.effective_rank), (None, None));
}

#[test]
fn rewired_connections_are_matched_by_place() {
    // Kept: (0, 1); lost: (0, 2), (3, 0); gained: (1, 0); explicit zeros are absent, (2, 2) on both sides.
    let before = [(3, 0, 3.0), (0, 1, 1.0), (0, 2, 2.0), (2, 2, 0.0), (1, 0, -0.0)];
    let after = [(1, 0, 4.0), (0, 1, 2.0), (2, 2, 0.0)];
    let b = change(&before, &after);
    assert_eq!(b.count, 4);
    close(b.turnover, 0.75);
    close(b.mean.0, 6.0 / 4.0);
    close(b.mean.1, 6.0 / 4.0);
    close(b.frobenius, (1.0 + 4.0 + 9.0 + 16.0_f64).sqrt());
    close(b.rms, (30.0_f64 / 4.0).sqrt());
    close(b.relative_frobenius.unwrap(), (30.0_f64 / 14.0).sqrt());
    // Over (0,1), (0,2), (1,0), (3,0): (1, 2, 0, 3) and (2, 0, 4, 0), deviations (-.5, .5, -1.5, 1.5), (.5, -1.5, 2.5, -1.5).
    close(b.decorrelation.unwrap(), 1.0 + 7.0 / (5.0 * 11.0_f64).sqrt());
    // {1, 2, 3} against {2, 4}: 1/3 on [1, 2], |2/3 - 1/2| on [2, 3], 1/2 on [3, 4]; deviation sqrt(2/3).
    close(b.emd.unwrap(), 1.5_f64.sqrt());
}

#[test]
fn ranks_of_known_matrices() {
    let from_zero = |columns, values: &[f32]| change(&[], &matrix(columns, values)).effective_rank;
    // An outer product; ten equal singular values, of which nine hold 90 %; eight of ten are not enough.
    assert_eq!(from_zero(3, &[1.0, 2.0, 3.0, 2.0, 4.0, 6.0]), Some(1));
    let identity = |n: u32| (0..n).map(|k| (2 * k, 3 * k, -0.1)).collect::<Vec<_>>();
    assert_eq!(change(&[], &identity(10)).effective_rank, Some(9));
    assert_eq!(change(&[], &identity(11)).effective_rank, Some(10));
    // Squares of the diagonal 9, 0.9, 0.1: 90 % of 10 with the first alone; 8.9 of 10 needs two.
    let diagonal = |squares: [f32; 3]| (0..3).zip(squares).map(|(k, s)| (k, k, s.sqrt())).collect::<Vec<_>>();
    assert_eq!(change(&[], &diagonal([9.1, 0.8, 0.1])).effective_rank, Some(1));
    assert_eq!(change(&[], &diagonal([8.9, 1.0, 0.1])).effective_rank, Some(2));
    // The change counts, not the weights: only (1, 1) differs.
    let mut after = matrix(2, &[1.0, 2.0, 3.0, 4.0]);
    after[3].2 = 5.0;
    assert_eq!(change(&matrix(2, &[1.0, 2.0, 3.0, 4.0]), &after).effective_rank, Some(1));
    assert_eq!(change(&after, &after).effective_rank, None);
    // More than 2000 neurons on either side are refused, 2001 on one side alone are not.
    assert_eq!(change(&[], &identity(2001)).effective_rank, None);
    assert_eq!(change(&[], &(0..2001).map(|k| (k, 0, 1.0)).collect::<Vec<_>>()).effective_rank, Some(1));
}

#[test]
fn no_change_is_zero_and_undefined_measures_are_none() {
    let same = between(&[3], &[1.0, 2.5, -3.0], &[1.0, 2.5, -3.0]);
    let b = &same.blocks[0];
    close(b.rms, 0.0);
    close(b.relative_frobenius.unwrap(), 0.0);
    close(b.decorrelation.unwrap(), 0.0);
    close(b.emd.unwrap(), 0.0);
    assert_eq!((b.turnover, b.share), (0.0, None));
    // From zero: no relative size, no distribution; a constant snapshot: no correlation, even if its mean is rounded.
    let from_zero = between(&[3], &[0.0; 3], &[1.0, 2.0, 3.0]);
    let b = &from_zero.blocks[0];
    assert_eq!((b.relative_frobenius, b.decorrelation, b.emd, b.share), (None, None, None, Some(1.0)));
    let constant = between(&[7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], &[0.1; 7]);
    assert_eq!(constant.blocks[0].decorrelation, None);
    assert!(constant.blocks[0].relative_frobenius.is_some());
    // A first snapshot without spread has no unit for the distance.
    assert_eq!(between(&[2], &[0.1; 2], &[1.0, 2.0]).blocks[0].emd, None);
}

#[test]
fn an_empty_block_gives_finite_numbers() {
    let change = between(&[0, 1], &[2.0], &[3.0]);
    let empty = &change.blocks[0];
    assert_eq!((empty.count, empty.mean, empty.rms, empty.relative_frobenius), (0, (0.0, 0.0), 0.0, None));
    assert_eq!((empty.turnover, empty.emd, empty.share), (0.0, None, Some(0.0)));
    let text = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<LayerChange>(&text).unwrap(), change);
}

#[test]
fn snapshots_that_do_not_go_together_are_errors() {
    let error = Snapshot::of(&layout(&[2, 2]), &[0.0; 3]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "values of a snapshot", found: 3, expected: 4 });
    let of = |blocks: &[&SnapshotBlock]| Snapshot { blocks: blocks.iter().copied().cloned().collect() };
    let (a, b) = (placed("a", &[(0, 0, 1.0)]), placed("b", &[(0, 0, 1.0)]));
    let loose = |n: usize| {
        let mut layout = layout(&[n]);
        layout.blocks[0].name = "a".to_owned();
        Snapshot::of(&layout, &vec![1.0; n]).unwrap()
    };
    let cases = [
        (of(&[&a]), of(&[&a, &b]), "`b` is in the second snapshot only"),
        (of(&[&a, &b]), of(&[&a]), "`b` is in the first snapshot only"),
        (of(&[&a, &a]), of(&[&a]), "`a` comes twice in a snapshot"),
        (of(&[&a]), of(&[&placed("a", &[(0, 0, f32::NAN)])]), "`a` has a weight that is not finite"),
        (of(&[&a]), loose(1), "`a` has places in one snapshot only"),
        (loose(1), loose(2), "`a` has no places and another range"),
    ];
    for (before, after, expected) in cases {
        let error = LayerChange::between(&before, &after).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    // The order of blocks does not matter.
    let swapped = LayerChange::between(&of(&[&a, &b]), &of(&[&b, &a])).unwrap();
    assert_eq!(swapped.blocks.iter().map(|b| b.frobenius).collect::<Vec<_>>(), [0.0, 0.0]);
}

#[test]
fn distances_of_distributions_by_hand() {
    close(wasserstein_1(&[1.0], &[4.0]).unwrap(), 3.0);
    // A point against two around it, unequal sizes; ties on both sides.
    close(wasserstein_1(&[0.0], &[-1.0, 1.0]).unwrap(), 1.0);
    close(wasserstein_1(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]).unwrap(), 5.0);
    close(wasserstein_1(&[1.0, 1.0, 2.0], &[2.0, 1.0, 1.0, 1.0, 1.0, 2.0]).unwrap(), 0.0);
    assert_eq!(wasserstein_1(&[], &[1.0]), None);
    assert_eq!(wasserstein_1(&[1.0], &[f64::NAN]), None);
}

fn weights() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![1 => Just(0.0_f32), 6 => -10.0_f32..10.0], 3..40)
}

proptest! {
    #[test]
    fn scaling_by_a_factor_changes_the_size_and_not_the_pattern(
        before in prop::collection::vec(-10.0_f32..10.0, 3..40), doublings in 1_i32..5, flip in any::<bool>(),
    ) {
        prop_assume!(before.iter().any(|w| (w - before[0]).abs() > 1e-2));
        let factor = 2.0_f32.powi(doublings) * if flip { -1.0 } else { 1.0 };
        let after: Vec<f32> = before.iter().map(|w| factor * w).collect();
        let change = between(&[before.len()], &before, &after);
        let b = &change.blocks[0];
        prop_assert!((b.relative_frobenius.unwrap() - f64::from((factor - 1.0).abs())).abs() < 1e-9);
        let expected = f64::from(u8::from(flip)) * 2.0;
        prop_assert!((b.decorrelation.unwrap() - expected).abs() < 1e-9);
        prop_assert!((b.mean.1 - f64::from(factor) * b.mean.0).abs() < 1e-9);
    }

    #[test]
    fn the_unit_of_weights_does_not_matter(before in weights(), after in weights(), doublings in -8_i32..8) {
        let n = before.len().min(after.len());
        let scale = |w: &[f32], by: f32| w[..n].iter().map(|w| by * w).collect::<Vec<f32>>();
        let by = 2.0_f32.powi(doublings); // exact
        let plain = between(&[n / 2, n - n / 2], &scale(&before, 1.0), &scale(&after, 1.0));
        let scaled = between(&[n / 2, n - n / 2], &scale(&before, by), &scale(&after, by));
        for (a, b) in plain.blocks.iter().zip(&scaled.blocks) {
            let near = |x: Option<f64>, y: Option<f64>| x.zip(y).map_or(x == y, |(x, y)| (x - y).abs() < 1e-9 * (1.0 + x));
            prop_assert!(near(a.relative_frobenius, b.relative_frobenius));
            prop_assert!(near(a.decorrelation, b.decorrelation) && near(a.emd, b.emd) && near(a.share, b.share));
            prop_assert_eq!((a.turnover, a.count), (b.turnover, b.count));
            prop_assert!((b.rms - f64::from(by) * a.rms).abs() <= 1e-9 * b.rms);
        }
    }

    #[test]
    fn neurons_may_be_numbered_otherwise(before in weights(), after in weights(), seed in 0_u32..1000) {
        // Rows and columns of a 7-column matrix in another order: every measure stays.
        let renumber = |entries: &[(u32, u32, f32)]| {
            entries.iter().map(|&(i, j, w)| ((i * 31 + seed) % 101, (j * 3 + seed) % 7, w)).collect::<Vec<_>>()
        };
        let (before, after) = (matrix(7, &before), matrix(7, &after));
        let (a, b) = (change(&before, &after), change(&renumber(&before), &renumber(&after)));
        prop_assert_eq!((a.count, a.turnover, a.emd.is_some()), (b.count, b.turnover, b.emd.is_some()));
        prop_assert_eq!(a.effective_rank, b.effective_rank);
        prop_assert!((a.frobenius - b.frobenius).abs() < 1e-9 && (a.emd.unwrap_or(0.0) - b.emd.unwrap_or(0.0)).abs() < 1e-9);
        prop_assert!((a.decorrelation.unwrap_or(0.0) - b.decorrelation.unwrap_or(0.0)).abs() < 1e-9);
    }

    #[test]
    fn the_rank_is_that_of_all_singular_values(values in prop::collection::vec(-1.0_f32..1.0, 12), transpose in any::<bool>()) {
        let entries: Vec<_> = matrix(4, &values).into_iter().map(|(i, j, w)| if transpose { (j, i, w) } else { (i, j, w) }).collect();
        let wide = nalgebra::DMatrix::from_fn(3, 4, |i, j| f64::from(values[4 * i + j]));
        let mut energy: Vec<f64> = wide.singular_values().iter().map(|s| s * s).collect();
        energy.sort_by(|a, b| b.total_cmp(a));
        let total: f64 = energy.iter().sum();
        let needed = (1..=3).find(|&k| energy[..k].iter().sum::<f64>() >= 0.9 * total).unwrap();
        prop_assert_eq!(change(&[], &entries).effective_rank, Some(needed));
    }

    #[test]
    fn shares_sum_to_one(before in weights(), after in weights(), cut in 0_usize..3) {
        let n = before.len().min(after.len());
        let change = between(&[cut, n - cut], &before[..n], &after[..n]);
        let shares: Vec<f64> = change.blocks.iter().filter_map(|b| b.share).collect();
        if before[..n] == after[..n] {
            prop_assert!(shares.is_empty());
        } else {
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_distance_of_distributions_is_a_metric_and_moves_with_shifts(
        a in prop::collection::vec(-5.0..5.0_f64, 1..20), b in prop::collection::vec(-5.0..5.0_f64, 1..20),
        c in prop::collection::vec(-5.0..5.0_f64, 1..20), shift in -20.0..20.0_f64,
    ) {
        let distance = |x: &[f64], y: &[f64]| wasserstein_1(x, y).unwrap();
        let moved = |x: &[f64]| x.iter().map(|x| x + shift).collect::<Vec<f64>>();
        prop_assert_eq!(distance(&a, &b), distance(&b, &a));
        prop_assert_eq!(distance(&a, &a), 0.0);
        prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c) + 1e-12);
        prop_assert!((distance(&moved(&a), &moved(&b)) - distance(&a, &b)).abs() < 1e-9);
        prop_assert!((distance(&a, &moved(&a)) - shift.abs()).abs() < 1e-9);
        // Equal sizes: the mean difference of sorted values.
        let n = a.len().min(b.len());
        let sorted = |x: &[f64]| { let mut x = x[..n].to_vec(); x.sort_by(f64::total_cmp); x };
        let expected = sorted(&a).iter().zip(sorted(&b)).map(|(x, y)| (x - y).abs()).sum::<f64>() / n as f64;
        prop_assert!((distance(&a[..n], &b[..n]) - expected).abs() < 1e-12);
    }
}
