//! The 14 classes of LGN units: numbers, receptive-field sizes, temporal filters and spontaneous rates.
//!
//! 17,400 units on a field of 240 x 120 degrees, cut into 15 x 10 tiles of 16 x 12 degrees. Spontaneous rates are means
//! of the recorded cells of a class; the reference rates were measured in the spike files released with the model (gray
//! screen; grating of 0.04 cycles/deg, 2 Hz, contrast 1). Those files do not name the classes: blocks of units were
//! assigned by their number and gray rate. `sOFF_TF1` and `sONsOFF_001` (both 1200 units, 4 Hz on gray) cannot be told
//! apart that way; they are assigned as the filters predict (8 and 17 Hz on the grating).
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040> (files
//! `lgn_models.json` and `filter_models/*.json` of the released model).

/// Number of classes.
pub const N_LGN_CLASSES: usize = 14;
/// Number of units.
pub const N_LGN_UNITS: usize = 17_400;
/// Width and height of the visual field in degrees.
pub const LGN_FIELD_DEG: (f64, f64) = (240.0, 120.0);
/// Numbers of tiles along both axes.
pub const LGN_TILES: (usize, usize) = (15, 10);

/// Response kind of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LgnKind {
    /// Sustained ON.
    SOn,
    /// Sustained OFF.
    SOff,
    /// Transient OFF.
    TOff,
    /// Sustained ON and sustained OFF subunits side by side.
    SOnSOff,
    /// Sustained ON and transient OFF subunits side by side.
    SOnTOff,
}

impl LgnKind {
    /// True for units of two subunits.
    pub const fn is_composite(self) -> bool {
        matches!(self, Self::SOnSOff | Self::SOnTOff)
    }
}

/// Weights, peaks and delays of the two cosine bumps of a temporal filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BumpPair {
    /// Weights (Hz per unit of contrast).
    pub w: [f64; 2],
    /// Peak parameters (ms).
    pub kpeak_ms: [f64; 2],
    /// Delays (ms).
    pub delay_ms: [f64; 2],
}

/// What a composite unit has besides its OFF filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Composite {
    /// Distance (deg) of the ON from the OFF subunit.
    pub separation_deg: f64,
    /// Time (ms) to which the first zero crossing of the OFF filter is shifted.
    pub off_crossing_ms: f64,
    /// Time (ms) to which the first zero crossing of the ON filter is shifted.
    pub on_crossing_ms: f64,
    /// Largest rate (Hz) of the OFF response.
    pub max_rate_off_hz: f64,
    /// Largest rate (Hz) of the ON response.
    pub max_rate_on_hz: f64,
    /// Factor c of the OFF amplitude.
    pub amplitude_factor: f64,
}

/// One class of units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LgnClass {
    /// Name as in the model files.
    pub name: &'static str,
    /// Response kind.
    pub kind: LgnKind,
    /// Preferred temporal frequency (Hz); 0 for composites.
    pub tf_hz: f64,
    /// Number of units per tile.
    pub n_per_tile: usize,
    /// Smallest and largest size (deg), sigma = size/3; triangular with mode `min + 1`, fixed when both are equal.
    pub size_deg: (f64, f64),
    /// Temporal filter; of composites that of the OFF subunit.
    pub filter: BumpPair,
    /// Spontaneous rate (Hz) of the whole unit.
    pub spont_hz: f64,
    /// Second subunit, if any; its filter is [`COMPOSITE_ON_FILTER`].
    pub composite: Option<Composite>,
    /// Mean rate (Hz) of the released units on a gray screen.
    pub ref_gray_hz: f64,
    /// Mean rate (Hz) of the released units on the reference grating.
    pub ref_grating_hz: f64,
}

const fn bumps(w: [f64; 2], kpeak_ms: [f64; 2], delay_ms: [f64; 2]) -> BumpPair {
    BumpPair { w, kpeak_ms, delay_ms }
}

const fn class(
    name: &'static str,
    kind: LgnKind,
    tf_hz: f64,
    n_per_tile: usize,
    filter: BumpPair,
    spont_hz: f64,
    ref_gray_hz: f64,
    ref_grating_hz: f64,
) -> LgnClass {
    let size_deg = (2.0, 10.0);
    LgnClass { name, kind, tf_hz, n_per_tile, size_deg, filter, spont_hz, composite: None, ref_gray_hz, ref_grating_hz }
}

