//! Tables of the decays' powers and the geometric sums over silent stretches.

use super::super::TaylorRule;
use num_traits::Float;

/// Powers of the decays of X and R per type, and the factors 1/(1 - q) of the geometric sums.
#[derive(Debug, Clone)]
pub(super) struct Powers<F> {
    types: usize,
    length: usize,
    e: Vec<F>,
    r: Vec<F>,
    /// `1/(1 - q)` for q = rho_m, rho_m^2 (per m), rho_m rho_n, and the same three times rho_R^n (per m, n).
    inverse_x: Vec<F>,
    inverse_xx: Vec<F>,
    inverse_pair: Vec<F>,
    inverse_x_r: Vec<F>,
    inverse_xx_r: Vec<F>,
    inverse_pair_r: Vec<F>,
}

impl<F: Float> Powers<F> {
    pub fn new(rule: &TaylorRule, dt_ms: f64, length: usize) -> Self {
        let types = rule.types();
        let decay = |tau_ms: &[f64]| tau_ms.iter().map(|tau| (-dt_ms / tau).exp()).collect::<Vec<f64>>();
        let (rho, rho_r) = (decay(rule.tau_e_ms()), decay(rule.tau_r_ms()));
        let cast = |x: f64| F::from(x).unwrap_or_else(F::zero);
        let table = |tau_ms: &[f64]| {
            tau_ms
                .iter()
                .flat_map(|tau| (0..=length).map(move |k| (-dt_ms * k as f64 / tau).exp()))
                .map(|x| if x < 1e-30 { F::zero() } else { cast(x) })
                .collect()
        };
        let inverse = |q: f64| cast(1.0 / (1.0 - q));
        let pairs = |q: &dyn Fn(usize, usize) -> f64| {
            (0..types * types).map(|k| inverse(q(k / types, k % types))).collect::<Vec<F>>()
        };
        Self {
            types,
            length,
            e: table(rule.tau_e_ms()),
            r: table(rule.tau_r_ms()),
            inverse_x: rho.iter().map(|&q| inverse(q)).collect(),
            inverse_xx: rho.iter().map(|&q| inverse(q * q)).collect(),
            inverse_pair: pairs(&|m, n| rho[m] * rho[n]),
            inverse_x_r: pairs(&|m, n| rho[m] * rho_r[n]),
            inverse_xx_r: pairs(&|m, n| rho[m] * rho[m] * rho_r[n]),
            inverse_pair_r: pairs(&|m, n| rho[m] * rho[n] * rho_r[n]),
        }
    }

    /// `rho_m^k`, the decay of a trace over k steps.
    #[inline]
    pub fn e(&self, m: usize, k: usize) -> F {
        self.e[m * (self.length + 1) + k]
    }

    /// `rho_R^n` to the k.
    #[inline]
    pub fn r(&self, n: usize, k: usize) -> F {
        self.r[n * (self.length + 1) + k]
    }

    /// All powers of `rho_m`.
    #[inline]
    pub fn e_row(&self, m: usize) -> &[F] {
        &self.e[m * (self.length + 1)..(m + 1) * (self.length + 1)]
    }

    /// All powers of `rho_R^n`.
    #[inline]
    pub fn r_row(&self, n: usize) -> &[F] {
        &self.r[n * (self.length + 1)..(n + 1) * (self.length + 1)]
    }

    /// `sum_{l<k} rho_m^l`.
    pub fn sum_x(&self, m: usize, k: usize) -> F {
        (F::one() - self.e(m, k)) * self.inverse_x[m]
    }

    /// `sum_{l<k} rho_m^2l`.
    pub fn sum_xx(&self, m: usize, k: usize) -> F {
        let q = self.e(m, k);
        (F::one() - q * q) * self.inverse_xx[m]
    }

    /// `sum_{l<k} (rho_m rho_R^n)^l`.
    pub fn sum_x_r(&self, m: usize, n: usize, k: usize) -> F {
        (F::one() - self.e(m, k) * self.r(n, k)) * self.inverse_x_r[m * self.types + n]
    }

    /// `sum_{l<k} (rho_m^2 rho_R^n)^l`.
    pub fn sum_xx_r(&self, m: usize, n: usize, k: usize) -> F {
        let q = self.e(m, k);
        (F::one() - q * q * self.r(n, k)) * self.inverse_xx_r[m * self.types + n]
    }

    /// `1/(1 - rho_m rho_n)` and `1/(1 - rho_m rho_n rho_R^n)`.
    pub fn inverse_pair(&self, m: usize, n: usize) -> (F, F) {
        (self.inverse_pair[m * self.types + n], self.inverse_pair_r[m * self.types + n])
    }
}
