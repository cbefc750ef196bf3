//! BCM rule: dw = eta pre post (post - theta), and the threshold slides: theta is the running mean of post^2 over tau.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | eta | `eta` | -1 to 1 |
//! | tau | `tau_ms` | 10 to 10,000 ms, logarithmic |
//!
//! The threshold has to slide faster than weights change: for one input x and post = w x the fixed point post = 1 is stable
//! if tau eta x^2 is small. It is a quantity of the postsynaptic neuron alone; a synapse keeps its own copy.
//!
//! Source: Bienenstock, Cooper, Munro 1982, J Neurosci 2:32, doi 10.1523/JNEUROSCI.02-01-00032.1982; the form with post^2:
//! Intrator, Cooper 1992, Neural Netw 5:3, doi 10.1016/S0893-6080(05)80003-6.

use super::{Card, LocalRule, LocalSpace, Signals, follow};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "BCM",
    equation: "eta pre post (post - theta), theta = <post^2>",
    signals: "pre, post",
    reference: "Bienenstock, Cooper, Munro 1982",
    doi: "doi 10.1523/JNEUROSCI.02-01-00032.1982",
};

/// The rule of Bienenstock, Cooper and Munro.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bcm {
    /// Learning rate eta.
    pub eta: f64,
    /// Time constant of the threshold (ms).
    pub tau_ms: f64,
}

impl LocalRule for Bcm {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.eta, self.tau_ms]
    }

    fn memory(&self) -> usize {
        1
    }

    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64 {
        let change = self.eta * seen.pre * seen.post * (seen.post - memory[0]);
        follow(&mut memory[0], seen.post * seen.post, seen.dt_ms, self.tau_ms);
        change
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let genes = vec![Gene::real("eta", "", -1.0, 1.0)?, Gene::log_scaled("tau", "ms", 10.0, 10_000.0)?];
    Ok(LocalSpace::new(&CARD, genes, |p| Ok(Box::new(Bcm { eta: p[0], tau_ms: p[1] }))))
}
