//! The (mu, lambda) evolution strategy with the 1/5 success rule.
//!
//! Every one of l offspring is a copy of a random one of the mu parents plus sigma N(0, I); the mu best offspring are
//! the next parents. With p the share of offspring better than their own parent,
//!
//! sigma <- sigma exp(1/d (p - 1/5) / (1 - 1/5)),  d = 1 + n/(2 l).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | mu | `parents` | parents | l/4 | Schwefel 1981: l = 5 to 7 mu |
//! | l | `population` | offspring a generation | 4 + floor(3 ln n) | |
//! | sigma | `sigma` | first spread, in ranges | 0.3 | |
//!
//! The first generation are perturbations of the start. Offspring of a parent without a value do not count for p.
//!
//! Sources: Rechenberg 1973, Evolutionsstrategie, Frommann-Holzboog (1/5 rule); Beyer and Schwefel 2002,
//! doi:10.1023/A:1015059928466; the exponential form of the rule: Kern et al. 2004, doi:10.1023/B:NACO.0000023416.59689.4e.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::members::Members;
use super::{check_state, default_population, limited};
use crate::address::stream;
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::normals;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "(mu, lambda)-ES",
    citation: "Beyer and Schwefel 2002, doi:10.1023/A:1015059928466",
    advice: "a transparent baseline with one spread that adapts by the 1/5 rule",
    many_objectives: false,
};

/// Settings of [`MuLambda`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MuLambdaConfig {
    /// Offspring a generation, at least 2; 4 + floor(3 ln n) if not given.
    pub population: Option<usize>,
    /// Parents, between 1 and the population; a quarter of it if not given.
    pub parents: Option<usize>,
    /// First spread in ranges, more than 0.
    pub sigma: f64,
    /// Where the first generation is centred.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for MuLambdaConfig {
    fn default() -> Self {
        Self { population: None, parents: None, sigma: 0.3, start: Start::default(), bounds: Bounds::default() }
    }
}

#[typetag::serde(name = "mu_lambda")]
impl OptimizerConfig for MuLambdaConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let parents = Members::empty(space.len());
            Ok(MuLambda { config: self.clone(), start: self.start.latent(scene)?, parents, sigma: self.sigma })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MuLambda {
    config: MuLambdaConfig,
    #[serde(with = "compact")]
    start: Vec<f64>,
    parents: Members,
    sigma: f64,
}

impl MuLambda {
    /// The parent of an offspring; none in the first generation.
    fn parent(&self, scene: &Scene<'_>, child: u64) -> Option<usize> {
        let count = self.parents.len();
        (count > 0).then(|| scene.at(child).rng(stream::PAIRING).random_range(0..count))
    }
}

#[typetag::serde(name = "mu_lambda")]
impl Strategy for MuLambda {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let child = |index: u64| {
            let parent = self.parent(scene, index).map_or(&self.start[..], |parent| self.parents.point(parent));
            let mut point = normals(scene.at(index), scene.genes());
            for (y, x) in point.iter_mut().zip(parent) {
                *y = scene.bounds.repaired(x + self.sigma * *y);
            }
            point
        };
        Ok((0..default_population(self.config.population, scene.genes()) as u64).map(child).collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let points = self.ask(scene)?;
        let (mut better, mut counted) = (0.0, 0.0);
        for (index, value) in values.iter().enumerate() {
            let parent = self.parent(scene, index as u64).map_or(f64::INFINITY, |parent| self.parents.value(parent));
            if parent.is_finite() {
                counted += 1.0;
                better += f64::from(u8::from(*value < parent));
            }
        }
        if counted > 0.0 {
            let damping = 1.0 + scene.genes() as f64 / (2.0 * values.len() as f64);
            self.sigma = limited(self.sigma * ((better / counted - 0.2) / (0.8 * damping)).exp());
        }
        let parents = self.config.parents.unwrap_or(values.len() / 4).max(1);
        self.parents = Members::new(&points, values).best(parents);
        Ok(())
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        vec![("sigma".to_string(), self.sigma)]
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let count = default_population(self.config.population, genes);
        EvolveError::require(count >= 2, CARD.name, "population", count, "at least 2")?;
        let parents = self.config.parents.unwrap_or(1);
        let right = (1..=count).contains(&parents);
        EvolveError::require(right, CARD.name, "parents", parents, "between 1 and the population")?;
        check_sigma(CARD.name, self.config.sigma)?;
        check_state("start of the (mu, lambda)-ES", &self.start, genes)?;
        self.parents.validate(genes)
    }
}
