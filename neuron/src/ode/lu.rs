//! LU decomposition of small dense matrices with partial pivoting, in memory that is allocated once.

/// A decomposed matrix of n x n numbers, stored by rows.
#[derive(Debug, Clone)]
pub struct Lu {
    n: usize,
    entries: Vec<f64>,
    pivots: Vec<usize>,
}

impl Lu {
    /// Memory for matrices of `n` rows.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self { n, entries: vec![0.0; n * n], pivots: vec![0; n] }
    }

    /// The matrix that [`Lu::decompose`] reads, `[i * n + j]`, to be filled before each call.
    pub fn matrix(&mut self) -> &mut [f64] {
        &mut self.entries
    }

    /// Decomposes the matrix in place; false if it is singular or not finite.
    pub fn decompose(&mut self) -> bool {
        let (n, a) = (self.n, &mut self.entries[..]);
        for k in 0..n {
            let (mut row, mut largest) = (k, a[k * n + k].abs());
            for i in k + 1..n {
                let size = a[i * n + k].abs();
                if size > largest {
                    (row, largest) = (i, size);
                }
            }
            if !(largest > 0.0 && largest.is_finite()) {
                return false;
            }
            self.pivots[k] = row;
            if row != k {
                let (upper, lower) = a.split_at_mut(row * n);
                upper[k * n..(k + 1) * n].swap_with_slice(&mut lower[..n]);
            }
            let (done, rest) = a.split_at_mut((k + 1) * n);
            let pivot_row = &done[k * n..];
            let inverse = 1.0 / pivot_row[k];
            for row in rest.chunks_exact_mut(n) {
                let factor = row[k] * inverse;
                row[k] = factor;
                if factor != 0.0 {
                    row[k + 1..].iter_mut().zip(&pivot_row[k + 1..]).for_each(|(a, p)| *a -= factor * p);
                }
            }
        }
        true
    }

    /// Solves A x = b in place.
    pub fn solve(&self, b: &mut [f64]) {
        let (n, a) = (self.n, &self.entries[..]);
        for k in 0..n {
            b.swap(k, self.pivots[k]);
        }
        for i in 1..n {
            let sum: f64 = a[i * n..i * n + i].iter().zip(&*b).map(|(a, b)| a * b).sum();
            b[i] -= sum;
        }
        for i in (0..n).rev() {
            let row = &a[i * n..(i + 1) * n];
            let sum: f64 = row[i + 1..].iter().zip(&b[i + 1..]).map(|(a, b)| a * b).sum();
            b[i] = (b[i] - sum) / row[i];
        }
    }

    /// Solves A' x = b in place, A' being the transpose.
    pub fn solve_transposed(&self, b: &mut [f64]) {
        let (n, a) = (self.n, &self.entries[..]);
        for i in 0..n {
            b[i] /= a[i * n + i];
            let x = b[i];
            b[i + 1..].iter_mut().zip(&a[i * n + i + 1..(i + 1) * n]).for_each(|(b, a)| *b -= a * x);
        }
        for i in (0..n).rev() {
            let x = b[i];
            b[..i].iter_mut().zip(&a[i * n..]).for_each(|(b, a)| *b -= a * x);
        }
        for k in (0..n).rev() {
            b.swap(k, self.pivots[k]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_solutions_fit_their_equations_and_singular_matrices_are_found() {
        let n = 6;
        // Without pivoting this one has a zero on its diagonal at once.
        let entry =
            |i: usize, j: usize| if i == 0 && j == 0 { 0.0 } else { ((i * i + 7 * i * j + 3 * j) as f64).sin() };
        let mut lu = Lu::new(n);
        (0..n * n).for_each(|k| lu.matrix()[k] = entry(k / n, k % n));
        assert!(lu.decompose());
        let x: Vec<f64> = (0..n).map(|i| 1.0 - 0.3 * i as f64).collect();
        let product = |at: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..n).map(|i| (0..n).map(|j| at(i, j) * x[j]).sum()).collect()
        };
        let (mut plain, mut transposed) = (product(&entry), product(&|i, j| entry(j, i)));
        lu.solve(&mut plain);
        lu.solve_transposed(&mut transposed);
        for found in [plain, transposed] {
            assert!(found.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-10), "{found:?}");
        }
        lu.matrix().fill(1.0);
        assert!(!lu.decompose());
        lu.matrix().fill(f64::NAN);
        assert!(!lu.decompose());
    }
}
