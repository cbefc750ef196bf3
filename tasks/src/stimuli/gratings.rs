//! Static and drifting sinusoidal gratings.
//!
//! Static gratings follow the change-detection task of Chen et al. 2022, Sci Adv 8:eabq7592,
//! <https://doi.org/10.1126/sciadv.abq7592>: `v = c sin(2 pi f (x cos th + y sin th) + phase)`, th = 180 deg - theta,
//! f = 0.05 cycles/deg, theta within 120..150 deg. The published code then shows `(v - 0.5) * 2 / 0.5`, which has mean -2
//! and range -6..2; the default here is `2 v`, which has mean 0 and the range of the photographs.
//!
//! x and y are pixels (degrees) from the centre of the image, y downwards.

use std::f64::consts::TAU;

use super::image_frame::{COLS, Image, ROWS};
use crate::error::TaskError;

/// Smallest and largest orientation (deg) of the change-detection gratings.
pub const ORIENTATION_RANGE_DEG: (f64, f64) = (120.0, 150.0);
/// Spatial frequency (cycles/deg) of the change-detection gratings.
pub const STATIC_SF_CPD: f64 = 0.05;

/// How a sinusoid v becomes a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GratingOffset {
    /// `2 v`: mean 0.
    #[default]
    ZeroMean,
    /// `(v - 0.5) * 4` as in the published code: mean -2.
    AsCoded,
}

/// A grating that stands still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaticGrating {
    /// Orientation theta (deg).
    pub orientation_deg: f64,
    /// Phase (deg) at the centre of the image.
    pub phase_deg: f64,
    /// Spatial frequency (cycles/deg).
    pub sf_cpd: f64,
    /// Contrast, 1 for the full range.
    pub contrast: f64,
    /// Scale and offset.
    pub offset: GratingOffset,
}

impl StaticGrating {
    /// A grating of the change-detection task: 0.05 cycles/deg, contrast 1, zero mean.
    pub const fn change_detection(orientation_deg: f64, phase_deg: f64) -> Self {
        Self { orientation_deg, phase_deg, sf_cpd: STATIC_SF_CPD, contrast: 1.0, offset: GratingOffset::ZeroMean }
    }

    /// # Errors
    /// [`TaskError::Parameter`] if a number is not finite or the spatial frequency is negative or above 0.5 cycles/deg.
    pub fn validate(&self) -> Result<(), TaskError> {
        check(&[
            ("orientation_deg", self.orientation_deg),
            ("phase_deg", self.phase_deg),
            ("contrast", self.contrast),
        ])?;
        check_sf(self.sf_cpd)
    }

    /// The picture.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn image(&self) -> Result<Image, TaskError> {
        self.validate()?;
        let theta = (180.0 - self.orientation_deg).to_radians();
        let phase = self.phase_deg.to_radians();
        // sin(a + b) of a row part a and a column part b needs one sine per row and column
        let column: Vec<(f64, f64)> =
            (0..COLS).map(|c| (TAU * self.sf_cpd * center_x(c) * theta.cos() + phase).sin_cos()).collect();
        let row: Vec<(f64, f64)> =
            (0..ROWS).map(|r| (TAU * self.sf_cpd * center_y(r) * theta.sin()).sin_cos()).collect();
        Ok(Image::from_fn(|r, c| {
            let v = self.contrast * (column[c].0 * row[r].1 + column[c].1 * row[r].0);
            let value = match self.offset {
                GratingOffset::ZeroMean => 2.0 * v,
                GratingOffset::AsCoded => (v - 0.5) * 4.0,
            };
            value as f32
        }))
    }
}

/// A drifting grating of luminance contrast `contrast * sin(2 pi (sf (x cos th + y sin th) - tf t) + phase)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftingGrating {
    /// Direction of motion th (deg), 0 to the right.
    pub direction_deg: f64,
    /// Spatial frequency (cycles/deg).
    pub sf_cpd: f64,
    /// Temporal frequency (Hz).
    pub tf_hz: f64,
    /// Amplitude: contrast 1 spans -1 to 1.
    pub contrast: f64,
    /// Phase (deg) at the centre of the image and time 0.
    pub phase_deg: f64,
}

impl DriftingGrating {
    /// The gratings of the recordings: 0.04 cycles/deg, 2 Hz, contrast 0.8.
    pub const fn recorded(direction_deg: f64) -> Self {
        Self { direction_deg, sf_cpd: 0.04, tf_hz: 2.0, contrast: 0.8, phase_deg: 0.0 }
    }

    /// Phase (rad) of the grating at time 0 and pixel (`col`, `row`), fractions allowed.
    pub fn spatial_phase_rad(&self, col: f64, row: f64) -> f64 {
        let (sin, cos) = self.direction_deg.to_radians().sin_cos();
        let (x, y) = (col - 0.5 * (COLS - 1) as f64, row - 0.5 * (ROWS - 1) as f64);
        TAU * self.sf_cpd * (x * cos + y * sin) + self.phase_deg.to_radians()
    }

