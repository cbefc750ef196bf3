//! Surrogate derivatives: what stands for the derivative of a spike, which is a step function of the potential.
//!
//! `u = (V - A) / (V_th - V_reset)` is the distance to the threshold A in units of that between reset and threshold, so
//! that models in mV and the published ones with a threshold of 1 use the same numbers. A spike is `z = [u > 0]`, and the
//! gradient uses `dz/du = psi(u)`, and 0 in refractoriness.
//!
//! | tag | psi(u) | published values | source |
//! |---|---|---|---|
//! | `fast_sigmoid` | `1 / (1 + s abs(u))^2` | s = 100, or 25 | SuperSpike: Zenke and Ganguli 2018, doi 10.1162/neco_a_01086 |
//! | `triangular` | `gamma max(0, 1 - abs(u))` | gamma = 0.3 | Bellec et al. 2018; 2020, doi 10.1038/s41467-020-17236-y |
//! | `esser` | `max(0, 1 - abs(u))` | | Esser et al. 2016, doi 10.1073/pnas.1604850113 |
//! | `arctan` | `(a/2) / (1 + (pi a u/2)^2)` | a = 2 | Fang et al. 2021, doi 10.1109/ICCV48922.2021.00266 |
//! | `gaussian` | `g e^(-u^2 / (2 w^2))` | w = 0.28, g = 0.05 | width and gain of bmtk's GLIF3, <https://alleninstitute.github.io/bmtk/> |
//! | `sigmoid` | `s sigma(s u) (1 - sigma(s u))` | s = 25 | derivative of the logistic function |
//!
//! Learning depends little on the shape and much on the scale (Zenke and Vogels 2021, doi 10.1162/neco_a_01367).

use crate::error::{BackpropError, require};
use crate::real::{Real, rows, rows_mut};
use serde::{Deserialize, Serialize};

/// The shape of a pseudo-derivative, as data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "surrogate", rename_all = "snake_case", deny_unknown_fields)]
pub enum Surrogate {
    /// `1 / (1 + slope |u|)^2`.
    FastSigmoid {
        /// Slope s, positive.
        slope: f64,
    },
    /// `gamma max(0, 1 - |u|)`.
    Triangular {
        /// Height gamma, at least 0.
        gamma: f64,
    },
    /// `max(0, 1 - |u|)`.
    Esser,
    /// `(a/2) / (1 + (pi a u/2)^2)`.
    Arctan {
        /// Scale a, positive.
        a: f64,
    },
    /// `gain exp(-u^2 / (2 width^2))`.
    Gaussian {
        /// Width w, positive.
        width: f64,
        /// Height g, at least 0.
        gain: f64,
    },
    /// `slope sigma(slope u) (1 - sigma(slope u))`.
    Sigmoid {
        /// Slope s, positive.
        slope: f64,
    },
}

impl Default for Surrogate {
    /// The triangle of Bellec et al. 2018 with gamma = 0.3.
    fn default() -> Self {
        Self::Triangular { gamma: 0.3 }
    }
}

impl Surrogate {
    /// Checks the parameters.
    ///
    /// # Errors
    /// The first that is outside its domain.
    pub fn check(&self) -> Result<(), BackpropError> {
        let positive = |field, x: f64| require(x > 0.0, "surrogate", field, x, "a positive number");
        let at_least_0 = |field, x: f64| require(x >= 0.0, "surrogate", field, x, "a number >= 0");
        match *self {
            Self::FastSigmoid { slope } | Self::Sigmoid { slope } => positive("slope", slope),
            Self::Triangular { gamma } => at_least_0("gamma", gamma),
            Self::Esser => Ok(()),
            Self::Arctan { a } => positive("a", a),
            Self::Gaussian { width, gain } => positive("width", width).and_then(|()| at_least_0("gain", gain)),
        }
    }

