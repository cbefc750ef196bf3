//! Receptor ports: linear filters between arriving spikes and membrane current.
//!
//! A port sums the weights of all spikes that arrive at a neuron and filters the sum; because the filter is linear,
//! its state is one or two numbers per neuron and port, however many synapses there are.
//!
//! | shape | response to a unit weight at t = 0 | peak |
//! |---|---|---|
//! | delta | one step of 1 | 1 |
//! | exponential | e^(-t/tau) | 1 at t = 0 |
//! | alpha | (t/tau) e^(1-t/tau) | 1 at t = tau |
//!
//! On the grid, with beta = e^(-dt/tau) and old values on the right, the alpha filter is
//! `psc' = beta (psc + dt rise)`, `rise' = beta rise + (e/tau) in` (Chen, Scherr, Maass 2022,
//! doi 10.1126/sciadv.abq7592); it is exact at the grid points. A port with a reversal potential is a conductance in nS.

use crate::{Column, NeuronError, error::require, filter, filter::Pass, lanes::all_equal};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The shape of a receptor's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KineticsShape {
    /// The weight acts for one step.
    Delta,
    /// A jump that decays with tau.
    Exponential,
    /// Rises and decays with one tau; the weight is the peak.
    Alpha,
}

/// Kinetics of one receptor port: shape, time constant and, for a conductance, reversal potential.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinetics {
    /// Shape of the response.
    pub shape: KineticsShape,
    /// Time constant (ms); ignored by `delta`.
    #[serde(default = "one")]
    pub tau_ms: f64,
    /// Reversal potential (mV): if given the port is a conductance, its weights are in nS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversal_mv: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// A receptor port as a configuration names it.
pub type ReceptorConfig = Kinetics;

impl Kinetics {
    /// An alpha-shaped current of the given time constant (ms).
    #[must_use]
    pub fn alpha(tau_ms: f64) -> Self {
        Self { shape: KineticsShape::Alpha, tau_ms, reversal_mv: None }
    }

    /// An exponential current of the given time constant (ms).
    #[must_use]
    pub fn exponential(tau_ms: f64) -> Self {
        Self { shape: KineticsShape::Exponential, tau_ms, reversal_mv: None }
    }

    /// A current of one step.
    #[must_use]
    pub fn delta() -> Self {
        Self { shape: KineticsShape::Delta, tau_ms: 1.0, reversal_mv: None }
    }
}

/// One port of every neuron. `beta` and `gain` hold one value if it is that of every neuron.
#[derive(Clone, Debug)]
struct Port {
    shape: KineticsShape,
    reversal_mv: Option<f32>,
    tau_ms: Vec<f64>,
    beta: Column,
    gain: Column,
    /// Empty but for the alpha shape.
    rise: Column,
    psc: Column,
}

/// All receptor ports of a population, struct of arrays.
#[derive(Clone, Debug)]
pub struct Receptors {
    n: usize,
    dt_ms: f32,
    ports: Vec<Port>,
}

impl Receptors {
    /// The same ports on every one of `n` neurons.
    ///
    /// # Errors
    /// A time constant that is not positive or a reversal potential that is not finite.
    pub fn uniform(kinetics: &[Kinetics], n: usize, dt_ms: f64) -> Result<Self, NeuronError> {
        let per_neuron: Vec<Vec<Kinetics>> = kinetics.iter().map(|&k| vec![k; n]).collect();
        Self::per_neuron(&per_neuron, n, dt_ms)
    }

