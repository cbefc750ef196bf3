//! Dual numbers: a value with its derivatives by a few variables, exact to rounding (forward-mode differentiation).

use crate::Scalar;
use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A value and its derivatives by `N` variables. Equality and order are those of the values.
#[derive(Debug, Clone, Copy)]
pub struct Dual<F, const N: usize> {
    /// The value.
    pub value: F,
    /// Its derivatives.
    pub parts: [F; N],
}

/// A [`Scalar`] that carries derivatives of `F`; [`Dual`] is the one implementation, so that its size can be an associated
/// type.
pub trait Tangent<F: Scalar>: Scalar {
    /// Number of derivatives.
    const LEN: usize;
    /// A constant: derivatives are 0.
    fn constant(value: F) -> Self;
    /// The variable of the given index: its derivative by itself is 1.
    fn variable(value: F, index: usize) -> Self;
    /// The value.
    fn value(self) -> F;
    /// The derivative by the variable of the given index.
    fn part(self, index: usize) -> F;
}

impl<F: Scalar, const N: usize> Tangent<F> for Dual<F, N> {
    const LEN: usize = N;

    #[inline(always)]
    fn constant(value: F) -> Self {
        Self { value, parts: [F::of(0.0); N] }
    }

    #[inline(always)]
    fn variable(value: F, index: usize) -> Self {
        Self { value, parts: std::array::from_fn(|k| F::of(f64::from(u8::from(k == index)))) }
    }

    #[inline(always)]
    fn value(self) -> F {
        self.value
    }

    #[inline(always)]
    fn part(self, index: usize) -> F {
        self.parts[index]
    }
}

impl<F: Scalar, const N: usize> Dual<F, N> {
    /// A function of this number, given its value and slope.
    #[inline(always)]
    fn chain(self, value: F, slope: F) -> Self {
        let mut parts = self.parts;
        for k in 0..N {
            parts[k] *= slope;
        }
        Self { value, parts }
    }
}

impl<F: Scalar, const N: usize> Default for Dual<F, N> {
    fn default() -> Self {
        Self::constant(F::of(0.0))
    }
}

impl<F: Scalar, const N: usize> PartialEq for Dual<F, N> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<F: Scalar, const N: usize> PartialOrd for Dual<F, N> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
    #[inline(always)]
    fn lt(&self, other: &Self) -> bool {
        self.value < other.value
    }
    #[inline(always)]
    fn gt(&self, other: &Self) -> bool {
        self.value > other.value
    }
}

impl<F: Scalar, const N: usize> Add for Dual<F, N> {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        let mut parts = self.parts;
        for k in 0..N {
            parts[k] = self.parts[k] + o.parts[k];
        }
        Self { value: self.value + o.value, parts }
    }
}

impl<F: Scalar, const N: usize> Sub for Dual<F, N> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        let mut parts = self.parts;
        for k in 0..N {
            parts[k] = self.parts[k] - o.parts[k];
        }
        Self { value: self.value - o.value, parts }
    }
}

#[allow(clippy::suspicious_arithmetic_impl)] // the rule of the derivative
impl<F: Scalar, const N: usize> Mul for Dual<F, N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        let mut parts = self.parts;
        for k in 0..N {
            parts[k] = self.parts[k] * o.value + self.value * o.parts[k];
        }
        Self { value: self.value * o.value, parts }
    }
}

#[allow(clippy::suspicious_arithmetic_impl)] // the rule of the derivative
impl<F: Scalar, const N: usize> Div for Dual<F, N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, o: Self) -> Self {
        let value = self.value / o.value;
        // Not divided by the square, which could overflow.
        let mut parts = self.parts;
        for k in 0..N {
            parts[k] = (self.parts[k] - value * o.parts[k]) / o.value;
        }
        Self { value, parts }
    }
}

impl<F: Scalar, const N: usize> Neg for Dual<F, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let mut parts = self.parts;
        for k in 0..N {
            parts[k] = -parts[k];
        }
        Self { value: -self.value, parts }
    }
}

macro_rules! assign {
    ($($trait:ident $method:ident $op:tt;)*) => {$(
        impl<F: Scalar, const N: usize> $trait for Dual<F, N> {
            #[inline(always)]
            fn $method(&mut self, o: Self) {
                *self = *self $op o;
            }
        }
    )*};
}

assign! {
    AddAssign add_assign +;
    SubAssign sub_assign -;
    MulAssign mul_assign *;
    DivAssign div_assign /;
}

impl<F: Scalar, const N: usize> Sum for Dual<F, N> {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::default(), |sum, x| sum + x)
    }
}

