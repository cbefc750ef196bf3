//! How much a run may use, and what it has to show for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::observer::StopReason;
use crate::optimizer::Optimizer;

/// When a run ends: as soon as one of these holds, or never if none is set. All but the wall time count from the start of the run, so
/// that a resumed run counts what came before.
///
/// If several hold at once, the reason is the first of target, generations, a request of the caller, stagnation, wall time and
/// evaluations. Limits are joined by update: `Budget { target: Some(1e-9), ..Budget::evaluations(10_000) }`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Most generations.
    pub generations: Option<u64>,
    /// Most evaluations; a generation that would exceed them is not started.
    pub evaluations: Option<u64>,
    /// Time on the clock after which no generation is started; the one under way is completed. Counts from the call that runs or
    /// resumes, as the time that an earlier call took is not stored. It decides when a run stops and nothing else.
    pub wall_time: Option<Duration>,
    /// Value of the only objective at or below which the best feasible individual of the search ends the run. Under noise that
    /// value may owe much to luck.
    pub target: Option<f64>,
    /// Most generations in a row (at least 1) without a new best individual, the feasible before the infeasible; for one objective.
    /// Generations in which every evaluation failed count.
    pub stagnation: Option<u64>,
}

impl Budget {
    /// This many generations.
    #[must_use]
    pub fn generations(generations: u64) -> Self {
        Self { generations: Some(generations), ..Self::default() }
    }

    /// This many evaluations.
    #[must_use]
    pub fn evaluations(evaluations: u64) -> Self {
        Self { evaluations: Some(evaluations), ..Self::default() }
    }

    /// Refuses limits that mean nothing for so many objectives.
    pub(crate) fn check(&self, objectives: usize) -> Result<()> {
        if let Some(target) = self.target {
            EvolveError::require(target.is_finite(), "budget", "target", target, "a finite number")?;
        }
        if let Some(stagnation) = self.stagnation {
            EvolveError::require(stagnation > 0, "budget", "stagnation", stagnation, "at least 1 generation")?;
        }
        for (field, set) in [("target", self.target.is_some()), ("stagnation", self.stagnation.is_some())] {
            let found = format!("set with {objectives} objectives");
            EvolveError::require(!set || objectives == 1, "budget", field, found, "one objective, or none set")?;
        }
        Ok(())
    }

    /// Whether the best so far ends the run.
    pub(crate) fn reached(&self, lead: Option<&Lead>) -> bool {
        self.target.zip(lead).is_some_and(|(target, lead)| lead.violation == 0.0 && lead.value <= target)
    }

    /// Why no further generation may start, before it is known how many evaluations it needs; requests come in between.
    pub(crate) fn spent(
        &self,
        generation: u64,
        lead: Option<&Lead>,
        requested: bool,
        elapsed: Duration,
    ) -> Option<StopReason> {
        let without_progress = generation - lead.map_or(0, |lead| lead.generation);
        if self.reached(lead) {
            Some(StopReason::Target)
        } else if self.generations.is_some_and(|most| generation >= most) {
            Some(StopReason::Generations)
        } else if requested {
            Some(StopReason::Requested)
        } else if self.stagnation.is_some_and(|most| without_progress >= most) {
            Some(StopReason::Stagnation)
        } else if self.wall_time.is_some_and(|most| elapsed >= most) {
            Some(StopReason::WallTime)
        } else {
            None
        }
    }
}

/// The best that a search of one objective had so far, and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lead {
    /// Violation of the constraints, 0 if feasible; less is better, whatever the value.
    pub violation: f64,
    /// Value of the objective.
    pub value: f64,
    /// Generations that were complete when it came.
    pub generation: u64,
}

impl Lead {
    /// The lead after one more look at a search: `before`, unless the search has a better individual now. None for several objectives.
    pub(crate) fn follow(before: Option<Self>, optimizer: &dyn Optimizer) -> Option<Self> {
        if optimizer.objectives().len() != 1 {
            return None;
        }
        let generation = optimizer.generation();
        let now = |violation: f64, value: f64| Self { violation, value, generation };
        let front = optimizer.front();
        let present = front.iter().map(|individual| now(individual.violation, individual.objectives[0]));
        let better = |a: &Self, b: &Self| (a.violation, a.value) < (b.violation, b.value);
        // Of equals the earlier one stays.
        before.into_iter().chain(present).reduce(|best, next| if better(&next, &best) { next } else { best })
    }
}
