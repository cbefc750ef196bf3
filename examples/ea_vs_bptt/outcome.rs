//! What a run leaves: a summary on the terminal, results as JSON, figures and a report.

use crate::comparison::{ArmResult, Comparison, RunResult};
use crate::experiment::{Experiment, Training};
use crate::figures;
use crate::tests::Test;
use crate::training::Record;
use evoplast_examples::{Error, Report, RunFolder, Table, left, mean_sd, number, right};
use std::path::PathBuf;

fn column<T>(runs: &[RunResult], read: impl Fn(&RunResult) -> T) -> Vec<T> {
    runs.iter().map(read).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn learning(comparison: &Comparison, experiment: &Experiment) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        right("error before"),
        right("error after"),
        right("accuracy after"),
        right("error of the null"),
        right("distance"),
        right("training (simulated s)"),
        left("learned"),
    ];
    let guess = &comparison.arms[0].runs;
    let caption = format!(
        "Learning: the best constant guess has an error of {} and an accuracy of {}; mean ± sd over seeds",
        mean_sd(&column(guess, |r| r.guess.0), 3),
        mean_sd(&column(guess, |r| r.guess.1), 3)
    );
    let mut table = Table::new(&caption, columns);
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
            mean_sd(&column(&arm.runs, |r| r.null.0), 3),
            mean_sd(&column(&arm.runs, |r| r.displacement), 2),
            mean_sd(&column(&arm.runs, |r| r.simulated_s), 0),
            if arm.learned() { "yes".into() } else { "no: not a result".to_owned() },
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
        right("|ΔW|/|W₀|"),
        right("of the null"),
        right("share"),
        right("of the null"),
        right("isotropic"),
        right("log₂ over null"),
        right("at equal distance"),
        right("error added by rewinding"),
        right("error alone"),
    ];
    let mut table = Table::new("Layers: mean ± sd over seeds", columns);
    for arm in &comparison.arms {
        for (l, layer) in arm.layers.iter().enumerate() {
            let runs = &arm.runs;
            let null = |r: &RunResult| r.null_layers.as_ref().map(|n| n.blocks[l].clone());
            table.push([
                arm.title(),
                layer.clone(),
                some(runs.iter().map(|r| r.layers.blocks[l].relative_frobenius), 3),
                some(runs.iter().map(|r| null(r)?.relative_frobenius), 3),
                some(runs.iter().map(|r| r.layers.blocks[l].share), 3),
                some(runs.iter().map(|r| null(r)?.share), 3),
                number(arm.isotropic[l], 3),
                some(runs.iter().map(|r| r.log2_over_null[l]), 2),
                some(runs.iter().map(|r| r.log2_over_null_at_distance[l]), 2),
                mean_sd(&column(runs, |r| r.rewound(l)), 3),
                mean_sd(&column(runs, |r| r.rewind.layers[l].alone), 3),
            ])?;
        }
    }
    Ok(table)
}

