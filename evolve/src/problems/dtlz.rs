//! The DTLZ problems: any number of objectives M, and k variables x_M that measure the distance to the front.
//!
//! With a_i = x_i pi/2 (DTLZ4: x_i^100 pi/2; DTLZ5, 6: a_1 = x_1 pi/2, a_i = pi (1 + 2 g x_i) / (4 (1 + g))):
//!
//! | problem | g(x_M) | objectives | front |
//! |---|---|---|---|
//! | 1 | 100 (k + sum((x - 0.5)^2 - cos(20 pi (x - 0.5)))) | f = 0.5 (1 + g) x_1 ... x_(M-m) (1 - x_(M-m+1)) | sum f = 0.5 |
//! | 2, 4, 5 | sum (x - 0.5)^2 | f = (1 + g) cos a_1 ... cos a_(M-m) sin a_(M-m+1) | sum f^2 = 1 (5: a curve) |
//! | 3 | as 1 | as 2 | sum f^2 = 1 |
//! | 6 | sum x^0.1 | as 5 | a curve |
//! | 7 | 1 + 9 mean(x) | f_m = x_m, f_M = (1 + g) (M - sum f_m/(1 + g) (1 + sin(3 pi f_m))) | 2^(M-1) pieces |
//!
//! Usual k: 5 (DTLZ1), 10 (2 to 6), 20 (7); n = M + k - 1.
//!
//! Source: Deb, Thiele, Laumanns and Zitzler 2005, doi:10.1007/1-84628-137-7_6.

use std::f64::consts::PI;

use crate::address::Address;
use crate::error::{EvolveError, Result};
use crate::multi::reference_directions;
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::{SearchSpace, Variable};

use super::{grid, non_dominated, on_sphere, product_form};

/// One of the problems DTLZ1 to DTLZ7.
#[derive(Clone, Debug)]
pub struct Dtlz {
    number: u8,
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
}

impl Dtlz {
    /// Problem `number` (1 to 7) with `objectives` (at least 2) objectives and `distance` (k, at least 1)
    /// variables that measure the distance to the front.
    ///
    /// # Errors
    /// If there is no such problem, or a size is too small.
    pub fn new(number: u8, objectives: usize, distance: usize) -> Result<Self> {
        if !(1..=7).contains(&number) {
            return Err(EvolveError::config("DTLZ", "number", number, "1 to 7"));
        }
        if objectives < 2 {
            return Err(EvolveError::config("DTLZ", "objectives", objectives, "at least 2"));
        }
        if distance == 0 {
            return Err(EvolveError::config("DTLZ", "distance", distance, "at least 1"));
        }
        let variables = (1..objectives + distance).map(|index| Variable::real(format!("x{index}"), 0.0, 1.0));
        let infos = (1..=objectives).map(|index| ObjectiveInfo::new(format!("f{index}"), false));
        Ok(Self { number, space: SearchSpace::new(variables.collect())?, objectives: infos.collect() })
    }

