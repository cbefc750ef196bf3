//! The loop does the same for any number of trials, threads and pieces, and says where it broke.

use crate::{constant_batch, four_state, four_weights, network};
use evoplast_neuron::Scalar;
use evoplast_neuron::analysis::equilibria;
use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams, SchemeKind, Staggered};
use evoplast_synapse::graded::{
    Coupling, GradedBatch, GradedChunk, GradedConfig, GradedKinetics, GradedNetwork, GradedShape, GradedState,
    GradedWeights,
};
use evoplast_synapse::{LayerChange, Snapshot, Trainable};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SHAPE: GradedShape = GradedShape { channels: 5, neurons: 19, outputs: 3 };

fn weights<F: Scalar>(seed: u64) -> GradedWeights<F> {
    GradedWeights::hazelden(SHAPE, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap()
}

fn trials(count: usize) -> Vec<Vec<f32>> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    (0..count).map(|_| (0..6 * SHAPE.channels).map(|_| rng.random::<f32>()).collect()).collect()
}

fn batch<F: Scalar>(trials: &[Vec<f32>]) -> GradedBatch<F> {
    let slices: Vec<&[f32]> = trials.iter().map(Vec::as_slice).collect();
    GradedBatch::new(SHAPE.channels, 10, &slices, vec![5..20, 40..60, 0..60]).unwrap()
}

/// State of trials `from..to` out of many.
fn state<F: Scalar>(from: usize, to: usize) -> GradedState<F> {
    let value = |i: usize, t: usize, span: f64| span * (((i * 31 + t * 17) % 29) as f64 / 29.0 - 0.5);
    let column = |centre: f64, span: f64| {
        (0..SHAPE.neurons).flat_map(|i| (from..to).map(move |t| F::of(centre + value(i, t, span)))).collect()
    };
    GradedState::silent(to - from, vec![column(-20.0, 20.0), column(0.014, 0.01)]).unwrap()
}

#[test]
fn a_trial_has_the_same_bits_alone_and_in_any_batch_on_any_number_of_threads() {
    let all = trials(37);
    let net = network(SHAPE.neurons, GradedConfig::default());
    let whole = net.run::<f32>(&weights(1), &batch(&all), &state(0, 37)).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| net.run::<f32>(&weights(1), &batch(&all), &state(0, 37)).unwrap()), whole);
    }
    for trial in [0, 15, 16, 36] {
        let one = net.run::<f32>(&weights(1), &batch(&all[trial..=trial]), &state(trial, trial + 1)).unwrap();
        for (row, one) in whole.released.chunks_exact(37).zip(&one.released) {
            assert_eq!(row[trial].to_bits(), one.to_bits());
        }
        for (row, one) in whole.state.variables[0].chunks_exact(37).zip(&one.state.variables[0]) {
            assert_eq!(row[trial].to_bits(), one.to_bits());
        }
    }
}

#[test]
fn a_run_in_two_pieces_is_the_run_in_one() {
    let all = trials(9);
    let slow = GradedKinetics::Exponential { tau_ms: 5.0 };
    let staggered = (SchemeKind::Staggered, Coupling::Step);
    let heun = (SchemeKind::Heun, Coupling::Stage);
    for ((scheme, coupling), kinetics) in [
        (staggered, GradedKinetics::Instantaneous {}),
        (heun, GradedKinetics::Instantaneous {}),
        (staggered, slow),
        (heun, slow),
    ] {
        let net = network(SHAPE.neurons, GradedConfig { scheme, coupling, kinetics, ..GradedConfig::default() });
        let whole = net.run::<f64>(&weights(1), &batch(&all), &state(0, 9)).unwrap();
        let pieces = |frames: std::ops::Range<usize>| -> GradedBatch<f64> {
            let cut = frames.start * SHAPE.channels..frames.end * SHAPE.channels;
            let slices: Vec<&[f32]> = all.iter().map(|t| &t[cut.clone()]).collect();
            GradedBatch::new(SHAPE.channels, 10, &slices, vec![]).unwrap()
        };
        let first = net.run(&weights(1), &pieces(0..2), &state(0, 9)).unwrap();
        let second = net.run(&weights(1), &pieces(2..6), &first.state).unwrap();
        assert_eq!(second.state, whole.state);
    }
}

