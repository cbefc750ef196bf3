//! Low-rank ES (EGGROLL): matrices of the genome are perturbed by products of thin factors.
//!
//! The genome holds weight matrices W (a x b) as declared blocks, row after row; the other genes (biases) are perturbed at
//! full rank. A pair theta +- sigma E_k has, in a block,
//!
//! E = A B' / sqrt(r),  A (a x r), B (b x r) ~ N(0, 1);  elsewhere E ~ N(0, 1).
//!
//! With utilities u (larger is better) of l candidates,
//!
//! g = -1/(l sigma) sum_k (u_k+ - u_k-) E_k,
//!
//! and theta moves by the updater. Entries of E have mean 0 and variance 1, so that the estimate is that of OpenAI-ES up to
//! an error of order 1/r (none for quadratic losses).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | l | `population` | candidates a generation, even | 100 | |
//! | sigma | `sigma` | spread, in ranges | 0.02 | |
//! | r | `rank` | columns of A and B | 1 | Sarkar et al. 2025 |
//! | | `blocks` | weight matrices: first gene, rows a, columns b | none | |
//! | u | `shaping` | fitness shaping | z-score | Sarkar et al. 2025 |
//! | | `updater` | how the gradient moves the mean | Adam, step 0.01 ranges | |
//!
//! Factors come from addresses, r (a + b) numbers a block and pair; the sum for g is taken row by row without ever storing
//! an E. A network that knows [`LowRankEs::factors`] need not form them either: x (W + sigma E)' = x W' + sigma (x B) A' /
//! sqrt(r), one shared product and two thin ones.
//!
//! Source: Sarkar et al. 2025, "Evolution Strategies at the Hyperscale", arXiv:2511.16652, doi:10.48550/arXiv.2511.16652.

use rand::RngExt;
use rand_distr::StandardNormal;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{check_pairs, check_state};
use crate::address::stream;
use crate::array::compact;
use crate::bounds::{Bounds, Start, check_sigma};
use crate::error::{EvolveError, Result};
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::perturbation::{each, normals, weighted_sum};
use crate::shaping::Shaping;
use crate::single::SingleObjective;
use crate::space::SearchSpace;
use crate::strategy::{Card, Scene, Strategy};
use crate::updater::{Adam, Updater};

const CARD: Card = Card {
    name: "low-rank ES",
    citation: "Sarkar et al. 2025, doi:10.48550/arXiv.2511.16652",
    advice: "large weight matrices, whose perturbations would dominate the cost of an evaluation",
    many_objectives: false,
};

/// A matrix within the genome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixBlock {
    /// Its first gene.
    pub first: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns; a row is stored contiguously.
    pub columns: usize,
}

impl MatrixBlock {
    fn end(&self) -> Option<usize> {
        self.rows.checked_mul(self.columns)?.checked_add(self.first)
    }
}

/// Settings of [`LowRankEs`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LowRankEsConfig {
    /// Candidates a generation, even and at least 2.
    pub population: usize,
    /// Spread in ranges, more than 0.
    pub sigma: f64,
    /// Columns of the factors, at least 1.
    pub rank: usize,
    /// Weight matrices, in the order of their genes and without overlap.
    pub blocks: Vec<MatrixBlock>,
    /// Fitness shaping.
    pub shaping: Shaping,
    /// How the gradient moves the mean.
    pub updater: Box<dyn Updater>,
    /// Where the mean starts.
    pub start: Start,
    /// How candidates are kept within the bounds.
    pub bounds: Bounds,
}

impl Default for LowRankEsConfig {
    fn default() -> Self {
        Self {
            population: 100,
            sigma: 0.02,
            rank: 1,
            blocks: Vec::new(),
            shaping: Shaping::ZScore,
            updater: Box::new(Adam::new(0.01)),
            start: Start::default(),
            bounds: Bounds::default(),
        }
    }
}

#[typetag::serde(name = "low_rank_es")]
impl OptimizerConfig for LowRankEsConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        SingleObjective::boxed(space, objectives, run, self.bounds, |scene| {
            let (mean, updater) = (self.start.latent(scene)?, self.updater.clone());
            Ok(LowRankEs { config: self.clone(), mean, updater })
        })
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowRankEs {
    config: LowRankEsConfig,
    #[serde(with = "compact")]
    mean: Vec<f64>,
    updater: Box<dyn Updater>,
}

