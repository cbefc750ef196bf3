//! The LSMOP problems: many variables, in groups that act on the objectives through different landscapes.
//!
//! The first M - 1 variables, in [0, 1], are the position on the front; the others, in [0, 10], the distance from it. With D
//! variables they are linked to the first one,
//!
//! LSMOP1 to 4: y_i = (1 + i/D) x_i - 10 x_1,  LSMOP5 to 9: y_i = (1 + cos(pi i / (2 D))) x_i - 10 x_1,
//!
//! and divided into M groups of five equal parts, whose sizes follow the logistic map c <- 3.8 c (1 - c) from c = 0.342. G_i is
//! the mean over the parts of group i of a landscape divided by the size of the part: the first landscape of the table for
//! odd groups, the second for even ones.
//!
//! | problem | landscapes | objectives | front |
//! |---|---|---|---|
//! | 1 | sphere, sphere | h_m (1 + G_m), h linear (DTLZ1) | sum f = 1 |
//! | 2 | Griewank, Schwefel 2.21 | as 1 | as 1 |
//! | 3 | Rastrigin, Rosenbrock | as 1 | as 1 |
//! | 4 | Ackley, Griewank | as 1 | as 1 |
//! | 5 | sphere, sphere | h_m (1 + G_m + G_(m+1)), h spherical (DTLZ2) | sum f^2 = 1 |
//! | 6 | Rosenbrock, Schwefel 2.21 | as 5 | as 5 |
//! | 7 | Ackley, Rosenbrock | as 5 | as 5 |
//! | 8 | Griewank, sphere | as 5 | as 5 |
//! | 9 | sphere, Ackley | as DTLZ7 with g = 1 + sum G | as DTLZ7 |
//!
//! Source: Cheng, Jin, Olhofer and Sendhoff 2017, doi:10.1109/TCYB.2016.2600577.

use std::f64::consts::{E, PI};

use crate::address::Address;
use crate::error::{EvolveError, Result};
use crate::multi::reference_directions;
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::{SearchSpace, Variable};

use super::{grid, non_dominated, on_sphere, product_form};

/// Parts of a group.
const PARTS: usize = 5;

/// One of the problems LSMOP1 to LSMOP9.
#[derive(Clone, Debug)]
pub struct Lsmop {
    number: u8,
    /// Variables of one part of every group.
    part_sizes: Vec<usize>,
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
}

impl Lsmop {
    /// Problem `number` (1 to 9) with `objectives` (M, at least 2) objectives and at most `variables` variables: as many as
    /// the groups can take (100 an objective are usual).
    ///
    /// # Errors
    /// If there is no such problem, or a part would be empty.
    pub fn new(number: u8, objectives: usize, variables: usize) -> Result<Self> {
        EvolveError::require((1..=9).contains(&number), "LSMOP", "number", number, "1 to 9")?;
        EvolveError::require(objectives >= 2, "LSMOP", "objectives", objectives, "at least 2")?;
        let logistic = |c: &f64| Some(3.8 * c * (1.0 - c));
        let shares: Vec<f64> = std::iter::successors(Some(3.8 * 0.1 * 0.9), logistic).take(objectives).collect();
        let total: f64 = shares.iter().sum();
        let distance = variables.saturating_sub(objectives - 1) as f64;
        let size = |share: &f64| (share / total * distance / PARTS as f64).floor() as usize;
        let part_sizes: Vec<usize> = shares.iter().map(size).collect();
        let enough = part_sizes.iter().all(|&size| size > 0);
        EvolveError::require(enough, "LSMOP", "variables", variables, "at least one for each part of every group")?;
        let distance = PARTS * part_sizes.iter().sum::<usize>();
        let variable =
            |index: usize| Variable::real(format!("x{index}"), 0.0, if index < objectives { 1.0 } else { 10.0 });
        let infos = (1..=objectives).map(|index| ObjectiveInfo::new(format!("f{index}"), false));
        let space = SearchSpace::new((1..objectives + distance).map(variable).collect())?;
        Ok(Self { number, part_sizes, space, objectives: infos.collect() })
    }

    /// The objective values.
    #[must_use]
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        let objectives = self.objectives.len();
        let (position, distance) = x.split_at(objectives - 1);
        let linked = |(index, x): (usize, &f64)| {
            let place = (index + objectives) as f64 / self.space.len() as f64;
            let stretch = if self.number < 5 { place } else { (place * PI / 2.0).cos() };
            (1.0 + stretch) * x - 10.0 * position[0]
        };
        let linked: Vec<f64> = distance.iter().enumerate().map(linked).collect();
        let mut rest = linked.as_slice();
        let mut g = Vec::with_capacity(objectives + 1);
        for (group, &size) in self.part_sizes.iter().enumerate() {
            let (own, others) = rest.split_at(PARTS * size);
            let landscape = self.landscapes()[group % 2];
            g.push(own.chunks(size).map(landscape).sum::<f64>() / (size * PARTS) as f64);
            rest = others;
        }
        match self.number {
            9 => {
                let g = 1.0 + g.iter().sum::<f64>();
                let h = |f: &f64| f / (1.0 + g) * (1.0 + (3.0 * PI * f).sin());
                let last = (1.0 + g) * (objectives as f64 - position.iter().map(h).sum::<f64>());
                position.iter().copied().chain([last]).collect()
            }
            1..=4 => {
                let h = product_form(position, 1.0, |x| (x, 1.0 - x));
                h.iter().zip(&g).map(|(h, g)| h * (1.0 + g)).collect()
            }
            _ => {
                let h = product_form(position, 1.0, |x| ((x * PI / 2.0).cos(), (x * PI / 2.0).sin()));
                g.push(0.0);
                h.iter().zip(g.windows(2)).map(|(h, g)| h * (1.0 + g[0] + g[1])).collect()
            }
        }
    }

    /// At most `most` points of the front: evenly spread for LSMOP1 to 8, a grid without dominated points for 9.
    #[must_use]
    pub fn front(&self, most: usize) -> Vec<f64> {
        let objectives = self.objectives.len();
        match self.number {
            1..=4 => reference_directions(objectives, most).concat(),
            5..=8 => reference_directions(objectives, most).iter().flat_map(|w| on_sphere(w)).collect(),
            _ => {
                // g = 1 on the front.
                let last = |f: &[f64]| {
                    let h: f64 = f.iter().map(|f| f / 2.0 * (1.0 + (3.0 * PI * f).sin())).sum();
                    2.0 * (objectives as f64 - h)
                };
                let point = |f: &Vec<f64>| f.iter().copied().chain([last(f)]).collect::<Vec<_>>();
                let points: Vec<f64> = grid(objectives - 1, most).iter().flat_map(point).collect();
                non_dominated(&points, objectives)
            }
        }
    }

    fn landscapes(&self) -> [fn(&[f64]) -> f64; 2] {
        match self.number {
            1 | 5 => [sphere, sphere],
            2 => [griewank, schwefel],
            3 => [rastrigin, rosenbrock],
            4 => [ackley, griewank],
            6 => [rosenbrock, schwefel],
            7 => [ackley, rosenbrock],
            8 => [griewank, sphere],
            _ => [sphere, ackley],
        }
    }
}

