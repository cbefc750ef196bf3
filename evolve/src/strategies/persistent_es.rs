//! Persistent and noise-reuse evolution strategies: a gradient from every window of a long episode.
//!
//! N particles in mirrored pairs live through an episode of T windows, one window a generation (see
//! [`Windows`](crate::Windows)). With L_k+- the losses of window t,
//!
//! persistent: particles at theta +- sigma e_k,t, e fresh in every window, and xi_k = e_k,1 + ... + e_k,t;
//! noise reuse: particles at theta +- sigma e_k, one e in the whole episode, and xi_k = e_k;
//!
//! g = 1/(N sigma) sum_k (L_k+ - L_k-) xi_k,
//!
//! and theta moves by the updater after every window. Both are unbiased for a loss that is a sum over windows. Which one is
//! less noisy depends on the problem: Li et al. found noise reuse to be in most of theirs; where the windows of an episode
//! pull in one direction the persistent one can be.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | particles, even | 100 | |
//! | T | `windows` | windows in an episode; has to be that of the problem | 10 | |
//! | | `noise` | `reuse` or `persistent` | reuse | Li et al. 2023 |
//! | sigma | `sigma` | spread, in ranges | 0.02 | |
//! | | `updater` | how the gradient moves theta | Adam, step 0.001 ranges | |
//!
//! Perturbations are those of the generations since the episode began and are made again from their addresses. A loss that
//! only comes with the last window tells the other windows nothing.
//!
//! Sources: Vicol, Metz and Sohl-Dickstein 2021, arXiv:2112.13835, doi:10.48550/arXiv.2112.13835 (persistent); Li, Harrison,
//! Sohl-Dickstein, Smith and Metz 2023, arXiv:2304.12180, doi:10.48550/arXiv.2304.12180 (noise reuse).

use serde::{Deserialize, Serialize};

use super::{check_pairs, check_state};
use crate::address::Address;
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

const PERSISTENT: Card = Card {
    name: "Persistent ES",
    citation: "Vicol, Metz and Sohl-Dickstein 2021, doi:10.48550/arXiv.2112.13835",
    advice: "long unrolled episodes whose loss is a sum over windows; fresh perturbations in every window",
    many_objectives: false,
};

const REUSE: Card = Card {
    name: "Noise-Reuse ES",
    citation: "Li, Harrison, Sohl-Dickstein, Smith and Metz 2023, doi:10.48550/arXiv.2304.12180",
    advice: "long unrolled episodes whose loss is a sum over windows; one perturbation an episode",
    many_objectives: false,
};

/// How long a perturbation lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpisodeNoise {
    /// A whole episode (noise-reuse ES).
    #[default]
    Reuse,
    /// One window; their sum carries the gradient (persistent ES).
    Persistent,
}

