//! One data set and one network: where a rule is put to work and looked at.

use super::config::ClassifierConfig;
use super::confusion::Confusion;
use super::dataset::{Dataset, Split};
use crate::TaskError;
use evoplast_evolve::Address;
use evoplast_plasticity::activation_table::{ActivationTables, PlasticNetwork, Weights};
use rand::seq::index::sample;
use std::sync::Arc;

/// Streams of samples.
const STREAM_BATCHES: u64 = 70;

/// Data and initial weights.
#[derive(Debug, Clone)]
pub struct Classroom {
    config: ClassifierConfig,
    split: Arc<Split>,
    weights: Arc<Weights<f32>>,
}

impl Classroom {
    /// A classroom with this data, which is on its scale already, and weights drawn from an address.
    ///
    /// # Errors
    /// A configuration out of range, or parts of the data that differ in width or classes, or one without samples.
    pub fn new(config: ClassifierConfig, split: Arc<Split>, at: &Address) -> Result<Self, TaskError> {
        config.check()?;
        let (train, test) = (&split.train, &split.test);
        if (train.width(), train.classes()) != (test.width(), test.classes()) {
            let found = format!("{} features, {} classes", test.width(), test.classes());
            let expected = format!("{} features, {} classes, as the training part", train.width(), train.classes());
            return Err(TaskError::parameter("test part", found, &expected));
        }
        if train.is_empty() || test.is_empty() {
            let found = format!("{} and {}", train.len(), test.len());
            return Err(TaskError::parameter("training and test samples", found, "at least one each"));
        }
        let weights = Arc::new(config.weights(train.width(), train.classes(), at));
        Ok(Self { config, split, weights })
    }

    /// The data.
    #[must_use]
    pub fn split(&self) -> &Arc<Split> {
        &self.split
    }

    /// The initial weights.
    #[must_use]
    pub fn weights(&self) -> &Arc<Weights<f32>> {
        &self.weights
    }

    /// A network with the initial weights and a rule.
    ///
    /// # Errors
    /// A rule of another number of rounds or with tables of wrong sizes.
    pub fn network(&self, rule: &ActivationTables) -> Result<PlasticNetwork<f32>, TaskError> {
        let shape = self.config.shape(self.split.train.width(), self.split.train.classes());
        Ok(PlasticNetwork::new(self.config.model.clone(), shape, self.weights.clone(), rule)?)
    }

    /// Accuracy on the test samples that were just learned from, mean over batches with the initial weights before each:
    /// Joosten's measure.
    ///
    /// # Errors
    /// As [`Classroom::network`].
    pub fn batch_accuracy(
        &self,
        rule: &ActivationTables,
        batches: u64,
        size: usize,
        at: &Address,
    ) -> Result<f64, TaskError> {
        let mut net = self.network(rule)?;
        let test = &self.split.test;
        let mut confusion = Confusion::new(test.classes());
        for batch in 0..batches {
            let mut rng = at.with_episode(batch).rng(STREAM_BATCHES);
            let samples = sample(&mut rng, test.len(), size.min(test.len())).into_vec();
            net.reset();
            adapt(&mut net, test, &samples);
            confusion.add(&decisions(&mut net, test, samples.iter().copied()));
        }
        Ok(confusion.accuracy())
    }

    /// Decisions on the test part after learning from a batch of training samples, over batches with the initial weights
    /// before each.
    ///
    /// # Errors
    /// As [`Classroom::network`].
    pub fn after_batches(
        &self,
        rule: &ActivationTables,
        batches: u64,
        size: usize,
        at: &Address,
    ) -> Result<Confusion, TaskError> {
        let mut net = self.network(rule)?;
        let Split { train, test } = &*self.split;
        let mut confusion = Confusion::new(test.classes());
        for batch in 0..batches {
            let mut rng = at.with_episode(batch).rng(STREAM_BATCHES);
            let samples = sample(&mut rng, train.len(), size.min(train.len())).into_vec();
            net.reset();
            adapt(&mut net, train, &samples);
            confusion.add(&decisions(&mut net, test, 0..test.len()));
        }
        Ok(confusion)
    }

    /// Decisions on the test part after learning from the first samples of the training part, at each of these numbers of
    /// samples (ascending; the order of samples is drawn from the address, and what exceeds the training part goes on
    /// with it from the start).
    ///
    /// # Errors
    /// As [`Classroom::network`].
    pub fn course(
        &self,
        rule: &ActivationTables,
        samples: &[usize],
        at: &Address,
    ) -> Result<Vec<Confusion>, TaskError> {
        let mut net = self.network(rule)?;
        let Split { train, test } = &*self.split;
        let order = sample(&mut at.rng(STREAM_BATCHES), train.len(), train.len()).into_vec();
        let mut done = 0;
        let mut course = Vec::with_capacity(samples.len());
        for &until in samples {
            while done < until {
                adapt(&mut net, train, &order[done % order.len()..][..1]);
                done += 1;
            }
            course.push(decisions(&mut net, test, 0..test.len()));
        }
        Ok(course)
    }
}

/// Learns from samples in order.
pub(super) fn adapt(net: &mut PlasticNetwork<f32>, data: &Dataset, samples: &[usize]) {
    for &sample in samples {
        net.decide(data.sample(sample));
        net.learn(data.sample(sample), data.label(sample));
    }
}

/// Decisions about samples without learning from them; none where a score is not finite.
pub(super) fn decisions(
    net: &mut PlasticNetwork<f32>,
    data: &Dataset,
    samples: impl Iterator<Item = usize>,
) -> Confusion {
    let mut confusion = Confusion::new(data.classes());
    for sample in samples {
        let decision = net.decide(data.sample(sample));
        confusion.count(data.label(sample), decided(net, decision));
    }
    confusion
}

/// The decision of a network, if its scores are numbers.
pub(super) fn decided(net: &PlasticNetwork<f32>, decision: usize) -> Option<usize> {
    net.scores().iter().all(|score| score.is_finite()).then_some(decision)
}
