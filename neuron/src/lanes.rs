//! Many neurons as columns: one array per variable or coefficient, and the loop that runs a model over them.
//!
//! A model sees one neuron as an array of numbers (`[f32; N]`). The container holds one column per number, so that
//! neighbouring neurons lie side by side and the compiler advances as many of them at once as a vector register holds.

use crate::Column;
use std::ops::Range;

/// Coefficients of one neuron, `[f32; N]` with N from 1 to 20, read from columns.
///
/// Columns of length 1 hold the coefficients of every neuron: they are read once, before the loop.
pub trait Coefficients: Copy + Send + Sync + 'static {
    /// The part of the columns that belongs to a range of neurons.
    type Slices<'a>: Copy;
    /// Number of coefficients.
    const LEN: usize;

    /// The numbers in order.
    fn as_slice(&self) -> &[f32];
    /// The columns at `range`.
    fn slices(columns: &[Column], range: Range<usize>) -> Self::Slices<'_>;
    /// The first `n` neurons of a range.
    fn first(slices: Self::Slices<'_>, n: usize) -> Self::Slices<'_>;
    /// The numbers of neuron `i` of a range.
    fn read(slices: Self::Slices<'_>, i: usize) -> Self;
}

macro_rules! coefficients {
    ($($len:literal: $($k:literal)*;)*) => {$(
        impl Coefficients for [f32; $len] {
            type Slices<'a> = [&'a [f32]; $len];
            const LEN: usize = $len;

            fn as_slice(&self) -> &[f32] {
                self
            }

            #[inline(always)]
            fn slices(columns: &[Column], range: Range<usize>) -> [&[f32]; $len] {
                [$(&columns[$k][range.clone()]),*]
            }

            #[inline(always)]
            fn first(slices: Self::Slices<'_>, n: usize) -> Self::Slices<'_> {
                [$(&slices[$k][..n]),*]
            }

            // Written out: a loop over more than twelve columns is unrolled too late for the loop over neurons to vectorise.
            #[inline(always)]
            fn read(slices: [&[f32]; $len], i: usize) -> Self {
                [$(slices[$k][i]),*]
            }
        }
    )*};
}

coefficients! {
    1: 0;
    2: 0 1;
    3: 0 1 2;
    4: 0 1 2 3;
    5: 0 1 2 3 4;
    6: 0 1 2 3 4 5;
    7: 0 1 2 3 4 5 6;
    8: 0 1 2 3 4 5 6 7;
    9: 0 1 2 3 4 5 6 7 8;
    10: 0 1 2 3 4 5 6 7 8 9;
    11: 0 1 2 3 4 5 6 7 8 9 10;
    12: 0 1 2 3 4 5 6 7 8 9 10 11;
    13: 0 1 2 3 4 5 6 7 8 9 10 11 12;
    14: 0 1 2 3 4 5 6 7 8 9 10 11 12 13;
    15: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14;
    16: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15;
    17: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16;
    18: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17;
    19: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18;
    20: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19;
}

/// State of one neuron, `[f32; N]` with N from 2 to 10: the first is the membrane potential (mV), the second the spike
/// indicator (0 or 1).
pub trait State: Copy + Send + Sync + 'static {
    /// Number of variables.
    const LEN: usize;

    /// The numbers in order.
    fn as_slice(&self) -> &[f32];

    /// Replaces the state of every neuron of `range` by that of the next step, and says whether one of them spikes.
    /// With `baseline` the code compiled for the baseline instruction set runs.
    fn sweep<K: Advance<Self>>(columns: &mut [Column], range: Range<usize>, baseline: bool, kernel: K) -> bool;
}

/// What a [`State::sweep`] does to a neuron. A trait and not a closure, which cannot be told to be inlined.
pub trait Advance<S>: Sized {
    /// The same for the first `n` neurons, to show the compiler that no index is out of bounds.
    #[must_use]
    fn first(self, n: usize) -> Self;
    /// The new state of neuron `i` of the range.
    fn advance(&self, i: usize, state: S) -> S;
}

macro_rules! state {
    ($($len:literal: $($x:ident)*;)*) => {$(
        impl State for [f32; $len] {
            const LEN: usize = $len;

            fn as_slice(&self) -> &[f32] {
                self
            }

            #[inline(always)]
            fn sweep<K: Advance<Self>>(columns: &mut [Column], range: Range<usize>, baseline: bool, kernel: K) -> bool {
                // One argument per column, for arguments are known not to overlap.
                #[inline(always)]
                fn run<K: Advance<[f32; $len]>>($($x: &mut [f32],)* kernel: K) -> bool {
                    let n = [$($x.len()),*][0];
                    $(let $x = &mut $x[..n];)*
                    let kernel = kernel.first(n);
                    let mut any = 0;
                    for i in 0..n {
                        let next = kernel.advance(i, [$($x[i]),*]);
                        [$($x[i]),*] = next;
                        any |= next[1].to_bits();
                    }
                    any != 0
                }
                #[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
                fn dispatched<K: Advance<[f32; $len]>>($($x: &mut [f32],)* kernel: K) -> bool {
                    run($($x,)* kernel)
                }
                let [$($x),*] = columns else { unreachable!("the container allocates one column per variable") };
                if baseline {
                    run($(&mut $x[range.clone()],)* kernel)
                } else {
                    dispatched($(&mut $x[range.clone()],)* kernel)
                }
            }
        }
    )*};
}

state! {
    2: a b;
    3: a b c;
    4: a b c d;
    5: a b c d e;
    6: a b c d e f;
    7: a b c d e f g;
    8: a b c d e f g h;
    9: a b c d e f g h i;
    10: a b c d e f g h i j;
}

/// True if all values have the same bits.
pub(crate) fn all_equal(values: &[f32]) -> bool {
    values.windows(2).all(|w| w[0].to_bits() == w[1].to_bits())
}
