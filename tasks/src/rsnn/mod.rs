//! A recurrent spiking network with inhibitory cell types, and the change of coherence that it is to detect.
//!
//! * [`RsnnConfig`], [`Rsnn`]: 240 excitatory and 60 inhibitory neurons, one inhibitory type or three, with connection
//!   probabilities of mouse layer 2/3; input to some units, readout from others.
//! * [`Coherence`]: 16 channels of spikes whose rates depend on whether the motion behind them is coherent.
//! * [`GratingChange`]: the gratings of the mouse-V1 task as units of the LGN see them, repeated or changed.
//! * [`InputConfig`]: either of them, chosen by its tag.
//! * [`WeightSearch`], [`RuleSearch`]: the weights, or a rule that changes the recurrent ones, as a genome.
//!
//! Sources: Zhu et al. 2023, bioRxiv 2023.08.29.555334 (network and task); Billeh et al. 2020, Neuron 106:388,
//! doi 10.1016/j.neuron.2020.01.040 (probabilities by type).

mod coherence;
mod gratings;
mod input;
mod network;
mod objective;
mod rules;
mod score;
mod trial;
mod weights;

pub use coherence::{CHANNELS, Coherence, CoherenceConfig};
pub use gratings::{GratingChange, GratingChangeConfig};
pub use input::InputConfig;
pub use network::{Inhibition, Rsnn, RsnnConfig};
pub use objective::{WeightSearch, WeightSearchConfig, WeightUnit};
pub use rules::{RuleSearch, RuleSearchConfig};
pub use score::{RateCost, Score};
pub use trial::{LabelledInput, LabelledTrial, decision, target};
pub use weights::LAYERS;
