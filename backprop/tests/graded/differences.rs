//! Every model, scheme and coupling against finite differences in double precision.

use crate::{SHAPE, batch, loss, state, weights};
use evoplast_backprop::Loss;
use evoplast_backprop::Traces;
use evoplast_backprop::graded::{GradedBptt, GradedOptions};
use evoplast_neuron::dynamics::{Dynamics, MorrisLecar, MorrisLecarParams, SchemeKind};
use evoplast_synapse::graded::{Coupling, GradedConfig, GradedNetwork, GradedWeights};

/// Ten weights of every block against five-point differences; errors relative to the largest derivative of the block.
fn check<D: Dynamics>(params: D::Params, rest: &[f64], config: &GradedConfig) {
    const TRIALS: usize = 3;
    let net = GradedNetwork::<D>::new(SHAPE.neurons, vec![params], config.clone()).unwrap();
    let (batch, start, loss) = (batch::<f64>(TRIALS, 6), state::<f64>(TRIALS, rest), loss::<f64>(TRIALS));
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
                "{} {:?} {:?} {k} of {}: {} {expected}",
                D::NAME,
                config.scheme,
                config.coupling,
                block.name,
                found[k]
            );
        }
    }
}

#[test]
fn every_scheme_has_its_exact_gradient() {
    for scheme in SchemeKind::ALL {
        for coupling in [Coupling::Step, Coupling::Stage] {
            let config = GradedConfig { scheme, coupling, ..GradedConfig::default() };
            if config.check().is_ok() {
                check::<MorrisLecar>(MorrisLecarParams::hazelden(), &[0.014173], &config);
            }
        }
    }
}
