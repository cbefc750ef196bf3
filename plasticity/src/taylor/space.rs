//! The space of Taylor rules as a box of genes: 2645 of them for 17 neuron types.
//!
//! Genes come in these blocks, T being the number of types:
//!
//! | block | genes | name | range |
//! |---|---|---|---|
//! | pair coefficients, terms 9-12, 21-24 | 8 T² | `c[S_pre X_post][e23->e4]` | \[-1, 1\] |
//! | presynaptic coefficients, terms 1-4, 13-16 | 8 T | `c[S_pre][e23]` | \[-1, 1\] |
//! | postsynaptic coefficients, terms 5-8, 17-20 | 8 T | `c[X_post][e4]` | \[-1, 1\] |
//! | coefficient of R, term 25 | 1 | `c[R]` | \[-1, 1\] |
//! | gates, terms 1-25 | 25 | `g[S_pre]` | \[0, 1\], on above 0.5 |
//! | trace time constants | T | `tau_E[e4]` | (0, 150\] ms |
//! | reward time constants | T | `tau_R[e4]` | (0, 150\] ms |
//! | readout threshold | 1 | `threshold` | \[0, 60\] Hz |
//!
//! Within a block of coefficients the term is the slowest index, then the presynaptic type, then the
//! postsynaptic type. Ranges are those of the paper, except the lower end of the time constants
//! ([`TAU_LOWER_MS`]) and the threshold range, which the paper does not give.
//!
//! Source: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rule::{TaylorRule, check_types};
use super::terms::{TERM_COUNT, TERMS, Term, TermKind, parameter_count};
use crate::error::PlasticityError;
use crate::space::{Gene, RuleSpace, check_genome};

/// Smallest time constant of the default bounds, ms. The paper's range is open at 0; on a grid of 1 ms a
/// trace with τ below 1 ms has lost more than 63 % of its value by the next step and is next to no
/// trace, and its decay factor underflows as τ goes to 0.
pub const TAU_LOWER_MS: f64 = 1.0;
/// Largest time constant of the default bounds, ms (paper).
pub const TAU_UPPER_MS: f64 = 150.0;

/// Whether time constants are searched on a linear or a logarithmic scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TauScale {
    /// The gene is the time constant in ms (paper).
    #[default]
    Linear,
    /// The gene is the logarithm of the time constant.
    Log,
}

/// Ranges of the genes, each `[lower, upper]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaylorBounds {
    /// Coefficients. Default \[-1, 1\] (paper).
    pub coefficient: [f64; 2],
    /// Trace time constants, ms. Default \[1, 150\].
    pub tau_e_ms: [f64; 2],
    /// Reward time constants, ms. Default \[1, 150\].
    pub tau_r_ms: [f64; 2],
    /// Scale on which both time constants are searched. Default linear.
    pub tau_scale: TauScale,
    /// Readout threshold, in `threshold_unit`. Default \[0, 60\].
    pub threshold: [f64; 2],
    /// Unit of the threshold: `Hz` (default), or `x` for a multiple of a reference rate.
    pub threshold_unit: String,
}

impl Default for TaylorBounds {
    fn default() -> Self {
        Self {
            coefficient: [-1.0, 1.0],
            tau_e_ms: [TAU_LOWER_MS, TAU_UPPER_MS],
            tau_r_ms: [TAU_LOWER_MS, TAU_UPPER_MS],
            tau_scale: TauScale::Linear,
            threshold: [0.0, 60.0],
            threshold_unit: "Hz".to_owned(),
        }
    }
}

/// All Taylor rules over given neuron types, within given bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct TaylorSpace {
    type_names: Arc<[String]>,
    bounds: TaylorBounds,
    genes: Vec<Gene>,
}

/// Terms in the order of the coefficient blocks.
fn terms_in_gene_order() -> impl Iterator<Item = Term> {
    [TermKind::Pair, TermKind::Pre, TermKind::Post, TermKind::Reward]
        .into_iter()
        .flat_map(|kind| TERMS.iter().copied().filter(move |term| term.kind() == kind))
}

impl TaylorSpace {
    /// The space over the named neuron types.
    ///
    /// # Errors
    /// No types, a type named twice, or a range that is not an interval of finite numbers (of positive
    /// numbers for time constants).
    pub fn new(type_names: impl Into<Arc<[String]>>, bounds: TaylorBounds) -> Result<Self, PlasticityError> {
        let type_names = type_names.into();
        check_types(&type_names)?;
        let genes = genes(&type_names, &bounds)?;
        Ok(Self { type_names, bounds, genes })
    }

    /// Names of the neuron types.
    pub fn type_names(&self) -> &Arc<[String]> {
        &self.type_names
    }

    /// Ranges of the genes.
    pub fn bounds(&self) -> &TaylorBounds {
        &self.bounds
    }
}

