//! The numbers of a generation that tables and event files show.

use crate::candidate::Individual;
use crate::objective::Objective;
use crate::observer::GenerationReport;

/// What an objective has to say beside its values, taken at the start of a run.
#[derive(Default)]
pub(crate) struct GenerationNumbers {
    metrics: Vec<String>,
    failure_kinds: Vec<String>,
}

impl GenerationNumbers {
    pub(crate) fn of(objective: &dyn Objective) -> Self {
        Self { metrics: objective.metrics().to_vec(), failure_kinds: objective.failure_kinds().to_vec() }
    }

    /// Names and values in a fixed order; a value that does not exist yet, or is not finite, is `None`.
    pub(crate) fn read(&self, report: &GenerationReport<'_>) -> Vec<(String, Option<f64>)> {
        let count = |name: &str, count: u64| (name.to_owned(), Some(count as f64));
        let mut numbers = vec![
            count("generation", report.generation),
            count("evaluations", report.evaluations),
            count("failed", report.failures.len() as u64),
        ];
        for kind in &self.failure_kinds {
            numbers.push(count(&format!("failed_{kind}"), report.failed_by(kind) as u64));
        }
        numbers.push(("spent".to_owned(), Some(report.spent())));
        numbers.push(count("front_size", report.optimizer.front().len() as u64));
        let population = report.optimizer.population();
        for (k, info) in report.optimizer.objectives().iter().enumerate() {
            let values = sorted(&population, |individual| individual.objectives.get(k));
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            for (what, value) in [("best", values.first().copied()), ("median", median(&values)), ("mean", Some(mean))]
            {
                numbers.push((format!("{what}_{}", info.name), value));
            }
        }
        for (k, name) in self.metrics.iter().enumerate() {
            let values = sorted(&population, |individual| individual.metrics.get(k));
            numbers.push((format!("median_{name}"), median(&values)));
        }
        numbers.extend(report.optimizer.diagnostics().into_iter().map(|(name, value)| (name, Some(value))));
        numbers.iter_mut().for_each(|(_, value)| *value = value.filter(|value| value.is_finite()));
        numbers
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_none_some_and_an_even_number() {
        assert_eq!((median(&[]), median(&[1.0, 2.0, 4.0]), median(&[1.0, 2.0])), (None, Some(2.0), Some(1.5)));
    }
}
