//! Distances between a set of points A and a reference front Z.
//!
//! | indicator | definition | measures |
//! |---|---|---|
//! | GD | mean over a in A of min over z in Z of abs(a - z) | closeness |
//! | IGD | mean over z in Z of min over a in A of abs(a - z) | closeness and spread |
//! | IGD+ | mean over z in Z of min over a in A of abs(max(a - z, 0)) | as IGD, and never better for a dominated set |
//! | epsilon | max over z in Z of min over a in A of max over k of a_k - z_k | the shift after which A dominates Z |
//!
//! Sources: Van Veldhuizen and Lamont 1998, Air Force Institute of Technology TR-98-03 (GD); Coello Coello and Reyes Sierra
//! 2004, doi:10.1007/978-3-540-24694-7_71 (IGD); Ishibuchi, Masuda, Tanigaki and Nojima 2015,
//! doi:10.1007/978-3-319-15892-1_8 (IGD+); Zitzler, Thiele, Laumanns, Fonseca and Grunert da Fonseca 2003,
//! doi:10.1109/TEVC.2003.810758 (epsilon).

/// Generational distance of `points` (one after the other, `objectives` numbers each) to the reference front `front`.
/// Infinite if the front is empty, NaN if there are no points.
#[must_use]
pub fn gd(points: &[f64], front: &[f64], objectives: usize) -> f64 {
    mean_of_nearest(points, front, objectives, |point, reference| squared(point, reference, |d| d))
}

/// Inverted generational distance of `points` to `front`, shaped as for [`gd`]. Infinite if there are no points, NaN if the
/// front is empty.
#[must_use]
pub fn igd(points: &[f64], front: &[f64], objectives: usize) -> f64 {
    mean_of_nearest(front, points, objectives, |reference, point| squared(point, reference, |d| d))
}

/// IGD+ of `points` to `front`: only what a point is worse counts. Otherwise as [`igd`].
#[must_use]
pub fn igd_plus(points: &[f64], front: &[f64], objectives: usize) -> f64 {
    mean_of_nearest(front, points, objectives, |reference, point| squared(point, reference, |d| d.max(0.0)))
}

/// Additive epsilon of `points` to `front`, shaped as for [`gd`]: negative if the points are better. Infinite if there are no
/// points, minus infinity if the front is empty.
#[must_use]
pub fn additive_epsilon(points: &[f64], front: &[f64], objectives: usize) -> f64 {
    let nearest = |reference: &[f64]| {
        let shift = |point: &[f64]| pairs(point, reference).fold(f64::NEG_INFINITY, f64::max);
        points.chunks_exact(objectives.max(1)).map(shift).fold(f64::INFINITY, f64::min)
    };
    front.chunks_exact(objectives.max(1)).map(nearest).fold(f64::NEG_INFINITY, f64::max)
}

fn pairs<'a>(point: &'a [f64], reference: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    point.iter().zip(reference).map(|(x, z)| x - z)
}

fn squared(point: &[f64], reference: &[f64], part: impl Fn(f64) -> f64) -> f64 {
    pairs(point, reference).map(|d| part(d).powi(2)).sum()
}

/// Mean over `from` of the distance to the nearest of `to`, from squared distances.
fn mean_of_nearest(
    from: &[f64],
    to: &[f64],
    objectives: usize,
    squared_distance: impl Fn(&[f64], &[f64]) -> f64,
) -> f64 {
    let nearest = |a: &[f64]| {
        let distances = to.chunks_exact(objectives.max(1)).map(|b| squared_distance(a, b));
        distances.fold(f64::INFINITY, f64::min).sqrt()
    };
    let count = from.len() / objectives.max(1);
    from.chunks_exact(objectives.max(1)).map(nearest).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_worked_out_by_hand() {
        let points = [3.0, 4.0, 0.0, 1.0];
        let front = [0.0, 0.0, 0.0, 2.0, 1.0, 1.0];
        // Nearest: (3, 4) to (0, 2) or (1, 1): sqrt 13; (0, 1) to three at distance 1.
        assert!((gd(&points, &front, 2) - (13.0_f64.sqrt() + 1.0) / 2.0).abs() < 1e-15);
        assert_eq!(igd(&points, &front, 2), 1.0);
        // (0, 1) is nowhere worse than (0, 2) and (1, 1).
        assert_eq!(igd_plus(&points, &front, 2), 1.0 / 3.0);
        assert_eq!(additive_epsilon(&points, &front, 2), 1.0);
        assert_eq!(additive_epsilon(&points, &front[2..], 2), 0.0);
        assert_eq!(additive_epsilon(&[0.0, 0.0], &front[2..], 2), 0.0);
        assert_eq!(additive_epsilon(&[-1.0, -3.0], &front, 2), -1.0);
    }

    #[test]
    fn nothing_is_infinitely_far() {
        assert_eq!(igd(&[], &[1.0, 1.0], 2), f64::INFINITY);
        assert_eq!(igd_plus(&[], &[1.0, 1.0], 2), f64::INFINITY);
        assert_eq!(gd(&[1.0, 1.0], &[], 2), f64::INFINITY);
        assert!(gd(&[], &[1.0, 1.0], 2).is_nan() && igd(&[1.0, 1.0], &[], 2).is_nan());
        assert_eq!(additive_epsilon(&[], &[1.0, 1.0], 2), f64::INFINITY);
    }
}
