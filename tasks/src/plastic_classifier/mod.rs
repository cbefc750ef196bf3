//! Learning to classify with rule tables: data, the plastic recurrent classifier, and the rule as a genome.
//!
//! * [`Dataset`], [`Split`], [`Standardiser`], [`Confusion`]: labelled samples and what is done with them.
//! * [`GeneratedConfig`]: clusters on the corners of a hypercube, as scikit-learn's `make_classification` draws them.
//! * [`IdxFolder`]: MNIST, Fashion-MNIST, KMNIST and whatever else has their file format.
//! * [`ClassifierConfig`]: network, initial weights, scaling and the part of the rule that is searched, with the presets
//!   `literal`, `corrected` and `original`.
//! * [`TableSearch`]: a rule as a genome; its error is that of the network after adapting to some samples.
//! * [`Classroom`]: one data set and one set of initial weights, to look at what a rule does.
//!
//! The network and its rules are [`evoplast_plasticity::activation_table`].
//!
//! Sources: Joosten 2021, "Learning to learn: generalization of evolved plasticity rules in recurrent neural networks",
//! University of Twente; Cristian, Dabagia, Papadimitriou and Vempala 2021, "Learning with plasticity rules: generalization
//! and robustness".

mod classroom;
mod config;
mod confusion;
mod dataset;
mod generated;
mod idx;
mod search;

pub use classroom::Classroom;
pub use config::{ClassifierConfig, Scaling, Spread};
pub use confusion::Confusion;
pub use dataset::{Dataset, Split, Standardiser};
pub use generated::GeneratedConfig;
pub use idx::{IdxFolder, Images, read_images, read_labels};
pub use search::{Source, TableSearch, TableSearchConfig};
