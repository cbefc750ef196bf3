//! Holm's correction for several tests.
//!
//! With p-values in ascending order p_(1) ... p_(m), the adjusted ones are max_{i <= j} min(1, (m - i + 1) p_(i)): the chance of
//! any false rejection stays below the level to which they are compared, whatever the dependence between tests.
//!
//! Source: Holm 1979, Scandinavian Journal of Statistics 6:65.

use crate::error::{EvolveError, Result};

/// Adjusted p-values, in the order given.
///
/// # Errors
/// A value outside [0, 1].
pub fn holm(p: &[f64]) -> Result<Vec<f64>> {
    if let Some((index, &found)) = p.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        return Err(EvolveError::Value { what: "p-values", index, found, expected: "in [0, 1]".to_string() });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let (mut adjusted, mut largest) = (vec![0.0; p.len()], 0.0_f64);
    for (place, &index) in order.iter().enumerate() {
        largest = largest.max((p[index] * (p.len() - place) as f64).min(1.0));
        adjusted[index] = largest;
    }
    Ok(adjusted)
}
