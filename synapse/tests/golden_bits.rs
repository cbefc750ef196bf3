//! Spikes, currents and potentials of a network as a hash of their bits: rows of one delay and of mixed delays, full
//! rows, both signs, two ports, sources and graded input. Delivery may become faster, not different.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::Kinetics;
use evoplast_synapse::{CsrProjection, Drive, Network, Node, TopologyBuilder, Wiring};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::lif;

const N: usize = 333;
const SOURCES: usize = 50;

/// Random sources, and graded input to port 1.
struct Input(ChaCha8Rng);

impl Drive for Input {
    fn spikes(&mut self, _: usize, _: u32, out: &mut Vec<u32>) {
        out.extend((0..SOURCES as u32).filter(|_| self.0.random::<f32>() < 0.05));
    }

    fn add_graded(&self, _: usize, port: usize, step: u32, arriving: &mut [f32]) {
        if port == 1 && step.is_multiple_of(3) {
            arriving.iter_mut().enumerate().for_each(|(i, x)| *x += (i % 7) as f32);
        }
    }
}

/// Every pair with probability `p`, a delay of up to `max_delay` steps, magnitudes around `weight`, inhibitory from
/// neuron `inhibitory` on.
fn random(n_pre: usize, p: f32, delay: (u8, u8), weight: f32, inhibitory: usize, rng: &mut ChaCha8Rng) -> Wiring {
    let mut builder = TopologyBuilder::untyped(n_pre, N);
    for i in 0..n_pre {
        for j in 0..N {
            let draw = (rng.random::<f32>(), rng.random_range(delay.0..=delay.1), rng.random_range(0.5..1.5));
            if draw.0 < p {
                let sign = if i < inhibitory { 1.0 } else { -4.0 };
                builder.add(i as u32, j as u32, draw.1, sign * weight * draw.2).unwrap();
            }
        }
    }
    let (topology, weights) = builder.build().unwrap();
    let port = (0..n_pre).map(|i| u8::from(i >= inhibitory)).collect();
    Wiring::dale(topology, &weights, port).unwrap()
}

#[test]
fn a_network_computes_the_same_bits() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut network = Network::new(0.5).unwrap();
    let ports = [Kinetics::exponential(5.0), Kinetics::exponential(10.0)];
    let cells = [(); 2].map(|()| network.add_population(lif(N, &ports, 0.5)));
    let source = network.add_source(SOURCES);
    let mut connect = |pre, post, wiring| network.connect(pre, post, Box::new(CsrProjection::fixed(wiring))).unwrap();
    let [a, b] = cells;
    connect(Node::Source(source), a, random(SOURCES, 0.3, (3, 3), 40.0, SOURCES, &mut rng));
    connect(Node::Population(a), a, random(N, 0.1, (1, 7), 15.0, 250, &mut rng));
    connect(Node::Population(a), b, random(N, 0.1, (2, 2), 25.0, 250, &mut rng));
    connect(Node::Population(b), b, random(N, 1.0, (1, 1), 0.5, 250, &mut rng));
    connect(Node::Population(b), a, random(N, 0.05, (5, 9), 10.0, 250, &mut rng));
    cells.iter().for_each(|&c| network.population_mut(c).inject(&[150.0; N]).unwrap());

    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut count = 0;
    let mut take = |x: u64| hash = (hash ^ x).wrapping_mul(0x0100_0000_01B3);
    let mut input = Input(ChaCha8Rng::seed_from_u64(6));
    for t in 0..2000_u64 {
        network.step(&mut input);
        for (k, &c) in cells.iter().enumerate() {
            network.spikes(c).iter().for_each(|&i| take((t << 32) | (k as u64) << 16 | u64::from(i)));
            count += network.spikes(c).len();
            if t % 50 == 0 {
                let population = network.population(c);
                let values = population.current_pa().iter().chain(population.variable("v_mv").unwrap());
                values.for_each(|x| take(x.to_bits().into()));
            }
        }
    }
    assert_eq!((hash, count), (1_117_453_032_278_097_276, 16165));
}
