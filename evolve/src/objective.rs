//! What is minimised, and what an evaluation can say.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::space::SearchSpace;

/// Description of one objective; objectives are always minimised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveInfo {
    /// Name, for tables and messages.
    pub name: String,
    /// Unit, empty if it has none.
    pub unit: String,
    /// Whether two evaluations of one genome can differ.
    pub noisy: bool,
}

impl ObjectiveInfo {
    /// An objective without a unit.
    #[must_use]
    pub fn new(name: impl Into<String>, noisy: bool) -> Self {
        Self { name: name.into(), unit: String::new(), noisy }
    }
}

/// A problem: a search space and a function on it with one or more values to minimise.
pub trait Objective: Sync {
    /// The variables.
    fn space(&self) -> &SearchSpace;

    /// The objectives, in the order of [`Evaluation::objectives`].
    fn objectives(&self) -> &[ObjectiveInfo];

    /// Names of further recorded numbers, in the order of [`Evaluation::metrics`].
    fn metrics(&self) -> &[String] {
        &[]
    }

    /// The kinds of failures that are worth counting apart (see [`Failure::kind`]).
    fn failure_kinds(&self) -> &[String] {
        &[]
    }

    /// Evaluates one genome. All randomness must come from `at`; an objective that ignores
    /// `at.candidate` (see [`Address::common`]) gives all candidates of a generation the same trials.
    ///
    /// # Errors
    /// A genome without a score is a [`Failure`]: it ranks below every success, and the search goes on.
    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure>;
}

/// A borrowed problem, so that a decorator need not own it.
impl<O: Objective + ?Sized> Objective for &O {
    fn space(&self) -> &SearchSpace {
        (**self).space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        (**self).objectives()
    }

    fn metrics(&self) -> &[String] {
        (**self).metrics()
    }

    fn failure_kinds(&self) -> &[String] {
        (**self).failure_kinds()
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        (**self).evaluate(genome, at)
    }
}

/// The result of one successful evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Objective values, minimised.
    pub objectives: Vec<f64>,
    /// Further numbers to record.
    pub metrics: Vec<f64>,
    /// How far the genome is from meeting the problem's constraints, summed over them: 0 if all are met, finite and positive
    /// otherwise. Feasible genomes come before all others, whatever their objectives; these are ordered by their violation.
    #[serde(default)]
    pub violation: f64,
}

impl Evaluation {
    /// An evaluation without metrics that meets all constraints.
    #[must_use]
    pub fn new(objectives: Vec<f64>) -> Self {
        Self { objectives, metrics: Vec::new(), violation: 0.0 }
    }

    /// The same with metrics.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Vec<f64>) -> Self {
        self.metrics = metrics;
        self
    }

    /// The same with a violation of the constraints.
    #[must_use]
    pub fn with_violation(mut self, violation: f64) -> Self {
        self.violation = violation;
        self
    }
}

/// Why a genome has no score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// One line for the record.
    pub reason: String,
    /// One word that a program can count, of the objective's own choice; empty if the failure is of no particular kind.
    pub kind: String,
    /// How much of a whole evaluation's work was spent, 0..=1; 1 unless it is known that the rest was saved.
    pub spent: f64,
}

impl Failure {
    /// A failure with this reason.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), kind: String::new(), spent: 1.0 }
    }

    /// The same with a kind.
    #[must_use]
    pub fn of_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// The same after this share of the work; what is not in 0..=1 counts as the whole.
    #[must_use]
    pub fn after(mut self, spent: f64) -> Self {
        self.spent = if (0.0..=1.0).contains(&spent) { spent } else { 1.0 };
        self
    }
}

/// What an optimiser is told about a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// The candidate has a score; all numbers are finite.
    Done(Evaluation),
    /// The candidate has none.
    Failed(Failure),
}

impl Outcome {
    /// Accepts the result of [`Objective::evaluate`] if it has the announced shape and only finite
    /// numbers, and turns anything else into a failure.
    #[must_use]
    pub fn checked(result: Result<Evaluation, Failure>, objectives: &[ObjectiveInfo], metrics: &[String]) -> Self {
        let evaluation = match result {
            Ok(evaluation) => evaluation,
            Err(failure) => return Self::Failed(failure),
        };
        let shape = |what, found: usize, expected: usize| {
            Self::Failed(Failure::new(format!("{found} {what}, expected {expected}")))
        };
        if evaluation.objectives.len() != objectives.len() {
            return shape("objectives", evaluation.objectives.len(), objectives.len());
        }
        if evaluation.metrics.len() != metrics.len() {
            return shape("metrics", evaluation.metrics.len(), metrics.len());
        }
        let names = objectives.iter().map(|info| &info.name).chain(metrics);
        let values = evaluation.objectives.iter().chain(&evaluation.metrics);
        for (name, value) in names.zip(values) {
            if !value.is_finite() {
                return Self::Failed(Failure::new(format!("`{name}` is {value}")));
            }
        }
        if !(evaluation.violation.is_finite() && evaluation.violation >= 0.0) {
            let found = evaluation.violation;
            return Self::Failed(Failure::new(format!("the violation of the constraints is {found}")));
        }
        Self::Done(evaluation)
    }

    /// The evaluation, if there is one.
    #[must_use]
    pub fn evaluation(&self) -> Option<&Evaluation> {
        match self {
            Self::Done(evaluation) => Some(evaluation),
            Self::Failed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn non_finite_and_misshapen_results_become_failures() {
        let infos = [ObjectiveInfo::new("rate", true), ObjectiveInfo::new("cost", false)];
        let metrics = ["accuracy".to_string()];
        let outcome = |objectives: &[f64], metric: &[f64]| {
            let evaluation = Evaluation::new(objectives.to_vec()).with_metrics(metric.to_vec());
            Outcome::checked(Ok(evaluation), &infos, &metrics)
        };
        let failed = |reason: &str| Outcome::Failed(Failure::new(reason));
        assert!(outcome(&[1.0, 2.0], &[0.5]).evaluation().is_some());
        for violation in [-1.0, f64::NAN] {
            let evaluation = Evaluation::new(vec![1.0, 2.0]).with_metrics(vec![0.5]).with_violation(violation);
            assert!(Outcome::checked(Ok(evaluation), &infos, &metrics).evaluation().is_none());
        }
        assert_eq!(outcome(&[1.0, f64::NAN], &[0.5]), failed("`cost` is NaN"));
        assert_eq!(outcome(&[f64::INFINITY, 1.0], &[0.5]), failed("`rate` is inf"));
        assert_eq!(outcome(&[1.0, 1.0], &[f64::NAN]), failed("`accuracy` is NaN"));
        assert_eq!(outcome(&[1.0], &[0.5]), failed("1 objectives, expected 2"));
        assert_eq!(outcome(&[1.0, 1.0], &[]), failed("0 metrics, expected 1"));
    }
}
