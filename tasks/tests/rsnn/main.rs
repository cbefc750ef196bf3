//! The recurrent network by cell types and the coherence task.
#![allow(clippy::unwrap_used, missing_docs)]

mod coherence;
mod learning;
mod network;
