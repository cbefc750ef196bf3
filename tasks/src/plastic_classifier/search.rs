//! A rule as a genome, and the error of a network that learns by it.
//!
//! An evaluation is one or more episodes: a network with its initial weights learns from some samples, one after the
//! other, and is then scored without learning, on the same samples or on others. All candidates of a generation have the
//! same episodes, every generation has new ones.
//!
//! If the rule changes the output weights alone, activations of the hidden layer depend on samples and initial weights
//! only. They are then computed once a generation for all candidates.

use super::classroom::{Classroom, adapt, decided, decisions};
use super::config::ClassifierConfig;
use super::confusion::Confusion;
use super::dataset::{Dataset, Split};
use super::generated::GeneratedConfig;
use crate::TaskError;
use crate::genes::variable;
use crate::latest::Latest;
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::activation_table::{
    ActivationTableSpace, ActivationTables, PlasticNetwork, TableParts, Weights,
};
use rand::RngExt;
use rand::seq::index::sample;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Streams of data sets, horizons and samples.
const STREAM_DATA: u64 = 72;
const STREAM_HORIZON: u64 = 73;
const STREAM_SAMPLES: u64 = 74;

/// Where samples come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Generated clusters; `train` of the samples are for learning, the rest is for tests.
    Generated {
        /// The data set.
        config: GeneratedConfig,
        /// Samples of the training part.
        train: usize,
    },
    /// One data set, not scaled yet.
    Fixed(Arc<Split>),
}

impl Source {
    /// Joosten's generated data: 4000 samples to learn from and 1000 for tests.
    #[must_use]
    pub fn generated() -> Self {
        Self::Generated { config: GeneratedConfig::default(), train: 4000 }
    }

    /// A data set on the scale of the network. An address gives one of the generated ones.
    ///
    /// # Errors
    /// A generated set that cannot be drawn.
    pub fn split(&self, scaling: super::Scaling, at: &Address) -> Result<Split, TaskError> {
        let mut split = match self {
            Self::Generated { config, train } => config.draw(&mut at.rng(STREAM_DATA))?.split_at(*train),
            Self::Fixed(split) => Split::clone(split),
        };
        scaling.apply(&mut split);
        Ok(split)
    }
}

/// Episodes of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TableSearchConfig {
    /// Samples to learn from; one of these numbers is drawn for every episode.
    pub horizons: Vec<usize>,
    /// Samples of the score; 0 scores the samples that were learned from, as Joosten does.
    pub held_out: usize,
    /// Whether every episode has a new data set, or all have one.
    pub fresh_data: bool,
    /// Whether every episode has new initial weights, or all have the same.
    pub fresh_weights: bool,
    /// Episodes of an evaluation.
    pub episodes: usize,
}

impl Default for TableSearchConfig {
    fn default() -> Self {
        Self { horizons: vec![100], held_out: 0, fresh_data: false, fresh_weights: false, episodes: 1 }
    }
}

/// The error after learning, as a function of the rule.
pub struct TableSearch {
    classifier: ClassifierConfig,
    source: Source,
    config: TableSearchConfig,
    rules: ActivationTableSpace,
    space: SearchSpace,
    objectives: [ObjectiveInfo; 1],
    home: Classroom,
    lessons: Latest<Address, Vec<Lesson>>,
    idle: Mutex<Vec<PlasticNetwork<f32>>>,
}

/// What all candidates of a generation learn.
struct Lesson {
    weights: Arc<Weights<f32>>,
    learn: Dataset,
    score: Dataset,
    /// Codes and last activations of all samples, `learn` first, if the rule cannot change them.
    known: Option<Vec<(Vec<u8>, Vec<f32>)>>,
}

impl TableSearch {
    /// Rules for one kind of network on one source of data. The data set and the weights that stay the same if they are
    /// not fresh are drawn from `seed`.
    ///
    /// # Errors
    /// A configuration out of range, more samples than the source has, or fresh data from a source of one data set.
    pub fn new(
        classifier: ClassifierConfig,
        source: Source,
        config: TableSearchConfig,
        seed: u64,
    ) -> Result<Self, TaskError> {
        let at = Address { run: seed, generation: 0, candidate: 0, episode: 0 };
        let split = Arc::new(source.split(classifier.scaling, &at)?);
        let home = Classroom::new(classifier.clone(), split, &at)?;
        let longest = config.horizons.iter().max().copied().unwrap_or(0);
        if longest == 0 || config.horizons.contains(&0) {
            return Err(TaskError::parameter("horizons", format!("{:?}", config.horizons), "at least 1 sample each"));
        }
        if config.episodes == 0 {
            return Err(TaskError::parameter("episodes", 0, "at least 1"));
        }
        match source {
            Source::Fixed(_) if config.fresh_data => {
                return Err(TaskError::parameter("fresh_data", true, "false for a source of one data set"));
            }
            _ if !config.fresh_data && longest + config.held_out > home.split().train.len() => {
                let expected = format!("at most {}, the training part", home.split().train.len());
                let found = longest + config.held_out;
                return Err(TaskError::parameter("longest horizon and held-out samples", found, &expected));
            }
            _ => (),
        }
        let rules = classifier.space()?;
        let space = SearchSpace::new(rules.genes().iter().map(variable).collect())
            .map_err(|error| TaskError::parameter("space", error, "ranges of genes"))?;
        Ok(Self {
            classifier,
            source,
            config,
            rules,
            space,
            objectives: [ObjectiveInfo::new("error", true)],
            home,
            lessons: Latest::new(),
            idle: Mutex::new(vec![]),
        })
    }

    /// The space of rules.
    #[must_use]
    pub fn rules(&self) -> &ActivationTableSpace {
        &self.rules
    }

