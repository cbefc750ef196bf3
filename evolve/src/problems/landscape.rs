//! Single-objective test functions with a known optimum, plain or rotated.
//!
//! With z = R (x - x_opt), n variables and R the identity or a random rotation:
//!
//! | function | f | difficulty |
//! |---|---|---|
//! | sphere | sum z_i^2 | none |
//! | ellipsoid | sum 10^(6 (i-1)/(n-1)) z_i^2 | condition number 10^6 |
//! | cigar | z_1^2 + 10^6 sum_(i>1) z_i^2 | one long axis |
//! | discus | 10^6 z_1^2 + sum_(i>1) z_i^2 | one short axis |
//! | Rosenbrock | sum_(i<n) 100 (y_(i+1) - y_i^2)^2 + (1 - y_i)^2, y = z + 1 | a bent valley |
//! | Rastrigin | 10 n + sum z_i^2 - 10 cos(2 pi z_i) | about 10^n local optima |
//! | step | sum floor(z_i + 1/2)^2 | plateaus |
//!
//! The optimum has f = 0. Noise is put on by [`Noisy`](super::Noisy).
//!
//! Sources: Hansen et al. 2009, inria-00362633 (all but step); De Jong 1975, thesis, University of Michigan (step). The rotation is
//! that of Gram and Schmidt on normal vectors, as in the first.

use std::f64::consts::PI;

use crate::address::Address;
use crate::array::Matrix;
use crate::error::{EvolveError, Result};
use crate::linalg::orthonormal;
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::perturbation::normals;
use crate::space::{SearchSpace, Variable};

/// One of the test functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Isotropic.
    Sphere,
    /// Condition number 10^6, all scales between.
    Ellipsoid,
    /// One sensitivity of 1, all others 10^6.
    Cigar,
    /// One sensitivity of 10^6, all others 1.
    Discus,
    /// A bent valley.
    Rosenbrock,
    /// Regular local optima.
    Rastrigin,
    /// Plateaus.
    Step,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Sphere, Self::Ellipsoid, Self::Cigar, Self::Discus, Self::Rosenbrock, Self::Rastrigin, Self::Step];

    /// Name, for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sphere => "sphere",
            Self::Ellipsoid => "ellipsoid",
            Self::Cigar => "cigar",
            Self::Discus => "discus",
            Self::Rosenbrock => "Rosenbrock",
            Self::Rastrigin => "Rastrigin",
            Self::Step => "step",
        }
    }

    /// The value at z, with the optimum at 0.
    #[must_use]
    pub fn value(self, z: &[f64]) -> f64 {
        let n = z.len();
        let squares = |z: &[f64]| z.iter().map(|z| z * z).sum::<f64>();
        match self {
            Self::Sphere => squares(z),
            Self::Ellipsoid => {
                let last = (n.max(2) - 1) as f64;
                z.iter().enumerate().map(|(i, z)| 1e6_f64.powf(i as f64 / last) * z * z).sum()
            }
            Self::Cigar => z[0] * z[0] + 1e6 * squares(&z[1..]),
            Self::Discus => 1e6 * z[0] * z[0] + squares(&z[1..]),
            Self::Rosenbrock => {
                let term = |pair: &[f64]| {
                    let (y, next) = (pair[0] + 1.0, pair[1] + 1.0);
                    100.0 * (next - y * y) * (next - y * y) + (1.0 - y) * (1.0 - y)
                };
                z.windows(2).map(term).sum()
            }
            Self::Rastrigin => z.iter().map(|z| 10.0 + z * z - 10.0 * (2.0 * PI * z).cos()).sum(),
            Self::Step => z.iter().map(|z| (z + 0.5).floor() * (z + 0.5).floor()).sum(),
        }
    }
}

/// A test function on a box.
#[derive(Clone, Debug)]
pub struct Landscape {
    function: Function,
    optimum: Vec<f64>,
    rotation: Option<Matrix>,
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
}

impl Landscape {
    /// A function of `variables` variables (at least 2), with its optimum at 0 in [-5, 5]^n.
    ///
    /// # Errors
    /// If there are fewer than two variables.
    pub fn new(function: Function, variables: usize) -> Result<Self> {
        EvolveError::require(variables >= 2, "landscape", "variables", variables, "at least 2")?;
        let objectives = vec![ObjectiveInfo::new(function.name(), false)];
        let space = cube(variables, -5.0, 5.0)?;
        Ok(Self { function, optimum: vec![0.0; variables], rotation: None, space, objectives })
    }

