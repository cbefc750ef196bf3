//! The noiseless functions of the Black-Box Optimization Benchmarking suite (BBOB), with the instances of the published one.
//!
//! The number of variables is n, x_opt the optimum and f_opt its value; R and Q are rotations. T_osz, T_asy^beta, Lambda^alpha and
//! f_pen are defined in `transform.rs`; i = 0, ..., n - 1 and c = max(1, sqrt(n)/8); y = x - x_opt. All values have f_opt added.
//!
//! | f | name | z | f(x) - f_opt |
//! |---|---|---|---|
//! | 1 | sphere | y | sum z_i^2 |
//! | 2 | ellipsoid | T_osz(y) | sum 10^(6 i/(n-1)) z_i^2 |
//! | 3 | Rastrigin | Lambda^10 T_asy^0.2(T_osz(y)) | 10 (n - sum cos 2 pi z_i) + sum z_i^2 |
//! | 4 | Bueche-Rastrigin | Lambda^10 T_osz(y), positive ones with even i 10 times larger | as 3, + 100 f_pen |
//! | 5 | linear slope | x, at most x_opt | sum 5 abs(s_i) - s_i z_i, s_i = sign(x_opt,i) 10^(i/(n-1)) |
//! | 6 | attractive sector | R Lambda^10 Q y | T_osz(sum (s_i z_i)^2)^0.9, s_i = 100 if z_i x_opt,i > 0 or else 1 |
//! | 7 | step ellipsoid | R round(v), v = Lambda^10 Q y | 0.1 max(abs(v_0)/10^4, sum 10^(2 i/(n-1)) z_i^2) + f_pen |
//! | 8 | Rosenbrock | c y + 1 | sum 100 (z_i^2 - z_(i+1))^2 + (z_i - 1)^2 |
//! | 9 | Rosenbrock, rotated | c Q x + 1/2 | as 8 |
//! | 10 | ellipsoid, rotated | T_osz(R y) | as 2 |
//! | 11 | discus | T_osz(R y) | 10^6 z_0^2 + sum_(i>0) z_i^2 |
//! | 12 | bent cigar | R T_asy^0.5(R y) | z_0^2 + 10^6 sum_(i>0) z_i^2 |
//! | 13 | sharp ridge | R Lambda^10 Q y | z_0^2 + 100 sqrt(sum_(i>0) z_i^2) |
//! | 14 | different powers | R y | sqrt(sum abs(z_i)^(2 + 4 i/(n-1))) |
//! | 15 | Rastrigin, rotated | R Lambda^10 Q T_asy^0.2(T_osz(R y)) | as 3 |
//! | 16 | Weierstrass | R Lambda^0.01 Q T_osz(R y) | 10 (1/n sum_i sum_(k<12) cos(2 pi 3^k (z_i + 1/2))/2^k - f_0)^3 + 10/n f_pen |
//! | 17 | Schaffer F7 | Lambda^10 Q T_asy^0.5(R y) | (1/(n-1) sum sqrt(s_i) (1 + sin^2(50 s_i^0.2)))^2 + 10 f_pen, s_i^2 = z_i^2 + z_(i+1)^2 |
//! | 18 | Schaffer F7, ill-conditioned | Lambda^1000 Q T_asy^0.5(R y) | as 17 |
//! | 19 | Griewank-Rosenbrock | c Q x + 1/2 | 10/(n-1) sum (s_i/4000 - cos s_i) + 10, s_i the terms of 8 |
//! | 20 | Schwefel | see `weak_structure.rs` | 4.1898 - 1/(100 n) sum z_i sin sqrt(abs z_i) + 100 f_pen(z/100) |
//! | 21, 22 | Gallagher, 101 or 21 peaks | Q x | T_osz(10 - highest peak)^2 + f_pen |
//! | 23 | Katsuura | R Lambda^100 Q y | 10/n^2 prod (1 + (i+1) sum_(j=1)^32 abs(2^j z_i - round(2^j z_i))/2^j)^(10/n^1.2) - 10/n^2 + f_pen |
//! | 24 | Lunacek | R Lambda^100 Q (v - 2.5), v = 2 sign(x_opt) x | min(sum (v_i - 2.5)^2, n + s sum (v_i - mu_1)^2) + 10 (n - sum cos 2 pi z_i) + 10^4 f_pen |
//!
//! The rotations are named as in the suite's implementation: R has the seed of Q plus 10^6.
//!
//! Source: Hansen, Finck, Ros and Auger 2009, INRIA research report 6829, inria-00362633. Platform: Hansen, Auger, Ros, Mersmann,
//! Tusar and Brockhoff 2021, doi:10.1080/10556788.2020.1808977. `tests/bbob.rs` compares with its values.

