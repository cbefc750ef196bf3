//! What can be wrong with a gradient and its parts.

/// An error of the backprop crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BackpropError {
    /// A population whose model has no derivative here.
    #[error("population {population}: neuron model `{model}` is not differentiable, expected one of {known}")]
    NotDifferentiable {
        /// Tag of the model.
        model: &'static str,
        /// Position of the population in its network.
        population: usize,
        /// Tags of the models that are.
        known: String,
    },
    /// A port that is a conductance, whose current depends on the potential.
    #[error("port {port} of population {population} is a conductance, expected a current (no reversal potential)")]
    Conductance {
        /// Position of the port.
        port: usize,
        /// Position of the population in its network.
        population: usize,
    },
    /// Two shapes that must agree do not.
    #[error("{what}: found shape {found:?}, expected {expected:?}")]
    Shape {
        /// What has the shape.
        what: &'static str,
        /// The shape found.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A parameter is outside its domain or not finite.
    #[error("{component}: `{field}` is {found}, expected {expected}")]
    Parameter {
        /// The surrogate, loss, regulariser or option.
        component: &'static str,
        /// Field name, with its unit.
        field: &'static str,
        /// The value found.
        found: f64,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// A name of a block that the layout does not have.
    #[error("no block `{found}`, expected one of {known}")]
    UnknownBlock {
        /// The name found.
        found: String,
        /// All names.
        known: String,
    },
    /// A gradient that is not finite or above the limit.
    #[error(
        "gradient exploded: {found:e} at step {step} in block `{block}`, expected finite values of at most {limit:e}"
    )]
    Exploded {
        /// The block with the first bad value.
        block: String,
        /// The step at which, going back in time, an adjoint was first not finite or largest.
        step: usize,
        /// The bad value.
        found: f64,
        /// The limit of the options.
        limit: f64,
    },
    /// A gradient of a graded network that is not finite or above the limit.
    #[error(
        "gradient exploded: norm {norm:e} of a block, adjoint {found:e} of neuron {neuron} in trial {trial} at {time_ms} ms, \
         expected finite values of a norm of at most {limit:e}"
    )]
    AdjointExploded {
        /// Time at which, going back, an adjoint was first not finite or largest (ms).
        time_ms: f64,
        /// The neuron.
        neuron: usize,
        /// The trial of the batch.
        trial: usize,
        /// The adjoint of its state.
        found: f64,
        /// Norm of the gradient of the first bad block.
        norm: f64,
        /// The limit of the options.
        limit: f64,
    },
    /// A network with gap junctions, whose currents depend on potentials.
    #[error("populations {a} and {b} are coupled by gap junctions, expected projections alone")]
    GapJunctions {
        /// Position of the first population.
        a: usize,
        /// Position of the second.
        b: usize,
    },
    /// A projection has other connections than in the network that is to be written.
    #[error("projection {projection} was rewired, expected the connections of the network: build one from its wiring")]
    Rewired {
        /// Position of the projection in its network.
        projection: usize,
    },
    /// A plastic classifier whose weights are no sum of the entries of its rule.
    #[error("plastic model: `{field}` makes weights no sum of table entries, expected {expected}")]
    NotLinear {
        /// The switch of the model.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A rule or a plastic classifier could not be used.
    #[error(transparent)]
    Rule(#[from] evoplast_plasticity::PlasticityError),
    /// A network could not be read or written.
    #[error(transparent)]
    Network(#[from] evoplast_synapse::SynapseError),
}

/// Checks one parameter; the error names component and field.
pub(crate) fn require(
    ok: bool,
    component: &'static str,
    field: &'static str,
    found: f64,
    expected: &'static str,
) -> Result<(), BackpropError> {
    if ok && found.is_finite() { Ok(()) } else { Err(BackpropError::Parameter { component, field, found, expected }) }
}

/// Checks that two shapes agree.
pub(crate) fn same_shape(what: &'static str, found: &[usize], expected: &[usize]) -> Result<(), BackpropError> {
    if found == expected {
        Ok(())
    } else {
        Err(BackpropError::Shape { what, found: found.to_vec(), expected: expected.to_vec() })
    }
}
