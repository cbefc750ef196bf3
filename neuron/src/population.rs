//! The warm ring: a population behind one virtual call per step.

use crate::lanes::{Advance, all_equal};
use crate::{Coefficients, Column, NeuronError, NeuronModel, Receptors, State};
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
    /// Adds a current per neuron (pA) to the next step alone, such as that of gap junctions. Several add up.
    fn couple(&mut self, current_pa: &[f32]);
    /// Advances one step. `input` holds one slice per port: the summed weights that arrive now (pA, or nS for a
    /// conductance port), one value per neuron; they are consumed and set to 0. The indices of the neurons that spike
    /// are appended to `spikes` in ascending order.
    fn advance(&mut self, input: &mut [&mut [f32]], spikes: &mut Vec<u32>);
    /// A state array by name (see [`NeuronModel::VARIABLES`]).
    fn variable(&self, name: &str) -> Option<&[f32]>;
    /// Names of the state arrays.
    fn variables(&self) -> &'static [&'static str];
    /// Sets a state array by name, one value per neuron, for example an initial potential; [`reset`](Self::reset) goes
    /// back to rest.
    ///
    /// # Errors
    /// A name that the model does not have, a wrong number of values, or one that is not finite.
    fn set_variable(&mut self, name: &str, values: &[f32]) -> Result<(), NeuronError>;
    /// The current of the last step per neuron: synaptic and injected, pA.
    fn current_pa(&self) -> &[f32];
    /// Looks for a state that is not finite, as after a step that is too large for the scheme. Worth one look per trial or
    /// second, not per step: NaN stays.
    ///
    /// # Errors
    /// The first variable and neuron with such a value.
    fn check_finite(&self) -> Result<(), NeuronError> {
        for &name in self.variables() {
            let values = self.variable(name).unwrap_or(&[]);
            // Infinity and NaN alone have all bits of the exponent set; the largest bits of a column are found at once.
            let largest = values.iter().fold(0, |largest, x| largest.max(x.to_bits() & 0x7FFF_FFFF));
            if largest >= f32::INFINITY.to_bits() {
                let (neuron, found) =
                    values.iter().enumerate().find(|(_, x)| !x.is_finite()).map_or((0, 0.0), |(i, &x)| (i, x));
                return Err(NeuronError::State { model: self.model(), variable: name, neuron, found: found.into() });
            }
        }
        Ok(())
    }
    /// The population itself, for whoever knows its model and needs its parameters ([`SoaPopulation::params`]).
    fn as_any(&self) -> &dyn Any;
}

/// The one implementation of [`Population`], for every [`NeuronModel`].
///
/// A step runs block by block: the ports and the membrane of some hundred neurons, while they are in the nearest cache.
/// Coefficients that are equal for all neurons are stored once, see [`coefficients_stored`](Self::coefficients_stored).
#[derive(Clone)]
pub struct SoaPopulation<M: NeuronModel> {
    n: usize,
    params: Vec<M::Params>,
    dt_ms: f32,
    /// One column per coefficient, of one value if all neurons are equal.
    coefficients: Vec<Column>,
    rest: Vec<M::State>,
    state: Vec<Column>,
    receptors: Receptors,
    injected_pa: Column,
    /// The injected current if it is the same for all neurons.
    injected_everywhere_pa: Option<f32>,
    /// What [`Population::couple`] added for the next step; empty if nothing was.
    coupled_pa: Vec<f32>,
    current_pa: Column,
    baseline: bool,
    model: std::marker::PhantomData<M>,
}

/// Neurons of a block: the columns of a step, some twenty of 2 kB, fit the nearest cache of most machines, or nearly.
const BLOCK: usize = 1024;

impl<M: NeuronModel> SoaPopulation<M> {
    /// One neuron per entry of `params`, each with its own parameters, behind the given receptors.
    ///
    /// # Errors
    /// No neuron, a bad parameter, a `dt_ms` that is not positive, or receptors of another size.
    pub fn new(params: &[M::Params], receptors: Receptors, dt_ms: f64) -> Result<Self, NeuronError> {
        Self::with_rest(params, |params| params.iter().map(M::rest).collect(), receptors, dt_ms)
    }

