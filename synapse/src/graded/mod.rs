//! Networks of neurons that release transmitter in proportion to their potential, without spikes or delays.
//!
//! ```text
//! T_i = 1/(1 + e^(-(V_i - V_t)/K_p)),   s_i = T_i  or  tau ds_i/dt = T_i - s_i
//! z_j = sum_i s_i W_ij + sum_k x_k U_kj + noise
//! I_j = scale (I_app + z_j) + offset,   dx_j/dt = f(x_j, I_j)
//! y_o = b_o + mean over a window of sum_i s_i R_io
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | V_t, K_p | `threshold_mv`, `slope_mv` | -3, 8 | mV |
//! | s | [`GradedKinetics`], `tau_ms` | s = T | ms |
//! | I_app | `applied` | 0.1 | |
//! | scale, offset | `scale`, `offset` | 36.75, 39.9 | unit of the model's input |
//! | step | `dt_ms` | 0.1 | ms |
//! | x | held for `frame_steps` steps | | |
//! | noise | [`GradedBatch::with_noise`], a new number from N(0, deviation^2) in every step | none | |
//! | W, U, R, b | blocks `recurrent`, `input`, `readout`, `bias` | | |
//!
//! f is any [`Dynamics`](evoplast_neuron::dynamics::Dynamics), advanced by any scheme. How T is taken within a step is
//! [`Coupling`]: of the state before the step, as Hazelden et al. do (first order, whatever the scheme), or at every stage of an
//! explicit Runge-Kutta method, which then has its order for the network too.
//!
//! Lanes are trials, up to 16 in a chunk; chunks run in parallel and their number depends on that of the trials alone.
//!
//! Source: Hazelden, Liu, Shlizerman and Shea-Brown 2023, doi:10.48550/arXiv.2311.10869, with the numbers of the authors'
//! public code (github.com/meeree/smoothGrad); there s = T. First-order receptor kinetics: Destexhe, Mainen and Sejnowski 1994,
//! doi:10.1162/neco.1994.6.1.14, where s is far from saturation.

mod batch;
mod chunk;
mod config;
mod network;
mod noise;
pub mod product;
mod weights;

pub use batch::{GradedBatch, GradedState};
pub use chunk::{Constants, Divergence, Follow, GradedChunk, chunks, currents, transmission, with_width};
pub use config::{Coupling, GradedConfig, GradedKinetics, Stage};
pub use network::{GradedNetwork, GradedRun};
pub use weights::{GradedShape, GradedWeights};
