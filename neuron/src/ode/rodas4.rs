//! RODAS4: a Rosenbrock method of order 4(3), stiffly accurate and L-stable.
//!
//! With J = df/dy at the beginning of the step,
//!
//! (I/(h gamma) - J) u_i = f(t + alpha_i h, y + sum_{j<i} a_ij u_j) + sum_{j<i} c_ij u_j / h + h g_i df/dt,  i = 1 ... 6,
//! y' = y + sum_j m_j u_j, error u_6, and with theta' = 1 - theta
//! y(t + theta h) = theta' y + theta (y' + theta' sum_j (d1_j + theta d2_j) u_j).
//!
//! The last two stages are taken at y + sum a_5j u_j and at that plus u_5; y' is that plus u_6.
//!
//! Source: Hairer and Wanner 1996, Solving Ordinary Differential Equations II, doi:10.1007/978-3-642-05221-7, IV.7; the interpolant
//! is of order 3.

use super::adaptive::{Attempt, OneStep, Try, integrate};
use super::{Cost, Jacobian, Lu, Recording, SolveFailure, SolveOptions, Solver, Tape, TapeMethod, VectorField};

/// Coefficients of a Rosenbrock method of six stages.
#[derive(Debug)]
pub struct RosenbrockTableau {
    /// Diagonal coefficient.
    pub gamma: f64,
    /// Places of the stages.
    pub alpha: [f64; 6],
    /// Weights of df/dt.
    pub g: [f64; 6],
    /// Stages.
    pub a: [[f64; 5]; 6],
    /// Coupling of the stages.
    pub c: [[f64; 5]; 6],
    /// Weights of the solution.
    pub m: [f64; 6],
    /// Weights of the interpolant.
    pub d: [[f64; 5]; 2],
}

/// The coefficients.
pub static RODAS4: RosenbrockTableau = RosenbrockTableau {
    gamma: 0.25,
    alpha: [0.0, 0.386, 0.21, 0.63, 1.0, 1.0],
    g: [0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0],
    a: [
        [0.0; 5],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.946_678_528_081_582_6, 0.255_701_169_898_328_4, 0.0, 0.0, 0.0],
        [3.314_825_187_068_521, 2.896_124_015_972_201, 0.998_641_913_997_781_7, 0.0, 0.0],
        [1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895, 0.0],
        [1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895, 1.0],
    ],
    c: [
        [0.0; 5],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430_093_356_833_875, -0.206_359_915_709_191_5, 0.0, 0.0, 0.0],
        [-0.107_352_905_815_137_5, -9.594_562_251_023_355, -20.470_286_148_096_16, 0.0, 0.0],
        [7.496_443_313_967_647, -10.246_804_314_643_52, -33.999_903_528_199_05, 11.708_908_932_061_6, 0.0],
        [
            8.083_246_795_921_522,
            -7.981_132_988_064_893,
            -31.521_594_328_743_71,
            16.319_305_431_231_36,
            -6.058_818_238_834_054,
        ],
    ],
    m: [1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895, 1.0, 1.0],
    d: [
        [
            10.126_235_083_445_86,
            -7.487_995_877_610_167,
            -34.800_918_615_557_47,
            -7.992_771_707_568_823,
            1.025_137_723_295_662,
        ],
        [
            -0.676_280_339_280_125_3,
            6.087_714_651_680_015,
            16.430_843_208_924_78,
            24.767_225_114_183_86,
            -6.594_389_125_716_872,
        ],
    ],
};

/// The solver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rodas4;

struct Rosenbrock {
    slope: Vec<f64>,
    jacobian: Vec<f64>,
    /// df/dt; empty if the field does not depend on t.
    by_time: Vec<f64>,
    lu: Lu,
    /// Step length that is decomposed.
    decomposed: Option<f64>,
    state: Vec<f64>,
    scratch: Vec<f64>,
}

impl Rosenbrock {
    fn new(field: &dyn VectorField) -> Self {
        let n = field.dimension();
        let by_time = if field.autonomous() { Vec::new() } else { vec![0.0; n] };
        let (slope, state) = (vec![0.0; n], vec![0.0; n]);
        let (jacobian, scratch) = (vec![0.0; n * n], vec![0.0; field.scratch()]);
        Self { slope, jacobian, by_time, lu: Lu::new(n), decomposed: None, state, scratch }
    }

    fn differences(&mut self, field: &dyn VectorField, t: f64, y: &[f64], cost: &mut Cost) {
        let n = y.len();
        let mut moved = vec![0.0; n];
        self.state.copy_from_slice(y);
        for j in 0..n {
            let d = f64::EPSILON.sqrt() * y[j].abs().max(1e-5);
            self.state[j] = y[j] + d;
            let d = self.state[j] - y[j];
            field.rhs(t, &self.state, &mut moved, &mut self.scratch);
            self.state[j] = y[j];
            (0..n).for_each(|i| self.jacobian[i * n + j] = (moved[i] - self.slope[i]) / d);
        }
        cost.evaluations += n as u64;
    }
}

