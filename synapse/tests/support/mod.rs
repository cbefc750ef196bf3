//! Small networks shared by the tests.
#![allow(clippy::unwrap_used, dead_code, reason = "every test file uses its own part")]

use evoplast_neuron::{Kinetics, LifConfig, NeuronConfig, Population};
use evoplast_synapse::{Drive, TopologyBuilder, Wiring};

/// Leaky integrate-and-fire neurons with default parameters and the given ports.
pub fn lif(n: usize, ports: &[Kinetics], dt_ms: f64) -> Box<dyn Population> {
    LifConfig { receptors: ports.to_vec(), ..LifConfig::default() }.build(n, dt_ms).unwrap()
}

/// Connections `(pre, post, delay in steps, signed weight)` under Dale's principle, all presynaptic neurons on `port`.
pub fn wiring(n_pre: usize, n_post: usize, port: u8, edges: &[(u32, u32, u8, f32)]) -> Wiring {
    let mut builder = TopologyBuilder::untyped(n_pre, n_post);
    edges.iter().for_each(|&(i, j, d, w)| builder.add(i, j, d, w).unwrap());
    let (topology, weights) = builder.build().unwrap();
    Wiring::dale(topology, &weights, vec![port; n_pre]).unwrap()
}

/// Spikes as a list of `(source, step, unit)`.
pub struct Script(pub Vec<(usize, u32, u32)>);

impl Drive for Script {
    fn spikes(&mut self, source: usize, step: u32, out: &mut Vec<u32>) {
        out.extend(self.0.iter().filter(|s| (s.0, s.1) == (source, step)).map(|s| s.2));
    }
}
