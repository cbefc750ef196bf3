//! How much the weights of each block changed between two snapshots.
//!
//! W0 and W1 are the weights before and after, dW = W1 - W0, and S the places at which either is not 0: a weight of
//! exactly 0 counts as absent, so that a network that was rewired can be compared with what it was.
//!
//! | field | definition |
//! |---|---|
//! | `count` | \|S\| |
//! | `mean` | means of W0 and W1 over S |
//! | `frobenius` | \|\|dW\|\|_F |
//! | `relative_frobenius` | \|\|dW\|\|_F / \|\|W0\|\|_F |
//! | `rms` | \|\|dW\|\|_F / sqrt\|S\| |
//! | `decorrelation` | 1 - Pearson correlation of W0 and W1 over S |
//! | `emd` | first Wasserstein distance of the weights that are not 0, over the standard deviation of those of W0 (1/n) |
//! | `turnover` | places of S at which one of the two is 0, over \|S\| |
//! | `effective_rank` | singular values of dW that hold 90 % of the sum of their squares |
//! | `share` | \|\|dW_L\|\|_F / sum over blocks \|\|dW_L\|\|_F |

use crate::SynapseError;
use crate::change::effective_rank::effective_rank;
use crate::change::snapshot::{Snapshot, SnapshotBlock};
use crate::change::wasserstein::wasserstein_1;
use serde::{Deserialize, Serialize};

/// The change of one block; see the module for the definitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockChange {
    /// Name of the block.
    pub name: String,
    /// Number of places with a weight before or after.
    pub count: usize,
    /// Mean weight before and after over these places; 0 without any.
    pub mean: (f64, f64),
    /// Frobenius norm of the difference.
    pub frobenius: f64,
    /// Frobenius norm of the difference over that of the first snapshot; `None` if that is 0.
    pub relative_frobenius: Option<f64>,
    /// Root mean square of the difference; 0 without places.
    pub rms: f64,
    /// 1 - Pearson correlation; `None` if either snapshot is constant.
    pub decorrelation: Option<f64>,
    /// Distance of the distributions of weights in standard deviations of the first; `None` if either has no weight
    /// or the first has no spread.
    pub emd: Option<f64>,
    /// Share of places that were gained or lost; 0 without places.
    pub turnover: f64,
    /// Effective rank of the difference; `None` without places of neurons, without change, or if the difference touches
    /// more than 2000 neurons on both sides.
    pub effective_rank: Option<usize>,
    /// Share of this block in the sum of all blocks' norms; `None` if nothing changed anywhere.
    pub share: Option<f64>,
}

/// The comparison of two snapshots, block by block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerChange {
    /// One entry per block of the first snapshot, in its order.
    pub blocks: Vec<BlockChange>,
}

impl LayerChange {
    /// Compares `after` with `before`. Blocks are matched by name and weights by place; connections may differ.
    ///
    /// # Errors
    /// A block that comes twice or in one snapshot only, a weight that is not finite, a block with places in one
    /// snapshot only, or blocks without places and of different lengths.
    pub fn between(before: &Snapshot, after: &Snapshot) -> Result<Self, SynapseError> {
        check(before)?;
        check(after)?;
        if let Some(b) = after.blocks.iter().find(|b| before.block(b.name()).is_none()) {
            return problem(b, "is in the second snapshot only");
        }
        let mut blocks = vec![];
        for first in &before.blocks {
            let Some(second) = after.block(first.name()) else {
                return problem(first, "is in the first snapshot only");
            };
            if first.placed() != second.placed() {
                return problem(first, "has places in one snapshot only");
            }
            let places = |b: &SnapshotBlock| b.entries().iter().map(|e| e.place()).collect::<Vec<_>>();
            if !first.placed() && places(first) != places(second) {
                return problem(first, "has no places and another range in the second snapshot");
            }
            blocks.push(block_change(first, second));
        }
        let total: f64 = blocks.iter().map(|b| b.frobenius).sum();
        for block in &mut blocks {
            block.share = (total > 0.0).then(|| block.frobenius / total);
        }
        Ok(Self { blocks })
    }

    /// A block by name.
    #[must_use]
    pub fn block(&self, name: &str) -> Option<&BlockChange> {
        self.blocks.iter().find(|b| b.name == name)
    }
}

