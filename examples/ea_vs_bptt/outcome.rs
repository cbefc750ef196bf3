//! What a run leaves: a summary on the terminal, results as JSON, figures and a report.

use crate::comparison::{ArmResult, Comparison, RunResult, Test};
use crate::experiment::{Experiment, Training};
use crate::figures;
use crate::training::Record;
use evoplast_examples::{Error, Report, RunFolder, Table, left, mean_sd, number, right};
use std::path::PathBuf;

fn column<T>(runs: &[RunResult], read: impl Fn(&RunResult) -> T) -> Vec<T> {
    runs.iter().map(read).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// An arm has learned if every run is clearly below the error of guessing and above its accuracy.
fn learned(arm: &ArmResult) -> bool {
    arm.runs.iter().all(|r| r.error.1 < 0.2 && r.accuracy.1 > 0.6)
}

fn learning(comparison: &Comparison, experiment: &Experiment) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        right("error before"),
        right("error after"),
        right("accuracy after"),
        right("distance"),
        right("training (simulated s)"),
        left("learned"),
    ];
    let mut table =
        Table::new("Learning: guessing has an error of 0.25 and an accuracy of 0.5; mean ± sd over seeds", columns);
    for (arm, described) in comparison.arms.iter().zip(&experiment.arms) {
        let method = match &described.train {
            Training::Bptt(t) => format!("{} updates", t.updates),
            Training::Weights(t) => format!("{} generations", t.generations),
            Training::Rules(t) => format!("{} generations of rules", t.generations),
        };
        table.push([
            format!("{} ({method})", arm.arm),
            mean_sd(&column(&arm.runs, |r| r.error.0), 3),
            mean_sd(&column(&arm.runs, |r| r.error.1), 3),
            mean_sd(&column(&arm.runs, |r| r.accuracy.1), 3),
            mean_sd(&column(&arm.runs, |r| r.displacement), 2),
            mean_sd(&column(&arm.runs, |r| r.simulated_s), 0),
            if learned(arm) { "yes".into() } else { "no: not a result".to_owned() },
        ])?;
    }
    Ok(table)
}

/// Mean and deviation of what some runs have, or a dash.
fn some(values: impl Iterator<Item = Option<f64>>, decimals: usize) -> String {
    mean_sd(&values.flatten().collect::<Vec<_>>(), decimals)
}

fn shares(comparison: &Comparison) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        left("layer"),
        right("‖ΔW‖/‖W₀‖"),
        right("share"),
        right("null share"),
        right("isotropic"),
        right("log₂ over null"),
        right("at equal error"),
        right("at equal distance"),
        right("error added by rewinding"),
        right("error alone"),
    ];
    let mut table = Table::new("Layers: mean ± sd over seeds", columns);
    for arm in &comparison.arms {
        for (l, layer) in arm.layers.iter().enumerate() {
            let runs = &arm.runs;
            table.push([
                arm.arm.clone(),
                layer.clone(),
                some(runs.iter().map(|r| r.layers.blocks[l].relative_frobenius), 3),
                some(runs.iter().map(|r| r.layers.blocks[l].share), 3),
                mean_sd(&column(runs, |r| r.null_share[l]), 3),
                number(arm.isotropic[l], 3),
                some(runs.iter().map(|r| r.log2_over_null[l]), 2),
                some(runs.iter().map(|r| r.share_at_loss[l]), 3),
                some(runs.iter().map(|r| r.share_at_displacement[l]), 3),
                mean_sd(&column(runs, |r| r.rewind.layers[l].rewound - r.rewind.after), 3),
                mean_sd(&column(runs, |r| r.rewind.layers[l].alone), 3),
            ])?;
        }
    }
    Ok(table)
}

