//! Differential evolution.
//!
//! Every individual x_i meets one trial vector: v is built by the variant, and trial gene j is v_j with probability CR
//! (always for one random gene) and x_ij otherwise. The trial takes the place of x_i if it is not worse.
//!
//! | variant | v | source |
//! |---|---|---|
//! | `rand1` | x_a + F (x_b - x_c) | Storn and Price 1997 |
//! | `best1` | x_best + F (x_b - x_c) | Storn and Price 1997 |
//! | `current_to_pbest1` | x_i + F (x_p - x_i) + F (x_b - x_c), p among the best share | Zhang and Sanderson 2009 |
//!
//! with a, b, c random, different from each other and from i.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals, at least 4 | 100 | Storn and Price 1997: 5 to 10 n |
//! | F | `scale` | weight of a difference | 0.5 | Storn and Price 1997 |
//! | CR | `crossover_rate` | share of genes taken from v | 0.9 | Storn and Price 1997 |
//!
//! Sources: Storn and Price 1997, doi:10.1023/A:1008202821328; Zhang and Sanderson 2009, doi:10.1109/TEVC.2009.2014613.

use rand::RngExt;
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

const CARD: Card = Card {
    name: "differential evolution",
    citation: "Storn and Price 1997, doi:10.1023/A:1008202821328",
    advice: "tens of real genes, many local optima, no wish to tune",
    many_objectives: false,
};

/// How a trial vector is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferentialVariant {
    /// From a random individual.
    #[default]
    Rand1,
    /// From the best individual.
    Best1,
    /// From the individual itself towards one of this share of best ones, in (0, 1].
    CurrentToPbest1(f64),
}

/// Settings of [`DifferentialEvolution`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DifferentialEvolutionConfig {
    /// Individuals, at least 4.
    pub population: usize,
    /// Weight of a difference, more than 0, at most 2.
    pub scale: f64,
    /// Share of genes taken from the trial vector, in [0, 1].
    pub crossover_rate: f64,
    /// How a trial vector is built.
    pub variant: DifferentialVariant,
    /// The first generation.
    pub initial: InitialPopulation,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for DifferentialEvolutionConfig {
    fn default() -> Self {
        Self {
            population: 100,
            scale: 0.5,
            crossover_rate: 0.9,
            variant: DifferentialVariant::default(),
            initial: InitialPopulation::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "differential_evolution")]
impl OptimizerConfig for DifferentialEvolutionConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |_| {
            self.initial.validate(space)?;
            Ok(DifferentialEvolution { config: self.clone(), members: Members::empty(space.len()) })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DifferentialEvolution {
    config: DifferentialEvolutionConfig,
    members: Members,
}

impl DifferentialEvolution {
    fn trial(&self, scene: &Scene<'_>, member: usize, ranking: &[usize]) -> Vec<f64> {
        let mut rng = scene.at(member as u64).rng(stream::VARIATION);
        let mut taken = vec![member];
        let mut another = || loop {
            let other = rng.random_range(0..self.members.len());
            if !taken.contains(&other) {
                taken.push(other);
                return self.members.point(other);
            }
        };
        let (b, c, a) = (another(), another(), another());
        let x = self.members.point(member);
        let base = match self.config.variant {
            DifferentialVariant::Rand1 => a,
            DifferentialVariant::Best1 => self.members.point(ranking[0]),
            DifferentialVariant::CurrentToPbest1(share) => {
                let best = ((share * ranking.len() as f64).ceil() as usize).clamp(1, ranking.len());
                self.members.point(ranking[rng.random_range(0..best)])
            }
        };
        let certain = rng.random_range(0..x.len());
        let scale = self.config.scale;
        let gene = |gene: usize| {
            if rng.random::<f64>() >= self.config.crossover_rate && gene != certain {
                return x[gene];
            }
            let from = match self.config.variant {
                DifferentialVariant::CurrentToPbest1(_) => x[gene] + scale * (base[gene] - x[gene]),
                DifferentialVariant::Rand1 | DifferentialVariant::Best1 => base[gene],
            };
            scene.bounds.repaired(from + scale * (b[gene] - c[gene]))
        };
        (0..x.len()).map(gene).collect()
    }
}

#[typetag::serde(name = "differential_evolution")]
impl Strategy for DifferentialEvolution {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        if self.members.is_empty() {
            return scene.first_points(&self.config.initial, self.config.population);
        }
        let ranking = self.members.ranking();
        Ok((0..self.members.len()).map(|member| self.trial(scene, member, &ranking)).collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let points = self.ask(scene)?;
        if self.members.is_empty() {
            self.members = Members::new(&points, values);
            return Ok(());
        }
        for (member, (point, &value)) in points.iter().zip(values).enumerate() {
            if value.is_finite() && value <= self.members.value(member) {
                self.members.replace(member, point, value);
            }
        }
        Ok(())
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let require =
            |right, field, found: f64, expected| EvolveError::require(right, CARD.name, field, found, expected);
        require(config.population >= 4, "population", config.population as f64, "at least 4")?;
        require(config.scale > 0.0 && config.scale <= 2.0, "scale", config.scale, "more than 0, at most 2")?;
        require((0.0..=1.0).contains(&config.crossover_rate), "crossover_rate", config.crossover_rate, "in [0, 1]")?;
        if let DifferentialVariant::CurrentToPbest1(share) = config.variant {
            require(share > 0.0 && share <= 1.0, "current_to_pbest1", share, "more than 0, at most 1")?;
        }
        self.members.validate(genes)
    }
}
