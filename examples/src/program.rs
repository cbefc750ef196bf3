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

/// Most seeds of an experiment.
pub const MOST_SEEDS: u64 = 1000;

/// Seeds from 1 on; of more than [`MOST_SEEDS`] only as many as [`check_seeds`] needs to refuse them.
pub fn first_seeds(count: u64) -> Vec<u64> {
    (1..=count.min(MOST_SEEDS + 1)).collect()
}

/// Largest seed: programs put other numbers beside it into one of 64 bits.
const LARGEST_SEED: u64 = 1 << 40;

/// Refuses no seeds, more than [`MOST_SEEDS`], one above 2^40, and one that comes twice and would count twice.
///
/// # Errors
/// [`Error::Seeds`] with what was found.
pub fn check_seeds(seeds: &[u64]) -> Result<()> {
    let mut sorted = seeds.to_vec();
    sorted.sort_unstable();
    let found = if seeds.is_empty() {
        "none".to_owned()
    } else if seeds.len() > MOST_SEEDS as usize {
        format!("more than {MOST_SEEDS}")
    } else if let Some(seed) = sorted.last().filter(|seed| **seed > LARGEST_SEED) {
        seed.to_string()
    } else if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        format!("{} twice", pair[0])
    } else {
        return Ok(());
    };
    Err(Error::Seeds { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_threads_are_refused_before_any_start() {
        assert_eq!(use_threads(Some(0)).map_err(|e| e.to_string()), Err("--threads is 0, expected at least 1".into()));
    }

    #[test]
    fn seeds_begin_with_one_and_have_limits() {
        assert_eq!(first_seeds(3), [1, 2, 3]);
        let refused = |count| check_seeds(&first_seeds(count)).map_err(|e| e.to_string());
        assert_eq!((refused(1), refused(MOST_SEEDS)), (Ok(()), Ok(())));
        let message =
            |found: &str| Err(format!("seeds: found {found}, expected 1 to 1000 different numbers up to 2^40"));
        assert_eq!(refused(0), message("none"));
        assert_eq!(refused(u64::MAX), message("more than 1000"));
        let listed = |seeds: &[u64]| check_seeds(seeds).map_err(|e| e.to_string());
        assert_eq!(listed(&[7, 0, 1 << 40]), Ok(()));
        assert_eq!(listed(&[3, 1, 3]), message("3 twice"));
        assert_eq!(listed(&[1, (1 << 40) + 1]), message("1099511627777"));
    }
}
