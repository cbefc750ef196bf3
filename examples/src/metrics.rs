//! Numbers per generation (or per epoch) in a CSV file.

use std::path::{Path, PathBuf};

use crate::atomic::write_atomic;
use crate::error::{Error, Result};

/// A table of numbers with named columns, written whole at every row, so the file on disk is always complete.
#[derive(Debug, Clone)]
pub struct Metrics {
    path: PathBuf,
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Metrics {
    /// Starts an empty table and writes its header.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Encode`] with the path.
    pub fn create(path: &Path, columns: &[&str]) -> Result<Self> {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        let metrics = Self { path: path.to_owned(), columns, rows: Vec::new() };
        metrics.write()?;
        Ok(metrics)
    }

    /// Reads a table to go on with it.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Decode`] with the path, [`Error::NotFinite`] for a value such as `NaN`.
    pub fn open(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(Error::io("open", path))?;
        let mut reader = csv::Reader::from_reader(file);
        let decode = || Error::decode("CSV", path);
        let columns = reader.headers().map_err(decode())?.iter().map(str::to_owned).collect();
        let mut metrics = Self { path: path.to_owned(), columns, rows: Vec::new() };
        for record in reader.deserialize() {
            let row: Vec<f64> = record.map_err(decode())?;
            metrics.check(&row)?;
            metrics.rows.push(row);
        }
        Ok(metrics)
    }

    /// Adds a row and writes the file.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], [`Error::Io`] or [`Error::Encode`]; the row is then not kept.
    pub fn push(&mut self, row: &[f64]) -> Result<()> {
        self.check(row)?;
        self.rows.push(row.to_vec());
        self.write().inspect_err(|_| {
            self.rows.pop();
        })
    }

    /// Drops the rows after the first `rows`: those that a resumed run computes again.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Encode`] with the path.
    pub fn truncate(&mut self, rows: usize) -> Result<()> {
        if rows < self.rows.len() {
            self.rows.truncate(rows);
            self.write()?;
        }
        Ok(())
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// One column by its name.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let index = self.columns.iter().position(|column| column == name)?;
        Some(self.rows.iter().map(|row| row[index]).collect())
    }

    fn check(&self, row: &[f64]) -> Result<()> {
        let what = format!("row {} of {}", self.rows.len(), self.path.display());
        if row.len() != self.columns.len() {
            return Err(Error::Length { what, expected: self.columns.len(), found: row.len() });
        }
        match row.iter().position(|value| !value.is_finite()) {
            Some(i) => Err(Error::NotFinite { what, at: self.columns[i].clone(), value: row[i] }),
            None => Ok(()),
        }
    }

    fn write(&self) -> Result<()> {
        write_atomic(&self.path, |file| {
            let encode = || Error::encode("CSV", &self.path);
            let mut writer = csv::Writer::from_writer(file);
            writer.write_record(&self.columns).map_err(encode())?;
            for row in &self.rows {
                writer.serialize(row).map_err(encode())?;
            }
            writer.flush().map_err(Error::io("write", &self.path))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_after_truncation_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut metrics = Metrics::create(&path, &["generation", "best, of all"]).unwrap();
        for row in [[0.0, 0.1], [1.0, 1.0 / 3.0], [2.0, 1e-300]] {
            metrics.push(&row).unwrap();
        }
        let mut again = Metrics::open(&path).unwrap();
        assert_eq!(again.rows(), metrics.rows());
        again.truncate(2).unwrap();
        again.push(&[2.0, 0.5]).unwrap();
        assert_eq!(Metrics::open(&path).unwrap().column("best, of all").unwrap(), [0.1, 1.0 / 3.0, 0.5]);
        assert_eq!(again.column("no such"), None);
    }

    #[test]
    fn bad_rows_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut metrics = Metrics::create(&path, &["generation", "best"]).unwrap();
        assert!(matches!(metrics.push(&[0.0]), Err(Error::Length { expected: 2, found: 1, .. })));
        let message = metrics.push(&[0.0, f64::NAN]).unwrap_err().to_string();
        assert!(message.contains("best is NaN"), "{message}");
        assert!(metrics.rows().is_empty());
        assert!(Metrics::open(&path).unwrap().rows().is_empty());
    }
}
