//! The little linear algebra that searches need, with sums in a fixed order.
//!
//! Square matrices are row after row in one slice. Eigen-decompositions are those of two libraries, each where it is the
//! faster one: nalgebra's implicit QR up to [`SMALL`] rows (3.9 against 7.1 us for 10), and faer's divide and conquer above (.87
//! against 2.7 ms for 100, 190 ms for 1000). Source of both: Golub and Van Loan 2013, Matrix Computations, chapter 8.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, MatRef, Par};
use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

/// Iterations an eigen-decomposition may take; implicit QR needs about two an eigenvalue.
const ITERATIONS: usize = 100_000;
/// Rows up to which nalgebra is faster.
const SMALL: usize = 48;

/// Eigenvalues, and eigenvectors as the rows of a matrix; `None` if the matrix is not finite.
pub(crate) fn symmetric_eigen(matrix: &[f64], size: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if matrix.iter().any(|value| !value.is_finite()) {
        return None;
    }
    if size > SMALL {
        return large_symmetric_eigen(matrix, size);
    }
    let eigen = SymmetricEigen::try_new(DMatrix::from_row_slice(size, size, matrix), f64::EPSILON, ITERATIONS)?;
    // Stored by columns there: one eigenvector after the other.
    Some((eigen.eigenvalues.as_slice().to_vec(), eigen.eigenvectors.as_slice().to_vec()))
}

/// On the calling thread whatever faer is told elsewhere, so that the bits do not depend on the number of threads.
fn large_symmetric_eigen(matrix: &[f64], size: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut values = Diag::<f64>::zeros(size);
    let mut vectors = Mat::<f64>::zeros(size, size);
    let scratch = self_adjoint_evd_scratch::<f64>(size, ComputeEigenvectors::Yes, Par::Seq, faer::prelude::default());
    let matrix = MatRef::from_row_major_slice(matrix, size, size);
    let stack = &mut MemBuffer::new(scratch);
    let (out, stack) = (Some(vectors.as_mut()), MemStack::new(stack));
    self_adjoint_evd(matrix, values.as_mut(), out, Par::Seq, stack, faer::prelude::default()).ok()?;
    let rows = vectors.col_iter().flat_map(|column| column.iter().copied().collect::<Vec<_>>()).collect();
    Some((values.column_vector().iter().copied().collect(), rows))
}

/// A x.
pub(crate) fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(x.len()).map(|row| dot(row, x)).collect()
}

/// A B for square matrices.
pub(crate) fn product(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut result = vec![0.0; size * size];
    let (outs, factors) = (result.chunks_exact_mut(size), a.chunks_exact(size));
    add_combinations(&mut outs.zip(factors).collect::<Vec<_>>(), b);
    result
}

/// Q diag(values) Q' for eigenvectors in the rows of Q'.
pub(crate) fn compose(vectors: &[f64], values: &[f64]) -> Vec<f64> {
    let rows: Vec<&[f64]> = vectors.chunks_exact(values.len()).collect();
    let mut result = vec![0.0; vectors.len()];
    scale_and_add_outer_products(&mut result, 1.0, values, &rows);
    result
}

/// Columns that are worked on together: eight rows of them fit the nearest cache.
const COLUMNS: usize = 256;

/// out += sum_j factors_j rows_j for every pair of out and factors, the rows being those of a matrix as wide as `out` is long.
/// Terms are added in the order of j, so that every entry has the bits of a plain loop.
pub(crate) fn add_combinations(pairs: &mut [(&mut [f64], &[f64])], rows: &[f64]) {
    const GROUP: usize = 8;
    let Some(width) = pairs.first().map(|(out, _)| out.len()).filter(|&width| width > 0) else { return };
    for from in (0..width).step_by(COLUMNS) {
        let to = (from + COLUMNS).min(width);
        for (group, rows) in rows.chunks(GROUP * width).enumerate() {
            let mut part: [&[f64]; GROUP] = [&[]; GROUP];
            let count = rows.len() / width;
            part.iter_mut().zip(rows.chunks_exact(width)).for_each(|(part, row)| *part = &row[from..to]);
            for (out, factors) in pairs.iter_mut() {
                let (out, factors) = (&mut out[from..to], &factors[group * GROUP..][..count]);
                match factors.try_into() {
                    Ok(factors) => add_eight(out, factors, &part),
                    Err(_) => factors.iter().zip(part).for_each(|(&factor, row)| {
                        out.iter_mut().zip(row).for_each(|(sum, x)| *sum += factor * x);
                    }),
                }
            }
        }
    }
}

