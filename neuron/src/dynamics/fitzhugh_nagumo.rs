//! FitzHugh-Nagumo neuron, without units: `dv/dt = v - v^3/3 - w + I`, `tau dw/dt = v + a - b w`.
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | a | `a` | 0.7 | 1 |
//! | b | `b` | 0.8 | 1 |
//! | tau | `tau_ms` | 12.5 | ms, the unit of time |
//!
//! Source: FitzHugh 1961, doi 10.1016/S0006-3495(61)86902-6 (with the sign of v and I turned, as usual); Nagumo, Arimoto and
//! Yoshizawa 1962, doi 10.1109/JRPROC.1962.288235.
//!
//! For exponential schemes the cubic is split as `dv/dt = (I - w) - (v^2/3 - 1) v`.

use super::{Dynamics, Planar, config, layout};
use crate::{Dual, NeuronError, Scalar, error::require};
use serde::{Deserialize, Serialize};

/// Parameters of one FitzHugh-Nagumo neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FitzHughNagumoParams {
    /// Offset a of the recovery variable.
    pub a: f64,
    /// Slope b of the recovery variable.
    pub b: f64,
    /// Time constant tau of the recovery variable (ms, the unit of time).
    pub tau_ms: f64,
    /// Value of v whose upward crossing is a spike.
    pub v_spike: f64,
    /// Input I that 1 pA makes.
    pub input_per_pa: f64,
}

impl Default for FitzHughNagumoParams {
    fn default() -> Self {
        Self { a: 0.7, b: 0.8, tau_ms: 12.5, v_spike: 0.5, input_per_pa: 1.0 }
    }
}

/// The equations of FitzHugh and Nagumo; the input has no unit.
#[derive(Debug, Clone, Copy)]
pub struct FitzHughNagumo;

impl Dynamics for FitzHughNagumo {
    type Params = FitzHughNagumoParams;
    layout! {
        variables: "v", "w";
        parameters: "a", "b", "tau_ms",
    }
    const NAME: &'static str = "fitzhugh_nagumo";
    const POTENTIALS: [f64; 2] = [-4.0, 4.0];

    fn check(p: &FitzHughNagumoParams, index: usize) -> Result<(), NeuronError> {
        require(true, Self::NAME, "a", index, p.a, "a finite number")?;
        require(p.b > 0.0, Self::NAME, "b", index, p.b, "a positive number")?;
        require(p.tau_ms > 0.0, Self::NAME, "tau_ms", index, p.tau_ms, "a positive number")?;
        require(true, Self::NAME, "v_spike", index, p.v_spike, "a finite number")?;
        require(p.input_per_pa > 0.0, Self::NAME, "input_per_pa", index, p.input_per_pa, "a positive number")
    }

    fn parameters(p: &FitzHughNagumoParams) -> [f64; 3] {
        [p.a, p.b, p.tau_ms]
    }

    fn spike_level<F: Scalar>(params: &FitzHughNagumoParams, _: &Self::Parameters<F>) -> F {
        F::of(params.v_spike)
    }

    fn input_per_pa(p: &FitzHughNagumoParams) -> f64 {
        p.input_per_pa
    }

    #[inline(always)]
    fn relaxation<F: Scalar>(&[a, b, tau]: &[F; 3], &[v, w]: &[F; 2], input: F) -> ([F; 2], [F; 2]) {
        let per_tau = F::of(1.0) / tau;
        ([v * v * F::of(1.0 / 3.0) - F::of(1.0), b * per_tau], [input - w, (v + a) * per_tau])
    }
}

impl Planar for FitzHughNagumo {}

config! {
    /// A population of FitzHugh-Nagumo neurons, tag `fitzhugh_nagumo`; by default advanced by RK4.
    FitzHughNagumoConfig, FitzHughNagumoParams, FitzHughNagumo, "fitzhugh_nagumo", Rk4
}
