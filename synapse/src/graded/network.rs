//! A graded network: trials in, mean transmission over windows out.

use super::chunk::{Constants, Divergence, GradedChunk, chunks, with_width};
use super::{Coupling, GradedBatch, GradedConfig, GradedState, GradedWeights};
use crate::SynapseError;
use crate::error::{require, same_length};
use evoplast_neuron::dynamics::{Dynamics, Scheme, with_scheme};
use evoplast_neuron::{Scalar, Vector};
use rayon::prelude::*;
use std::ops::Range;

/// Neurons and constants of a network; its weights come with every run, as candidates differ in nothing else.
#[derive(Debug, Clone)]
pub struct GradedNetwork<D: Dynamics> {
    config: GradedConfig,
    params: Vec<D::Params>,
    neurons: usize,
}

/// What a run gives.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedRun<F> {
    /// Mean transmission s over each window of the batch, `[window][neuron][trial]`.
    pub released: Vec<F>,
    /// The state at the end.
    pub state: GradedState<F>,
}

impl<D: Dynamics> GradedNetwork<D> {
    /// A network of `neurons`, with parameters for each or one entry for all.
    ///
    /// # Errors
    /// A constant or parameter outside its domain, or a wrong number of parameters.
    pub fn new(neurons: usize, params: Vec<D::Params>, config: GradedConfig) -> Result<Self, SynapseError> {
        require(neurons > 0, "graded network", "neurons", neurons as f64, "at least 1")?;
        config.check()?;
        if params.len() != 1 {
            same_length("parameters of neurons", params.len(), neurons)?;
        }
        params.iter().enumerate().try_for_each(|(i, p)| D::check(p, i))?;
        Ok(Self { config, params, neurons })
    }

