//! Schemes: a step of fixed length for any vector field.
//!
//! With `dx_k/dt = b_k(x) - a_k(x) x_k = f_k(x)`, h the step and `exprel(y) = (e^y - 1)/y`:
//!
//! | scheme | step | order |
//! |---|---|---|
//! | `forward_euler` | `x' = x + h f(x)` | 1 |
//! | `exponential_euler` | `x_k' = x_k + h f_k(x) exprel(-a_k h)`, all variables from the old state | 1 |
//! | `staggered` | `x_k' = ((1 - a_k h/2) x_k + h b_k)/(1 + a_k h/2)`, gates first, then V with the new gates | 1 |
//! | `exponential_midpoint` | `y` by exponential Euler over h/2, then over h with a and b at `y` | 2 |
//! | `heun` | `x' = x + h/2 (f(x) + f(x + h f(x)))` | 2 |
//! | `rk4` | the classical method of Runge and Kutta | 4 |
//!
//! The staggered scheme is that of the networks of Hazelden et al. 2023 (arXiv 2311.10869). It is of order 1 although every
//! part of it looks like the trapezoidal rule, as steady states and conductances that depend on V are taken at the old V. Where all
//! that depends on V has gates of its own (Hodgkin-Huxley), V and gates may be read as half a step apart (Hines 1984, doi
//! 10.1016/0020-7101(84)90008-4), and V is of order 2 after a start at rest.
//! Exponential schemes: Rush and Larsen 1978, doi 10.1109/TBME.1978.326270; the midpoint rule: Borgers and Nectow 2013,
//! doi 10.1137/120883657. The others: Hairer, Norsett and Wanner 1993, doi 10.1007/978-3-540-78862-1.

use super::Dynamics;
use crate::{Scalar, Vector};
use serde::{Deserialize, Serialize};

/// A scheme of fixed steps, stateless. Choose one as a type in a kernel ([`with_scheme`]) and as a [`SchemeKind`] in a
/// configuration.
pub trait Scheme: Copy + Send + Sync + 'static {
    /// Its name in configurations.
    const KIND: SchemeKind;
    /// Its order: the error after a fixed time shrinks as h to this power.
    const ORDER: u32;

    /// The state after a step of `dt_ms` with an input that is constant within the step. No reset: that is an event, see
    /// [`Dynamics::reset`].
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F>;
}

// Loops and not closures in what follows: a closure cannot be told to be inlined, and a call ends vectorisation.

/// `x + h f`.
#[inline(always)]
fn moved<F: Scalar, X: Vector<F>>(x: &X, h: F, f: &X) -> X {
    let mut next = *x;
    for k in 0..X::LEN {
        next[k] = x[k] + h * f[k];
    }
    next
}

/// The solution of `dx/dt = b - a x` after h with a and b constant.
#[inline(always)]
fn relaxed<F: Scalar, X: Vector<F>>(x: &X, (a, b): (X, X), h: F) -> X {
    let mut next = *x;
    for k in 0..X::LEN {
        next[k] = x[k] + h * (b[k] - a[k] * x[k]) * (-a[k] * h).exprel();
    }
    next
}

/// The trapezoidal rule for `dx/dt = b - a x` over twice `half`, with a and b constant.
#[inline(always)]
fn trapezoidal<F: Scalar>(x: F, a: F, b: F, half: F) -> F {
    let one = F::of(1.0);
    ((one - a * half) * x + F::of(2.0) * half * b) / (one + a * half)
}

/// Explicit Euler.
#[derive(Debug, Clone, Copy)]
pub struct ForwardEuler;

impl Scheme for ForwardEuler {
    const KIND: SchemeKind = SchemeKind::ForwardEuler;
    const ORDER: u32 = 1;

    #[inline(always)]
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F> {
        moved(x, dt_ms, &D::rates(p, x, input))
    }
}

/// Exponential Euler, after Rush and Larsen.
#[derive(Debug, Clone, Copy)]
pub struct ExponentialEuler;

impl Scheme for ExponentialEuler {
    const KIND: SchemeKind = SchemeKind::ExponentialEuler;
    const ORDER: u32 = 1;

    #[inline(always)]
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F> {
        relaxed(x, D::relaxation(p, x, input), dt_ms)
    }
}

/// The staggered semi-implicit scheme of Hazelden et al.: gates, then the potential with the new gates.
#[derive(Debug, Clone, Copy)]
pub struct Staggered;

impl Scheme for Staggered {
    const KIND: SchemeKind = SchemeKind::Staggered;
    const ORDER: u32 = 1;

    #[inline(always)]
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F> {
        let half = F::of(0.5) * dt_ms;
        let (a, b) = D::relaxation(p, x, input);
        let mut next = *x;
        for k in 1..D::VARIABLES.len() {
            next[k] = trapezoidal(x[k], a[k], b[k], half);
        }
        let (a, b) = D::relaxation(p, &next, input);
        next[0] = trapezoidal(x[0], a[0], b[0], half);
        next
    }
}

