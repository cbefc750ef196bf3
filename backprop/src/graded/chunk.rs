//! The tape of a chunk of trials, and the way back through it.

use super::engine::{AnyBack, GradedBptt, Job};
use super::stages;
use crate::error::BackpropError;
use crate::loss::Traces;
use evoplast_neuron::dynamics::{Dynamics, Scheme, step_with_jacobian, with_scheme};
use evoplast_neuron::{Scalar, Tangent, Vector};
use evoplast_synapse::graded::product::{accumulate, correlate};
use evoplast_synapse::graded::{Constants, Divergence, Follow, GradedChunk, GradedRun, GradedState, transmission};
use std::ops::Range;

/// Steps whose products with transmission are added to the gradient at once. Segments are multiples, so that the order of
/// sums does not depend on them.
pub(super) const BLOCK: usize = 8;

/// Most state variables of a model.
const MOST: usize = 8;

/// An adjoint that is not finite, or the largest one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Explosion {
    pub step: usize,
    pub neuron: usize,
    pub trial: usize,
    pub found: f64,
}

impl Explosion {
    /// Not finite beats finite, later beats earlier among those (going back, it came first), else the larger magnitude.
    pub fn worse(&self, other: &Self) -> bool {
        match (self.found.is_finite(), other.found.is_finite()) {
            (false, false) => self.step > other.step,
            (false, true) => true,
            (true, false) => false,
            (true, true) => self.found.abs() > other.found.abs(),
        }
    }
}

/// States of the steps of a segment; entry 0 is before its first step.
#[derive(Debug, Clone, Default)]
struct Tape<F> {
    /// `[step][variable][neuron][lane]`.
    states: Vec<F>,
    /// Transmission s, `[step][neuron][lane]`.
    released: Vec<F>,
    /// `[step][neuron][lane]`; entry s led to step s + 1.
    currents: Vec<F>,
}

/// A chunk with what it needs to go back.
pub(super) struct Back<F, const L: usize> {
    chunk: GradedChunk<F, L>,
    neurons: usize,
    /// The chunk before each segment.
    checkpoints: Vec<GradedChunk<F, L>>,
    tape: Tape<F>,
    /// Mean transmission over windows, `[window][neuron][lane]`.
    means: Vec<F>,
    worst: Option<Explosion>,
}

impl<F: Scalar, const L: usize> Back<F, L> {
    pub(super) fn new<D: Dynamics>(job: &Job<'_, D, F>, state: &GradedState<F>, trials: Range<usize>) -> Self {
        let chunk = GradedChunk::new(state, job.batch, trials);
        let length = chunk.released.len();
        let means = vec![F::of(0.0); job.batch.windows().len() * length];
        Self { chunk, neurons: length / L, checkpoints: vec![], tape: Tape::default(), means, worst: None }
    }

    /// Runs all segments, and keeps the tape of the last one.
    pub(super) fn forward<D: Dynamics, S: Scheme>(&mut self, job: &Job<'_, D, F>) -> Result<(), Divergence> {
        let steps = job.batch.steps();
        for start in (0..steps).step_by(job.segment) {
            self.checkpoints.push(self.chunk.clone());
            self.run_segment::<D, S>(job, start..steps.min(start + job.segment), true)?;
        }
        for (window, mean) in job.batch.windows().iter().zip(self.means.chunks_exact_mut(self.neurons * L)) {
            let per_step = F::of(1.0 / window.len() as f64);
            mean.iter_mut().for_each(|m| *m *= per_step);
        }
        Ok(())
    }

