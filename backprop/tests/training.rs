//! Updates under constraints: Dale's principle, learning rates by block, rewiring, and a task that must be learned.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_backprop::{
    BpttOptions, Clip, CrossEntropy, Logits, MeanSquaredError, Rewiring, Traces, Trainer, updating,
};
use evoplast_evolve::Adam;
use evoplast_synapse::{Entry, LayerChange, NetworkWeights, ProjectionId, SpikeRaster, Trainable};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{Net, kinetics, rasters, slices};

const STEPS: usize = 60;

#[test]
fn signs_and_zeros_survive_training() {
    let net = Net::random("lif", &kinetics()[1], 20, 3, 1);
    let mut bptt = net.bptt::<f32>(BpttOptions::default());
    let mut start = bptt.parameters();
    start.iter_mut().step_by(7).for_each(|w| *w = 0.0);
    bptt.set_parameters(&start).unwrap();
    let trainer = Trainer::new(&bptt).dale(&bptt);
    let trials = rasters(8, net.n_in, STEPS, 0.1, 2);
    let loss = MeanSquaredError::new(Traces::zeros(STEPS, 2, 8));
    let mut adam = Adam::new(5.0);
    let mut update = updating(&mut adam);
    let mut cut = 0;
    for _ in 0..10 {
        let report = trainer.step(&mut bptt, &slices(&trials), STEPS, &loss, &mut update).unwrap();
        cut += report.cut;
    }
    let end = bptt.parameters();
    assert!(cut > 0, "no weight was pushed to the other sign");
    for (k, (a, b)) in start.iter().zip(&end).enumerate() {
        assert!(a * b >= 0.0 && (*a != 0.0 || *b == 0.0), "weight {k}: {a} became {b}");
    }
    assert!(start.iter().zip(&end).any(|(a, b)| a != b));
}

#[test]
fn learning_rates_by_block_scale_the_change_and_bad_names_are_refused() {
    let net = Net::random("lif", &kinetics()[1], 20, 3, 4);
    let trials = rasters(8, net.n_in, STEPS, 0.1, 2);
    let loss = MeanSquaredError::new(Traces::zeros(STEPS, 2, 8));
    let change = |factors: &[(&str, f64)]| {
        let mut bptt = net.bptt::<f32>(BpttOptions::default());
        let before = bptt.parameters();
        let mut trainer = Trainer::new(&bptt);
        for &(name, factor) in factors {
            trainer = trainer.learning_rate(&bptt, name, factor).unwrap();
        }
        let mut adam = Adam::new(1.0);
        let mut update = updating(&mut adam);
        trainer.step(&mut bptt, &slices(&trials), STEPS, &loss, &mut update).unwrap();
        before.iter().zip(bptt.parameters()).map(|(a, b)| b - a).collect::<Vec<f32>>()
    };
    let [input, recurrent, _] = net.sizes();
    let (plain, scaled) = (change(&[]), change(&[("input", 0.0), ("recurrent cell->cell", 0.5), ("output", 2.0)]));
    assert!(scaled[..input].iter().all(|&d| d == 0.0));
    let near = |a: f32, b: f32| (a - b).abs() < 1e-4;
    assert!(plain[input..input + recurrent].iter().zip(&scaled[input..]).all(|(a, b)| near(0.5 * a, *b)));
    assert!(plain[input + recurrent..].iter().zip(&scaled[input + recurrent..]).all(|(a, b)| near(2.0 * a, *b)));
    let bptt = net.bptt::<f32>(BpttOptions::default());
    let error = Trainer::new(&bptt).learning_rate(&bptt, "hidden", 1.0).unwrap_err().to_string();
    assert!(error.contains("hidden") && error.contains("recurrent cell->cell"), "{error}");
}