/// Exponential midpoint rule.
#[derive(Debug, Clone, Copy)]
pub struct ExponentialMidpoint;

impl Scheme for ExponentialMidpoint {
    const KIND: SchemeKind = SchemeKind::ExponentialMidpoint;
    const ORDER: u32 = 2;

    #[inline(always)]
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F> {
        let middle = relaxed(x, D::relaxation(p, x, input), F::of(0.5) * dt_ms);
        relaxed(x, D::relaxation(p, &middle, input), dt_ms)
    }
}

/// Heun's method, the explicit trapezoidal rule.
#[derive(Debug, Clone, Copy)]
pub struct Heun;

impl Scheme for Heun {
    const KIND: SchemeKind = SchemeKind::Heun;
    const ORDER: u32 = 2;

    #[inline(always)]
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F> {
        let f1 = D::rates(p, x, input);
        let f2 = D::rates(p, &moved(x, dt_ms, &f1), input);
        let half = F::of(0.5) * dt_ms;
        let mut next = *x;
        for k in 0..D::VARIABLES.len() {
            next[k] = x[k] + half * (f1[k] + f2[k]);
        }
        next
    }
}

/// The classical Runge-Kutta method.
#[derive(Debug, Clone, Copy)]
pub struct Rk4;

impl Scheme for Rk4 {
    const KIND: SchemeKind = SchemeKind::Rk4;
    const ORDER: u32 = 4;

    #[inline(always)]
    fn step<D: Dynamics, F: Scalar>(p: &D::Parameters<F>, x: &D::State<F>, input: F, dt_ms: F) -> D::State<F> {
        let half = F::of(0.5) * dt_ms;
        let f1 = D::rates(p, x, input);
        let f2 = D::rates(p, &moved(x, half, &f1), input);
        let f3 = D::rates(p, &moved(x, half, &f2), input);
        let f4 = D::rates(p, &moved(x, dt_ms, &f3), input);
        let sixth = F::of(1.0 / 6.0) * dt_ms;
        let mut next = *x;
        for k in 0..D::VARIABLES.len() {
            next[k] = x[k] + sixth * (f1[k] + F::of(2.0) * (f2[k] + f3[k]) + f4[k]);
        }
        next
    }
}

/// A scheme by name, for configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemeKind {
    /// [`ForwardEuler`].
    ForwardEuler,
    /// [`ExponentialEuler`].
    ExponentialEuler,
    /// [`Staggered`].
    Staggered,
    /// [`ExponentialMidpoint`].
    ExponentialMidpoint,
    /// [`Heun`].
    Heun,
    /// [`Rk4`].
    Rk4,
}

impl SchemeKind {
    /// All schemes.
    pub const ALL: [Self; 6] =
        [Self::ForwardEuler, Self::ExponentialEuler, Self::Staggered, Self::ExponentialMidpoint, Self::Heun, Self::Rk4];

    /// Its order, [`Scheme::ORDER`].
    #[must_use]
    pub fn order(self) -> u32 {
        with_scheme!(self, S => S::ORDER)
    }
}

/// Evaluates an expression with the scheme that a [`SchemeKind`] names as the type `$S`: the choice is made once, outside
/// of all loops.
///
/// ```
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams, Scheme, SchemeKind, parameters_as, with_scheme};
/// let p = parameters_as::<MorrisLecar, f64>(&MorrisLecarParams::snlc());
/// let kind = SchemeKind::Heun;
/// let next = with_scheme!(kind, S => S::step::<MorrisLecar, f64>(&p, &[-40.0, 0.014], 60.0, 0.1));
/// assert!(next[0] > -40.0);
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __with_scheme {
    ($kind:expr, $S:ident => $body:expr) => {
        match $kind {
            $crate::dynamics::SchemeKind::ForwardEuler => {
                type $S = $crate::dynamics::ForwardEuler;
                $body
            }
            $crate::dynamics::SchemeKind::ExponentialEuler => {
                type $S = $crate::dynamics::ExponentialEuler;
                $body
            }
            $crate::dynamics::SchemeKind::Staggered => {
                type $S = $crate::dynamics::Staggered;
                $body
            }
            $crate::dynamics::SchemeKind::ExponentialMidpoint => {
                type $S = $crate::dynamics::ExponentialMidpoint;
                $body
            }
            $crate::dynamics::SchemeKind::Heun => {
                type $S = $crate::dynamics::Heun;
                $body
            }
            $crate::dynamics::SchemeKind::Rk4 => {
                type $S = $crate::dynamics::Rk4;
                $body
            }
        }
    };
}
#[doc(inline)]
pub use __with_scheme as with_scheme;
