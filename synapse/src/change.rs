//! How much the weights of each block changed between two snapshots.

use crate::{ParamLayout, SynapseError};
use serde::{Deserialize, Serialize};

/// The change of one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockChange {
    /// Name of the block.
    pub name: String,
    /// Number of weights.
    pub count: usize,
    /// Mean weight before and after; 0 without weights.
    pub mean: (f64, f64),
    /// Root mean square of the difference.
    pub rms: f64,
    /// Frobenius norm of the difference over that of the first snapshot; `None` if that is 0.
    pub relative_frobenius: Option<f64>,
    /// 1 - Pearson correlation; `None` if either snapshot is constant.
    pub decorrelation: Option<f64>,
}

/// The comparison of two snapshots of one [`Trainable`](crate::Trainable), block by block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerChange {
    /// One entry per block of the layout, in its order.
    pub blocks: Vec<BlockChange>,
}

impl LayerChange {
    /// Compares `after` with `before`.
    ///
    /// # Errors
    /// A snapshot whose length is not the layout's.
    pub fn between(layout: &ParamLayout, before: &[f32], after: &[f32]) -> Result<Self, SynapseError> {
        crate::error::same_length("first snapshot", before.len(), layout.len())?;
        crate::error::same_length("second snapshot", after.len(), layout.len())?;
        let blocks = layout
            .blocks
            .iter()
            .map(|b| block_change(&b.name, &before[b.range.clone()], &after[b.range.clone()]))
            .collect();
        Ok(Self { blocks })
    }
}

fn block_change(name: &str, before: &[f32], after: &[f32]) -> BlockChange {
    let n = before.len().max(1) as f64;
    let (mut a, mut b, mut aa, mut bb, mut ab, mut dd) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (&x, &y) in before.iter().zip(after) {
        let (x, y) = (f64::from(x), f64::from(y));
        a += x;
        b += y;
        dd += (y - x) * (y - x);
        aa += x * x;
    }
    let frobenius = aa.sqrt();
    let (ma, mb) = (a / n, b / n);
    aa = 0.0;
    for (&x, &y) in before.iter().zip(after) {
        let (x, y) = (f64::from(x) - ma, f64::from(y) - mb);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    BlockChange {
        name: name.to_owned(),
        count: before.len(),
        mean: (ma, mb),
        rms: (dd / n).sqrt(),
        relative_frobenius: (frobenius > 0.0).then(|| dd.sqrt() / frobenius),
        decorrelation: (aa > 0.0 && bb > 0.0).then(|| 1.0 - ab / (aa * bb).sqrt()),
    }
}
