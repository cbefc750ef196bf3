//! One shell for the searches of several objectives: a [`MultiStrategy`] in, an [`Optimizer`] out.
//!
//! The shell makes the first generation, gives ids, keeps the individuals and leaves the strategy alone when a whole
//! generation failed. Children are a function of state and parents: a state stored between ask and tell asks for the same
//! ones again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::array::Matrix;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::{ObjectiveInfo, Outcome};
use crate::optimizer::{Optimizer, Setting, match_outcomes};
use crate::population::{Population, Record, candidates};
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::strategy::{Members, MultiStrategy};

/// A search of several objectives and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiObjective {
    setting: Setting,
    initial: InitialPopulation,
    /// Individuals of the first generation.
    first: usize,
    strategy: Box<dyn MultiStrategy>,
    members: Population,
    #[serde(skip)]
    asked: Option<Matrix>,
}

impl MultiObjective {
    /// Starts a search whose first generation has `first` individuals.
    ///
    /// # Errors
    /// If there is no objective, an initial genome does not fit, or a setting of the strategy is out of its range.
    pub fn boxed<S: MultiStrategy + 'static>(
        space: &SearchSpace,
        objectives: &[ObjectiveInfo],
        run: u64,
        initial: &InitialPopulation,
        first: usize,
        strategy: S,
    ) -> Result<Box<dyn Optimizer>> {
        let setting = Setting::new(space, objectives, run)?;
        initial.validate(space)?;
        EvolveError::require(first >= 1, strategy.card().name, "population", first, "at least 1")?;
        strategy.validate(objectives.len(), space.len(), 0)?;
        let (initial, strategy) = (initial.clone(), Box::new(strategy));
        Ok(Box::new(Self { setting, initial, first, strategy, members: Population::empty(space.len()), asked: None }))
    }

    fn parents(&self) -> Members<'_> {
        let (positions, records) = (&self.members.positions, &self.members.records);
        Members { setting: &self.setting, parents: positions, children: None, records }
    }

    /// The rows, without the second places of one individual.
    fn once(&self, rows: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        rows.into_iter().filter(|&row| seen.insert(self.members.records[row].id)).collect()
    }
}

#[typetag::serde(name = "multi_objective")]
impl Optimizer for MultiObjective {
    fn card(&self) -> &'static Card {
        self.strategy.card()
    }

    fn run(&self) -> u64 {
        self.setting.run
    }

    fn space(&self) -> &SearchSpace {
        &self.setting.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.setting.objectives
    }

    fn generation(&self) -> u64 {
        self.setting.generation
    }

    fn ask(&mut self) -> Result<Vec<Candidate>> {
        let children = match self.asked.take() {
            Some(children) => children,
            None if self.members.len() == 0 => self.setting.first_positions(&self.initial, self.first)?,
            None => {
                let mut children = Matrix::with_columns(self.setting.space.len());
                self.strategy.children(&self.parents()).iter().for_each(|child| children.push(child));
                children
            }
        };
        let asked = candidates(&self.setting, &children, self.setting.next_id);
        self.asked = Some(children);
        Ok(asked)
    }

    fn tell(&mut self, outcomes: &[(u64, Outcome)]) -> Result<()> {
        let children = self.asked.as_ref().ok_or(EvolveError::TellBeforeAsk)?;
        let ids = self.setting.new_ids(children.rows());
        let objectives = self.setting.objectives.len();
        let outcomes = match_outcomes(&ids, outcomes, objectives)?;
        if outcomes.iter().any(|outcome| outcome.evaluation().is_some()) {
            let new = ids.iter().zip(outcomes).map(|(&id, outcome)| Record::new(id, outcome, objectives));
            let mut records = std::mem::take(&mut self.members.records);
            records.extend(new);
            let positions = &self.members.positions;
            let pool =
                Members { setting: &self.setting, parents: positions, children: Some(children), records: &records };
            let kept = self.strategy.survive(&pool);
            self.members.positions = Matrix::gather(positions, children, &kept);
            self.members.records = kept.iter().map(|&row| records[row].clone()).collect();
        }
        self.asked = None;
        self.setting.advance(ids.len());
        Ok(())
    }

    fn population(&self) -> Vec<Individual> {
        self.members.exact(&self.setting, self.once(0..self.members.len()))
    }

    fn front(&self) -> Vec<Individual> {
        self.members.exact(&self.setting, self.once(self.members.front_rows()))
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        self.strategy.diagnostics()
    }

    fn validate(&self) -> Result<()> {
        self.members.validate(&self.setting)?;
        self.strategy.validate(self.setting.objectives.len(), self.setting.space.len(), self.members.len())
    }
}
