//! Functions 15 to 19: many optima with a global structure.

use std::f64::consts::{PI, TAU};

use super::instance::Instance;
use super::transform::{asymmetric, conditioned, oscillated, penalty};
use super::{rastrigin, valley, valley_terms};

pub(super) fn value(function: u8, instance: &Instance, x: &[f64]) -> f64 {
    let turned = || instance.r(&instance.shifted(x));
    let pairs = (x.len() - 1) as f64;
    match function {
        15 => rastrigin(&instance.mixed(&asymmetric(&oscillated(&turned()), 0.2))),
        16 => {
            let n = x.len() as f64;
            weierstrass(&instance.mixed(&oscillated(&turned()))) + 10.0 / n * penalty(x)
        }
        17 | 18 => {
            let alpha = if function == 17 { 10.0 } else { 1000.0 };
            let z = conditioned(&instance.q(&asymmetric(&turned(), 0.5)), alpha);
            let term = |pair: &[f64]| {
                let s = pair[0].hypot(pair[1]);
                s.sqrt() * (1.0 + (50.0 * s.powf(0.2)).sin().powi(2))
            };
            (z.windows(2).map(term).sum::<f64>() / pairs).powi(2) + 10.0 * penalty(x)
        }
        _ => {
            let term = |s: f64| s / 4000.0 - s.cos();
            10.0 * valley_terms(&valley(instance, x)).map(term).sum::<f64>() / pairs + 10.0
        }
    }
}

fn weierstrass(z: &[f64]) -> f64 {
    let sum = |term: &dyn Fn(f64) -> f64| (0..12).map(|k| 0.5_f64.powi(k) * term(3_f64.powi(k))).sum::<f64>();
    let optimal = sum(&|frequency| (PI * frequency).cos());
    let mean = z.iter().map(|z| sum(&|frequency| (TAU * frequency * (z + 0.5)).cos())).sum::<f64>() / z.len() as f64;
    10.0 * (mean - optimal).powi(3)
}
