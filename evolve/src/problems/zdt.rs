//! The ZDT problems: two objectives, f1(x1) and f2 = g(x2, ...) h(f1, g).
//!
//! | problem | f1 | g | h | x2, ... | front (g = 1) |
//! |---|---|---|---|---|---|
//! | 1 | x1 | 1 + 9 mean(x_i) | 1 - sqrt(f1/g) | [0, 1] | f2 = 1 - sqrt f1 |
//! | 2 | x1 | as 1 | 1 - (f1/g)^2 | [0, 1] | f2 = 1 - f1^2 |
//! | 3 | x1 | as 1 | 1 - sqrt(f1/g) - (f1/g) sin(10 pi f1) | [0, 1] | five pieces |
//! | 4 | x1 | 1 + 10 (n-1) + sum(x_i^2 - 10 cos(4 pi x_i)) | 1 - sqrt(f1/g) | [-5, 5] | as 1, many local ones |
//! | 6 | 1 - exp(-4 x1) sin^6(6 pi x1) | 1 + 9 mean(x_i)^(1/4) | 1 - (f1/g)^2 | [0, 1] | f2 = 1 - f1^2, f1 >= 0.2807 |
//!
//! ZDT5 is defined on bit strings and left out. Usual lengths: 30 (1 to 3), 10 (4 and 6).
//!
//! Source: Zitzler, Deb and Thiele 2000, doi:10.1162/106365600568202.

use std::f64::consts::PI;

use crate::address::Address;
use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::{SearchSpace, Variable};

use super::{grid, non_dominated};

/// One of the problems ZDT1, 2, 3, 4 and 6.
#[derive(Clone, Debug)]
pub struct Zdt {
    number: u8,
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
}

impl Zdt {
    /// Problem `number` (1, 2, 3, 4 or 6) with `variables` genes, at least 2.
    ///
    /// # Errors
    /// If there is no such problem or there are too few variables.
    pub fn new(number: u8, variables: usize) -> Result<Self> {
        if !matches!(number, 1..=4 | 6) {
            return Err(EvolveError::config("ZDT", "number", number, "1, 2, 3, 4 or 6"));
        }
        if variables < 2 {
            return Err(EvolveError::config("ZDT", "variables", variables, "at least 2"));
        }
        let bounds = |index| if number == 4 && index > 0 { (-5.0, 5.0) } else { (0.0, 1.0) };
        let variable = |index| {
            let (lower, upper) = bounds(index);
            Variable::real(format!("x{}", index + 1), lower, upper)
        };
        Ok(Self {
            number,
            space: SearchSpace::new((0..variables).map(variable).collect())?,
            objectives: ["f1", "f2"].map(|name| ObjectiveInfo::new(name, false)).to_vec(),
        })
    }

    /// The two objective values.
    #[must_use]
    pub fn values(&self, x: &[f64]) -> [f64; 2] {
        let (first, rest) = (x[0], &x[1..]);
        let mean = rest.iter().sum::<f64>() / rest.len() as f64;
        let f1 = match self.number {
            6 => 1.0 - (-4.0 * first).exp() * (6.0 * PI * first).sin().powi(6),
            _ => first,
        };
        let g = match self.number {
            4 => {
                let ripple = |x: &f64| x * x - 10.0 * (4.0 * PI * x).cos();
                1.0 + 10.0 * rest.len() as f64 + rest.iter().map(ripple).sum::<f64>()
            }
            6 => 1.0 + 9.0 * mean.powf(0.25),
            _ => 1.0 + 9.0 * mean,
        };
        let ratio = f1 / g;
        let h = match self.number {
            1 | 4 => 1.0 - ratio.sqrt(),
            3 => 1.0 - ratio.sqrt() - ratio * (10.0 * PI * f1).sin(),
            _ => 1.0 - ratio * ratio,
        };
        [f1, g * h]
    }

    /// At most `most` points of the front, evenly spread in the first variable.
    #[must_use]
    pub fn front(&self, most: usize) -> Vec<f64> {
        // At x_i = 0 for i > 1, g = 1 in all problems.
        let at = |first: &Vec<f64>| {
            let mut x = vec![0.0; self.space.len()];
            x[0] = first[0];
            self.values(&x)
        };
        non_dominated(&grid(1, most).iter().flat_map(at).collect::<Vec<_>>(), 2)
    }
}

impl Objective for Zdt {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, genome: &[f64], _: &Address) -> std::result::Result<Evaluation, Failure> {
        Ok(Evaluation::new(self.values(genome).to_vec()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let values = |number, x: &[f64]| Zdt::new(number, x.len()).unwrap().values(x);
        let close = |found: [f64; 2], expected: [f64; 2]| {
            assert!((0..2).all(|k| (found[k] - expected[k]).abs() < 1e-12), "{found:?} {expected:?}");
        };
        // Mean of the others 1/2: g = 5.5, f1/g = 0.25/5.5 = 1/22.
        let x = [0.25, 0.25, 0.75];
        close(values(1, &x), [0.25, 5.5 * (1.0 - (1.0_f64 / 22.0).sqrt())]);
        close(values(2, &x), [0.25, 5.5 * (1.0 - 1.0 / 484.0)]);
        // sin(2.5 pi) = 1.
        close(values(3, &x), [0.25, 5.5 * (1.0 - (1.0_f64 / 22.0).sqrt() - 1.0 / 22.0)]);
        // cos(4 pi 0.5) = 1: each ripple is 0.25 - 10, g = 1 + 20 - 19.5 = 1.5.
        close(values(4, &[0.375, 0.5, -0.5]), [0.375, 1.5 * 0.5]);
        // sin(6 pi/12) = 1; mean 1/16, its fourth root 1/2: g = 5.5.
        let f1 = 1.0 - (-1.0_f64 / 3.0).exp();
        close(values(6, &[1.0 / 12.0, 0.125, 0.0]), [f1, 5.5 * (1.0 - (f1 / 5.5).powi(2))]);
        assert!(Zdt::new(5, 10).is_err() && Zdt::new(1, 1).is_err());
    }

    #[test]
    fn fronts_follow_their_equations() {
        let front = |number| Zdt::new(number, 10).unwrap().front(1001);
        for (number, curve) in [(1, 0.5), (2, 2.0), (4, 0.5), (6, 2.0)] {
            let front = front(number);
            assert!(front.len() > 2 * 100, "ZDT{number}: {}", front.len());
            assert!(front.chunks(2).all(|f| (f[1] - 1.0 + f[0].powf(curve)).abs() < 1e-12), "ZDT{number}");
        }
        assert!(front(6).chunks(2).all(|f| f[0] > 0.2807));
        // Five pieces: gaps in f1 where f2 would rise.
        let gaps = front(3).chunks(2).map(|f| f[0]).collect::<Vec<_>>();
        assert_eq!(gaps.windows(2).filter(|pair| pair[1] - pair[0] > 0.02).count(), 4);
    }
}
