//! What a run leaves: tables on the terminal, results as JSON, figures and a report.

use crate::experiment::{Arm, Experiment, ProblemConfig, System};
use crate::training::{Moment, Record};
use evoplast_examples::figures::{Curve, History, HistoryPanel};
use evoplast_examples::{Error, Report, RunFolder, Table, left, number, quantile, right, write_json};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Name and words of an experiment.
pub struct Text {
    /// Name in run folders.
    pub name: &'static str,
    /// Title of the report.
    pub title: &'static str,
    /// Its question.
    pub question: &'static str,
    /// What a reader has to know.
    pub caveats: &'static [&'static str],
    /// Sources: text and DOI.
    pub sources: &'static [(&'static str, &'static str)],
}

/// All runs of an arm on a problem.
struct Group<'a> {
    problem: &'a ProblemConfig,
    arm: Arm,
    runs: Vec<&'a Record>,
}

#[derive(Debug, Serialize)]
struct Summary {
    problem: String,
    arm: String,
    parameters: usize,
    runs: Vec<RunSummary>,
}

#[derive(Debug, Serialize)]
struct RunSummary {
    seed: u64,
    best: f64,
    tight: Option<f64>,
    work: f64,
    iterations: u64,
    evaluations: u64,
    failures: BTreeMap<String, u64>,
    curve: Vec<CurvePoint>,
}

#[derive(Debug, Serialize)]
struct CurvePoint {
    iteration: u64,
    work: f64,
    loss: Option<f64>,
    best: f64,
}

/// Processor time at each point of a curve (s), apart from the results because no two runs have the same.
#[derive(Debug, Serialize)]
struct Timing<'a> {
    problem: &'a str,
    arm: &'a str,
    seed: u64,
    seconds: Vec<f64>,
}

fn last(run: &Record) -> &Moment {
    &run.moments[run.moments.len() - 1]
}

/// The first moment at which the best loss is at most `goal`.
fn reached(run: &Record, goal: f64) -> Option<&Moment> {
    run.moments.iter().find(|m| m.best <= goal)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    quantile(&values.collect::<Vec<_>>(), 0.5)
}

/// Median, smallest and largest.
fn range(values: &[f64]) -> String {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    format!("{:.2e} ({low:.2e} to {high:.2e})", median(values.iter().copied()))
}

fn groups<'a>(experiment: &'a Experiment, records: &'a [Record], swept: bool) -> Vec<Group<'a>> {
    let mut groups = vec![];
    for problem in &experiment.problems {
        let of_sweep = swept && experiment.sweep.as_ref().is_some_and(|s| s.problem == problem.name);
        let arms = match (swept, of_sweep) {
            (false, _) => experiment.arms_of(problem),
            (true, true) => experiment.swept(),
            (true, false) => vec![],
        };
        for arm in arms {
            let own = |r: &&Record| r.problem == problem.name && r.arm == arm.name;
            let runs = records.iter().filter(own).collect();
            groups.push(Group { problem, arm, runs });
        }
    }
    groups
}

