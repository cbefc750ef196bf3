//! Receptor ports over lanes of trials, forward and back; the equations are those of `evoplast_neuron::Receptors`.
//!
//! The membrane reads psc before the filter takes in `x`, what arrives in this step. Back, from the adjoints after the
//! step (primes) and that of the current, `I_bar`:
//!
//! | shape | forward | back |
//! |---|---|---|
//! | delta | psc' = x | x_bar = psc'_bar; psc_bar = I_bar |
//! | exponential | psc' = beta psc + x | x_bar = psc'_bar; psc_bar = beta psc'_bar + I_bar |
//! | alpha | psc' = beta (psc + dt rise), rise' = beta rise + gain x | x_bar = gain rise'_bar; rise_bar = beta (rise'_bar + dt psc'_bar); psc_bar = beta psc'_bar + I_bar |
//! | double exponential | psc' = beta psc + (beta - beta_r) rise, rise' = beta_r rise + gain x | x_bar = gain rise'_bar; rise_bar = beta_r rise'_bar + (beta - beta_r) psc'_bar; psc_bar = beta psc'_bar + I_bar |

use crate::error::BackpropError;
use crate::real::{Real, rows, rows_mut};
use evoplast_neuron::{KineticsShape, Receptors};

/// One port of a population, without state.
#[derive(Debug, Clone)]
pub(crate) struct Filter<F> {
    shape: KineticsShape,
    beta: Vec<F>,
    /// Of the rise of a double exponential.
    beta_rise: Vec<F>,
    gain: Vec<F>,
    dt: F,
}

impl<F: Real> Filter<F> {
    /// All ports of `receptors`, of the population at position `population`.
    pub(crate) fn all(receptors: &Receptors, population: usize, dt_ms: f64) -> Result<Vec<Self>, BackpropError> {
        (0..receptors.ports())
            .map(|port| {
                let kinetics = receptors.kinetics(port);
                if kinetics.iter().any(|k| k.reversal_mv.is_some()) {
                    return Err(BackpropError::Conductance { port, population });
                }
                let shape = kinetics.first().map_or(KineticsShape::Delta, |k| k.shape);
                let coefficients: Vec<_> = kinetics.iter().map(|k| k.coefficients(dt_ms)).collect();
                Ok(Self {
                    shape,
                    beta: coefficients.iter().map(|c| F::of(c.0)).collect(),
                    beta_rise: coefficients.iter().map(|c| F::of(c.1)).collect(),
                    gain: coefficients.iter().map(|c| F::of(c.2)).collect(),
                    dt: F::of(dt_ms),
                })
            })
            .collect()
    }

    /// Number of state arrays, and of their adjoints.
    pub(crate) fn arrays(&self) -> usize {
        if matches!(self.shape, KineticsShape::Alpha | KineticsShape::DoubleExponential) { 2 } else { 1 }
    }

    /// Adds psc to the current, takes in `input` and sets it to 0.
    pub(crate) fn forward<const L: usize>(&self, state: &mut [Vec<F>], input: &mut [F], current: &mut [F]) {
        match (self.shape, state) {
            (KineticsShape::Alpha, [psc, rise]) => {
                alpha::<F, L>(&self.beta, &self.gain, self.dt, psc, rise, input, current);
            }
            (KineticsShape::DoubleExponential, [psc, rise]) => {
                let c = (&*self.beta, &*self.beta_rise, &*self.gain);
                double_exponential::<F, L>(c, psc, rise, input, current);
            }
            (KineticsShape::Exponential, [psc]) => exponential::<F, L>(&self.beta, psc, input, current),
            (_, [psc, ..]) => delta(psc, input, current),
            (_, []) => unreachable!("a port has a state"),
        }
    }

    /// Writes the adjoint of the input to `input_bar`.
    pub(crate) fn pull_back<const L: usize>(&self, bar: &mut [Vec<F>], current_bar: &[F], input_bar: &mut [F]) {
        match (self.shape, bar) {
            (KineticsShape::Alpha, [psc, rise]) => {
                alpha_back::<F, L>(&self.beta, &self.gain, self.dt, psc, rise, current_bar, input_bar);
            }
            (KineticsShape::DoubleExponential, [psc, rise]) => {
                let c = (&*self.beta, &*self.beta_rise, &*self.gain);
                double_exponential_back::<F, L>(c, psc, rise, current_bar, input_bar);
            }
            (KineticsShape::Exponential, [psc]) => exponential_back::<F, L>(&self.beta, psc, current_bar, input_bar),
            (_, [psc, ..]) => {
                input_bar.copy_from_slice(psc);
                psc.copy_from_slice(current_bar);
            }
            (_, []) => unreachable!("a port has an adjoint"),
        }
    }
}

