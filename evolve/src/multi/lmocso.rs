//! LMOCSO: a competitive swarm for many variables, with selection by reference vectors.
//!
//! Individuals meet in random pairs. The one with the smaller shift-based density loses and learns from the winner,
//!
//! v_l <- r_0 v_l + r_1 (x_w - x_l),  x_l <- x_l + v_l + r_0 (v_l - v_l,old),  r_0, r_1 ~ U(0, 1) per loser,
//!
//! the second term being the change of the velocity: particles move in two steps, faster at first. Losers and winners then
//! mutate; both are evaluated, and survivors are chosen among parents and children by angle-penalised distance (see
//! `reference_vectors`). The fitness of i is the distance of the nearest other individual after it was shifted to be nowhere
//! better than i,
//!
//! F(i) = min over j != i of abs(max(f_j - f_i, 0)), with values in units of their range.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals, at least as many as vectors | 100 | Tian et al. 2020 |
//! | | `directions` | reference vectors; empty: Das and Dennis' lattice, see `directions` | empty | Tian et al. 2020 |
//! | | `schedule` | generations planned, alpha, f_r | 250, 2, 0.1 | see `reference_vectors` |
//! | eta | `mutation_eta` | index of the polynomial mutation | 20 | Tian et al. 2020 |
//!
//! Sources: Tian, Zheng, Zhang and Jin 2020, doi:10.1109/TCYB.2019.2906383; shift-based density: Li, Yang and Liu 2014,
//! doi:10.1109/TEVC.2013.2262178.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::array::Matrix;
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::each;
use crate::space::SearchSpace;
use crate::strategy::Card;
use crate::variation;

use super::breeding::by_burden;
use super::directions;
use super::reference_vectors::{ReferenceVectors, Schedule};
use super::shell::MultiObjective;
use super::sms_emoa::normalised;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "LMOCSO",
    citation: "Tian, Zheng, Zhang and Jin 2020, doi:10.1109/TCYB.2019.2906383",
    advice: "several exact objectives, hundreds to thousands of real genes",
    many_objectives: true,
};

/// Settings of [`Lmocso`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LmocsoConfig {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Reference vectors; if empty, as many as the population allows.
    pub directions: Vec<Vec<f64>>,
    /// What changes in the course of the run.
    pub schedule: Schedule,
    /// Index of the polynomial mutation, 0 or more.
    pub mutation_eta: f64,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for LmocsoConfig {
    fn default() -> Self {
        Self {
            population: 100,
            directions: Vec::new(),
            schedule: Schedule::default(),
            mutation_eta: 20.0,
            initial: InitialPopulation::default(),
        }
    }
}

#[typetag::serde(name = "lmocso")]
impl OptimizerConfig for LmocsoConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let directions = directions::choose(CARD.name, &self.directions, objectives.len(), self.population)?;
        let vectors = ReferenceVectors::new(&directions, self.schedule);
        let (population, mutation_eta) = (self.population, self.mutation_eta);
        let search = Lmocso { population, mutation_eta, vectors, velocities: Matrix::with_columns(space.len()) };
        MultiObjective::boxed(space, objectives, run, &self.initial, population, search)
    }
}

/// The search and its state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lmocso {
    population: usize,
    mutation_eta: f64,
    vectors: ReferenceVectors,
    /// One row for each individual.
    velocities: Matrix,
}

impl Lmocso {
    /// Shift-based density of every row of the parents; larger is better. Rows that are not feasible have 0.
    fn densities(parents: &Members<'_>, count: usize) -> Vec<f64> {
        let rows: Vec<usize> = (0..count).filter(|&row| parents.feasible(row)).collect();
        let (values, objectives) = (normalised(parents, &rows, &rows), parents.objectives());
        let point = |place: usize| &values[place * objectives..][..objectives];
        let shifted =
            |i: usize, j: usize| -> f64 { point(j).iter().zip(point(i)).map(|(x, y)| (x - y).max(0.0).powi(2)).sum() };
        let nearest =
            |i: usize| (0..rows.len()).filter(|&j| j != i).map(|j| shifted(i, j)).fold(f64::INFINITY, f64::min);
        let mut densities = vec![0.0; count];
        rows.iter().enumerate().for_each(|(place, &row)| densities[row] = nearest(place));
        densities
    }

    /// Pairs (winner, loser).
    fn pairs(&self, parents: &Members<'_>, count: usize) -> Vec<(usize, usize)> {
        let densities = Self::densities(parents, count);
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut parents.at(0).rng(stream::PAIRING));
        if count == 1 {
            return vec![(0, 0)];
        }
        let pair = |pair: &[usize]| {
            let (a, b) = (pair[0], pair[1]);
            let first_wins = by_burden(parents, a, b).then(densities[b].total_cmp(&densities[a])).is_le();
            if first_wins { (a, b) } else { (b, a) }
        };
        order.chunks_exact(2).map(pair).collect()
    }

    /// Positions and velocities of the children of the first `count` rows: losers, then winners.
    fn moves(&self, parents: &Members<'_>, count: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
        let pairs = self.pairs(parents, count);
        let genes = parents.space().len();
        each(2 * pairs.len(), genes, |unit| {
            let mut rng = parents.at(unit as u64).rng(stream::VARIATION);
            let (winner, loser) = pairs[unit % pairs.len()];
            let (mut position, velocity) = if unit < pairs.len() {
                let [r_0, r_1]: [f64; 2] = rng.random();
                let (x_w, x_l) = (parents.position(winner), parents.position(loser));
                let old = self.velocities.row(loser);
                let velocity: Vec<f64> = (0..genes).map(|k| r_0 * old[k] + r_1 * (x_w[k] - x_l[k])).collect();
                let moved = |k: usize| x_l[k] + velocity[k] + r_0 * (velocity[k] - old[k]);
                ((0..genes).map(moved).collect(), velocity)
            } else {
                (parents.position(winner).to_vec(), self.velocities.row(winner).to_vec())
            };
            parents.space().clip_search(&mut position);
            variation::mutate(parents.space(), &mut position, self.mutation_eta, &mut rng);
            (position, velocity)
        })
    }
}

#[typetag::serde(name = "lmocso")]
impl MultiStrategy for Lmocso {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        self.moves(parents, parents.len()).into_iter().map(|(position, _)| position).collect()
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        let mut new = Matrix::with_columns(pool.space().len());
        if pool.parents() == 0 {
            new = Matrix::zeros(pool.len(), pool.space().len());
        } else {
            self.moves(pool, pool.parents()).iter().for_each(|(_, velocity)| new.push(velocity));
        }
        let kept = pool.feasibility_first(self.population, |rows, keep| self.vectors.select(pool, rows, keep));
        self.velocities = Matrix::gather(&self.velocities, &new, &kept);
        kept
    }

    fn validate(&self, objectives: usize, genes: usize, members: usize) -> Result<()> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        let eta = self.mutation_eta;
        EvolveError::require(eta.is_finite() && eta >= 0.0, CARD.name, "mutation_eta", eta, "0 or more")?;
        let (found, expected) = (self.velocities.values().len(), members * genes);
        if found != expected {
            return Err(EvolveError::Length { what: "stored velocities", found, expected });
        }
        self.vectors.validate(CARD.name, objectives)
    }
}
