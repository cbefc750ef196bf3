//! Neural ordinary differential equations.
#![allow(clippy::unwrap_used)]

#[path = "neural_ode/references.rs"]
mod references;
