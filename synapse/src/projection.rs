//! A topology with weights and a rule.

use crate::error::{require, same_length};
use crate::{DelayLine, Plastic, Row, Static, StepSpikes, SynapseError, Topology};
use std::any::Any;
use std::sync::Arc;

/// What every candidate shares: connections, initial magnitudes, and sign and port of each presynaptic neuron.
#[derive(Debug, Clone)]
pub struct Wiring {
    /// The connections.
    pub topology: Arc<Topology>,
    /// Initial magnitudes in synapse order (pA, or nS for conductance ports).
    pub initial: Arc<[f32]>,
    /// +1 or -1 per presynaptic neuron.
    pub sign: Arc<[f32]>,
    /// Receptor port per presynaptic neuron.
    pub port: Arc<[u8]>,
}

impl Wiring {
    /// Signed weights that obey Dale's principle: the sign of each presynaptic neuron is that of its weights.
    ///
    /// # Errors
    /// A neuron with weights of both signs, or arrays of wrong lengths.
    pub fn dale(topology: Topology, weights: &[f32], port: Vec<u8>) -> Result<Self, SynapseError> {
        same_length("weights", weights.len(), topology.len())?;
        let mut sign = vec![1.0_f32; topology.n_pre()];
        for pre in 0..topology.n_pre() {
            let row = &weights[topology.row(pre)];
            if row.iter().any(|&w| w < 0.0) {
                sign[pre] = -1.0;
                if let Some(&w) = row.iter().find(|&&w| w > 0.0) {
                    require(false, "wiring", "weight", w.into(), "weights of one sign per presynaptic neuron")?;
                }
            }
        }
        let initial: Vec<f32> = weights.iter().map(|w| w.abs()).collect();
        Self::new(topology, initial, sign, port)
    }

    /// Magnitudes with a sign per presynaptic neuron. Signed networks without Dale's principle use sign +1.
    ///
    /// # Errors
    /// Arrays of wrong lengths, a weight that is not finite, or a sign that is not +1 or -1.
    pub fn new(topology: Topology, initial: Vec<f32>, sign: Vec<f32>, port: Vec<u8>) -> Result<Self, SynapseError> {
        same_length("weights", initial.len(), topology.len())?;
        same_length("signs", sign.len(), topology.n_pre())?;
        same_length("ports", port.len(), topology.n_pre())?;
        for &w in &initial {
            require(true, "wiring", "weight", w.into(), "a finite number")?;
        }
        for &s in &sign {
            require(s.abs() == 1.0, "wiring", "sign", s.into(), "+1 or -1")?;
        }
        Ok(Self { topology: Arc::new(topology), initial: initial.into(), sign: sign.into(), port: port.into() })
    }

    /// Signed weights from magnitudes in synapse order.
    #[must_use]
    pub fn signed(&self, magnitude: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; magnitude.len()];
        self.topology.for_each(|k, pre, _| out[k] = self.sign[pre] * magnitude[k]);
        out
    }
}

/// A projection behind one virtual call per step. [`Network::projection_as`](crate::Network::projection_as) gives the
/// typed one back.
pub trait Projection: Any + Send {
    /// What all candidates share.
    fn wiring(&self) -> &Wiring;
    /// Takes the spikes of a step and puts their weights on the line of the postsynaptic population.
    fn step(&mut self, spikes: &StepSpikes<'_>, line: &mut DelayLine);
    /// Back to the initial weights, with an empty history and the rule switched on.
    fn reset(&mut self);
    /// Turns the rule on or off; turning it off first brings every weight up to date.
    fn set_plastic(&mut self, on: bool);
    /// A reward event for the rule.
    fn reward(&mut self, delta_r: f32);
    /// Present magnitudes in synapse order, all up to date.
    fn magnitudes(&mut self) -> &[f32];
    /// Replaces the magnitudes.
    ///
    /// # Errors
    /// A wrong number of values, or one that is not finite.
    fn set_magnitudes(&mut self, magnitude: &[f32]) -> Result<(), SynapseError>;
}

/// The one implementation of [`Projection`], for every rule.
#[derive(Debug, Clone)]
pub struct CsrProjection<P: Plastic = Static> {
    wiring: Wiring,
    value: Vec<f32>,
    rule: P,
    plastic: bool,
    full_rows: bool,
    offsets: Vec<usize>,
}

impl CsrProjection<Static> {
    /// A projection whose weights never change.
    #[must_use]
    pub fn fixed(wiring: Wiring) -> Self {
        Self::new(wiring, Static)
    }
}

impl<P: Plastic> CsrProjection<P> {
    /// A projection with a rule, switched on.
    #[must_use]
    pub fn new(wiring: Wiring, mut rule: P) -> Self {
        let mut value = wiring.initial.to_vec();
        rule.reset(&wiring.topology, &mut value);
        let t = &wiring.topology;
        let full_rows = P::STATIC
            && t.len() == t.n_pre() * t.n_post()
            && t.delays().first().is_some_and(|d| t.delays().iter().all(|x| x == d));
        let ports = wiring.port.iter().copied().max().map_or(1, |p| usize::from(p) + 1);
        let offsets = vec![0; ports * (usize::from(t.max_delay()) + 1)];
        Self { wiring, value, rule, plastic: !P::STATIC, full_rows, offsets }
    }

