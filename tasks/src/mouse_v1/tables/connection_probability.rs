//! Distance- and orientation-dependent connection probability between the 17 types.
//!
//! P(r) = A_peak exp(-(r/sigma)^2) B(dphi), with r the horizontal distance (um) and dphi the difference of preferred
//! orientations; A_peak follows from the tabled probability averaged over r < R0 and is at most 1.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040> (file `v1_conn_props.json` of the released model).

use evoplast_synapse::DistanceGaussian;

use super::cell_types::{CELL_TYPES, CellClass, Layer, N_TYPES};

/// Radius R0 (um) over which [`A_LITERATURE`] is the mean probability.
pub const R0_UM: f64 = 75.0;
/// Smallest number of synapses in one connection.
pub const N_SYNAPSES_MIN: u32 = 3;
/// Largest number of synapses in one connection; the number is uniform between both.
pub const N_SYNAPSES_MAX: u32 = 7;

/// Mean connection probability within [`R0_UM`]; rows presynaptic, columns postsynaptic type. 186 pairs are not zero.
#[rustfmt::skip]
pub const A_LITERATURE: [[f64; N_TYPES]; N_TYPES] = [
    // from i1Htr3a
    [0.656, 0.356, 0.093, 0.068, 0.464, 0.148, 0.0, 0.0, 0.0, 0.148, 0.0, 0.0, 0.0, 0.148, 0.0, 0.0, 0.0],
    // from e23
    [0.0, 0.16, 0.395, 0.182, 0.105, 0.016, 0.083, 0.083, 0.083, 0.083, 0.081, 0.102, 0.0, 0.0, 0.0, 0.0, 0.0],
    // from i23Pvalb
    [0.024, 0.411, 0.451, 0.03, 0.22, 0.05, 0.05, 0.05, 0.05, 0.07, 0.073, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    // from i23Sst
    [0.279, 0.424, 0.857, 0.082, 0.77, 0.05, 0.05, 0.05, 0.05, 0.021, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    // from i23Htr3a
    [0.0, 0.087, 0.02, 0.625, 0.028, 0.05, 0.05, 0.05, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    // from e4
    [0.0, 0.14, 0.1, 0.1, 0.1, 0.243, 0.43, 0.571, 0.571, 0.104, 0.101, 0.128, 0.05, 0.032, 0.0, 0.0, 0.0],
    // from i4Pvalb
    [0.0, 0.25, 0.05, 0.05, 0.05, 0.437, 0.451, 0.03, 0.22, 0.088, 0.091, 0.03, 0.03, 0.0, 0.0, 0.0, 0.0],
    // from i4Sst
    [0.241, 0.25, 0.05, 0.05, 0.05, 0.351, 0.857, 0.082, 0.77, 0.026, 0.03, 0.0, 0.03, 0.0, 0.0, 0.0, 0.0],
    // from i4Htr3a
    [0.0, 0.25, 0.05, 0.05, 0.05, 0.351, 0.02, 0.625, 0.028, 0.0, 0.03, 0.03, 0.03, 0.0, 0.0, 0.0, 0.0],
    // from e5
    [0.017, 0.021, 0.05, 0.05, 0.05, 0.007, 0.05, 0.05, 0.05, 0.116, 0.083, 0.063, 0.105, 0.047, 0.03, 0.03, 0.03],
    // from i5Pvalb
    [0.0, 0.0, 0.102, 0.0, 0.0, 0.0, 0.034, 0.03, 0.03, 0.455, 0.361, 0.03, 0.22, 0.03, 0.01, 0.01, 0.01],
    // from i5Sst
    [0.203, 0.169, 0.0, 0.017, 0.0, 0.056, 0.03, 0.006, 0.03, 0.317, 0.857, 0.04, 0.77, 0.03, 0.01, 0.01, 0.01],
    // from i5Htr3a
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.03, 0.03, 0.03, 0.03, 0.125, 0.02, 0.625, 0.02, 0.03, 0.01, 0.01, 0.01],
    // from e6
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.012, 0.01, 0.01, 0.01, 0.026, 0.145, 0.1, 0.1],
    // from i6Pvalb
    [0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.03, 0.03, 0.03, 0.1, 0.08, 0.1, 0.08],
    // from i6Sst
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03, 0.03, 0.03, 0.03, 0.1, 0.05, 0.05, 0.05],
    // from i6Htr3a
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03, 0.03, 0.03, 0.03, 0.1, 0.05, 0.05, 0.05],
];

