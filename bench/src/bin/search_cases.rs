//! The side of evoplast in the comparison of searches with other libraries; see `bench/peers/searches/README.md`.

use clap::{Parser, Subcommand};
use evoplast_bench::{BenchError, searches};
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the sets of points of the comparison, or runs all cases and prints one line of JSON each.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write every set of points to FOLDER as a CSV file.
    Write {
        /// The folder; created if it is not there.
        folder: PathBuf,
    },
    /// Run all cases on one thread.
    Run {
        /// How often; the least time counts.
        #[arg(long, default_value_t = 5)]
        repeats: usize,
        /// Only cases whose name contains this.
        #[arg(long, default_value = "")]
        case: String,
    },
}

fn run(arguments: &Arguments) -> Result<(), BenchError> {
    match &arguments.command {
        Command::Write { folder } => searches::write(folder),
        Command::Run { repeats, case } => {
            for cost in searches::run((*repeats).max(1), case)? {
                println!("{}", serde_json::json!(cost));
            }
            Ok(())
        }
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
