//! Gradients of rule tables: how the loss of a plastic classifier after learning depends on the entries of its rule.
//!
//! A sample adds entries of the tables to the weights, chosen by the codes of hidden units. With the codes (and the caps and
//! decisions) taken as constants, the weights after learning are linear in the entries,
//!
//! ```text
//! W = W(0) + eta sum_s R[codes of sample s],   so   dL/dR[p, q] = eta sum_s sum over weights with codes p, q of dL/dW
//! ```
//!
//! and dL/dW is that of the network with its final weights, through all rounds. What a changed entry does to the codes of
//! later samples is not in it: a gradient sees how an entry moves weights, and not how it moves what fires.
//!
//! Loss: the mean of -ln softmax(y)[label] over the scored samples, y the scores. With [`TableLoss::DoubleSoftmax`] the
//! softmax is taken of the probabilities once more, as happens if an output that is a softmax already is given to a loss that
//! applies its own; it cannot fall below -ln(e/(e + C - 1)), which is 0.744 for four classes.
//!
//! Source: Cristian, Dabagia, Papadimitriou and Vempala 2021, "Learning with plasticity rules: generalization and
//! robustness"; Joosten 2021, University of Twente.

use crate::error::BackpropError;
use crate::real::Real;
use evoplast_plasticity::activation_table::{
    ActivationTables, Form, PlasticNetwork, Recurrence, Shape, Squash, Weights,
};
use serde::{Deserialize, Serialize};

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableLoss {
    /// Cross-entropy of the softmax of the scores.
    #[default]
    CrossEntropy,
    /// Cross-entropy of the softmax of the softmax of the scores.
    DoubleSoftmax,
}

/// Loss after learning, and its derivative by every entry.
#[derive(Debug, Clone, PartialEq)]
pub struct TableGradient {
    /// The loss, mean over scored samples.
    pub loss: f64,
    /// Share of right decisions about scored samples.
    pub accuracy: f64,
    /// Derivatives, in the place of the entries.
    pub by_entry: ActivationTables,
}

/// Lets the network learn from `learn`, starting from its initial weights, and takes loss and gradient on `score`.
///
/// `tables` is the rule, samples are features with their labels.
///
/// # Errors
/// A rule that does not belong to the network, a network that multiplies or normalises its weights, no sample to score,
/// or a sample of another size or with a label that the network has not.
pub fn table_gradient<F: Real>(
    network: &mut PlasticNetwork<F>,
    tables: &ActivationTables,
    learn: &[(&[F], usize)],
    score: &[(&[F], usize)],
    loss: TableLoss,
) -> Result<TableGradient, BackpropError> {
    check(network, learn, score)?;
    network.set_tables(tables)?;
    let mut history = Vec::with_capacity(learn.len());
    for &(x, label) in learn {
        network.decide(x);
        let codes = network.codes().to_vec();
        let learned = network.learn(x, label);
        if learned.updated {
            history.push(Sample { x, label, decision: learned.decision, codes });
        }
    }
    let mut by_weight = ByWeight::new(network);
    let (mut total, mut right) = (0.0, 0);
    for &(x, label) in score {
        right += usize::from(network.decide(x) == label);
        total += by_weight.add(network, x, label, loss);
    }
    let count = score.len() as f64;
    let mut by_entry = ActivationTables::silent(tables.rounds, tables.input_bit)?;
    let scale = network.model().step / count;
    for sample in &history {
        by_weight.contract(network, sample, scale, &mut by_entry);
    }
    Ok(TableGradient { loss: total / count, accuracy: right as f64 / count, by_entry })
}

/// A sample that changed weights.
struct Sample<'a, F> {
    x: &'a [F],
    label: usize,
    decision: usize,
    codes: Vec<u8>,
}

fn check<F: Real>(
    network: &PlasticNetwork<F>,
    learn: &[(&[F], usize)],
    score: &[(&[F], usize)],
) -> Result<(), BackpropError> {
    let model = network.model();
    if model.form != Form::Additive {
        return Err(BackpropError::NotLinear { field: "form", expected: "additive" });
    }
    if model.normalise {
        return Err(BackpropError::NotLinear { field: "normalise", expected: "false" });
    }
    let Shape { inputs, classes, .. } = network.shape();
    let stray = learn.iter().chain(score).find(|(x, label)| x.len() != inputs || *label >= classes);
    if let Some((x, label)) = stray {
        let (found, expected) = (vec![x.len(), *label], vec![inputs, classes - 1]);
        return Err(BackpropError::Shape { what: "sample (features, label)", found, expected });
    }
    if score.is_empty() {
        return Err(BackpropError::Shape { what: "scored samples", found: vec![0], expected: vec![1] });
    }
    Ok(())
}

/// Derivatives by the final weights, summed over scored samples.
struct ByWeight {
    weights: Weights<f64>,
    input: Vec<f64>,
    hidden: Vec<f64>,
    output: Vec<f64>,
}

impl ByWeight {
    fn new<F: Real>(network: &PlasticNetwork<F>) -> Self {
        let weights = network.weights();
        let wide = |values: &[F]| values.iter().map(|w| w.wide()).collect::<Vec<f64>>();
        let weights = Weights {
            input: wide(&weights.input),
            hidden: wide(&weights.hidden),
            output: wide(&weights.output),
            input_mask: wide(&weights.input_mask),
            hidden_mask: wide(&weights.hidden_mask),
        };
        let zeros = |values: &[f64]| vec![0.0; values.len()];
        let (input, hidden, output) = (zeros(&weights.input), zeros(&weights.hidden), zeros(&weights.output));
        Self { weights, input, hidden, output }
    }

