//! Individuals of a population: positions in one matrix, and a record for each row.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::array::Matrix;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::objective::Outcome;
use crate::optimizer::Setting;
use crate::sorting;
use crate::statistics::RunningStatistics;

/// What is known about one individual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) id: u64,
    /// Whether the last evaluation failed.
    pub(crate) failed: bool,
    pub(crate) statistics: RunningStatistics,
    /// Mean violation of the constraints over the successful evaluations.
    pub(crate) violation: f64,
    pub(crate) metrics: Vec<f64>,
}

impl Record {
    pub(crate) fn new(id: u64, outcome: &Outcome, objectives: usize) -> Self {
        let statistics = RunningStatistics::new(objectives);
        let mut record = Self { id, failed: false, statistics, violation: 0.0, metrics: Vec::new() };
        record.absorb(outcome);
        record
    }

    /// Merges one more evaluation; a failure is noted and leaves the statistics alone.
    pub(crate) fn absorb(&mut self, outcome: &Outcome) {
        self.failed = outcome.evaluation().is_none();
        if let Some(evaluation) = outcome.evaluation() {
            self.statistics.push(&evaluation.objectives);
            self.violation += (evaluation.violation - self.violation) / self.statistics.count as f64;
            self.metrics.clone_from(&evaluation.metrics);
        }
    }

    /// 0: succeeded; 1: failed last but has succeeded before; 2: never succeeded. Lower ranks better.
    pub(crate) fn class(&self) -> u8 {
        match (self.failed, self.statistics.count) {
            (_, 0) => 2,
            (true, _) => 1,
            (false, _) => 0,
        }
    }

    pub(crate) fn mean(&self) -> &[f64] {
        &self.statistics.mean
    }
}

/// Positions in search coordinates (one row each) and records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Population {
    pub(crate) positions: Matrix,
    pub(crate) records: Vec<Record>,
}

