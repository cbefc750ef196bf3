//! What does one step of a population cost, membrane and receptor ports together?
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_neuron::dynamics::{
    AdExConfig, Dynamics, HodgkinHuxley, HodgkinHuxleyConfig, IzhikevichConfig, MorrisLecar, MorrisLecarConfig,
    SchemeKind, advance_lanes, parameters_as, rest, with_scheme,
};
use evoplast_neuron::{AlifConfig, Glif3Config, Kinetics, LifConfig, NeuronConfig, Scalar, Vector};
use std::hint::black_box;

/// Small enough for every model and scheme; the cost of a step does not depend on it.
const DT_MS: f64 = 0.05;

fn step(c: &mut Criterion) {
    let conductances =
        vec![Kinetics::exponential(5.0).with_reversal(0.0), Kinetics::exponential(10.0).with_reversal(-80.0)];
    let squid = HodgkinHuxleyConfig {
        scheme: SchemeKind::ExponentialEuler,
        receptors: conductances.clone(),
        ..HodgkinHuxleyConfig::default()
    };
    let morris_lecar = MorrisLecarConfig { receptors: conductances, ..MorrisLecarConfig::default() };
    let models: [(&str, &dyn NeuronConfig, f32); 7] = [
        ("lif 2 exponential ports", &LifConfig::default(), 230.0),
        ("alif 2 exponential ports", &AlifConfig::default(), 230.0),
        ("glif3 4 alpha ports", &Glif3Config::default(), 130.0),
        ("izhikevich heun 2 exponential ports", &IzhikevichConfig::default(), 10.0),
        ("adex heun 2 exponential ports", &AdExConfig::default(), 600.0),
        ("morris_lecar rk4 2 conductance ports", &morris_lecar, 60.0),
        ("hodgkin_huxley exponential_euler 2 conductance ports", &squid, 10.0),
    ];
    let mut group = c.benchmark_group("step");
    for (name, config, current_pa) in models {
        for n in [1000, 3000] {
            let mut cells = config.build(n, DT_MS).unwrap();
            // A range of currents around rheobase: some neurons are silent, some fire.
            let current: Vec<f32> = (0..n).map(|i| current_pa * (0.5 + i as f32 / n as f32)).collect();
            cells.inject(&current).unwrap();
            let mut input = vec![vec![0.0_f32; n]; cells.ports()];
            let mut spikes = Vec::with_capacity(n);
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(BenchmarkId::new(name, n), |b| {
                b.iter(|| {
                    spikes.clear();
                    let mut ports: Vec<&mut [f32]> = input.iter_mut().map(Vec::as_mut_slice).collect();
                    cells.advance(&mut ports, &mut spikes);
                    black_box(spikes.len())
                });
            });
        }
    }
    group.finish();
}

/// 128 neurons in 16 lanes, each with its input.
fn lanes<D: Dynamics, F: Scalar>(c: &mut Criterion, params: &D::Params, input: f64, precision: &str) {
    const PLACES: usize = 128 * 16;
    let mut group = c.benchmark_group(format!("lanes {} {precision}", D::NAME));
    group.throughput(Throughput::Elements(PLACES as u64));
    let (p, start) = (vec![parameters_as::<D, F>(params)], rest::<D>(params));
    let input: Vec<F> = (0..PLACES).map(|i| F::of(input * (0.5 + i as f64 / PLACES as f64))).collect();
    for kind in SchemeKind::ALL {
        let mut state: Vec<Vec<F>> = start.values().iter().map(|&x| vec![F::of(x); PLACES]).collect();
        with_scheme!(kind, S => {
            group.bench_function(format!("{kind:?}"), |b| b.iter(|| {
                let mut columns: Vec<&mut [F]> = state.iter_mut().map(Vec::as_mut_slice).collect();
                advance_lanes::<D, S, F>(&p, 16, &mut columns, &input, F::of(DT_MS));
            }));
        });
    }
    group.finish();
}

fn all_lanes(c: &mut Criterion) {
    lanes::<MorrisLecar, f32>(c, &Default::default(), 60.0, "f32");
    lanes::<MorrisLecar, f64>(c, &Default::default(), 60.0, "f64");
    lanes::<HodgkinHuxley, f32>(c, &Default::default(), 10.0, "f32");
    lanes::<HodgkinHuxley, f64>(c, &Default::default(), 10.0, "f64");
}

criterion_group!(benches, step, all_lanes);
criterion_main!(benches);
