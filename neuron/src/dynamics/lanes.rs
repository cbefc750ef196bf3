//! The kernel for many copies of a population: arrays `[neuron][lane]`, one per variable.

use super::{Dynamics, Scheme};
use crate::Scalar;
use std::ops::Range;

/// State of one neuron, `[F; N]` with N from 2 to 4, and the loop over columns of one variable each.
pub trait Columns<F>: Sized {
    /// Replaces the state at every place of `range`, one column per variable.
    fn sweep<K: Kernel<F, Self>>(columns: &mut [&mut [F]], range: Range<usize>, baseline: bool, kernel: K);
}

/// What [`Columns::sweep`] does at one place. A trait and not a closure, which cannot be told to be inlined.
pub trait Kernel<F, X>: Sized {
    /// The same for the first `n` places, to show the compiler that no index is out of bounds.
    #[must_use]
    fn first(self, n: usize) -> Self;
    /// The new state at place `i`.
    fn advance(&self, i: usize, x: X) -> X;
}

macro_rules! columns {
    ($($len:literal: $($x:ident)*;)*) => {$(
        impl<F: Scalar> Columns<F> for [F; $len] {
            #[inline(always)]
            fn sweep<K: Kernel<F, Self>>(columns: &mut [&mut [F]], range: Range<usize>, baseline: bool, kernel: K) {
                // One argument per column, for arguments are known not to overlap.
                #[inline(always)]
                fn run<F: Scalar, K: Kernel<F, [F; $len]>>($($x: &mut [F],)* kernel: K) {
                    let n = [$($x.len()),*][0];
                    $(let $x = &mut $x[..n];)*
                    let kernel = kernel.first(n);
                    for i in 0..n {
                        [$($x[i]),*] = kernel.advance(i, [$($x[i]),*]);
                    }
                }
                #[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
                fn dispatched<F: Scalar, K: Kernel<F, [F; $len]>>($($x: &mut [F],)* kernel: K) {
                    run($($x,)* kernel)
                }
                let [$($x),*] = columns else { unreachable!("advance_lanes has checked the number of columns") };
                if baseline {
                    run($(&mut $x[range.clone()],)* kernel)
                } else {
                    dispatched($(&mut $x[range.clone()],)* kernel)
                }
            }
        }
    )*};
}

columns! {
    2: a b;
    3: a b c;
    4: a b c d;
}

/// The step of places that share their parameters.
struct Step<'a, D: Dynamics, S, F: Scalar> {
    p: D::Parameters<F>,
    input: &'a [F],
    dt_ms: F,
    scheme: std::marker::PhantomData<S>,
}

impl<D: Dynamics, S: Scheme, F: Scalar> Kernel<F, D::State<F>> for Step<'_, D, S, F> {
    #[inline(always)]
    fn first(self, n: usize) -> Self {
        Self { input: &self.input[..n], ..self }
    }

    #[inline(always)]
    fn advance(&self, i: usize, x: D::State<F>) -> D::State<F> {
        S::step::<D, F>(&self.p, &x, self.input[i], self.dt_ms)
    }
}

/// Advances `lanes` copies of every neuron of a model without a reset by one step: `state` has one array `[neuron][lane]` per variable
/// in the order of [`Dynamics::VARIABLES`], `input` one value per neuron and lane in the model's unit, and `params` the
/// parameters of all neurons, or one entry if they are equal. All places are independent, and each gets the bits of
/// [`Scheme::step`] whatever the number of lanes and the instruction set.
///
/// Neurons that differ are advanced row by row, so that lanes should fill vector registers (16 in single precision).
///
/// # Panics
/// Arrays whose lengths do not fit each other.
pub fn advance_lanes<D: Dynamics, S: Scheme, F: Scalar>(
    params: &[D::Parameters<F>],
    lanes: usize,
    state: &mut [&mut [F]],
    input: &[F],
    dt_ms: F,
) {
    advance_lanes_with::<D, S, F>(params, lanes, state, input, dt_ms, false);
}

/// [`advance_lanes`] with the code compiled for the baseline instruction set if `baseline` is set, which a test compares:
/// both give the same bits.
#[doc(hidden)]
pub fn advance_lanes_with<D: Dynamics, S: Scheme, F: Scalar>(
    params: &[D::Parameters<F>],
    lanes: usize,
    state: &mut [&mut [F]],
    input: &[F],
    dt_ms: F,
    baseline: bool,
) {
    const { assert!(!D::RESETS, "models with a reset are advanced by their populations") };
    assert_eq!(state.len(), D::VARIABLES.len(), "{}: one array per variable", D::NAME);
    let places = input.len();
    let row = if params.len() == 1 { places } else { lanes };
    assert_eq!(row * params.len(), places, "{}: an input for every neuron and lane", D::NAME);
    for (column, name) in state.iter().zip(D::VARIABLES) {
        assert_eq!(column.len(), places, "{}: a value of {name} for every neuron and lane", D::NAME);
    }
    for (i, &p) in params.iter().enumerate() {
        let range = i * row..(i + 1) * row;
        let kernel = Step::<D, S, F> { p, input: &input[range.clone()], dt_ms, scheme: std::marker::PhantomData };
        D::State::<F>::sweep(state, range, baseline, kernel);
    }
}
