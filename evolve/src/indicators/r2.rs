//! The R2 indicator: how well a set serves many preferences.
//!
//! R2(A) = mean over w in W of min over a in A of max over k of w_k abs(a_k - z_k): the Tchebycheff value of the best
//! point for every weight vector. Smaller is better.
//!
//! | symbol | meaning |
//! |---|---|
//! | W | weight vectors, for instance [`das_dennis`](crate::das_dennis) |
//! | z | a utopian point, not worse than any point in any objective |
//!
//! Sources: Hansen and Jaszkiewicz 1998, Technical University of Denmark IMM-REP-1998-7; Brockhoff, Wagner and Trautmann 2012,
//! doi:10.1145/2330163.2330230.

/// R2 of `points` for `weights`, both one after the other with as many numbers each as `utopian` has. Infinite if there are
/// no points, NaN if there are no weights.
#[must_use]
pub fn r2(points: &[f64], weights: &[f64], utopian: &[f64]) -> f64 {
    let objectives = utopian.len().max(1);
    let value = |weight: &[f64]| {
        let tchebycheff = |point: &[f64]| {
            let terms = point.iter().zip(utopian).zip(weight).map(|((x, z), w)| w * (x - z).abs());
            terms.fold(0.0, f64::max)
        };
        points.chunks_exact(objectives).map(tchebycheff).fold(f64::INFINITY, f64::min)
    };
    let count = weights.len() / objectives;
    weights.chunks_exact(objectives).map(value).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_worked_out_by_hand() {
        let weights = [1.0, 0.0, 0.5, 0.5, 0.0, 1.0];
        // One point (2, 4): 2, 2 and 4; with (3, 1) besides: 2, 1.5 and 1.
        assert_eq!(r2(&[2.0, 4.0], &weights, &[0.0, 0.0]), 8.0 / 3.0);
        assert_eq!(r2(&[2.0, 4.0, 3.0, 1.0], &weights, &[0.0, 0.0]), 1.5);
        assert_eq!(r2(&[2.0, 4.0], &weights, &[2.0, 4.0]), 0.0);
        assert_eq!(r2(&[], &weights, &[0.0, 0.0]), f64::INFINITY);
        assert!(r2(&[1.0, 1.0], &[], &[0.0, 0.0]).is_nan());
    }
}
