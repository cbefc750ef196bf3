//! The figures of a run.

use crate::outcome::Outcome;
use crate::validation::{Origin, Tried, one_trial};
use evoplast_examples::figures::{
    Accuracy, AccuracyRow, Band, CellType, Cloud, ContactSheet, Curve, Evaluated, GreyImage, History, HistoryPanel,
    Interval, NamedRule, Objective, ParetoMatrix, Raster, RasterPanel, RateSeries, Rates, Reference, RowKind, Term,
    TermKind, Terms,
};
use evoplast_examples::{Report, RunFolder};
use evoplast_plasticity::taylor::{self, TERMS, TaylorRule};
use evoplast_tasks::change_detection::METRICS;
use evoplast_tasks::mouse_v1::tables::{CELL_TYPES, CellClass, Layer, MEAN_RATE_DG_HZ};
use evoplast_tasks::stimuli::{COLS, ROWS};
use std::error::Error;

/// Draws all figures and adds them to the report.
pub fn add(o: &Outcome<'_>, folder: &RunFolder, report: &mut Report) -> Result<(), Box<dyn Error>> {
    report.heading("Accuracy");
    report.figure(folder.save_figure(&accuracy(o), "accuracy")?, "Each dot is one fresh seed; random rules below.");
    report.figure(
        folder.save_figure(&matrix(o), "objectives")?,
        "Accuracy against each other objective on fresh seeds, with standard deviations over seeds.",
    );
    report.heading("The search");
    if let Some(history) = history(folder)? {
        report.figure(folder.save_figure(&history, "history")?, "Means over all evaluations of each individual.");
    }
    report.figure(folder.save_figure(&terms(o), "terms")?, "How many of the validated evolved rules use each term.");
    report.heading("The circuit");
    if let Some(raster) = raster(o)? {
        report.figure(
            folder.save_figure(&raster, "raster")?,
            "The same trial without learning and after the training trials of the evolved rule.",
        );
    }
    report.figure(folder.save_figure(&rates(o), "rates")?, "Validation trials of both domains.");
    report.figure(
        folder.save_figure(&images(o), "images")?,
        "The natural images as the LGN sees them, 240 x 120 degrees.",
    );
    Ok(())
}

fn accuracy(o: &Outcome<'_>) -> Accuracy {
    let row = |t: &Tried, kind| AccuracyRow { label: t.name.clone(), kind, values: t.accuracies() };
    let mut rows: Vec<AccuracyRow> = o.of(Origin::Evolved).map(|t| row(t, RowKind::Evolved)).collect();
    rows.extend(o.of(Origin::Named).map(|t| row(t, RowKind::Known)));
    let reference = |label: &str, value| Reference { label: label.to_owned(), value };
    Accuracy {
        title: "Change detection on fresh trials".to_owned(),
        axis: "accuracy, mean of gratings and natural images".to_owned(),
        rows,
        random: o.of(Origin::Random).map(Tried::mean_accuracy).collect(),
        references: vec![
            reference("chance", 0.5),
            reference("mouse, gratings", 0.60),
            reference("mouse, images", 0.73),
        ],
    }
}

/// Objectives of a rule as drawn: accuracy instead of error.
fn evaluated(t: &Tried) -> Option<Evaluated> {
    let column = |k: usize| t.values(|r| if k == 0 { 1.0 - r.objectives[0] } else { r.objectives[k] });
    let (mut mean, mut sd) = (vec![], vec![]);
    for k in 0..METRICS.len() {
        let values = column(k);
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let m = values.iter().sum::<f64>() / n;
        mean.push(m);
        sd.push((values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt());
    }
    Some(Evaluated { mean, sd })
}

fn matrix(o: &Outcome<'_>) -> ParetoMatrix {
    let labels =
        ["accuracy", "complexity", "maximum rate (Hz)", "synchrony", "rate deviation (Hz)", "Wasserstein-1 (Hz)"];
    let objective = |(k, label): (usize, &&str)| Objective { label: (*label).to_owned(), log: k >= 2 };
    ParetoMatrix {
        title: "The front in its objectives".to_owned(),
        cloud: Cloud {
            objectives: labels.iter().enumerate().map(objective).collect(),
            random: o.of(Origin::Random).filter_map(evaluated).map(|e| e.mean).collect(),
            front: o.of(Origin::Evolved).filter_map(evaluated).collect(),
            named: o
                .of(Origin::Named)
                .filter_map(|t| Some(NamedRule { name: t.name.clone(), values: evaluated(t)? }))
                .collect(),
        },
        y: 0,
    }
}

/// From the tables that the searches wrote.
fn history(folder: &RunFolder) -> Result<Option<History>, Box<dyn Error>> {
    let read = |name: &str, column: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        let mut reader = csv::Reader::from_path(folder.file(name))?;
        let Some(k) = reader.headers()?.iter().position(|h| h == column) else { return Ok(vec![]) };
        reader.records().map(|r| Ok(r?.get(k).and_then(|v| v.parse().ok()).unwrap_or(f64::NAN))).collect()
    };
    let generations = read("search.csv", "generation")?;
    if generations.is_empty() {
        return Ok(None);
    }
    let accuracy = |column: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(read("search.csv", column)?.into_iter().map(|e| 1.0 - e).collect())
    };
    let curve = |label: &str, values| Curve { label: label.to_owned(), values };
    Ok(Some(History {
        title: "Course of the search".to_owned(),
        axis: "generation".to_owned(),
        panels: vec![
            HistoryPanel {
                axis: "accuracy".to_owned(),
                log: false,
                curves: vec![curve("best", accuracy("best_error")?), curve("median", accuracy("median_error")?)],
                levels: vec![("chance".to_owned(), 0.5)],
            },
            HistoryPanel {
                axis: "complexity".to_owned(),
                log: false,
                curves: vec![curve("median", read("search.csv", "median_complexity")?)],
                levels: vec![],
            },
            HistoryPanel {
                axis: "front size".to_owned(),
                log: false,
                curves: vec![curve("front", read("search.csv", "front_size")?)],
                levels: vec![],
            },
        ],
        generations,
    }))
}

