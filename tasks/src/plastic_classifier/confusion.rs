//! Which classes are taken for which.

/// Counts of decisions by label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    counts: Vec<u64>,
    classes: usize,
}

impl Confusion {
    /// No decisions yet.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![0; classes * classes], classes }
    }

    /// Counts one decision; both numbers are below the number of classes.
    pub fn count(&mut self, label: usize, decision: usize) {
        self.counts[label * self.classes + decision] += 1;
    }

    /// Adds the counts of another matrix of as many classes.
    pub fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
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

    /// All decisions.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Share of right decisions; 0 without decisions.
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
mod tests {
    use super::*;

    #[test]
    fn the_diagonal_is_what_was_right() {
        let mut confusion = Confusion::new(3);
        assert_eq!(confusion.accuracy(), 0.0);
        for (label, decision) in [(0, 0), (1, 1), (2, 1), (2, 1)] {
            confusion.count(label, decision);
        }
        assert_eq!((confusion.accuracy(), confusion.total(), confusion.decided()), (0.5, 4, 2));
        assert_eq!((confusion.get(2, 1), confusion.get(1, 2)), (2, 0));
    }
}
