//! Hebb's rule: dw = eta pre post.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | eta | `eta` | -1 to 1 |
//!
//! Weights grow without bound where activities are correlated.
//!
//! Source: Hebb 1949, "The organization of behavior", doi 10.4324/9781410612403.

use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "Hebb",
    equation: "eta pre post",
    signals: "pre, post",
    reference: "Hebb 1949",
    doi: "doi 10.4324/9781410612403",
};

/// Hebb's rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hebb {
    /// Learning rate eta.
    pub eta: f64,
}

impl LocalRule for Hebb {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.eta]
    }

    fn change(&self, seen: &Signals, _: &mut [f64]) -> f64 {
        self.eta * seen.pre * seen.post
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    Ok(LocalSpace::new(&CARD, vec![Gene::real("eta", "", -1.0, 1.0)?], |p| Ok(Box::new(Hebb { eta: p[0] }))))
}
