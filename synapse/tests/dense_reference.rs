//! A random network against a naive simulation in double precision: matrices of weights and delays, the alpha
//! function summed spike by spike, and the membrane equation written out.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::{Kinetics, LifParams};
use evoplast_synapse::{CsrProjection, Network, Node, SpikeRaster};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{lif, wiring};

const STEPS: usize = 300;
const DT_MS: f64 = 1.0;
const TAU_MS: [f64; 2] = [5.5, 8.5];
/// Excitatory neurons, inhibitory neurons, source units.
const SIZE: [usize; 3] = [30, 10, 20];

/// Weight and delay of every pair; `None` without connection. Rows: E, I, sources; columns: E, I.
type Matrix = Vec<Vec<Option<(f64, usize)>>>;

fn random_matrix(rng: &mut ChaCha8Rng) -> Matrix {
    let scale = [60.0, -150.0, 400.0];
    let group = |i: usize| usize::from(i >= SIZE[0]) + usize::from(i >= SIZE[0] + SIZE[1]);
    (0..SIZE.iter().sum())
        .map(|i| {
            (0..SIZE[0] + SIZE[1])
                .map(|j| {
                    let draw = (rng.random::<f64>(), rng.random::<f64>(), rng.random_range(1..=6));
                    // Weights are exact in single precision, so that both simulations have the same.
                    (i != j && draw.0 < 0.25).then(|| (f64::from((scale[group(i)] * draw.1) as f32), draw.2))
                })
                .collect()
        })
        .collect()
}

/// Spikes of E and I per step, potentials per step, and how close a potential ever came to threshold.
fn reference(matrix: &Matrix, input: &[Vec<u32>], injected: &[f64]) -> (Vec<Vec<u32>>, Vec<Vec<f64>>, f64) {
    let p = LifParams::default();
    let (n, sources) = (SIZE[0] + SIZE[1], SIZE[0] + SIZE[1]);
    let inhibitory = |i: usize| (SIZE[0]..n).contains(&i);
    let mut current = vec![injected.to_vec(); STEPS];
    let (mut v, mut held) = (vec![p.e_l_mv; n], vec![0_u32; n]);
    let (mut spikes, mut trace, mut margin) = (vec![], vec![], f64::INFINITY);
    let lambda = (-DT_MS * p.g_ns / p.c_m_pf).exp();
    for t in 0..STEPS {
        let mut now = vec![];
        for j in 0..n {
            if held[j] > 0 {
                held[j] -= 1;
                v[j] = p.v_reset_mv;
                continue;
            }
            let steady = p.e_l_mv + current[t][j] / p.g_ns;
            v[j] = steady + (v[j] - steady) * lambda;
            margin = margin.min((v[j] - p.v_th_mv).abs());
            if v[j] > p.v_th_mv {
                v[j] = p.v_reset_mv;
                held[j] = (p.t_ref_ms / DT_MS) as u32;
                now.push(j as u32);
            }
        }
        let from_sources = input[t].iter().map(|&i| sources + i as usize);
        for i in now.iter().map(|&i| i as usize).chain(from_sources) {
            let tau = TAU_MS[usize::from(inhibitory(i))];
            for (j, connection) in matrix[i].iter().enumerate() {
                let Some((weight, delay)) = *connection else { continue };
                // Arrival at t + delay; from the step after on, the current follows the alpha function.
                for later in t + delay + 1..STEPS {
                    let x = (later - t - delay - 1) as f64 * DT_MS / tau;
                    current[later][j] += weight * x * (1.0 - x).exp();
                }
            }
        }
        spikes.push(now);
        trace.push(v.clone());
    }
    (spikes, trace, margin)
}

/// The connections of one block of the matrix.
fn block(matrix: &Matrix, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Vec<(u32, u32, u8, f32)> {
    let mut edges = vec![];
    for i in rows.clone() {
        for j in columns.clone() {
            if let Some((w, d)) = matrix[i][j] {
                edges.push(((i - rows.start) as u32, (j - columns.start) as u32, d as u8, w as f32));
            }
        }
    }
    edges
}

#[test]
fn two_populations_and_a_source_equal_the_reference_spike_for_spike() {
    for seed in [1, 3, 4, 5, 6] {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let matrix = random_matrix(&mut rng);
        let input: Vec<Vec<u32>> =
            (0..STEPS).map(|_| (0..SIZE[2] as u32).filter(|_| rng.random::<f64>() < 0.03).collect()).collect();
        let injected: Vec<f64> =
            (0..SIZE[0] + SIZE[1]).map(|_| f64::from(rng.random_range(100.0..230.0_f32))).collect();
        let (expected, potentials, margin) = reference(&matrix, &input, &injected);
        // Otherwise rounding alone could decide a spike.
        assert!(margin > 1e-4, "seed {seed}: {margin} mV from threshold, choose another seed");

        let mut network = Network::new(DT_MS).unwrap();
        let ports = TAU_MS.map(Kinetics::alpha);
        let ranges = [0..SIZE[0], SIZE[0]..SIZE[0] + SIZE[1], SIZE[0] + SIZE[1]..SIZE.iter().sum()];
        let populations = [0, 1].map(|k| network.add_population(lif(SIZE[k], &ports, DT_MS)));
        let source = network.add_source(SIZE[2]);
        let nodes = [Node::Population(populations[0]), Node::Population(populations[1]), Node::Source(source)];
        for (pre, node) in nodes.into_iter().enumerate() {
            for (post, &population) in populations.iter().enumerate() {
                let edges = block(&matrix, ranges[pre].clone(), ranges[post].clone());
                let w = wiring(SIZE[pre], SIZE[post], u8::from(pre == 1), &edges);
                network.connect(node, population, Box::new(CsrProjection::fixed(w))).unwrap();
            }
        }
        for (k, &population) in populations.iter().enumerate() {
            let own: Vec<f32> = injected[ranges[k].clone()].iter().map(|&x| x as f32).collect();
            network.population_mut(population).inject(&own).unwrap();
        }
        let mut raster = SpikeRaster::new();
        input.iter().for_each(|step| raster.push_step(step));
        let rasters = [raster];
        let mut total = 0;
        for t in 0..STEPS {
            network.step(&mut &rasters[..]);
            let mut found = network.spikes(populations[0]).to_vec();
            found.extend(network.spikes(populations[1]).iter().map(|i| i + SIZE[0] as u32));
            assert_eq!(found, expected[t], "seed {seed}, step {t}");
            total += found.len();
            for (k, &population) in populations.iter().enumerate() {
                let v = network.population(population).variable("v_mv").unwrap();
                for (i, j) in ranges[k].clone().enumerate() {
                    assert!((f64::from(v[i]) - potentials[t][j]).abs() < 1e-3, "seed {seed}, step {t}, neuron {j}");
                }
            }
        }
        assert!(total > 200, "seed {seed}: only {total} spikes");
    }
}
