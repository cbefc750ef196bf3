//! The little linear algebra that searches need, with sums in a fixed order.
//!
//! Square matrices are row after row in one slice. The eigen-decomposition is nalgebra's: Householder reflections to
//! tridiagonal form, then implicit QR steps (Golub and Van Loan 2013, Matrix Computations, chapter 8).

use nalgebra::{DMatrix, SymmetricEigen};

/// Iterations an eigen-decomposition may take; implicit QR needs about two an eigenvalue.
const ITERATIONS: usize = 100_000;

/// Eigenvalues, and eigenvectors as the columns of a matrix; `None` if the matrix is not finite.
pub(crate) fn symmetric_eigen(matrix: &[f64], size: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if matrix.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let eigen = SymmetricEigen::try_new(DMatrix::from_row_slice(size, size, matrix), f64::EPSILON, ITERATIONS)?;
    let values = eigen.eigenvalues.as_slice().to_vec();
    // Stored by columns there: the transpose has them by rows.
    Some((values, eigen.eigenvectors.transpose().as_slice().to_vec()))
}

/// A x.
pub(crate) fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(x.len()).map(|row| dot(row, x)).collect()
}

/// A B for square matrices.
pub(crate) fn product(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut result = vec![0.0; size * size];
    for (out, row) in result.chunks_exact_mut(size).zip(a.chunks_exact(size)) {
        for (&factor, b_row) in row.iter().zip(b.chunks_exact(size)) {
            out.iter_mut().zip(b_row).for_each(|(sum, b)| *sum += factor * b);
        }
    }
    result
}

/// Q diag(values) Q' for eigenvectors in the columns of Q.
pub(crate) fn compose(vectors: &[f64], values: &[f64]) -> Vec<f64> {
    let size = values.len();
    let mut result = vec![0.0; size * size];
    for (row, out) in result.chunks_exact_mut(size).enumerate() {
        let left: Vec<f64> = vectors[row * size..][..size].iter().zip(values).map(|(q, value)| q * value).collect();
        for (column, out) in out.iter_mut().enumerate() {
            *out = dot(&left, &vectors[column * size..][..size]);
        }
    }
    result
}

/// A + sum_k weights_k y_k y_k'.
pub(crate) fn add_outer_products(matrix: &mut [f64], weights: &[f64], vectors: &[Vec<f64>]) {
    for (&weight, y) in weights.iter().zip(vectors).filter(|(weight, _)| **weight != 0.0) {
        for (row, &factor) in matrix.chunks_exact_mut(y.len()).zip(y) {
            let factor = weight * factor;
            row.iter_mut().zip(y).for_each(|(entry, y)| *entry += factor * y);
        }
    }
}

/// The unit matrix.
pub(crate) fn identity(size: usize) -> Vec<f64> {
    (0..size * size).map(|place| if place % (size + 1) == 0 { 1.0 } else { 0.0 }).collect()
}

/// Inner product.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Makes vectors orthonormal, in order; those that depend on earlier ones are left out.
pub(crate) fn orthonormal(vectors: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in vectors {
        let length = dot(vector, vector).sqrt();
        let mut rest = vector.clone();
        // Twice is enough for orthogonality to rounding.
        for _ in 0..2 {
            for q in &basis {
                let share = dot(q, &rest);
                rest.iter_mut().zip(q).for_each(|(x, q)| *x -= share * q);
            }
        }
        let left = dot(&rest, &rest).sqrt();
        if left > 1e-10 * length {
            rest.iter_mut().for_each(|x| *x /= left);
            basis.push(rest);
        }
    }
    basis
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Address;
    use crate::perturbation::normals;

    fn random(size: usize, seed: u64) -> Vec<f64> {
        normals(Address { run: seed, generation: 0, candidate: 0, episode: 0 }, size * size)
    }

    #[test]
    fn eigenvectors_compose_the_matrix_again() {
        for size in [1, 2, 7, 30] {
            let a = random(size, 1);
            let transposed: Vec<f64> = (0..size * size).map(|k| a[k % size * size + k / size]).collect();
            let matrix: Vec<f64> = a.iter().zip(&transposed).map(|(a, b)| a + b).collect();
            let (values, vectors) = symmetric_eigen(&matrix, size).unwrap();
            let again = compose(&vectors, &values);
            assert!(again.iter().zip(&matrix).all(|(a, b)| (a - b).abs() < 1e-11), "{size}");
            assert!(compose(&vectors, &vec![1.0; size]).iter().zip(identity(size)).all(|(a, b)| (a - b).abs() < 1e-12));
        }
        assert!(symmetric_eigen(&[f64::NAN], 1).is_none());
    }

    #[test]
    fn products_agree_with_each_other() {
        let (a, b, x) = (random(5, 2), random(5, 3), &random(5, 4)[..5]);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&times(&product(&a, &b, 5), x), &times(&a, &times(&b, x))));
        let mut sum = vec![0.0; 25];
        add_outer_products(&mut sum, &[2.0], &[x.to_vec()]);
        assert!(close(&times(&sum, x), &x.iter().map(|x_i| 2.0 * x_i * dot(x, x)).collect::<Vec<_>>()));
    }

    #[test]
    fn bases_are_orthonormal_and_leave_out_what_depends() {
        let a = random(4, 5);
        let mut vectors: Vec<Vec<f64>> = a.chunks(4).take(2).map(<[f64]>::to_vec).collect();
        vectors.push(vectors[0].iter().zip(&vectors[1]).map(|(a, b)| a - 3.0 * b).collect());
        let basis = orthonormal(&vectors);
        assert_eq!(basis.len(), 2);
        assert!((dot(&basis[0], &basis[0]) - 1.0).abs() < 1e-14 && dot(&basis[0], &basis[1]).abs() < 1e-14);
    }
}