    /// Runs a segment from the present state and records it.
    fn run_segment<D: Dynamics, S: Scheme>(
        &mut self,
        job: &Job<'_, D, F>,
        steps: Range<usize>,
        first: bool,
    ) -> Result<(), Divergence> {
        let Self { chunk, tape, means, .. } = self;
        let length = chunk.released.len();
        tape.states.clear();
        tape.released.clear();
        tape.currents.clear();
        chunk.variables.iter().for_each(|column| tape.states.extend_from_slice(column));
        tape.released.extend_from_slice(&chunk.released);
        let mut start = steps.start;
        while start < steps.end {
            let frame = start / job.batch.frame_steps();
            let end = steps.end.min((frame + 1) * job.batch.frame_steps());
            chunk.begin_frame(job.batch, frame, job.weights);
            let look = |step: usize, columns: &[&mut [F]], released: &[F], current: &[F]| {
                columns.iter().for_each(|column| tape.states.extend_from_slice(column));
                tape.released.extend_from_slice(released);
                tape.currents.extend_from_slice(current);
                if !first {
                    return;
                }
                for (window, mean) in job.batch.windows().iter().zip(means.chunks_exact_mut(length)) {
                    if window.contains(&(start + step)) {
                        mean.iter_mut().zip(released).for_each(|(sum, t)| *sum += *t);
                    }
                }
            };
            let advanced = chunk.advance::<D, S>(&job.constants, job.weights.recurrent(), end - start, look);
            advanced.map_err(|at| Divergence { step: start + at.step, ..at })?;
            start = end;
        }
        Ok(())
    }

    /// Goes back through all segments.
    fn back<D: Dynamics, S: Scheme>(
        &mut self,
        job: &Job<'_, D, F>,
        bar: &Traces<F>,
        watch: bool,
    ) -> Result<Vec<F>, Divergence> {
        let (length, variables) = (self.neurons * L, self.chunk.variables.len());
        let shape = job.weights.shape();
        let mut gradient = vec![F::of(0.0); shape.len()];
        let pulls = self.pulls(job, bar);
        let mut reverse = Reverse {
            x_bar: vec![F::of(0.0); variables * length],
            t_bar: vec![F::of(0.0); length],
            t: vec![F::of(0.0); length],
            frame_bar: vec![F::of(0.0); length],
            z_bars: vec![F::of(0.0); BLOCK * length],
        };
        let steps = job.batch.steps();
        let starts: Vec<usize> = (0..steps).step_by(job.segment).collect();
        for (segment, &start) in starts.iter().enumerate().rev() {
            let range = start..steps.min(start + job.segment);
            if segment + 1 < starts.len() {
                self.chunk = self.checkpoints[segment].clone();
                self.run_segment::<D, S>(job, range.clone(), false)?;
            }
            for step in range.rev() {
                self.step_back::<D, S>(job, step, start, &pulls, &mut reverse, &mut gradient);
                if watch {
                    self.watch(step, &reverse.x_bar);
                }
                if job.truncate.is_some_and(|window| step % window == 0) {
                    reverse.x_bar.fill(F::of(0.0));
                    reverse.t_bar.fill(F::of(0.0));
                }
            }
        }
        Ok(gradient)
    }

    /// What each window adds to the adjoint of s at each of its steps, `[window][neuron][lane]`.
    fn pulls<D: Dynamics>(&self, job: &Job<'_, D, F>, bar: &Traces<F>) -> Vec<F> {
        let (shape, trials) = (job.weights.shape(), self.chunk.trials());
        let mut pulls = vec![F::of(0.0); self.means.len()];
        for (w, (window, pull)) in job.batch.windows().iter().zip(pulls.chunks_exact_mut(self.neurons * L)).enumerate()
        {
            let per_step = F::of(1.0 / window.len() as f64);
            for (pull, weights) in
                pull.as_chunks_mut::<L>().0.iter_mut().zip(job.weights.readout().chunks_exact(shape.outputs))
            {
                for (o, &r) in weights.iter().enumerate() {
                    let bar = &bar.values[bar_at(bar, w, o)..][trials.clone()];
                    pull.iter_mut().zip(bar).for_each(|(p, g)| *p += per_step * r * *g);
                }
            }
        }
        pulls
    }

