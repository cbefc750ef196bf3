//! OpenAI-ES: a Gaussian of fixed spread whose mean follows an estimated gradient.
//!
//! Mirrored pairs theta +- sigma e_k, k = 1 ... m = l/2, e_k ~ N(0, I); with the utilities u (larger is better) the
//! gradient of the smoothed loss is estimated as
//!
//! g = -1/(l sigma) sum_k (u_k+ - u_k-) e_k + c (theta - 0),
//!
//! and theta moves by the updater. Without mirroring, g = -1/(l sigma) sum_k u_k e_k.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation, even if mirrored | 100 | |
//! | sigma | `sigma` | spread, in ranges of the genes | 0.02 | Salimans et al. 2017 |
//! | | `mirrored` | pairs with opposite perturbations | true | Salimans et al. 2017 |
//! | u | `shaping` | fitness shaping | centred ranks | Salimans et al. 2017 |
//! | | `updater` | how the gradient moves the mean | Adam, step 0.01 ranges | Salimans et al. 2017 |
//! | c | `l2` | pull towards 0 in search coordinates | 0 (0.005 there) | Salimans et al. 2017 |
//!
//! With `shaping` none, mirrored, the estimate is exact in expectation for quadratic losses, and for any loss it is the
//! gradient of E f(theta + sigma e).
//!
//! Source: Salimans, Ho, Chen, Sidor and Sutskever 2017, arXiv:1703.03864, doi:10.48550/arXiv.1703.03864.

use serde::{Deserialize, Serialize};

use super::{check_pairs, check_state};
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{point, points, weighted_sum};
use crate::shaping::Shaping;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::updater::{Adam, Updater};

const CARD: Card = Card {
    name: "OpenAI-ES",
    citation: "Salimans, Ho, Chen, Sidor and Sutskever 2017, doi:10.48550/arXiv.1703.03864",
    advice: "thousands to millions of weights, noisy fitness, many parallel evaluations",
    many_objectives: false,
};

/// Settings of [`OpenAiEs`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiEsConfig {
    /// Candidates a generation; even and at least 2 if mirrored.
    pub population: usize,
    /// Spread in ranges, more than 0.
    pub sigma: f64,
    /// Pairs with opposite perturbations.
    pub mirrored: bool,
    /// Fitness shaping.
    pub shaping: Shaping,
    /// How the gradient moves the mean.
    pub updater: Box<dyn Updater>,
    /// Pull towards 0, 0 or more.
    pub l2: f64,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for OpenAiEsConfig {
    fn default() -> Self {
        Self {
            population: 100,
            sigma: 0.02,
            mirrored: true,
            shaping: Shaping::CentredRanks,
            updater: Box::new(Adam::new(0.01)),
            l2: 0.0,
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "open_ai_es")]
impl OptimizerConfig for OpenAiEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, updater) = (self.start.latent(scene)?, self.updater.clone());
            Ok(OpenAiEs { config: self.clone(), mean, updater })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAiEs {
    config: OpenAiEsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    updater: Box<dyn Updater>,
}

impl OpenAiEs {
    /// Estimated gradient of the (shaped) loss at the mean, without the pull towards 0.
    fn gradient(&self, scene: &Scene<'_>, values: &[f64]) -> Vec<f64> {
        let utilities = self.config.shaping.utilities(values);
        let scale = -1.0 / (values.len() as f64 * self.config.sigma);
        let weights: Vec<f64> = if self.config.mirrored {
            utilities.chunks_exact(2).map(|pair| scale * (pair[0] - pair[1])).collect()
        } else {
            utilities.iter().map(|u| scale * u).collect()
        };
        weighted_sum(|unit| scene.at(unit), &weights, self.mean.len())
    }
}

