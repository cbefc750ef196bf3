//! The classifier: its weights, one presentation of a sample, and what the rule makes of it.
//!
//! The hidden weights change by a number that depends on two codes alone. So a sample leaves one vector of H changes for
//! every presynaptic code, and the H x H weights are changed in the pass in which the next sample reads them.

use std::sync::Arc;

use num_traits::Float;

use super::cap::select;
use super::kernels::{Change, accumulate, change_and_accumulate};
use super::model::{Fired, Form, PlasticModel, Ranked, Recurrence, Squash};
use super::tables::ActivationTables;
use super::weights::{Shape, Weights, check_weights};
use crate::error::PlasticityError;

/// A plastic recurrent classifier in single or double precision.
#[derive(Debug, Clone)]
pub struct PlasticNetwork<F> {
    pub(super) model: PlasticModel,
    pub(super) shape: Shape,
    pub(super) rounds: usize,
    pub(super) initial: Arc<Weights<F>>,
    pub(super) input: Vec<F>,
    pub(super) hidden: Vec<F>,
    pub(super) output: Vec<F>,
    /// What has been added to all weights into a hidden unit.
    pub(super) shared: Vec<F>,
    /// The rule times the step size (plus 1 if multiplicative).
    pub(super) tables: [Vec<F>; 3],
    pub(super) input_bit: bool,
    /// Which layers the rule changes, and which differ from `initial`.
    pub(super) learns: [bool; 3],
    pub(super) changed: [bool; 3],
    /// The change of the hidden weights by the last sample, as long as it has not been made.
    pub(super) pending: bool,
    pub(super) pending_codes: Vec<u8>,
    pub(super) deltas: Vec<F>,
    /// Of the last sample: input sums and activations `[round][unit]`, codes, scores.
    pub(super) sums: Vec<F>,
    pub(super) activity: Vec<F>,
    pub(super) codes: Vec<u8>,
    pub(super) scores: Vec<F>,
    pub(super) source: Vec<F>,
    pub(super) scratch: Vec<F>,
    pub(super) selected: Vec<bool>,
}

impl<F: Float> PlasticNetwork<F> {
    /// A network with these weights and the rule `tables`.
    ///
    /// # Errors
    /// Weights or tables of wrong sizes, or a model out of range.
    pub fn new(
        model: PlasticModel,
        shape: Shape,
        initial: Arc<Weights<F>>,
        tables: &ActivationTables,
    ) -> Result<Self, PlasticityError> {
        model.check(shape.hidden)?;
        check_weights(&initial, shape)?;
        let (hidden, per_round) = (shape.hidden, shape.hidden * (tables.rounds + 1));
        let zeros = |n: usize| vec![F::zero(); n];
        let mut network = Self {
            rounds: tables.rounds,
            input: initial.input.clone(),
            hidden: initial.hidden.clone(),
            output: initial.output.clone(),
            shared: zeros(hidden),
            tables: [vec![], vec![], vec![]],
            input_bit: tables.input_bit,
            learns: [false; 3],
            changed: [false; 3],
            pending: false,
            pending_codes: vec![0; hidden],
            deltas: vec![],
            sums: zeros(per_round),
            activity: zeros(per_round),
            codes: vec![0; hidden],
            scores: zeros(shape.classes),
            source: zeros(hidden),
            scratch: Vec::with_capacity(hidden),
            selected: vec![false; hidden],
            model,
            shape,
            initial,
        };
        network.set_tables(tables)?;
        Ok(network)
    }

    /// Replaces the rule and goes back to the initial weights.
    ///
    /// # Errors
    /// Tables of wrong sizes, or of another number of rounds than the network has.
    pub fn set_tables(&mut self, tables: &ActivationTables) -> Result<(), PlasticityError> {
        tables.check()?;
        if tables.rounds != self.rounds {
            let (what, found) = ("rounds of the rule".to_owned(), tables.rounds as f64);
            return Err(PlasticityError::Value { what, index: 0, expected: "those of the network", found });
        }
        let offset = if self.model.form == Form::Multiplicative { 1.0 } else { 0.0 };
        let scaled = |entry: &f64| F::from(offset + self.model.step * entry).unwrap_or_else(F::nan);
        let parts = [&tables.input, &tables.hidden, &tables.output];
        self.tables = parts.map(|table| table.iter().map(scaled).collect());
        self.learns = parts.map(|table| table.iter().any(|&entry| entry != 0.0));
        // Without a round the hidden weights are never read.
        self.learns[1] &= self.rounds > 0;
        self.input_bit = tables.input_bit;
        self.deltas.resize(tables.codes() * self.shape.hidden, F::zero());
        self.reset();
        Ok(())
    }

    /// Goes back to the initial weights.
    pub fn reset(&mut self) {
        let layers = [
            (&mut self.input, &self.initial.input),
            (&mut self.hidden, &self.initial.hidden),
            (&mut self.output, &self.initial.output),
        ];
        for ((weights, initial), changed) in layers.into_iter().zip(&mut self.changed) {
            if std::mem::take(changed) {
                weights.copy_from_slice(initial);
            }
        }
        self.shared.fill(F::zero());
        self.pending = false;
    }

