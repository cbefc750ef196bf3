//! A genetic algorithm for real genes and gates.
//!
//! The e best individuals stay. The others are children: two parents win tournaments of k random individuals, are crossed
//! with probability p_c, and mutate. Crossover and mutation are those of NSGA-II: simulated binary crossover and
//! polynomial mutation of real genes, exchange and flips of gates.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals | 100 | |
//! | e | `elites` | individuals that stay | 2 | |
//! | k | `tournament` | individuals in a tournament | 2 | Goldberg and Deb 1991 |
//! | p_c | `crossover_rate` | probability that a pair is crossed | 0.9 | Deb et al. 2002 |
//! | eta_c, eta_m | `crossover_eta`, `mutation_eta` | indices of crossover and mutation | 15, 20 | Deb et al. 2002 |
//!
//! Elites keep the value of their one evaluation.
//!
//! Sources: Holland 1975, doi:10.7551/mitpress/1090.001.0001; Goldberg and Deb 1991, doi:10.1016/B978-0-08-050684-5.50008-2
//! (tournaments); Deb et al. 2002, doi:10.1109/4235.996017 (operators).

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::address::stream;
use crate::bounds::Bounds;
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::variation;

const CARD: Card = Card {
    name: "genetic algorithm",
    citation: "Holland 1975, doi:10.7551/mitpress/1090.001.0001; Deb et al. 2002, doi:10.1109/4235.996017",
    advice: "many gates, or genes that can be exchanged between genomes",
    many_objectives: false,
};

/// Settings of [`Genetic`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneticConfig {
    /// Individuals, at least 2.
    pub population: usize,
    /// Individuals that stay, fewer than the population.
    pub elites: usize,
    /// Individuals in a tournament, at least 1.
    pub tournament: usize,
    /// Probability that a pair is crossed, in [0, 1].
    pub crossover_rate: f64,
    /// Index of the simulated binary crossover, 0 or more.
    pub crossover_eta: f64,
    /// Index of the polynomial mutation, 0 or more.
    pub mutation_eta: f64,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for GeneticConfig {
    fn default() -> Self {
        Self {
            population: 100,
            elites: 2,
            tournament: 2,
            crossover_rate: 0.9,
            crossover_eta: 15.0,
            mutation_eta: 20.0,
            initial: InitialPopulation::default(),
        }
    }
}

#[typetag::serde(name = "genetic")]
impl OptimizerConfig for GeneticConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        // The operators respect the bounds themselves.
        SingleObjective::boxed(space, objectives, run, Bounds::Projection, |_| {
            self.initial.validate(space)?;
            Ok(Genetic { config: self.clone(), members: Members::empty(space.len()) })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genetic {
    config: GeneticConfig,
    /// Latent points, elites first.
    members: Members,
}

impl Genetic {
    /// The best of random members.
    fn winner<R: Rng>(&self, rng: &mut R) -> usize {
        let mut winner = rng.random_range(0..self.members.len());
        for _ in 1..self.config.tournament {
            let other = rng.random_range(0..self.members.len());
            if self.members.value(other) < self.members.value(winner) {
                winner = other;
            }
        }
        winner
    }
}

#[typetag::serde(name = "genetic")]
impl Strategy for Genetic {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let config = &self.config;
        if self.members.is_empty() {
            return scene.first_points(&config.initial, config.population);
        }
        let count = config.population - config.elites;
        let mut children = Vec::with_capacity(count + 1);
        for pair in 0..count.div_ceil(2) as u64 {
            let mut rng = scene.at(pair).rng(stream::VARIATION);
            let mut parent = || scene.to_search(self.members.point(self.winner(&mut rng)).to_vec());
            let (mut first, mut second) = (parent(), parent());
            if rng.random::<f64>() < config.crossover_rate {
                variation::cross(scene.space, &mut first, &mut second, config.crossover_eta, &mut rng);
            }
            for mut child in [first, second] {
                variation::mutate(scene.space, &mut child, config.mutation_eta, &mut rng);
                children.push(scene.latent_of(&child));
            }
        }
        children.truncate(count);
        Ok(children)
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let children = self.ask(scene)?;
        let mut next = self.members.best(self.config.elites);
        children.iter().zip(values).for_each(|(child, &value)| next.push(child, value));
        self.members = next;
        Ok(())
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let require =
            |right, field, found: f64, expected| EvolveError::require(right, CARD.name, field, found, expected);
        let at_least_0 = |x: f64| x.is_finite() && x >= 0.0;
        require(config.population >= 2, "population", config.population as f64, "at least 2")?;
        require(config.elites < config.population, "elites", config.elites as f64, "fewer than the population")?;
        require(config.tournament >= 1, "tournament", config.tournament as f64, "at least 1")?;
        require((0.0..=1.0).contains(&config.crossover_rate), "crossover_rate", config.crossover_rate, "in [0, 1]")?;
        require(at_least_0(config.crossover_eta), "crossover_eta", config.crossover_eta, "0 or more")?;
        require(at_least_0(config.mutation_eta), "mutation_eta", config.mutation_eta, "0 or more")?;
        self.members.validate(genes)
    }
}
