//! Reference directions: points spread evenly over the unit simplex.
//!
//! Das and Dennis' lattice with p partitions holds all points whose coordinates are multiples of 1/p and sum to 1:
//! C(M + p - 1, p) of them. With many objectives a lattice of fewer than M partitions has no point inside the simplex;
//! a second layer of p' partitions, shrunk half way to the centre, then fills the inside:
//!
//! w' = (w + 1/M) / 2.
//!
//! Sources: Das and Dennis 1998, doi:10.1137/S1052623496307510; two layers: Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535.

use crate::error::{EvolveError, Result};

/// All points of the lattice with so many partitions, in lexicographic order; none without objectives. 0 partitions give
/// the centre.
#[must_use]
pub fn das_dennis(objectives: usize, partitions: usize) -> Vec<Vec<f64>> {
    if objectives == 0 {
        return Vec::new();
    }
    if partitions == 0 {
        return vec![vec![1.0 / objectives as f64; objectives]];
    }
    let mut points = Vec::new();
    let mut counts = vec![0_usize; objectives];
    fill(&mut points, &mut counts, 0, partitions, partitions);
    points
}

fn fill(points: &mut Vec<Vec<f64>>, counts: &mut [usize], objective: usize, left: usize, partitions: usize) {
    if objective + 1 == counts.len() {
        counts[objective] = left;
        points.push(counts.iter().map(|&count| count as f64 / partitions as f64).collect());
        return;
    }
    for count in 0..=left {
        counts[objective] = count;
        fill(points, counts, objective + 1, left - count, partitions);
    }
}

/// At most `most` directions: the finest lattice that is not larger, with the finest second layer that fits in besides if
/// the lattice has no point inside the simplex. At least one direction is given.
#[must_use]
pub fn reference_directions(objectives: usize, most: usize) -> Vec<Vec<f64>> {
    let finest = |room: usize| {
        let mut partitions = 0;
        // With one objective all lattices have one point.
        while objectives > 1 && partitions < room && size(objectives, partitions + 1) <= room {
            partitions += 1;
        }
        partitions
    };
    let outer = finest(most);
    let mut directions = das_dennis(objectives, outer);
    if outer > 0 && outer < objectives && directions.len() < most {
        let centre = 1.0 / objectives as f64;
        let inner = das_dennis(objectives, finest(most - directions.len()));
        directions.extend(inner.iter().map(|w| w.iter().map(|x| 0.5 * (x + centre)).collect::<Vec<f64>>()));
    }
    directions
}

/// The directions of a search: those given, or as many as the population allows.
///
/// # Errors
/// If a direction given has the wrong length, a negative or infinite entry, or none above 0; or there are more directions
/// than individuals.
pub(super) fn choose(
    search: &'static str,
    given: &[Vec<f64>],
    objectives: usize,
    population: usize,
) -> Result<Vec<Vec<f64>>> {
    for direction in given {
        if direction.len() != objectives {
            let (found, expected) = (direction.len(), objectives);
            return Err(EvolveError::Length { what: "reference direction", found, expected });
        }
        let usable = direction.iter().all(|x| x.is_finite() && *x >= 0.0) && direction.iter().any(|x| *x > 0.0);
        let expected = "finite numbers of 0 and more, not all 0";
        EvolveError::require(usable, search, "directions", format!("{direction:?}"), expected)?;
    }
    let directions = if given.is_empty() { reference_directions(objectives, population) } else { given.to_vec() };
    let expected = format!("at least {} (the number of directions)", directions.len());
    EvolveError::require(population >= directions.len(), search, "population", population, &expected)?;
    Ok(directions)
}

/// Points of a lattice, C(M + p - 1, p), or the largest number if there are more.
fn size(objectives: usize, partitions: usize) -> usize {
    let mut points = 1_u128;
    for k in 1..=partitions as u128 {
        points = points * (objectives as u128 - 1 + k) / k;
        if points > u128::from(u32::MAX) {
            return usize::MAX;
        }
    }
    points as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of points in table I and section IV-C of Deb and Jain 2014.
    #[test]
    fn lattices_have_the_published_sizes() {
        for (objectives, partitions, points) in [(3, 4, 15), (3, 12, 91), (5, 6, 210), (8, 3, 120), (10, 2, 55)] {
            let lattice = das_dennis(objectives, partitions);
            assert_eq!((lattice.len(), size(objectives, partitions)), (points, points));
            assert!(lattice.iter().all(|w| (w.iter().sum::<f64>() - 1.0).abs() < 1e-12));
            assert!(lattice.is_sorted_by(|a, b| a < b), "in order, none twice");
        }
        assert_eq!(das_dennis(2, 2), [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]);
        assert_eq!(das_dennis(4, 0), [[0.25; 4]]);
        assert!(das_dennis(0, 3).is_empty());
    }

    #[test]
    fn as_many_directions_as_fit() {
        let count = |objectives, most| reference_directions(objectives, most).len();
        assert_eq!((count(2, 100), count(3, 100), count(3, 91), count(3, 90)), (100, 91, 91, 78));
        // Eight objectives: 120 on the boundary and 36 inside, as in the paper.
        assert_eq!(count(8, 156), 156);
        assert_eq!((count(1, 20), count(6, 3), count(3, 0)), (1, 1, 1));
        let two_layers = reference_directions(8, 156);
        assert!((two_layers[120][7] - 0.5 * (1.0 + 0.125)).abs() < 1e-15);
        assert!(two_layers.iter().all(|w| (w.iter().sum::<f64>() - 1.0).abs() < 1e-12));
    }
}
