//! Change detection from trials to objectives, on small circuits.
#![allow(clippy::unwrap_used)]

mod engines;
mod equivalence;
mod metrics;
mod objective;
mod populations;
mod session;
mod support;
mod trials;