    /// psi(u); 0 for `u = -inf`, which marks a refractory neuron.
    #[must_use]
    pub fn derivative<F: Real>(&self, u: F) -> F {
        let mut psi = [F::zero()];
        self.fill::<F, 1>(&[u], &mut psi, &mut [false]);
        psi[0]
    }

    /// psi for an array `[neurons][L]`; `any[i]` becomes whether one of neuron i is not 0.
    pub(crate) fn fill<F: Real, const L: usize>(&self, u: &[F], psi: &mut [F], any: &mut [bool]) {
        match *self {
            Self::FastSigmoid { slope } => fill::<F, FastSigmoid<F>, L>(FastSigmoid(F::of(slope)), u, psi, any),
            Self::Triangular { gamma } => fill::<F, Triangle<F>, L>(Triangle(F::of(gamma)), u, psi, any),
            Self::Esser => fill::<F, Triangle<F>, L>(Triangle(F::one()), u, psi, any),
            Self::Arctan { a } => {
                let shape = Arctan { height: F::of(0.5 * a), scale: F::of(0.5 * std::f64::consts::PI * a) };
                fill::<F, Arctan<F>, L>(shape, u, psi, any);
            }
            Self::Gaussian { width, gain } => {
                let shape = Gaussian { gain: F::of(gain), rate: F::of(-0.5 / (width * width)) };
                fill::<F, Gaussian<F>, L>(shape, u, psi, any);
            }
            Self::Sigmoid { slope } => fill::<F, Logistic<F>, L>(Logistic(F::of(slope)), u, psi, any),
        }
    }
}

trait Shape<F>: Copy {
    fn at(self, u: F) -> F;
}

#[derive(Clone, Copy)]
struct FastSigmoid<F>(F);
impl<F: Real> Shape<F> for FastSigmoid<F> {
    #[inline(always)]
    fn at(self, u: F) -> F {
        let d = F::one() + self.0 * u.abs();
        F::one() / (d * d)
    }
}

#[derive(Clone, Copy)]
struct Triangle<F>(F);
impl<F: Real> Shape<F> for Triangle<F> {
    #[inline(always)]
    fn at(self, u: F) -> F {
        let d = F::one() - u.abs();
        if d > F::zero() { self.0 * d } else { F::zero() }
    }
}

#[derive(Clone, Copy)]
struct Arctan<F> {
    height: F,
    scale: F,
}
impl<F: Real> Shape<F> for Arctan<F> {
    #[inline(always)]
    fn at(self, u: F) -> F {
        let x = self.scale * u;
        self.height / (F::one() + x * x)
    }
}

#[derive(Clone, Copy)]
struct Gaussian<F> {
    gain: F,
    rate: F,
}
impl<F: Real> Shape<F> for Gaussian<F> {
    #[inline(always)]
    fn at(self, u: F) -> F {
        let x = self.rate * u * u;
        // Below e^-80 the value is nothing beside 1 and would cost an exponential.
        if x > F::of(-80.0) { self.gain * x.exp() } else { F::zero() }
    }
}

