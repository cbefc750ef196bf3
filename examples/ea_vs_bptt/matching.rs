//! Two runs where they are as good, or have moved as far, as each other.

use crate::comparison::{Failed, change, moved};
use crate::experiment::Problem;
use crate::training::Record;
use evoplast_synapse::{Trajectory, matched_displacement, matched_loss};
use evoplast_tasks::rsnn::LabelledTrial;
use serde::{Deserialize, Serialize};

/// A run where it is matched.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// Updates or generations until there; between two moments a fraction.
    pub progress: f64,
    /// Error there.
    pub error: f64,
    /// Share of each layer in the change until there; none if nothing has changed.
    pub shares: Vec<Option<f64>>,
}

/// A run and the reference with the same seed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Matched {
    /// The error that both reach, or the total relative displacement that both reach.
    pub level: f64,
    /// The run.
    pub own: Point,
    /// The reference.
    pub reference: Point,
}

fn point(problem: &Problem, before: &[f32], there: &[f32], progress: f64, error: f64) -> Result<Point, Failed> {
    let (_, layers) = change(problem, before, there)?;
    Ok(Point { progress, error, shares: layers.blocks.iter().map(|b| b.share).collect() })
}

/// The first moments at which both are as good as the worse of them becomes. The error of each there is at most the
/// level and may be less, as errors between moments are not known. `None` shares for networks with other layers.
pub fn at_error(problem: &Problem, own: &Record, reference: &Record) -> Result<Matched, Failed> {
    let pair = [&own.trajectory, &reference.trajectory];
    let matched = matched_loss(&pair)?;
    let same = comparable(&pair);
    let of = |which: usize| {
        let (first, there) = (&pair[which].moments()[0], &pair[which].moments()[matched.moments[which]]);
        match which == 0 || same {
            true => point(problem, &first.parameters, &there.parameters, there.progress as f64, there.loss),
            false => Ok(Point { progress: there.progress as f64, error: there.loss, shares: vec![] }),
        }
    };
    Ok(Matched { level: matched.level, own: of(0)?, reference: of(1)? })
}

fn comparable(pair: &[&Trajectory; 2]) -> bool {
    pair[0].layers() == pair[1].layers() && pair[0].moments()[0].parameters == pair[1].moments()[0].parameters
}

/// The points at which both have the largest displacement that both reach, on a straight line between two moments;
/// their errors are measured there. `None` for networks with other layers, and for a run that never moved.
pub fn at_distance(
    problem: &Problem,
    own: &Record,
    reference: &Record,
    validation: &[LabelledTrial],
) -> Result<Option<Matched>, Failed> {
    let pair = [&own.trajectory, &reference.trajectory];
    if !comparable(&pair) || !pair.iter().all(|t| moved(t)) {
        return Ok(None);
    }
    let matched = matched_displacement(&pair)?;
    let of = |which: usize| {
        let (first, there) = (&pair[which].moments()[0], &matched.points[which]);
        let error = problem.weights().score(&there.parameters, validation)?.error;
        point(problem, &first.parameters, &there.parameters, there.progress, error)
    };
    Ok(Some(Matched { level: matched.level, own: of(0)?, reference: of(1)? }))
}

/// log2 of each layer's share over that of the null run of the same seed, where both have moved as far; `None` if one
/// never moved.
pub fn null_at_distance(problem: &Problem, own: &Record, null: &Record) -> Result<Option<Vec<Option<f64>>>, Failed> {
    let pair = [&own.trajectory, &null.trajectory];
    if !pair.iter().all(|t| moved(t)) {
        return Ok(None);
    }
    let matched = matched_displacement(&pair)?;
    let initial = &own.trajectory.moments()[0].parameters;
    let of = |which: usize| point(problem, initial, &matched.points[which].parameters, 0.0, 0.0);
    let (own, null) = (of(0)?.shares, of(1)?.shares);
    let ratio = |(own, null): (&Option<f64>, &Option<f64>)| match (own, null) {
        (Some(own), Some(null)) if *own > 0.0 && *null > 0.0 => Some((own / null).log2()),
        _ => None,
    };
    Ok(Some(own.iter().zip(&null).map(ratio).collect()))
}