    /// The data set and the weights that stay the same if they are not fresh.
    #[must_use]
    pub fn home(&self) -> &Classroom {
        &self.home
    }

    /// Another data set of the source (the same if it has one only) and other weights, for tests of transfer.
    ///
    /// # Errors
    /// None for seeds and sources that [`TableSearch::new`] accepts.
    pub fn elsewhere(&self, seed: u64) -> Result<Classroom, TaskError> {
        let at = Address { run: seed, generation: u64::MAX, candidate: 0, episode: 0 };
        let split = match &self.source {
            Source::Fixed(_) => self.home.split().clone(),
            Source::Generated { .. } => Arc::new(self.source.split(self.classifier.scaling, &at)?),
        };
        Classroom::new(self.classifier.clone(), split, &at)
    }

    /// Samples to learn from and to score, and initial weights, of one episode.
    ///
    /// # Errors
    /// A generated set that cannot be drawn.
    pub fn episode(&self, at: &Address) -> Result<(Dataset, Dataset, Arc<Weights<f32>>), TaskError> {
        let choice = at.rng(STREAM_HORIZON).random_range(0..self.config.horizons.len());
        let (horizon, held_out) = (self.config.horizons[choice], self.config.held_out);
        let weights = match self.config.fresh_weights {
            true => {
                let train = &self.home.split().train;
                Arc::new(self.classifier.weights(train.width(), train.classes(), at))
            }
            false => self.home.weights().clone(),
        };
        let (learn, score) = match &self.source {
            Source::Generated { config, .. } if self.config.fresh_data => {
                let config = GeneratedConfig { samples: horizon + held_out, ..config.clone() };
                let mut split = config.draw(&mut at.rng(STREAM_DATA))?.split_at(horizon);
                self.classifier.scaling.apply(&mut split);
                (split.train, split.test)
            }
            _ => {
                let train = &self.home.split().train;
                let chosen = sample(&mut at.rng(STREAM_SAMPLES), train.len(), horizon + held_out).into_vec();
                let (learn, score) = chosen.split_at(horizon);
                (train.chosen(learn), train.chosen(score))
            }
        };
        let score = if held_out == 0 { learn.clone() } else { score };
        Ok((learn, score, weights))
    }

    fn lesson(&self, at: &Address) -> Result<Lesson, TaskError> {
        let (learn, score, weights) = self.episode(at)?;
        let mut lesson = Lesson { weights, learn, score, known: None };
        if self.rules.parts() == TableParts::OUTPUT {
            let known = self.with_network(self.rules.silent(), |net| {
                net.restart(lesson.weights.clone())?;
                let samples =
                    [&lesson.learn, &lesson.score].into_iter().flat_map(|d| (0..d.len()).map(|i| d.sample(i)));
                let one = |x: &[f32]| {
                    net.decide(x);
                    (net.codes().to_vec(), net.activity(net.rounds()).to_vec())
                };
                Ok(samples.map(one).collect())
            });
            lesson.known = Some(known?);
        }
        Ok(lesson)
    }

    /// Share of wrong decisions after learning by a rule, over the episodes of an address.
    ///
    /// # Errors
    /// A rule that does not belong to the network.
    pub fn error(&self, rule: &ActivationTables, at: &Address) -> Result<f64, TaskError> {
        let draw = || (0..self.config.episodes as u64).map(|e| self.lesson(&at.with_episode(e))).collect();
        let lessons = self.lessons.get(*at, draw)?;
        let errors =
            self.with_network(rule, |net| lessons.iter().map(|lesson| lesson.error(net)).sum::<Result<f64, _>>());
        Ok(errors? / self.config.episodes as f64)
    }

    fn with_network<T>(
        &self,
        rule: &ActivationTables,
        work: impl FnOnce(&mut PlasticNetwork<f32>) -> Result<T, TaskError>,
    ) -> Result<T, TaskError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut net = match idle {
            Some(mut net) => {
                net.set_tables(rule)?;
                net
            }
            None => self.home.network(rule)?,
        };
        let result = work(&mut net);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(net);
        result
    }
}

impl Lesson {
    fn error(&self, net: &mut PlasticNetwork<f32>) -> Result<f64, TaskError> {
        net.restart(self.weights.clone())?;
        let Some(known) = &self.known else {
            let order: Vec<usize> = (0..self.learn.len()).collect();
            adapt(net, &self.learn, &order);
            let accuracy = decisions(net, &self.score, 0..self.score.len()).accuracy();
            return finite(net, 1.0 - accuracy);
        };
        let (learn, score) = known.split_at(self.learn.len());
        for (sample, (codes, activity)) in learn.iter().enumerate() {
            net.decide_from(codes, activity);
            net.learn(self.learn.sample(sample), self.learn.label(sample));
        }
        let mut confusion = Confusion::new(self.score.classes());
        for (sample, (codes, activity)) in score.iter().enumerate() {
            let decision = net.decide_from(codes, activity);
            confusion.count(self.score.label(sample), decided(net, decision));
        }
        finite(net, 1.0 - confusion.accuracy())
    }
}

/// The error, if the network has not run away.
fn finite(net: &PlasticNetwork<f32>, error: f64) -> Result<f64, TaskError> {
    match net.scores().iter().find(|score| !score.is_finite()) {
        None => Ok(error),
        Some(score) => Err(TaskError::parameter("scores after learning", score, "finite numbers")),
    }
}

impl Objective for TableSearch {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        let rule = self.rules.decode(genome).map_err(|error| Failure::new(error.to_string()))?;
        let error = self.error(&rule, &at.common()).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Evaluation::new(vec![error]))
    }
}
