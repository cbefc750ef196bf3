//! When a run of CMA-ES has converged, and what the next one is like.
//!
//! A run has converged when one of these holds (t generations, history of the best values of a generation):
//!
//! | name | condition |
//! |---|---|
//! | tol_fun | the last 10 + 30 n/l bests and the values of the generation differ by less than 1e-11 |
//! | tol_x | the distribution is narrower than 1e-12 ranges |
//! | condition | the longest axis is 1e7 times the shortest |
//! | too wide | the distribution is wider than 1000 times its first sigma |
//! | stagnation | of the last max(t/5, 120 + 30 n/l) generations, the last 30 % are in the median no better than the first 30 %, in their bests and their medians |
//! | too long | t > 100 + 150 (n + 3)^2 / sqrt(l) |
//!
//! IPOP doubles the population at every restart. BIPOP alternates between that (starting with a double one) and small runs
//! with population l (l_large / 2l)^(U^2) and first sigma 10^(-2 U) sigma, U ~ U(0, 1), of at most half the evaluations of
//! the last large run; it starts whichever kind has used fewer evaluations, the first run not counted.
//!
//! Sources: Auger and Hansen 2005, doi:10.1109/CEC.2005.1554902 (IPOP); Hansen 2009, doi:10.1145/1570256.1570333 (BIPOP);
//! Hansen 2016, arXiv:1604.00772, appendix B.3 (termination), with the numbers of pycma 4.5.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::CmaEsConfig;
use crate::address::stream;
use crate::error::{EvolveError, Result};
use crate::strategy::Scene;

/// What follows a run that has converged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restarts {
    /// The run goes on.
    #[default]
    None,
    /// A run with a larger population.
    Ipop {
        /// Growth of the population, at least 1.
        factor: f64,
    },
    /// Runs with larger populations and small ones in turns.
    Bipop,
}

impl Restarts {
    pub(super) fn validate(self) -> Result<()> {
        match self {
            Self::Ipop { factor } if !(1.0..=1000.0).contains(&factor) => {
                Err(EvolveError::config("CMA-ES", "factor", factor, "between 1 and 1000"))
            }
            _ => Ok(()),
        }
    }
}

/// A run's budget when it has none.
const UNLIMITED: u64 = u64::MAX;
/// Largest population a restart may ask for.
const LARGEST_POPULATION: f64 = 1e6;

/// The run under way and what came before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schedule {
    /// Candidates a generation.
    pub(super) candidates: usize,
    /// Evaluations of this run, and at most.
    pub(super) evaluations: u64,
    pub(super) budget: u64,
    pub(super) restarts: u32,
    first: usize,
    /// Population, last run and all evaluations of large runs; all evaluations of small ones.
    large: usize,
    last_large: u64,
    all_large: u64,
    all_small: u64,
    small: bool,
    /// log10 of the first sigma over that of the settings.
    sigma_exponent: f64,
}

impl Schedule {
    pub(super) fn new(candidates: usize) -> Self {
        Self {
            candidates,
            evaluations: 0,
            budget: UNLIMITED,
            restarts: 0,
            first: candidates,
            large: candidates,
            last_large: 0,
            all_large: 0,
            all_small: 0,
            small: false,
            sigma_exponent: 0.0,
        }
    }

    /// First sigma of this run.
    pub(super) fn sigma(&self, config: &CmaEsConfig) -> f64 {
        config.sigma * 10.0_f64.powf(self.sigma_exponent)
    }

    /// Ends the run and sets up the next one.
    pub(super) fn next_run(&mut self, config: &CmaEsConfig, scene: &Scene<'_>) {
        if self.small {
            self.all_small += self.evaluations;
        } else {
            self.last_large = self.evaluations;
            self.all_large += if self.restarts > 0 { self.evaluations } else { 0 };
        }
        self.evaluations = 0;
        self.restarts += 1;
        self.small = config.restarts == Restarts::Bipop && self.all_small < self.all_large;
        let grown = |factor: f64| (self.large as f64 * factor).round().min(LARGEST_POPULATION) as usize;
        if self.small {
            let mut rng = scene.at(1).rng(stream::INITIAL);
            let [size, width]: [f64; 2] = rng.random();
            let ratio = 0.5 * self.large as f64 / self.first as f64;
            self.candidates = ((self.first as f64 * ratio.powf(size * size)).floor() as usize).max(2);
            self.sigma_exponent = -2.0 * width;
            self.budget = (self.last_large / 2).max(self.candidates as u64);
        } else {
            self.large = match config.restarts {
                Restarts::Ipop { factor } => grown(factor),
                Restarts::None | Restarts::Bipop => grown(2.0),
            };
            self.candidates = self.large;
            self.sigma_exponent = 0.0;
            self.budget = UNLIMITED;
        }
    }
}

/// How the values of the run have developed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// Whether a condition of the table holds.
    pub(super) converged: bool,
    /// Best and median of every generation, the oldest ones forgotten.
    bests: Vec<f64>,
    medians: Vec<f64>,
}