    /// Its constants.
    #[must_use]
    pub fn config(&self) -> &GradedConfig {
        &self.config
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Its constants in the number type of a computation.
    #[must_use]
    pub fn constants<F: Scalar>(&self) -> Constants<D, F> {
        Constants::new(&self.config, &self.params)
    }

    /// Checks that weights, batch and state go with this network.
    ///
    /// # Errors
    /// The first size that does not.
    pub fn check<F: Scalar>(
        &self,
        weights: &GradedWeights<F>,
        batch: &GradedBatch<F>,
        state: &GradedState<F>,
    ) -> Result<(), SynapseError> {
        same_length("neurons of the weights", weights.shape().neurons, self.neurons)?;
        same_length("channels of the batch", batch.channels(), weights.shape().channels)?;
        same_length("trials of the state", state.trials, batch.trials())?;
        let once = batch.noise().is_none() || self.config.coupling == Coupling::Step;
        let deviation = batch.noise().map_or(0.0, |noise| noise.deviation);
        require(
            once,
            "graded batch",
            "noise",
            deviation,
            "no noise for `coupling = \"stage\"`, as it is drawn once a step",
        )?;
        same_length("variables of the state", state.variables.len(), <D::State<F> as Vector<F>>::LEN)?;
        for column in state.variables.iter().chain([&state.released]) {
            same_length("values of a state variable", column.len(), self.neurons * batch.trials())?;
        }
        Ok(())
    }

    /// Runs all trials of a batch from a state.
    ///
    /// # Errors
    /// Sizes that do not go together, or a potential that diverged: time, neuron, trial and value are named.
    pub fn run<F: Scalar>(
        &self,
        weights: &GradedWeights<F>,
        batch: &GradedBatch<F>,
        state: &GradedState<F>,
    ) -> Result<GradedRun<F>, SynapseError> {
        self.check(weights, batch, state)?;
        let constants = self.constants::<F>();
        let run = |(trials, lanes): (Range<usize>, usize)| {
            with_width!(lanes, L => {
                let mut chunk = GradedChunk::<F, L>::new(state, batch, trials);
                let sums = with_scheme!(self.config.scheme, S => run_chunk::<D, S, F, L>(&mut chunk, &constants, weights, batch));
                let mut out = state.clone();
                chunk.store(&mut out);
                sums.map(|sums| (chunk.trials(), sums, out, L))
            })
        };
        let parts: Vec<_> = chunks(batch.trials()).into_par_iter().map(run).collect();
        let n = self.neurons;
        let mut released = vec![F::of(0.0); batch.windows().len() * n * batch.trials()];
        let mut last = state.clone();
        for part in parts {
            let (trials, sums, out, lanes) = part.map_err(|at| self.diverged(at))?;
            for (row, sums) in released.chunks_exact_mut(batch.trials()).zip(sums.chunks_exact(lanes)) {
                row[trials.clone()].copy_from_slice(&sums[..trials.len()]);
            }
            let arrays = out.variables.iter().zip(&mut last.variables);
            for (from, to) in arrays.chain([(&out.released, &mut last.released)]) {
                for (from, to) in from.chunks_exact(batch.trials()).zip(to.chunks_exact_mut(batch.trials())) {
                    to[trials.clone()].copy_from_slice(&from[trials.clone()]);
                }
            }
        }
        Ok(GradedRun { released, state: last })
    }

    /// The error for a potential that diverged.
    #[must_use]
    pub fn diverged(&self, at: Divergence) -> SynapseError {
        SynapseError::Diverged {
            time_ms: (at.step + 1) as f64 * self.config.dt_ms,
            neuron: at.neuron,
            trial: at.trial,
            found: at.value,
            limit_mv: self.config.limit_mv,
        }
    }
}

/// Mean transmission over windows, `[window][neuron][lane]`.
fn run_chunk<D: Dynamics, S: Scheme, F: Scalar, const L: usize>(
    chunk: &mut GradedChunk<F, L>,
    constants: &Constants<D, F>,
    weights: &GradedWeights<F>,
    batch: &GradedBatch<F>,
) -> Result<Vec<F>, Divergence> {
    let length = chunk.released.len();
    let mut sums = vec![F::of(0.0); batch.windows().len() * length];
    for frame in 0..batch.steps() / batch.frame_steps() {
        let start = frame * batch.frame_steps();
        chunk.begin_frame(batch, frame, weights);
        let look = |step: usize, _: &[&mut [F]], released: &[F], _: &[F]| {
            for (window, sums) in batch.windows().iter().zip(sums.chunks_exact_mut(length)) {
                if window.contains(&(start + step)) {
                    sums.iter_mut().zip(released).for_each(|(sum, t)| *sum += *t);
                }
            }
        };
        let advanced = chunk.advance::<D, S>(constants, weights.recurrent(), batch.frame_steps(), look);
        advanced.map_err(|at| Divergence { step: start + at.step, ..at })?;
    }
    for (window, sums) in batch.windows().iter().zip(sums.chunks_exact_mut(length)) {
        let per_step = F::of(1.0 / window.len() as f64);
        sums.iter_mut().for_each(|sum| *sum *= per_step);
    }
    Ok(sums)
}

impl<F: Scalar> GradedRun<F> {
    /// Outputs `[window][output][trial]`: readout weights times mean transmission, and biases.
    #[must_use]
    pub fn outputs(&self, weights: &GradedWeights<F>) -> Vec<F> {
        let (shape, trials) = (weights.shape(), self.state.trials);
        let mut outputs = Vec::with_capacity(self.released.len() / shape.neurons * shape.outputs);
        for released in self.released.chunks_exact(shape.neurons * trials) {
            for o in 0..shape.outputs {
                let start = outputs.len();
                outputs.resize(start + trials, weights.bias()[o]);
                for (row, w) in released.chunks_exact(trials).zip(weights.readout().chunks_exact(shape.outputs)) {
                    for (y, t) in outputs[start..].iter_mut().zip(row) {
                        *y += w[o] * *t;
                    }
                }
            }
        }
        outputs
    }
}
