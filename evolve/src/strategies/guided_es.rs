//! Guided ES: a random search that prefers the subspace of surrogate gradients, such as truncated backpropagation.
//!
//! With Q an orthonormal basis of the last k surrogate gradients and P pairs theta +- e,
//!
//! e = sigma (sqrt(alpha/n) z_n + sqrt((1 - alpha)/k) Q z_k),  z_n ~ N(0, I_n), z_k ~ N(0, I_k),
//! g = beta/(2 sigma^2 P) sum (f+ - f-) e,
//!
//! and theta moves by the updater. Without surrogate gradients alpha counts as 1.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | 2P | `population` | candidates a generation, even | 100 | |
//! | sigma | `sigma` | length of a perturbation, in ranges | 0.1 | Maheswaranathan et al. 2019 |
//! | alpha | `alpha` | share of the whole space, in [0, 1] | 0.5 | Maheswaranathan et al. 2019 |
//! | beta | `beta` | scale of the estimate | 1 | Maheswaranathan et al. 2019 (2 in their demonstration) |
//! | k | `subspace` | surrogate gradients kept | 1 | Maheswaranathan et al. 2019 |
//! | | `updater` | how the gradient moves theta | Adam, step 0.01 ranges | |
//!
//! Surrogate gradients come through [`Optimizer::guide`], before a generation is asked; the oldest one goes when there are
//! more than k. The estimate has expectation beta (alpha/n I + (1 - alpha)/k Q Q') grad f for a quadratic f.
//!
//! Source: Maheswaranathan, Metz, Tucker, Choi and Sohl-Dickstein 2019, arXiv:1806.10230, doi:10.48550/arXiv.1806.10230.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::{check_pairs, check_state};
use crate::address::stream;
use crate::array::{Matrix, compact};
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::linalg::orthonormal;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{each, normals, weighted_sum};
use crate::shaping::Shaping;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::updater::{Adam, Updater};

const CARD: Card = Card {
    name: "Guided ES",
    citation: "Maheswaranathan, Metz, Tucker, Choi and Sohl-Dickstein 2019, doi:10.48550/arXiv.1806.10230",
    advice: "when a biased or truncated gradient is at hand and the true loss can only be evaluated",
    many_objectives: false,
};

/// Settings of [`GuidedEs`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuidedEsConfig {
    /// Candidates a generation, even and at least 2.
    pub population: usize,
    /// Length of a perturbation in ranges, more than 0.
    pub sigma: f64,
    /// Share of the whole space, in [0, 1].
    pub alpha: f64,
    /// Scale of the estimate, more than 0.
    pub beta: f64,
    /// Surrogate gradients kept, at least 1.
    pub subspace: usize,
    /// Fitness shaping.
    pub shaping: Shaping,
    /// How the gradient moves the mean.
    pub updater: Box<dyn Updater>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for GuidedEsConfig {
    fn default() -> Self {
        Self {
            population: 100,
            sigma: 0.1,
            alpha: 0.5,
            beta: 1.0,
            subspace: 1,
            shaping: Shaping::None,
            updater: Box::new(Adam::new(0.01)),
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "guided_es")]
impl OptimizerConfig for GuidedEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, updater) = (self.start.latent(scene)?, self.updater.clone());
            let surrogates = Matrix::with_columns(space.len());
            Ok(GuidedEs { config: self.clone(), mean, updater, surrogates })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuidedEs {
    config: GuidedEsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    updater: Box<dyn Updater>,
    /// Surrogate gradients, the oldest first.
    surrogates: Matrix,
}

impl GuidedEs {
    fn basis(&self) -> Vec<Vec<f64>> {
        let rows: Vec<Vec<f64>> = (0..self.surrogates.rows()).map(|row| self.surrogates.row(row).to_vec()).collect();
        orthonormal(&rows)
    }

    /// The two points of one unit.
    fn pair(&self, scene: &Scene<'_>, basis: &[Vec<f64>], unit: usize) -> [Vec<f64>; 2] {
        let (whole, within) = self.factors(basis.len());
        let mut e = normals(scene.at(unit as u64), scene.genes());
        e.iter_mut().for_each(|e| *e *= whole);
        for (z, q) in in_subspace(scene, unit, basis.len()).iter().zip(basis) {
            e.iter_mut().zip(q).for_each(|(e, q)| *e += within * z * q);
        }
        let side = |sign: f64| self.mean.iter().zip(&e).map(|(mean, e)| mean + sign * e).collect::<Vec<f64>>();
        [side(1.0), side(-1.0)]
    }

    /// Factors of z_n and of Q z_k.
    fn factors(&self, basis: usize) -> (f64, f64) {
        let alpha = if basis == 0 { 1.0 } else { self.config.alpha };
        let whole = self.config.sigma * (alpha / self.mean.len() as f64).sqrt();
        (whole, self.config.sigma * ((1.0 - alpha) / basis.max(1) as f64).sqrt())
    }

