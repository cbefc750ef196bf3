//! A classifier with its initial weights, the scale of its input and the tables that are searched.

use super::dataset::{Split, Standardiser};
use crate::TaskError;
use evoplast_evolve::Address;
use evoplast_plasticity::activation_table::{ActivationTableSpace, PlasticModel, Shape, TableParts, Weights};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Streams of initial weights and connections.
const STREAM_INPUT: u64 = 64;
const STREAM_HIDDEN: u64 = 65;
const STREAM_OUTPUT: u64 = 66;
const STREAM_INPUT_MASK: u64 = 67;
const STREAM_HIDDEN_MASK: u64 = 68;

/// Initial weights of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// All 0.
    Zero,
    /// All 1, where the rule multiplies.
    One,
    /// N(0, 1).
    Unit,
    /// N(0, 1/n), n the number of presynaptic units.
    FanIn,
}

/// What is done with the features of a data set; whatever is subtracted and divided by comes from its training part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Nothing.
    Raw,
    /// Every feature is standardised.
    Feature,
    /// All features are standardised by one mean and one standard deviation.
    Global,
}

impl Scaling {
    /// Scales both parts.
    pub fn apply(self, split: &mut Split) {
        match self {
            Self::Raw => (),
            Self::Feature => split.standardise(&Standardiser::by_feature(&split.train)),
            Self::Global => split.standardise(&Standardiser::over_all(&split.train)),
        }
    }
}

/// A classifier as a search sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierConfig {
    /// Hidden units.
    pub hidden: usize,
    /// Recurrent rounds.
    pub rounds: usize,
    /// How the network works and learns.
    pub model: PlasticModel,
    /// Initial weights from the input.
    pub input_weights: Spread,
    /// Initial weights within the hidden layer.
    pub hidden_weights: Spread,
    /// Initial weights to the output.
    pub output_weights: Spread,
    /// Probability of an input or hidden connection; the others never exist. Output is dense.
    pub connection_probability: f64,
    /// Scale of the features.
    pub scaling: Scaling,
    /// Whether the input rule sees if its input is above 0.
    pub input_bit: bool,
    /// Tables that are searched.
    pub parts: TableParts,
    /// Largest magnitude of an entry.
    pub limit: f64,
}

impl ClassifierConfig {
    /// Joosten's network as described: raw features, N(0, 1) weights everywhere, ranked by activation.
    #[must_use]
    pub fn literal(hidden: usize, cap: usize) -> Self {
        Self {
            hidden,
            rounds: 3,
            model: PlasticModel::literal(cap),
            input_weights: Spread::Unit,
            hidden_weights: Spread::Unit,
            output_weights: Spread::Unit,
            connection_probability: 1.0,
            scaling: Scaling::Raw,
            input_bit: false,
            parts: TableParts::ALL,
            limit: 5.0,
        }
    }

    /// With standardised features, weights by fan-in, output weights that start at 0, and a cap ranked by input sums.
    #[must_use]
    pub fn corrected(hidden: usize, cap: usize) -> Self {
        Self {
            model: PlasticModel::corrected(cap),
            input_weights: Spread::FanIn,
            hidden_weights: Spread::FanIn,
            output_weights: Spread::Zero,
            scaling: Scaling::Feature,
            ..Self::literal(hidden, cap)
        }
    }

    /// The network of Cristian et al.: half of all connections, hidden and output weights that start at 0, ReLU, updates
    /// after errors; without biases, and with input weights that only a rule changes.
    #[must_use]
    pub fn original(hidden: usize, cap: usize) -> Self {
        Self {
            model: PlasticModel::original(cap),
            hidden_weights: Spread::Zero,
            output_weights: Spread::Zero,
            connection_probability: 0.5,
            ..Self::literal(hidden, cap)
        }
    }

    /// The same that learns from errors alone.
    #[must_use]
    pub fn gated(self) -> Self {
        Self { model: self.model.gated(), ..self }
    }

    /// The same with other tables searched.
    #[must_use]
    pub fn searching(self, parts: TableParts) -> Self {
        Self { parts, ..self }
    }

    /// The space of rules.
    ///
    /// # Errors
    /// Too many rounds, a limit that is not positive, or no tables.
    pub fn space(&self) -> Result<ActivationTableSpace, TaskError> {
        Ok(ActivationTableSpace::new(self.rounds, self.input_bit, self.parts, self.limit)?)
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// A cap or step of the model out of range, or a probability outside (0, 1].
    pub fn check(&self) -> Result<(), TaskError> {
        self.model.check(self.hidden)?;
        if !(self.connection_probability > 0.0 && self.connection_probability <= 1.0) {
            let name = "connection_probability";
            return Err(TaskError::parameter(name, self.connection_probability, "more than 0, at most 1"));
        }
        Ok(())
    }

    /// The sizes for samples of `inputs` features in `classes` classes.
    #[must_use]
    pub fn shape(&self, inputs: usize, classes: usize) -> Shape {
        Shape { inputs, hidden: self.hidden, classes }
    }

    /// Initial weights, drawn from an address.
    #[must_use]
    pub fn weights(&self, inputs: usize, classes: usize, at: &Address) -> Weights<f32> {
        let hidden = self.hidden;
        let draw = |spread: Spread, from: usize, to: usize, stream: u64| -> Vec<f32> {
            let mut rng = at.rng(stream);
            let mut normal = |scale: f64| -> Vec<f32> {
                let one = |_| (scale * Distribution::<f64>::sample(&StandardNormal, &mut rng)) as f32;
                (0..from * to).map(one).collect()
            };
            match spread {
                Spread::Zero => vec![0.0; from * to],
                Spread::One => vec![1.0; from * to],
                Spread::Unit => normal(1.0),
                Spread::FanIn => normal(1.0 / (from as f64).sqrt()),
            }
        };
        let mut weights = Weights {
            input: draw(self.input_weights, inputs, hidden, STREAM_INPUT),
            hidden: draw(self.hidden_weights, hidden, hidden, STREAM_HIDDEN),
            output: draw(self.output_weights, hidden, classes, STREAM_OUTPUT),
            input_mask: vec![],
            hidden_mask: vec![],
        };
        if self.connection_probability < 1.0 {
            let mask = |count: usize, stream: u64| -> Vec<f32> {
                let mut rng = at.rng(stream);
                (0..count).map(|_| f32::from(rng.random::<f64>() < self.connection_probability)).collect()
            };
            weights.input_mask = mask(inputs * hidden, STREAM_INPUT_MASK);
            weights.hidden_mask = mask(hidden * hidden, STREAM_HIDDEN_MASK);
            weights.input.iter_mut().zip(&weights.input_mask).for_each(|(w, m)| *w *= m);
            weights.hidden.iter_mut().zip(&weights.hidden_mask).for_each(|(w, m)| *w *= m);
        }
        (0..hidden).for_each(|unit| weights.hidden[unit * (hidden + 1)] = 0.0);
        weights
    }
}
