//! LM-MA-ES: a CMA-ES whose covariance matrix is a product of a few rank-one steps, O(n log n) a candidate.
//!
//! A draw z ~ N(0, I) becomes d through the directions m_1 ... m_q (those that exist: j <= generations so far),
//!
//! d <- (1 - c_d,j) d + c_d,j m_j (m_j' d),  x = y + sigma d;
//!
//! with positive log weights w, z_w = sum w z and d_w = sum w d,
//!
//! y <- y + sigma d_w,  p <- (1 - c_s) p + sqrt(mu_w c_s (2 - c_s)) z_w,  sigma <- sigma exp(c_s/2 (|p|^2/n - 1)),
//! m_j <- (1 - c_c,j) m_j + sqrt(mu_w c_c,j (2 - c_c,j)) z_w.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation | 4 + floor(3 ln n) | Loshchilov et al. 2019 |
//! | q | `directions` | directions kept | 4 + floor(3 ln n) | Loshchilov et al. 2019 |
//! | sigma | `sigma` | first spread, in ranges | 0.3 | |
//! | c_d,j | | 1 / (1.5^(j-1) n) | | Loshchilov et al. 2019 |
//! | c_c,j | | l / (4^(j-1) n), at most 1 | | Loshchilov et al. 2019 |
//! | c_s | | 2 l / n, at most (mu_w + 2)/(n + mu_w + 5) if l > n/4 | | the first by Loshchilov et al. 2019 |
//!
//! The published c_s is meant for large n; for small n that of CMA-ES takes its place.
//!
//! Source: Loshchilov, Glasmachers and Beyer 2019, doi:10.1109/TEVC.2018.2855049.

use serde::{Deserialize, Serialize};

use super::{CmaParameters, check_state, default_population, limited};
use crate::array::{Matrix, compact};
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::linalg::dot;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{each, normals, weighted_sum};
use crate::shaping::Shaping;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};

const CARD: Card = Card {
    name: "LM-MA-ES",
    citation: "Loshchilov, Glasmachers and Beyer 2019, doi:10.1109/TEVC.2018.2855049",
    advice: "a thousand and more genes that interact, where a full covariance matrix is too large",
    many_objectives: false,
};

/// Settings of [`LmMaEs`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LmMaEsConfig {
    /// Candidates a generation, at least 2; 4 + floor(3 ln n) if not given.
    pub population: Option<usize>,
    /// Directions kept, at least 1; 4 + floor(3 ln n) if not given.
    pub directions: Option<usize>,
    /// First spread in ranges, more than 0.
    pub sigma: f64,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for LmMaEsConfig {
    fn default() -> Self {
        Self { population: None, directions: None, sigma: 0.3, start: Start::default(), bounds: Bounds::default() }
    }
}

#[typetag::serde(name = "lm_ma_es")]
impl OptimizerConfig for LmMaEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let genes = space.len();
            Ok(LmMaEs {
                config: self.clone(),
                mean: self.start.latent(scene)?,
                sigma: self.sigma,
                path: vec![0.0; genes],
                directions: Matrix::zeros(default_population(self.directions, genes), genes),
                updates: 0,
            })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LmMaEs {
    config: LmMaEsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    sigma: f64,
    #[serde(with = "compact")]
    path: Vec<f64>,
    directions: Matrix,
    updates: u64,
}

impl LmMaEs {
    /// Point of one unit.
    fn place(&self, scene: &Scene<'_>, unit: usize) -> Vec<f64> {
        let mut x = self.shaped(normals(scene.at(unit as u64), scene.genes()));
        x.iter_mut().zip(&self.mean).for_each(|(d, mean)| *d = mean + self.sigma * *d);
        x
    }

    /// d of z.
    fn shaped(&self, mut z: Vec<f64>) -> Vec<f64> {
        let known = self.directions.rows().min(usize::try_from(self.updates).unwrap_or(usize::MAX));
        for j in 0..known {
            let direction = self.directions.row(j);
            let rate = 1.0 / (1.5_f64.powf(j as f64) * z.len() as f64);
            let along = rate * dot(direction, &z);
            z.iter_mut().zip(direction).for_each(|(z, m)| *z = (1.0 - rate) * *z + along * m);
        }
        z
    }
}

#[typetag::serde(name = "lm_ma_es")]
impl Strategy for LmMaEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let count = default_population(self.config.population, scene.genes());
        Ok(each(count, self.directions.values().len(), |unit| self.place(scene, unit)))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(self.place(scene, index))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let (genes, count) = (scene.genes(), values.len());
        let (n, l) = (genes as f64, count as f64);
        let weights = Shaping::CmaLogWeights.utilities(values);
        let mu_w = CmaParameters::new(genes, count).mu_eff;
        let z_w = weighted_sum(|unit| scene.at(unit), &weights, genes);
        // The map from z to d is linear.
        let d_w = self.shaped(z_w.clone());
        self.mean.iter_mut().zip(&d_w).for_each(|(mean, d)| *mean += self.sigma * d);
        scene.bounds.hold(&mut self.mean);
        let mix = |target: &mut [f64], rate: f64| {
            let pull = (mu_w * rate * (2.0 - rate)).sqrt();
            target.iter_mut().zip(&z_w).for_each(|(m, z)| *m = (1.0 - rate) * *m + pull * z);
        };
        let c_s = if l > 0.25 * n { (mu_w + 2.0) / (n + mu_w + 5.0) } else { 2.0 * l / n };
        mix(&mut self.path, c_s);
        for (j, direction) in self.directions.values_mut().chunks_exact_mut(genes).enumerate() {
            mix(direction, (l / (4.0_f64.powf(j as f64) * n)).min(1.0));
        }
        self.updates += 1;
        let growth = 0.5 * c_s * (dot(&self.path, &self.path) / n - 1.0);
        self.sigma = limited(self.sigma * growth.min(1.0).exp());
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
        let directions = default_population(self.config.directions, genes);
        EvolveError::require(directions >= 1, CARD.name, "directions", directions, "at least 1")?;
        check_sigma(CARD.name, self.config.sigma)?;
        check_state("directions of LM-MA-ES", self.directions.values(), genes * directions)?;
        check_state("path of LM-MA-ES", &self.path, genes)?;
        check_state("mean of LM-MA-ES", &self.mean, genes)
    }
}
