//! Functions 1 to 5: separable.

use super::instance::Instance;
use super::transform::{asymmetric, conditioned, oscillated, penalty, share};
use super::{ellipsoid, rastrigin};

pub(super) fn value(function: u8, instance: &Instance, x: &[f64]) -> f64 {
    let z = instance.shifted(x);
    let n = x.len();
    match function {
        1 => z.iter().map(|z| z * z).sum(),
        2 => ellipsoid(&oscillated(&z), 1e6),
        3 => rastrigin(&conditioned(&asymmetric(&oscillated(&z), 0.2), 10.0)),
        4 => {
            let steep = |i: usize, z: f64| if i.is_multiple_of(2) && z > 0.0 { 10.0 * z } else { z };
            let z: Vec<f64> = oscillated(&z).into_iter().enumerate().map(|(i, z)| steep(i, z)).collect();
            rastrigin(&conditioned(&z, 10.0)) + 100.0 * penalty(x)
        }
        _ => {
            // Linear up to the optimum, which is at a corner, and constant beyond.
            let term = |(i, (&x, &optimum)): (usize, (&f64, &f64))| {
                let z = if x * optimum < 25.0 { x } else { optimum };
                let slope = optimum.signum() * 10_f64.powf(share(i, n));
                5.0 * slope.abs() - slope * z
            };
            x.iter().zip(&instance.x_opt).enumerate().map(term).sum()
        }
    }
}