#[test]
fn clipping_bounds_what_the_update_sees() {
    let net = Net::random("lif", &kinetics()[1], 20, 3, 4);
    let mut bptt = net.bptt::<f32>(BpttOptions::default());
    let trials = rasters(2, net.n_in, STEPS, 0.1, 2);
    let loss = MeanSquaredError::new(Traces::zeros(STEPS, 2, 2));
    let mut seen = 0.0;
    let trainer = Trainer::new(&bptt).clip(Clip { norm: 1e-3 });
    let report = trainer
        .step(&mut bptt, &slices(&trials), STEPS, &loss, &mut |_, g| seen = g.iter().map(|x| x * x).sum::<f32>().sqrt())
        .unwrap();
    assert!(report.norm > 1e-3 && (seen - 1e-3).abs() < 1e-8, "{} became {seen}", report.norm);
}

fn recurrent(net: &Net) -> ProjectionId {
    net.network().3
}

#[test]
fn rewiring_keeps_degrees_and_gives_the_network_that_it_describes() {
    let net = Net::random("lif", &kinetics()[1], 20, 3, 6);
    let mut bptt = net.bptt::<f32>(BpttOptions::default());
    let [input, count, _] = net.sizes();
    let start = bptt.snapshot();
    let mut weights = bptt.parameters();
    weights[input..input + count].iter_mut().step_by(3).for_each(|w| *w = 0.0);
    bptt.set_parameters(&weights).unwrap();
    let cut = bptt.snapshot();
    assert_eq!(start.with_weights(&weights).unwrap(), cut);
    let id = recurrent(&net);
    let before = bptt.wiring(id).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let sign = |i: usize| if net.port[i] == 0 { 1.0 } else { -1.0 };
    let done = Rewiring { projection: id }
        .apply(&mut bptt, &mut rng, &mut |i, rng| sign(i) * rng.random_range(50.0_f32..51.0))
        .unwrap();
    assert_eq!(done.moved, count.div_ceil(3));
    let after = bptt.wiring(id).unwrap();
    let t = &after.topology;
    assert_eq!(t.len(), count);
    for i in 0..net.n {
        assert_eq!(t.row(i).len(), before.topology.row(i).len(), "out-degree of {i}");
        assert!(!t.targets()[t.row(i)].contains(&(i as u32)), "{i} reaches itself");
    }
    // Old weights are where they were, new ones where none was.
    let (new, old) = (bptt.parameters(), &weights);
    for (k, origin) in done.origin.iter().enumerate() {
        match origin {
            Some(from) => assert_eq!(new[k], old[*from], "parameter {k}"),
            None => assert!((50.0..51.0).contains(&new[k].abs()), "parameter {k}: {}", new[k]),
        }
    }
    assert_eq!(done.origin.iter().filter(|o| o.is_none()).count(), done.moved);
    // A network built from the new wiring has the same parameters in the same order, and the same gradient.
    let mut again = net.clone();
    let signed = after.signed(&after.initial);
    again.recurrent.clear();
    t.for_each(|k, i, j| again.recurrent.push((i as u32, j as u32, t.delays()[k], signed[k])));
    let mut built = again.bptt::<f32>(BpttOptions::default());
    let mut parameters = built.parameters();
    parameters[..input].copy_from_slice(&new[..input]);
    built.set_parameters(&parameters).unwrap();
    assert_eq!(built.parameters(), new);
    let trials = rasters(3, net.n_in, STEPS, 0.1, 2);
    let loss = MeanSquaredError::new(Traces::zeros(STEPS, 2, 3));
    let (a, b) = (
        built.gradient(&slices(&trials), STEPS, &loss).unwrap().values,
        bptt.gradient(&slices(&trials), STEPS, &loss).unwrap().values,
    );
    assert_eq!(a, b);
    // Snapshots of both agree by place, and tell what moved.
    let moved = bptt.snapshot();
    assert_eq!(moved, built.snapshot());
    let mut recurrent = vec![];
    t.for_each(|k, i, j| recurrent.push(Entry { pre: i as u32, post: j as u32, weight: signed[k] }));
    assert_eq!(moved.block("recurrent cell->cell").unwrap().entries(), recurrent);
    let output = moved.block("output cell->output").unwrap();
    let expected: Vec<_> = net.output.iter().map(|&(pre, post, _, weight)| Entry { pre, post, weight }).collect();
    assert_eq!(output.entries(), expected);
    let change = LayerChange::between(&cut, &moved).unwrap();
    let moved_places = change.blocks.iter().map(|b| (b.turnover * b.count as f64).round() as usize);
    // Lost weights were 0 already: only what is new counts, and only in the recurrent block.
    assert_eq!(moved_places.collect::<Vec<_>>(), [0, done.moved, 0]);
    // The old network cannot take the weights of the new connections.
    let (mut network, _, input_id, recurrent_id) = net.network();
    let mut old = NetworkWeights::new(&mut network)
        .with("input", input_id, &["source"], &["cell"])
        .unwrap()
        .with("recurrent", recurrent_id, &["cell"], &["cell"])
        .unwrap();
    assert!(bptt.store(&mut old).unwrap_err().to_string().contains("rewired"));
}

