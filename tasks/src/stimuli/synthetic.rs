//! Generated images with statistics of natural scenes, for use without photographs.
//!
//! * [`dead_leaves`]: opaque discs of random gray covering each other, radii r with density r^-3 between
//!   [`MIN_LEAF_DEG`] and [`MAX_LEAF_DEG`]. This law makes the picture nearly scale invariant, with edges and the
//!   heavy-tailed derivatives of photographs. Lee, Mumford & Huang 2001, Int J Comput Vis 41:35-59,
//!   <https://doi.org/10.1023/A:1011109015675>.
//! * [`pink_noise`]: Gaussian noise with an amplitude spectrum 1/f. Field 1987, J Opt Soc Am A 4:2379,
//!   <https://doi.org/10.1364/JOSAA.4.002379>.

use std::f64::consts::TAU;

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::image_frame::{COLS, Image, ROWS};

/// Smallest radius of a leaf (deg).
pub const MIN_LEAF_DEG: f64 = 2.0;
/// Largest radius of a leaf (deg); such a leaf cannot cover the central 40 x 40 degrees.
pub const MAX_LEAF_DEG: f64 = 20.0;

/// Discs of random gray in -2..2, drawn from front to back until no background is left.
pub fn dead_leaves<R: Rng + ?Sized>(rng: &mut R) -> Image {
    let mut image = Image::uniform(0.0);
    let mut covered = vec![false; ROWS * COLS];
    let mut left = covered.len();
    let (a, b) = (MIN_LEAF_DEG.powi(-2), MAX_LEAF_DEG.powi(-2));
    while left > 0 {
        // inverse of the distribution function of r^-3
        let radius = (a - rng.random::<f64>() * (a - b)).powf(-0.5);
        let x = -MAX_LEAF_DEG + rng.random::<f64>() * (COLS as f64 + 2.0 * MAX_LEAF_DEG);
        let y = -MAX_LEAF_DEG + rng.random::<f64>() * (ROWS as f64 + 2.0 * MAX_LEAF_DEG);
        let gray = (4.0 * rng.random::<f64>() - 2.0) as f32;
        let (top, bottom) = span(y, radius, ROWS);
        for row in top..bottom {
            let half = (radius * radius - (row as f64 - y).powi(2)).max(0.0).sqrt();
            let (start, end) = span(x, half, COLS);
            for k in row * COLS + start..row * COLS + end {
                if !covered[k] {
                    covered[k] = true;
                    left -= 1;
                    image.pixels_mut()[k] = gray;
                }
            }
        }
    }
    image
}

/// Pixels whose centre lies within `reach` of `centre`.
fn span(centre: f64, reach: f64, n: usize) -> (usize, usize) {
    let start = (centre - reach).ceil().clamp(0.0, n as f64) as usize;
    let end = ((centre + reach).floor() + 1.0).clamp(start as f64, n as f64) as usize;
    (start, end)
}

/// Gaussian noise of amplitude spectrum 1/f, mean 0 and standard deviation 1 over the field (periodic at the borders).
pub fn pink_noise<R: Rng + ?Sized>(rng: &mut R) -> Image {
    // complex Gaussian coefficients, weighted by 1/f; the real part of their transform is the image
    let mut re = vec![0.0; ROWS * COLS];
    let mut im = vec![0.0; ROWS * COLS];
    for ky in 0..ROWS {
        for kx in 0..COLS {
            let f = frequency(ky, ROWS).hypot(frequency(kx, COLS));
            let (g1, g2): (f64, f64) = (rng.sample(StandardNormal), rng.sample(StandardNormal));
            if f > 0.0 {
                re[ky * COLS + kx] = g1 / f;
                im[ky * COLS + kx] = g2 / f;
            }
        }
    }
    let pixels = real_inverse_dft(&re, &im);
    let n = pixels.len() as f64;
    let mean = pixels.iter().sum::<f64>() / n;
    let sd = (pixels.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / n).sqrt();
    Image::from_fn(|row, col| ((pixels[row * COLS + col] - mean) / sd) as f32)
}

/// Frequency (cycles/deg) of the `k`-th of `n` coefficients, negative beyond the middle.
fn frequency(k: usize, n: usize) -> f64 {
    let signed = if 2 * k > n { k as f64 - n as f64 } else { k as f64 };
    signed / n as f64
}

/// Cosine and sine of `2 pi k / n`.
fn roots(n: usize) -> (Vec<f64>, Vec<f64>) {
    (0..n).map(|k| (TAU * k as f64 / n as f64).sin_cos()).map(|(s, c)| (c, s)).unzip()
}