/// As the simulation: below this magnitude (pA) a filtered value is set to 0.
#[inline(always)]
fn flushed<F: Real>(x: F) -> F {
    if x.abs() < F::of(1e-20) { F::zero() } else { x }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn delta<F: Real>(psc: &mut [F], input: &mut [F], current: &mut [F]) {
    for ((p, x), c) in psc.iter_mut().zip(input).zip(current) {
        *c += *p;
        *p = *x;
        *x = F::zero();
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn exponential<F: Real, const L: usize>(beta: &[F], psc: &mut [F], input: &mut [F], current: &mut [F]) {
    let n = beta.len();
    let (psc, input) = (&mut rows_mut::<F, L>(psc)[..n], &mut rows_mut::<F, L>(input)[..n]);
    let current = &mut rows_mut::<F, L>(current)[..n];
    for i in 0..n {
        for l in 0..L {
            current[i][l] += psc[i][l];
            psc[i][l] = flushed(beta[i] * psc[i][l] + input[i][l]);
            input[i][l] = F::zero();
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn alpha<F: Real, const L: usize>(
    beta: &[F],
    gain: &[F],
    dt: F,
    psc: &mut [F],
    rise: &mut [F],
    input: &mut [F],
    current: &mut [F],
) {
    let n = beta.len();
    let gain = &gain[..n];
    let (psc, rise) = (&mut rows_mut::<F, L>(psc)[..n], &mut rows_mut::<F, L>(rise)[..n]);
    let (input, current) = (&mut rows_mut::<F, L>(input)[..n], &mut rows_mut::<F, L>(current)[..n]);
    for i in 0..n {
        for l in 0..L {
            let (p, r) = (psc[i][l], rise[i][l]);
            current[i][l] += p;
            psc[i][l] = flushed(beta[i] * (p + dt * r));
            rise[i][l] = flushed(beta[i] * r + gain[i] * input[i][l]);
            input[i][l] = F::zero();
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn exponential_back<F: Real, const L: usize>(beta: &[F], psc: &mut [F], current_bar: &[F], input_bar: &mut [F]) {
    let n = beta.len();
    let (psc, input) = (&mut rows_mut::<F, L>(psc)[..n], &mut rows_mut::<F, L>(input_bar)[..n]);
    let current = &rows::<F, L>(current_bar)[..n];
    for i in 0..n {
        for l in 0..L {
            input[i][l] = psc[i][l];
            psc[i][l] = beta[i] * psc[i][l] + current[i][l];
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn alpha_back<F: Real, const L: usize>(
    beta: &[F],
    gain: &[F],
    dt: F,
    psc: &mut [F],
    rise: &mut [F],
    current_bar: &[F],
    input_bar: &mut [F],
) {
    let n = beta.len();
    let gain = &gain[..n];
    let (psc, rise) = (&mut rows_mut::<F, L>(psc)[..n], &mut rows_mut::<F, L>(rise)[..n]);
    let (current, input) = (&rows::<F, L>(current_bar)[..n], &mut rows_mut::<F, L>(input_bar)[..n]);
    for i in 0..n {
        for l in 0..L {
            let (p, r) = (psc[i][l], rise[i][l]);
            input[i][l] = gain[i] * r;
            rise[i][l] = beta[i] * (r + dt * p);
            psc[i][l] = beta[i] * p + current[i][l];
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn double_exponential<F: Real, const L: usize>(
    (beta, beta_rise, gain): (&[F], &[F], &[F]),
    psc: &mut [F],
    rise: &mut [F],
    input: &mut [F],
    current: &mut [F],
) {
    let n = beta.len();
    let (beta_rise, gain) = (&beta_rise[..n], &gain[..n]);
    let (psc, rise) = (&mut rows_mut::<F, L>(psc)[..n], &mut rows_mut::<F, L>(rise)[..n]);
    let (input, current) = (&mut rows_mut::<F, L>(input)[..n], &mut rows_mut::<F, L>(current)[..n]);
    for i in 0..n {
        for l in 0..L {
            let (p, r) = (psc[i][l], rise[i][l]);
            current[i][l] += p;
            psc[i][l] = flushed(beta[i] * p + (beta[i] - beta_rise[i]) * r);
            rise[i][l] = flushed(beta_rise[i] * r + gain[i] * input[i][l]);
            input[i][l] = F::zero();
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn double_exponential_back<F: Real, const L: usize>(
    (beta, beta_rise, gain): (&[F], &[F], &[F]),
    psc: &mut [F],
    rise: &mut [F],
    current_bar: &[F],
    input_bar: &mut [F],
) {
    let n = beta.len();
    let (beta_rise, gain) = (&beta_rise[..n], &gain[..n]);
    let (psc, rise) = (&mut rows_mut::<F, L>(psc)[..n], &mut rows_mut::<F, L>(rise)[..n]);
    let (current, input) = (&rows::<F, L>(current_bar)[..n], &mut rows_mut::<F, L>(input_bar)[..n]);
    for i in 0..n {
        for l in 0..L {
            let (p, r) = (psc[i][l], rise[i][l]);
            input[i][l] = gain[i] * r;
            rise[i][l] = beta_rise[i] * r + (beta[i] - beta_rise[i]) * p;
            psc[i][l] = beta[i] * p + current[i][l];
        }
    }
}
