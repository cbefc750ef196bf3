//! Spiking neuron models as population kernels.
//!
//! Three rings, from cold to hot:
//!
//! * [`NeuronConfig`]: plain serde structs, named by a tag in an experiment file ([`LifConfig`], [`AlifConfig`],
//!   [`Glif3Config`]); they own units, defaults and validation.
//! * [`Population`]: an object-safe container, one virtual call per step, implemented once for every kernel by
//!   [`SoaPopulation`].
//! * [`NeuronModel`]: the kernel, the step of one neuron without allocation or branches on data, which the container
//!   runs over all neurons.
//!
//! Neurons that are differential equations (Morris-Lecar, Hodgkin-Huxley, FitzHugh-Nagumo, Izhikevich, adaptive
//! exponential) are in [`dynamics`], written once for single and double precision and dual numbers, with schemes as an axis
//! of their own; [`analysis`] finds their equilibria, limit cycles and the bifurcations of both.
//!
//! Synaptic input reaches a neuron through its receptors ([`Receptors`]): every port is a linear filter
//! ([`Kinetics`]) of the summed weights that arrive at it, so its state belongs to the postsynaptic neuron.
//!
//! ```
//! use evoplast_neuron::{LifConfig, NeuronConfig};
//! let mut cells = LifConfig::default().build(3, 0.1)?;
//! let mut spikes = Vec::new();
//! cells.inject(&[0.0, 400.0, 800.0])?; // constant current, pA
//! let mut count = [0; 3];
//! for _ in 0..10_000 {
//!     spikes.clear();
//!     cells.advance(&mut [], &mut spikes);
//!     for &i in &spikes { count[i as usize] += 1 }
//! }
//! assert!(count[0] == 0 && count[1] > 0 && count[2] > count[1]);
//! # Ok::<(), evoplast_neuron::NeuronError>(())
//! ```

mod alif;
pub mod analysis;
mod column;
mod config;
mod dual;
pub mod dynamics;
mod error;
mod filter;
mod glif3;
mod lanes;
mod lif;
mod math;
mod model;
pub mod ode;
mod population;
mod receptor;
mod scalar;

pub use alif::{Alif, AlifConfig, AlifParams};
pub use column::Column;
pub use config::NeuronConfig;
pub use dual::{Dual, Tangent};
pub use error::NeuronError;
pub use glif3::{Glif3, Glif3Config, Glif3Params};
pub use lanes::{Coefficients, State};
pub use lif::{Lif, LifConfig, LifParams};
pub use model::NeuronModel;
pub use population::{Population, SoaPopulation};
pub use receptor::{Kinetics, KineticsShape, ReceptorConfig, Receptors};
pub use scalar::{Scalar, Vector};
