//! Effective rank of a sparse matrix.

use nalgebra::DMatrix;

/// Largest smaller side of a matrix whose rank is computed.
pub(crate) const LARGEST_SIDE: usize = 2000;

/// Share of the energy, the sum of squared singular values, that has to be reached.
const ENERGY: f64 = 0.9;

/// Number of largest singular values that hold 90 % of the energy of the matrix with these finite entries (row, column,
/// value); `None` without energy, or if both sides have more than [`LARGEST_SIDE`] lines with an entry that is not 0.
///
/// Squared singular values are the eigenvalues of the Gram matrix of the smaller side, which is added up over the entries
/// of each line of the other side: quadratic in the entries of a line, cubic in the smaller side. Hundredths of a second
/// for the 16,620 synapses of 300 neurons, 6 s for 2000 neurons with a tenth of all synapses.
pub(crate) fn effective_rank(entries: &[(u32, u32, f64)]) -> Option<usize> {
    let entries: Vec<_> = entries.iter().filter(|e| e.2 != 0.0).copied().collect();
    let distinct = |side: fn(&(u32, u32, f64)) -> u32| {
        let mut lines: Vec<u32> = entries.iter().map(side).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    };
    let (rows, columns) = (distinct(|e| e.0), distinct(|e| e.1));
    // As (line of the larger side, line of the smaller side, value).
    let (short, mut lines): (_, Vec<_>) = if rows.len() <= columns.len() {
        (rows, entries.iter().map(|&(i, j, x)| (j, i, x)).collect())
    } else {
        (columns, entries)
    };
    let size = short.len();
    if size == 0 || size > LARGEST_SIDE {
        return None;
    }
    lines.sort_by_key(|e| (e.0, e.1));
    let mut gram = DMatrix::<f64>::zeros(size, size);
    for line in lines.chunk_by(|a, b| a.0 == b.0) {
        let at: Vec<usize> = line.iter().map(|e| short.partition_point(|&s| s < e.1)).collect();
        for (&p, a) in at.iter().zip(line) {
            for (&q, b) in at.iter().zip(line) {
                gram[(p, q)] += a.2 * b.2;
            }
        }
    }
    let total = gram.trace();
    let mut energy = gram.symmetric_eigenvalues().as_slice().to_vec();
    energy.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut reached = 0.0;
    // Ten equal values reach 90 % with nine, whatever their last bits.
    let enough = ENERGY * total * (1.0 - 1e-9);
    let more = energy.iter().take_while(|&&e| {
        let before = reached;
        reached += e;
        before < enough
    });
    Some(more.count())
}