fn genes(types: &[String], bounds: &TaylorBounds) -> Result<Vec<Gene>, PlasticityError> {
    let mut genes = Vec::with_capacity(parameter_count(types.len()));
    let [lower, upper] = bounds.coefficient;
    for term in terms_in_gene_order() {
        let mut push = |name: String| -> Result<(), PlasticityError> {
            genes.push(Gene::real(name, "", lower, upper)?.in_group(format!("c[{term}]")));
            Ok(())
        };
        match term.kind() {
            TermKind::Pre | TermKind::Post => {
                for m in types {
                    push(format!("c[{term}][{m}]"))?;
                }
            }
            TermKind::Pair => {
                for m_pre in types {
                    for m_post in types {
                        push(format!("c[{term}][{m_pre}->{m_post}]"))?;
                    }
                }
            }
            TermKind::Reward => push(format!("c[{term}]"))?,
        }
    }
    genes.extend(TERMS.iter().map(|term| Gene::gate(format!("g[{term}]"))));
    for (symbol, range) in [("tau_E", bounds.tau_e_ms), ("tau_R", bounds.tau_r_ms)] {
        for m in types {
            let gene = Gene::log_scaled(format!("{symbol}[{m}]"), "ms", range[0], range[1])?;
            let gene = match bounds.tau_scale {
                TauScale::Log => gene,
                TauScale::Linear => Gene::real(gene.name, gene.unit, range[0], range[1])?,
            };
            genes.push(gene.in_group(symbol));
        }
    }
    let [lower, upper] = bounds.threshold;
    genes.push(Gene::real("threshold", bounds.threshold_unit.as_str(), lower, upper)?);
    Ok(genes)
}

impl RuleSpace for TaylorSpace {
    type Rule = TaylorRule;

    fn genes(&self) -> &[Gene] {
        &self.genes
    }

    fn decode(&self, genome: &[f64]) -> Result<TaylorRule, PlasticityError> {
        check_genome(&self.genes, genome)?;
        let types = self.type_names.len();
        let mut values = self.genes.iter().zip(genome).map(|(gene, &entry)| gene.value(entry));
        let mut take = |count: usize| values.by_ref().take(count).collect::<Vec<f64>>();

        let mut coefficients = vec![Vec::new(); TERM_COUNT];
        for term in terms_in_gene_order() {
            coefficients[term.position()] = take(term.coefficient_count(types));
        }
        let mut gates = [false; TERM_COUNT];
        for (gate, value) in gates.iter_mut().zip(take(TERM_COUNT)) {
            *gate = value > 0.0;
        }
        // exp(ln τ) may round past the end of the range.
        let mut tau = |[lower, upper]: [f64; 2]| -> Vec<f64> {
            take(types).into_iter().map(|tau_ms| tau_ms.clamp(lower, upper)).collect()
        };
        let tau_e_ms = tau(self.bounds.tau_e_ms);
        let tau_r_ms = tau(self.bounds.tau_r_ms);
        let threshold = genome[genome.len() - 1];
        TaylorRule::new(Arc::clone(&self.type_names), gates, coefficients, tau_e_ms, tau_r_ms, threshold)
    }

