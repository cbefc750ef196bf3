//! A chunk of up to `L` trials: the loop over steps.

use super::batch::to_lanes;
use super::noise::NoisyBase;
use super::product::accumulate;
use super::{Coupling, GradedBatch, GradedConfig, GradedKinetics, GradedState, GradedWeights, Stage};
use evoplast_neuron::dynamics::{Dynamics, Scheme, advance_lanes, parameters_as};
use evoplast_neuron::{Scalar, Vector};
use std::ops::Range;

/// Widths of chunks for which kernels are compiled.
const WIDTHS: [usize; 2] = [8, 16];

/// The chunks of a batch, the units of parallel work: trials and number of lanes of each, a function of the number of trials alone.
#[must_use]
pub fn chunks(trials: usize) -> Vec<(Range<usize>, usize)> {
    let [narrow, wide] = WIDTHS;
    let chunk = |start: usize| {
        let end = trials.min(start + wide);
        (start..end, if end - start <= narrow { narrow } else { wide })
    };
    (0..trials).step_by(wide).map(chunk).collect()
}

/// Runs an expression with `$L` as the number of lanes of a chunk, 8 or 16.
#[macro_export]
#[doc(hidden)]
macro_rules! __with_width {
    ($lanes:expr, $L:ident => $body:expr) => {
        match $lanes {
            8 => {
                const $L: usize = 8;
                $body
            }
            _ => {
                const $L: usize = 16;
                $body
            }
        }
    };
}
#[doc(inline)]
pub use __with_width as with_width;

/// How s follows T, in the number type of a computation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Follow<F> {
    /// `s = T`.
    AtOnce,
    /// `s += share (T - s)` once a step, with `share = 1 - e^(-dt/tau)`.
    Share(F),
    /// `ds/dt = rate (T - s)` at every stage, with `rate = 1/tau` (1/ms).
    Rate(F),
}

/// The constants of a network in the number type of a computation.
#[derive(Debug, Clone)]
pub struct Constants<D: Dynamics, F: Scalar> {
    /// Parameters of all neurons, or one entry if they are equal.
    pub params: Vec<D::Parameters<F>>,
    /// Step (ms).
    pub dt_ms: F,
    /// Potential of half release (mV).
    pub threshold_mv: F,
    /// One over the width of release (1/mV).
    pub per_slope: F,
    /// How receptors follow transmission.
    pub follow: Follow<F>,
    /// Factor from input to current.
    pub scale: F,
    /// Input of all neurons.
    pub applied: F,
    /// Current of all neurons.
    pub offset: F,
    /// Largest magnitude of a potential (mV).
    pub limit_mv: F,
    /// Stages, if the network is coupled at stages.
    pub stages: Option<&'static [Stage]>,
}

impl<D: Dynamics, F: Scalar> Constants<D, F> {
    /// Those of a configuration and parameters of neurons, both checked.
    #[must_use]
    pub fn new(config: &GradedConfig, params: &[D::Params]) -> Self {
        Self {
            params: params.iter().map(parameters_as::<D, F>).collect(),
            dt_ms: F::of(config.dt_ms),
            threshold_mv: F::of(config.threshold_mv),
            per_slope: F::of(1.0 / config.slope_mv),
            follow: match (config.kinetics, config.coupling) {
                (GradedKinetics::Instantaneous {}, _) => Follow::AtOnce,
                (GradedKinetics::Exponential { tau_ms }, Coupling::Step) => {
                    Follow::Share(F::of(-(-config.dt_ms / tau_ms).exp_m1()))
                }
                (GradedKinetics::Exponential { tau_ms }, Coupling::Stage) => Follow::Rate(F::of(1.0 / tau_ms)),
            },
            scale: F::of(config.scale),
            applied: F::of(config.applied),
            offset: F::of(config.offset),
            limit_mv: F::of(config.limit_mv),
            stages: config.stages().filter(|_| config.coupling == Coupling::Stage),
        }
    }
}

/// State and buffers of up to `L` trials, arrays `[neuron][lane]`.
#[derive(Debug, Clone)]
pub struct GradedChunk<F, const L: usize> {
    trials: Range<usize>,
    /// One array per state variable.
    pub variables: Vec<Vec<F>>,
    /// Transmission s.
    pub released: Vec<F>,
    /// Input of the channels of the present frame to the neurons.
    base: Vec<F>,
    current: Vec<F>,
    frame: Vec<F>,
    noise: Option<NoisyBase<F>>,
    /// Buffers of coupled stages, one array per state variable and one for s.
    stage: Vec<Vec<F>>,
    slope: Vec<Vec<F>>,
    sum: Vec<Vec<F>>,
}

