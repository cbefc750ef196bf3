//! ABCD rules: dw = eta (A pre post + B pre + C post + D), for one synapse, for every synapse its own, or shared by clusters.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | eta | `eta` | -1 to 1 |
//! | A, B, C, D | `a`, `b`, `c`, `d` | +- a limit, 1 for one synapse |
//!
//! With rules of their own, n synapses have 5 n genes. Sharing starts from such rules: [`cluster`] replaces them by the
//! centres of k-means clusters, and a [`SharedAbcd`] space goes on with 5 k genes.
//!
//! Sources: Najarro, Risi 2020, "Meta-learning through Hebbian plasticity in random networks", NeurIPS, doi 10.48550/arXiv.2007.02686;
//! Pedersen, Risi 2021, "Evolving and merging Hebbian learning rules", GECCO, doi 10.48550/arXiv.2104.07959.

use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::space::{Gene, RuleSpace, check_genome};

const CARD: Card = Card {
    name: "ABCD",
    equation: "eta (A pre post + B pre + C post + D)",
    signals: "pre, post",
    reference: "Najarro, Risi 2020",
    doi: "doi 10.48550/arXiv.2007.02686",
};

pub(super) const PER_SYNAPSE: Card = Card { name: "ABCD, own for every synapse", ..CARD };

pub(super) const SHARED: Card = Card {
    name: "ABCD, shared by clusters",
    reference: "Pedersen, Risi 2021",
    doi: "doi 10.48550/arXiv.2104.07959",
    ..CARD
};

/// An ABCD rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Abcd {
    /// Learning rate eta.
    pub eta: f64,
    /// Coefficient of pre post.
    pub a: f64,
    /// Coefficient of pre.
    pub b: f64,
    /// Coefficient of post.
    pub c: f64,
    /// Constant.
    pub d: f64,
}

/// Genes of a rule.
const GENES: usize = 5;

impl Abcd {
    fn of(p: &[f64]) -> Self {
        Self { eta: p[0], a: p[1], b: p[2], c: p[3], d: p[4] }
    }

    fn numbers(&self) -> [f64; GENES] {
        [self.eta, self.a, self.b, self.c, self.d]
    }
}

impl LocalRule for Abcd {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        self.numbers().to_vec()
    }

    fn change(&self, seen: &Signals, _: &mut [f64]) -> f64 {
        self.eta * (self.a * seen.pre * seen.post + self.b * seen.pre + self.c * seen.post + self.d)
    }
}

fn genes(rules: usize, limit: f64, suffix: impl Fn(usize) -> String) -> Result<Vec<Gene>, PlasticityError> {
    let mut genes = Vec::with_capacity(GENES * rules);
    for rule in 0..rules {
        for (k, name) in ["eta", "A", "B", "C", "D"].into_iter().enumerate() {
            let limit = if k == 0 { 1.0 } else { limit };
            genes.push(Gene::real(format!("{name}{}", suffix(rule)), "", -limit, limit)?.in_group(suffix(rule)));
        }
    }
    Ok(genes)
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    Ok(LocalSpace::new(&CARD, genes(1, 1.0, |_| String::new())?, |p| Ok(Box::new(Abcd::of(p)))))
}

fn decoded(genes: &[Gene], genome: &[f64]) -> Result<Vec<Abcd>, PlasticityError> {
    check_genome(genes, genome)?;
    Ok(genome.chunks_exact(GENES).map(Abcd::of).collect())
}

fn encoded(genes: &[Gene], rules: &[Abcd]) -> Result<Vec<f64>, PlasticityError> {
    let genome: Vec<f64> = rules.iter().flat_map(Abcd::numbers).collect();
    check_genome(genes, &genome)?;
    Ok(genome)
}

/// A rule of its own for every synapse.
#[derive(Debug, Clone, PartialEq)]
pub struct PerSynapseAbcd {
    genes: Vec<Gene>,
}

impl PerSynapseAbcd {
    /// The space for a number of synapses, coefficients within +- `limit`.
    ///
    /// # Errors
    /// A limit that is not finite and at least 0.
    pub fn new(synapses: usize, limit: f64) -> Result<Self, PlasticityError> {
        Ok(Self { genes: genes(synapses, limit, |synapse| format!("[{synapse}]"))? })
    }
}

impl RuleSpace for PerSynapseAbcd {
    type Rule = Vec<Abcd>;

    fn genes(&self) -> &[Gene] {
        &self.genes
    }

    fn decode(&self, genome: &[f64]) -> Result<Vec<Abcd>, PlasticityError> {
        decoded(&self.genes, genome)
    }

    fn encode(&self, rule: &Vec<Abcd>) -> Result<Vec<f64>, PlasticityError> {
        encoded(&self.genes, rule)
    }
}

/// Rules that clusters of synapses share. A rule of this space is the list of rules by synapse.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedAbcd {
    genes: Vec<Gene>,
    cluster_of: Vec<usize>,
}

