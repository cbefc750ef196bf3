//! Keeping weights in range: how an update is bounded, and when.
//!
//! A weight is kept as its magnitude `u = |w|`; its sign is that of the presynaptic neuron and never
//! changes (Dale's principle), so 0 is always the lower bound.

use num_traits::Float;
use serde::{Deserialize, Serialize};

/// How an update `du` of a magnitude `u` with upper bound `u_max` is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// `u + du`, which may leave the range and change sign: for tests against closed forms.
    None,
    /// `u + du`, clipped to `[0, u_max]`.
    Hard,
    /// `du` is first scaled by the distance to the bound it moves toward, `(u_max - u) / u_max` for
    /// `du > 0` and `u / u_max` for `du < 0`; then as `Hard`.
    Soft,
}

impl Bounds {
    /// The magnitude after an update. Within `[0, u_max]` for `Hard` and `Soft` if `u_max >= 0`.
    #[inline]
    pub fn apply<F: Float>(self, u: F, du: F, u_max: F) -> F {
        let clip = |value: F| value.max(F::zero()).min(u_max);
        match self {
            Self::None => u + du,
            Self::Hard => clip(u + du),
            Self::Soft if u_max > F::zero() => {
                let distance = if du > F::zero() { u_max - u } else { u };
                clip(u + du * (distance / u_max))
            }
            Self::Soft => F::zero(),
        }
    }
}

/// When updates are applied and bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundsWhen {
    /// In every step.
    EveryStep,
    /// When the weight is needed: in a step in which the presynaptic neuron fires, after the update of
    /// that step and before the spike is delivered, and at every flush. The updates since the last
    /// touch are summed without bounds and applied as one.
    AtTouches,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_follow_their_equations() {
        assert_eq!(Bounds::None.apply(0.5, -2.0, 1.0), -1.5);
        assert_eq!(Bounds::Hard.apply(0.5, 0.25, 1.0), 0.75);
        assert_eq!(Bounds::Hard.apply(0.5, -2.0, 1.0), 0.0);
        assert_eq!(Bounds::Hard.apply(0.5, 2.0, 1.0), 1.0);
        assert_eq!(Bounds::Soft.apply(1.0, 0.5, 4.0), 1.375);
        assert_eq!(Bounds::Soft.apply(1.0, -0.5, 4.0), 0.875);
        assert_eq!(Bounds::Soft.apply(1.0, -9.0, 4.0), 0.0);
        assert_eq!(Bounds::Soft.apply(4.0, 1.0, 4.0), 4.0);
        assert_eq!(Bounds::Soft.apply(0.0, -1.0, 4.0), 0.0);
        assert_eq!(Bounds::Soft.apply(0.0_f32, 1.0, 0.0), 0.0);
    }
}
