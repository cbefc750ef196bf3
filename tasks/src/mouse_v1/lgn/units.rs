//! The mosaic of 17,400 LGN units.
//!
//! Every tile of 16 x 12 degrees holds the same number of units of each class, uniform in position. Receptive-field
//! sizes are triangular, filter parameters vary by +-2.5 % (uniform), composites have a random axis.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>.

use rand::{Rng, RngExt};

use super::kernels::{composite_gains, temporal_kernel};
use crate::mouse_v1::tables::{
    BumpPair, COMPOSITE_ON_FILTER, LGN_CLASSES, LGN_FIELD_DEG, LGN_TILES, LgnClass, LgnKind, N_LGN_UNITS,
};

/// Half width of the relative variation of filter parameters.
pub const JITTER: f64 = 0.025;

/// A linear filter followed by rectification: `relu(spont + gain * sum_k K(k) s(t - k))`.
#[derive(Debug, Clone, PartialEq)]
pub struct Subunit {
    /// Centre (deg), x to the right, y down.
    pub x_deg: f64,
    /// Centre (deg).
    pub y_deg: f64,
    /// Width of the Gaussian receptive field (deg).
    pub sigma_deg: f64,
    /// Temporal filter.
    pub filter: BumpPair,
    /// Added to both delays of the filter (ms).
    pub shift_ms: i64,
    /// Polarity (+1 ON, -1 OFF) or, in composites, amplitude.
    pub gain: f64,
    /// Spontaneous rate (Hz) of this subunit.
    pub spont_hz: f64,
}

impl Subunit {
    /// The temporal kernel (Hz per unit contrast) times the gain; index = lag in ms.
    pub fn kernel(&self) -> Vec<f64> {
        let mut kernel = temporal_kernel(&self.filter, self.shift_ms);
        kernel.iter_mut().for_each(|k| *k *= self.gain);
        kernel
    }
}

/// One unit: one subunit, or two whose rates add up.
#[derive(Debug, Clone, PartialEq)]
pub struct LgnUnit {
    /// Index into [`LGN_CLASSES`].
    pub class: usize,
    /// Direction (deg, 0..360) from the OFF to the ON subunit of a composite; 0 otherwise.
    pub angle_deg: f64,
    /// The only subunit, or the dominant (OFF) one of a composite.
    pub primary: Subunit,
    /// The ON subunit of a composite.
    pub secondary: Option<Subunit>,
}

impl LgnUnit {
    /// Response kind.
    pub fn kind(&self) -> LgnKind {
        LGN_CLASSES[self.class].kind
    }

    /// Position (deg): that of the primary subunit.
    pub fn position_deg(&self) -> (f64, f64) {
        (self.primary.x_deg, self.primary.y_deg)
    }

    /// Spontaneous rate (Hz).
    pub fn spont_hz(&self) -> f64 {
        self.primary.spont_hz.max(0.0) + self.secondary.as_ref().map_or(0.0, |s| s.spont_hz.max(0.0))
    }
}

/// All units, drawn from `rng`; ordered by class, then tile.
///
/// Fully determined by the state of `rng`.
pub fn lgn_units<R: Rng + ?Sized>(rng: &mut R) -> Vec<LgnUnit> {
    let mut units = Vec::with_capacity(N_LGN_UNITS);
    let (tile_w, tile_h) = (LGN_FIELD_DEG.0 / LGN_TILES.0 as f64, LGN_FIELD_DEG.1 / LGN_TILES.1 as f64);
    for (index, class) in LGN_CLASSES.iter().enumerate() {
        for row in 0..LGN_TILES.1 {
            for column in 0..LGN_TILES.0 {
                for _ in 0..class.n_per_tile {
                    let x_deg = (column as f64 + rng.random::<f64>()) * tile_w;
                    let y_deg = (row as f64 + rng.random::<f64>()) * tile_h;
                    units.push(unit(index, class, x_deg, y_deg, rng));
                }
            }
        }
    }
    units
}

fn unit<R: Rng + ?Sized>(index: usize, class: &LgnClass, x_deg: f64, y_deg: f64, rng: &mut R) -> LgnUnit {
    let sigma_deg = size_deg(class.size_deg, rng.random()) / 3.0;
    let filter = jittered(&class.filter, rng);
    let gain = if class.kind == LgnKind::SOn { 1.0 } else { -1.0 };
    let primary = Subunit { x_deg, y_deg, sigma_deg, filter, shift_ms: 0, gain, spont_hz: class.spont_hz };
    let Some(composite) = &class.composite else {
        return LgnUnit { class: index, angle_deg: 0.0, primary, secondary: None };
    };
    let angle_deg = 360.0 * rng.random::<f64>();
    let on_filter = jittered(&COMPOSITE_ON_FILTER, rng);
    let gains = composite_gains(&filter, &on_filter, composite, class.spont_hz);
    let (sin, cos) = angle_deg.to_radians().sin_cos();
    let secondary = Subunit {
        x_deg: x_deg + composite.separation_deg * cos,
        y_deg: y_deg + composite.separation_deg * sin,
        filter: on_filter,
        shift_ms: gains.on_shift_ms,
        gain: 1.0,
        spont_hz: 0.5 * class.spont_hz,
        ..primary
    };
    let primary =
        Subunit { shift_ms: gains.off_shift_ms, gain: gains.off_amplitude, spont_hz: 0.5 * class.spont_hz, ..primary };
    LgnUnit { class: index, angle_deg, primary, secondary: Some(secondary) }
}

