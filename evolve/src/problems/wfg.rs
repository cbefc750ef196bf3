//! The WFG problems: any number of objectives M, k variables of position and l of distance, z_i in [0, 2 i].
//!
//! y_i = z_i / (2 i) goes through transformations to t_1 ... t_M; x_i = max(t_M, A_i) (t_i - 0.5) + 0.5, x_M = t_M, and
//! f_m = x_M + 2 m h_m(x_1 ... x_(M-1)). All A_i are 1, but for WFG3, where A_2 ... A_(M-1) are 0.
//!
//! | problem | transformations, in this order | h |
//! |---|---|---|
//! | 1 | distance: s_linear 0.35, b_flat (0.8, 0.75, 0.85); all: b_poly 0.02; weighted sums, w_i = 2 i | convex, mixed |
//! | 2 | distance: s_linear 0.35, r_nonsep in pairs; sums | convex, disconnected |
//! | 3 | as 2 | linear |
//! | 4 | s_multi (30, 10, 0.35); sums | concave |
//! | 5 | s_decept (0.35, 0.001, 0.05); sums | concave |
//! | 6 | distance: s_linear 0.35; r_nonsep over groups | concave |
//! | 7 | position: b_param by the mean of all that follow; distance: s_linear 0.35; sums | concave |
//! | 8 | distance: b_param by the mean of all before; distance: s_linear 0.35; sums | concave |
//! | 9 | all but the last: b_param by the mean of all that follow; position: s_decept; distance: s_multi (30, 95, 0.35); r_nonsep | concave |
//!
//! The front has x_M = 0; for WFG4 to 9 it is sum (f_m / (2 m))^2 = 1. Usual sizes: k = 2 (M - 1) (4 for two objectives),
//! l = 20.
//!
//! Source: Huband, Hingston, Barone and While 2006, doi:10.1109/TEVC.2005.861417.

use std::f64::consts::PI;

use crate::address::Address;
use crate::error::{EvolveError, Result};
use crate::multi::reference_directions;
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::{SearchSpace, Variable};

use super::{grid, non_dominated, on_sphere, product_form};

/// One of the problems WFG1 to WFG9.
#[derive(Clone, Debug)]
pub struct Wfg {
    number: u8,
    position: usize,
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
}

impl Wfg {
    /// Problem `number` (1 to 9) with `objectives` (M, at least 2) objectives, `position` (k, a multiple of M - 1) and `distance`
    /// (l, at least 1; even for WFG2 and 3) variables.
    ///
    /// # Errors
    /// If there is no such problem, or a size is not permitted.
    pub fn new(number: u8, objectives: usize, position: usize, distance: usize) -> Result<Self> {
        EvolveError::require((1..=9).contains(&number), "WFG", "number", number, "1 to 9")?;
        EvolveError::require(objectives >= 2, "WFG", "objectives", objectives, "at least 2")?;
        let fits = position > 0 && position.is_multiple_of(objectives - 1);
        EvolveError::require(fits, "WFG", "position", position, &format!("a multiple of {}", objectives - 1))?;
        let even = !matches!(number, 2 | 3) || distance.is_multiple_of(2);
        EvolveError::require(distance > 0 && even, "WFG", "distance", distance, "at least 1, even for WFG2 and WFG3")?;
        let variable = |index: usize| Variable::real(format!("z{index}"), 0.0, 2.0 * index as f64);
        let infos = (1..=objectives).map(|index| ObjectiveInfo::new(format!("f{index}"), false));
        Ok(Self {
            number,
            position,
            space: SearchSpace::new((1..=position + distance).map(variable).collect())?,
            objectives: infos.collect(),
        })
    }

    /// The objective values.
    #[must_use]
    pub fn values(&self, z: &[f64]) -> Vec<f64> {
        let mut t = self.transformed(z);
        let distance = t.pop().unwrap_or(0.0);
        let degenerate = |i: usize| if self.number == 3 && i > 0 { 0.0 } else { 1.0 };
        let x = |(i, t): (usize, f64)| f64::max(distance, degenerate(i)) * (t - 0.5) + 0.5;
        let x: Vec<f64> = t.into_iter().enumerate().map(x).collect();
        self.shape(&x).iter().map(|h| distance + h).collect()
    }

