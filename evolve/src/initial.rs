//! Initial populations: genomes given by the caller first, then draws from the search space.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::address::{Address, stream};
use crate::array::Matrix;
use crate::error::{EvolveError, Result};
use crate::space::SearchSpace;

/// How many gates an initial individual has on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateDensity {
    /// Every gate is on with probability 1/2.
    #[default]
    Even,
    /// Every individual draws its own probability, log-uniform between 1 / (number of gates) and 1, so
    /// that sparse and dense individuals are equally common on a logarithmic scale.
    LogUniform,
}

/// How the first generation is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InitialPopulation {
    /// Distribution of open gates among the individuals drawn.
    pub gate_density: GateDensity,
    /// How much the variables of one group (see [`Variable`](crate::Variable)) share: 0 draws each on its own, 1 gives
    /// all of a group the same place in their ranges, and between, a place is that share common and the rest its own.
    pub coherence: f64,
    /// Genomes that take the first places (in their own units; surplus ones are ignored).
    pub genomes: Vec<Vec<f64>>,
}

impl InitialPopulation {
    /// Checks the given genomes.
    pub(crate) fn validate(&self, space: &SearchSpace) -> Result<()> {
        if !(0.0..=1.0).contains(&self.coherence) {
            return Err(EvolveError::config("initial population", "coherence", self.coherence, "in [0, 1]"));
        }
        self.genomes.iter().try_for_each(|genome| space.check(genome))
    }

    /// Search coordinates of the first `count` individuals, with random numbers at `at`. They depend on the generation, so that a
    /// first generation in which everything failed is followed by other draws.
    pub(crate) fn positions(&self, space: &SearchSpace, at: impl Fn(u64) -> Address, count: usize) -> Result<Matrix> {
        let mut positions = Matrix::with_columns(space.len());
        for genome in self.genomes.iter().take(count) {
            positions.push(&space.to_search(genome)?);
        }
        self.draws(space, at, positions.rows()..count).for_each(|position| positions.push(&position));
        Ok(positions)
    }

    /// Draws with these indices, with random numbers at `at`.
    pub(crate) fn draws(
        &self,
        space: &SearchSpace,
        at: impl Fn(u64) -> Address,
        indices: std::ops::Range<usize>,
    ) -> impl Iterator<Item = Vec<f64>> {
        indices.map(move |index| {
            let mut rng = at(index as u64).rng(stream::INITIAL);
            let mut position = space.sample_search(&mut rng);
            if self.gate_density == GateDensity::LogUniform && space.gates() > 0 {
                let density = (space.gates() as f64).powf(rng.random::<f64>() - 1.0);
                for gene in (0..space.len()).filter(|&gene| space.is_gate(gene)) {
                    let half = 0.5 * rng.random::<f64>();
                    // On: (0.5, 1]; off: [0, 0.5).
                    position[gene] = if rng.random_bool(density) { 1.0 - half } else { half };
                }
            }
            if self.coherence > 0.0 {
                self.share(space, &mut position, &mut rng);
            }
            position
        })
    }

    /// Moves every grouped variable towards its group's common place.
    fn share<R: Rng>(&self, space: &SearchSpace, position: &mut [f64], rng: &mut R) {
        let mut common: BTreeMap<&str, f64> = BTreeMap::new();
        for (gene, variable) in space.variables().iter().enumerate() {
            if variable.group.is_empty() || space.is_gate(gene) {
                continue;
            }
            let place = *common.entry(&variable.group).or_insert_with(|| rng.random::<f64>());
            let (lower, upper) = (space.search_lower()[gene], space.search_upper()[gene]);
            let shared = lower + (upper - lower) * place;
            position[gene] = self.coherence * shared + (1.0 - self.coherence) * position[gene];
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::objective::ObjectiveInfo;
    use crate::optimizer::Setting;
    use crate::space::Variable;

    #[test]
    fn given_genomes_come_first_and_densities_are_log_uniform() {
        let gates = 100;
        let variables = (0..gates).map(|index| Variable::gate(format!("g{index}")));
        let space = SearchSpace::new(variables.collect()).unwrap();
        let setting = Setting::new(&space, &[ObjectiveInfo::new("f", false)], 7).unwrap();
        let given = vec![vec![1.0; gates]];
        let initial = InitialPopulation { gate_density: GateDensity::LogUniform, genomes: given, ..Default::default() };
        let positions = initial.positions(&space, |k| setting.at(k), 4001).unwrap();
        assert_eq!(positions.row(0), vec![1.0; gates]);
        let on = |row: usize| positions.row(row).iter().filter(|&&x| x > 0.5).count();
        let mut counts: Vec<usize> = (1..=4000).map(on).collect();
        counts.sort_unstable();
        // The density has median 100^(-1/2), that is 10 gates of 100; the mean of a log-uniform
        // variable on [1, 100] is 99 / ln 100 = 21.5.
        assert!((9..=11).contains(&counts[2000]), "{}", counts[2000]);
        let mean = counts.iter().sum::<usize>() as f64 / 4000.0;
        assert!((20.5..22.5).contains(&mean), "{mean}");
        assert!(InitialPopulation { genomes: vec![vec![2.0; gates]], ..initial }.validate(&space).is_err());
    }

    #[test]
    fn coherent_groups_share_a_place_and_single_variables_do_not() {
        let variables = (0..40).map(|k| {
            let scale = f64::from(1 + k % 2);
            let v = Variable::real(format!("x{k}"), -scale, scale);
            if k < 20 { v.in_group("c") } else { v }
        });
        let space = SearchSpace::new(variables.collect()).unwrap();
        let setting = Setting::new(&space, &[ObjectiveInfo::new("f", false)], 7).unwrap();
        let spread = |coherence: f64, genes: std::ops::Range<usize>| {
            let initial = InitialPopulation { coherence, ..Default::default() };
            let positions = initial.positions(&space, |k| setting.at(k), 200).unwrap();
            let one = |row: usize| {
                let places: Vec<f64> = genes.clone().map(|g| positions.row(row)[g] / space.search_upper()[g]).collect();
                let mean = places.iter().sum::<f64>() / places.len() as f64;
                places.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / (places.len() - 1) as f64
            };
            (0..200).map(one).sum::<f64>() / 200.0
        };
        // Uniform on -1..1 has variance 1/3; what is left within a group is (1 - coherence)^2 of it.
        assert!((spread(0.0, 0..20) * 3.0 - 1.0).abs() < 0.05);
        assert!((spread(0.8, 0..20) * 3.0 / 0.04 - 1.0).abs() < 0.05);
        assert!((spread(0.8, 20..40) * 3.0 - 1.0).abs() < 0.05);
        assert!(spread(1.0, 0..20) < 1e-20);
        for coherence in [-0.1, 1.1, f64::NAN] {
            assert!(InitialPopulation { coherence, ..Default::default() }.validate(&space).is_err());
        }
    }
}
