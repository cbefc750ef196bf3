//! Normal perturbations that are made again from their address instead of being stored.
//!
//! The vector of unit k of a generation is drawn in chunks of 512 genes, each at an address of its own
//! (run / generation / k / chunk). A weighted sum over all units runs over the chunks in parallel and over the units in
//! order: it needs the memory of one vector, and its bits do not depend on the number of threads.

use rayon::prelude::*;

use crate::address::{Address, stream};
use crate::gaussian::fill_normals;

/// Genes that share one generator.
const CHUNK: usize = 512;
/// Numbers below which handing work to other threads costs more than it saves.
pub(crate) const PARALLEL: usize = 1 << 14;

/// One result for each of `count` units, in order; in parallel if the units' `cost` (numbers touched) is worth it.
pub(crate) fn each<T: Send>(count: usize, cost: usize, unit: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if count.saturating_mul(cost) < PARALLEL {
        (0..count).map(unit).collect()
    } else {
        (0..count).into_par_iter().map(unit).collect()
    }
}

/// What `unit` makes of every point, in order; in parallel if the points are many numbers.
pub(crate) fn convert<T: Send>(points: Vec<Vec<f64>>, unit: impl Fn(usize, Vec<f64>) -> T + Sync + Send) -> Vec<T> {
    let numbers = points.len().saturating_mul(points.first().map_or(0, Vec::len));
    if numbers < PARALLEL {
        points.into_iter().enumerate().map(|(row, point)| unit(row, point)).collect()
    } else {
        points.into_par_iter().enumerate().map(|(row, point)| unit(row, point)).collect()
    }
}

fn fill(at: Address, chunk: usize, values: &mut [f64]) {
    fill_normals(&mut at.with_episode(chunk as u64).rng(stream::PERTURBATION), values);
}

/// The perturbation at an address: independent standard normal numbers.
#[must_use]
pub fn normals(at: Address, genes: usize) -> Vec<f64> {
    let mut values = vec![0.0; genes];
    values.chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| fill(at, chunk, part));
    values
}

/// For every gene the sums over the perturbations z_k of `sums` numbers that `add(k, gene, z, sums)` accumulates.
/// Addresses that are `None` are left out.
pub fn accumulate<const SUMS: usize>(
    addresses: &[Option<Address>],
    genes: usize,
    add: impl Fn(usize, usize, f64, &mut [f64; SUMS]) + Sync,
) -> Vec<[f64; SUMS]> {
    let mut total = vec![[0.0; SUMS]; genes];
    let sum = |(chunk, part): (usize, &mut [[f64; SUMS]])| {
        let mut z = vec![0.0; part.len()];
        for (k, at) in addresses.iter().enumerate() {
            let Some(at) = at else { continue };
            fill(*at, chunk, &mut z);
            for (place, (sums, &z)) in part.iter_mut().zip(&z).enumerate() {
                add(k, chunk * CHUNK + place, z, sums);
            }
        }
    };
    if genes.saturating_mul(addresses.len()) < PARALLEL {
        total.chunks_mut(CHUNK).enumerate().for_each(sum);
    } else {
        total.par_chunks_mut(CHUNK).enumerate().for_each(sum);
    }
    total
}

/// sum_k weights_k z_k, with z_k the perturbation at `at(k)`; units without weight are not drawn.
#[must_use]
pub fn weighted_sum(at: impl Fn(u64) -> Address, weights: &[f64], genes: usize) -> Vec<f64> {
    let address = |(k, &weight): (usize, &f64)| (weight != 0.0).then(|| at(k as u64));
    let addresses: Vec<_> = weights.iter().enumerate().map(address).collect();
    let sums = accumulate::<1>(&addresses, genes, |k, _, z, sum| sum[0] += weights[k] * z);
    sums.into_iter().map(|[sum]| sum).collect()
}

/// Points mean + scale z_k, and with `mirrored` also mean - scale z_k right after it; `scale` gives a gene's spread.
#[must_use]
pub fn points(
    at: impl Fn(u64) -> Address + Sync,
    units: usize,
    mirrored: bool,
    mean: &[f64],
    scale: impl Fn(usize) -> f64 + Sync,
) -> Vec<Vec<f64>> {
    let pair = |unit: usize| {
        let mut z = normals(at(unit as u64), mean.len());
        let side = |sign: f64, z: &[f64]| -> Vec<f64> {
            let place = |(gene, (z, mean)): (usize, (&f64, &f64))| mean + sign * scale(gene) * z;
            z.iter().zip(mean).enumerate().map(place).collect()
        };
        let other = mirrored.then(|| side(-1.0, &z));
        for (gene, (z, mean)) in z.iter_mut().zip(mean).enumerate() {
            *z = mean + scale(gene) * *z;
        }
        [Some(z), other]
    };
    each(units, 2 * mean.len(), pair).into_iter().flatten().flatten().collect()
}

/// Point number `index` of [`points`] alone.
#[must_use]
pub fn point(
    at: impl Fn(u64) -> Address + Sync,
    index: usize,
    mirrored: bool,
    mean: &[f64],
    scale: impl Fn(usize) -> f64 + Sync,
) -> Vec<f64> {
    let unit = if mirrored { index / 2 } else { index } as u64;
    points(|_| at(unit), 1, mirrored, mean, scale).swap_remove(if mirrored { index % 2 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(candidate: u64) -> Address {
        Address { run: 5, generation: 3, candidate, episode: 0 }
    }

    #[test]
    fn sums_equal_those_of_the_vectors_and_chunks_are_independent() {
        let genes = 2 * CHUNK + 7;
        let weights = [0.5, 0.0, -2.0];
        let sum = weighted_sum(at, &weights, genes);
        let z = [0, 1, 2].map(|k| normals(at(k), genes));
        for gene in 0..genes {
            assert_eq!(sum[gene], 0.5 * z[0][gene] + -2.0 * z[2][gene]);
        }
        assert_ne!(z[0][..CHUNK], z[0][CHUNK..2 * CHUNK]);
        // A longer vector begins with the shorter one.
        assert_eq!(normals(at(0), CHUNK + 1), z[0][..=CHUNK]);
    }

    #[test]
    fn moments_are_those_of_a_standard_normal() {
        let z = normals(at(0), 40_000);
        let moment = |power: i32| z.iter().map(|z| z.powi(power)).sum::<f64>() / z.len() as f64;
        // Standard errors: 0.005, 0.007, 0.019 (third moment: sqrt(15/n)), 0.049 (fourth: sqrt(96/n)).
        assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.03);
        assert!(moment(3).abs() < 0.08 && (moment(4) - 3.0).abs() < 0.2);
    }

    #[test]
    fn mirrored_points_have_the_mean_in_the_middle() {
        let mean = [1.0, -2.0];
        let points = points(at, 3, true, &mean, |gene| [0.5, 2.0][gene]);
        assert_eq!(points.len(), 6);
        for pair in points.chunks(2) {
            for gene in 0..2 {
                assert!((pair[0][gene] + pair[1][gene] - 2.0 * mean[gene]).abs() < 1e-15);
            }
        }
        for (index, expected) in points.iter().enumerate() {
            assert_eq!(point(at, index, true, &mean, |gene| [0.5, 2.0][gene]), *expected);
        }
        let z = normals(at(1), 2);
        assert_eq!(points[2], [1.0 + 0.5 * z[0], -2.0 + 2.0 * z[1]]);
    }
}
