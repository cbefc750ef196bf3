//! Weights before training.

use evoplast_evolve::Address;
use evoplast_neuron::ode::Mlp;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

/// How the parameters of a perceptron are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitialWeights {
    /// Weights uniform within sqrt(6 / (inputs + outputs)), biases 0 (Glorot and Bengio 2010; what Kim et al. 2021 used).
    Glorot,
    /// Weights and biases uniform within 1 / sqrt(inputs), the default of PyTorch.
    FanIn,
    /// All normal with this standard deviation.
    Normal(f64),
}

/// One stream a layer.
const STREAM_LAYER: u64 = 64;

impl InitialWeights {
    /// Draws parameters with a seed.
    #[must_use]
    pub fn draw(self, mlp: &Mlp, seed: u64) -> Vec<f64> {
        let at = Address { run: seed, generation: 0, candidate: 0, episode: 0 };
        let mut parameters = vec![0.0; mlp.parameters()];
        for (l, layer) in mlp.layers().iter().enumerate() {
            let mut rng = at.rng(STREAM_LAYER + l as u64);
            let mut uniform = |limit: f64| limit * (2.0 * rng.random::<f64>() - 1.0);
            match self {
                Self::Glorot => {
                    let limit = (6.0 / (layer.inputs + layer.outputs) as f64).sqrt();
                    parameters[layer.weights.clone()].iter_mut().for_each(|w| *w = uniform(limit));
                }
                Self::FanIn => {
                    let limit = 1.0 / (layer.inputs as f64).sqrt();
                    parameters[layer.weights.start..layer.biases.end].iter_mut().for_each(|w| *w = uniform(limit));
                }
                Self::Normal(sd) => {
                    for w in &mut parameters[layer.weights.start..layer.biases.end] {
                        *w = sd * rng.sample::<f64, _>(StandardNormal);
                    }
                }
            }
        }
        parameters
    }
}
