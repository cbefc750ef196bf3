//! A multilayer perceptron as a vector field: a neural ordinary differential equation.
//!
//! a_0 = map(y), a_l = g(W_l a_{l-1} + b_l) for the hidden layers l = 1 ... L, dy/dt = scale * (W_{L+1} a_L + b_{L+1}).
//!
//! | symbol | field | meaning |
//! |---|---|---|
//! | n | `dimension` | inputs and outputs |
//! | | `hidden` | units of the hidden layers |
//! | g | `activation` | tanh or GELU |
//! | map | `input` | the identity, or the cube of each component (the cubic spiral of Chen et al. 2018, arXiv:1806.07366) |
//! | b | `biases` | whether there are any |
//! | scale | `scale` | factor of each output, in units of y / t (Kim et al. 2021, doi:10.1063/5.0060697) |
//!
//! Parameters are one vector: layer by layer W, `[output][input]`, then b.

use std::ops::Range;

use super::{Activation, Jacobian, VectorField};
use crate::NeuronError;
use crate::error::require;
use serde::{Deserialize, Serialize};

/// What the first layer sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputMap {
    /// y.
    #[default]
    Identity,
    /// y^3, component by component.
    Cube,
}

/// The shape of a perceptron.
#[derive(Debug, Clone, PartialEq)]
pub struct Mlp {
    input: InputMap,
    activation: Activation,
    scale: Vec<f64>,
    layers: Vec<Layer>,
    parameters: usize,
}

/// A layer and where its parameters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Weights, `[output * inputs + input]`.
    pub weights: Range<usize>,
    /// Biases; empty if there are none.
    pub biases: Range<usize>,
}

impl Mlp {
    /// A perceptron of as many inputs and outputs as `scale` has numbers.
    ///
    /// # Errors
    /// No dimension, an empty hidden layer, or a scale that is 0 or not finite.
    pub fn new(
        scale: Vec<f64>,
        hidden: &[usize],
        activation: Activation,
        input: InputMap,
        biases: bool,
    ) -> Result<Self, NeuronError> {
        let n = scale.len();
        if n == 0 {
            return Err(NeuronError::Length { what: "scale of a perceptron", found: 0, expected: 1 });
        }
        for (i, &s) in scale.iter().enumerate() {
            require(s != 0.0, "mlp", "scale", i, s, "not 0")?;
        }
        for (i, &width) in hidden.iter().enumerate() {
            require(width > 0, "mlp", "hidden", i, width as f64, "at least 1 unit")?;
        }
        let (mut layers, mut start, mut inputs) = (Vec::new(), 0, n);
        for &outputs in hidden.iter().chain([&n]) {
            let weights = start..start + inputs * outputs;
            let biases = weights.end..weights.end + if biases { outputs } else { 0 };
            start = biases.end;
            layers.push(Layer { inputs, outputs, weights, biases });
            inputs = outputs;
        }
        Ok(Self { input, activation, scale, layers, parameters: start })
    }

    /// Number of parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The layers, the last of which is linear.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The activation of the hidden layers.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// What the first layer sees.
    #[must_use]
    pub fn input(&self) -> InputMap {
        self.input
    }

    /// Factor of each output.
    #[must_use]
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// Units of all hidden layers.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.layers[..self.layers.len() - 1].iter().map(|l| l.outputs).sum()
    }

    /// Units of the largest layer.
    #[must_use]
    pub fn widest(&self) -> usize {
        self.layers.iter().map(|l| l.outputs.max(l.inputs)).max().unwrap_or(0)
    }

    /// The field with these parameters.
    ///
    /// # Errors
    /// Another number of parameters, or one that is not finite.
    pub fn field<'a>(&'a self, parameters: &'a [f64]) -> Result<MlpField<'a>, NeuronError> {
        if parameters.len() != self.parameters {
            let (found, expected) = (parameters.len(), self.parameters);
            return Err(NeuronError::Length { what: "parameters of a perceptron", found, expected });
        }
        for (i, &p) in parameters.iter().enumerate() {
            require(true, "mlp", "parameters", i, p, "a finite number")?;
        }
        Ok(MlpField { mlp: self, parameters })
    }
}

/// A perceptron with its parameters.
#[derive(Debug, Clone, Copy)]
pub struct MlpField<'a> {
    /// The shape.
    pub mlp: &'a Mlp,
    /// The parameters.
    pub parameters: &'a [f64],
}

