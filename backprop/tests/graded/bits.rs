//! The same bits with any checkpoints and any number of threads; truncation; what is said of gradients that explode.

use crate::{SHAPE, batch, loss, state, weights};
use evoplast_backprop::graded::{GradedBptt, GradedGradient, GradedOptions, readout_gradient};
use evoplast_backprop::{BackpropError, CrossEntropy, Logits};
use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams, SchemeKind};
use evoplast_synapse::graded::{Coupling, GradedBatch, GradedConfig, GradedKinetics, GradedNetwork, GradedState};

const REST: [f64; 1] = [0.02];

fn engine(config: &GradedConfig, options: GradedOptions) -> GradedBptt<MorrisLecar> {
    let net = GradedNetwork::new(SHAPE.neurons, vec![MorrisLecarParams::hazelden()], config.clone()).unwrap();
    GradedBptt::new(net, options).unwrap()
}

fn configs() -> [GradedConfig; 4] {
    let staged = GradedConfig { scheme: SchemeKind::Heun, coupling: Coupling::Stage, ..GradedConfig::default() };
    let kinetics = GradedKinetics::Exponential { tau_ms: 2.0 };
    let slow = |config: &GradedConfig| GradedConfig { kinetics, ..config.clone() };
    [GradedConfig::default(), slow(&GradedConfig::default()), slow(&staged), staged]
}

fn gradient(config: &GradedConfig, options: GradedOptions) -> GradedGradient<f32> {
    let noise = if config.coupling == Coupling::Step { 0.2 } else { 0.0 };
    let (batch, state) = (batch::<f32>(21, 9).with_noise(noise, 8).unwrap(), state::<f32>(21, &REST));
    engine(config, options).gradient(&weights(1.0), &batch, &state, &loss(21)).unwrap()
}

#[test]
fn checkpoints_and_threads_change_no_bit() {
    for config in configs() {
        let whole = gradient(&config, GradedOptions::default());
        assert!(whole.values.iter().any(|g| *g != 0.0));
        for segment in [1, 8, 9, 24, 40, 63, 1000] {
            let options = GradedOptions { segment_steps: Some(segment), ..GradedOptions::default() };
            assert_eq!(gradient(&config, options), whole, "{segment}");
        }
        for threads in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| gradient(&config, GradedOptions::default())), whole);
        }
    }
}

#[test]
fn the_forward_pass_is_the_simulation() {
    let (batch, start) = (batch::<f32>(21, 9), state::<f32>(21, &REST));
    for config in configs() {
        let engine = engine(&config, GradedOptions::default());
        let run = engine.network().run(&weights(1.0), &batch, &start).unwrap();
        let found = engine.gradient(&weights(1.0), &batch, &start, &loss(21)).unwrap();
        assert_eq!((found.outputs.values, found.state), (run.outputs(&weights(1.0)), run.state));
    }
}

#[test]
fn the_gradient_of_the_readout_needs_no_way_back() {
    let (batch, start) = (batch::<f32>(21, 9), state::<f32>(21, &REST));
    let engine = engine(&GradedConfig::default(), GradedOptions::default());
    let run = engine.network().run(&weights(1.0), &batch, &start).unwrap();
    let (value, found) = readout_gradient(&weights(1.0), &run, &loss(21)).unwrap();
    let whole = engine.gradient(&weights(1.0), &batch, &start, &loss(21)).unwrap();
    assert_eq!(value, whole.loss);
    let cut = SHAPE.recurrent().end;
    assert_eq!(found[cut..], whole.values[cut..]);
    assert!(found[..cut].iter().all(|g| *g == 0.0) && found[cut..].iter().all(|g| *g != 0.0));
}

/// A truncated gradient is the sum over windows of the gradients of runs that start in each, where all but the start of the
/// state is as in the whole run.
#[test]
fn truncated_gradients_do_not_pass_between_windows() {
    let (frames, cut) = (8, 4 * 7);
    let (whole, start) = (batch::<f64>(3, frames), state::<f64>(3, &REST));
    let last = |batch: &GradedBatch<f64>, steps: usize, frames: std::ops::Range<usize>| {
        let mut all = vec![vec![0.0_f32; frames.len() * SHAPE.channels]; 3];
        for (trial, out) in all.iter_mut().enumerate() {
            for (f, frame) in frames.clone().enumerate() {
                let mut lanes = [[0.0; 8]; SHAPE.channels];
                batch.frame(frame, 0..3, &mut lanes);
                (0..SHAPE.channels).for_each(|c| out[f * SHAPE.channels + c] = lanes[c][trial] as f32);
            }
        }
        let slices: Vec<&[f32]> = all.iter().map(Vec::as_slice).collect();
        GradedBatch::new(SHAPE.channels, 7, &slices, std::iter::once(steps - 10..steps).collect()).unwrap()
    };
    let loss = CrossEntropy { labels: vec![0, 1, 0], window: 0..1, logits: Logits::Mean };
    for config in configs() {
        let truncated = engine(&config, GradedOptions { truncate_steps: Some(cut), ..GradedOptions::default() });
        let plain = engine(&config, GradedOptions::default());
        let all = last(&whole, frames * 7, 0..frames);
        let found = truncated.gradient(&weights(1.0), &all, &start, &loss).unwrap();
        // The loss looks at the second window alone, so the first one adds nothing.
        let first: GradedBatch<f64> = last(&whole, cut, 0..4);
        let middle: GradedState<f64> = plain.network().run(&weights(1.0), &first, &start).unwrap().state;
        let second = last(&whole, cut, 4..8);
        let expected = plain.gradient(&weights(1.0), &second, &middle, &loss).unwrap();
        assert_eq!(found.loss, expected.loss);
        let largest = expected.values.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        for (a, b) in found.values.iter().zip(&expected.values) {
            assert!((a - b).abs() < 1e-13 * largest, "{a} {b}");
        }
        let full = plain.gradient(&weights(1.0), &all, &start, &loss).unwrap();
        assert!(full.values.iter().zip(&found.values).any(|(a, b)| (a - b).abs() > 1e-3 * largest));
    }
}

#[test]
fn a_gradient_above_the_limit_names_time_neuron_trial_and_value() {
    let options = GradedOptions { gradient_limit: Some(1e-9), ..GradedOptions::default() };
    let (batch, start) = (batch::<f32>(21, 9), state::<f32>(21, &REST));
    let error =
        engine(&GradedConfig::default(), options).gradient(&weights(1.0), &batch, &start, &loss(21)).unwrap_err();
    let BackpropError::AdjointExploded { time_ms, neuron, trial, found, norm, limit } = error else {
        panic!("{error}");
    };
    assert!((0.0..6.3).contains(&time_ms) && neuron < SHAPE.neurons && trial < 21);
    assert!(found != 0.0 && norm > 1e-9 && limit == 1e-9);
    assert!(error.to_string().contains("gradient exploded"));
}

#[test]
fn bad_options_are_named() {
    let net =
        || GradedNetwork::<MorrisLecar>::new(2, vec![MorrisLecarParams::hazelden()], GradedConfig::default()).unwrap();
    for (options, name) in [
        (GradedOptions { segment_steps: Some(0), ..GradedOptions::default() }, "segment_steps"),
        (GradedOptions { truncate_steps: Some(0), ..GradedOptions::default() }, "truncate_steps"),
        (GradedOptions { gradient_limit: Some(-1.0), ..GradedOptions::default() }, "gradient_limit"),
    ] {
        assert!(GradedBptt::new(net(), options).unwrap_err().to_string().contains(name));
    }
}
