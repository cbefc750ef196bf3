//! Numbers that dynamics are written in: single or double precision, or dual numbers.

use crate::math;
use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A number that the equations of a model are written in: `f32`, `f64`, or [`Dual`](crate::Dual) over either, which carries
/// derivatives along.
///
/// All functions are branch-free but for selections, give the same bits on every instruction set and platform, and saturate
/// instead of overflowing (see [`exp`](Self::exp)). Comparison is that of the values, whatever the derivatives.
///
/// Where the type is known to be `f32` or `f64` write `Scalar::exp(x)`: `x.exp()` would be the platform's function.
pub trait Scalar:
    Copy
    + Default
    + Debug
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + Send
    + Sync
    + 'static
{
    /// The nearest number to `x`, a constant.
    fn of(x: f64) -> Self;
    /// The value in double precision, without derivatives.
    fn wide(self) -> f64;
    /// e^x, held at e^-87 and e^88 in single precision, at e^-708 and e^709 in double precision.
    fn exp(self) -> Self;
    /// e^x - 1, accurate near 0; holds where [`exp`](Self::exp) does.
    fn exp_m1(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;

    /// `(e^x - 1)/x`, 1 at x = 0: the average of e^s over 0 <= s <= x.
    ///
    /// It is what an exponential scheme multiplies a step with.
    #[inline(always)]
    fn exprel(self) -> Self {
        let near = self.abs() < Self::of(1e-9);
        let x = if near { Self::of(1.0) } else { self };
        let far = x.exp_m1() / x;
        if near { Self::of(1.0) + Self::of(0.5) * self } else { far }
    }

    /// The derivative of [`exprel`](Self::exprel), accurate near 0 too.
    #[inline(always)]
    fn exprel_slope(self) -> Self {
        // (e^x - exprel x)/x cancels near 0, where the power series has a few terms.
        let near = self.abs() < Self::of(1.0);
        let x = if near { Self::of(1.0) } else { self };
        let far = (x.exp() - x.exprel()) / x;
        let y = if near { self } else { Self::of(0.0) };
        let mut series = Self::of(0.0);
        for c in SLOPE {
            series = series * y + Self::of(c);
        }
        if near { series } else { far }
    }

    /// The function of Bernoulli, `x/(e^x - 1)`, 1 at x = 0: the rate function of Hodgkin and Huxley whose formula is 0/0 there.
    #[inline(always)]
    fn bernoulli(self) -> Self {
        let near = self.abs() < Self::of(1e-9);
        let x = if near { Self::of(1.0) } else { self };
        let far = x / x.exp_m1();
        if near { Self::of(1.0) - Self::of(0.5) * self } else { far }
    }

    /// The logistic function `1/(1 + e^-x)`, which is `(1 + tanh(x/2))/2`.
    #[inline(always)]
    fn logistic(self) -> Self {
        Self::of(1.0) / (Self::of(1.0) + (-self).exp())
    }

    /// Hyperbolic tangent.
    #[inline(always)]
    fn tanh(self) -> Self {
        let e = (Self::of(2.0) * self).exp_m1();
        // For large x this is 1 - 2/(e + 2), which does not divide two numbers that overflow.
        let positive = Self::of(1.0) - Self::of(2.0) / (e + Self::of(2.0));
        let near = self.abs() < Self::of(0.5);
        if near { e / (e + Self::of(2.0)) } else { positive }
    }
}

/// Coefficients `k/(k+1)!` of the slope of exprel, `sum k x^(k-1)/(k+1)!`, from the last to the first.
const SLOPE: [f64; 18] = {
    let mut c = [0.0; 18];
    let (mut k, mut factorial) = (1, 1.0);
    while k <= 18 {
        factorial *= (k + 1) as f64;
        c[18 - k] = k as f64 / factorial;
        k += 1;
    }
    c
};

macro_rules! float {
    ($f:ty, $exp:ident, $exp_m1:ident) => {
        impl Scalar for $f {
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as Self
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn exp(self) -> Self {
                math::$exp(self)
            }
            #[inline(always)]
            fn exp_m1(self) -> Self {
                math::$exp_m1(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$f>::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$f>::abs(self)
            }
        }
    };
}

float!(f32, exp_f32, exp_m1_f32);
float!(f64, exp_f64, exp_m1_f64);

/// A fixed number of values, `[F; N]`: the state of a neuron or its parameters.
pub trait Vector<F>:
    Copy + std::ops::Index<usize, Output = F> + std::ops::IndexMut<usize> + Send + Sync + 'static
{
    /// Number of values.
    const LEN: usize;
    /// The values `f(0)`, `f(1)`, ...
    fn from_fn(f: impl FnMut(usize) -> F) -> Self;
    /// The values in order.
    fn values(&self) -> &[F];
}

impl<F: Copy + Send + Sync + 'static, const N: usize> Vector<F> for [F; N] {
    const LEN: usize = N;

    #[inline(always)]
    fn from_fn(f: impl FnMut(usize) -> F) -> Self {
        std::array::from_fn(f)
    }

    #[inline(always)]
    fn values(&self) -> &[F] {
        self
    }
}
