//! The frame of an experiment's program: its threads, and how it ends.

use std::fmt::Display;
use std::process::ExitCode;

use crate::error::{Error, Result};

/// The exit code of a program: that of `result`, or failure after one line on standard error with the name of the program.
pub fn exit<E: Display>(program: &str, result: std::result::Result<ExitCode, E>) -> ExitCode {
    result.unwrap_or_else(|error| {
        // On one line: an error may quote a configuration.
        let message = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        eprintln!("{program}: {message}");
        ExitCode::FAILURE
    })
}

/// Gives all parallel work so many threads, without a number one per core.
///
/// # Errors
/// [`Error::NoThreads`] for 0, [`Error::Threads`] when the system gives none, or when parallel work came first.
pub fn use_threads(threads: Option<usize>) -> Result<()> {
    if threads == Some(0) {
        return Err(Error::NoThreads);
    }
    let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_threads_are_refused_before_any_start() {
        assert_eq!(use_threads(Some(0)).map_err(|e| e.to_string()), Err("--threads is 0, expected at least 1".into()));
    }
}
