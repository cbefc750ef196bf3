//! Visual stimuli: gratings, photographs, synthetic natural images.
//!
//! An [`Image`] covers the visual field of 240 x 120 degrees with one pixel per degree. An [`ImageSet`] holds training
//! and test images, from a folder of photographs or generated.

mod gratings;
mod image_frame;
mod image_set;
mod natural;
mod synthetic;

pub use gratings::{
    DriftingGrating, GratingOffset, ORIENTATION_RANGE_DEG, STATIC_SF_CPD, StaticGrating, grating_orientations_deg,
};
pub use image_frame::{CENTER, COLS, Image, ROWS};
pub use image_set::{ImageSet, MIN_PER_SET, Normalisation, SetSize};
pub use natural::{Fit, PhotoOptions};
pub use synthetic::{MAX_LEAF_DEG, MIN_LEAF_DEG, dead_leaves, pink_noise};
