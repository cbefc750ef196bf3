//! Functions 15 to 19: many optima with a global structure.

use std::f64::consts::{PI, TAU};

use super::instance::Instance;
use super::transform::{asymmetric, conditioned, oscillated, penalty};
use super::{rastrigin, valley, valley_terms};

pub(super) fn value(function: u8, instance: &Instance, x: &[f64]) -> f64 {
    let turned = || instance.r(&instance.shifted(x));
    match function {
        15 => rastrigin(&instance.mixed(&asymmetric(&oscillated(&turned()), 0.2))),
        16 => {
            let n = x.len() as f64;
            weierstrass(&instance.mixed(&oscillated(&turned()))) + 10.0 / n * penalty(x)
        }
        17 | 18 => {
            let alpha = if function == 17 { 10.0 } else { 1000.0 };
            schaffer(instance, x, alpha) + 10.0 * penalty(x)
        }
        _ => 10.0 * griewank_rosenbrock(instance, x),
    }
}

/// Schaffer's F7 after Lambda^alpha.
pub(super) fn schaffer(instance: &Instance, x: &[f64], alpha: f64) -> f64 {
    let turned = instance.r(&instance.shifted(x));
    let z = conditioned(&instance.q(&asymmetric(&turned, 0.5)), alpha);
    let term = |pair: &[f64]| {
        let s = pair[0].hypot(pair[1]);
        s.sqrt() * (1.0 + (50.0 * s.powf(0.2)).sin().powi(2))
    };
    (z.windows(2).map(term).sum::<f64>() / (x.len() - 1) as f64).powi(2)
}

/// Griewank's function of the terms of Rosenbrock's, as a mean.
pub(super) fn griewank_rosenbrock(instance: &Instance, x: &[f64]) -> f64 {
    let term = |s: f64| s / 4000.0 - s.cos();
    valley_terms(&valley(instance, x)).map(term).sum::<f64>() / (x.len() - 1) as f64 + 1.0
}

fn weierstrass(z: &[f64]) -> f64 {
    let sum = |term: &dyn Fn(f64) -> f64| (0..12).map(|k| 0.5_f64.powi(k) * term(3_f64.powi(k))).sum::<f64>();
    let optimal = sum(&|frequency| (PI * frequency).cos());
    let mean = z.iter().map(|z| sum(&|frequency| (TAU * frequency * (z + 0.5)).cos())).sum::<f64>() / z.len() as f64;
    10.0 * (mean - optimal).powi(3)
}
