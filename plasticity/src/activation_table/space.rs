//! The space of rule tables: one gene an entry.
//!
//! | genes | name | number |
//! |---|---|---|
//! | input rule | `input[0110]`, or `input[0110,1]` with the input bit | 2^(N+1), or twice as many |
//! | hidden rule | `hidden[0110>1111]`, presynaptic code first | 2^(2(N+1)) |
//! | output rule | `output[0110,+]` for the true label, `output[0110,-]` otherwise | 2^(N+2) |

use serde::{Deserialize, Serialize};

use super::tables::ActivationTables;
use crate::error::PlasticityError;
use crate::space::{Gene, RuleSpace, check_genome};

/// Which tables are searched; the entries of the others are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableParts {
    /// Weights from the input to the hidden layer.
    pub input: bool,
    /// Weights within the hidden layer.
    pub hidden: bool,
    /// Weights from the hidden layer to the output.
    pub output: bool,
}

impl TableParts {
    /// All three.
    pub const ALL: Self = Self { input: true, hidden: true, output: true };
    /// The output rule alone: the hidden layer is a fixed random feature map.
    pub const OUTPUT: Self = Self { input: false, hidden: false, output: true };
}

/// All rule tables of a number of rounds, entries within +- a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationTableSpace {
    silent: ActivationTables,
    parts: TableParts,
    genes: Vec<Gene>,
}

impl ActivationTableSpace {
    /// The space of the given parts.
    ///
    /// # Errors
    /// Too many rounds, a limit that is not finite and positive, or no part at all.
    pub fn new(rounds: usize, input_bit: bool, parts: TableParts, limit: f64) -> Result<Self, PlasticityError> {
        let silent = ActivationTables::silent(rounds, input_bit)?;
        if limit <= 0.0 {
            let (what, expected) = ("rule tables".to_owned(), "a positive limit");
            return Err(PlasticityError::InvalidBounds { what, expected, lower: -limit, upper: limit });
        }
        let bits = |code: usize| format!("{code:0width$b}", width = rounds + 1);
        let gene = |group: &str, index: String| {
            Gene::real(format!("{group}[{index}]"), "", -limit, limit).map(|gene| gene.in_group(group))
        };
        let (codes, mut genes) = (silent.codes(), Vec::new());
        if parts.input {
            for entry in 0..silent.input.len() {
                let index = if input_bit { format!("{},{}", bits(entry / 2), entry % 2) } else { bits(entry) };
                genes.push(gene("input", index)?);
            }
        }
        if parts.hidden {
            for entry in 0..silent.hidden.len() {
                genes.push(gene("hidden", format!("{}>{}", bits(entry / codes), bits(entry % codes)))?);
            }
        }
        if parts.output {
            for entry in 0..silent.output.len() {
                genes.push(gene("output", format!("{},{}", bits(entry / 2), ["-", "+"][entry % 2]))?);
            }
        }
        if genes.is_empty() {
            return Err(PlasticityError::Length { what: "searched tables".to_owned(), expected: 1, found: 0 });
        }
        Ok(Self { silent, parts, genes })
    }

    /// Which tables are searched.
    #[must_use]
    pub fn parts(&self) -> TableParts {
        self.parts
    }

    /// The entries of the searched tables in genome order, whatever their values: for gradients, which have no bounds.
    #[must_use]
    pub fn entries(&self, tables: &ActivationTables) -> Vec<f64> {
        let parts = [
            (self.parts.input, &tables.input),
            (self.parts.hidden, &tables.hidden),
            (self.parts.output, &tables.output),
        ];
        parts.into_iter().filter(|(searched, _)| *searched).flat_map(|(_, table)| table).copied().collect()
    }

    /// The rule that changes nothing, with the shape of all others.
    #[must_use]
    pub fn silent(&self) -> &ActivationTables {
        &self.silent
    }
}

impl RuleSpace for ActivationTableSpace {
    type Rule = ActivationTables;

    fn genes(&self) -> &[Gene] {
        &self.genes
    }

