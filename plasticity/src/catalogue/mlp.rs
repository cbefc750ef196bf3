//! A small network as a rule: dw = b + sum_h v_h tanh(a_h pre + c_h post + d_h w + e_h reward + o_h), four units.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | a, c, d, e, o | `hidden`: `[unit][pre, post, w, reward, offset]` | -2 to 2 |
//! | v | `output` | -1 to 1 |
//! | b | `bias` | -1 to 1 |
//!
//! Source: the form of a parametric local rule, Bengio, Bengio, Cloutier 1991, "Learning a synaptic learning rule", IJCNN,
//! doi 10.1109/IJCNN.1991.155621; the units and their number are a choice of this crate.

use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::space::Gene;

const CARD: Card = Card {
    name: "small network",
    equation: "b + sum_h v_h tanh(a_h pre + c_h post + d_h w + e_h reward + o_h)",
    signals: "pre, post, w, reward",
    reference: "after Bengio, Bengio, Cloutier 1991",
    doi: "doi 10.1109/IJCNN.1991.155621",
};

/// Units of the network.
const UNITS: usize = 4;

/// A network of four units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mlp {
    /// Weights of the units on pre, post, w and reward, and their offsets.
    pub hidden: [[f64; 5]; UNITS],
    /// Weights of the sum.
    pub output: [f64; UNITS],
    /// Change without any signal.
    pub bias: f64,
}

impl LocalRule for Mlp {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        self.hidden.into_iter().flatten().chain(self.output).chain([self.bias]).collect()
    }

    fn change(&self, seen: &Signals, _: &mut [f64]) -> f64 {
        let signals = [seen.pre, seen.post, seen.weight, seen.reward, 1.0];
        let unit = |weights: &[f64; 5]| weights.iter().zip(signals).map(|(w, x)| w * x).sum::<f64>().tanh();
        self.bias + self.hidden.iter().zip(self.output).map(|(weights, v)| v * unit(weights)).sum::<f64>()
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let mut genes = vec![];
    for unit in 0..UNITS {
        for name in ["a", "c", "d", "e", "o"] {
            genes.push(Gene::real(format!("{name}[{unit}]"), "", -2.0, 2.0)?.in_group(format!("unit {unit}")));
        }
    }
    for unit in 0..UNITS {
        genes.push(Gene::real(format!("v[{unit}]"), "", -1.0, 1.0)?.in_group("v"));
    }
    genes.push(Gene::real("b", "", -1.0, 1.0)?);
    Ok(LocalSpace::new(&CARD, genes, |p| {
        let hidden = std::array::from_fn(|unit| std::array::from_fn(|k| p[5 * unit + k]));
        let output = std::array::from_fn(|unit| p[5 * UNITS + unit]);
        Ok(Box::new(Mlp { hidden, output, bias: p[6 * UNITS] }))
    }))
}