    /// Replaces the initial weights and goes back to them.
    ///
    /// # Errors
    /// Weights of wrong sizes.
    pub fn restart(&mut self, initial: Arc<Weights<F>>) -> Result<(), PlasticityError> {
        if !Arc::ptr_eq(&initial, &self.initial) {
            check_weights(&initial, self.shape)?;
            self.initial = initial;
            self.changed = [true; 3];
        }
        self.reset();
        Ok(())
    }

    /// Presents a sample and returns the class with the largest score, the first of equals.
    pub fn decide(&mut self, x: &[F]) -> usize {
        let hidden = self.shape.hidden;
        debug_assert_eq!(x.len(), self.shape.inputs);
        self.codes.fill(0);
        let drive = &mut self.sums[..hidden];
        let total = x.iter().fold(F::zero(), |sum, &x| sum + x);
        drive.iter_mut().zip(&self.shared).for_each(|(u, &s)| *u = total * s);
        accumulate(drive, x, &self.input);
        self.fire(0);
        for round in 1..=self.rounds {
            let (before, after) = self.sums.split_at_mut(round * hidden);
            let with = match self.model.recurrence {
                Recurrence::FirstActivation => &self.activity[..hidden],
                Recurrence::InputDrive => &before[..hidden],
            };
            let last = &self.activity[(round - 1) * hidden..round * hidden];
            self.source.iter_mut().zip(with.iter().zip(last)).for_each(|(v, (&a, &b))| *v = a + b);
            let sums = &mut after[..hidden];
            sums.fill(F::zero());
            if std::mem::take(&mut self.pending) {
                let change = Change {
                    codes: &self.pending_codes,
                    deltas: &self.deltas,
                    mask: &self.initial.hidden_mask,
                    form: self.model.form,
                    normalise: self.model.normalise,
                    no_self: true,
                };
                change_and_accumulate(sums, &self.source, &mut self.hidden, change);
            } else {
                accumulate(sums, &self.source, &self.hidden);
            }
            self.fire(round);
        }
        self.score()
    }

    /// As [`PlasticNetwork::decide`] for a sample whose codes and last activations are known: they do not change as
    /// long as the rule changes the output weights alone.
    pub fn decide_from(&mut self, codes: &[u8], activity: &[F]) -> usize {
        self.codes.copy_from_slice(codes);
        self.activity[self.rounds * self.shape.hidden..].copy_from_slice(activity);
        self.score()
    }

    /// Codes of the hidden units in the last sample.
    #[must_use]
    pub fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Activations of the hidden units in a round of the last sample.
    #[must_use]
    pub fn activity(&self, round: usize) -> &[F] {
        &self.activity[round * self.shape.hidden..(round + 1) * self.shape.hidden]
    }

    /// Input sums of the hidden units in a round of the last sample.
    #[must_use]
    pub fn sums(&self, round: usize) -> &[F] {
        &self.sums[round * self.shape.hidden..(round + 1) * self.shape.hidden]
    }

    /// Scores of the classes for the last sample.
    #[must_use]
    pub fn scores(&self) -> &[F] {
        &self.scores
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &PlasticModel {
        &self.model
    }

    /// The sizes.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Recurrent rounds.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// A copy of the present weights.
    #[must_use]
    pub fn weights(&self) -> Weights<F> {
        let mut settled = self.clone();
        settled.settle();
        for column in settled.input.chunks_exact_mut(self.shape.hidden) {
            column.iter_mut().zip(&self.shared).for_each(|(w, &s)| *w = *w + s);
        }
        Weights {
            input: settled.input,
            hidden: settled.hidden,
            output: settled.output,
            input_mask: self.initial.input_mask.clone(),
            hidden_mask: self.initial.hidden_mask.clone(),
        }
    }

    /// Squashes and caps the sums of a round.
    fn fire(&mut self, round: usize) {
        let range = round * self.shape.hidden..(round + 1) * self.shape.hidden;
        let (sums, activity) = (&self.sums[range.clone()], &mut self.activity[range]);
        match self.model.squash {
            Squash::Sigmoid => {
                activity.iter_mut().zip(sums).for_each(|(a, &u)| *a = F::one() / (F::one() + (-u).exp()));
            }
            Squash::Relu => activity.iter_mut().zip(sums).for_each(|(a, &u)| *a = u.max(F::zero())),
            Squash::Linear => activity.copy_from_slice(sums),
        }
        let keys = match self.model.ranked {
            Ranked::Input => sums,
            Ranked::Activation => &*activity,
        };
        select(keys, self.model.cap, self.model.ties, &mut self.scratch, &mut self.selected);
        for ((a, code), &selected) in activity.iter_mut().zip(&mut self.codes).zip(&self.selected) {
            if !selected {
                *a = F::zero();
            }
            let fired = selected && (self.model.fired == Fired::Selected || *a != F::zero());
            *code = *code << 1 | u8::from(fired);
        }
    }

    fn score(&mut self) -> usize {
        self.scores.fill(F::zero());
        let last = &self.activity[self.rounds * self.shape.hidden..];
        for (&a, row) in last.iter().zip(self.output.chunks_exact(self.shape.classes)) {
            if a != F::zero() {
                self.scores.iter_mut().zip(row).for_each(|(y, &w)| *y = *y + a * w);
            }
        }
        first_largest(&self.scores)
    }
}

/// Index of the largest number, the first of equals.
pub(super) fn first_largest<F: Float>(values: &[F]) -> usize {
    let mut best = 0;
    for (index, &value) in values.iter().enumerate() {
        if value > values[best] {
            best = index;
        }
    }
    best
}
