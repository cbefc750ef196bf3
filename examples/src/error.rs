//! What can go wrong while a run is recorded, drawn or reported.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run could not be recorded, drawn or reported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program was asked to use no threads.
    #[error("--threads is 0, expected at least 1")]
    NoThreads,
    /// An experiment has no seeds, too many, the same twice, or one that is too large.
    #[error("seeds: found {found}, expected 1 to 1000 different numbers up to 2^40")]
    Seeds {
        /// What was found.
        found: String,
    },
    /// The threads of a program could not be started.
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, a verb ("create", "write", "read", "rename").
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// A new run was asked for in a folder that is not empty.
    #[error("{path} already holds {found}: choose another folder, or resume that run")]
    FolderInUse {
        /// The folder.
        path: PathBuf,
        /// What was found there.
        found: String,
    },
    /// A run folder is that of another experiment.
    #[error("{}: found a run of {found}, expected one of {expected}", path.display())]
    OtherExperiment {
        /// The folder.
        path: PathBuf,
        /// The experiment it belongs to.
        found: String,
        /// The experiment that was to go on.
        expected: String,
    },
    /// A number that is not finite was about to be written.
    #[error("{what}: {at} is {value}; only finite numbers are written")]
    NotFinite {
        /// The file or array.
        what: String,
        /// Where in it, for example `front[3].accuracy`.
        at: String,
        /// The value.
        value: f64,
    },
    /// A value has no form in the wanted file format.
    #[error("cannot write {path} as {format}: {reason}")]
    Encode {
        /// The file.
        path: PathBuf,
        /// The file format.
        format: &'static str,
        /// What the encoder said.
        reason: String,
    },
    /// A file is not what its name promises.
    #[error("cannot read {path} as {format}: {reason}")]
    Decode {
        /// The file.
        path: PathBuf,
        /// The file format.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// Two lengths that must agree do not.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// The array, row or series.
        what: String,
        /// The wanted number of values.
        expected: usize,
        /// The number of values given.
        found: usize,
    },
    /// A figure could not be drawn.
    #[error("cannot draw: {reason}")]
    Draw {
        /// What the drawing backend said.
        reason: String,
    },
    /// The handler of Ctrl-C could not be installed.
    #[error("cannot listen for Ctrl-C: {0}")]
    Interrupt(#[from] ctrlc::Error),
}

impl Error {
    /// A closure for `map_err` that names the path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// A closure for `map_err` of an encoder.
    pub(crate) fn encode<E: std::fmt::Display>(format: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |error| Self::Encode { path, format, reason: one_line(&error) }
    }

    /// A closure for `map_err` of a decoder.
    pub(crate) fn decode<E: std::fmt::Display>(format: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |error| Self::Decode { path, format, reason: one_line(&error) }
    }
}

/// The message on one line (the TOML decoder draws the place over several).
fn one_line(error: &impl std::fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