fn problem<T>(block: &SnapshotBlock, problem: &'static str) -> Result<T, SynapseError> {
    Err(SynapseError::Snapshot { block: block.name().to_owned(), problem })
}

/// Names come once and weights are finite.
fn check(snapshot: &Snapshot) -> Result<(), SynapseError> {
    for (k, block) in snapshot.blocks.iter().enumerate() {
        if snapshot.blocks[..k].iter().any(|b| b.name() == block.name()) {
            return problem(block, "comes twice in a snapshot, expected once");
        }
        if block.entries().iter().any(|e| !e.weight.is_finite()) {
            return problem(block, "has a weight that is not finite");
        }
    }
    Ok(())
}

/// A place of the union and its weight before and after, 0 where there is none.
struct Pair {
    place: (u32, u32),
    before: f64,
    after: f64,
}

/// All places with a weight that is not 0 before or after, in order.
fn union(before: &SnapshotBlock, after: &SnapshotBlock) -> Vec<Pair> {
    let present = |b: &SnapshotBlock| b.entries().iter().filter(|e| e.weight != 0.0).copied().collect::<Vec<_>>();
    let (a, b) = (present(before), present(after));
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::with_capacity(a.len().max(b.len()));
    while let Some(place) = [a.get(i), b.get(j)].into_iter().flatten().map(|e| e.place()).min() {
        let mut pair = Pair { place, before: 0.0, after: 0.0 };
        if let Some(e) = a.get(i).filter(|e| e.place() == place) {
            pair.before = e.weight.into();
            i += 1;
        }
        if let Some(e) = b.get(j).filter(|e| e.place() == place) {
            pair.after = e.weight.into();
            j += 1;
        }
        pairs.push(pair);
    }
    pairs
}

fn block_change(first: &SnapshotBlock, second: &SnapshotBlock) -> BlockChange {
    let pairs = union(first, second);
    let n = pairs.len().max(1) as f64;
    let sum = |of: &dyn Fn(&Pair) -> f64| pairs.iter().map(of).sum::<f64>();
    let mean = (sum(&|p| p.before) / n, sum(&|p| p.after) / n);
    let frobenius = sum(&|p| (p.after - p.before).powi(2)).sqrt();
    let size = sum(&|p| p.before * p.before).sqrt();
    let before: Vec<f64> = pairs.iter().map(|p| p.before).filter(|&w| w != 0.0).collect();
    let after: Vec<f64> = pairs.iter().map(|p| p.after).filter(|&w| w != 0.0).collect();
    let lost_or_gained = pairs.iter().filter(|p| p.before == 0.0 || p.after == 0.0).count();
    let rank = || {
        let difference: Vec<_> = pairs.iter().map(|p| (p.place.0, p.place.1, p.after - p.before)).collect();
        effective_rank(&difference)
    };
    BlockChange {
        name: first.name().to_owned(),
        count: pairs.len(),
        mean,
        frobenius,
        relative_frobenius: (size > 0.0).then(|| frobenius / size),
        rms: frobenius / n.sqrt(),
        decorrelation: decorrelation(&pairs, mean),
        emd: deviation(&before).and_then(|sd| Some(wasserstein_1(&before, &after)? / sd)),
        turnover: lost_or_gained as f64 / n,
        effective_rank: if first.placed() { rank() } else { None },
        share: None,
    }
}

/// 1 - Pearson correlation; `None` if a side is constant.
fn decorrelation(pairs: &[Pair], mean: (f64, f64)) -> Option<f64> {
    let first = pairs.first()?;
    if pairs.iter().all(|p| p.before == first.before) || pairs.iter().all(|p| p.after == first.after) {
        return None;
    }
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for p in pairs {
        let (x, y) = (p.before - mean.0, p.after - mean.1);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    let scale = aa.sqrt() * bb.sqrt();
    (scale > 0.0).then(|| 1.0 - (ab / scale).clamp(-1.0, 1.0))
}

/// Standard deviation (1/n); `None` without spread.
fn deviation(weights: &[f64]) -> Option<f64> {
    let first = weights.first()?;
    if weights.iter().all(|w| w == first) {
        return None;
    }
    let n = weights.len() as f64;
    let mean = weights.iter().sum::<f64>() / n;
    let sd = (weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n).sqrt();
    (sd > 0.0).then_some(sd)
}