impl LowRankEs {
    /// A and B (both row after row, `rank` columns) of one block of one pair; the perturbation is A B' / sqrt(rank).
    #[must_use]
    pub fn factors(
        scene: &Scene<'_>,
        pair: u64,
        index: usize,
        block: &MatrixBlock,
        rank: usize,
    ) -> (Vec<f64>, Vec<f64>) {
        let mut rng = scene.at(pair).with_episode(index as u64).rng(stream::FACTORS);
        let mut draw = |count: usize| (0..count).map(|_| rng.sample(StandardNormal)).collect::<Vec<f64>>();
        let a = draw(block.rows * rank);
        (a, draw(block.columns * rank))
    }

    /// Genes outside of all blocks.
    fn full_rank(&self) -> Vec<usize> {
        let mut next = 0;
        let mut genes = Vec::new();
        for block in &self.config.blocks {
            genes.extend(next..block.first);
            next = block.first + block.rows * block.columns;
        }
        genes.extend(next..self.mean.len());
        genes
    }

    /// E of a pair.
    fn perturbation(&self, scene: &Scene<'_>, pair: u64, full_rank: &[usize]) -> Vec<f64> {
        let rank = self.config.rank;
        let scale = 1.0 / (rank as f64).sqrt();
        let mut e = vec![0.0; self.mean.len()];
        for (&gene, z) in full_rank.iter().zip(normals(scene.at(pair), full_rank.len())) {
            e[gene] = z;
        }
        for (index, block) in self.config.blocks.iter().enumerate() {
            let (a, b) = Self::factors(scene, pair, index, block, rank);
            let entries = &mut e[block.first..][..block.rows * block.columns];
            for (row, a) in entries.chunks_exact_mut(block.columns).zip(a.chunks_exact(rank)) {
                add_row(row, a, &b, scale);
            }
        }
        e
    }

    /// Estimated gradient of the shaped loss at the mean.
    fn gradient(&self, scene: &Scene<'_>, values: &[f64]) -> Vec<f64> {
        let utilities = self.config.shaping.utilities(values);
        let scale = -1.0 / (values.len() as f64 * self.config.sigma);
        let weights: Vec<f64> = utilities.chunks_exact(2).map(|pair| scale * (pair[0] - pair[1])).collect();
        let mut gradient = vec![0.0; self.mean.len()];
        let full_rank = self.full_rank();
        let sums = weighted_sum(|pair| scene.at(pair), &weights, full_rank.len());
        full_rank.iter().zip(sums).for_each(|(&gene, sum)| gradient[gene] = sum);
        let rank = self.config.rank;
        let root = 1.0 / (rank as f64).sqrt();
        for (index, block) in self.config.blocks.iter().enumerate() {
            let pair = |pair: usize| Self::factors(scene, pair as u64, index, block, rank);
            let factors = each(weights.len(), (block.rows + block.columns) * rank, pair);
            let entries = &mut gradient[block.first..][..block.rows * block.columns];
            entries.par_chunks_exact_mut(block.columns).enumerate().for_each(|(row, entries)| {
                for ((a, b), weight) in factors.iter().zip(&weights) {
                    add_row(entries, &a[row * rank..][..rank], b, weight * root);
                }
            });
        }
        gradient
    }
}

/// row += scale B a for one row a of A.
fn add_row(row: &mut [f64], a: &[f64], b: &[f64], scale: f64) {
    for (entry, b) in row.iter_mut().zip(b.chunks_exact(a.len())) {
        *entry += scale * crate::linalg::dot(a, b);
    }
}

#[typetag::serde(name = "low_rank_es")]
impl Strategy for LowRankEs {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>> {
        let full_rank = self.full_rank();
        let pair = |pair: usize| {
            let e = self.perturbation(scene, pair as u64, &full_rank);
            let side = |step: f64| self.mean.iter().zip(&e).map(|(mean, e)| mean + step * e).collect::<Vec<f64>>();
            [side(self.config.sigma), side(-self.config.sigma)]
        };
        Ok(each(self.config.population / 2, scene.genes(), pair).into_iter().flatten().collect())
    }

    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()> {
        let gradient = self.gradient(scene, values);
        self.updater.update(&mut self.mean, &gradient);
        self.config.bounds.hold(&mut self.mean);
        Ok(())
    }

    fn mean(&self) -> Option<&[f64]> {
        Some(&self.mean)
    }

