//! Spaces of rules: named genes with units and bounds, and the maps between a genome and a rule.
//!
//! A search sees a vector of real numbers in a box; a simulation sees a rule. A [`RuleSpace`] is the
//! map between the two, and its [`Gene`]s say what each number means.

use serde::{Deserialize, Serialize};

use crate::error::PlasticityError;

/// A gate is on when its genome entry is above this value.
pub const GATE_THRESHOLD: f64 = 0.5;

/// How a genome entry is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneKind {
    /// The entry is the value.
    Real,
    /// The entry lies in \[0, 1\]; the value is 1 above [`GATE_THRESHOLD`] and 0 otherwise.
    Gate,
    /// The entry is the natural logarithm of the value.
    LogScaled,
}

/// One number of a genome.
///
/// `lower` and `upper` bound the *entry*, which is what a search moves: for a log-scaled gene they are
/// logarithms. `unit` is the unit of the *value*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gene {
    /// Unique name, such as `tau_E[e4]`.
    pub name: String,
    /// What the genes of one quantity have in common, such as `tau_E`; empty for a gene that stands alone.
    pub group: String,
    /// Unit of the value; empty for a number without dimension.
    pub unit: String,
    /// Smallest entry.
    pub lower: f64,
    /// Largest entry.
    pub upper: f64,
    /// How the entry is read.
    pub kind: GeneKind,
}

impl Gene {
    /// A gene whose entry is its value, in `[lower, upper]`.
    ///
    /// # Errors
    /// [`PlasticityError::InvalidBounds`] unless both bounds are finite and `lower <= upper`.
    pub fn real(
        name: impl Into<String>,
        unit: impl Into<String>,
        lower: f64,
        upper: f64,
    ) -> Result<Self, PlasticityError> {
        let name = name.into();
        if !(lower.is_finite() && upper.is_finite() && lower <= upper) {
            return Err(PlasticityError::InvalidBounds {
                what: name,
                expected: "finite bounds, lower <= upper",
                lower,
                upper,
            });
        }
        Ok(Self { name, group: String::new(), unit: unit.into(), lower, upper, kind: GeneKind::Real })
    }

    /// A gate: entry in \[0, 1\], value 0 or 1.
    pub fn gate(name: impl Into<String>) -> Self {
        let (name, unit) = (name.into(), String::new());
        Self { name, group: String::new(), unit, lower: 0.0, upper: 1.0, kind: GeneKind::Gate }
    }

    /// A gene whose entry is the logarithm of its value; the *value* lies in `[lower, upper]`.
    ///
    /// # Errors
    /// [`PlasticityError::InvalidBounds`] unless `0 < lower <= upper` and both are finite.
    pub fn log_scaled(
        name: impl Into<String>,
        unit: impl Into<String>,
        lower: f64,
        upper: f64,
    ) -> Result<Self, PlasticityError> {
        let name = name.into();
        if !(lower > 0.0 && upper.is_finite() && lower <= upper) {
            return Err(PlasticityError::InvalidBounds {
                what: name,
                expected: "finite positive bounds, lower <= upper",
                lower,
                upper,
            });
        }
        let (group, unit, kind) = (String::new(), unit.into(), GeneKind::LogScaled);
        Ok(Self { name, group, unit, lower: lower.ln(), upper: upper.ln(), kind })
    }

    /// The same gene as a member of a group.
    pub fn in_group(self, group: impl Into<String>) -> Self {
        Self { group: group.into(), ..self }
    }

    /// The value that a genome entry stands for.
    pub fn value(&self, entry: f64) -> f64 {
        match self.kind {
            GeneKind::Real => entry,
            GeneKind::Gate => f64::from(entry > GATE_THRESHOLD),
            GeneKind::LogScaled => entry.exp(),
        }
    }

    /// The canonical genome entry of a value (0 or 1 for a gate).
    pub fn entry(&self, value: f64) -> f64 {
        match self.kind {
            GeneKind::Real => value,
            GeneKind::Gate => f64::from(value > GATE_THRESHOLD),
            GeneKind::LogScaled => value.ln(),
        }
    }
}

