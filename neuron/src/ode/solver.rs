//! The seam for solvers: what is asked, what it costs, and how a solve can fail.

use super::{Tape, VectorField};
use crate::NeuronError;

/// How exactly and for how long.
#[derive(Debug, Clone, PartialEq)]
pub struct SolveOptions {
    /// Relative tolerance of a step.
    pub rtol: f64,
    /// Absolute tolerance of a step: one number for all components, or one each.
    pub atol: Vec<f64>,
    /// First step; chosen from the field if there is none.
    pub first_step: Option<f64>,
    /// Whether a step ends at every output time, which is as exact as the steps, or outputs are interpolated, which costs
    /// no steps.
    pub land_on_outputs: bool,
    /// Most steps, rejected ones included.
    pub max_steps: u64,
    /// Most evaluations of the right-hand side; a solve may pass it by those of one step.
    pub max_evaluations: Option<u64>,
}

impl SolveOptions {
    /// These tolerances, interpolated outputs, at most 100 000 steps, no other limits.
    #[must_use]
    pub fn new(rtol: f64, atol: f64) -> Self {
        Self {
            rtol,
            atol: vec![atol],
            first_step: None,
            land_on_outputs: false,
            max_steps: 100_000,
            max_evaluations: None,
        }
    }

    /// Absolute tolerance of component `i`.
    #[must_use]
    pub fn atol_of(&self, i: usize) -> f64 {
        self.atol[if self.atol.len() == 1 { 0 } else { i }]
    }

    /// Whether the options suit a field of `dimension` equations.
    ///
    /// # Errors
    /// Tolerances, a first step or budgets outside their domain.
    pub fn check(&self, dimension: usize) -> Result<(), NeuronError> {
        let ok = |ok: bool, field, index, found: f64, expected| {
            crate::error::require(ok, "ode solver", field, index, found, expected)
        };
        ok(self.rtol > 0.0 && self.rtol < 1.0, "rtol", 0, self.rtol, "more than 0, less than 1")?;
        if self.atol.len() != 1 && self.atol.len() != dimension {
            return Err(NeuronError::Length { what: "atol", found: self.atol.len(), expected: dimension });
        }
        for (i, &atol) in self.atol.iter().enumerate() {
            ok(atol > 0.0, "atol", i, atol, "more than 0")?;
        }
        ok(self.max_steps > 0, "max_steps", 0, self.max_steps as f64, "at least 1")?;
        let first = self.first_step.unwrap_or(1.0);
        ok(first > 0.0, "first_step", 0, first, "more than 0")
    }
}

/// The work of a solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Evaluations of the right-hand side, those for finite differences included.
    pub evaluations: u64,
    /// Jacobians.
    pub jacobians: u64,
    /// LU decompositions.
    pub decompositions: u64,
    /// Accepted steps.
    pub accepted: u64,
    /// Rejected steps.
    pub rejected: u64,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.evaluations += other.evaluations;
        self.jacobians += other.jacobians;
        self.decompositions += other.decompositions;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
    }
}

/// Why a solve could not go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Stuck {
    /// No step is small enough for the tolerance.
    #[error("step underflow at t = {t:e}: the tolerance asks for steps below {h:e}")]
    StepUnderflow {
        /// Time.
        t: f64,
        /// The last step tried.
        h: f64,
    },
    /// The budget of steps or evaluations is spent.
    #[error("{budget} {what} spent at t = {t:e}, before the last output time")]
    Budget {
        /// Steps or evaluations.
        what: &'static str,
        /// How many there were.
        budget: u64,
        /// Time reached.
        t: f64,
    },
    /// The state or the right-hand side is not finite, however small the step.
    #[error("component {component} is {value} at t = {t:e}")]
    NotFinite {
        /// Time.
        t: f64,
        /// Index of the first such component.
        component: usize,
        /// Its value.
        value: f64,
    },
    /// The solver stopped for a reason of its own.
    #[error("the solver stopped at t = {t:e}: {reason}")]
    Method {
        /// Time.
        t: f64,
        /// The reason.
        reason: String,
    },
    /// Tolerances, times or shapes that cannot be.
    #[error(transparent)]
    Input(#[from] NeuronError),
}

impl Stuck {
    /// One word for programs that count.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::StepUnderflow { .. } => "underflow",
            Self::Budget { .. } => "budget",
            Self::NotFinite { .. } => "not_finite",
            Self::Method { .. } => "method",
            Self::Input(_) => "input",
        }
    }

    /// The kinds that a solve with valid input can have.
    pub const KINDS: [&'static str; 4] = ["underflow", "budget", "not_finite", "method"];
}

/// A solve that failed, with the work it did.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct SolveFailure {
    /// Why.
    pub reason: Stuck,
    /// The work until then.
    pub cost: Cost,
}

impl From<NeuronError> for SolveFailure {
    fn from(error: NeuronError) -> Self {
        Self { reason: error.into(), cost: Cost::default() }
    }
}

/// Integrates a field.
pub trait Solver: std::fmt::Debug + Send + Sync {
    /// Name of the method.
    fn name(&self) -> &'static str;

    /// Integrates from (`t0`, `y0`) and writes the state at each of `times` to `outputs`, `[time * n + component]`. Times
    /// increase strictly and do not lie before `t0`.
    ///
    /// # Errors
    /// See [`Stuck`]; `outputs` has the times that were reached.
    fn solve(
        &self,
        field: &dyn VectorField,
        t0: f64,
        y0: &[f64],
        times: &[f64],
        options: &SolveOptions,
        outputs: &mut [f64],
    ) -> Result<Cost, SolveFailure>;
}

/// A solver whose accepted steps can be kept, which is what a gradient needs.
pub trait Recording: Solver {
    /// As [`Solver::solve`], with the same bits; `tape` is replaced.
    ///
    /// # Errors
    /// As [`Solver::solve`].
    #[allow(clippy::too_many_arguments)] // those of `solve`, and the tape
    fn record(
        &self,
        field: &dyn VectorField,
        t0: f64,
        y0: &[f64],
        times: &[f64],
        options: &SolveOptions,
        outputs: &mut [f64],
        tape: &mut Tape,
    ) -> Result<Cost, SolveFailure>;
}

/// Checks what every solver is given.
pub(super) fn check(
    field: &dyn VectorField,
    t0: f64,
    y0: &[f64],
    times: &[f64],
    options: &SolveOptions,
    outputs: &[f64],
) -> Result<(), NeuronError> {
    let n = field.dimension();
    if n == 0 {
        return Err(NeuronError::Length { what: "equations", found: 0, expected: 1 });
    }
    for (what, found, expected) in [("initial state", y0.len(), n), ("outputs", outputs.len(), n * times.len())] {
        if found != expected {
            return Err(NeuronError::Length { what, found, expected });
        }
    }
    let finite =
        |ok, field, index, found, expected| crate::error::require(ok, "ode solver", field, index, found, expected);
    finite(true, "t0", 0, t0, "a finite number")?;
    for (i, &y) in y0.iter().enumerate() {
        finite(true, "y0", i, y, "a finite number")?;
    }
    for (i, &t) in times.iter().enumerate() {
        let ok = if i == 0 { t >= t0 } else { t > times[i - 1] };
        finite(ok, "output time", i, t, "at least t0, and more than the time before")?;
    }
    options.check(n)
}
