//! The seam for differentiable neuron models.

use crate::real::Real;
use crate::surrogate::Fire;
use evoplast_neuron::NeuronModel;
use serde::{Deserialize, Serialize};

/// Whether the gradient goes through the reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// The spike in the reset has its pseudo-derivative, as in Bellec et al. 2020.
    #[default]
    Attached,
    /// The spike in the reset is a constant, as in SuperSpike (Zenke and Ganguli 2018).
    Detached,
}

/// What a forward step reads and writes; every array is `[neurons][lanes]`, one lane per trial.
#[derive(Debug)]
pub struct ForwardStep<'a, F> {
    /// State arrays of the model; the first is the membrane potential (mV).
    pub state: &'a mut [Vec<F>],
    /// Spikes: on entry those of the last step, on return those of this one.
    pub z: &'a mut [F],
    /// Total current (pA).
    pub current_pa: &'a [F],
    /// Returns `u = (V - A) / (V_th - V_reset)` before the reset, or `-inf` where a neuron is refractory.
    pub u: &'a mut [F],
    /// Returns what [`Adjoint::pull_back`] needs besides, [`Adjoint::RECORDS`] arrays one after the other.
    pub record: &'a mut [F],
}

/// What a step back reads and writes; every array is `[neurons][lanes]`.
#[derive(Debug)]
pub struct ReverseStep<'a, F> {
    /// u of this step.
    pub u: &'a [F],
    /// What the forward step recorded.
    pub record: &'a [F],
    /// Pseudo-derivative dz/du, 0 where refractory.
    pub psi: &'a [F],
    /// Adjoint of this step's spikes from everything outside the neuron.
    pub z_bar: &'a [F],
    /// Adjoint of u from a penalty on potentials.
    pub u_bar: &'a [F],
    /// Adjoints of the state, [`Adjoint::ADJOINTS`] arrays: on entry of the state after this step, on return before it.
    pub state_bar: &'a mut [Vec<F>],
    /// Returns the adjoint of the current.
    pub current_bar: &'a mut [F],
}

/// A neuron model with a derivative: a forward step that records what the reverse needs, and the vector-Jacobian
/// product of that step. The spike enters as a function ([`Fire`]) and its derivative as numbers, so that one
/// implementation serves every surrogate, and a smooth spike to check it with.
///
/// In single precision the forward step must give the bits of [`NeuronModel::step`].
pub trait Adjoint: NeuronModel {
    /// Coefficients of all neurons.
    type StepCoefficients<F: Real>: Send + Sync + 'static;
    /// Number of state arrays besides the spikes.
    const STATES: usize;
    /// Number of arrays recorded per step besides u.
    const RECORDS: usize;
    /// Number of adjoint arrays.
    const ADJOINTS: usize;

    /// Coefficients for steps of `dt_ms`. Without `refractory` there is no refractoriness (smooth spikes).
    fn adjoint_coefficients<F: Real>(
        params: &[Self::Params],
        dt_ms: f64,
        refractory: bool,
    ) -> Self::StepCoefficients<F>;

    /// Writes the state at rest, `[neurons][L]`.
    fn at_rest<F: Real, const L: usize>(coefficients: &Self::StepCoefficients<F>, state: &mut [Vec<F>]);

    /// Advances one step.
    fn forward<F: Real, S: Fire<F>, const L: usize>(
        coefficients: &Self::StepCoefficients<F>,
        fire: S,
        step: ForwardStep<'_, F>,
    );

    /// Goes back one step.
    fn pull_back<F: Real, S: Fire<F>, const L: usize>(
        coefficients: &Self::StepCoefficients<F>,
        fire: S,
        reset: Reset,
        step: ReverseStep<'_, F>,
    );
}
