//! Children of two parents, as most searches of several objectives make them.
//!
//! Pairs of parents give pairs of children by simulated binary crossover and polynomial mutation (gates: see `variation`).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | p_c | `crossover_rate` | probability that a pair is crossed | 0.9 | Deb et al. 2002 |
//! | eta_c | `crossover_eta` | index of the crossover | 15 | see `variation` |
//! | | `mutation_rate` | probability that a child is mutated at all | 0.9 | Blank and Deb 2020, doi:10.1109/ACCESS.2020.2990567 (1 in Deb et al. 2002) |
//! | eta_m | `mutation_eta` | index of the mutation, at rate 1/n | 20 | Deb et al. 2002 |
//!
//! Searches by reference directions cross every pair with an index of 30, which keeps children near their parents (Deb and
//! Jain 2014, doi:10.1109/TEVC.2013.2281535).

use std::cmp::Ordering;

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::error::{EvolveError, Result};
use crate::variation;

use super::strategy::Members;

/// Pairs tried for every child before copies of parents are accepted.
const TRIES: usize = 50;

/// How children come from their parents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Breeding {
    /// Probability that a pair of parents is crossed, in [0, 1].
    pub crossover_rate: f64,
    /// Index of the simulated binary crossover, 0 or more.
    pub crossover_eta: f64,
    /// Probability that a child is mutated at all, in [0, 1].
    pub mutation_rate: f64,
    /// Index of the polynomial mutation, 0 or more.
    pub mutation_eta: f64,
}

impl Default for Breeding {
    fn default() -> Self {
        Self { crossover_rate: 0.9, crossover_eta: 15.0, mutation_rate: 0.9, mutation_eta: 20.0 }
    }
}

impl Breeding {
    /// Every pair is crossed, with an index of 30.
    pub const NEAR: Self = Self { crossover_rate: 1.0, crossover_eta: 30.0, mutation_rate: 0.9, mutation_eta: 20.0 };

    /// Checks the settings for the search of this name.
    ///
    /// # Errors
    /// Names the setting that is out of its range.
    pub fn validate(&self, search: &'static str) -> Result<()> {
        for (field, rate) in [("crossover_rate", self.crossover_rate), ("mutation_rate", self.mutation_rate)] {
            EvolveError::require((0.0..=1.0).contains(&rate), search, field, rate, "in [0, 1]")?;
        }
        for (field, eta) in [("crossover_eta", self.crossover_eta), ("mutation_eta", self.mutation_eta)] {
            EvolveError::require(eta.is_finite() && eta >= 0.0, search, field, eta, "0 or more")?;
        }
        Ok(())
    }

    /// So many children; `pick` chooses the row of a parent. A child that equals one of its parents would tell nothing new:
    /// another pair takes its place (unless hardly anything else comes out).
    pub fn children(
        &self,
        parents: &Members<'_>,
        count: usize,
        mut pick: impl FnMut(&mut ChaCha8Rng) -> usize,
    ) -> Vec<Vec<f64>> {
        let mut children = Vec::with_capacity(count + 1);
        let mut pair = 0;
        while children.len() < count {
            let mut rng = parents.at(pair as u64).rng(stream::VARIATION);
            let rows = [pick(&mut rng), pick(&mut rng)];
            let any = pair >= TRIES * count;
            let new = |child: &Vec<f64>| any || rows.iter().all(|&row| child != parents.position(row));
            children.extend(self.pair(parents, rows, &mut rng).into_iter().filter(new));
            pair += 1;
        }
        children.truncate(count);
        children
    }

    /// One child of two rows that equals neither (unless hardly anything else comes out).
    pub(super) fn child(&self, parents: &Members<'_>, rows: [usize; 2], rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut tries = 0;
        loop {
            let [child, _] = self.pair(parents, rows, rng);
            tries += 1;
            if tries >= TRIES || rows.iter().all(|&row| child != parents.position(row)) {
                return child;
            }
        }
    }

    /// The two children of two rows.
    pub fn pair(&self, parents: &Members<'_>, rows: [usize; 2], rng: &mut ChaCha8Rng) -> [Vec<f64>; 2] {
        let space = parents.space();
        let [mut first, mut second] = rows.map(|row| parents.position(row).to_vec());
        if rng.random::<f64>() < self.crossover_rate {
            variation::cross(space, &mut first, &mut second, self.crossover_eta, rng);
        }
        for child in [&mut first, &mut second] {
            if rng.random::<f64>() < self.mutation_rate {
                variation::mutate(space, child, self.mutation_eta, rng);
            }
        }
        [first, second]
    }
}

/// The better of two random rows of so many; equal ones win with probability 1/2 because the draw is symmetric.
pub fn tournament<R: Rng>(rows: usize, rng: &mut R, compare: impl Fn(usize, usize) -> Ordering) -> usize {
    let (a, b) = (rng.random_range(0..rows), rng.random_range(0..rows));
    if compare(a, b).is_le() { a } else { b }
}

/// A random row, or the one with the smaller burden of two if there are failures or violations.
pub fn feasible_or_random<R: Rng>(parents: &Members<'_>, rng: &mut R) -> usize {
    tournament(parents.len(), rng, |a, b| by_burden(parents, a, b))
}

/// Order of two rows by failure and violation alone.
#[must_use]
pub fn by_burden(members: &Members<'_>, a: usize, b: usize) -> Ordering {
    let ((failed_a, violation_a), (failed_b, violation_b)) = (members.burden(a), members.burden(b));
    failed_a.cmp(&failed_b).then(violation_a.total_cmp(&violation_b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    /// With two draws from n the best of all wins with probability 1 - (1 - 1/n)^2, the worst with 1/n^2.
    #[test]
    fn the_better_of_two_wins() {
        let fitness = [3, 2, 1, 0];
        let mut rng = Address { run: 0, generation: 0, candidate: 0, episode: 0 }.rng(0);
        let mut wins = [0; 4];
        (0..16_000).for_each(|_| wins[tournament(4, &mut rng, |a, b| fitness[a].cmp(&fitness[b]))] += 1);
        for (found, expected) in wins.into_iter().zip([1000, 3000, 5000, 7000]) {
            assert!(i32::abs(found - expected) < 300, "{wins:?}");
        }
    }
}
