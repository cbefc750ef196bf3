//! What a run leaves: a summary on the terminal, results as JSON, figures and a report.

use crate::experiment::{Experiment, Training};
use crate::figures::{self, of};
use crate::training::Record;
use evoplast_evolve::mann_whitney;
use evoplast_examples::figures::Reference;
use evoplast_examples::{Error, Report, RunFolder, Table, left, mean_sd, right};
use std::path::PathBuf;

/// Mean and spread of every measure.
fn table(experiment: &Experiment, records: &[Record]) -> Result<Table, Error> {
    let last = experiment.samples.last().copied().unwrap_or(0);
    let columns = vec![
        left("arm"),
        left("found by"),
        right("batch"),
        right(&format!("{} samples", experiment.batch_size)),
        right(&format!("{last} samples")),
        right("elsewhere: batch"),
        right(&format!("{} samples", experiment.batch_size)),
        right(&format!("{last} samples")),
    ];
    let caption = format!(
        "Accuracy, mean ± sd over {} seeds. Batch: on {} test samples after learning from the same; otherwise on the test \
         part after learning from training samples. Elsewhere: other data and other initial weights",
        experiment.seeds.len(),
        experiment.batch_size
    );
    let mut table = Table::new(&caption, columns);
    for arm in &experiment.arms {
        let runs = of(records, &arm.name);
        let over =
            |read: &dyn Fn(&Record) -> f64| mean_sd(&runs.iter().map(|record| read(record)).collect::<Vec<_>>(), 3);
        let method = match &arm.train {
            Training::Search { generations, search } => {
                let name = search.get("search").and_then(|name| name.as_str()).unwrap_or("search");
                format!("{name}, {generations} generations")
            }
            Training::Gradient { updates, .. } => format!("gradient, {updates} updates"),
            Training::Perceptron => "by hand".to_owned(),
        };
        table.push([
            arm.name.clone(),
            method,
            over(&|r| r.home.batch),
            over(&|r| r.home.adapted),
            over(&|r| r.home.course.last().copied().unwrap_or(f64::NAN)),
            over(&|r| r.away.batch),
            over(&|r| r.away.adapted),
            over(&|r| r.away.course.last().copied().unwrap_or(f64::NAN)),
        ])?;
    }
    Ok(table)
}

/// Every arm against the first.
fn tests(experiment: &Experiment, records: &[Record]) -> Result<Option<Table>, Error> {
    let [first, others @ ..] = &experiment.arms[..] else { return Ok(None) };
    if others.is_empty() || experiment.seeds.len() < 3 {
        return Ok(None);
    }
    let columns = vec![left("arm"), right("p, home"), right("p, elsewhere")];
    let caption =
        format!("Accuracy after a batch against \"{}\": two-sided Mann-Whitney tests, not corrected", first.name);
    let mut table = Table::new(&caption, columns);
    for arm in others {
        let p = |read: fn(&Record) -> f64| {
            let values = |name: &str| of(records, name).into_iter().map(read).collect::<Vec<_>>();
            mann_whitney(&values(&first.name), &values(&arm.name))
                .map_or("-".to_owned(), |test| format!("{:.1e}", test.p))
        };
        table.push([arm.name.clone(), p(|r| r.home.adapted), p(|r| r.away.adapted)])?;
    }
    Ok(Some(table))
}

/// Writes everything and returns the path of the report.
pub fn write(experiment: &Experiment, records: &[Record], folder: &RunFolder) -> Result<PathBuf, Error> {
    folder.write_results(&records)?;
    let classes = records[0].home.confusion.classes();
    let chance = 1.0 / classes as f64;
    let numbers = table(experiment, records)?;
    println!("\n{numbers}");
    let mut report = Report::new(
        "Rules for a plastic recurrent classifier",
        "Can a plastic recurrent network learn to classify by a rule that evolution found?",
    );
    report.heading("How well rules do");
    let first = &numbers.rows()[0];
    report.headline("accuracy after a batch", first[3].clone(), &first[0]);
    report.headline("elsewhere", first[6].clone(), &first[0]);
    report.table(numbers);
    if let Some(tests) = tests(experiment, records)? {
        report.table(tests);
    }
    let reference = || vec![Reference { label: "chance".into(), value: chance }];
    let home =
        figures::rows(experiment, records, "After a batch, on the data the rule was found on", reference(), |r| {
            r.home.adapted
        });
    let away =
        figures::rows(experiment, records, "After a batch, on other data with other weights", reference(), |r| {
            r.away.adapted
        });
    let saved = folder.save_figure(&home, "home")?;
    report.figure(saved, "Every dot is a seed.");
    let saved = folder.save_figure(&away, "elsewhere")?;
    report.figure(saved, "The same rules on a data set and initial weights that their search never saw.");
    report.heading("How rules are found, and how networks learn by them");
    if experiment.arms.iter().any(|arm| !matches!(arm.train, Training::Perceptron)) {
        let saved = folder.save_figure(&figures::progress(experiment, records, chance), "progress")?;
        report
            .figure(saved, "Accuracy on held-out batches of the rule that the search would recommend; the first arms.");
    }
    let saved = folder.save_figure(&figures::course(experiment, records, chance), "course")?;
    report.figure(saved, "One network learns sample by sample, without a reset; the first arms.");
    let saved = folder.save_figure(&figures::confusions(experiment, records), "confusion")?;
    report.figure(saved, "The first arms, decisions summed over seeds.");
    report.caveat("Arms of one seed share the data set; networks of different sizes or presets have other weights.");
    report.citation("Joosten 2021, Learning to learn: generalization of evolved plasticity rules in recurrent neural networks, University of Twente", "");
    report.citation(
        "Cristian, Dabagia, Papadimitriou, Vempala 2021, Learning with plasticity rules: generalization and robustness",
        "",
    );
    folder.write_report(&report)
}
