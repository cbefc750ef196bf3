//! SNES: separable natural evolution strategy, a Gaussian with one spread a gene.
//!
//! x_k = mu + sigma z_k (entry by entry), k = 1 ... l, with NES utilities u:
//!
//! mu <- mu + eta_mu sigma sum_k u_k z_k,  sigma <- sigma exp(eta/2 sum_k u_k (z_k^2 - 1)).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation | 4 + floor(3 ln n) | Wierstra et al. 2014 |
//! | sigma | `sigma` | first spread of every gene, in ranges | 0.3 | |
//! | eta_mu | `mean_learning_rate` | step of the mean | 1 | Wierstra et al. 2014 |
//! | eta | `sigma_learning_rate` | step of the spreads | (3 + ln n) / (5 sqrt n) | Wierstra et al. 2014 |
//!
//! Source: Wierstra, Schaul, Glasmachers, Sun, Peters and Schmidhuber 2014, Journal of Machine Learning Research 15:949;
//! Schaul, Glasmachers and Schmidhuber 2011, doi:10.1145/2001576.2001692.

use serde::{Deserialize, Serialize};

use super::{check_state, default_population, limited};
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{accumulate, point, points};
use crate::shaping::Shaping;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "SNES",
    citation: "Schaul, Glasmachers and Schmidhuber 2011, doi:10.1145/2001576.2001692",
    advice: "hundreds to many thousands of genes of different sensitivity that do not interact much",
    many_objectives: false,
};

/// Settings of [`Snes`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SnesConfig {
    /// Candidates a generation, at least 2; 4 + floor(3 ln n) if not given.
    pub population: Option<usize>,
    /// First spread of every gene in ranges, more than 0.
    pub sigma: f64,
    /// Step of the mean, more than 0.
    pub mean_learning_rate: f64,
    /// Step of the spreads, 0 or more; (3 + ln n) / (5 sqrt n) if not given.
    pub sigma_learning_rate: Option<f64>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for SnesConfig {
    fn default() -> Self {
        Self {
            population: None,
            sigma: 0.3,
            mean_learning_rate: 1.0,
            sigma_learning_rate: None,
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

impl SnesConfig {
    /// Step of the spreads for so many genes.
    #[must_use]
    pub fn sigma_rate(&self, genes: usize) -> f64 {
        let n = genes as f64;
        self.sigma_learning_rate.unwrap_or_else(|| (3.0 + n.ln()) / (5.0 * n.sqrt()))
    }
}

#[typetag::serde(name = "snes")]
impl OptimizerConfig for SnesConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, sigma) = (self.start.latent(scene)?, vec![self.sigma; space.len()]);
            Ok(Snes { config: self.clone(), mean, sigma })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snes {
    config: SnesConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    #[serde(with = "compact")]
    sigma: Vec<f64>,
}

#[typetag::serde(name = "snes")]
impl Strategy for Snes {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let count = default_population(self.config.population, scene.genes());
        Ok(points(|unit| scene.at(unit), count, false, &self.mean, |gene| self.sigma[gene]))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(point(|unit| scene.at(unit), index, false, &self.mean, |gene| self.sigma[gene]))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let utilities = Shaping::NesUtilities.utilities(values);
        let addresses: Vec<_> = (0..values.len() as u64).map(|unit| Some(scene.at(unit))).collect();
        let sums = accumulate(&addresses, scene.genes(), |k, _, z, sums: &mut [f64; 2]| {
            sums[0] += utilities[k] * z;
            sums[1] += utilities[k] * (z * z - 1.0);
        });
        let half_rate = 0.5 * self.config.sigma_rate(scene.genes());
        for ((mean, sigma), [first, second]) in self.mean.iter_mut().zip(&mut self.sigma).zip(sums) {
            *mean += self.config.mean_learning_rate * *sigma * first;
            *sigma = limited(*sigma * (half_rate * second).exp());
        }
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        vec![("mean_sigma".to_string(), self.sigma.iter().sum::<f64>() / self.sigma.len() as f64)]
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let count = default_population(config.population, genes);
        EvolveError::require(count >= 2, CARD.name, "population", count, "at least 2")?;
        check_sigma(CARD.name, config.sigma)?;
        let (mean_rate, rate) = (config.mean_learning_rate, config.sigma_rate(genes));
        let positive = mean_rate > 0.0 && mean_rate.is_finite();
        EvolveError::require(positive, CARD.name, "mean_learning_rate", mean_rate, "more than 0")?;
        EvolveError::require(rate >= 0.0 && rate.is_finite(), CARD.name, "sigma_learning_rate", rate, "0 or more")?;
        check_state("spread of SNES", &self.sigma, genes)?;
        check_state("mean of SNES", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Source: the formula evaluated in double precision for n = 10, 100 and 1000.
    #[test]
    fn the_default_rate_is_the_published_one() {
        let config = SnesConfig::default();
        for (genes, expected) in [(10, 0.335364927614), (100, 0.15210340372), (1000, 0.0626621463623)] {
            assert!((config.sigma_rate(genes) / expected - 1.0).abs() < 1e-10);
        }
    }
}