impl MlpField<'_> {
    fn mapped(&self, y: &[f64], a: &mut [f64]) {
        match self.mlp.input {
            InputMap::Identity => a.copy_from_slice(y),
            InputMap::Cube => a.iter_mut().zip(y).for_each(|(a, y)| *a = y * y * y),
        }
    }
}

impl VectorField for MlpField<'_> {
    fn dimension(&self) -> usize {
        self.mlp.scale.len()
    }

    fn scratch(&self) -> usize {
        let (n, hidden, widest) = (self.dimension(), self.mlp.hidden(), self.mlp.widest());
        // Activations and tangents of all layers, three more numbers a hidden unit, and two layers of Jacobians or four
        // of adjoints: enough for the derivatives in `evoplast-backprop` too.
        2 * (n + hidden) + 3 * hidden + widest * (2 * n).max(4)
    }

    fn rhs(&self, _: f64, y: &[f64], dydt: &mut [f64], scratch: &mut [f64]) {
        let (n, last) = (y.len(), self.mlp.layers.len() - 1);
        let (mut a, mut rest) = scratch.split_at_mut(n);
        self.mapped(y, a);
        for layer in &self.mlp.layers[..last] {
            let (z, after) = rest.split_at_mut(layer.outputs);
            affine(&self.parameters[layer.weights.clone()], &self.parameters[layer.biases.clone()], a, z);
            self.mlp.activation.apply(z);
            (a, rest) = (z, after);
        }
        let layer = &self.mlp.layers[last];
        affine(&self.parameters[layer.weights.clone()], &self.parameters[layer.biases.clone()], a, dydt);
        dydt.iter_mut().zip(&self.mlp.scale).for_each(|(f, s)| *f *= s);
    }

    /// Forward mode: all n tangents of a unit side by side.
    fn jacobian(&self, _: f64, y: &[f64], jacobian: &mut [f64], scratch: &mut [f64]) -> Jacobian {
        let (n, last, widest) = (y.len(), self.mlp.layers.len() - 1, self.mlp.widest());
        let (mut tangents, rest) = scratch.split_at_mut(widest * n);
        let (mut next, rest) = rest.split_at_mut(widest * n);
        let (slope, rest) = rest.split_at_mut(self.mlp.hidden());
        let (mut a, mut rest) = rest.split_at_mut(n);
        self.mapped(y, a);
        tangents[..n * n].fill(0.0);
        for (i, y) in y.iter().enumerate() {
            tangents[i * n + i] = match self.mlp.input {
                InputMap::Identity => 1.0,
                InputMap::Cube => 3.0 * y * y,
            };
        }
        for layer in &self.mlp.layers[..last] {
            let (z, after) = rest.split_at_mut(layer.outputs);
            let weights = &self.parameters[layer.weights.clone()];
            affine(weights, &self.parameters[layer.biases.clone()], a, z);
            let slope = &mut slope[..layer.outputs];
            self.mlp.activation.apply_with_slope(z, slope);
            product(weights, slope, &tangents[..layer.inputs * n], &mut next[..layer.outputs * n]);
            (a, rest) = (z, after);
            std::mem::swap(&mut tangents, &mut next);
        }
        let layer = &self.mlp.layers[last];
        let weights = &self.parameters[layer.weights.clone()];
        product(weights, &self.mlp.scale, &tangents[..layer.inputs * n], jacobian);
        Jacobian::Exact
    }
}

/// Sums of more terms than this are added up in lanes.
const SHORT: usize = 16;

/// z = W a + b; without biases b is empty.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn affine(weights: &[f64], biases: &[f64], a: &[f64], z: &mut [f64]) {
    for (z, row) in z.iter_mut().zip(weights.chunks_exact(a.len())) {
        *z = dot(row, a);
    }
    z.iter_mut().zip(biases).for_each(|(z, b)| *z += b);
}

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    if a.len() <= SHORT {
        let mut sum = 0.0;
        for (a, b) in a.iter().zip(b) {
            sum += a * b;
        }
        return sum;
    }
    let mut lanes = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let mut sum = 0.0;
    for (a, b) in left.remainder().iter().zip(right.remainder()) {
        sum += a * b;
    }
    for (a, b) in left.zip(right) {
        for k in 0..8 {
            lanes[k] += a[k] * b[k];
        }
    }
    lanes.iter().fold(sum, |sum, lane| sum + lane)
}

