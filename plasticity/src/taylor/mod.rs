//! Plasticity rules as a truncated Taylor expansion of the update in local signals and reward.
//!
//! [`TERMS`] lists the 25 terms, a [`TaylorRule`] weighs them by neuron type, a [`TaylorSpace`] makes a
//! searchable box of all such rules, and a [`Formula`] prints one. Two engines apply a rule to a projection:
//! [`DenseTaylor`] to every synapse in every step, the reference; [`EventTaylor`] only where a spike needs the weight,
//! exactly and much faster.
//!
//! Source: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

pub mod bounds;
pub mod dense;
mod dense_projection;
pub mod event;
mod file;
pub mod formula;
pub mod rule;
pub mod space;
pub mod terms;

pub use bounds::{Bounds, BoundsWhen};
pub use dense::{Connections, DenseTaylor};
pub use event::EventTaylor;
pub use formula::Formula;
pub use rule::TaylorRule;
pub use space::{TauScale, TaylorBounds, TaylorSpace};
pub use terms::{Factor, TERM_COUNT, TERMS, Term, TermKind, parameter_count};
