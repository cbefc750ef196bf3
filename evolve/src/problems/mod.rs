//! Test problems with known fronts, and noise to put on them.

mod dtlz;
mod noisy;
mod zdt;

pub use dtlz::Dtlz;
pub use noisy::Noisy;
pub use zdt::Zdt;
