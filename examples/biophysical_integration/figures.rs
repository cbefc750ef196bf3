//! The figures: learning curves, norms and directions of gradients, and who wins where.

use crate::experiment::Experiment;
use crate::outcome::Results;
use crate::training::{Look, State};
use evoplast_examples::figures::{Line, LinePanel, LinePoint, Lines};
use evoplast_examples::moments;
use evoplast_tasks::evidence::EvidenceConfig;

fn panel(x: (&str, bool), y: (&str, bool), lines: Vec<Line>, levels: Vec<(String, f64)>) -> LinePanel {
    LinePanel { x: (x.0.to_owned(), x.1), y: (y.0.to_owned(), y.1), lines, levels }
}

/// Accuracy of the batches of an arm, means over seeds and up to 40 stretches of iterations.
fn curve(states: &[State], arm: &str, x: impl Fn(&Look) -> f64) -> Line {
    let runs: Vec<&State> = states.iter().filter(|s| s.arm == arm).collect();
    let length = runs.iter().map(|s| s.looks.len()).min().unwrap_or(0);
    let stretch = length.div_ceil(40).max(1);
    let mut points = vec![];
    for start in (0..length).step_by(stretch) {
        let part = start..length.min(start + stretch);
        let mean = |read: &dyn Fn(&Look) -> f64| {
            let all = runs.iter().flat_map(|s| s.looks[part.clone()].iter().map(read));
            all.sum::<f64>() / (runs.len() * part.len()) as f64
        };
        points.push(LinePoint { x: mean(&x), y: mean(&|look| look.accuracy), sd: 0.0 });
    }
    Line { label: arm.to_owned(), points }
}

/// Accuracy against simulated trials and against time.
pub fn learning(experiment: &Experiment, states: &[State]) -> Lines {
    let lines = |x: &dyn Fn(&Look) -> f64| experiment.arms.iter().map(|arm| curve(states, &arm.name, x)).collect();
    let accuracy = ("accuracy of the batch", false);
    Lines {
        title: "Learning, means over seeds and stretches of iterations".into(),
        panels: vec![
            panel(("simulated trials", true), accuracy, lines(&|look| look.trials as f64), levels(experiment)),
            panel(
                ("seconds of this run, all threads busy", true),
                accuracy,
                lines(&|look| look.seconds),
                levels(experiment),
            ),
        ],
    }
}

/// One line a gain: means over seeds at every horizon.
fn by_gain<T>(rows: &[T], place: impl Fn(&T) -> (f64, f64), value: impl Fn(&T) -> Option<f64>) -> Vec<Line> {
    let mut gains: Vec<f64> = rows.iter().map(|r| place(r).1).collect();
    gains.sort_by(f64::total_cmp);
    gains.dedup();
    let line = |&gain: &f64| {
        let mut horizons: Vec<f64> = rows.iter().map(|r| place(r).0).collect();
        horizons.sort_by(f64::total_cmp);
        horizons.dedup();
        let point = |&horizon: &f64| {
            let here = rows.iter().filter(|r| place(r) == (horizon, gain));
            let values: Vec<f64> = here.filter_map(&value).collect();
            let (y, sd) = moments(&values);
            LinePoint { x: horizon, y, sd }
        };
        Line { label: format!("recurrent gain {gain}"), points: horizons.iter().map(point).collect() }
    };
    gains.iter().map(line).collect()
}

/// Norm of the gradient by the recurrent weights, and its direction.
pub fn gradients(results: &Results) -> Lines {
    let mut panels = vec![];
    let horizon = ("horizon (ms)", true);
    if !results.norms.is_empty() {
        let lines = by_gain(&results.norms, |n| (n.horizon_ms, n.gain), |n| Some(n.recurrent));
        panels.push(panel(horizon, ("|gradient|, recurrent", true), lines, vec![]));
    }
    if !results.directions.is_empty() {
        let lines = by_gain(&results.directions, |d| (d.horizon_ms, d.gain), |d| d.cosine);
        let title = "cosine to the smoothed";
        panels.push(panel(horizon, (title, false), lines, vec![("none".into(), 0.0), ("same".into(), 1.0)]));
    }
    Lines { title: "Gradients by horizon and recurrent gain, means over seeds".into(), panels }
}

/// What guessing gets, where all arms have as many answers to choose from.
fn levels(experiment: &Experiment) -> Vec<(String, f64)> {
    let tasks = experiment.arms.iter().map(|arm| arm.task.as_ref().unwrap_or(&experiment.problem.task));
    let mut levels: Vec<_> = tasks.flat_map(chance).collect();
    levels.dedup();
    if levels.len() == 1 { levels } else { vec![] }
}

/// What guessing gets in a task, which was built before.
fn chance(task: &EvidenceConfig) -> Option<(String, f64)> {
    task.build(0).ok().map(|task| ("chance".to_owned(), 1.0 / task.classes() as f64))
}

/// Accuracy of the arms at every gain, against the horizon.
pub fn crossover(experiment: &Experiment, results: &Results) -> Lines {
    let mut panels = vec![];
    let chance: Vec<_> = chance(&experiment.problem.task).into_iter().collect();
    for arm in &results.crossover_arms() {
        let lines = by_gain(&results.crossover, |c| (c.horizon_ms, c.gain), |c| (c.arm == *arm).then_some(c.accuracy));
        let title = format!("accuracy, {arm}");
        panels.push(panel(("horizon (ms)", false), (title.as_str(), false), lines, chance.clone()));
    }
    Lines { title: "Accuracy on fresh trials by horizon and recurrent gain".into(), panels }
}
