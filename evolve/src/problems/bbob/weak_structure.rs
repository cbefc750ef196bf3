//! Functions 20 to 24: many optima with little or misleading global structure.

use std::f64::consts::TAU;

use super::instance::Instance;
use super::transform::{conditioned, oscillate, penalty};

pub(super) fn value(function: u8, instance: &Instance, x: &[f64]) -> f64 {
    match function {
        20 => schwefel(instance, x),
        21 | 22 => gallagher(instance, x) + penalty(x),
        23 => katsuura(&instance.mixed(&instance.shifted(x))) + penalty(x),
        _ => lunacek(instance, x) + 1e4 * penalty(x),
    }
}

/// What is missing to the height of the highest peak.
pub(super) fn gallagher(instance: &Instance, x: &[f64]) -> f64 {
    let height = instance.peaks.as_ref().map_or(0.0, |peaks| peaks.height(&instance.q(x)));
    oscillate(10.0 - height).powi(2)
}

/// z = 100 (Lambda^10 (w - 2 |x_opt|) + 2 |x_opt|), w_0 = v_0, w_(i+1) = v_(i+1) + (v_i - 2 |x_opt,i|)/4, v = 2 sign(x_opt) x.
fn schwefel(instance: &Instance, x: &[f64]) -> f64 {
    let n = x.len();
    let twice: Vec<f64> = instance.x_opt.iter().map(|optimum| 2.0 * optimum.abs()).collect();
    let turned: Vec<f64> = x.iter().zip(&instance.x_opt).map(|(x, optimum)| 2.0 * optimum.signum() * x).collect();
    let from_twice = |i: usize| {
        let before = if i == 0 { 0.0 } else { 0.25 * (turned[i - 1] - twice[i - 1]) };
        turned[i] + before - twice[i]
    };
    let z = conditioned(&(0..n).map(from_twice).collect::<Vec<_>>(), 10.0);
    let z: Vec<f64> = z.iter().zip(&twice).map(|(z, twice)| 100.0 * (z + twice)).collect();
    let waves = z.iter().map(|z| z * z.abs().sqrt().sin()).sum::<f64>();
    let outside = penalty(&z.iter().map(|z| z / 100.0).collect::<Vec<_>>());
    4.189_828_872_724_339 - waves / (100.0 * n as f64) + 100.0 * outside
}

/// Continuous, with a derivative nowhere.
fn katsuura(z: &[f64]) -> f64 {
    let n = z.len() as f64;
    let fold = |z: f64| {
        let ripple = |j: i32| {
            let scaled = 2_f64.powi(j) * z;
            (scaled - (scaled + 0.5).floor()).abs() / 2_f64.powi(j)
        };
        (1..=32).map(ripple).sum::<f64>()
    };
    let product = z.iter().enumerate().map(|(i, &z)| 1.0 + (i + 1) as f64 * fold(z)).product::<f64>();
    10.0 / (n * n) * (product.powf(10.0 / n.powf(1.2)) - 1.0)
}

/// Two funnels, about v = 2.5 with the optimum and about v = mu_1, and Rastrigin's ripples.
fn lunacek(instance: &Instance, x: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mu0, d) = (2.5, 1.0);
    let s = 1.0 - 1.0 / (2.0 * (n + 20.0).sqrt() - 8.2);
    let mu1 = -((mu0 * mu0 - d) / s).sqrt();
    let turned: Vec<f64> = x.iter().zip(&instance.x_opt).map(|(x, optimum)| 2.0 * optimum.signum() * x).collect();
    let from = |centre: f64| turned.iter().map(move |x| x - centre);
    let funnel = |centre: f64| from(centre).map(|x| x * x).sum::<f64>();
    let z = instance.mixed(&from(mu0).collect::<Vec<_>>());
    let ripples = n - z.iter().map(|z| (TAU * z).cos()).sum::<f64>();
    funnel(mu0).min(d * n + s * funnel(mu1)) + 10.0 * ripples
}
