//! Standard normal numbers in bulk.
//!
//! Box and Muller's transformation of pairs of 32-bit numbers, in single precision and in vector registers:
//!
//! z = sqrt(-2 ln u) cos 2 pi v,  z' = sqrt(-2 ln u) sin 2 pi v,  u = (k + 1/2) 2^-32, v = k' 2^-32.
//!
//! Numbers are independent to the resolution of 24 bits, and reach 6.8 standard deviations, as far as 32 bits can say. The
//! logarithm and both circular functions are polynomials here, so that all instruction sets give the same bits.
//!
//! Sources: Box and Muller 1958, doi:10.1214/aoms/1177706645; polynomials: S. Moshier, Cephes library, single precision.

use rand::Rng;

/// Pairs that are made together.
const LANES: usize = 16;
/// Numbers of a block.
const BLOCK: usize = 2 * LANES;

/// Fills a slice. A longer slice begins with the numbers of a shorter one.
pub(crate) fn fill_normals(rng: &mut impl Rng, values: &mut [f64]) {
    let mut bytes = [0_u8; 4 * BLOCK * 16];
    for part in values.chunks_mut(BLOCK * 16) {
        let bytes = &mut bytes[..4 * BLOCK * part.len().div_ceil(BLOCK)];
        rng.fill_bytes(bytes);
        transform(bytes, part);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq", "x86_64+avx2"))]
fn transform(bytes: &[u8], values: &mut [f64]) {
    for (bytes, part) in bytes.chunks_exact(4 * BLOCK).zip(values.chunks_mut(BLOCK)) {
        let word = |i: usize| u32::from_le_bytes([bytes[4 * i], bytes[4 * i + 1], bytes[4 * i + 2], bytes[4 * i + 3]]);
        let mut words = [0_u32; BLOCK];
        for (i, out) in words.iter_mut().enumerate() {
            *out = word(i);
        }
        let mut block = [0.0_f32; BLOCK];
        for i in 0..LANES {
            let radius = (-2.0 * ln_uniform(words[i])).sqrt();
            let (cos, sin) = circle(words[LANES + i]);
            block[i] = radius * cos;
            block[LANES + i] = radius * sin;
        }
        match <&mut [f64; BLOCK]>::try_from(&mut *part) {
            Ok(whole) => {
                for i in 0..BLOCK {
                    whole[i] = f64::from(block[i]);
                }
            }
            Err(_) => part.iter_mut().zip(block).for_each(|(value, z)| *value = f64::from(z)),
        }
    }
}

/// ln((k + 1/2) 2^-32), at most 0. Two halves of 16 bits keep every bit of k that a float has room for.
#[inline(always)]
fn ln_uniform(k: u32) -> f32 {
    let high = (k >> 16) as i32 as f32;
    let low = (k & 0xffff) as i32 as f32;
    let u = (high * 65536.0 + (low + 0.5)) * (1.0 / 4_294_967_296.0);
    // m in [sqrt(1/2), sqrt 2), u = m 2^e.
    let bits = u.to_bits() as i32;
    let shifted = bits - 0x3f35_04f3;
    let e = (shifted >> 23) as f32;
    let m = f32::from_bits((bits - (shifted & -0x0080_0000)) as u32);
    let x = m - 1.0;
    let z = x * x;
    let mut p = 7.037_683_6e-2_f32;
    for c in [
        -1.151_461e-1,
        1.167_699_87e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_7e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p * x + c;
    }
    let y = p * x * z + e * -2.121_944_4e-4 - 0.5 * z;
    (x + y + e * 0.693_359_4).min(0.0)
}

/// Cosine and sine of 2 pi k 2^-32 + pi/4: a quarter by the upper two bits, within it an angle between -pi/4 and pi/4.
#[inline(always)]
fn circle(k: u32) -> (f32, f32) {
    let quarter = k >> 30;
    let t = ((k & 0x3fff_ffff) as i32 - 0x2000_0000) as f32 * (std::f32::consts::FRAC_PI_2 / 1_073_741_824.0);
    let z = t * t;
    let sin = ((-1.951_529_6e-4 * z + 8.332_161e-3) * z - 1.666_665_5e-1) * z * t + t;
    let cos = ((2.443_315_7e-5 * z - 1.388_731_6e-3) * z + 4.166_664_6e-2) * z * z - 0.5 * z + 1.0;
    let (a, b) = if quarter & 1 == 0 { (cos, sin) } else { (-sin, cos) };
    if quarter & 2 == 0 { (a, b) } else { (-a, -b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn logarithm_and_circle_are_those_of_double_precision() {
        let mut k = 1_u32;
        for step in 0..200_000_u32 {
            let u = (f64::from(k) + 0.5) / 4_294_967_296.0;
            let (found, expected) = (f64::from(ln_uniform(k)), u.ln());
            // Near u = 1 a float cannot tell 1 - u from its neighbours.
            assert!((found - expected).abs() <= 2e-7 * expected.abs() + 7e-8, "{k}: {found} {expected}");
            let angle = std::f64::consts::TAU * f64::from(k) / 4_294_967_296.0 - std::f64::consts::FRAC_PI_4;
            let (cos, sin) = circle(k);
            assert!((f64::from(cos) - angle.cos()).abs() < 2e-7 && (f64::from(sin) - angle.sin()).abs() < 2e-7, "{k}");
            k = k.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) >> (step % 23);
        }
        for k in [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX - 1, u32::MAX] {
            assert!(ln_uniform(k) <= 0.0 && ln_uniform(k) > -22.9, "{k}");
        }
    }

    #[test]
    fn a_longer_slice_begins_with_the_shorter_one() {
        let drawn = |count: usize| {
            let mut values = vec![0.0; count];
            fill_normals(&mut ChaCha8Rng::seed_from_u64(3), &mut values);
            values
        };
        let long = drawn(2000);
        for count in [0, 1, 15, 16, 17, 31, 32, 33, 511, 512, 513, 1999] {
            assert_eq!(drawn(count), long[..count], "{count}");
        }
    }

    /// Moments to the sixth, the tails, and products of neighbours at the distances that share a pair or a block.
    #[test]
    fn numbers_are_standard_normal_and_independent() {
        const COUNT: usize = 1 << 21;
        let mut z = vec![0.0; COUNT];
        fill_normals(&mut ChaCha8Rng::seed_from_u64(4), &mut z);
        let n = COUNT as f64;
        let moment = |power: i32| z.iter().map(|z| z.powi(power)).sum::<f64>() / n;
        // Variance of z^p is (2p - 1)!! - ((p - 1)!!)^2 for even p.
        for (power, expected, variance) in
            [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (5, 0.0, 945.0), (6, 15.0, 10170.0)]
        {
            let error = (variance / n).sqrt();
            assert!((moment(power) - expected).abs() < 4.0 * error, "moment {power}: {}", moment(power));
        }
        for (bound, share) in [(1.0, 0.317_310_5), (2.0, 0.045_500_26), (3.0, 2.699_796e-3), (4.0, 6.334_248e-5)] {
            let found = z.iter().filter(|z| z.abs() > bound).count() as f64 / n;
            assert!((found - share).abs() < 4.0 * (share / n).sqrt(), "beyond {bound}: {found}");
        }
        for distance in [1, LANES, BLOCK, 512] {
            let pairs = || z.iter().zip(&z[distance..]);
            let (product, squares) = pairs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x * y, b + x * x * y * y));
            assert!(product.abs() < 4.0 * n.sqrt(), "distance {distance}: {}", product / n);
            assert!((squares / n - 1.0).abs() < 4.0 * (8.0 / n).sqrt(), "squares at {distance}: {}", squares / n);
        }
    }
}
