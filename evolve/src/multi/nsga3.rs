//! NSGA-III: non-dominated sorting, and reference directions where NSGA-II has crowding.
//!
//! Whole fronts survive as long as they fit. Values are normalised by ideal and nadir point (see `normalization`), and every
//! individual belongs to the direction w to which its perpendicular distance is smallest,
//!
//! d(f, w) = abs(f - w (w . f) / abs(w)^2).
//!
//! Of the front that does not fit, one individual after the other goes to a direction that has the fewest survivors: the
//! nearest one if it has none, a random one otherwise. Parents are random (the better one of two by feasibility).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals, at least as many as directions | 100 | Deb and Jain 2014 |
//! | H | `directions` | reference directions; empty: Das and Dennis' lattice, see `directions` | empty | Deb and Jain 2014 |
//! | | `breeding` | crossover and mutation | rate 1, index 30; index 20 | Deb and Jain 2014 |
//!
//! Source: Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535; constraints: Jain and Deb 2014, doi:10.1109/TEVC.2013.2281534.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::sorting;
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::breeding::{Breeding, feasible_or_random};
use super::directions;
use super::normalization::{Normalization, nearest, unit};
use super::shell::MultiObjective;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "NSGA-III",
    citation: "Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535",
    advice: "three to a dozen exact objectives, an even spread over the front",
    many_objectives: true,
};

/// Settings of [`Nsga3`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nsga3Config {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Reference directions; if empty, as many as the population allows.
    pub directions: Vec<Vec<f64>>,
    /// Crossover and mutation.
    pub breeding: Breeding,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for Nsga3Config {
    fn default() -> Self {
        let (directions, breeding, initial) = (Vec::new(), Breeding::NEAR, InitialPopulation::default());
        Self { population: 100, directions, breeding, initial }
    }
}

#[typetag::serde(name = "nsga3")]
impl OptimizerConfig for Nsga3Config {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let directions = directions::choose(CARD.name, &self.directions, objectives.len(), self.population)?;
        let directions = directions.iter().map(|direction| unit(direction)).collect();
        let (population, breeding, normalization) = (self.population, self.breeding, Normalization::default());
        let search = Nsga3 { population, breeding, directions, normalization };
        MultiObjective::boxed(space, objectives, run, &self.initial, population, search)
    }
}

/// The search and its state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nsga3 {
    population: usize,
    breeding: Breeding,
    /// Of unit length.
    directions: Vec<Vec<f64>>,
    normalization: Normalization,
}

impl Nsga3 {
    /// The best `keep` of the feasible rows.
    fn select(&mut self, pool: &Members<'_>, rows: &[usize], keep: usize) -> Vec<usize> {
        let objectives = pool.objectives();
        let ranks = sorting::non_dominated_ranks(&pool.points(rows), objectives);
        let values: Vec<&[f64]> = rows.iter().map(|&row| pool.values(row)).collect();
        let first = (0..rows.len()).filter(|&place| ranks[place] == 0).map(|place| values[place]);
        let (ideal, nadir) = self.normalization.update(&values, &first.collect::<Vec<_>>());
        if rows.len() == keep {
            return rows.to_vec();
        }
        // Places in the order of their fronts; the first `sure` of them survive, the front after them is split.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&place| ranks[place]);
        let split = ranks[order[keep]];
        let (sure, open): (Vec<usize>, Vec<usize>) =
            order.into_iter().filter(|&place| ranks[place] <= split).partition(|&place| ranks[place] < split);
        let niche = |&place: &usize| {
            let scaled = |k: usize| (values[place][k] - ideal[k]) / (nadir[k] - ideal[k]).max(1e-12);
            nearest(&(0..objectives).map(scaled).collect::<Vec<_>>(), &self.directions)
        };
        let mut survivors_of = vec![0_usize; self.directions.len()];
        sure.iter().for_each(|place| survivors_of[niche(place).0] += 1);
        let mut candidates_of: Vec<Vec<(f64, usize)>> = vec![Vec::new(); self.directions.len()];
        for place in &open {
            let (direction, distance) = niche(place);
            candidates_of[direction].push((distance, *place));
        }
        let mut rng = pool.at(0).rng(stream::NICHING);
        let mut kept = sure;
        while kept.len() < keep {
            let open = (0..self.directions.len()).filter(|&direction| !candidates_of[direction].is_empty());
            let Some(fewest) = open.clone().map(|direction| survivors_of[direction]).min() else { break };
            let poorest: Vec<usize> = open.filter(|&direction| survivors_of[direction] == fewest).collect();
            let direction = poorest[rng.random_range(0..poorest.len())];
            let candidates = &mut candidates_of[direction];
            let chosen = if fewest == 0 {
                let key = |&place: &usize| (candidates[place].0, pool.tie(rows[candidates[place].1]));
                let less = |a: &usize, b: &usize| {
                    let ((distance_a, tie_a), (distance_b, tie_b)) = (key(a), key(b));
                    distance_a.total_cmp(&distance_b).then(tie_a.cmp(&tie_b))
                };
                (0..candidates.len()).min_by(less).unwrap_or(0)
            } else {
                rng.random_range(0..candidates.len())
            };
            kept.push(candidates.swap_remove(chosen).1);
            survivors_of[direction] += 1;
        }
        kept.into_iter().map(|place| rows[place]).collect()
    }
}

#[typetag::serde(name = "nsga3")]
impl MultiStrategy for Nsga3 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        self.breeding.children(parents, self.population, |rng| feasible_or_random(parents, rng))
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        pool.feasibility_first(self.population, |rows, keep| self.select(pool, rows, keep))
    }

    fn validate(&self, objectives: usize, _: usize, _: usize) -> Result<()> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        directions::choose(CARD.name, &self.directions, objectives, self.population)?;
        let fits = self.normalization.fits(objectives);
        EvolveError::require(fits, CARD.name, "normalization", "misshapen", "points of the objectives' number")?;
        self.breeding.validate(CARD.name)
    }
}