impl<F: Scalar, const N: usize> Scalar for Dual<F, N> {
    #[inline(always)]
    fn of(x: f64) -> Self {
        Self::constant(F::of(x))
    }
    #[inline(always)]
    fn wide(self) -> f64 {
        self.value.wide()
    }
    #[inline(always)]
    fn exp(self) -> Self {
        let value = self.value.exp();
        self.chain(value, value)
    }
    #[inline(always)]
    fn exp_m1(self) -> Self {
        self.chain(self.value.exp_m1(), self.value.exp())
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        self.chain(value, F::of(0.5) / value)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        if self.value < F::of(0.0) { -self } else { self }
    }
    #[inline(always)]
    fn exprel(self) -> Self {
        self.chain(self.value.exprel(), self.value.exprel_slope())
    }
    #[inline(always)]
    fn bernoulli(self) -> Self {
        let value = self.value.bernoulli();
        self.chain(value, -value * value * self.value.exprel_slope())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every function against a central difference, on both sides of the joints of its formula.
    #[test]
    fn derivatives_equal_finite_differences() {
        type D = Dual<f64, 1>;
        type Case = (&'static str, fn(D) -> D, fn(f64) -> f64);
        let functions: [Case; 8] = [
            ("bernoulli", D::bernoulli, <f64 as Scalar>::bernoulli),
            ("exp", D::exp, <f64 as Scalar>::exp),
            ("exp_m1", D::exp_m1, <f64 as Scalar>::exp_m1),
            ("exprel", D::exprel, <f64 as Scalar>::exprel),
            ("logistic", D::logistic, <f64 as Scalar>::logistic),
            ("tanh", D::tanh, <f64 as Scalar>::tanh),
            ("recip", |x| D::of(1.0) / (x + D::of(9.0)), |x| 1.0 / (x + 9.0)),
            ("sqrt", |x| (x * x + D::of(1.0)).sqrt(), |x| (x * x + 1.0).sqrt()),
        ];
        for (name, dual, plain) in functions {
            for x in [-7.3, -1.01, -0.99, -0.51, -1e-4, -1e-10, 0.0, 1e-10, 1e-4, 0.49, 0.51, 0.99, 1.01, 6.0] {
                let found = dual(D::variable(x, 0));
                let h = 1e-5;
                let expected = (plain(x + h) - plain(x - h)) / (2.0 * h);
                assert!((found.value - plain(x)).abs() <= 1e-15 * plain(x).abs(), "{name}({x})");
                let error = (found.part(0) - expected).abs();
                assert!(error <= 1e-8 * expected.abs().max(0.1), "{name}'({x}): {} {expected}", found.part(0));
            }
        }
    }

    #[test]
    fn the_slope_of_exprel_is_exact_to_rounding() {
        // Its own derivative, as a dual of a dual, against the closed form away from 0 and the series at 0.
        for (x, slope) in [(0.0, 0.5), (1e-8, 0.5 + 1e-8 / 3.0), (2.0, (2.0_f64.exp() * 1.0 + 1.0) / 4.0)] {
            assert!((x.exprel_slope() - slope).abs() < 4e-16 * slope.abs(), "{x}: {}", x.exprel_slope());
        }
        let nested = Dual::<Dual<f64, 1>, 1>::variable(Dual::variable(0.3, 0), 0).exprel();
        let series: f64 = (2..20).map(|k| f64::from(k * (k - 1)) * 0.3_f64.powi(k - 2) / factorial(k + 1)).sum();
        assert!((nested.parts[0].parts[0] - series).abs() < 1e-15);
    }

    /// Duals of duals of duals have third derivatives: those of the logistic function s and of tanh t in closed form.
    #[test]
    fn nested_duals_have_derivatives_of_higher_order() {
        type Third = Dual<Dual<Dual<f64, 1>, 1>, 1>;
        for x in [-3.0, -0.4, 0.0, 0.3, 0.7, 5.0] {
            let variable = Third::variable(Dual::variable(Dual::variable(x, 0), 0), 0);
            let third = |y: Third| y.parts[0].parts[0].parts[0];
            let (s, t) = (1.0 / (1.0 + f64::exp(-x)), f64::tanh(x));
            let by_hand = s * (1.0 - s) * (1.0 - 6.0 * s + 6.0 * s * s);
            assert!((third(variable.logistic()) - by_hand).abs() < 1e-15, "{x}: {variable:?}");
            let by_hand = -2.0 * (1.0 - t * t) * (1.0 - 3.0 * t * t);
            assert!((third(variable.tanh()) - by_hand).abs() < 1e-14, "{x}: {variable:?}");
        }
    }

    fn factorial(n: i32) -> f64 {
        (1..=n).map(f64::from).product()
    }
}
