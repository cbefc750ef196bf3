//! The systems whose trajectories are learned or test solvers.
//!
//! | problem | components | times | source |
//! |---|---|---|---|
//! | cubic spiral | 2 | 0 to 25 | Chen, Rubanova, Bettencourt and Duvenaud 2018, arXiv:1806.07366 |
//! | ROBER | 3, stiff | 50 from 1e-5 to 1e5, log-spaced | Robertson 1966; the times of Kim et al. 2021, doi:10.1063/5.0060697 |
//! | POLLU | 20, stiff | 20 from 0 to 60 | Verwer 1994, doi:10.1137/0915076; Kim et al. 2021 |
//! | HIRES | 8, stiff | 321.8122 | Schaefer 1975, doi:10.1016/0022-5193(75)90112-4 |
//! | VDPOL | 2, very stiff | 1, 2 | van der Pol's oscillator with epsilon = 1e-6 |
//! | OREGO | 3, stiff | 30, 180, 360 | Field and Noyes 1974, doi:10.1063/1.1681288 |
//!
//! Constants and values at the end: Mazzia and Magherini, Test Set for Initial Value Problem Solvers, 2008.

use super::{Monomial, Polynomial, Segment};
use crate::TaskError;
use evoplast_neuron::ode::{Rodas4, SolveOptions, Solver, Tsit5};

/// A system with an initial state, times and what a learner has to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Name in the literature.
    pub name: &'static str,
    /// The right-hand side.
    pub field: Polynomial,
    /// Initial state, at time 0.
    pub y0: Vec<f64>,
    /// Output times.
    pub times: Vec<f64>,
    /// Absolute tolerance of each component that goes with a relative one of 1, for solves of this system.
    pub small: Vec<f64>,
}

impl Problem {
    /// Robertson's reactions at the 50 times of Kim et al. 2021.
    #[must_use]
    pub fn rober() -> Self {
        let field = Polynomial::reactions(3, &[(0.04, &[1], &[2]), (3e7, &[2, 2], &[2, 3]), (1e4, &[2, 3], &[1, 3])]);
        let times = (0..50).map(|k| 10_f64.powf(-5.0 + 10.0 * f64::from(k) / 49.0)).collect();
        Self { name: "ROBER", field, y0: vec![1.0, 0.0, 0.0], times, small: vec![1e-6, 1e-10, 1e-6] }
    }

    /// The pollution problem, 25 reactions of 20 species, at the 20 times of Kim et al. 2021.
    #[must_use]
    pub fn pollu() -> Self {
        let field = Polynomial::reactions(
            20,
            &[
                (0.35, &[1], &[2, 3]),
                (26.6, &[2, 4], &[1]),
                (1.23e4, &[5, 2], &[6, 1]),
                (8.6e-4, &[7], &[5, 5, 8]),
                (8.2e-4, &[7], &[8]),
                (1.5e4, &[7, 6], &[5, 8]),
                (1.3e-4, &[9], &[5, 8, 10]),
                (2.4e4, &[9, 6], &[11]),
                (1.65e4, &[11, 2], &[10, 1, 12]),
                (9e3, &[11, 1], &[13]),
                (0.022, &[13], &[11, 1]),
                (1.2e4, &[10, 2], &[14, 1]),
                (1.88, &[14], &[5, 7]),
                (1.63e4, &[1, 6], &[15]),
                (4.8e6, &[3], &[4]),
                (3.5e-4, &[4], &[16]),
                (0.0175, &[4], &[3]),
                (1e8, &[16], &[6, 6]),
                (4.44e11, &[16], &[3]),
                (1.24e3, &[17, 6], &[18, 5]),
                (2.1, &[19], &[2]),
                (5.78, &[19], &[1, 3]),
                (0.0474, &[1, 4], &[19]),
                (1.78e3, &[19, 1], &[20]),
                (3.12, &[20], &[19, 1]),
            ],
        );
        let mut y0 = vec![0.0; 20];
        for (species, value) in [(2, 0.2), (4, 0.04), (7, 0.1), (8, 0.3), (9, 0.01), (17, 0.007)] {
            y0[species - 1] = value;
        }
        let times = (0..20).map(|k| 60.0 * f64::from(k) / 19.0).collect();
        Self { name: "POLLU", field, y0, times, small: vec![1e-12; 20] }
    }

    /// High irradiance responses of photomorphogenesis.
    #[must_use]
    pub fn hires() -> Self {
        let field = Polynomial::reactions(
            8,
            &[
                (0.0007, &[], &[1]),
                (1.71, &[1], &[2]),
                (0.43, &[2], &[1]),
                (8.32, &[2], &[4]),
                (8.32, &[3], &[1]),
                (1.71, &[3], &[4]),
                (0.43, &[4], &[3]),
                (0.69, &[4], &[6]),
                (0.035, &[5], &[3]),
                (1.71, &[5], &[6]),
                (0.43, &[6], &[5]),
                (280.0, &[6, 8], &[7]),
                (0.43, &[7], &[5, 8]),
                (0.69, &[7], &[6, 8]),
                (0.69, &[7], &[8]),
            ],
        );
        let mut y0 = vec![0.0; 8];
        (y0[0], y0[7]) = (1.0, 0.0057);
        Self { name: "HIRES", field, y0, times: vec![321.8122], small: vec![1e-4; 8] }
    }