    fn decode(&self, genome: &[f64]) -> Result<ActivationTables, PlasticityError> {
        check_genome(&self.genes, genome)?;
        let (mut rule, mut rest) = (self.silent.clone(), genome);
        let tables = [&mut rule.input, &mut rule.hidden, &mut rule.output];
        for (searched, table) in [self.parts.input, self.parts.hidden, self.parts.output].into_iter().zip(tables) {
            if searched {
                let (entries, after) = rest.split_at(table.len());
                table.copy_from_slice(entries);
                rest = after;
            }
        }
        Ok(rule)
    }

    fn encode(&self, rule: &ActivationTables) -> Result<Vec<f64>, PlasticityError> {
        rule.check()?;
        let parts = [
            ("input table", self.parts.input, &rule.input, &self.silent.input),
            ("hidden table", self.parts.hidden, &rule.hidden, &self.silent.hidden),
            ("output table", self.parts.output, &rule.output, &self.silent.output),
        ];
        for (what, searched, table, silent) in parts {
            let what = what.to_owned();
            if table.len() != silent.len() {
                return Err(PlasticityError::Length { what, expected: silent.len(), found: table.len() });
            }
            if let Some(index) = table.iter().position(|&entry| entry != 0.0)
                && !searched
            {
                let expected = "0 in a table that is not searched";
                return Err(PlasticityError::Value { what, index, expected, found: table[index] });
            }
        }
        let genome = self.entries(rule);
        check_genome(&self.genes, &genome)?;
        Ok(genome)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn three_rounds_have_304_genes_and_not_the_88_of_the_paper() {
        let genes = |rounds, input_bit| ActivationTableSpace::new(rounds, input_bit, TableParts::ALL, 5.0).unwrap();
        assert_eq!(genes(3, false).genes().len(), 304);
        assert_eq!(genes(3, true).genes().len(), 320);
        // Tables 1 to 3 of Joosten 2021, two rounds: 8, 64 and 16 rows.
        assert_eq!(genes(2, false).genes().len(), 8 + 64 + 16);
        for rounds in 0..=5 {
            let n = 1_usize << (rounds + 1);
            assert_eq!(genes(rounds, false).genes().len(), n + n * n + 2 * n);
        }
        assert_eq!(2_usize.pow(3) + 2_usize.pow(6) + 2_usize.pow(4), 88);
    }

    #[test]
    fn genes_are_named_after_codes_with_round_0_first() {
        let space = ActivationTableSpace::new(1, true, TableParts::ALL, 5.0).unwrap();
        let position = |name: &str| space.genes().iter().position(|gene| gene.name == name).unwrap();
        let mut genome = vec![0.0; space.genes().len()];
        genome[position("input[10,1]")] = 1.0;
        genome[position("hidden[10>01]")] = 2.0;
        genome[position("output[11,+]")] = 3.0;
        let rule = space.decode(&genome).unwrap();
        assert_eq!((rule.input[2 * 2 + 1], rule.hidden[2 * 4 + 1], rule.output[3 * 2 + 1]), (1.0, 2.0, 3.0));
        assert_eq!(space.encode(&rule).unwrap(), genome);
    }

    #[test]
    fn rules_outside_the_space_are_refused() {
        let space = ActivationTableSpace::new(1, false, TableParts::OUTPUT, 5.0).unwrap();
        let mut rule = ActivationTables::perceptron(1).unwrap();
        assert_eq!(space.encode(&rule).unwrap(), [0.0, 0.0, -1.0, 1.0, 0.0, 0.0, -1.0, 1.0]);
        rule.hidden[3] = 0.5;
        let message = space.encode(&rule).unwrap_err().to_string();
        assert_eq!(message, "hidden table[3]: expected 0 in a table that is not searched, found 0.5");
        let other = ActivationTables::perceptron(2).unwrap();
        assert!(matches!(space.encode(&other), Err(PlasticityError::Length { .. })));
        assert!(ActivationTableSpace::new(8, false, TableParts::ALL, 5.0).is_err());
        assert!(ActivationTableSpace::new(1, false, TableParts::ALL, f64::NAN).is_err());
    }
}
