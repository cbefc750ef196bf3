//! A single-objective search as a library: genomes out, values in.

use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, Failure, ObjectiveInfo, Outcome};
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::space::SearchSpace;

/// What became of the values of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The search took them.
    Updated,
    /// None was finite: the search is where it was and will ask for other genomes (noise-reuse ES: for the same ones until
    /// its episode ends).
    AllFailed,
}

/// A search of one objective that is driven with plain numbers, without an [`Objective`](crate::Objective).
pub struct AskTell {
    optimizer: Box<dyn Optimizer>,
    asked: Vec<u64>,
}

impl AskTell {
    /// Starts a search.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn new(config: &dyn OptimizerConfig, space: &SearchSpace, seed: u64) -> Result<Self> {
        let optimizer = config.build(space, &[ObjectiveInfo::new("value", true)], seed)?;
        Ok(Self { optimizer, asked: Vec::new() })
    }

    /// Goes on with a search that was built or loaded elsewhere.
    ///
    /// # Errors
    /// If it does not have exactly one objective.
    pub fn with(optimizer: Box<dyn Optimizer>) -> Result<Self> {
        let count = optimizer.objectives().len();
        EvolveError::require(count == 1, "ask and tell", "objectives", count, "1")?;
        Ok(Self { optimizer, asked: Vec::new() })
    }

    /// The genomes to evaluate next, in their own units.
    ///
    /// # Errors
    /// If the search cannot go on.
    pub fn ask(&mut self) -> Result<Vec<Vec<f64>>> {
        let candidates = self.optimizer.ask()?;
        self.asked = candidates.iter().map(|candidate| candidate.id).collect();
        Ok(candidates.into_iter().map(|candidate| candidate.genome).collect())
    }

    /// Takes one value for each genome asked, in order; smaller is better, and a value that is not finite is a failure.
    ///
    /// # Errors
    /// If the number of values is wrong, or nothing was asked.
    pub fn tell(&mut self, values: &[f64]) -> Result<Told> {
        if values.len() != self.asked.len() {
            let (found, expected) = (values.len(), self.asked.len());
            return Err(EvolveError::Length { what: "values told", found, expected });
        }
        let outcome = |&value: &f64| {
            if value.is_finite() {
                Outcome::Done(Evaluation::new(vec![value]))
            } else {
                Outcome::Failed(Failure::new(format!("value is {value}")))
            }
        };
        let told: Vec<_> = self.asked.iter().copied().zip(values.iter().map(outcome)).collect();
        self.optimizer.tell(&told)?;
        self.asked.clear();
        Ok(if values.iter().any(|value| value.is_finite()) { Told::Updated } else { Told::AllFailed })
    }

    /// The best genome told so far and its value.
    #[must_use]
    pub fn best(&self) -> Option<(Vec<f64>, f64)> {
        let front = self.optimizer.front();
        let best = front.into_iter().min_by(|a, b| a.objectives[0].total_cmp(&b.objectives[0]))?;
        Some((best.genome, best.objectives[0]))
    }

    /// The search itself.
    #[must_use]
    pub fn optimizer(&self) -> &dyn Optimizer {
        self.optimizer.as_ref()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::RandomSearchConfig;
    use crate::space::Variable;

    #[test]
    fn values_go_in_by_place_and_what_is_not_finite_has_failed() {
        let space = SearchSpace::new(vec![Variable::real("x", 0.0, 1.0)]).unwrap();
        let config = RandomSearchConfig { population: 3, archive: 2, ..Default::default() };
        let mut search = AskTell::new(&config, &space, 1).unwrap();
        assert!(search.tell(&[1.0]).unwrap_err().to_string().contains("length is 1, expected 0"));
        search.ask().unwrap();
        assert_eq!(search.tell(&[f64::NAN, f64::INFINITY, f64::NAN]).unwrap(), Told::AllFailed);
        assert!(search.best().is_none());
        let genomes = search.ask().unwrap();
        assert_eq!(search.tell(&[2.0, f64::NAN, 1.0]).unwrap(), Told::Updated);
        assert_eq!(search.best().unwrap(), (genomes[2].clone(), 1.0));
    }
}
