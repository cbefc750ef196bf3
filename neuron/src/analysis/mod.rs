//! What a neuron can do: equilibria, bifurcations and limit cycles of any [`Dynamics`](crate::dynamics::Dynamics).
//!
//! | function | finds | of |
//! |---|---|---|
//! | [`equilibria`], [`saddle_nodes`], [`hopf_points`] | equilibria with their stability, and where they appear or lose it | any model; Hopf points of two to four variables |
//! | [`limit_cycle`] | the cycle that a neuron settles on, with dT/dI | any model |
//! | [`first_lyapunov`] | whether a Hopf point is sub- or supercritical | [`Planar`](crate::dynamics::Planar) models |
//! | [`periodic_orbit`] | a periodic orbit, stable or not, with its multipliers | " |
//! | [`cycle_fold`] | where a stable and an unstable cycle merge | " |
//! | [`homoclinic`] | where a cycle becomes an orbit to a saddle | " |
//! | [`firing_range`] | between which inputs there is a stable cycle, and how it comes and goes | " |
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
mod cycle_fold;
mod equilibria;
mod firing_range;
mod homoclinic;
mod lyapunov;
mod orbit;
mod planar;

pub use cycle::{CycleOptions, LimitCycle, limit_cycle};
pub use cycle_fold::cycle_fold;
pub use equilibria::{Bifurcation, Equilibrium, equilibria, hopf_points, saddle_nodes};
pub use firing_range::{CycleEnd, CycleLimit, firing_range};
pub use homoclinic::{Homoclinic, homoclinic};
pub use lyapunov::first_lyapunov;
pub use orbit::{PeriodicOrbit, periodic_orbit};
