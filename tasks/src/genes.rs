//! Genes of a rule space as variables of a search.

use evoplast_evolve::Variable;
use evoplast_plasticity::{Gene, GeneKind};

/// The variable of a gene.
pub(crate) fn variable(gene: &Gene) -> Variable {
    // The rule space gives log-scaled genes as logarithms already, so both kinds of numbers are searched linearly.
    match gene.kind {
        GeneKind::Gate => Variable::gate(gene.name.clone()),
        GeneKind::Real | GeneKind::LogScaled => {
            let variable = Variable::real(gene.name.clone(), gene.lower, gene.upper).in_group(gene.group.clone());
            Variable { unit: gene.unit.clone(), ..variable }
        }
    }
}
