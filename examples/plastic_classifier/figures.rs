//! The figures: courses with the spread over seeds, rows of accuracies, and confusion matrices.

use crate::experiment::{Experiment, Training};
use crate::training::{Performance, Record};
use evoplast_examples::figures::{Accuracy, AccuracyRow, Reference, RowKind, cut};
use evoplast_examples::style::{INK, LABEL, PAPER, SMALL, SOFT, TITLE, faded, series};
use evoplast_examples::{Axis, Canvas, Entry, Figure, Frame, Marker, Result, Side, Type, legend_column, moments};
use evoplast_tasks::plastic_classifier::Confusion;

/// One curve: x, mean, and standard deviation over seeds.
pub struct Curve {
    label: String,
    points: Vec<(f64, f64, f64)>,
}

/// One panel.
struct Panel {
    title: String,
    axis: String,
    log: bool,
    curves: Vec<Curve>,
}

/// Accuracy against something, in panels side by side with one legend.
pub struct Courses {
    title: String,
    panels: Vec<Panel>,
    chance: f64,
}

/// The records of an arm.
pub fn of<'a>(records: &'a [Record], arm: &str) -> Vec<&'a Record> {
    records.iter().filter(|record| record.arm == arm).collect()
}

fn curve(label: &str, x: &[f64], rows: &[&[f64]]) -> Curve {
    let point = |(k, &x): (usize, &f64)| {
        let (mean, sd) = moments(&rows.iter().map(|row| row[k]).collect::<Vec<_>>());
        (x, mean, sd)
    };
    Curve { label: label.to_owned(), points: x.iter().enumerate().map(point).collect() }
}

/// Most curves of a panel; those of the first arms are drawn.
const MOST_CURVES: usize = 8;

/// Accuracy on batches while rules are found.
pub fn progress(experiment: &Experiment, records: &[Record], chance: f64) -> Courses {
    let shares: Vec<f64> = (1..=experiment.moments).map(|k| 100.0 * k as f64 / experiment.moments as f64).collect();
    let arms = experiment.arms.iter().filter(|arm| !matches!(arm.train, Training::Perceptron));
    let curves = arms.take(MOST_CURVES).map(|arm| {
        let rows: Vec<&[f64]> = of(records, &arm.name).iter().map(|r| &r.progress[..]).collect();
        curve(&arm.name, &shares, &rows)
    });
    Courses {
        title: "Finding a rule: accuracy on batches of the test part, mean ± sd over seeds".into(),
        panels: vec![Panel {
            title: String::new(),
            axis: "share of generations or updates (%)".into(),
            log: false,
            curves: curves.collect(),
        }],
        chance,
    }
}

/// Accuracy on the test part while one network learns by a rule.
pub fn course(experiment: &Experiment, records: &[Record], chance: f64) -> Courses {
    let samples: Vec<f64> = experiment.samples.iter().map(|&count| count as f64).collect();
    let panel = |title: &str, read: fn(&Record) -> &Performance| {
        let of_arm = |name: &str| {
            let rows: Vec<&[f64]> = of(records, name).iter().map(|r| &read(r).course[..]).collect();
            curve(name, &samples, &rows)
        };
        let curves = experiment.arms.iter().take(MOST_CURVES).map(|arm| of_arm(&arm.name)).collect();
        Panel { title: title.into(), axis: "samples learned from".into(), log: true, curves }
    };
    Courses {
        title: "Learning by a rule: accuracy on the test part, mean ± sd over seeds".into(),
        panels: vec![panel("the data it was found on", |r| &r.home), panel("other data and weights", |r| &r.away)],
        chance,
    }
}

const TOP: f64 = 96.0;
const HEIGHT: f64 = 380.0;
const LEGEND: f64 = 250.0;

