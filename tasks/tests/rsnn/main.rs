//! The recurrent network by cell types, what it learns from, and the two ways to search it.
#![allow(clippy::unwrap_used, missing_docs)]

mod coherence;
mod input;
mod learning;
mod network;
