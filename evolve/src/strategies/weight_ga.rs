//! A genetic algorithm for the weights of a network, with lineage.
//!
//! The e best individuals stay and are evaluated again, so that all values of a generation come from the same trials.
//! The others are children. A parent wins a tournament of k random individuals. With probability p_c there is a second
//! one, and every group of genes (say, what one neuron sends; see [`Variable::group`]) comes from either
//! parent as a whole. Then a share q of the genes mutates:
//!
//! | `mutation` | a gene x becomes | property |
//! |---|---|---|
//! | `multiplicative` | x exp(s e) | keeps signs and zeros; the relative change is the same for weak and strong weights |
//! | `additive` | x + sigma r e, r the range of the gene | isotropic if all ranges are equal |
//!
//! with e ~ N(0, 1), and s drawn for every child from a list of scales. The first generation is the start and its mutants.
//! A logarithmically scaled gene moves by s e or sigma r e in its logarithm; a gate that mutates flips.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals | 64 | |
//! | e | `elites` | individuals that stay | 4 | |
//! | k | `tournament` | individuals in a tournament | 4 | Goldberg and Deb 1991 |
//! | p_c | `crossover_rate` | probability of a second parent | 0.5 | |
//! | q | `mutated` | share of genes that mutate | 0.05 | |
//! | s | `scales` | deviations of the logarithm | 0.02, 0.05, 0.1 | |
//!
//! For every group of genes of every individual the search knows from which founder, an individual of the first
//! generation, it descends: [`Optimizer::ancestor`] puts the founders' genes together. The difference of a genome and
//! its ancestor is what mutation and selection have done, without what selection among founders did.
//!
//! Sources: Montana and Davis 1989, IJCAI 1:762 (weights of networks, crossover of whole neurons); Goldberg and Deb 1991,
//! doi:10.1016/B978-0-08-050684-5.50008-2 (tournaments). Numbers without a source are choices of this crate.

use std::collections::HashMap;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::address::stream;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::each;
use crate::single::SingleObjective;
use crate::space::{GeneKind, SearchSpace, Variable};
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "genetic algorithm for weights",
    citation: "Montana and Davis 1989, IJCAI 1:762",
    advice: "weights of a network with signs to keep and neurons to exchange; which layers evolution changes",
    many_objectives: false,
};

/// How a gene mutates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightMutation {
    /// A factor whose logarithm is normal.
    Multiplicative {
        /// Deviations of the logarithm, each more than 0; every child draws one.
        scales: Vec<f64>,
    },
    /// A normal term.
    Additive {
        /// Deviation in ranges of the gene, more than 0.
        sigma: f64,
    },
}

/// Settings of [`WeightGa`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightGaConfig {
    /// Individuals, at least 2.
    pub population: usize,
    /// Individuals that stay, fewer than the population.
    pub elites: usize,
    /// Individuals in a tournament, at least 1.
    pub tournament: usize,
    /// Probability of a second parent, in [0, 1].
    pub crossover_rate: f64,
    /// Share of genes that mutate, more than 0 and at most 1.
    pub mutated: f64,
    /// How they do.
    pub mutation: WeightMutation,
    /// The genome of which the first generation are mutants.
    pub start: Start,
}

impl Default for WeightGaConfig {
    fn default() -> Self {
        Self {
            population: 64,
            elites: 4,
            tournament: 4,
            crossover_rate: 0.5,
            mutated: 0.05,
            mutation: WeightMutation::Multiplicative { scales: vec![0.02, 0.05, 0.1] },
            start: Start::default(),
        }
    }
}

