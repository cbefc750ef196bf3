//! Labelled data and rules that learn it.

#![allow(clippy::unwrap_used, missing_docs)]

mod generated;
mod idx;
mod search;
