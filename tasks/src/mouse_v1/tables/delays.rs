//! Conduction delays and receptors of recurrent connections, by type.
//!
//! Delays in ms (at a step of 1 ms they round to 1..4 steps):
//!
//! | from | to | delay |
//! |---|---|---|
//! | E | Pvalb / Sst, Htr3a | 1.2 / 1.5 |
//! | Pvalb | E / Pvalb / Sst, Htr3a | 0.9 / 1.6 / 1.2 |
//! | Sst, Htr3a | all | 1.5 |
//! | L1 Htr3a | all | 3.8 |
//! | E2/3 | E2/3, E4 / E5 | 1.6 / 1.8 |
//! | E4 | E2/3 / E4 / E5 / E6 | 2.3 / 1.3 / 1.5 / 1.9 |
//! | E5 | E2/3 / E4 / E5 / E6 | 3.0 / 2.5 / 1.5 / 1.8 |
//! | E6 | E5 / E6 | 3.5 / 1.8 |
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>.

use super::cell_types::{CELL_TYPES, CellClass, Layer};

/// Time constants (ms) of the alpha synapses of the four receptors e2e, i2e, e2i, i2i.
pub const TAU_SYN_MS: [f64; 4] = [5.5, 8.5, 2.8, 5.8];

/// Index into [`TAU_SYN_MS`] for a connection between the given signs.
pub const fn receptor(pre_is_excitatory: bool, post_is_excitatory: bool) -> usize {
    match (pre_is_excitatory, post_is_excitatory) {
        (true, true) => 0,
        (false, true) => 1,
        (true, false) => 2,
        (false, false) => 3,
    }
}

/// Delay (ms) from type `pre` to type `post`.
///
/// Pairs of excitatory types that the model never connects (E2/3 to E6, E6 to E2/3 and E4) have none: `None`.
///
/// # Panics
/// If an index is not below `N_TYPES`.
pub const fn delay_ms(pre: usize, post: usize) -> Option<f64> {
    let (pre, post) = (&CELL_TYPES[pre], &CELL_TYPES[post]);
    let delay = match (pre.class, post.class) {
        (CellClass::Exc, CellClass::Exc) => match (pre.layer, post.layer) {
            (Layer::L23, Layer::L23 | Layer::L4) => 1.6,
            (Layer::L23, Layer::L5) | (Layer::L5 | Layer::L6, Layer::L6) => 1.8,
            (Layer::L4, Layer::L23) => 2.3,
            (Layer::L4, Layer::L4) => 1.3,
            (Layer::L4 | Layer::L5, Layer::L5) => 1.5,
            (Layer::L4, Layer::L6) => 1.9,
            (Layer::L5, Layer::L23) => 3.0,
            (Layer::L5, Layer::L4) => 2.5,
            (Layer::L6, Layer::L5) => 3.5,
            _ => return None,
        },
        (CellClass::Exc, CellClass::Pvalb) => 1.2,
        (CellClass::Exc, _) => 1.5,
        (CellClass::Pvalb, CellClass::Exc) => 0.9,
        (CellClass::Pvalb, CellClass::Pvalb) => 1.6,
        (CellClass::Pvalb, _) => 1.2,
        (CellClass::Htr3a, _) if matches!(pre.layer, Layer::L1) => 3.8,
        _ => 1.5,
    };
    Some(delay)
}

/// Delay in steps: rounded half to even after clamping to 1..=5 ms.
///
/// The rule of Chen et al. 2022, Sci Adv 8:eabq7592, <https://doi.org/10.1126/sciadv.abq7592>.
pub fn delay_steps(delay_ms: f64, dt_ms: f64) -> u32 {
    ((delay_ms.clamp(1.0, 5.0) / dt_ms).round_ties_even() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::{N_TYPES, connection_probability::A_LITERATURE};

    #[test]
    fn every_connected_pair_has_a_delay() {
        let mut steps = Vec::new();
        for pre in 0..N_TYPES {
            for post in 0..N_TYPES {
                match delay_ms(pre, post) {
                    Some(d) => steps.push(delay_steps(d, 1.0)),
                    None => assert_eq!(A_LITERATURE[pre][post], 0.0),
                }
            }
        }
        steps.sort_unstable();
        steps.dedup();
        assert_eq!(steps, [1, 2, 3, 4]);
    }

    #[test]
    fn steps_round_half_to_even() {
        assert_eq!([0.9, 1.5, 2.5, 3.5, 3.8, 9.0].map(|d| delay_steps(d, 1.0)), [1, 2, 2, 4, 4, 5]);
    }
}
