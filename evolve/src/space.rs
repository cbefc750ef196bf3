//! The search space: named, bounded variables.
//!
//! A *genome* holds the values in their own units; it is what objectives see. Searches move in *search
//! coordinates*, which differ in one point: a log-scaled gene is replaced by its natural logarithm.
//!
//! | kind | bounds | search coordinate | read as |
//! |---|---|---|---|
//! | `Real` | finite, lower < upper | x | x |
//! | `LogScaled` | finite, 0 < lower < upper | ln x | x |
//! | `Gate` | exactly 0 and 1 | x | on if x > 0.5 |

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};

/// How a gene is scaled and varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneKind {
    /// A real number on a linear scale.
    Real,
    /// A positive number whose logarithm is searched.
    LogScaled,
    /// A switch, kept as a real number in [0, 1] and on above 0.5.
    Gate,
}

/// One gene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Name, for tables and messages.
    pub name: String,
    /// Unit, empty if it has none.
    pub unit: String,
    /// Smallest value.
    pub lower: f64,
    /// Largest value.
    pub upper: f64,
    /// Scale and kind of variation.
    pub kind: GeneKind,
    /// Variables of one group can share a draw in the initial population (see
    /// [`InitialPopulation`](crate::InitialPopulation)); empty for a variable that stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
}

impl Variable {
    /// The same variable as a member of a group.
    #[must_use]
    pub fn in_group(self, group: impl Into<String>) -> Self {
        Self { group: group.into(), ..self }
    }

    /// A real variable without a unit.
    #[must_use]
    pub fn real(name: impl Into<String>, lower: f64, upper: f64) -> Self {
        Self { name: name.into(), unit: String::new(), lower, upper, kind: GeneKind::Real, group: String::new() }
    }

    /// A log-scaled variable without a unit.
    #[must_use]
    pub fn log_scaled(name: impl Into<String>, lower: f64, upper: f64) -> Self {
        Self { kind: GeneKind::LogScaled, ..Self::real(name, lower, upper) }
    }

    /// A gate.
    #[must_use]
    pub fn gate(name: impl Into<String>) -> Self {
        Self { kind: GeneKind::Gate, ..Self::real(name, 0.0, 1.0) }
    }

    fn check(&self, index: usize) -> Result<()> {
        let fault = |field, found: f64, expected| {
            Err(EvolveError::Variable { index, name: self.name.clone(), field, found: found.to_string(), expected })
        };
        if !self.lower.is_finite() {
            return fault("lower", self.lower, "a finite number");
        }
        if !self.upper.is_finite() || !(self.upper - self.lower).is_finite() {
            return fault("upper", self.upper, "a finite number at a finite distance from lower");
        }
        if self.lower >= self.upper {
            return fault("lower", self.lower, "less than upper");
        }
        match self.kind {
            GeneKind::LogScaled if self.lower <= 0.0 => fault("lower", self.lower, "more than 0 (log-scaled)"),
            GeneKind::LogScaled if self.lower.ln() >= self.upper.ln() => {
                fault("lower", self.lower, "a logarithm less than that of upper")
            }
            GeneKind::Gate if self.lower != 0.0 => fault("lower", self.lower, "0 (gate)"),
            GeneKind::Gate if self.upper != 1.0 => fault("upper", self.upper, "1 (gate)"),
            _ => Ok(()),
        }
    }
}

/// A checked list of variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Variable>", into = "Vec<Variable>")]
pub struct SearchSpace {
    variables: Vec<Variable>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    gates: usize,
    /// Bounds of the genes, as in `variables`, side by side.
    bounds: Vec<[f64; 2]>,
    /// Genes whose search coordinate is a logarithm.
    log_scaled: Vec<usize>,
}

impl TryFrom<Vec<Variable>> for SearchSpace {
    type Error = EvolveError;
    fn try_from(variables: Vec<Variable>) -> Result<Self> {
        Self::new(variables)
    }
}

