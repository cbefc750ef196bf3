//! Distance of two distributions of numbers.

/// First Wasserstein distance (earth mover's distance) of two samples, which may differ in size: the integral of
/// |F - G| over the line, F and G their empirical distribution functions. `None` if a sample is empty or has a NaN.
#[must_use]
pub fn wasserstein_1(first: &[f64], second: &[f64]) -> Option<f64> {
    if first.is_empty() || second.is_empty() || first.iter().chain(second).any(|x| x.is_nan()) {
        return None;
    }
    let sorted = |sample: &[f64]| {
        let mut sample = sample.to_vec();
        sample.sort_unstable_by(f64::total_cmp);
        sample
    };
    let (a, b) = (sorted(first), sorted(second));
    let (m, n) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    let mut previous = a[0].min(b[0]);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) => x.min(y),
            (Some(&x), None) | (None, Some(&x)) => x,
            (None, None) => break,
        };
        sum += (next - previous) * (i as f64 / m - j as f64 / n).abs();
        while a.get(i).is_some_and(|&x| x <= next) {
            i += 1;
        }
        while b.get(j).is_some_and(|&y| y <= next) {
            j += 1;
        }
        previous = next;
    }
    Some(sum)
}
