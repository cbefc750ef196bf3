//! Neural ordinary differential equations: the vector field of a trajectory is learned from points on it.
//!
//! * [`problems`]: the systems whose trajectories are learned, as sums of monomials ([`Polynomial`]): the cubic spiral and the
//!   stiff test problems ROBER, POLLU, HIRES, VDPOL and OREGO.
//! * [`TrajectoryFit`]: the parameters of a perceptron as a genome, the mean absolute error along trajectories as the
//!   objective. A solve that fails is a failure of the candidate.
//!
//! Gradients of the same loss: `evoplast-backprop`, with [`TrajectoryFit::segments`] and [`TrajectoryFit::loss_slope`].

mod fit;
mod initial;
mod polynomial;
pub mod problems;

pub use fit::{FitSolver, Segment, SegmentSource, TrajectoryFit, TrajectoryFitConfig};
pub use initial::InitialWeights;
pub use polynomial::{Monomial, Polynomial};
pub use problems::{Problem, Spiral};
