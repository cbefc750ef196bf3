//! Ranks of numbers, ties sharing the mean of theirs.

/// Ranks from 1, and the sum of t^3 - t over groups of t equal values.
pub(super) fn midranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let (mut ranks, mut ties, mut first) = (vec![0.0; values.len()], 0.0, 0);
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let size = tied.len() as f64;
        // Ranks first + 1 ... first + size.
        tied.iter().for_each(|&k| ranks[k] = first as f64 + 0.5 * (size + 1.0));
        ties += size.powi(3) - size;
        first += tied.len();
    }
    (ranks, ties)
}

#[cfg(test)]
mod tests {
    use super::midranks;

    #[test]
    fn ties_share_the_mean_rank() {
        assert_eq!(midranks(&[3.0, -1.0, 3.0, 7.0, 3.0]), (vec![3.0, 1.0, 3.0, 5.0, 3.0], 24.0));
        // Both zeros are one value.
        assert_eq!(midranks(&[0.0, -0.0, 1.0]), (vec![1.5, 1.5, 3.0], 6.0));
        assert_eq!(midranks(&[]), (vec![], 0.0));
    }
}
