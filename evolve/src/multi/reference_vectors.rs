//! Selection by angle-penalised distance to reference vectors, as RVEA and LMOCSO have it.
//!
//! Values are taken from the smallest values of the pool, f' = f - z. Every individual belongs to the vector v with which it
//! encloses the smallest angle theta, and its distance is
//!
//! d = (1 + M (t / t_max)^alpha theta / gamma_v) abs(f'),
//!
//! gamma_v being the smallest angle between v and another vector: closeness counts first, spread later. The individual with
//! the smallest d of every vector survives; then the second of every vector, and so on until the population is full (the
//! paper stops after the first, which lets the population shrink when vectors have nobody). Every f_r t_max generations the
//! vectors are adapted to the ranges of the objectives,
//!
//! v_i = unit(v_(0,i) * (z_max - z_min)).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | t_max | `generations` | generations planned; more may follow | 250 | caller's choice |
//! | alpha | `alpha` | how late spread counts | 2 | Cheng et al. 2016 |
//! | f_r | `adapt_every` | share of t_max between two adaptations | 0.1 | Cheng et al. 2016 |
//!
//! Source: Cheng, Jin, Olhofer and Sendhoff 2016, doi:10.1109/TEVC.2016.2519378.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::linalg::dot;

use super::normalization::unit;
use super::strategy::Members;

/// How selection by reference vectors changes in the course of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Generations planned, at least 1; a longer run stays as it is at their end.
    pub generations: u64,
    /// How late spread counts, 0 or more.
    pub alpha: f64,
    /// Share of the generations between two adaptations of the vectors, in (0, 1].
    pub adapt_every: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { generations: 250, alpha: 2.0, adapt_every: 0.1 }
    }
}

/// Reference vectors and their place in the schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferenceVectors {
    schedule: Schedule,
    /// Unit vectors before adaptation.
    initial: Vec<Vec<f64>>,
    /// Unit vectors in use.
    vectors: Vec<Vec<f64>>,
}

/// The angle between two vectors of which one has unit length.
fn angle(unit: &[f64], other: &[f64]) -> f64 {
    let norm = dot(other, other).sqrt();
    if norm > 0.0 { (dot(unit, other) / norm).clamp(-1.0, 1.0).acos() } else { 0.0 }
}

impl ReferenceVectors {
    pub(super) fn new(directions: &[Vec<f64>], schedule: Schedule) -> Self {
        let initial: Vec<Vec<f64>> = directions.iter().map(|direction| unit(direction)).collect();
        Self { schedule, vectors: initial.clone(), initial }
    }

    /// The best `keep` of the feasible rows; adapts the vectors to them if it is time.
    pub(super) fn select(&mut self, pool: &Members<'_>, rows: &[usize], keep: usize) -> Vec<usize> {
        let objectives = pool.objectives();
        let smallest = |k: usize| rows.iter().map(|&row| pool.values(row)[k]).fold(f64::INFINITY, f64::min);
        let ideal: Vec<f64> = (0..objectives).map(smallest).collect();
        let progress = (pool.generation() as f64 / self.schedule.generations as f64).min(1.0);
        let penalty = objectives as f64 * progress.powf(self.schedule.alpha);
        let gammas = self.smallest_angles();
        // (distance, tie, row) of everybody, by vector.
        let mut by_vector: Vec<Vec<(f64, u64, usize)>> = vec![Vec::new(); self.vectors.len()];
        for &row in rows {
            let moved: Vec<f64> = pool.values(row).iter().zip(&ideal).map(|(x, z)| x - z).collect();
            let cosines = self.vectors.iter().map(|vector| dot(vector, &moved)).enumerate();
            let Some((nearest, _)) = cosines.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) else { continue };
            let theta = angle(&self.vectors[nearest], &moved);
            let distance = (1.0 + penalty * theta / gammas[nearest]) * dot(&moved, &moved).sqrt();
            by_vector[nearest].push((distance, pool.tie(row), row));
        }
        let less = |a: &(f64, u64, usize), b: &(f64, u64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        by_vector.iter_mut().for_each(|members| members.sort_by(less));
        let mut kept = Vec::with_capacity(keep);
        for round in 0.. {
            let mut next: Vec<_> = by_vector.iter().filter_map(|members| members.get(round)).copied().collect();
            if next.is_empty() || kept.len() == keep {
                break;
            }
            next.sort_by(less);
            next.truncate(keep - kept.len());
            kept.extend(next.into_iter().map(|(_, _, row)| row));
        }
        let every = (self.schedule.adapt_every * self.schedule.generations as f64).ceil() as u64;
        if (pool.generation() + 1).is_multiple_of(every.max(1)) {
            self.adapt(&kept.iter().map(|&row| pool.values(row)).collect::<Vec<_>>());
        }
        kept
    }