/// Inverse of the triangular distribution on `min..max` with mode `min + 1`.
fn size_deg((min, max): (f64, f64), u: f64) -> f64 {
    let width = max - min;
    if width <= 0.0 {
        return min;
    }
    let mode = 1.0_f64.min(width);
    if u * width < mode { min + (u * width * mode).sqrt() } else { max - ((1.0 - u) * width * (width - mode)).sqrt() }
}

fn jittered<R: Rng + ?Sized>(filter: &BumpPair, rng: &mut R) -> BumpPair {
    let mut vary = |x: f64| x * (1.0 + JITTER * (2.0 * rng.random::<f64>() - 1.0));
    BumpPair {
        w: filter.w.map(&mut vary),
        kpeak_ms: filter.kpeak_ms.map(&mut vary),
        delay_ms: filter.delay_ms.map(&mut vary),
    }
}

/// Mean spontaneous rate (Hz) of `units`; 0 for none.
pub fn spontaneous_mean(units: &[LgnUnit]) -> f64 {
    units.iter().map(LgnUnit::spont_hz).sum::<f64>() / units.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn all() -> Vec<LgnUnit> {
        lgn_units(&mut ChaCha8Rng::seed_from_u64(1))
    }

    #[test]
    fn counts_per_class_and_tile() {
        let units = all();
        assert_eq!(units.len(), N_LGN_UNITS);
        for (c, class) in LGN_CLASSES.iter().enumerate() {
            let mut tiles = vec![0; LGN_TILES.0 * LGN_TILES.1];
            for u in units.iter().filter(|u| u.class == c) {
                let (x, y) = u.position_deg();
                tiles[(y / 12.0) as usize * LGN_TILES.0 + (x / 16.0) as usize] += 1;
            }
            assert!(tiles.iter().all(|&n| n == class.n_per_tile), "{}", class.name);
        }
    }

    #[test]
    fn spontaneous_mean_is_that_of_the_released_files() {
        let mean = spontaneous_mean(&all());
        assert!((mean / 3.84 - 1.0).abs() < 0.02, "{mean}");
        assert_eq!(spontaneous_mean(&[]), 0.0);
    }

    #[test]
    fn sizes_are_triangular() {
        // mean of a triangular distribution = (min + mode + max)/3, variance = (a^2 + b^2 + c^2 - ab - ac - bc)/18
        let sizes: Vec<f64> =
            all().iter().filter(|u| u.secondary.is_none()).map(|u| 3.0 * u.primary.sigma_deg).collect();
        let n = sizes.len() as f64;
        let mean = sizes.iter().sum::<f64>() / n;
        let variance = sizes.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
        assert!((mean - 5.0).abs() < 0.05, "{mean}");
        assert!((variance - 57.0 / 18.0).abs() < 0.1, "{variance}");
        assert!(sizes.iter().all(|s| (2.0..10.0).contains(s)));
        assert_eq!((size_deg((2.0, 10.0), 0.0), size_deg((2.0, 10.0), 1.0)), (2.0, 10.0));
        assert!((size_deg((2.0, 10.0), 0.125) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn parameters_vary_within_bounds() {
        for u in all() {
            let class = &LGN_CLASSES[u.class];
            for j in 0..2 {
                for (found, table) in [
                    (u.primary.filter.w[j], class.filter.w[j]),
                    (u.primary.filter.kpeak_ms[j], class.filter.kpeak_ms[j]),
                    (u.primary.filter.delay_ms[j], class.filter.delay_ms[j]),
                ] {
                    assert!((found - table).abs() <= JITTER * table.abs());
                }
            }
            if let (Some(s), Some(c)) = (&u.secondary, class.composite) {
                let d = (s.x_deg - u.primary.x_deg).hypot(s.y_deg - u.primary.y_deg);
                assert!((d - c.separation_deg).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn same_seed_same_units() {
        assert!(all() == all());
        assert!(all() != lgn_units(&mut ChaCha8Rng::seed_from_u64(2)));
    }
}
