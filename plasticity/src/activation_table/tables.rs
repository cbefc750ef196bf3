//! The three tables of a rule.

use serde::{Deserialize, Serialize};

use crate::error::{PlasticityError, check_values};

/// Most recurrent rounds: a code is a byte.
pub const MAX_ROUNDS: usize = 7;

/// A rule: what to add to a weight, by the codes of its ends.
///
/// A code is read as a number whose most significant bit is round 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationTables {
    /// Recurrent rounds N, at most [`MAX_ROUNDS`].
    pub rounds: usize,
    /// Whether the input rule sees if its input is above 0.
    pub input_bit: bool,
    /// `[code]`, or `[code][input above 0]` with `input_bit`.
    pub input: Vec<f64>,
    /// `[presynaptic code][postsynaptic code]`.
    pub hidden: Vec<f64>,
    /// `[code][signal]`: the signal is 1 for the true label (or for a rewarded choice), 0 otherwise.
    pub output: Vec<f64>,
}

impl ActivationTables {
    /// The rule that changes nothing.
    ///
    /// # Errors
    /// More than [`MAX_ROUNDS`] rounds.
    pub fn silent(rounds: usize, input_bit: bool) -> Result<Self, PlasticityError> {
        if rounds > MAX_ROUNDS {
            let (what, found) = ("rounds".to_owned(), rounds as f64);
            return Err(PlasticityError::Value { what, index: 0, expected: "at most 7", found });
        }
        let codes = 1 << (rounds + 1);
        Ok(Self {
            rounds,
            input_bit,
            input: vec![0.0; codes * (1 + usize::from(input_bit))],
            hidden: vec![0.0; codes * codes],
            output: vec![0.0; codes * 2],
        })
    }

    /// The perceptron on what fires in the last round: +1 to the true label, -1 to the other updated rows.
    ///
    /// # Errors
    /// As [`ActivationTables::silent`].
    pub fn perceptron(rounds: usize) -> Result<Self, PlasticityError> {
        let mut tables = Self::silent(rounds, false)?;
        for fired in tables.output.chunks_exact_mut(2).skip(1).step_by(2) {
            fired.copy_from_slice(&[-1.0, 1.0]);
        }
        Ok(tables)
    }

    /// Number of codes, 2^(N+1).
    #[must_use]
    pub fn codes(&self) -> usize {
        1 << (self.rounds + 1)
    }

    /// Checks that all tables have their sizes and finite entries.
    ///
    /// # Errors
    /// Names the table and the entry.
    pub fn check(&self) -> Result<(), PlasticityError> {
        let sizes = Self::silent(self.rounds, self.input_bit)?;
        let parts = [
            ("input table", &self.input, sizes.input.len()),
            ("hidden table", &self.hidden, sizes.hidden.len()),
            ("output table", &self.output, sizes.output.len()),
        ];
        for (what, table, size) in parts {
            check_values(what, table, size, "a finite number", f64::is_finite)?;
        }
        Ok(())
    }
}