impl SharedAbcd {
    /// The space of rules for synapses of these clusters, numbered from 0 without gaps.
    ///
    /// # Errors
    /// A cluster without a synapse, or a limit that is not finite and at least 0.
    pub fn new(cluster_of: Vec<usize>, limit: f64) -> Result<Self, PlasticityError> {
        let clusters = cluster_of.iter().max().map_or(0, |last| last + 1);
        if let Some(empty) = (0..clusters).find(|cluster| !cluster_of.contains(cluster)) {
            let (what, expected) = ("synapses of a cluster".to_owned(), "at least 1");
            return Err(PlasticityError::Value { what, index: empty, expected, found: 0.0 });
        }
        Ok(Self { genes: genes(clusters, limit, |cluster| format!("[{cluster}]"))?, cluster_of })
    }

    /// The cluster of every synapse.
    #[must_use]
    pub fn cluster_of(&self) -> &[usize] {
        &self.cluster_of
    }
}

impl RuleSpace for SharedAbcd {
    type Rule = Vec<Abcd>;

    fn genes(&self) -> &[Gene] {
        &self.genes
    }

    fn decode(&self, genome: &[f64]) -> Result<Vec<Abcd>, PlasticityError> {
        let rules = decoded(&self.genes, genome)?;
        Ok(self.cluster_of.iter().map(|&cluster| rules[cluster]).collect())
    }

    fn encode(&self, rule: &Vec<Abcd>) -> Result<Vec<f64>, PlasticityError> {
        if rule.len() != self.cluster_of.len() {
            let what = "rules of synapses".to_owned();
            return Err(PlasticityError::Length { what, expected: self.cluster_of.len(), found: rule.len() });
        }
        let clusters = self.genes.len() / GENES;
        let mut rules: Vec<Option<Abcd>> = vec![None; clusters];
        for (index, (&cluster, rule)) in self.cluster_of.iter().zip(rule).enumerate() {
            let known = *rules[cluster].get_or_insert(*rule);
            if known != *rule {
                let (what, expected) = ("eta of synapse".to_owned(), "the rule of its cluster");
                return Err(PlasticityError::Value { what, index, expected, found: rule.eta });
            }
        }
        encoded(&self.genes, &rules.into_iter().flatten().collect::<Vec<_>>())
    }
}

/// Clusters rules by k-means on (eta A, eta B, eta C, eta D), which is all that a synapse shows of its rule: the cluster of every
/// synapse, and the mean rule of every cluster (with eta = 1).
///
/// The first centre is the first rule, every further one the rule farthest from all centres; so the result needs no random
/// numbers. Fewer than `clusters` clusters come back if there are fewer different rules.
#[must_use]
pub fn cluster(rules: &[Abcd], clusters: usize) -> (Vec<usize>, Vec<Abcd>) {
    let points: Vec<[f64; 4]> = rules.iter().map(|r| [r.a, r.b, r.c, r.d].map(|x| r.eta * x)).collect();
    let distance = |p: &[f64; 4], q: &[f64; 4]| -> f64 { p.iter().zip(q).map(|(p, q)| (p - q).powi(2)).sum() };
    let nearest = |p: &[f64; 4], centres: &[[f64; 4]]| -> (usize, f64) {
        let mut best = (0, f64::INFINITY);
        for (k, centre) in centres.iter().enumerate() {
            let here = distance(p, centre);
            if here < best.1 {
                best = (k, here);
            }
        }
        best
    };
    let mut centres: Vec<[f64; 4]> = points.first().copied().into_iter().take(clusters).collect();
    while centres.len() < clusters {
        let farthest = points
            .iter()
            .map(|p| nearest(p, &centres).1)
            .enumerate()
            .fold((0, 0.0), |best, (k, d)| if d > best.1 { (k, d) } else { best });
        if farthest.1 == 0.0 {
            break;
        }
        centres.push(points[farthest.0]);
    }
    let mut cluster_of: Vec<usize> = points.iter().map(|p| nearest(p, &centres).0).collect();
    loop {
        for (k, centre) in centres.iter_mut().enumerate() {
            let members: Vec<&[f64; 4]> =
                points.iter().zip(&cluster_of).filter(|(_, c)| **c == k).map(|(p, _)| p).collect();
            if !members.is_empty() {
                *centre = std::array::from_fn(|x| members.iter().map(|p| p[x]).sum::<f64>() / members.len() as f64);
            }
        }
        let next: Vec<usize> = points.iter().map(|p| nearest(p, &centres).0).collect();
        if next == cluster_of {
            break;
        }
        cluster_of = next;
    }
    // A cluster can lose its members; numbers then close up.
    let used: Vec<usize> = (0..centres.len()).filter(|k| cluster_of.contains(k)).collect();
    let number = |k: usize| used.iter().position(|&u| u == k).unwrap_or(0);
    let rules =
        used.iter().map(|&k| Abcd { eta: 1.0, a: centres[k][0], b: centres[k][1], c: centres[k][2], d: centres[k][3] });
    (cluster_of.iter().map(|&k| number(k)).collect(), rules.collect())
}
