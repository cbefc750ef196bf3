//! Plasticity rules and spaces of rules.

pub mod error;
pub mod space;
pub mod taylor;

pub use error::PlasticityError;
pub use space::{Gene, GeneKind, RuleSpace};
