//! What a run found: printed, and written to the run folder.

use crate::experiment::{Built, Experiment};
use crate::figures;
use crate::record::Stops;
use crate::validation::{Origin, Tried};
use evoplast_evolve::mann_whitney;
use evoplast_examples::{Arrays, Report, RunFolder, Table, left, mean_sd, number, right};
use evoplast_tasks::change_detection::{METRICS, pooled_auc};
use evoplast_tasks::mouse_v1::tables::{CELL_TYPES, MEAN_RATE_DG_HZ};
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;

/// All that a run found.
pub struct Outcome<'a> {
    /// Evaluations of the search and of random rules.
    pub evaluations: (u64, u64),
    /// What was stopped early in the search and among the random rules.
    pub stops: (Stops, Stops),
    /// Rules on the front of the search.
    pub front_size: usize,
    /// The rules tried on fresh seeds.
    pub rules: Vec<Tried>,
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Its parts.
    pub built: &'a Built,
}

impl Outcome<'_> {
    /// The rules of one origin.
    pub fn of(&self, origin: Origin) -> impl Iterator<Item = &Tried> {
        self.rules.iter().filter(move |t| t.origin == origin)
    }

    /// The evolved rule of least error in the search: chosen before it met the fresh seeds.
    pub fn chosen(&self) -> Option<&Tried> {
        self.of(Origin::Evolved).next()
    }

    fn pooled(&self, origin: Origin) -> Vec<f64> {
        self.of(origin).map(Tried::mean_accuracy).collect()
    }
}

/// Says what is about to run, with every choice that the paper leaves open.
pub fn describe(e: &Experiment, built: &Built) {
    let c = built.task.circuit();
    let [ee, ei, ie, ii] = c.connection_counts();
    println!(
        "mouse V1: {} neurons, {} recurrent connections (E-E {ee}, E-I {ei}, I-E {ie}, I-I {ii}), {} LGN units; {}",
        c.len(),
        ee + ei + ie + ii,
        c.filters.n_units(),
        c.source
    );
    println!(
        "natural images: {} ({} for training, {} for testing)",
        built.images.source,
        built.images.train.len(),
        built.images.test.len()
    );
    println!(
        "per rule and domain: {} training and {} validation trials, {:.0} s of model time in all",
        e.task.trials.training,
        e.task.trials.validation,
        built.task.simulated_s()
    );
    choices(e).into_iter().for_each(|line| println!("choice: {line}"));
}

/// The choices that the paper's summary leaves open.
fn choices(e: &Experiment) -> Vec<String> {
    let tag = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let name = |value: Result<serde_json::Value, serde_json::Error>| value.map(tag).unwrap_or_default();
    let (t, g) = (&e.task, &e.gratings);
    vec![
        format!(
            "LGN drive {}, background {}",
            name(serde_json::to_value(t.trials.lgn_drive)),
            name(serde_json::to_value(e.circuit.background))
        ),
        format!(
            "gratings of {} cycles/deg with {} phase defined at the {}, contrast {}",
            g.sf_cpd,
            name(serde_json::to_value(g.phase)),
            name(serde_json::to_value(g.origin)),
            g.contrast
        ),
        format!(
            "learning rate {} relative to the {} weight, upper bound {} x, hard bounds",
            t.learning.eta,
            name(serde_json::to_value(t.learning.scale)),
            t.learning.kappa
        ),
        {
            let s = &t.early_stop;
            let window = s.window.map(|w| format!(" or {} Hz over {} ms", w.hz, w.ms)).unwrap_or_default();
            let silence = s.silence.map(|s| format!(", below {} Hz in {} trials in a row", s.hz, s.trials));
            format!("stopped early: above {} Hz in a trial{window}{}", s.runaway_hz, silence.unwrap_or_default())
        },
        format!(
            "threshold {}, readout of all L5 excitatory neurons up to {}, reward for {} trials",
            name(serde_json::to_value(t.readout.threshold)),
            if t.readout.neurons == usize::MAX { "any number".to_owned() } else { t.readout.neurons.to_string() },
            name(serde_json::to_value(t.readout.reward))
        ),
    ]
}

