//! Ordinary differential equations dy/dt = f(t, y): vector fields, adaptive solvers, a multilayer perceptron as field.
//!
//! One seam, [`Solver`]: from an initial state through given output times to given tolerances, within a budget of steps
//! and evaluations. A solve that cannot go on is a [`SolveFailure`], never a loop without end.
//!
//! | solver | method | order | use | source |
//! |---|---|---|---|---|
//! | [`Tsit5`] | explicit Runge-Kutta | 5(4) | non-stiff; leaves a [`Tape`] | Tsitouras 2011, doi:10.1016/j.camwa.2011.06.002 |
//! | [`Rodas4`] | Rosenbrock, L-stable | 4(3) | stiff; leaves a [`Tape`] | Hairer and Wanner 1996, doi:10.1007/978-3-642-05221-7, IV.7 |
//! | [`Radau5`] | Radau IIA, L-stable | 5 | stiff and exact | the crate `differential-equations` |
//! | [`Dop853`] | explicit Runge-Kutta | 8(5,3) | non-stiff and exact | the crate `differential-equations` |
//!
//! The first two are own code, because the exact discrete gradient of a solve needs its accepted steps and stages
//! ([`Recording`]). They meet output times by interpolation or by steps that end there, the library's always by the second.

mod activation;
mod adaptive;
mod field;
mod library;
mod lu;
mod mlp;
mod rodas4;
mod solver;
mod tape;
mod tsit5;

pub use activation::Activation;
pub use field::{Jacobian, VectorField};
pub use library::{Dop853, Radau5};
pub use lu::Lu;
pub use mlp::{InputMap, Layer, Mlp, MlpField};
pub use rodas4::{RODAS4, Rodas4, RosenbrockTableau};
pub use solver::{Cost, Recording, SolveFailure, SolveOptions, Solver, Stuck};
pub use tape::{OutputPlace, Tape, TapeMethod};
pub use tsit5::{ExplicitTableau, TSIT5, Tsit5};
