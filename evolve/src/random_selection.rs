//! Random selection: a search that drifts.
//!
//! The null model of a search: the same space, operators and generations, but every value is a uniform number that has
//! nothing to do with the genome. What still happens is drift, and a claim about what a search changed is a claim about
//! how it differs from that.
//!
//! Individuals that a search keeps with the value of their one evaluation (elites) stay as long as no later draw is
//! luckier, so a search with elites drifts less and less far from its luckiest member, as the search itself would on a
//! plateau with noise. The best genome seen is of a random generation: to see how far a search drifts, look at its mean or
//! at members of its last generation.

use rand::RngExt;

use crate::address::{Address, stream};
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::SearchSpace;

/// An objective with the space and the objectives of another, whose values are independent uniform numbers in [0, 1) from the
/// candidate's address. Nothing is evaluated, so there are no metrics and no failures.
#[derive(Clone, Debug)]
pub struct RandomSelection<O> {
    inner: O,
    objectives: Vec<ObjectiveInfo>,
}

impl<O: Objective> RandomSelection<O> {
    /// Takes selection away from a problem.
    #[must_use]
    pub fn new(inner: O) -> Self {
        let objectives = inner.objectives().iter();
        let objectives = objectives.map(|info| ObjectiveInfo { noisy: true, ..info.clone() }).collect();
        Self { inner, objectives }
    }

    /// The problem itself.
    pub fn inner(&self) -> &O {
        &self.inner
    }
}

impl<O: Objective> Objective for RandomSelection<O> {
    fn space(&self) -> &SearchSpace {
        self.inner.space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, _genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        let mut rng = at.rng(stream::DRIFT);
        Ok(Evaluation::new(self.objectives.iter().map(|_| rng.random()).collect()))
    }
}