impl Population {
    /// No individuals, `genes` columns.
    pub(crate) fn empty(genes: usize) -> Self {
        Self { positions: Matrix::with_columns(genes), records: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Individuals with at least one success; `variances` gives the variance of a record's means.
    pub(crate) fn individuals(
        &self,
        setting: &Setting,
        rows: impl IntoIterator<Item = usize>,
        variances: impl Fn(&Record) -> Vec<f64>,
    ) -> Vec<Individual> {
        rows.into_iter()
            .filter(|&row| self.records[row].statistics.count > 0)
            .map(|row| {
                let record = &self.records[row];
                Individual {
                    id: record.id,
                    genome: setting.space.to_genome(self.positions.row(row)),
                    objectives: record.mean().to_vec(),
                    variance_of_mean: variances(record),
                    violation: record.violation,
                    evaluations: record.statistics.count,
                    metrics: record.metrics.clone(),
                }
            })
            .collect()
    }

    /// Rows of the best class and the smallest violation whose means no other of them dominates.
    pub(crate) fn front_rows(&self) -> Vec<usize> {
        let burden = |record: &Record| (record.class(), record.violation);
        let less = |a: &(u8, f64), b: &(u8, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
        let Some(best) = self.records.iter().map(burden).min_by(less).filter(|best| best.0 < 2) else {
            return Vec::new();
        };
        let rows: Vec<usize> = (0..self.len()).filter(|&row| burden(&self.records[row]) == best).collect();
        let objectives = self.records[rows[0]].mean().len();
        let ranks = sorting::non_dominated_ranks(&self.means(&rows), objectives);
        rows.into_iter().zip(ranks).filter(|&(_, rank)| rank == 0).map(|(row, _)| row).collect()
    }

    /// Mean objectives of the given rows, one after the other.
    pub(crate) fn means(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().flat_map(|&row| self.records[row].mean()).copied().collect()
    }

    /// Replaces the population by the rows `kept` of itself followed by `positions` and `pool`, where
    /// `pool` holds the records of both.
    pub(crate) fn replace(&mut self, positions: &Matrix, pool: Vec<Record>, kept: &[usize]) {
        self.positions = Matrix::gather(&self.positions, positions, kept);
        let mut pool: Vec<Option<Record>> = pool.into_iter().map(Some).collect();
        self.records = kept.iter().filter_map(|&row| pool[row].take()).collect();
    }

    /// Individuals of these rows for a search that takes values as exact.
    pub(crate) fn exact(&self, setting: &Setting, rows: impl IntoIterator<Item = usize>) -> Vec<Individual> {
        self.individuals(setting, rows, |_| vec![0.0; setting.objectives.len()])
    }

    /// Checks that lengths agree with the setting, that positions are in bounds and ids below the next.
    pub(crate) fn validate(&self, setting: &Setting) -> Result<()> {
        let length = |what, found, expected| {
            if found == expected { Ok(()) } else { Err(EvolveError::Length { what, found, expected }) }
        };
        length("stored positions", self.positions.rows(), self.len())?;
        if self.len() > 0 {
            length("stored position", self.positions.columns(), setting.space.len())?;
        }
        for (row, record) in self.records.iter().enumerate() {
            if !(record.violation.is_finite() && record.violation >= 0.0) {
                let found = record.violation;
                return Err(EvolveError::config("stored individual", "violation", found, "finite, 0 or more"));
            }
            if !record.statistics.fits(setting.objectives.len()) {
                return Err(EvolveError::Length {
                    what: "finite statistics of a stored individual",
                    found: record.statistics.mean.len(),
                    expected: setting.objectives.len(),
                });
            }
            if record.id >= setting.next_id {
                return Err(EvolveError::config(
                    "stored individual",
                    "id",
                    record.id,
                    format!("less than {}", setting.next_id),
                ));
            }
            let (lower, upper) = (setting.space.search_lower(), setting.space.search_upper());
            for (gene, &x) in self.positions.row(row).iter().enumerate() {
                if !(lower[gene]..=upper[gene]).contains(&x) {
                    return Err(EvolveError::Value {
                        what: "stored position",
                        index: gene,
                        found: x,
                        expected: format!("in [{}, {}]", lower[gene], upper[gene]),
                    });
                }
            }
        }
        Ok(())
    }
}

/// A key that breaks exact ties without favour for age or place.
pub(crate) fn tie_key(setting: &Setting, record: &Record) -> u64 {
    setting.at(record.id).rng(stream::TIES).random()
}

/// Candidates for rows of search coordinates with consecutive ids.
pub(crate) fn candidates(setting: &Setting, positions: &Matrix, first_id: u64) -> Vec<Candidate> {
    (0..positions.rows())
        .map(|row| Candidate { id: first_id + row as u64, genome: setting.space.to_genome(positions.row(row)) })
        .collect()
}

/// Keeps the best `keep` of `records`: by class, within a class the feasible ones first, as `choose(rows, keep)` picks them
/// (all of them if they fit), then those with the smallest violation. Returns rows in ascending order of id.
pub(crate) fn keep_best(
    setting: &Setting,
    records: &[Record],
    keep: usize,
    mut choose: impl FnMut(&[usize], usize) -> Vec<usize>,
) -> Vec<usize> {
    let mut kept = Vec::with_capacity(keep);
    for class in 0..=2 {
        let of_class = (0..records.len()).filter(|&row| records[row].class() == class);
        let chosen = |&row: &usize| class < 2 && records[row].violation == 0.0;
        let (feasible, mut others): (Vec<usize>, Vec<usize>) = of_class.partition(chosen);
        let free = keep - kept.len();
        if free > 0 && !feasible.is_empty() {
            kept.extend(choose(&feasible, free.min(feasible.len())));
        }
        let key = |&row: &usize| (records[row].violation, tie_key(setting, &records[row]));
        others.sort_by(|a, b| {
            let ((violation_a, tie_a), (violation_b, tie_b)) = (key(a), key(b));
            violation_a.total_cmp(&violation_b).then(tie_a.cmp(&tie_b))
        });
        others.truncate(keep - kept.len());
        kept.extend(others);
    }
    kept.sort_unstable_by_key(|&row| records[row].id);
    kept
}
