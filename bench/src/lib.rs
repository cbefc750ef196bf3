//! Benchmarks of evoplast; each file in `benches/` answers one question.
//!
//! [`circuits`] are those on which evoplast is compared with other simulators (`peers/`), [`trial`] times one of them. [`searches`]
//! are the cases of the comparison of searches.
//!
//! The examples of the crates' README files are compiled and run as doctests of this crate, which sees them all.

pub mod circuits;
mod error;
pub mod searches;
pub mod trial;

pub use error::BenchError;

/// `neuron/README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../neuron/README.md")]
pub struct NeuronReadme;

/// `synapse/README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../synapse/README.md")]
pub struct SynapseReadme;

/// `plasticity/README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../plasticity/README.md")]
pub struct PlasticityReadme;

/// `tasks/README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../tasks/README.md")]
pub struct TasksReadme;

/// `backprop/README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../backprop/README.md")]
pub struct BackpropReadme;

/// `README.md` of the workspace.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct WorkspaceReadme;