#[typetag::serde(name = "weight_ga")]
impl OptimizerConfig for WeightGaConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, Bounds::Projection, |scene| {
            let start = self.start.latent(scene)?;
            let members = Members::empty(space.len());
            Ok(WeightGa { config: self.clone(), start, founded: 0, members, founders: Vec::new() })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightGa {
    config: WeightGaConfig,
    #[serde(with = "crate::array::compact")]
    start: Vec<f64>,
    /// Generation of the founders, the first that did not fail as a whole.
    founded: u64,
    /// The last generation, elites first.
    members: Members,
    /// Founder of every group of genes of every member.
    founders: Vec<Vec<u32>>,
}

/// An individual on its way.
struct Child {
    point: Vec<f64>,
    founders: Vec<u32>,
}

/// Group of every gene, and how many there are; a gene without a name of a group is a group of its own.
fn groups<'a>(space: &'a SearchSpace) -> (Vec<usize>, usize) {
    let mut known: HashMap<&'a str, usize> = HashMap::new();
    let mut count = 0;
    let mut next = || {
        count += 1;
        count - 1
    };
    let group = |variable: &'a Variable| match variable.group.as_str() {
        "" => next(),
        name => *known.entry(name).or_insert_with(&mut next),
    };
    let groups = space.variables().iter().map(group).collect();
    (groups, count)
}

impl WeightGa {
    fn winner<R: Rng>(&self, rng: &mut R) -> usize {
        let draws = (0..self.config.tournament).map(|_| rng.random_range(0..self.members.len()));
        let draws: Vec<usize> = draws.collect();
        let better = |best: usize, other: usize| {
            if self.members.value(other) < self.members.value(best) { other } else { best }
        };
        draws.into_iter().reduce(better).expect("a tournament has at least one member")
    }

    /// A mutant of a point; genes that do not mutate keep their bits.
    fn mutate<R: Rng>(&self, scene: &Scene<'_>, point: &[f64], rng: &mut R) -> Vec<f64> {
        let mut x = scene.to_search(point.to_vec());
        let mut mutated = Vec::new();
        let scale = match &self.config.mutation {
            WeightMutation::Multiplicative { scales } => scales[rng.random_range(0..scales.len())],
            WeightMutation::Additive { sigma } => *sigma,
        };
        let multiply = matches!(self.config.mutation, WeightMutation::Multiplicative { .. });
        let (lower, upper) = (scene.space.search_lower(), scene.space.search_upper());
        for gene in 0..x.len() {
            if rng.random::<f64>() >= self.config.mutated {
                continue;
            }
            mutated.push(gene);
            let e: f64 = StandardNormal.sample(rng);
            match scene.space.variables()[gene].kind {
                GeneKind::Gate => x[gene] = if x[gene] > 0.5 { lower[gene] } else { upper[gene] },
                GeneKind::Real if multiply => x[gene] *= (scale * e).exp(),
                GeneKind::LogScaled if multiply => x[gene] += scale * e,
                GeneKind::Real | GeneKind::LogScaled => x[gene] += scale * (upper[gene] - lower[gene]) * e,
            }
        }
        let (mut child, moved) = (point.to_vec(), scene.latent_of(&x));
        mutated.into_iter().for_each(|gene| child[gene] = moved[gene]);
        child
    }

    /// Founder `index`: the start itself, or a mutant of it.
    fn founder(&self, scene: &Scene<'_>, index: u32) -> Vec<f64> {
        if index == 0 {
            return self.start.clone();
        }
        let generation = if self.members.is_empty() { scene.generation } else { self.founded };
        let first = Scene { generation, ..*scene };
        self.mutate(&first, &self.start, &mut first.at(index.into()).rng(stream::VARIATION))
    }

    fn child(&self, scene: &Scene<'_>, groups: &(Vec<usize>, usize), index: u64) -> Child {
        let mut rng = scene.at(index).rng(stream::VARIATION);
        let mother = self.winner(&mut rng);
        let (mut point, mut founders) = (self.members.point(mother).to_vec(), self.founders[mother].clone());
        if rng.random::<f64>() < self.config.crossover_rate {
            let father = self.winner(&mut rng);
            let other: Vec<bool> = (0..groups.1).map(|_| rng.random()).collect();
            for (gene, &group) in groups.0.iter().enumerate().filter(|(_, group)| other[**group]) {
                point[gene] = self.members.point(father)[gene];
                founders[group] = self.founders[father][group];
            }
        }
        Child { point: self.mutate(scene, &point, &mut rng), founders }
    }