    /// The rule, to replace it in place. What it has stored belongs to the old rule:
    /// [`reset`](Projection::reset) before the next step.
    pub fn rule_mut(&mut self) -> &mut P {
        &mut self.rule
    }
}

impl<P: Plastic + 'static> Projection for CsrProjection<P> {
    fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    fn step(&mut self, spikes: &StepSpikes<'_>, line: &mut DelayLine) {
        let topology = &*self.wiring.topology;
        if self.plastic {
            self.rule.begin_step(spikes, topology, &mut self.value);
        }
        let reach = usize::from(topology.max_delay()) + 1;
        if !spikes.pre.is_empty() {
            for (k, o) in self.offsets.iter_mut().enumerate() {
                *o = line.offset(spikes.now + (k % reach) as u32, k / reach);
            }
        }
        for &pre in spikes.pre {
            let pre = pre as usize;
            let range = topology.row(pre);
            let sign = self.wiring.sign[pre];
            let port = usize::from(self.wiring.port[pre]);
            if self.full_rows {
                let start = line.offset(spikes.now + u32::from(topology.delays()[0]), port);
                let slot = &mut line.buffer()[start..start + range.len()];
                slot.iter_mut().zip(&self.value[range]).for_each(|(x, w)| *x += sign * w);
                continue;
            }
            let offset = &self.offsets[port * reach..(port + 1) * reach];
            let target = &topology.targets()[range.clone()];
            let delay = &topology.delays()[range.clone()];
            let buffer = line.buffer();
            let deliver = |k: usize, w: f32| buffer[offset[usize::from(delay[k])] + target[k] as usize] += sign * w;
            let row = Row { pre, first: range.start, target, value: &mut self.value[range] };
            if self.plastic {
                self.rule.touch_row(row, topology, deliver);
            } else {
                Static.touch_row(row, topology, deliver);
            }
        }
        if self.plastic {
            self.rule.end_step(spikes, topology, &mut self.value);
        }
    }

    fn reset(&mut self) {
        self.value.copy_from_slice(&self.wiring.initial);
        self.rule.reset(&self.wiring.topology, &mut self.value);
        self.plastic = !P::STATIC;
    }

    fn set_plastic(&mut self, on: bool) {
        if P::STATIC || on == self.plastic {
            return;
        }
        if self.plastic {
            self.rule.flush(&self.wiring.topology, &mut self.value);
        } else {
            self.rule.reset(&self.wiring.topology, &mut self.value);
        }
        self.plastic = on;
    }

    fn reward(&mut self, delta_r: f32) {
        if self.plastic {
            self.rule.reward(delta_r, &self.wiring.topology, &mut self.value);
        }
    }

    fn magnitudes(&mut self) -> &[f32] {
        if self.plastic {
            self.rule.flush(&self.wiring.topology, &mut self.value);
        }
        &self.value
    }

    fn set_magnitudes(&mut self, magnitude: &[f32]) -> Result<(), SynapseError> {
        same_length("weights", magnitude.len(), self.value.len())?;
        for &w in magnitude {
            require(true, "projection", "weight", w.into(), "a finite number")?;
        }
        self.value.copy_from_slice(magnitude);
        self.rule.reset(&self.wiring.topology, &mut self.value);
        Ok(())
    }
}
