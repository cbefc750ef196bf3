//! What does a step of a whole static network cost: neurons, ports, delay line and delivery together?
//!
//! | case | neurons | step | ports | connections |
//! |---|---|---|---|---|
//! | CUBA | 4000 LIF | 0.1 ms | exponential currents, 5 and 10 ms | 2 %, one delay |
//! | COBA | 4000 LIF | 0.1 ms | exponential conductances, 5 and 10 ms | 2 %, one delay |
//! | static | 3000 LIF | 1 ms | an exponential current, 5 ms | 10 %, one delay, and delays of 1 to 4 steps |
//!
//! CUBA and COBA are the networks of Vogels and Abbott 2005, doi 10.1523/JNEUROSCI.3508-05.2005, with the parameters of
//! the benchmarks of Brette et al. 2007, doi 10.1007/s10827-007-0038-6; they are kicked for 50 ms and then sustain
//! themselves. The mean rate of each case is printed, for a silent network would flatter the number.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evoplast_neuron::{Kinetics, LifConfig, LifParams, NeuronConfig};
use evoplast_synapse::{
    Connect, CsrProjection, Drive, Network, Node, PairwiseBernoulli, PopulationId, Sites, TopologyBuilder, Wiring,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;

/// Random excitatory input at port 0 for the first steps.
struct Kick {
    steps: u32,
    weight: f32,
}

impl Drive for Kick {
    fn spikes(&mut self, _: usize, _: u32, _: &mut Vec<u32>) {}

    fn add_graded(&self, _: usize, port: usize, step: u32, arriving: &mut [f32]) {
        if port == 0 && step < self.steps {
            let mut rng = ChaCha8Rng::seed_from_u64(step.into());
            arriving.iter_mut().filter(|_| rng.random::<f32>() < 0.005).for_each(|x| *x += self.weight);
        }
    }
}

/// Every pair with probability `p`; four fifths of the neurons excite with `weight.0`, the others inhibit with
/// `weight.1` through the last port. Delays are drawn from 1 to `max_delay` steps.
fn network(
    config: &LifConfig,
    n: usize,
    dt_ms: f64,
    p: f64,
    weight: (f32, f32),
    max_delay: u8,
) -> (Network, PopulationId) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut network = Network::new(dt_ms).unwrap();
    let cells = network.add_population(config.build(n, dt_ms).unwrap());
    let sites = Sites::unplaced(n);
    let pairs = PairwiseBernoulli { probability: p }.connect(&sites, &sites, true, &mut rng).unwrap();
    let excitatory = n * 4 / 5;
    let mut builder = TopologyBuilder::untyped(n, n);
    for (i, j) in pairs {
        let weight = if (i as usize) < excitatory { weight.0 } else { weight.1 };
        builder.add(i, j, rng.random_range(1..=max_delay), weight).unwrap();
    }
    let (topology, weights) = builder.build().unwrap();
    let last = config.receptors.len() as u8 - 1;
    let port = (0..n).map(|i| if i < excitatory { 0 } else { last }).collect();
    let wiring = Wiring::dale(topology, &weights, port).unwrap();
    network.connect(Node::Population(cells), cells, Box::new(CsrProjection::fixed(wiring))).unwrap();
    (network, cells)
}

/// Weights of the published CUBA network are 1.62 and -9 mV in units of the leak conductance of 10 nS.
fn cuba() -> (Network, PopulationId) {
    let params =
        LifParams { c_m_pf: 200.0, g_ns: 10.0, e_l_mv: -49.0, v_th_mv: -50.0, v_reset_mv: -60.0, t_ref_ms: 5.0 };
    let receptors = vec![Kinetics::exponential(5.0), Kinetics::exponential(10.0)];
    network(&LifConfig { params, receptors }, 4000, 0.1, 0.02, (16.2, -90.0), 1)
}

fn coba() -> (Network, PopulationId) {
    let params =
        LifParams { c_m_pf: 200.0, g_ns: 10.0, e_l_mv: -60.0, v_th_mv: -50.0, v_reset_mv: -60.0, t_ref_ms: 5.0 };
    let conductance = |tau_ms, e| Kinetics { reversal_mv: Some(e), ..Kinetics::exponential(tau_ms) };
    let receptors = vec![conductance(5.0, 0.0), conductance(10.0, -80.0)];
    network(&LifConfig { params, receptors }, 4000, 0.1, 0.02, (6.0, 67.0), 1)
}

/// Currents just above rheobase keep the network near 5 Hz.
fn fixed(max_delay: u8) -> (Network, PopulationId) {
    let config = LifConfig { receptors: vec![Kinetics::exponential(5.0)], ..LifConfig::default() };
    let (mut network, cells) = network(&config, 3000, 1.0, 0.1, (1.0, -8.0), max_delay);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let current: Vec<f32> = (0..3000).map(|_| rng.random_range(202.0..204.0)).collect();
    network.population_mut(cells).inject(&current).unwrap();
    (network, cells)
}

fn step(c: &mut Criterion) {
    let mut group = c.benchmark_group("network step");
    group.throughput(Throughput::Elements(1));
    let cases =
        [("CUBA 4000", cuba()), ("COBA 4000", coba()), ("static 3000", fixed(1)), ("static 3000, delays", fixed(4))];
    for (name, (mut network, cells)) in cases {
        let kick_steps = if network.dt_ms() < 1.0 { 500 } else { 0 };
        let steps = 2000;
        let mut spikes = 0;
        for t in 0..2 * steps {
            network.step(&mut Kick { steps: kick_steps, weight: 60.0 });
            spikes += if t < steps { 0 } else { network.spikes(cells).len() };
        }
        let seconds = f64::from(steps) * network.dt_ms() * 1e-3;
        let rate_hz = spikes as f64 / network.population(cells).len() as f64 / seconds;
        assert!((1.0..50.0).contains(&rate_hz), "{name}: {rate_hz:.1} Hz");
        println!("{name}: mean rate {rate_hz:.1} Hz");
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                network.step(&mut ());
                black_box(network.spikes(cells).len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
