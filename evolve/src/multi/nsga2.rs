//! NSGA-II: non-dominated sorting with crowding, the standard multi-objective genetic algorithm.
//!
//! Parents win binary tournaments by front, then by crowding distance; pairs of parents make pairs of
//! children by simulated binary crossover and polynomial mutation (gates: see `variation`); the best N
//! of parents and children survive by front, then by crowding distance. Every genome is evaluated once.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals | 100 | Deb et al. 2002 |
//! | p_c | `crossover_rate` | probability that a pair is crossed | 0.9 | Deb et al. 2002 |
//! | eta_c | `crossover_eta` | index of the crossover | 15 | see `variation` |
//! | eta_m | `mutation_eta` | index of the mutation, at rate 1/n | 20 | Deb et al. 2002 |
//!
//! Source: Deb, Pratap, Agarwal and Meyarivan 2002, doi:10.1109/4235.996017.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::array::Matrix;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::{ObjectiveInfo, Outcome};
use crate::optimizer::{Optimizer, OptimizerConfig, Setting};
use crate::population::{Population, candidates};
use crate::sorting;
use crate::space::SearchSpace;
use crate::strategy::Card;
use crate::variation;

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
    /// Probability that a pair of parents is crossed, in [0, 1].
    pub crossover_rate: f64,
    /// Index of the simulated binary crossover, 0 or more.
    pub crossover_eta: f64,
    /// Index of the polynomial mutation, 0 or more.
    pub mutation_eta: f64,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for Nsga2Config {
    fn default() -> Self {
        Self {
            population: 100,
            crossover_rate: 0.9,
            crossover_eta: 15.0,
            mutation_eta: 20.0,
            initial: InitialPopulation::default(),
        }
    }
}

impl Nsga2Config {
    fn validate(&self) -> Result<()> {
        let check = |right: bool, field, found: f64, expected: &str| {
            if right { Ok(()) } else { Err(EvolveError::config("NSGA-II", field, found, expected)) }
        };
        let at_least_0 = |x: f64| x.is_finite() && x >= 0.0;
        let rate = self.crossover_rate;
        check(self.population >= 2, "population", self.population as f64, "at least 2")?;
        check((0.0..=1.0).contains(&rate), "crossover_rate", rate, "in [0, 1]")?;
        check(at_least_0(self.crossover_eta), "crossover_eta", self.crossover_eta, "0 or more")?;
        check(at_least_0(self.mutation_eta), "mutation_eta", self.mutation_eta, "0 or more")
    }
}