    fn encode(&self, rule: &TaylorRule) -> Result<Vec<f64>, PlasticityError> {
        if rule.type_names() != &self.type_names {
            return Err(PlasticityError::TypesDiffer {
                expected: self.type_names.to_vec(),
                found: rule.type_names().to_vec(),
            });
        }
        let values = terms_in_gene_order()
            .flat_map(|term| rule.coefficients(term).iter().copied())
            .chain(rule.gates().iter().map(|&gate| f64::from(gate)))
            .chain(rule.tau_e_ms().iter().copied())
            .chain(rule.tau_r_ms().iter().copied())
            .chain([rule.threshold()]);
        let genome: Vec<f64> = self.genes.iter().zip(values).map(|(gene, value)| gene.entry(value)).collect();
        check_genome(&self.genes, &genome)?;
        Ok(genome)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn types(count: usize) -> Vec<String> {
        (0..count).map(|m| format!("t{m}")).collect()
    }

    fn midpoint(space: &TaylorSpace) -> Vec<f64> {
        space.genes().iter().map(|gene| 0.5 * (gene.lower + gene.upper)).collect()
    }

    #[test]
    fn seventeen_types_have_2645_genes_in_the_block_order_of_the_table() {
        let space = TaylorSpace::new(types(17), TaylorBounds::default()).unwrap();
        let genes = space.genes();
        assert_eq!(genes.len(), 2645);
        for (index, name) in [
            (0, "c[S_pre S_post][t0->t0]"),
            (1, "c[S_pre S_post][t0->t1]"),
            (17, "c[S_pre S_post][t1->t0]"),
            (289, "c[S_pre X_post][t0->t0]"),
            (4 * 289, "c[S_pre S_post R][t0->t0]"),
            (8 * 289, "c[S_pre][t0]"),
            (8 * 289 + 4 * 17, "c[S_pre R][t0]"),
            (8 * 289 + 8 * 17, "c[S_post][t0]"),
            (8 * 289 + 16 * 17, "c[R]"),
            (2585, "g[S_pre]"),
            (2609, "g[R]"),
            (2610, "tau_E[t0]"),
            (2627, "tau_R[t0]"),
            (2644, "threshold"),
        ] {
            assert_eq!(genes[index].name, name, "gene {index}");
        }
        let names: std::collections::BTreeSet<&str> = genes.iter().map(|gene| gene.name.as_str()).collect();
        assert_eq!(names.len(), genes.len());
    }

    #[test]
    fn a_gene_reaches_the_parameter_it_names() {
        let space = TaylorSpace::new(types(3), TaylorBounds::default()).unwrap();
        let base = midpoint(&space);
        let changed = |name: &str, entry: f64| {
            let mut genome = base.clone();
            let at = space.genes().iter().position(|gene| gene.name == name).unwrap();
            genome[at] = entry;
            space.decode(&genome).unwrap()
        };
        let term = |name: &str| name.parse::<Term>().unwrap();
        let rule = changed("c[S_post X_pre R][t2->t1]", 0.25);
        assert_eq!(rule.coefficient(term("S_post X_pre R"), 2, 1), 0.25);
        assert_eq!(changed("c[X_pre^2][t1]", 0.5).coefficient(term("X_pre^2"), 1, 0), 0.5);
        assert_eq!(changed("c[X_post R][t2]", -0.5).coefficient(term("X_post R"), 0, 2), -0.5);
        assert_eq!(changed("c[R]", 1.0).coefficients(term("R")), [1.0]);
        let rule = changed("g[X_post^2 R]", 0.6);
        assert_eq!(rule.active_terms().collect::<Vec<_>>(), [term("X_post^2 R")]);
        assert_eq!(changed("tau_E[t1]", 33.0).tau_e_ms(), [75.5, 33.0, 75.5]);
        assert_eq!(changed("tau_R[t2]", 44.0).tau_r_ms(), [75.5, 75.5, 44.0]);
        assert_eq!(changed("threshold", 12.0).threshold(), 12.0);
    }

    #[test]
    fn wrong_genomes_name_the_gene() {
        let space = TaylorSpace::new(types(2), TaylorBounds::default()).unwrap();
        let mut genome = midpoint(&space);
        let last = genome.len() - 1;
        genome[last] = 61.0;
        assert_eq!(
            space.decode(&genome).unwrap_err().to_string(),
            format!("gene {last} (threshold): expected a number in [0, 60], found 61")
        );
        genome[last - 1] = f64::NAN;
        assert_eq!(
            space.decode(&genome).unwrap_err().to_string(),
            format!("gene {} (tau_R[t1]): expected a finite number, found NaN", last - 1)
        );
        assert!(matches!(
            space.decode(&genome[1..]),
            Err(PlasticityError::GenomeLength { expected, found }) if expected == found + 1
        ));
    }

    #[test]
    fn a_rule_outside_the_space_is_refused() {
        let space = TaylorSpace::new(types(2), TaylorBounds::default()).unwrap();
        let strong = TaylorRule::silent(types(2)).unwrap().with_term("S_pre", 2.0).unwrap();
        assert!(matches!(space.encode(&strong), Err(PlasticityError::GeneOutOfBounds { .. })));
        let other = TaylorRule::silent(types(3)).unwrap();
        assert!(matches!(space.encode(&other), Err(PlasticityError::TypesDiffer { .. })));
    }

    #[test]
    fn options_change_scale_and_unit() {
        let bounds: TaylorBounds =
            serde_json::from_str(r#"{"tau_scale": "log", "threshold": [0.5, 4.0], "threshold_unit": "x"}"#).unwrap();
        let space = TaylorSpace::new(types(1), bounds).unwrap();
        let last = space.genes().last().unwrap();
        assert_eq!((last.unit.as_str(), last.lower, last.upper), ("x", 0.5, 4.0));
        let middle = space.decode(&midpoint(&space)).unwrap();
        assert!((middle.tau_r_ms()[0] - 150.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn rounding_of_a_logarithm_does_not_leave_the_range() {
        let mut rounded_past = 0;
        for upper_ms in (2..=150).map(f64::from) {
            rounded_past += usize::from(upper_ms.ln().exp() > upper_ms);
            let bounds =
                TaylorBounds { tau_scale: TauScale::Log, tau_e_ms: [1.0, upper_ms], ..TaylorBounds::default() };
            let space = TaylorSpace::new(types(1), bounds).unwrap();
            let longest: Vec<f64> = space.genes().iter().map(|gene| gene.upper).collect();
            let tau_ms = space.decode(&longest).unwrap().tau_e_ms()[0];
            assert!(tau_ms <= upper_ms && tau_ms > upper_ms - 1e-12);
        }
        assert!(rounded_past > 0, "the case does not occur");
    }

    #[test]
    fn time_constants_need_a_positive_range() {
        for bad in [[0.0, 150.0], [5.0, 1.0]] {
            let bounds = TaylorBounds { tau_e_ms: bad, ..TaylorBounds::default() };
            assert!(matches!(TaylorSpace::new(types(1), bounds), Err(PlasticityError::InvalidBounds { .. })));
        }
    }
}
