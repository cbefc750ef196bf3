//! Gradients through spiking networks: surrogate derivatives and backpropagation through time.
//!
//! * [`Bptt`]: takes over a network of `evoplast-synapse` (populations, sparse projections with delays, receptor
//!   kinetics) and gives the gradient of a loss by its weights, which keep the names of their blocks.
//! * [`Surrogate`]: what stands for the derivative of a spike, as data; [`Reset`] says whether the gradient goes through
//!   the reset.
//! * [`Adjoint`]: the seam for differentiable neuron models; LIF, adaptive LIF and GLIF3 have it.
//! * [`Loss`] ([`MeanSquaredError`], [`CrossEntropy`]), [`RatePenalty`], [`VoltagePenalty`].
//! * [`table_gradient`]: the gradient of a plastic classifier's loss after learning by the entries of its rule tables.
//! * [`graded`]: the discrete adjoint of networks with graded transmission.
//! * [`Dale`], [`Rewiring`], [`Clip`], [`Normalise`], [`Trainer`]: what happens to weights and gradients around an update.
//! * [`ode`]: the discrete adjoint of recorded solves of differential equations, exact for the steps taken.
//!
//! Rules that turn a gradient into a step (SGD, Adam) are those of whoever trains: [`Trainer::step`] takes any.

mod adjoint;
mod batch;
mod bptt;
mod cells;
mod chunk;
mod constraint;
mod error;
mod filters;
pub mod graded;
mod graph;
mod loss;
mod models;
pub mod ode;
mod options;
mod packed;
mod penalty;
mod real;
mod rewire;
mod rows;
mod surrogate;
mod sweep;
mod tables;
mod trainer;

pub use adjoint::{Adjoint, ForwardStep, Reset, ReverseStep};
pub use bptt::{Bptt, Glance, Gradient};
pub use cells::Adjoints;
pub use constraint::{Clip, Dale, Normalise, without_nan};
pub use error::BackpropError;
pub use graph::Readout;
pub use loss::{CrossEntropy, Logits, Loss, MeanSquaredError, Traces};
pub use options::BpttOptions;
pub use penalty::{RateMean, RatePenalty, VoltagePenalty};
pub use real::Real;
pub use rewire::{Rewired, Rewiring};
pub use surrogate::{Fire, Soft, SpikeFunction, Step, Surrogate};
pub use tables::{TableGradient, TableLoss, table_gradient};
pub use trainer::{StepReport, Trainer, updating};
