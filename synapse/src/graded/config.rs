//! Constants of a graded network.

use crate::SynapseError;
use crate::error::require;
use evoplast_neuron::dynamics::SchemeKind;
use serde::{Deserialize, Serialize};

/// When transmission is computed within a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coupling {
    /// Once, from the state before the step; the current is constant within the step. Before the first step nothing is
    /// released, unless the state says otherwise.
    #[default]
    Step,
    /// At every stage of forward Euler, Heun's method or RK4, from the potential at that stage: the network is advanced as
    /// one system.
    Stage,
}

/// What becomes of transmission on its way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum GradedKinetics {
    /// It arrives at once: s = T.
    // With braces, for serde ignores unknown fields beside the tag of a variant without.
    Instantaneous {},
    /// It opens receptors that close exponentially, as those of AMPA (a few ms) or NMDA (about 100 ms) do:
    /// `tau ds/dt = T(V) - s`. With [`Coupling::Step`] exact for the T after the step, with [`Coupling::Stage`] a part of the system.
    Exponential {
        /// Time constant (ms).
        tau_ms: f64,
    },
}

impl Default for GradedKinetics {
    fn default() -> Self {
        Self::Instantaneous {}
    }
}

/// Constants of a [`GradedNetwork`](super::GradedNetwork).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GradedConfig {
    /// How neurons are advanced.
    pub scheme: SchemeKind,
    /// When transmission is computed.
    pub coupling: Coupling,
    /// How receptors follow it.
    pub kinetics: GradedKinetics,
    /// Step (ms).
    pub dt_ms: f64,
    /// Potential V_t of half release (mV).
    pub threshold_mv: f64,
    /// Width K_p of release (mV).
    pub slope_mv: f64,
    /// Factor from `applied` and synaptic input to current.
    pub scale: f64,
    /// Input I_app of all neurons, before the factor.
    pub applied: f64,
    /// Current of all neurons, after the factor.
    pub offset: f64,
    /// Largest magnitude of a potential (mV); one beyond it has diverged.
    pub limit_mv: f64,
}

impl Default for GradedConfig {
    fn default() -> Self {
        Self {
            scheme: SchemeKind::Staggered,
            coupling: Coupling::Step,
            kinetics: GradedKinetics::Instantaneous {},
            dt_ms: 0.1,
            threshold_mv: -3.0,
            slope_mv: 8.0,
            scale: 36.75,
            applied: 0.1,
            offset: 39.9,
            limit_mv: 1e4,
        }
    }
}

/// A stage of an explicit Runge-Kutta method in which each stage starts from the one before:
/// `X_s = x + a h k_(s-1)`, `k_s = f(X_s)`, `x' = x + h sum_s b k_s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Share of the step at which the stage is.
    pub a: f64,
    /// Weight of the stage.
    pub b: f64,
}

impl GradedConfig {
    /// Checks every number.
    ///
    /// # Errors
    /// The first that is outside its domain, or a scheme without stages where stages are coupled.
    pub fn check(&self) -> Result<(), SynapseError> {
        const NAME: &str = "graded network";
        require(self.dt_ms > 0.0, NAME, "dt_ms", self.dt_ms, "a positive number")?;
        require(self.slope_mv > 0.0, NAME, "slope_mv", self.slope_mv, "a positive number")?;
        require(self.limit_mv > 0.0, NAME, "limit_mv", self.limit_mv, "a positive number")?;
        if let GradedKinetics::Exponential { tau_ms } = self.kinetics {
            require(tau_ms > 0.0, NAME, "kinetics: tau_ms", tau_ms, "a positive number")?;
            // Explicit stages would leave 0..1 without a sign of it in any potential.
            let ok = self.coupling == Coupling::Step || tau_ms >= self.dt_ms;
            require(ok, NAME, "kinetics: tau_ms", tau_ms, "at least a step for `coupling = \"stage\"`")?;
        }
        let finite = [
            ("threshold_mv", self.threshold_mv),
            ("scale", self.scale),
            ("applied", self.applied),
            ("offset", self.offset),
        ];
        finite.into_iter().try_for_each(|(field, x)| require(true, NAME, field, x, "a finite number"))?;
        let expected = "forward_euler (order 1), heun or rk4 for `coupling = \"stage\"`";
        let order = f64::from(self.scheme.order());
        let ok = self.coupling == Coupling::Step || self.stages().is_some();
        require(ok, NAME, "order of the scheme", order, expected)
    }

    /// The stages of the scheme, if it is an explicit Runge-Kutta method of this kind.
    #[must_use]
    pub fn stages(&self) -> Option<&'static [Stage]> {
        const EULER: &[Stage] = &[Stage { a: 0.0, b: 1.0 }];
        const HEUN: &[Stage] = &[Stage { a: 0.0, b: 0.5 }, Stage { a: 1.0, b: 0.5 }];
        const RK4: &[Stage] = &[
            Stage { a: 0.0, b: 1.0 / 6.0 },
            Stage { a: 0.5, b: 1.0 / 3.0 },
            Stage { a: 0.5, b: 1.0 / 3.0 },
            Stage { a: 1.0, b: 1.0 / 6.0 },
        ];
        match self.scheme {
            SchemeKind::ForwardEuler => Some(EULER),
            SchemeKind::Heun => Some(HEUN),
            SchemeKind::Rk4 => Some(RK4),
            _ => None,
        }
    }
}
