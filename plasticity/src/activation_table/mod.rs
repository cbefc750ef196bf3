//! Rule tables over activation codes: plasticity of a recurrent classifier whose units fire or not in every round.
//!
//! A hidden layer of H rate units gets input x once and then runs N recurrent rounds. In every round the k units with the
//! largest activation keep it and all others fall silent (the cap). Which rounds a unit fired in is its *code*, N + 1 bits
//! with round 0 first, and the change of a weight after a sample is looked up by the codes of its ends:
//!
//! ```text
//! u_0 = W_in x                                   a_0 = cap_k f(u_0)
//! u_n = W_h (a_0 + a_{n-1}), n = 1 ... N         a_n = cap_k f(u_n)         y = W_o a_N
//! code_i = bits [a_{0,i} fired] ... [a_{N,i} fired]
//! w <- w + eta R:   W_in[i, j]: R_in[code_i]     W_h[i, j]: R_h[code_j, code_i]     W_o[c, j]: R_o[code_j, c is the label]
//! ```
//!
//! | symbol | where | meaning | default |
//! |---|---|---|---|
//! | N | [`ActivationTables::rounds`] | recurrent rounds | 3 |
//! | k | [`PlasticModel::cap`] | units that fire in a round | |
//! | f | [`PlasticModel::squash`] | activation function | sigmoid |
//! | eta | [`PlasticModel::step`] | step size | 0.01 |
//! | R_in, R_h, R_o | [`ActivationTables`] | rule tables of 2^(N+1), 2^(2(N+1)) and 2^(N+2) numbers | |
//!
//! At three rounds that makes 304 numbers. Joosten gives the size of the search space as 2^N + 2^(2N) + 2^(N+1), which is
//! 88 at N = 3 and counts codes of N bits; the paper's own tables have N + 1 bits (8, 64 and 16 rows at N = 2).
//!
//! The input rule of both papers knows no presynaptic unit, so it changes all input weights of a unit by the same number
//! and cannot learn a feature. With [`ActivationTables::input_bit`] it also sees whether the input is above 0.
//!
//! What the papers do differently, and what keeps Joosten's model from learning, are switches of [`PlasticModel`].
//!
//! Sources: Cristian, Dabagia, Papadimitriou and Vempala 2021, "Learning with plasticity rules: generalization and
//! robustness" (the model); Joosten 2021, "Learning to learn: generalization of evolved plasticity rules in recurrent neural
//! networks", University of Twente (the equations above, tables 1 to 3).

mod cap;
mod kernels;
mod learning;
mod model;
mod network;
mod space;
mod tables;
mod weights;

pub use learning::Learned;
pub use model::{Fired, Form, PlasticModel, Ranked, Recurrence, Rows, Squash, Teacher, Ties, When};
pub use network::PlasticNetwork;
pub use space::{ActivationTableSpace, TableParts};
pub use tables::{ActivationTables, MAX_ROUNDS};
pub use weights::{Shape, Weights};