impl Figure for Courses {
    fn size(&self) -> (u32, u32) {
        (1200, (TOP + HEIGHT + 70.0).max(TOP + 24.0 * self.panels[0].curves.len() as f64 * 1.7) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        canvas.text(&self.title, (24.0, 30.0), Type::new(TITLE))?;
        let (left, right) = (80.0, 1180.0 - LEGEND);
        let width = (right - left + 60.0) / self.panels.len() as f64;
        for (k, panel) in self.panels.iter().enumerate() {
            let x = panel.curves.iter().flat_map(|c| c.points.iter().map(|p| p.0));
            let (low, high) = x.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
            let x = if panel.log { Axis::log(&panel.axis, low, high) } else { Axis::linear(&panel.axis, low, high) };
            let y = Axis::linear(if k == 0 { "accuracy" } else { "" }, 0.0, 1.0);
            let start = left + k as f64 * width;
            let frame = Frame { left: start, top: TOP, right: start + width - 60.0, bottom: TOP + HEIGHT, x, y };
            frame.draw(canvas)?;
            let middle = 0.5 * (frame.left + frame.right);
            canvas.text(&panel.title, (middle, TOP - 18.0), Type::new(LABEL).colour(SOFT).side(Side::Centre))?;
            let chance = frame.at_y(self.chance);
            canvas.dashed(&[(frame.left, chance), (frame.right, chance)], SOFT, 1.5)?;
            for (c, curve) in panel.curves.iter().enumerate() {
                let edge = |sign: f64| curve.points.iter().map(move |p| (p.0, (p.1 + sign * p.2).clamp(0.0, 1.0)));
                let band = edge(1.0).chain(edge(-1.0).collect::<Vec<_>>().into_iter().rev());
                let band: Vec<_> = band.map(|(x, y)| frame.at(x, y)).collect();
                canvas.polygon(&band, faded(series(c), 0.12))?;
            }
            for (c, curve) in panel.curves.iter().enumerate() {
                let points: Vec<_> = curve.points.iter().map(|p| frame.at(p.0, p.1)).collect();
                // Colours come back after six; then lines are dashed.
                match c < 6 {
                    true => canvas.line(&points, series(c), 2.5)?,
                    false => canvas.dashed(&points, series(c), 2.5)?,
                }
            }
        }
        let line = |(c, curve): (usize, &Curve)| {
            Entry::new(if c < 6 { Marker::Line } else { Marker::Dashes }, series(c), curve.label.clone())
        };
        let mut entries: Vec<Entry> = self.panels[0].curves.iter().enumerate().map(line).collect();
        entries.push(Entry::new(Marker::Dashes, SOFT, "chance"));
        legend_column(canvas, (right + 30.0, TOP + 14.0), LEGEND - 40.0, &entries)
    }
}

/// A row of dots an arm: accuracy after a batch.
pub fn rows(
    experiment: &Experiment,
    records: &[Record],
    title: &str,
    references: Vec<Reference>,
    read: impl Fn(&Record) -> f64,
) -> Accuracy {
    let row = |arm: &crate::experiment::Arm| AccuracyRow {
        label: arm.name.clone(),
        kind: match arm.train {
            Training::Search { .. } => RowKind::Evolved,
            Training::Gradient { .. } => RowKind::Trained,
            Training::Perceptron => RowKind::Known,
        },
        values: of(records, &arm.name).into_iter().map(&read).collect(),
    };
    Accuracy {
        title: title.into(),
        axis: "accuracy".into(),
        rows: experiment.arms.iter().map(row).collect(),
        random: vec![],
        references,
    }
}

/// Which classes arms take for which, summed over seeds: home above, elsewhere below.
pub struct Confusions {
    arms: Vec<(String, [Confusion; 2])>,
}

/// Confusion matrices after a batch of at most this many arms.
const MOST_ARMS: usize = 6;

/// The matrices of the first arms.
pub fn confusions(experiment: &Experiment, records: &[Record]) -> Confusions {
    let sum = |matrices: Vec<&Confusion>| {
        let mut total = matrices[0].clone();
        matrices[1..].iter().for_each(|matrix| total.add(matrix));
        total
    };
    let arm = |name: &str| {
        let runs = of(records, name);
        let both = [runs.iter().map(|r| &r.home.confusion).collect(), runs.iter().map(|r| &r.away.confusion).collect()];
        (name.to_owned(), both.map(sum))
    };
    Confusions { arms: experiment.arms.iter().take(MOST_ARMS).map(|a| arm(&a.name)).collect() }
}

const CELLS: f64 = 150.0;

impl Figure for Confusions {
    fn size(&self) -> (u32, u32) {
        (1200, 520)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        canvas.text(
            "Decisions after a batch, by label (shares of the samples of a label)",
            (24.0, 30.0),
            Type::new(TITLE),
        )?;
        let width = 1050.0 / self.arms.len().max(1) as f64;
        for (row, name) in ["home", "elsewhere"].into_iter().enumerate() {
            let y = 110.0 + 200.0 * row as f64;
            canvas.text(name, (24.0, y + CELLS / 2.0), Type::new(LABEL).colour(SOFT))?;
        }
        for (k, (name, matrices)) in self.arms.iter().enumerate() {
            let left = 140.0 + width * k as f64;
            canvas.text(&cut(canvas, name, SMALL, width - 8.0), (left, 84.0), Type::new(SMALL))?;
            for (row, matrix) in matrices.iter().enumerate() {
                self.draw_matrix(canvas, matrix, (left, 105.0 + 200.0 * row as f64))?;
            }
        }
        canvas.text(
            "rows: label, columns: decision; a darker cell is a larger share",
            (140.0, 495.0),
            Type::new(SMALL).colour(SOFT),
        )
    }
}

impl Confusions {
    fn draw_matrix(&self, canvas: &dyn Canvas, matrix: &Confusion, (left, top): (f64, f64)) -> Result<()> {
        let classes = matrix.classes();
        let side = CELLS / classes as f64;
        for label in 0..classes {
            let decided: u64 = (0..classes).map(|decision| matrix.get(label, decision)).sum();
            let total = (decided + matrix.undecided(label)).max(1) as f64;
            for decision in 0..classes {
                let share = matrix.get(label, decision) as f64 / total;
                let at = (left + side * decision as f64, top + side * label as f64);
                canvas.rect(at, (at.0 + side - 1.0, at.1 + side - 1.0), faded(series(0), 0.06 + 0.94 * share))?;
                if classes <= 6 {
                    let colour = if share > 0.5 { PAPER } else { INK };
                    let text = format!("{share:.2}");
                    let middle = (at.0 + 0.5 * side, at.1 + 0.5 * side);
                    canvas.text(&text, middle, Type::new(11.0).colour(colour).side(Side::Centre))?;
                }
            }
        }
        Ok(())
    }
}