    /// Adds the derivatives of the sample that was presented last; its loss.
    fn add<F: Real>(&mut self, network: &PlasticNetwork<F>, x: &[F], label: usize, loss: TableLoss) -> f64 {
        let Shape { hidden, classes, .. } = network.shape();
        let wide = |values: &[F]| values.iter().map(|w| w.wide()).collect::<Vec<f64>>();
        let activity: Vec<Vec<f64>> = (0..=network.rounds()).map(|round| wide(network.activity(round))).collect();
        let drive = wide(network.sums(0));
        let (value, by_score) = loss.of(&wide(network.scores()), label);

        let last = &activity[network.rounds()];
        let mut by_activity = vec![0.0; hidden];
        for j in 0..hidden {
            for c in 0..classes {
                self.output[j * classes + c] += last[j] * by_score[c];
                by_activity[j] += self.weights.output[j * classes + c] * by_score[c];
            }
        }
        let squash = network.model().squash;
        let first = network.model().recurrence == Recurrence::FirstActivation;
        let (mut by_first, mut by_drive) = (vec![0.0; hidden], vec![0.0; hidden]);
        for round in (1..=network.rounds()).rev() {
            let by_sum = through(squash, &activity[round], &by_activity);
            let with = if first { &activity[0] } else { &drive };
            for j in 0..hidden {
                let source = with[j] + activity[round - 1][j];
                let row = j * hidden..(j + 1) * hidden;
                let mut by_source = 0.0;
                for ((g, w), d) in self.hidden[row.clone()].iter_mut().zip(&self.weights.hidden[row]).zip(&by_sum) {
                    *g += source * d;
                    by_source += w * d;
                }
                by_activity[j] = by_source;
                *if first { &mut by_first[j] } else { &mut by_drive[j] } += by_source;
            }
        }
        by_activity.iter_mut().zip(&by_first).for_each(|(a, b)| *a += b);
        let by_sum = through(squash, &activity[0], &by_activity);
        for (j, x) in x.iter().enumerate() {
            for i in 0..hidden {
                self.input[j * hidden + i] += x.wide() * (by_sum[i] + by_drive[i]);
            }
        }
        value
    }

    /// Adds what a sample that was learned from contributes to the derivatives by entries.
    fn contract<F: Real>(
        &self,
        network: &PlasticNetwork<F>,
        sample: &Sample<'_, F>,
        scale: f64,
        to: &mut ActivationTables,
    ) {
        let Shape { hidden, classes, .. } = network.shape();
        let codes = &sample.codes;
        let connected = |mask: &[f64], index: usize| mask.is_empty() || mask[index] != 0.0;
        for (j, x) in sample.x.iter().enumerate() {
            let bit = usize::from(x.wide() > 0.0);
            for i in 0..hidden {
                let code = usize::from(codes[i]);
                if connected(&self.weights.input_mask, j * hidden + i) {
                    let entry = if to.input_bit { 2 * code + bit } else { code };
                    to.input[entry] += scale * self.input[j * hidden + i];
                }
            }
        }
        let width = to.codes();
        for j in 0..hidden {
            let row = &mut to.hidden[usize::from(codes[j]) * width..][..width];
            for i in 0..hidden {
                if i != j && connected(&self.weights.hidden_mask, j * hidden + i) {
                    row[usize::from(codes[i])] += scale * self.hidden[j * hidden + i];
                }
            }
            network.model().signals(sample.label, sample.decision, classes, |class, signal| {
                to.output[2 * usize::from(codes[j]) + signal] += scale * self.output[j * classes + class];
            });
        }
    }
}

/// Derivatives by input sums from those by capped activations: 0 for whom the cap silenced.
fn through(squash: Squash, activity: &[f64], by_activity: &[f64]) -> Vec<f64> {
    let slope = |a: f64| match squash {
        Squash::Sigmoid => a * (1.0 - a),
        Squash::Relu | Squash::Linear => 1.0,
    };
    activity.iter().zip(by_activity).map(|(&a, d)| if a == 0.0 { 0.0 } else { d * slope(a) }).collect()
}

impl TableLoss {
    /// Loss and derivatives by the scores.
    fn of(self, scores: &[f64], label: usize) -> (f64, Vec<f64>) {
        let softmax = |values: &[f64]| {
            let top = values.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = values.iter().map(|y| (y - top).exp()).sum();
            (values.iter().map(|y| (y - top).exp() / sum).collect::<Vec<f64>>(), sum.ln() + top)
        };
        let against = |p: &[f64]| -> Vec<f64> {
            p.iter().enumerate().map(|(class, p)| p - f64::from(u8::from(class == label))).collect()
        };
        let (p, log_sum) = softmax(scores);
        match self {
            Self::CrossEntropy => (log_sum - scores[label], against(&p)),
            Self::DoubleSoftmax => {
                let (q, log_sum) = softmax(&p);
                let by_p = against(&q);
                let mean: f64 = p.iter().zip(&by_p).map(|(p, d)| p * d).sum();
                (log_sum - p[label], p.iter().zip(&by_p).map(|(p, d)| p * (d - mean)).collect())
            }
        }
    }
}
