//! PGPE: policy gradients with parameter-based exploration, a Gaussian whose mean and spreads follow gradients.
//!
//! Mirrored pairs mu +- e_k, e_k = sigma z_k (entry by entry), k = 1 ... m = l/2; with utilities u (larger is better)
//! and their mean b,
//!
//! g_mu = 1/(2m) sum_k (u_k+ - u_k-) e_k,
//! g_sigma = 1/m sum_k ((u_k+ + u_k-)/2 - b) (e_k^2 - sigma^2)/sigma;
//!
//! mu climbs g_mu by the updater; sigma <- sigma + a_sigma g_sigma, by at most 20 % a generation.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation, even | 100 | |
//! | sigma | `sigma` | first spread of every gene, in ranges | 0.1 | |
//! | a_sigma | `sigma_learning_rate` | step of the spreads | 0.1 | Toklu et al. 2020 |
//! | | `sigma_max_change` | largest relative change of a spread | 0.2 | Toklu et al. 2020 |
//! | u | `shaping` | fitness shaping | centred ranks | Toklu et al. 2020 |
//! | | `updater` | how the gradient moves the mean | ClipUp with speed sigma sqrt(n) / 15 | Toklu et al. 2020 |
//!
//! Sources: Sehnke et al. 2010, doi:10.1016/j.neunet.2009.12.004; Toklu, Liskowski and Srivastava 2020,
//! doi:10.1007/978-3-030-58115-2_36 (ClipUp, the limit on sigma).

use serde::{Deserialize, Serialize};

use super::{check_pairs, check_state, limited};
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
use crate::updater::{ClipUp, Updater};

const CARD: Card = Card {
    name: "PGPE",
    citation: "Sehnke et al. 2010, doi:10.1016/j.neunet.2009.12.004; \
               Toklu, Liskowski and Srivastava 2020, doi:10.1007/978-3-030-58115-2_36",
    advice: "as OpenAI-ES, with spreads that adapt gene by gene and a step that needs little tuning",
    many_objectives: false,
};

