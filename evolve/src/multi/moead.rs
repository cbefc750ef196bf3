//! MOEA/D: decomposition into many problems of one objective, which help their neighbours.
//!
//! Every weight vector w has one individual, the best known for its scalar problem. With f' = (f - z) / range, z the ideal
//! point so far and the range that of the population (1 without `normalise`),
//!
//! | decomposition | value to minimise |
//! |---|---|
//! | Tchebycheff | max_k w_k f'_k, zero weights counting as 1e-6 |
//! | PBI | d_1 + theta d_2, d_1 = f' . w / abs(w), d_2 = abs(f' - d_1 w / abs(w)) |
//!
//! Every weight has one child a generation. Its parents come from the T nearest weights with probability delta, else from
//! all; it takes the places of at most n_r individuals of those, in random order, that it is better than, feasibility first.
//! All children of a generation are made before any is evaluated, so that they can be evaluated at the same time; the
//! paper makes them one after the other.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | most individuals: the lattice of weights may be smaller | 100 | Zhang and Li 2007 |
//! | | `directions` | weights; empty: Das and Dennis' lattice, see `directions` | empty | Zhang and Li 2007 |
//! | T | `neighbours` | neighbours of a weight, itself included | 20 | Zhang and Li 2007 |
//! | delta | `neighbour_rate` | share of matings among neighbours | 0.9 | Li and Zhang 2009 |
//! | n_r | `replaced` | most places a child takes | 2 | Li and Zhang 2009 |
//! | theta | `decomposition` | Tchebycheff, or PBI with its penalty | PBI, 5 | Zhang and Li 2007 |
//! | | `breeding` | crossover and mutation | rate 1, index 20; index 20 | Zhang and Li 2007 |
//!
//! Sources: Zhang and Li 2007, doi:10.1109/TEVC.2007.892759; delta and n_r: Li and Zhang 2009, doi:10.1109/TEVC.2008.925798.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::linalg::dot;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::breeding::{Breeding, by_burden};
use super::directions;
use super::normalization::unit;
use super::shell::MultiObjective;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "MOEA/D",
    citation: "Zhang and Li 2007, doi:10.1109/TEVC.2007.892759",
    advice: "smooth fronts of two to five exact objectives, cheap selection",
    many_objectives: true,
};

/// How several objectives become one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Decomposition {
    /// The largest weighted objective.
    Tchebycheff,
    /// Distance along the weight vector plus `theta` times the distance from it.
    Pbi {
        /// Penalty, 0 or more.
        theta: f64,
    },
}

impl Decomposition {
    /// Value of a point (above the ideal point) for a weight vector of unit length.
    fn value(self, point: &[f64], weight: &[f64]) -> f64 {
        match self {
            Self::Tchebycheff => point.iter().zip(weight).map(|(x, w)| w.max(1e-6) * x).fold(0.0, f64::max),
            Self::Pbi { theta } => {
                let along = dot(point, weight);
                let off = point.iter().zip(weight).map(|(x, w)| (x - along * w).powi(2)).sum::<f64>().sqrt();
                along + theta * off
            }
        }
    }
}

/// Settings of [`Moead`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoeadConfig {
    /// Most individuals, at least 2.
    pub population: usize,
    /// Weight vectors; if empty, as many as the population allows.
    pub directions: Vec<Vec<f64>>,
    /// Neighbours of a weight, itself included, at least 2 (fewer where there are fewer weights).
    pub neighbours: usize,
    /// Probability that a child's parents are neighbours, in [0, 1].
    pub neighbour_rate: f64,
    /// Most places that one child takes, at least 1.
    pub replaced: usize,
    /// How several objectives become one.
    pub decomposition: Decomposition,
    /// Whether values are divided by the ranges of the population.
    pub normalise: bool,
    /// Crossover and mutation.
    pub breeding: Breeding,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for MoeadConfig {
    fn default() -> Self {
        Self {
            population: 100,
            directions: Vec::new(),
            neighbours: 20,
            neighbour_rate: 0.9,
            replaced: 2,
            decomposition: Decomposition::Pbi { theta: 5.0 },
            normalise: true,
            breeding: Breeding { crossover_rate: 1.0, crossover_eta: 20.0, ..Breeding::default() },
            initial: InitialPopulation::default(),
        }
    }
}

#[typetag::serde(name = "moead")]
impl OptimizerConfig for MoeadConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        let directions = directions::choose(CARD.name, &self.directions, objectives.len(), self.population)?;
        let weights: Vec<Vec<f64>> = directions.iter().map(|direction| unit(direction)).collect();
        let (first, ideal) = (weights.len(), Vec::new());
        let search = Moead { config: self.clone(), weights, ideal };
        MultiObjective::boxed(space, objectives, run, &self.initial, first, search)
    }
}

/// The search and its state; row i of the population belongs to weight i.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moead {
    config: MoeadConfig,
    /// Of unit length.
    weights: Vec<Vec<f64>>,
    ideal: Vec<f64>,
}

