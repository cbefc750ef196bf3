//! Updaters: how a gradient moves parameters. For estimated gradients here and exact ones elsewhere.
//!
//! theta are the parameters, g the gradient of what is minimised, t counts updates from 1.
//!
//! | updater | rule | source |
//! |---|---|---|
//! | SGD | theta <- theta - a g | |
//! | momentum | v <- m v + g, theta <- theta - a v | Polyak 1964, doi:10.1016/0041-5553(64)90137-5 |
//! | RMSprop | v <- r v + (1 - r) g^2, theta <- theta - a g / (sqrt v + e) | Tieleman and Hinton 2012, Coursera lecture 6.5 |
//! | Adam | m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, theta <- theta - a (m' / (sqrt v' + e) + w theta) with m' = m / (1 - b1^t), v' = v / (1 - b2^t) | Kingma and Ba 2015, arXiv:1412.6980; decay: Loshchilov and Hutter 2019, arXiv:1711.05101 |
//! | ClipUp | v <- clip(m v + a g / norm(g), s), theta <- theta - v | Toklu et al. 2020, doi:10.1007/978-3-030-58115-2_36 |
//!
//! | symbol | field | meaning | default |
//! |---|---|---|---|
//! | a | `learning_rate` | step | 0.01 |
//! | m | `momentum` | memory of the velocity | 0.9 |
//! | r | `memory` | memory of the mean square | 0.99 |
//! | b1, b2 | `beta1`, `beta2` | memory of the moments | 0.9, 0.999 |
//! | w | `weight_decay` | decoupled weight decay (AdamW) | 0 |
//! | e | `epsilon` | floor of the divisor | 1e-8 |
//! | s | `max_speed` | largest norm of the velocity | 0.02 |
//!
//! ClipUp ignores the length of the gradient; a gradient of length 0 adds nothing.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::array::compact;
use crate::error::{EvolveError, Result};

/// Moves parameters against a gradient. Settings and state in one value; the state is empty until the first update.
#[typetag::serde(tag = "updater")]
pub trait Updater: Debug + Send + Sync {
    /// One step of descent. All calls of one updater have the same number of parameters.
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]);

    /// Whether the settings are in range, and the state is empty or of this length.
    ///
    /// # Errors
    /// Names the setting or the state.
    fn validate(&self, parameters: usize) -> Result<()>;

    /// A copy, state included.
    fn boxed(&self) -> Box<dyn Updater>;
}

impl Clone for Box<dyn Updater> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

fn positive(component: &'static str, field: &'static str, value: f64) -> Result<()> {
    EvolveError::require(value > 0.0 && value.is_finite(), component, field, value, "more than 0")
}

fn fraction(component: &'static str, field: &'static str, value: f64) -> Result<()> {
    EvolveError::require((0.0..1.0).contains(&value), component, field, value, "at least 0, less than 1")
}

fn state(values: &[f64], parameters: usize) -> Result<()> {
    if values.is_empty() || values.len() == parameters {
        return Ok(());
    }
    Err(EvolveError::Length { what: "state of the updater", found: values.len(), expected: parameters })
}

/// Plain gradient descent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sgd {
    /// Step, more than 0.
    pub learning_rate: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Self { learning_rate: 0.01 }
    }
}

#[typetag::serde(name = "sgd")]
impl Updater for Sgd {
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        parameters.iter_mut().zip(gradient).for_each(|(theta, g)| *theta -= self.learning_rate * g);
    }

    fn validate(&self, _: usize) -> Result<()> {
        positive("SGD", "learning_rate", self.learning_rate)
    }

    fn boxed(&self) -> Box<dyn Updater> {
        Box::new(self.clone())
    }
}

/// Gradient descent with a velocity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Momentum {
    /// Step, more than 0.
    pub learning_rate: f64,
    /// Memory of the velocity, in [0, 1).
    pub momentum: f64,
    #[serde(with = "compact", skip_serializing_if = "Vec::is_empty")]
    velocity: Vec<f64>,
}

impl Default for Momentum {
    fn default() -> Self {
        Self::new(0.01, 0.9)
    }
}

impl Momentum {
    /// An updater with these settings.
    #[must_use]
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self { learning_rate, momentum, velocity: Vec::new() }
    }
}

#[typetag::serde(name = "momentum")]
impl Updater for Momentum {
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.velocity.resize(gradient.len(), 0.0);
        for ((theta, v), g) in parameters.iter_mut().zip(&mut self.velocity).zip(gradient) {
            *v = self.momentum * *v + g;
            *theta -= self.learning_rate * *v;
        }
    }

    fn validate(&self, parameters: usize) -> Result<()> {
        positive("momentum", "learning_rate", self.learning_rate)?;
        fraction("momentum", "momentum", self.momentum)?;
        state(&self.velocity, parameters)
    }

    fn boxed(&self) -> Box<dyn Updater> {
        Box::new(self.clone())
    }
}