    /// Van der Pol's oscillator, y1' = y2, epsilon y2' = (1 - y1^2) y2 - y1.
    #[must_use]
    pub fn vdpol() -> Self {
        let fast = 1e6;
        let monomial = |rate: f64, factors: &[usize], changes: &[(usize, f64)]| Monomial {
            rate,
            factors: factors.to_vec(),
            changes: changes.to_vec(),
        };
        let field = Polynomial::new(
            2,
            vec![
                monomial(1.0, &[1], &[(0, 1.0), (1, fast)]),
                monomial(fast, &[0, 0, 1], &[(1, -1.0)]),
                monomial(fast, &[0], &[(1, -1.0)]),
            ],
        );
        Self { name: "VDPOL", field, y0: vec![2.0, 0.0], times: vec![1.0, 2.0], small: vec![1.0; 2] }
    }

    /// The Oregonator, s = 77.27, w = 0.161, q = 8.375e-6.
    #[must_use]
    pub fn orego() -> Self {
        let (s, w, q) = (77.27, 0.161, 8.375e-6);
        let monomial = |rate: f64, factors: &[usize], changes: &[(usize, f64)]| Monomial {
            rate,
            factors: factors.to_vec(),
            changes: changes.to_vec(),
        };
        let field = Polynomial::new(
            3,
            vec![
                monomial(1.0, &[1], &[(0, s), (1, -1.0 / s)]),
                monomial(1.0, &[0, 1], &[(0, -s), (1, -1.0 / s)]),
                monomial(1.0, &[0], &[(0, s), (2, w)]),
                monomial(q, &[0, 0], &[(0, -s)]),
                monomial(1.0, &[2], &[(1, 1.0 / s), (2, -w)]),
            ],
        );
        Self { name: "OREGO", field, y0: vec![1.0, 2.0, 3.0], times: vec![30.0, 180.0, 360.0], small: vec![1e-2; 3] }
    }

    /// Options for a solve of this system with a relative tolerance.
    #[must_use]
    pub fn options(&self, rtol: f64) -> SolveOptions {
        SolveOptions { atol: self.small.iter().map(|small| small * rtol).collect(), ..SolveOptions::new(rtol, 1.0) }
    }

    /// The trajectory to be learned, from RODAS4 with a tolerance of 1e-10 and steps that end at the times.
    ///
    /// # Errors
    /// If the solve fails.
    pub fn segment(&self) -> Result<Segment, TaskError> {
        let mut points = vec![0.0; self.times.len() * self.y0.len()];
        let options = SolveOptions { land_on_outputs: true, ..self.options(1e-10) };
        Rodas4
            .solve(&self.field, 0.0, &self.y0, &self.times, &options, &mut points)
            .map_err(|failure| TaskError::parameter(self.name, failure, "a solve with a tolerance of 1e-10"))?;
        Ok(Segment { y0: self.y0.clone(), times: self.times.clone(), points })
    }
}

/// The cubic spiral dy/dt = (y^3) A at 1000 points, and pieces of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spiral {
    /// The times, evenly spaced from 0 to 25.
    pub times: Vec<f64>,
    /// The state at each time, `[time * 2 + component]`.
    pub points: Vec<f64>,
}

impl Spiral {
    /// The right-hand side: y1' = -0.1 y1^3 - 2 y2^3, y2' = 2 y1^3 - 0.1 y2^3.
    #[must_use]
    pub fn field() -> Polynomial {
        let cube = |i: usize, changes: [(usize, f64); 2]| Monomial {
            rate: 1.0,
            factors: vec![i; 3],
            changes: changes.to_vec(),
        };
        Polynomial::new(2, vec![cube(0, [(0, -0.1), (1, 2.0)]), cube(1, [(0, -2.0), (1, -0.1)])])
    }

    /// The trajectory from (2, 0).
    ///
    /// # Errors
    /// If the solve fails.
    pub fn new() -> Result<Self, TaskError> {
        let times: Vec<f64> = (0..1000).map(|k| 25.0 * f64::from(k) / 999.0).collect();
        let mut points = vec![0.0; 2000];
        let options = SolveOptions { land_on_outputs: true, ..SolveOptions::new(1e-11, 1e-13) };
        Tsit5
            .solve(&Self::field(), 0.0, &[2.0, 0.0], &times, &options, &mut points)
            .map_err(|failure| TaskError::parameter("cubic spiral", failure, "a solve with a tolerance of 1e-11"))?;
        Ok(Self { times, points })
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no point, which never is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// `points` points from `start` on; the first is the initial state. Time counts from there.
    #[must_use]
    pub fn segment(&self, start: usize, points: usize) -> Segment {
        let times: Vec<f64> = self.times[start..start + points].iter().map(|t| t - self.times[start]).collect();
        let points = self.points[2 * start..2 * (start + points)].to_vec();
        Segment { y0: points[..2].to_vec(), times, points }
    }
}