impl Progress {
    pub(super) fn note(&mut self, values: &[f64], genes: usize) {
        let mut sorted: Vec<f64> = crate::shaping::with_worst_for_failures(values);
        sorted.sort_unstable_by(f64::total_cmp);
        self.bests.push(sorted[0]);
        self.medians.push(sorted[sorted.len() / 2]);
        // Twice the window is kept, so that forgetting costs little.
        let keep = window(self.bests.len() as u64, genes, values.len());
        if self.bests.len() > 2 * keep && self.bests.len() > 20_000 {
            self.bests.drain(..self.bests.len() - keep);
            self.medians.drain(..self.medians.len() - keep);
        }
    }

    /// Looks whether the run has converged; `widest` is the largest spread of a gene in ranges.
    pub(super) fn judge(
        &mut self,
        widest: f64,
        axis_ratio: f64,
        updates: u64,
        values: &[f64],
        genes: usize,
        first_sigma: f64,
    ) {
        let (n, l) = (genes as f64, values.len() as f64);
        let recent = 10 + (30.0 * n / l).ceil() as usize;
        let span = |values: &[f64]| {
            let largest = values.iter().copied().filter(|value| value.is_finite()).fold(f64::NEG_INFINITY, f64::max);
            largest - values.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let count = self.bests.len();
        let flat = count >= recent && span(&self.bests[count - recent..]) < 1e-11 && span(values) < 1e-11;
        let too_long = updates as f64 > 100.0 + 150.0 * (n + 3.0) * (n + 3.0) / l.sqrt();
        self.converged = flat
            || widest < 1e-12
            || axis_ratio >= 0.999e7
            || widest > 1e3 * first_sigma
            || too_long
            || self.stagnates(updates, genes, values.len());
    }

    fn stagnates(&self, updates: u64, genes: usize, candidates: usize) -> bool {
        let window = window(updates, genes, candidates);
        if self.bests.len() < window {
            return false;
        }
        let no_better = |history: &[f64]| {
            let history = &history[history.len() - window..];
            let third = (window * 3 / 10).max(1);
            median(&history[window - third..]) >= median(&history[..third])
        };
        no_better(&self.bests) && no_better(&self.medians)
    }
}

/// Generations that stagnation looks back.
fn window(updates: u64, genes: usize, candidates: usize) -> usize {
    let least = 120 + (30.0 * genes as f64 / candidates as f64).ceil() as usize;
    ((updates / 5) as usize).max(least)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::bounds::Bounds;
    use crate::space::{SearchSpace, Variable};

    fn scene(space: &SearchSpace, generation: u64) -> Scene<'_> {
        Scene { space, bounds: Bounds::Smooth, run: 1, generation }
    }

    #[test]
    fn ipop_doubles_and_bipop_shares_evaluations() {
        let space = SearchSpace::new(vec![Variable::real("x", 0.0, 1.0)]).unwrap();
        let ipop = CmaEsConfig { restarts: Restarts::Ipop { factor: 2.0 }, ..Default::default() };
        let mut schedule = Schedule::new(10);
        for (restart, expected) in [20, 40, 80].into_iter().enumerate() {
            schedule.evaluations = 500;
            schedule.next_run(&ipop, &scene(&space, restart as u64));
            assert_eq!((schedule.candidates, schedule.budget), (expected, UNLIMITED));
        }
        let bipop = CmaEsConfig { restarts: Restarts::Bipop, ..Default::default() };
        let mut schedule = Schedule::new(10);
        let mut largest = 10;
        for restart in 0..40 {
            schedule.evaluations = if schedule.small { schedule.budget } else { 100 * schedule.candidates as u64 };
            let last_large = if schedule.small { schedule.last_large } else { schedule.evaluations };
            schedule.next_run(&bipop, &scene(&space, restart));
            let sigma = schedule.sigma(&bipop) / bipop.sigma;
            if schedule.small {
                assert!((10..=largest / 2).contains(&schedule.candidates), "{schedule:?}");
                assert!((0.01..=1.0).contains(&sigma));
                assert_eq!(schedule.budget, last_large / 2);
            } else {
                largest *= 2;
                assert_eq!((schedule.candidates, sigma), (largest, 1.0));
            }
        }
        // Two small runs of half its evaluations balance each large one.
        let share = schedule.all_small as f64 / schedule.all_large as f64;
        assert!((0.4..=1.1).contains(&share), "{share}");
    }

    #[test]
    fn plateaus_and_standstill_are_noticed_and_progress_is_not() {
        let converged = |value: &dyn Fn(usize) -> f64, widest: f64, generations: usize| {
            let mut progress = Progress::default();
            for generation in 0..generations {
                let values = [value(generation), value(generation) + 1e-12];
                progress.note(&values, 2);
                progress.judge(widest, 1.0, 1, &values, 2, 0.3);
            }
            progress.converged
        };
        let falling = |generation: usize| (-(generation as f64) * 0.01).exp();
        assert!(!converged(&falling, 0.1, 300));
        assert!(converged(&|_| 3.0, 0.1, 41) && !converged(&|_| 3.0, 0.1, 39));
        // Rises and falls by turns: no plateau, no progress.
        assert!(converged(&|generation| (generation % 7) as f64, 0.1, 200));
        assert!(converged(&falling, 1e-13, 1) && converged(&falling, 301.0, 1));
    }
}