/// Gradients in units of their recent size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// Step, more than 0.
    pub learning_rate: f64,
    /// Memory of the mean square, in [0, 1).
    pub memory: f64,
    /// Floor of the divisor, more than 0.
    pub epsilon: f64,
    #[serde(with = "compact", skip_serializing_if = "Vec::is_empty")]
    square: Vec<f64>,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl RmsProp {
    /// RMSprop with this step and the usual memory.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, memory: 0.99, epsilon: 1e-8, square: Vec::new() }
    }
}

#[typetag::serde(name = "rms_prop")]
impl Updater for RmsProp {
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.square.resize(gradient.len(), 0.0);
        for ((theta, v), g) in parameters.iter_mut().zip(&mut self.square).zip(gradient) {
            *v = self.memory * *v + (1.0 - self.memory) * g * g;
            *theta -= self.learning_rate * g / (v.sqrt() + self.epsilon);
        }
    }

    fn validate(&self, parameters: usize) -> Result<()> {
        positive("RMSprop", "learning_rate", self.learning_rate)?;
        fraction("RMSprop", "memory", self.memory)?;
        positive("RMSprop", "epsilon", self.epsilon)?;
        state(&self.square, parameters)
    }

    fn boxed(&self) -> Box<dyn Updater> {
        Box::new(self.clone())
    }
}

/// Adaptive moments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// Step, more than 0.
    pub learning_rate: f64,
    /// Memory of the first moment, in [0, 1).
    pub beta1: f64,
    /// Memory of the second moment, in [0, 1).
    pub beta2: f64,
    /// Floor of the divisor, more than 0.
    pub epsilon: f64,
    /// Decoupled weight decay, 0 or more.
    #[serde(skip_serializing_if = "is_none")]
    pub weight_decay: f64,
    #[serde(skip_serializing_if = "is_zero")]
    updates: u32,
    #[serde(with = "compact", skip_serializing_if = "Vec::is_empty")]
    first: Vec<f64>,
    #[serde(with = "compact", skip_serializing_if = "Vec::is_empty")]
    second: Vec<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
fn is_none(decay: &f64) -> bool {
    *decay == 0.0
}

impl Default for Adam {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl Adam {
    /// Adam with this step and the usual memory.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        let (first, second) = (Vec::new(), Vec::new());
        Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, updates: 0, first, second }
    }
}

#[typetag::serde(name = "adam")]
impl Updater for Adam {
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.first.resize(gradient.len(), 0.0);
        self.second.resize(gradient.len(), 0.0);
        self.updates = self.updates.saturating_add(1);
        let rest = |beta: f64| 1.0 - beta.powf(f64::from(self.updates));
        let (rest1, rest2) = (rest(self.beta1), rest(self.beta2));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((theta, (m, v)), g) in parameters.iter_mut().zip(moments).zip(gradient) {
            *m = self.beta1 * *m + (1.0 - self.beta1) * g;
            *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
            let decay = self.learning_rate * self.weight_decay * *theta;
            *theta -= self.learning_rate * (*m / rest1) / ((*v / rest2).sqrt() + self.epsilon);
            *theta -= decay;
        }
    }

    fn validate(&self, parameters: usize) -> Result<()> {
        positive("Adam", "learning_rate", self.learning_rate)?;
        fraction("Adam", "beta1", self.beta1)?;
        fraction("Adam", "beta2", self.beta2)?;
        positive("Adam", "epsilon", self.epsilon)?;
        let decay = self.weight_decay;
        EvolveError::require(decay >= 0.0 && decay.is_finite(), "Adam", "weight_decay", decay, "0 or more")?;
        state(&self.first, parameters)?;
        state(&self.second, parameters)
    }

    fn boxed(&self) -> Box<dyn Updater> {
        Box::new(self.clone())
    }
}

/// Normalised gradients, and a velocity of bounded length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClipUp {
    /// Length of one gradient's contribution, more than 0.
    pub learning_rate: f64,
    /// Memory of the velocity, in [0, 1).
    pub momentum: f64,
    /// Largest length of the velocity, more than 0.
    pub max_speed: f64,
    #[serde(with = "compact", skip_serializing_if = "Vec::is_empty")]
    velocity: Vec<f64>,
}

impl Default for ClipUp {
    fn default() -> Self {
        Self::new(0.02)
    }
}

impl ClipUp {
    /// ClipUp with this speed limit, half of it as learning rate and momentum 0.9.
    #[must_use]
    pub fn new(max_speed: f64) -> Self {
        Self { learning_rate: 0.5 * max_speed, momentum: 0.9, max_speed, velocity: Vec::new() }
    }
}

#[typetag::serde(name = "clip_up")]
impl Updater for ClipUp {
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.velocity.resize(gradient.len(), 0.0);
        let length = norm(gradient);
        let scale = if length > 0.0 { self.learning_rate / length } else { 0.0 };
        for (v, g) in self.velocity.iter_mut().zip(gradient) {
            *v = self.momentum * *v + scale * g;
        }
        let speed = norm(&self.velocity);
        let limit = if speed > self.max_speed { self.max_speed / speed } else { 1.0 };
        for (theta, v) in parameters.iter_mut().zip(&mut self.velocity) {
            *v *= limit;
            *theta -= *v;
        }
    }

    fn validate(&self, parameters: usize) -> Result<()> {
        positive("ClipUp", "learning_rate", self.learning_rate)?;
        fraction("ClipUp", "momentum", self.momentum)?;
        positive("ClipUp", "max_speed", self.max_speed)?;
        state(&self.velocity, parameters)
    }

    fn boxed(&self) -> Box<dyn Updater> {
        Box::new(self.clone())
    }
}

