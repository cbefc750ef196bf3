//! The ask/tell seam of every search.

use serde::{Deserialize, Serialize};

use crate::array::Matrix;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::{ObjectiveInfo, Outcome};
use crate::space::SearchSpace;
use crate::strategy::Card;

/// A search. Its whole state serialises, so a stored optimiser is a checkpoint.
///
/// Contract (checked for every search in [`catalogue`](crate::catalogue) by `tests/conformance.rs`): genomes stay within
/// the bounds; asking twice gives the same candidates; a state stored between two `tell`s continues
/// bit-identically, and one stored between `ask` and `tell` continues as if not yet asked; the order of
/// outcomes and the number of threads do not matter; failures rank below every success; a generation in
/// which everything failed changes nothing but counters.
#[typetag::serde(tag = "optimizer")]
pub trait Optimizer: Send + Sync {
    /// Name, reference and advice.
    fn card(&self) -> &'static Card;

    /// Name of the algorithm.
    fn name(&self) -> &'static str {
        self.card().name
    }

    /// Reference of the algorithm, with DOI.
    fn citation(&self) -> &'static str {
        self.card().citation
    }

    /// Seed of the run.
    fn run(&self) -> u64;

    /// The space searched.
    fn space(&self) -> &SearchSpace;

    /// The objectives minimised.
    fn objectives(&self) -> &[ObjectiveInfo];

    /// Number of generations told.
    fn generation(&self) -> u64;

    /// Candidates to evaluate next; the same ones until they are told.
    ///
    /// # Errors
    /// If the search cannot go on.
    fn ask(&mut self) -> Result<Vec<Candidate>>;

    /// Takes the outcomes of all candidates asked, by id and in any order.
    ///
    /// # Errors
    /// If an id is missing, repeated or unknown, or an evaluation has the wrong shape or a number that
    /// is not finite; the state is unchanged then.
    fn tell(&mut self, outcomes: &[(u64, Outcome)]) -> Result<()>;

    /// All individuals kept that have at least one successful evaluation.
    fn population(&self) -> Vec<Individual>;

    /// The result of the search so far: members of the population none of which dominates another in
    /// its mean objectives.
    fn front(&self) -> Vec<Individual>;

    /// The genome to use if the search ended now, where the search has an opinion of its own: the mean of a distribution
    /// (which need not have been evaluated), or the best genome of a search with one objective.
    fn recommendation(&self) -> Option<Vec<f64>> {
        None
    }

    /// What the [recommendation](Self::recommendation) descends from, gene by gene, for searches that track lineage: the
    /// genes of individuals of the first generation.
    fn ancestor(&self) -> Option<Vec<f64>> {
        None
    }

    /// Takes a surrogate gradient with respect to the genome (in its own units), as a truncated or otherwise biased
    /// backpropagation gives it, for searches that can use one. To be called between a `tell` and an `ask`.
    ///
    /// # Errors
    /// If the search takes none, candidates are outstanding, or the gradient does not fit the space.
    fn guide(&mut self, gradient: &[f64]) -> Result<()> {
        let _ = gradient;
        Err(EvolveError::config(self.name(), "surrogate gradient", "given", "none (it does not take any)"))
    }

    /// Numbers of the algorithm itself that are worth a column in a table (finite).
    fn diagnostics(&self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// Whether the parts of the state fit together; called after loading.
    ///
    /// # Errors
    /// Names the part that does not.
    fn validate(&self) -> Result<()>;
}

/// The settings of a search, as an experiment file names them.
#[typetag::serde(tag = "search")]
pub trait OptimizerConfig: Send + Sync {
    /// Name, reference and advice.
    fn card(&self) -> &'static Card;

    /// Checks the settings and starts a search.
    ///
    /// # Errors
    /// If a setting is out of its range, or there is no objective.
    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>>;
}

