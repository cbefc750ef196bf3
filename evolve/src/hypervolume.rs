//! Exact hypervolume: the volume dominated by a set of points and bounded by a reference point.
//!
//! HV(S) = volume of the union of the boxes \[p, r\], p in S; with S sorted,
//! HV = sum_i ( vol \[p_i, r\] - HV({ max(p_j, p_i) : j > i }) ), the recursion of the WFG algorithm. The
//! sets on the right shrink quickly once dominated points are dropped. Two objectives are a sweep.
//!
//! | symbol | meaning |
//! |---|---|
//! | S | points, objectives minimised; points that do not lie below r in every objective count nothing |
//! | r | reference point |
//!
//! Source: While, Bradstreet and Barone 2012, doi:10.1109/TEVC.2010.2077298.

/// Volume dominated by `points` (one after the other) and bounded by `reference`, whose length is the
/// number of objectives. An entry that is not finite removes its point.
#[must_use]
pub fn hypervolume(points: &[f64], reference: &[f64]) -> f64 {
    let objectives = reference.len();
    if objectives == 0 {
        return 0.0;
    }
    // Distances from the reference point: volumes become plain products, dominance turns around.
    let mut extents: Vec<f64> = Vec::with_capacity(points.len());
    for point in points.chunks_exact(objectives) {
        if point.iter().zip(reference).all(|(x, r)| x.is_finite() && x < r) {
            extents.extend(point.iter().zip(reference).map(|(x, r)| r - x));
        }
    }
    volume(non_dominated(&extents, objectives), objectives)
}

/// Points (as extents, larger is better) that no other one covers, one of each kind.
fn non_dominated(extents: &[f64], objectives: usize) -> Vec<f64> {
    let points: Vec<&[f64]> = extents.chunks_exact(objectives).collect();
    let covers = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(x, y)| x >= y);
    let mut kept: Vec<&[f64]> = Vec::with_capacity(points.len());
    for point in points {
        if kept.iter().any(|other| covers(other, point)) {
            continue;
        }
        kept.retain(|other| !covers(point, other));
        kept.push(point);
    }
    kept.concat()
}

/// Volume of the union of boxes \[0, extent\] for extents of which none covers another.
fn volume(extents: Vec<f64>, objectives: usize) -> f64 {
    let mut points: Vec<&[f64]> = extents.chunks_exact(objectives).collect();
    // Ascending in the last objective: later points are limited by earlier ones to a thin slab.
    points.sort_by(|a, b| a[objectives - 1].total_cmp(&b[objectives - 1]));
    if objectives == 1 {
        return points.last().map_or(0.0, |point| point[0]);
    }
    if objectives == 2 {
        // Ascending in the second extent means descending in the first.
        let mut floor = 0.0;
        let mut area = 0.0;
        for point in points {
            area += point[0] * (point[1] - floor);
            floor = point[1];
        }
        return area;
    }
    let mut total = 0.0;
    let mut limited = Vec::with_capacity(extents.len());
    for (index, point) in points.iter().enumerate() {
        // Every later point reaches at least as far in the last objective, so the limited set has
        // the constant extent point[last] there and is one dimension smaller.
        limited.clear();
        for later in &points[index + 1..] {
            let pairs = point.iter().zip(*later).take(objectives - 1);
            limited.extend(pairs.map(|(x, y)| x.min(*y)));
        }
        let base: f64 = point[..objectives - 1].iter().product();
        let covered = match limited.len() / (objectives - 1) {
            0 => 0.0,
            1 => limited.iter().product(),
            _ => volume(non_dominated(&limited, objectives - 1), objectives - 1),
        };
        total += point[objectives - 1] * (base - covered);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::PI;

    #[test]
    fn boxes() {
        assert_eq!(hypervolume(&[], &[1.0, 1.0, 1.0]), 0.0);
        assert_eq!(hypervolume(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), 6.0);
        assert_eq!(hypervolume(&[0.25], &[1.0]), 0.75);
        // Two boxes that overlap in a third, a dominated one, an outside one and a NaN.
        let points = [0.0, 1.0, 1.0, 0.0, 1.5, 1.5, 3.0, -5.0, f64::NAN, 0.0];
        assert_eq!(hypervolume(&points, &[2.0, 2.0]), 3.0);
        assert_eq!(hypervolume(&[0.0; 8], &[1.1; 8]), 1.1_f64.powi(8));
    }

    #[test]
    fn fine_fronts_approach_their_closed_forms() {
        // ZDT1: 1.1^2 - (area under 1 - sqrt x on [0, 1] = 1/3). A staircase of n steps misses O(1/n).
        let n = 100_000;
        let zdt1: Vec<f64> = (0..=n).map(|i| f64::from(i) / f64::from(n)).flat_map(|x| [x, 1.0 - x.sqrt()]).collect();
        assert!((hypervolume(&zdt1, &[1.1, 1.1]) - (1.21 - 1.0 / 3.0)).abs() < 1e-4);
        // DTLZ2 with three objectives: 1.1^3 minus the octant of the unit ball, pi/6.
        let n = 50;
        let angle = |i: i32| f64::from(i) / f64::from(n) * PI / 2.0;
        let sphere: Vec<f64> = (0..=n)
            .flat_map(|i| (0..=n).map(move |j| (angle(i), angle(j))))
            .flat_map(|(a, b)| [a.cos() * b.cos(), a.cos() * b.sin(), a.sin()])
            .collect();
        let exact = 1.331 - PI / 6.0;
        let found = hypervolume(&sphere, &[1.1; 3]);
        assert!(found < exact && found > exact - 0.03, "{found} {exact}");
    }

    /// Inclusion and exclusion over all subsets.
    fn by_inclusion_exclusion(points: &[f64], reference: &[f64]) -> f64 {
        let m = reference.len();
        let n = points.len() / m;
        (1_u32..1 << n)
            .map(|subset| {
                let members = || (0..n).filter(|i| subset >> i & 1 == 1);
                let extent = |k: usize| members().fold(f64::INFINITY, |e, i| e.min(reference[k] - points[i * m + k]));
                let volume: f64 = (0..m).map(|k| extent(k).max(0.0)).product();
                if subset.count_ones() % 2 == 1 { volume } else { -volume }
            })
            .sum()
    }

    proptest! {
        #[test]
        fn equals_inclusion_exclusion(
            objectives in 1usize..8,
            values in prop::collection::vec(prop_oneof![0.0..1.2_f64, Just(0.5)], 0..63),
        ) {
            let count = (values.len() / objectives).min(9);
            let points = &values[..count * objectives];
            let reference = vec![1.0; objectives];
            let expected = by_inclusion_exclusion(points, &reference);
            prop_assert!((hypervolume(points, &reference) - expected).abs() < 1e-9);
        }

        #[test]
        fn order_does_not_matter_and_points_only_add(
            values in prop::collection::vec(0.0..1.0_f64, 4..80),
        ) {
            let points = &values[..values.len() / 4 * 4];
            let reference = [1.0; 4];
            let forward = hypervolume(points, &reference);
            let backward: Vec<f64> = points.chunks(4).rev().flatten().copied().collect();
            prop_assert!((forward - hypervolume(&backward, &reference)).abs() < 1e-12);
            prop_assert!(hypervolume(&points[4..], &reference) <= forward + 1e-12);
        }
    }
}
