//! Tables of the decays' powers and the geometric sums over silent stretches.

use super::coefficients::cast;
use crate::factored::FactoredRule;
use num_traits::Float;

/// Powers of the decays of the traces per type, and the factors of the geometric sums.
#[derive(Debug, Clone, Default)]
pub(super) struct Powers<F> {
    types_post: usize,
    /// Entries per type: powers 0 to the longest stretch.
    entries: usize,
    pre: Vec<F>,
    reward: Vec<F>,
    /// Decay of X_post per step and type.
    pub post: Vec<F>,
    /// Decays of the slow traces per step.
    pub slow: Option<[F; 2]>,
    /// `1/(1 - q)` for q = rho_m and rho_m^2 (per m), and the same times rho_R^n (per m, n).
    inverse_x: Vec<F>,
    inverse_xx: Vec<F>,
    inverse_x_r: Vec<F>,
    inverse_xx_r: Vec<F>,
    /// `1/(1 - q)` and `q/(1 - q)` for q = rho_m rho_n, and for q = rho_m rho_n rho_R^n (per m, n).
    pub pair: Vec<[F; 2]>,
    pub pair_r: Vec<[F; 2]>,
}

/// Powers below this are 0: no denormal numbers.
const SMALLEST: f64 = 1e-30;

impl<F: Float> Powers<F> {
    /// Takes over the time constants of a rule, for stretches of up to `longest` steps.
    pub fn set(&mut self, rule: &FactoredRule, dt_ms: f64, longest: usize) {
        let decay = |tau_ms: &[f64]| tau_ms.iter().map(|tau| (-dt_ms / tau).exp()).collect::<Vec<f64>>();
        let pre = decay(rule.tau_pre_ms());
        let post = decay(rule.tau_post_ms());
        let reward = decay(rule.tau_reward_ms());
        self.types_post = rule.types_post();
        self.entries = longest + 1;
        for (table, tau_ms) in [(&mut self.pre, rule.tau_pre_ms()), (&mut self.reward, rule.tau_reward_ms())] {
            table.clear();
            for tau in tau_ms {
                let power = |k: usize| (-dt_ms * k as f64 / tau).exp();
                table.extend((0..=longest).map(power).map(|x| if x < SMALLEST { F::zero() } else { cast(x) }));
            }
        }
        self.post.clear();
        self.post.extend(post.iter().map(|&q| cast::<F>(q)));
        let slow_decay = |tau: f64| cast::<F>((-dt_ms / tau).exp());
        self.slow = rule.slow_traces().map(|s| [slow_decay(s.tau_pre_ms), slow_decay(s.tau_post_ms)]);

        let inverse = |q: f64| cast::<F>(1.0 / (1.0 - q));
        let both = |q: f64| [cast::<F>(1.0 / (1.0 - q)), cast::<F>(q / (1.0 - q))];
        self.inverse_x.clear();
        self.inverse_xx.clear();
        for list in [&mut self.inverse_x_r, &mut self.inverse_xx_r] {
            list.clear();
        }
        self.pair.clear();
        self.pair_r.clear();
        for &m in &pre {
            self.inverse_x.push(inverse(m));
            self.inverse_xx.push(inverse(m * m));
            for (n, r) in post.iter().zip(&reward) {
                self.inverse_x_r.push(inverse(m * r));
                self.inverse_xx_r.push(inverse(m * m * r));
                self.pair.push(both(m * n));
                self.pair_r.push(both(m * n * r));
            }
        }
    }

    /// `rho_m^k`, the decay of a presynaptic trace over k steps.
    #[inline]
    pub fn e(&self, m: usize, k: usize) -> F {
        self.pre[m * self.entries + k]
    }

    /// `rho_R^n` to the k.
    #[inline]
    pub fn r(&self, n: usize, k: usize) -> F {
        self.reward[n * self.entries + k]
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
        (F::one() - self.e(m, k) * self.r(n, k)) * self.inverse_x_r[m * self.types_post + n]
    }

    /// `sum_{l<k} (rho_m^2 rho_R^n)^l`.
    pub fn sum_xx_r(&self, m: usize, n: usize, k: usize) -> F {
        let q = self.e(m, k);
        (F::one() - q * q * self.r(n, k)) * self.inverse_xx_r[m * self.types_post + n]
    }
}
