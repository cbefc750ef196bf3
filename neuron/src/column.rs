//! Storage of a column: numbers that begin at a cache line.

use std::ops::{Deref, DerefMut};

/// A vector register of numbers never straddles two cache lines if the first number begins one.
const LINE_BYTES: usize = 64;
const LINE: usize = LINE_BYTES / size_of::<f32>();

/// One number per neuron, beginning at a cache line. Where it begins is a matter of speed alone.
#[derive(Debug)]
pub struct Column {
    data: Vec<f32>,
    start: usize,
    len: usize,
}

impl Column {
    /// `len` times `value`.
    #[must_use]
    pub fn new(value: f32, len: usize) -> Self {
        let data = vec![value; len + LINE - 1];
        let start = data.as_ptr().align_offset(LINE_BYTES).min(LINE - 1);
        Self { data, start, len }
    }
}

impl From<&[f32]> for Column {
    fn from(values: &[f32]) -> Self {
        let mut column = Self::new(0.0, values.len());
        column.copy_from_slice(values);
        column
    }
}

impl Clone for Column {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl Deref for Column {
    type Target = [f32];

    #[inline]
    fn deref(&self) -> &[f32] {
        &self.data[self.start..self.start + self.len]
    }
}

impl DerefMut for Column {
    #[inline]
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_their_copies_begin_at_cache_lines() {
        for len in [0, 1, 15, 16, 1037] {
            let mut column = Column::new(2.0, len);
            column.iter_mut().enumerate().for_each(|(i, x)| *x += i as f32);
            let copy = column.clone();
            assert_eq!((column.len(), &*column), (len, &*copy));
            for c in [&column, &copy] {
                assert_eq!(c.as_ptr().align_offset(LINE_BYTES), 0, "{len} values");
            }
        }
    }
}
