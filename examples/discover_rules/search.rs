//! Running a search with progress, table and checkpoint.

use crate::experiment::Experiment;
use crate::record::Work;
use evoplast_evolve::{
    Budget, Evaluator, Executor, Finished, GenerationReport, MetricsCsv, Observer, OptimizerConfig, Result,
};
use evoplast_examples::{EvaluationCount, Generation, Progress, number};
use evoplast_tasks::change_detection::ChangeDetection;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Shows a search while it runs.
struct Watcher<'a> {
    progress: Progress,
    count: EvaluationCount,
    simulated_s: f64,
    work: &'a Work,
}

impl Observer for Watcher<'_> {
    fn on_evaluated(&mut self, _: usize, _: usize) {
        self.count.add(1);
    }

    fn on_generation(&mut self, report: &GenerationReport<'_>) -> Result<()> {
        let population = report.optimizer.population();
        let least = population.iter().map(|i| i.objectives[0]).fold(f64::INFINITY, f64::min);
        let best = if least.is_finite() { number(1.0 - least, 3) } else { "none".to_owned() };
        let simulated_s = report.spent() * self.simulated_s;
        self.work.add(simulated_s);
        let mut show = vec![("best accuracy", best), ("front", report.optimizer.front().len().to_string())];
        if !report.failures.is_empty() {
            show.push(("failed", report.failures.len().to_string()));
        }
        self.progress.generation(&Generation {
            done: report.generation,
            evaluations: report.evaluations,
            simulated_s,
            show: &show,
        });
        if let Some(first) = report.failures.first().filter(|_| report.all_failed()) {
            let text = format!("all evaluations of generation {} failed: {}", report.generation, first.reason);
            self.progress.note(&text);
        }
        Ok(())
    }
}

/// How one search of a run is stored.
pub struct Files<'a> {
    /// Checkpoint and table are `<name>.ckpt` and `<name>.csv` in this folder.
    pub folder: &'a Path,
    /// Name of the search.
    pub name: &'a str,
}

/// A search and how long it may go on.
pub struct Plan<'a> {
    /// The search.
    pub config: &'a dyn OptimizerConfig,
    /// Seed of its run.
    pub run: u64,
    /// Its generations.
    pub generations: u64,
    /// Evaluations of a generation after the first, for the display.
    pub per_generation: u64,
}

/// Runs or continues a search; without a checkpoint it starts anew.
pub fn search(
    experiment: &Experiment,
    task: &ChangeDetection,
    plan: &Plan<'_>,
    evaluator: &dyn Evaluator,
    files: &Files<'_>,
    stop: &AtomicBool,
    work: &Work,
) -> std::result::Result<Finished, Box<dyn std::error::Error>> {
    use evoplast_evolve::Objective;
    let checkpoint = files.folder.join(format!("{}.ckpt", files.name));
    let mut table = MetricsCsv::new(files.folder.join(format!("{}.csv", files.name)));
    let fingerprint = toml::to_string(experiment)?;
    let generations = plan.generations;
    let going_on = checkpoint.exists();
    let (done, evaluated) = if going_on {
        let saved = evoplast_evolve::checkpoint::load(&checkpoint, &fingerprint)?;
        (saved.optimizer.generation(), saved.evaluations)
    } else {
        (0, 0)
    };
    let progress = Progress::start(generations, generations * plan.per_generation, done, evaluated);
    let mut watcher = Watcher { count: progress.counter(), progress, simulated_s: task.simulated_s(), work };
    let executor = Executor::new(evaluator, Budget::generations(generations))
        .observe(&mut table)
        .observe(&mut watcher)
        .checkpoint(&checkpoint, fingerprint)
        .stop_flag(stop);
    let finished = if going_on {
        executor.resume(task)?
    } else {
        executor.run(task, plan.config.build(task.space(), task.objectives(), plan.run)?)?
    };
    watcher.progress.finish(&format!("{}: {} evaluations", files.name, finished.evaluations));
    Ok(finished)
}
