//! The one error type of this crate.

use std::path::{Path, PathBuf};

/// What can go wrong while a task, its tables or its stimuli are built.
///
/// Every message is one line that names the place, what was found there and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// A file or folder could not be opened or read.
    #[error("{}: cannot read: {reason}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's or the reader's answer.
        reason: String,
    },
    /// A data table lacks a column.
    #[error("{}: column `{column}` is missing; found {found}", path.display())]
    MissingColumn {
        /// The table.
        path: PathBuf,
        /// The column that is needed.
        column: String,
        /// The columns that are there.
        found: String,
    },
    /// One field of one row of a data table is wrong.
    #[error("{}, line {line}, field `{field}`: found {found}, expected {expected}", path.display())]
    Field {
        /// The table.
        path: PathBuf,
        /// Line of the file, counted from 1, comment lines included.
        line: u64,
        /// Name of the column.
        field: String,
        /// The text that was found.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// A table as a whole is incomplete.
    #[error("{}: {what}: found {found}, expected {expected}", path.display())]
    Incomplete {
        /// The table.
        path: PathBuf,
        /// What is counted.
        what: String,
        /// The count or entry that was found.
        found: String,
        /// What is needed.
        expected: String,
    },
    /// A file with the extension of an image does not decode or has no content to show.
    #[error("{}: not a usable image: {reason}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// The decoder's answer, or what is missing.
        reason: String,
    },
    /// A folder holds too few images.
    #[error("{}: found {found} PNG or JPEG images, expected at least {expected}", path.display())]
    TooFewImages {
        /// The folder.
        path: PathBuf,
        /// Number of images.
        found: usize,
        /// Smallest number that can be split into a training and a test set.
        expected: usize,
    },
    /// A network could not be built.
    #[error(transparent)]
    Network(#[from] evoplast_synapse::SynapseError),
    /// A rule could not be built.
    #[error(transparent)]
    Plasticity(#[from] evoplast_plasticity::PlasticityError),
    /// A file of labelled images is not what it should be.
    #[error("{}: {what}: found {found}, expected {expected}", path.display())]
    Idx {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What was found.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// A parameter is out of its range.
    #[error("{name}: found {found}, expected {expected}")]
    Parameter {
        /// Name of the parameter.
        name: String,
        /// Its value.
        found: String,
        /// The allowed range.
        expected: String,
    },
}

impl TaskError {
    /// [`TaskError::Read`] for `path`.
    pub fn read(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Read { path: path.to_path_buf(), reason: one_line(reason) }
    }

    /// [`TaskError::Image`] for `path`.
    pub fn image(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Image { path: path.to_path_buf(), reason: one_line(reason) }
    }

    /// [`TaskError::Idx`] for `path`.
    pub fn idx(path: &Path, what: &str, found: impl std::fmt::Display, expected: impl std::fmt::Display) -> Self {
        let (path, what) = (path.to_path_buf(), what.to_owned());
        Self::Idx { path, what, found: one_line(found), expected: one_line(expected) }
    }

    /// [`TaskError::Parameter`].
    pub fn parameter(name: &str, found: impl std::fmt::Display, expected: &str) -> Self {
        Self::Parameter { name: name.to_owned(), found: one_line(found), expected: expected.to_owned() }
    }
}

/// The text of `value` with line breaks turned into spaces.
fn one_line(value: impl std::fmt::Display) -> String {
    value.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