    /// At most `most` points of the front, evenly spread for WFG4 to 9; the others are grids without dominated points.
    #[must_use]
    pub fn front(&self, most: usize) -> Vec<f64> {
        let objectives = self.objectives.len();
        let scaled = |point: Vec<f64>| point.into_iter().enumerate().map(|(m, f)| 2.0 * (m + 1) as f64 * f);
        match self.number {
            1 | 2 => {
                let points = grid(objectives - 1, most).iter().flat_map(|x| self.shape(x)).collect::<Vec<_>>();
                non_dominated(&points, objectives)
            }
            3 => grid(1, most).iter().flat_map(|x| self.shape(&[x, &vec![0.5; objectives - 2][..]].concat())).collect(),
            _ => reference_directions(objectives, most).iter().flat_map(|w| scaled(on_sphere(w))).collect(),
        }
    }

    /// t_1 ... t_M.
    fn transformed(&self, z: &[f64]) -> Vec<f64> {
        let y: Vec<f64> = z.iter().enumerate().map(|(i, z)| z / (2 * (i + 1)) as f64).collect();
        let n = y.len();
        let k = self.position;
        let mean = |part: &[f64]| unit(part.iter().sum::<f64>() / part.len() as f64);
        let param = |i: usize, u: f64| b_param(y[i], u, 0.98 / 49.98, 0.02, 50.0);
        let decept = |y: f64| s_decept(y, 0.35, 0.001, 0.05);
        // What happens to single variables, given those of the start.
        let one = |i: usize| match self.number {
            1 => {
                let y = if i < k { y[i] } else { b_flat(s_linear(y[i], 0.35), 0.8, 0.75, 0.85) };
                unit(y.powf(0.02))
            }
            4 => s_multi(y[i], 30.0, 10.0, 0.35),
            5 => decept(y[i]),
            7 if i < k => param(i, mean(&y[i + 1..])),
            8 if i >= k => s_linear(param(i, mean(&y[..i])), 0.35),
            9 => {
                let y = if i + 1 < n { param(i, mean(&y[i + 1..])) } else { y[i] };
                if i < k { decept(y) } else { s_multi(y, 30.0, 95.0, 0.35) }
            }
            _ if i >= k => s_linear(y[i], 0.35),
            _ => y[i],
        };
        let y: Vec<f64> = (0..n).map(one).collect();
        let (position, distance) = y.split_at(k);
        let gap = k / (self.objectives.len() - 1);
        match self.number {
            1 => {
                let sum = |first: usize, part: &[f64]| {
                    let weights = (first..first + part.len()).map(|i| 2.0 * (i + 1) as f64);
                    unit(weights.clone().zip(part).map(|(w, y)| w * y).sum::<f64>() / weights.sum::<f64>())
                };
                let groups = position.chunks(gap).enumerate().map(|(group, part)| sum(group * gap, part));
                groups.chain([sum(k, distance)]).collect()
            }
            2 | 3 => {
                let pairs: Vec<f64> = distance.chunks(2).map(|pair| r_nonsep(pair, 2)).collect();
                position.chunks(gap).map(mean).chain([mean(&pairs)]).collect()
            }
            6 | 9 => {
                let groups = position.chunks(gap).map(|part| r_nonsep(part, gap));
                groups.chain([r_nonsep(distance, distance.len())]).collect()
            }
            _ => position.chunks(gap).map(mean).chain([mean(distance)]).collect(),
        }
    }

    /// 2 m h_m(x) for all m.
    fn shape(&self, x: &[f64]) -> Vec<f64> {
        let angle = |x: f64| x * PI / 2.0;
        let mut h = match self.number {
            1 | 2 => product_form(x, 1.0, |x| (1.0 - angle(x).cos(), 1.0 - angle(x).sin())),
            3 => product_form(x, 1.0, |x| (x, 1.0 - x)),
            _ => product_form(x, 1.0, |x| (angle(x).sin(), angle(x).cos())),
        };
        if let Some(last) = h.last_mut() {
            match self.number {
                1 => *last = 1.0 - x[0] - (10.0 * PI * x[0] + PI / 2.0).cos() / (10.0 * PI),
                2 => *last = 1.0 - x[0] * (5.0 * PI * x[0]).cos().powi(2),
                _ => {}
            }
        }
        h.into_iter().enumerate().map(|(m, h)| 2.0 * (m + 1) as f64 * h).collect()
    }
}