#[test]
fn learned_weights_go_back_to_the_network() {
    let net = Net::random("lif", &kinetics()[1], 20, 3, 7);
    let mut bptt = net.bptt::<f32>(BpttOptions::default());
    let doubled: Vec<f32> = bptt.read().iter().map(|w| 2.0 * w).collect();
    bptt.write(&doubled).unwrap();
    let (mut network, _, input, recurrent) = net.network();
    let mut weights = NetworkWeights::new(&mut network)
        .with("input", input, &["source"], &["cell"])
        .unwrap()
        .with("recurrent", recurrent, &["cell"], &["cell"])
        .unwrap();
    bptt.store(&mut weights).unwrap();
    let own = weights.layout().len();
    assert_eq!(weights.read(), doubled[..own]);
    let names: Vec<_> = bptt.layout().blocks.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(names, ["input source->cell", "recurrent cell->cell", "output cell->output"]);
}

/// Two classes of spike trains that differ only in which half of the inputs fires first.
fn order_task(trials: usize, seed: u64) -> (Vec<Vec<SpikeRaster>>, Vec<usize>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..trials)
        .map(|b| {
            let label = b % 2;
            let mut raster = SpikeRaster::new();
            for t in 0..STEPS {
                let half = usize::from(t >= STEPS / 2) ^ label;
                let own: Vec<u32> = (0..4).filter(|&i| i as usize / 2 == half && rng.random::<f64>() < 0.2).collect();
                raster.push_step(&own);
            }
            (vec![raster], label)
        })
        .unzip()
}

#[test]
fn training_learns_the_order_of_inputs() {
    for model in support::MODELS {
        let mut net = Net::random(model, &kinetics()[1], 30, 3, 9);
        net.injected.iter_mut().for_each(|x| *x = 150.0);
        let mut bptt = net.bptt::<f32>(BpttOptions::default());
        let mut trainer = Trainer::new(&bptt).dale(&bptt);
        for (name, factor) in [("input", 5.0), ("recurrent", 5.0), ("output", 0.05)] {
            trainer = trainer.learning_rate(&bptt, name, factor).unwrap();
        }
        let mut adam = Adam::new(1.0);
        let mut update = updating(&mut adam);
        let late = STEPS - 20..STEPS;
        let loss = |labels: Vec<usize>| CrossEntropy { labels, window: late.clone(), logits: Logits::Mean };
        for seed in 0..40 {
            let (trials, labels) = order_task(16, seed);
            trainer.step(&mut bptt, &slices(&trials), STEPS, &loss(labels), &mut update).unwrap();
        }
        let (trials, labels) = order_task(64, 1000);
        let fresh = bptt.gradient(&slices(&trials), STEPS, &loss(labels)).unwrap().loss;
        assert!(fresh < 0.35, "{model}: {fresh} on new trials, guessing gives 0.69");
    }
}
