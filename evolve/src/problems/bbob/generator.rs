//! The pseudo-random numbers of the suite, from which all instances are made.
//!
//! Uniform numbers come from a multiplicative congruential generator, s <- 16807 s mod (2^31 - 1), shuffled through a table of
//! 32 entries (Bays and Durham 1976, doi:10.1145/355666.355670). The first 40 outputs are dropped, the last 32 of them fill the
//! table from its end. N numbers that are normally distributed are sqrt(-2 ln u_i) cos(2 pi u_(N+i)) of 2 N uniform ones.
//!
//! Source: Hansen, Finck, Ros and Auger 2009, INRIA research report 6829, inria-00362633, and the published reference
//! implementation of the suite (COCO, doi:10.1080/10556788.2020.1808977), which fixes the seeds.

use std::f64::consts::TAU;

use crate::linalg::dot;

const MODULUS: i64 = 2_147_483_647;
const MULTIPLIER: i64 = 16_807;
const TABLE: usize = 32;

/// Stands for a number that is exactly 0.
const TINY: f64 = 1e-99;

fn not_zero(value: f64) -> f64 {
    if value == 0.0 { TINY } else { value }
}

/// `count` uniform numbers in (0, 1).
pub(super) fn uniforms(count: usize, seed: i64) -> Vec<f64> {
    let mut state = seed.abs().max(1);
    let mut next = || {
        state = MULTIPLIER * state % MODULUS;
        state
    };
    let mut table = [0; TABLE];
    for place in (0..40).rev() {
        let value = next();
        if place < TABLE {
            table[place] = value;
        }
    }
    let mut current = table[0];
    let draw = |_| {
        // 67108865 = floor(2^31/32) + 1: the entry is chosen by the number that left the table before.
        let entry = (current / 67_108_865) as usize;
        current = table[entry];
        table[entry] = next();
        not_zero(current as f64 / MODULUS as f64)
    };
    (0..count).map(draw).collect()
}

/// `count` numbers of the standard normal distribution.
pub(super) fn normals(count: usize, seed: i64) -> Vec<f64> {
    let uniforms = uniforms(2 * count, seed);
    let (radius, angle) = uniforms.split_at(count);
    radius.iter().zip(angle).map(|(u, v)| not_zero((-2.0 * u.ln()).sqrt() * (TAU * v).cos())).collect()
}

/// A rotation, row after row: its columns are normal vectors made orthonormal by Gram and Schmidt.
pub(super) fn rotation(size: usize, seed: i64) -> Vec<f64> {
    let mut columns: Vec<Vec<f64>> = normals(size * size, seed).chunks_exact(size).map(<[f64]>::to_vec).collect();
    for index in 0..size {
        let (before, rest) = columns.split_at_mut(index);
        let column = &mut rest[0];
        for earlier in before.iter() {
            let along = dot(column, earlier);
            column.iter_mut().zip(earlier).for_each(|(x, e)| *x -= along * e);
        }
        let norm = dot(column, column).sqrt();
        column.iter_mut().for_each(|x| *x /= norm);
    }
    (0..size).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
}

/// A point of the grid of step 8e-4 in [-4, 4), without zeros.
pub(super) fn optimum(size: usize, seed: i64) -> Vec<f64> {
    let place = |u: f64| {
        let x = 8.0 * (1e4 * u).floor() / 1e4 - 4.0;
        if x == 0.0 { -1e-5 } else { x }
    };
    uniforms(size, seed).into_iter().map(place).collect()
}

/// The value at the optimum: 100 times a ratio of two normal numbers, in hundredths and within +-1000.
pub(super) fn optimal_value(seed: i64) -> f64 {
    let ratio = normals(1, seed)[0] / normals(1, seed + 1)[0];
    ((1e4 * ratio + 0.5).floor() / 100.0).clamp(-1000.0, 1000.0)
}

/// The order of `count` uniform numbers: indices from the smallest to the largest.
pub(super) fn permutation(count: usize, seed: i64) -> Vec<usize> {
    let values = uniforms(count, seed);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_congruential_generator_is_the_published_one() {
        // Park and Miller 1988, doi:10.1145/63039.63042: from seed 1, the 10,000th value is 1043618065.
        let state = (0..10_000).fold(1_i64, |state, _| MULTIPLIER * state % MODULUS);
        assert_eq!(state, 1_043_618_065);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let uniforms = uniforms(20_000, 3);
        assert!(uniforms.iter().all(|u| (0.0..1.0).contains(u)));
        assert!((mean(&uniforms) - 0.5).abs() < 0.01);
        let normals = normals(20_000, 3);
        let squares: Vec<f64> = normals.iter().map(|z| z * z).collect();
        assert!(mean(&normals).abs() < 0.03 && (mean(&squares) - 1.0).abs() < 0.05);
    }

    #[test]
    fn rotations_are_orthonormal() {
        for size in [2, 5, 20] {
            let rotation = rotation(size, 1_010_006);
            for (i, a) in rotation.chunks_exact(size).enumerate() {
                for (j, b) in rotation.chunks_exact(size).enumerate() {
                    assert!((dot(a, b) - f64::from(u8::from(i == j))).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn seeds_below_one_are_made_positive() {
        assert_eq!(uniforms(5, 0), uniforms(5, 1));
        assert_eq!(uniforms(5, -7), uniforms(5, 7));
    }
}
