//! The explicit Runge-Kutta pair of Tsitouras, order 5(4), with an interpolant of order 4.
//!
//! k_i = f(t + c_i h, y + h sum_{j < i} a_ij k_j), i = 1 ... 6,
//! y' = y + h sum b_j k_j = y + h sum_j a_7j k_j, k_7 = f(t + h, y'), error h sum e_j k_j,
//! y(t + theta h) = y + h sum_{j <= 7} b_j(theta) k_j.
//!
//! The last stage of a step is the first of the next.
//!
//! Source: Tsitouras 2011, Comput Math Appl 62:770, doi:10.1016/j.camwa.2011.06.002.

use super::adaptive::{Attempt, OneStep, Try, integrate};
use super::{Cost, Recording, SolveFailure, SolveOptions, Solver, Tape, TapeMethod, VectorField};

/// Coefficients of an explicit pair of seven stages whose last stage is the first of the next step.
#[derive(Debug)]
pub struct ExplicitTableau {
    /// Places of the stages.
    pub c: [f64; 7],
    /// Stages; the last row has the weights of the solution.
    pub a: [[f64; 6]; 7],
    /// Weights of the error estimate.
    pub e: [f64; 7],
}

/// The coefficients.
pub static TSIT5: ExplicitTableau = ExplicitTableau {
    c: [0.0, 0.161, 0.327, 0.9, 0.980_025_540_904_509_7, 1.0, 1.0],
    a: [
        [0.0; 6],
        [0.161, 0.0, 0.0, 0.0, 0.0, 0.0],
        [-0.008_480_655_492_356_989, 0.335_480_655_492_357, 0.0, 0.0, 0.0, 0.0],
        [2.897_153_057_105_493_5, -6.359_448_489_975_075, 4.362_295_432_869_581_5, 0.0, 0.0, 0.0],
        [5.325_864_828_439_257, -11.748_883_564_062_828, 7.495_539_342_889_836_5, -0.092_495_066_361_755_25, 0.0, 0.0],
        [
            5.861_455_442_946_42,
            -12.920_969_317_847_11,
            8.159_367_898_576_159,
            -0.071_584_973_281_400_97,
            -0.028_269_050_394_068_383,
            0.0,
        ],
        [
            0.096_460_766_818_065_23,
            0.01,
            0.479_889_650_414_499_6,
            1.379_008_574_103_742,
            -3.290_069_515_436_081,
            2.324_710_524_099_774,
        ],
    ],
    e: [
        -0.001_780_011_052_225_777,
        -0.000_816_434_459_656_746_9,
        0.007_880_878_010_261_995,
        -0.144_711_007_173_262_9,
        0.582_357_165_452_555_2,
        -0.458_082_105_929_186_97,
        0.015_151_515_151_515_152,
    ],
};

impl ExplicitTableau {
    /// Weights b_j(theta) of the interpolant.
    #[must_use]
    pub fn dense(theta: f64) -> [f64; 7] {
        let (x, x2) = (theta, theta * theta);
        [
            -1.053_088_497_729_021_6
                * x
                * (x - 1.329_989_018_975_141)
                * (x2 - 1.436_402_854_171_635_2 * x + 0.713_981_691_707_420_9),
            0.1017 * x2 * (x2 - 2.196_656_833_824_975_2 * x + 1.294_985_250_737_463),
            2.490_627_285_651_253 * x2 * (x2 - 2.385_356_454_720_616_5 * x + 1.578_034_682_080_924_8),
            -16.548_102_889_244_902 * (x - 1.217_129_272_955_332_5) * (x - 0.616_204_060_378_000_9) * x2,
            47.379_521_962_819_28 * (x - 1.203_071_208_372_362_7) * (x - 0.658_047_292_653_547_3) * x2,
            -34.870_657_861_496_61 * (x - 1.2) * (x - 0.666_666_666_666_666_6) * x2,
            2.5 * (x - 1.0) * (x - 0.6) * x2,
        ]
    }
}

/// The solver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tsit5;

struct Explicit {
    first: Vec<f64>,
    state: Vec<f64>,
    scratch: Vec<f64>,
}

impl OneStep for Explicit {
    const METHOD: TapeMethod = TapeMethod::Explicit(&TSIT5);
    const STAGES: usize = 7;
    const Q: f64 = 5.0;

