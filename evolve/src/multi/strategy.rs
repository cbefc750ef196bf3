//! The seam of searches of several objectives: children out, survivors in.
//!
//! A [`MultiStrategy`] says which children a population has and who of parents and children survives, and nothing else.
//! [`MultiObjective`](crate::MultiObjective) turns it into an [`Optimizer`](crate::Optimizer): the first generation, ids, failures,
//! checkpoints. Every genome is evaluated once and its values are taken as exact. Points are in search coordinates, within
//! their bounds.

use crate::address::Address;
use crate::array::Matrix;
use crate::error::Result;
use crate::optimizer::Setting;
use crate::population::{Record, keep_best, tie_key};
use crate::space::SearchSpace;
use crate::strategy::Card;

/// Parents, or parents and then their children, as a [`MultiStrategy`] sees them: by row.
#[derive(Clone, Copy)]
pub struct Members<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) parents: &'a Matrix,
    pub(crate) children: Option<&'a Matrix>,
    pub(crate) records: &'a [Record],
}

impl<'a> Members<'a> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How many rows are parents; the children follow.
    #[must_use]
    pub fn parents(&self) -> usize {
        self.parents.rows()
    }

    /// The space searched.
    #[must_use]
    pub fn space(&self) -> &'a SearchSpace {
        &self.setting.space
    }

    /// Number of objectives.
    #[must_use]
    pub fn objectives(&self) -> usize {
        self.setting.objectives.len()
    }

    /// Generations told so far.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.setting.generation
    }

    /// Address of the random numbers of one child, pair or other unit of this generation.
    #[must_use]
    pub fn at(&self, unit: u64) -> Address {
        self.setting.at(unit)
    }

    /// Where a row lies, in search coordinates.
    #[must_use]
    pub fn position(&self, row: usize) -> &'a [f64] {
        match (row.checked_sub(self.parents.rows()), self.children) {
            (Some(child), Some(children)) => children.row(child),
            _ => self.parents.row(row),
        }
    }

    /// Objective values of a row; of no meaning if it failed.
    #[must_use]
    pub fn values(&self, row: usize) -> &'a [f64] {
        self.records[row].mean()
    }

    /// Whether a row has no values.
    #[must_use]
    pub fn failed(&self, row: usize) -> bool {
        self.records[row].class() > 0
    }

    /// Violation of the constraints: 0 if all are met.
    #[must_use]
    pub fn violation(&self, row: usize) -> f64 {
        self.records[row].violation
    }

    /// Whether a row has values and meets all constraints.
    #[must_use]
    pub fn feasible(&self, row: usize) -> bool {
        !self.failed(row) && self.violation(row) == 0.0
    }

    /// The feasible rows, ascending.
    #[must_use]
    pub fn feasible_rows(&self) -> Vec<usize> {
        (0..self.len()).filter(|&row| self.feasible(row)).collect()
    }

    /// What comes before all objectives when two rows are compared: failures last, then the violation.
    #[must_use]
    pub fn burden(&self, row: usize) -> (bool, f64) {
        (self.failed(row), self.violation(row))
    }

    /// Values of the given rows, one after the other.
    #[must_use]
    pub fn points(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().flat_map(|&row| self.values(row)).copied().collect()
    }

    /// A random number of the row that breaks exact ties without favour for age or place; smaller wins.
    #[must_use]
    pub fn tie(&self, row: usize) -> u64 {
        tie_key(self.setting, &self.records[row])
    }

    /// The best `keep` rows, feasibility first: `choose(rows, keep)` picks among the feasible ones if there are more (and is
    /// asked for all of them if there are not, so that it can learn from them), the least violations follow, failures come
    /// last. In the order of age.
    pub fn feasibility_first(&self, keep: usize, choose: impl FnMut(&[usize], usize) -> Vec<usize>) -> Vec<usize> {
        keep_best(self.setting, self.records, keep, choose)
    }
}

/// A search of several objectives. Its whole state serialises; the individuals are the shell's.
#[typetag::serde(tag = "strategy")]
pub trait MultiStrategy: Send + Sync {
    /// Name, reference and advice.
    fn card(&self) -> &'static Card;

    /// The children of this generation: one or more, in search coordinates and within the bounds. A function of state and
    /// parents alone; random numbers come from [`Members::at`].
    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>>;

    /// The rows that survive, in the order in which they will be the parents' rows. A row may be named twice (an individual
    /// that holds two places). At least one row has not failed; the first generation has no parents.
    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize>;

    /// Numbers of the algorithm that are worth a column in a table (finite).
    fn diagnostics(&self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// Whether settings and state are in range and fit a problem with so many objectives and genes, and a population of this
    /// size.
    ///
    /// # Errors
    /// Names the part that does not.
    fn validate(&self, objectives: usize, genes: usize, members: usize) -> Result<()>;
}
