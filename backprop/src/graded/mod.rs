//! Gradients through networks with graded transmission: the discrete adjoint, exact for the scheme that ran.
//!
//! With x the state, T transmission and z synaptic input of a step (see [`evoplast_synapse::graded`]), going back from the
//! adjoints of state and transmission after a step:
//!
//! ```text
//! V_bar += T_bar T (1 - T)/K_p
//! (x_bar, I_bar) <- (dx'/dx, dx'/dI)^T x_bar         one neuron's step in dual numbers
//! z_bar = scale I_bar,   T_bar = W z_bar,   W_bar += T z_bar^T,   U_bar += u z_bar^T
//! ```
//!
//! Where stages are coupled the same is done for every stage, with the vector field in place of the step. Outputs are means
//! over the windows of the batch, so a [`Loss`](crate::Loss) sees traces with one entry a window.

mod chunk;
mod engine;
mod stages;

pub use engine::{GradedBptt, GradedGradient, GradedOptions, readout_gradient};
