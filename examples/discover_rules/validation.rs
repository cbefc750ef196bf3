//! Trying chosen rules on trials that no search ever saw.

use crate::experiment::Validation;
use crate::record::Work;
use evoplast_evolve::{Address, Failure, Individual, RandomSearchConfig, SearchSpace};
use evoplast_evolve::{InitialPopulation, Objective, OptimizerConfig};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_tasks::change_detection::{ChangeDetection, Report};
use rayon::prelude::*;

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The front of the search.
    Evolved,
    /// The best of the random rules by their own trials.
    BestRandom,
    /// A random rule without selection.
    Random,
    /// A rule with a name, or no rule.
    Named,
}

/// A rule and its trials on fresh seeds.
pub struct Tried {
    /// Name, or rank within its origin.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The rule.
    pub rule: TaylorRule,
    /// Error during its search, if it took part in one.
    pub searched_error: Option<f64>,
    /// One per seed; a failure where the session was stopped early.
    pub reports: Vec<Result<Report, Failure>>,
}

impl Tried {
    /// A number per successful seed.
    pub fn values(&self, value: impl Fn(&Report) -> f64) -> Vec<f64> {
        self.reports.iter().flatten().map(value).collect()
    }

    /// Mean accuracy over domains per seed; a failure counts as chance, as such a network decides nothing.
    pub fn accuracies(&self) -> Vec<f64> {
        self.reports.iter().map(|r| r.as_ref().map_or(0.5, |r| 1.0 - r.objectives[0])).collect()
    }

    /// Mean of [`accuracies`](Self::accuracies).
    pub fn mean_accuracy(&self) -> f64 {
        let all = self.accuracies();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    }
}

/// Generation number of the validation's trials: no search gets so far.
const FRESH: u64 = 1 << 40;

/// Draws random rules as the searches do, without any selection.
pub fn random_rules(
    task: &ChangeDetection,
    initial: InitialPopulation,
    count: usize,
    run: u64,
) -> Result<Vec<TaylorRule>, Box<dyn std::error::Error>> {
    let space: &SearchSpace = task.space();
    let draw = RandomSearchConfig { population: count.max(1), archive: 1, initial };
    let drawn = draw.build(space, task.objectives(), run)?.ask()?;
    Ok(drawn.into_iter().take(count).map(|c| task.rules().decode(&c.genome)).collect::<Result<_, _>>()?)
}

/// The individuals of least error, best first; ties by id. Where a search knows how uncertain its means are, one
/// standard error is added, so that a single lucky evaluation does not come first.
pub fn best(mut individuals: Vec<Individual>, count: usize) -> Vec<Individual> {
    let cautious = |i: &Individual| i.objectives[0] + i.variance_of_mean[0].sqrt();
    individuals.sort_by(|a, b| cautious(a).total_cmp(&cautious(b)).then(a.id.cmp(&b.id)));
    individuals.truncate(count);
    individuals
}

/// Rules of a search, ready to be tried.
pub fn from_search(
    task: &ChangeDetection,
    individuals: &[Individual],
    origin: Origin,
) -> Result<Vec<Tried>, Box<dyn std::error::Error>> {
    let named = |(k, i): (usize, &Individual)| -> Result<Tried, Box<dyn std::error::Error>> {
        let name = match origin {
            Origin::Evolved => format!("evolved {}", k + 1),
            _ => format!("random {}", k + 1),
        };
        let rule = task.rules().decode(&i.genome)?;
        Ok(Tried { name, origin, rule, searched_error: Some(i.objectives[0]), reports: vec![] })
    };
    individuals.iter().enumerate().map(named).collect()
}

/// Tries every rule on the same fresh trials of every seed. `done` is called after each.
pub fn validate(
    task: &ChangeDetection,
    rules: &mut [Tried],
    options: Validation,
    run: u64,
    work: &Work,
    done: impl Fn() + Sync,
) {
    for seed in 0..options.seeds {
        let at = Address { run, generation: FRESH + seed, candidate: 0, episode: 0 };
        rules.par_iter_mut().for_each(|tried| {
            let report = task.report(&tried.rule, &at, |_, _, _, _| {});
            work.add(task.simulated_s() * report.as_ref().map_or_else(|failure| failure.spent, |_| 1.0));
            tried.reports.push(report);
            done();
        });
    }
}

/// Spikes of one validation trial: (ms, neuron).
pub struct OneTrial {
    /// Spikes in order of time.
    pub spikes: Vec<(f64, u32)>,
    /// Was the image another one than before?
    pub changed: bool,
}

/// The spikes of the first change in validation, in the first domain and on the first fresh seed.
pub fn one_trial(task: &ChangeDetection, rule: &TaylorRule, run: u64) -> Result<OneTrial, Box<dyn std::error::Error>> {
    let at = Address { run, generation: FRESH, candidate: 0, episode: 0 };
    let set = &task.trials(&at)?[0];
    let training = task.config().trials.training;
    let trial = (training..set.changed.len()).find(|&k| set.changed[k]).unwrap_or(training);
    let mut spikes = Vec::new();
    let observe = |domain: usize, k: usize, step: u32, now: &[u32]| {
        if domain == 0 && k == trial {
            spikes.extend(now.iter().map(|&i| (f64::from(step), i)));
        }
    };
    // A rule that is stopped in the other domain still shows its trial in the first.
    let outcome = task.report(rule, &at, observe);
    if spikes.is_empty() {
        outcome.map_err(|f| f.reason)?;
    }
    Ok(OneTrial { spikes, changed: set.changed[trial] })
}