#[typetag::serde(name = "nsga2")]
impl OptimizerConfig for Nsga2Config {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        Ok(Box::new(Nsga2::new(self.clone(), space, objectives, run)?))
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nsga2 {
    config: Nsga2Config,
    setting: Setting,
    parents: Population,
    #[serde(skip)]
    asked: Option<Matrix>,
}

impl Nsga2 {
    /// Starts a search.
    ///
    /// # Errors
    /// If a setting is out of its range, an initial genome does not fit, or there is no objective.
    pub fn new(config: Nsga2Config, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Self> {
        config.validate()?;
        config.initial.validate(space)?;
        let setting = Setting::new(space, objectives, run)?;
        let parents = Population::empty(space.len());
        Ok(Self { config, setting, parents, asked: None })
    }

    /// Key of every parent in a tournament: class, front, negative crowding distance; smaller wins.
    fn fitness(&self) -> Vec<(u8, usize, f64)> {
        let records = &self.parents.records;
        let objectives = self.setting.objectives.len();
        let mut fitness: Vec<_> = records.iter().map(|record| (record.class(), usize::MAX, 0.0)).collect();
        let alive: Vec<usize> = (0..records.len()).filter(|&row| records[row].class() == 0).collect();
        let means = self.parents.means(&alive);
        let ranks = sorting::non_dominated_ranks(&means, objectives);
        let mut order: Vec<usize> = (0..alive.len()).collect();
        order.sort_by_key(|&place| ranks[place]);
        for front in order.chunk_by(|&a, &b| ranks[a] == ranks[b]) {
            let crowding = sorting::crowding_distance(&means, objectives, front);
            for (&place, distance) in front.iter().zip(crowding) {
                fitness[alive[place]] = (0, ranks[place], -distance);
            }
        }
        fitness
    }

    /// One generation of children.
    fn children(&self) -> Matrix {
        let space = &self.setting.space;
        let fitness = self.fitness();
        let mut children = Matrix::with_columns(space.len());
        let mut pair = 0;
        while children.rows() < self.config.population {
            let mut rng = self.setting.at(pair).rng(stream::VARIATION);
            let mut parent = || {
                let row = tournament(&fitness, &mut rng);
                self.parents.positions.row(row).to_vec()
            };
            let (mut first, mut second) = (parent(), parent());
            if rng.random::<f64>() < self.config.crossover_rate {
                variation::cross(space, &mut first, &mut second, self.config.crossover_eta, &mut rng);
            }
            for mut child in [first, second] {
                variation::mutate(space, &mut child, self.config.mutation_eta, &mut rng);
                if children.rows() < self.config.population {
                    children.push(&child);
                }
            }
            pair += 1;
        }
        children
    }
}

/// The better of two random rows; equal ones win with probability 1/2 because the draw is symmetric.
fn tournament<R: Rng>(fitness: &[(u8, usize, f64)], rng: &mut R) -> usize {
    let (a, b) = (rng.random_range(0..fitness.len()), rng.random_range(0..fitness.len()));
    let ((class_a, front_a, crowd_a), (class_b, front_b, crowd_b)) = (fitness[a], fitness[b]);
    let order = class_a.cmp(&class_b).then(front_a.cmp(&front_b)).then(crowd_a.total_cmp(&crowd_b));
    if order.is_le() { a } else { b }
}

#[typetag::serde(name = "nsga2")]
impl Optimizer for Nsga2 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self) -> u64 {
        self.setting.run
    }

    fn space(&self) -> &SearchSpace {
        &self.setting.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.setting.objectives
    }

    fn generation(&self) -> u64 {
        self.setting.generation
    }

    fn ask(&mut self) -> Result<Vec<Candidate>> {
        let children = match self.asked.take() {
            Some(children) => children,
            None if self.parents.len() == 0 => {
                self.setting.first_positions(&self.config.initial, self.config.population)?
            }
            None => self.children(),
        };
        let asked = candidates(&self.setting, &children, self.setting.next_id);
        self.asked = Some(children);
        Ok(asked)
    }

    fn tell(&mut self, outcomes: &[(u64, Outcome)]) -> Result<()> {
        self.parents.tell_by_fronts(&mut self.setting, &mut self.asked, outcomes, self.config.population)
    }

    fn population(&self) -> Vec<Individual> {
        self.parents.exact(&self.setting, 0..self.parents.len())
    }

    fn front(&self) -> Vec<Individual> {
        self.parents.exact(&self.setting, self.parents.front_rows())
    }

    fn validate(&self) -> Result<()> {
        self.config.validate()?;
        self.parents.validate(&self.setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With two draws from n the best of all wins with probability 1 - (1 - 1/n)^2, the worst with 1/n^2.
    #[test]
    fn tournaments_go_by_class_then_front_then_crowding() {
        let fitness = [(1, 0, -9.0), (0, 1, -9.0), (0, 0, -0.5), (0, 0, f64::NEG_INFINITY)];
        let mut rng = crate::Address { run: 0, generation: 0, candidate: 0, episode: 0 }.rng(0);
        let mut wins = [0; 4];
        (0..16_000).for_each(|_| wins[tournament(&fitness, &mut rng)] += 1);
        for (found, expected) in wins.into_iter().zip([1000, 3000, 5000, 7000]) {
            assert!(i32::abs(found - expected) < 300, "{wins:?}");
        }
    }
}