pub(crate) fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn path(mut updater: impl Updater, gradients: &[[f64; 2]]) -> Vec<f64> {
        let mut theta = vec![1.0, -1.0];
        gradients.iter().for_each(|g| updater.update(&mut theta, g));
        updater.validate(2).unwrap();
        theta
    }

    fn close(found: &[f64], expected: [f64; 2]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
    }

    #[test]
    fn steps_worked_out_by_hand() {
        let gradients = [[1.0, -2.0], [3.0, 0.0]];
        close(&path(Sgd { learning_rate: 0.1 }, &gradients), [1.0 - 0.4, -1.0 + 0.2]);
        // Velocities 1, 0.5 + 3 = 3.5 and -2, -1.
        close(&path(Momentum::new(0.1, 0.5), &gradients), [1.0 - 0.45, -1.0 + 0.3]);
        // Mean squares 0.5 g1^2, then 0.25 g1^2 + 0.5 g2^2.
        let rms = path(RmsProp { memory: 0.5, epsilon: 1e-300, ..RmsProp::new(0.1) }, &gradients);
        let root = 0.5_f64.sqrt();
        close(&rms, [1.0 - 0.1 / root - 0.3 / 4.75_f64.sqrt(), -1.0 + 0.1 / root]);
        // Decay takes its share of the parameters before the update, whatever the gradient.
        let decayed = path(Adam { weight_decay: 0.5, epsilon: 1e-300, ..Adam::new(0.1) }, &gradients[..1]);
        close(&decayed, [0.9 - 0.05, -0.9 + 0.05]);
        // First step of Adam: a g / |g| up to epsilon, for any gradient.
        let first = path(Adam { epsilon: 1e-300, ..Adam::new(0.1) }, &gradients[..1]);
        close(&first, [0.9, -0.9]);
        // Second: m' = (0.9 0.1 g1 + 0.1 g2) / 0.19, v' = (0.999 0.001 g1^2 + 0.001 g2^2) / (1 - 0.999^2).
        let rest = 1.0 - 0.999_f64 * 0.999;
        let step = |g1: f64, g2: f64| {
            let (m, v) = ((0.09 * g1 + 0.1 * g2) / 0.19, (0.000999 * g1 * g1 + 0.001 * g2 * g2) / rest);
            0.1 * m / v.sqrt()
        };
        let second = path(Adam { epsilon: 1e-300, ..Adam::new(0.1) }, &gradients);
        close(&second, [0.9 - step(1.0, 3.0), -0.9 - step(-2.0, 0.0)]);
    }

    #[test]
    fn clip_up_normalises_and_limits_the_speed() {
        // 3-4-5: contributions of length 0.1; the speed limit 0.15 cuts 0.1 + 0.09.
        let gradients = [[30.0, 40.0], [0.3, 0.4]];
        close(&path(ClipUp { learning_rate: 0.1, ..ClipUp::new(0.15) }, &gradients), [1.0 - 0.15, -1.0 - 0.2]);
        close(&path(ClipUp::new(0.15), &[[0.0, 0.0]]), [1.0, -1.0]);
    }

    #[test]
    fn settings_are_checked_and_state_survives_storage() {
        let bad: [Box<dyn Updater>; 6] = [
            Box::new(RmsProp { memory: 1.0, ..RmsProp::default() }),
            Box::new(Adam { weight_decay: -1.0, ..Adam::default() }),
            Box::new(Sgd { learning_rate: 0.0 }),
            Box::new(Momentum::new(0.1, 1.0)),
            Box::new(Adam { beta2: f64::NAN, ..Adam::default() }),
            Box::new(ClipUp { max_speed: -1.0, ..ClipUp::default() }),
        ];
        bad.iter().for_each(|updater| assert!(updater.validate(2).is_err(), "{updater:?}"));
        for tag in ["sgd", "momentum", "rms_prop", "adam", "clip_up"] {
            let mut straight: Box<dyn Updater> = serde_json::from_str(&format!(r#"{{"updater":"{tag}"}}"#)).unwrap();
            let mut theta = [0.3, 0.1];
            straight.update(&mut theta, &[1.0, -0.7]);
            let mut other = theta;
            let text = serde_json::to_string(&straight).unwrap();
            let mut loaded: Box<dyn Updater> = serde_json::from_str(&text).unwrap();
            straight.update(&mut theta, &[0.2, 0.2]);
            loaded.update(&mut other, &[0.2, 0.2]);
            assert_eq!(theta, other, "{tag}");
            assert!(tag == "sgd" || straight.validate(3).is_err(), "{tag}");
        }
    }
}
