//! The transformations that make a plain function less regular.
//!
//! With i = 0, ..., n - 1:
//!
//! * T_osz(x) = sign(x) exp(y + 0.049 (sin(c1 y) + sin(c2 y))), y = ln |x|, c1 = 10 and c2 = 7.9 for x > 0, 5.5 and 3.1 for x < 0:
//!   ripples of about the same size on every scale.
//! * T_asy^beta(x)_i = x_i^(1 + beta i/(n-1) sqrt(x_i)) for x_i > 0, x_i otherwise: breaks the symmetry.
//! * Lambda^alpha = diag(alpha^(i/(2 (n-1)))): condition number alpha for a quadratic function.
//! * f_pen(x) = sum max(0, |x_i| - 5)^2: outside of the box.
//!
//! Source: Hansen, Finck, Ros and Auger 2009, inria-00362633, section 0.2.

/// T_osz of one number.
pub(super) fn oscillate(x: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let y = x.abs().ln();
    let (c1, c2) = if x > 0.0 { (10.0, 7.9) } else { (5.5, 3.1) };
    x.signum() * (y + 0.049 * ((c1 * y).sin() + (c2 * y).sin())).exp()
}

/// T_osz of every number.
pub(super) fn oscillated(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| oscillate(x)).collect()
}

/// T_asy^beta.
pub(super) fn asymmetric(x: &[f64], beta: f64) -> Vec<f64> {
    let size = x.len();
    let exponent = |i: usize, x: f64| 1.0 + beta * share(i, size) * x.sqrt();
    x.iter().enumerate().map(|(i, &x)| if x > 0.0 { x.powf(exponent(i, x)) } else { x }).collect()
}

/// Diagonal of Lambda^alpha.
pub(super) fn conditioning(alpha: f64, size: usize) -> Vec<f64> {
    (0..size).map(|i| alpha.powf(0.5 * share(i, size))).collect()
}

/// Lambda^alpha x.
pub(super) fn conditioned(x: &[f64], alpha: f64) -> Vec<f64> {
    x.iter().zip(conditioning(alpha, x.len())).map(|(x, scale)| scale * x).collect()
}

/// i/(n-1), for n of at least 2.
pub(super) fn share(i: usize, size: usize) -> f64 {
    i as f64 / (size - 1) as f64
}

/// f_pen.
pub(super) fn penalty(x: &[f64]) -> f64 {
    x.iter().map(|x| (x.abs() - 5.0).max(0.0).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oscillation_keeps_signs_order_and_a_few_points() {
        assert_eq!((oscillate(0.0), oscillate(1.0), oscillate(-1.0)), (0.0, 1.0, -1.0));
        // y = 1: sin 10 + sin 7.9 for x = e, sin 5.5 + sin 3.1 for x = -e.
        let e = std::f64::consts::E;
        assert!((oscillate(e) - (1.0 + 0.049 * (10_f64.sin() + 7.9_f64.sin())).exp()).abs() < 1e-14);
        assert!((oscillate(-e) + (1.0 + 0.049 * (5.5_f64.sin() + 3.1_f64.sin())).exp()).abs() < 1e-14);
        let xs: Vec<f64> = (-4000..4000).map(|k| f64::from(k) * 0.002).collect();
        assert!(oscillated(&xs).windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn asymmetry_moves_positive_numbers_alone() {
        // First variable: exponent 1. Last: 1 + 0.5 sqrt 4 = 2.
        assert_eq!(asymmetric(&[4.0, -4.0, 4.0], 0.5), [4.0, -4.0, 16.0]);
        // Half of the way: 1 + 0.2 0.5 sqrt 9 = 1.3.
        assert!((asymmetric(&[0.0, 9.0, 1.0], 0.2)[1] - 9_f64.powf(1.3)).abs() < 1e-13);
    }

    #[test]
    fn conditioning_runs_from_one_to_the_root() {
        let scales = conditioning(100.0, 3);
        assert!((scales[0] - 1.0).abs() < 1e-15 && (scales[2] - 10.0).abs() < 1e-13);
        assert!((scales[1] - 10_f64.sqrt()).abs() < 1e-14);
        assert!((conditioned(&[1.0, 2.0], 100.0)[1] - 20.0).abs() < 1e-13);
    }

    #[test]
    fn the_penalty_begins_at_the_box() {
        assert_eq!(penalty(&[5.0, -5.0, 0.0]), 0.0);
        assert_eq!(penalty(&[6.0, -7.0, 4.0]), 1.0 + 4.0);
    }
}