fn sphere(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

fn griewank(x: &[f64]) -> f64 {
    let waves: f64 = x.iter().enumerate().map(|(i, x)| (x / ((i + 1) as f64).sqrt()).cos()).product();
    sphere(x) / 4000.0 - waves + 1.0
}

fn schwefel(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |most, x| f64::max(most, x.abs()))
}

fn rastrigin(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x - 10.0 * (2.0 * PI * x).cos() + 10.0).sum()
}

fn rosenbrock(x: &[f64]) -> f64 {
    x.windows(2).map(|pair| 100.0 * (pair[0].powi(2) - pair[1]).powi(2) + (pair[0] - 1.0).powi(2)).sum()
}

fn ackley(x: &[f64]) -> f64 {
    let n = x.len() as f64;
    let waves: f64 = x.iter().map(|x| (2.0 * PI * x).cos()).sum();
    20.0 - 20.0 * (-0.2 * (sphere(x) / n).sqrt()).exp() - (waves / n).exp() + E
}

impl Objective for Lsmop {
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

    /// Genome whose linked distance variables all have this value, with x_1 = 0.25 and x_2 = 0.5.
    fn genome(problem: &Lsmop, linked: f64) -> Vec<f64> {
        let genes = problem.space().len();
        let position = [0.25, 0.5];
        let distance = (3..=genes).map(|i| {
            let place = i as f64 / genes as f64;
            let stretch = if problem.number < 5 { place } else { (place * PI / 2.0).cos() };
            (linked + 2.5) / (1.0 + stretch)
        });
        position.into_iter().chain(distance).collect()
    }

    #[test]
    fn sizes_follow_the_logistic_map() {
        // c = 0.342, 0.8551368, 0.4707...: of 298 distance variables 5 x 12, 5 x 30 and 5 x 16.
        let problem = Lsmop::new(1, 3, 300).unwrap();
        assert_eq!(problem.part_sizes, [12, 30, 16]);
        assert_eq!(problem.space().len(), 2 + 5 * 58);
        assert!(Lsmop::new(1, 3, 20).is_err() && Lsmop::new(10, 3, 300).is_err() && Lsmop::new(1, 1, 300).is_err());
    }

    #[test]
    fn optimal_distances_lie_on_the_front() {
        for number in [1, 2, 4, 5, 8, 9] {
            let problem = Lsmop::new(number, 3, 300).unwrap();
            let f = problem.values(&genome(&problem, 0.0));
            let found: f64 = match number {
                1..=4 => f.iter().sum(),
                5..=8 => f.iter().map(|f| f * f).sum(),
                // DTLZ7 at g = 1: 2 (3 - 0.25/2 (1 + sin(3 pi/4)) - 0.5/2 (1 + sin(3 pi/2))), less what it should be, plus 1.
                _ => f[2] - 2.0 * (3.0 - 0.125 * (1.0 + 0.5_f64.sqrt())) + 1.0,
            };
            assert!((found - 1.0).abs() < 1e-12, "LSMOP{number}: {f:?}");
        }
    }

    /// All linked variables 1: sphere and Schwefel are 1 and 1/size, Rosenbrock 0, Rastrigin 1.
    #[test]
    fn values_worked_out_by_hand() {
        let values = |number| {
            let problem = Lsmop::new(number, 3, 300).unwrap();
            problem.values(&genome(&problem, 1.0))
        };
        let check = |found: Vec<f64>, expected: [f64; 3]| {
            let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-10);
            assert!(close, "{found:?} {expected:?}");
        };
        let linear = [0.125, 0.125, 0.75];
        check(values(1), linear.map(|h| 2.0 * h));
        check(values(3), [0.25, 0.125, 1.5]);
        let (c, half) = ((PI / 8.0).cos(), 0.5_f64.sqrt());
        let round = [c * half, c * half, (PI / 8.0).sin()];
        check(values(5), [3.0 * round[0], 3.0 * round[1], 2.0 * round[2]]);
        // G = 0, 1/30, 0.
        check(values(6), [31.0 / 30.0 * round[0], 31.0 / 30.0 * round[1], round[2]]);
    }
}