#[typetag::serde(name = "open_ai_es")]
impl Strategy for OpenAiEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let mirrored = self.config.mirrored;
        let units = if mirrored { self.config.population / 2 } else { self.config.population };
        Ok(points(|unit| scene.at(unit), units, mirrored, &self.mean, |_| self.config.sigma))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(point(|unit| scene.at(unit), index, self.config.mirrored, &self.mean, |_| self.config.sigma))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let mut gradient = self.gradient(scene, values);
        if self.config.l2 > 0.0 {
            let pull = self.mean.iter().zip(scene.origin());
            gradient.iter_mut().zip(pull).for_each(|(g, (y, origin))| *g += self.config.l2 * (y - origin));
        }
        self.updater.update(&mut self.mean, &gradient);
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        if config.mirrored {
            check_pairs(CARD.name, config.population)?;
        } else {
            let right = config.population >= 2;
            EvolveError::require(right, CARD.name, "population", config.population, "at least 2")?;
        }
        check_sigma(CARD.name, config.sigma)?;
        EvolveError::require(config.l2 >= 0.0 && config.l2.is_finite(), CARD.name, "l2", config.l2, "0 or more")?;
        config.updater.validate(genes)?;
        self.updater.validate(genes)?;
        check_state("mean of OpenAI-ES", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::space::Variable;

    /// Estimates at latent `mean` for `runs` seeds, the loss taken in latent coordinates.
    fn estimates(mean: &[f64], config: &OpenAiEsConfig, runs: u64, loss: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
        let variables = (0..mean.len()).map(|gene| Variable::real(gene.to_string(), 0.0, 1.0));
        let space = SearchSpace::new(variables.collect()).unwrap();
        let search = OpenAiEs { config: config.clone(), mean: mean.to_vec(), updater: Box::new(Adam::default()) };
        let one = |run| {
            let scene = Scene { space: &space, bounds: Bounds::Smooth, run, generation: 0 };
            let values: Vec<f64> = search.ask(&scene).unwrap().iter().map(|y| loss(y)).collect();
            search.gradient(&scene, &values)
        };
        (0..runs).map(one).collect()
    }

    fn plain(population: usize, sigma: f64) -> OpenAiEsConfig {
        OpenAiEsConfig { population, sigma, shaping: Shaping::None, ..Default::default() }
    }

    /// Mean of the first component over seeds, and its standard error.
    fn mean_and_error(estimates: &[Vec<f64>]) -> (f64, f64) {
        let count = estimates.len() as f64;
        let mean = estimates.iter().map(|g| g[0]).sum::<f64>() / count;
        let variance = estimates.iter().map(|g| (g[0] - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, (variance / count).sqrt())
    }

    #[test]
    fn expectations_have_their_closed_forms() {
        type Case = (&'static str, fn(&[f64]) -> f64, [f64; 2], f64);
        let sigma = 0.3_f64;
        let cases: [Case; 3] = [
            // f = x'Ax + bx has gradient 2 A x + b: 2 * 1.5 * 0.4 + 0.5 * (-0.2) * 2 + 2.
            ("quadratic", |x| 1.5 * x[0] * x[0] + x[0] * x[1] + 2.0 * x[0], [0.4, -0.2], 3.0),
            // Step at 0: density phi(x / sigma) / sigma.
            (
                "step",
                |x| f64::from(x[0] > 0.0),
                [0.15, 0.0],
                (-0.125_f64).exp() / (2.0 * std::f64::consts::PI).sqrt() / 0.3,
            ),
            ("sine", |x| x[0].sin(), [0.7, 0.0], 0.7_f64.cos() * (-0.045_f64).exp()),
        ];
        for mirrored in [true, false] {
            for (name, loss, at, expected) in cases {
                let config = OpenAiEsConfig { mirrored, ..plain(20, sigma) };
                let (mean, error) = mean_and_error(&estimates(&at, &config, 1500, loss));
                assert!((mean - expected).abs() < 4.0 * error, "{name} {mirrored}: {mean} +- {error}, {expected}");
                assert!(error < 0.2, "{name}: {error}");
            }
        }
    }

    /// Linear loss, m pairs, d genes: E |g|^2 = |grad|^2 (m + d + 1) / m.
    #[test]
    fn the_length_of_the_estimate_has_its_closed_form() {
        let (genes, pairs) = (50, 20);
        let slope: Vec<f64> = (0..genes).map(|gene| 0.1 * (gene % 7) as f64 - 0.2).collect();
        let loss = |x: &[f64]| x.iter().zip(&slope).map(|(x, s)| x * s).sum::<f64>();
        let found = estimates(&vec![0.5; genes], &plain(2 * pairs, 0.1), 800, loss);
        let square = |g: &[f64]| g.iter().map(|g| g * g).sum::<f64>();
        let ratios: Vec<f64> = found.iter().map(|g| square(g) / square(&slope)).collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        let expected = (pairs + genes + 1) as f64 / pairs as f64;
        assert!((mean / expected - 1.0).abs() < 0.04, "{mean} {expected}");
    }

    #[test]
    fn the_pull_goes_to_zero_within_the_bounds() {
        let space = SearchSpace::new(vec![Variable::real("a", -1.0, 3.0), Variable::real("b", 1.0, 2.0)]).unwrap();
        let updater: Box<dyn Updater> = Box::new(crate::updater::Sgd { learning_rate: 1.0 });
        let config = OpenAiEsConfig { l2: 1.0, bounds: Bounds::Projection, ..plain(4, 0.1) };
        let mut search = OpenAiEs { config, mean: vec![0.75, 0.5], updater };
        let scene = Scene { space: &space, bounds: Bounds::Projection, run: 0, generation: 0 };
        search.tell(&scene, &[1.0; 4]).unwrap(); // a plateau has no gradient
        assert_eq!(search.mean, [0.25, 0.0]);
    }
}