/// Width sigma (um) of the connection probability from type `pre` to type `post`.
pub const fn sigma_um(pre: usize, post: usize) -> f64 {
    match (CELL_TYPES[pre].class, CELL_TYPES[post].class) {
        (CellClass::Exc, CellClass::Exc) => 114.0,
        (CellClass::Exc, CellClass::Pvalb) => 92.0,
        (CellClass::Exc, _) => 103.0,
        (CellClass::Pvalb, CellClass::Exc) => 95.0,
        (_, CellClass::Exc) => 85.0,
        _ => 120.0,
    }
}

/// Probability at distance 0, capped at 1: A / ((sigma/R0)^2 (1 - exp(-(R0/sigma)^2))).
pub fn a_peak(pre: usize, post: usize) -> f64 {
    DistanceGaussian::from_mean_within(A_LITERATURE[pre][post], R0_UM, sigma_um(pre, post)).peak
}

/// Orientation dependence `Br` = B(90 deg)/B(0 deg): 0.5 between excitatory types, 0.8 when either is in L5, else none.
pub const fn orientation_ratio(pre: usize, post: usize) -> Option<f64> {
    let (pre, post) = (&CELL_TYPES[pre], &CELL_TYPES[post]);
    if !pre.is_excitatory() || !post.is_excitatory() {
        return None;
    }
    if matches!(pre.layer, Layer::L5) || matches!(post.layer, Layer::L5) { Some(0.8) } else { Some(0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::type_index;

    #[test]
    fn pairs_with_connections() {
        let n = A_LITERATURE.iter().flatten().filter(|&&a| a > 0.0).count();
        assert_eq!(n, 186);
        assert!(A_LITERATURE.iter().flatten().all(|a| (0.0..=1.0).contains(a)));
    }

    #[test]
    fn cap_is_reached_by_three_pairs() {
        let mut capped = Vec::new();
        for pre in 0..N_TYPES {
            for post in 0..N_TYPES {
                if a_peak(pre, post) >= 1.0 {
                    capped.push((CELL_TYPES[pre].name, CELL_TYPES[post].name));
                }
            }
        }
        assert_eq!(capped, [("i23Sst", "i23Pvalb"), ("i4Sst", "i4Pvalb"), ("i5Sst", "i5Pvalb")]);
    }

    #[test]
    fn peak_gives_back_the_mean_within_r0() {
        // numerical mean of A_peak exp(-(r/sigma)^2) over the disc r < R0
        for (pre, post) in [(1, 1), (5, 9), (2, 1), (16, 13), (0, 4)] {
            let sigma = sigma_um(pre, post);
            let steps = 20_000;
            let h = R0_UM / f64::from(steps);
            let integral: f64 = (0..steps)
                .map(|k| {
                    let r = (f64::from(k) + 0.5) * h;
                    2.0 * r * (-(r / sigma) * (r / sigma)).exp() * h
                })
                .sum();
            let mean = a_peak(pre, post) * integral / (R0_UM * R0_UM);
            assert!((mean - A_LITERATURE[pre][post]).abs() < 1e-8, "{pre} -> {post}: {mean}");
        }
    }

    #[test]
    fn orientation_matters_between_excitatory_types_only() {
        let [e23, e5, e6] = ["e23", "e5", "e6"].map(|n| type_index(n).expect("a type"));
        assert_eq!(orientation_ratio(e23, e6), Some(0.5));
        assert_eq!(orientation_ratio(e23, e5), Some(0.8));
        assert_eq!(orientation_ratio(e5, e5), Some(0.8));
        assert_eq!(orientation_ratio(e5, 2), None);
        assert_eq!(orientation_ratio(0, e5), None);
    }
}
