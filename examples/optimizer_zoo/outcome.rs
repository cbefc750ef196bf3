//! Tables, figures and the report.

use std::path::PathBuf;

use evoplast_examples::figures::{Curve, FrontPanel, Fronts, History, HistoryPanel};
use evoplast_examples::{Report, RunFolder, Table, left, number, quantile, right};
use serde::Serialize;

use crate::problem::Problem;
use crate::race::{Course, MOMENTS, Outcome};

/// Any error, as a message.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// All runs of one search.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Name in the catalogue.
    pub search: String,
    /// Reference of the algorithm.
    pub source: String,
    /// Its runs, by seed.
    pub runs: Vec<Outcome>,
}

impl Standing {
    /// Quartiles of the score, linear between order statistics.
    fn quartiles(&self) -> [f64; 3] {
        quartiles(self.runs.iter().map(Outcome::score))
    }

    fn median_at(&self, moment: usize) -> f64 {
        quartiles(self.runs.iter().map(|run| run.curve[moment].unwrap_or(f64::NAN)))[1]
    }

    /// The run whose score is in the middle, the lower of two.
    fn typical(&self) -> &Outcome {
        let mut runs: Vec<&Outcome> = self.runs.iter().collect();
        runs.sort_by(|a, b| a.score().total_cmp(&b.score()));
        runs[(runs.len() - 1) / 2]
    }
}

fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let values: Vec<f64> = values.collect();
    [0.25, 0.5, 0.75].map(|share| quantile(&values, share))
}

/// All searches on one problem, the best first.
pub struct Field<'a> {
    problem: &'a Problem,
    course: Course,
    standings: Vec<Standing>,
}

impl<'a> Field<'a> {
    /// Orders the searches by their median score; those that always reach the target by the evaluations they need.
    pub fn ranked(problem: &'a Problem, course: Course, mut standings: Vec<Standing>) -> Self {
        let several = problem.objectives() > 1;
        let key = |standing: &Standing| -> (f64, f64) {
            let median = standing.quartiles()[1];
            let reached: Vec<u64> = standing.runs.iter().filter_map(|run| run.evaluations_to_target).collect();
            match (several, reached.len() == standing.runs.len()) {
                (true, _) => (1.0, -median),
                (false, true) => (0.0, quartiles(reached.iter().map(|&e| e as f64))[1]),
                (false, false) => (1.0, median),
            }
        };
        standings.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        Self { problem, course, standings }
    }

    fn several(&self) -> bool {
        self.problem.objectives() > 1
    }

    fn caption(&self) -> String {
        let noise = if self.course.noise > 0.0 { format!(", noise {}", self.course.noise) } else { String::new() };
        let seeds = self.standings.first().map_or(0, |standing| standing.runs.len());
        format!("{}{noise}: {} evaluations, {seeds} seeds", self.problem.title, self.course.evaluations)
    }

    /// The table of scores.
    pub fn tables(&self) -> Result<Vec<Table>> {
        let mut columns = vec![left("search")];
        if self.several() {
            columns.extend(["hypervolume / front's: q1", "median", "q3", "IGD+ (median)"].map(right));
        } else {
            columns.extend(["f - f_opt: q1", "median", "q3", "reached", "evaluations"].map(right));
        }
        let mut table = Table::new(&self.caption(), columns);
        for standing in &self.standings {
            let scores = standing.quartiles();
            let mut row = vec![standing.search.clone()];
            if self.several() {
                row.extend(scores.map(|score| number(score, 4)));
                row.push(number(quartiles(standing.runs.iter().map(|run| run.igd_plus.unwrap_or(f64::NAN)))[1], 4));
            } else {
                row.extend(scores.map(|score| format!("{score:.1e}")));
                let mut reached: Vec<u64> = standing.runs.iter().filter_map(|run| run.evaluations_to_target).collect();
                reached.sort_unstable();
                row.push(format!("{}/{}", reached.len(), standing.runs.len()));
                row.push(reached.get(reached.len() / 2).map_or_else(|| "–".into(), ToString::to_string));
            }
            table.push(row)?;
        }
        Ok(vec![table])
    }

    /// Medians of the score over evaluations, five searches a panel.
    fn convergence(&self) -> History {
        let moments = (1..=MOMENTS as u64).map(|m| (m * self.course.evaluations / MOMENTS as u64) as f64);
        let axis = if self.several() { "hypervolume / front's" } else { "f − f_opt" };
        let curve = |standing: &Standing| {
            // An axis of logarithms has no place for an exact 0.
            let value = |m| if self.several() { standing.median_at(m) } else { standing.median_at(m).max(1e-16) };
            Curve { label: standing.search.clone(), values: (0..MOMENTS).map(value).collect() }
        };
        let panel = |standings: &[Standing]| HistoryPanel {
            axis: axis.into(),
            log: !self.several(),
            curves: standings.iter().map(curve).collect(),
            levels: vec![],
        };
        History {
            title: format!("{}, medians", self.caption()),
            axis: "evaluations".into(),
            generations: moments.collect(),
            panels: self.standings.chunks(5).map(panel).collect(),
        }
    }

    /// The set of the median run of every search.
    fn fronts(&self) -> Fronts {
        let panel = |standing: &Standing| FrontPanel {
            label: standing.search.clone(),
            note: format!("hypervolume {}", number(standing.typical().score(), 3)),
            points: standing.typical().set.clone(),
        };
        Fronts {
            title: self.caption(),
            objectives: self.problem.objectives(),
            reference: self.problem.front.clone(),
            panels: self.standings.iter().map(panel).collect(),
        }
    }
}

#[derive(Serialize)]
struct FieldResults<'a> {
    problem: &'a str,
    objectives: usize,
    noise: f64,
    evaluations: Vec<u64>,
    searches: &'a [Standing],
}

/// Writes results, figures and the report; returns the path of the report.
pub fn write(fields: &[Field<'_>], folder: &RunFolder) -> Result<PathBuf> {
    let results: Vec<FieldResults<'_>> = fields
        .iter()
        .map(|field| FieldResults {
            problem: &field.problem.title,
            objectives: field.problem.objectives(),
            noise: field.course.noise,
            evaluations: (1..=MOMENTS as u64).map(|m| m * field.course.evaluations / MOMENTS as u64).collect(),
            searches: &field.standings,
        })
        .collect();
    folder.write_results(&results)?;
    let mut report = Report::new("Optimizer zoo", "How do all registered searches do on one problem?");
    for (index, field) in fields.iter().enumerate() {
        report.heading(&field.caption());
        if let Some(first) = field.standings.first() {
            report.headline(&field.problem.title, first.search.clone(), "first in its table");
        }
        for table in field.tables()? {
            report.table(table);
        }
        let name = |what: &str| format!("{what}_{}", index + 1);
        if field.several() {
            let saved = folder.save_figure(&field.fronts(), &name("fronts"))?;
            let view =
                if field.problem.objectives() > 2 { "first three objectives seen along their diagonal; " } else { "" };
            report.figure(
                saved,
                format!("The population of the median run of every search, without noise ({view}best first)."),
            );
        }
        let saved = folder.save_figure(&field.convergence(), &name("convergence"))?;
        report.figure(saved, "Medians over seeds, five searches a panel, the best first.");
    }
    report.caveat(
        "All searches have their default settings and one size of population; one problem says little about the next one.",
    );
    for standing in fields.iter().flat_map(|field| &field.standings) {
        let (text, doi) = standing.source.split_once(", doi:").unwrap_or((&standing.source, ""));
        report.citation(&format!("{}: {text}", standing.search), doi);
    }
    Ok(folder.write_report(&report)?)
}
