//! Training and test images.

use std::path::Path;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::image_frame::{CENTER, Image};
use super::natural::{self, PhotoOptions};
use super::synthetic::{dead_leaves, pink_noise};
use crate::error::TaskError;

/// Fewest images in a training or a test set: with one there is no change to detect.
pub const MIN_PER_SET: usize = 2;

/// Standard deviation of normalised images in the central region.
const TARGET_RMS: f64 = 1.0;
/// Smallest standard deviation that is worth amplifying (2.5 % of the range of -2..2).
const MIN_RMS: f64 = 0.1;

/// How the contrast of natural images is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Mean 0 and standard deviation 1 in the central 40 x 40 degrees, clipped to -2..2, so that images differ in
    /// their content and not in their mean drive.
    #[default]
    EqualMeanRms,
    /// Pixels p of 0..1 become `(p - 0.5) * 4`, as in Chen et al. 2022.
    Raw,
}

impl Normalisation {
    /// Applies the rule to `image`; false (and no change) if its central region has no contrast.
    pub(super) fn apply(self, image: &mut Image) -> bool {
        if self == Self::Raw {
            return true;
        }
        if image.mean_and_rms(CENTER).1 < MIN_RMS {
            return false;
        }
        // clipping moves the moments a little; a second pass brings them back
        for _ in 0..2 {
            let (mean, rms) = image.mean_and_rms(CENTER);
            let gain = TARGET_RMS / rms.max(MIN_RMS);
            for p in image.pixels_mut() {
                *p = ((f64::from(*p) - mean) * gain).clamp(-2.0, 2.0) as f32;
            }
        }
        true
    }
}

/// Wanted numbers of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SetSize {
    /// Training images (published: 40).
    pub n_train: usize,
    /// Test images (published: 8).
    pub n_test: usize,
}

impl Default for SetSize {
    fn default() -> Self {
        Self { n_train: 40, n_test: 8 }
    }
}

impl SetSize {
    /// # Errors
    /// [`TaskError::Parameter`] for fewer than [`MIN_PER_SET`] images.
    pub fn validate(&self) -> Result<(), TaskError> {
        for (name, n) in [("n_train", self.n_train), ("n_test", self.n_test)] {
            if n < MIN_PER_SET {
                return Err(TaskError::parameter(name, n, &format!("at least {MIN_PER_SET}")));
            }
        }
        Ok(())
    }

    /// Numbers of (training, test) pictures out of `n`, each giving `per_picture` images; `None` if `n` is too small.
    ///
    /// With fewer pictures than wanted both sets shrink in proportion, but keep at least [`MIN_PER_SET`] images.
    pub(super) fn split(&self, n: usize, per_picture: usize) -> Option<(usize, usize)> {
        let pictures = |images: usize| images.div_ceil(per_picture);
        let (train, test, least) = (pictures(self.n_train), pictures(self.n_test), pictures(MIN_PER_SET));
        if n < 2 * least {
            return None;
        }
        if n >= train + test {
            return Some((train, test));
        }
        let share = (n as f64 * self.n_test as f64 / (self.n_train + self.n_test) as f64).round() as usize;
        let test = share.clamp(least, n - least).min(test.max(least));
        Some((train.min(n - test), test))
    }
}

/// Images for training and for testing; no picture contributes to both.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSet {
    /// Where the images come from, for reports.
    pub source: String,
    /// Training images.
    pub train: Vec<Image>,
    /// Test images.
    pub test: Vec<Image>,
}

impl ImageSet {
    /// Photographs (PNG, JPEG) of a folder, in the order of their file names; test images come from the last files.
    ///
    /// Other files and subfolders are skipped. With fewer pictures than wanted, both sets shrink in proportion.
    ///
    /// # Errors
    /// An unreadable folder, too few pictures, a PNG or JPEG file that does not decode, a picture without contrast in
    /// its centre, options out of range.
    pub fn from_folder(folder: &Path, options: &PhotoOptions) -> Result<Self, TaskError> {
        natural::load(folder, options)
    }

    /// Generated images, alternately dead leaves and 1/f noise, all independent.
    ///
    /// # Errors
    /// [`TaskError::Parameter`] for fewer than [`MIN_PER_SET`] images in a set.
    pub fn synthetic<R: Rng + ?Sized>(size: SetSize, rng: &mut R) -> Result<Self, TaskError> {
        size.validate()?;
        let mut draw = |n: usize| -> Vec<Image> {
            (0..n)
                .map(|k| {
                    loop {
                        let mut image = if k % 2 == 0 { dead_leaves(rng) } else { pink_noise(rng) };
                        // leaves cannot cover the whole centre, so a flat one is next to impossible: draw again
                        if Normalisation::EqualMeanRms.apply(&mut image) {
                            return image;
                        }
                    }
                })
                .collect()
        };
        let (train, test) = (draw(size.n_train), draw(size.n_test));
        Ok(Self { source: "generated: dead leaves and 1/f noise".to_owned(), train, test })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn published_split_and_small_folders() {
        let size = SetSize::default();
        assert_eq!(size.split(48, 1), Some((40, 8)));
        assert_eq!(size.split(500, 1), Some((40, 8)));
        assert_eq!(size.split(24, 2), Some((20, 4)));
        assert_eq!(size.split(24, 1), Some((20, 4)));
        assert_eq!(size.split(6, 1), Some((4, 2)));
        assert_eq!(size.split(4, 1), Some((2, 2)));
        assert_eq!(size.split(3, 1), None);
        assert_eq!(size.split(2, 4), Some((1, 1)));
        assert_eq!(size.split(0, 4), None);
    }

    proptest! {
        #[test]
        fn split_stays_within_bounds(n in 0_usize..100, per in 1_usize..6, n_train in 2_usize..60, n_test in 2_usize..20) {
            if let Some((train, test)) = (SetSize { n_train, n_test }).split(n, per) {
                prop_assert!(train + test <= n);
                prop_assert!(train * per >= MIN_PER_SET && test * per >= MIN_PER_SET);
                prop_assert!(train <= n_train.div_ceil(per) && test <= n_test.div_ceil(per));
            } else {
                prop_assert!(n < 2 * MIN_PER_SET.div_ceil(per));
            }
        }
    }

    #[test]
    fn normalised_images_have_equal_moments() {
        let set = ImageSet::synthetic(SetSize { n_train: 6, n_test: 2 }, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
        for image in set.train.iter().chain(&set.test) {
            let (mean, rms) = image.mean_and_rms(CENTER);
            assert!(mean.abs() < 0.05 && (rms - 1.0).abs() < 0.08, "{mean} {rms}");
            assert!(image.pixels().iter().all(|p| (-2.0..=2.0).contains(p)));
        }
    }

    #[test]
    fn flat_images_are_refused_and_raw_ones_kept() {
        let mut flat = Image::uniform(0.7);
        assert!(!Normalisation::EqualMeanRms.apply(&mut flat));
        assert!(Normalisation::Raw.apply(&mut flat));
        assert_eq!(flat, Image::uniform(0.7));
    }

    #[test]
    fn sets_are_reproducible_and_their_images_differ() {
        let size = SetSize { n_train: 4, n_test: 2 };
        let draw = |seed| ImageSet::synthetic(size, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
        let (a, b, c) = (draw(1), draw(1), draw(2));
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_ne!(a.train[0], a.train[2]);
        assert_ne!(a.train[0], a.test[0]);
        assert!(ImageSet::synthetic(SetSize { n_train: 1, n_test: 8 }, &mut ChaCha8Rng::seed_from_u64(1)).is_err());
    }
}
