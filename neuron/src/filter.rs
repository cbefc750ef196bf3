//! The loops of the receptor ports: the current of every neuron, its filter and its input in one pass.
//!
//! Each loop is compiled for one coefficient of all neurons and for one per neuron, for currents and for conductances,
//! and for several instruction sets.

use crate::model::flush;

/// Compiles a pass for several instruction sets, and the baseline for tests; arguments are known not to overlap.
macro_rules! pass {
    ($(#[$doc:meta])* $name:ident, $body:ident, ($($arg:ident: $ty:ty),* $(,)?)) => {
        $(#[$doc])*
        pub(crate) fn $name($($arg: $ty,)* baseline: bool) {
            #[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
            fn dispatched($($arg: $ty),*) {
                $body($($arg),*);
            }
            if baseline { $body($($arg),*) } else { dispatched($($arg),*) }
        }
    };
}

pass!(
    /// One step of what arrived in the step before.
    delta,
    delta_pass,
    (reversal_mv: Option<f32>, psc: &mut [f32], input: &mut [f32], v_mv: &[f32], current_pa: &mut [f32])
);

pass!(
    /// `psc' = beta psc + input`.
    exponential,
    exponential_pass,
    (
        beta: &[f32],
        reversal_mv: Option<f32>,
        psc: &mut [f32],
        input: &mut [f32],
        v_mv: &[f32],
        current_pa: &mut [f32]
    )
);

pass!(
    /// `psc' = beta (psc + dt rise)`, `rise' = beta rise + gain input`.
    alpha,
    alpha_pass,
    (
        beta: &[f32],
        gain: &[f32],
        dt_ms: f32,
        reversal_mv: Option<f32>,
        rise: &mut [f32],
        psc: &mut [f32],
        input: &mut [f32],
        v_mv: &[f32],
        current_pa: &mut [f32]
    )
);

/// The current of a port: its filtered input, or that conductance times the driving force.
#[inline(always)]
fn current<const CONDUCTANCE: bool>(psc: f32, reversal_mv: f32, v_mv: &[f32], i: usize) -> f32 {
    if CONDUCTANCE { psc * (reversal_mv - v_mv[i]) } else { psc }
}

#[inline(always)]
fn delta_pass(reversal_mv: Option<f32>, psc: &mut [f32], input: &mut [f32], v_mv: &[f32], current_pa: &mut [f32]) {
    #[inline(always)]
    fn run<const CONDUCTANCE: bool>(e: f32, psc: &mut [f32], input: &mut [f32], v: &[f32], out: &mut [f32]) {
        let n = psc.len();
        let (input, v, out) = (&mut input[..n], &v[..n], &mut out[..n]);
        for i in 0..n {
            out[i] += current::<CONDUCTANCE>(psc[i], e, v, i);
            psc[i] = input[i];
            input[i] = 0.0;
        }
    }
    match reversal_mv {
        None => run::<false>(0.0, psc, input, v_mv, current_pa),
        Some(e) => run::<true>(e, psc, input, v_mv, current_pa),
    }
}

#[inline(always)]
fn exponential_pass(
    beta: &[f32],
    reversal_mv: Option<f32>,
    psc: &mut [f32],
    input: &mut [f32],
    v_mv: &[f32],
    current_pa: &mut [f32],
) {
    #[inline(always)]
    fn run<const EQUAL: bool, const CONDUCTANCE: bool>(
        beta: &[f32],
        e: f32,
        psc: &mut [f32],
        input: &mut [f32],
        v: &[f32],
        out: &mut [f32],
    ) {
        let n = psc.len();
        let (beta, input, v, out) = (&beta[..if EQUAL { 1 } else { n }], &mut input[..n], &v[..n], &mut out[..n]);
        for i in 0..n {
            let beta = beta[if EQUAL { 0 } else { i }];
            out[i] += current::<CONDUCTANCE>(psc[i], e, v, i);
            psc[i] = flush(beta * psc[i] + input[i]);
            input[i] = 0.0;
        }
    }
    match (beta.len() == 1, reversal_mv) {
        (true, None) => run::<true, false>(beta, 0.0, psc, input, v_mv, current_pa),
        (true, Some(e)) => run::<true, true>(beta, e, psc, input, v_mv, current_pa),
        (false, None) => run::<false, false>(beta, 0.0, psc, input, v_mv, current_pa),
        (false, Some(e)) => run::<false, true>(beta, e, psc, input, v_mv, current_pa),
    }
}

#[inline(always)]
fn alpha_pass(
    beta: &[f32],
    gain: &[f32],
    dt_ms: f32,
    reversal_mv: Option<f32>,
    rise: &mut [f32],
    psc: &mut [f32],
    input: &mut [f32],
    v_mv: &[f32],
    current_pa: &mut [f32],
) {
    #[inline(always)]
    fn run<const EQUAL: bool, const CONDUCTANCE: bool>(
        beta: &[f32],
        gain: &[f32],
        dt_ms: f32,
        e: f32,
        rise: &mut [f32],
        psc: &mut [f32],
        input: &mut [f32],
        v: &[f32],
        out: &mut [f32],
    ) {
        let n = psc.len();
        let of = if EQUAL { 1 } else { n };
        let (beta, gain, rise) = (&beta[..of], &gain[..of], &mut rise[..n]);
        let (input, v, out) = (&mut input[..n], &v[..n], &mut out[..n]);
        for i in 0..n {
            let c = if EQUAL { 0 } else { i };
            let (beta, gain) = (beta[c], gain[c]);
            out[i] += current::<CONDUCTANCE>(psc[i], e, v, i);
            psc[i] = flush(beta * (psc[i] + dt_ms * rise[i]));
            rise[i] = flush(beta * rise[i] + gain * input[i]);
            input[i] = 0.0;
        }
    }
    match (beta.len() == 1, reversal_mv) {
        (true, None) => run::<true, false>(beta, gain, dt_ms, 0.0, rise, psc, input, v_mv, current_pa),
        (true, Some(e)) => run::<true, true>(beta, gain, dt_ms, e, rise, psc, input, v_mv, current_pa),
        (false, None) => run::<false, false>(beta, gain, dt_ms, 0.0, rise, psc, input, v_mv, current_pa),
        (false, Some(e)) => run::<false, true>(beta, gain, dt_ms, e, rise, psc, input, v_mv, current_pa),
    }
}
