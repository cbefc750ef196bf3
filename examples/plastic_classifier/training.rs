//! One arm with one seed: finding a rule, and looking at what it does at home and elsewhere.

use crate::experiment::{Arm, Experiment, Training, optimizer};
use evoplast_backprop::table_gradient;
use evoplast_evolve::{
    Adam, Address, Budget, EvolveError, Executor, GenerationReport, Objective, Observer, Serial, Updater,
};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::activation_table::ActivationTables;
use evoplast_tasks::plastic_classifier::{Classroom, Confusion, Dataset, Source, TableSearch};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is known of a run when it is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name of the arm.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// Accuracy on batches of the test part after each share of the training.
    pub progress: Vec<f64>,
    /// The data set and weights of the training.
    pub home: Performance,
    /// Another data set and other weights.
    pub away: Performance,
    /// The rule.
    pub rule: ActivationTables,
}

/// What a rule does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// Accuracy on the samples of a batch after learning from them, mean over batches of the test part.
    pub batch: f64,
    /// Accuracy on the test part after learning from a batch of the training part, mean over batches.
    pub adapted: f64,
    /// Decisions of the same.
    pub confusion: Confusion,
    /// Accuracy on the test part after each number of samples.
    pub course: Vec<f64>,
    /// Decisions after the last number of samples, if there is any.
    pub final_confusion: Option<Confusion>,
}

/// Seeds of what rules are judged on, apart from those of the searches.
const JUDGED: u64 = 1 << 41;
/// Stream of a start.
const STREAM_START: u64 = 80;

type Failed = Box<dyn Error + Send + Sync>;

/// Trains one arm with one seed; `None` if the user stopped it.
pub fn train(
    experiment: &Experiment,
    arm: &Arm,
    seed: u64,
    (source, other): (Source, Option<Source>),
    stop: &AtomicBool,
) -> Result<Option<Record>, Failed> {
    let search = arm.search(source, seed)?;
    let away = match other {
        None => search.elsewhere(seed)?,
        Some(source) => {
            let (classifier, at) = (arm.classifier()?, address(seed));
            let split = Arc::new(source.split(classifier.scaling, &at)?);
            Classroom::new(classifier, split, &at)?
        }
    };
    let mut progress = vec![];
    let mut look = |rule: &ActivationTables| -> Result<(), Failed> {
        let batches = experiment.batches.min(5);
        progress.push(search.home().batch_accuracy(rule, batches, experiment.batch_size, &address(seed))?);
        Ok(())
    };
    let rule = match &arm.train {
        Training::Perceptron => Some(ActivationTables::perceptron(arm.classifier()?.rounds)?),
        Training::Search { generations, search: config } => {
            let optimizer = optimizer(config)?.build(search.space(), search.objectives(), seed)?;
            let moments = Moments { total: *generations, count: experiment.moments };
            let mut watcher = Watcher { search: &search, moments, look: &mut look };
            let executor = Executor::new(&Serial, Budget::generations(*generations)).stop_flag(stop);
            let finished = executor.observe(&mut watcher).run(&search, optimizer)?;
            let genome = finished.optimizer.recommendation().filter(|_| !stop.load(Ordering::Relaxed));
            genome.map(|genome| search.rules().decode(&genome)).transpose()?
        }
        Training::Gradient { updates, learning_rate, loss, start } => {
            let mut rng = address(seed).rng(STREAM_START);
            let mut draw = |_| *start * Distribution::<f64>::sample(&StandardNormal, &mut rng);
            let limit = arm.classifier()?.limit;
            let mut entries: Vec<f64> = (0..search.space().len()).map(&mut draw).collect();
            let mut adam = Adam::new(*learning_rate);
            let mut net = search.home().network(search.rules().silent())?;
            let moments = Moments { total: *updates, count: experiment.moments };
            for update in 0..=*updates {
                entries.iter_mut().for_each(|entry| *entry = entry.clamp(-limit, limit));
                let rule = search.rules().decode(&entries)?;
                if moments.include(update) {
                    look(&rule)?;
                }
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                if update == *updates {
                    break;
                }
                let at = Address { run: seed, generation: update, candidate: 0, episode: 0 };
                let (learn, score, weights) = search.episode(&at)?;
                net.restart(weights)?;
                let gradient = table_gradient(&mut net, &rule, &samples(&learn), &samples(&score), *loss)?;
                adam.update(&mut entries, &search.rules().entries(&gradient.by_entry));
            }
            Some(search.rules().decode(&entries)?)
        }
    };
    let Some(rule) = rule else { return Ok(None) };
    let home = performance(experiment, search.home(), &rule, seed)?;
    let away = performance(experiment, &away, &rule, seed)?;
    Ok(Some(Record { arm: arm.name.clone(), seed, progress, home, away, rule }))
}

fn address(seed: u64) -> Address {
    Address { run: JUDGED + seed, generation: 0, candidate: 0, episode: 0 }
}

fn samples(data: &Dataset) -> Vec<(&[f32], usize)> {
    (0..data.len()).map(|sample| (data.sample(sample), data.label(sample))).collect()
}

fn performance(
    experiment: &Experiment,
    room: &Classroom,
    rule: &ActivationTables,
    seed: u64,
) -> Result<Performance, Failed> {
    let (at, batches, size) = (address(seed), experiment.batches, experiment.batch_size);
    let adapted = room.after_batches(rule, batches, size, &at)?;
    let course = room.course(rule, &experiment.samples, &at)?;
    Ok(Performance {
        batch: room.batch_accuracy(rule, batches, size, &at)?,
        adapted: adapted.accuracy(),
        confusion: adapted,
        final_confusion: course.last().cloned(),
        course: course.iter().map(Confusion::accuracy).collect(),
    })
}

/// The steps at which a search is looked at: equal shares of it, its end included.
#[derive(Clone, Copy)]
struct Moments {
    total: u64,
    count: u64,
}

impl Moments {
    fn include(self, step: u64) -> bool {
        let place = |share: u64| (share * self.total).div_ceil(self.count);
        (1..=self.count).any(|share| place(share) == step)
    }
}

/// Looks at the rule that a search would recommend.
struct Watcher<'a, F> {
    search: &'a TableSearch,
    moments: Moments,
    look: &'a mut F,
}

impl<F: FnMut(&ActivationTables) -> Result<(), Failed> + Send> Observer for Watcher<'_, F> {
    fn on_generation(&mut self, report: &GenerationReport<'_>) -> evoplast_evolve::Result<()> {
        let failed = |found: String| EvolveError::Config {
            component: "rule",
            field: "progress",
            found,
            expected: "a rule that can be judged".into(),
        };
        if self.moments.include(report.generation)
            && let Some(genome) = report.optimizer.recommendation()
        {
            let rule = self.search.rules().decode(&genome).map_err(|error| failed(error.to_string()))?;
            (self.look)(&rule).map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
    }
}
