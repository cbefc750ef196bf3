//! The noisy functions f101 to f130 of the BBOB suite: ten functions under three models of noise each.
//!
//! | noise \ function | sphere | Rosenbrock | step ellipsoid | ellipsoid | different powers | Schaffer F7 | Griewank-Rosenbrock | Gallagher |
//! |---|---|---|---|---|---|---|---|---|
//! | moderate | 101 to 103 | 104 to 106 | | | | | | |
//! | severe | 107 to 109 | 110 to 112 | 113 to 115 | 116 to 118 | 119 to 121 | 122 to 124 | 125 to 127 | 128 to 130 |
//!
//! The first of three is Gaussian, the second uniform, the third of Cauchy's kind. With f the value without noise above the
//! optimum, N and N' standard normal, and U, U' uniform on \[0, 1\]:
//!
//! * Gaussian: f exp(beta N); beta = 0.01 moderate, 1 severe.
//! * uniform: f U^beta max(1, (10^9 / (f + 10^-99))^(alpha U')); alpha = 0.01 (0.49 + 1/n) and beta = 0.01 moderate,
//!   alpha = 0.49 + 1/n and beta = 1 severe.
//! * Cauchy: f + alpha max(0, 1000 + \[U < p\] N / abs(N')); alpha = 0.01 and p = 0.05 moderate, alpha = 1 and p = 0.2 severe.
//!
//! Below f = 10^-8 there is no noise; above it 1.01 10^-8 is added, so that a value tells whether the target is reached. All have
//! 100 f_pen and f_opt added, without noise. The ellipsoid has a condition number of 10^4, Griewank-Rosenbrock a factor of 1
//! instead of 10; all else is as in the noiseless suite, with the same optima.
//!
//! Source: Hansen, Finck, Ros and Auger 2009, INRIA research report 6869, inria-00369466.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::transform::{oscillated, penalty};
use super::{Bbob, ellipsoid, multimodal, weak_structure};
use super::{ill_conditioned, moderate, separable};
use crate::address::{Address, stream};
use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::SearchSpace;

/// Values below have no noise.
const TARGET: f64 = 1e-8;

/// A model of noise that multiplies or is added to the value above the optimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BbobNoise {
    /// Log-normal factor.
    Gaussian {
        /// Standard deviation of its logarithm.
        beta: f64,
    },
    /// Uniform factor, with a second one that grows towards the optimum.
    Uniform {
        /// How much the second factor grows.
        alpha: f64,
        /// Exponent of the first factor.
        beta: f64,
    },
    /// Rare outliers without a mean, added.
    Cauchy {
        /// Scale.
        alpha: f64,
        /// Share of the evaluations with an outlier.
        p: f64,
    },
}

impl BbobNoise {
    /// A value f >= 0 with noise.
    pub fn on(&self, f: f64, rng: &mut impl Rng) -> f64 {
        let noisy = match *self {
            Self::Gaussian { beta } => f * (beta * rng.sample::<f64, _>(StandardNormal)).exp(),
            Self::Uniform { alpha, beta } => {
                let (first, second) = (rng.random::<f64>(), rng.random::<f64>());
                f * first.powf(beta) * (1e9 / (f + 1e-99)).powf(alpha * second).max(1.0)
            }
            Self::Cauchy { alpha, p } => {
                let outlier = rng.random::<f64>() < p;
                let [above, below]: [f64; 2] = [rng.sample(StandardNormal), rng.sample(StandardNormal)];
                let jump = if outlier { above / (below.abs() + 1e-199) } else { 0.0 };
                f + alpha * (1000.0 + jump).max(0.0)
            }
        };
        if f < TARGET { f } else { noisy + 1.01 * TARGET }
    }
}

/// One instance of one of the 30 noisy functions, on [-5, 5]^n.
#[derive(Clone, Debug)]
pub struct BbobNoisy {
    /// The function of the noiseless suite whose instance it shares.
    base: Bbob,
    noise: BbobNoise,
    objectives: Vec<ObjectiveInfo>,
}

impl BbobNoisy {
    /// Function `function` (101 to 130) of `dimension` variables (2 or more) in the instance `instance` (1 or more).
    ///
    /// # Errors
    /// If there is no such function or instance, or too few variables.
    pub fn new(function: u8, dimension: usize, instance: u32) -> Result<Self> {
        EvolveError::require((101..=130).contains(&function), "BBOB", "noisy function", function, "101 to 130")?;
        let base = [1, 8, 1, 8, 7, 10, 14, 17, 19, 21][usize::from(function - 101) / 3];
        let base = Bbob::new(base, dimension, instance)?;
        let alpha = 0.49 + 1.0 / dimension as f64;
        let noise = match (function <= 106, (function - 101) % 3) {
            (true, 0) => BbobNoise::Gaussian { beta: 0.01 },
            (true, 1) => BbobNoise::Uniform { alpha: 0.01 * alpha, beta: 0.01 },
            (true, _) => BbobNoise::Cauchy { alpha: 0.01, p: 0.05 },
            (false, 0) => BbobNoise::Gaussian { beta: 1.0 },
            (false, 1) => BbobNoise::Uniform { alpha, beta: 1.0 },
            (false, _) => BbobNoise::Cauchy { alpha: 1.0, p: 0.2 },
        };
        Ok(Self { base, noise, objectives: vec![ObjectiveInfo::new(format!("f{function}"), true)] })
    }

    /// The model of noise.
    #[must_use]
    pub fn noise(&self) -> BbobNoise {
        self.noise
    }

    /// x_opt, where the value without noise is least.
    #[must_use]
    pub fn optimum(&self) -> &[f64] {
        self.base.optimum()
    }

    /// f_opt, the least value.
    #[must_use]
    pub fn optimal_value(&self) -> f64 {
        self.base.optimal_value()
    }

    /// f(x) - f_opt without noise and without the penalty for leaving the box.
    #[must_use]
    pub fn excess(&self, x: &[f64]) -> f64 {
        let instance = &self.base.instance;
        match self.base.function {
            1 => separable::value(1, instance, x),
            7 => moderate::step_ellipsoid(instance, x),
            8 => moderate::value(8, instance, x),
            10 => ellipsoid(&oscillated(&instance.r(&instance.shifted(x))), 1e4),
            14 => ill_conditioned::value(14, instance, x),
            17 => multimodal::schaffer(instance, x, 10.0),
            19 => multimodal::griewank_rosenbrock(instance, x),
            _ => weak_structure::gallagher(instance, x),
        }
    }

    /// The value without noise.
    #[must_use]
    pub fn value(&self, x: &[f64]) -> f64 {
        self.excess(x) + 100.0 * penalty(x) + self.optimal_value()
    }

    /// The value with noise from this generator.
    pub fn draw(&self, x: &[f64], rng: &mut impl Rng) -> f64 {
        self.noise.on(self.excess(x), rng) + 100.0 * penalty(x) + self.optimal_value()
    }
}

impl Objective for BbobNoisy {
    fn space(&self) -> &SearchSpace {
        self.base.space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> std::result::Result<Evaluation, Failure> {
        Ok(Evaluation::new(vec![self.draw(genome, &mut at.rng(stream::NOISE))]))
    }
}
