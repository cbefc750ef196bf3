//! What came of it: tables, results, figures and report.

use crate::experiment::Experiment;
use crate::figures;
use crate::gradients::{Cell, Direction, Norm};
use crate::training::State;
use evoplast_examples::{Report, RunFolder, Table, left, mean_sd, moments, number, right};
use serde::Serialize;
use std::error::Error;
use std::path::PathBuf;

type Failed = Box<dyn Error + Send + Sync>;

/// Iterations at the end over which batches are averaged, as for the numbers of the source.
const LAST: usize = 100;

/// An arm of one seed.
#[derive(Debug, Clone, Serialize)]
pub struct Trained {
    pub arm: String,
    pub seed: u64,
    /// Of a search by windows batches of trials.
    pub iterations: usize,
    pub trials: u64,
    /// Time on the clock, which no two runs have in common; for the table alone.
    #[serde(skip)]
    pub seconds: f64,
    /// Mean accuracy of the last batches.
    pub batch_accuracy: f64,
    pub test_loss: f64,
    pub test_accuracy: f64,
    pub failures: u64,
    /// Largest norm of a gradient.
    pub largest_norm: Option<f64>,
}

/// All results.
#[derive(Debug, Clone, Serialize)]
pub struct Results {
    pub norms: Vec<Norm>,
    pub directions: Vec<Direction>,
    pub trained: Vec<Trained>,
    pub crossover: Vec<Cell>,
}

impl Results {
    /// Arms of the crossover map, in their order.
    pub fn crossover_arms(&self) -> Vec<&str> {
        let mut arms: Vec<&str> = vec![];
        for cell in &self.crossover {
            if !arms.contains(&cell.arm.as_str()) {
                arms.push(&cell.arm);
            }
        }
        arms
    }

    pub fn new(
        experiment: &Experiment,
        norms: Vec<Norm>,
        directions: Vec<Direction>,
        states: &[State],
        crossover: Vec<Cell>,
    ) -> Self {
        let mut trained = vec![];
        for arm in &experiment.arms {
            trained.extend(states.iter().filter(|s| s.arm == arm.name).map(one));
        }
        Self { norms, directions, trained, crossover }
    }
}

fn one(state: &State) -> Trained {
    let looks = &state.looks;
    let last = &looks[looks.len().saturating_sub(LAST)..];
    let end = looks.last();
    let largest = looks.iter().filter_map(|l| l.norm).filter(|n| n.is_finite()).reduce(f64::max);
    let (test_loss, test_accuracy) = state.test.unwrap_or((0.0, 0.0));
    Trained {
        arm: state.arm.clone(),
        seed: state.seed,
        iterations: looks.len(),
        trials: end.map_or(0, |l| l.trials),
        seconds: end.map_or(0.0, |l| l.seconds),
        batch_accuracy: last.iter().map(|l| l.accuracy).sum::<f64>() / last.len().max(1) as f64,
        test_loss,
        test_accuracy,
        failures: state.failures,
        largest_norm: largest,
    }
}

fn trained(experiment: &Experiment, results: &Results) -> Result<Table, Failed> {
    let columns = vec![
        left("arm"),
        right("seeds"),
        right("simulated trials"),
        right("accuracy, last batches"),
        right("accuracy, fresh trials"),
        right("cross-entropy"),
        right("largest gradient"),
        right("failures"),
        right("seconds"),
    ];
    let caption = format!("Trained networks, mean ± sd over seeds; {} fresh trials", experiment.test_trials);
    let mut table = Table::new(&caption, columns);
    for arm in &experiment.arms {
        let rows: Vec<&Trained> = results.trained.iter().filter(|t| t.arm == arm.name).collect();
        let column = |read: &dyn Fn(&Trained) -> f64| rows.iter().map(|r| read(r)).collect::<Vec<f64>>();
        let norms: Vec<f64> = rows.iter().filter_map(|r| r.largest_norm).collect();
        let largest = norms.iter().copied().reduce(f64::max).map_or_else(|| "–".to_owned(), |n| format!("{n:.1e}"));
        table.push([
            arm.name.clone(),
            rows.len().to_string(),
            rows.first().map_or(0, |r| r.trials).to_string(),
            mean_sd(&column(&|r| r.batch_accuracy), 3),
            mean_sd(&column(&|r| r.test_accuracy), 3),
            mean_sd(&column(&|r| r.test_loss), 3),
            largest,
            rows.iter().map(|r| r.failures).sum::<u64>().to_string(),
            number(moments(&column(&|r| r.seconds)).0, 0),
        ])?;
    }
    Ok(table)
}

/// Gains and horizons, each once, in order.
fn places(all: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut places: Vec<(f64, f64)> = all.collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    places.dedup();
    places
}

/// Smallest and largest norm over seeds.
fn norms(results: &Results) -> Result<Table, Failed> {
    let columns = vec![
        right("horizon (ms)"),
        right("gain"),
        right("by recurrent weights"),
        right("by input weights"),
        right("by the readout"),
    ];
    let mut table = Table::new("Norm of the gradient, least and largest over seeds, double precision", columns);
    for (gain, horizon) in places(results.norms.iter().map(|n| (n.gain, n.horizon_ms))) {
        let here: Vec<&Norm> = results.norms.iter().filter(|n| (n.gain, n.horizon_ms) == (gain, horizon)).collect();
        let span = |read: &dyn Fn(&Norm) -> f64| {
            let values: Vec<f64> = here.iter().map(|n| read(n)).collect();
            let least = values.iter().copied().fold(f64::MAX, f64::min);
            let largest = values.iter().copied().fold(0.0, f64::max);
            format!("{least:.2e} to {largest:.2e}")
        };
        let cells = [span(&|n| n.recurrent), span(&|n| n.input), span(&|n| n.readout)];
        table.push([number(horizon, 0), number(gain, 1)].into_iter().chain(cells))?;
    }
    Ok(table)
}

