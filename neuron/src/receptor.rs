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
//! | double_exponential | (e^(-t/tau) - e^(-t/tau_r))/N | 1 at t = ln(tau/tau_r) tau tau_r/(tau - tau_r) |
//!
//! On the grid, with beta = e^(-dt/tau) and old values on the right, the alpha filter is
//! `psc' = beta (psc + dt rise)`, `rise' = beta rise + (e/tau) in` (Chen, Scherr, Maass 2022,
//! doi 10.1126/sciadv.abq7592); it is exact at the grid points. With beta_r = e^(-dt/tau_r) the
//! double exponential is `psc' = beta psc + (beta - beta_r) rise`, `rise' = beta_r rise + in/N`, exact too.
//!
//! A port with a reversal potential E is a conductance g in nS, whose current is `g (E - V)`. With magnesium it is that of
//! NMDA receptors, `g B(V) (E - V)` with the block `B(V) = 1/(1 + [Mg]/3.57 mM e^(-0.062 V/mV))` of Jahr and Stevens 1990, doi
//! 10.1523/JNEUROSCI.10-09-03178.1990.

use crate::filter::{self, Conductance, Pass};
use crate::{Column, NeuronError, error::require, lanes::all_equal};
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
    /// Decays with tau after a rise with a shorter one; the weight is the peak.
    DoubleExponential,
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
    /// Time constant of the rise (ms), shorter than `tau_ms`; of `double_exponential` and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rise_ms: Option<f64>,
    /// Concentration of magnesium outside (mM) that blocks a conductance, as that of NMDA receptors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub magnesium_mm: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// Magnesium that blocks half of the conductance at 0 mV (mM).
const MAGNESIUM_MM: f64 = 3.57;

/// A receptor port as a configuration names it.
pub type ReceptorConfig = Kinetics;

impl Kinetics {
    fn of(shape: KineticsShape) -> Self {
        Self { shape, tau_ms: 1.0, reversal_mv: None, rise_ms: None, magnesium_mm: None }
    }

    /// A current that rises and decays with different time constants (ms).
    #[must_use]
    pub fn double_exponential(rise_ms: f64, tau_ms: f64) -> Self {
        Self { tau_ms, rise_ms: Some(rise_ms), ..Self::of(KineticsShape::DoubleExponential) }
    }

    /// The same as a conductance with a reversal potential (mV).
    #[must_use]
    pub fn with_reversal(self, reversal_mv: f64) -> Self {
        Self { reversal_mv: Some(reversal_mv), ..self }
    }

    /// NMDA receptors: rise of 2 ms, decay of 100 ms, reversal at 0 mV, block by 1 mM magnesium (Brunel and Wang 2001, doi
    /// 10.1023/A:1011204814320, without their saturation).
    #[must_use]
    pub fn nmda() -> Self {
        Self { magnesium_mm: Some(1.0), ..Self::double_exponential(2.0, 100.0).with_reversal(0.0) }
    }

    /// Coefficients of a step of `dt_ms`: beta, beta_r (0 but for the double exponential) and the gain of what arrives.
    #[must_use]
    pub fn coefficients(&self, dt_ms: f64) -> (f64, f64, f64) {
        let decay = |tau_ms: f64| (-dt_ms / tau_ms).exp();
        match (self.shape, self.rise_ms) {
            (KineticsShape::Alpha, _) => (decay(self.tau_ms), 0.0, std::f64::consts::E / self.tau_ms),
            (KineticsShape::DoubleExponential, Some(rise_ms)) => {
                let peak_ms = (self.tau_ms / rise_ms).ln() * self.tau_ms * rise_ms / (self.tau_ms - rise_ms);
                let peak = (-peak_ms / self.tau_ms).exp() - (-peak_ms / rise_ms).exp();
                (decay(self.tau_ms), decay(rise_ms), 1.0 / peak)
            }
            _ => (decay(self.tau_ms), 0.0, 1.0),
        }
    }

    /// Checks the port of neuron `index`.
    fn check(&self, index: usize) -> Result<(), NeuronError> {
        require(self.tau_ms > 0.0, "receptor", "tau_ms", index, self.tau_ms, "a positive number")?;
        require(true, "receptor", "reversal_mv", index, self.reversal_mv.unwrap_or(0.0), "a finite number")?;
        let double = self.shape == KineticsShape::DoubleExponential;
        let rise_ms = self.rise_ms.unwrap_or(if double { 0.0 } else { f64::MIN_POSITIVE });
        let expected = "a positive number below tau_ms, with the shape double_exponential alone";
        let rises = rise_ms > 0.0 && rise_ms < self.tau_ms && double == self.rise_ms.is_some();
        require(rises, "receptor", "rise_ms", index, rise_ms, expected)?;
        let magnesium_mm = self.magnesium_mm.unwrap_or(0.0);
        let blocks = magnesium_mm >= 0.0 && (self.magnesium_mm.is_none() || self.reversal_mv.is_some());
        require(blocks, "receptor", "magnesium_mm", index, magnesium_mm, "a number >= 0, with a reversal_mv")
    }

