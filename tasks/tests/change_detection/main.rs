//! Change detection from trials to objectives, on small circuits.
#![allow(clippy::unwrap_used)]

mod engines;
mod metrics;
mod objective;
mod session;
mod support;
mod trials;
