//! The loops of the receptor ports: the current of every neuron, its filter and its input in one pass.
//!
//! Each shape of filter is compiled for one coefficient of all neurons and for one per neuron, each of these for currents,
//! conductances and conductances with a block, and for the first port and later ones, and each of those for several
//! instruction sets.

use crate::math::exp_f32;
use crate::model::flush;

/// What makes a current of a conductance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conductance {
    /// Reversal potential (mV).
    pub reversal_mv: f32,
    /// Magnesium in units of what blocks half of the conductance at 0 mV.
    pub magnesium: Option<f32>,
}

/// Rate of the block by magnesium with the potential (1/mV).
const BLOCK_PER_MV: f32 = 0.062;

/// What a pass reads and writes, one value per neuron.
pub(crate) struct Pass<'a> {
    /// The filtered input.
    pub psc: &'a mut [f32],
    /// The second variable of the alpha shape, empty for the others.
    pub rise: &'a mut [f32],
    /// What arrives; consumed and set to 0.
    pub input: &'a mut [f32],
    /// Where the current is added.
    pub current_pa: &'a mut [f32],
    /// A constant that `current_pa` shall start from, in place of what it holds.
    pub start_pa: Option<f32>,
    /// Membrane potentials, for conductances.
    pub v_mv: &'a [f32],
    /// Set if the port is a conductance.
    pub conductance: Option<Conductance>,
    /// Whether to run the code compiled for the baseline instruction set.
    pub baseline: bool,
}

/// One step of what arrived in the step before.
pub(crate) fn delta(pass: Pass<'_>) {
    sweep::<false, _>(pass, |_, _, input| [input, 0.0]);
}

/// `psc' = beta psc + input`, with one `beta` or one per neuron.
pub(crate) fn exponential(beta: &[f32], pass: Pass<'_>) {
    if let [beta] = *beta {
        sweep::<false, _>(pass, |_, [psc, _], input| [flush(beta * psc + input), 0.0]);
    } else {
        let beta = &beta[..pass.psc.len()];
        sweep::<false, _>(pass, |i, [psc, _], input| [flush(beta[i] * psc + input), 0.0]);
    }
}

/// `psc' = beta (psc + dt rise)`, `rise' = beta rise + gain input`, with one `beta` and `gain` or one per neuron.
pub(crate) fn alpha(beta: &[f32], gain: &[f32], dt_ms: f32, pass: Pass<'_>) {
    let next = move |beta: f32, gain: f32, psc: f32, rise: f32, input: f32| {
        [flush(beta * (psc + dt_ms * rise)), flush(beta * rise + gain * input)]
    };
    if let ([beta], [gain]) = (beta, gain) {
        let (beta, gain) = (*beta, *gain);
        sweep::<true, _>(pass, |_, [psc, rise], input| next(beta, gain, psc, rise, input));
    } else {
        let (beta, gain) = (&beta[..pass.psc.len()], &gain[..pass.psc.len()]);
        sweep::<true, _>(pass, |i, [psc, rise], input| next(beta[i], gain[i], psc, rise, input));
    }
}

/// `psc' = beta psc + (beta - beta_rise) rise`, `rise' = beta_rise rise + gain input`, with one set or one per neuron.
pub(crate) fn double_exponential(beta: &[f32], beta_rise: &[f32], gain: &[f32], pass: Pass<'_>) {
    let next = move |[beta, beta_rise, gain]: [f32; 3], psc: f32, rise: f32, input: f32| {
        [flush(beta * psc + (beta - beta_rise) * rise), flush(beta_rise * rise + gain * input)]
    };
    if let ([beta], [beta_rise], [gain]) = (beta, beta_rise, gain) {
        let c = [*beta, *beta_rise, *gain];
        sweep::<true, _>(pass, |_, [psc, rise], input| next(c, psc, rise, input));
    } else {
        let n = pass.psc.len();
        let (beta, beta_rise, gain) = (&beta[..n], &beta_rise[..n], &gain[..n]);
        sweep::<true, _>(pass, |i, [psc, rise], input| next([beta[i], beta_rise[i], gain[i]], psc, rise, input));
    }
}