    /// # Errors
    /// [`TaskError::Parameter`] if a number is not finite or the spatial frequency is negative or above 0.5 cycles/deg.
    pub fn validate(&self) -> Result<(), TaskError> {
        check(&[
            ("direction_deg", self.direction_deg),
            ("tf_hz", self.tf_hz),
            ("contrast", self.contrast),
            ("phase_deg", self.phase_deg),
        ])?;
        check_sf(self.sf_cpd)
    }

    /// The frame at time `t_ms`.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn frame(&self, t_ms: f64) -> Result<Image, TaskError> {
        self.validate()?;
        let moved = TAU * self.tf_hz * 1e-3 * t_ms;
        Ok(Image::from_fn(|row, col| {
            (self.contrast * (self.spatial_phase_rad(col as f64, row as f64) - moved).sin()) as f32
        }))
    }
}

/// The 301 orientations of the change-detection gratings, 120 to 150 deg in steps of 0.1 deg.
pub fn grating_orientations_deg() -> Vec<f64> {
    (1200..=1500).map(|tenths| f64::from(tenths) / 10.0).collect()
}

fn center_x(col: usize) -> f64 {
    col as f64 - 0.5 * (COLS - 1) as f64
}

fn center_y(row: usize) -> f64 {
    row as f64 - 0.5 * (ROWS - 1) as f64
}

fn check(numbers: &[(&str, f64)]) -> Result<(), TaskError> {
    match numbers.iter().find(|(_, x)| !x.is_finite()) {
        Some((name, x)) => Err(TaskError::parameter(name, x, "a finite number")),
        None => Ok(()),
    }
}

fn check_sf(sf_cpd: f64) -> Result<(), TaskError> {
    if (0.0..=0.5).contains(&sf_cpd) {
        return Ok(());
    }
    Err(TaskError::parameter("sf_cpd", sf_cpd, "0..=0.5 cycles/deg, as pixels are degrees"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_have_the_published_ranges() {
        let range = |offset| {
            let image = StaticGrating { offset, ..StaticGrating::change_detection(137.3, 20.0) }.image().unwrap();
            image.pixels().iter().fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)))
        };
        let (low, high) = range(GratingOffset::ZeroMean);
        assert!((low + 2.0).abs() < 0.01 && (high - 2.0).abs() < 0.01);
        let (low, high) = range(GratingOffset::AsCoded);
        assert!((low + 6.0).abs() < 0.02 && (high - 2.0).abs() < 0.02);
    }

    #[test]
    fn stripes_have_the_period_and_direction() {
        // theta = 180 deg gives th = 0: the grating varies along x with period 20 deg only
        let image = StaticGrating::change_detection(180.0, 0.0).image().unwrap();
        for c in 0..COLS - 20 {
            assert!((image.at(10, c) - image.at(90, c + 20)).abs() < 1e-5);
            assert!((image.at(10, c) + image.at(10, c + 10)).abs() < 1e-5);
        }
        // theta = 90 deg varies along y only
        let image = StaticGrating::change_detection(90.0, 0.0).image().unwrap();
        assert!((0..COLS).all(|c| (image.at(33, c) - image.at(53, 0)).abs() < 1e-5));
    }

    #[test]
    fn drifting_grating_moves_in_its_direction() {
        let grating = DriftingGrating { contrast: 1.0, ..DriftingGrating::recorded(0.0) };
        let (a, b) = (grating.frame(0.0).unwrap(), grating.frame(20.0).unwrap());
        // 2 Hz and 0.04 cycles/deg move 50 deg/s: 1 deg in 20 ms
        assert!((0..COLS - 1).all(|c| (a.at(5, c) - b.at(5, c + 1)).abs() < 1e-5));
        let periodic = grating.frame(500.0).unwrap();
        assert!(a.pixels().iter().zip(periodic.pixels()).all(|(x, y)| (x - y).abs() < 1e-5));
    }

    #[test]
    fn orientations() {
        let all = grating_orientations_deg();
        assert_eq!((all.len(), all[0], all[300], all[173]), (301, 120.0, 150.0, 137.3));
    }

    #[test]
    fn numbers_that_are_no_grating() {
        let good = StaticGrating::change_detection(130.0, 0.0);
        for bad in [
            StaticGrating { orientation_deg: f64::NAN, ..good },
            StaticGrating { phase_deg: f64::INFINITY, ..good },
            StaticGrating { sf_cpd: -0.1, ..good },
            StaticGrating { sf_cpd: 0.6, ..good },
        ] {
            assert!(matches!(bad.image(), Err(TaskError::Parameter { .. })));
        }
        assert!(DriftingGrating { tf_hz: f64::NAN, ..DriftingGrating::recorded(0.0) }.frame(0.0).is_err());
    }

    proptest! {
        #[test]
        fn static_grating_is_the_written_formula(theta in 0.0..180.0_f64, phase in 0.0..180.0_f64, r in 0..ROWS, c in 0..COLS) {
            let image = StaticGrating::change_detection(theta, phase).image().unwrap();
            let th = std::f64::consts::PI * (180.0 - theta) / 180.0;
            let (x, y) = (c as f64 - 119.5, r as f64 - 59.5);
            let v = (TAU * 0.05 * (x * th.cos() + y * th.sin()) + phase.to_radians()).sin();
            prop_assert!((f64::from(image.at(r, c)) - 2.0 * v).abs() < 1e-5);
        }
    }
}
