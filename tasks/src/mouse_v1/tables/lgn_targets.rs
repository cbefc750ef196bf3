//! How units of the LGN connect to the populations of V1.
//!
//! Angles and sizes in degrees of the visual field. Of each neuron's subfields the centre distance, the width and the
//! aspect ratio are uniform in the given ranges. Rows with weight 0 are silent.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040> (files `lgn_params.json`, `lgn_weights_population.csv` of the released model).

use super::cell_types::N_POPULATIONS;

/// Delay of LGN input in ms.
pub const LGN_DELAY_MS: f64 = 1.7;

/// Rule for one population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LgnTarget {
    /// Weight (pA) of one spike of a selected unit, all its synapses together.
    pub weight_pa: f64,
    /// Probability that a neuron receives LGN input at all.
    pub p_target: f64,
    /// Mean of the Poisson distribution from which the preferred temporal frequency (Hz) is drawn.
    pub poisson_tf_hz: f64,
    /// Probability that the sustained subfield is ON.
    pub s_on_ratio: f64,
    /// Range of the distance between the two subfield centres.
    pub centers_deg: (f64, f64),
    /// Range of the width of a subfield.
    pub width_deg: (f64, f64),
    /// Range of the ratio of length to width.
    pub aspect: (f64, f64),
}

const fn target(
    weight_pa: f64,
    p_target: f64,
    poisson_tf_hz: f64,
    s_on_ratio: f64,
    centers_deg: (f64, f64),
    width_deg: (f64, f64),
    aspect: (f64, f64),
) -> LgnTarget {
    LgnTarget { weight_pa, p_target, poisson_tf_hz, s_on_ratio, centers_deg, width_deg, aspect }
}

/// The rules, per population.
#[rustfmt::skip]
pub const LGN_TARGETS: [LgnTarget; N_POPULATIONS] = [
    target(58.26199, 0.588, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i1Htr3a
    target(18.01418, 0.789, 1.5, 0.9, (4.0, 6.0), (7.5, 9.5), (3.4, 3.6)), // e23Cux2
    target(58.35574, 0.824, 2.0, 0.75, (6.0, 10.0), (10.0, 13.0), (1.6, 1.8)), // i23Pvalb
    target(0.0, 0.0, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i23Sst
    target(0.0, 0.0, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i23Htr3a
    target(41.38995, 1.0, 2.0, 0.9, (4.0, 6.0), (7.5, 9.5), (3.4, 3.6)), // e4Scnn1a
    target(41.49335, 1.0, 2.0, 0.9, (4.0, 6.0), (7.5, 9.5), (3.4, 3.6)), // e4Rorb
    target(41.21991, 1.0, 2.0, 0.9, (4.0, 6.0), (7.5, 9.5), (3.4, 3.6)), // e4other
    target(42.17691, 1.0, 2.0, 0.9, (4.0, 6.0), (7.5, 9.5), (3.4, 3.6)), // e4Nr5a1
    target(134.3757, 1.0, 2.0, 0.75, (6.0, 10.0), (10.0, 13.0), (1.6, 1.8)), // i4Pvalb
    target(0.0, 0.333, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i4Sst
    target(0.0, 0.444, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i4Htr3a
    target(12.96272, 1.0, 1.5, 0.5, (8.0, 12.0), (12.0, 16.0), (1.6, 1.8)), // e5Rbp4
    target(13.15698, 1.0, 1.5, 0.5, (8.0, 12.0), (12.0, 16.0), (1.6, 1.8)), // e5noRbp4
    target(69.6918, 1.0, 2.0, 0.5, (6.0, 10.0), (10.0, 13.0), (1.6, 1.8)), // i5Pvalb
    target(0.0, 0.0, 2.0, 0.5, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i5Sst
    target(0.0, 0.0, 2.0, 0.5, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i5Htr3a
    target(11.4873, 0.778, 1.5, 0.9, (3.0, 4.0), (9.0, 11.0), (3.4, 3.6)), // e6Ntsr1
    target(50.49228, 0.818, 2.0, 0.75, (6.0, 10.0), (10.0, 13.0), (1.6, 1.8)), // i6Pvalb
    target(0.0, 0.0, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i6Sst
    target(0.0, 0.0, 2.0, 0.75, (6.0, 10.0), (8.5, 11.0), (2.2, 2.4)), // i6Htr3a
];