    /// The objective values.
    #[must_use]
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        let m = self.objectives.len();
        let (position, distance) = x.split_at(m - 1);
        let k = distance.len() as f64;
        let g = match self.number {
            1 | 3 => {
                let ripple = |x: &f64| (x - 0.5).powi(2) - (20.0 * PI * (x - 0.5)).cos();
                100.0 * (k + distance.iter().map(ripple).sum::<f64>())
            }
            6 => distance.iter().map(|x| x.powf(0.1)).sum(),
            7 => 1.0 + 9.0 * distance.iter().sum::<f64>() / k,
            _ => distance.iter().map(|x| (x - 0.5).powi(2)).sum(),
        };
        match self.number {
            1 => product_form(position, 0.5 * (1.0 + g), |x| (x, 1.0 - x)),
            7 => {
                let h = |f: &f64| f / (1.0 + g) * (1.0 + (3.0 * PI * f).sin());
                let last = (1.0 + g) * (m as f64 - position.iter().map(h).sum::<f64>());
                position.iter().copied().chain([last]).collect()
            }
            _ => {
                let angle = |(index, &x): (usize, &f64)| match self.number {
                    4 => x.powi(100) * PI / 2.0,
                    5 | 6 if index > 0 => PI * (1.0 + 2.0 * g * x) / (4.0 * (1.0 + g)),
                    _ => x * PI / 2.0,
                };
                let angles: Vec<f64> = position.iter().enumerate().map(angle).collect();
                product_form(&angles, 1.0 + g, |a| (a.cos(), a.sin()))
            }
        }
    }

    /// At most `most` points of the front: evenly spread for DTLZ1 to 4, along the curve for 5 and 6, and a grid without
    /// dominated points for 7.
    #[must_use]
    pub fn front(&self, most: usize) -> Vec<f64> {
        let objectives = self.objectives.len();
        let best = if matches!(self.number, 6 | 7) { 0.0 } else { 0.5 };
        let at = |position: &[f64]| {
            let mut x = vec![best; self.space.len()];
            x[..position.len()].copy_from_slice(position);
            self.values(&x)
        };
        match self.number {
            1 => reference_directions(objectives, most).concat().iter().map(|w| 0.5 * w).collect(),
            2..=4 => reference_directions(objectives, most).iter().flat_map(|w| on_sphere(w)).collect(),
            7 => {
                let points: Vec<f64> = grid(objectives - 1, most).iter().flat_map(|x| at(x)).collect();
                non_dominated(&points, objectives)
            }
            _ => grid(1, most).iter().flat_map(|x| at(x)).collect(),
        }
    }
}

impl Objective for Dtlz {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, genome: &[f64], _: &Address) -> std::result::Result<Evaluation, Failure> {
        Ok(Evaluation::new(self.values(genome)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(number: u8, x: &[f64], expected: [f64; 3]) {
        let found = Dtlz::new(number, 3, x.len() - 2).unwrap().values(x);
        let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close, "DTLZ{number}: {found:?} {expected:?}");
    }

    #[test]
    fn values_worked_out_by_hand() {
        let half = 0.5_f64.sqrt();
        // x - 0.5 = 0.1: cos(2 pi) = 1, so g = 100 * 2 * 0.01 = 2 for two of them.
        check(1, &[0.25, 0.5, 0.6, 0.6], [0.1875, 0.1875, 1.125]);
        // g = 2 * 0.25^2 = 1/8; angles 45 and 90 degrees.
        check(2, &[0.5, 1.0, 0.25, 0.75], [0.0, 1.125 * half, 1.125 * half]);
        check(3, &[0.5, 0.0, 0.6, 0.6], [3.0 * half, 0.0, 3.0 * half]);
        // 0.5^100 is nothing: the first angle vanishes.
        check(4, &[0.5, 1.0, 0.5, 0.5], [0.0, 1.0, 0.0]);
        // On the front (g = 0) the second angle is 45 degrees whatever x_2.
        check(5, &[1.0 / 3.0, 0.9, 0.5], [0.75_f64.sqrt() * half, 0.75_f64.sqrt() * half, 0.5]);
        // g = 1: second angle pi (1 + 2 * 0.5) / 8 = 45 degrees.
        check(6, &[0.0, 0.5, 1.0], [2.0 * half, 2.0 * half, 0.0]);
        // g = 1 + 9/2; sin(3 pi / 2) = -1 removes both terms.
        check(7, &[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 6.5 * 3.0]);
        assert!(Dtlz::new(8, 3, 5).is_err() && Dtlz::new(1, 1, 5).is_err());
        assert!(Dtlz::new(1, 3, 0).is_err());
    }

    #[test]
    fn fronts_follow_their_equations() {
        for number in 1..=7 {
            let front = Dtlz::new(number, 3, 5).unwrap().front(500);
            assert!(front.len() > 3 * 80 && front.len() <= 3 * 500, "DTLZ{number}: {}", front.len());
            assert_eq!(non_dominated(&front, 3), front, "DTLZ{number}");
            for f in front.chunks(3).filter(|_| number < 7) {
                let (sum, radius) = (f.iter().sum::<f64>(), f.iter().map(|f| f * f).sum::<f64>());
                let residual = if number == 1 { sum - 0.5 } else { radius - 1.0 };
                assert!(residual.abs() < 1e-12, "DTLZ{number}: {f:?}");
            }
        }
    }
}