/// Outcomes in the order of the ids asked.
///
/// # Errors
/// If an id is missing, repeated or unknown, or an evaluation has the wrong shape or a number that is not
/// finite.
pub fn match_outcomes<'a>(asked: &[u64], told: &'a [(u64, Outcome)], objectives: usize) -> Result<Vec<&'a Outcome>> {
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_unstable_by_key(|&place| asked[place]);
    let mut matched: Vec<Option<&Outcome>> = vec![None; asked.len()];
    for (id, outcome) in told {
        let fault = |problem| EvolveError::Told { problem, id: *id };
        let found = order
            .binary_search_by_key(id, |&place| asked[place])
            .map_err(|_| fault("an outcome for a candidate that was not asked"))?;
        if matched[order[found]].replace(outcome).is_some() {
            return Err(fault("two outcomes for one candidate"));
        }
        let Outcome::Done(evaluation) = outcome else { continue };
        if evaluation.objectives.len() != objectives {
            return Err(fault("the number of objective values is wrong"));
        }
        let mut values = evaluation.objectives.iter().chain(&evaluation.metrics);
        if values.any(|value| !value.is_finite()) {
            return Err(fault("a value is not finite"));
        }
        if !(evaluation.violation.is_finite() && evaluation.violation >= 0.0) {
            return Err(fault("the violation of the constraints is negative or not finite"));
        }
    }
    let complete = |(place, outcome): (usize, Option<&'a Outcome>)| {
        outcome.ok_or(EvolveError::Told { problem: "an outcome is missing", id: asked[place] })
    };
    matched.into_iter().enumerate().map(complete).collect()
}

/// What every search in this crate knows about its problem and its place in the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    pub(crate) run: u64,
    pub(crate) generation: u64,
    pub(crate) next_id: u64,
    pub(crate) space: SearchSpace,
    pub(crate) objectives: Vec<ObjectiveInfo>,
}

impl Setting {
    pub(crate) fn new(space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Self> {
        if objectives.is_empty() {
            return Err(EvolveError::Empty { what: "list of objectives" });
        }
        let (space, objectives) = (space.clone(), objectives.to_vec());
        Ok(Self { run, generation: 0, next_id: 0, space, objectives })
    }

    /// Address of a random number of the search in the current generation.
    pub(crate) fn at(&self, candidate: u64) -> crate::Address {
        crate::Address { run: self.run, generation: self.generation, candidate, episode: 0 }
    }

    /// Search coordinates of a first generation.
    pub(crate) fn first_positions(&self, initial: &InitialPopulation, count: usize) -> Result<Matrix> {
        initial.positions(&self.space, |candidate| self.at(candidate), count)
    }

    /// Ids of so many new candidates.
    pub(crate) fn new_ids(&self, count: usize) -> Vec<u64> {
        (self.next_id..self.next_id + count as u64).collect()
    }

    /// Ends a generation that used `ids` new ids.
    pub(crate) fn advance(&mut self, ids: usize) {
        self.generation += 1;
        self.next_id += ids as u64;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::objective::{Evaluation, Failure};

    #[test]
    fn outcomes_are_matched_by_id() {
        let done = |value| Outcome::Done(Evaluation::new(vec![value]));
        let failed = Outcome::Failed(Failure::new("no"));
        let told = [(3, done(3.0)), (9, failed.clone()), (1, done(1.0))];
        let matched = match_outcomes(&[9, 1, 3], &told, 1).unwrap();
        assert_eq!(matched, [&failed, &done(1.0), &done(3.0)]);
        let problem = |asked: &[u64], told: &[(u64, Outcome)]| match_outcomes(asked, told, 1).unwrap_err().to_string();
        assert!(problem(&[9, 1], &told).contains("not asked (candidate 3)"));
        assert!(problem(&[9, 1, 3, 4], &told).contains("missing (candidate 4)"));
        assert!(problem(&[1], &[(1, done(1.0)), (1, done(1.0))]).contains("two outcomes"));
        assert!(problem(&[1], &[(1, done(f64::NAN))]).contains("not finite"));
        let pair = Outcome::Done(Evaluation::new(vec![1.0, 2.0]));
        assert!(problem(&[1], &[(1, pair)]).contains("number of objective values"));
    }
}