/// Rounding must not lead out of the unit interval.
fn unit(y: f64) -> f64 {
    y.clamp(0.0, 1.0)
}

/// Shift of the optimum to `a`.
fn s_linear(y: f64, a: f64) -> f64 {
    unit((y - a).abs() / ((a - y).floor() + a).abs())
}

/// Flat region of value `a` between `b` and `c`.
fn b_flat(y: f64, a: f64, b: f64, c: f64) -> f64 {
    let below = (y - b).floor().min(0.0) * a * (b - y) / b;
    let above = (c - y).floor().min(0.0) * (1.0 - a) * (y - c) / (1.0 - c);
    unit(a + below - above)
}

/// Bias by another variable `u`.
fn b_param(y: f64, u: f64, a: f64, b: f64, c: f64) -> f64 {
    let v = a - (1.0 - 2.0 * u) * ((0.5 - u).floor() + a).abs();
    unit(y.powf(b + (c - b) * v))
}

/// A narrow global optimum at `a` with an opening of `b`, and deceptive ones of value `c`.
fn s_decept(y: f64, a: f64, b: f64, c: f64) -> f64 {
    let left = (y - a + b).floor() * (1.0 - c + (a - b) / b) / (a - b);
    let right = (a + b - y).floor() * (1.0 - c + (1.0 - a - b) / b) / (1.0 - a - b);
    unit(1.0 + ((y - a).abs() - b) * (left + right + 1.0 / b))
}

/// `a` minima on hills of steepness `b`, the global one at `c`.
fn s_multi(y: f64, a: f64, b: f64, c: f64) -> f64 {
    let place = (y - c).abs() / (2.0 * ((c - y).floor() + c));
    let wave = ((4.0 * a + 2.0) * PI * (0.5 - place)).cos();
    unit((1.0 + wave + 4.0 * b * place * place) / (b + 2.0))
}

/// Reduction in which every variable depends on the `a` - 1 that follow.
fn r_nonsep(y: &[f64], a: usize) -> f64 {
    let count = y.len();
    let with_followers = |j: usize| y[j] + (1..a).map(|k| (y[j] - y[(j + k) % count]).abs()).sum::<f64>();
    let sum: f64 = (0..count).map(with_followers).sum();
    let half = a.div_ceil(2) as f64;
    let a = a as f64;
    unit(sum / (count as f64 / a * half * (1.0 + 2.0 * a - 2.0 * half)))
}

impl Objective for Wfg {
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

    #[test]
    fn optimal_distances_lie_on_the_front() {
        for number in [4, 5, 6, 7] {
            let problem = Wfg::new(number, 3, 4, 6).unwrap();
            let z: Vec<f64> =
                (0..10).map(|i| 2.0 * (i + 1) as f64 * if i < 4 { 0.2 * (i + 1) as f64 } else { 0.35 }).collect();
            let f = problem.values(&z);
            let radius: f64 = f.iter().enumerate().map(|(m, f)| (f / (2.0 * (m + 1) as f64)).powi(2)).sum();
            assert!((radius - 1.0).abs() < 1e-9, "WFG{number}: {f:?}");
        }
        // Linear, on the line x_2 = 0.5: x_1 = mean(0.2, 0.4) = 0.3.
        let z: Vec<f64> =
            (0..10).map(|i| 2.0 * (i + 1) as f64 * if i < 4 { 0.2 * (i + 1) as f64 } else { 0.35 }).collect();
        let f = Wfg::new(3, 3, 4, 6).unwrap().values(&z);
        for (found, expected) in f.iter().zip([2.0 * 0.3 * 0.5, 4.0 * 0.3 * 0.5, 6.0 * 0.7]) {
            assert!((found - expected).abs() < 1e-9, "{f:?}");
        }
    }

    #[test]
    fn fronts_are_not_dominated_and_sizes_are_checked() {
        for number in 1..=9 {
            let problem = Wfg::new(number, 3, 4, 6).unwrap();
            let front = problem.front(150);
            assert!(front.len() > 3 * 20 && front.len() <= 3 * 150, "WFG{number}: {}", front.len());
            assert_eq!(non_dominated(&front, 3), front, "WFG{number}");
        }
        assert!(Wfg::new(0, 3, 4, 6).is_err() && Wfg::new(4, 3, 3, 6).is_err() && Wfg::new(2, 3, 4, 5).is_err());
    }
}
