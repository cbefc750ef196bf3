//! The 20 gradients of the network of four neurons, by central differences of the exact equations, to eight digits.

use evoplast_backprop::graded::{GradedBptt, GradedOptions};
use evoplast_backprop::{Loss, MeanSquaredError, Traces};
use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams, SchemeKind};
use evoplast_synapse::graded::{
    Coupling, GradedBatch, GradedConfig, GradedNetwork, GradedShape, GradedState, GradedWeights,
};

const SHAPE: GradedShape = GradedShape { channels: 1, neurons: 4, outputs: 2 };
const INPUT: [f64; 4] = [0.5, 0.2, 0.35, 0.05];
const RECURRENT: [f64; 16] =
    [0.0, 0.08, -0.05, 0.03, -0.06, 0.0, 0.07, 0.02, 0.05, -0.04, 0.0, 0.06, 0.03, 0.05, -0.07, 0.0];
const READOUT: [f64; 8] = [1.0, 0.0, -0.5, 0.75, 0.25, -0.25, 0.0, 0.5];
const LOSS: f64 = 0.063283873986087;
const BY_RECURRENT: [f64; 16] = [
    0.000569099101,
    -0.00849988371,
    0.000519596322,
    0.00127405502,
    0.00114242401,
    0.00236066453,
    -0.00319301103,
    -0.00067706548,
    0.000919542895,
    -0.00983589397,
    -0.000912023864,
    0.000671153975,
    2.85045787e-05,
    -0.000738396705,
    0.00121941384,
    0.000575675027,
];
const BY_INPUT: [f64; 4] = [0.00164798963, -0.00342812038, 1.21822796e-05, -0.00286679026];

/// Loss and gradient with RK4. The mean over a continuous time is that of the trapezoidal rule: a window of all states
/// after steps, and what the first and the last state count too little and too much, as windows of one step each. The first
/// state does not depend on weights, so it is part of the target.
fn gradient(dt_ms: f64) -> (f64, Vec<f64>) {
    let config = GradedConfig { scheme: SchemeKind::Rk4, coupling: Coupling::Stage, dt_ms, ..GradedConfig::default() };
    let steps = (100.0 / dt_ms).round() as usize;
    let values = INPUT.iter().chain(&RECURRENT).chain(&READOUT).chain(&[0.0, 0.0]).copied().collect();
    let weights = GradedWeights::new(SHAPE, values).unwrap();
    let v0 = [-20.0, -25.0, -15.0, -40.0];
    let state = GradedState::silent(1, vec![v0.to_vec(), vec![0.014173; 4]]).unwrap();
    let batch = GradedBatch::new(1, steps, &[&[1.0]], vec![0..steps, steps - 1..steps]).unwrap();
    let net = GradedNetwork::<MorrisLecar>::new(4, vec![MorrisLecarParams::hazelden()], config).unwrap();
    let options = GradedOptions { segment_steps: Some(64), ..GradedOptions::default() };
    let engine = GradedBptt::new(net, options).unwrap();
    let first = v0.map(|v| 1.0 / (1.0 + (-(v + 3.0) / 8.0_f64).exp()));
    let share = 0.5 / steps as f64;
    let constant = [0, 1].map(|o| share * (0..4).map(|i| READOUT[2 * i + o] * first[i]).sum::<f64>());
    let loss = Trapezoid { share, constant };
    let found = engine.gradient(&weights, &batch, &state, &loss).unwrap();
    (found.loss, found.values)
}

/// `|y_0 - share y_1 + constant - target|^2 / 2` of the outputs y_0 and y_1 of the two windows.
struct Trapezoid {
    share: f64,
    constant: [f64; 2],
}

impl Loss<f64> for Trapezoid {
    fn evaluate(&self, y: &Traces<f64>, bar: &mut Traces<f64>) -> Result<f64, evoplast_backprop::BackpropError> {
        let mut mean = Traces::zeros(1, 2, 1);
        for o in 0..2 {
            mean.values[o] = y.values[o] - self.share * y.values[2 + o] + self.constant[o];
        }
        let mut target = Traces::zeros(1, 2, 1);
        target.values = vec![0.2, -0.1];
        let mut slope = Traces::zeros(1, 2, 1);
        // The mean square of two outputs is half of their sum of squares.
        let value = MeanSquaredError::new(target).evaluate(&mean, &mut slope)?;
        for o in 0..2 {
            bar.values[o] = slope.values[o];
            bar.values[2 + o] = -self.share * slope.values[o];
        }
        Ok(value)
    }
}

/// The trapezoidal rule is of order 2, so the result is extrapolated from two steps.
#[test]
fn rk4_with_short_steps_has_the_gradients_of_the_continuous_network() {
    let (coarse, fine) = (gradient(0.05), gradient(0.025));
    let better = |fine: f64, coarse: f64| (4.0 * fine - coarse) / 3.0;
    let loss = better(fine.0, coarse.0);
    assert!((loss - LOSS).abs() < 1e-9, "{loss}");
    let found: Vec<f64> = fine.1.iter().zip(&coarse.1).map(|(f, c)| better(*f, *c)).collect();
    let largest = BY_RECURRENT.iter().chain(&BY_INPUT).fold(0.0_f64, |m, g| m.max(g.abs()));
    for (range, expected) in [(SHAPE.recurrent(), &BY_RECURRENT[..]), (SHAPE.input(), &BY_INPUT[..])] {
        for (g, e) in found[range].iter().zip(expected) {
            assert!((g - e).abs() < 1e-6 * e.abs().max(0.01 * largest), "{g} {e}");
        }
    }
}
