//! What is shown: the sets of images of a domain, as the LGN units of a circuit see them.

use crate::error::TaskError;
use crate::mouse_v1::lgn::{LgnFilters, SpatialResponse};
use crate::stimuli::{COLS, ImageSet, MIN_PER_SET, ORIENTATION_RANGE_DEG, ROWS, STATIC_SF_CPD, StaticGrating};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which images a session shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Training trials.
    Train,
    /// Validation trials.
    Test,
}

/// One image of a sequence: its identity, by which change is defined, and what the units see.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Two presentations are a repetition if their identities are equal.
    pub identity: u64,
    /// What the units see.
    pub response: Arc<SpatialResponse>,
}

/// A source of images for change detection.
pub trait Domain: Send + Sync {
    /// Name in tables and files.
    fn name(&self) -> &str;
    /// Draws an image; one that differs from `previous` if that is given.
    fn draw(&self, split: Split, previous: Option<&Shown>, rng: &mut dyn Rng) -> Shown;
    /// The image `previous` once more.
    fn repeat(&self, previous: &Shown, rng: &mut dyn Rng) -> Shown;
}

/// Phase of the gratings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The same in every presentation: repetitions are the same picture.
    #[default]
    Fixed,
    /// Uniform in 0..180 deg per presentation, as in Chen et al. 2022: only the orientation repeats.
    Random,
}

/// Point of the visual field at which a grating's phase is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The first pixel, as in BMTK's and Chen et al.'s code: in the centre, where a small circuit looks, a turn of one
    /// degree then shifts the phase too (by 13 deg at an orientation of 135 deg), so that gratings of other orientations
    /// are other pictures.
    #[default]
    Corner,
    /// The centre of the field: gratings turn about the point where the circuit looks and differ much less.
    Centre,
}

/// Gratings of the change-detection task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GratingConfig {
    /// Phase of repeated gratings.
    pub phase: Phase,
    /// Point at which the phase is defined.
    pub origin: Origin,
    /// Contrast, 0..=1.
    pub contrast: f64,
    /// Spatial frequency (cycles/deg), up to 0.5. The code of Chen et al. 2022 names 0.05, but draws it on a grid of
    /// twice the size, which makes it 0.1 per pixel, and thus per degree, of what the LGN sees.
    pub sf_cpd: f64,
}

impl Default for GratingConfig {
    fn default() -> Self {
        Self { phase: Phase::default(), origin: Origin::default(), contrast: 1.0, sf_cpd: STATIC_SF_CPD }
    }
}

/// Static gratings with orientations of 120..150 deg in steps of 0.1 deg.
#[derive(Debug, Clone)]
pub struct Gratings {
    filters: Arc<LgnFilters>,
    config: GratingConfig,
}

/// Phase (deg) at the centre of the field of a grating whose phase is 0 at the corner.
fn phase_from_corner_deg(orientation_deg: f64, sf_cpd: f64) -> f64 {
    let (sin, cos) = (180.0 - orientation_deg).to_radians().sin_cos();
    360.0 * sf_cpd * (0.5 * (COLS - 1) as f64 * cos + 0.5 * (ROWS - 1) as f64 * sin)
}

impl Gratings {
    /// Gratings as the units of `filters` see them.
    ///
    /// # Errors
    /// A contrast outside 0..=1 or a spatial frequency outside 0..=0.5 cycles/deg.
    pub fn new(filters: Arc<LgnFilters>, config: GratingConfig) -> Result<Self, TaskError> {
        if !(0.0..=1.0).contains(&config.contrast) {
            return Err(TaskError::parameter("gratings.contrast", config.contrast, "0..=1"));
        }
        if !(0.0..=0.5).contains(&config.sf_cpd) {
            return Err(TaskError::parameter("gratings.sf_cpd", config.sf_cpd, "0..=0.5"));
        }
        Ok(Self { filters, config })
    }

    /// The grating of an orientation; a random phase is drawn.
    pub(crate) fn show(&self, tenths_deg: u64, rng: &mut dyn Rng) -> Shown {
        let GratingConfig { phase, origin, contrast, sf_cpd } = self.config;
        let orientation_deg = tenths_deg as f64 / 10.0;
        let drawn = match phase {
            Phase::Fixed => 0.0,
            Phase::Random => 180.0 * rng.random::<f64>(),
        };
        let phase_deg = match origin {
            Origin::Corner => drawn + phase_from_corner_deg(orientation_deg, sf_cpd),
            Origin::Centre => drawn,
        };
        let grating = StaticGrating { contrast, sf_cpd, ..StaticGrating::change_detection(orientation_deg, phase_deg) };
        Shown { identity: tenths_deg, response: Arc::new(self.filters.see_grating(&grating)) }
    }
}

impl Domain for Gratings {
    fn name(&self) -> &str {
        "gratings"
    }

    fn draw(&self, _: Split, previous: Option<&Shown>, rng: &mut dyn Rng) -> Shown {
        let (low, high) = ORIENTATION_RANGE_DEG;
        let (low, high) = ((low * 10.0) as u64, (high * 10.0) as u64);
        loop {
            let tenths = rng.random_range(low..=high);
            if previous.is_none_or(|p| p.identity != tenths) {
                return self.show(tenths, rng);
            }
        }
    }

    fn repeat(&self, previous: &Shown, rng: &mut dyn Rng) -> Shown {
        self.show(previous.identity, rng)
    }
}

/// Photographs or generated natural-like images; validation uses the test images of the set.
#[derive(Debug, Clone)]
pub struct NaturalImages {
    train: Vec<Arc<SpatialResponse>>,
    test: Vec<Arc<SpatialResponse>>,
}

impl NaturalImages {
    /// The images of `set` as the units of `filters` see them.
    ///
    /// # Errors
    /// Fewer than two images for training or for testing: there would be no change.
    pub fn new(filters: &LgnFilters, set: &ImageSet) -> Result<Self, TaskError> {
        for (name, images) in [("training images", &set.train), ("test images", &set.test)] {
            if images.len() < MIN_PER_SET {
                return Err(TaskError::parameter(name, images.len(), &format!("at least {MIN_PER_SET}")));
            }
        }
        let see = |images: &[crate::stimuli::Image]| images.iter().map(|i| Arc::new(filters.see(i))).collect();
        Ok(Self { train: see(&set.train), test: see(&set.test) })
    }

    fn images(&self, split: Split) -> (&[Arc<SpatialResponse>], u64) {
        match split {
            Split::Train => (&self.train, 0),
            Split::Test => (&self.test, self.train.len() as u64),
        }
    }
}

impl Domain for NaturalImages {
    fn name(&self) -> &str {
        "natural images"
    }

    fn draw(&self, split: Split, previous: Option<&Shown>, rng: &mut dyn Rng) -> Shown {
        let (images, first) = self.images(split);
        loop {
            let k = rng.random_range(0..images.len());
            let identity = first + k as u64;
            if previous.is_none_or(|p| p.identity != identity) {
                return Shown { identity, response: Arc::clone(&images[k]) };
            }
        }
    }

    fn repeat(&self, previous: &Shown, _: &mut dyn Rng) -> Shown {
        previous.clone()
    }
}