/// A potential that is not finite or too large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divergence {
    /// Steps done before the one that diverged, since the chunk was made.
    pub step: usize,
    /// The neuron.
    pub neuron: usize,
    /// The trial of the batch.
    pub trial: usize,
    /// Its potential (mV).
    pub value: f64,
}

impl<F: Scalar, const L: usize> GradedChunk<F, L> {
    /// A chunk in the state of these trials, before the first step of a batch.
    #[must_use]
    pub fn new(state: &GradedState<F>, batch: &GradedBatch<F>, trials: Range<usize>) -> Self {
        let lanes = |column: &Vec<F>| {
            let mut out = vec![F::of(0.0); column.len() / state.trials * L];
            for (row, out) in column.chunks_exact(state.trials).zip(out.as_chunks_mut::<L>().0) {
                to_lanes(&row[trials.clone()], out);
            }
            out
        };
        let variables: Vec<_> = state.variables.iter().map(lanes).collect();
        let released = lanes(&state.released);
        let zeros = vec![F::of(0.0); released.len()];
        Self {
            stage: vec![Vec::new(); variables.len() + 1],
            slope: vec![Vec::new(); variables.len() + 1],
            sum: vec![Vec::new(); variables.len() + 1],
            variables,
            released,
            base: zeros.clone(),
            current: zeros,
            frame: vec![F::of(0.0); batch.channels() * L],
            noise: batch.noise().map(|noise| NoisyBase::new(noise, trials.clone())),
            trials,
        }
    }

    /// The trials of the batch in its lanes.
    #[must_use]
    pub fn trials(&self) -> Range<usize> {
        self.trials.clone()
    }

    /// Copies the state of its trials into that of the batch.
    pub fn store(&self, state: &mut GradedState<F>) {
        let arrays = self.variables.iter().zip(&mut state.variables);
        for (from, to) in arrays.chain([(&self.released, &mut state.released)]) {
            for (row, out) in from.as_chunks::<L>().0.iter().zip(to.chunks_exact_mut(state.trials)) {
                out[self.trials.clone()].copy_from_slice(&row[..self.trials.len()]);
            }
        }
    }

    /// The input of the present frame, `[channel][lane]`.
    #[must_use]
    pub fn frame(&self) -> &[[F; L]] {
        self.frame.as_chunks::<L>().0
    }

    /// Takes in the input of a frame of the batch.
    pub fn begin_frame(&mut self, batch: &GradedBatch<F>, frame: usize, weights: &GradedWeights<F>) {
        batch.frame(frame, self.trials.clone(), self.frame.as_chunks_mut::<L>().0);
        self.base.fill(F::of(0.0));
        accumulate::<F, L>(weights.input(), self.frame.as_chunks::<L>().0, self.base.as_chunks_mut::<L>().0);
    }

    /// What the channels of the present frame send to the neurons, `[neuron][lane]`.
    #[must_use]
    pub fn base(&self) -> &[F] {
        &self.base
    }

    /// Advances by `steps` steps within a frame and shows the state after each: the step (from 0), variables, transmission,
    /// and the current that led there (with coupled stages that of the last one, and without noise, which networks refuse there).
    ///
    /// # Errors
    /// The first potential of a step that diverged.
    pub fn advance<D: Dynamics, S: Scheme>(
        &mut self,
        constants: &Constants<D, F>,
        recurrent: &[F],
        steps: usize,
        mut look: impl FnMut(usize, &[&mut [F]], &[F], &[F]),
    ) -> Result<(), Divergence> {
        let Self { variables, released, base, current, noise, stage, slope, sum, trials, .. } = self;
        let mut columns: Vec<&mut [F]> = variables.iter_mut().map(Vec::as_mut_slice).collect();
        for step in 0..steps {
            if let Some(stages) = constants.stages {
                for buffers in [&mut *stage, slope, sum] {
                    buffers.iter_mut().for_each(|b| b.resize(base.len(), F::of(0.0)));
                }
                let buffers = [&mut *stage, slope, sum];
                run_stages::<D, F, L>(constants, stages, recurrent, &mut columns, released, buffers, base, current);
            } else {
                let base = noise.as_mut().map_or(base.as_slice(), |noise| noise.next::<L>(base));
                currents::<D, F, L>(constants, recurrent, released, base, current);
                advance_lanes::<D, S, F>(&constants.params, L, &mut columns, current, constants.dt_ms);
            }
            if release(constants, columns[0], released) {
                // Not a number is not below the limit either.
                let bad = |v: &F| v.abs().partial_cmp(&constants.limit_mv) != Some(std::cmp::Ordering::Less);
                let places = columns[0].iter().enumerate().filter(|(k, _)| k % L < trials.len());
                if let Some((k, v)) = places.into_iter().find(|(_, v)| bad(v)) {
                    return Err(Divergence { step, neuron: k / L, trial: trials.start + k % L, value: v.wide() });
                }
            }
            look(step, &columns, released, current);
        }
        Ok(())
    }
}

