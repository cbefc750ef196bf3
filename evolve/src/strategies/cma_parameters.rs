//! Default parameters of the CMA-ES family.
//!
//! For n genes and l candidates, with w'_i = ln((l + 1)/2) - ln i:
//!
//! | symbol | field | value |
//! |---|---|---|
//! | mu | `parents` | floor(l/2) |
//! | w_i | `weights` | w'_i / sum w'+ for i <= mu; a w'_i / sum |w'-| for w'_i < 0 |
//! | a | | min(1 + c_1/c_mu, 1 + 2 mu_eff-/(mu_eff + 2), (1 - c_1 - c_mu)/(n c_mu)) |
//! | mu_eff | `mu_eff` | (sum_(i<=mu) w_i)^2 / sum_(i<=mu) w_i^2 (mu_eff-: the same over the negative ones) |
//! | c_c | `c_c` | (4 + mu_eff/n) / (n + 4 + 2 mu_eff/n) |
//! | c_sigma | `c_sigma` | (mu_eff + 2) / (n + mu_eff + 5) |
//! | d_sigma | `d_sigma` | 1 + 2 max(0, sqrt((mu_eff - 1)/(n + 1)) - 1) + c_sigma |
//! | c_1 | `c_1` | 2 / ((n + 1.3)^2 + mu_eff) |
//! | c_mu | `c_mu` | min(1 - c_1, 2 (1/4 + mu_eff + 1/mu_eff - 2) / ((n + 2)^2 + mu_eff)) |
//! | E norm | `chi_n` | sqrt(n) (1 - 1/(4n) + 1/(21 n^2)), about the mean length of a standard normal vector |
//!
//! Source: Hansen 2016, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772, table 1 (version of 2023).

/// Weights and rates.
#[derive(Clone, Debug, PartialEq)]
pub struct CmaParameters {
    /// Number of candidates with positive weight.
    pub parents: usize,
    /// Weights for ranks 1 (best) to l; the worse ones are negative.
    pub weights: Vec<f64>,
    /// Variance-effective number of parents.
    pub mu_eff: f64,
    /// Rate of the evolution path of the covariance matrix.
    pub c_c: f64,
    /// Rate of the evolution path of the step size.
    pub c_sigma: f64,
    /// Damping of the step size.
    pub d_sigma: f64,
    /// Rate of the rank-one update.
    pub c_1: f64,
    /// Rate of the rank-mu update.
    pub c_mu: f64,
    /// Approximate mean length of a standard normal vector.
    pub chi_n: f64,
}

