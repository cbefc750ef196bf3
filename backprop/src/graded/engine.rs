//! A batch forward, the loss, and the batch back.

use super::chunk::{Back, Explosion};
use crate::error::{BackpropError, require};
use crate::loss::{Loss, Traces};
use crate::real::Real;
use evoplast_neuron::Scalar;
use evoplast_neuron::dynamics::{Dynamics, with_scheme};
use evoplast_synapse::graded::{
    Constants, GradedBatch, GradedNetwork, GradedRun, GradedState, GradedWeights, chunks, product, with_width,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Options of [`GradedBptt`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GradedOptions {
    /// Checkpoints: the tape holds so many steps, rounded up to a multiple of 8, and going back runs every segment but the
    /// last again. Without it the tape holds the whole run. Results are the same bits.
    pub segment_steps: Option<usize>,
    /// Truncation: gradients do not pass from a window of so many steps to the one before. The state does.
    pub truncate_steps: Option<usize>,
    /// A block whose gradient has a larger Frobenius norm counts as exploded. None: any finite gradient is returned.
    pub gradient_limit: Option<f64>,
}

impl Default for GradedOptions {
    fn default() -> Self {
        Self { segment_steps: None, truncate_steps: None, gradient_limit: Some(1e12) }
    }
}

/// The loss of a batch and its gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedGradient<F> {
    /// The loss.
    pub loss: f64,
    /// Outputs, one entry a window.
    pub outputs: Traces<F>,
    /// Derivative of the loss by every weight, in the order of the layout.
    pub values: Vec<F>,
    /// The state at the end.
    pub state: GradedState<F>,
}

impl<F: Real> GradedGradient<F> {
    /// Euclidean norm of the gradient of one range of weights.
    #[must_use]
    pub fn norm(&self, range: Range<usize>) -> f64 {
        self.values[range].iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt()
    }
}

/// A graded network with gradients.
#[derive(Debug, Clone)]
pub struct GradedBptt<D: Dynamics> {
    network: GradedNetwork<D>,
    options: GradedOptions,
}

/// What the reverse of a chunk needs of the whole batch.
pub(super) struct Job<'a, D: Dynamics, F: Scalar> {
    pub constants: Constants<D, F>,
    pub weights: &'a GradedWeights<F>,
    /// Recurrent weights `[post][pre]`.
    pub transposed: Vec<F>,
    pub batch: &'a GradedBatch<F>,
    pub segment: usize,
    pub truncate: Option<usize>,
}