/// One pass over `out` for eight rows.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn add_eight(out: &mut [f64], f: &[f64; 8], rows: &[&[f64]; 8]) {
    let n = out.len();
    let [a, b, c, d, e, g, h, k] = rows.map(|row| &row[..n]);
    for i in 0..n {
        let half = out[i] + f[0] * a[i] + f[1] * b[i] + f[2] * c[i] + f[3] * d[i];
        out[i] = half + f[4] * e[i] + f[5] * g[i] + f[6] * h[i] + f[7] * k[i];
    }
}

/// kept A + sum_k weights_k y_k y_k'; vectors without weight are left out.
pub(crate) fn scale_and_add_outer_products(matrix: &mut [f64], kept: f64, weights: &[f64], vectors: &[&[f64]]) {
    /// Rows that are worked on by one thread.
    const ROWS: usize = 64;
    let used: Vec<(f64, &[f64])> =
        weights.iter().copied().zip(vectors.iter().copied()).filter(|(weight, _)| *weight != 0.0).collect();
    let Some(size) = used.first().map(|(_, y)| y.len()) else {
        matrix.iter_mut().for_each(|entry| *entry *= kept);
        return;
    };
    let stacked: Vec<f64> = used.iter().flat_map(|(_, y)| y.iter().copied()).collect();
    let block = |(first, rows): (usize, &mut [f64])| {
        let factors: Vec<Vec<f64>> = (0..rows.len() / size)
            .map(|row| used.iter().map(|(weight, y)| weight * y[first * ROWS + row]).collect())
            .collect();
        rows.iter_mut().for_each(|entry| *entry *= kept);
        let pairs = rows.chunks_exact_mut(size).zip(factors.iter().map(Vec::as_slice));
        add_combinations(&mut pairs.collect::<Vec<_>>(), &stacked);
    };
    if size * size * used.len() < crate::perturbation::PARALLEL {
        matrix.chunks_mut(ROWS * size).enumerate().for_each(block);
    } else {
        matrix.par_chunks_mut(ROWS * size).enumerate().for_each(block);
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
        for size in [1, 2, 7, 30, SMALL, SMALL + 1, 120] {
            let a = random(size, 1);
            let transposed: Vec<f64> = (0..size * size).map(|k| a[k % size * size + k / size]).collect();
            let matrix: Vec<f64> = a.iter().zip(&transposed).map(|(a, b)| a + b).collect();
            let (values, vectors) = symmetric_eigen(&matrix, size).unwrap();
            let again = compose(&vectors, &values);
            assert!(again.iter().zip(&matrix).all(|(a, b)| (a - b).abs() < 1e-11), "{size}");
            let other = if size > 2 { large_symmetric_eigen(&matrix, size).unwrap().0 } else { values.clone() };
            let [mut sorted, mut other] = [values, other];
            [&mut sorted, &mut other].into_iter().for_each(|values| values.sort_unstable_by(f64::total_cmp));
            assert!(sorted.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-10), "{size}");
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
        scale_and_add_outer_products(&mut sum, 1.0, &[0.0, 2.0], &[&a[..5], x]);
        assert!(close(&times(&sum, x), &x.iter().map(|x_i| 2.0 * x_i * dot(x, x)).collect::<Vec<_>>()));
    }

    /// The order of the terms is that of a loop whatever the blocks.
    #[test]
    fn blocks_do_not_change_a_bit() {
        for size in [1, 7, 8, 9, 70, 261] {
            let (rows, factors) = (random(size, 6), random(size, 7));
            let mut blocked = random(size, 8);
            let mut plain = blocked.clone();
            for (out, factors) in plain.chunks_exact_mut(size).zip(factors.chunks_exact(size)) {
                for (factor, row) in factors.iter().zip(rows.chunks_exact(size)) {
                    out.iter_mut().zip(row).for_each(|(sum, x)| *sum += factor * x);
                }
            }
            let pairs = blocked.chunks_exact_mut(size).zip(factors.chunks_exact(size));
            add_combinations(&mut pairs.collect::<Vec<_>>(), &rows);
            assert_eq!(blocked, plain, "{size}");

            let vectors: Vec<&[f64]> = rows.chunks_exact(size).take(5).collect();
            let weights = [0.5, 0.0, -1.0, 2.0, 0.25];
            let mut blocked = factors.clone();
            let mut plain: Vec<f64> = factors.iter().map(|entry| 0.9 * entry).collect();
            for (weight, y) in weights.iter().zip(&vectors).filter(|(weight, _)| **weight != 0.0) {
                for (row, &left) in plain.chunks_exact_mut(size).zip(*y) {
                    row.iter_mut().zip(*y).for_each(|(entry, y)| *entry += weight * left * y);
                }
            }
            scale_and_add_outer_products(&mut blocked, 0.9, &weights, &vectors);
            assert_eq!(blocked, plain, "{size}");
        }
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
