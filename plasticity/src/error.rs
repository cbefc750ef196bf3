//! What can go wrong between a number from a user or a search and a rule that runs.

/// Errors of this crate: what was expected, what was found, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlasticityError {
    /// A rule or bound that the event-driven engine cannot sum in closed form.
    #[error("{what} have no closed form between spikes: use the dense engine")]
    NoClosedForm {
        /// What has no closed form.
        what: &'static str,
    },
    /// A term that has no meaning where a spike meets only the last spike of its partner.
    #[error("term {term}: expected terms with a spike where a spike meets the last one only, found one without")]
    Pairing {
        /// Name of the term.
        term: String,
    },
    /// A genome has another number of entries than the space has genes.
    #[error("genome: expected {expected} genes, found {found}")]
    GenomeLength {
        /// Number of genes of the space.
        expected: usize,
        /// Number of entries given.
        found: usize,
    },
    /// A genome entry is NaN or infinite.
    #[error("gene {index} ({name}): expected a finite number, found {found}")]
    GeneNotFinite {
        /// Position in the genome, from 0.
        index: usize,
        /// Name of the gene.
        name: String,
        /// The entry.
        found: f64,
    },
    /// A genome entry is outside the bounds of its gene.
    #[error("gene {index} ({name}): expected a number in [{lower}, {upper}], found {found}")]
    GeneOutOfBounds {
        /// Position in the genome, from 0.
        index: usize,
        /// Name of the gene.
        name: String,
        /// Smallest allowed entry.
        lower: f64,
        /// Largest allowed entry.
        upper: f64,
        /// The entry.
        found: f64,
    },
    /// The bounds of a gene are not an interval of finite (log-scaled: positive) numbers.
    #[error("{what}: expected {expected}, found [{lower}, {upper}]")]
    InvalidBounds {
        /// What the bounds belong to.
        what: String,
        /// The condition they break.
        expected: &'static str,
        /// Lower bound given.
        lower: f64,
        /// Upper bound given.
        upper: f64,
    },
    /// A text is not the name of one of the 25 terms.
    #[error(
        "unknown term {found:?}: expected one of the 25 products of S_pre, S_post, X_pre, X_post \
         and R, such as \"S_pre X_post\" or \"X_post^2 R\""
    )]
    UnknownTerm {
        /// The text.
        found: String,
    },
    /// A rule names one term twice.
    #[error("term {term}: expected once, found twice")]
    DuplicateTerm {
        /// Name of the term.
        term: String,
    },
    /// A rule or a space was given no neuron types.
    #[error("neuron types: expected at least one, found none")]
    NoTypes,
    /// Two neuron types have the same name.
    #[error("neuron type {name:?}: expected once, found at positions {first} and {second}")]
    DuplicateType {
        /// The name.
        name: String,
        /// First position, from 0.
        first: usize,
        /// Second position, from 0.
        second: usize,
    },
    /// A rule and the space that should encode it are about different neuron types.
    #[error("neuron types: expected {expected:?}, found {found:?}")]
    TypesDiffer {
        /// Types of the space.
        expected: Vec<String>,
        /// Types of the rule.
        found: Vec<String>,
    },
    /// A rule of another kind than those of the space.
    #[error("rule: expected one of the space {expected:?}, found one of {found:?}")]
    OtherRule {
        /// Name of the space.
        expected: &'static str,
        /// Name of the kind of the rule.
        found: &'static str,
    },
    /// A list has the wrong length.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// Which list.
        what: String,
        /// Length it must have.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// A number is not of the kind that is needed.
    #[error("{what}[{index}]: expected {expected}, found {found}")]
    Value {
        /// Which list or scalar.
        what: String,
        /// Position in it, from 0.
        index: usize,
        /// The condition it breaks.
        expected: &'static str,
        /// The number.
        found: f64,
    },
    /// An index points past the end of what it indexes.
    #[error("{what}[{index}]: expected an index below {limit}, found {found}")]
    IndexOutOfRange {
        /// Which list of indices.
        what: &'static str,
        /// Position in it, from 0.
        index: usize,
        /// Number of things that can be indexed.
        limit: usize,
        /// The index.
        found: usize,
    },
    /// The row offsets of a connection list do not describe consecutive rows.
    #[error(
        "row_start[{index}]: expected offsets from 0, never decreasing, up to {synapses} synapses, \
         found {found}"
    )]
    RowStart {
        /// Position of the offending offset, from 0.
        index: usize,
        /// Number of synapses, which the last offset must equal.
        synapses: usize,
        /// The offset.
        found: usize,
    },
}

impl From<std::convert::Infallible> for PlasticityError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// Checks that `values` has `expected` entries, all accepted by `accept`.
pub(crate) fn check_values(
    what: &str,
    values: &[f64],
    expected: usize,
    condition: &'static str,
    accept: impl Fn(f64) -> bool,
) -> Result<(), PlasticityError> {
    if values.len() != expected {
        return Err(PlasticityError::Length { what: what.to_owned(), expected, found: values.len() });
    }
    match values.iter().position(|&value| !accept(value)) {
        Some(index) => {
            Err(PlasticityError::Value { what: what.to_owned(), index, expected: condition, found: values[index] })
        }
        None => Ok(()),
    }
}