    fn adapt(&mut self, points: &[&[f64]]) {
        let objectives = self.initial.first().map_or(0, Vec::len);
        let range = |k: usize| {
            let column = points.iter().map(|point| point[k]);
            let (low, high) = column.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
            (high - low).max(1e-12)
        };
        let ranges: Vec<f64> = (0..objectives).map(range).collect();
        let scaled = |vector: &Vec<f64>| unit(&vector.iter().zip(&ranges).map(|(v, r)| v * r).collect::<Vec<_>>());
        self.vectors = self.initial.iter().map(scaled).collect();
    }

    /// Of every vector the angle to its nearest neighbour; 1 if it has none.
    fn smallest_angles(&self) -> Vec<f64> {
        let others = |i: usize| (0..self.vectors.len()).filter(move |&j| j != i);
        let smallest = |i: usize| {
            let cosine = others(i).map(|j| dot(&self.vectors[i], &self.vectors[j])).fold(-1.0, f64::max);
            if self.vectors.len() > 1 { cosine.clamp(-1.0, 1.0).acos().max(1e-12) } else { 1.0 }
        };
        (0..self.vectors.len()).map(smallest).collect()
    }

    pub(super) fn validate(&self, search: &'static str, objectives: usize) -> Result<()> {
        let Schedule { generations, alpha, adapt_every } = self.schedule;
        EvolveError::require(generations >= 1, search, "generations", generations, "at least 1")?;
        EvolveError::require(alpha.is_finite() && alpha >= 0.0, search, "alpha", alpha, "0 or more")?;
        let right = adapt_every > 0.0 && adapt_every <= 1.0;
        EvolveError::require(right, search, "adapt_every", adapt_every, "more than 0, at most 1")?;
        let finite = |vector: &Vec<f64>| vector.len() == objectives && vector.iter().all(|x| x.is_finite());
        let fits = self.initial.len() == self.vectors.len() && self.vectors.iter().chain(&self.initial).all(finite);
        EvolveError::require(fits, search, "vectors", "misshapen", "vectors of the objectives' number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_and_adaptation() {
        let directions = [vec![1.0, 0.0], vec![0.5, 0.5], vec![0.0, 1.0]];
        let mut vectors = ReferenceVectors::new(&directions, Schedule::default());
        let right = std::f64::consts::FRAC_PI_4;
        assert!(vectors.smallest_angles().iter().all(|angle| (angle - right).abs() < 1e-12));
        assert!((angle(&[1.0, 0.0], &[2.0, 2.0]) - right).abs() < 1e-12 && angle(&[1.0, 0.0], &[0.0, 0.0]) == 0.0);
        // Ranges of 3 and 4: the middle vector turns to (3, 4) / 5.
        vectors.adapt(&[&[0.0, 5.0], &[3.0, 1.0]]);
        assert!((vectors.vectors[1][0] - 0.6).abs() < 1e-12 && vectors.vectors[0] == [1.0, 0.0]);
        assert!(vectors.validate("test", 2).is_ok() && vectors.validate("test", 3).is_err());
    }
}
