//! Single or double precision.

/// A floating-point number: `f32` for training, `f64` for checks of gradients.
pub trait Real:
    num_traits::Float + num_traits::NumAssign + Default + std::fmt::Debug + std::iter::Sum + Send + Sync + 'static
{
    /// The nearest number to `x`.
    fn of(x: f64) -> Self;
    /// This number in double precision.
    fn wide(self) -> f64;
}

impl Real for f32 {
    #[inline]
    fn of(x: f64) -> Self {
        x as Self
    }
    #[inline]
    fn wide(self) -> f64 {
        self.into()
    }
}

impl Real for f64 {
    #[inline]
    fn of(x: f64) -> Self {
        x
    }
    #[inline]
    fn wide(self) -> f64 {
        self
    }
}

/// The widths of a chunk of trials for which kernels are compiled: one trial, or this many in the lanes of a vector.
pub(crate) const WIDTHS: [usize; 4] = [1, 8, 16, 32];

/// Runs an expression with `L` as the number of lanes, one of [`WIDTHS`].
macro_rules! with_lanes {
    ($lanes:expr, $L:ident => $body:expr) => {
        match $lanes {
            1 => {
                const $L: usize = 1;
                $body
            }
            8 => {
                const $L: usize = 8;
                $body
            }
            16 => {
                const $L: usize = 16;
                $body
            }
            _ => {
                const $L: usize = 32;
                $body
            }
        }
    };
}
pub(crate) use with_lanes;

/// An array `[neurons][lanes]` as rows of lanes.
#[inline(always)]
pub(crate) fn rows<F, const L: usize>(array: &[F]) -> &[[F; L]] {
    array.as_chunks::<L>().0
}

/// See [`rows`].
#[inline(always)]
pub(crate) fn rows_mut<F, const L: usize>(array: &mut [F]) -> &mut [[F; L]] {
    array.as_chunks_mut::<L>().0
}
