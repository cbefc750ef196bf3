//! How a search that moves freely is kept within the bounds.
//!
//! A single-objective search moves in *latent* coordinates y without bounds, in which every gene has the unit of its
//! range; a map takes y to the place u in [0, 1] within the range, and u to the genome:
//!
//! search coordinate = lower + u (upper - lower).
//!
//! | kind | u(y) | y within | use |
//! |---|---|---|---|
//! | `Projection` | min(max(y, 0), 1) | [0, 1] | optima on the bounds, populations of points |
//! | `Reflection` | y folded at 0 and 1 | [0, 1] | periodic or symmetric noise at the bounds |
//! | `Smooth` | y; within a of a bound (y + a)^2 / 4a, mirrored; folded at -a and 1 + a | [-a, 1 + a] | default |
//!
//! a = 0.05. `Smooth` is the identity on the inner 90 % of a range, has a continuous derivative everywhere and reaches
//! the bounds. A mean is held inside by `Projection` alone: with the other two the objective is periodic in y, so that a
//! mean that wanders off still sees the same landscape.
//!
//! Source of the smooth map: the boundary transformation of N. Hansen's CMA-ES codes, with the margin given here
//! (description: Hansen 2016, arXiv:1604.00772, appendix B.5).

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};

/// Margin a of the smooth map, as a share of the range.
const MARGIN: f64 = 0.05;

/// Map from latent coordinates to the range of a gene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// The nearest point within the bounds.
    Projection,
    /// Mirrors at both bounds.
    Reflection,
    /// The identity inside, quadratic near the bounds, mirrored outside.
    #[default]
    Smooth,
}

impl Bounds {
    /// The place within the range, in [0, 1], of a latent coordinate.
    #[must_use]
    pub fn place(self, y: f64) -> f64 {
        let y = self.repaired(y);
        match self {
            Self::Projection | Self::Reflection => y,
            Self::Smooth if y < MARGIN => (y + MARGIN) * (y + MARGIN) / (4.0 * MARGIN),
            Self::Smooth if y > 1.0 - MARGIN => {
                let rest = 1.0 + MARGIN - y;
                1.0 - rest * rest / (4.0 * MARGIN)
            }
            Self::Smooth => y,
        }
    }

    /// The places of many latent coordinates, in place.
    pub(crate) fn places(self, y: &mut [f64]) {
        // Most coordinates of most points are where all maps are the identity.
        for part in y.chunks_mut(64) {
            let inside = part.iter().fold(true, |inside, y| inside & (*y >= MARGIN) & (*y <= 1.0 - MARGIN));
            if !inside {
                part.iter_mut().for_each(|y| *y = self.place(*y));
            }
        }
    }

    /// A latent coordinate with this place (in [0, 1]).
    #[must_use]
    pub fn latent(self, place: f64) -> f64 {
        let from_bound = |distance: f64| 2.0 * (MARGIN * distance.max(0.0)).sqrt() - MARGIN;
        match self {
            Self::Smooth if place < MARGIN => from_bound(place),
            Self::Smooth if place > 1.0 - MARGIN => 1.0 - from_bound(1.0 - place),
            _ => place,
        }
    }

    /// The coordinate with the same place that lies in the interval of the table.
    #[must_use]
    pub fn repaired(self, y: f64) -> f64 {
        match self {
            Self::Projection => y.clamp(0.0, 1.0),
            Self::Reflection => folded(y, 0.0, 1.0),
            Self::Smooth => folded(y, -MARGIN, 1.0 + MARGIN),
        }
    }

    /// Keeps the mean of a distribution where moving it changes something.
    pub fn hold(self, mean: &mut [f64]) {
        if self == Self::Projection {
            mean.iter_mut().for_each(|y| *y = self.repaired(*y));
        }
    }
}

/// Reflects y at both ends until it lies between them.
fn folded(y: f64, low: f64, high: f64) -> f64 {
    if (low..=high).contains(&y) {
        return y;
    }
    let width = high - low;
    let turn = (y - low).rem_euclid(2.0 * width);
    (low + if turn > width { 2.0 * width - turn } else { turn }).clamp(low, high)
}