fn terms(o: &Outcome<'_>) -> Terms {
    let kind = |k| match k {
        taylor::TermKind::Pre => TermKind::Pre,
        taylor::TermKind::Post => TermKind::Post,
        taylor::TermKind::Pair => TermKind::Pair,
        taylor::TermKind::Reward => TermKind::Reward,
    };
    Terms {
        title: "Terms of the evolved rules".to_owned(),
        rules: o.of(Origin::Evolved).count(),
        terms: TERMS
            .iter()
            .map(|t| Term {
                label: t.text(),
                kind: kind(t.kind()),
                active: o.of(Origin::Evolved).filter(|r| r.rule.is_active(*t)).count(),
            })
            .collect(),
    }
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::L1 => "L1",
        Layer::L23 => "L2/3",
        Layer::L4 => "L4",
        Layer::L5 => "L5",
        Layer::L6 => "L6",
    }
}

fn raster(o: &Outcome<'_>) -> Result<Option<Raster>, Box<dyn Error>> {
    let Some(chosen) = o.chosen() else { return Ok(None) };
    let task = &o.built.held_out;
    let silent = TaylorRule::silent(chosen.rule.type_names().clone())?;
    let (before, after) =
        (one_trial(task, &silent, o.experiment.seed)?, one_trial(task, &chosen.rule, o.experiment.seed)?);
    let timing = o.experiment.task.trials.timing;
    let cells = &o.built.task.circuit().cells;
    let band = |(t, cell): (usize, &evoplast_tasks::mouse_v1::tables::CellType)| {
        let range = cells.of_type(t);
        Band {
            label: layer_name(cell.layer).to_owned(),
            start: range.start as u32,
            end: range.end as u32,
            inhibitory: !cell.is_excitatory(),
        }
    };
    let panel = |title: &str, spikes| RasterPanel { title: title.to_owned(), spikes };
    let changed = if before.changed { "a changed" } else { "a repeated" };
    Ok(Some(Raster {
        title: format!("One validation trial of {} with {changed} image", task.domains()[0].name()),
        panels: vec![panel("without learning", before.spikes), panel("after learning", after.spikes)],
        bands: CELL_TYPES.iter().enumerate().map(band).filter(|b| b.start < b.end).collect(),
        duration_ms: f64::from(timing.cycle_ms()),
        stimuli: vec![Interval {
            label: "image".to_owned(),
            start_ms: f64::from(timing.gray_before_ms),
            end_ms: f64::from(timing.gray_before_ms + timing.image_ms),
        }],
        response: Some(Interval {
            label: "response".to_owned(),
            start_ms: f64::from(timing.response_from_ms),
            end_ms: f64::from(timing.response_to_ms),
        }),
        bin_ms: 5.0,
    }))
}

fn rates(o: &Outcome<'_>) -> Rates {
    let series = |label: &str, t: Option<&Tried>| {
        let (mut mean_hz, mut sd_hz) = (vec![], vec![]);
        for k in 0..CELL_TYPES.len() {
            let values: Vec<f64> =
                t.map_or_else(Vec::new, |t| t.reports.iter().flatten().filter_map(|r| r.type_rates_hz[k]).collect());
            let n = values.len().max(1) as f64;
            let m = values.iter().sum::<f64>() / n;
            mean_hz.push(m);
            sd_hz.push((values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt());
        }
        RateSeries { label: label.to_owned(), mean_hz, sd_hz }
    };
    let class = |c: CellClass| match c {
        CellClass::Exc => "Exc",
        CellClass::Pvalb => "Pvalb",
        CellClass::Sst => "Sst",
        CellClass::Htr3a => "Htr3a",
    };
    Rates {
        title: "Firing rates by cell type".to_owned(),
        types: CELL_TYPES
            .iter()
            .map(|c| CellType { layer: layer_name(c.layer).to_owned(), class: class(c.class).to_owned() })
            .collect(),
        series: vec![
            RateSeries {
                label: "mouse, drifting gratings".to_owned(),
                mean_hz: MEAN_RATE_DG_HZ.to_vec(),
                sd_hz: vec![],
            },
            series("untrained", o.of(Origin::Named).find(|t| t.name == "untrained")),
            series("evolved 1", o.chosen()),
        ],
    }
}

fn images(o: &Outcome<'_>) -> ContactSheet {
    let set = &o.built.images;
    let grey = |(k, image): (usize, &evoplast_tasks::stimuli::Image)| {
        GreyImage::from_values(&format!("{}", k + 1), COLS, ROWS, image.pixels(), -2.0, 2.0)
    };
    ContactSheet {
        title: format!("Natural images: {}", set.source),
        images: set.test.iter().chain(set.train.iter().take(12)).enumerate().map(grey).collect(),
        columns: 4,
    }
}
