//! sep-CMA-ES: CMA-ES with a diagonal covariance matrix, linear in time and memory.
//!
//! x_k = m + sigma d z_k with d = sqrt(diag C), and with the positive weights of [`CmaParameters`], y_w = d sum w z:
//!
//! p_s <- (1 - c_s) p_s + sqrt(c_s (2 - c_s) mu_eff) sum w z,  sigma <- sigma exp(c_s/d_s (|p_s|/chi_n - 1)),
//! p_c <- (1 - c_c) p_c + h sqrt(c_c (2 - c_c) mu_eff) y_w,
//! C <- (1 - c_1 - c_mu + c_1 (1 - h) c_c (2 - c_c)) C + c_1 p_c^2 + c_mu sum w C z^2,  m <- m + sigma y_w,
//!
//! where c_1 and c_mu are those of CMA-ES times (n + 2)/3, cut so that c_1 + c_mu <= 1, and h is 0 while p_s is long.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation | 4 + floor(3 ln n) | Ros and Hansen 2008 |
//! | sigma | `sigma` | first spread, in ranges | 0.3 | |
//! | | | all other rates | see [`CmaParameters`] | Hansen 2016 |
//!
//! Source: Ros and Hansen 2008, doi:10.1007/978-3-540-87700-4_30 (the factor (n + 2)/3).

use serde::{Deserialize, Serialize};

use super::{CmaParameters, check_state, default_population, limited};
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{accumulate, point, points};
use crate::shaping::by_rank;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::updater::norm;

const CARD: Card = Card {
    name: "sep-CMA-ES",
    citation: "Ros and Hansen 2008, doi:10.1007/978-3-540-87700-4_30",
    advice: "hundreds to many thousands of genes on very different scales, few interactions",
    many_objectives: false,
};

/// Settings of [`SepCmaEs`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SepCmaEsConfig {
    /// Candidates a generation, at least 2; 4 + floor(3 ln n) if not given.
    pub population: Option<usize>,
    /// First spread in ranges, more than 0.
    pub sigma: f64,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for SepCmaEsConfig {
    fn default() -> Self {
        Self { population: None, sigma: 0.3, start: Start::default(), bounds: Bounds::default() }
    }
}

#[typetag::serde(name = "sep_cma_es")]
impl OptimizerConfig for SepCmaEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let n = space.len();
            Ok(SepCmaEs {
                config: self.clone(),
                mean: self.start.latent(scene)?,
                sigma: self.sigma,
                variance: vec![1.0; n],
                path_sigma: vec![0.0; n],
                path_c: vec![0.0; n],
                updates: 0,
            })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SepCmaEs {
    config: SepCmaEsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    sigma: f64,
    #[serde(with = "compact")]
    variance: Vec<f64>,
    #[serde(with = "compact")]
    path_sigma: Vec<f64>,
    #[serde(with = "compact")]
    path_c: Vec<f64>,
    updates: u64,
}

impl SepCmaEs {
    /// Standard deviation of every gene.
    fn spread(&self) -> Vec<f64> {
        self.variance.iter().map(|variance| self.sigma * variance.sqrt()).collect()
    }
}

#[typetag::serde(name = "sep_cma_es")]
impl Strategy for SepCmaEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let count = default_population(self.config.population, scene.genes());
        let spread = self.spread();
        Ok(points(|unit| scene.at(unit), count, false, &self.mean, |gene| spread[gene]))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        let spread = self.spread();
        Ok(point(|unit| scene.at(unit), index, false, &self.mean, |gene| spread[gene]))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let genes = scene.genes();
        let p = CmaParameters::new(genes, values.len());
        let factor = (genes as f64 + 2.0) / 3.0;
        let c_1 = (p.c_1 * factor).min(1.0);
        let c_mu = (p.c_mu * factor).min(1.0 - c_1);
        let positive: Vec<f64> = p.weights.iter().map(|w| w.max(0.0)).collect();
        let weights = by_rank(values, &positive);
        let address = |(unit, weight): (usize, &f64)| (*weight > 0.0).then(|| scene.at(unit as u64));
        let addresses: Vec<_> = weights.iter().enumerate().map(address).collect();
        let sums = accumulate(&addresses, genes, |k, _, z, sums: &mut [f64; 2]| {
            sums[0] += weights[k] * z;
            sums[1] += weights[k] * z * z;
        });
        let pull = (p.c_sigma * (2.0 - p.c_sigma) * p.mu_eff).sqrt();
        for (path, [z_w, _]) in self.path_sigma.iter_mut().zip(&sums) {
            *path = (1.0 - p.c_sigma) * *path + pull * z_w;
        }
        self.updates += 1;
        let length = norm(&self.path_sigma);
        let short = p.path_is_short(length, self.updates, genes);
        let (h, lost) = if short { (1.0, 0.0) } else { (0.0, p.c_c * (2.0 - p.c_c)) };
        let pull = h * (p.c_c * (2.0 - p.c_c) * p.mu_eff).sqrt();
        for gene in 0..genes {
            let [z_w, square] = sums[gene];
            let variance = self.variance[gene];
            let y_w = variance.sqrt() * z_w;
            self.path_c[gene] = (1.0 - p.c_c) * self.path_c[gene] + pull * y_w;
            let path = self.path_c[gene];
            let updated = (1.0 - c_1 - c_mu + c_1 * lost) * variance + c_1 * path * path + c_mu * square * variance;
            self.variance[gene] = updated.clamp(1e-200, 1e200);
            self.mean[gene] += self.sigma * y_w;
        }
        self.sigma = limited(self.sigma * p.step_factor(length));
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        vec![("sigma".to_string(), self.sigma)]
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let count = default_population(self.config.population, genes);
        EvolveError::require(count >= 2, CARD.name, "population", count, "at least 2")?;
        check_sigma(CARD.name, self.config.sigma)?;
        check_state("variance of sep-CMA-ES", &self.variance, genes)?;
        check_state("step path of sep-CMA-ES", &self.path_sigma, genes)?;
        check_state("path of sep-CMA-ES", &self.path_c, genes)?;
        check_state("mean of sep-CMA-ES", &self.mean, genes)
    }
}
