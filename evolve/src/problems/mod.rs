//! Test problems with known optima or fronts, and noise to put on them.

mod dtlz;
mod landscape;
mod noisy;
mod zdt;

pub use dtlz::Dtlz;
pub use landscape::{Function, Landscape};
pub use noisy::Noisy;
pub use zdt::Zdt;
