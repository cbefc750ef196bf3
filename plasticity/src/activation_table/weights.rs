//! Sizes and weights of a network.

use num_traits::Float;

use crate::error::PlasticityError;

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Features of a sample, n.
    pub inputs: usize,
    /// Hidden units, H.
    pub hidden: usize,
    /// Classes, C.
    pub classes: usize,
}

/// Weights by presynaptic unit: `[from][to]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights<F> {
    /// Input to hidden layer, n x H.
    pub input: Vec<F>,
    /// Within the hidden layer, H x H; the diagonal is 0.
    pub hidden: Vec<F>,
    /// Hidden layer to output, H x C.
    pub output: Vec<F>,
    /// 1 for a connection and 0 for none, as `input`; empty if all are connected.
    pub input_mask: Vec<F>,
    /// The same for `hidden`.
    pub hidden_mask: Vec<F>,
}

/// Refuses weights of wrong sizes and connections of a unit to itself.
pub(super) fn check_weights<F: Float>(weights: &Weights<F>, shape: Shape) -> Result<(), PlasticityError> {
    let Shape { inputs, hidden, classes } = shape;
    let full = |values: &Vec<F>, size: usize| if values.is_empty() { 0 } else { size };
    let sizes = [
        ("input weights", weights.input.len(), inputs * hidden),
        ("hidden weights", weights.hidden.len(), hidden * hidden),
        ("output weights", weights.output.len(), hidden * classes),
        ("input mask", weights.input_mask.len(), full(&weights.input_mask, inputs * hidden)),
        ("hidden mask", weights.hidden_mask.len(), full(&weights.hidden_mask, hidden * hidden)),
    ];
    for (what, found, expected) in sizes {
        if found != expected || expected == 0 && !what.ends_with("mask") {
            let expected = expected.max(usize::from(!what.ends_with("mask")));
            return Err(PlasticityError::Length { what: what.to_owned(), expected, found });
        }
    }
    match (0..hidden).find(|&unit| weights.hidden[unit * (hidden + 1)] != F::zero()) {
        None => Ok(()),
        Some(index) => {
            let found = weights.hidden[index * (hidden + 1)].to_f64().unwrap_or(f64::NAN);
            let what = "diagonal of the hidden weights".to_owned();
            Err(PlasticityError::Value { what, index, expected: "0, for no unit is connected to itself", found })
        }
    }
}