/// One row per rule: objectives with their spread over the fresh seeds.
fn objectives_table<'a>(caption: &str, rules: impl Iterator<Item = &'a Tried>) -> Result<Table, Box<dyn Error>> {
    let mut columns = vec![left("rule"), right("accuracy"), right("gratings"), right("natural"), right("AUC")];
    columns.extend(["complexity", "max rate Hz", "synchrony", "rate dev. Hz", "W1 Hz", "failed"].map(right));
    let mut table = Table::new(caption, columns);
    for t in rules {
        let domain = |d: usize| mean_sd(&t.values(|r| r.domains.get(d).map_or(0.5, |x| x.accuracy())), 3);
        let objective = |k: usize, digits: usize| mean_sd(&t.values(|r| r.objectives[k]), digits);
        let failed = t.reports.iter().filter(|r| r.is_err()).count();
        table.push([
            t.name.clone(),
            mean_sd(&t.accuracies(), 3),
            domain(0),
            domain(1),
            mean_sd(&t.values(|r| pooled_auc(&r.domains)), 3),
            number(t.rule.complexity(), 2),
            objective(2, 1),
            objective(3, 3),
            objective(4, 2),
            objective(5, 2),
            format!("{failed}/{}", t.reports.len()),
        ])?;
    }
    Ok(table)
}

/// Groups of rules against each other, on the means over fresh seeds.
fn groups_table(o: &Outcome<'_>) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new(
        "Accuracy on fresh seeds by origin (means over seeds of each rule)",
        vec![left("rules"), right("n"), right("mean"), right("least"), right("most"), right("p against unselected")],
    );
    let unselected = o.pooled(Origin::Random);
    for (name, origin) in [
        ("evolved front", Origin::Evolved),
        ("best of the random rules", Origin::BestRandom),
        ("random rules, unselected", Origin::Random),
    ] {
        let values = o.pooled(origin);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let p = match mann_whitney(&values, &unselected) {
            Some(test) if origin != Origin::Random => format!("{:.2e}", test.p),
            _ => "-".to_owned(),
        };
        let shown = |v: f64| if v.is_finite() { number(v, 3) } else { "-".to_owned() };
        table.push([name.to_owned(), values.len().to_string(), mean_sd(&values, 3), shown(least), shown(most), p])?;
    }
    Ok(table)
}

/// Rates per type beside the mouse's.
fn rates_table(o: &Outcome<'_>) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new(
        "Mean rate per type in validation trials (Hz); mouse: drifting gratings, Siegle et al. 2021",
        vec![left("type"), right("mouse"), right("untrained"), right("evolved 1")],
    );
    let untrained = o.of(Origin::Named).find(|t| t.name == "untrained");
    for (k, cell) in CELL_TYPES.iter().enumerate() {
        let rate = |t: Option<&Tried>| {
            let values = t.map_or_else(Vec::new, |t| {
                t.reports.iter().flatten().filter_map(|r| r.type_rates_hz[k]).collect::<Vec<f64>>()
            });
            mean_sd(&values, 2)
        };
        table.push([cell.name.to_owned(), number(MEAN_RATE_DG_HZ[k], 2), rate(untrained), rate(o.chosen())])?;
    }
    Ok(table)
}

