//! RVEA: the reference vector guided evolutionary algorithm.
//!
//! Survivors are chosen by their angle-penalised distance to reference vectors (see `reference_vectors`); parents are random
//! (the better one of two by feasibility).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals, at least as many as vectors | 100 | Cheng et al. 2016 |
//! | | `directions` | reference vectors; empty: Das and Dennis' lattice, see `directions` | empty | Cheng et al. 2016 |
//! | | `schedule` | generations planned, alpha, f_r | 250, 2, 0.1 | Cheng et al. 2016 |
//! | | `breeding` | crossover and mutation | rate 1, index 30; index 20 | Cheng et al. 2016 |
//!
//! Source: Cheng, Jin, Olhofer and Sendhoff 2016, doi:10.1109/TEVC.2016.2519378.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::breeding::{Breeding, feasible_or_random};
use super::directions;
use super::reference_vectors::{ReferenceVectors, Schedule};
use super::shell::MultiObjective;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "RVEA",
    citation: "Cheng, Jin, Olhofer and Sendhoff 2016, doi:10.1109/TEVC.2016.2519378",
    advice: "three to a dozen exact objectives, a known number of generations",
    many_objectives: true,
};

/// Settings of [`Rvea`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RveaConfig {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Reference vectors; if empty, as many as the population allows.
    pub directions: Vec<Vec<f64>>,
    /// What changes in the course of the run.
    pub schedule: Schedule,
    /// Crossover and mutation.
    pub breeding: Breeding,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for RveaConfig {
    fn default() -> Self {
        Self {
            population: 100,
            directions: Vec::new(),
            schedule: Schedule::default(),
            breeding: Breeding::NEAR,
            initial: InitialPopulation::default(),
        }
    }
}

#[typetag::serde(name = "rvea")]
impl OptimizerConfig for RveaConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let directions = directions::choose(CARD.name, &self.directions, objectives.len(), self.population)?;
        let vectors = ReferenceVectors::new(&directions, self.schedule);
        let search = Rvea { population: self.population, breeding: self.breeding, vectors };
        MultiObjective::boxed(space, objectives, run, &self.initial, self.population, search)
    }
}

/// The search and its state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rvea {
    population: usize,
    breeding: Breeding,
    vectors: ReferenceVectors,
}

#[typetag::serde(name = "rvea")]
impl MultiStrategy for Rvea {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        self.breeding.children(parents, self.population, |rng| feasible_or_random(parents, rng))
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        pool.feasibility_first(self.population, |rows, keep| self.vectors.select(pool, rows, keep))
    }

    fn validate(&self, objectives: usize, _: usize, _: usize) -> Result<()> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        self.vectors.validate(CARD.name, objectives)?;
        self.breeding.validate(CARD.name)
    }
}
