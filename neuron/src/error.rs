//! What can be wrong with a population of neurons.

/// An error of the neuron crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NeuronError {
    /// A parameter is outside its domain or not finite.
    #[error("{model}: parameter `{field}` of neuron {index} is {found}, expected {expected}")]
    Parameter {
        /// Tag of the neuron model or receptor.
        model: &'static str,
        /// Field name, with its unit.
        field: &'static str,
        /// Index of the first neuron that has it.
        index: usize,
        /// The value found.
        found: f64,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// A population without neurons.
    #[error("{model}: a population needs at least one neuron, found 0")]
    Empty {
        /// Tag of the neuron model.
        model: &'static str,
    },
    /// A state array that the model does not have.
    #[error("{model}: no state array `{found}`, expected one of {expected:?}")]
    Variable {
        /// Tag of the neuron model.
        model: &'static str,
        /// The name found.
        found: String,
        /// The names there are.
        expected: &'static [&'static str],
    },
    /// An array has the wrong length.
    #[error("{what}: found {found} values, expected {expected}")]
    Length {
        /// What the array holds.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
}

/// Checks one parameter; the error names model, field and neuron.
pub(crate) fn require(
    ok: bool,
    model: &'static str,
    field: &'static str,
    index: usize,
    found: f64,
    expected: &'static str,
) -> Result<(), NeuronError> {
    if ok && found.is_finite() { Ok(()) } else { Err(NeuronError::Parameter { model, field, index, found, expected }) }
}
