//! Is the mouse-V1 circuit the published one? Counts its connections and measures its rates without learning.
//!
//! Gray screen and drifting gratings (0.04 cycles/deg, 2 Hz, contrast 0.8), LGN spikes and shared background as in
//! Billeh et al. 2020: 0.5 s to settle, then 2 s. See README.md beside this file.

use clap::{Parser, ValueEnum};
use evoplast_examples::{Table, left, mean_sd, number, right};
use evoplast_synapse::{RateProbe, SpikeRaster};
use evoplast_tasks::mouse_v1::lgn::{Rates, SpikeLists, poisson_spikes};
use evoplast_tasks::mouse_v1::tables::{BACKGROUND_RATE_HZ, CELL_TYPES, MEAN_RATE_DG_HZ, N_TYPES, TableLevel};
use evoplast_tasks::mouse_v1::{Background, V1Circuit, V1Config};
use evoplast_tasks::stimuli::DriftingGrating;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::{Distribution, Poisson};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// Counts connections and measures rates of the untrained mouse-V1 circuit.
#[derive(Parser)]
#[command(name = "v1_circuit", version, about)]
struct Arguments {
    /// Number of neurons.
    #[arg(long, default_value_t = 3000)]
    neurons: usize,
    /// Network seeds, from 1.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Seeds of the LGN mosaic and of the noise, from 1; every network meets each.
    #[arg(long, default_value_t = 3)]
    mosaics: u64,
    /// Embedded tables.
    #[arg(long, value_enum, default_value_t = Tables::Models)]
    tables: Tables,
    /// Folder of model-level tables instead of the embedded ones.
    #[arg(long, value_name = "DIR")]
    v1_data: Option<PathBuf>,
    /// A run of seconds.
    #[arg(long)]
    smoke: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tables {
    /// The 111 neuron models.
    Models,
    /// One mean model per population.
    TypeMeans,
}

/// The three conditions: none is a gray screen.
const CONDITIONS: [(&str, Option<f64>); 3] = [("gray", None), ("grating 270°", Some(270.0)), ("grating 0°", Some(0.0))];
const SETTLE_MS: u32 = 500;
const MEASURE_MS: u32 = 2000;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("v1_circuit: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (neurons, seeds, mosaics) =
        if arguments.smoke { (400, 1, 1) } else { (arguments.neurons, arguments.seeds, arguments.mosaics) };
    let mut counts: [Vec<f64>; 5] = Default::default();
    let mut lgn: [Vec<f64>; 3] = Default::default();
    let mut mean: [Vec<f64>; 3] = Default::default();
    let mut most: [f64; 3] = [0.0; 3];
    let mut by_type: [[Vec<f64>; N_TYPES]; 3] = std::array::from_fn(|_| std::array::from_fn(|_| vec![]));
    let mut source = String::new();
    for seed in 1..=seeds {
        for mosaic in 1..=mosaics {
            let config = V1Config {
                neurons,
                seed,
                lgn_seed: mosaic,
                tables: match arguments.tables {
                    Tables::Models => TableLevel::Models,
                    Tables::TypeMeans => TableLevel::TypeMeans,
                },
                data_dir: arguments.v1_data.clone(),
                background: Background::Shared,
                ..V1Config::default()
            };
            let circuit = V1Circuit::build(&config, 100)?;
            source.clone_from(&circuit.source);
            if mosaic == 1 {
                let four = circuit.connection_counts();
                counts[0].push(four.iter().sum::<usize>() as f64);
                counts[1..].iter_mut().zip(four).for_each(|(list, n)| list.push(n as f64));
            }
            lgn[0].push(circuit.lgn.topology.len() as f64);
            lgn[1].push(circuit.filters.n_units() as f64);
            lgn[2].push(circuit.lgn_spontaneous_hz);
            for (k, (_, direction)) in CONDITIONS.iter().enumerate() {
                let rates = rates_hz(&circuit, *direction, mosaic)?;
                mean[k].push(rates.iter().sum::<f64>() / rates.len() as f64);
                most[k] = rates.iter().copied().fold(most[k], f64::max);
                for t in 0..N_TYPES {
                    let own = &rates[circuit.cells.of_type(t)];
                    if !own.is_empty() {
                        by_type[k][t].push(own.iter().sum::<f64>() / own.len() as f64);
                    }
                }
            }
        }
    }
    println!("{neurons} neurons, {seeds} network seeds x {mosaics} LGN mosaics and noise seeds; {source}\n");
    let mut table = Table::new("Connections (mean ± sd)", vec![left("kind"), right("number")]);
    for (name, values) in ["recurrent", "E-E", "E-I", "I-E", "I-I"].iter().zip(&counts) {
        table.push([(*name).to_owned(), mean_sd(values, 0)])?;
    }
    table.push(["from the LGN".to_owned(), mean_sd(&lgn[0], 0)])?;
    table.push(["LGN units in use".to_owned(), mean_sd(&lgn[1], 0)])?;
    table.push(["LGN spontaneous rate, all units (Hz)".to_owned(), mean_sd(&lgn[2], 2)])?;
    println!("{table}");
    let mut table = Table::new(
        "Rates without learning (Hz)",
        vec![left("condition"), right("mean ± sd"), right("least"), right("most"), right("any neuron")],
    );
    for (k, (name, _)) in CONDITIONS.iter().enumerate() {
        let low = mean[k].iter().copied().fold(f64::INFINITY, f64::min);
        let high = mean[k].iter().copied().fold(0.0, f64::max);
        let row = [mean_sd(&mean[k], 2), number(low, 2), number(high, 2), number(most[k], 0)];
        table.push(std::iter::once((*name).to_owned()).chain(row))?;
    }
    println!("{table}");
    let mut table = Table::new(
        "Rates by type (Hz); mouse: drifting gratings, Siegle et al. 2021",
        vec![left("type"), right("gray"), right("grating 270°"), right("mouse")],
    );
    for (t, cell) in CELL_TYPES.iter().enumerate() {
        let shown = |k: usize| if by_type[k][t].is_empty() { "-".to_owned() } else { mean_sd(&by_type[k][t], 2) };
        table.push([cell.name.to_owned(), shown(0), shown(1), number(MEAN_RATE_DG_HZ[t], 2)])?;
    }
    println!("{table}");
    Ok(())
}

/// Mean rate of every neuron over the measured time.
fn rates_hz(circuit: &V1Circuit, direction_deg: Option<f64>, seed: u64) -> Result<Vec<f64>, Box<dyn Error>> {
    let total = SETTLE_MS + MEASURE_MS;
    let range = 0..i64::from(total);
    let mut rates = Rates::default();
    match direction_deg {
        None => circuit.filters.drive(&[], range, &mut rates)?,
        Some(deg) => circuit.filters.drifting_grating_rates(&DriftingGrating::recorded(deg), range, &mut rates)?,
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut lists = SpikeLists::default();
    poisson_spikes(&rates, &mut rng, &mut lists);
    let per_step = Poisson::new(BACKGROUND_RATE_HZ * 1e-3)?;
    let (mut lgn, mut background) = (SpikeRaster::new(), SpikeRaster::new());
    for step in 0..total as usize {
        lgn.push_step(lists.at(step));
        background.push_step(&vec![0; per_step.sample(&mut rng) as usize]);
    }
    let rasters = [lgn, background];
    let mut drive: &[SpikeRaster] = &rasters;
    let mut net = circuit.static_network()?;
    net.network.run(SETTLE_MS, &mut drive, &mut []);
    let mut probe = RateProbe::new(net.neurons, circuit.len());
    net.network.run(MEASURE_MS, &mut drive, &mut [&mut probe]);
    Ok(probe.rates_hz(net.network.dt_ms()))
}
