//! Quality of a set of points: how good is a front?

mod contributions;
mod distance;
mod hypervolume;
mod monte_carlo;
mod r2;
mod volume;

pub use contributions::hypervolume_contributions;
pub(crate) use contributions::keep_by_contribution;
pub use distance::{additive_epsilon, gd, igd, igd_plus};
pub use hypervolume::hypervolume;
pub use monte_carlo::{Estimate, hypervolume_monte_carlo};
pub use r2::r2;
