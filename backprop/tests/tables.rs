//! Gradients of rule tables against finite differences, with the codes, caps and decisions of the unperturbed run.

#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_backprop::{BackpropError, TableLoss, table_gradient};
use evoplast_plasticity::activation_table::{
    ActivationTables, Form, PlasticModel, PlasticNetwork, Recurrence, Shape, Squash, Teacher, Weights,
};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::sync::Arc;

const SHAPE: Shape = Shape { inputs: 4, hidden: 8, classes: 3 };

type Samples = Vec<(Vec<f64>, usize)>;

fn uniform(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| 2.0 * rng.random::<f64>() - 1.0).collect()
}

fn setting(rounds: usize, input_bit: bool, masked: bool) -> (Weights<f64>, ActivationTables, Samples, Samples) {
    let Shape { inputs, hidden, classes } = SHAPE;
    let mut rng = ChaCha8Rng::seed_from_u64(11 + rounds as u64);
    let mut weights = Weights {
        input: uniform(&mut rng, inputs * hidden),
        hidden: uniform(&mut rng, hidden * hidden),
        output: uniform(&mut rng, hidden * classes),
        input_mask: vec![],
        hidden_mask: vec![],
    };
    if masked {
        weights.hidden_mask = (0..hidden * hidden).map(|k| f64::from(u8::from(k % 3 != 0))).collect();
        weights.hidden.iter_mut().zip(&weights.hidden_mask).for_each(|(w, m)| *w *= m);
    }
    (0..hidden).for_each(|unit| weights.hidden[unit * (hidden + 1)] = 0.0);
    let mut tables = ActivationTables::silent(rounds, input_bit).unwrap();
    for table in [&mut tables.input, &mut tables.hidden, &mut tables.output] {
        *table = uniform(&mut rng, table.len());
    }
    let mut samples =
        |count: usize| -> Samples { (0..count).map(|k| (uniform(&mut rng, inputs), k % classes)).collect() };
    let (learn, score) = (samples(12), samples(7));
    (weights, tables, learn, score)
}

fn borrowed(samples: &Samples) -> Vec<(&[f64], usize)> {
    samples.iter().map(|(x, label)| (&x[..], *label)).collect()
}

/// Features, codes, and rows with their signals, of a sample that was learned from.
type Choice = (Vec<f64>, Vec<usize>, Vec<(usize, usize)>);

/// What stays as it was when an entry is moved: what the learning samples chose, and who passed the cap in scoring.
struct Frozen {
    learned: Vec<Choice>,
    kept: Vec<Vec<Vec<bool>>>,
}

fn freeze(
    model: &PlasticModel,
    weights: &Weights<f64>,
    tables: &ActivationTables,
    learn: &Samples,
    score: &Samples,
) -> Frozen {
    let mut net = PlasticNetwork::new(model.clone(), SHAPE, Arc::new(weights.clone()), tables).unwrap();
    let mut learned = vec![];
    for (x, label) in learn {
        let decision = net.decide(x);
        let codes = net.codes().iter().map(|&code| usize::from(code)).collect();
        let mut rows = vec![];
        if net.learn(x, *label).updated {
            model.signals(*label, decision, SHAPE.classes, |class, signal| rows.push((class, signal)));
            learned.push((x.clone(), codes, rows));
        }
    }
    let mut kept = vec![];
    for (x, _) in score {
        net.decide(x);
        kept.push((0..=tables.rounds).map(|r| net.activity(r).iter().map(|&a| a != 0.0).collect()).collect());
    }
    Frozen { learned, kept }
}

/// The loss written out: weights from entries, then the rounds.
fn loss(
    model: &PlasticModel,
    start: &Weights<f64>,
    tables: &ActivationTables,
    frozen: &Frozen,
    score: &Samples,
    kind: TableLoss,
) -> f64 {
    let Shape { inputs, hidden, classes } = SHAPE;
    let (mut w, eta) = (start.clone(), model.step);
    for (x, codes, rows) in &frozen.learned {
        for i in 0..hidden {
            for j in 0..inputs {
                let entry = if tables.input_bit { 2 * codes[i] + usize::from(x[j] > 0.0) } else { codes[i] };
                w.input[j * hidden + i] += eta * tables.input[entry];
            }
            for j in (0..hidden).filter(|&j| j != i) {
                let mask = start.hidden_mask.get(j * hidden + i).copied().unwrap_or(1.0);
                w.hidden[j * hidden + i] += eta * mask * tables.hidden[codes[j] * tables.codes() + codes[i]];
            }
            for &(class, signal) in rows {
                w.output[i * classes + class] += eta * tables.output[2 * codes[i] + signal];
            }
        }
    }
    let f = |u: f64| match model.squash {
        Squash::Sigmoid => 1.0 / (1.0 + (-u).exp()),
        Squash::Relu => u.max(0.0),
        Squash::Linear => u,
    };
    let mut total = 0.0;
    for ((x, label), kept) in score.iter().zip(&frozen.kept) {
        let cap = |sums: &[f64], round: usize| -> Vec<f64> {
            sums.iter().zip(&kept[round]).map(|(&u, &keep)| if keep { f(u) } else { 0.0 }).collect()
        };
        let drive: Vec<f64> = (0..hidden).map(|i| (0..inputs).map(|j| x[j] * w.input[j * hidden + i]).sum()).collect();
        let first = cap(&drive, 0);
        let mut last = first.clone();
        for round in 1..=tables.rounds {
            let with = if model.recurrence == Recurrence::FirstActivation { &first } else { &drive };
            let sum = |i: usize| (0..hidden).map(|j| (with[j] + last[j]) * w.hidden[j * hidden + i]).sum();
            last = cap(&(0..hidden).map(sum).collect::<Vec<f64>>(), round);
        }
        let y: Vec<f64> =
            (0..classes).map(|c| (0..hidden).map(|j| last[j] * w.output[j * classes + c]).sum()).collect();
        let softmax = |y: &[f64]| -> Vec<f64> {
            let sum: f64 = y.iter().map(|y| y.exp()).sum();
            y.iter().map(|y| y.exp() / sum).collect()
        };
        let p = match kind {
            TableLoss::CrossEntropy => softmax(&y),
            TableLoss::DoubleSoftmax => softmax(&softmax(&y)),
        };
        total -= p[*label].ln();
    }
    total / score.len() as f64
}