/// Where the mean of a search distribution starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The middle of every range, in search coordinates.
    #[default]
    Middle,
    /// A uniform draw in search coordinates, from the seed of the run.
    Random,
    /// This genome, in its own units.
    Genome(Vec<f64>),
}

impl Start {
    /// Latent coordinates of the start.
    ///
    /// # Errors
    /// If the genome given does not belong to the space.
    pub fn latent(&self, scene: &crate::Scene<'_>) -> Result<Vec<f64>> {
        match self {
            Self::Middle => Ok(vec![0.5; scene.genes()]),
            Self::Random => Ok(scene.uniform(0)),
            Self::Genome(genome) => Ok(scene.latent_of(&scene.space.to_search(genome)?)),
        }
    }
}

/// Checks that a spread is a usable share of the range.
pub(crate) fn check_sigma(component: &'static str, sigma: f64) -> Result<()> {
    EvolveError::require(sigma > 0.0 && sigma <= 10.0, component, "sigma", sigma, "more than 0, at most 10 (ranges)")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Scene;
    use crate::space::{SearchSpace, Variable};
    use proptest::prelude::*;

    const KINDS: [Bounds; 3] = [Bounds::Projection, Bounds::Reflection, Bounds::Smooth];

    #[test]
    fn many_places_are_those_one_by_one() {
        let y: Vec<f64> = (0..1000).map(|k| 0.5 + 0.004 * f64::from(k % 131 - 65) * f64::from(k / 250)).collect();
        for kind in KINDS {
            let mut places = y.clone();
            kind.places(&mut places);
            assert!(places.iter().zip(&y).all(|(place, &y)| *place == kind.place(y)));
        }
    }

    #[test]
    fn values_worked_out_by_hand() {
        let places = |kind: Bounds, y: [f64; 5]| y.map(|y| (kind.place(y) * 1e12).round() / 1e12);
        assert_eq!(places(Bounds::Projection, [-0.2, 0.0, 0.4, 1.0, 1.3]), [0.0, 0.0, 0.4, 1.0, 1.0]);
        assert_eq!(places(Bounds::Reflection, [-0.2, 0.4, 1.3, 2.1, -1.5]), [0.2, 0.4, 0.7, 0.1, 0.5]);
        // (0 + 0.05)^2 / 0.2 = 0.0125; both ends of the interval reach the bounds; beyond, mirrored.
        assert_eq!(places(Bounds::Smooth, [-0.05, 0.0, 0.4, 1.05, 1.1]), [0.0, 0.0125, 0.4, 1.0, 0.9875]);
    }

    #[test]
    fn the_smooth_map_has_a_continuous_derivative() {
        let h = 1e-6;
        for y in [-0.049, 0.05, 0.5, 0.95, 1.04] {
            let slope = |y: f64| (Bounds::Smooth.place(y + h) - Bounds::Smooth.place(y - h)) / (2.0 * h);
            assert!((slope(y - h) - slope(y + h)).abs() < 1e-4, "{y}");
        }
    }

    proptest! {
        #[test]
        fn places_are_within_bounds_and_latents_invert_them(y in -20.0..20.0_f64, place in 0.0..=1.0_f64) {
            for kind in KINDS {
                prop_assert!((0.0..=1.0).contains(&kind.place(y)));
                prop_assert_eq!(kind.place(kind.repaired(y)), kind.place(y));
                prop_assert!((kind.place(kind.latent(place)) - place).abs() < 1e-12);
            }
        }

        /// A space moved by a constant gives genomes moved by that constant, whatever the map.
        #[test]
        fn genomes_move_with_the_bounds(y in -3.0..3.0_f64, shift in -50.0..50.0_f64) {
            for bounds in KINDS {
                let genome = |shift: f64| {
                    let space = SearchSpace::new(vec![Variable::real("x", shift - 2.0, shift + 2.0)]).unwrap();
                    let scene = Scene { space: &space, bounds, run: 0, generation: 0 };
                    space.to_genome(scene.to_search(vec![y]))[0]
                };
                let (here, there) = (genome(0.0), genome(shift));
                prop_assert!((there - here - shift).abs() < 1e-12 * (1.0 + shift.abs()));
            }
        }
    }
}
