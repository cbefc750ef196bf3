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

/// Rows of a tile of [`accumulate`].
const TALL: usize = 8;
/// Rows and columns of a tile of [`correlate`].
const SIDE: usize = 4;

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
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub fn correlate<F: Scalar, const L: usize>(x: &[[F; L]], z: &[[F; L]], pres: usize, posts: usize, weights: &mut [F]) {
    if pres == 0 || posts == 0 {
        return;
    }
    for i in (0..pres).step_by(SIDE) {
        for j in (0..posts).step_by(SIDE) {
            let mut sums = [[[F::of(0.0); L]; SIDE]; SIDE];
            // At the edges a tile is moved back, and what it has in common with the one before is not added again.
            let (top, left) = (i.min(pres.saturating_sub(SIDE)), j.min(posts.saturating_sub(SIDE)));
            if pres >= SIDE && posts >= SIDE {
                for (x, z) in x.chunks_exact(pres).zip(z.chunks_exact(posts)) {
                    let (x, z) = (&x[top..][..SIDE], &z[left..][..SIDE]);
                    for a in 0..SIDE {
                        for b in 0..SIDE {
                            for l in 0..L {
                                sums[a][b][l] += x[a][l] * z[b][l];
                            }
                        }
                    }
                }
            } else {
                for (x, z) in x.chunks_exact(pres).zip(z.chunks_exact(posts)) {
                    for (x, sums) in x[top..].iter().zip(&mut sums) {
                        for (z, sums) in z[left..].iter().zip(sums) {
                            for l in 0..L {
                                sums[l] += x[l] * z[l];
                            }
                        }
                    }
                }
            }
            for a in i - top..SIDE.min(pres - top) {
                for b in j - left..SIDE.min(posts - left) {
                    weights[(top + a) * posts + left + b] += sum(&sums[a][b]);
                }
            }
        }
    }
}

/// The sum of all lanes, halves first.
#[inline(always)]
fn sum<F: Scalar, const L: usize>(lanes: &[F; L]) -> F {
    let mut lanes = *lanes;
    let mut width = L / 2;
    while width > 0 {
        for l in 0..width {
            let other = lanes[l + width];
            lanes[l] += other;
        }
        width /= 2;
    }
    lanes[0]
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
