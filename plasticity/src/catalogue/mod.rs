//! A catalogue of rule spaces: the rules of the literature, each as a box of genes.
//!
//! A [`LocalRule`] is what one synapse does in one step with what it can see ([`Signals`]) and what it remembers. That is
//! the plainest form of a rule, to compare and to search; it is not the fastest one. Rules of spikes that factor also run on
//! the [event-driven engine](crate::EventDriven), with the same genes.
//!
//! [`catalogue`] lists the spaces and [`catalogue_table`] prints them; the tests of `tests/catalogue.rs` hold for every entry:
//! genomes and rules are the same thing, a genome without amplitudes changes nothing, entries stay in their bounds, and a
//! change depends on nothing but the signals and the memory of its own synapse.

mod abcd;
mod activity_traces;
mod bcm;
mod clopath;
mod covariance;
mod hebb;
mod mlp;
mod oja;
mod polynomial;
mod reward_table;
mod spiking;
mod vogels;

pub use abcd::{Abcd, PerSynapseAbcd, SharedAbcd, cluster};
pub use activity_traces::ActivityTraces;
pub use bcm::Bcm;
pub use clopath::Clopath;
pub use covariance::Covariance;
pub use hebb::Hebb;
pub use mlp::Mlp;
pub use oja::Oja;
pub use polynomial::{Polynomial, SpikingPolynomial};
pub use reward_table::RewardTable;
pub use vogels::VogelsStdp;

use crate::activation_table::{ActivationTableSpace, TableParts};
use crate::error::PlasticityError;
use crate::space::{Gene, RuleSpace, check_genome};
use crate::taylor::{TaylorBounds, TaylorSpace};

/// What a synapse sees in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals {
    /// Length of the step (ms).
    pub dt_ms: f64,
    /// Presynaptic activity: a rate, or a spike as 0 or 1.
    pub pre: f64,
    /// Postsynaptic activity, likewise.
    pub post: f64,
    /// Postsynaptic potential (mV).
    pub post_v_mv: f64,
    /// The weight before the step.
    pub weight: f64,
    /// Reward of the step, 0 if there is none.
    pub reward: f64,
    /// Whether an episode ends with this step.
    pub episode_end: bool,
}

impl Default for Signals {
    fn default() -> Self {
        Self { dt_ms: 1.0, pre: 0.0, post: 0.0, post_v_mv: -70.0, weight: 0.0, reward: 0.0, episode_end: false }
    }
}

/// What a rule is and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Name.
    pub name: &'static str,
    /// The change of a weight.
    pub equation: &'static str,
    /// What a synapse has to see.
    pub signals: &'static str,
    /// Authors and year.
    pub reference: &'static str,
    /// DOI or arXiv number.
    pub doi: &'static str,
}

/// A rule as one synapse applies it.
pub trait LocalRule: std::fmt::Debug + Send + Sync {
    /// What the rule is.
    fn card(&self) -> &'static Card;

    /// Its parameters, in the order of the genes of its space.
    fn parameters(&self) -> Vec<f64>;

    /// Numbers that a synapse remembers, all 0 at first.
    fn memory(&self) -> usize {
        0
    }

    /// The change of the weight in a step; `memory` is that of this synapse.
    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64;
}

/// Makes a rule of its parameters.
pub type Build = fn(&[f64]) -> Result<Box<dyn LocalRule>, PlasticityError>;

/// All rules of one kind.
#[derive(Debug, Clone)]
pub struct LocalSpace {
    card: &'static Card,
    genes: Vec<Gene>,
    build: Build,
}

impl LocalSpace {
    /// A space: `build` makes a rule of parameters, one for each gene and within its bounds.
    #[must_use]
    pub fn new(card: &'static Card, genes: Vec<Gene>, build: Build) -> Self {
        Self { card, genes, build }
    }

    /// What the rules are.
    #[must_use]
    pub fn card(&self) -> &'static Card {
        self.card
    }
}

impl RuleSpace for LocalSpace {
    type Rule = Box<dyn LocalRule>;

    fn genes(&self) -> &[Gene] {
        &self.genes
    }

