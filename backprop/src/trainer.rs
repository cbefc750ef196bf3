//! One step of training: gradient, clipping, an update of whatever kind, learning rates by block, Dale's principle.

use crate::constraint::{Clip, Dale};
use crate::error::BackpropError;
use crate::loss::Loss;
use crate::real::Real;
use crate::{Bptt, Gradient};
use evoplast_evolve::Updater;
use evoplast_synapse::SpikeRaster;

/// What surrounds an update of the weights.
#[derive(Debug, Clone)]
pub struct Trainer<F> {
    /// Factor on the change of every parameter.
    scale: Vec<F>,
    clip: Option<Clip>,
    dale: Option<Dale>,
}

/// What a training step found and did.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport<F> {
    /// The loss and the gradient before clipping.
    pub gradient: Gradient<F>,
    /// Norm of the gradient before clipping.
    pub norm: f64,
    /// Weights that Dale's principle set to 0.
    pub cut: usize,
}

impl<F: Real> Trainer<F> {
    /// Every parameter changes as the update says; no clipping, signs are free.
    #[must_use]
    pub fn new(model: &Bptt<F>) -> Self {
        Self { scale: vec![F::one(); model.layout().len()], clip: None, dale: None }
    }

    /// Multiplies the change of a block, or of all blocks whose name begins with `name` and a space, by `factor`. An
    /// update with the learning rate 1 then has this one. With 0 the block does not learn.
    ///
    /// # Errors
    /// A name that no block has, or a factor that is negative or not finite.
    pub fn learning_rate(mut self, model: &Bptt<F>, name: &str, factor: f64) -> Result<Self, BackpropError> {
        crate::error::require(factor >= 0.0, "trainer", "learning rate", factor, "a number >= 0")?;
        let blocks = &model.layout().blocks;
        let prefix = format!("{name} ");
        let chosen: Vec<_> = blocks.iter().filter(|b| b.name == name || b.name.starts_with(&prefix)).collect();
        if chosen.is_empty() {
            let known = blocks.iter().map(|b| b.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(BackpropError::UnknownBlock { found: name.to_owned(), known });
        }
        for block in chosen {
            self.scale[block.range.clone()].fill(F::of(factor));
        }
        Ok(self)
    }

    /// Shortens gradients to `clip`.
    #[must_use]
    pub fn clip(mut self, clip: Clip) -> Self {
        self.clip = Some(clip);
        self
    }

    /// Keeps the present signs of the weights. After a rewiring, call it again.
    #[must_use]
    pub fn dale(mut self, model: &Bptt<F>) -> Self {
        self.dale = Some(Dale::of(&model.parameters()));
        self
    }

    /// Computes the gradient of a batch and changes the weights: `update(parameters, gradient)` changes the parameters
    /// in place.
    ///
    /// # Errors
    /// As [`Bptt::gradient`], or parameters that are not finite after the update; the model keeps its weights then.
    pub fn step(
        &self,
        model: &mut Bptt<F>,
        batch: &[&[SpikeRaster]],
        steps: usize,
        loss: &dyn Loss<F>,
        update: &mut dyn FnMut(&mut [F], &[F]),
    ) -> Result<StepReport<F>, BackpropError> {
        let gradient = model.gradient(batch, steps, loss)?;
        let mut clipped = gradient.values.clone();
        let norm = match self.clip {
            Some(clip) => clip.apply(&mut clipped)?,
            None => clipped.iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt(),
        };
        let before = model.parameters();
        let mut after = before.clone();
        update(&mut after, &clipped);
        for ((a, &b), &scale) in after.iter_mut().zip(&before).zip(&self.scale) {
            if scale != F::one() {
                *a = b + scale * (*a - b);
            }
        }
        let cut = self.dale.as_ref().map_or(Ok(0), |d| d.project(&mut after))?;
        model.set_parameters(&after)?;
        Ok(StepReport { gradient, norm, cut })
    }
}

/// An updater of `evoplast-evolve` (SGD, momentum, Adam, ClipUp) as the update of [`Trainer::step`]. It keeps its state
/// in double precision. With learning rates by block give it the rate 1.
pub fn updating<F: Real>(updater: &mut dyn Updater) -> impl FnMut(&mut [F], &[F]) {
    let (mut wide_parameters, mut wide_gradient) = (Vec::new(), Vec::new());
    move |parameters, gradient| {
        for (wide, narrow) in [(&mut wide_parameters, &*parameters), (&mut wide_gradient, gradient)] {
            wide.clear();
            wide.extend(narrow.iter().map(|x| x.wide()));
        }
        updater.update(&mut wide_parameters, &wide_gradient);
        parameters.iter_mut().zip(&wide_parameters).for_each(|(p, &wide)| *p = F::of(wide));
    }
}