fn agrees(model: PlasticModel, rounds: usize, input_bit: bool, masked: bool, kind: TableLoss) {
    let (weights, tables, learn, score) = setting(rounds, input_bit, masked);
    let frozen = freeze(&model, &weights, &tables, &learn, &score);
    assert!(!frozen.learned.is_empty());
    let mut net = PlasticNetwork::new(model.clone(), SHAPE, Arc::new(weights.clone()), &tables).unwrap();
    let found = table_gradient(&mut net, &tables, &borrowed(&learn), &borrowed(&score), kind).unwrap();
    let here = loss(&model, &weights, &tables, &frozen, &score, kind);
    assert!((found.loss - here).abs() < 1e-12, "{} {here}", found.loss);
    type Pick = fn(&mut ActivationTables) -> &mut Vec<f64>;
    let parts: [Pick; 3] = [|t| &mut t.input, |t| &mut t.hidden, |t| &mut t.output];
    let mut by_entry = found.by_entry.clone();
    let mut largest = 0.0_f64;
    for part in parts {
        for entry in 0..part(&mut by_entry).len() {
            let step = 1e-3;
            let moved = |by: f64| {
                let mut moved = tables.clone();
                part(&mut moved)[entry] += by;
                loss(&model, &weights, &moved, &frozen, &score, kind)
            };
            let difference = (moved(step) - moved(-step)) / (2.0 * step);
            let exact = part(&mut by_entry)[entry];
            assert!((difference - exact).abs() < 1e-8, "entry {entry}: {exact}, differences give {difference}");
            largest = largest.max(exact.abs());
        }
    }
    assert!(largest > 1e-3);
}

#[test]
fn gradients_are_those_of_finite_differences_on_frozen_codes() {
    for kind in [TableLoss::CrossEntropy, TableLoss::DoubleSoftmax] {
        agrees(PlasticModel::literal(4), 3, false, false, kind);
        agrees(PlasticModel::corrected(3).gated(), 2, true, true, kind);
    }
    agrees(PlasticModel { step: 0.02, ..PlasticModel::original(4) }, 2, true, true, TableLoss::CrossEntropy);
    agrees(
        PlasticModel { teacher: Teacher::Reward, squash: Squash::Linear, ..PlasticModel::literal(4) },
        1,
        false,
        false,
        TableLoss::CrossEntropy,
    );
    agrees(PlasticModel::corrected(4), 0, true, false, TableLoss::CrossEntropy);
}

#[test]
fn a_second_softmax_bounds_the_loss_from_below() {
    let (weights, tables, learn, score) = setting(2, false, false);
    // Scores far apart, on the label of the only scored sample.
    let model = PlasticModel { step: 100.0, ..PlasticModel::corrected(4) };
    let mut tables =
        ActivationTables { input: vec![0.0; tables.input.len()], hidden: vec![0.0; tables.hidden.len()], ..tables };
    tables.output.iter_mut().enumerate().for_each(|(k, entry)| *entry = if k % 2 == 1 { 1.0 } else { -1.0 });
    let mut net = PlasticNetwork::new(model, SHAPE, Arc::new(weights), &tables).unwrap();
    let one = &borrowed(&score)[..1];
    let only: Vec<_> = borrowed(&learn).into_iter().filter(|(_, label)| *label == one[0].1).collect();
    let mut value = |kind| table_gradient(&mut net, &tables, &only, one, kind).unwrap().loss;
    assert!(value(TableLoss::CrossEntropy) < 1e-9);
    let e = std::f64::consts::E;
    assert!((value(TableLoss::DoubleSoftmax) - -(e / (e + 2.0)).ln()).abs() < 1e-9);
}

#[test]
fn what_is_not_linear_in_the_entries_is_refused() {
    let (weights, tables, learn, score) = setting(1, false, false);
    let refused = |model: PlasticModel, learn: &[(&[f64], usize)], score: &[(&[f64], usize)]| {
        let mut net = PlasticNetwork::new(model, SHAPE, Arc::new(weights.clone()), &tables).unwrap();
        table_gradient(&mut net, &tables, learn, score, TableLoss::CrossEntropy).unwrap_err()
    };
    let (learn, score) = (borrowed(&learn), borrowed(&score));
    let multiplied = PlasticModel { form: Form::Multiplicative, ..PlasticModel::literal(4) };
    assert_eq!(
        refused(multiplied, &learn, &score).to_string(),
        "plastic model: `form` makes weights no sum of table entries, expected additive"
    );
    let normalised = PlasticModel { normalise: true, ..PlasticModel::literal(4) };
    assert!(matches!(refused(normalised, &learn, &score), BackpropError::NotLinear { field: "normalise", .. }));
    let model = PlasticModel::literal(4);
    assert!(matches!(refused(model.clone(), &learn, &[]), BackpropError::Shape { what: "scored samples", .. }));
    assert!(matches!(refused(model, &[(learn[0].0, 3)], &score), BackpropError::Shape { .. }));
}
