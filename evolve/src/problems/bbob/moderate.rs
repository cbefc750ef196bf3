//! Functions 6 to 9: low or moderate condition numbers.

use super::instance::{Instance, valley_scale};
use super::transform::{conditioned, oscillate, penalty};
use super::{ellipsoid, rosenbrock, valley};

pub(super) fn value(function: u8, instance: &Instance, x: &[f64]) -> f64 {
    match function {
        6 => {
            let z = instance.mixed(&instance.shifted(x));
            let steep = |(z, optimum): (&f64, &f64)| if z * optimum > 0.0 { 100.0 * z } else { *z };
            let squares = z.iter().zip(&instance.x_opt).map(steep).map(|z| z * z);
            oscillate(squares.sum()).powf(0.9)
        }
        7 => step_ellipsoid(instance, x) + penalty(x),
        8 => rosenbrock(&instance.shifted(x).iter().map(|z| valley_scale(x.len()) * z + 1.0).collect::<Vec<_>>()),
        _ => rosenbrock(&valley(instance, x)),
    }
}

/// Plateaus of 1 far from the optimum and of 1/10 near it; a slope along the first variable alone.
pub(super) fn step_ellipsoid(instance: &Instance, x: &[f64]) -> f64 {
    let z = conditioned(&instance.q(&instance.shifted(x)), 10.0);
    let flat = |z: &f64| if z.abs() > 0.5 { (z + 0.5).floor() } else { (10.0 * z + 0.5).floor() / 10.0 };
    let steps = instance.r(&z.iter().map(flat).collect::<Vec<_>>());
    0.1 * ellipsoid(&steps, 1e2).max(z[0].abs() / 1e4)
}
