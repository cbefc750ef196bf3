//! The image that the LGN sees.

use std::ops::Range;

/// Rows of an [`Image`] (degrees of visual field, downwards).
pub const ROWS: usize = 120;
/// Columns of an [`Image`] (degrees of visual field, to the right).
pub const COLS: usize = 240;
/// Rows and columns of the central 40 x 40 degrees, which is what a network of a few thousand neurons sees.
pub const CENTER: (Range<usize>, Range<usize>) = (40..80, 100..140);

/// Luminance contrast on the visual field: gray is 0, photographs and gratings of full contrast span -2 to 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    pixels: Vec<f32>,
}

impl Image {
    /// All pixels equal to `value`.
    pub fn uniform(value: f32) -> Self {
        Self { pixels: vec![value; ROWS * COLS] }
    }

    /// Pixel values `f(row, column)`.
    pub fn from_fn(mut f: impl FnMut(usize, usize) -> f32) -> Self {
        Self { pixels: (0..ROWS * COLS).map(|k| f(k / COLS, k % COLS)).collect() }
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// The pixels, row by row.
    pub fn pixels_mut(&mut self) -> &mut [f32] {
        &mut self.pixels
    }

    /// One pixel.
    ///
    /// # Panics
    /// If `row` is not below [`ROWS`] or `col` not below [`COLS`].
    pub fn at(&self, row: usize, col: usize) -> f32 {
        assert!(row < ROWS && col < COLS, "pixel ({row}, {col}) outside {ROWS} x {COLS}");
        self.pixels[row * COLS + col]
    }

    /// Mean and standard deviation of the pixels in a region.
    pub fn mean_and_rms(&self, (rows, cols): (Range<usize>, Range<usize>)) -> (f64, f64) {
        let n = (rows.len() * cols.len()).max(1) as f64;
        let (mut sum, mut squares) = (0.0, 0.0);
        for row in rows {
            for col in cols.clone() {
                let x = f64::from(self.at(row, col));
                sum += x;
                squares += x * x;
            }
        }
        let mean = sum / n;
        (mean, (squares / n - mean * mean).max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_row_major() {
        let image = Image::from_fn(|row, col| (1000 * row + col) as f32);
        assert_eq!(image.at(3, 7), 3007.0);
        assert_eq!(image.pixels()[3 * COLS + 7], 3007.0);
        assert_eq!(image.pixels().len(), ROWS * COLS);
    }

    #[test]
    fn moments_of_a_region() {
        let image = Image::from_fn(|row, col| if row < 60 { 1.0 } else { -1.0 } + if col == 0 { 50.0 } else { 0.0 });
        let (mean, rms) = image.mean_and_rms(CENTER);
        assert!(mean.abs() < 1e-12 && (rms - 1.0).abs() < 1e-12);
        assert!((image.mean_and_rms((0..60, 1..COLS)).0 - 1.0).abs() < 1e-12);
    }
}