impl<D: Dynamics> GradedBptt<D> {
    /// Gradients of a network.
    ///
    /// # Errors
    /// An option outside its domain, or a model that is not smooth.
    pub fn new(network: GradedNetwork<D>, options: GradedOptions) -> Result<Self, BackpropError> {
        for (field, steps) in [("segment_steps", options.segment_steps), ("truncate_steps", options.truncate_steps)] {
            if let Some(steps) = steps {
                require(steps > 0, "graded options", field, steps as f64, "at least 1")?;
            }
        }
        if let Some(limit) = options.gradient_limit {
            require(limit > 0.0, "graded options", "gradient_limit", limit, "a positive number")?;
        }
        if D::RESETS {
            let known = "models without a reset".to_owned();
            return Err(BackpropError::NotDifferentiable { model: D::NAME, population: 0, known });
        }
        Ok(Self { network, options })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &GradedNetwork<D> {
        &self.network
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &GradedOptions {
        &self.options
    }

    /// The loss of a batch and its derivative by every weight.
    ///
    /// # Errors
    /// Sizes that do not go together, a potential that diverged, or a gradient that is not finite or too large: then time,
    /// neuron, trial and value of the adjoint are named.
    pub fn gradient<F: Real + Scalar>(
        &self,
        weights: &GradedWeights<F>,
        batch: &GradedBatch<F>,
        state: &GradedState<F>,
        loss: &dyn Loss<F>,
    ) -> Result<GradedGradient<F>, BackpropError> {
        self.network.check(weights, batch, state)?;
        let shape = weights.shape();
        let mut transposed = vec![Scalar::of(0.0); weights.recurrent().len()];
        product::transpose(weights.recurrent(), shape.neurons, &mut transposed);
        let steps = batch.steps();
        let segment = self.options.segment_steps.map_or(steps, |s| s.next_multiple_of(super::chunk::BLOCK).min(steps));
        let truncate = self.options.truncate_steps;
        let constants = self.network.constants();
        let job = Job { constants, weights, transposed, batch, segment: segment.max(1), truncate };

        // Forward.
        let plan = chunks(batch.trials());
        let forward: Vec<_> = plan
            .into_par_iter()
            .map(|(trials, lanes)| with_width!(lanes, L => self.forward::<F, L>(&job, state, trials)))
            .collect();
        let mut run = GradedRun {
            released: vec![Scalar::of(0.0); batch.windows().len() * shape.neurons * batch.trials()],
            state: state.clone(),
        };
        let mut backs = Vec::with_capacity(forward.len());
        for back in forward {
            let back = back?;
            back.store(&mut run);
            backs.push(back);
        }

        // Loss.
        let mut outputs = Traces::zeros(batch.windows().len(), shape.outputs, batch.trials());
        outputs.values = run.outputs(weights);
        let mut bar = Traces::zeros(outputs.steps, outputs.outputs, outputs.trials);
        let value = loss.evaluate(&outputs, &mut bar)?;

        // Back.
        let parts: Vec<_> = backs.into_par_iter().map(|mut back| back.run(self, &job, &bar, false)).collect();
        let mut values = vec![<F as Scalar>::of(0.0); shape.len()];
        for part in parts {
            values.iter_mut().zip(&part?).for_each(|(sum, g)| *sum += *g);
        }
        readout(weights, &run, &bar, &mut values);
        let gradient = GradedGradient { loss: value, outputs, values, state: run.state };
        match self.exploded(weights, &gradient) {
            None => Ok(gradient),
            Some(found) => Err(self.locate(&job, state, &bar, found)),
        }
    }

    fn forward<F: Real + Scalar, const L: usize>(
        &self,
        job: &Job<'_, D, F>,
        state: &GradedState<F>,
        trials: Range<usize>,
    ) -> Result<Box<dyn AnyBack<D, F>>, BackpropError> {
        let scheme = self.network.config().scheme;
        let mut back = Back::<F, L>::new(job, state, trials);
        let done = with_scheme!(scheme, S => back.forward::<D, S>(job));
        done.map_err(|at| self.network.diverged(at))?;
        Ok(Box::new(back))
    }

    /// The norm of the first block that is not finite or too large.
    fn exploded<F: Real + Scalar>(&self, weights: &GradedWeights<F>, gradient: &GradedGradient<F>) -> Option<f64> {
        let limit = self.options.gradient_limit.unwrap_or(f64::MAX);
        let blocks = weights.shape().layout().blocks;
        blocks.into_iter().map(|b| gradient.norm(b.range)).find(|norm| norm.is_nan() || *norm > limit)
    }

    /// Goes back once more with a look at every adjoint.
    fn locate<F: Real + Scalar>(
        &self,
        job: &Job<'_, D, F>,
        state: &GradedState<F>,
        bar: &Traces<F>,
        norm: f64,
    ) -> BackpropError {
        let mut worst: Option<Explosion> = None;
        for (trials, lanes) in chunks(job.batch.trials()) {
            let back = with_width!(lanes, L => self.forward::<F, L>(job, state, trials));
            let found = back.map(|mut back| {
                let _ = back.run(self, job, bar, true);
                back.worst()
            });
            if let Ok(Some(found)) = found
                && worst.is_none_or(|worst| found.worse(&worst))
            {
                worst = Some(found);
            }
        }
        let at = worst.unwrap_or_default();
        BackpropError::AdjointExploded {
            time_ms: at.step as f64 * self.network.config().dt_ms,
            neuron: at.neuron,
            trial: at.trial,
            found: at.found,
            norm,
            limit: self.options.gradient_limit.unwrap_or(f64::MAX),
        }
    }
}

/// The loss of a run and its derivative by readout weights and biases alone, which needs no way back through time; zeros for
/// all other weights.
///
/// # Errors
/// Targets of another shape than the outputs.
pub fn readout_gradient<F: Real + Scalar>(
    weights: &GradedWeights<F>,
    run: &GradedRun<F>,
    loss: &dyn Loss<F>,
) -> Result<(f64, Vec<F>), BackpropError> {
    let shape = weights.shape();
    let windows = run.released.len() / (shape.neurons * run.state.trials);
    let mut outputs = Traces::zeros(windows, shape.outputs, run.state.trials);
    outputs.values = run.outputs(weights);
    let mut bar = Traces::zeros(windows, shape.outputs, run.state.trials);
    let value = loss.evaluate(&outputs, &mut bar)?;
    let mut values = vec![<F as Scalar>::of(0.0); shape.len()];
    readout(weights, run, &bar, &mut values);
    Ok((value, values))
}

/// Adds the gradients of readout weights and biases, which are linear in mean transmission.
fn readout<F: Scalar + Real>(weights: &GradedWeights<F>, run: &GradedRun<F>, bar: &Traces<F>, values: &mut [F]) {
    let (shape, trials) = (weights.shape(), bar.trials);
    let per_window = shape.neurons * trials;
    for (window, released) in run.released.chunks_exact(per_window).enumerate() {
        for o in 0..shape.outputs {
            let bar = &bar.values[bar.at(window, o, 0)..][..trials];
            values[shape.bias().start + o] += bar.iter().copied().sum::<F>();
            for (i, row) in released.chunks_exact(trials).enumerate() {
                let sum = bar.iter().zip(row).map(|(g, t)| *g * *t).sum::<F>();
                values[shape.readout().start + i * shape.outputs + o] += sum;
            }
        }
    }
}

/// A chunk of either width.
pub(super) trait AnyBack<D: Dynamics, F: Scalar>: Send {
    /// Copies mean transmission and last state of its trials.
    fn store(&self, run: &mut GradedRun<F>);

    /// Goes back; returns the gradient of all weights but those of the readout.
    fn run(
        &mut self,
        engine: &GradedBptt<D>,
        job: &Job<'_, D, F>,
        bar: &Traces<F>,
        watch: bool,
    ) -> Result<Vec<F>, BackpropError>;

    /// The adjoint that was first not finite, or the largest, if it was watched.
    fn worst(&self) -> Option<Explosion>;
}
