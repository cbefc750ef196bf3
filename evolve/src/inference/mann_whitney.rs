//! Mann-Whitney U test: do two independent samples come from one distribution?
//!
//! U counts the pairs (x, y) with x > y, ties as one half. Without ties and for small samples the p-value
//! is exact: the number of orders of the pooled sample with U = u follows N(u; m, n) = N(u - n; m - 1, n) +
//! N(u; m, n - 1). Otherwise U is taken as normal with mean m n / 2, the variance corrected for ties, and a
//! continuity correction of 1/2.
//!
//! Source: Mann and Whitney 1947, doi:10.1214/aoms/1177730491; ties: Lehmann 1975, Nonparametrics, ch. 1.

use statrs::function::erf::erfc;

/// Largest product of the sample sizes for which the exact distribution is used.
const LARGEST_EXACT: usize = 2500;

/// Result of [`mann_whitney`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// Pairs in which the first sample is larger, ties counting one half.
    pub u: f64,
    /// Two-sided p-value.
    pub p: f64,
}

/// Compares two samples of finite numbers; `None` if one is empty or has a NaN.
#[must_use]
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<RankTest> {
    let (m, n) = (first.len(), second.len());
    let mut pooled = [first, second].concat();
    if m == 0 || n == 0 || pooled.iter().any(|value| value.is_nan()) {
        return None;
    }
    let pairs = first.iter().flat_map(|x| second.iter().map(move |y| (x, y)));
    let score = |(x, y): (&f64, &f64)| {
        if x > y {
            1.0
        } else if x == y {
            0.5
        } else {
            0.0
        }
    };
    let u: f64 = pairs.map(score).sum();
    pooled.sort_unstable_by(f64::total_cmp);
    let tie_sizes = pooled.chunk_by(|a, b| a == b).map(|tied| tied.len() as f64);
    let ties: f64 = tie_sizes.map(|size| size.powi(3) - size).sum();
    let (m_f, n_f) = (m as f64, n as f64);
    let largest = u.max(m_f * n_f - u);
    let p = if ties == 0.0 && m * n <= LARGEST_EXACT {
        let orders = orders_by_u(m, n);
        let total: f64 = orders.iter().sum();
        2.0 * orders[largest as usize..].iter().sum::<f64>() / total
    } else {
        let all = m_f + n_f;
        let variance = m_f * n_f / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
        if variance <= 0.0 {
            1.0 // all values are equal
        } else {
            let z = (largest - 0.5 * m_f * n_f - 0.5) / variance.sqrt();
            erfc(z / std::f64::consts::SQRT_2)
        }
    };
    Some(RankTest { u, p: p.clamp(0.0, 1.0) })
}

/// Number of orders of m and n values for every U = 0 to m n (exact in f64 up to 2^53, relative 1e-15 above).
fn orders_by_u(m: usize, n: usize) -> Vec<f64> {
    // Column of N(.; i, j) for j = 0..=n, updated for i = 1..=m.
    let mut columns: Vec<Vec<f64>> = vec![vec![1.0]; n + 1];
    for i in 1..=m {
        columns[0] = vec![1.0];
        for j in 1..=n {
            let mut next = vec![0.0; i * j + 1];
            for (u, count) in columns[j].iter().enumerate() {
                next[u + j] += count; // the largest value is one of the first sample
            }
            for (u, count) in columns[j - 1].iter().enumerate() {
                next[u] += count; // the largest value is one of the second sample
            }
            columns[j] = next;
        }
    }
    columns.swap_remove(n)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn exact_distribution() {
        // All 20 orders of 3 and 3 values by U (Mann and Whitney 1947, table I).
        assert_eq!(orders_by_u(3, 3), [1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.0, 1.0]);
        assert_eq!(orders_by_u(11, 11).iter().sum::<f64>(), 705_432.0); // 22 choose 11
        // Complete separation: 2 of the 20 orders.
        let test = mann_whitney(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!(test, RankTest { u: 9.0, p: 0.1 });
        assert_eq!(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap().p, 0.1);
    }

    #[test]
    fn a_worked_example_and_its_normal_approximation() {
        // Diabetes example of the SciPy documentation: U = 17, exact p = 1/9, asymptotic p = 0.11134688653.
        let (men, women) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        let test = mann_whitney(&men, &women).unwrap();
        assert_eq!(test.u, 17.0);
        assert!((test.p - 1.0 / 9.0).abs() < 1e-12);
        let variance: f64 = 5.0 * 4.0 / 12.0 * 10.0;
        let normal = erfc((17.0 - 10.0 - 0.5) / variance.sqrt() / std::f64::consts::SQRT_2);
        assert!((normal - 0.111_346_886_533_140_41).abs() < 1e-9, "{normal}");
    }

    #[test]
    fn ties_use_the_corrected_variance() {
        // Ranks 1, 3, 3 and 3, 5.5, 5.5: U = 1, mean 4.5, variance 9/12 (7 - (24 + 6)/30) = 4.5.
        let test = mann_whitney(&[1.0, 2.0, 2.0], &[2.0, 3.0, 3.0]).unwrap();
        assert_eq!(test.u, 1.0);
        assert!((test.p - erfc(3.0 / 4.5_f64.sqrt() / std::f64::consts::SQRT_2)).abs() < 1e-12);
        assert_eq!(mann_whitney(&[1.0; 4], &[1.0; 5]).unwrap().p, 1.0);
        assert!(mann_whitney(&[], &[1.0]).is_none() && mann_whitney(&[f64::NAN], &[1.0]).is_none());
    }
}
