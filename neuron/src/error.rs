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
    /// A state that is not finite: the step is too large for the scheme, or an input was not finite.
    #[error(
        "{model}: `{variable}` of neuron {neuron} is {found} at {time_ms} ms, expected a finite number; take a smaller step"
    )]
    Diverged {
        /// Tag of the neuron model.
        model: &'static str,
        /// Name of the state variable.
        variable: &'static str,
        /// Index of the first neuron that has it.
        neuron: usize,
        /// Time (ms) of the grid point.
        time_ms: f64,
        /// The value found.
        found: f64,
    },
    /// The state of a population is not finite.
    #[error("{model}: `{variable}` of neuron {neuron} is {found}, expected a finite number")]
    State {
        /// Tag of the neuron model.
        model: &'static str,
        /// Name of the state variable.
        variable: &'static str,
        /// Index of the first neuron that has it.
        neuron: usize,
        /// The value found.
        found: f64,
    },
    /// A limit cycle that was looked for and not found.
    #[error("{model}: no limit cycle at input {input} after {time_ms} ms: {found}")]
    NoCycle {
        /// Tag of the neuron model.
        model: &'static str,
        /// The input, in the unit of the model.
        input: f64,
        /// How long the neuron was simulated (ms).
        time_ms: f64,
        /// What it did instead.
        found: String,
    },
    /// A bifurcation of limit cycles that was looked for and not found.
    #[error("{model}: no {what}, looked for up to input {input}: {found}")]
    NoBifurcation {
        /// Tag of the neuron model.
        model: &'static str,
        /// The bifurcation.
        what: &'static str,
        /// The input that the search had come to, in the unit of the model.
        input: f64,
        /// What ended the search.
        found: String,
    },
}

impl NeuronError {
    /// The same error of another neuron.
    pub(crate) fn of_neuron(self, i: usize) -> Self {
        match self {
            Self::Parameter { model, field, found, expected, .. } => {
                Self::Parameter { model, field, index: i, found, expected }
            }
            Self::Diverged { model, variable, time_ms, found, .. } => {
                Self::Diverged { model, variable, neuron: i, time_ms, found }
            }
            other => other,
        }
    }
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