mod generator;
mod ill_conditioned;
mod instance;
mod moderate;
mod multimodal;
mod noisy;
mod peaks;
mod separable;
mod transform;
mod weak_structure;

use std::f64::consts::TAU;

use crate::address::Address;
use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::{SearchSpace, Variable};

pub use noisy::{BbobNoise, BbobNoisy};

use instance::{Instance, valley_scale};
use transform::share;

/// One instance of one of the 24 functions, on [-5, 5]^n.
#[derive(Clone, Debug)]
pub struct Bbob {
    function: u8,
    instance: Instance,
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
}

impl Bbob {
    /// Function `function` (1 to 24) of `dimension` variables (2 or more; the suite has 2, 3, 5, 10, 20 and 40), in the instance
    /// `instance` (1 or more; the suite of 2009 has 1 to 5, that of recent years 91 to 100 besides).
    ///
    /// # Errors
    /// If there is no such function or instance, or too few variables.
    pub fn new(function: u8, dimension: usize, instance: u32) -> Result<Self> {
        EvolveError::require((1..=24).contains(&function), "BBOB", "function", function, "1 to 24")?;
        EvolveError::require(dimension >= 2, "BBOB", "dimension", dimension, "2 or more")?;
        EvolveError::require(instance >= 1, "BBOB", "instance", instance, "1 or more")?;
        let variable = |index| Variable::real(format!("x{index}"), -5.0, 5.0);
        Ok(Self {
            function,
            instance: Instance::new(function, dimension, instance),
            space: SearchSpace::new((1..=dimension).map(variable).collect())?,
            objectives: vec![ObjectiveInfo::new(format!("f{function}"), false)],
        })
    }

    /// x_opt, where the value is least.
    #[must_use]
    pub fn optimum(&self) -> &[f64] {
        &self.instance.x_opt
    }

    /// f_opt, the least value.
    #[must_use]
    pub fn optimal_value(&self) -> f64 {
        self.instance.f_opt
    }

    /// The value at x, which may be out of the box.
    #[must_use]
    pub fn value(&self, x: &[f64]) -> f64 {
        self.excess(x) + self.instance.f_opt
    }

    /// f(x) - f_opt, without the digits that the difference of the two would lose.
    #[must_use]
    pub fn excess(&self, x: &[f64]) -> f64 {
        let group = match self.function {
            1..=5 => separable::value,
            6..=9 => moderate::value,
            10..=14 => ill_conditioned::value,
            15..=19 => multimodal::value,
            _ => weak_structure::value,
        };
        group(self.function, &self.instance, x)
    }
}

impl Objective for Bbob {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, genome: &[f64], _: &Address) -> std::result::Result<Evaluation, Failure> {
        Ok(Evaluation::new(vec![self.value(genome)]))
    }
}

/// sum condition^(i/(n-1)) z_i^2.
fn ellipsoid(z: &[f64], condition: f64) -> f64 {
    let n = z.len();
    z.iter().enumerate().map(|(i, z)| condition.powf(share(i, n)) * z * z).sum()
}

/// 10 (n - sum cos 2 pi z_i) + sum z_i^2.
fn rastrigin(z: &[f64]) -> f64 {
    let ripples = z.len() as f64 - z.iter().map(|z| (TAU * z).cos()).sum::<f64>();
    10.0 * ripples + z.iter().map(|z| z * z).sum::<f64>()
}

/// c Q x + 1/2.
fn valley(instance: &Instance, x: &[f64]) -> Vec<f64> {
    instance.q(x).iter().map(|z| valley_scale(x.len()) * z + 0.5).collect()
}

/// 100 (z_i^2 - z_(i+1))^2 + (z_i - 1)^2 for every i but the last.
fn valley_terms(z: &[f64]) -> impl Iterator<Item = f64> {
    z.windows(2).map(|pair| 100.0 * (pair[0] * pair[0] - pair[1]).powi(2) + (pair[0] - 1.0).powi(2))
}

fn rosenbrock(z: &[f64]) -> f64 {
    valley_terms(z).sum()
}
