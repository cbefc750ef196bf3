//! Plasticity rules as a truncated Taylor expansion of the update in local signals and reward.
//!
//! [`TERMS`] lists the 25 terms, a [`TaylorRule`] weighs them by neuron type, a [`TaylorSpace`] makes a
//! searchable box of all such rules, and a [`Formula`] prints one. A rule is [`Factored`](crate::Factored), so the
//! [event-driven](crate::EventDriven) and the [dense](crate::Dense) engine apply it.
//!
//! Source: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

mod file;
pub mod formula;
pub mod rule;
pub mod space;
pub mod terms;

pub use formula::Formula;
pub use rule::TaylorRule;
pub use space::{TauScale, TaylorBounds, TaylorSpace};
pub use terms::{Factor, TERM_COUNT, TERMS, Term, TermKind, parameter_count};