    fn decode(&self, genome: &[f64]) -> Result<Box<dyn LocalRule>, PlasticityError> {
        check_genome(&self.genes, genome)?;
        let parameters: Vec<f64> = self.genes.iter().zip(genome).map(|(gene, &entry)| gene.value(entry)).collect();
        (self.build)(&parameters)
    }

    fn encode(&self, rule: &Box<dyn LocalRule>) -> Result<Vec<f64>, PlasticityError> {
        if rule.card() != self.card {
            return Err(PlasticityError::OtherRule { expected: self.card.name, found: rule.card().name });
        }
        let parameters = rule.parameters();
        // The exponential of a logarithm may round past a bound; the entry may not.
        let entry = |(gene, &value): (&Gene, &f64)| {
            let entry = gene.entry(value);
            let slack = 1e-12 * entry.abs().max(1.0);
            let near = entry >= gene.lower - slack && entry <= gene.upper + slack;
            if near { entry.clamp(gene.lower, gene.upper) } else { entry }
        };
        let genome: Vec<f64> = self.genes.iter().zip(&parameters).map(entry).collect();
        check_genome(&self.genes, &genome)?;
        Ok(genome)
    }
}

/// The spaces of local rules.
///
/// # Errors
/// None: the ranges of all genes are intervals.
pub fn catalogue() -> Result<Vec<LocalSpace>, PlasticityError> {
    Ok(vec![
        hebb::space()?,
        covariance::space()?,
        oja::space()?,
        bcm::space()?,
        abcd::space()?,
        polynomial::space()?,
        mlp::space()?,
        reward_table::space()?,
        activity_traces::space()?,
        spiking::pair()?,
        spiking::triplet()?,
        spiking::reward()?,
        spiking::eligibility()?,
        vogels::space()?,
        polynomial::spiking_space()?,
        clopath::space()?,
    ])
}

/// All rule spaces of the crate as a Markdown table: what the README shows.
///
/// # Errors
/// As [`catalogue`].
pub fn catalogue_table() -> Result<String, PlasticityError> {
    let row = |card: &Card, genes: String| {
        let Card { name, equation, signals, reference, doi } = card;
        format!("| {name} | `{equation}` | {genes} | {signals} | {reference}, {doi} |")
    };
    let mut rows: Vec<String> =
        catalogue()?.iter().map(|space| row(space.card(), space.genes().len().to_string())).collect();
    let abcd = PerSynapseAbcd::new(1, 1.0)?.genes().len();
    rows.push(row(&abcd::PER_SYNAPSE, format!("{abcd} a synapse")));
    rows.push(row(&abcd::SHARED, format!("{abcd} a cluster")));
    let taylor = TaylorSpace::new(vec!["cell".to_owned()], TaylorBounds::default())?.genes().len();
    rows.push(row(&TAYLOR, format!("{taylor} for one neuron type")));
    let tables = ActivationTableSpace::new(3, false, TableParts::ALL, 1.0)?.genes().len();
    rows.push(row(&TABLES, format!("{tables} at three rounds")));
    let header = "| rule | change of a weight w | genes | signals | source |\n|---|---|---|---|---|";
    Ok(format!("{header}\n{}\n", rows.join("\n")))
}

const TAYLOR: Card = Card {
    name: "Taylor (`taylor`)",
    equation: "eta sum_k c_k S_pre^a X_pre^b S_post^c X_post^d R^e, 25 terms",
    signals: "spikes, traces, reward trace",
    reference: "Ye et al. 2026",
    doi: "openreview hJBPMSUNUG",
};

const TABLES: Card = Card {
    name: "activation tables (`activation_table`)",
    equation: "eta R[rounds in which the ends fired]",
    signals: "codes of both ends, label or reward at the output",
    reference: "Joosten 2021; Cristian et al. 2021",
    doi: "University of Twente",
};

/// A running mean with time constant `tau_ms` takes in one step of `value`.
fn follow(mean: &mut f64, value: f64, dt_ms: f64, tau_ms: f64) {
    *mean += (1.0 - (-dt_ms / tau_ms).exp()) * (value - *mean);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_every_space() {
        let table = catalogue_table().unwrap();
        assert!(include_str!("../../README.md").contains(&table), "README.md has to contain:\n{table}");
    }
}
