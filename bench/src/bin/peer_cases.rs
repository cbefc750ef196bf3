//! The side of evoplast in the comparison with other simulators; see `bench/peers/README.md`.

use clap::{Parser, Subcommand};
use evoplast_bench::BenchError;
use evoplast_bench::circuits::Case;
use evoplast_bench::trial;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the circuits of the comparison, or runs one and prints one line of JSON per repeat.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Seed of the circuits.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Subcommand)]
enum Command {
    /// Write every circuit to FOLDER as CASE.npz and CASE.json.
    Write {
        /// The folder; created if it is not there.
        folder: PathBuf,
    },
    /// Run a case on one thread.
    Run {
        /// The case.
        case: Case,
        /// Seconds of biological time before the clock starts.
        #[arg(long, default_value_t = 1)]
        warm_up: u32,
        /// Seconds of biological time on the clock.
        #[arg(long, default_value_t = 10)]
        seconds: u32,
        /// How often, each time from the initial state.
        #[arg(long, default_value_t = 1)]
        repeats: u32,
    },
}

fn run(arguments: &Arguments) -> Result<(), BenchError> {
    match &arguments.command {
        Command::Write { folder } => Case::ALL.iter().try_for_each(|case| case.circuit(arguments.seed)?.write(folder)),
        Command::Run { case, warm_up, seconds, repeats } => {
            let circuit = case.circuit(arguments.seed)?;
            for _ in 0..*repeats {
                let trial = trial::run(&circuit, *warm_up, *seconds)?;
                println!("{}", serde_json::json!(trial));
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