fn directions(results: &Results) -> Result<Table, Failed> {
    let columns = vec![
        right("horizon (ms)"),
        right("gain"),
        right("|gradient|"),
        right("|smoothed gradient|"),
        right("cosine"),
        right("estimated"),
    ];
    let caption = "Gradient and gradient of the smoothed loss, means over seeds in which the latter could be estimated";
    let mut table = Table::new(caption, columns);
    for (gain, horizon) in places(results.directions.iter().map(|n| (n.gain, n.horizon_ms))) {
        let here: Vec<&Direction> =
            results.directions.iter().filter(|n| (n.gain, n.horizon_ms) == (gain, horizon)).collect();
        let maybe = |read: &dyn Fn(&Direction) -> Option<f64>| {
            let values: Vec<f64> = here.iter().filter_map(|d| read(d)).collect();
            if values.is_empty() { "–".to_owned() } else { number(moments(&values).0, 3) }
        };
        let known = here.iter().filter(|d| d.cosine.is_some()).count();
        table.push([
            number(horizon, 0),
            number(gain, 1),
            format!("{:.2e}", moments(&here.iter().map(|d| d.gradient).collect::<Vec<_>>()).0),
            maybe(&|d| d.smoothed),
            maybe(&|d| d.cosine),
            format!("{known} of {}", here.len()),
        ])?;
    }
    Ok(table)
}

fn crossover(results: &Results) -> Result<Table, Failed> {
    let arms = results.crossover_arms();
    let mut columns = vec![right("gain"), right("horizon (ms)")];
    columns.extend(arms.iter().map(|a| right(a)));
    columns.push(left("largest mean"));
    let mut table = Table::new("Accuracy on fresh trials, mean ± sd over seeds", columns);
    for (gain, horizon) in places(results.crossover.iter().map(|n| (n.gain, n.horizon_ms))) {
        let of = |arm: &&str| -> Vec<f64> {
            let here = results.crossover.iter().filter(|c| (c.gain, c.horizon_ms) == (gain, horizon) && c.arm == *arm);
            here.map(|c| c.accuracy).collect()
        };
        let best = arms.iter().max_by(|a, b| moments(&of(a)).0.total_cmp(&moments(&of(b)).0));
        let mut cells = vec![number(gain, 1), number(horizon, 0)];
        cells.extend(arms.iter().map(|arm| mean_sd(&of(arm), 3)));
        cells.push(best.copied().unwrap_or_default().to_owned());
        table.push(cells)?;
    }
    Ok(table)
}

/// Prints the tables and writes results, figures and report; returns the report's path.
pub fn write(
    experiment: &Experiment,
    results: &Results,
    states: &[State],
    folder: &RunFolder,
) -> Result<PathBuf, Failed> {
    folder.write_results(results)?;
    let mut report = Report::new(
        "Evolution or backpropagation for networks of biophysical neurons?",
        "Does evolution train a network of Morris-Lecar neurons where backpropagation fails, from the same weights, on the \
         same trials and with the same weights trained, and from which horizon and recurrent gain on?",
    );
    if !results.trained.is_empty() {
        for arm in &experiment.arms {
            let values: Vec<f64> =
                results.trained.iter().filter(|t| t.arm == arm.name).map(|t| t.test_accuracy).collect();
            report.headline(&arm.name, mean_sd(&values, 3), "accuracy on fresh trials");
        }
        let table = trained(experiment, results)?;
        println!("\n{table}");
        report.heading("Do they learn?").table(table);
        let figure = folder.save_figure(&figures::learning(experiment, states), "learning")?;
        report.figure(figure, "Accuracy against the number of trials simulated and against time.");
    }
    if !(results.norms.is_empty() && results.directions.is_empty()) {
        report.heading("Where do gradients break?");
        if !results.norms.is_empty() {
            let table = norms(results)?;
            println!("\n{table}");
            report.table(table);
        }
        if !results.directions.is_empty() {
            let table = directions(results)?;
            println!("\n{table}");
            report.table(table);
        }
        let figure = folder.save_figure(&figures::gradients(results), "gradients")?;
        report.figure(figure, "Norm and direction of the gradient of untrained networks.");
    }
    if !results.crossover.is_empty() {
        let table = crossover(results)?;
        println!("\n{table}");
        report.heading("Which arm wins where?").table(table);
        let figure = folder.save_figure(&figures::crossover(experiment, results), "crossover")?;
        report.figure(figure, "Every arm from the same weights, for numbers of iterations that simulate as much.");
    }
    report
        .caveat("An evolution strategy here searches input and recurrent weights; the readout follows its exact gradient, as in the source.")
        .caveat("Iterations of arms cost different numbers of simulated trials; compare at equal trials or times, not at equal iterations.")
        .citation("Hazelden, Liu, Shlizerman and Shea-Brown 2023", "10.48550/arXiv.2311.10869")
        .citation("Morris and Lecar 1981", "10.1016/S0006-3495(81)84782-0");
    Ok(folder.write_report(&report)?)
}
