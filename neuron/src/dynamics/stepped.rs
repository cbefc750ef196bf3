//! Vector field and scheme together as the model of a population.

use super::{Dynamics, Scheme, SchemeKind, rest, with_scheme};
use crate::{Kinetics, NeuronError, NeuronModel, Population, Receptors, SoaPopulation, Vector};
use std::marker::PhantomData;

/// The kernel of neurons with the dynamics `D`, advanced by the scheme `S`.
///
/// The current of a population is in pA and constant within a step; it becomes the input of the equations by
/// [`Dynamics::input_per_pa`]. A spike belongs to the step at whose end the potential has reached the spike level from below;
/// models with a reset are reset there, on the grid.
///
/// ```
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams, Rk4, Stepped};
/// use evoplast_neuron::{Population, Receptors, SoaPopulation};
/// let params = vec![MorrisLecarParams::default(); 2];
/// let mut cells =
///     SoaPopulation::<Stepped<MorrisLecar, Rk4>>::new(&params, Receptors::uniform(&[], 2, 0.05)?, 0.05)?;
/// cells.inject(&[30.0, 60.0])?; // with the default area, uA/cm2
/// let mut spikes = Vec::new();
/// (0..4000).for_each(|_| cells.advance(&mut [], &mut spikes));
/// let count = |i| spikes.iter().filter(|&&s| s == i).count();
/// assert_eq!((count(0), count(1)), (0, 3)); // 17 Hz for 200 ms
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Stepped<D, S>(PhantomData<(D, S)>);

impl<D: Dynamics, S: Scheme> NeuronModel for Stepped<D, S> {
    type Params = D::Params;
    type Coefficients = D::Coefficients;
    type State = D::Cell;
    const NAME: &'static str = D::NAME;
    const VARIABLES: &'static [&'static str] = D::CELL_VARIABLES;
    const COEFFICIENTS: &'static [&'static str] = D::COEFFICIENTS;

    fn coefficients(params: &D::Params, _dt_ms: f64, index: usize) -> Result<D::Coefficients, NeuronError> {
        D::check(params, index)?;
        let p = D::parameters(params);
        let last = [D::spike_level(params, &p), D::input_per_pa(params)];
        Ok(D::Coefficients::from_fn(|k| *p.values().iter().chain(&last).nth(k).unwrap_or(&0.0) as f32))
    }

    fn rest(params: &D::Params) -> D::Cell {
        let x = rest::<D>(params);
        D::Cell::from_fn(|k| match k {
            0 => x[0] as f32,
            1 => 0.0,
            _ => x[k - 1] as f32,
        })
    }

    #[inline(always)]
    fn step(c: D::Coefficients, state: D::Cell, current_pa: f32, dt_ms: f32) -> D::Cell {
        let n = D::PARAMETERS.len();
        let p = D::Parameters::from_fn(|k| c[k]);
        let (level, input) = (c[n], c[n + 1] * current_pa);
        let x = D::State::from_fn(|k| if k == 0 { state[0] } else { state[k + 1] });
        let next = S::step::<D, f32>(&p, &x, input, dt_ms);
        let above = next[0] >= level;
        let spike = if D::RESETS { above } else { above & (x[0] < level) };
        let after = D::reset(&p, &next);
        D::Cell::from_fn(|k| {
            let variable = if k == 0 { 0 } else { k - 1 };
            match k {
                1 => f32::from(spike),
                _ if D::RESETS && spike => after[variable],
                _ => next[variable],
            }
        })
    }
}

/// `n` equal neurons with the scheme that `scheme` names.
pub(crate) fn population<D: Dynamics>(
    params: &D::Params,
    scheme: SchemeKind,
    receptors: &[Kinetics],
    n: usize,
    dt_ms: f64,
) -> Result<Box<dyn Population>, NeuronError> {
    if n == 0 {
        return Err(NeuronError::Empty { model: D::NAME });
    }
    let receptors = Receptors::uniform(receptors, n, dt_ms)?;
    Ok(with_scheme!(scheme, S => Box::new(SoaPopulation::<Stepped<D, S>>::equal(params, n, receptors, dt_ms)?)))
}

/// The configuration of a model: parameters, scheme and receptors.
macro_rules! config {
    ($(#[$doc:meta])* $config:ident, $params:ty, $dynamics:ty, $tag:literal, $scheme:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $config {
            /// Parameters of every neuron.
            pub params: $params,
            /// How a step is made.
            pub scheme: crate::dynamics::SchemeKind,
            /// Receptor ports in order.
            pub receptors: Vec<crate::Kinetics>,
        }

        impl Default for $config {
            fn default() -> Self {
                let (params, scheme) = (<$params>::default(), crate::dynamics::SchemeKind::$scheme);
                Self { params, scheme, receptors: vec![crate::Kinetics::exponential(5.0), crate::Kinetics::exponential(10.0)] }
            }
        }

        #[typetag::serde(name = $tag)]
        impl crate::NeuronConfig for $config {
            fn build(&self, n: usize, dt_ms: f64) -> Result<Box<dyn crate::Population>, NeuronError> {
                crate::dynamics::stepped::population::<$dynamics>(&self.params, self.scheme, &self.receptors, n, dt_ms)
            }
        }
    };
}
pub(crate) use config;