fn goal(experiment: &Experiment, groups: &[Group<'_>], problem: &str) -> Option<f64> {
    let reference = groups.iter().find(|g| g.problem.name == problem && g.arm.name == experiment.reference)?;
    Some(median(reference.runs.iter().map(|r| last(r).best)))
}

fn table(experiment: &Experiment, groups: &[Group<'_>], problem: &ProblemConfig) -> Result<Table, Error> {
    let goal = goal(experiment, groups, &problem.name);
    let columns = vec![
        left("arm"),
        right("best loss: median (range)"),
        right("with 1/100 of the tolerance"),
        right("at 1/10 of the work"),
        right("processor time (s)"),
        right("iterations"),
        right("failed solves"),
        right("runs at the reference's loss"),
        right("work for it (share)"),
        right("time for it (s)"),
    ];
    let caption = format!(
        "{}: equal work of {:.1e} evaluations of the right-hand side; the reference, {}, ends at {}",
        problem.name,
        problem.work,
        experiment.reference,
        goal.map_or_else(|| "–".into(), |g| format!("{g:.2e}"))
    );
    let mut table = Table::new(&caption, columns);
    for group in groups.iter().filter(|g| g.problem.name == problem.name) {
        let bests: Vec<f64> = group.runs.iter().map(|r| last(r).best).collect();
        let early = |r: &&Record| r.moments.iter().rfind(|m| m.work <= 0.1 * problem.work).map(|m| m.best);
        let failed: u64 = group.runs.iter().map(|r| r.failures.values().sum::<u64>()).sum();
        let all: u64 = group.runs.iter().map(|r| r.evaluations).sum();
        let there: Vec<&Moment> = group.runs.iter().filter_map(|r| reached(r, goal?)).collect();
        let of_there = |read: &dyn Fn(&Moment) -> f64, digits| match there.is_empty() {
            true => "–".into(),
            false => number(median(there.iter().map(|m| read(m))), digits),
        };
        let tights: Vec<f64> = group.runs.iter().filter_map(|r| r.tight).collect();
        table.push([
            group.arm.name.clone(),
            range(&bests),
            if tights.is_empty() { "–".into() } else { format!("{:.2e}", median(tights.into_iter())) },
            format!("{:.2e}", median(group.runs.iter().filter_map(early))),
            number(median(group.runs.iter().map(|r| last(r).seconds)), 1),
            number(median(group.runs.iter().map(|r| last(r).iteration as f64)), 0),
            format!("{failed} of {all}"),
            format!("{} of {}", there.len(), group.runs.len()),
            of_there(&|m| m.work / problem.work, 3),
            of_there(&|m| m.seconds, 1),
        ])?;
    }
    Ok(table)
}

/// Best loss at these places of an axis, medians over seeds.
fn curve(group: &Group<'_>, places: &[f64], axis: &dyn Fn(&Moment) -> f64) -> Curve {
    let value = |place: &f64| {
        let at = |r: &&Record| {
            // A run that ended before keeps no value.
            let inside = axis(last(r)) >= *place * 0.999;
            r.moments.iter().rfind(|m| axis(m) <= *place * 1.001).filter(|_| inside).map(|m| m.best)
        };
        let values: Vec<f64> = group.runs.iter().filter_map(at).filter(|v| *v < 1e299).collect();
        if values.len() == group.runs.len() { median(values.into_iter()) } else { f64::NAN }
    };
    Curve { label: group.arm.name.clone(), values: places.iter().map(value).collect() }
}

fn learning(experiment: &Experiment, groups: &[Group<'_>], problem: &ProblemConfig, by_time: bool) -> History {
    let own: Vec<&Group<'_>> = groups.iter().filter(|g| g.problem.name == problem.name).collect();
    let axis = move |m: &Moment| if by_time { m.seconds } else { m.work };
    let most = own.iter().flat_map(|g| &g.runs).map(|r| axis(last(r))).fold(0.0, f64::max);
    let count = 4 * experiment.moments;
    let places: Vec<f64> = (0..=count).map(|k| most * 1e3_f64.powf(k as f64 / count as f64 - 1.0)).collect();
    // As many to a panel as there are colours to tell them by; published levels in the first.
    let panel = |(k, arms): (usize, &[&Group<'_>])| HistoryPanel {
        axis: "mean absolute error".into(),
        log: true,
        curves: arms.iter().map(|g| curve(g, &places, &axis)).collect(),
        levels: if k == 0 { problem.levels.clone() } else { vec![] },
    };
    History {
        title: format!("{}: best loss so far, medians over seeds", problem.name),
        axis: if by_time { "log10 processor time (s)" } else { "log10 work (evaluations of the right-hand side)" }
            .into(),
        generations: places.iter().map(|p| p.log10()).collect(),
        panels: own.chunks(5).enumerate().map(panel).collect(),
    }
}

/// Best loss against the number of parameters, one curve an arm, for systems with several perceptrons.
fn sizes(experiment: &Experiment, groups: &[Group<'_>], records: &[Record]) -> Vec<(String, History)> {
    let mut figures = vec![];
    let count = |p: &ProblemConfig| {
        records.iter().find(|r| r.problem == p.name).map_or(f64::NAN, |r| (r.parameters.len() as f64).log10())
    };
    let mut kinds: Vec<(System, f64)> = vec![];
    for problem in &experiment.problems {
        if !kinds.contains(&(problem.system, problem.work)) {
            kinds.push((problem.system, problem.work));
        }
    }
    for (system, work) in kinds {
        let mut problems: Vec<&ProblemConfig> =
            experiment.problems.iter().filter(|p| (p.system, p.work) == (system, work)).collect();
        if problems.len() < 2 {
            continue;
        }
        problems.sort_by(|a, b| count(a).total_cmp(&count(b)));
        let system = match system {
            System::Spiral => "spiral",
            System::Rober => "ROBER",
            System::Pollu => "POLLU",
        };
        let mut names: Vec<&str> = vec![];
        for group in groups.iter().filter(|g| problems.iter().any(|p| p.name == g.problem.name)) {
            let everywhere = problems
                .iter()
                .all(|p| groups.iter().any(|g| g.problem.name == p.name && g.arm.name == group.arm.name));
            if everywhere && !names.contains(&group.arm.name.as_str()) {
                names.push(&group.arm.name);
            }
        }
        let curve = |name: &&str| {
            let value = |p: &&ProblemConfig| {
                let group = groups.iter().find(|g| g.problem.name == p.name && g.arm.name == *name);
                group.map_or(f64::NAN, |g| median(g.runs.iter().map(|r| last(r).best)))
            };
            Curve { label: (*name).to_owned(), values: problems.iter().map(value).collect() }
        };
        figures.push((
            format!("parameters_{}_{}", system.to_lowercase(), figures.len() + 1),
            History {
                title: format!("{system}: best loss at equal work against the size of the perceptron"),
                axis: "log10 parameters".into(),
                generations: problems.iter().map(|p| count(p)).collect(),
                panels: vec![HistoryPanel {
                    axis: "mean absolute error".into(),
                    log: true,
                    curves: names.iter().map(curve).collect(),
                    levels: vec![],
                }],
            },
        ));
    }
    figures
}

/// Iterations of the swept search to a loss, by samples and spread.
fn sweep(experiment: &Experiment, groups: &[Group<'_>], records: &[Record]) -> Result<Option<(Table, History)>, Error> {
    let Some(sweep) = &experiment.sweep else { return Ok(None) };
    let reference = goal(experiment, groups, &sweep.problem);
    let Some(goal) = sweep.level.or(reference) else { return Ok(None) };
    let swept = self::groups(experiment, records, true);
    let mut columns = vec![right("samples S")];
    columns.extend(sweep.sigmas.iter().map(|s| right(&format!("sigma {s:.0e}"))));
    let caption = format!(
        "{}, {}: iterations to {goal:.2e}, else the best loss (median over seeds; at most {} iterations)",
        sweep.problem,
        sweep.train.name(),
        sweep.iterations
    );
    let mut table = Table::new(&caption, columns);
    let mut losses = vec![vec![f64::NAN; sweep.samples.len()]; sweep.sigmas.len()];
    for (i, samples) in sweep.samples.iter().enumerate() {
        let mut cells = vec![samples.to_string()];
        for (j, _) in sweep.sigmas.iter().enumerate() {
            let group = &swept[i * sweep.sigmas.len() + j];
            let there: Vec<f64> =
                group.runs.iter().filter_map(|r| reached(r, goal)).map(|m| m.iteration as f64).collect();
            let best = median(group.runs.iter().map(|r| last(r).best));
            losses[j][i] = best;
            cells.push(if there.len() == group.runs.len() {
                number(median(there.into_iter()), 0)
            } else {
                format!("({best:.1e})")
            });
        }
        table.push(cells)?;
    }
    let label = |sigma: &f64| format!("sigma {sigma:.0e}");
    let curves = sweep.sigmas.iter().zip(losses).map(|(s, values)| Curve { label: label(s), values }).collect();
    let history = History {
        title: format!("{}: {}, best loss after {} iterations", sweep.problem, sweep.train.name(), sweep.iterations),
        axis: "log10 samples S".into(),
        generations: sweep.samples.iter().map(|s| (*s as f64).log10()).collect(),
        panels: vec![HistoryPanel {
            axis: "mean absolute error".into(),
            log: true,
            curves,
            levels: reference.map(|loss| (experiment.reference.clone(), loss)).into_iter().collect(),
        }],
    };
    Ok(Some((table, history)))
}

fn summary(record: &Record) -> RunSummary {
    let end = last(record);
    let point = |m: &Moment| CurvePoint { iteration: m.iteration, work: m.work, loss: m.loss, best: m.best };
    RunSummary {
        seed: record.seed,
        best: end.best,
        tight: record.tight,
        work: end.work,
        iterations: end.iteration,
        evaluations: record.evaluations,
        failures: record.failures.clone(),
        curve: record.moments.iter().map(point).collect(),
    }
}

fn timing(record: &Record) -> Timing<'_> {
    let seconds = record.moments.iter().map(|m| m.seconds).collect();
    Timing { problem: &record.problem, arm: &record.arm, seed: record.seed, seconds }
}

/// Prints the summary and writes results, figures and report; returns the report's path.
pub fn write(experiment: &Experiment, records: &[Record], folder: &RunFolder, text: &Text) -> Result<PathBuf, Error> {
    let plain = groups(experiment, records, false);
    let all = plain
        .iter()
        .chain(&groups(experiment, records, true))
        .map(|g| Summary {
            problem: g.problem.name.clone(),
            arm: g.arm.name.clone(),
            parameters: g.runs.first().map_or(0, |r| r.parameters.len()),
            runs: g.runs.iter().map(|r| summary(r)).collect(),
        })
        .collect::<Vec<_>>();
    folder.write_results(&all)?;
    write_json(&folder.file("timing.json"), &records.iter().map(timing).collect::<Vec<_>>())?;
    let mut report = Report::new(text.title, text.question);
    for (p, problem) in experiment.problems.iter().enumerate() {
        let table = table(experiment, &plain, problem)?;
        println!("\n{table}");
        report.heading(&problem.name).table(table);
        for (by_time, what) in [(false, "work"), (true, "time")] {
            let figure = learning(experiment, &plain, problem, by_time);
            let saved = folder.save_figure(&figure, &format!("{what}_{}", p + 1))?;
            report.figure(saved, format!("Best loss against {what}. A curve ends where its shortest run does."));
        }
    }
    for (name, figure) in sizes(experiment, &plain, records) {
        let saved = folder.save_figure(&figure, &name)?;
        report.figure(saved, "More parameters at equal work, and so fewer iterations.");
    }
    if let Some((table, figure)) = sweep(experiment, &plain, records)? {
        println!("\n{table}");
        report.heading("Samples and spread").table(table);
        report.figure(folder.save_figure(&figure, "sweep")?, "Medians over seeds.");
    }
    for caveat in text.caveats {
        report.caveat(*caveat);
    }
    for (source, doi) in text.sources {
        report.citation(source, doi);
    }
    folder.write_report(&report)
}
