//! Differentiable populations behind one virtual call, and the list of models that can be one.

use crate::adjoint::{Adjoint, ForwardStep, Reset, ReverseStep};
use crate::error::BackpropError;
use crate::real::{Real, with_lanes};
use crate::surrogate::{Soft, SpikeFunction, Step};
use evoplast_neuron::{Alif, Glif3, Lif, Population, Receptors, SoaPopulation};

/// Numbers of arrays that a model needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrays {
    pub states: usize,
    pub records: usize,
    pub adjoints: usize,
}

/// A population's equations, shared by all trials; the state is elsewhere.
pub(crate) trait Cells<F: Real>: Send + Sync {
    fn arrays(&self) -> Arrays;
    fn at_rest(&self, lanes: usize, state: &mut [Vec<F>]);
    fn forward(&self, lanes: usize, spike: SpikeFunction, step: ForwardStep<'_, F>);
    fn pull_back(&self, lanes: usize, spike: SpikeFunction, reset: Reset, step: ReverseStep<'_, F>);
}

struct SoaCells<M: Adjoint, F: Real> {
    coefficients: M::StepCoefficients<F>,
}

impl<M: Adjoint, F: Real> Cells<F> for SoaCells<M, F> {
    fn arrays(&self) -> Arrays {
        Arrays { states: M::STATES, records: M::RECORDS, adjoints: M::ADJOINTS }
    }

    fn at_rest(&self, lanes: usize, state: &mut [Vec<F>]) {
        with_lanes!(lanes, L => M::at_rest::<F, L>(&self.coefficients, state));
    }

    fn forward(&self, lanes: usize, spike: SpikeFunction, step: ForwardStep<'_, F>) {
        let c = &self.coefficients;
        with_lanes!(lanes, L => match spike {
            SpikeFunction::Hard => M::forward::<F, _, L>(c, Step, step),
            SpikeFunction::Smooth { slope } => M::forward::<F, _, L>(c, Soft(F::of(slope)), step),
        });
    }

    fn pull_back(&self, lanes: usize, spike: SpikeFunction, reset: Reset, step: ReverseStep<'_, F>) {
        let c = &self.coefficients;
        with_lanes!(lanes, L => match spike {
            SpikeFunction::Hard => M::pull_back::<F, _, L>(c, Step, reset, step),
            SpikeFunction::Smooth { slope } => M::pull_back::<F, _, L>(c, Soft(F::of(slope)), reset, step),
        });
    }
}

/// What is taken over from a population of a network.
pub(crate) struct Taken<F: Real> {
    pub cells: Box<dyn Cells<F>>,
    pub receptors: Receptors,
    pub injected_pa: Vec<f32>,
}

type Take<F> = fn(&dyn Population, f64, bool) -> Option<Taken<F>>;

/// The models that have a derivative, by tag.
pub struct Adjoints<F: Real> {
    entries: Vec<(&'static str, Take<F>)>,
}

impl<F: Real> Default for Adjoints<F> {
    /// LIF, adaptive LIF and GLIF3.
    fn default() -> Self {
        Self { entries: vec![] }.with::<Lif>().with::<Alif>().with::<Glif3>()
    }
}

impl<F: Real> Adjoints<F> {
    /// Adds a model of your own.
    #[must_use]
    pub fn with<M: Adjoint>(mut self) -> Self {
        let take: Take<F> = |population, dt_ms, refractory| {
            let population = population.as_any().downcast_ref::<SoaPopulation<M>>()?;
            let coefficients = M::adjoint_coefficients(population.params(), dt_ms, refractory);
            Some(Taken {
                cells: Box::new(SoaCells::<M, F> { coefficients }),
                receptors: population.receptors().clone(),
                injected_pa: population.injected_pa().to_vec(),
            })
        };
        self.entries.push((M::NAME, take));
        self
    }

    pub(crate) fn take(
        &self,
        population: &dyn Population,
        index: usize,
        dt_ms: f64,
        refractory: bool,
    ) -> Result<Taken<F>, BackpropError> {
        self.entries.iter().find_map(|(_, take)| take(population, dt_ms, refractory)).ok_or_else(|| {
            BackpropError::NotDifferentiable {
                model: population.model(),
                population: index,
                known: self.entries.iter().map(|e| e.0).collect::<Vec<_>>().join(", "),
            }
        })
    }
}