#[test]
fn parameters_of_each_neuron_and_one_entry_for_all_give_the_same_bits() {
    let all = trials(4);
    let one = network(SHAPE.neurons, GradedConfig::default());
    let params = vec![MorrisLecarParams::hazelden(); SHAPE.neurons];
    let each = GradedNetwork::<MorrisLecar>::new(SHAPE.neurons, params, GradedConfig::default()).unwrap();
    let run = |net: &GradedNetwork<MorrisLecar>| net.run::<f32>(&weights(1), &batch(&all), &state(0, 4)).unwrap();
    assert_eq!(run(&one), run(&each));
}

#[test]
fn windows_are_means_of_transmission_and_outputs_are_linear_in_them() {
    let all = trials(3);
    let net = network(SHAPE.neurons, GradedConfig::default());
    let run = net.run::<f64>(&weights(1), &batch(&all), &state(0, 3)).unwrap();
    let mut sum = vec![0.0; SHAPE.neurons * 3];
    let mut now = state::<f64>(0, 3);
    for step in 0..60 {
        let frame = step / 10 * SHAPE.channels;
        let slices: Vec<&[f32]> = all.iter().map(|t| &t[frame..frame + SHAPE.channels]).collect();
        now = net.run(&weights(1), &GradedBatch::new(SHAPE.channels, 1, &slices, vec![]).unwrap(), &now).unwrap().state;
        if (40..60).contains(&step) {
            sum.iter_mut().zip(&now.released).for_each(|(s, t)| *s += t / 20.0);
        }
    }
    let second = &run.released[SHAPE.neurons * 3..2 * SHAPE.neurons * 3];
    assert!(sum.iter().zip(second).all(|(a, b)| (a - b).abs() < 1e-12));
    let (w, y) = (weights::<f64>(1), run.outputs(&weights(1)));
    for o in 0..3 {
        for t in 0..3 {
            let sum: f64 = (0..SHAPE.neurons).map(|i| w.readout()[i * 3 + o] * second[i * 3 + t]).sum();
            assert!((y[(3 + o) * 3 + t] - sum - w.bias()[o]).abs() < 1e-12);
        }
    }
}

/// At rest T is constant, so s(t) = T (1 - e^(-t/tau)).
#[test]
fn receptors_of_a_neuron_at_rest_open_exponentially() {
    let at_rest = equilibria::<MorrisLecar>(&MorrisLecarParams::hazelden(), 20.0)
        .into_iter()
        .find(|e| e.unstable == 0)
        .map(|e| e.state)
        .unwrap();
    let weights = GradedWeights::new(GradedShape { channels: 1, neurons: 1, outputs: 1 }, vec![0.0; 4]).unwrap();
    let start = GradedState::silent(1, vec![vec![at_rest[0]], vec![at_rest[1]]]).unwrap();
    let batch = GradedBatch::<f64>::new(1, 250, &[&[0.0]], vec![]).unwrap();
    let config = GradedConfig { applied: 0.0, offset: 20.0, dt_ms: 0.1, ..GradedConfig::default() };
    let t = 1.0 / (1.0 + (-(at_rest[0] + 3.0) / 8.0).exp());
    for tau_ms in [2.0, 30.0] {
        let kinetics = GradedKinetics::Exponential { tau_ms };
        let expected = t * (1.0 - (-25.0 / tau_ms).exp());
        for (scheme, coupling, tolerance) in
            [(SchemeKind::ExponentialEuler, Coupling::Step, 1e-10), (SchemeKind::Rk4, Coupling::Stage, 1e-6)]
        {
            let net = network(1, GradedConfig { scheme, coupling, kinetics, ..config.clone() });
            let s = net.run(&weights, &batch, &start).unwrap().state.released[0];
            assert!((s / expected - 1.0).abs() < tolerance, "{scheme:?} {tau_ms}: {s} {expected}");
        }
    }
}

