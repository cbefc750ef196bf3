//! The loop of the adaptive one-step methods: tries steps, keeps to the tolerance, writes outputs.
//!
//! A step of length h with the estimated error e is accepted if
//!
//! E = sqrt(1/n sum_i (e_i / (atol_i + rtol max(abs y_i, abs y_i')))^2) <= 1,
//!
//! and the next one has the length h min(5, max(1/5, 0.9 E^(-1/q))), q the order of the estimate plus 1; none grows right
//! after a rejection. A step that is not finite is tried again with a tenth of its length. The first length is that of
//! Hairer, Norsett and Wanner 1993, doi:10.1007/978-3-540-78862-1, II.4.

use super::solver::check;
use super::{Cost, OutputPlace, SolveFailure, SolveOptions, Stuck, Tape, TapeMethod, VectorField};

/// A one-step method with its memory.
pub(super) trait OneStep {
    /// The method, for tapes.
    const METHOD: TapeMethod;
    /// Stage vectors a step.
    const STAGES: usize;
    /// Order of the error estimate plus 1.
    const Q: f64;

    /// Takes in a new point; called once before the tries of a step from it. `stages` are those of the step before, if it
    /// ended here.
    fn arrive(&mut self, field: &dyn VectorField, t: f64, y: &[f64], stages: Option<&[f64]>, cost: &mut Cost);

    /// The derivative at the point.
    fn slope(&self) -> &[f64];

    /// Tries a step: fills stages, the new state and the error estimate. False if it has none.
    fn attempt(&mut self, field: &dyn VectorField, at: Try<'_>, out: &mut Attempt, cost: &mut Cost) -> bool;

    /// The state at the place theta of an accepted step.
    fn interpolate(theta: f64, h: f64, y: &[f64], step: &Attempt, out: &mut [f64]);
}

/// Where a step begins and how long it is.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    pub t: f64,
    pub y: &'a [f64],
    pub h: f64,
}

/// A step.
pub(super) struct Attempt {
    /// Stage vectors.
    pub stages: Vec<f64>,
    /// New state.
    pub y: Vec<f64>,
    /// Error estimate.
    pub error: Vec<f64>,
}

const SAFETY: f64 = 0.9;
const LARGEST: f64 = 5.0;
const SMALLEST: f64 = 0.2;

/// Solves with `method`.
#[allow(clippy::too_many_arguments)] // those of `Recording::record`, and the method
pub(super) fn integrate<M: OneStep>(
    mut method: M,
    field: &dyn VectorField,
    t0: f64,
    y0: &[f64],
    times: &[f64],
    options: &SolveOptions,
    outputs: &mut [f64],
    mut tape: Option<&mut Tape>,
) -> Result<Cost, SolveFailure> {
    check(field, t0, y0, times, options, outputs)?;
    let n = y0.len();
    if let Some(tape) = &mut tape {
        tape.clear(M::METHOD, n, M::STAGES, y0);
    }
    let mut cost = Cost::default();
    let Some(&end) = times.last() else { return Ok(cost) };
    let (mut t, mut y) = (t0, y0.to_vec());
    let mut step = Attempt { stages: vec![0.0; M::STAGES * n], y: vec![0.0; n], error: vec![0.0; n] };
    let mut next = 0;
    if times[0] == t0 {
        outputs[..n].copy_from_slice(y0);
        if let Some(tape) = &mut tape {
            tape.outputs.push(OutputPlace { step: 0, theta: 0.0 });
        }
        next = 1;
    }
    if next == times.len() {
        return Ok(cost);
    }
    let fail = |reason, cost| Err(SolveFailure { reason, cost });
    method.arrive(field, t, &y, None, &mut cost);
    if let Some((component, value)) = not_finite(method.slope()) {
        return fail(Stuck::NotFinite { t, component, value }, cost);
    }
    let mut h = match options.first_step {
        Some(h) => h,
        None => first_step(field, t, &y, method.slope(), end - t0, M::Q, options, &mut step, &mut cost),
    };
    let mut rejected = false;
    let mut bad = None;
    loop {
        if cost.accepted + cost.rejected >= options.max_steps {
            return fail(Stuck::Budget { what: "steps", budget: options.max_steps, t }, cost);
        }
        if let Some(budget) = options.max_evaluations
            && cost.evaluations >= budget
        {
            return fail(Stuck::Budget { what: "evaluations", budget, t }, cost);
        }
        // What little would remain is taken too, so that no step is a crumb.
        let goal = if options.land_on_outputs { times[next] } else { end };
        let (lands, free) = (t + 1.01 * h >= goal, h);
        if lands {
            h = goal - t;
        }
        if t + h <= t || h < f64::MIN_POSITIVE {
            return match bad {
                Some((component, value)) => fail(Stuck::NotFinite { t, component, value }, cost),
                None => fail(Stuck::StepUnderflow { t, h }, cost),
            };
        }
        let done = method.attempt(field, Try { t, y: &y, h }, &mut step, &mut cost);
        let size = if done { norm(&y, &step.y, &step.error, options) } else { f64::NAN };
        if !size.is_finite() {
            cost.rejected += 1;
            rejected = true;
            bad = not_finite(&step.y).or_else(|| not_finite(&step.error)).or_else(|| not_finite(&step.stages));
            h *= 0.1;
            continue;
        }
        bad = None;
        let factor = (SAFETY * size.powf(-1.0 / M::Q)).clamp(SMALLEST, LARGEST);
        if size > 1.0 {
            cost.rejected += 1;
            rejected = true;
            h *= factor;
            continue;
        }
        cost.accepted += 1;
        let arrived = if lands { goal } else { t + h };
        while next < times.len() && times[next] <= arrived {
            let theta = if times[next] == arrived { 1.0 } else { (times[next] - t) / h };
            let out = &mut outputs[next * n..(next + 1) * n];
            if theta == 1.0 {
                out.copy_from_slice(&step.y);
            } else {
                M::interpolate(theta, h, &y, &step, out);
            }
            if let Some(tape) = &mut tape {
                tape.outputs.push(OutputPlace { step: cost.accepted as usize - 1, theta });
            }
            next += 1;
        }
        if let Some(tape) = &mut tape {
            tape.push(t, h, &step.stages, &step.y);
        }
        t = arrived;
        y.copy_from_slice(&step.y);
        if next == times.len() {
            return Ok(cost);
        }
        // A step cut short to land says nothing against the length it was meant to have.
        h = (h * if rejected { factor.min(1.0) } else { factor }).max(if lands && !rejected { free } else { 0.0 });
        rejected = false;
        method.arrive(field, t, &y, Some(&step.stages), &mut cost);
        if let Some((component, value)) = not_finite(method.slope()) {
            return fail(Stuck::NotFinite { t, component, value }, cost);
        }
    }
}

