//! Runs of different methods at the same loss or at the same distance from where they began.
//!
//! Methods differ in how far they have come when they are stopped, and a longer way changes more. So changes are compared
//! where all runs have the same loss, and where all have the same total relative displacement (see
//! [`Trajectory::displacement`]).

use crate::SynapseError;
use crate::change::trajectory::Trajectory;
use crate::error::require;

/// Result of [`matched_loss`].
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedLoss {
    /// The lowest loss that every run reaches: the largest of their best losses.
    pub level: f64,
    /// For every run the first moment with a loss of at most `level`; 0 if it began there.
    pub moments: Vec<usize>,
}

/// Finds the moments at which runs are first as good as the worst of them becomes. Losses between moments are not
/// known, so a moment may be better than the level by what happened since the one before.
///
/// # Errors
/// No run.
pub fn matched_loss(runs: &[&Trajectory]) -> Result<MatchedLoss, SynapseError> {
    require(!runs.is_empty(), "matched loss", "number of runs", 0.0, "at least 1")?;
    let best = |run: &&Trajectory| run.moments().iter().map(|m| m.loss).fold(f64::INFINITY, f64::min);
    let level = runs.iter().map(best).fold(f64::NEG_INFINITY, f64::max);
    // Every run has a moment at its best loss, which is at most the level.
    let first = |run: &&Trajectory| run.moments().iter().take_while(|m| m.loss > level).count();
    Ok(MatchedLoss { level, moments: runs.iter().map(first).collect() })
}

/// A point of a run between two moments.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedPoint {
    /// The first moment at or beyond the level, at least 1.
    pub moment: usize,
    /// Where between the moment before (0, excluded) and `moment` (1).
    pub fraction: f64,
    /// Progress, interpolated.
    pub progress: f64,
    /// Parameters, interpolated: a straight line between the two moments. Their loss is not known; evaluate it.
    pub parameters: Vec<f32>,
}

/// Result of [`matched_displacement`].
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedDisplacement {
    /// The largest displacement that every run reaches: the least of their largest ones.
    pub level: f64,
    /// For every run the point at which it first has this displacement.
    pub points: Vec<MatchedPoint>,
}

/// Finds the points at which runs are first as far from their beginning as the one that stays nearest ever gets.
///
/// Between two moments parameters go straight, p(t) = p_0 + t (p_1 - p_0). D(p(t))^2 is a convex parabola that is below
/// level^2 at t = 0 and not below it at t = 1, so exactly one t in (0, 1] has displacement `level`. It is solved in double
/// precision; the parameters are then rounded to single precision, which leaves about 1e-7 of the level.
///
/// # Errors
/// No run, layers that differ between runs, a layer whose initial weights are all 0, or a run that never moved.
pub fn matched_displacement(runs: &[&Trajectory]) -> Result<MatchedDisplacement, SynapseError> {
    require(!runs.is_empty(), "matched displacement", "number of runs", 0.0, "at least 1")?;
    let mut distances = Vec::with_capacity(runs.len());
    let mut level = f64::INFINITY;
    for (k, run) in runs.iter().enumerate() {
        let (same, field) = (run.layers() == runs[0].layers(), "index of a run with other layers than run 0");
        require(same, "matched displacement", field, k as f64, "none")?;
        let of_run: Vec<f64> =
            run.moments().iter().map(|m| run.displacement(&m.parameters)).collect::<Result<_, _>>()?;
        let largest = of_run.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(SynapseError::Unchanged { what: format!("run {k}") });
        }
        level = level.min(largest);
        distances.push(of_run);
    }
    let point = |(run, distances): (&&Trajectory, &Vec<f64>)| {
        // The initial state is at 0, below the level.
        let moment = distances.iter().take_while(|&&d| d < level).count();
        between(run, moment, level)
    };
    let points = runs.iter().zip(&distances).map(point).collect::<Result<_, _>>()?;
    Ok(MatchedDisplacement { level, points })
}

/// The point with displacement `level` on the straight line to `moment` from the one before.
fn between(run: &Trajectory, moment: usize, level: f64) -> Result<MatchedPoint, SynapseError> {
    let weights = run.per_layer()?;
    let (from, to) = (&run.moments()[moment - 1], &run.moments()[moment]);
    let initial = &run.moments()[0].parameters;
    // D(t)^2 - level^2 = a t^2 + 2 b t + c.
    let (mut a, mut b, mut c) = (0.0, 0.0, -level * level);
    for (layer, w) in run.layers().iter().zip(&weights) {
        for k in layer.indices() {
            let [x0, x1, origin] = [from.parameters[k], to.parameters[k], initial[k]].map(f64::from);
            let (offset, step) = (x0 - origin, x1 - x0);
            a += w * step * step;
            b += w * offset * step;
            c += w * offset * offset;
        }
    }
    let root = (b * b - a * c).max(0.0).sqrt();
    // The larger root, written so that nothing cancels.
    let fraction = if b > 0.0 { -c / (b + root) } else { (root - b) / a }.clamp(0.0, 1.0);
    let mixed = |(&x0, &x1): (&f32, &f32)| (f64::from(x0) + fraction * (f64::from(x1) - f64::from(x0))) as f32;
    Ok(MatchedPoint {
        moment,
        fraction,
        progress: from.progress as f64 + fraction * (to.progress - from.progress) as f64,
        parameters: from.parameters.iter().zip(&to.parameters).map(mixed).collect(),
    })
}
