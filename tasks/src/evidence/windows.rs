//! The problem by windows, with a loss for every frame.

use super::problem::inputs;
use super::{FramedTrial, GradedProblem};
use crate::TaskError;
use evoplast_evolve::{Address, Failure, SearchSpace, Unrolled};
use evoplast_synapse::graded::{GradedBatch, GradedState};
use serde::{Deserialize, Serialize};

/// A [`GradedProblem`] whose loss is a sum over windows of a trial, so that a search learns from each: the decision at
/// every frame against the answer that would be right if the trial ended there. Noise is drawn anew for every window.
pub struct GradedWindows<'a> {
    problem: &'a GradedProblem,
    /// Frames of a window.
    frames: usize,
}

/// Where a particle is in its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowState {
    trials: Address,
    frame: usize,
    state: GradedState<f32>,
}

impl<'a> GradedWindows<'a> {
    /// Windows of `frames` frames.
    ///
    /// # Errors
    /// Trials that are not a whole number of windows.
    pub fn new(problem: &'a GradedProblem, frames: usize) -> Result<Self, TaskError> {
        let all = problem.task().frames();
        if frames == 0 || !all.is_multiple_of(frames) {
            return Err(TaskError::parameter("frames", frames, &format!("a divisor of the {all} frames of a trial")));
        }
        Ok(Self { problem, frames })
    }

    fn window(&self, genome: &[f64], now: &mut WindowState) -> Result<f64, TaskError> {
        let (problem, channels) = (self.problem, self.problem.task.channels());
        let trials = problem.task.batch(&now.trials, problem.config.trials);
        let (first, last) = (now.frame, now.frame + self.frames);
        let cut: Vec<FramedTrial> = trials
            .into_iter()
            .map(|t| FramedTrial { frames: t.frames[first * channels..last * channels].to_vec(), ..t })
            .collect();
        let hold = problem.frame_steps;
        let ends = (0..self.frames).map(|k| k * hold..(k + 1) * hold).collect();
        let batch = GradedBatch::new(channels, hold, &inputs(&cut), ends)?;
        let batch = problem.noisy(batch, &now.trials.with_episode(first as u64))?;
        let weights = problem.with_genome(genome)?;
        let run = problem.network.run(&weights, &batch, &now.state)?;
        let (outputs, classes, count) = (run.outputs(&weights), problem.task.classes(), cut.len());
        let (mut loss, mut decisions) = (0.0, 0_usize);
        for (k, y) in outputs.chunks_exact(classes * count).enumerate() {
            for (t, trial) in cut.iter().enumerate() {
                if let Some(label) = trial.running[first + k] {
                    let y: Vec<f64> = y.iter().skip(t).step_by(count).map(|&y| y.into()).collect();
                    loss += problem.config.decision.loss(&y, label);
                    decisions += 1;
                }
            }
        }
        now.state = run.state;
        now.frame = last;
        Ok(loss / decisions.max(1) as f64)
    }
}

impl Unrolled for GradedWindows<'_> {
    type State = WindowState;

    fn space(&self) -> &SearchSpace {
        &self.problem.space
    }

    fn windows(&self) -> u64 {
        (self.problem.task.frames() / self.frames) as u64
    }

    fn start(&self, at: &Address) -> WindowState {
        // Pairs have trials of their own: the candidate of the address is that of the pair.
        let trials = Address { run: at.run, generation: at.generation << 32 | at.candidate, candidate: 0, episode: 0 };
        let count = self.problem.config.trials;
        let state = self.problem.start(&trials, count);
        // A problem that was built has a finite initial state.
        let state = state.unwrap_or_else(|_| GradedState { trials: count, variables: vec![], released: vec![] });
        WindowState { trials, frame: 0, state }
    }

    fn advance(&self, genome: &[f64], state: &mut WindowState, _: &Address) -> Result<f64, Failure> {
        self.window(genome, state).map_err(|error| Failure::new(error.to_string()))
    }
}
