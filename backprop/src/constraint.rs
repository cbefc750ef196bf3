//! Constraints around an update: signs of weights, and the norm of a gradient.
//!
//! What is not a number can be taken out of a gradient before ([`without_nan`]).

use crate::error::{BackpropError, require};
use crate::real::Real;

/// Dale's principle as a projection: after an update, a weight whose sign is not the stored one becomes 0. A stored 0
/// stays 0, so that what is absent stays absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dale {
    sign: Vec<i8>,
}

fn sign<F: Real>(w: F) -> i8 {
    i8::from(w > F::zero()) - i8::from(w < F::zero())
}

impl Dale {
    /// Stores the signs of `weights`.
    #[must_use]
    pub fn of<F: Real>(weights: &[F]) -> Self {
        Self { sign: weights.iter().map(|&w| sign(w)).collect() }
    }

    /// Sets every weight of another sign than the stored one to 0 and returns how many that were.
    ///
    /// # Errors
    /// Another number of weights than of signs.
    pub fn project<F: Real>(&self, weights: &mut [F]) -> Result<usize, BackpropError> {
        crate::error::same_shape("weights to project", &[weights.len()], &[self.sign.len()])?;
        let mut cut = 0;
        for (w, &s) in weights.iter_mut().zip(&self.sign) {
            if *w != F::zero() && sign(*w) != s {
                *w = F::zero();
                cut += 1;
            }
        }
        Ok(cut)
    }
}

/// A bound on the norm of a gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// Largest Euclidean norm; a longer gradient is shortened to it, its direction stays.
    pub norm: f64,
}

impl Clip {
    /// A checked bound.
    ///
    /// # Errors
    /// A bound that is not positive.
    pub fn new(norm: f64) -> Result<Self, BackpropError> {
        require(norm > 0.0, "clip", "norm", norm, "a positive number")?;
        Ok(Self { norm })
    }

    /// Shortens `gradient` if it is longer than the bound; returns the norm that it had.
    ///
    /// # Errors
    /// A bound that is not positive.
    pub fn apply<F: Real>(&self, gradient: &mut [F]) -> Result<f64, BackpropError> {
        require(self.norm > 0.0, "clip", "norm", self.norm, "a positive number")?;
        let norm = gradient.iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt();
        if norm > self.norm {
            let scale = F::of(self.norm / norm);
            gradient.iter_mut().for_each(|g| *g *= scale);
        }
        Ok(norm)
    }
}

/// Division of a gradient by a power of its norm: `g / |g|^power`.
///
/// With power 1 only the direction is left; with less a long gradient still makes a longer step, but one of a few orders of
/// magnitude less. Deistler et al. 2025 (doi:10.1038/s41592-025-02895-w) train biophysical networks with 0.8.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalise {
    /// The power, 0 to 1.
    pub power: f64,
}

impl Normalise {
    /// A checked power.
    ///
    /// # Errors
    /// A power outside of 0..=1.
    pub fn new(power: f64) -> Result<Self, BackpropError> {
        require((0.0..=1.0).contains(&power), "normalise", "power", power, "0..=1")?;
        Ok(Self { power })
    }

    /// Divides `gradient`; returns the norm that it had. A gradient of norm 0 stays.
    pub fn apply<F: Real>(&self, gradient: &mut [F]) -> f64 {
        let norm = gradient.iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt();
        if norm > 0.0 && norm.is_finite() {
            let scale = norm.powf(-self.power);
            gradient.iter_mut().for_each(|g| *g = F::of(g.wide() * scale));
        }
        norm
    }
}

/// Sets what is not finite to 0, as Hazelden et al. 2023 do before they clip; returns how many numbers that were.
pub fn without_nan<F: Real>(gradient: &mut [F]) -> usize {
    let bad = gradient.iter_mut().filter(|g| !g.is_finite());
    bad.map(|g| *g = F::zero()).count()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn weights_keep_their_sign_or_become_0_and_zeros_stay() {
        let dale = Dale::of(&[1.0_f32, -1.0, 0.0, 2.0, -2.0]);
        let mut w = [-0.1_f32, 0.1, 0.3, 1.9, -3.0];
        assert_eq!(dale.project(&mut w).unwrap(), 3);
        assert_eq!(w, [0.0, 0.0, 0.0, 1.9, -3.0]);
        let mut back = [0.5_f32, -0.5, -0.5, 1.0, -1.0];
        dale.project(&mut back).unwrap();
        assert_eq!(back, [0.5, -0.5, 0.0, 1.0, -1.0], "a weight may come back with its sign, an absent one may not");
        assert!(dale.project(&mut [0.0_f32; 2]).is_err());
    }

    #[test]
    fn a_clipped_gradient_has_the_bound_as_norm_and_its_direction() {
        let mut g = [3.0_f64, 4.0];
        assert_eq!(Clip { norm: 1.0 }.apply(&mut g).unwrap(), 5.0);
        assert!((g[0] - 0.6).abs() < 1e-15 && (g[1] - 0.8).abs() < 1e-15);
        let mut short = [0.3_f64, 0.4];
        Clip { norm: 1.0 }.apply(&mut short).unwrap();
        assert_eq!(short, [0.3, 0.4]);
        assert!(Clip { norm: 0.0 }.apply(&mut short).is_err());
    }

    #[test]
    fn a_normalised_gradient_has_a_power_of_its_norm_and_its_direction() {
        for (power, norm) in [(0.0, 5.0), (0.8, 5.0_f64.powf(0.2)), (1.0, 1.0)] {
            let mut g = [3.0_f64, -4.0];
            assert_eq!(Normalise::new(power).unwrap().apply(&mut g), 5.0);
            assert!((g[0] - 0.6 * norm).abs() < 1e-14 && (g[1] + 0.8 * norm).abs() < 1e-14, "{g:?}");
        }
        let mut zero = [0.0_f32; 2];
        assert_eq!(Normalise { power: 0.8 }.apply(&mut zero), 0.0);
        assert_eq!(zero, [0.0; 2]);
        assert!(Normalise::new(1.1).is_err() && Normalise::new(f64::NAN).is_err());
    }

    #[test]
    fn what_is_not_finite_becomes_0_and_is_counted() {
        let mut g = [1.0_f32, f32::NAN, f32::NEG_INFINITY, -2.0];
        assert_eq!(without_nan(&mut g), 2);
        assert_eq!(g, [1.0, 0.0, 0.0, -2.0]);
    }
}
