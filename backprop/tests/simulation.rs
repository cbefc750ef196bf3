//! The differentiable forward pass is the simulation: the same bits as `evoplast_synapse::Network`.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_backprop::BpttOptions;
use support::{MODELS, Net, kinetics, rasters, slices};

const STEPS: usize = 250;

#[test]
fn spikes_and_potentials_are_those_of_the_network() {
    for model in MODELS {
        for (k, ports) in kinetics().iter().enumerate() {
            // With one delay for all synapses and with many; with one lane, some lanes and more trials than lanes.
            for (max_delay, trials) in [(1, 1), (6, 1), (6, 5), (3, 20)] {
                let net = Net::random(model, ports, 20, max_delay, 100 + k as u64);
                let input = rasters(trials, net.n_in, STEPS, 0.1, 7);
                let mut found = vec![vec![]; trials];
                let mut bptt = net.bptt::<f32>(BpttOptions::default());
                let (mut network, cells, ..) = net.network();
                bptt.observe(&slices(&input), STEPS, &mut |g| {
                    let bits = |x: f32| x.to_bits();
                    let step: (Vec<u32>, Vec<u32>) =
                        (g.spikes(cells).map(bits).collect(), g.potential_mv(cells).map(bits).collect());
                    found[g.trial].push(step);
                })
                .unwrap();
                let mut spikes = 0;
                for (trial, found) in input.iter().zip(&found) {
                    network.reset();
                    for (t, (z, v)) in found.iter().enumerate() {
                        network.step(&mut trial.as_slice());
                        let of = |name| network.population(cells).variable(name).unwrap().iter().map(|x| x.to_bits());
                        spikes += network.spikes(cells).len();
                        assert!(of("z").eq(z.iter().copied()), "{model}, ports {k}, step {t}: spikes");
                        assert!(of("v_mv").eq(v.iter().copied()), "{model}, ports {k}, step {t}: potentials");
                    }
                }
                assert!(spikes > 100 * trials, "{model}, ports {k}: only {spikes} spikes");
            }
        }
    }
}
