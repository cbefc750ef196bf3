//! Delayed plasticity by activity traces: a synapse counts how often its ends fire together, and changes at the end of an
//! episode.
//!
//! ```text
//! n_ab counts steps in which pre is in state a and post in state b (0: silent, 1: fires), f_ab = n_ab / steps
//! at the end of an episode: dw = eta T[f_00 > theta, f_01 > theta, f_10 > theta, f_11 > theta, rewarded],  n <- 0
//! ```
//!
//! | symbol | field | range |
//! |---|---|---|
//! | T | `table`, index bits f_00 f_01 f_10 f_11 reward | -1, 0, 1 |
//! | theta | `threshold` | 0 to 1 |
//! | eta | `eta` | 0 to 1 |
//!
//! An activity fires above 0.5; the episode is rewarded if the reward of its last step is above 0.
//!
//! Source: Yaman, Iacca, Mocanu, Fletcher, Pechenizkiy 2019, "Learning with delayed synaptic plasticity", GECCO 2019,
//! doi 10.48550/arXiv.1903.09393.

use super::reward_table::direction;
use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "activity traces (delayed)",
    equation: "eta T[f_00 > theta, f_01 > theta, f_10 > theta, f_11 > theta, rewarded] at the end of an episode",
    signals: "pre, post, reward of an episode",
    reference: "Yaman et al. 2019b",
    doi: "doi 10.48550/arXiv.1903.09393",
};

/// A delayed rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActivityTraces {
    /// Learning rate eta.
    pub eta: f64,
    /// Share of steps from which on a joint state counts as frequent.
    pub threshold: f64,
    /// Direction of the change.
    pub table: [i8; 32],
}

impl LocalRule for ActivityTraces {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        [self.eta, self.threshold].into_iter().chain(self.table.map(f64::from)).collect()
    }

    fn memory(&self) -> usize {
        4
    }

    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64 {
        memory[2 * usize::from(seen.pre > 0.5) + usize::from(seen.post > 0.5)] += 1.0;
        if !seen.episode_end {
            return 0.0;
        }
        let steps: f64 = memory.iter().sum();
        let frequent = memory.iter().map(|count| usize::from(count / steps > self.threshold));
        let state = frequent.fold(0, |index, bit| 2 * index + bit);
        memory.fill(0.0);
        self.eta * f64::from(self.table[2 * state + usize::from(seen.reward > 0.0)])
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let mut genes = vec![Gene::real("eta", "", 0.0, 1.0)?, Gene::real("theta", "", 0.0, 1.0)?];
    for index in 0..32 {
        genes.push(Gene::real(format!("T[{index:05b}]"), "", -1.0, 1.0)?.in_group("T"));
    }
    Ok(LocalSpace::new(&CARD, genes, |p| {
        let table = std::array::from_fn(|k| direction(p[k + 2]));
        Ok(Box::new(ActivityTraces { eta: p[0], threshold: p[1], table }))
    }))
}