    /// Estimated gradient at the mean.
    fn gradient(&self, scene: &Scene<'_>, values: &[f64]) -> Vec<f64> {
        let utilities = self.config.shaping.utilities(values);
        let pairs = (values.len() / 2) as f64;
        let scale = -self.config.beta / (2.0 * self.config.sigma * self.config.sigma * pairs);
        let weights: Vec<f64> = utilities.chunks_exact(2).map(|pair| scale * (pair[0] - pair[1])).collect();
        let basis = self.basis();
        let (whole, within) = self.factors(basis.len());
        let mut gradient = weighted_sum(|unit| scene.at(unit), &weights, self.mean.len());
        gradient.iter_mut().for_each(|g| *g *= whole);
        for (unit, weight) in weights.iter().enumerate() {
            for (z, q) in in_subspace(scene, unit, basis.len()).iter().zip(&basis) {
                gradient.iter_mut().zip(q).for_each(|(g, q)| *g += weight * within * z * q);
            }
        }
        gradient
    }
}

/// z_k of a pair.
fn in_subspace(scene: &Scene<'_>, unit: usize, count: usize) -> Vec<f64> {
    let mut rng = scene.at(unit as u64).rng(stream::FACTORS);
    (0..count).map(|_| rng.sample(StandardNormal)).collect()
}

#[typetag::serde(name = "guided_es")]
impl Strategy for GuidedEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let basis = self.basis();
        Ok(each(self.config.population / 2, 2 * scene.genes(), |unit| self.pair(scene, &basis, unit))
            .into_iter()
            .flatten()
            .collect())
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        let [plus, minus] = self.pair(scene, &self.basis(), index / 2);
        Ok(if index.is_multiple_of(2) { plus } else { minus })
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let gradient = self.gradient(scene, values);
        self.updater.update(&mut self.mean, &gradient);
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn guide(&mut self, gradient: &[f64]) -> Result<()> {
        check_state("surrogate gradient", gradient, self.mean.len())?;
        let mut kept = Matrix::with_columns(self.mean.len());
        let rows = self.surrogates.rows();
        (rows.saturating_sub(self.config.subspace - 1)..rows).for_each(|row| kept.push(self.surrogates.row(row)));
        kept.push(gradient);
        self.surrogates = kept;
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        vec![("surrogate_gradients".to_string(), self.surrogates.rows() as f64)]
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        check_pairs(CARD.name, config.population)?;
        check_sigma(CARD.name, config.sigma)?;
        let (alpha, beta) = (config.alpha, config.beta);
        EvolveError::require((0.0..=1.0).contains(&alpha), CARD.name, "alpha", alpha, "in [0, 1]")?;
        EvolveError::require(beta > 0.0 && beta.is_finite(), CARD.name, "beta", beta, "more than 0")?;
        EvolveError::require(config.subspace >= 1, CARD.name, "subspace", config.subspace, "at least 1")?;
        self.updater.validate(genes)?;
        let stored = self.surrogates.rows();
        check_state("surrogate gradients", self.surrogates.values(), stored * genes)?;
        check_state("mean of Guided ES", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::space::Variable;

    /// E g = beta (alpha/n I + (1 - alpha)/k Q Q') grad f on a linear loss, with Q of two surrogates.
    #[test]
    fn the_expectation_has_its_closed_form() {
        let genes = 4;
        let space = SearchSpace::new((0..genes).map(|g| Variable::real(g.to_string(), 0.0, 1.0)).collect()).unwrap();
        let config = GuidedEsConfig { population: 20, alpha: 0.3, beta: 2.0, subspace: 2, ..Default::default() };
        let mut search = GuidedEs {
            config,
            mean: vec![0.5; genes],
            updater: Box::new(Adam::default()),
            surrogates: Matrix::with_columns(genes),
        };
        // The first one is forgotten; the others span the first two axes.
        for surrogate in [[0.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 0.0], [1.0, 3.0, 0.0, 0.0]] {
            search.guide(&surrogate).unwrap();
        }
        let slope = [1.0, -2.0, 3.0, 0.5];
        let runs = 2000;
        let mut mean = [0.0; 4];
        for run in 0..runs {
            let scene = Scene { space: &space, bounds: Bounds::Smooth, run, generation: 0 };
            let loss = |y: &Vec<f64>| y.iter().zip(slope).map(|(y, s)| y * s).sum::<f64>();
            let values: Vec<f64> = search.ask(&scene).unwrap().iter().map(loss).collect();
            let g = search.gradient(&scene, &values);
            mean.iter_mut().zip(g).for_each(|(mean, g)| *mean += g / runs as f64);
        }
        for gene in 0..genes {
            let expected = 2.0 * (0.3 / 4.0 + if gene < 2 { 0.7 / 2.0 } else { 0.0 }) * slope[gene];
            assert!((mean[gene] - expected).abs() < 0.05, "{mean:?} {expected}");
        }
        assert!(search.guide(&[f64::NAN; 4]).is_err() && search.guide(&[1.0]).is_err());
    }
}
