//! Products of a dense weight matrix with many columns: weights `[pre][post]`, values `[unit][lane]` with `L` lanes.
//!
//! | function | product |
//! |---|---|
//! | [`accumulate`] | `z_j += sum_i w_ij x_i` |
//! | [`correlate`] | `w_ij += sum over steps and lanes x_i z_j` |
//!
//! Tiles of the result stay in registers. Every element is a sum in index order without fused multiply-add, and each lane
//! is its own, so the bits do not depend on the instruction set; those of `accumulate` do not depend on `L` either.

use evoplast_neuron::Scalar;

/// Rows of a tile. With more of them the compiler vectorises across rows and gathers.
const TALL: usize = 4;
/// Columns of a tile of [`correlate`].
const WIDE: usize = 16;

/// Adds the weighted sum of `x` to `z`: `weights` has one row of `z.len()` for every row of `x`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub fn accumulate<F: Scalar, const L: usize>(weights: &[F], x: &[[F; L]], z: &mut [[F; L]]) {
    let posts = z.len();
    if posts == 0 {
        return;
    }
    let (tiles, rest) = z.as_chunks_mut::<TALL>();
    for (tile, z) in tiles.iter_mut().enumerate() {
        let mut sums = *z;
        for (row, x) in weights.chunks_exact(posts).zip(x) {
            let w = &row[tile * TALL..][..TALL];
            for r in 0..TALL {
                for l in 0..L {
                    sums[r][l] += w[r] * x[l];
                }
            }
        }
        *z = sums;
    }
    let first = posts - rest.len();
    for (r, z) in rest.iter_mut().enumerate() {
        let mut sums = *z;
        for (row, x) in weights.chunks_exact(posts).zip(x) {
            for l in 0..L {
                sums[l] += row[first + r] * x[l];
            }
        }
        *z = sums;
    }
}

/// Adds to `weights` the sum of the products of `x` and `z` over lanes and steps; both hold one array `[unit][lane]` after
/// the other for each step, of `pres` and `posts` units.
///
/// Both are laid out anew with lanes and steps as rows first, so that columns of the result fill vectors.
pub fn correlate<F: Scalar, const L: usize>(x: &[[F; L]], z: &[[F; L]], pres: usize, posts: usize, weights: &mut [F]) {
    if pres == 0 || posts == 0 {
        return;
    }
    let rows = x.len() / pres * L;
    let left = columns::<F, L, TALL>(x, pres, rows);
    let right = columns::<F, L, WIDE>(z, posts, rows);
    for (tile, left) in left.chunks_exact(rows).enumerate() {
        for (strip, right) in right.chunks_exact(rows).enumerate() {
            let (i, j) = (tile * TALL, strip * WIDE);
            let width = WIDE.min(posts - j);
            let mut sums = [[F::of(0.0); WIDE]; TALL];
            for (r, sums) in sums.iter_mut().enumerate().take(pres - i) {
                sums[..width].copy_from_slice(&weights[(i + r) * posts + j..][..width]);
            }
            add_rows(left, right, &mut sums);
            for (r, sums) in sums.iter().enumerate().take(pres - i) {
                weights[(i + r) * posts + j..][..width].copy_from_slice(&sums[..width]);
            }
        }
    }
}

/// `sums_rc += sum over rows left_r right_c`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn add_rows<F: Scalar>(left: &[[F; TALL]], right: &[[F; WIDE]], sums: &mut [[F; WIDE]; TALL]) {
    let mut all = *sums;
    for (a, b) in left.iter().zip(right) {
        for r in 0..TALL {
            for c in 0..WIDE {
                all[r][c] += a[r] * b[c];
            }
        }
    }
    *sums = all;
}

/// Values of `units` as groups of `W` units, each with one row for every lane of every step; units that fill up the last group
/// are 0.
fn columns<F: Scalar, const L: usize, const W: usize>(values: &[[F; L]], units: usize, rows: usize) -> Vec<[F; W]> {
    let mut out = vec![[F::of(0.0); W]; units.div_ceil(W) * rows];
    for (step, values) in values.chunks_exact(units).enumerate() {
        for (unit, lanes) in values.iter().enumerate() {
            let rows = &mut out[unit / W * rows + step * L..][..L];
            for (row, value) in rows.iter_mut().zip(lanes) {
                row[unit % W] = *value;
            }
        }
    }
    out
}

/// The matrix with rows and columns exchanged: `[post][pre]` from `[pre][post]`.
pub fn transpose<F: Scalar>(weights: &[F], posts: usize, out: &mut [F]) {
    let pres = weights.len() / posts.max(1);
    for (i, row) in weights.chunks_exact(posts.max(1)).enumerate() {
        for (j, &w) in row.iter().enumerate() {
            out[j * pres + i] = w;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whole numbers, so that every order of sums gives the same.
    fn whole(seed: usize, n: usize) -> Vec<f64> {
        (0..n).map(|k| ((k * 7919 + seed * 104_729) % 23) as f64 - 11.0).collect()
    }

    fn check<const L: usize>(pres: usize, posts: usize, steps: usize) {
        let (w, x, z) = (whole(1, pres * posts), whole(2, steps * pres * L), whole(3, steps * posts * L));
        let mut found = z[..posts * L].to_vec();
        accumulate::<f64, L>(&w, x[..pres * L].as_chunks::<L>().0, found.as_chunks_mut::<L>().0);
        for j in 0..posts {
            for l in 0..L {
                let expected: f64 = z[j * L + l] + (0..pres).map(|i| w[i * posts + j] * x[i * L + l]).sum::<f64>();
                assert_eq!(found[j * L + l], expected);
            }
        }
        let mut found = w.clone();
        correlate::<f64, L>(x.as_chunks::<L>().0, z.as_chunks::<L>().0, pres, posts, &mut found);
        for i in 0..pres {
            for j in 0..posts {
                let places = (0..steps * L).map(|k| (k / L, k % L));
                let products = places.map(|(s, l)| x[(s * pres + i) * L + l] * z[(s * posts + j) * L + l]);
                assert_eq!(found[i * posts + j], w[i * posts + j] + products.sum::<f64>(), "{i} {j}");
            }
        }
        let mut turned = vec![0.0; w.len()];
        transpose(&w, posts, &mut turned);
        (0..pres * posts).for_each(|k| assert_eq!(turned[k % posts * pres + k / posts], w[k]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn products_equal_the_naive_ones(pres in 1_usize..20, posts in 1_usize..20, steps in 1_usize..4) {
            check::<8>(pres, posts, steps);
            check::<16>(pres, posts, steps);
        }
    }
}
