//! Particle swarm optimisation with the swarm's best as guide.
//!
//! v <- w v + c_1 r_1 (p - x) + c_2 r_2 (g - x),  x <- x + v,  r_1, r_2 ~ U(0, 1) for every gene,
//!
//! with p the best place of the particle and g that of the swarm. |v| stays below half a range in every gene.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | particles | 40 | |
//! | w | `inertia` | memory of the velocity | 0.7298 | Clerc and Kennedy 2002 |
//! | c_1, c_2 | `cognitive`, `social` | pull of p and g | 1.49618 | Clerc and Kennedy 2002 |
//!
//! A particle whose evaluation failed keeps p. Velocities start at 0.
//!
//! Sources: Kennedy and Eberhart 1995, doi:10.1109/ICNN.1995.488968; Clerc and Kennedy 2002, doi:10.1109/4235.985692.

use rand::RngExt;
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
    name: "particle swarm",
    citation: "Kennedy and Eberhart 1995, doi:10.1109/ICNN.1995.488968; Clerc and Kennedy 2002, doi:10.1109/4235.985692",
    advice: "tens of real genes, a quick first look at a landscape",
    many_objectives: false,
};

/// Largest velocity, in ranges.
const FASTEST: f64 = 0.5;

/// Settings of [`ParticleSwarm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ParticleSwarmConfig {
    /// Particles, at least 2.
    pub population: usize,
    /// Memory of the velocity, in [0, 1).
    pub inertia: f64,
    /// Pull of the particle's best place, 0 or more.
    pub cognitive: f64,
    /// Pull of the swarm's best place, 0 or more.
    pub social: f64,
    /// The first generation.
    pub initial: InitialPopulation,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for ParticleSwarmConfig {
    fn default() -> Self {
        Self {
            population: 40,
            inertia: 0.7298,
            cognitive: 1.49618,
            social: 1.49618,
            initial: InitialPopulation::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "particle_swarm")]
impl OptimizerConfig for ParticleSwarmConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |_| {
            self.initial.validate(space)?;
            let nothing = || Matrix::with_columns(space.len());
            let bests = Members::empty(space.len());
            Ok(ParticleSwarm { config: self.clone(), positions: nothing(), velocities: nothing(), bests })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticleSwarm {
    config: ParticleSwarmConfig,
    positions: Matrix,
    velocities: Matrix,
    bests: Members,
}

/// A particle on its way.
struct Particle {
    position: Vec<f64>,
    velocity: Vec<f64>,
}

impl ParticleSwarm {
    /// New positions and velocities.
    fn moved(&self, scene: &Scene<'_>) -> Result<Vec<Particle>> {
        if self.bests.is_empty() {
            let points = scene.first_points(&self.config.initial, self.config.population)?;
            let resting = |position| Particle { position, velocity: vec![0.0; scene.genes()] };
            return Ok(points.into_iter().map(resting).collect());
        }
        let g = self.bests.point(self.bests.ranking()[0]);
        let particle = |index: usize| {
            let mut rng = scene.at(index as u64).rng(stream::VARIATION);
            let (x, v, p) = (self.positions.row(index), self.velocities.row(index), self.bests.point(index));
            let velocity = |gene: usize| {
                let [r_1, r_2]: [f64; 2] = rng.random();
                let pull = self.config.cognitive * r_1 * (p[gene] - x[gene]);
                let v = self.config.inertia * v[gene] + pull + self.config.social * r_2 * (g[gene] - x[gene]);
                v.clamp(-FASTEST, FASTEST)
            };
            let velocity: Vec<f64> = (0..x.len()).map(velocity).collect();
            let position = x.iter().zip(&velocity).map(|(x, v)| scene.bounds.repaired(x + v)).collect();
            Particle { position, velocity }
        };
        Ok((0..self.bests.len()).map(particle).collect())
    }
}

#[typetag::serde(name = "particle_swarm")]
impl Strategy for ParticleSwarm {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(self.moved(scene)?.into_iter().map(|particle| particle.position).collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let particles = self.moved(scene)?;
        let first = self.bests.is_empty();
        self.positions = Matrix::with_columns(scene.genes());
        self.velocities = Matrix::with_columns(scene.genes());
        for (index, (particle, &value)) in particles.iter().zip(values).enumerate() {
            if first {
                self.bests.push(&particle.position, value);
            } else if value < self.bests.value(index) {
                self.bests.replace(index, &particle.position, value);
            }
            self.positions.push(&particle.position);
            self.velocities.push(&particle.velocity);
        }
        Ok(())
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let require =
            |right, field, found: f64, expected| EvolveError::require(right, CARD.name, field, found, expected);
        require(config.population >= 2, "population", config.population as f64, "at least 2")?;
        require((0.0..1.0).contains(&config.inertia), "inertia", config.inertia, "at least 0, less than 1")?;
        for (field, pull) in [("cognitive", config.cognitive), ("social", config.social)] {
            require(pull >= 0.0 && pull.is_finite(), field, pull, "0 or more")?;
        }
        self.bests.validate(genes)?;
        for stored in [&self.positions, &self.velocities] {
            if stored.values().len() != self.bests.points.values().len() {
                let (found, expected) = (stored.values().len(), self.bests.points.values().len());
                return Err(EvolveError::Length { what: "stored particles", found, expected });
            }
        }
        Ok(())
    }
}