fn norm(y: &[f64], new: &[f64], error: &[f64], options: &SolveOptions) -> f64 {
    let mut sum = 0.0;
    for (i, ((y, new), e)) in y.iter().zip(new).zip(error).enumerate() {
        // `max` passes over NaN, which the sum must not.
        let scale = options.atol_of(i) + options.rtol * y.abs().max(new.abs());
        let ratio = e / scale + 0.0 * new;
        sum += ratio * ratio;
    }
    // Never 0, whose power would not be finite.
    (sum / y.len() as f64).sqrt().max(if sum.is_nan() { f64::NAN } else { 1e-12 }) + 0.0 * sum
}

fn not_finite(values: &[f64]) -> Option<(usize, f64)> {
    values.iter().position(|v| !v.is_finite()).map(|k| (k, values[k]))
}

#[allow(clippy::too_many_arguments)]
fn first_step(
    field: &dyn VectorField,
    t: f64,
    y: &[f64],
    slope: &[f64],
    span: f64,
    q: f64,
    options: &SolveOptions,
    step: &mut Attempt,
    cost: &mut Cost,
) -> f64 {
    let weighted = |values: &mut dyn Iterator<Item = f64>| {
        let mut sum = 0.0;
        for (i, (v, y)) in values.zip(y).enumerate() {
            let ratio = v / (options.atol_of(i) + options.rtol * y.abs());
            sum += ratio * ratio;
        }
        (sum / y.len() as f64).sqrt()
    };
    let (d0, d1) = (weighted(&mut y.iter().copied()), weighted(&mut slope.iter().copied()));
    let guess = if d0 < 1e-5 || d1 < 1e-5 { 1e-6 } else { 0.01 * d0 / d1 };
    let guess = guess.min(span);
    step.y.iter_mut().zip(y.iter().zip(slope)).for_each(|(new, (y, f))| *new = y + guess * f);
    let mut scratch = vec![0.0; field.scratch()];
    field.rhs(t + guess, &step.y, &mut step.error, &mut scratch);
    cost.evaluations += 1;
    let d2 = weighted(&mut step.error.iter().zip(slope).map(|(b, a)| b - a)) / guess;
    let largest = d1.max(d2);
    let second = if largest <= 1e-15 { (1e-3 * guess).max(1e-6) } else { (0.01 / largest).powf(1.0 / q) };
    let h = second.min(100.0 * guess).min(span);
    if h.is_finite() && h > 0.0 { h } else { 1e-6 * span }
}
