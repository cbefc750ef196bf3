//! One CSV row for each generation, safe against being killed.
//!
//! Columns: generation, evaluations, failed, for every kind of failure `failed_*`, `spent` (work of the generation in
//! whole evaluations), `first_failure` (its reason), front_size, for every objective `best_*`, `median_*` and
//! `mean_*` over the mean values of the population, for every metric `median_*`, and the optimiser's
//! diagnostics. A cell without a value (nothing succeeded yet) is empty; every other cell but
//! `first_failure` is a finite number.
//!
//! A row is appended with one write and flushed to the disk before the checkpoint of its generation is
//! written. The file is therefore never behind the checkpoint; on resume, rows after the checkpoint's
//! generation and an unfinished last row are cut off.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::candidate::Individual;
use crate::error::{EvolveError, Result};
use crate::objective::Objective;
use crate::observer::{GenerationReport, Observer};

/// Writes the table of a run.
pub struct MetricsCsv {
    path: PathBuf,
    file: Option<File>,
    header_written: bool,
    metrics: Vec<String>,
    failure_kinds: Vec<String>,
}

impl MetricsCsv {
    /// A table at this path; the file is created when the run starts.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { path, file: None, header_written: false, metrics: Vec::new(), failure_kinds: Vec::new() }
    }

    fn header(&self, report: &GenerationReport<'_>) -> Vec<String> {
        let mut header = ["generation", "evaluations", "failed"].map(String::from).to_vec();
        header.extend(self.failure_kinds.iter().map(|kind| format!("failed_{kind}")));
        header.extend(["spent", "first_failure", "front_size"].map(String::from));
        for info in report.optimizer.objectives() {
            header.extend(["best", "median", "mean"].map(|what| format!("{what}_{}", info.name)));
        }
        header.extend(self.metrics.iter().map(|name| format!("median_{name}")));
        header.extend(report.optimizer.diagnostics().into_iter().map(|(name, _)| name));
        header
    }

    fn row(&self, report: &GenerationReport<'_>) -> Vec<String> {
        let counts = [report.generation, report.evaluations, report.failures.len() as u64];
        let mut row: Vec<String> = counts.map(|count| count.to_string()).to_vec();
        row.extend(self.failure_kinds.iter().map(|kind| report.failed_by(kind).to_string()));
        row.push(cell(Some(report.spent())));
        row.push(report.failures.first().map_or_else(String::new, |failure| failure.reason.clone()));
        row.push(report.optimizer.front().len().to_string());
        let population = report.optimizer.population();
        for k in 0..report.optimizer.objectives().len() {
            let values = sorted(&population, |individual| individual.objectives.get(k));
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            row.push(cell(values.first().copied()));
            row.push(cell(median(&values)));
            row.push(cell(Some(mean)));
        }
        for k in 0..self.metrics.len() {
            let values = sorted(&population, |individual| individual.metrics.get(k));
            row.push(cell(median(&values)));
        }
        let diagnostics = report.optimizer.diagnostics();
        row.extend(diagnostics.into_iter().map(|(_, value)| cell(Some(value))));
        row
    }

    fn append(&mut self, fields: &[String]) -> Result<()> {
        let line = csv_line(fields);
        let io = EvolveError::io(&self.path, "appending a row");
        let Some(file) = &mut self.file else {
            return Err(EvolveError::Observer("metrics table used before the start".into()));
        };
        file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).map_err(io)
    }
}

fn sorted<'a>(population: &'a [Individual], value: impl Fn(&'a Individual) -> Option<&'a f64>) -> Vec<f64> {
    let mut values: Vec<f64> = population.iter().filter_map(value).copied().collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(0.5 * (sorted[middle - 1] + sorted[middle])),
    }
}

fn cell(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

/// One line by RFC 4180: fields with a comma, a quote or a line break are quoted.
fn csv_line(fields: &[String]) -> String {
    let quoted = |field: &String| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

/// Length in bytes of the header and the rows up to `generation`, and the number of such rows.
fn complete_part(text: &str, generation: u64, path: &Path) -> Result<(usize, u64)> {
    let mut length = 0;
    let mut rows = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let number = line.split(',').next().and_then(|field| field.parse::<u64>().ok());
        match number {
            _ if !line.ends_with('\n') => break,
            None if index == 0 => {}
            Some(found) if index > 0 && found == rows + 1 => {
                if found > generation {
                    break;
                }
                rows = found;
            }
            _ => {
                return Err(EvolveError::File {
                    path: path.to_path_buf(),
                    field: "generation of a row",
                    found: line.split(',').next().unwrap_or_default().trim_end().to_string(),
                    expected: (rows + 1).to_string(),
                });
            }
        }
        length += line.len();
    }
    Ok((length, rows))
}

impl Observer for MetricsCsv {
    fn on_start(&mut self, objective: &dyn Objective, resumed: Option<u64>) -> Result<()> {
        self.metrics = objective.metrics().to_vec();
        self.failure_kinds = objective.failure_kinds().to_vec();
        self.header_written = false;
        let path = &self.path;
        let fresh = resumed.is_none_or(|generation| generation == 0);
        let file = OpenOptions::new().read(true).write(true).create(fresh).truncate(fresh).open(path);
        let mut file = file.map_err(EvolveError::io(path, "opening the table"))?;
        if let Some(generation) = resumed.filter(|_| !fresh) {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(EvolveError::io(path, "reading the table"))?;
            let (length, rows) = complete_part(&text, generation, path)?;
            if rows < generation {
                return Err(EvolveError::File {
                    path: path.clone(),
                    field: "number of rows",
                    found: rows.to_string(),
                    expected: format!("{generation} (generations in the checkpoint)"),
                });
            }
            file.set_len(length as u64)
                .and_then(|()| file.seek(SeekFrom::End(0)))
                .map_err(EvolveError::io(path, "cutting the table"))?;
            self.header_written = true;
        }
        self.file = Some(file);
        Ok(())
    }

    fn on_generation(&mut self, report: &GenerationReport<'_>) -> Result<()> {
        if !self.header_written {
            let header = self.header(report);
            self.append(&header)?;
            self.header_written = true;
        }
        let row = self.row(report);
        self.append(&row)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_finite_or_empty_and_text_is_quoted() {
        assert_eq!(cell(Some(0.1)), "0.1");
        assert_eq!((cell(None), cell(Some(f64::NAN))), (String::new(), String::new()));
        let fields = ["a,b", "say \"x\"", "plain"].map(String::from);
        assert_eq!(csv_line(&fields), "\"a,b\",\"say \"\"x\"\"\",plain\n");
        assert_eq!((median(&[]), median(&[1.0, 2.0, 4.0]), median(&[1.0, 2.0])), (None, Some(2.0), Some(1.5)));
    }

    #[test]
    fn unfinished_and_later_rows_are_cut_and_gaps_refused() {
        let path = Path::new("metrics.csv");
        let text = "generation,x\n1,0.5\n2,0.25\n3,0.1";
        assert_eq!(complete_part(text, 9, path).unwrap(), (26, 2));
        assert_eq!(complete_part(text, 1, path).unwrap(), (19, 1));
        assert_eq!(complete_part("generat", 0, path).unwrap(), (0, 0));
        let gap = complete_part("generation,x\n1,0.5\n3,0.1\n", 3, path).unwrap_err().to_string();
        assert_eq!(gap, "metrics.csv: generation of a row: found 3, expected 2");
    }
}
