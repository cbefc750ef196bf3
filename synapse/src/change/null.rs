//! A layer's share of the change against what it would be without selection or learning.
//!
//! Null comparisons are the same search with random selection for as many generations (drift), or the same training on
//! shuffled labels. With B of them, share s of the change and shares s_b of the null comparisons,
//!
//! log2 ratio = log2(s / mean s_b), z = (s - mean s_b) / sd s_b (1/(B - 1)),
//! p = min(1, 2 (1 + min(#{s_b >= s}, #{s_b <= s})) / (B + 1)),
//!
//! the two-sided rank of the change among B + 1 exchangeable ones; its least value is 2 / (B + 1).
//!
//! In closed form, steps with the same spread for every weight give a layer of n weights a norm that grows with sqrt(n).
//!
//! Source of the rank: Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.

use crate::SynapseError;
use crate::change::layer_change::LayerChange;
use crate::error::require;
use serde::{Deserialize, Serialize};

/// Where a block's share of a change lies among those of null comparisons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareAgainstNull {
    /// Name of the block.
    pub name: String,
    /// Share of the change.
    pub share: f64,
    /// Mean share of the null comparisons.
    pub null_mean: f64,
    /// Their standard deviation (1/(B - 1)); `None` for a single one.
    pub null_sd: Option<f64>,
    /// log2(share / mean share of the null); `None` if either is 0.
    pub log2_ratio: Option<f64>,
    /// Distance from the mean in standard deviations; `None` without spread.
    pub z: Option<f64>,
    /// Two-sided rank-based p-value.
    pub p: f64,
}

/// Compares the shares of a change with those of null comparisons of the same blocks.
///
/// # Errors
/// No null comparison, one that lacks a block, or a comparison in which nothing changed.
pub fn shares_against_null(change: &LayerChange, nulls: &[LayerChange]) -> Result<Vec<ShareAgainstNull>, SynapseError> {
    require(!nulls.is_empty(), "null of shares", "number of null comparisons", 0.0, "at least 1")?;
    let share_of = |comparison: &LayerChange, name: &str, what: &str| {
        let Some(block) = comparison.block(name) else {
            let problem = "is not in every null comparison";
            return Err(SynapseError::Snapshot { block: name.to_owned(), problem });
        };
        block.share.ok_or_else(|| SynapseError::Unchanged { what: what.to_owned() })
    };
    let compare = |name: &str| {
        let share = share_of(change, name, "the change")?;
        let of_null = |(k, null)| share_of(null, name, &format!("null comparison {k}"));
        let null: Vec<f64> = nulls.iter().enumerate().map(of_null).collect::<Result<_, _>>()?;
        let count = null.len() as f64;
        let null_mean = null.iter().sum::<f64>() / count;
        let squares: f64 = null.iter().map(|s| (s - null_mean).powi(2)).sum();
        let null_sd = (null.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        let above = null.iter().filter(|&&s| s >= share).count();
        let below = null.iter().filter(|&&s| s <= share).count();
        Ok(ShareAgainstNull {
            name: name.to_owned(),
            share,
            null_mean,
            null_sd,
            log2_ratio: (share > 0.0 && null_mean > 0.0).then(|| (share / null_mean).log2()),
            z: null_sd.filter(|&sd| sd > 0.0).map(|sd| (share - null_mean) / sd),
            p: (2.0 * (1 + above.min(below)) as f64 / (count + 1.0)).min(1.0),
        })
    };
    change.blocks.iter().map(|b| compare(&b.name)).collect()
}

/// Shares that isotropic steps give blocks of these sizes, sqrt(n_L) / sum sqrt(n_L); all 0 without weights.
#[must_use]
pub fn isotropic_shares(counts: &[usize]) -> Vec<f64> {
    let roots: Vec<f64> = counts.iter().map(|&n| (n as f64).sqrt()).collect();
    let total: f64 = roots.iter().sum();
    roots.iter().map(|r| if total > 0.0 { r / total } else { 0.0 }).collect()
}