/// Coupled stages have the order of their method with slow receptors too; a network coupled once a step tends to the same.
#[test]
fn slow_receptors_have_the_order_of_the_method() {
    let kinetics = GradedKinetics::Exponential { tau_ms: 5.0 };
    let last = |scheme, coupling, steps: usize| {
        let config = GradedConfig { scheme, coupling, kinetics, dt_ms: 16.0 / steps as f64, ..GradedConfig::default() };
        let run = network(4, config).run::<f64>(&four_weights(), &constant_batch(steps), &four_state()).unwrap();
        run.state.released
    };
    let truth = last(SchemeKind::Rk4, Coupling::Stage, 6400);
    let error = |scheme, coupling, steps| -> f64 {
        let found = last(scheme, coupling, steps);
        found.iter().zip(&truth).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()))
    };
    let methods = [
        (SchemeKind::Rk4, Coupling::Stage, 4.0),
        (SchemeKind::Heun, Coupling::Stage, 2.0),
        (SchemeKind::Rk4, Coupling::Step, 1.0),
    ];
    for (scheme, coupling, order) in methods {
        let found = (error(scheme, coupling, 320) / error(scheme, coupling, 640)).log2();
        assert!((found - order).abs() < 0.15, "{scheme:?} {coupling:?}: {found}");
    }
}

