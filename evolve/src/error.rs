//! The one error type of this crate.

use std::path::PathBuf;

/// What can go wrong in a search. Every message says what was found, what was expected and where.
#[derive(Debug, thiserror::Error)]
pub enum EvolveError {
    /// A search space or a variable in it is not usable.
    #[error("search space: variable {index} `{name}`: {field} is {found}, expected {expected}")]
    Variable {
        /// Position in the genome.
        index: usize,
        /// Name of the variable.
        name: String,
        /// Which property is wrong.
        field: &'static str,
        /// Its value.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Something that needs at least one entry has none.
    #[error("{what} is empty, expected at least one entry")]
    Empty {
        /// What is empty.
        what: &'static str,
    },
    /// A setting of an optimiser, an evaluator or the executor is out of its range.
    #[error("{component}: {field} is {found}, expected {expected}")]
    Config {
        /// The component configured.
        component: &'static str,
        /// The setting.
        field: &'static str,
        /// Its value.
        found: String,
        /// The permitted values.
        expected: String,
    },
    /// A genome, or a list that goes with it, has the wrong length.
    #[error("{what}: length is {found}, expected {expected}")]
    Length {
        /// Which list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The required length.
        expected: usize,
    },
    /// A number is not finite or lies outside its bounds.
    #[error("{what}: entry {index} is {found}, expected {expected}")]
    Value {
        /// Which list.
        what: &'static str,
        /// Position in it.
        index: usize,
        /// The number.
        found: f64,
        /// The permitted values.
        expected: String,
    },
    /// Outcomes were told that do not match the candidates asked.
    #[error("tell: {problem} (candidate {id})")]
    Told {
        /// What does not match.
        problem: &'static str,
        /// The candidate concerned.
        id: u64,
    },
    /// `tell` was called while no candidates were outstanding.
    #[error("tell: no candidates are outstanding, expected a call of ask first")]
    TellBeforeAsk,
    /// A checkpoint or another file of a run cannot be used.
    #[error("{}: {field}: found {found}, expected {expected}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Which part of it.
        field: &'static str,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A file could not be read or written.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A state could not be turned into JSON.
    #[error("{}: writing the state as JSON: {source}", path.display())]
    Encode {
        /// The file that was to be written.
        path: PathBuf,
        /// The serialiser's reason.
        source: serde_json::Error,
    },
    /// An observer gave up.
    #[error("observer: {0}")]
    Observer(String),
}

impl EvolveError {
    /// Wraps an I/O error with the file and the attempted action.
    pub(crate) fn io(path: &std::path::Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    /// Complains about a setting unless it is `right`.
    pub(crate) fn require(
        right: bool,
        component: &'static str,
        field: &'static str,
        found: impl ToString,
        expected: &str,
    ) -> Result<()> {
        if right { Ok(()) } else { Err(Self::config(component, field, found, expected)) }
    }

    /// A setting out of range.
    pub(crate) fn config(
        component: &'static str,
        field: &'static str,
        found: impl ToString,
        expected: impl Into<String>,
    ) -> Self {
        Self::Config { component, field, found: found.to_string(), expected: expected.into() }
    }
}

/// Short form of a result in this crate.
pub type Result<T> = std::result::Result<T, EvolveError>;