/// Settings of [`PersistentEs`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersistentEsConfig {
    /// Particles, even and at least 2.
    pub population: usize,
    /// Windows in an episode, at least 1.
    pub windows: u64,
    /// How long a perturbation lasts.
    pub noise: EpisodeNoise,
    /// Spread in ranges, more than 0.
    pub sigma: f64,
    /// Fitness shaping within a window; anything but none gives up unbiasedness.
    pub shaping: Shaping,
    /// How the gradient moves the mean.
    pub updater: Box<dyn Updater>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for PersistentEsConfig {
    fn default() -> Self {
        Self {
            population: 100,
            windows: 10,
            noise: EpisodeNoise::default(),
            sigma: 0.02,
            shaping: Shaping::None,
            updater: Box::new(Adam::new(0.001)),
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

impl PersistentEsConfig {
    fn own_card(&self) -> &'static Card {
        match self.noise {
            EpisodeNoise::Reuse => &REUSE,
            EpisodeNoise::Persistent => &PERSISTENT,
        }
    }
}

#[typetag::serde(name = "persistent_es")]
impl OptimizerConfig for PersistentEsConfig {
    fn card(&self) -> &'static Card {
        self.own_card()
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, updater) = (self.start.latent(scene)?, self.updater.clone());
            Ok(PersistentEs { config: self.clone(), mean, updater })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersistentEs {
    config: PersistentEsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    updater: Box<dyn Updater>,
}

impl PersistentEs {
    /// Generation in which the episode began.
    fn first(&self, scene: &Scene<'_>) -> u64 {
        scene.generation - scene.generation % self.config.windows
    }

    /// Address of the perturbation that a pair has now.
    fn at(&self, scene: &Scene<'_>, pair: u64) -> Address {
        match self.config.noise {
            EpisodeNoise::Reuse => Address { generation: self.first(scene), ..scene.at(pair) },
            EpisodeNoise::Persistent => scene.at(pair),
        }
    }

    /// Estimated gradient of the loss of this window.
    fn gradient(&self, scene: &Scene<'_>, values: &[f64]) -> Vec<f64> {
        let utilities = self.config.shaping.utilities(values);
        let scale = -1.0 / (values.len() as f64 * self.config.sigma);
        let weights: Vec<f64> = utilities.chunks_exact(2).map(|pair| scale * (pair[0] - pair[1])).collect();
        let genes = self.mean.len();
        let first = match self.config.noise {
            EpisodeNoise::Reuse => return weighted_sum(|pair| self.at(scene, pair), &weights, genes),
            EpisodeNoise::Persistent => self.first(scene),
        };
        let mut total = vec![0.0; genes];
        for generation in first..=scene.generation {
            let sum = weighted_sum(|pair| Address { generation, ..scene.at(pair) }, &weights, genes);
            total.iter_mut().zip(sum).for_each(|(total, sum)| *total += sum);
        }
        total
    }
}

#[typetag::serde(name = "persistent_es")]
impl Strategy for PersistentEs {
    fn card(&self) -> &'static Card {
        self.config.own_card()
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let pairs = self.config.population / 2;
        Ok(points(|pair| self.at(scene, pair), pairs, true, &self.mean, |_| self.config.sigma))
    }

    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(point(|pair| self.at(scene, pair), index, true, &self.mean, |_| self.config.sigma))
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let gradient = self.gradient(scene, values);
        self.updater.update(&mut self.mean, &gradient);
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        let name = config.own_card().name;
        check_pairs(name, config.population)?;
        EvolveError::require(config.windows >= 1, name, "windows", config.windows, "at least 1")?;
        check_sigma(name, config.sigma)?;
        self.updater.validate(genes)?;
        check_state("mean of the ES", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::objective::{Failure, Objective};
    use crate::space::Variable;
    use crate::unrolled::{Unrolled, Windows};

    const WINDOWS: u64 = 4;

    /// s <- s/2 + x, loss (s - 1)^2 in every window.
    struct Leaky(SearchSpace);

    impl Leaky {
        fn new() -> Self {
            Self(SearchSpace::new(vec![Variable::real("x", 0.0, 1.0)]).unwrap())
        }
    }

    impl Unrolled for Leaky {
        type State = f64;

        fn space(&self) -> &SearchSpace {
            &self.0
        }

        fn windows(&self) -> u64 {
            WINDOWS
        }

        fn start(&self, _: &Address) -> f64 {
            0.0
        }

        fn advance(&self, genome: &[f64], state: &mut f64, at: &Address) -> std::result::Result<f64, Failure> {
            if at.run == u64::MAX && at.generation == 1 && at.candidate == 0 {
                return Err(Failure::new("the pair that fails"));
            }
            *state = 0.5 * *state + genome[0];
            Ok((*state - 1.0) * (*state - 1.0))
        }
    }

    /// Mean and variance of the summed estimates of an episode with theta held fixed.
    fn episodes(noise: EpisodeNoise, theta: f64) -> (f64, f64) {
        let config = PersistentEsConfig { noise, windows: WINDOWS, population: 8, sigma: 0.05, ..Default::default() };
        let search = PersistentEs { config, mean: vec![theta], updater: Box::new(Adam::default()) };
        let windows = Windows::new(Leaky::new(), 8).unwrap();
        let runs = 1500;
        let mut sums = Vec::new();
        for run in 0..runs {
            let mut sum = 0.0;
            for generation in 0..WINDOWS {
                let scene = Scene { space: &windows.problem().0, bounds: Bounds::Smooth, run, generation };
                let loss = |(particle, y): (usize, &Vec<f64>)| {
                    let at = Address { run, generation, candidate: generation * 8 + particle as u64, episode: 0 };
                    windows.evaluate(y, &at).unwrap().objectives[0]
                };
                let values: Vec<f64> = search.ask(&scene).unwrap().iter().enumerate().map(loss).collect();
                sum += search.gradient(&scene, &values)[0];
            }
            sums.push(sum);
        }
        let mean = sums.iter().sum::<f64>() / runs as f64;
        (mean, sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / runs as f64)
    }

    /// s_t = a_t x with a = 1, 1.5, 1.75, 1.875; the gradient of the sum of (a x - 1)^2 is sum 2 a (a x - 1), which a
    /// quadratic's estimate has to meet exactly in expectation.
    #[test]
    fn estimates_of_an_episode_are_unbiased() {
        let theta = 0.4;
        let expected: f64 = [1.0, 1.5, 1.75, 1.875].iter().map(|a| 2.0 * a * (a * theta - 1.0)).sum();
        for noise in [EpisodeNoise::Reuse, EpisodeNoise::Persistent] {
            let (mean, variance) = episodes(noise, theta);
            let error = (variance / 1500.0_f64).sqrt();
            assert!((mean - expected).abs() < 4.0 * error && error < 0.1, "{mean} +- {error}, {expected}");
        }
    }

    #[test]
    fn windows_go_on_where_they_were_and_a_lost_particle_fails_until_its_next_episode() {
        let windows = Windows::new(Leaky::new(), 4).unwrap();
        let at = |run, generation: u64, particle: u64| Address {
            run,
            generation,
            candidate: generation * 4 + particle,
            episode: 0,
        };
        let loss = |windows: &Windows<Leaky>, run, generation, particle| {
            windows.evaluate(&[0.5], &at(run, generation, particle)).map(|done| done.objectives[0])
        };
        // s = 0.5, 0.75, 0.875: again with the same address, the same value.
        assert_eq!([loss(&windows, 1, 0, 2), loss(&windows, 1, 0, 2)], [Ok(0.25), Ok(0.25)]);
        assert_eq!([loss(&windows, 1, 1, 2), loss(&windows, 1, 1, 2)], [Ok(0.0625), Ok(0.0625)]);
        let stored = serde_json::to_string(&windows.states()).unwrap();
        let mut loaded = Windows::new(Leaky::new(), 4).unwrap();
        assert!(loss(&loaded, 1, 2, 2).unwrap_err().reason.contains("no state"));
        loaded.restore(serde_json::from_str(&stored).unwrap()).unwrap();
        assert_eq!(loss(&loaded, 1, 2, 2), Ok(0.015625));
        // In the last run the first pair fails in its second window.
        let fails: Vec<bool> = (0..5).map(|generation| loss(&windows, u64::MAX, generation, 1).is_err()).collect();
        assert_eq!(fails, [false, true, true, true, false]);
    }
}
