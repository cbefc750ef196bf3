//! What a neuron can do: equilibria, bifurcations and limit cycles of any [`Dynamics`](crate::dynamics::Dynamics).
//!
//! Derivatives are those of dual numbers, so that bifurcations come to the last places of double precision.
//!
//! ```
//! use evoplast_neuron::analysis::{CycleOptions, equilibria, hopf_points, limit_cycle, saddle_nodes};
//! use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
//! let neuron = MorrisLecarParams::snlc();
//! // Rest and threshold merge at the rheobase, from which on the neuron fires at any low rate.
//! let rheobase = saddle_nodes::<MorrisLecar>(&neuron).iter().map(|b| b.input).fold(0.0, f64::max);
//! assert!((rheobase - 39.963_153_092_7).abs() < 1e-9);
//! assert_eq!(equilibria::<MorrisLecar>(&neuron, 39.9).iter().filter(|e| e.unstable == 0).count(), 1);
//! assert_eq!(hopf_points::<MorrisLecar>(&neuron).len(), 1);
//! let cycle = limit_cycle::<MorrisLecar>(&neuron, 50.0, &CycleOptions::default())?;
//! assert!((cycle.frequency_hz() - 13.259_537).abs() < 1e-5);
//! # Ok::<(), evoplast_neuron::NeuronError>(())
//! ```

mod cycle;
mod equilibria;

pub use cycle::{CycleOptions, LimitCycle, limit_cycle};
pub use equilibria::{Bifurcation, Equilibrium, equilibria, hopf_points, saddle_nodes};
