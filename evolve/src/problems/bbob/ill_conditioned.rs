//! Functions 10 to 14: high condition numbers, one optimum.

use super::ellipsoid;
use super::instance::Instance;
use super::transform::{asymmetric, oscillated, share};

pub(super) fn value(function: u8, instance: &Instance, x: &[f64]) -> f64 {
    let shifted = instance.shifted(x);
    let n = x.len();
    let rest = |z: &[f64]| z[1..].iter().map(|z| z * z).sum::<f64>();
    match function {
        10 => ellipsoid(&oscillated(&instance.r(&shifted)), 1e6),
        11 => {
            let z = oscillated(&instance.r(&shifted));
            1e6 * z[0] * z[0] + rest(&z)
        }
        12 => {
            let z = instance.r(&asymmetric(&instance.r(&shifted), 0.5));
            z[0] * z[0] + 1e6 * rest(&z)
        }
        13 => {
            let z = instance.mixed(&shifted);
            z[0] * z[0] + 100.0 * rest(&z).sqrt()
        }
        _ => {
            let power = |(i, z): (usize, &f64)| z.abs().powf(2.0 + 4.0 * share(i, n));
            instance.r(&shifted).iter().enumerate().map(power).sum::<f64>().sqrt()
        }
    }
}
