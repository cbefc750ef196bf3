//! Activations with two derivatives, through one exponential that vectorises.

use serde::{Deserialize, Serialize};

/// A function of one number, applied to each unit of a layer.
///
/// | kind | g(x) | source |
/// |---|---|---|
/// | `Tanh` | tanh x = 2 s(2 x) - 1 | |
/// | `Gelu` | x s(u), u = 2 sqrt(2/pi) (x + 0.044715 x^3) | Hendrycks and Gimpel 2016, arXiv:1606.08415 |
///
/// with the logistic function s. Its error is below 4e-16, absolute: tanh of a tiny number has fewer digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// Gaussian error linear unit, in its form with a hyperbolic tangent.
    Gelu,
}

/// 2 sqrt(2/pi), and the factor of the cube.
const GELU: [f64; 2] = [1.595_769_121_605_730_9, 0.044_715];

impl Activation {
    /// Replaces x by g(x).
    pub fn apply(self, x: &mut [f64]) {
        match self {
            Self::Tanh => tanh(x),
            Self::Gelu => gelu(x),
        }
    }

    /// Replaces x by g(x) and writes g'(x).
    pub fn apply_with_slope(self, x: &mut [f64], slope: &mut [f64]) {
        match self {
            Self::Tanh => tanh_with_slope(x, slope),
            Self::Gelu => gelu_with_slope(x, slope),
        }
    }

    /// Replaces x by g(x) and writes g'(x) and g''(x).
    pub fn apply_with_bend(self, x: &mut [f64], slope: &mut [f64], bend: &mut [f64]) {
        match self {
            Self::Tanh => tanh_with_bend(x, slope, bend),
            Self::Gelu => gelu_with_bend(x, slope, bend),
        }
    }
}

/// 1 / n! for n from 13 down to 2.
const TAYLOR: [f64; 12] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
];

/// e^x for x within +-700, the nearest of these otherwise; NaN stays NaN.
#[inline(always)]
fn exp(x: f64) -> f64 {
    // Adding and taking away 1.5 * 2^52 rounds to the nearest integer, which the low bits of the sum then hold.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts, of which the first has zeros at its end so that its multiples are exact.
    const LN2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    let x = if x > 700.0 { 700.0 } else { x };
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2[0]) - k * LN2[1];
    let mut sum = TAYLOR[0];
    let mut i = 1;
    while i < TAYLOR.len() {
        sum = sum * r + TAYLOR[i];
        i += 1;
    }
    let mantissa = sum * (r * r) + r + 1.0;
    mantissa * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

#[inline(always)]
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn tanh(x: &mut [f64]) {
    for x in x {
        *x = 2.0 * logistic(2.0 * *x) - 1.0;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn tanh_with_slope(x: &mut [f64], slope: &mut [f64]) {
    for (x, slope) in x.iter_mut().zip(slope) {
        *x = 2.0 * logistic(2.0 * *x) - 1.0;
        *slope = 1.0 - *x * *x;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn tanh_with_bend(x: &mut [f64], slope: &mut [f64], bend: &mut [f64]) {
    for ((x, slope), bend) in x.iter_mut().zip(slope).zip(bend) {
        *x = 2.0 * logistic(2.0 * *x) - 1.0;
        *slope = 1.0 - *x * *x;
        *bend = -2.0 * *x * *slope;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn gelu(x: &mut [f64]) {
    for x in x {
        *x *= logistic(GELU[0] * (*x + GELU[1] * *x * *x * *x));
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn gelu_with_slope(x: &mut [f64], slope: &mut [f64]) {
    for (x, slope) in x.iter_mut().zip(slope) {
        let s = logistic(GELU[0] * (*x + GELU[1] * *x * *x * *x));
        let u1 = GELU[0] * (1.0 + 3.0 * GELU[1] * *x * *x);
        *slope = s + *x * (s * (1.0 - s)) * u1;
        *x *= s;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn gelu_with_bend(x: &mut [f64], slope: &mut [f64], bend: &mut [f64]) {
    for ((x, slope), bend) in x.iter_mut().zip(slope).zip(bend) {
        let s = logistic(GELU[0] * (*x + GELU[1] * *x * *x * *x));
        let u1 = GELU[0] * (1.0 + 3.0 * GELU[1] * *x * *x);
        let u2 = 6.0 * GELU[0] * GELU[1] * *x;
        let s1 = s * (1.0 - s);
        *slope = s + *x * s1 * u1;
        *bend = 2.0 * s1 * u1 + *x * s1 * ((1.0 - 2.0 * s) * u1 * u1 + u2);
        *x *= s;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_agrees_with_the_systems() {
        for k in -69_000..=69_000 {
            let x = f64::from(k) * 0.010_137;
            let (found, expected) = (exp(x), x.exp());
            assert!((found / expected - 1.0).abs() < 5e-16, "{x}: {found} {expected}");
        }
        assert!(exp(f64::NAN).is_nan());
        assert!(exp(f64::INFINITY) > 1e300 && exp(f64::NEG_INFINITY) < 1e-300);
    }

    #[test]
    fn values_and_derivatives_have_their_closed_forms() {
        for activation in [Activation::Tanh, Activation::Gelu] {
            let at = |x: f64| {
                let mut value = [x];
                activation.apply(&mut value);
                value[0]
            };
            for k in -60..=60 {
                let x = 0.1 * f64::from(k);
                let expected = match activation {
                    Activation::Tanh => x.tanh(),
                    Activation::Gelu => 0.5 * x * (1.0 + (0.5 * GELU[0] * (x + GELU[1] * x.powi(3))).tanh()),
                };
                let (mut value, mut slope, mut bend) = ([x], [0.0], [0.0]);
                activation.apply_with_bend(&mut value, &mut slope, &mut bend);
                assert!((value[0] - expected).abs() < 2e-15 && value[0] == at(x), "{activation:?} {x}");
                let (mut again, mut first) = ([x], [0.0]);
                activation.apply_with_slope(&mut again, &mut first);
                assert_eq!((again, first), (value, slope));
                let h = 1e-4;
                let difference = (at(x + h) - at(x - h)) / (2.0 * h);
                let second = (at(x + h) - 2.0 * at(x) + at(x - h)) / (h * h);
                assert!((slope[0] - difference).abs() < 1e-7, "{activation:?} {x}: {slope:?} {difference}");
                assert!((bend[0] - second).abs() < 1e-6, "{activation:?} {x}: {bend:?} {second}");
            }
        }
    }
}
