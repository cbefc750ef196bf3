//! Hypervolume by sampling, for more objectives than an exact computation can bear.
//!
//! Of n uniform draws from the box between the ideal point of the set and the reference point, h are dominated:
//! HV ~ V h / n, with standard error V sqrt(p (1 - p) / n). The error is taken at p = (h + 1) / (n + 2), so that it does not
//! vanish when all or none of the draws are dominated.
//!
//! | symbol | meaning |
//! |---|---|
//! | V | volume of the box |
//! | n | draws, in chunks of 4096 at addresses of their own: threads do not change the result |
//!
//! Sources: Bader and Zitzler 2011, doi:10.1162/EVCO_a_00009 (sampling); Laplace's rule of succession for p.

use rand::RngExt;

use crate::address::{Address, stream};
use crate::perturbation::each;

/// Draws that share one generator.
const CHUNK: usize = 4096;

/// A number found by sampling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Estimates [`hypervolume`](super::hypervolume) from so many draws at an address (whose episode is not used). Points outside
/// the reference point count nothing; without any other the result is 0 without error, and without draws it is NaN.
#[must_use]
pub fn hypervolume_monte_carlo(points: &[f64], reference: &[f64], samples: usize, at: &Address) -> Estimate {
    let objectives = reference.len().max(1);
    let inside = |point: &&[f64]| point.iter().zip(reference).all(|(x, r)| x.is_finite() && x < r);
    let mut points: Vec<&[f64]> = points.chunks_exact(objectives).filter(inside).collect();
    let mut ideal = reference.to_vec();
    for point in &points {
        ideal.iter_mut().zip(*point).for_each(|(low, x)| *low = low.min(*x));
    }
    if points.is_empty() {
        return Estimate { value: 0.0, standard_error: 0.0 };
    }
    // Points with large boxes first: a draw is more likely to be decided early.
    let volume = |point: &[f64]| point.iter().zip(reference).map(|(x, r)| r - x).product::<f64>();
    points.sort_by(|a, b| volume(b).total_cmp(&volume(a)));
    let hits = each(samples.div_ceil(CHUNK), CHUNK * points.len(), |chunk| {
        let mut rng = at.with_episode(chunk as u64).rng(stream::SAMPLES);
        let mut draw = vec![0.0; objectives];
        let draws = CHUNK.min(samples - chunk * CHUNK);
        (0..draws)
            .filter(|_| {
                let sides = draw.iter_mut().zip(ideal.iter().zip(reference));
                sides.for_each(|(x, (low, high))| *x = low + (high - low) * rng.random::<f64>());
                points.iter().any(|point| point.iter().zip(&draw).all(|(p, x)| p <= x))
            })
            .count()
    });
    let (hits, n) = (hits.into_iter().sum::<usize>() as f64, samples as f64);
    let p = (hits + 1.0) / (n + 2.0);
    let whole = volume(&ideal);
    Estimate { value: whole * hits / n, standard_error: whole * (p * (1.0 - p) / n).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::super::hypervolume;
    use super::*;

    const HERE: Address = Address { run: 3, generation: 0, candidate: 0, episode: 0 };

    fn points(objectives: usize) -> Vec<f64> {
        let mut rng = HERE.rng(0);
        (0..20 * objectives).map(|_| rng.random::<f64>()).collect()
    }

    /// Standardised errors have mean 0 and variance 1.
    #[test]
    fn the_stated_error_is_the_error() {
        for objectives in [2, 5] {
            let (points, reference) = (points(objectives), vec![1.1; objectives]);
            let exact = hypervolume(&points, &reference);
            let error = |candidate| {
                let found = hypervolume_monte_carlo(&points, &reference, 2000, &Address { candidate, ..HERE });
                (found.value - exact) / found.standard_error
            };
            let errors: Vec<f64> = (0..400).map(error).collect();
            let mean = errors.iter().sum::<f64>() / 400.0;
            let variance = errors.iter().map(|e| e * e).sum::<f64>() / 400.0;
            // Standard errors: 1/20 and sqrt(2)/20.
            assert!(mean.abs() < 0.2 && (variance - 1.0).abs() < 0.28, "{mean} {variance}");
        }
    }

    #[test]
    fn threads_do_not_matter_and_ends_are_sane() {
        let (points, reference) = (points(4), vec![1.1; 4]);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map(|pool| pool.install(|| hypervolume_monte_carlo(&points, &reference, 10_000, &HERE))).ok()
        };
        assert_eq!(on(1), on(3));
        let nothing = hypervolume_monte_carlo(&[2.0, 0.0], &[1.0, 1.0], 10, &HERE);
        assert_eq!(nothing, Estimate { value: 0.0, standard_error: 0.0 });
        let whole = hypervolume_monte_carlo(&[0.0, 0.0], &[1.0, 1.0], 98, &HERE);
        assert!(whole.value == 1.0 && (whole.standard_error - 0.01).abs() < 1e-4);
    }
}
