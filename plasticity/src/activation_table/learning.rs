//! What a rule makes of a sample: the changes of the three layers.

use num_traits::Float;

use super::kernels::{Change, add_to_chosen, change_all};
use super::model::{Form, PlasticModel, Rows, Teacher, When};
use super::network::{PlasticNetwork, first_largest};

/// What one call of [`PlasticNetwork::learn`] changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned {
    /// The decision before the change.
    pub decision: usize,
    /// Whether weights changed.
    pub updated: bool,
}

impl<F: Float> PlasticNetwork<F> {
    /// Applies the rule to the sample that was presented last, `x`, which has this label.
    pub fn learn(&mut self, x: &[F], label: usize) -> Learned {
        let decision = first_largest(&self.scores);
        let updated = self.model.when == When::Always || decision != label;
        if updated {
            self.learn_input(x);
            self.learn_hidden();
            self.learn_output(label, decision);
        }
        Learned { decision, updated }
    }

    /// Makes the change of the hidden weights that is pending.
    pub(super) fn settle(&mut self) {
        if std::mem::take(&mut self.pending) {
            let change = Change {
                codes: &self.pending_codes,
                deltas: &self.deltas,
                mask: &self.initial.hidden_mask,
                form: self.model.form,
                normalise: self.model.normalise,
                no_self: true,
            };
            change_all(&mut self.hidden, self.shape.hidden, change);
        }
    }

    fn learn_input(&mut self, x: &[F]) {
        if !self.learns[0] {
            return;
        }
        self.changed[0] = true;
        let hidden = self.shape.hidden;
        let table = &self.tables[0];
        let entry = |code: u8, bit: usize| match self.input_bit {
            true => table[2 * usize::from(code) + bit],
            false => table[usize::from(code)],
        };
        let additive = self.model.form == Form::Additive;
        if additive && !self.model.normalise && self.initial.input_mask.is_empty() {
            self.shared.iter_mut().zip(&self.codes).for_each(|(s, &code)| *s = *s + entry(code, 0));
            if self.input_bit {
                let difference = self.codes.iter().map(|&code| entry(code, 1) - entry(code, 0));
                self.scratch.clear();
                self.scratch.extend(difference);
                add_to_chosen(&mut self.input, &self.scratch, x);
            }
            return;
        }
        let bits: Vec<u8> = x.iter().map(|&x| u8::from(x > F::zero())).collect();
        self.scratch.clear();
        for bit in 0..2 {
            self.scratch.extend(self.codes.iter().map(|&code| entry(code, bit)));
        }
        let change = Change {
            codes: &bits,
            deltas: &self.scratch,
            mask: &self.initial.input_mask,
            form: self.model.form,
            normalise: self.model.normalise,
            no_self: false,
        };
        change_all(&mut self.input, hidden, change);
    }

    fn learn_hidden(&mut self) {
        if !self.learns[1] {
            return;
        }
        self.settle();
        self.changed[1] = true;
        let (hidden, codes) = (self.shape.hidden, 1 << (self.rounds + 1));
        let mut present = [false; 256];
        self.codes.iter().for_each(|&code| present[usize::from(code)] = true);
        for pre in (0..codes).filter(|&pre| present[pre]) {
            let row = &self.tables[1][pre * codes..(pre + 1) * codes];
            let deltas = &mut self.deltas[pre * hidden..(pre + 1) * hidden];
            deltas.iter_mut().zip(&self.codes).for_each(|(d, &post)| *d = row[usize::from(post)]);
        }
        self.pending_codes.copy_from_slice(&self.codes);
        self.pending = true;
    }

    fn learn_output(&mut self, label: usize, decision: usize) {
        if !self.learns[2] {
            return;
        }
        self.changed[2] = true;
        for (row, &code) in self.output.chunks_exact_mut(self.shape.classes).zip(&self.codes) {
            let entries = &self.tables[2][2 * usize::from(code)..][..2];
            self.model.signals(label, decision, self.shape.classes, |class, signal| {
                let w = &mut row[class];
                *w = match self.model.form {
                    Form::Additive => *w + entries[signal],
                    Form::Multiplicative => *w * entries[signal],
                };
            });
            if self.model.normalise {
                let norm = row.iter().fold(F::zero(), |sum, &w| sum + w * w).sqrt();
                if norm > F::zero() {
                    row.iter_mut().for_each(|w| *w = *w / norm);
                }
            }
        }
    }
}

impl PlasticModel {
    /// Calls `f` with every output row that changes after a decision and its signal, 0 or 1.
    pub fn signals(&self, label: usize, decision: usize, classes: usize, mut f: impl FnMut(usize, usize)) {
        match (self.teacher, self.rows) {
            (Teacher::Reward, _) => f(decision, usize::from(decision == label)),
            (Teacher::Label, Rows::All) => (0..classes).for_each(|class| f(class, usize::from(class == label))),
            (Teacher::Label, Rows::LabelAndDecision) => {
                f(label, 1);
                if decision != label {
                    f(decision, 0);
                }
            }
        }
    }
}