impl Moead {
    /// The weights nearest to weight i, or all of them.
    fn mates(&self, members: &Members<'_>, i: usize) -> Vec<usize> {
        let all: Vec<usize> = (0..self.weights.len()).collect();
        let near = members.at(i as u64).rng(stream::PAIRING).random::<f64>() < self.config.neighbour_rate;
        if !near {
            return all;
        }
        let closeness = |j: usize| dot(&self.weights[i], &self.weights[j]);
        let mut order: Vec<(f64, usize)> = all.into_iter().map(|j| (-closeness(j), j)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        order.into_iter().take(self.config.neighbours.max(2)).map(|(_, j)| j).collect()
    }

    /// Brings the ideal point up to date; infeasible rows count as long as there is no feasible one.
    fn update_ideal(&mut self, pool: &Members<'_>) {
        let feasible = pool.feasible_rows();
        let done: Vec<usize> = (0..pool.len()).filter(|&row| !pool.failed(row)).collect();
        if self.ideal.is_empty() {
            self.ideal = vec![f64::INFINITY; pool.objectives()];
        }
        for row in if feasible.is_empty() { done } else { feasible } {
            self.ideal.iter_mut().zip(pool.values(row)).for_each(|(low, x)| *low = low.min(*x));
        }
    }
}

/// Ranges of the objectives over these rows; 1 where there is none.
fn ranges(pool: &Members<'_>, rows: &[usize]) -> Vec<f64> {
    let range = |k: usize| {
        let column = rows.iter().filter(|&&row| !pool.failed(row)).map(|&row| pool.values(row)[k]);
        let (low, high) = column.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        if high > low { high - low } else { 1.0 }
    };
    (0..pool.objectives()).map(range).collect()
}

#[typetag::serde(name = "moead")]
impl MultiStrategy for Moead {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        let child = |i: usize| {
            let mates = self.mates(parents, i);
            let mut rng = parents.at(i as u64).rng(stream::VARIATION);
            let first = rng.random_range(0..mates.len());
            let second = (first + rng.random_range(1..mates.len().max(2))) % mates.len();
            self.config.breeding.child(parents, [mates[first], mates[second]], &mut rng)
        };
        (0..self.weights.len()).map(child).collect()
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        self.update_ideal(pool);
        let first_child = pool.parents();
        let mut places: Vec<usize> = (0..self.weights.len()).collect();
        let ranges = if self.config.normalise { ranges(pool, &places) } else { vec![1.0; pool.objectives()] };
        let scaled = |row: usize| -> Vec<f64> {
            let above = pool.values(row).iter().zip(&self.ideal).zip(&ranges);
            above.map(|((x, z), range)| (x - z) / range).collect()
        };
        let value = |row: usize, i: usize| self.config.decomposition.value(&scaled(row), &self.weights[i]);
        let better = |new: usize, old: usize, i: usize| {
            by_burden(pool, new, old).then_with(|| value(new, i).total_cmp(&value(old, i))).is_lt()
        };
        for (i, child) in (first_child..pool.len()).enumerate() {
            let mut mates = self.mates(pool, i);
            mates.shuffle(&mut pool.at(i as u64).rng(stream::NICHING));
            let mut left = if first_child == 0 || pool.failed(child) { 0 } else { self.config.replaced };
            for mate in mates {
                if left > 0 && better(child, places[mate], mate) {
                    places[mate] = child;
                    left -= 1;
                }
            }
        }
        // In the first generation a weight whose individual failed takes the best of the others.
        for i in 0..places.len() {
            if pool.failed(places[i]) {
                let order =
                    |&a: &usize, &b: &usize| by_burden(pool, a, b).then_with(|| value(a, i).total_cmp(&value(b, i)));
                places[i] = (0..pool.len()).min_by(order).unwrap_or(places[i]);
            }
        }
        places
    }

    fn validate(&self, objectives: usize, _: usize, members: usize) -> Result<()> {
        let config = &self.config;
        directions::choose(CARD.name, &self.weights, objectives, config.population)?;
        let (neighbours, rate, replaced) = (config.neighbours, config.neighbour_rate, config.replaced);
        EvolveError::require(neighbours >= 2, CARD.name, "neighbours", neighbours, "at least 2")?;
        EvolveError::require((0.0..=1.0).contains(&rate), CARD.name, "neighbour_rate", rate, "in [0, 1]")?;
        EvolveError::require(replaced >= 1, CARD.name, "replaced", replaced, "at least 1")?;
        if let Decomposition::Pbi { theta } = config.decomposition {
            EvolveError::require(theta.is_finite() && theta >= 0.0, CARD.name, "theta", theta, "0 or more")?;
        }
        let weights = self.weights.len();
        let expected = format!("none, or one for each of {weights} weights");
        EvolveError::require(members == 0 || members == weights, CARD.name, "individuals", members, &expected)?;
        let finite = self.ideal.len() == objectives && self.ideal.iter().all(|x| x.is_finite());
        let expected = "one finite number for each objective";
        EvolveError::require(self.ideal.is_empty() || finite, CARD.name, "ideal", "misshapen", expected)?;
        config.breeding.validate(CARD.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decompositions_worked_out_by_hand() {
        let weight = [0.6, 0.8];
        assert_eq!(Decomposition::Tchebycheff.value(&[1.0, 1.0], &weight), 0.8);
        assert_eq!(Decomposition::Tchebycheff.value(&[2.0, 1.0], &[0.0, 1.0]), 1.0);
        // (4, 3) = 4.8 w + 1.4 (0.8, -0.6).
        let pbi = Decomposition::Pbi { theta: 5.0 }.value(&[4.0, 3.0], &weight);
        assert!((pbi - (4.8 + 5.0 * 1.4)).abs() < 1e-12, "{pbi}");
    }
}
