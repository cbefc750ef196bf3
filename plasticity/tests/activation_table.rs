//! The plastic classifier against its equations written as plain loops, for all switches.

#![allow(clippy::unwrap_used)]

use evoplast_plasticity::activation_table::{
    ActivationTables, Fired, Form, PlasticModel, PlasticNetwork, Ranked, Recurrence, Rows, Shape, Squash, Teacher,
    Ties, Weights, When,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

const SHAPE: Shape = Shape { inputs: 5, hidden: 9, classes: 3 };

fn uniform(rng: &mut ChaCha8Rng, count: usize, scale: f64) -> Vec<f64> {
    (0..count).map(|_| scale * (2.0 * rng.random::<f64>() - 1.0)).collect()
}

fn random_weights(rng: &mut ChaCha8Rng, masked: bool) -> Weights<f64> {
    let Shape { inputs, hidden, classes } = SHAPE;
    let mut mask = |count: usize| -> Vec<f64> {
        (0..if masked { count } else { 0 }).map(|_| f64::from(u8::from(rng.random::<f64>() < 0.6))).collect()
    };
    let (input_mask, hidden_mask) = (mask(inputs * hidden), mask(hidden * hidden));
    let mut weights = Weights {
        input: uniform(rng, inputs * hidden, 1.0),
        hidden: uniform(rng, hidden * hidden, 1.0),
        output: uniform(rng, hidden * classes, 1.0),
        input_mask,
        hidden_mask,
    };
    weights.input.iter_mut().zip(&weights.input_mask).for_each(|(w, m)| *w *= m);
    weights.hidden.iter_mut().zip(&weights.hidden_mask).for_each(|(w, m)| *w *= m);
    (0..hidden).for_each(|unit| weights.hidden[unit * (hidden + 1)] = 0.0);
    weights
}

fn random_tables(rng: &mut ChaCha8Rng, rounds: usize, input_bit: bool, scale: f64) -> ActivationTables {
    let mut tables = ActivationTables::silent(rounds, input_bit).unwrap();
    for table in [&mut tables.input, &mut tables.hidden, &mut tables.output] {
        *table = uniform(rng, table.len(), scale);
    }
    tables
}

/// The model as it stands in the papers, one loop a sum.
struct Naive {
    model: PlasticModel,
    tables: ActivationTables,
    weights: Weights<f64>,
}

impl Naive {
    fn cap(&self, sums: &[f64]) -> (Vec<f64>, Vec<usize>) {
        let f = |u: f64| match self.model.squash {
            Squash::Sigmoid => 1.0 / (1.0 + (-u).exp()),
            Squash::Relu => u.max(0.0),
            Squash::Linear => u,
        };
        let activity: Vec<f64> = sums.iter().map(|&u| f(u)).collect();
        let keys = if self.model.ranked == Ranked::Input { sums } else { &activity };
        let better = |j: usize, i: usize| {
            keys[j] > keys[i] || self.model.ties == Ties::LowestIndex && keys[j] == keys[i] && j < i
        };
        let tied = |i: usize| (0..keys.len()).filter(|&j| keys[j] == keys[i]).count();
        let selected = |i: usize| {
            let before = (0..keys.len()).filter(|&j| better(j, i)).count();
            match self.model.ties {
                Ties::LowestIndex => before < self.model.cap,
                Ties::Silent => before + tied(i) <= self.model.cap,
            }
        };
        let kept: Vec<f64> = (0..keys.len()).map(|i| if selected(i) { activity[i] } else { 0.0 }).collect();
        let fired = |i: usize| selected(i) && (self.model.fired == Fired::Selected || kept[i] != 0.0);
        let bits = (0..keys.len()).map(|i| usize::from(fired(i))).collect();
        (kept, bits)
    }

    fn present(&self, x: &[f64]) -> (Vec<usize>, Vec<f64>) {
        let Shape { inputs, hidden, classes } = SHAPE;
        let drive: Vec<f64> =
            (0..hidden).map(|i| (0..inputs).map(|j| self.weights.input[j * hidden + i] * x[j]).sum()).collect();
        let (first, mut codes) = self.cap(&drive);
        let mut last = first.clone();
        for _ in 0..self.tables.rounds {
            let v: Vec<f64> = (0..hidden)
                .map(|j| match self.model.recurrence {
                    Recurrence::FirstActivation => first[j] + last[j],
                    Recurrence::InputDrive => drive[j] + last[j],
                })
                .collect();
            let sums: Vec<f64> =
                (0..hidden).map(|i| (0..hidden).map(|j| self.weights.hidden[j * hidden + i] * v[j]).sum()).collect();
            let (kept, bits) = self.cap(&sums);
            last = kept;
            codes = codes.iter().zip(bits).map(|(code, bit)| 2 * code + bit).collect();
        }
        let scores =
            (0..classes).map(|c| (0..hidden).map(|j| self.weights.output[j * classes + c] * last[j]).sum()).collect();
        (codes, scores)
    }

    fn learn(&mut self, x: &[f64], label: usize) {
        let Shape { inputs, hidden, classes } = SHAPE;
        let (codes, scores) = self.present(x);
        let decision = (0..classes).fold(0, |best, c| if scores[c] > scores[best] { c } else { best });
        if self.model.when == When::Errors && decision == label {
            return;
        }
        let (eta, form) = (self.model.step, self.model.form);
        let change = |w: &mut f64, entry: f64| match form {
            Form::Additive => *w += eta * entry,
            Form::Multiplicative => *w *= 1.0 + eta * entry,
        };
        let connected = |mask: &[f64], index: usize| mask.is_empty() || mask[index] == 1.0;
        let weights = &mut self.weights;
        for j in 0..inputs {
            for i in (0..hidden).filter(|i| connected(&weights.input_mask, j * hidden + i)) {
                let index = if self.tables.input_bit { 2 * codes[i] + usize::from(x[j] > 0.0) } else { codes[i] };
                change(&mut weights.input[j * hidden + i], self.tables.input[index]);
            }
        }
        for j in 0..hidden {
            for i in (0..hidden).filter(|&i| i != j && connected(&weights.hidden_mask, j * hidden + i)) {
                let entry = self.tables.hidden[codes[j] * self.tables.codes() + codes[i]];
                change(&mut weights.hidden[j * hidden + i], entry);
            }
            for c in 0..classes {
                let row = match (self.model.teacher, self.model.rows) {
                    (Teacher::Reward, _) => c == decision,
                    (Teacher::Label, Rows::All) => true,
                    (Teacher::Label, Rows::LabelAndDecision) => c == decision || c == label,
                };
                if row {
                    let entry = self.tables.output[2 * codes[j] + usize::from(c == label)];
                    change(&mut weights.output[j * classes + c], entry);
                }
            }
        }
        if self.model.normalise {
            for (matrix, width) in
                [(&mut weights.input, hidden), (&mut weights.hidden, hidden), (&mut weights.output, classes)]
            {
                for row in matrix.chunks_mut(width) {
                    let norm = row.iter().map(|w| w * w).sum::<f64>().sqrt();
                    row.iter_mut().for_each(|w| *w /= if norm > 0.0 { norm } else { 1.0 });
                }
            }
        }
    }
}

fn model() -> impl Strategy<Value = PlasticModel> {
    let forward = (
        1..=SHAPE.hidden,
        prop_oneof![Just(Squash::Sigmoid), Just(Squash::Relu), Just(Squash::Linear)],
        prop_oneof![Just(Ranked::Input), Just(Ranked::Activation)],
        prop_oneof![Just(Ties::LowestIndex), Just(Ties::Silent)],
        prop_oneof![Just(Fired::NonZero), Just(Fired::Selected)],
        prop_oneof![Just(Recurrence::FirstActivation), Just(Recurrence::InputDrive)],
    );
    let learning = (
        prop_oneof![Just(Form::Additive), Just(Form::Multiplicative)],
        prop_oneof![Just(When::Always), Just(When::Errors)],
        prop_oneof![Just(Rows::All), Just(Rows::LabelAndDecision)],
        prop_oneof![Just(Teacher::Label), Just(Teacher::Reward)],
        any::<bool>(),
    );
    (forward, learning).prop_map(|(forward, learning)| {
        let (cap, squash, ranked, ties, fired, recurrence) = forward;
        let (form, when, rows, teacher, normalise) = learning;
        let step = 0.05;
        PlasticModel { cap, squash, ranked, ties, fired, recurrence, step, form, when, rows, teacher, normalise }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_combination_of_switches_follows_the_equations(
        model in model(), rounds in 0_usize..=4, input_bit: bool, masked: bool, seed: u64
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let weights = random_weights(&mut rng, masked);
        let tables = random_tables(&mut rng, rounds, input_bit, 1.0);
        let mut network = PlasticNetwork::new(model.clone(), SHAPE, Arc::new(weights.clone()), &tables).unwrap();
        let mut naive = Naive { model, tables, weights };
        for _ in 0..8 {
            let x = uniform(&mut rng, SHAPE.inputs, 1.0);
            let label = rng.random_range(0..SHAPE.classes);
            let (codes, scores) = naive.present(&x);
            network.decide(&x);
            let found: Vec<usize> = network.codes().iter().map(|&code| usize::from(code)).collect();
            prop_assert_eq!(found, codes);
            for (a, b) in network.scores().iter().zip(&scores) {
                prop_assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{} {}", a, b);
            }
            network.learn(&x, label);
            naive.learn(&x, label);
        }
        let found = network.weights();
        if rounds == 0 {
            // Nothing reads the hidden weights, so the network leaves them alone.
            naive.weights.hidden = found.hidden.clone();
        }
        let pairs = [
            (&found.input, &naive.weights.input),
            (&found.hidden, &naive.weights.hidden),
            (&found.output, &naive.weights.output),
        ];
        for (a, b) in pairs.into_iter().flat_map(|(a, b)| a.iter().zip(b)) {
            prop_assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{} {}", a, b);
        }
        network.reset();
        prop_assert_eq!(&network.weights(), &*Arc::new(random_weights(&mut ChaCha8Rng::seed_from_u64(seed), masked)));
    }

    /// Hidden units have no order: with other numbers for them, the same decisions.
    #[test]
    fn hidden_units_may_be_renumbered(seed: u64) {
        let Shape { inputs, hidden, classes } = SHAPE;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let weights = random_weights(&mut rng, false);
        let tables = random_tables(&mut rng, 3, true, 1.0);
        let mut order: Vec<usize> = (0..hidden).collect();
        for i in (1..hidden).rev() {
            order.swap(i, rng.random_range(0..=i));
        }
        let mut moved = weights.clone();
        for i in 0..hidden {
            for j in 0..inputs {
                moved.input[j * hidden + order[i]] = weights.input[j * hidden + i];
            }
            for j in 0..hidden {
                moved.hidden[order[j] * hidden + order[i]] = weights.hidden[j * hidden + i];
            }
            for c in 0..classes {
                moved.output[order[i] * classes + c] = weights.output[i * classes + c];
            }
        }
        let build = |weights| {
            PlasticNetwork::new(PlasticModel::corrected(4), SHAPE, Arc::new(weights), &tables).unwrap()
        };
        let (mut a, mut b) = (build(weights), build(moved));
        for _ in 0..6 {
            let x = uniform(&mut rng, inputs, 1.0);
            let label = rng.random_range(0..classes);
            a.decide(&x);
            b.decide(&x);
            a.learn(&x, label);
            b.learn(&x, label);
            for (p, q) in a.scores().iter().zip(b.scores()) {
                prop_assert!((p - q).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn known_hidden_activity_gives_the_same_output_learning() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let weights = Arc::new(random_weights(&mut rng, false));
    let tables = ActivationTables::perceptron(3).unwrap();
    let build = || PlasticNetwork::new(PlasticModel::corrected(4).gated(), SHAPE, weights.clone(), &tables).unwrap();
    let (mut whole, mut fixed, mut cached) = (build(), build(), build());
    for sample in 0..20 {
        let x = uniform(&mut rng, SHAPE.inputs, 1.0);
        fixed.decide(&x);
        let decision = whole.decide(&x);
        assert_eq!(cached.decide_from(fixed.codes(), fixed.activity(3)), decision);
        assert_eq!(whole.learn(&x, sample % 3), cached.learn(&[], sample % 3));
    }
    assert_eq!(whole.weights(), cached.weights());
    assert_ne!(whole.weights().output, weights.output);
}

/// The hand-made rule is the perceptron: w_c += eta for units that fired in the last round if c is the label, -= eta if c was
/// the decision.
#[test]
fn the_perceptron_changes_rows_of_label_and_decision_of_units_that_fired_last() {
    let weights = random_weights(&mut ChaCha8Rng::seed_from_u64(5), false);
    let tables = ActivationTables::perceptron(2).unwrap();
    let model = PlasticModel::corrected(4).gated();
    let mut network = PlasticNetwork::new(model, SHAPE, Arc::new(weights.clone()), &tables).unwrap();
    let x = [0.3, -0.2, 0.9, 0.1, -0.5];
    let decision = network.decide(&x);
    let label = (decision + 1) % 3;
    let last: Vec<bool> = network.activity(2).iter().map(|&a| a != 0.0).collect();
    assert_eq!(last.iter().filter(|fired| **fired).count(), 4);
    network.learn(&x, label);
    let after = network.weights();
    assert_eq!((&after.input, &after.hidden), (&weights.input, &weights.hidden));
    for (unit, fired) in last.iter().enumerate() {
        for class in 0..3 {
            let sign = f64::from(i8::from(class == label) - i8::from(class == decision));
            let expected = weights.output[3 * unit + class] + if *fired { 0.01 * sign } else { 0.0 };
            assert!((after.output[3 * unit + class] - expected).abs() < 1e-12);
        }
    }
}

/// Equal columns of hidden units tie; in single precision large sums saturate the sigmoid, and ranking by activation then
/// selects by index what ranking by input tells apart.
#[test]
fn saturated_units_tie_by_activation_and_not_by_input() {
    let shape = Shape { inputs: 1, hidden: 4, classes: 2 };
    let weights = Weights::<f32> {
        input: vec![20.0, 40.0, 30.0, 25.0],
        hidden: vec![0.0; 16],
        output: vec![0.0; 8],
        input_mask: vec![],
        hidden_mask: vec![],
    };
    let codes = |model: PlasticModel| {
        let tables = ActivationTables::silent(0, false).unwrap();
        let mut network = PlasticNetwork::new(model, shape, Arc::new(weights.clone()), &tables).unwrap();
        network.decide(&[1.0]);
        network.codes().to_vec()
    };
    assert_eq!(codes(PlasticModel::literal(2)), [1, 1, 0, 0]);
    assert_eq!(codes(PlasticModel { ties: Ties::Silent, ..PlasticModel::literal(2) }), [0, 0, 0, 0]);
    assert_eq!(codes(PlasticModel::corrected(2)), [0, 1, 1, 0]);
}

#[test]
fn wrong_sizes_are_named() {
    let good = random_weights(&mut ChaCha8Rng::seed_from_u64(1), false);
    let tables = ActivationTables::silent(1, false).unwrap();
    let message = |weights: Weights<f64>, cap, tables: &ActivationTables| {
        PlasticNetwork::new(PlasticModel::literal(cap), SHAPE, Arc::new(weights), tables).unwrap_err().to_string()
    };
    let short = Weights { output: vec![0.0; 5], ..good.clone() };
    assert_eq!(message(short, 4, &tables), "output weights: expected 27 values, found 5");
    let mut own = good.clone();
    own.hidden[10] = 0.5;
    let expected = "diagonal of the hidden weights[1]: expected 0, for no unit is connected to itself, found 0.5";
    assert_eq!(message(own, 4, &tables), expected);
    assert!(message(good.clone(), 10, &tables).starts_with("cap[0]: expected at least 1"));
    let mut torn = tables.clone();
    torn.hidden.pop();
    assert_eq!(message(good, 4, &torn), "hidden table: expected 16 values, found 15");
}
