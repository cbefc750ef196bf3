//! Gaussian receptive fields, evaluated only at the units that are needed.
//!
//! The value of a unit at (x, y) degrees is the Gaussian-weighted mean of the image around pixel
//! (x 239/240, y 119/120), with the weights normalised to sum 1 over the pixels inside the image. Weights beyond five
//! sigma (below 4e-6 of the peak) are left out.

use super::units::Subunit;
use crate::stimuli::{COLS, Image, ROWS};

/// Half width of the window in units of sigma.
const REACH: f64 = 5.0;

/// One axis of one receptive field: weights for pixels `start..`.
#[derive(Debug, Clone)]
struct Axis {
    start: usize,
    weights: Vec<f32>,
}

impl Axis {
    fn new(centre: f64, sigma: f64, n: usize) -> Self {
        let last = (n - 1) as f64;
        let reach = REACH * sigma;
        // a centre far outside sees the nearest pixel
        let low = (centre - reach).ceil().clamp(0.0, last) as usize;
        let high = (centre + reach).floor().clamp(low as f64, last) as usize;
        let offset = |k: usize| (k as f64 - centre) / sigma;
        // subtracting the smallest exponent keeps the sum away from zero
        let nearest = (low..=high).map(|k| offset(k).powi(2)).fold(f64::INFINITY, f64::min);
        let raw: Vec<f64> = (low..=high).map(|k| (-0.5 * (offset(k).powi(2) - nearest)).exp()).collect();
        let sum: f64 = raw.iter().sum();
        Self { start: low, weights: raw.iter().map(|w| (w / sum) as f32).collect() }
    }
}

/// The receptive fields of several subunits.
#[derive(Debug, Clone)]
pub struct SpatialFilters {
    fields: Vec<(Axis, Axis)>,
}

/// Values of an image seen through the receptive fields of [`SpatialFilters`], one per subunit (contrast units).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpatialResponse(pub Vec<f32>);

impl SpatialFilters {
    /// Fields of `subunits`, in their order.
    pub fn new<'a>(subunits: impl IntoIterator<Item = &'a Subunit>) -> Self {
        let fields = subunits
            .into_iter()
            .map(|s| {
                let (x, y) = pixel(s.x_deg, s.y_deg);
                (Axis::new(x, s.sigma_deg, COLS), Axis::new(y, s.sigma_deg, ROWS))
            })
            .collect();
        Self { fields }
    }

    /// Number of receptive fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True without receptive fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What each receptive field sees of `image`.
    pub fn respond(&self, image: &Image) -> SpatialResponse {
        let pixels = image.pixels();
        let value = |(x, y): &(Axis, Axis)| {
            let width = x.weights.len();
            let mut sum = 0.0;
            for (k, wy) in y.weights.iter().enumerate() {
                let start = (y.start + k) * COLS + x.start;
                sum += wy * dot(&x.weights, &pixels[start..start + width]);
            }
            sum
        };
        SpatialResponse(self.fields.iter().map(value).collect())
    }
}

/// Pixel coordinates (column, row) of a point of the visual field (deg).
pub fn pixel(x_deg: f64, y_deg: f64) -> (f64, f64) {
    (x_deg * (COLS - 1) as f64 / COLS as f64, y_deg * (ROWS - 1) as f64 / ROWS as f64)
}

/// Inner product in four interleaved partial sums (a fixed order that vectorises).
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let tail: f32 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a4.zip(b4) {
        for k in 0..4 {
            sums[k] += x[k] * y[k];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::LGN_CLASSES;
    use proptest::prelude::*;

    fn subunit(x_deg: f64, y_deg: f64, sigma_deg: f64) -> Subunit {
        Subunit { x_deg, y_deg, sigma_deg, filter: LGN_CLASSES[0].filter, shift_ms: 0, gain: 1.0, spont_hz: 0.0 }
    }

    #[test]
    fn equals_the_full_weighted_sum() {
        let image = Image::from_fn(|row, col| ((row * 31 + col * 17) % 13) as f32 / 6.0 - 1.0);
        for (x_deg, y_deg, sigma) in [(120.0, 60.0, 0.7), (0.3, 119.9, 3.0), (237.0, 2.0, 2.0), (-4.0, 50.0, 2.0)] {
            let (cx, cy) = pixel(x_deg, y_deg);
            let (mut sum, mut norm) = (0.0, 0.0);
            for row in 0..ROWS {
                for col in 0..COLS {
                    let r2 = (col as f64 - cx).powi(2) + (row as f64 - cy).powi(2);
                    let w = (-0.5 * r2 / (sigma * sigma)).exp();
                    sum += w * f64::from(image.at(row, col));
                    norm += w;
                }
            }
            let found = SpatialFilters::new([&subunit(x_deg, y_deg, sigma)]).respond(&image).0[0];
            assert!((f64::from(found) - sum / norm).abs() < 2e-5, "({x_deg}, {y_deg}): {found} {}", sum / norm);
        }
    }

    proptest! {
        #[test]
        fn uniform_image_is_seen_unchanged(x in -20.0..260.0_f64, y in -20.0..140.0_f64, sigma in 0.6..4.0_f64, v in -2.0..2.0_f32) {
            let found = SpatialFilters::new([&subunit(x, y, sigma)]).respond(&Image::uniform(v)).0[0];
            prop_assert!((found - v).abs() < 1e-5);
        }
    }
}
