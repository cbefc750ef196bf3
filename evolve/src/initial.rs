//! Initial populations: genomes given by the caller first, then draws from the search space.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::array::Matrix;
use crate::error::Result;
use crate::optimizer::Setting;
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
    /// Genomes that take the first places (in their own units; surplus ones are ignored).
    pub genomes: Vec<Vec<f64>>,
}

impl InitialPopulation {
    /// Checks the given genomes.
    pub(crate) fn validate(&self, space: &SearchSpace) -> Result<()> {
        self.genomes.iter().try_for_each(|genome| space.check(genome))
    }

    /// Search coordinates of the first `count` individuals. They depend on the generation, so that a
    /// first generation in which everything failed is followed by other draws.
    pub(crate) fn positions(&self, setting: &Setting, count: usize) -> Result<Matrix> {
        let space = &setting.space;
        let mut positions = Matrix::with_columns(space.len());
        for genome in self.genomes.iter().take(count) {
            positions.push(&space.to_search(genome)?);
        }
        for index in positions.rows()..count {
            let mut rng = setting.at(index as u64).rng(stream::INITIAL);
            let mut position = space.sample_search(&mut rng);
            if self.gate_density == GateDensity::LogUniform && space.gates() > 0 {
                let density = (space.gates() as f64).powf(rng.random::<f64>() - 1.0);
                for gene in (0..space.len()).filter(|&gene| space.is_gate(gene)) {
                    let half = 0.5 * rng.random::<f64>();
                    // On: (0.5, 1]; off: [0, 0.5).
                    position[gene] = if rng.random_bool(density) { 1.0 - half } else { half };
                }
            }
            positions.push(&position);
        }
        Ok(positions)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::objective::ObjectiveInfo;
    use crate::space::Variable;

    #[test]
    fn given_genomes_come_first_and_densities_are_log_uniform() {
        let gates = 100;
        let variables = (0..gates).map(|index| Variable::gate(format!("g{index}")));
        let space = SearchSpace::new(variables.collect()).unwrap();
        let setting = Setting::new(&space, &[ObjectiveInfo::new("f", false)], 7).unwrap();
        let given = vec![vec![1.0; gates]];
        let initial = InitialPopulation { gate_density: GateDensity::LogUniform, genomes: given };
        let positions = initial.positions(&setting, 4001).unwrap();
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
}
