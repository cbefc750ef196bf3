//! What an instance of a function draws: where its optimum is, its value there, rotations and peaks.

use super::generator;
use super::peaks::Peaks;
use super::transform::conditioning;
use crate::linalg::{product, times};

/// Where x sin sqrt(x) is largest in [0, 500], over 100, as in the implementation; the report has 4.2096874633.
pub(super) const SCHWEFEL: f64 = 4.209_687_463_7;

/// The numbers that distinguish instances.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub x_opt: Vec<f64>,
    pub f_opt: f64,
    /// R, row after row.
    r: Vec<f64>,
    /// Q, row after row.
    q: Vec<f64>,
    /// R Lambda^alpha Q with the function's alpha, row after row.
    mixed: Vec<f64>,
    /// Of the functions 21 and 22.
    pub peaks: Option<Peaks>,
}

impl Instance {
    /// The instance of `function` (1 to 24) in `n` (2 or more) variables.
    pub fn new(function: u8, n: usize, instance: u32) -> Self {
        // Functions 4 and 18 share the draws of 3 and 17.
        let number = match function {
            4 => 3,
            18 => 17,
            other => i64::from(other),
        };
        let seed = number + 10_000 * i64::from(instance);
        let (r, q) = (generator::rotation(n, seed + 1_000_000), generator::rotation(n, seed));
        let alpha = match function {
            16 => 0.01,
            23 | 24 => 100.0,
            _ => 10.0,
        };
        let scales = conditioning(alpha, n);
        let stretched: Vec<f64> =
            q.chunks_exact(n).zip(scales).flat_map(|(row, s)| row.iter().map(move |q| s * q)).collect();
        let mixed = product(&r, &stretched, n);
        let peaks = match function {
            21 => Some(Peaks::new(101, 1000_f64.sqrt(), (10.0, 5.0), &q, n, seed)),
            22 => Some(Peaks::new(21, 1000.0, (9.8, 4.9), &q, n, seed)),
            _ => None,
        };
        let x_opt = optimum(function, &q, peaks.as_ref(), n, seed);
        Self { x_opt, f_opt: generator::optimal_value(seed), r, q, mixed, peaks }
    }

    /// x - x_opt.
    pub fn shifted(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.x_opt).map(|(x, optimum)| x - optimum).collect()
    }

    /// R x.
    pub fn r(&self, x: &[f64]) -> Vec<f64> {
        times(&self.r, x)
    }

    /// Q x.
    pub fn q(&self, x: &[f64]) -> Vec<f64> {
        times(&self.q, x)
    }

    /// R Lambda^alpha Q x.
    pub fn mixed(&self, x: &[f64]) -> Vec<f64> {
        times(&self.mixed, x)
    }
}

/// max(1, sqrt(n)/8), the factor of the Rosenbrock functions.
pub(super) fn valley_scale(n: usize) -> f64 {
    ((n as f64).sqrt() / 8.0).max(1.0)
}

fn optimum(function: u8, q: &[f64], peaks: Option<&Peaks>, n: usize, seed: i64) -> Vec<f64> {
    let signs = |values: Vec<f64>, middle: f64, size: f64| -> Vec<f64> {
        values.into_iter().map(|value| if value < middle { -size } else { size }).collect()
    };
    let drawn = generator::optimum(n, seed);
    match function {
        4 => drawn.iter().enumerate().map(|(i, x)| if i % 2 == 0 { x.abs() } else { *x }).collect(),
        5 => signs(drawn, 0.0, 5.0),
        8 => drawn.iter().map(|x| 0.75 * x).collect(),
        // Where z = max(1, sqrt(n)/8) Q x + 1/2 is 1: the sums of the columns of Q.
        9 | 19 => {
            let sum = |column: usize| q.chunks_exact(n).map(|row| row[column]).sum::<f64>();
            (0..n).map(|column| 0.5 * sum(column) / valley_scale(n)).collect()
        }
        12 => generator::optimum(n, seed + 1_000_000),
        20 => signs(generator::uniforms(n, seed), 0.5, SCHWEFEL / 2.0),
        24 => signs(generator::normals(n, seed), 0.0, 1.25),
        _ => peaks.map_or(drawn, |peaks| peaks.best().to_vec()),
    }
}
