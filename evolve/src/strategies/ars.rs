//! Augmented random search, version V1-t: differences along the best random directions, scaled by their spread.
//!
//! Of m directions z_k ~ N(0, I) with losses f_k+- at theta +- nu z_k, the b with the smallest min(f_k+, f_k-) count:
//!
//! g = 1/(b sigma_R) sum (f_k+ - f_k-) z_k,  sigma_R the standard deviation of their 2b losses,
//!
//! and theta moves by the updater. If sigma_R is 0, theta stays.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | 2m | `population` | candidates a generation, even | 100 | |
//! | b | `top` | directions that count | m/2 | Mania et al. 2018: m/2 to m |
//! | nu | `sigma` | length of a perturbation, in ranges | 0.03 | Mania et al. 2018 |
//! | | `updater` | how the gradient moves theta | SGD, step 0.02 ranges | Mania et al. 2018 |
//!
//! Version V2 also whitens the inputs of a policy by their running mean and variance. A search of genomes sees no inputs,
//! so that there is nothing to whiten here: an objective that wants V2 does it itself.
//!
//! Source: Mania, Guy and Recht 2018, arXiv:1803.07055, doi:10.48550/arXiv.1803.07055.

use serde::{Deserialize, Serialize};

use super::{check_pairs, check_state};
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{point, points, weighted_sum};
use crate::shaping::{ranking, with_worst_for_failures};
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::updater::{Sgd, Updater};

const CARD: Card = Card {
    name: "ARS",
    citation: "Mania, Guy and Recht 2018, doi:10.48550/arXiv.1803.07055",
    advice: "linear or small policies, few settings, losses whose size matters",
    many_objectives: false,
};

/// Settings of [`Ars`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArsConfig {
    /// Candidates a generation, even and at least 2.
    pub population: usize,
    /// Directions that count, between 1 and half the population; a quarter of the population if not given.
    pub top: Option<usize>,
    /// Length of a perturbation in ranges, more than 0.
    pub sigma: f64,
    /// How the gradient moves the mean.
    pub updater: Box<dyn Updater>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for ArsConfig {
    fn default() -> Self {
        Self {
            population: 100,
            top: None,
            sigma: 0.03,
            updater: Box::new(Sgd { learning_rate: 0.02 }),
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "ars")]
impl OptimizerConfig for ArsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, updater) = (self.start.latent(scene)?, self.updater.clone());
            Ok(Ars { config: self.clone(), mean, updater })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ars {
    config: ArsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    updater: Box<dyn Updater>,
}

/// Weight of every direction.
fn weights(values: &[f64], top: usize) -> Vec<f64> {
    let losses = with_worst_for_failures(values);
    let better: Vec<f64> = losses.chunks_exact(2).map(|pair| pair[0].min(pair[1])).collect();
    let chosen = &ranking(&better)[..top.min(better.len())];
    let used: Vec<f64> = chosen.iter().flat_map(|&k| [losses[2 * k], losses[2 * k + 1]]).collect();
    let mean = used.iter().sum::<f64>() / used.len() as f64;
    let deviation = (used.iter().map(|f| (f - mean) * (f - mean)).sum::<f64>() / used.len() as f64).sqrt();
    let mut weights = vec![0.0; better.len()];
    if deviation > 0.0 {
        for &k in chosen {
            weights[k] = (losses[2 * k] - losses[2 * k + 1]) / (chosen.len() as f64 * deviation);
        }
    }
    weights
}

#[typetag::serde(name = "ars")]
impl Strategy for Ars {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(points(|unit| scene.at(unit), self.config.population / 2, true, &self.mean, |_| self.config.sigma))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(point(|unit| scene.at(unit), index, true, &self.mean, |_| self.config.sigma))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let top = self.config.top.unwrap_or(values.len() / 4).max(1);
        let gradient = weighted_sum(|unit| scene.at(unit), &weights(values, top), self.mean.len());
        self.updater.update(&mut self.mean, &gradient);
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        check_pairs(CARD.name, config.population)?;
        let top = config.top.unwrap_or(1);
        let right = (1..=config.population / 2).contains(&top);
        EvolveError::require(right, CARD.name, "top", top, "between 1 and half the population")?;
        check_sigma(CARD.name, config.sigma)?;
        self.updater.validate(genes)?;
        check_state("mean of ARS", &self.mean, genes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_directions_count_and_their_spread_divides() {
        // Best of the pairs: 1, 4, 2, worst for the failure 9: directions 0 and 2 of four.
        let found = weights(&[1.0, 3.0, 4.0, 9.0, 6.0, 2.0, f64::INFINITY, 8.0], 2);
        // Losses 1, 3, 6, 2: mean 3, variance (4 + 0 + 9 + 1)/4.
        let scale = 1.0 / (2.0 * 3.5_f64.sqrt());
        for (found, expected) in found.iter().zip([-2.0 * scale, 0.0, 4.0 * scale, 0.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        assert_eq!(weights(&[2.0; 4], 2), [0.0, 0.0]);
        // Losses multiplied and moved by constants give the same weights.
        let moved = weights(&[12.0, 16.0, 18.0, 28.0, 22.0, 14.0], 2);
        let plain = weights(&[1.0, 3.0, 4.0, 9.0, 6.0, 2.0], 2);
        assert!(moved.iter().zip(plain).all(|(a, b)| (a - b).abs() < 1e-14));
    }
}