    /// An alpha-shaped current of the given time constant (ms).
    #[must_use]
    pub fn alpha(tau_ms: f64) -> Self {
        Self { tau_ms, ..Self::of(KineticsShape::Alpha) }
    }

    /// An exponential current of the given time constant (ms).
    #[must_use]
    pub fn exponential(tau_ms: f64) -> Self {
        Self { tau_ms, ..Self::of(KineticsShape::Exponential) }
    }

    /// A current of one step.
    #[must_use]
    pub fn delta() -> Self {
        Self::of(KineticsShape::Delta)
    }
}

/// One port of every neuron. `beta` and `gain` hold one value if it is that of every neuron.
#[derive(Clone, Debug)]
struct Port {
    kinetics: Vec<Kinetics>,
    conductance: Option<Conductance>,
    beta: Column,
    /// Of the rise of a double exponential, 0 for the others.
    beta_rise: Column,
    gain: Column,
    /// Empty but for shapes that rise.
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
    /// A time constant that is not positive, a rise that is not shorter than the decay or belongs to another shape, a reversal
    /// potential that is not finite, magnesium without one.
    pub fn uniform(kinetics: &[Kinetics], n: usize, dt_ms: f64) -> Result<Self, NeuronError> {
        let per_neuron: Vec<Vec<Kinetics>> = kinetics.iter().map(|&k| vec![k; n]).collect();
        Self::per_neuron(&per_neuron, n, dt_ms)
    }

    /// Ports whose time constants differ between neurons: `kinetics[port][neuron]`. Shape, reversal
    /// potential and magnesium must agree within a port.
    ///
    /// # Errors
    /// A wrong length, a bad time constant, or neurons of one port that differ in what must agree.
    pub fn per_neuron(kinetics: &[Vec<Kinetics>], n: usize, dt_ms: f64) -> Result<Self, NeuronError> {
        require(dt_ms > 0.0, "receptor", "dt_ms", 0, dt_ms, "a positive number")?;
        let mut ports = Vec::with_capacity(kinetics.len());
        for list in kinetics {
            if list.len() != n || n == 0 {
                return Err(NeuronError::Length { what: "kinetics of a port", found: list.len(), expected: n.max(1) });
            }
            let first = list[0];
            let mut columns = [(); 3].map(|()| Vec::with_capacity(n));
            for (i, k) in list.iter().enumerate() {
                k.check(i)?;
                let alike = |k: &Kinetics| (k.shape, k.reversal_mv, k.magnesium_mm);
                if alike(k) != alike(&first) {
                    return Err(NeuronError::Parameter {
                        model: "receptor",
                        field: "shape, reversal_mv or magnesium_mm",
                        index: i,
                        found: k.tau_ms,
                        expected: "those of neuron 0 of the same port",
                    });
                }
                let (beta, beta_rise, gain) = k.coefficients(dt_ms);
                columns.iter_mut().zip([beta, beta_rise, gain]).for_each(|(column, x)| column.push(x as f32));
            }
            if columns.iter().all(|column| all_equal(column)) {
                columns.iter_mut().for_each(|column| column.truncate(1));
            }
            let [beta, beta_rise, gain] = columns.map(|column| Column::from(&*column));
            let rises = matches!(first.shape, KineticsShape::Alpha | KineticsShape::DoubleExponential);
            ports.push(Port {
                kinetics: list.clone(),
                conductance: first.reversal_mv.map(|e| Conductance {
                    reversal_mv: e as f32,
                    magnesium: first.magnesium_mm.map(|mg| (mg / MAGNESIUM_MM) as f32),
                }),
                beta,
                beta_rise,
                gain,
                rise: Column::new(0.0, if rises { n } else { 0 }),
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
        self.ports.get(port).map_or(vec![], |p| p.kinetics.clone())
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
            let (beta, gain) = (&port.beta[one_or_range.clone()], &port.gain[one_or_range.clone()]);
            let beta_rise = &port.beta_rise[one_or_range];
            let rise = if port.rise.is_empty() { 0..0 } else { range.clone() };
            let pass = Pass {
                psc: &mut port.psc[range.clone()],
                rise: &mut port.rise[rise],
                input: &mut input[range.clone()],
                current_pa,
                start_pa: start_pa.take(),
                v_mv,
                conductance: port.conductance,
                baseline,
            };
            match port.kinetics[0].shape {
                KineticsShape::Delta => filter::delta(pass),
                KineticsShape::Exponential => filter::exponential(beta, pass),
                KineticsShape::Alpha => filter::alpha(beta, gain, self.dt_ms, pass),
                KineticsShape::DoubleExponential => filter::double_exponential(beta, beta_rise, gain, pass),
            }
        }
        if let Some(start) = start_pa {
            current_pa.fill(start);
        }
    }
}
