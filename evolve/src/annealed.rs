//! Steps that grow shorter to the end of a run: any updater, annealed along half a cosine.
//!
//! Update t (from 1) of the inner updater takes theta to theta'; the parameters move by
//!
//! ```text
//! theta <- theta + f (theta' - theta),   f = floor + (1 - floor) (1 + cos(pi min(t - 1, steps) / steps)) / 2
//! ```
//!
//! | symbol | field | meaning | default |
//! |---|---|---|---|
//! | steps | `steps` | updates until f = floor | 1000 |
//! | floor | `floor` | share of a step that is left, in \[0, 1\] | 0 |
//! | | `inner` | the updater whose steps are scaled | Adam |
//!
//! Of SGD, momentum, RMSprop and Adam, whose steps are proportional to their learning rate, this is the schedule of the learning
//! rate of Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts. Of ClipUp the velocity stays as it is and what it does
//! to the parameters shrinks.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::updater::{Adam, Updater};

/// An updater whose steps fall to `floor` of their length within `steps` updates.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Annealed {
    /// The updater whose steps are scaled.
    pub inner: Box<dyn Updater>,
    /// Updates until the floor, at least 1.
    pub steps: u64,
    /// Share of a step that is left then, in \[0, 1\].
    pub floor: f64,
    updates: u64,
}

impl Default for Annealed {
    fn default() -> Self {
        Self::new(Box::new(Adam::default()), 1000)
    }
}

impl Annealed {
    /// Steps of `inner` that fall to nothing within `steps` updates.
    #[must_use]
    pub fn new(inner: Box<dyn Updater>, steps: u64) -> Self {
        Self { inner, steps, floor: 0.0, updates: 0 }
    }

    /// Share of the next step.
    fn share(&self) -> f64 {
        let done = self.updates.min(self.steps) as f64 / self.steps.max(1) as f64;
        self.floor + (1.0 - self.floor) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
    }
}

#[typetag::serde(name = "annealed")]
impl Updater for Annealed {
    fn update(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        let before = parameters.to_vec();
        self.inner.update(parameters, gradient);
        let share = self.share();
        parameters.iter_mut().zip(before).for_each(|(theta, old)| *theta = old + share * (*theta - old));
        self.updates = self.updates.saturating_add(1);
    }

    fn validate(&self, parameters: usize) -> Result<()> {
        EvolveError::require(self.steps > 0, "annealed", "steps", self.steps as f64, "at least 1")?;
        EvolveError::require((0.0..=1.0).contains(&self.floor), "annealed", "floor", self.floor, "in [0, 1]")?;
        self.inner.validate(parameters)
    }

    fn boxed(&self) -> Box<dyn Updater> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::updater::Sgd;

    #[test]
    fn steps_follow_half_a_cosine_to_the_floor() {
        let inner = Box::new(Sgd { learning_rate: 1.0 });
        let mut updater = Annealed { floor: 0.2, ..Annealed::new(inner, 4) };
        let mut theta = [0.0];
        let mut steps = vec![];
        for _ in 0..6 {
            let before = theta[0];
            updater.update(&mut theta, &[-1.0]);
            steps.push(theta[0] - before);
        }
        let half = 0.5_f64.sqrt();
        let expected = [1.0, 0.6 + 0.4 * half, 0.6, 0.6 - 0.4 * half, 0.2, 0.2];
        assert!(steps.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{steps:?}");
    }

    #[test]
    fn the_state_survives_storage_and_settings_are_checked() {
        let mut straight: Box<dyn Updater> =
            serde_json::from_str(r#"{"updater":"annealed","steps":3,"inner":{"updater":"momentum"}}"#).unwrap();
        let mut theta = [0.3, 0.1];
        straight.update(&mut theta, &[1.0, -0.7]);
        let mut other = theta;
        let mut loaded: Box<dyn Updater> = serde_json::from_str(&serde_json::to_string(&straight).unwrap()).unwrap();
        straight.update(&mut theta, &[0.2, 0.2]);
        loaded.update(&mut other, &[0.2, 0.2]);
        assert_eq!(theta, other);
        assert!(straight.validate(2).is_ok() && straight.validate(3).is_err());
        let bad = [
            Annealed { steps: 0, ..Annealed::default() },
            Annealed { floor: f64::NAN, ..Annealed::default() },
            Annealed::new(Box::new(Sgd { learning_rate: -1.0 }), 2),
        ];
        bad.iter().for_each(|updater| assert!(updater.validate(2).is_err(), "{updater:?}"));
    }
}
