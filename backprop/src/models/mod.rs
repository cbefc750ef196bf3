//! Derivatives of the neuron models of `evoplast-neuron`, one file each.

mod alif;
mod glif3;
mod lif;

use crate::Reset;
use crate::real::Real;

/// 1 if the gradient goes through the reset, else 0.
fn attached<F: Real>(reset: Reset) -> F {
    match reset {
        Reset::Attached => F::one(),
        Reset::Detached => F::zero(),
    }
}