/// Prints the result for a reader at the terminal.
pub fn print(o: &Outcome<'_>) -> Result<(), Box<dyn Error>> {
    println!("\nThe front: {} rules; the {} of least error, best first:", o.front_size, o.of(Origin::Evolved).count());
    for t in o.of(Origin::Evolved) {
        println!("  {:<11} complexity {:.2}  {}", t.name, t.rule.complexity(), t.rule.formula().text());
    }
    println!();
    let shown = o.of(Origin::Evolved).chain(o.of(Origin::Named));
    println!("{}", objectives_table("Fresh seeds: objectives, mean ± sd over seeds", shown)?);
    println!("{}", groups_table(o)?);
    println!("{}", rates_table(o)?);
    println!("{}", verdict(o));
    stops(o).into_iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// What was stopped early, one line per search.
fn stops(o: &Outcome<'_>) -> [String; 2] {
    [format!("search: {}", o.stops.0.summary()), format!("random rules: {}", o.stops.1.summary())]
}

/// One sentence on what was found, whatever it is.
fn verdict(o: &Outcome<'_>) -> String {
    let Some(chosen) = o.chosen() else { return "The search left no rule.".to_owned() };
    let values = chosen.accuracies();
    let n = values.len() as f64;
    let mean = chosen.mean_accuracy();
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    let (error, random) = (sd / n.sqrt(), o.pooled(Origin::Random));
    let level = random.iter().sum::<f64>() / random.len().max(1) as f64;
    format!(
        "The rule of least error in the search reaches {mean:.3} ± {error:.3} (standard error over {n:.0} fresh seeds) \
         against 0.5 by chance and {level:.3} for random rules: {}.",
        if mean - 2.0 * error > level.max(0.5) {
            "above both by more than two standard errors"
        } else {
            "not clearly above them"
        }
    )
}

/// Writes results, arrays, figures and the report; returns the report's path.
pub fn write(o: &Outcome<'_>, folder: &RunFolder) -> Result<PathBuf, Box<dyn Error>> {
    let rules: Vec<_> = o
        .rules
        .iter()
        .map(|t| {
            json!({
                "name": t.name, "origin": t.origin, "formula": t.rule.formula().text(),
                "latex": t.rule.formula().latex(), "complexity": t.rule.complexity(),
                "error_in_search": t.searched_error,
                "accuracy_per_seed": t.accuracies(),
                "objectives_per_seed": t.reports.iter().map(|r| r.as_ref().ok().map(|r| &r.objectives)).collect::<Vec<_>>(),
                "failures": t.reports.iter().filter_map(|r| r.as_ref().err().map(|f| &f.reason)).collect::<Vec<_>>(),
                "auc_per_seed": t.values(|r| pooled_auc(&r.domains)),
                "rule": t.rule,
            })
        })
        .collect();
    folder.write_results(&json!({
        "objectives": METRICS.map(|m| m.name),
        "evaluations": { "search": o.evaluations.0, "random": o.evaluations.1 },
        "stopped_early": { "search": o.stops.0, "random": o.stops.1 },
        "front_size": o.front_size,
        "verdict": verdict(o),
        "rules": rules,
    }))?;
    let mut arrays = Arrays::new();
    let seeds = o.experiment.validation.seeds as usize;
    let accuracy: Vec<f64> = o.rules.iter().flat_map(Tried::accuracies).collect();
    arrays.insert("accuracy", &[o.rules.len(), seeds], accuracy)?;
    let complexity: Vec<f64> = o.rules.iter().map(|t| t.rule.complexity()).collect();
    arrays.insert("complexity", &[o.rules.len()], complexity)?;
    folder.write_arrays(&arrays)?;

    let mut report = Report::new(
        "Plasticity rules for change detection in mouse V1",
        "Which plasticity rules, written as 25 local terms with coefficients by cell type, let a spiking model of \
         mouse V1 tell a changed image from a repeated one?",
    );
    let random = o.pooled(Origin::Random);
    if let Some(chosen) = o.chosen() {
        report.headline("Evolved rule", mean_sd(&chosen.accuracies(), 3), "accuracy on fresh seeds, mean ± sd");
    }
    report.headline("Random rules", mean_sd(&random, 3), "mean ± sd over rules");
    report.headline("Evaluations", o.evaluations.0.to_string(), "and as many random rules");
    report.headline("Front", o.front_size.to_string(), "rules");
    report.text(verdict(o));
    for line in stops(o) {
        report.text(line);
    }
    report.heading("The rules");
    for t in o.of(Origin::Evolved) {
        report.formula(&t.name, t.rule.formula().text(), t.rule.formula().latex());
    }
    report.table(objectives_table(
        "Fresh seeds: objectives, mean ± sd over seeds",
        o.of(Origin::Evolved).chain(o.of(Origin::Named)),
    )?);
    report.table(groups_table(o)?);
    figures::add(o, folder, &mut report)?;
    report.table(rates_table(o)?);
    if let Some(chosen) = o.chosen() {
        report.code("Coefficients of the evolved rule by type", chosen.rule.formula().verbose());
    }
    report.heading("What differs from the paper");
    report.list(choices(o.experiment));
    report.caveat("The paper's full text was not available: terms, bounds, reward and synchrony are reconstructed, see the README of this example.");
    report.caveat(
        "Rules shown with one number per term: the mean over types; the coefficients by type are in results.json.",
    );
    report.citation("Ye, Huang, Wu, Chen, Wu: Discovering heterogeneous synaptic plasticity rules via large-scale neural evolution, ICLR 2026, openreview hJBPMSUNUG", "");
    report.citation("Billeh et al. 2020, Neuron 106:388-403", "10.1016/j.neuron.2020.01.040");
    report.citation("Chen, Scherr, Maass 2022, Science Advances 8:eabq7592", "10.1126/sciadv.abq7592");
    report.citation("Siegle et al. 2021, Nature 592:86-92", "10.1038/s41586-020-03171-x");
    Ok(folder.write_report(&report)?)
}
