//! CMA-ES: a Gaussian whose covariance matrix adapts, with negative weights and restarts.
//!
//! x_k = m + sigma y_k, y_k = B D z_k with C = B D^2 B', k = 1 ... l; with the weights of [`CmaParameters`] by rank,
//! z_w and y_w the sums over the positive ones:
//!
//! p_s <- (1 - c_s) p_s + sqrt(c_s (2 - c_s) mu_eff) C^(-1/2) y_w,  sigma <- sigma exp(c_s/d_s (|p_s|/chi_n - 1)),
//! p_c <- (1 - c_c) p_c + h sqrt(c_c (2 - c_c) mu_eff) y_w,
//! C <- (1 + c_1 (1 - h) c_c (2 - c_c) - c_1 - c_mu sum w) C + c_1 p_c p_c' + c_mu sum w_k^o y_k y_k',
//! m <- m + sigma y_w,
//!
//! with w^o = w for w >= 0 and w n / |C^(-1/2) y|^2 for w < 0, and h = 0 while p_s is long. B and D are computed again
//! every max(1, 1/(2 n (c_1 + c_mu))) generations (as in Hansen's purecma; the tutorial has 10 for 2); a condition number of C above 10^14 is cut down.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation | 4 + floor(3 ln n) | Hansen 2016 |
//! | sigma | `sigma` | first spread, in ranges | 0.3 | Hansen 2016 |
//! | | `active` | negative weights | true | Hansen 2016 |
//! | | `restarts` | what follows a run that has converged | none | see [`Restarts`] |
//!
//! Without restarts a search that has converged goes on with ever smaller steps; the diagnostic `converged` says so.
//!
//! Sources: Hansen 2016, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772; Hansen and Ostermeier 2001,
//! doi:10.1162/106365601750190398.

mod restarts;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{CmaParameters, check_state, default_population, limited};
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::linalg;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{PARALLEL, normals};
use crate::shaping::by_rank;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::updater::norm;

pub use restarts::Restarts;
use restarts::{Progress, Schedule};

const CARD: Card = Card {
    name: "CMA-ES",
    citation: "Hansen and Ostermeier 2001, doi:10.1162/106365601750190398; Hansen 2016, doi:10.48550/arXiv.1604.00772",
    advice: "the first choice up to a few hundred real genes; with restarts (IPOP, BIPOP) for many local optima",
    many_objectives: false,
};

/// Candidates whose coordinates are turned together.
const BLOCK: usize = 8;

/// Largest condition number of the covariance matrix.
const CONDITION: f64 = 1e14;

/// Settings of [`CmaEs`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CmaEsConfig {
    /// Candidates a generation (of the first run), at least 2; 4 + floor(3 ln n) if not given.
    pub population: Option<usize>,
    /// First spread in ranges, more than 0.
    pub sigma: f64,
    /// Whether bad candidates shrink the covariance matrix.
    pub active: bool,
    /// What follows a run that has converged.
    pub restarts: Restarts,
    /// Where the mean of the first run starts; later runs start at random.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for CmaEsConfig {
    fn default() -> Self {
        Self {
            population: None,
            sigma: 0.3,
            active: true,
            restarts: Restarts::None,
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "cma_es")]
impl OptimizerConfig for CmaEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let candidates = default_population(self.population, space.len());
            let distribution = Distribution::new(self.start.latent(scene)?, self.sigma);
            let schedule = Schedule::new(candidates);
            Ok(CmaEs { config: self.clone(), distribution, schedule, progress: Progress::default() })
        })
    }
}

/// The Gaussian and its paths.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Distribution {
    #[serde(with = "compact")]
    mean: Vec<f64>,
    sigma: f64,
    /// C, row after row.
    #[serde(with = "compact")]
    covariance: Vec<f64>,
    /// The columns of B, one after the other, of the last decomposition.
    #[serde(with = "compact")]
    axes: Vec<f64>,
    /// Diagonal of D, of the last decomposition.
    #[serde(with = "compact")]
    lengths: Vec<f64>,
    #[serde(with = "compact")]
    path_sigma: Vec<f64>,
    #[serde(with = "compact")]
    path_c: Vec<f64>,
    /// Generations since the (re)start.
    updates: u64,
    /// `updates` at the last decomposition.
    decomposed: u64,
}