const SON_TF4: BumpPair = bumps([3.594040596, -1.814583121], [30.75886854, 58.35845979], [0.0, 25.0]);
const SOFF_TF4: BumpPair = bumps([3.229814878, -1.658797517], [22.2461977, 56.10036268], [0.0, 15.0]);
const TOFF_TF8: BumpPair = bumps([4.218489792, -2.404989833], [8.524645233, 23.24681671], [0.0, 0.0]);

/// Temporal filter of the ON subunit of composites, that of class `sON_TF4`.
pub const COMPOSITE_ON_FILTER: BumpPair = SON_TF4;

/// The classes, in the order of the model files.
#[rustfmt::skip]
pub const LGN_CLASSES: [LgnClass; N_LGN_CLASSES] = [
    class("sON_TF1", LgnKind::SOn, 1.0, 7, bumps([1.000030934, -0.4461605743], [56.52557576, 137.4409331], [0.0, 15.0]), 5.2, 5.305, 5.852),
    class("sON_TF2", LgnKind::SOn, 2.0, 5, bumps([4.282331512, -1.42754511], [31.20843844, 137.0623971], [0.0, 5.0]), 3.5333, 3.635, 11.916),
    class("sON_TF4", LgnKind::SOn, 4.0, 7, SON_TF4, 8.25, 8.335, 10.239),
    class("sON_TF8", LgnKind::SOn, 8.0, 15, bumps([3.705259676, -1.753839709], [12.94103321, 28.27807659], [0.0, 25.0]), 1.7667, 1.739, 3.929),
    class("sOFF_TF1", LgnKind::SOff, 1.0, 8, bumps([2.114240295, -1.221525571], [54.48070428, 127.9211551], [0.0, 5.0]), 3.95, 4.073, 7.247),
    class("sOFF_TF2", LgnKind::SOff, 2.0, 8, bumps([3.182579375, -1.140712025], [19.84561655, 92.02360682], [0.0, 25.0]), 4.5318, 4.582, 8.654),
    class("sOFF_TF4", LgnKind::SOff, 4.0, 15, SOFF_TF4, 3.6791, 3.748, 5.991),
    class("sOFF_TF8", LgnKind::SOff, 8.0, 8, bumps([3.250647903, -1.68380989], [18.03400572, 51.21537413], [0.0, 15.0]), 3.62, 3.555, 6.125),
    class("sOFF_TF15", LgnKind::SOff, 15.0, 7, bumps([10.0, -3.260571234], [4.736239852, 21.5970757], [0.0, 5.0]), 5.075, 5.168, 6.62),
    class("tOFF_TF4", LgnKind::TOff, 4.0, 10, bumps([3.345980767, -2.181989779], [29.15797185, 59.36268031], [0.0, 15.0]), 3.9446, 3.847, 6.669),
    class("tOFF_TF8", LgnKind::TOff, 8.0, 5, TOFF_TF8, 2.4378, 2.477, 2.767),
    class("tOFF_TF15", LgnKind::TOff, 15.0, 8, bumps([3.441660357, -2.115599482], [8.269733598, 19.99148791], [0.0, 0.0]), 1.0507, 1.095, 1.438),
    LgnClass {
        size_deg: (6.0, 6.0),
        composite: Some(Composite {
            separation_deg: 6.0, off_crossing_ms: 115.0, on_crossing_ms: 121.0,
            max_rate_off_hz: 35.0, max_rate_on_hz: 21.0, amplitude_factor: 1.0,
        }),
        ..class("sONsOFF_001", LgnKind::SOnSOff, 0.0, 8, SOFF_TF4, 4.0, 3.995, 15.873)
    },
    LgnClass {
        size_deg: (9.0, 9.0),
        composite: Some(Composite {
            separation_deg: 4.0, off_crossing_ms: 64.8, on_crossing_ms: 93.5,
            max_rate_off_hz: 46.0, max_rate_on_hz: 31.0, amplitude_factor: 0.7,
        }),
        ..class("sONtOFF_001", LgnKind::SOnTOff, 0.0, 5, TOFF_TF8, 5.5, 5.485, 9.612)
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_units() {
        let per_tile: usize = LGN_CLASSES.iter().map(|c| c.n_per_tile).sum();
        assert_eq!(per_tile * LGN_TILES.0 * LGN_TILES.1, N_LGN_UNITS);
        assert!(LGN_CLASSES.iter().all(|c| c.composite.is_some() == c.kind.is_composite()));
    }

    #[test]
    fn spontaneous_rates_are_those_of_the_released_units() {
        for c in &LGN_CLASSES {
            assert!((c.spont_hz / c.ref_gray_hz - 1.0).abs() < 0.05, "{}", c.name);
        }
    }
}
