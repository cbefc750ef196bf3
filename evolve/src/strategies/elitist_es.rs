//! The elitist evolution strategy with which Joosten learned plasticity rules: the best, and mutated copies of it.
//!
//! First generation: start + s_0 N(0, I). Then the best genome of the last generation is asked again, together with l - 1
//! mutants of it: x + s N(0, I), or x with every gene drawn anew (from the first distribution) with probability r.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation, the elite included | 10 | Joosten 2021 |
//! | s_0 | `initial_sigma` | spread of the first generation, in ranges | 0.1 (N(0, 1) for genes within +-5) | Joosten 2021 |
//! | s | `mutation`: `gaussian` | spread of mutants, in ranges | 0.001 (0.01 for genes within +-5) | Joosten 2021 |
//! | r | `mutation`: `resample` | probability that a gene is drawn anew | | the other reading of "mutation rate" |
//!
//! The elite is evaluated again because a new generation can mean new trials: its old value would be luck. If its
//! evaluation fails, the best mutant takes its place.
//!
//! Source: Joosten 2021, "Learning to Learn: Generalization of Evolved Plasticity Rules in Recurrent Neural Networks",
//! University of Twente, section on the evolution strategy (population 10, mutation rate 0.01).

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::check_state;
use crate::address::stream;
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::normals;
use crate::shaping::ranking;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "elitist ES",
    citation: "Joosten 2021, University of Twente (bachelor's thesis)",
    advice: "reproducing Joosten's learned plasticity rules; for anything else it is close to random search",
    many_objectives: false,
};

/// How a mutant differs from the elite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElitistMutation {
    /// Every gene moves by a normal number of this spread, in ranges.
    Gaussian(f64),
    /// Every gene is drawn anew with this probability.
    Resample(f64),
}

/// Settings of [`ElitistEs`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElitistEsConfig {
    /// Candidates a generation, at least 2.
    pub population: usize,
    /// Spread of the first generation in ranges, more than 0.
    pub initial_sigma: f64,
    /// How a mutant differs from the elite.
    pub mutation: ElitistMutation,
    /// Where the first generation is centred.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for ElitistEsConfig {
    fn default() -> Self {
        Self {
            population: 10,
            initial_sigma: 0.1,
            mutation: ElitistMutation::Gaussian(0.001),
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "elitist_es")]
impl OptimizerConfig for ElitistEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            Ok(ElitistEs { config: self.clone(), start: self.start.latent(scene)?, elite: Vec::new() })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElitistEs {
    config: ElitistEsConfig,
    #[serde(with = "compact")]
    start: Vec<f64>,
    /// Empty in the first generation.
    #[serde(with = "compact")]
    elite: Vec<f64>,
}

#[typetag::serde(name = "elitist_es")]
impl Strategy for ElitistEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let first = self.elite.is_empty();
        let candidate = |index: u64| {
            if !first && index == 0 {
                return self.elite.clone();
            }
            let fresh = |gene: usize, z: f64| self.start[gene] + self.config.initial_sigma * z;
            let z = normals(scene.at(index), scene.genes());
            let mut rng = scene.at(index).rng(stream::VARIATION);
            let moved = |(gene, z): (usize, &f64)| {
                let y = match self.config.mutation {
                    _ if first => fresh(gene, *z),
                    ElitistMutation::Gaussian(sigma) => self.elite[gene] + sigma * z,
                    ElitistMutation::Resample(rate) if rng.random::<f64>() < rate => fresh(gene, *z),
                    ElitistMutation::Resample(_) => self.elite[gene],
                };
                scene.bounds.repaired(y)
            };
            z.iter().enumerate().map(moved).collect()
        };
        Ok((0..self.config.population as u64).map(candidate).collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        self.elite = self.ask(scene)?.swap_remove(ranking(values)[0]);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        (!self.elite.is_empty()).then_some(&self.elite[..])
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let count = self.config.population;
        EvolveError::require(count >= 2, CARD.name, "population", count, "at least 2")?;
        check_sigma(CARD.name, self.config.initial_sigma)?;
        match self.config.mutation {
            ElitistMutation::Gaussian(sigma) => check_sigma(CARD.name, sigma)?,
            ElitistMutation::Resample(rate) => {
                let right = rate > 0.0 && rate <= 1.0;
                EvolveError::require(right, CARD.name, "resample", rate, "more than 0, at most 1")?;
            }
        }
        if !self.elite.is_empty() {
            check_state("elite", &self.elite, genes)?;
        }
        check_state("start of the elitist ES", &self.start, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::space::Variable;

    #[test]
    fn the_best_is_asked_again_and_mutants_differ_as_set() {
        let genes = 4000;
        let space = SearchSpace::new((0..genes).map(|g| Variable::real(g.to_string(), -5.0, 5.0)).collect()).unwrap();
        let scene = |generation| Scene { space: &space, bounds: Bounds::Smooth, run: 2, generation };
        for mutation in [ElitistMutation::Gaussian(0.001), ElitistMutation::Resample(0.01)] {
            let config = ElitistEsConfig { mutation, population: 3, ..Default::default() };
            let mut search = ElitistEs { config, start: vec![0.5; genes], elite: Vec::new() };
            let first = search.ask(&scene(0)).unwrap();
            search.tell(&scene(0), &[2.0, 1.0, f64::INFINITY]).unwrap();
            let second = search.ask(&scene(1)).unwrap();
            assert_eq!(second[0], first[1]);
            let steps: Vec<f64> = second[2].iter().zip(&second[0]).map(|(a, b)| a - b).collect();
            match mutation {
                // N(0, 0.01) in the units of the genes; standard error of the deviation 1.1 %.
                ElitistMutation::Gaussian(_) => {
                    let deviation = (steps.iter().map(|d| d * d * 100.0).sum::<f64>() / genes as f64).sqrt();
                    assert!((deviation / 0.01 - 1.0).abs() < 0.05, "{deviation}");
                }
                // 40 genes of 4000, standard deviation 6.3.
                ElitistMutation::Resample(_) => {
                    let changed = steps.iter().filter(|d| **d != 0.0).count();
                    assert!((15..65).contains(&changed), "{changed}");
                }
            }
        }
    }
}