    /// The same with every variable between these bounds.
    ///
    /// # Errors
    /// If they are not finite and in order.
    pub fn within(self, lower: f64, upper: f64) -> Result<Self> {
        Ok(Self { space: cube(self.optimum.len(), lower, upper)?, ..self })
    }

    /// The same with the optimum elsewhere.
    ///
    /// # Errors
    /// If the length is wrong.
    pub fn with_optimum(self, optimum: Vec<f64>) -> Result<Self> {
        let (found, expected) = (optimum.len(), self.optimum.len());
        if found != expected {
            return Err(EvolveError::Length { what: "optimum", found, expected });
        }
        Ok(Self { optimum, ..self })
    }

    /// The same, rotated about the optimum by a rotation drawn with this seed.
    #[must_use]
    pub fn rotated(self, seed: u64) -> Self {
        let n = self.optimum.len();
        let at = |candidate| Address { run: seed, generation: 0, candidate, episode: 0 };
        let rows: Vec<Vec<f64>> = (0..n as u64).map(|row| normals(at(row), n)).collect();
        let mut rotation = Matrix::with_columns(n);
        orthonormal(&rows).iter().for_each(|row| rotation.push(row));
        Self { rotation: Some(rotation), ..self }
    }

    /// The value at x.
    #[must_use]
    pub fn value(&self, x: &[f64]) -> f64 {
        let z: Vec<f64> = x.iter().zip(&self.optimum).map(|(x, optimum)| x - optimum).collect();
        match &self.rotation {
            Some(rotation) => self.function.value(&crate::linalg::times(rotation.values(), &z)),
            None => self.function.value(&z),
        }
    }
}

fn cube(variables: usize, lower: f64, upper: f64) -> Result<SearchSpace> {
    SearchSpace::new((1..=variables).map(|index| Variable::real(format!("x{index}"), lower, upper)).collect())
}

impl Objective for Landscape {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let value = |function: Function, z: &[f64]| function.value(z);
        let z = [1.0, -2.0, 0.5];
        assert_eq!(value(Function::Sphere, &z), 5.25);
        assert!((value(Function::Ellipsoid, &z) - (1.0 + 4e3 + 0.25e6)).abs() < 1e-6);
        assert_eq!(value(Function::Cigar, &z), 1.0 + 4.25e6);
        assert_eq!(value(Function::Discus, &z), 1e6 + 4.25);
        // y = 2, -1, 1.5: 100 (-1 - 4)^2 + 1 + 100 (1.5 - 1)^2 + 4.
        assert_eq!(value(Function::Rosenbrock, &z), 2500.0 + 1.0 + 25.0 + 4.0);
        // cos 2 pi = cos 4 pi = 1, cos pi = -1.
        assert!((value(Function::Rastrigin, &z) - (5.25 + 20.0)).abs() < 1e-12);
        assert_eq!(value(Function::Step, &[0.4, -0.6, 2.5]), 0.0 + 1.0 + 9.0);
    }

    #[test]
    fn rotations_keep_lengths_and_the_optimum() {
        let optimum = vec![1.0, -1.0, 0.5, 2.0];
        for function in Function::ALL {
            let plain = Landscape::new(function, 4).unwrap().with_optimum(optimum.clone()).unwrap();
            let rotated = plain.clone().rotated(3);
            assert!(plain.value(&optimum).abs() < 1e-12 && rotated.value(&optimum).abs() < 1e-12);
            let x = [0.3, 0.7, -2.0, 1.0];
            let equal = (plain.value(&x) - rotated.value(&x)).abs() < 1e-9;
            // The values of the step function are whole numbers and can agree by chance.
            assert!(equal == (function == Function::Sphere) || function == Function::Step, "{function:?}");
        }
        assert!(Landscape::new(Function::Cigar, 1).is_err());
        assert!(Landscape::new(Function::Cigar, 2).unwrap().with_optimum(vec![0.0]).is_err());
    }
}