impl CmaParameters {
    /// Defaults for so many genes and candidates (at least 2).
    #[must_use]
    pub fn new(genes: usize, candidates: usize) -> Self {
        let n = genes as f64;
        let middle = ((candidates as f64 + 1.0) / 2.0).ln();
        let raw: Vec<f64> = (1..=candidates).map(|i| middle - (i as f64).ln()).collect();
        let parents = candidates / 2;
        let sum: f64 = raw[..parents].iter().sum();
        let mu_eff = sum * sum / raw[..parents].iter().map(|w| w * w).sum::<f64>();
        let negative = raw[parents..].iter().filter(|w| **w < 0.0);
        let (sum_negative, squares) = negative.fold((0.0, 0.0), |(sum, squares), w| (sum - w, squares + w * w));
        let mu_eff_negative = if squares > 0.0 { sum_negative * sum_negative / squares } else { 0.0 };
        let c_1 = 2.0 / ((n + 1.3) * (n + 1.3) + mu_eff);
        let c_mu = (2.0 * (0.25 + mu_eff + 1.0 / mu_eff - 2.0) / ((n + 2.0) * (n + 2.0) + mu_eff)).min(1.0 - c_1);
        let by_rates = if c_mu > 0.0 { (1.0 + c_1 / c_mu).min((1.0 - c_1 - c_mu) / (n * c_mu)) } else { 0.0 };
        let alpha = by_rates.min(1.0 + 2.0 * mu_eff_negative / (mu_eff + 2.0)).max(0.0);
        let weight = |(i, w): (usize, &f64)| {
            if i < parents {
                w / sum
            } else if *w < 0.0 {
                alpha * w / sum_negative
            } else {
                0.0
            }
        };
        let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
        Self {
            parents,
            weights: raw.iter().enumerate().map(weight).collect(),
            mu_eff,
            c_c: (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n),
            c_sigma,
            d_sigma: 1.0 + 2.0 * (((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma,
            c_1,
            c_mu,
            chi_n: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
        }
    }

    /// Whether the step-size path is short enough for the rank-one update, after `updates` updates of it.
    pub(crate) fn path_is_short(&self, path_length: f64, updates: u64, genes: usize) -> bool {
        let grown = 1.0 - (1.0 - self.c_sigma).powf(2.0 * updates as f64);
        path_length / grown.sqrt() < (1.4 + 2.0 / (genes as f64 + 1.0)) * self.chi_n
    }

    /// Factor of the step size for a path of this length, at most e.
    pub(crate) fn step_factor(&self, path_length: f64) -> f64 {
        (self.c_sigma / self.d_sigma * (path_length / self.chi_n - 1.0)).min(1.0).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n, l, mu_eff, c_c, c_sigma, d_sigma, c_1, c_mu, chi_n, first, second, mu-th and last weight: the formulas
    /// evaluated with numpy 2.4.6; c_c, c_1, c_mu and mu_eff equal those of pycma 4.5.0 up to n = 100.
    #[rustfmt::skip]
    const TABLE: [[f64; 13]; 6] = [
        [2.0, 6.0, 2.02861146461, 0.624554539027, 0.446204987378, 1.44620498738, 0.154815399896, 0.0855927794267, 1.25427274282, 0.637042571241, 0.284570257438, 0.0783871713208, -1.15598177816],
        [5.0, 8.0, 2.60017882611, 0.450199557993, 0.365088376093, 1.36508837609, 0.0472923041594, 0.047859049603, 2.12852375572, 0.529930184479, 0.285714285714, 0.0414983869498, -0.811149352026],
        [10.0, 10.0, 3.16729928141, 0.294990383036, 0.284428587946, 1.28442858795, 0.0152838245248, 0.0235517766504, 3.08472656517, 0.456272646903, 0.270753097002, 0.025509591836, -0.549749917697],
        [40.0, 15.0, 4.54091520908, 0.0930092166342, 0.132030568702, 1.1320305687, 0.00116943272526, 0.00340521964371, 6.2852150804, 0.344796198592, 0.229864132395, 0.0221410968507, -0.308367259321],
        [100.0, 17.0, 5.09618887861, 0.0389134200578, 0.064454446161, 1.06445444616, 0.000194802926954, 0.000680638141971, 9.97504761905, 0.315095875268, 0.215694193801, 0.0168908308666, -0.261726449239],
        [16384.0, 33.0, 9.43672419865, 0.000244116163701, 0.000697427711617, 1.00069742771, 7.44939813268e-09, 5.80459142934e-08, 127.998046898, 0.193267370907, 0.145984403841, 0.00413550264235, -0.12036367736],
    ];

    #[test]
    fn defaults_equal_the_published_formulas() {
        for row in TABLE {
            let p = CmaParameters::new(row[0] as usize, row[1] as usize);
            let last = p.weights.len() - 1;
            let weights = [p.weights[0], p.weights[1], p.weights[p.parents - 1], p.weights[last]];
            let found = [p.mu_eff, p.c_c, p.c_sigma, p.d_sigma, p.c_1, p.c_mu, p.chi_n].into_iter().chain(weights);
            for (place, (found, expected)) in found.zip(&row[2..]).enumerate() {
                assert!((found / expected - 1.0).abs() < 1e-10, "n = {}, {place}: {found} {expected}", row[0]);
            }
            assert!((p.weights[..p.parents].iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn tiny_problems_have_usable_rates() {
        for (genes, candidates) in [(1, 2), (1, 4), (2, 2), (1, 1000)] {
            let p = CmaParameters::new(genes, candidates);
            assert!(p.c_1 > 0.0 && p.c_mu >= 0.0 && p.c_1 + p.c_mu <= 1.0, "{p:?}");
            assert!(p.weights.iter().all(|w| w.is_finite()), "{p:?}");
        }
    }
}
