//! The mouse-V1 circuit against its published numbers: connections, weights, tables, rates without plasticity.
#![allow(clippy::unwrap_used)]

mod connections;
mod rates;
mod tables;

use evoplast_tasks::mouse_v1::{V1Circuit, V1Config};

/// A circuit with default settings for images of 100 ms.
fn circuit(neurons: usize, seed: u64) -> V1Circuit {
    V1Circuit::build(&V1Config { neurons, seed, ..V1Config::default() }, 100).unwrap()
}
