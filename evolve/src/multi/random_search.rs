//! Random search: uniform draws, and an archive of the best. The baseline every search has to beat.
//!
//! Genomes are drawn uniformly in search coordinates. The archive keeps the A best of archive and draws
//! by front, then by crowding distance. Every genome is evaluated once.
//!
//! | symbol | field | meaning | default |
//! |---|---|---|---|
//! | N | `population` | draws a generation | 100 |
//! | A | `archive` | size of the archive | 100 |
//!
//! Source: Bergstra and Bengio 2012, Journal of Machine Learning Research 13:281 (as a baseline); crowding:
//! Deb et al. 2002, doi:10.1109/4235.996017.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::nsga2::best_by_fronts;
use super::shell::MultiObjective;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "random search",
    citation: "Bergstra and Bengio 2012, Journal of Machine Learning Research 13:281",
    advice: "the baseline that every search has to beat",
    many_objectives: true,
};

/// Settings of [`RandomSearch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomSearchConfig {
    /// Draws a generation, at least 1.
    pub population: usize,
    /// Size of the archive, at least 1.
    pub archive: usize,
    /// How genomes are drawn; given genomes take the first places of the first generation.
    pub initial: InitialPopulation,
}

impl Default for RandomSearchConfig {
    fn default() -> Self {
        Self { population: 100, archive: 100, initial: InitialPopulation::default() }
    }
}

#[typetag::serde(name = "random_search")]
impl OptimizerConfig for RandomSearchConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let draws = InitialPopulation { genomes: Vec::new(), ..self.initial };
        let search = RandomSearch { population: self.population, archive: self.archive, draws };
        MultiObjective::boxed(space, objectives, run, &self.initial, self.population, search)
    }
}

/// The search.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomSearch {
    population: usize,
    archive: usize,
    draws: InitialPopulation,
}

#[typetag::serde(name = "random_search")]
impl MultiStrategy for RandomSearch {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        let draws = self.draws.draws(parents.space(), |unit| parents.at(unit), 0..self.population);
        draws.collect()
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        pool.feasibility_first(self.archive, |rows, keep| best_by_fronts(pool, rows, keep))
    }

    fn validate(&self, _: usize, _: usize, _: usize) -> Result<()> {
        for (field, size) in [("population", self.population), ("archive", self.archive)] {
            EvolveError::require(size >= 1, CARD.name, field, size, "at least 1")?;
        }
        Ok(())
    }
}
