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

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{EvolveError, Result};
use crate::generation_numbers::GenerationNumbers;
use crate::growing_file;
use crate::objective::Objective;
use crate::observer::{GenerationReport, Observer};

/// Writes the table of a run.
pub struct MetricsCsv {
    path: PathBuf,
    file: Option<File>,
    header_written: bool,
    numbers: GenerationNumbers,
}

impl MetricsCsv {
    /// A table at this path; the file is created when the run starts.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { path, file: None, header_written: false, numbers: GenerationNumbers::default() }
    }

    /// Names of the columns, and one row of them; the reason of the first failure stands after `spent`.
    fn line(&self, report: &GenerationReport<'_>) -> (Vec<String>, Vec<String>) {
        let numbers = self.numbers.read(report).into_iter();
        let (mut header, mut row): (Vec<String>, Vec<String>) =
            numbers.map(|(name, value)| (name, value.map_or_else(String::new, |value| value.to_string()))).unzip();
        let place = header.iter().position(|name| name == "front_size").unwrap_or(header.len());
        header.insert(place, "first_failure".into());
        row.insert(place, report.failures.first().map_or_else(String::new, |failure| failure.reason.clone()));
        (header, row)
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
        self.numbers = GenerationNumbers::of(objective);
        let path = &self.path;
        let doing = ["opening the table", "reading the table", "cutting the table"];
        let (file, fresh) = growing_file::open(path, resumed, doing, |bytes, generation| {
            let text = std::str::from_utf8(bytes).map_err(io::Error::other);
            let text = text.map_err(EvolveError::io(path, "reading the table"))?;
            let (length, rows) = complete_part(text, generation, path)?;
            if rows < generation {
                return Err(EvolveError::File {
                    path: path.clone(),
                    field: "number of rows",
                    found: rows.to_string(),
                    expected: format!("{generation} (generations in the checkpoint)"),
                });
            }
            Ok(length)
        })?;
        self.header_written = !fresh;
        self.file = Some(file);
        Ok(())
    }

    fn on_generation(&mut self, report: &GenerationReport<'_>) -> Result<()> {
        let (header, row) = self.line(report);
        if !self.header_written {
            self.append(&header)?;
            self.header_written = true;
        }
        self.append(&row)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted() {
        let fields = ["a,b", "say \"x\"", "plain"].map(String::from);
        assert_eq!(csv_line(&fields), "\"a,b\",\"say \"\"x\"\"\",plain\n");
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