/// Without weights or trials that matter, the input of a step is the noise: of its deviation, new for every neuron, trial and step.
#[test]
fn noise_is_white_and_belongs_to_the_trial() {
    let all = trials(18);
    let net = network(SHAPE.neurons, GradedConfig { dt_ms: 1e-9, ..GradedConfig::default() });
    let none = GradedWeights::<f64>::new(SHAPE, vec![0.0; SHAPE.len()]).unwrap();
    let currents = |trials: &[Vec<f32>], from: usize| {
        let noisy = batch::<f64>(trials).with_noise(0.3, 5).unwrap();
        let mut chunk = GradedChunk::<f64, 8>::new(&state(from, from + trials.len()), &noisy, 0..trials.len().min(8));
        chunk.begin_frame(&noisy, 0, &none);
        let mut seen: Vec<Vec<f64>> = vec![];
        let constants = net.constants::<f64>();
        chunk
            .advance::<MorrisLecar, Staggered>(&constants, none.recurrent(), 60, |_, _, _, current| {
                seen.push(current.iter().map(|i| (i - 39.9) / 36.75 - 0.1).collect());
            })
            .unwrap();
        seen
    };
    let seen = currents(&all[..8], 0);
    let values: Vec<f64> = seen.iter().flatten().copied().collect();
    let n = values.len() as f64;
    let (mean, square) = (values.iter().sum::<f64>() / n, values.iter().map(|z| z * z).sum::<f64>() / n);
    assert!(mean.abs() < 4.0 * 0.3 / n.sqrt(), "{mean}");
    assert!((square / 0.09 - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{square}");
    let product = |lag: usize| values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum::<f64>() / n / 0.09;
    // The next trial, the next neuron, the next step.
    for lag in [1, 8, 8 * SHAPE.neurons] {
        assert!(product(lag).abs() < 4.0 / n.sqrt(), "{lag}: {}", product(lag));
    }
    // A trial has its noise in any batch.
    let three = currents(&all[..3], 0);
    for (eight, three) in seen.iter().zip(&three) {
        assert!((0..SHAPE.neurons).all(|i| (0..3).all(|t| eight[i * 8 + t] == three[i * 8 + t])));
    }
    // And the whole batch on two widths of chunks: 18 trials are 16 and 2.
    let run = |from: usize, to: usize| {
        let noisy = batch::<f64>(&all[from..to]).with_noise(0.3, 5).unwrap();
        net.run(&weights(1), &noisy, &state(from, to)).unwrap().state.variables[0].clone()
    };
    let (many, few) = (run(0, 18), run(0, 2));
    assert!((0..SHAPE.neurons).all(|i| many[i * 18..][..2] == few[i * 2..][..2]));
    assert!(batch::<f64>(&all).with_noise(-1.0, 1).unwrap_err().to_string().contains("noise"));
    let stages = GradedConfig { scheme: SchemeKind::Heun, coupling: Coupling::Stage, ..GradedConfig::default() };
    let noisy = batch::<f64>(&all).with_noise(0.1, 1).unwrap();
    let error = network(SHAPE.neurons, stages).run(&weights(1), &noisy, &state(0, 18)).unwrap_err();
    assert!(error.to_string().contains("once a step"), "{error}");
}

#[test]
fn what_diverges_is_named_with_time_neuron_trial_and_value() {
    let mut values = four_weights::<f64>().values().to_vec();
    values[2] = 1e5; // the input of neuron 2 alone
    let weights = GradedWeights::new(four_weights::<f64>().shape(), values).unwrap();
    let batch = GradedBatch::new(1, 5, &[&[0.0; 4], &[0.0, 0.0, 1.0, 0.0]], vec![]).unwrap();
    let one = four_state::<f64>();
    let twice = |x: &Vec<f64>| x.iter().flat_map(|x| [*x, *x]).collect::<Vec<_>>();
    let state = GradedState::silent(2, one.variables.iter().map(twice).collect()).unwrap();
    let error = network(4, GradedConfig::default()).run(&weights, &batch, &state).unwrap_err().to_string();
    assert!(error.contains("neuron 2 in trial 1 at 1.1 ms"), "{error}");
    // A step far too long for forward Euler.
    let config = GradedConfig { scheme: SchemeKind::ForwardEuler, dt_ms: 500.0, ..GradedConfig::default() };
    let batch = GradedBatch::new(1, 50, &[&[1.0]], vec![]).unwrap();
    let error = network(4, config).run(&four_weights::<f64>(), &batch, &four_state()).unwrap_err().to_string();
    assert!(error.contains("step is too long"), "{error}");
}

#[test]
fn sizes_and_numbers_that_do_not_fit_are_named() {
    let net = network(4, GradedConfig::default());
    let batch = |channels: usize| GradedBatch::<f64>::new(channels, 5, &[&[1.0; 4]], vec![]).unwrap();
    let message = |r: Result<_, evoplast_synapse::SynapseError>| r.map(|_: ()| ()).unwrap_err().to_string();
    let run = |net: &GradedNetwork<MorrisLecar>, b: &GradedBatch<f64>, s: &GradedState<f64>| {
        message(net.run(&four_weights(), b, s).map(|_| ()))
    };
    assert!(run(&net, &batch(2), &four_state()).contains("channels of the batch: found 2, expected 1"));
    assert!(run(&network(5, GradedConfig::default()), &batch(1), &four_state()).contains("neurons"));
    let two = GradedBatch::new(1, 5, &[&[1.0; 4], &[1.0; 4]], vec![]).unwrap();
    assert!(run(&net, &two, &four_state()).contains("trials of the state"));
    let new = |frame_steps, trials: &[&[f32]], windows| {
        message(GradedBatch::<f64>::new(1, frame_steps, trials, windows).map(|_| ()))
    };
    assert!(new(0, &[&[1.0]], vec![]).contains("frame_steps"));
    assert!(new(1, &[], vec![]).contains("trials"));
    assert!(new(1, &[&[f32::NAN]], vec![]).contains("input"));
    assert!(new(1, &[&[1.0], &[1.0, 2.0]], vec![]).contains("input of a trial"));
    assert!(new(2, &[&[1.0]], std::iter::once(1..3).collect()).contains("window"));
    let bad =
        |config| message(GradedNetwork::<MorrisLecar>::new(4, vec![MorrisLecarParams::hazelden()], config).map(|_| ()));
    assert!(bad(GradedConfig { dt_ms: 0.0, ..GradedConfig::default() }).contains("dt_ms"));
    let base = GradedConfig::default();
    let kinetics = GradedKinetics::Exponential { tau_ms: 0.0 };
    assert!(bad(GradedConfig { kinetics, ..GradedConfig::default() }).contains("tau_ms"));
    let fast = GradedKinetics::Exponential { tau_ms: 0.05 };
    let heun = GradedConfig { scheme: SchemeKind::Heun, coupling: Coupling::Stage, kinetics: fast, ..base.clone() };
    assert!(bad(heun).contains("at least a step"));
    let read = |text: &str| serde_json::from_str::<GradedConfig>(text);
    assert!(read(r#"{"kinetics":{"kind":"instantaneous"}}"#).is_ok_and(|config| config == base));
    assert!(read(r#"{"kinetics":{"kind":"instantaneous","tau_ms":100.0}}"#).is_err());
    assert!(bad(GradedConfig { offset: f64::NAN, ..GradedConfig::default() }).contains("offset"));
    assert!(bad(GradedConfig { coupling: Coupling::Stage, ..GradedConfig::default() }).contains("heun or rk4"));
}

#[test]
fn weights_are_named_blocks_that_layer_change_understands() {
    let mut w = weights::<f32>(1);
    let layout = w.layout();
    let names: Vec<(&str, usize)> = layout.blocks.iter().map(|b| (b.name.as_str(), b.range.len())).collect();
    assert_eq!(names, [("input", 95), ("recurrent", 361), ("readout", 57), ("bias", 3)]);
    let before = Snapshot::of(&layout, &w.read()).unwrap();
    let mut changed = w.read();
    changed[100] += 0.5;
    w.write(&changed).unwrap();
    let change = LayerChange::between(&before, &w.snapshot()).unwrap();
    let shares: Vec<(String, bool)> = change.blocks.iter().map(|b| (b.name.clone(), b.share > Some(0.9))).collect();
    assert!(shares.iter().all(|(name, most)| *most == (name == "recurrent")), "{shares:?}");
    assert!(w.write(&changed[1..]).is_err() && w.write(&vec![f32::NAN; changed.len()]).is_err());
    assert_eq!(w.read(), changed);
}

#[test]
fn initial_weights_have_the_published_ranges() {
    let shape = GradedShape { channels: 50, neurons: 128, outputs: 3 };
    let w = GradedWeights::<f64>::hazelden(shape, &mut ChaCha8Rng::seed_from_u64(4)).unwrap();
    let r = 1.0 / 128.0_f64.sqrt();
    let within = |block: &[f64], centre: f64| block.iter().all(|x| (x - centre).abs() <= r);
    assert!(
        within(w.input(), 0.1) && within(w.readout(), 0.1) && within(w.recurrent(), 0.001) && within(w.bias(), 0.0)
    );
    let still = w.recurrent().iter().filter(|x| **x == 0.001).count() as f64 / 16384.0;
    assert!((still - 0.2).abs() < 0.02, "{still}");
    let mean = w.input().iter().sum::<f64>() / 6400.0;
    assert!((mean - 0.1).abs() < 5.0 * r / (3.0 * 6400.0_f64).sqrt(), "{mean}");
}

#[test]
fn dales_principle_is_a_choice() {
    let signs: Vec<i8> = (0..SHAPE.neurons).map(|i| if i % 5 == 0 { -1 } else { 1 }).collect();
    let mut w = weights::<f64>(1).dale(signs.clone()).unwrap();
    for (row, &sign) in w.recurrent().chunks_exact(SHAPE.neurons).zip(&signs) {
        assert!(row.iter().all(|x| x * f64::from(sign) >= 0.0));
    }
    let mut values = w.values().to_vec();
    values[SHAPE.recurrent().start] = 0.1;
    assert!(w.set(values).unwrap_err().to_string().contains("sign of its presynaptic neuron"));
    assert!(weights::<f64>(1).dale(vec![1; 3]).is_err() && weights::<f64>(1).dale(vec![2; SHAPE.neurons]).is_err());
}