/// A set of rules that can be searched: every genome in the box of the genes is a rule.
pub trait RuleSpace {
    /// What a genome stands for.
    type Rule;

    /// The genes, in genome order.
    fn genes(&self) -> &[Gene];

    /// The rule of a genome.
    ///
    /// # Errors
    /// The genome has the wrong length, or an entry is not finite or out of bounds: see
    /// [`check_genome`].
    fn decode(&self, genome: &[f64]) -> Result<Self::Rule, PlasticityError>;

    /// The canonical genome of a rule: `decode(encode(rule))` is the rule. (Exactly for real genes and
    /// gates; up to rounding for log-scaled genes.)
    ///
    /// # Errors
    /// The rule is not in the space.
    fn encode(&self, rule: &Self::Rule) -> Result<Vec<f64>, PlasticityError>;
}

/// Checks a genome against its genes: length, finite entries, bounds.
///
/// # Errors
/// [`PlasticityError::GenomeLength`], [`PlasticityError::GeneNotFinite`] or
/// [`PlasticityError::GeneOutOfBounds`], for the first gene that is wrong.
pub fn check_genome(genes: &[Gene], genome: &[f64]) -> Result<(), PlasticityError> {
    if genome.len() != genes.len() {
        return Err(PlasticityError::GenomeLength { expected: genes.len(), found: genome.len() });
    }
    for (index, (gene, &found)) in genes.iter().zip(genome).enumerate() {
        if !found.is_finite() {
            return Err(PlasticityError::GeneNotFinite { index, name: gene.name.clone(), found });
        }
        if found < gene.lower || found > gene.upper {
            return Err(PlasticityError::GeneOutOfBounds {
                index,
                name: gene.name.clone(),
                lower: gene.lower,
                upper: gene.upper,
                found,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_on_strictly_above_one_half() {
        let gate = Gene::gate("g");
        assert_eq!(gate.value(0.5), 0.0);
        assert_eq!(gate.value(0.5 + f64::EPSILON), 1.0);
        assert_eq!(gate.entry(gate.value(0.9)), 1.0);
        assert_eq!(gate.entry(gate.value(0.1)), 0.0);
    }

    #[test]
    fn a_log_scaled_gene_is_searched_on_its_logarithm() {
        let gene = Gene::log_scaled("tau", "ms", 1.0, 100.0).unwrap();
        let geometric_mean = gene.value(0.5 * (gene.lower + gene.upper));
        assert!((geometric_mean - 10.0).abs() < 1e-12);
        assert!((gene.value(gene.entry(37.5)) - 37.5).abs() < 1e-12);
    }

    #[test]
    fn bounds_must_be_an_interval() {
        for (lower, upper) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(matches!(Gene::real("x", "", lower, upper), Err(PlasticityError::InvalidBounds { .. })));
        }
        assert!(matches!(Gene::log_scaled("x", "", 0.0, 1.0), Err(PlasticityError::InvalidBounds { .. })));
    }

    #[test]
    fn a_bad_genome_is_named_by_index_and_gene() {
        let genes = [Gene::gate("g"), Gene::real("c", "", -1.0, 1.0).unwrap()];
        assert_eq!(check_genome(&genes, &[0.3, -1.0]), Ok(()));
        assert_eq!(check_genome(&genes, &[0.3]).unwrap_err().to_string(), "genome: expected 2 genes, found 1");
        assert_eq!(
            check_genome(&genes, &[0.3, f64::NAN]).unwrap_err().to_string(),
            "gene 1 (c): expected a finite number, found NaN"
        );
        assert_eq!(
            check_genome(&genes, &[0.3, f64::NEG_INFINITY]).unwrap_err().to_string(),
            "gene 1 (c): expected a finite number, found -inf"
        );
        assert_eq!(
            check_genome(&genes, &[1.5, 0.0]).unwrap_err().to_string(),
            "gene 0 (g): expected a number in [0, 1], found 1.5"
        );
    }
}
