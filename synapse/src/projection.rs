//! A topology with weights and a rule.

use crate::error::{require, same_length};
use crate::plastic::prefetch;
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
    delays: Delays,
    /// Number of ports that rows use, the highest included.
    ports: usize,
    /// Where what is sent now with a given delay arrives, per port.
    offsets: Vec<[usize; 256]>,
}

/// How the delays of a projection are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delays {
    /// One for all synapses, in steps, and every row has a synapse for every postsynaptic neuron.
    OneFullRows(u8),
    /// One for all synapses.
    One(u8),
    /// One per synapse.
    Each,
}

impl Delays {
    fn of(t: &Topology) -> Self {
        let first = t.delays().first().copied().unwrap_or(1);
        match t.delays().iter().all(|&d| d == first) {
            true if t.len() == t.n_pre() * t.n_post() => Self::OneFullRows(first),
            true => Self::One(first),
            false => Self::Each,
        }
    }
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
        let ports = wiring.port.iter().copied().max().map_or(1, |p| usize::from(p) + 1);
        let delays = Delays::of(&wiring.topology);
        Self { wiring, value, rule, plastic: !P::STATIC, delays, ports, offsets: vec![[0; 256]; ports] }
    }

    /// The rule, to replace it in place. What it has stored belongs to the old rule:
    /// [`reset`](Projection::reset) before the next step.
    pub fn rule_mut(&mut self) -> &mut P {
        &mut self.rule
    }

    /// Asks for the row of a neuron that spikes before it is needed: rows lie anywhere in tens of megabytes, and half of
    /// the time of a delivery was spent waiting for them.
    #[inline]
    fn request(&self, pre: Option<&u32>) {
        if let Some(&pre) = pre {
            let row = self.wiring.topology.row(pre as usize);
            prefetch(&self.wiring.topology.targets()[row.clone()]);
            if self.delays == Delays::Each {
                prefetch(&self.wiring.topology.delays()[row.clone()]);
            }
            prefetch(&self.value[row.clone()]);
            if self.plastic {
                self.rule.request(row);
            }
        }
    }

    /// Delivers rows as they are, all with one delay.
    fn deliver(&self, spikes: &StepSpikes<'_>, delay: u8, line: &mut DelayLine) {
        let topology = &*self.wiring.topology;
        let arrival = spikes.now + u32::from(delay);
        self.request(spikes.pre.first());
        for (k, &pre) in spikes.pre.iter().enumerate() {
            self.request(spikes.pre.get(k + 1));
            let pre = pre as usize;
            let row = topology.row(pre);
            let slot = line.slot(arrival, self.wiring.port[pre].into());
            let (sign, value) = (self.wiring.sign[pre], &self.value[row.clone()]);
            if let Delays::OneFullRows(_) = self.delays {
                slot.iter_mut().zip(value).for_each(|(x, w)| *x += sign * w);
                continue;
            }
            for (&target, &w) in topology.targets()[row].iter().zip(value) {
                // SAFETY: `step` checked that a slot has one value per postsynaptic neuron, and a topology has no
                // other targets.
                unsafe { add(slot, 0, target, sign * w) }
            }
        }
    }

    /// Delivers rows that the rule brings up to date, or whose delays differ.
    fn touch(&mut self, spikes: &StepSpikes<'_>, line: &mut DelayLine) {
        let topology = &*self.wiring.topology;
        let one = match self.delays {
            Delays::One(delay) | Delays::OneFullRows(delay) => Some(delay),
            Delays::Each => None,
        };
        let reach = usize::from(topology.max_delay());
        for (port, offsets) in self.offsets.iter_mut().enumerate() {
            let arrivals = offsets.iter_mut().zip(spikes.now..).take(reach + 1);
            arrivals.for_each(|(offset, step)| *offset = line.offset(step, port));
        }
        let buffer = line.buffer();
        self.request(spikes.pre.first());
        for (k, &pre) in spikes.pre.iter().enumerate() {
            self.request(spikes.pre.get(k + 1));
            let pre = pre as usize;
            let row = topology.row(pre);
            let sign = self.wiring.sign[pre];
            let offset = &self.offsets[usize::from(self.wiring.port[pre])];
            let (target, delay) = (&topology.targets()[row.clone()], &topology.delays()[row.clone()]);
            let first = row.start;
            let value = &mut self.value[row];
            // `step` checked that an offset of the line is followed by one value per postsynaptic neuron, and a topology
            // has no other targets and no delays above its longest.
            if self.plastic {
                let row = Row { pre, first, target, value };
                let send = |first: usize, magnitude: &[f32]| {
                    let (target, delay) = (&target[first..], &delay[first..]);
                    if let Some(start) = one.map(|delay| offset[usize::from(delay)]) {
                        for (&target, &w) in target.iter().zip(magnitude) {
                            // SAFETY: above.
                            unsafe { add(buffer, start, target, sign * w) }
                        }
                        return;
                    }
                    for ((&target, &delay), &w) in target.iter().zip(delay).zip(magnitude) {
                        // SAFETY: above.
                        unsafe { add(buffer, offset[usize::from(delay)], target, sign * w) }
                    }
                };
                self.rule.touch_row(row, topology, send);
            } else {
                for ((&target, &delay), &w) in target.iter().zip(delay).zip(&*value) {
                    // SAFETY: above.
                    unsafe { add(buffer, offset[usize::from(delay)], target, sign * w) }
                }
            }
        }
    }
}

/// Adds `w` to the value of `target` in the slot that begins at `start`, without a check of bounds: this is the
/// innermost loop of a network, and its indices were checked when the topology was built.
///
/// # Safety
/// `start + target` is an index of `buffer`.
#[inline(always)]
unsafe fn add(buffer: &mut [f32], start: usize, target: u32, w: f32) {
    let index = start + target as usize;
    debug_assert!(index < buffer.len());
    // SAFETY: the caller's.
    unsafe { *buffer.get_unchecked_mut(index) += w }
}

impl<P: Plastic + 'static> Projection for CsrProjection<P> {
    fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    fn step(&mut self, spikes: &StepSpikes<'_>, line: &mut DelayLine) {
        let t = &self.wiring.topology;
        assert!(line.fits(t.n_post(), self.ports, t.max_delay()), "a projection needs a line made for it");
        if self.plastic {
            self.rule.begin_step(spikes, t, &mut self.value);
        }
        match self.delays {
            Delays::One(delay) | Delays::OneFullRows(delay) if !self.plastic => self.deliver(spikes, delay, line),
            _ if spikes.pre.is_empty() => {}
            _ => self.touch(spikes, line),
        }
        if self.plastic {
            self.rule.end_step(spikes, &self.wiring.topology, &mut self.value);
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
