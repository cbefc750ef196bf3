//! Is the mouse-V1 circuit the published one? Counts its connections and measures its rates without learning.
//!
//! Gray screen and drifting gratings (0.04 cycles/deg, 2 Hz, contrast 0.8), LGN spikes and shared background as in
//! Billeh et al. 2020: 0.5 s to settle, then 2 s. See README.md beside this file.

use clap::{Parser, ValueEnum};
use evoplast_examples::figures::{CellType, RateSeries, Rates as RatesFigure};
use evoplast_examples::{ConfigFormat, Report, Run, RunFolder, Table, exit, left, mean_sd, number, revision, right};
use evoplast_synapse::{RateProbe, SpikeRaster};
use evoplast_tasks::mouse_v1::lgn::{Rates, SpikeLists, poisson_spikes};
use evoplast_tasks::mouse_v1::tables::{BACKGROUND_RATE_HZ, CELL_TYPES, Layer, MEAN_RATE_DG_HZ, N_TYPES, TableLevel};
use evoplast_tasks::mouse_v1::{Background, V1Circuit, V1Config};
use evoplast_tasks::stimuli::DriftingGrating;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::{Distribution, Poisson};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
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
    /// Run folder to create, with results and a report.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
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
    exit("v1_circuit", run(&Arguments::parse()).map(|()| ExitCode::SUCCESS))
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
    let mut tables = vec![table];
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
    tables.push(table);
    let mut table = Table::new(
        "Rates by type (Hz); mouse: drifting gratings, Siegle et al. 2021",
        vec![left("type"), right("gray"), right("grating 270°"), right("mouse")],
    );
    for (t, cell) in CELL_TYPES.iter().enumerate() {
        let shown = |k: usize| if by_type[k][t].is_empty() { "-".to_owned() } else { mean_sd(&by_type[k][t], 2) };
        table.push([cell.name.to_owned(), shown(0), shown(1), number(MEAN_RATE_DG_HZ[t], 2)])?;
    }
    tables.push(table);
    tables.iter().for_each(|table| println!("{table}"));
    if let Some(out) = &arguments.out {
        write(out, &tables, &by_type, &format!("{neurons} neurons, {seeds} x {mosaics} seeds; {source}"))?;
    }
    Ok(())
}

/// Leaves a run folder with the tables, the figure of the rates and a report.
fn write(out: &Path, tables: &[Table], by_type: &[[Vec<f64>; N_TYPES]; 3], what: &str) -> Result<(), Box<dyn Error>> {
    let name = out.file_name().ok_or_else(|| format!("--out {}: expected a folder name", out.display()))?;
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let revision = revision(Path::new(env!("CARGO_MANIFEST_DIR")));
    let run = Run { experiment: "v1_circuit".to_owned(), revision, seed: 1 };
    let folder = RunFolder::create(parent, &name.to_string_lossy(), run)?;
    folder.write_config(&BTreeMap::from([("circuit", what)]), ConfigFormat::Toml)?;
    folder.write_results(&serde_json::json!({
        "types": CELL_TYPES.map(|c| c.name),
        "conditions": CONDITIONS.map(|c| c.0),
        "rates_hz": by_type,
    }))?;
    let series = |label: &str, values: &[Vec<f64>; N_TYPES]| {
        let mean = |v: &Vec<f64>| v.iter().sum::<f64>() / v.len().max(1) as f64;
        let sd = |v: &Vec<f64>| {
            let m = mean(v);
            (v.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (v.len() as f64 - 1.0).max(1.0)).sqrt()
        };
        let (mean_hz, sd_hz) = (values.iter().map(mean).collect(), values.iter().map(sd).collect());
        RateSeries { label: label.to_owned(), mean_hz, sd_hz }
    };
    let layer = |layer: Layer| ["L1", "L2/3", "L4", "L5", "L6"][layer as usize].to_owned();
    let figure = RatesFigure {
        title: "Firing rates without learning".to_owned(),
        types: CELL_TYPES.iter().map(|c| CellType { layer: layer(c.layer), class: format!("{:?}", c.class) }).collect(),
        series: vec![
            RateSeries { label: "mouse".to_owned(), mean_hz: MEAN_RATE_DG_HZ.to_vec(), sd_hz: vec![] },
            series("gray", &by_type[0]),
            series("grating 270°", &by_type[1]),
        ],
    };
    let mut report = Report::new("The mouse-V1 circuit without learning", "Is the circuit the published one?");
    report.text(what).figure(folder.save_figure(&figure, "rates")?, "Mean and standard deviation over seeds.");
    for table in tables {
        report.table(table.clone());
    }
    report.citation("Billeh et al. 2020, Neuron 106:388-403", "10.1016/j.neuron.2020.01.040");
    println!("{}", folder.write_report(&report)?.display());
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