#[derive(Clone, Copy)]
struct Logistic<F>(F);
impl<F: Real> Shape<F> for Logistic<F> {
    #[inline(always)]
    fn at(self, u: F) -> F {
        let x = (self.0 * u).abs();
        if x < F::of(80.0) {
            let e = (-x).exp();
            let d = F::one() + e;
            self.0 * e / (d * d)
        } else {
            F::zero()
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn fill<F: Real, S: Shape<F>, const L: usize>(shape: S, u: &[F], psi: &mut [F], any: &mut [bool]) {
    for ((u, psi), any) in rows::<F, L>(u).iter().zip(rows_mut::<F, L>(psi)).zip(any) {
        *any = false;
        for l in 0..L {
            psi[l] = shape.at(u[l]);
            *any |= psi[l] > F::zero();
        }
    }
}

/// The spike as a function of u: the step function of a simulation, or a smooth one to check gradients with.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpikeFunction {
    /// `z = [u > 0]`, with refractoriness; the derivative is that of the surrogate.
    #[default]
    Hard,
    /// `z = sigma(slope u)`, without refractoriness; resets act in proportion to z and the derivative is exact, so
    /// that finite differences must agree with the gradient.
    Smooth {
        /// Slope of the logistic function.
        slope: f64,
    },
}

/// The spike in a kernel.
pub trait Fire<F>: Copy + Send + Sync {
    /// z(u).
    fn z(self, u: F) -> F;
}

/// The step function.
#[derive(Debug, Clone, Copy)]
pub struct Step;

impl<F: Real> Fire<F> for Step {
    #[inline(always)]
    fn z(self, u: F) -> F {
        if u > F::zero() { F::one() } else { F::zero() }
    }
}

/// The logistic function of the given slope.
#[derive(Debug, Clone, Copy)]
pub struct Soft<F>(pub F);

impl<F: Real> Fire<F> for Soft<F> {
    #[inline(always)]
    fn z(self, u: F) -> F {
        F::one() / (F::one() + (-self.0 * u).exp())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_formulas_and_refractory_neurons_have_none() {
        let u = 0.25_f64;
        let sigma = 1.0 / (1.0 + (-25.0 * u).exp());
        let cases = [
            (Surrogate::FastSigmoid { slope: 100.0 }, 1.0 / (26.0 * 26.0)),
            (Surrogate::Triangular { gamma: 0.3 }, 0.225),
            (Surrogate::Esser, 0.75),
            (Surrogate::Arctan { a: 2.0 }, 1.0 / (1.0 + (std::f64::consts::PI * u).powi(2))),
            (Surrogate::Gaussian { width: 0.28, gain: 0.05 }, 0.05 * (-u * u / (2.0 * 0.28 * 0.28)).exp()),
            (Surrogate::Sigmoid { slope: 25.0 }, 25.0 * sigma * (1.0 - sigma)),
        ];
        for (surrogate, expected) in cases {
            surrogate.check().unwrap();
            for x in [u, -u] {
                let found = surrogate.derivative(x);
                assert!((found - expected).abs() < 1e-15, "{surrogate:?}: {found}, expected {expected}");
            }
            assert_eq!(surrogate.derivative(f64::NEG_INFINITY), 0.0, "{surrogate:?}");
            let text = serde_json::to_string(&surrogate).unwrap();
            assert_eq!(serde_json::from_str::<Surrogate>(&text).unwrap(), surrogate);
        }
        assert!(Surrogate::FastSigmoid { slope: 0.0 }.check().is_err());
        assert!(Surrogate::Gaussian { width: 1.0, gain: f64::NAN }.check().is_err());
    }

    #[test]
    fn the_integral_over_u_is_the_rise_of_the_matching_function() {
        // fast sigmoid: 2/s; triangle: gamma; arctan: 1; gaussian: g w sqrt(2 pi); sigmoid: 1.
        let cases = [
            (Surrogate::FastSigmoid { slope: 10.0 }, 0.2, 1e-3),
            (Surrogate::Triangular { gamma: 0.3 }, 0.3, 1e-9),
            (Surrogate::Arctan { a: 2.0 }, 1.0, 2e-3),
            (Surrogate::Gaussian { width: 0.28, gain: 0.05 }, 0.05 * 0.28 * (2.0 * std::f64::consts::PI).sqrt(), 1e-9),
            (Surrogate::Sigmoid { slope: 5.0 }, 1.0, 1e-9),
        ];
        for (surrogate, expected, tolerance) in cases {
            let h = 1e-3;
            let sum: f64 = (-200_000..200_000).map(|k| h * surrogate.derivative((f64::from(k) + 0.5) * h)).sum();
            assert!((sum - expected).abs() < tolerance, "{surrogate:?}: {sum}, expected {expected}");
        }
    }
}