impl From<SearchSpace> for Vec<Variable> {
    fn from(space: SearchSpace) -> Self {
        space.variables
    }
}

impl SearchSpace {
    /// Checks the variables and builds the space.
    ///
    /// # Errors
    /// If there are none, or a bound is not finite, not ordered or does not suit the kind.
    pub fn new(variables: Vec<Variable>) -> Result<Self> {
        if variables.is_empty() {
            return Err(EvolveError::Empty { what: "search space" });
        }
        for (index, variable) in variables.iter().enumerate() {
            variable.check(index)?;
        }
        let scaled = |variable: &Variable, bound: f64| match variable.kind {
            GeneKind::LogScaled => bound.ln(),
            GeneKind::Real | GeneKind::Gate => bound,
        };
        Ok(Self {
            lower: variables.iter().map(|v| scaled(v, v.lower)).collect(),
            upper: variables.iter().map(|v| scaled(v, v.upper)).collect(),
            gates: variables.iter().filter(|v| v.kind == GeneKind::Gate).count(),
            bounds: variables.iter().map(|v| [v.lower, v.upper]).collect(),
            log_scaled: (0..variables.len()).filter(|&index| variables[index].kind == GeneKind::LogScaled).collect(),
            variables,
        })
    }

    /// The variables in genome order.
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Length of a genome; at least 1.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    /// Number of gates.
    #[must_use]
    pub fn gates(&self) -> usize {
        self.gates
    }

    /// Whether gene `index` is a gate.
    #[must_use]
    pub fn is_gate(&self, index: usize) -> bool {
        self.variables[index].kind == GeneKind::Gate
    }

    /// Lower bounds in search coordinates.
    #[must_use]
    pub fn search_lower(&self) -> &[f64] {
        &self.lower
    }

    /// Upper bounds in search coordinates.
    #[must_use]
    pub fn search_upper(&self) -> &[f64] {
        &self.upper
    }

    /// Checks length, finiteness and bounds of a genome.
    ///
    /// # Errors
    /// Names the first entry that does not fit.
    pub fn check(&self, genome: &[f64]) -> Result<()> {
        if genome.len() != self.len() {
            return Err(EvolveError::Length { what: "genome", found: genome.len(), expected: self.len() });
        }
        for (index, (&value, variable)) in genome.iter().zip(&self.variables).enumerate() {
            if !(variable.lower..=variable.upper).contains(&value) {
                return Err(EvolveError::Value {
                    what: "genome",
                    index,
                    found: value,
                    expected: format!("`{}` in [{}, {}]", variable.name, variable.lower, variable.upper),
                });
            }
        }
        Ok(())
    }

    /// Moves every entry of a genome into its bounds.
    pub fn clip(&self, genome: &mut [f64]) {
        for (value, variable) in genome.iter_mut().zip(&self.variables) {
            *value = value.clamp(variable.lower, variable.upper);
        }
    }

    /// Moves every search coordinate into its bounds.
    pub fn clip_search(&self, coordinates: &mut [f64]) {
        for (index, value) in coordinates.iter_mut().enumerate() {
            *value = value.clamp(self.lower[index], self.upper[index]);
        }
    }

    /// The genome at the given search coordinates, within the bounds.
    #[must_use]
    pub fn to_genome(&self, coordinates: impl Into<Vec<f64>>) -> Vec<f64> {
        let mut genome = coordinates.into();
        for &index in &self.log_scaled {
            genome[index] = genome[index].exp();
        }
        // Without a branch, as this runs over whole populations.
        for (x, &[lower, upper]) in genome.iter_mut().zip(&self.bounds) {
            let raised = if *x < lower { lower } else { *x };
            *x = if raised > upper { upper } else { raised };
        }
        genome
    }