    /// Ports whose time constants differ between neurons: `kinetics[port][neuron]`. Shape and reversal potential
    /// must agree within a port.
    ///
    /// # Errors
    /// A wrong length, a bad time constant, or neurons of one port that differ in shape or reversal potential.
    pub fn per_neuron(kinetics: &[Vec<Kinetics>], n: usize, dt_ms: f64) -> Result<Self, NeuronError> {
        require(dt_ms > 0.0, "receptor", "dt_ms", 0, dt_ms, "a positive number")?;
        let mut ports = Vec::with_capacity(kinetics.len());
        for list in kinetics {
            if list.len() != n || n == 0 {
                return Err(NeuronError::Length { what: "kinetics of a port", found: list.len(), expected: n.max(1) });
            }
            let first = list[0];
            let (mut beta, mut gain) = (Vec::with_capacity(n), Vec::with_capacity(n));
            for (i, k) in list.iter().enumerate() {
                require(k.tau_ms > 0.0, "receptor", "tau_ms", i, k.tau_ms, "a positive number")?;
                if let Some(e) = k.reversal_mv {
                    require(true, "receptor", "reversal_mv", i, e, "a finite number")?;
                }
                if k.shape != first.shape || k.reversal_mv != first.reversal_mv {
                    return Err(NeuronError::Parameter {
                        model: "receptor",
                        field: "shape or reversal_mv",
                        index: i,
                        found: k.tau_ms,
                        expected: "the shape and reversal potential of neuron 0 of the same port",
                    });
                }
                beta.push((-dt_ms / k.tau_ms).exp() as f32);
                gain.push(match k.shape {
                    KineticsShape::Alpha => (std::f64::consts::E / k.tau_ms) as f32,
                    KineticsShape::Delta | KineticsShape::Exponential => 1.0,
                });
            }
            if all_equal(&beta) && all_equal(&gain) {
                beta.truncate(1);
                gain.truncate(1);
            }
            ports.push(Port {
                shape: first.shape,
                reversal_mv: first.reversal_mv.map(|e| e as f32),
                tau_ms: list.iter().map(|k| k.tau_ms).collect(),
                beta: Column::from(&*beta),
                gain: Column::from(&*gain),
                rise: Column::new(0.0, if first.shape == KineticsShape::Alpha { n } else { 0 }),
                psc: Column::new(0.0, n),
            });
        }
        Ok(Self { n, dt_ms: dt_ms as f32, ports })
    }

    /// Number of neurons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n
    }

    /// True without neurons.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Number of ports.
    #[must_use]
    pub fn ports(&self) -> usize {
        self.ports.len()
    }

    /// Kinetics of a port for every neuron; empty if there is no such port.
    #[must_use]
    pub fn kinetics(&self, port: usize) -> Vec<Kinetics> {
        self.ports.get(port).map_or(vec![], |p| {
            let reversal_mv = p.reversal_mv.map(f64::from);
            p.tau_ms.iter().map(|&tau_ms| Kinetics { shape: p.shape, tau_ms, reversal_mv }).collect()
        })
    }

    /// Empties every filter.
    pub fn reset(&mut self) {
        for port in &mut self.ports {
            port.rise.fill(0.0);
            port.psc.fill(0.0);
        }
    }

    /// Adds the present current of every port to `current_pa`, then takes in `input` and advances the filters. Every
    /// slice has one value per neuron; `input` is consumed and set to 0.
    pub fn advance(&mut self, input: &mut [&mut [f32]], v_mv: &[f32], current_pa: &mut [f32]) {
        self.advance_range(0..self.n, input, v_mv, None, current_pa, false);
    }

    /// [`advance`](Self::advance) for the neurons of `range`; `v_mv` and `current_pa` hold those alone. With `start_pa`
    /// the current starts from there, whatever `current_pa` holds. With `baseline` the code compiled for the baseline
    /// instruction set runs.
    pub(crate) fn advance_range(
        &mut self,
        range: Range<usize>,
        input: &mut [&mut [f32]],
        v_mv: &[f32],
        mut start_pa: Option<f32>,
        current_pa: &mut [f32],
        baseline: bool,
    ) {
        for (port, input) in self.ports.iter_mut().zip(input) {
            let one_or_range = if port.beta.len() == 1 { 0..1 } else { range.clone() };
            let (beta, gain) = (&port.beta[one_or_range.clone()], &port.gain[one_or_range]);
            let rise = if port.rise.is_empty() { 0..0 } else { range.clone() };
            let pass = Pass {
                psc: &mut port.psc[range.clone()],
                rise: &mut port.rise[rise],
                input: &mut input[range.clone()],
                current_pa,
                start_pa: start_pa.take(),
                v_mv,
                reversal_mv: port.reversal_mv,
                baseline,
            };
            match port.shape {
                KineticsShape::Delta => filter::delta(pass),
                KineticsShape::Exponential => filter::exponential(beta, pass),
                KineticsShape::Alpha => filter::alpha(beta, gain, self.dt_ms, pass),
            }
        }
        if let Some(start) = start_pa {
            current_pa.fill(start);
        }
    }
}
