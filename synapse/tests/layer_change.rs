//! The comparison of two snapshots against values computed by hand.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{BlockChange, LayerChange, ParamBlock, ParamLayout, SignRule, SynapseError};
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

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} for {b}");
}

#[test]
fn two_blocks_by_hand() {
    let before = [3.0, 4.0, 0.0, 1.0, 2.0, 3.0];
    let after = [3.0, 4.0, 5.0, 2.0, 4.0, 3.0];
    let change = LayerChange::between(&layout(&[3, 3]), &before, &after).unwrap();
    let [a, b]: &[BlockChange; 2] = change.blocks[..].try_into().unwrap();
    assert_eq!((a.name.as_str(), a.count, b.name.as_str(), b.count), ("block 0", 3, "block 1", 3));
    // (3, 4, 0) -> (3, 4, 5): the difference has norm 5, as has the first.
    close(a.mean.0, 7.0 / 3.0);
    close(a.mean.1, 4.0);
    close(a.rms, (25.0_f64 / 3.0).sqrt());
    close(a.relative_frobenius.unwrap(), 1.0);
    // Deviations (2, 5, -7)/3 and (-1, 0, 1): r = (-9/3) / sqrt(78/9 * 2).
    close(a.decorrelation.unwrap(), 1.0 + 3.0 / (2.0 * 78.0_f64 / 9.0).sqrt());
    // (1, 2, 3) -> (2, 4, 3): difference (1, 2, 0), norm sqrt 5 over sqrt 14; r = 1 / sqrt(2 * 2).
    close(b.rms, (5.0_f64 / 3.0).sqrt());
    close(b.relative_frobenius.unwrap(), (5.0_f64 / 14.0).sqrt());
    close(b.decorrelation.unwrap(), 0.5);
}

#[test]
fn no_change_is_zero_and_undefined_measures_are_none() {
    let same = LayerChange::between(&layout(&[3]), &[1.0, 2.5, -3.0], &[1.0, 2.5, -3.0]).unwrap();
    let b = &same.blocks[0];
    close(b.rms, 0.0);
    close(b.relative_frobenius.unwrap(), 0.0);
    close(b.decorrelation.unwrap(), 0.0);
    // From zero: no relative size; a constant snapshot: no correlation, even if its mean is rounded.
    let from_zero = LayerChange::between(&layout(&[3]), &[0.0; 3], &[1.0, 2.0, 3.0]).unwrap();
    assert_eq!((from_zero.blocks[0].relative_frobenius, from_zero.blocks[0].decorrelation), (None, None));
    let constant = LayerChange::between(&layout(&[7]), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], &[0.1; 7]).unwrap();
    assert_eq!(constant.blocks[0].decorrelation, None);
    assert!(constant.blocks[0].relative_frobenius.is_some());
}

#[test]
fn an_empty_block_gives_finite_numbers() {
    let change = LayerChange::between(&layout(&[0, 1]), &[2.0], &[3.0]).unwrap();
    let empty = &change.blocks[0];
    assert_eq!((empty.count, empty.mean, empty.rms, empty.relative_frobenius), (0, (0.0, 0.0), 0.0, None));
    let text = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<LayerChange>(&text).unwrap(), change);
}

#[test]
fn snapshots_of_another_length_are_errors() {
    let layout = layout(&[2, 2]);
    let error = LayerChange::between(&layout, &[0.0; 3], &[0.0; 4]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "first snapshot", found: 3, expected: 4 });
    let error = LayerChange::between(&layout, &[0.0; 4], &[0.0; 5]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "second snapshot", found: 5, expected: 4 });
}

proptest! {
    #[test]
    fn scaling_by_a_factor_changes_the_size_and_not_the_pattern(
        before in prop::collection::vec(-10.0_f32..10.0, 3..40), doublings in 1_i32..5, flip in any::<bool>(),
    ) {
        prop_assume!(before.iter().any(|w| (w - before[0]).abs() > 1e-2));
        let factor = 2.0_f32.powi(doublings) * if flip { -1.0 } else { 1.0 };
        let after: Vec<f32> = before.iter().map(|w| factor * w).collect();
        let change = LayerChange::between(&layout(&[before.len()]), &before, &after).unwrap();
        let b = &change.blocks[0];
        prop_assert!((b.relative_frobenius.unwrap() - f64::from((factor - 1.0).abs())).abs() < 1e-9);
        let expected = f64::from(u8::from(flip)) * 2.0;
        prop_assert!((b.decorrelation.unwrap() - expected).abs() < 1e-9);
        prop_assert!((b.mean.1 - f64::from(factor) * b.mean.0).abs() < 1e-9);
    }
}