    fn validate(&self, genes: usize) -> Result<()> {
        let config = &self.config;
        check_pairs(CARD.name, config.population)?;
        check_sigma(CARD.name, config.sigma)?;
        EvolveError::require(config.rank >= 1, CARD.name, "rank", config.rank, "at least 1")?;
        let mut next = 0;
        for block in &config.blocks {
            let end = block.end().filter(|&end| end <= genes && block.first >= next && end > block.first);
            let Some(end) = end else {
                let expected = format!("genes from {next} to {genes}, at least one row and column");
                return Err(EvolveError::config(CARD.name, "blocks", format!("{block:?}"), expected));
            };
            next = end;
        }
        self.updater.validate(genes)?;
        check_state("mean of the low-rank ES", &self.mean, genes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::space::Variable;

    fn search(rank: usize, blocks: Vec<MatrixBlock>, genes: usize) -> LowRankEs {
        let config = LowRankEsConfig { population: 12, rank, blocks, shaping: Shaping::None, ..Default::default() };
        LowRankEs { config, mean: vec![0.5; genes], updater: Box::new(Adam::default()) }
    }

    fn space(genes: usize) -> SearchSpace {
        SearchSpace::new((0..genes).map(|g| Variable::real(g.to_string(), 0.0, 1.0)).collect()).unwrap()
    }

    const BLOCKS: [MatrixBlock; 2] =
        [MatrixBlock { first: 1, rows: 3, columns: 4 }, MatrixBlock { first: 15, rows: 2, columns: 2 }];

    #[test]
    fn perturbations_have_the_rank_declared_and_unit_variance() {
        let space = space(20);
        let search = search(1, BLOCKS.to_vec(), 20);
        assert_eq!(search.full_rank(), [0, 13, 14, 19]);
        let runs = 4000;
        let mut squares = vec![0.0; 20];
        for run in 0..runs {
            let scene = Scene { space: &space, bounds: Bounds::Smooth, run, generation: 0 };
            let e = search.perturbation(&scene, 0, &search.full_rank());
            squares.iter_mut().zip(&e).for_each(|(sum, e)| *sum += e * e / runs as f64);
            // Rank 1: every 2 x 2 minor vanishes.
            assert!((e[1] * e[6] - e[2] * e[5]).abs() < 1e-12 && (e[15] * e[18] - e[16] * e[17]).abs() < 1e-12);
        }
        // E e^2 = 1, E e^4 = 9: standard error sqrt(8 / 4000) = 0.045.
        assert!(squares.iter().all(|square| (square - 1.0).abs() < 0.2), "{squares:?}");
    }

    /// The sum by rows equals that of the perturbations, and on a quadratic its expectation is the gradient.
    #[test]
    fn the_gradient_is_the_weighted_sum_and_right_on_average() {
        let space = space(20);
        let search = search(2, BLOCKS.to_vec(), 20);
        let loss =
            |y: &[f64]| y.iter().enumerate().map(|(k, y)| 0.1 * (k as f64 + 1.0) * y * y).sum::<f64>() + y[1] * y[6];
        let runs = 1500;
        let mut mean = [0.0; 20];
        for run in 0..runs {
            let scene = Scene { space: &space, bounds: Bounds::Smooth, run, generation: 0 };
            let values: Vec<f64> = search.ask(&scene).unwrap().iter().map(|y| loss(y)).collect();
            let gradient = search.gradient(&scene, &values);
            if run < 3 {
                let mut sum = vec![0.0; 20];
                for (pair, values) in values.chunks(2).enumerate() {
                    let e = search.perturbation(&scene, pair as u64, &search.full_rank());
                    let weight = (values[0] - values[1]) / (12.0 * search.config.sigma);
                    sum.iter_mut().zip(e).for_each(|(sum, e)| *sum += weight * e);
                }
                assert!(gradient.iter().zip(&sum).all(|(a, b)| (a - b).abs() < 1e-10));
            }
            mean.iter_mut().zip(gradient).for_each(|(mean, g)| *mean += g / runs as f64);
        }
        for gene in 0..20 {
            let coupled = if gene == 1 || gene == 6 { 0.5 } else { 0.0 };
            let expected = 0.1 * (gene as f64 + 1.0) + coupled;
            assert!((mean[gene] - expected).abs() < 0.5, "{gene}: {} {expected}", mean[gene]);
        }
    }

    #[test]
    fn blocks_that_do_not_fit_are_refused() {
        let block = |first, rows, columns| MatrixBlock { first, rows, columns };
        for blocks in [
            vec![block(10, 3, 4)],
            vec![block(0, 0, 3)],
            vec![block(0, 2, 3), block(5, 1, 1)],
            vec![block(1, usize::MAX, 2)],
        ] {
            assert!(search(1, blocks, 20).validate(20).is_err());
        }
        search(1, BLOCKS.to_vec(), 20).validate(20).unwrap();
    }
}