fn metrics(comparison: &Comparison) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        left("layer"),
        right("weights"),
        right("rms (mV)"),
        right("1 − correlation"),
        right("earth mover's / sd"),
        right("turnover"),
        right("effective rank"),
        right("share since ancestor"),
    ];
    let mut table = Table::new("Further measures of change: mean ± sd over seeds", columns);
    for arm in &comparison.arms {
        for (l, layer) in arm.layers.iter().enumerate() {
            let blocks = || arm.runs.iter().map(|r| &r.layers.blocks[l]);
            let ancestor = |r: &RunResult| r.since_ancestor.as_ref().and_then(|c| c.blocks[l].share);
            table.push([
                arm.arm.clone(),
                layer.clone(),
                number(mean(&blocks().map(|b| b.count as f64).collect::<Vec<_>>()), 0),
                some(blocks().map(|b| Some(b.rms)), 3),
                some(blocks().map(|b| b.decorrelation), 3),
                some(blocks().map(|b| b.emd), 3),
                some(blocks().map(|b| Some(b.turnover)), 3),
                some(blocks().map(|b| b.effective_rank.map(|r| r as f64)), 1),
                some(arm.runs.iter().map(ancestor), 3),
            ])?;
        }
    }
    Ok(table)
}

fn pairs(comparison: &Comparison) -> Result<Table, Error> {
    let mut columns = vec![left("weights")];
    columns.extend(comparison.arms.iter().map(|a| right(&a.arm)));
    let mut table = Table::new("Relative change ‖ΔW‖/‖W₀‖ by pair of cell types: mean ± sd over seeds", columns);
    let longest = comparison.arms.iter().max_by_key(|a| a.runs[0].blocks.blocks.len());
    for block in longest.iter().flat_map(|a| &a.runs[0].blocks.blocks) {
        let of_arm = |arm: &ArmResult| {
            some(arm.runs.iter().map(|r| r.blocks.block(&block.name).and_then(|b| b.relative_frobenius)), 3)
        };
        let cells = std::iter::once(block.name.clone()).chain(comparison.arms.iter().map(of_arm));
        table.push(cells.collect::<Vec<_>>())?;
    }
    Ok(table)
}

fn tests(caption: &str, all: &[Test]) -> Result<Table, Error> {
    let columns = vec![
        left("comparison"),
        left("layer"),
        right("difference"),
        right("95 % interval"),
        right("p"),
        right("p (Holm)"),
        right("rank-biserial"),
        right("Cohen's d"),
    ];
    let mut table = Table::new(caption, columns);
    let maybe = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| number(x, 2));
    for t in all {
        let interval = t.interval.map_or_else(|| "–".into(), |(a, b)| format!("{} to {}", number(a, 3), number(b, 3)));
        table.push([
            t.what.clone(),
            t.layer.clone(),
            number(t.difference, 3),
            interval,
            number(t.p, 4),
            number(t.p_holm, 4),
            maybe(t.rank_biserial),
            maybe(t.cohens_d),
        ])?;
    }
    Ok(table)
}

/// The layer in which the mean over runs is largest.
fn largest(arm: &ArmResult, read: impl Fn(&RunResult, usize) -> Option<f64>) -> Option<&str> {
    let of_layer = |l: usize| {
        let values: Option<Vec<f64>> = arm.runs.iter().map(|r| read(r, l)).collect();
        values.map(|v| (mean(&v), l))
    };
    let all: Option<Vec<(f64, usize)>> = (0..arm.layers.len()).map(of_layer).collect();
    all?.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, l)| arm.layers[l].as_str())
}

/// In which layer each arm changes most, by every measure: the claim, put four ways.
fn claim(comparison: &Comparison) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        left("share"),
        left("relative change"),
        left("share over null"),
        left("share at equal error"),
        left("share at equal distance"),
        left("error added by rewinding"),
    ];
    let mut table = Table::new("The layer with the largest mean, by measure", columns);
    for arm in &comparison.arms {
        let cell = |layer: Option<&str>| layer.unwrap_or("–").to_owned();
        table.push([
            arm.arm.clone(),
            cell(largest(arm, |r, l| r.layers.blocks[l].share)),
            cell(largest(arm, |r, l| r.layers.blocks[l].relative_frobenius)),
            cell(largest(arm, |r, l| r.log2_over_null[l])),
            cell(largest(arm, |r, l| r.share_at_loss[l])),
            cell(largest(arm, |r, l| r.share_at_displacement[l])),
            cell(largest(arm, |r, l| Some(r.rewind.layers[l].rewound - r.rewind.after))),
        ])?;
    }
    Ok(table)
}