    /// Goes back through step `step` of the run, of a segment that begins at `start`.
    fn step_back<D: Dynamics, S: Scheme>(
        &mut self,
        job: &Job<'_, D, F>,
        step: usize,
        start: usize,
        pulls: &[F],
        reverse: &mut Reverse<F>,
        gradient: &mut [F],
    ) {
        let (n, length, shape) = (self.neurons, self.neurons * L, job.weights.shape());
        let (before, after) = (step - start, step - start + 1);
        let states = self.chunk.variables.len() * length;
        let x = &self.tape.states[before * states..after * states];
        let Reverse { x_bar, t_bar, t, frame_bar, z_bars } = reverse;
        let windows = job.batch.windows().iter().zip(pulls.chunks_exact(length));
        for (_, pull) in windows.filter(|(window, _)| window.contains(&step)) {
            t_bar.iter_mut().zip(pull).for_each(|(t, p)| *t += *p);
        }
        let next = &self.tape.states[after * states..][..length];
        let released = &self.tape.released[after * length..][..length];
        follow_back(&job.constants, next, released, t, t_bar, &mut x_bar[..length]);
        if self.frame_ends_with(job, step) {
            // The frame of this step, for its input and, with coupled stages, for what it adds to z.
            self.chunk.begin_frame(job.batch, step / job.batch.frame_steps(), job.weights);
        }
        let slot = step % BLOCK;
        if let Some(list) = job.constants.stages {
            let base = self.chunk.base();
            let recurrent = &mut gradient[shape.recurrent()];
            let zs = &mut z_bars[..length];
            let before = State { x, s: &self.tape.released[before * length..][..length] };
            stages::step_back::<D, F, L>(job, list, before, base, [x_bar, t_bar], zs, recurrent);
            frame_bar.iter_mut().zip(&*zs).for_each(|(sum, z)| *sum += *z);
        } else {
            let current = &self.tape.currents[before * length..after * length];
            let z_bar = &mut z_bars[slot * length..(slot + 1) * length];
            cells_back::<D, S, F, L>(
                &job.constants.params,
                job.constants.dt_ms,
                job.constants.scale,
                x,
                current,
                x_bar,
                z_bar,
            );
            accumulate::<F, L>(&job.transposed, z_bar.as_chunks::<L>().0, t_bar.as_chunks_mut::<L>().0);
            frame_bar.iter_mut().zip(&*z_bar).for_each(|(sum, z)| *sum += *z);
            if slot == 0 {
                // The steps of the block, all of one segment.
                let count = BLOCK.min(job.batch.steps() - step);
                let released = &self.tape.released[before * length..(before + count) * length];
                let recurrent = &mut gradient[shape.recurrent()];
                let zs = z_bars[..count * length].as_chunks::<L>().0;
                correlate::<F, L>(released.as_chunks::<L>().0, zs, n, n, recurrent);
            }
        }
        if step.is_multiple_of(job.batch.frame_steps()) {
            let input = &mut gradient[shape.input()];
            correlate::<F, L>(self.chunk.frame(), frame_bar.as_chunks::<L>().0, shape.channels, n, input);
            frame_bar.fill(F::of(0.0));
        }
    }

    /// Whether the frame of a step has to be taken in before going back through it.
    fn frame_ends_with<D: Dynamics>(&self, job: &Job<'_, D, F>, step: usize) -> bool {
        let hold = job.batch.frame_steps();
        (step + 1).is_multiple_of(hold) || (step + 1).is_multiple_of(job.segment) || step + 1 == job.batch.steps()
    }

    fn watch(&mut self, step: usize, x_bar: &[F]) {
        let trials = self.chunk.trials();
        for (k, g) in x_bar.iter().enumerate().filter(|(k, _)| k % L < trials.len()) {
            let (neuron, trial) = (k / L % self.neurons, trials.start + k % L);
            let found = Explosion { step, neuron, trial, found: g.wide() };
            if self.worst.is_none_or(|worst| found.worse(&worst)) {
                self.worst = Some(found);
            }
        }
    }
}

impl<D: Dynamics, F: Scalar, const L: usize> AnyBack<D, F> for Back<F, L> {
    fn store(&self, run: &mut GradedRun<F>) {
        let (trials, all) = (self.chunk.trials(), run.state.trials);
        for (row, mean) in run.released.chunks_exact_mut(all).zip(self.means.as_chunks::<L>().0) {
            row[trials.clone()].copy_from_slice(&mean[..trials.len()]);
        }
        self.chunk.store(&mut run.state);
    }

    fn run(
        &mut self,
        engine: &GradedBptt<D>,
        job: &Job<'_, D, F>,
        bar: &Traces<F>,
        watch: bool,
    ) -> Result<Vec<F>, BackpropError> {
        let done = with_scheme!(engine.network().config().scheme, S => self.back::<D, S>(job, bar, watch));
        done.map_err(|at| engine.network().diverged(at).into())
    }

