//! The cap: which units keep their activation.

use num_traits::Float;

use super::model::Ties;

/// Marks the `k` units with the largest keys. NaN ranks below every number.
///
/// `scratch` is working space; `keys` has at least `k` entries, and `k` is at least 1.
pub(super) fn select<F: Float>(keys: &[F], k: usize, ties: Ties, scratch: &mut Vec<F>, selected: &mut [bool]) {
    let number = |key: F| if key.is_nan() { F::neg_infinity() } else { key };
    scratch.clear();
    scratch.extend(keys.iter().map(|&key| number(key)));
    // Keys are numbers by now, so the comparison is a total order.
    let descending = |a: &F, b: &F| b.partial_cmp(a).unwrap_or(std::cmp::Ordering::Equal);
    let threshold = *scratch.select_nth_unstable_by(k - 1, descending).1;
    let (mut above, mut tied) = (0, 0);
    for (mark, &key) in selected.iter_mut().zip(keys) {
        let key = number(key);
        *mark = key > threshold;
        above += usize::from(*mark);
        tied += usize::from(key == threshold);
    }
    let mut places = match ties {
        Ties::Silent if above + tied > k => 0,
        Ties::LowestIndex | Ties::Silent => k - above,
    };
    for (mark, &key) in selected.iter_mut().zip(keys) {
        if places == 0 {
            break;
        }
        if number(key) == threshold {
            *mark = true;
            places -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(keys: &[f32], k: usize, ties: Ties) -> Vec<usize> {
        let mut selected = vec![true; keys.len()];
        select(keys, k, ties, &mut Vec::new(), &mut selected);
        (0..keys.len()).filter(|&unit| selected[unit]).collect()
    }

    #[test]
    fn the_largest_are_selected_and_ties_are_settled_as_set() {
        let keys = [0.5, 2.0, 1.0, 1.0, -3.0, 1.0];
        assert_eq!(marks(&keys, 1, Ties::LowestIndex), [1]);
        assert_eq!(marks(&keys, 3, Ties::LowestIndex), [1, 2, 3]);
        assert_eq!(marks(&keys, 3, Ties::Silent), [1]);
        for ties in [Ties::LowestIndex, Ties::Silent] {
            assert_eq!(marks(&keys, 4, ties), [1, 2, 3, 5]);
            assert_eq!(marks(&keys, 6, ties), [0, 1, 2, 3, 4, 5]);
        }
        assert_eq!(marks(&[f32::NAN, 1.0, f32::NAN, -1.0], 3, Ties::LowestIndex), [0, 1, 3]);
    }
}
