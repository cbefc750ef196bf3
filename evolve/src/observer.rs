//! What a search tells the outside while it runs.

use crate::error::Result;
use crate::objective::{Failure, Objective};
use crate::optimizer::Optimizer;

/// State of a run after one generation.
pub struct GenerationReport<'a> {
    /// Generations completed, this one included.
    pub generation: u64,
    /// Evaluations since the start of the run, failed ones included.
    pub evaluations: u64,
    /// Evaluations of this generation.
    pub evaluated: usize,
    /// The failures of this generation, in the order of the candidates; if all failed, the search state did not change.
    pub failures: &'a [Failure],
    /// The search after it was told.
    pub optimizer: &'a dyn Optimizer,
}

impl GenerationReport<'_> {
    /// Whether no evaluation of this generation succeeded.
    #[must_use]
    pub fn all_failed(&self) -> bool {
        self.failures.len() == self.evaluated
    }

    /// Number of failures of this kind.
    #[must_use]
    pub fn failed_by(&self, kind: &str) -> usize {
        self.failures.iter().filter(|failure| failure.kind == kind).count()
    }

    /// Work of this generation in whole evaluations: fewer than [`evaluated`](Self::evaluated) if some stopped early.
    #[must_use]
    pub fn spent(&self) -> f64 {
        let saved: f64 = self.failures.iter().map(|failure| 1.0 - failure.spent).sum();
        self.evaluated as f64 - saved
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The permitted number of generations is complete.
    Generations,
    /// The next generation would need more evaluations than permitted.
    Evaluations,
    /// The caller asked to stop.
    Requested,
    /// The permitted time on the clock is over.
    WallTime,
    /// The best value is at or below the target.
    Target,
    /// The permitted number of generations passed without a better individual.
    Stagnation,
}

/// Watches a run. Calls never overlap; `on_evaluated` may come from worker threads.
pub trait Observer: Send {
    /// A run starts, or goes on after `resumed` completed generations.
    ///
    /// # Errors
    /// An error ends the run before any evaluation.
    fn on_start(&mut self, objective: &dyn Objective, resumed: Option<u64>) -> Result<()> {
        let _ = (objective, resumed);
        Ok(())
    }

    /// `done` of `total` candidates of the current generation are evaluated.
    fn on_evaluated(&mut self, done: usize, total: usize) {
        let _ = (done, total);
    }

    /// A generation is complete; its checkpoint is written after all observers returned.
    ///
    /// # Errors
    /// An error ends the run; the last checkpoint stays as it is.
    fn on_generation(&mut self, report: &GenerationReport<'_>) -> Result<()> {
        let _ = report;
        Ok(())
    }

    /// The run ended.
    ///
    /// # Errors
    /// Passed on to the caller of the run.
    fn on_end(&mut self, optimizer: &dyn Optimizer, reason: StopReason) -> Result<()> {
        let _ = (optimizer, reason);
        Ok(())
    }
}