impl OneStep for Rosenbrock {
    const METHOD: TapeMethod = TapeMethod::Rosenbrock(&RODAS4);
    const STAGES: usize = 6;
    const Q: f64 = 4.0;

    fn arrive(&mut self, field: &dyn VectorField, t: f64, y: &[f64], _: Option<&[f64]>, cost: &mut Cost) {
        field.rhs(t, y, &mut self.slope, &mut self.scratch);
        cost.evaluations += 1;
        cost.jacobians += 1;
        self.decomposed = None;
        if field.jacobian(t, y, &mut self.jacobian, &mut self.scratch) == Jacobian::Unknown {
            self.differences(field, t, y, cost);
        }
        if !self.by_time.is_empty() {
            let later = t + f64::EPSILON.sqrt() * t.abs().max(1e-5);
            field.rhs(later, y, &mut self.by_time, &mut self.scratch);
            cost.evaluations += 1;
            self.by_time.iter_mut().zip(&self.slope).for_each(|(d, f)| *d = (*d - f) / (later - t));
        }
    }

    fn slope(&self) -> &[f64] {
        &self.slope
    }

    fn attempt(&mut self, field: &dyn VectorField, at: Try<'_>, out: &mut Attempt, cost: &mut Cost) -> bool {
        let (n, h, tableau) = (at.y.len(), at.h, &RODAS4);
        if self.decomposed != Some(h) {
            cost.decompositions += 1;
            if !tableau.decompose(&mut self.lu, &self.jacobian, h) {
                return false;
            }
            self.decomposed = Some(h);
        }
        for i in 0..6 {
            let (done, rest) = out.stages.split_at_mut(i * n);
            let u = &mut rest[..n];
            if i == 0 {
                u.copy_from_slice(&self.slope);
            } else {
                self.state.copy_from_slice(at.y);
                add(&tableau.a[i][..i], done, &mut self.state);
                field.rhs(at.t + tableau.alpha[i] * h, &self.state, u, &mut self.scratch);
                cost.evaluations += 1;
                self.state.fill(0.0);
                add(&tableau.c[i][..i], done, &mut self.state);
                u.iter_mut().zip(&self.state).for_each(|(u, s)| *u += s / h);
            }
            u.iter_mut().zip(&self.by_time).for_each(|(u, d)| *u += h * tableau.g[i] * d);
            self.lu.solve(u);
        }
        out.y.copy_from_slice(at.y);
        add(&tableau.m, &out.stages, &mut out.y);
        out.error.copy_from_slice(&out.stages[5 * n..]);
        true
    }

    fn interpolate(theta: f64, _: f64, y: &[f64], step: &Attempt, out: &mut [f64]) {
        let (rest, d) = (1.0 - theta, &RODAS4.d);
        out.fill(0.0);
        for (j, u) in step.stages.chunks_exact(y.len()).take(5).enumerate() {
            let weight = rest * (d[0][j] + theta * d[1][j]);
            out.iter_mut().zip(u).for_each(|(o, u)| *o += weight * u);
        }
        for ((o, y), new) in out.iter_mut().zip(y).zip(&step.y) {
            *o = rest * y + theta * (new + *o);
        }
    }
}

/// Adds sum_j w_j u_j.
fn add(weights: &[f64], u: &[f64], out: &mut [f64]) {
    let n = out.len();
    for (w, u) in weights.iter().zip(u.chunks_exact(n)) {
        out.iter_mut().zip(u).for_each(|(o, u)| *o += w * u);
    }
}

impl RosenbrockTableau {
    /// Decomposes I/(h gamma) - J, J given by rows; false if it is singular. What the reverse of a step needs again.
    pub fn decompose(&self, lu: &mut Lu, jacobian: &[f64], h: f64) -> bool {
        let matrix = lu.matrix();
        matrix.iter_mut().zip(jacobian).for_each(|(m, j)| *m = -j);
        let n = jacobian.len().isqrt();
        (0..n).for_each(|i| matrix[i * n + i] += 1.0 / (h * self.gamma));
        lu.decompose()
    }
}

impl Solver for Rodas4 {
    fn name(&self) -> &'static str {
        "RODAS4"
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
        integrate(Rosenbrock::new(field), field, t0, y0, times, options, outputs, None)
    }
}

impl Recording for Rodas4 {
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
        integrate(Rosenbrock::new(field), field, t0, y0, times, options, outputs, Some(tape))
    }
}
