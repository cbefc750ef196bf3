//! What a recorded solve leaves: every accepted step with its stages.

use std::ops::Range;

use super::{ExplicitTableau, RosenbrockTableau};

/// Where an output lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputPlace {
    /// Index of the step.
    pub step: usize,
    /// Place within it, in [0, 1].
    pub theta: f64,
}

/// The method of a tape, which says what its stage vectors mean.
#[derive(Debug, Clone, Copy)]
pub enum TapeMethod {
    /// Stage vectors k.
    Explicit(&'static ExplicitTableau),
    /// Stage vectors u.
    Rosenbrock(&'static RosenbrockTableau),
}

/// The accepted steps of a solve, in order.
///
/// Memory is (stages + 1) n numbers a step, which for n up to 20 is about a kilobyte: even 100 000 steps need no checkpoints.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    pub(super) method: Option<TapeMethod>,
    pub(super) dimension: usize,
    pub(super) stages: usize,
    pub(super) times: Vec<f64>,
    pub(super) sizes: Vec<f64>,
    pub(super) states: Vec<f64>,
    pub(super) vectors: Vec<f64>,
    pub(super) outputs: Vec<OutputPlace>,
}

impl Tape {
    pub(super) fn clear(&mut self, method: TapeMethod, dimension: usize, stages: usize, y0: &[f64]) {
        (self.method, self.dimension, self.stages) = (Some(method), dimension, stages);
        for values in [&mut self.times, &mut self.sizes, &mut self.states, &mut self.vectors] {
            values.clear();
        }
        self.outputs.clear();
        self.states.extend_from_slice(y0);
    }

    pub(super) fn push(&mut self, t: f64, h: f64, stages: &[f64], y: &[f64]) {
        self.times.push(t);
        self.sizes.push(h);
        self.vectors.extend_from_slice(stages);
        self.states.extend_from_slice(y);
    }

    /// The method; none before the first solve.
    #[must_use]
    pub fn method(&self) -> Option<TapeMethod> {
        self.method
    }

    /// Number of equations.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of accepted steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.sizes.len()
    }

    /// Number of stage vectors of a step.
    #[must_use]
    pub fn stages(&self) -> usize {
        self.stages
    }

    /// Time at the beginning of a step.
    #[must_use]
    pub fn time(&self, step: usize) -> f64 {
        self.times[step]
    }

    /// Length of a step.
    #[must_use]
    pub fn size(&self, step: usize) -> f64 {
        self.sizes[step]
    }

    /// State after so many steps.
    #[must_use]
    pub fn state(&self, steps: usize) -> &[f64] {
        &self.states[self.row(steps, 1)]
    }

    /// Stage vectors of a step, `[stage * n + component]`: k of an explicit method, u of a Rosenbrock method.
    #[must_use]
    pub fn vectors(&self, step: usize) -> &[f64] {
        &self.vectors[self.row(step, self.stages)]
    }

    /// Where the outputs lie.
    #[must_use]
    pub fn outputs(&self) -> &[OutputPlace] {
        &self.outputs
    }

    fn row(&self, index: usize, width: usize) -> Range<usize> {
        let length = width * self.dimension;
        index * length..(index + 1) * length
    }
}
