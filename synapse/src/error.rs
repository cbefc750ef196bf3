//! What can be wrong with connections and networks.

/// An error of the synapse crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SynapseError {
    /// A parameter is outside its domain or not finite.
    #[error("{component}: `{field}` is {found}, expected {expected}")]
    Parameter {
        /// Tag of the connector or projection.
        component: &'static str,
        /// Field name, with its unit.
        field: &'static str,
        /// The value found.
        found: f64,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// Two sizes that must agree do not.
    #[error("{what}: found {found}, expected {expected}")]
    Length {
        /// What is counted.
        what: &'static str,
        /// The number found.
        found: usize,
        /// The number it should be.
        expected: usize,
    },
    /// An index points outside its range.
    #[error("{what}: index {found} is outside 0..{end}")]
    Index {
        /// What is indexed.
        what: &'static str,
        /// The index found.
        found: usize,
        /// One past the last valid index.
        end: usize,
    },
    /// Two connections join the same two neurons.
    #[error("connection {pre} -> {post} is given twice, expected once")]
    Duplicate {
        /// Presynaptic neuron.
        pre: u32,
        /// Postsynaptic neuron.
        post: u32,
    },
    /// Neurons are not sorted by type.
    #[error("{side} neuron {index} has type {found} after type {previous}, expected neurons sorted by type")]
    Unsorted {
        /// `presynaptic` or `postsynaptic`.
        side: &'static str,
        /// The first neuron out of order.
        index: usize,
        /// Its type.
        found: u16,
        /// The type of the neuron before it.
        previous: u16,
    },
    /// Blocks of snapshots that do not go together.
    #[error("snapshot: block `{block}` {problem}")]
    Snapshot {
        /// Name of the block.
        block: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A comparison needs a change and found none.
    #[error("{what} changed nothing, expected a weight that differs")]
    Unchanged {
        /// What should have changed something.
        what: String,
    },
    /// A potential of a graded network that is not finite or too large.
    #[error(
        "potential {found} mV of neuron {neuron} in trial {trial} at {time_ms} ms, expected a magnitude below {limit_mv} mV: \
         the step is too long for the scheme, or weights are too large"
    )]
    Diverged {
        /// Time after the beginning of the run (ms).
        time_ms: f64,
        /// The neuron.
        neuron: usize,
        /// The trial of the batch.
        trial: usize,
        /// Its potential (mV).
        found: f64,
        /// The limit of the configuration (mV).
        limit_mv: f64,
    },
    /// A neuron population could not be built.
    #[error(transparent)]
    Neuron(#[from] evoplast_neuron::NeuronError),
}

/// Checks one parameter; the error names component and field.
pub(crate) fn require(
    ok: bool,
    component: &'static str,
    field: &'static str,
    found: f64,
    expected: &'static str,
) -> Result<(), SynapseError> {
    if ok && found.is_finite() { Ok(()) } else { Err(SynapseError::Parameter { component, field, found, expected }) }
}

/// Checks that two sizes agree.
pub(crate) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<(), SynapseError> {
    if found == expected { Ok(()) } else { Err(SynapseError::Length { what, found, expected }) }
}