/// What a port is, as a constant of its loop.
const CURRENT: u8 = 0;
const CONDUCTANCE: u8 = 1;
const BLOCKED: u8 = 2;

/// Chooses the loop for a current or a conductance, and for a first or a later port.
fn sweep<const RISE: bool, F: Fn(usize, [f32; 2], f32) -> [f32; 2]>(pass: Pass<'_>, next: F) {
    match pass.conductance {
        None => first_or_later::<RISE, CURRENT, F>(pass, next),
        Some(Conductance { magnesium: None, .. }) => first_or_later::<RISE, CONDUCTANCE, F>(pass, next),
        Some(Conductance { magnesium: Some(_), .. }) => first_or_later::<RISE, BLOCKED, F>(pass, next),
    }
}

fn first_or_later<const RISE: bool, const KIND: u8, F: Fn(usize, [f32; 2], f32) -> [f32; 2]>(pass: Pass<'_>, next: F) {
    if pass.start_pa.is_some() {
        choose::<RISE, true, KIND, F>(pass, next);
    } else {
        choose::<RISE, false, KIND, F>(pass, next);
    }
}

fn choose<const RISE: bool, const FIRST: bool, const KIND: u8, F: Fn(usize, [f32; 2], f32) -> [f32; 2]>(
    pass: Pass<'_>,
    next: F,
) {
    let Pass { psc, rise, input, current_pa, v_mv, .. } = pass;
    let start = pass.start_pa.unwrap_or(0.0);
    let e = pass.conductance.map_or(0.0, |c| c.reversal_mv);
    let mg = pass.conductance.and_then(|c| c.magnesium).unwrap_or(0.0);
    if pass.baseline {
        run::<RISE, FIRST, KIND, F>(psc, rise, input, current_pa, start, v_mv, e, mg, next);
    } else {
        dispatched::<RISE, FIRST, KIND, F>(psc, rise, input, current_pa, start, v_mv, e, mg, next);
    }
}

/// One argument per array, for arguments are known not to overlap.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn dispatched<const RISE: bool, const FIRST: bool, const KIND: u8, F: Fn(usize, [f32; 2], f32) -> [f32; 2]>(
    psc: &mut [f32],
    rise: &mut [f32],
    input: &mut [f32],
    current_pa: &mut [f32],
    start_pa: f32,
    v_mv: &[f32],
    reversal_mv: f32,
    magnesium: f32,
    next: F,
) {
    run::<RISE, FIRST, KIND, F>(psc, rise, input, current_pa, start_pa, v_mv, reversal_mv, magnesium, next);
}

#[inline(always)]
fn run<const RISE: bool, const FIRST: bool, const KIND: u8, F: Fn(usize, [f32; 2], f32) -> [f32; 2]>(
    psc: &mut [f32],
    rise: &mut [f32],
    input: &mut [f32],
    current_pa: &mut [f32],
    start_pa: f32,
    v_mv: &[f32],
    reversal_mv: f32,
    magnesium: f32,
    next: F,
) {
    let n = psc.len();
    let (input, current_pa, v_mv) = (&mut input[..n], &mut current_pa[..n], &v_mv[..n]);
    let rise = &mut rise[..if RISE { n } else { 0 }];
    for i in 0..n {
        let before = [psc[i], if RISE { rise[i] } else { 0.0 }];
        let driven = if KIND == CURRENT { before[0] } else { before[0] * (reversal_mv - v_mv[i]) };
        let current =
            if KIND == BLOCKED { driven / (1.0 + magnesium * exp_f32(-BLOCK_PER_MV * v_mv[i])) } else { driven };
        current_pa[i] = if FIRST { start_pa } else { current_pa[i] } + current;
        let after = next(i, before, input[i]);
        psc[i] = after[0];
        if RISE {
            rise[i] = after[1];
        }
        input[i] = 0.0;
    }
}
