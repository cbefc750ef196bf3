//! The exponential function and its relatives without branches, so that loops over them vectorise.
//!
//! Argument `x = k ln 2 + r` with k an integer and |r| <= (ln 2)/2, then `e^x = 2^k (1 + p)` and `e^x - 1 = 2^k p + (2^k - 1)`
//! with `p = r + r^2 g(r)`, where g interpolates `(e^r - 1 - r)/r^2` at Chebyshev points (degree 4 in single precision, 10 in
//! double; errors of 1e-8 and 2e-19 of e^r). Beyond the largest and smallest finite powers the argument is held:
//! the result saturates and is never infinite or denormal. NaN stays NaN. Without fused multiply-add the bits are the same on
//! every instruction set, and unlike those of the platform's `exp` they are the same on every platform.
//!
//! | function | error, in units of the last place | holds at |
//! |---|---|---|
//! | `exp` | below 1.1 | `f32` -87, 88; `f64` -708, 709 |
//! | `exp_m1` | below 2 | " |

macro_rules! exponentials {
    ($exp:ident, $exp_m1:ident, $parts:ident, $f:ident, $low:literal, $high:literal, $shift:literal, $bias:literal, $magic:literal,
     $ln2_high:literal, $ln2_low:literal, $g:expr) => {
        /// `(2^k, p)`.
        #[inline(always)]
        fn $parts(x: $f) -> ($f, $f) {
            // Comparisons that are false for NaN, which so passes through.
            let x = if x < $low { $low } else { x };
            let x = if x > $high { $high } else { x };
            // Adding 1.5 2^(bits of the mantissa) rounds to an integer, which then stands in the last bits.
            let shifted = x * std::$f::consts::LOG2_E + $magic;
            let k = shifted - $magic;
            let r = (x - k * $ln2_high) - k * $ln2_low;
            let mut g = 0.0;
            for c in $g {
                g = g * r + c;
            }
            let scale = $f::from_bits((shifted.to_bits() << $shift).wrapping_add($bias << $shift));
            (scale, r + (r * r) * g)
        }

        /// e^x.
        #[inline(always)]
        pub(crate) fn $exp(x: $f) -> $f {
            let (scale, p) = $parts(x);
            scale + scale * p
        }

        /// e^x - 1, exact to the last places near 0 too.
        #[inline(always)]
        pub(crate) fn $exp_m1(x: $f) -> $f {
            let (scale, p) = $parts(x);
            scale * p + (scale - 1.0)
        }
    };
}

exponentials!(
    exp_f32,
    exp_m1_f32,
    parts_f32,
    f32,
    -87.0,
    88.0,
    23,
    127,
    12_582_912.0,
    0.693_359_4,
    -2.121_944_4e-4,
    [1.392_621_3e-3, 8.363_203e-3, 4.166_655_4e-2, 1.666_657_7e-1, 0.5]
);

exponentials!(
    exp_f64,
    exp_m1_f64,
    parts_f64,
    f64,
    -708.0,
    709.0,
    52,
    1023,
    6_755_399_441_055_744.0,
    6.931_471_803_691_238e-1,
    1.908_214_929_270_587_7e-10,
    [
        2.091_471_734_171_637_6e-9,
        2.510_525_953_844_849_3e-8,
        2.755_727_357_010_214e-7,
        2.755_725_529_796_966_4e-6,
        2.480_158_730_732_558_5e-5,
        1.984_126_987_490_126e-4,
        1.388_888_888_888_373_2e-3,
        8.333_333_333_326_112e-3,
        4.166_666_666_666_667e-2,
        0.166_666_666_666_666_7,
        0.5
    ]
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of the rounded reference.
    fn ulps_f32(found: f32, exact: f64) -> f64 {
        let ulp = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
        (f64::from(found) - exact).abs() / ulp
    }

    #[test]
    fn single_precision_is_within_units_of_the_last_place() {
        let (mut worst, mut worst_m1) = (0.0_f64, 0.0_f64);
        for k in -870_000..=880_000 {
            let x = (f64::from(k) * 1.000_037e-4) as f32;
            let x = x.clamp(-87.0, 88.0);
            worst = worst.max(ulps_f32(exp_f32(x), f64::from(x).exp()));
            worst_m1 = worst_m1.max(ulps_f32(exp_m1_f32(x), f64::from(x).exp_m1()));
        }
        for k in 1..=100_000 {
            let x = (f64::from(k) * 7e-6) as f32;
            worst_m1 = worst_m1.max(ulps_f32(exp_m1_f32(x), f64::from(x).exp_m1()));
            worst_m1 = worst_m1.max(ulps_f32(exp_m1_f32(-x), f64::from(-x).exp_m1()));
        }
        assert!(worst < 1.1, "exp: {worst}");
        assert!(worst_m1 < 2.0, "exp_m1: {worst_m1}");
    }

    #[test]
    fn double_precision_is_that_of_the_platform() {
        for k in -70_800..=70_900 {
            let x = f64::from(k) * 1e-2;
            let reference = x.exp();
            assert!((exp_f64(x) - reference).abs() <= 2.0 * f64::EPSILON * reference, "exp({x})");
            let reference = (x * 1e-3).exp_m1();
            assert!((exp_m1_f64(x * 1e-3) - reference).abs() <= 2.0 * f64::EPSILON * reference.abs(), "exp_m1({x}e-3)");
        }
    }

    #[test]
    fn extreme_arguments_saturate_and_nan_stays() {
        for x in [1e3, 1e30, f32::INFINITY] {
            assert!(exp_f32(x).is_finite() && exp_f32(x) > 1e38 && exp_f32(-x) > 0.0 && exp_f32(-x) < 2e-38);
            assert!(exp_m1_f32(x).is_finite() && exp_m1_f32(-x) == -1.0);
        }
        assert!(exp_f64(f64::INFINITY).is_finite() && exp_f64(f64::NEG_INFINITY) > 0.0);
        assert!(exp_f32(f32::NAN).is_nan() && exp_m1_f32(f32::NAN).is_nan());
        assert!(exp_f64(f64::NAN).is_nan() && exp_m1_f64(f64::NAN).is_nan());
        assert!(exp_f32(0.0) == 1.0 && exp_m1_f32(0.0) == 0.0 && exp_f64(0.0) == 1.0 && exp_m1_f64(0.0) == 0.0);
    }
}
