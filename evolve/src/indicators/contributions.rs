//! Exclusive contributions to the hypervolume, and the choice of a subset by them.
//!
//! C(p) = HV(S) - HV(S \ {p}) = vol \[p, r\] - HV({ max(q, p) : q in S, q != p }): only the part of S inside the box of p
//! counts, and most limited points are dominated there, so this is far cheaper than two hypervolumes of S.
//!
//! Taking a point away can only make other contributions larger. So the contributions before are lower bounds, and the
//! next point to go is found by bringing the smallest bound up to date until it stays the smallest: the same choice as with
//! all contributions computed again, for a few of them.
//!
//! Sources: Bradstreet, While and Barone 2008, doi:10.1109/TEVC.2008.919001 (contributions by limited sets); Beume, Naujoks
//! and Emmerich 2007, doi:10.1016/j.ejor.2006.08.008 (removal of the least contributor).

use super::volume::{MOST_OBJECTIVES, Workspace, covers, extents, with_width};
use crate::perturbation::each;

/// Volume that every point adds to the hypervolume of all; 0 for points that are dominated, doubled or not inside the
/// reference point. Shapes as in [`hypervolume`](super::hypervolume); NaN with more than 64 objectives.
#[must_use]
pub fn hypervolume_contributions(points: &[f64], reference: &[f64]) -> Vec<f64> {
    match reference.len() {
        0 => Vec::new(),
        1..=MOST_OBJECTIVES => with_width!(reference.len(), all(points, reference)),
        objectives => vec![f64::NAN; points.len() / objectives],
    }
}

fn all<const W: usize>(points: &[f64], reference: &[f64]) -> Vec<f64> {
    let objectives = reference.len();
    let (places, rows) = extents::<W>(points, reference);
    let cost = rows.len().saturating_mul(1 << objectives.min(16));
    let found = each(rows.len(), cost, |index| contribution(&rows, index, objectives, &mut Workspace::new()));
    let mut contributions = vec![0.0; points.len() / objectives];
    places.into_iter().zip(found).for_each(|(place, value)| contributions[place] = value);
    contributions
}

fn contribution<const W: usize>(
    rows: &[[f64; W]],
    index: usize,
    objectives: usize,
    workspace: &mut Workspace<W>,
) -> f64 {
    let row = &rows[index];
    let mut limited = Vec::with_capacity(rows.len());
    for (_, other) in rows.iter().enumerate().filter(|&(other, _)| other != index) {
        if covers(other, row) {
            return 0.0;
        }
        let mut smaller = *other;
        smaller.iter_mut().zip(row).for_each(|(a, b)| *a = a.min(*b));
        limited.push(smaller);
    }
    let whole: f64 = row[..objectives].iter().product();
    (whole - workspace.union(&mut limited, objectives)).max(0.0)
}

/// Places of `keep` points, ascending: the point that contributes least is removed until so many are left. Points outside
/// the reference point go first, and `ties` (smaller stays) decide between equal contributions.
pub(crate) fn keep_by_contribution(points: &[f64], reference: &[f64], ties: &[u64], keep: usize) -> Vec<usize> {
    with_width!(reference.len(), reduce(points, reference, ties, keep))
}

fn reduce<const W: usize>(points: &[f64], reference: &[f64], ties: &[u64], keep: usize) -> Vec<usize> {
    let objectives = reference.len();
    let (mut places, mut rows) = extents::<W>(points, reference);
    let count = points.len() / objectives;
    if places.len() <= keep {
        let mut outside: Vec<usize> = (0..count).filter(|place| places.binary_search(place).is_err()).collect();
        outside.sort_unstable_by_key(|&place| ties[place]);
        places.extend(outside.into_iter().take(keep.saturating_sub(places.len())));
        places.sort_unstable();
        return places;
    }
    let mut workspace = Workspace::new();
    let mut bounds: Vec<f64> =
        (0..rows.len()).map(|index| contribution(&rows, index, objectives, &mut workspace)).collect();
    let mut current = vec![true; rows.len()];
    while rows.len() > keep {
        let worse =
            |&a: &usize, &b: &usize| bounds[a].total_cmp(&bounds[b]).then(ties[places[b]].cmp(&ties[places[a]]));
        let Some(least) = (0..rows.len()).min_by(worse) else { break };
        if current[least] {
            rows.remove(least);
            places.remove(least);
            bounds.remove(least);
            current.remove(least);
            current.fill(false);
        } else {
            bounds[least] = contribution(&rows, least, objectives, &mut workspace);
            current[least] = true;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::hypervolume;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contributions_of_a_staircase() {
        // Steps of width 1 below the reference point (4, 4); a dominated, a doubled and an outside point.
        let points = [0.0, 3.0, 1.0, 2.0, 2.0, 1.0, 3.0, 3.5, 0.0, 3.0, 5.0, 0.0];
        assert_eq!(hypervolume_contributions(&points, &[4.0, 4.0]), [0.0, 1.0, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(hypervolume_contributions(&points[..6], &[4.0, 4.0]), [1.0, 1.0, 2.0]);
        assert!(hypervolume_contributions(&[], &[1.0; 3]).is_empty());
    }

    #[test]
    fn the_outside_goes_first_and_ties_decide() {
        let points = [0.0, 3.0, 1.0, 2.0, 2.0, 1.0, 3.0, 0.0, 9.0, 0.0];
        assert_eq!(keep_by_contribution(&points, &[4.0, 4.0], &[0, 5, 1, 2, 3], 3), [0, 2, 3]);
        assert_eq!(keep_by_contribution(&points, &[2.0, 4.0], &[0, 5, 1, 2, 9], 4), [0, 1, 2, 3]);
        assert_eq!(keep_by_contribution(&points, &[4.0, 4.0], &[0; 5], 0), [0; 0]);
    }

    /// Some values are equal with `doubles`.
    fn points(doubles: bool) -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1usize..7).prop_flat_map(move |objectives| {
            let value = prop_oneof![0.0..1.2_f64, if doubles { 0.5..=0.5 } else { 0.3..=0.7 }];
            (Just(objectives), prop::collection::vec(value, 0..12 * objectives))
                .prop_map(move |(m, values)| (m, values[..values.len() / m * m].to_vec()))
        })
    }

    proptest! {
        #[test]
        fn they_are_differences_of_hypervolumes((objectives, points) in points(true)) {
            let reference = vec![1.0; objectives];
            let whole = hypervolume(&points, &reference);
            let contributions = hypervolume_contributions(&points, &reference);
            for (place, found) in contributions.into_iter().enumerate() {
                let mut others = points.clone();
                others.drain(place * objectives..(place + 1) * objectives);
                prop_assert!((found - (whole - hypervolume(&others, &reference))).abs() < 1e-12);
            }
        }

        /// The lazy choice is the plain one.
        #[test]
        fn removal_takes_the_least_contributor((objectives, points) in points(false), keep in 0usize..12) {
            let reference = vec![1.3; objectives];
            let count = points.len() / objectives;
            let ties: Vec<u64> = (0..count as u64).collect();
            let mut left: Vec<usize> = (0..count).collect();
            while left.len() > keep {
                let values: Vec<f64> = left.iter()
                    .flat_map(|&place| points[place * objectives..][..objectives].to_vec()).collect();
                let contributions = hypervolume_contributions(&values, &reference);
                let least = (0..left.len()).min_by(|&a, &b| {
                    contributions[a].total_cmp(&contributions[b]).then(b.cmp(&a))
                });
                left.remove(least.unwrap_or(0));
            }
            prop_assert_eq!(keep_by_contribution(&points, &reference, &ties, keep), left);
        }
    }
}
