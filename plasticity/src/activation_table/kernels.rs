//! Loops over columns of weights: a column is what one presynaptic unit sends, one number a postsynaptic unit.
//!
//! Sums run over presynaptic units in index order, so all instruction sets give the same bits.

use num_traits::Float;

use super::model::Form;

/// A change of every column that has not been made yet: column j changes by row `codes[j]` of `deltas`.
#[derive(Clone, Copy)]
pub(super) struct Change<'a, F> {
    /// Row of `deltas` for every column.
    pub codes: &'a [u8],
    /// What to add to a column, or multiply it by, `[code][postsynaptic unit]`.
    pub deltas: &'a [F],
    /// 1 where there is a connection and 0 elsewhere, `[column][postsynaptic unit]`; empty if all are connected.
    pub mask: &'a [F],
    /// Add or multiply.
    pub form: Form,
    /// Divide every column by its norm afterwards.
    pub normalise: bool,
    /// Keep the weight of column j to unit j at 0.
    pub no_self: bool,
}

/// y += matrix v, passing over columns with v = 0.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(super) fn accumulate<F: Float>(y: &mut [F], v: &[F], matrix: &[F]) {
    let width = y.len();
    let mut group = [0; 4];
    let mut filled = 0;
    for (j, &value) in v.iter().enumerate() {
        if value != F::zero() {
            group[filled] = j;
            filled += 1;
        }
        if filled == 4 {
            add_four(y, group.map(|j| v[j]), group.map(|j| &matrix[j * width..(j + 1) * width]));
            filled = 0;
        }
    }
    for &j in &group[..filled] {
        add_one(y, v[j], &matrix[j * width..(j + 1) * width]);
    }
}

/// Changes all columns and adds the product with the changed matrix, y += matrix v, in one pass over the memory.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(super) fn change_and_accumulate<F: Float>(y: &mut [F], v: &[F], matrix: &mut [F], change: Change<'_, F>) {
    let width = y.len();
    for (block, columns) in matrix.chunks_mut(4 * width).enumerate() {
        for (offset, column) in columns.chunks_exact_mut(width).enumerate() {
            change_column(column, 4 * block + offset, &change);
        }
        let values = &v[4 * block..];
        if columns.len() == 4 * width {
            let column = |c: usize| &columns[c * width..(c + 1) * width];
            add_four(y, std::array::from_fn(|c| values[c]), std::array::from_fn(column));
        } else {
            for (column, &value) in columns.chunks_exact(width).zip(values) {
                add_one(y, value, column);
            }
        }
    }
}

/// Changes all columns of `width` weights.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(super) fn change_all<F: Float>(matrix: &mut [F], width: usize, change: Change<'_, F>) {
    for (j, column) in matrix.chunks_exact_mut(width).enumerate() {
        change_column(column, j, &change);
    }
}

/// y += d for the columns whose x is positive.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
pub(super) fn add_to_chosen<F: Float>(matrix: &mut [F], d: &[F], x: &[F]) {
    for (column, &value) in matrix.chunks_exact_mut(d.len()).zip(x) {
        if value > F::zero() {
            add_one(column, F::one(), d);
        }
    }
}

#[inline(always)]
fn change_column<F: Float>(column: &mut [F], j: usize, change: &Change<'_, F>) {
    let width = column.len();
    let code = usize::from(change.codes[j]);
    let delta = &change.deltas[code * width..(code + 1) * width];
    match change.form {
        Form::Multiplicative => column.iter_mut().zip(delta).for_each(|(w, &d)| *w = *w * d),
        Form::Additive if change.mask.is_empty() => column.iter_mut().zip(delta).for_each(|(w, &d)| *w = *w + d),
        Form::Additive => {
            let mask = &change.mask[j * width..(j + 1) * width];
            for i in 0..width {
                column[i] = column[i] + delta[i] * mask[i];
            }
        }
    }
    if change.no_self {
        column[j] = F::zero();
    }
    if change.normalise {
        let norm = column.iter().fold(F::zero(), |sum, &w| sum + w * w).sqrt();
        if norm > F::zero() {
            column.iter_mut().for_each(|w| *w = *w / norm);
        }
    }
}

#[inline(always)]
fn add_one<F: Float>(y: &mut [F], v: F, column: &[F]) {
    for (sum, &w) in y.iter_mut().zip(column) {
        *sum = *sum + v * w;
    }
}

#[inline(always)]
fn add_four<F: Float>(y: &mut [F], v: [F; 4], columns: [&[F]; 4]) {
    let width = y.len();
    let [a, b, c, d] = columns.map(|column| &column[..width]);
    for i in 0..width {
        y[i] = (((y[i] + v[0] * a[i]) + v[1] * b[i]) + v[2] * c[i]) + v[3] * d[i];
    }
}
