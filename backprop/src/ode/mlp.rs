//! Derivatives of a perceptron as a vector field.
//!
//! Forward z = W a + b, a' = g(z). Reverse: zbar = g'(z) abar', Wbar += zbar a', bbar += zbar, abar = W' zbar.
//!
//! For the derivative of v' J u the tangent adot of y in the direction u goes forward beside a, zdot = W adot,
//! adot' = g'(z) zdot, and the adjoints of both go back:
//! zdotbar = g'(z) adotbar', zbar = g'(z) abar' + g''(z) zdot adotbar', Wbar += zbar a' + zdotbar adot',
//! abar = W' zbar, adotbar = W' zdotbar.

use super::Differentiable;
use evoplast_neuron::ode::{InputMap, Layer, MlpField};

/// z = W a (+ b).
fn forward(layer: &Layer, parameters: &[f64], biases: bool, a: &[f64], z: &mut [f64]) {
    let weights = &parameters[layer.weights.clone()];
    for (z, row) in z.iter_mut().zip(weights.chunks_exact(layer.inputs)) {
        *z = row.iter().zip(a).map(|(w, a)| w * a).sum();
    }
    if biases {
        z.iter_mut().zip(&parameters[layer.biases.clone()]).for_each(|(z, b)| *z += b);
    }
}

/// a_bar = W' z_bar, W_bar += z_bar a'.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn backward(weights: &[f64], z_bar: &[f64], a: &[f64], a_bar: &mut [f64], weights_bar: &mut [f64]) {
    let n = a.len();
    a_bar.fill(0.0);
    for ((row, bar), z_bar) in weights.chunks_exact(n).zip(weights_bar.chunks_exact_mut(n)).zip(z_bar) {
        for ((a_bar, w), (bar, a)) in a_bar.iter_mut().zip(row).zip(bar.iter_mut().zip(a)) {
            *a_bar += w * z_bar;
            *bar += z_bar * a;
        }
    }
}