/// Each arm and the reference where they are matched.
fn matches(comparison: &Comparison, reference: &str) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        left("matched by"),
        right("level"),
        right("error"),
        right(&format!("error of {reference}")),
        right("shares"),
        right(&format!("shares of {reference}")),
    ];
    let mut table = Table::new(&format!("Arms where they equal {reference}: mean ± sd over seeds"), columns);
    for arm in &comparison.arms {
        for (name, by_error) in [("error", true), ("distance", false)] {
            let matched = |r: &RunResult| if by_error { r.at_error.clone() } else { r.at_distance.clone() };
            let all: Vec<_> = arm.runs.iter().filter_map(matched).collect();
            if all.is_empty() {
                continue;
            }
            let numbers = |read: &dyn Fn(&crate::matching::Matched) -> f64| all.iter().map(read).collect::<Vec<_>>();
            let shares = |read: &dyn Fn(&crate::matching::Matched) -> Vec<Option<f64>>| {
                let of_layer = |l: usize| some(all.iter().map(|m| read(m).get(l).copied().flatten()), 3);
                (0..arm.layers.len()).map(of_layer).collect::<Vec<_>>().join(", ")
            };
            table.push([
                arm.title(),
                name.to_owned(),
                mean_sd(&numbers(&|m| m.level), 3),
                mean_sd(&numbers(&|m| m.own.error), 3),
                mean_sd(&numbers(&|m| m.reference.error), 3),
                shares(&|m| m.own.shares.clone()),
                shares(&|m| m.reference.shares.clone()),
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

/// The layer in which the mean over runs is largest, if that is above 0.
fn largest(arm: &ArmResult, read: impl Fn(&RunResult, usize) -> Option<f64>) -> String {
    let of_layer = |l: usize| {
        let values: Option<Vec<f64>> = arm.runs.iter().map(|r| read(r, l)).collect();
        values.map(|v| (mean(&v), l))
    };
    let all = (0..arm.layers.len()).filter_map(of_layer).filter(|(mean, _)| *mean > 0.0);
    all.max_by(|a, b| a.0.total_cmp(&b.0)).map_or_else(|| "–".to_owned(), |(_, l)| arm.layers[l].clone())
}

/// In which layer each arm changes most, by every measure: the claim, put five ways.
fn claim(comparison: &Comparison) -> Result<Table, Error> {
    let columns = vec![
        left("arm"),
        left("share"),
        left("relative change"),
        left("share over null"),
        left("the same at equal distance"),
        left("error added by rewinding"),
    ];
    let mut table = Table::new("The layer with the largest mean, by measure (–: none above 0)", columns);
    for arm in &comparison.arms {
        table.push([
            arm.title(),
            largest(arm, |r, l| r.layers.blocks[l].share),
            largest(arm, |r, l| r.layers.blocks[l].relative_frobenius),
            largest(arm, |r, l| r.log2_over_null[l]),
            largest(arm, |r, l| r.log2_over_null_at_distance[l]),
            largest(arm, |r, l| Some(r.rewound(l))),
        ])?;
    }
    Ok(table)
}

/// Prints the summary and writes results, figures and report; returns the report's path.
pub fn write(
    experiment: &Experiment,
    records: &[Record],
    comparison: &Comparison,
    folder: &RunFolder,
) -> Result<PathBuf, Error> {
    let (learning, shares, claim) = (learning(comparison, experiment)?, shares(comparison)?, claim(comparison)?);
    let reference = &experiment.reference;
    let matches = matches(comparison, reference)?;
    for table in [&learning, &shares, &matches, &claim] {
        println!("\n{table}");
    }
    for (arm, run) in comparison.arms.iter().flat_map(|a| a.runs.iter().map(move |r| (a, r))) {
        if let Some(reason) = &run.stopped {
            println!("\n{} with seed {} ended early: {reason}", arm.arm, run.seed);
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
        report.headline(&arm.title(), error, "error on validation trials");
    }
    report.heading("Do they learn?").table(learning);
    let curves = folder.save_figure(&figures::learning_curves(experiment, records), "learning")?;
    report.figure(curves, "Learning curves, means over seeds; a curve ends where a run does.");
    report.heading("Which layers change?").table(claim).text(
        "A share of the change means nothing by itself: random steps of equal size give a layer a share that grows with \
         the square root of its number of weights. So each arm has a null of as many generations or updates: a search \
         selects at random; backpropagation learns the labels of other trials. The first null has no selection at all, the \
         second still learns the mean output and the rates, so compare an arm with its own null, not ratios between \
         arms. A search with few candidates and thousands of genes takes steps that are nearly all sampling noise, so its \
         share is near the null's whatever it selects: there, what rewinding a layer costs says more.",
    );
    report.figure(folder.save_figure(&figures::change(comparison), "change")?, "Every dot is a run. Grey: its null.");
    report.table(shares).table(matches);
    let caption = "Rewinding puts one layer back to its initial weights.";
    report.figure(folder.save_figure(&figures::function(comparison), "function")?, caption);
    report
        .heading("Tests")
        .text("Wilcoxon's signed ranks over seeds; Holm's correction over the layers of one arm and one measure.")
        .table(tests("Share against the null", &comparison.against_null)?)
        .table(tests(&format!("Against {reference}"), &comparison.against_reference)?)
        .table(tests("Error added by rewinding, against none", &comparison.rewinds)?);
    let line = |what: &str, (arm, p, holm): &(String, f64, f64)| {
        format!("{arm}: {what}, p = {}, {} after Holm's correction", number(*p, 4), number(*holm, 4))
    };
    let mut lines: Vec<String> = vec![];
    let differ = "relative change differs between layers (Friedman)";
    lines.extend(comparison.friedman.iter().map(|t| line(differ, t)));
    let interact = format!("arm and layer interact in the share against {reference} (sign flips)");
    lines.extend(comparison.interaction.iter().map(|t| line(&interact, t)));
    report.list(lines);
    report.heading("More measures").table(metrics(comparison)?).table(pairs(comparison)?);
    let seeds = experiment.seeds.len();
    let least = number(0.5_f64.powi(seeds as i32 - 1).min(1.0), 4);
    report
        .caveat(
            "Size of steps, learning rates by layer and the unit in which a search moves decide shares as much as the \
             method does.",
        )
        .caveat(
            "The network differs from the source's in what lets searches learn at all: stronger recurrent and input \
             weights, weaker inhibition, higher input rates and shorter trials; see the example's README.",
        )
        .caveat("Points at equal distance lie on straight lines between two looks at a run; a genetic algorithm's looks are at different individuals.")
        .caveat(format!("{seeds} seeds: the least p-value of a signed-rank test is {least}, before correction."))
        .citation("Qu, Liu, Li and Zhu, SNUFA 2024: evolution and backpropagation in recurrent spiking networks", "")
        .citation("Zhu et al. 2023: the network and the task", "10.1101/2023.08.29.555334")
        .citation("Billeh et al. 2020: connection probabilities", "10.1016/j.neuron.2020.01.040");
    folder.write_report(&report)
}