    fn worst(&self) -> Option<Explosion> {
        self.worst
    }
}

/// Buffers of the way back.
struct Reverse<F> {
    /// Adjoints of the state, `[variable][neuron][lane]`.
    x_bar: Vec<F>,
    /// Adjoint of s.
    t_bar: Vec<F>,
    /// Transmission T, where s is another one.
    t: Vec<F>,
    /// Sum of the adjoints of z over the steps of a frame.
    frame_bar: Vec<F>,
    /// Adjoints of z in the steps of a block.
    z_bars: Vec<F>,
}

/// Position of the first trial of an output.
fn bar_at<F: Scalar>(bar: &Traces<F>, window: usize, output: usize) -> usize {
    (window * bar.outputs + output) * bar.trials
}

/// State variables and transmission before a step.
#[derive(Clone, Copy)]
pub(super) struct State<'a, F> {
    /// `[variable][neuron][lane]`.
    pub x: &'a [F],
    /// `[neuron][lane]`.
    pub s: &'a [F],
}

/// From the adjoint of s after a step to what of it belongs to V after the step and to s before it; `t` is a buffer. With coupled stages that
/// follow at a rate both are a matter of the stages.
fn follow_back<D: Dynamics, F: Scalar>(
    constants: &Constants<D, F>,
    v: &[F],
    released: &[F],
    t: &mut [F],
    t_bar: &mut [F],
    v_bar: &mut [F],
) {
    match constants.follow {
        Follow::AtOnce => {
            release_back(constants.per_slope, released, t_bar, v_bar);
            t_bar.fill(F::of(0.0));
        }
        Follow::Share(share) => {
            transmission(constants.threshold_mv, constants.per_slope, v, t);
            release_back(share * constants.per_slope, t, t_bar, v_bar);
            t_bar.iter_mut().for_each(|s| *s *= F::of(1.0) - share);
        }
        Follow::Rate(_) => {}
    }
}

/// `V_bar += T_bar T (1 - T)/K_p`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(super) fn release_back<F: Scalar>(per_slope: F, released: &[F], t_bar: &[F], v_bar: &mut [F]) {
    for ((v, t), bar) in v_bar.iter_mut().zip(released).zip(t_bar) {
        *v += *bar * (*t * (F::of(1.0) - *t) * per_slope);
    }
}

/// Adjoints of state and synaptic input before a step from those of the state after it.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn cells_back<D: Dynamics, S: Scheme, F: Scalar, const L: usize>(
    params: &[D::Parameters<F>],
    dt_ms: F,
    scale: F,
    x: &[F],
    current: &[F],
    x_bar: &mut [F],
    z_bar: &mut [F],
) {
    let (count, length) = (<D::State<F> as Vector<F>>::LEN, current.len());
    let (current, z_bar) = (current.as_chunks::<L>().0, z_bar.as_chunks_mut::<L>().0);
    for (i, (current, z_bar)) in current.iter().zip(z_bar).enumerate() {
        let p = &params[if params.len() == 1 { 0 } else { i }];
        // Local copies, which are known not to overlap.
        let (mut state, mut bar) = ([[F::of(0.0); L]; MOST], [[F::of(0.0); L]; MOST]);
        for k in 0..count {
            state[k].copy_from_slice(&x[k * length + i * L..][..L]);
            bar[k].copy_from_slice(&x_bar[k * length + i * L..][..L]);
        }
        let mut input_bar = [F::of(0.0); L];
        let mut before = [[F::of(0.0); L]; MOST];
        for l in 0..L {
            let x = D::State::from_fn(|k| state[k][l]);
            let next = step_with_jacobian::<D, S, F>(p, &x, current[l], dt_ms);
            for j in 0..count {
                let mut sum = F::of(0.0);
                for k in 0..count {
                    sum += bar[k][l] * next[k].part(j);
                }
                before[j][l] = sum;
            }
            let mut sum = F::of(0.0);
            for k in 0..count {
                sum += bar[k][l] * next[k].part(count);
            }
            input_bar[l] = scale * sum;
        }
        for k in 0..count {
            x_bar[k * length + i * L..][..L].copy_from_slice(&before[k]);
        }
        *z_bar = input_bar;
    }
}