/// Prints a table with aligned columns.
fn show(table: &Table) {
    println!("\n{}", table.caption());
    let headers: Vec<String> = table.columns().iter().map(|c| c.header.clone()).collect();
    let rows: Vec<&Vec<String>> = std::iter::once(&headers).chain(table.rows()).collect();
    let width = |c: usize| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, w)| format!("{cell:<w$}")).collect();
        println!("  {}", cells.join("  ").trim_end());
    }
}

/// Prints the summary and writes results, figures and report; returns the report's path.
pub fn write(
    experiment: &Experiment,
    records: &[Record],
    comparison: &Comparison,
    folder: &RunFolder,
) -> Result<PathBuf, Error> {
    let (learning, shares, claim) = (learning(comparison, experiment)?, shares(comparison)?, claim(comparison)?);
    [&learning, &shares, &claim].into_iter().for_each(show);
    for run in comparison.arms.iter().flat_map(|a| a.runs.iter().map(move |r| (a, r))) {
        if let Some(reason) = &run.1.stopped {
            println!("\n{} with seed {} ended early: {reason}", run.0.arm, run.1.seed);
        }
    }
    folder.write_results(comparison)?;
    let mut report = Report::new(
        "Evolution against backpropagation: which layers change?",
        "Do networks trained by evolution change most in the recurrent layer, and networks trained by backpropagation \
         through time in the input and output layers, and does it mean more than what drift would do?",
    );
    for arm in &comparison.arms {
        let error = mean_sd(&column(&arm.runs, |r| r.error.1), 3);
        report.headline(&arm.arm, error, "error on validation trials; guessing 0.25");
    }
    report.heading("Do they learn?").table(learning);
    report.figure(folder.save_figure(&figures::learning_curves(experiment, records), "learning")?, "Learning curves.");
    report.heading("Which layers change?").table(claim);
    report.text(
        "A share of the change means nothing by itself: random steps of equal size give a layer a share that grows with \
         the square root of its number of weights. So each arm has a null with the same operators and as many steps: for \
         a search, selection at random; for backpropagation, labels shuffled among trials.",
    );
    let caption = "Every dot is a run. Grey: its null.";
    report.figure(folder.save_figure(&figures::change(comparison), "change")?, caption).table(shares);
    let caption = "Rewinding puts one layer back to its initial weights. Equal error and equal distance compare arms where \
                   they are as good, or have moved as far, as each other.";
    report.figure(folder.save_figure(&figures::function(comparison), "function")?, caption);
    report
        .heading("Tests")
        .table(tests("Share less that of the null with the same seed (Wilcoxon)", &comparison.against_null)?);
    let caption = format!("Less {} with the same seed (Wilcoxon)", experiment.reference);
    report.table(tests(&caption, &comparison.against_reference)?);
    let mut lines: Vec<String> = vec![];
    for arm in &comparison.arms {
        if let Some(p) = arm.friedman_p {
            lines.push(format!("{}: relative change differs between layers, p = {} (Friedman)", arm.arm, number(p, 4)));
        }
    }
    for (arm, p) in &comparison.interaction {
        let text = format!(
            "{arm} against {}: arm and layer interact in the share, p = {} (sign flips)",
            experiment.reference,
            number(*p, 4)
        );
        lines.push(text);
    }
    report.list(lines);
    report.heading("More measures").table(metrics(comparison)?).table(pairs(comparison)?);
    report
        .caveat("Size of steps, learning rates by layer and the unit in which a search moves decide shares as much as the method does.")
        .caveat(format!("{} seeds; the least p-value of a signed-rank test of so many pairs is {}.", experiment.seeds.len(), number(0.5_f64.powi(experiment.seeds.len() as i32 - 1).min(1.0), 4)))
        .citation("Qu, Liu, Li and Zhu, SNUFA 2024: evolution and backpropagation in recurrent spiking networks of cell types", "")
        .citation("Zhu et al. 2023: the network and the task", "10.1101/2023.08.29.555334")
        .citation("Billeh et al. 2020: connection probabilities", "10.1016/j.neuron.2020.01.040");
    folder.write_report(&report)
}
