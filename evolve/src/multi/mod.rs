//! Searches of several objectives.

mod directions;
mod nsga2;

pub use directions::{das_dennis, reference_directions};
pub use nsga2::{Nsga2, Nsga2Config};