    /// `n` equal neurons, whose rest is computed once.
    pub(crate) fn equal(params: &M::Params, n: usize, receptors: Receptors, dt_ms: f64) -> Result<Self, NeuronError> {
        Self::with_rest(&vec![params.clone(); n], |params| vec![M::rest(&params[0]); n], receptors, dt_ms)
    }

    /// The states at rest are asked for once the parameters are known to be valid.
    fn with_rest(
        params: &[M::Params],
        rest: impl FnOnce(&[M::Params]) -> Vec<M::State>,
        receptors: Receptors,
        dt_ms: f64,
    ) -> Result<Self, NeuronError> {
        const {
            assert!(M::VARIABLES.len() == M::State::LEN, "as many names of variables as variables");
            assert!(M::COEFFICIENTS.len() == M::Coefficients::LEN, "as many names of coefficients as coefficients");
        }
        let n = params.len();
        if n == 0 {
            return Err(NeuronError::Empty { model: M::NAME });
        }
        crate::error::require(dt_ms > 0.0, M::NAME, "dt_ms", 0, dt_ms, "a positive number")?;
        if receptors.len() != n {
            return Err(NeuronError::Length { what: "receptors", found: receptors.len(), expected: n });
        }
        let mut coefficients = vec![Vec::with_capacity(n); M::COEFFICIENTS.len()];
        for (i, p) in params.iter().enumerate() {
            let row = M::coefficients(p, dt_ms, i)?;
            coefficients.iter_mut().zip(row.as_slice()).for_each(|(column, &x)| column.push(x));
        }
        if coefficients.iter().all(|column| all_equal(column)) {
            coefficients.iter_mut().for_each(|column| column.truncate(1));
        }
        let mut population = Self {
            n,
            params: params.to_vec(),
            dt_ms: dt_ms as f32,
            coefficients: coefficients.iter().map(|column| Column::from(&**column)).collect(),
            rest: rest(params),
            state: vec![Column::new(0.0, n); M::VARIABLES.len()],
            receptors,
            injected_pa: Column::new(0.0, n),
            injected_everywhere_pa: Some(0.0),
            coupled_pa: vec![],
            current_pa: Column::new(0.0, n),
            baseline: false,
            model: std::marker::PhantomData,
        };
        population.reset();
        Ok(population)
    }

    /// Runs the code compiled for the baseline instruction set instead of the best one of the machine. A test of a
    /// model compares both: they give the same bits.
    #[must_use]
    pub fn with_baseline_code(mut self) -> Self {
        self.baseline = true;
        self
    }

    /// How many values of each coefficient are stored: 1 if all neurons are equal, else one per neuron.
    #[must_use]
    pub fn coefficients_stored(&self) -> usize {
        self.coefficients.first().map_or(0, |column| column.len())
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
        for (i, rest) in self.rest.iter().enumerate() {
            self.state.iter_mut().zip(rest.as_slice()).for_each(|(column, &x)| column[i] = x);
        }
        self.receptors.reset();
        self.current_pa.fill(0.0);
        self.coupled_pa.clear();
    }

    fn inject(&mut self, current_pa: &[f32]) -> Result<(), NeuronError> {
        if current_pa.len() != self.n {
            return Err(NeuronError::Length { what: "injected currents", found: current_pa.len(), expected: self.n });
        }
        for (i, &c) in current_pa.iter().enumerate() {
            crate::error::require(true, M::NAME, "current_pa", i, f64::from(c), "a finite number")?;
        }
        self.injected_pa.copy_from_slice(current_pa);
        self.injected_everywhere_pa = current_pa.first().copied().filter(|_| all_equal(current_pa));
        Ok(())
    }

    fn couple(&mut self, current_pa: &[f32]) {
        self.coupled_pa.resize(self.n, 0.0);
        self.coupled_pa.iter_mut().zip(current_pa).for_each(|(sum, x)| *sum += x);
    }

