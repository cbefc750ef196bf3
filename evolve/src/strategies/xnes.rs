//! xNES: exponential natural evolution strategy, a Gaussian with a full covariance matrix.
//!
//! x_k = mu + sigma B z_k, k = 1 ... l; with NES utilities u and M = sum u_k (z_k z_k' - I):
//!
//! mu <- mu + eta_mu sigma B sum u_k z_k,  sigma <- sigma exp(eta_s/2 tr(M)/n),
//! B <- B expm(eta_B/2 (M - tr(M)/n I)).
//!
//! M is symmetric, so its matrix exponential is taken through its eigen-decomposition; det B stays 1.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation | 4 + floor(3 ln n) | Glasmachers et al. 2010 |
//! | sigma | `sigma` | first spread, in ranges | 0.3 | |
//! | eta_mu | `mean_learning_rate` | step of the mean | 1 | Glasmachers et al. 2010 |
//! | eta_s = eta_B | `learning_rate` | step of sigma and B | (9 + 3 ln n) / (5 n sqrt n) | Glasmachers et al. 2010 |
//!
//! Source: Glasmachers, Schaul, Sun, Wierstra and Schmidhuber 2010, doi:10.1145/1830483.1830557.

use serde::{Deserialize, Serialize};

use super::{check_state, default_population, limited};
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::linalg;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{each, normals, weighted_sum};
use crate::shaping::Shaping;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "xNES",
    citation: "Glasmachers, Schaul, Sun, Wierstra and Schmidhuber 2010, doi:10.1145/1830483.1830557",
    advice: "up to about a hundred interacting genes, where the natural gradient itself is of interest",
    many_objectives: false,
};