/// Real part of the two-dimensional inverse Fourier sum, one axis after the other.
fn real_inverse_dft(re: &[f64], im: &[f64]) -> Vec<f64> {
    // columns: g[y][kx] = sum_ky F[ky][kx] exp(2 pi i ky y / ROWS)
    let (cos, sin) = roots(ROWS);
    let (mut g_re, mut g_im) = (vec![0.0; ROWS * COLS], vec![0.0; ROWS * COLS]);
    for y in 0..ROWS {
        for ky in 0..ROWS {
            let (c, s) = (cos[ky * y % ROWS], sin[ky * y % ROWS]);
            let from = ky * COLS..(ky + 1) * COLS;
            let to = y * COLS..(y + 1) * COLS;
            let targets = g_re[to.clone()].iter_mut().zip(&mut g_im[to]);
            for ((t_re, t_im), (a, b)) in targets.zip(re[from.clone()].iter().zip(&im[from])) {
                *t_re += a * c - b * s;
                *t_im += a * s + b * c;
            }
        }
    }
    // rows: only the real part is needed
    let (cos, sin) = roots(COLS);
    let mut out = vec![0.0; ROWS * COLS];
    let (mut wave_c, mut wave_s) = (vec![0.0; COLS], vec![0.0; COLS]);
    for kx in 0..COLS {
        for x in 0..COLS {
            (wave_c[x], wave_s[x]) = (cos[kx * x % COLS], sin[kx * x % COLS]);
        }
        for y in 0..ROWS {
            let (a, b) = (g_re[y * COLS + kx], g_im[y * COLS + kx]);
            for (t, (c, s)) in out[y * COLS..(y + 1) * COLS].iter_mut().zip(wave_c.iter().zip(&wave_s)) {
                *t += a * c - b * s;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn images(generator: impl Fn(&mut ChaCha8Rng) -> Image, n: u64) -> Vec<Image> {
        (0..n).map(|k| generator(&mut ChaCha8Rng::seed_from_u64(100 + k))).collect()
    }

    /// Slope of log amplitude against log frequency in the plane, from rows and columns.
    ///
    /// The power of a line is that of the plane summed over the other frequency: 1/f^(2a) in the plane gives 1/f^(2a-1).
    fn spectral_slope(images: &[Image]) -> f64 {
        let mut points = Vec::new();
        for (n, lines, vertical) in [(COLS, ROWS, false), (ROWS, COLS, true)] {
            let (cos, sin) = roots(n);
            for k in [2, 3, 4, 6, 8, 11, 16, 22, 30] {
                let mut power = 0.0;
                for image in images {
                    for line in 0..lines {
                        let (mut a, mut b) = (0.0, 0.0);
                        for i in 0..n {
                            let p = f64::from(if vertical { image.at(i, line) } else { image.at(line, i) });
                            a += p * cos[k * i % n];
                            b += p * sin[k * i % n];
                        }
                        power += a * a + b * b;
                    }
                }
                points.push(((k as f64 / n as f64).ln(), 0.5 * (power / (n * n * lines) as f64 * n as f64).ln()));
            }
        }
        let n = points.len() as f64;
        let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
        let (xy, xx) =
            points.iter().fold((0.0, 0.0), |(xy, xx), p| (xy + (p.0 - mx) * (p.1 - my), xx + (p.0 - mx).powi(2)));
        xy / xx - 0.5
    }

    /// Kurtosis of the values, and of the differences of neighbouring pixels.
    fn kurtoses(images: &[Image]) -> (f64, f64) {
        let kurtosis = |values: Vec<f64>| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let m2 = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            values.iter().map(|v| (v - mean).powi(4)).sum::<f64>() / n / (m2 * m2)
        };
        let pixels = images.iter().flat_map(|i| i.pixels()).map(|&p| f64::from(p)).collect();
        let steps = images
            .iter()
            .flat_map(|i| i.pixels().chunks(COLS).flat_map(|row| row.windows(2).map(|w| f64::from(w[1] - w[0]))))
            .collect();
        (kurtosis(pixels), kurtosis(steps))
    }

    #[test]
    fn pink_noise_is_gaussian_with_slope_one() {
        let images = images(pink_noise, 12);
        let slope = spectral_slope(&images);
        assert!((slope + 1.0).abs() < 0.1, "{slope}");
        let (values, steps) = kurtoses(&images);
        assert!((values - 3.0).abs() < 0.25 && (steps - 3.0).abs() < 0.1, "{values} {steps}");
    }

    /// Near 1/f, as photographs (0.8 to 1.2); uniform grays have kurtosis 1.8; differences are mostly 0, seldom large.
    #[test]
    fn dead_leaves_have_edges() {
        let images = images(dead_leaves, 12);
        let slope = spectral_slope(&images);
        assert!((-1.1..-0.8).contains(&slope), "{slope}");
        let (values, steps) = kurtoses(&images);
        assert!((values - 1.8).abs() < 0.15, "{values}");
        assert!(steps > 6.0, "{steps}");
        let mean =
            images.iter().flat_map(|i| i.pixels()).map(|&p| f64::from(p)).sum::<f64>() / (12 * ROWS * COLS) as f64;
        assert!(mean.abs() < 0.1, "{mean}");
        assert!(images.iter().flat_map(|i| i.pixels()).all(|p| (-2.0..=2.0).contains(p)));
    }

    #[test]
    fn transform_of_one_coefficient_is_a_wave() {
        let (mut re, im) = (vec![0.0; ROWS * COLS], vec![0.0; ROWS * COLS]);
        re[7 * COLS + 5] = 2.0;
        let wave = real_inverse_dft(&re, &im);
        for (row, col) in [(0, 0), (3, 9), (119, 239), (60, 13)] {
            let phase = TAU * (7.0 * row as f64 / ROWS as f64 + 5.0 * col as f64 / COLS as f64);
            assert!((wave[row * COLS + col] - 2.0 * phase.cos()).abs() < 1e-9);
        }
    }
}