impl Distribution {
    fn new(mean: Vec<f64>, sigma: f64) -> Self {
        let n = mean.len();
        Self {
            mean,
            sigma,
            covariance: linalg::identity(n),
            axes: linalg::identity(n),
            lengths: vec![1.0; n],
            path_sigma: vec![0.0; n],
            path_c: vec![0.0; n],
            updates: 0,
            decomposed: 0,
        }
    }

    /// The perturbations z of a generation, one after the other: one vector of random numbers, as n may be small.
    fn draws(&self, scene: &Scene<'_>, candidates: usize) -> Vec<f64> {
        normals(scene.at(0), candidates * self.mean.len())
    }

    /// B z for vectors z one after the other.
    fn turned(&self, z: &[f64]) -> Vec<f64> {
        let genes = self.mean.len();
        let mut y = vec![0.0; z.len()];
        let block = |(y, z): (&mut [f64], &[f64])| {
            let pairs = y.chunks_exact_mut(genes).zip(z.chunks_exact(genes));
            linalg::add_combinations(&mut pairs.collect::<Vec<_>>(), &self.axes);
        };
        if z.len() * genes < PARALLEL {
            block((&mut y, z));
        } else {
            y.par_chunks_mut(BLOCK * genes).zip(z.par_chunks(BLOCK * genes)).for_each(block);
        }
        y
    }

    /// B D z for vectors z one after the other.
    fn stretched(&self, mut z: Vec<f64>) -> Vec<f64> {
        for z in z.chunks_exact_mut(self.mean.len()) {
            z.iter_mut().zip(&self.lengths).for_each(|(z, length)| *z *= length);
        }
        self.turned(&z)
    }

    /// m + sigma B D z.
    fn points(&self, z: Vec<f64>) -> Vec<Vec<f64>> {
        let place = |(y, mean): (&f64, &f64)| mean + self.sigma * y;
        let point = |y: &[f64]| y.iter().zip(&self.mean).map(place).collect();
        self.stretched(z).chunks_exact(self.mean.len()).map(point).collect()
    }

    fn update(&mut self, scene: &Scene<'_>, values: &[f64], active: bool) -> Result<()> {
        let genes = self.mean.len();
        let mut p = CmaParameters::new(genes, values.len());
        if !active {
            p.weights.iter_mut().for_each(|w| *w = w.max(0.0));
        }
        let weights = by_rank(values, &p.weights);
        let positive: Vec<f64> = p.weights.iter().map(|w| w.max(0.0)).collect();
        let positive = by_rank(values, &positive);
        let z = self.draws(scene, weights.len());
        let mut z_w = vec![0.0; genes];
        for (weight, z) in positive.iter().zip(z.chunks_exact(genes)).filter(|(weight, _)| **weight != 0.0) {
            z_w.iter_mut().zip(z).for_each(|(sum, z)| *sum += weight * z);
        }
        let white = self.turned(&z_w);
        let y_w = self.stretched(z_w);

        let pull = (p.c_sigma * (2.0 - p.c_sigma) * p.mu_eff).sqrt();
        for (path, white) in self.path_sigma.iter_mut().zip(white) {
            *path = (1.0 - p.c_sigma) * *path + pull * white;
        }
        self.updates += 1;
        let length = norm(&self.path_sigma);
        let short = p.path_is_short(length, self.updates, genes);
        let (h, lost) = if short { (1.0, 0.0) } else { (0.0, p.c_c * (2.0 - p.c_c)) };
        let pull = h * (p.c_c * (2.0 - p.c_c) * p.mu_eff).sqrt();
        for (path, y) in self.path_c.iter_mut().zip(&y_w) {
            *path = (1.0 - p.c_c) * *path + pull * y;
        }

        let rate = |(weight, z): (&f64, &[f64])| {
            p.c_mu * if *weight < 0.0 { weight * genes as f64 / linalg::dot(z, z) } else { *weight }
        };
        let mut rates: Vec<f64> = weights.iter().zip(z.chunks_exact(genes)).map(rate).collect();
        rates.push(p.c_1);
        let y = self.stretched(z);
        let vectors: Vec<&[f64]> = y.chunks_exact(genes).chain([&self.path_c[..]]).collect();
        let kept = 1.0 + p.c_1 * lost - p.c_1 - p.c_mu * weights.iter().sum::<f64>();
        linalg::scale_and_add_outer_products(&mut self.covariance, kept, &rates, &vectors);

        self.mean.iter_mut().zip(&y_w).for_each(|(mean, y)| *mean += self.sigma * y);
        scene.bounds.hold(&mut self.mean);
        self.sigma = limited(self.sigma * p.step_factor(length));
        let every = 0.5 / (genes as f64 * (p.c_1 + p.c_mu));
        if (self.updates - self.decomposed) as f64 >= every {
            self.decompose()?;
        }
        Ok(())
    }