/// Settings of [`Xnes`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct XnesConfig {
    /// Candidates a generation, at least 2; 4 + floor(3 ln n) if not given.
    pub population: Option<usize>,
    /// First spread in ranges, more than 0.
    pub sigma: f64,
    /// Step of the mean, more than 0.
    pub mean_learning_rate: f64,
    /// Step of sigma and B, 0 or more; (9 + 3 ln n) / (5 n sqrt n) if not given.
    pub learning_rate: Option<f64>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for XnesConfig {
    fn default() -> Self {
        Self {
            population: None,
            sigma: 0.3,
            mean_learning_rate: 1.0,
            learning_rate: None,
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

impl XnesConfig {
    /// Step of sigma and B for so many genes.
    #[must_use]
    pub fn rate(&self, genes: usize) -> f64 {
        let n = genes as f64;
        self.learning_rate.unwrap_or_else(|| (9.0 + 3.0 * n.ln()) / (5.0 * n * n.sqrt()))
    }
}

#[typetag::serde(name = "xnes")]
impl OptimizerConfig for XnesConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, shape) = (self.start.latent(scene)?, linalg::identity(space.len()));
            Ok(Xnes { config: self.clone(), mean, sigma: self.sigma, shape })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Xnes {
    config: XnesConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    sigma: f64,
    /// B, row after row.
    #[serde(with = "compact")]
    shape: Vec<f64>,
}

#[typetag::serde(name = "xnes")]
impl Strategy for Xnes {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let point = |unit: usize| {
            let mut x = linalg::times(&self.shape, &normals(scene.at(unit as u64), scene.genes()));
            x.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x = mean + self.sigma * *x);
            x
        };
        let count = default_population(self.config.population, scene.genes());
        Ok(each(count, scene.genes() * scene.genes(), point))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let genes = scene.genes();
        let utilities = Shaping::NesUtilities.utilities(values);
        let step = linalg::times(&self.shape, &weighted_sum(|unit| scene.at(unit), &utilities, genes));
        // The utilities sum to 0, so that the unit matrices in M cancel.
        let draws: Vec<Vec<f64>> = (0..values.len() as u64).map(|unit| normals(scene.at(unit), genes)).collect();
        let mut m = vec![0.0; genes * genes];
        let rows: Vec<&[f64]> = draws.iter().map(Vec::as_slice).collect();
        linalg::scale_and_add_outer_products(&mut m, 1.0, &utilities, &rows);
        let trace = (0..genes).map(|gene| m[gene * (genes + 1)]).sum::<f64>() / genes as f64;
        (0..genes).for_each(|gene| m[gene * (genes + 1)] -= trace);
        let half_rate = 0.5 * self.config.rate(genes);
        let fault = || EvolveError::config(CARD.name, "natural gradient", "not finite", "finite numbers");
        let (values, vectors) = linalg::symmetric_eigen(&m, genes).ok_or_else(fault)?;
        let factors: Vec<f64> = values.iter().map(|value| (half_rate * value).exp()).collect();
        self.shape = linalg::product(&self.shape, &linalg::compose(&vectors, &factors), genes);
        self.mean
            .iter_mut()
            .zip(step)
            .for_each(|(mean, step)| *mean += self.config.mean_learning_rate * self.sigma * step);
        self.config.bounds.hold(&mut self.mean);
        self.sigma = limited(self.sigma * (half_rate * trace).exp());
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        vec![("sigma".to_string(), self.sigma)]
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let count = default_population(config.population, genes);
        EvolveError::require(count >= 2, CARD.name, "population", count, "at least 2")?;
        check_sigma(CARD.name, config.sigma)?;
        let (mean_rate, rate) = (config.mean_learning_rate, config.rate(genes));
        let positive = mean_rate > 0.0 && mean_rate.is_finite();
        EvolveError::require(positive, CARD.name, "mean_learning_rate", mean_rate, "more than 0")?;
        EvolveError::require(rate >= 0.0 && rate.is_finite(), CARD.name, "learning_rate", rate, "0 or more")?;
        check_state("shape of xNES", &self.shape, genes * genes)?;
        check_state("mean of xNES", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::space::Variable;

    /// Source: the formula evaluated in double precision for n = 10 and 1000.
    #[test]
    fn the_default_rate_is_the_published_one() {
        let config = XnesConfig::default();
        for (genes, expected) in [(10, 0.100609478284), (1000, 0.000187986439087)] {
            assert!((config.rate(genes) / expected - 1.0).abs() < 1e-10);
        }
    }

    /// The exponential against its power series, and det B = 1.
    #[test]
    fn the_shape_moves_by_the_matrix_exponential() {
        let genes = 3;
        let space = SearchSpace::new((0..3).map(|g| Variable::real(g.to_string(), 0.0, 1.0)).collect()).unwrap();
        let config = XnesConfig { population: Some(8), ..Default::default() };
        let mut search =
            Xnes { config: config.clone(), mean: vec![0.5; 3], sigma: 0.1, shape: linalg::identity(genes) };
        let scene = Scene { space: &space, bounds: Bounds::Smooth, run: 4, generation: 0 };
        let values = [3.0, 1.0, 2.0, 8.0, 5.0, 4.0, 7.0, 6.0];
        search.tell(&scene, &values).unwrap();
        let mut m = [0.0; 9];
        let utilities = Shaping::NesUtilities.utilities(&values);
        let draws: Vec<Vec<f64>> = (0..8).map(|unit| normals(scene.at(unit), genes)).collect();
        for (u, z) in utilities.iter().zip(&draws) {
            (0..9).for_each(|k| m[k] += u * (z[k / 3] * z[k % 3] - f64::from(u8::from(k / 3 == k % 3))));
        }
        let trace = (m[0] + m[4] + m[8]) / 3.0;
        let half_rate = 0.5 * config.rate(genes);
        let a: Vec<f64> =
            m.iter().enumerate().map(|(k, m)| half_rate * (m - if k % 4 == 0 { trace } else { 0.0 })).collect();
        let (mut series, mut term) = (linalg::identity(genes), linalg::identity(genes));
        for power in 1..30 {
            term = linalg::product(&term, &a, genes).iter().map(|t| t / f64::from(power)).collect();
            series.iter_mut().zip(&term).for_each(|(sum, term)| *sum += term);
        }
        assert!(search.shape.iter().zip(&series).all(|(a, b)| (a - b).abs() < 1e-13), "{:?} {series:?}", search.shape);
        let b = &search.shape;
        let det = b[0] * (b[4] * b[8] - b[5] * b[7]) - b[1] * (b[3] * b[8] - b[5] * b[6])
            + b[2] * (b[3] * b[7] - b[4] * b[6]);
        assert!((det - 1.0).abs() < 1e-12);
        assert!((search.sigma - 0.1 * (half_rate * trace).exp()).abs() < 1e-15);
    }
}
