//! NSGA-II: non-dominated sorting with crowding, the standard multi-objective genetic algorithm.
//!
//! Parents win binary tournaments by front, then by crowding distance; the best N of parents and children survive by front,
//! then by crowding distance. Feasibility comes first in both. Children: see `breeding`.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals | 100 | Deb et al. 2002 |
//! | | `breeding` | crossover and mutation | rate 0.9, index 15; index 20 | Deb et al. 2002 |
//!
//! Source: Deb, Pratap, Agarwal and Meyarivan 2002, doi:10.1109/4235.996017.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::sorting;
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::breeding::{Breeding, by_burden, tournament};
use super::shell::MultiObjective;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "NSGA-II",
    citation: "Deb, Pratap, Agarwal and Meyarivan 2002, doi:10.1109/4235.996017",
    advice: "the standard for two or three exact objectives",
    many_objectives: true,
};

/// Settings of [`Nsga2`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nsga2Config {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Crossover and mutation.
    pub breeding: Breeding,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for Nsga2Config {
    fn default() -> Self {
        Self { population: 100, breeding: Breeding::default(), initial: InitialPopulation::default() }
    }
}

#[typetag::serde(name = "nsga2")]
impl OptimizerConfig for Nsga2Config {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let search = Nsga2 { population: self.population, breeding: self.breeding };
        MultiObjective::boxed(space, objectives, run, &self.initial, self.population, search)
    }
}

/// The search.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nsga2 {
    population: usize,
    breeding: Breeding,
}

/// Front and negative crowding distance of every feasible row; smaller wins.
fn fitness(members: &Members<'_>) -> Vec<(usize, f64)> {
    let mut fitness = vec![(usize::MAX, 0.0); members.len()];
    let rows = members.feasible_rows();
    let points = members.points(&rows);
    let ranks = sorting::non_dominated_ranks(&points, members.objectives());
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&place| ranks[place]);
    for front in order.chunk_by(|&a, &b| ranks[a] == ranks[b]) {
        let crowding = sorting::crowding_distance(&points, members.objectives(), front);
        for (&place, distance) in front.iter().zip(crowding) {
            fitness[rows[place]] = (ranks[place], -distance);
        }
    }
    fitness
}

#[typetag::serde(name = "nsga2")]
impl MultiStrategy for Nsga2 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        let fitness = fitness(parents);
        self.breeding.children(parents, self.population, |rng| {
            tournament(parents.len(), rng, |a, b| {
                let ((front_a, crowd_a), (front_b, crowd_b)) = (fitness[a], fitness[b]);
                by_burden(parents, a, b).then(front_a.cmp(&front_b)).then(crowd_a.total_cmp(&crowd_b))
            })
        })
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        pool.feasibility_first(self.population, |rows, keep| best_by_fronts(pool, rows, keep))
    }

    fn validate(&self, _: usize, _: usize, _: usize) -> Result<()> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        self.breeding.validate(CARD.name)
    }
}

/// The best `keep` of these rows by front, then by crowding distance.
pub(crate) fn best_by_fronts(pool: &Members<'_>, rows: &[usize], keep: usize) -> Vec<usize> {
    let points = pool.points(rows);
    let ranks = sorting::non_dominated_ranks(&points, pool.objectives());
    let ties: Vec<u64> = rows.iter().map(|&row| pool.tie(row)).collect();
    let chosen = sorting::keep_by_fronts(&points, pool.objectives(), &ranks, &ties, keep);
    chosen.into_iter().map(|place| rows[place]).collect()
}
