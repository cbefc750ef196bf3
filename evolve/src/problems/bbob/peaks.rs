//! The Gaussian peaks of the functions 21 and 22.

use super::generator;
use super::transform::share;
use crate::linalg::times;

/// One peak: w exp(-1/(2n) sum_j s_j ((Q x)_j - (Q y)_j)^2).
#[derive(Clone, Debug)]
struct Peak {
    height: f64,
    scales: Vec<f64>,
    /// Q y.
    centre: Vec<f64>,
}

/// Peaks of different height and shape. The highest, of height 10, is at the optimum; the others are 1.1 to 9.1 high.
#[derive(Clone, Debug)]
pub(super) struct Peaks {
    peaks: Vec<Peak>,
    best: Vec<f64>,
}

impl Peaks {
    /// `count` peaks; the best has the root `root` of its condition number and lies in 4/5 of the box in which the others are,
    /// width u - middle for u uniform in (0, 1). The roots of the others are 1000^(j/(count-2)), in random order.
    pub fn new(count: usize, root: f64, (width, middle): (f64, f64), q: &[f64], n: usize, seed: i64) -> Self {
        let order = generator::permutation(count - 1, seed);
        let places = generator::uniforms(n * count, seed);
        let mut best = Vec::new();
        let mut peaks = Vec::with_capacity(count);
        for (index, place) in places.chunks_exact(n).enumerate() {
            let shrink = if index == 0 { 0.8 } else { 1.0 };
            let y: Vec<f64> = place.iter().map(|u| shrink * (width * u - middle)).collect();
            let (height, root) = match index.checked_sub(1) {
                None => (10.0, root),
                Some(other) => (1.1 + 8.0 * share(other, count - 1), 1000_f64.powf(share(order[other], count - 1))),
            };
            let axes = generator::permutation(n, seed + 1000 * index as i64);
            let scales = axes.iter().map(|&axis| root.powf(share(axis, n) - 0.5)).collect();
            peaks.push(Peak { height, scales, centre: times(q, &y) });
            if index == 0 {
                best = y;
            }
        }
        Self { peaks, best }
    }

    /// Where the highest is.
    pub fn best(&self) -> &[f64] {
        &self.best
    }

    /// The highest of the peaks over x, where `turned` = Q x.
    pub fn height(&self, turned: &[f64]) -> f64 {
        let factor = -0.5 / turned.len() as f64;
        let height = |peak: &Peak| {
            let axes = peak.scales.iter().zip(turned).zip(&peak.centre);
            peak.height * (factor * axes.map(|((s, x), y)| s * (x - y) * (x - y)).sum::<f64>()).exp()
        };
        self.peaks.iter().map(height).fold(0.0, f64::max)
    }
}
