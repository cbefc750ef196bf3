//! The warm ring: a population behind one virtual call per step.

use crate::{NeuronError, NeuronModel, Receptors};
use std::any::Any;

/// A population of neurons of one model, object-safe.
pub trait Population: Send {
    /// Tag of the neuron model.
    fn model(&self) -> &'static str;
    /// Number of neurons.
    fn len(&self) -> usize;
    /// Never true: a population has at least one neuron.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Number of receptor ports.
    fn ports(&self) -> usize;
    /// Puts every neuron and receptor back to rest. Injected currents stay.
    fn reset(&mut self);
    /// Sets a constant current per neuron (pA) that is added to the synaptic one.
    ///
    /// # Errors
    /// A wrong number of values, or one that is not finite.
    fn inject(&mut self, current_pa: &[f32]) -> Result<(), NeuronError>;
    /// Advances one step. `input` holds one slice per port: the summed weights that arrive now (pA, or nS for a
    /// conductance port), one value per neuron; they are consumed and set to 0. The indices of the neurons that spike
    /// are appended to `spikes` in ascending order.
    fn advance(&mut self, input: &mut [&mut [f32]], spikes: &mut Vec<u32>);
    /// A state array by name (see [`NeuronModel::VARIABLES`]).
    fn variable(&self, name: &str) -> Option<&[f32]>;
    /// Names of the state arrays.
    fn variables(&self) -> &'static [&'static str];
    /// The current of the last step per neuron: synaptic and injected, pA.
    fn current_pa(&self) -> &[f32];
    /// The population itself, for whoever knows its model and needs its parameters ([`SoaPopulation::params`]).
    fn as_any(&self) -> &dyn Any;
}

/// The one implementation of [`Population`], for every [`NeuronModel`].
#[derive(Clone)]
pub struct SoaPopulation<M: NeuronModel> {
    n: usize,
    params: Vec<M::Params>,
    dt_ms: f32,
    coefficients: Vec<Vec<f32>>,
    rest: Vec<Vec<f32>>,
    state: Vec<Vec<f32>>,
    receptors: Receptors,
    injected_pa: Vec<f32>,
    current_pa: Vec<f32>,
    model: std::marker::PhantomData<M>,
}

impl<M: NeuronModel> SoaPopulation<M> {
    /// One neuron per entry of `params`, each with its own parameters, behind the given receptors.
    ///
    /// # Errors
    /// No neuron, a bad parameter, a `dt_ms` that is not positive, or receptors of another size.
    pub fn new(params: &[M::Params], receptors: Receptors, dt_ms: f64) -> Result<Self, NeuronError> {
        let n = params.len();
        if n == 0 {
            return Err(NeuronError::Empty { model: M::NAME });
        }
        crate::error::require(dt_ms > 0.0, M::NAME, "dt_ms", 0, dt_ms, "a positive number")?;
        if receptors.len() != n {
            return Err(NeuronError::Length { what: "receptors", found: receptors.len(), expected: n });
        }
        let mut coefficients = vec![vec![0.0; n]; M::COEFFICIENTS.len()];
        let mut rest = vec![vec![0.0; n]; M::VARIABLES.len()];
        let mut row = vec![0.0; M::COEFFICIENTS.len()];
        let mut zero = vec![0.0; M::VARIABLES.len()];
        for (i, p) in params.iter().enumerate() {
            M::coefficients(p, dt_ms, i, &mut row)?;
            M::rest(p, &mut zero);
            for (array, &value) in coefficients.iter_mut().zip(&row) {
                array[i] = value;
            }
            for (array, &value) in rest.iter_mut().zip(&zero) {
                array[i] = value;
            }
        }
        Ok(Self {
            n,
            params: params.to_vec(),
            dt_ms: dt_ms as f32,
            coefficients,
            state: rest.clone(),
            rest,
            receptors,
            injected_pa: vec![0.0; n],
            current_pa: vec![0.0; n],
            model: std::marker::PhantomData,
        })
    }

    /// Parameters of every neuron, as given.
    #[must_use]
    pub fn params(&self) -> &[M::Params] {
        &self.params
    }

    /// The receptors.
    #[must_use]
    pub fn receptors(&self) -> &Receptors {
        &self.receptors
    }

    /// Constant current of every neuron (pA), see [`Population::inject`].
    #[must_use]
    pub fn injected_pa(&self) -> &[f32] {
        &self.injected_pa
    }
}

impl<M: NeuronModel> Population for SoaPopulation<M> {
    fn model(&self) -> &'static str {
        M::NAME
    }

    fn len(&self) -> usize {
        self.n
    }

    fn ports(&self) -> usize {
        self.receptors.ports()
    }

    fn reset(&mut self) {
        for (state, rest) in self.state.iter_mut().zip(&self.rest) {
            state.copy_from_slice(rest);
        }
        self.receptors.reset();
        self.current_pa.fill(0.0);
    }

    fn inject(&mut self, current_pa: &[f32]) -> Result<(), NeuronError> {
        if current_pa.len() != self.n {
            return Err(NeuronError::Length { what: "injected currents", found: current_pa.len(), expected: self.n });
        }
        for (i, &c) in current_pa.iter().enumerate() {
            crate::error::require(true, M::NAME, "current_pa", i, f64::from(c), "a finite number")?;
        }
        self.injected_pa.copy_from_slice(current_pa);
        Ok(())
    }

    fn advance(&mut self, input: &mut [&mut [f32]], spikes: &mut Vec<u32>) {
        self.current_pa.copy_from_slice(&self.injected_pa);
        self.receptors.advance(input, &self.state[0], &mut self.current_pa);
        M::advance(&self.coefficients, &mut self.state, &self.current_pa, self.dt_ms);
        collect_spikes(&self.state[1], spikes);
    }

    fn variable(&self, name: &str) -> Option<&[f32]> {
        M::VARIABLES.iter().position(|&v| v == name).map(|k| self.state[k].as_slice())
    }

    fn variables(&self) -> &'static [&'static str] {
        M::VARIABLES
    }

    fn current_pa(&self) -> &[f32] {
        &self.current_pa
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Appends the indices of the neurons whose indicator is 1; silent chunks of 16 cost one comparison.
fn collect_spikes(z: &[f32], spikes: &mut Vec<u32>) {
    const CHUNK: usize = 16;
    for (c, chunk) in z.chunks(CHUNK).enumerate() {
        if chunk.iter().fold(0.0_f32, |any, &s| any + s) > 0.0 {
            let first = c * CHUNK;
            spikes.extend(chunk.iter().enumerate().filter(|(_, s)| **s > 0.0).map(|(i, _)| (first + i) as u32));
        }
    }
}