    /// The generation to evaluate, elites first.
    fn generation(&self, scene: &Scene<'_>) -> Result<Vec<Child>> {
        let groups = groups(scene.space);
        if let Some(row) = self.founders.iter().find(|row| row.len() != groups.1) {
            return Err(EvolveError::Length {
                what: "stored founders of groups",
                found: row.len(),
                expected: groups.1,
            });
        }
        let config = &self.config;
        if self.members.is_empty() {
            let founder = |index: usize| {
                let index = index as u32;
                Child { point: self.founder(scene, index), founders: vec![index; groups.1] }
            };
            return Ok(each(config.population, scene.genes(), founder));
        }
        let stay = |&member: &usize| Child {
            point: self.members.point(member).to_vec(),
            founders: self.founders[member].clone(),
        };
        let mut next: Vec<Child> = self.members.ranking()[..config.elites].iter().map(stay).collect();
        let child = |index: usize| self.child(scene, &groups, index as u64);
        next.extend(each(config.population - config.elites, scene.genes(), child));
        Ok(next)
    }
}

#[typetag::serde(name = "weight_ga")]
impl Strategy for WeightGa {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(self.generation(scene)?.into_iter().map(|child| child.point).collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let mut members = Members::empty(scene.genes());
        let next = self.generation(scene)?;
        if self.members.is_empty() {
            self.founded = scene.generation;
        }
        next.iter().zip(values).for_each(|(child, &value)| members.push(&child.point, value));
        self.founders = next.into_iter().map(|child| child.founders).collect();
        self.members = members;
        Ok(())
    }

    /// The best individual of the last generation: all of it met the same trials, so its value owes less to luck than
    /// that of the best ever seen.
    fn mean(&self) -> Option<&[f64]> {
        self.members.ranking().first().map(|&best| self.members.point(best))
    }

    fn ancestor(&self, scene: &Scene<'_>) -> Option<Vec<f64>> {
        let best = *self.members.ranking().first()?;
        let groups = groups(scene.space).0;
        let mut point = self.start.clone();
        let mut founders = HashMap::new();
        for (gene, group) in groups.into_iter().enumerate() {
            let index = *self.founders[best].get(group)?;
            point[gene] = founders.entry(index).or_insert_with(|| self.founder(scene, index))[gene];
        }
        Some(point)
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let require =
            |right, field, found: f64, expected| EvolveError::require(right, CARD.name, field, found, expected);
        require(config.population >= 2, "population", config.population as f64, "at least 2")?;
        require(config.elites < config.population, "elites", config.elites as f64, "fewer than the population")?;
        require(config.tournament >= 1, "tournament", config.tournament as f64, "at least 1")?;
        require((0.0..=1.0).contains(&config.crossover_rate), "crossover_rate", config.crossover_rate, "in [0, 1]")?;
        let share = config.mutated > 0.0 && config.mutated <= 1.0;
        require(share, "mutated", config.mutated, "more than 0, at most 1")?;
        match &config.mutation {
            WeightMutation::Additive { sigma } => check_sigma(CARD.name, *sigma)?,
            WeightMutation::Multiplicative { scales } => {
                require(!scales.is_empty(), "scales", scales.len() as f64, "at least one")?;
                scales
                    .iter()
                    .try_for_each(|&s| require(s > 0.0 && s <= 10.0, "scales", s, "more than 0, at most 10"))?;
            }
        }
        super::check_state("start of the genetic algorithm for weights", &self.start, genes)?;
        let (rows, members) = (self.founders.len(), self.members.len());
        if rows != members {
            return Err(EvolveError::Length { what: "stored founders", found: rows, expected: members });
        }
        if members != 0 && members != config.population {
            return Err(EvolveError::Length { what: "stored members", found: members, expected: config.population });
        }
        let largest = self.founders.iter().flatten().max().map_or(0, |&index| index as usize);
        require(largest < config.population, "founder", largest as f64, "less than the population")?;
        self.members.validate(genes)
    }
}
