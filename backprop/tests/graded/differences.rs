//! Every model, scheme and coupling against finite differences in double precision.

use crate::{SHAPE, batch, loss, state, weights};
use evoplast_backprop::Loss;
use evoplast_backprop::Traces;
use evoplast_backprop::graded::{GradedBptt, GradedOptions};
use evoplast_neuron::dynamics::{
    Dynamics, FitzHughNagumo, FitzHughNagumoParams, HodgkinHuxley, HodgkinHuxleyParams, MorrisLecar, MorrisLecarParams,
    SchemeKind,
};
use evoplast_synapse::graded::{Coupling, GradedConfig, GradedKinetics, GradedNetwork, GradedState, GradedWeights};

const TRIALS: usize = 3;

/// Ten weights of every block against five-point differences; errors relative to the largest derivative of the block.
fn check<D: Dynamics>(params: D::Params, start: GradedState<f64>, config: &GradedConfig) {
    let net = GradedNetwork::<D>::new(SHAPE.neurons, vec![params], config.clone()).unwrap();
    let noise = if config.coupling == Coupling::Step { 0.05 } else { 0.0 };
    let (batch, loss) = (batch::<f64>(TRIALS, 6).with_noise(noise, 3).unwrap(), loss::<f64>(TRIALS));
    let w = weights::<f64>(2.0);
    let engine = GradedBptt::new(net.clone(), GradedOptions::default()).unwrap();
    let found = engine.gradient(&w, &batch, &start, &loss).unwrap().values;
    let value = |k: usize, h: f64| {
        let mut values = w.values().to_vec();
        values[k] += h;
        let w = GradedWeights::new(SHAPE, values).unwrap();
        let run = net.run(&w, &batch, &start).unwrap();
        let mut outputs = Traces::zeros(2, SHAPE.outputs, TRIALS);
        outputs.values = run.outputs(&w);
        let mut bar = Traces::zeros(2, SHAPE.outputs, TRIALS);
        loss.evaluate(&outputs, &mut bar).unwrap()
    };
    for block in SHAPE.layout().blocks {
        let largest = found[block.range.clone()].iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        assert!(largest > 0.0, "{}", block.name);
        for k in block.range.clone().step_by((block.range.len() / 10).max(1)) {
            let h = 1e-4;
            let slope = |h: f64| (value(k, h) - value(k, -h)) / (2.0 * h);
            let expected = (4.0 * slope(h) - slope(2.0 * h)) / 3.0;
            let error = (found[k] - expected).abs() / largest;
            assert!(
                error < 1e-6,
                "{} {:?} {:?} {:?} {k} of {}: {} {expected}",
                D::NAME,
                config.scheme,
                config.coupling,
                config.kinetics,
                block.name,
                found[k]
            );
        }
    }
}

/// Every scheme and coupling that go together, with receptors at once and slower than the window of the loss.
fn configs(base: &GradedConfig) -> Vec<GradedConfig> {
    let each =
        |scheme| [Coupling::Step, Coupling::Stage].map(|coupling| GradedConfig { scheme, coupling, ..base.clone() });
    let kinetics = |config: GradedConfig| {
        let tau_ms = 30.0 * base.dt_ms;
        [GradedKinetics::Instantaneous {}, GradedKinetics::Exponential { tau_ms }]
            .map(|kinetics| GradedConfig { kinetics, ..config.clone() })
    };
    let all = SchemeKind::ALL.into_iter().flat_map(each).flat_map(kinetics);
    all.filter(|config| config.check().is_ok()).collect()
}

#[test]
fn morris_lecar_has_its_exact_gradient_with_every_scheme() {
    for config in configs(&GradedConfig::default()) {
        check::<MorrisLecar>(MorrisLecarParams::hazelden(), state(TRIALS, &[0.014173]), &config);
    }
}

#[test]
fn hodgkin_huxley_has_its_exact_gradient_with_every_scheme() {
    // Short steps, for the gates are fast at these potentials.
    let base = GradedConfig { dt_ms: 0.01, scale: 20.0, offset: 0.0, ..GradedConfig::default() };
    for config in configs(&base) {
        check::<HodgkinHuxley>(HodgkinHuxleyParams::default(), state(TRIALS, &[0.1, 0.6, 0.3]), &config);
    }
}

#[test]
fn fitzhugh_nagumo_has_its_exact_gradient_with_every_scheme() {
    let base = GradedConfig { threshold_mv: 0.0, slope_mv: 0.5, scale: 0.5, offset: 0.3, ..GradedConfig::default() };
    let mut start = state::<f64>(TRIALS, &[-0.5]);
    // Potentials without a unit, around -1.
    start.variables[0].iter_mut().for_each(|v| *v /= 20.0);
    for config in configs(&base) {
        check::<FitzHughNagumo>(FitzHughNagumoParams::default(), start.clone(), &config);
    }
}