    fn arrive(&mut self, field: &dyn VectorField, t: f64, y: &[f64], stages: Option<&[f64]>, cost: &mut Cost) {
        if let Some(stages) = stages {
            self.first.copy_from_slice(&stages[6 * y.len()..]);
        } else {
            field.rhs(t, y, &mut self.first, &mut self.scratch);
            cost.evaluations += 1;
        }
    }

    fn slope(&self) -> &[f64] {
        &self.first
    }

    fn attempt(&mut self, field: &dyn VectorField, at: Try<'_>, out: &mut Attempt, cost: &mut Cost) -> bool {
        let n = at.y.len();
        out.stages[..n].copy_from_slice(&self.first);
        for i in 1..7 {
            let (done, rest) = out.stages.split_at_mut(i * n);
            let state = if i == 6 { &mut out.y } else { &mut self.state };
            weighted(&TSIT5.a[i][..i], done, at.y, at.h, state);
            field.rhs(at.t + TSIT5.c[i] * at.h, state, &mut rest[..n], &mut self.scratch);
        }
        cost.evaluations += 6;
        out.error.fill(0.0);
        for (e, k) in TSIT5.e.iter().zip(out.stages.chunks_exact(n)) {
            out.error.iter_mut().zip(k).for_each(|(error, k)| *error += at.h * e * k);
        }
        true
    }

    fn interpolate(theta: f64, h: f64, y: &[f64], step: &Attempt, out: &mut [f64]) {
        weighted(&ExplicitTableau::dense(theta), &step.stages, y, h, out);
    }
}

/// y + h sum_j w_j k_j.
fn weighted(weights: &[f64], k: &[f64], y: &[f64], h: f64, out: &mut [f64]) {
    out.fill(0.0);
    for (w, k) in weights.iter().zip(k.chunks_exact(y.len())) {
        out.iter_mut().zip(k).for_each(|(o, k)| *o += w * k);
    }
    out.iter_mut().zip(y).for_each(|(o, y)| *o = y + h * *o);
}

impl Tsit5 {
    fn method(field: &dyn VectorField) -> Explicit {
        let n = field.dimension();
        Explicit { first: vec![0.0; n], state: vec![0.0; n], scratch: vec![0.0; field.scratch()] }
    }
}

impl Solver for Tsit5 {
    fn name(&self) -> &'static str {
        "Tsit5"
    }

    fn solve(
        &self,
        field: &dyn VectorField,
        t0: f64,
        y0: &[f64],
        times: &[f64],
        options: &SolveOptions,
        outputs: &mut [f64],
    ) -> Result<Cost, SolveFailure> {
        integrate(Self::method(field), field, t0, y0, times, options, outputs, None)
    }
}

impl Recording for Tsit5 {
    fn record(
        &self,
        field: &dyn VectorField,
        t0: f64,
        y0: &[f64],
        times: &[f64],
        options: &SolveOptions,
        outputs: &mut [f64],
        tape: &mut Tape,
    ) -> Result<Cost, SolveFailure> {
        integrate(Self::method(field), field, t0, y0, times, options, outputs, Some(tape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpolant_meets_both_ends_and_rows_sum_to_their_places() {
        let near = |a: f64, b: f64, limit: f64| assert!((a - b).abs() < limit, "{a} {b}");
        for (row, c) in TSIT5.a.iter().zip(TSIT5.c) {
            near(row.iter().sum(), c, 1e-14);
        }
        near(TSIT5.e.iter().sum(), 0.0, 1e-14);
        assert_eq!(ExplicitTableau::dense(0.0), [0.0; 7]);
        let end = ExplicitTableau::dense(1.0);
        (0..6).for_each(|j| near(end[j], TSIT5.a[6][j], 1e-12));
        near(end[6], 0.0, 1e-14);
        // Order 4 of the interpolant: sum b_j(theta) c_j^k = theta^(k+1) / (k+1) for k < 4.
        for theta in [0.2, 0.5, 0.9] {
            let b = ExplicitTableau::dense(theta);
            for k in 0..4 {
                let sum = b.iter().zip(TSIT5.c).map(|(b, c)| b * f64::powi(c, k)).sum();
                near(sum, f64::powi(theta, k + 1) / f64::from(k + 1), 1e-13);
            }
        }
    }
}
