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

use crate::{NeuronError, error::require};
use serde::{Deserialize, Serialize};

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

/// Below this magnitude (pA or nS) a filtered value is set to 0: a decaying filter would otherwise end in denormal
/// numbers, which are slow on some machines and differ between modes.
const FLUSH: f32 = 1e-20;

#[derive(Clone, Debug)]
struct Port {
    shape: KineticsShape,
    reversal_mv: Option<f32>,
    tau_ms: Vec<f64>,
    beta: Vec<f32>,
    gain: Vec<f32>,
    rise: Vec<f32>,
    psc: Vec<f32>,
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
            let mut port = Port {
                shape: first.shape,
                reversal_mv: first.reversal_mv.map(|e| e as f32),
                tau_ms: list.iter().map(|k| k.tau_ms).collect(),
                beta: Vec::with_capacity(n),
                gain: Vec::with_capacity(n),
                rise: vec![0.0; n],
                psc: vec![0.0; n],
            };
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
                port.beta.push((-dt_ms / k.tau_ms).exp() as f32);
                port.gain.push(match k.shape {
                    KineticsShape::Alpha => (std::f64::consts::E / k.tau_ms) as f32,
                    KineticsShape::Delta | KineticsShape::Exponential => 1.0,
                });
            }
            ports.push(port);
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

    /// Adds the present current of every port to `current_pa`, then takes in `input` and advances the filters.
    pub fn advance(&mut self, input: &mut [&mut [f32]], v_mv: &[f32], current_pa: &mut [f32]) {
        for (port, input) in self.ports.iter_mut().zip(input) {
            match (port.shape, port.reversal_mv) {
                (KineticsShape::Alpha, None) => {
                    alpha(&port.beta, &port.gain, &mut port.rise, &mut port.psc, input, current_pa, self.dt_ms);
                }
                (shape, reversal) => {
                    match reversal {
                        Some(e) => drive(&port.psc, v_mv, e, current_pa),
                        None => add(&port.psc, current_pa),
                    }
                    match shape {
                        KineticsShape::Delta => port.psc.copy_from_slice(input),
                        KineticsShape::Exponential => decay(&port.beta, &mut port.psc, input),
                        KineticsShape::Alpha => {
                            let mut none = [];
                            alpha(&port.beta, &port.gain, &mut port.rise, &mut port.psc, input, &mut none, self.dt_ms);
                        }
                    }
                    input.fill(0.0);
                }
            }
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn add(psc: &[f32], current_pa: &mut [f32]) {
    for (c, p) in current_pa.iter_mut().zip(psc) {
        *c += p;
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn drive(psc: &[f32], v_mv: &[f32], reversal_mv: f32, current_pa: &mut [f32]) {
    for ((c, g), v) in current_pa.iter_mut().zip(psc).zip(v_mv) {
        *c += g * (reversal_mv - v);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn decay(beta: &[f32], psc: &mut [f32], input: &[f32]) {
    for ((p, b), x) in psc.iter_mut().zip(beta).zip(input) {
        let next = b * *p + x;
        *p = if next.abs() < FLUSH { 0.0 } else { next };
    }
}

/// The alpha filter; adds the old current to `current_pa` unless that slice is empty.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn alpha(
    beta: &[f32],
    gain: &[f32],
    rise: &mut [f32],
    psc: &mut [f32],
    input: &mut [f32],
    current_pa: &mut [f32],
    dt_ms: f32,
) {
    let n = psc.len();
    if current_pa.len() == n {
        for i in 0..n {
            current_pa[i] += psc[i];
        }
    }
    let (beta, gain, rise, input) = (&beta[..n], &gain[..n], &mut rise[..n], &mut input[..n]);
    for i in 0..n {
        let p = beta[i] * (psc[i] + dt_ms * rise[i]);
        let r = beta[i] * rise[i] + gain[i] * input[i];
        psc[i] = if p.abs() < FLUSH { 0.0 } else { p };
        rise[i] = if r.abs() < FLUSH { 0.0 } else { r };
        input[i] = 0.0;
    }
}