    fn advance(&mut self, input: &mut [&mut [f32]], spikes: &mut Vec<u32>) {
        let (dt_ms, baseline) = (self.dt_ms, self.baseline);
        for first in (0..self.n).step_by(BLOCK) {
            let block = first..(first + BLOCK).min(self.n);
            let current = &mut self.current_pa[block.clone()];
            let start = self.injected_everywhere_pa.filter(|_| self.coupled_pa.is_empty());
            if start.is_none() {
                current.copy_from_slice(&self.injected_pa[block.clone()]);
            }
            if let Some(coupled) = self.coupled_pa.get(block.clone()) {
                current.iter_mut().zip(coupled).for_each(|(sum, x)| *sum += x);
            }
            let v = &self.state[0][block.clone()];
            self.receptors.advance_range(block.clone(), input, v, start, current, baseline);
            let current = &self.current_pa[block.clone()];
            let any = if self.coefficients_stored() == self.n {
                let c = M::Coefficients::slices(&self.coefficients, block.clone());
                let kernel = Different::<M> { c, current, dt_ms };
                M::State::sweep(&mut self.state, block.clone(), baseline, kernel)
            } else {
                let c = M::Coefficients::read(M::Coefficients::slices(&self.coefficients, 0..1), 0);
                M::State::sweep(&mut self.state, block.clone(), baseline, Equal::<M> { c, current, dt_ms })
            };
            if any {
                collect_spikes(&self.state[1][block], first, spikes);
            }
        }
        self.coupled_pa.clear();
    }

    fn variable(&self, name: &str) -> Option<&[f32]> {
        M::VARIABLES.iter().position(|&v| v == name).map(|k| &*self.state[k])
    }

    fn variables(&self) -> &'static [&'static str] {
        M::VARIABLES
    }

    fn set_variable(&mut self, name: &str, values: &[f32]) -> Result<(), NeuronError> {
        let unknown = || NeuronError::Variable { model: M::NAME, found: name.to_owned(), expected: M::VARIABLES };
        let k = M::VARIABLES.iter().position(|&v| v == name).ok_or_else(unknown)?;
        if values.len() != self.n {
            return Err(NeuronError::Length { what: "values of a state array", found: values.len(), expected: self.n });
        }
        for (i, &x) in values.iter().enumerate() {
            crate::error::require(true, M::NAME, M::VARIABLES[k], i, f64::from(x), "a finite number")?;
        }
        self.state[k].copy_from_slice(values);
        Ok(())
    }

    fn current_pa(&self) -> &[f32] {
        &self.current_pa
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The step of neurons that all have the same coefficients.
struct Equal<'a, M: NeuronModel> {
    c: M::Coefficients,
    current: &'a [f32],
    dt_ms: f32,
}

impl<M: NeuronModel> Advance<M::State> for Equal<'_, M> {
    #[inline(always)]
    fn first(self, n: usize) -> Self {
        Self { current: &self.current[..n], ..self }
    }

    #[inline(always)]
    fn advance(&self, i: usize, state: M::State) -> M::State {
        M::step(self.c, state, self.current[i], self.dt_ms)
    }
}

/// The step of neurons with coefficients of their own.
struct Different<'a, M: NeuronModel> {
    c: <M::Coefficients as Coefficients>::Slices<'a>,
    current: &'a [f32],
    dt_ms: f32,
}

impl<M: NeuronModel> Advance<M::State> for Different<'_, M> {
    #[inline(always)]
    fn first(self, n: usize) -> Self {
        Self { c: M::Coefficients::first(self.c, n), current: &self.current[..n], ..self }
    }

    #[inline(always)]
    fn advance(&self, i: usize, state: M::State) -> M::State {
        M::step(M::Coefficients::read(self.c, i), state, self.current[i], self.dt_ms)
    }
}

/// Appends the indices of the neurons whose indicator is 1; silent chunks of 16 cost one comparison.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn collect_spikes(z: &[f32], first: usize, spikes: &mut Vec<u32>) {
    const CHUNK: usize = 16;
    for (c, chunk) in z.chunks(CHUNK).enumerate() {
        if chunk.iter().fold(0, |any, s| any | s.to_bits()) != 0 {
            let first = first + c * CHUNK;
            spikes.extend(chunk.iter().enumerate().filter(|(_, s)| **s > 0.0).map(|(i, _)| (first + i) as u32));
        }
    }
}
