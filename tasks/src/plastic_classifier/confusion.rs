//! Which classes are taken for which.

use serde::{Deserialize, Serialize};

/// Counts of decisions by label. Stored as `counts`, `[label][decision]`, and `undecided`, `[label]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Confusion {
    counts: Vec<u64>,
    undecided: Vec<u64>,
    classes: usize,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    counts: Vec<Vec<u64>>,
    undecided: Vec<u64>,
}

impl From<Confusion> for Stored {
    fn from(confusion: Confusion) -> Self {
        let counts = confusion.counts.chunks(confusion.classes.max(1)).map(<[u64]>::to_vec).collect();
        Self { counts, undecided: confusion.undecided }
    }
}

impl TryFrom<Stored> for Confusion {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let classes = stored.undecided.len();
        if stored.counts.len() != classes || stored.counts.iter().any(|row| row.len() != classes) {
            return Err(format!("counts of decisions: expected {classes} rows of {classes}, as `undecided` has"));
        }
        Ok(Self { counts: stored.counts.concat(), undecided: stored.undecided, classes })
    }
}

impl Confusion {
    /// No decisions yet.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![0; classes * classes], undecided: vec![0; classes], classes }
    }

    /// Counts one decision, or that there was none; numbers are below the number of classes.
    pub fn count(&mut self, label: usize, decision: Option<usize>) {
        match decision {
            Some(decision) => self.counts[label * self.classes + decision] += 1,
            None => self.undecided[label] += 1,
        }
    }

    /// Adds the counts of another matrix of as many classes.
    pub fn add(&mut self, other: &Self) {
        let own = self.counts.iter_mut().chain(&mut self.undecided);
        own.zip(other.counts.iter().chain(&other.undecided)).for_each(|(sum, count)| *sum += count);
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Decisions for `decision` among samples of `label`.
    #[must_use]
    pub fn get(&self, label: usize, decision: usize) -> u64 {
        self.counts[label * self.classes + decision]
    }

    /// Samples of a label without a decision.
    #[must_use]
    pub fn undecided(&self, label: usize) -> u64 {
        self.undecided[label]
    }

    /// All samples, decided or not.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().chain(&self.undecided).sum()
    }

    /// Share of samples with the right decision; 0 without samples.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.classes).map(|class| self.get(class, class)).sum();
        right as f64 / self.total().max(1) as f64
    }

    /// Classes that were decided for at least once.
    #[must_use]
    pub fn decided(&self) -> usize {
        (0..self.classes).filter(|&decision| (0..self.classes).any(|label| self.get(label, decision) > 0)).count()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_diagonal_is_what_was_right() {
        let mut confusion = Confusion::new(3);
        assert_eq!(confusion.accuracy(), 0.0);
        for (label, decision) in [(0, Some(0)), (1, Some(1)), (2, Some(1)), (2, Some(1)), (0, None)] {
            confusion.count(label, decision);
        }
        assert_eq!((confusion.accuracy(), confusion.total(), confusion.decided()), (0.4, 5, 2));
        assert_eq!((confusion.get(2, 1), confusion.get(1, 2), confusion.undecided(0)), (2, 0, 1));
        let text = serde_json::to_string(&confusion).unwrap();
        assert_eq!(text, r#"{"counts":[[1,0,0],[0,1,0],[0,2,0]],"undecided":[1,0,0]}"#);
        assert_eq!(serde_json::from_str::<Confusion>(&text).unwrap(), confusion);
        assert!(serde_json::from_str::<Confusion>(r#"{"counts":[[1,0],[0]],"undecided":[0,0]}"#).is_err());
        let mut twice = confusion.clone();
        twice.add(&confusion);
        assert_eq!((twice.total(), twice.undecided(0)), (10, 2));
    }
}