    /// The search coordinates of a genome.
    ///
    /// # Errors
    /// If the genome does not pass [`SearchSpace::check`].
    pub fn to_search(&self, genome: &[f64]) -> Result<Vec<f64>> {
        self.check(genome)?;
        Ok(genome
            .iter()
            .zip(&self.variables)
            .map(|(&x, variable)| match variable.kind {
                GeneKind::LogScaled => x.ln(),
                GeneKind::Real | GeneKind::Gate => x,
            })
            .collect())
    }

    /// Search coordinates drawn uniformly between the bounds, one draw a gene.
    pub fn sample_search<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<f64> {
        self.lower
            .iter()
            .zip(&self.upper)
            .map(|(&lower, &upper)| lower + rng.random::<f64>() * (upper - lower))
            .collect()
    }

    /// A genome drawn uniformly in search coordinates (log-uniform for log-scaled genes).
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<f64> {
        let coordinates = self.sample_search(rng);
        self.to_genome(coordinates)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::address::Address;

    #[test]
    fn unusable_variables_are_named() {
        let message = |variable| SearchSpace::new(vec![variable]).unwrap_err().to_string();
        assert!(message(Variable::real("a", 1.0, 1.0)).contains("variable 0 `a`: lower is 1"));
        assert!(message(Variable::real("a", f64::NAN, 1.0)).contains("finite"));
        assert!(message(Variable::real("a", f64::MIN, f64::MAX)).contains("finite distance"));
        assert!(message(Variable::log_scaled("a", 0.0, 1.0)).contains("more than 0"));
        let wide_gate = Variable { upper: 2.0, ..Variable::gate("g") };
        assert!(message(wide_gate).contains("upper is 2, expected 1 (gate)"));
        assert!(SearchSpace::new(Vec::new()).is_err());
    }

    #[test]
    fn log_genes_are_searched_in_logarithms_and_stay_in_bounds() {
        let space = SearchSpace::new(vec![
            Variable::log_scaled("tau", 0.1, 1000.0),
            Variable::real("w", -1.0, 3.0),
            Variable::gate("g"),
        ])
        .unwrap();
        assert_eq!(space.gates(), 1);
        assert_eq!(space.search_lower()[0], 0.1_f64.ln());
        let genome = [10.0, 0.5, 1.0];
        let back = space.to_genome(space.to_search(&genome).unwrap());
        assert!((back[0] - 10.0).abs() < 1e-12 && back[1..] == genome[1..]);
        // exp(ln(bound)) may round past the bound; the genome may not.
        space.check(&space.to_genome(space.search_lower())).unwrap();
        space.check(&space.to_genome(space.search_upper())).unwrap();
        let mut rng = Address { run: 0, generation: 0, candidate: 0, episode: 0 }.rng(0);
        let draws: Vec<_> = (0..2000).map(|_| space.sample(&mut rng)).collect();
        draws.iter().for_each(|genome| space.check(genome).unwrap());
        // Log-uniform: half of the draws lie below the geometric middle, sqrt(0.1 * 1000) = 10.
        let below = draws.iter().filter(|genome| genome[0] < 10.0).count();
        assert!((900..1100).contains(&below), "{below}");
    }

    #[test]
    fn genomes_are_checked() {
        let space = SearchSpace::new(vec![Variable::real("a", 0.0, 1.0)]).unwrap();
        assert!(space.check(&[0.5, 0.5]).unwrap_err().to_string().contains("length is 2"));
        assert!(space.check(&[f64::NAN]).is_err());
        assert!(space.check(&[1.5]).unwrap_err().to_string().contains("`a` in [0, 1]"));
        let mut genome = [1.5];
        space.clip(&mut genome);
        assert_eq!(genome, [1.0]);
    }

    #[test]
    fn a_stored_space_is_checked_again() {
        let space = SearchSpace::new(vec![Variable::gate("g")]).unwrap();
        let text = serde_json::to_string(&space).unwrap();
        assert_eq!(serde_json::from_str::<SearchSpace>(&text).unwrap(), space);
        assert!(serde_json::from_str::<SearchSpace>("[]").is_err());
    }
}