/// Settings of [`Pgpe`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PgpeConfig {
    /// Candidates a generation, even and at least 2.
    pub population: usize,
    /// First spread of every gene in ranges, more than 0.
    pub sigma: f64,
    /// Step of the spreads, 0 or more.
    pub sigma_learning_rate: f64,
    /// Largest relative change of a spread in a generation, in (0, 1).
    pub sigma_max_change: f64,
    /// Fitness shaping.
    pub shaping: Shaping,
    /// How the gradient moves the mean; ClipUp with speed sigma sqrt(n) / 15 if not given.
    pub updater: Option<Box<dyn Updater>>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for PgpeConfig {
    fn default() -> Self {
        Self {
            population: 100,
            sigma: 0.1,
            sigma_learning_rate: 0.1,
            sigma_max_change: 0.2,
            shaping: Shaping::CentredRanks,
            updater: None,
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "pgpe")]
impl OptimizerConfig for PgpeConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let speed = self.sigma * (space.len() as f64).sqrt() / 15.0;
            let updater = self.updater.clone().unwrap_or_else(|| Box::new(ClipUp::new(speed)));
            let (mean, sigma) = (self.start.latent(scene)?, vec![self.sigma; space.len()]);
            Ok(Pgpe { config: self.clone(), mean, sigma, updater })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pgpe {
    config: PgpeConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    #[serde(with = "compact")]
    sigma: Vec<f64>,
    updater: Box<dyn Updater>,
}

impl Pgpe {
    /// g_mu and g_sigma of every gene, both to climb.
    fn gradients(&self, scene: &Scene<'_>, values: &[f64]) -> Vec<[f64; 2]> {
        let utilities = self.config.shaping.utilities(values);
        let pairs = (values.len() / 2) as f64;
        let base = utilities.iter().sum::<f64>() / values.len() as f64;
        let weight = |pair: &[f64]| [(pair[0] - pair[1]) / (2.0 * pairs), (0.5 * (pair[0] + pair[1]) - base) / pairs];
        let weights: Vec<[f64; 2]> = utilities.chunks_exact(2).map(weight).collect();
        let addresses: Vec<_> = (0..weights.len() as u64).map(|unit| Some(scene.at(unit))).collect();
        accumulate(&addresses, self.mean.len(), |k, gene, z, sums: &mut [f64; 2]| {
            let sigma = self.sigma[gene];
            sums[0] += weights[k][0] * sigma * z;
            sums[1] += weights[k][1] * sigma * (z * z - 1.0);
        })
    }
}

#[typetag::serde(name = "pgpe")]
impl Strategy for Pgpe {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(points(|unit| scene.at(unit), self.config.population / 2, true, &self.mean, |gene| self.sigma[gene]))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(point(|unit| scene.at(unit), index, true, &self.mean, |gene| self.sigma[gene]))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let gradients = self.gradients(scene, values);
        let descent: Vec<f64> = gradients.iter().map(|[mu, _]| -mu).collect();
        self.updater.update(&mut self.mean, &descent);
        self.config.bounds.hold(&mut self.mean);
        let most = self.config.sigma_max_change;
        for (sigma, [_, climb]) in self.sigma.iter_mut().zip(&gradients) {
            let moved = *sigma + self.config.sigma_learning_rate * climb;
            *sigma = limited(moved.clamp(*sigma * (1.0 - most), *sigma * (1.0 + most)));
        }
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
        check_pairs(CARD.name, config.population)?;
        check_sigma(CARD.name, config.sigma)?;
        let (rate, most) = (config.sigma_learning_rate, config.sigma_max_change);
        EvolveError::require(rate >= 0.0 && rate.is_finite(), CARD.name, "sigma_learning_rate", rate, "0 or more")?;
        EvolveError::require(most > 0.0 && most < 1.0, CARD.name, "sigma_max_change", most, "between 0 and 1")?;
        self.updater.validate(genes)?;
        check_state("spread of PGPE", &self.sigma, genes)?;
        check_state("mean of PGPE", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::space::Variable;

    /// Quadratic f = a x^2 + b x with u = -f: g_mu / sigma^2 is the exact gradient, and E u depends on sigma as
    /// -a sigma^2, so that E g_sigma = sigma^2 d(E u)/d(sigma) = -2 a sigma^3 but for the baseline, which takes the
    /// share 1/m of it away.
    #[test]
    fn gradients_have_their_closed_forms() {
        let space = SearchSpace::new(vec![Variable::real("x", 0.0, 1.0)]).unwrap();
        let (a, b, mu, sigma, pairs) = (2.0, -1.0, 0.3, 0.2, 10);
        let config = PgpeConfig { shaping: Shaping::None, population: 2 * pairs, ..Default::default() };
        let search = Pgpe { config, mean: vec![mu], sigma: vec![sigma], updater: Box::new(ClipUp::default()) };
        let runs = 2000;
        let mut sums = [0.0; 2];
        for run in 0..runs {
            let scene = Scene { space: &space, bounds: Bounds::Smooth, run, generation: 0 };
            let values: Vec<f64> = search.ask(&scene).unwrap().iter().map(|y| a * y[0] * y[0] + b * y[0]).collect();
            let [g] = search.gradients(&scene, &values)[..] else { unreachable!("one gene") };
            sums[0] += g[0] / runs as f64;
            sums[1] += g[1] / runs as f64;
        }
        let expected = [-(2.0 * a * mu + b) * sigma * sigma, -2.0 * a * sigma.powi(3) * (1.0 - 1.0 / pairs as f64)];
        assert!((sums[0] / expected[0] - 1.0).abs() < 0.05, "{sums:?} {expected:?}");
        assert!((sums[1] / expected[1] - 1.0).abs() < 0.08, "{sums:?} {expected:?}");
    }
}
