//! The weights of a graded network as one vector of blocks.

use crate::error::{require, same_length};
use crate::{ParamBlock, ParamLayout, SignRule, SynapseError, Trainable};
use evoplast_neuron::Scalar;
use rand::{Rng, RngExt};
use std::ops::Range;

/// Numbers of channels, neurons and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradedShape {
    /// Input channels.
    pub channels: usize,
    /// Neurons.
    pub neurons: usize,
    /// Outputs.
    pub outputs: usize,
}

impl GradedShape {
    /// Where input weights are, `[channel][neuron]`.
    #[must_use]
    pub fn input(&self) -> Range<usize> {
        0..self.channels * self.neurons
    }

    /// Where recurrent weights are, `[pre][post]`.
    #[must_use]
    pub fn recurrent(&self) -> Range<usize> {
        let start = self.input().end;
        start..start + self.neurons * self.neurons
    }

    /// Where readout weights are, `[neuron][output]`.
    #[must_use]
    pub fn readout(&self) -> Range<usize> {
        let start = self.recurrent().end;
        start..start + self.neurons * self.outputs
    }

    /// Where the biases of the outputs are.
    #[must_use]
    pub fn bias(&self) -> Range<usize> {
        let start = self.readout().end;
        start..start + self.outputs
    }

    /// Number of weights.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bias().end
    }

    /// True without weights.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The blocks `input`, `recurrent`, `readout` and `bias`.
    #[must_use]
    pub fn layout(&self) -> ParamLayout {
        let block = |name: &str, range: Range<usize>, shape| ParamBlock {
            name: name.to_owned(),
            range,
            shape,
            sign: SignRule::Free,
            lower: f32::MIN,
            upper: f32::MAX,
        };
        let Self { channels, neurons, outputs } = *self;
        ParamLayout {
            blocks: vec![
                block("input", self.input(), (channels, neurons)),
                block("recurrent", self.recurrent(), (neurons, neurons)),
                block("readout", self.readout(), (neurons, outputs)),
                block("bias", self.bias(), (1, outputs)),
            ],
        }
    }
}

/// The weights of a graded network.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedWeights<F> {
    shape: GradedShape,
    values: Vec<F>,
    /// Sign of everything that a neuron sends to neurons, +1 or -1, if Dale's principle holds.
    signs: Option<Vec<i8>>,
}

impl<F: Scalar> GradedWeights<F> {
    /// Weights in the order of the layout.
    ///
    /// # Errors
    /// A wrong number of them, or one that is not finite.
    pub fn new(shape: GradedShape, values: Vec<F>) -> Result<Self, SynapseError> {
        let mut weights = Self { shape, values: Vec::new(), signs: None };
        weights.set(values)?;
        Ok(weights)
    }

    /// The initial weights of Hazelden et al.: input and readout uniform in 0.1 +- r with r = 1/sqrt(neurons), recurrent in
    /// 0.001 +- r and with probability 0.2 just 0.001, biases uniform in +- r.
    ///
    /// # Errors
    /// No neuron.
    pub fn hazelden(shape: GradedShape, rng: &mut impl Rng) -> Result<Self, SynapseError> {
        require(shape.neurons > 0, "graded network", "neurons", shape.neurons as f64, "at least 1")?;
        let r = 1.0 / (shape.neurons as f64).sqrt();
        let mut values = Vec::with_capacity(shape.len());
        let uniform = |rng: &mut dyn FnMut() -> f64, centre: f64| F::of(centre + r * (2.0 * rng() - 1.0));
        let mut draw = || rng.random::<f64>();
        for k in 0..shape.len() {
            values.push(if shape.input().contains(&k) || shape.readout().contains(&k) {
                uniform(&mut draw, 0.1)
            } else if shape.recurrent().contains(&k) {
                if draw() < 0.2 { F::of(0.001) } else { uniform(&mut draw, 0.001) }
            } else {
                uniform(&mut draw, 0.0)
            });
        }
        Self::new(shape, values)
    }

    /// Gives every neuron the sign (+1 or -1) of all it sends to other neurons: recurrent weights keep their magnitude.
    ///
    /// # Errors
    /// A wrong number of signs, or another value.
    pub fn dale(mut self, signs: Vec<i8>) -> Result<Self, SynapseError> {
        same_length("signs of neurons", signs.len(), self.shape.neurons)?;
        for &sign in &signs {
            require(sign == 1 || sign == -1, "graded network", "sign", sign.into(), "1 or -1")?;
        }
        let n = self.shape.neurons;
        for (row, &sign) in self.values[self.shape.recurrent()].chunks_exact_mut(n.max(1)).zip(&signs) {
            row.iter_mut().for_each(|w| *w = F::of(f64::from(sign)) * w.abs());
        }
        self.signs = Some(signs);
        Ok(self)
    }

    /// Numbers of channels, neurons and outputs.
    #[must_use]
    pub fn shape(&self) -> GradedShape {
        self.shape
    }

    /// All weights in the order of the layout.
    #[must_use]
    pub fn values(&self) -> &[F] {
        &self.values
    }

    /// Replaces all weights.
    ///
    /// # Errors
    /// A wrong number of values, or one that is not finite or has the wrong sign for its neuron; the weights are as before then.
    pub fn set(&mut self, values: Vec<F>) -> Result<(), SynapseError> {
        same_length("weights of the graded network", values.len(), self.shape.len())?;
        let recurrent = self.shape.recurrent();
        for (k, w) in values.iter().enumerate() {
            let sign = self.signs.as_ref().filter(|_| recurrent.contains(&k));
            let right = sign.is_none_or(|s| f64::from(s[(k - recurrent.start) / self.shape.neurons]) * w.wide() >= 0.0);
            let expected = "a finite weight with the sign of its presynaptic neuron";
            require(right, "graded network", "weight", w.wide(), expected)?;
        }
        self.values = values;
        Ok(())
    }

    /// Input weights `[channel][neuron]`.
    #[must_use]
    pub fn input(&self) -> &[F] {
        &self.values[self.shape.input()]
    }

    /// Recurrent weights `[pre][post]`.
    #[must_use]
    pub fn recurrent(&self) -> &[F] {
        &self.values[self.shape.recurrent()]
    }

    /// Readout weights `[neuron][output]`.
    #[must_use]
    pub fn readout(&self) -> &[F] {
        &self.values[self.shape.readout()]
    }

    /// Biases of the outputs.
    #[must_use]
    pub fn bias(&self) -> &[F] {
        &self.values[self.shape.bias()]
    }
}

impl<F: Scalar> Trainable for GradedWeights<F> {
    fn layout(&mut self) -> ParamLayout {
        self.shape.layout()
    }

    fn read(&mut self) -> Vec<f32> {
        self.values.iter().map(|w| w.wide() as f32).collect()
    }

    fn write(&mut self, values: &[f32]) -> Result<(), SynapseError> {
        self.set(values.iter().map(|&w| F::of(w.into())).collect())
    }
}
