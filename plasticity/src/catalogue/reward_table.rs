//! Discrete Hebbian rules with reward: dw = eta T\[pre fires, post fires, reward\], entries -1, 0 or 1.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | T | `table`: `[pre][post][rewarded]` | -1, 0, 1 |
//! | eta | `eta` | 0 to 1 |
//!
//! An activity fires above 0.5, and a step is rewarded if its reward is above 0. A gene of T in \[-1, 1\] is read as the nearest
//! of the three numbers. The source divides the weights of a neuron by their norm after each change; that needs all of them
//! and is left to the network.
//!
//! Source: Yaman, Iacca, Mocanu, Coler, Fletcher, Pechenizkiy 2019, "Evolving plasticity for autonomous learning under
//! changing environmental conditions", arXiv:1904.01709, doi 10.48550/arXiv.1904.01709.

use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "discrete table with reward",
    equation: "eta T[pre fires, post fires, rewarded], T in {-1, 0, 1}",
    signals: "pre, post, reward",
    reference: "Yaman et al. 2019a",
    doi: "doi 10.48550/arXiv.1904.01709",
};

/// A discrete rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RewardTable {
    /// Learning rate eta.
    pub eta: f64,
    /// Direction of the change, `[pre][post][rewarded]`.
    pub table: [i8; 8],
}

/// The nearest of -1, 0 and 1.
pub(super) fn direction(gene: f64) -> i8 {
    if gene.abs() <= 0.5 { 0 } else { gene.signum() as i8 }
}

impl LocalRule for RewardTable {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        std::iter::once(self.eta).chain(self.table.map(f64::from)).collect()
    }

    fn change(&self, seen: &Signals, _: &mut [f64]) -> f64 {
        let bit = |on: bool| usize::from(on);
        let index = 4 * bit(seen.pre > 0.5) + 2 * bit(seen.post > 0.5) + bit(seen.reward > 0.0);
        self.eta * f64::from(self.table[index])
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let mut genes = vec![Gene::real("eta", "", 0.0, 1.0)?];
    for index in 0..8 {
        genes.push(Gene::real(format!("T[{index:03b}]"), "", -1.0, 1.0)?.in_group("T"));
    }
    Ok(LocalSpace::new(&CARD, genes, |p| {
        Ok(Box::new(RewardTable { eta: p[0], table: std::array::from_fn(|k| direction(p[k + 1])) }))
    }))
}
