//! Covariance rule: `dw = eta (pre - <pre>) (post - <post>)`, running means over tau before the step.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | eta | `eta` | -1 to 1 |
//! | tau | `tau_ms` | 10 to 10,000 ms, logarithmic |
//!
//! Source: Sejnowski 1977, J Math Biol 4:303, doi 10.1007/BF00275079.

use super::{Card, LocalRule, LocalSpace, Signals, follow};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "covariance",
    equation: "eta (pre - <pre>) (post - <post>)",
    signals: "pre, post",
    reference: "Sejnowski 1977",
    doi: "doi 10.1007/BF00275079",
};

/// The covariance rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covariance {
    /// Learning rate eta.
    pub eta: f64,
    /// Time constant of the running means (ms).
    pub tau_ms: f64,
}

impl LocalRule for Covariance {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.eta, self.tau_ms]
    }

    fn memory(&self) -> usize {
        2
    }

    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64 {
        let change = self.eta * (seen.pre - memory[0]) * (seen.post - memory[1]);
        follow(&mut memory[0], seen.pre, seen.dt_ms, self.tau_ms);
        follow(&mut memory[1], seen.post, seen.dt_ms, self.tau_ms);
        change
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let genes = vec![Gene::real("eta", "", -1.0, 1.0)?, Gene::log_scaled("tau", "ms", 10.0, 10_000.0)?];
    Ok(LocalSpace::new(&CARD, genes, |p| Ok(Box::new(Covariance { eta: p[0], tau_ms: p[1] }))))
}