/// `I_j = scale (I_app + z_j) + offset` of all neurons, `base` being what the channels add to z.
pub fn currents<D: Dynamics, F: Scalar, const L: usize>(
    constants: &Constants<D, F>,
    recurrent: &[F],
    released: &[F],
    base: &[F],
    current: &mut [F],
) {
    current.copy_from_slice(base);
    accumulate::<F, L>(recurrent, released.as_chunks::<L>().0, current.as_chunks_mut::<L>().0);
    scaled(constants.scale, constants.applied, constants.offset, current);
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn scaled<F: Scalar>(scale: F, applied: F, offset: F, current: &mut [F]) {
    for z in current {
        *z = scale * (applied + *z) + offset;
    }
}

/// s after a step from V after it; with [`Follow::Rate`] it is that already. Says whether a potential has diverged.
fn release<D: Dynamics, F: Scalar>(constants: &Constants<D, F>, v: &[F], released: &mut [F]) -> bool {
    let Constants { threshold_mv, per_slope, limit_mv, .. } = *constants;
    match constants.follow {
        Follow::AtOnce => transmission(threshold_mv, per_slope, v, released),
        Follow::Share(share) => relax(threshold_mv, per_slope, share, v, released),
        Follow::Rate(_) => {}
    }
    beyond(limit_mv, v)
}

/// T from V, for every place.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub fn transmission<F: Scalar>(threshold: F, per_slope: F, v: &[F], out: &mut [F]) {
    for (v, t) in v.iter().zip(out) {
        *t = ((*v - threshold) * per_slope).logistic();
    }
}

/// `s += share (T(V) - s)`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn relax<F: Scalar>(threshold: F, per_slope: F, share: F, v: &[F], released: &mut [F]) {
    for (v, s) in v.iter().zip(released) {
        *s += share * (((*v - threshold) * per_slope).logistic() - *s);
    }
}

/// Whether the magnitude of a value is not below the limit.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn beyond<F: Scalar>(limit: F, v: &[F]) -> bool {
    let mut good = true;
    for v in v {
        good &= v.abs() < limit;
    }
    !good
}

/// A step of all neurons as one system. `buffers` are the state at a stage, its slope, and the weighted sum of slopes.
#[allow(clippy::too_many_arguments)]
fn run_stages<D: Dynamics, F: Scalar, const L: usize>(
    constants: &Constants<D, F>,
    stages: &[Stage],
    recurrent: &[F],
    columns: &mut [&mut [F]],
    released: &mut [F],
    buffers: [&mut Vec<Vec<F>>; 3],
    base: &[F],
    current: &mut [F],
) {
    let [stage, slope, sum] = buffers;
    let count = columns.len();
    let mut arrived = vec![F::of(0.0); base.len()];
    sum.iter_mut().for_each(|s| s.fill(F::of(0.0)));
    for s in stages {
        let h = F::of(s.a) * constants.dt_ms;
        let state = columns.iter().map(|x| &**x).chain([&*released]);
        for ((stage, x), slope) in stage.iter_mut().zip(state).zip(&*slope) {
            for ((y, x), f) in stage.iter_mut().zip(x).zip(slope) {
                *y = if s.a == 0.0 { *x } else { *x + h * *f };
            }
        }
        let weight = F::of(s.b) * constants.dt_ms;
        transmission(constants.threshold_mv, constants.per_slope, &stage[0], &mut arrived);
        if let Follow::Rate(rate) = constants.follow {
            // From here on what arrives is s; until here it was T.
            for (place, t) in arrived.iter_mut().enumerate() {
                let f = rate * (*t - stage[count][place]);
                slope[count][place] = f;
                sum[count][place] += weight * f;
                *t = stage[count][place];
            }
        }
        currents::<D, F, L>(constants, recurrent, &arrived, base, current);
        for (place, &input) in current.iter().enumerate() {
            let p = &constants.params[if constants.params.len() == 1 { 0 } else { place / L }];
            let x = D::State::from_fn(|k| stage[k][place]);
            let f = D::rates(p, &x, input);
            for k in 0..count {
                slope[k][place] = f[k];
                sum[k][place] += weight * f[k];
            }
        }
    }
    let state = columns.iter_mut().map(|x| &mut **x).chain([released]);
    for (x, sum) in state.zip(sum.iter()) {
        x.iter_mut().zip(sum).for_each(|(x, s)| *x += *s);
    }
}
