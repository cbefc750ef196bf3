//! Competitive swarm optimiser: losers of random pairs learn from winners, and only losers are evaluated.
//!
//! v_l <- r_1 v_l + r_2 (x_w - x_l) + phi r_3 (xbar - x_l),  x_l <- x_l + v_l,  r_1, r_2, r_3 ~ U(0, 1) for every gene.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | particles; N/2 evaluations a generation after the first | 100 | Cheng and Jin 2015 |
//! | phi | `phi` | pull of the swarm's centre | 0 | Cheng and Jin 2015: 0 for N <= 100, to 0.3 |
//!
//! Source: Cheng and Jin 2015, doi:10.1109/TCYB.2014.2322602.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::address::stream;
use crate::array::Matrix;
use crate::bounds::Bounds;
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "competitive swarm",
    citation: "Cheng and Jin 2015, doi:10.1109/TCYB.2014.2322602",
    advice: "hundreds to thousands of real genes with local optima and a generous budget",
    many_objectives: false,
};

/// Settings of [`CompetitiveSwarm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompetitiveSwarmConfig {
    /// Particles, at least 2; an odd one out rests.
    pub population: usize,
    /// Pull of the swarm's centre, 0 or more.
    pub phi: f64,
    /// The first generation.
    pub initial: InitialPopulation,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for CompetitiveSwarmConfig {
    fn default() -> Self {
        Self { population: 100, phi: 0.0, initial: InitialPopulation::default(), bounds: Bounds::default() }
    }
}

#[typetag::serde(name = "competitive_swarm")]
impl OptimizerConfig for CompetitiveSwarmConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |_| {
            self.initial.validate(space)?;
            let (members, velocities) = (Members::empty(space.len()), Matrix::with_columns(space.len()));
            Ok(CompetitiveSwarm { config: self.clone(), members, velocities })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompetitiveSwarm {
    config: CompetitiveSwarmConfig,
    members: Members,
    velocities: Matrix,
}

/// A loser on its way.
struct Moved {
    member: usize,
    velocity: Vec<f64>,
    position: Vec<f64>,
}

impl CompetitiveSwarm {
    fn losers(&self, scene: &Scene<'_>) -> Vec<Moved> {
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        order.shuffle(&mut scene.at(0).rng(stream::PAIRING));
        let centre = self.members.points.column_means();
        let compete = |(pair, members): (usize, &[usize])| {
            let first_wins = self.members.value(members[0]) <= self.members.value(members[1]);
            let (winner, member) = if first_wins { (members[0], members[1]) } else { (members[1], members[0]) };
            let mut rng = scene.at(pair as u64).rng(stream::VARIATION);
            let (x_w, x_l, v_l) = (self.members.point(winner), self.members.point(member), self.velocities.row(member));
            let velocity = |gene: usize| {
                let [r_1, r_2, r_3]: [f64; 3] = rng.random();
                r_1 * v_l[gene] + r_2 * (x_w[gene] - x_l[gene]) + self.config.phi * r_3 * (centre[gene] - x_l[gene])
            };
            let velocity: Vec<f64> = (0..x_l.len()).map(velocity).collect();
            let position = x_l.iter().zip(&velocity).map(|(x, v)| scene.bounds.repaired(x + v)).collect();
            Moved { member, velocity, position }
        };
        order.chunks_exact(2).enumerate().map(compete).collect()
    }
}

#[typetag::serde(name = "competitive_swarm")]
impl Strategy for CompetitiveSwarm {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        if self.members.is_empty() {
            return scene.first_points(&self.config.initial, self.config.population);
        }
        Ok(self.losers(scene).into_iter().map(|moved| moved.position).collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        if self.members.is_empty() {
            self.members = Members::new(&self.ask(scene)?, values);
            self.velocities = Matrix::zeros(values.len(), scene.genes());
            return Ok(());
        }
        for (moved, &value) in self.losers(scene).iter().zip(values) {
            self.members.replace(moved.member, &moved.position, value);
            let genes = scene.genes();
            self.velocities.values_mut()[moved.member * genes..][..genes].copy_from_slice(&moved.velocity);
        }
        Ok(())
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        EvolveError::require(config.population >= 2, CARD.name, "population", config.population, "at least 2")?;
        EvolveError::require(config.phi >= 0.0 && config.phi.is_finite(), CARD.name, "phi", config.phi, "0 or more")?;
        self.members.validate(genes)?;
        let (found, expected) = (self.velocities.values().len(), self.members.points.values().len());
        if found != expected {
            return Err(EvolveError::Length { what: "stored velocities", found, expected });
        }
        Ok(())
    }
}