    /// B and D from C.
    fn decompose(&mut self) -> Result<()> {
        let genes = self.mean.len();
        let fault = || EvolveError::config(CARD.name, "covariance matrix", "not finite", "finite numbers");
        let (mut values, axes) = linalg::symmetric_eigen(&self.covariance, genes).ok_or_else(fault)?;
        let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let lift = largest / CONDITION - smallest;
        if lift > 0.0 {
            values.iter_mut().for_each(|value| *value += lift);
            (0..genes).for_each(|gene| self.covariance[gene * (genes + 1)] += lift);
        }
        self.lengths = values.iter().map(|value| value.sqrt()).collect();
        self.axes = axes;
        self.decomposed = self.updates;
        Ok(())
    }

    /// Longest axis by shortest.
    fn axis_ratio(&self) -> f64 {
        let longest = self.lengths.iter().copied().fold(0.0, f64::max);
        longest / self.lengths.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CmaEs {
    config: CmaEsConfig,
    distribution: Distribution,
    schedule: Schedule,
    progress: Progress,
}

#[typetag::serde(name = "cma_es")]
impl Strategy for CmaEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(self.distribution.points(self.distribution.draws(scene, self.schedule.candidates)))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        let draws = self.distribution.draws(scene, index + 1);
        Ok(self.distribution.points(draws[index * scene.genes()..].to_vec()).swap_remove(0))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        self.distribution.update(scene, values, self.config.active)?;
        self.schedule.evaluations += values.len() as u64;
        self.progress.note(values, scene.genes());
        let d = &self.distribution;
        let spread = |gene: usize| d.covariance[gene * (d.mean.len() + 1)].sqrt().max(d.path_c[gene].abs());
        let widest = d.sigma * (0..d.mean.len()).map(spread).fold(0.0, f64::max);
        self.progress.judge(
            widest,
            d.axis_ratio(),
            d.updates,
            values,
            scene.genes(),
            self.schedule.sigma(&self.config),
        );
        let over_budget = self.schedule.evaluations >= self.schedule.budget;
        if self.config.restarts != Restarts::None && (self.progress.converged || over_budget) {
            self.schedule.next_run(&self.config, scene);
            let sigma = self.schedule.sigma(&self.config);
            self.distribution = Distribution::new(scene.uniform(0), sigma);
            self.progress = Progress::default();
        }
        Ok(())
    }

    /// After a restart the mean knows less than the best genome of the earlier runs.
    fn mean(&self) -> Option<&[f64]> {
        (self.schedule.restarts == 0).then_some(&self.distribution.mean[..])
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        vec![
            ("sigma".to_string(), self.distribution.sigma),
            ("axis_ratio".to_string(), self.distribution.axis_ratio()),
            ("restarts".to_string(), f64::from(self.schedule.restarts)),
            ("converged".to_string(), f64::from(u8::from(self.progress.converged))),
        ]
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let count = self.schedule.candidates;
        EvolveError::require(count >= 2, CARD.name, "population", count, "at least 2")?;
        check_sigma(CARD.name, self.config.sigma)?;
        self.config.restarts.validate()?;
        let d = &self.distribution;
        check_state("covariance matrix of CMA-ES", &d.covariance, genes * genes)?;
        check_state("axes of CMA-ES", &d.axes, genes * genes)?;
        for (what, values) in [
            ("mean of CMA-ES", &d.mean),
            ("axis lengths of CMA-ES", &d.lengths),
            ("step path of CMA-ES", &d.path_sigma),
            ("path of CMA-ES", &d.path_c),
        ] {
            check_state(what, values, genes)?;
        }
        Ok(())
    }
}
