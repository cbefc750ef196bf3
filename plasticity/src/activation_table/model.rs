//! The switches of the plastic recurrent classifier.
//!
//! | switch | [`literal`](PlasticModel::literal) (Joosten) | [`corrected`](PlasticModel::corrected) | [`original`](PlasticModel::original) (Cristian et al.) |
//! |---|---|---|---|
//! | `squash` | sigmoid | sigmoid | ReLU |
//! | `ranked` by | activation | input sum | activation |
//! | `ties` | lowest index | lowest index | lowest index |
//! | `fired` | not 0 | not 0 | selected |
//! | `recurrence` | a_0 + a_{n-1} | a_0 + a_{n-1} | a_{n-1} + W_in x |
//! | updates `when` | always | always | wrong decision |
//! | updated `rows` | all | all | label and decision |
//!
//! Ranking by activation is what keeps Joosten's model from learning with raw inputs: many sigmoids are exactly 1 in
//! single precision, and the cap then selects by index.

use serde::{Deserialize, Serialize};

use crate::error::PlasticityError;

/// Activation function of a hidden unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Squash {
    /// 1 / (1 + exp(-u)).
    Sigmoid,
    /// max(u, 0).
    Relu,
    /// u.
    Linear,
}

/// What the cap ranks units by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranked {
    /// The input sum u.
    Input,
    /// The activation f(u).
    Activation,
}

/// What happens to units that tie for the last places of the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// Those with the lowest indices get the places.
    LowestIndex,
    /// None of them does, unless there are places for all.
    Silent,
}

/// When a unit counts as one that fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fired {
    /// The cap selected it and its activation is not 0.
    NonZero,
    /// The cap selected it, even at an activation of 0.
    Selected,
}

/// What drives a recurrent round beside the last activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// The activation of round 0, capped: u_n = W_h (a_0 + a_{n-1}).
    FirstActivation,
    /// The input sum, neither squashed nor capped: u_n = W_h (a_{n-1} + W_in x).
    InputDrive,
}

/// How a table entry changes a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// w + eta R.
    Additive,
    /// w (1 + eta R).
    Multiplicative,
}

/// After which samples weights change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// All.
    Always,
    /// Those that were decided wrongly.
    Errors,
}

/// Which rows of the output weights change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// Those of all classes.
    All,
    /// Those of the label and of the decision.
    LabelAndDecision,
}

/// What the output rule is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Teacher {
    /// Which class was right: the signal of a row is 1 for the label.
    Label,
    /// Whether the decision was right, and no more: only its row changes, and the signal is the reward.
    Reward,
}

/// A plastic recurrent classifier, without its size and weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlasticModel {
    /// Units that fire in a round, k.
    pub cap: usize,
    /// Activation function f.
    pub squash: Squash,
    /// What the cap ranks by.
    pub ranked: Ranked,
    /// Units that tie for the last places.
    pub ties: Ties,
    /// When a unit counts as fired.
    pub fired: Fired,
    /// What drives a recurrent round.
    pub recurrence: Recurrence,
    /// Step size eta.
    pub step: f64,
    /// How an entry changes a weight.
    pub form: Form,
    /// After which samples weights change.
    pub when: When,
    /// Which output rows change.
    pub rows: Rows,
    /// What the output rule is told.
    pub teacher: Teacher,
    /// Whether the outgoing weights of every unit are divided by their Euclidean norm after an update of their layer.
    pub normalise: bool,
}

impl PlasticModel {
    /// Joosten's model as described.
    #[must_use]
    pub fn literal(cap: usize) -> Self {
        Self {
            cap,
            squash: Squash::Sigmoid,
            ranked: Ranked::Activation,
            ties: Ties::LowestIndex,
            fired: Fired::NonZero,
            recurrence: Recurrence::FirstActivation,
            step: 0.01,
            form: Form::Additive,
            when: When::Always,
            rows: Rows::All,
            teacher: Teacher::Label,
            normalise: false,
        }
    }

    /// The same with the cap ranked by input sums, which do not saturate.
    #[must_use]
    pub fn corrected(cap: usize) -> Self {
        Self { ranked: Ranked::Input, ..Self::literal(cap) }
    }

    /// The model of Cristian et al., without its biases.
    #[must_use]
    pub fn original(cap: usize) -> Self {
        Self {
            squash: Squash::Relu,
            fired: Fired::Selected,
            recurrence: Recurrence::InputDrive,
            when: When::Errors,
            rows: Rows::LabelAndDecision,
            ..Self::literal(cap)
        }
    }

    /// The same that learns from errors alone, in the rows of label and decision.
    #[must_use]
    pub fn gated(self) -> Self {
        Self { when: When::Errors, rows: Rows::LabelAndDecision, ..self }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// A cap of 0 or more than `hidden` units, or a step that is not positive and finite.
    pub fn check(&self, hidden: usize) -> Result<(), PlasticityError> {
        let refused = |what: &str, expected, found| {
            Err(PlasticityError::Value { what: what.to_owned(), index: 0, expected, found })
        };
        if self.cap == 0 || self.cap > hidden {
            return refused("cap", "at least 1 and at most the number of hidden units", self.cap as f64);
        }
        if !(self.step > 0.0 && self.step.is_finite()) {
            return refused("step", "a positive finite number", self.step);
        }
        Ok(())
    }
}
