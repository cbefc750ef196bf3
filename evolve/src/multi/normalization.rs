//! Ideal and nadir point of a population, and distances from reference directions.
//!
//! The ideal point z holds the smallest value of every objective so far. The extreme point of axis k minimises
//! max_j (f_j - z_j) / w_j with w_k = 1 and w_j = 1e-6 otherwise; the plane through all of them cuts the axes at the
//! intercepts, which are taken as the nadir point. Where the plane does not exist, or cuts an axis at or below the ideal
//! point or beyond every value seen, the largest value on the first front takes its place.
//!
//! Source: Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535 (section IV-B).

use serde::{Deserialize, Serialize};

/// Ranges below this are no ranges.
const SMALLEST: f64 = 1e-6;

/// What is remembered from one generation to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Normalization {
    ideal: Vec<f64>,
    worst: Vec<f64>,
    /// One point for each axis.
    extremes: Vec<Vec<f64>>,
}

impl Normalization {
    /// Takes in the feasible points of a pool, `front` those of its first front, and returns ideal and nadir point.
    pub(super) fn update(&mut self, points: &[&[f64]], front: &[&[f64]]) -> (Vec<f64>, Vec<f64>) {
        let objectives = points.first().map_or(0, |point| point.len());
        if self.ideal.is_empty() {
            self.ideal = vec![f64::INFINITY; objectives];
            self.worst = vec![f64::NEG_INFINITY; objectives];
        }
        for point in points {
            self.ideal.iter_mut().zip(*point).for_each(|(low, x)| *low = low.min(*x));
            self.worst.iter_mut().zip(*point).for_each(|(high, x)| *high = high.max(*x));
        }
        let achievement = |point: &[f64], axis: usize| {
            let term = |k: usize| {
                // Tiny differences count nothing, so that they do not decide once weighted.
                let lead = point[k] - self.ideal[k];
                let lead = if lead < 1e-3 { 0.0 } else { lead };
                if k == axis { lead } else { lead * 1e6 }
            };
            (0..objectives).map(term).fold(0.0, f64::max)
        };
        let mut extremes = Vec::with_capacity(objectives);
        for axis in 0..objectives {
            let old = self.extremes.iter().map(Vec::as_slice);
            let best =
                old.chain(front.iter().copied()).min_by(|a, b| achievement(a, axis).total_cmp(&achievement(b, axis)));
            extremes.extend(best.map(<[f64]>::to_vec));
        }
        self.extremes = extremes;
        let largest = |set: &[&[f64]], k: usize| set.iter().map(|point| point[k]).fold(f64::NEG_INFINITY, f64::max);
        let plane = self.intercepts();
        let nadir = |k: usize| {
            let cut =
                plane.as_ref().map_or_else(|| largest(front, k), |cuts| (self.ideal[k] + cuts[k]).min(self.worst[k]));
            if cut - self.ideal[k] > SMALLEST { cut } else { largest(points, k) }
        };
        (self.ideal.clone(), (0..objectives).map(nadir).collect())
    }

    /// Where the plane through the extreme points cuts the axes, from the ideal point.
    fn intercepts(&self) -> Option<Vec<f64>> {
        let from_ideal = |point: &Vec<f64>| point.iter().zip(&self.ideal).map(|(x, z)| x - z).collect();
        let rows: Vec<Vec<f64>> = self.extremes.iter().map(from_ideal).collect();
        let inverse = solve(rows.clone(), vec![1.0; rows.len()])?;
        let on_plane = |row: &Vec<f64>| (crate::linalg::dot(row, &inverse) - 1.0).abs() < 1e-5;
        let cuts: Vec<f64> = inverse.iter().map(|x| 1.0 / x).collect();
        (rows.iter().all(on_plane) && cuts.iter().all(|cut| cut.is_finite() && *cut > SMALLEST)).then_some(cuts)
    }

    /// Whether the lists fit a problem with so many objectives (or are still empty).
    pub(super) fn fits(&self, objectives: usize) -> bool {
        let finite = |list: &Vec<f64>| list.len() == objectives && list.iter().all(|x| x.is_finite());
        self.ideal.is_empty() && self.worst.is_empty() && self.extremes.is_empty()
            || finite(&self.ideal)
                && finite(&self.worst)
                && self.extremes.len() == objectives
                && self.extremes.iter().all(finite)
    }
}

/// Solves a linear system by elimination with row pivots; nothing if it is singular.
fn solve(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, pivot);
        right.swap(column, pivot);
        if rows[column][column] == 0.0 {
            return None;
        }
        for row in column + 1..size {
            let factor = rows[row][column] / rows[column][column];
            for k in column..size {
                rows[row][k] -= factor * rows[column][k];
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|k| rows[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / rows[row][row];
    }
    Some(right)
}

/// Nearest direction of a point and the squared perpendicular distance from it. Directions have unit length.
pub(super) fn nearest(point: &[f64], directions: &[Vec<f64>]) -> (usize, f64) {
    let squared: f64 = point.iter().map(|x| x * x).sum();
    let mut best = (0, f64::INFINITY);
    for (index, direction) in directions.iter().enumerate() {
        let distance = squared - crate::linalg::dot(point, direction).powi(2);
        if distance < best.1 {
            best = (index, distance);
        }
    }
    best
}

/// A direction with unit length.
pub(super) fn unit(direction: &[f64]) -> Vec<f64> {
    let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    direction.iter().map(|x| x / norm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_gives_its_intercepts() {
        // Points on x/2 + y/4 + z/8 = 1 above the ideal point (1, 1, 1), among them the ends of all axes.
        let points: [&[f64]; 5] =
            [&[3.0, 1.0, 1.0], &[1.0, 5.0, 1.0], &[1.0, 1.0, 9.0], &[2.0, 3.0, 1.0], &[1.5, 2.0, 5.0]];
        let mut normalization = Normalization::default();
        let (ideal, nadir) = normalization.update(&points, &points);
        assert_eq!(ideal, [1.0; 3]);
        for (found, expected) in nadir.iter().zip([3.0, 5.0, 9.0]) {
            assert!((found - expected).abs() < 1e-12, "{nadir:?}");
        }
        // The extremes are remembered: without them on the front the plane stays.
        assert_eq!(normalization.update(&points[3..], &points[3..]).1, nadir);
        assert!(normalization.fits(3) && !normalization.fits(2) && Normalization::default().fits(7));
    }

    #[test]
    fn without_a_plane_the_front_bounds_the_values() {
        let points: [&[f64]; 3] = [&[0.0, 1.0], &[0.0, 1.0], &[4.0, 6.0]];
        let (ideal, nadir) = Normalization::default().update(&points, &points[..2]);
        // The front is one point: the whole population gives the range.
        assert_eq!((ideal, nadir), (vec![0.0, 1.0], vec![4.0, 6.0]));
        assert!(solve(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 1.0]).is_none());
        assert_eq!(solve(vec![vec![0.0, 2.0], vec![4.0, 0.0]], vec![1.0, 1.0]), Some(vec![0.25, 0.5]));
    }

    #[test]
    fn distances_are_perpendicular() {
        let directions = [unit(&[1.0, 0.0]), unit(&[1.0, 1.0])];
        let (index, distance) = nearest(&[3.0, 1.0], &directions);
        assert!(index == 0 && (distance - 1.0).abs() < 1e-12);
        let (index, distance) = nearest(&[3.0, 2.0], &directions);
        assert!(index == 1 && (distance - 0.5).abs() < 1e-12);
    }
}
