//! The lateral geniculate nucleus: 17,400 linear-nonlinear units that turn images into firing rates and spikes.
//!
//! [`lgn_units`] draws the mosaic, [`LgnFilters`] computes the rates of the units that matter, [`poisson_spikes`] turns
//! rates into spikes.

mod kernels;
mod poisson;
mod response;
mod spatial;
mod units;

#[cfg(test)]
mod tests;

pub use kernels::{BUMP_MS, CompositeGains, composite_gains, first_zero_crossing, temporal_kernel};
pub use poisson::{SpikeLists, poisson_spikes};
pub use response::{LgnFilters, Presentation, Rates};
pub use spatial::{SpatialFilters, SpatialResponse, pixel};
pub use units::{JITTER, LgnUnit, Subunit, lgn_units, spontaneous_mean};
