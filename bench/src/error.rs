//! Why a circuit of the comparison could not be built, run or written.

use std::path::{Path, PathBuf};

/// An error of the bench crate.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A population could not be built.
    #[error(transparent)]
    Neuron(#[from] evoplast_neuron::NeuronError),
    /// A network could not be built.
    #[error(transparent)]
    Synapse(#[from] evoplast_synapse::SynapseError),
    /// A rule could not be built.
    #[error(transparent)]
    Plasticity(#[from] evoplast_plasticity::PlasticityError),
    /// A search refused its settings.
    #[error(transparent)]
    Evolve(#[from] evoplast_evolve::EvolveError),
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The answer of the operating system.
        source: std::io::Error,
    },
    /// The processor time of the process could not be read.
    #[error("cannot read the processor time of this process: {0}")]
    Clock(std::io::Error),
}

impl BenchError {
    /// For `map_err`: the operating system refused to write `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
