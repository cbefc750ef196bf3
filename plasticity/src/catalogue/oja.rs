//! Oja's rule: dw = eta post (pre - post w).
//!
//! | symbol | field | range |
//! |---|---|---|
//! | eta | `eta` | -1 to 1 |
//!
//! For post = sum w pre the weights go to the first principal component of the inputs, with norm 1.
//!
//! Source: Oja 1982, J Math Biol 15:267, doi 10.1007/BF00275687.

use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "Oja",
    equation: "eta post (pre - post w)",
    signals: "pre, post, w",
    reference: "Oja 1982",
    doi: "doi 10.1007/BF00275687",
};

/// Oja's rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Oja {
    /// Learning rate eta.
    pub eta: f64,
}

impl LocalRule for Oja {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.eta]
    }

    fn change(&self, seen: &Signals, _: &mut [f64]) -> f64 {
        self.eta * seen.post * (seen.pre - seen.post * seen.weight)
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    Ok(LocalSpace::new(&CARD, vec![Gene::real("eta", "", -1.0, 1.0)?], |p| Ok(Box::new(Oja { eta: p[0] }))))
}
