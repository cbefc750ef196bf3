//! How much was simulated, how fast, and what was stopped early.

use evoplast_examples::number;
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

/// Model time that this process simulated, against the clock. Never part of results.
pub struct Work {
    started: Instant,
    simulated_s: Mutex<f64>,
}

impl Work {
    /// Nothing yet; the clock starts.
    pub fn start() -> Self {
        Self { started: Instant::now(), simulated_s: Mutex::new(0.0) }
    }

    /// Adds model time (s).
    pub fn add(&self, simulated_s: f64) {
        *self.simulated_s.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += simulated_s;
    }

    /// `simulated 24310 s in 171 s on 2 threads: 142 s/s, 71 s/s per thread`; `None` before anything was simulated.
    pub fn summary(&self, threads: usize) -> Option<String> {
        let simulated_s = *self.simulated_s.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let wall_s = self.started.elapsed().as_secs_f64();
        let rate = simulated_s / wall_s;
        (simulated_s > 0.0 && wall_s > 0.0).then(|| {
            format!(
                "simulated {simulated_s:.0} s in {wall_s:.0} s on {threads} threads: {rate:.0} s/s, {:.0} s/s per thread",
                rate / threads as f64
            )
        })
    }
}

/// What a search did in all, from its table: the same after a stop and a resume.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stops {
    /// Evaluations.
    pub evaluations: u64,
    /// Failed evaluations.
    pub failed: u64,
    /// Failed evaluations by kind.
    pub by_kind: BTreeMap<String, u64>,
    /// Share of the whole simulated time that was saved.
    pub saved: f64,
}

impl Stops {
    /// Adds up the rows of a table that `MetricsCsv` wrote.
    pub fn read(table: &Path) -> Result<Self, Box<dyn Error>> {
        let mut reader = csv::Reader::from_path(table)?;
        let headers = reader.headers()?.clone();
        let mut stops = Self { evaluations: 0, failed: 0, by_kind: BTreeMap::new(), saved: 0.0 };
        let mut spent = 0.0;
        for row in reader.records() {
            let row = row?;
            for (name, value) in headers.iter().zip(&row) {
                match name {
                    "evaluations" => stops.evaluations = value.parse()?,
                    "failed" => stops.failed += value.parse::<u64>()?,
                    "spent" => spent += value.parse::<f64>()?,
                    _ => {
                        if let Some(kind) = name.strip_prefix("failed_") {
                            *stops.by_kind.entry(kind.to_owned()).or_default() += value.parse::<u64>()?;
                        }
                    }
                }
            }
        }
        if stops.evaluations > 0 {
            stops.saved = 1.0 - spent / stops.evaluations as f64;
        }
        Ok(stops)
    }

    /// `stopped early: 7 of 48 (runaway 6, silent 1), 31 % of simulated time saved`
    pub fn summary(&self) -> String {
        let stopped: u64 = self.by_kind.values().sum();
        let kinds: Vec<String> =
            self.by_kind.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| format!("{kind} {n}")).collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let mut text = format!(
            "stopped early: {stopped} of {}{kinds}, {} % of simulated time saved",
            self.evaluations,
            number(100.0 * self.saved, 0)
        );
        if self.failed > stopped {
            text.push_str(&format!("; {} failed for other reasons", self.failed - stopped));
        }
        text
    }
}
