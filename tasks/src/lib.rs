//! Tasks for networks of neurons.
//!
//! * [`stimuli`]: gratings, photographs, generated natural-like images.
//! * [`mouse_v1`]: the mouse-V1 circuit with its LGN input, as a builder that any experiment can use.
//! * [`rsnn`]: a recurrent network with inhibitory cell types, and a change of coherence to detect.
//! * [`evidence`]: decisions at the end of a trial, for networks with graded input.
//! * [`turn_off`]: one neuron to turn off, with two ways to do it.
//! * [`plastic_classifier`]: labelled data, a recurrent classifier, and rule tables that make it learn.
//! * [`neural_ode`]: vector fields learned from trajectories, stiff ones among them.
//! * [`change_detection`]: visual change detection by that circuit, its biological metrics, and the bridge to
//!   [`evoplast_evolve::Objective`].

pub mod change_detection;
pub mod error;
pub mod evidence;
mod genes;
mod latest;
pub mod mouse_v1;
pub mod neural_ode;
pub mod plastic_classifier;
pub mod rsnn;
pub mod stimuli;
pub mod turn_off;

pub use error::TaskError;