impl Differentiable for MlpField<'_> {
    fn parameters(&self) -> usize {
        self.mlp.parameters()
    }

    fn vjp(&self, _: f64, y: &[f64], v: &[f64], by_state: &mut [f64], by_parameters: &mut [f64], scratch: &mut [f64]) {
        let (layers, hidden, widest) = (self.mlp.layers(), self.mlp.hidden(), self.mlp.widest());
        let last = layers.len() - 1;
        let (a, rest) = scratch.split_at_mut(y.len() + hidden);
        let (slope, rest) = rest.split_at_mut(hidden);
        let (mut z_bar, rest) = rest.split_at_mut(widest);
        let mut a_bar = &mut rest[..widest];
        map(self.mlp.input(), y, &mut a[..y.len()]);
        let (mut from, mut unit) = (0, 0);
        for layer in &layers[..last] {
            let (before, after) = a[from..].split_at_mut(layer.inputs);
            let z = &mut after[..layer.outputs];
            forward(layer, self.parameters, true, before, z);
            self.mlp.activation().apply_with_slope(z, &mut slope[unit..unit + layer.outputs]);
            from += layer.inputs;
            unit += layer.outputs;
        }
        z_bar.iter_mut().zip(v.iter().zip(self.mlp.scale())).for_each(|(z, (v, s))| *z = v * s);
        for (l, layer) in layers.iter().enumerate().rev() {
            if l < last {
                unit -= layer.outputs;
                z_bar.iter_mut().zip(&slope[unit..unit + layer.outputs]).for_each(|(z, s)| *z *= s);
            }
            let z = &z_bar[..layer.outputs];
            by_parameters[layer.biases.clone()].iter_mut().zip(z).for_each(|(b, z)| *b += z);
            let (weights, bars) = (&self.parameters[layer.weights.clone()], &mut by_parameters[layer.weights.clone()]);
            backward(weights, z, &a[from..from + layer.inputs], &mut a_bar[..layer.inputs], bars);
            std::mem::swap(&mut z_bar, &mut a_bar);
            from -= if l > 0 { layers[l - 1].inputs } else { 0 };
        }
        for ((bar, a_bar), y) in by_state.iter_mut().zip(&*z_bar).zip(y) {
            *bar += a_bar
                * match self.mlp.input() {
                    InputMap::Identity => 1.0,
                    InputMap::Cube => 3.0 * y * y,
                };
        }
    }

    fn jacobian_vjp(
        &self,
        _: f64,
        y: &[f64],
        v: &[f64],
        u: &[f64],
        by_state: &mut [f64],
        by_parameters: &mut [f64],
        scratch: &mut [f64],
    ) {
        let (layers, hidden, widest, n) = (self.mlp.layers(), self.mlp.hidden(), self.mlp.widest(), y.len());
        let last = layers.len() - 1;
        let (a, rest) = scratch.split_at_mut(n + hidden);
        let (a_dot, rest) = rest.split_at_mut(n + hidden);
        let (slope, rest) = rest.split_at_mut(hidden);
        let (bend, rest) = rest.split_at_mut(hidden);
        let (z_dot, rest) = rest.split_at_mut(hidden);
        let (mut z_bar, rest) = rest.split_at_mut(widest);
        let (mut a_bar, rest) = rest.split_at_mut(widest);
        let (mut z_dot_bar, rest) = rest.split_at_mut(widest);
        let mut a_dot_bar = &mut rest[..widest];
        map(self.mlp.input(), y, &mut a[..n]);
        for ((dot, y), u) in a_dot.iter_mut().zip(y).zip(u) {
            *dot = match self.mlp.input() {
                InputMap::Identity => *u,
                InputMap::Cube => 3.0 * y * y * u,
            };
        }
        let (mut from, mut unit) = (0, 0);
        for layer in &layers[..last] {
            let units = unit..unit + layer.outputs;
            let (before, after) = a[from..].split_at_mut(layer.inputs);
            let z = &mut after[..layer.outputs];
            forward(layer, self.parameters, true, before, z);
            self.mlp.activation().apply_with_bend(z, &mut slope[units.clone()], &mut bend[units.clone()]);
            let (before, after) = a_dot[from..].split_at_mut(layer.inputs);
            forward(layer, self.parameters, false, before, &mut z_dot[units.clone()]);
            let tangents = z_dot[units.clone()].iter().zip(&slope[units]);
            after.iter_mut().zip(tangents).for_each(|(dot, (z, s))| *dot = z * s);
            from += layer.inputs;
            unit += layer.outputs;
        }
        z_bar.fill(0.0);
        z_dot_bar.iter_mut().zip(v.iter().zip(self.mlp.scale())).for_each(|(z, (v, s))| *z = v * s);
        for (l, layer) in layers.iter().enumerate().rev() {
            if l < last {
                unit -= layer.outputs;
                for k in 0..layer.outputs {
                    let (s, b) = (slope[unit + k], bend[unit + k]);
                    z_bar[k] = s * z_bar[k] + b * z_dot[unit + k] * z_dot_bar[k];
                    z_dot_bar[k] *= s;
                }
            }
            let (inputs, z) = (from..from + layer.inputs, &z_bar[..layer.outputs]);
            by_parameters[layer.biases.clone()].iter_mut().zip(z).for_each(|(b, z)| *b += z);
            let (weights, bars) = (&self.parameters[layer.weights.clone()], &mut by_parameters[layer.weights.clone()]);
            backward(weights, z, &a[inputs.clone()], &mut a_bar[..layer.inputs], bars);
            let z = &z_dot_bar[..layer.outputs];
            backward(weights, z, &a_dot[inputs], &mut a_dot_bar[..layer.inputs], bars);
            std::mem::swap(&mut z_bar, &mut a_bar);
            std::mem::swap(&mut z_dot_bar, &mut a_dot_bar);
            from -= if l > 0 { layers[l - 1].inputs } else { 0 };
        }
        for i in 0..n {
            by_state[i] += match self.mlp.input() {
                InputMap::Identity => z_bar[i],
                InputMap::Cube => 3.0 * y[i] * y[i] * z_bar[i] + 6.0 * y[i] * u[i] * z_dot_bar[i],
            };
        }
    }
}

fn map(input: InputMap, y: &[f64], a: &mut [f64]) {
    match input {
        InputMap::Identity => a.copy_from_slice(y),
        InputMap::Cube => a.iter_mut().zip(y).for_each(|(a, y)| *a = y * y * y),
    }
}
