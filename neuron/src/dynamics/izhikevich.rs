//! Izhikevich neuron: `dV/dt = 0.04 V^2 + 5 V + 140 - u + I`, `du/dt = a (b V - u)`; a spike when V >= V_peak, then
//! `V = c`, `u = u + d`.
//!
//! | symbol | field | default (regular spiking) | unit |
//! |---|---|---|---|
//! | a | `a_per_ms` | 0.02 | 1/ms |
//! | b | `b_per_ms` | 0.2 | 1/ms |
//! | c | `c_mv` | -65 | mV |
//! | d | `d_mv_per_ms` | 8 | mV/ms |
//! | V_peak | `v_peak_mv` | 30 | mV |
//!
//! Source: Izhikevich 2003, doi 10.1109/TNN.2003.820440, with the sets of its Fig. 2.
//!
//! The potential goes to infinity in finite time and would be far beyond V_peak at the end of a step. Above V_peak the rates
//! take V_peak for V, so that no stage of a scheme leaves the range in which the model means something.

use super::{Dynamics, config, layout};
use crate::{Dual, NeuronError, Scalar, error::require};
use serde::{Deserialize, Serialize};

/// Parameters of one Izhikevich neuron. The default is [`regular_spiking`](Self::regular_spiking).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IzhikevichParams {
    /// Rate a of recovery (1/ms).
    pub a_per_ms: f64,
    /// Sensitivity b of recovery to the potential (1/ms).
    pub b_per_ms: f64,
    /// Potential c after a spike (mV).
    pub c_mv: f64,
    /// What a spike adds to u, d (mV/ms).
    pub d_mv_per_ms: f64,
    /// Potential at which a spike ends (mV).
    pub v_peak_mv: f64,
    /// Input I (mV/ms) that 1 pA makes.
    pub input_per_pa: f64,
}

impl Default for IzhikevichParams {
    fn default() -> Self {
        Self::regular_spiking()
    }
}

impl IzhikevichParams {
    fn of(a_per_ms: f64, b_per_ms: f64, c_mv: f64, d_mv_per_ms: f64) -> Self {
        Self { a_per_ms, b_per_ms, c_mv, d_mv_per_ms, v_peak_mv: 30.0, input_per_pa: 1.0 }
    }

    /// Regular spiking excitatory neuron (RS).
    #[must_use]
    pub fn regular_spiking() -> Self {
        Self::of(0.02, 0.2, -65.0, 8.0)
    }

    /// Intrinsically bursting excitatory neuron (IB).
    #[must_use]
    pub fn intrinsically_bursting() -> Self {
        Self::of(0.02, 0.2, -55.0, 4.0)
    }

    /// Chattering excitatory neuron (CH).
    #[must_use]
    pub fn chattering() -> Self {
        Self::of(0.02, 0.2, -50.0, 2.0)
    }

    /// Fast spiking inhibitory neuron (FS).
    #[must_use]
    pub fn fast_spiking() -> Self {
        Self::of(0.1, 0.2, -65.0, 2.0)
    }

    /// Low-threshold spiking inhibitory neuron (LTS).
    #[must_use]
    pub fn low_threshold_spiking() -> Self {
        Self::of(0.02, 0.25, -65.0, 2.0)
    }

    /// Thalamo-cortical neuron (TC).
    #[must_use]
    pub fn thalamo_cortical() -> Self {
        Self::of(0.02, 0.25, -65.0, 0.05)
    }

    /// Resonator (RZ).
    #[must_use]
    pub fn resonator() -> Self {
        Self::of(0.1, 0.26, -65.0, 2.0)
    }
}

/// The equations of Izhikevich 2003; the input is in mV/ms.
#[derive(Debug, Clone, Copy)]
pub struct Izhikevich;

impl Dynamics for Izhikevich {
    type Params = IzhikevichParams;
    layout! {
        variables: "v_mv", "u_mv_per_ms";
        parameters: "a_per_ms", "b_per_ms", "c_mv", "d_mv_per_ms", "v_peak_mv",
    }
    const NAME: &'static str = "izhikevich";
    const RESETS: bool = true;
    const POTENTIALS: [f64; 2] = [-100.0, 30.0];

    fn check(p: &IzhikevichParams, index: usize) -> Result<(), NeuronError> {
        require(p.a_per_ms > 0.0, Self::NAME, "a_per_ms", index, p.a_per_ms, "a positive number")?;
        require(true, Self::NAME, "b_per_ms", index, p.b_per_ms, "a finite number")?;
        require(p.c_mv < p.v_peak_mv, Self::NAME, "c_mv", index, p.c_mv, "a number below v_peak_mv")?;
        require(true, Self::NAME, "d_mv_per_ms", index, p.d_mv_per_ms, "a finite number")?;
        require(true, Self::NAME, "v_peak_mv", index, p.v_peak_mv, "a finite number")?;
        require(p.input_per_pa > 0.0, Self::NAME, "input_per_pa", index, p.input_per_pa, "a positive number")
    }

    fn parameters(p: &IzhikevichParams) -> [f64; 5] {
        [p.a_per_ms, p.b_per_ms, p.c_mv, p.d_mv_per_ms, p.v_peak_mv]
    }

    fn spike_level<F: Scalar>(_: &IzhikevichParams, p: &Self::Parameters<F>) -> F {
        p[4]
    }

    fn input_per_pa(p: &IzhikevichParams) -> f64 {
        p.input_per_pa
    }

    #[inline(always)]
    fn relaxation<F: Scalar>(&[a, b, _, _, v_peak]: &[F; 5], &[v, u]: &[F; 2], input: F) -> ([F; 2], [F; 2]) {
        let v = if v > v_peak { v_peak } else { v };
        ([-(F::of(0.04) * v + F::of(5.0)), a], [F::of(140.0) - u + input, a * b * v])
    }

    #[inline(always)]
    fn reset<F: Scalar>(&[_, _, c, d, _]: &[F; 5], &[_, u]: &[F; 2]) -> [F; 2] {
        [c, u + d]
    }
}

config! {
    /// A population of Izhikevich neurons, tag `izhikevich`; by default advanced by Heun's method.
    IzhikevichConfig, IzhikevichParams, Izhikevich, "izhikevich", Heun
}
