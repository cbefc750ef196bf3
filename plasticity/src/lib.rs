//! Plasticity rules and spaces of rules.
//!
//! A rule is data; an engine applies it to a projection. Rules whose updates are products of presynaptic factor,
//! postsynaptic factor and reward are [`Factored`]: the [Taylor space](taylor) and [STDP](stdp). Two
//! engines run all of them: [`EventDriven`] touches a synapse only when its weight is read, exactly and fast; [`Dense`]
//! updates every synapse in every step, the reference, and the way to soft bounds.

pub mod activation_table;
pub mod bounds;
pub mod catalogue;
pub mod dense;
pub mod error;
pub mod event;
pub mod factored;
pub mod space;
pub mod stdp;
pub mod taylor;

pub use bounds::{Bounds, BoundsWhen};
pub use dense::{Connections, Dense};
pub use error::PlasticityError;
pub use event::EventDriven;
pub use factored::{Factored, FactoredRule, Pairing, SlowTraces};
pub use space::{Gene, GeneKind, RuleSpace};