/// diag(s) W T, with n columns.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn product(weights: &[f64], s: &[f64], tangents: &[f64], out: &mut [f64]) {
    let n = out.len() / s.len();
    let inputs = tangents.len() / n;
    for ((out, row), s) in out.chunks_exact_mut(n).zip(weights.chunks_exact(inputs)).zip(s) {
        out.fill(0.0);
        for (w, tangent) in row.iter().zip(tangents.chunks_exact(n)) {
            out.iter_mut().zip(tangent).for_each(|(o, t)| *o += w * t);
        }
        out.iter_mut().for_each(|o| *o *= s);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_as_in_the_sources() {
        let count = |n: usize, hidden: &[usize], biases| {
            Mlp::new(vec![1.0; n], hidden, Activation::Gelu, InputMap::Identity, biases).unwrap().parameters()
        };
        // Kim et al. 2021: ROBER 188, POLLU 650. Hazelden et al. 2023: cubic spiral 4000.
        assert_eq!(count(3, &[5; 6], true), 188);
        assert_eq!(count(20, &[10; 3], true), 650);
        assert_eq!(count(2, &[1000], false), 4000);
        assert!(Mlp::new(vec![], &[5], Activation::Tanh, InputMap::Cube, true).is_err());
        assert!(Mlp::new(vec![1.0], &[5, 0], Activation::Tanh, InputMap::Cube, true).is_err());
        assert!(Mlp::new(vec![0.0], &[5], Activation::Tanh, InputMap::Cube, true).is_err());
    }

    #[test]
    fn value_and_jacobian_agree_with_a_plain_computation() {
        let cases = [(Activation::Tanh, InputMap::Cube, false), (Activation::Gelu, InputMap::Identity, true)];
        for ((activation, input, biases), hidden) in cases.into_iter().zip([vec![23, 4], vec![5; 6]]) {
            let mlp = Mlp::new(vec![2.0, -0.5, 0.1], &hidden, activation, input, biases).unwrap();
            let parameters: Vec<f64> = (0..mlp.parameters()).map(|k| 0.9 * (1.7 * k as f64).sin()).collect();
            let field = mlp.field(&parameters).unwrap();
            let value = |y: &[f64]| {
                let mut a: Vec<f64> = match input {
                    InputMap::Identity => y.to_vec(),
                    InputMap::Cube => y.iter().map(|y| y.powi(3)).collect(),
                };
                for (l, layer) in mlp.layers().iter().enumerate() {
                    let w = &parameters[layer.weights.clone()];
                    let b = &parameters[layer.biases.clone()];
                    let sum = |o: usize| {
                        let sum: f64 = a.iter().enumerate().map(|(i, a)| w[o * layer.inputs + i] * a).sum();
                        sum + b.get(o).copied().unwrap_or(0.0)
                    };
                    let mut z: Vec<f64> = (0..layer.outputs).map(sum).collect();
                    if l + 1 < mlp.layers().len() {
                        activation.apply(&mut z);
                    }
                    a = z;
                }
                a.iter().zip(mlp.scale()).map(|(a, s)| a * s).collect::<Vec<f64>>()
            };
            let y = [0.4, -0.7, 0.9];
            let (mut f, mut j) = ([0.0; 3], [0.0; 9]);
            let mut scratch = vec![f64::NAN; field.scratch()];
            field.rhs(0.0, &y, &mut f, &mut scratch);
            assert!(f.iter().zip(value(&y)).all(|(a, b)| (a - b).abs() < 1e-14));
            scratch.fill(f64::NAN);
            assert_eq!(field.jacobian(0.0, &y, &mut j, &mut scratch), Jacobian::Exact);
            for k in 0..3 {
                let (mut up, mut down) = (y, y);
                (up[k], down[k]) = (y[k] + 1e-5, y[k] - 1e-5);
                let (up, down) = (value(&up), value(&down));
                (0..3).for_each(|i| {
                    let difference = (up[i] - down[i]) / 2e-5;
                    assert!((j[i * 3 + k] - difference).abs() < 1e-8, "{i} {k}: {} {difference}", j[i * 3 + k]);
                });
            }
        }
        let mlp = Mlp::new(vec![1.0], &[2], Activation::Tanh, InputMap::Identity, true).unwrap();
        assert!(mlp.field(&[0.0; 6]).is_err());
        assert!(mlp.field(&[0.0, f64::NAN, 0.0, 0.0, 0.0, 0.0, 0.0]).is_err());
    }
}
