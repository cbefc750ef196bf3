//! The coefficients of a rule by what they multiply.

use super::powers::Powers;
use crate::factored::{FactoredRule, Pairing};
use crate::taylor::TERMS;
use num_traits::Float;

/// One list per term, indexed by the types it depends on; a list is all 0 where the term is off. Names follow the
/// terms, `_r` those times R.
#[derive(Debug, Clone, Default)]
pub(super) struct Coefficients<F> {
    pub types_pre: usize,
    pub types_post: usize,
    pub s_pre: Vec<F>,
    pub x_pre: Vec<F>,
    pub sx_pre: Vec<F>,
    pub xx_pre: Vec<F>,
    pub s_post: Vec<F>,
    pub x_post: Vec<F>,
    pub sx_post: Vec<F>,
    pub xx_post: Vec<F>,
    pub ss: Vec<F>,
    pub sx: Vec<F>,
    pub xs: Vec<F>,
    pub xx: Vec<F>,
    pub s_pre_r: Vec<F>,
    pub x_pre_r: Vec<F>,
    pub sx_pre_r: Vec<F>,
    pub xx_pre_r: Vec<F>,
    pub s_post_r: Vec<F>,
    pub x_post_r: Vec<F>,
    pub sx_post_r: Vec<F>,
    pub xx_post_r: Vec<F>,
    pub ss_r: Vec<F>,
    pub sx_r: Vec<F>,
    pub xs_r: Vec<F>,
    pub xx_r: Vec<F>,
    pub r_alone: Vec<F>,
    /// `S_pre X_post Y_pre` and `S_post X_pre Y_post`.
    pub slow_pre: Vec<F>,
    pub slow_post: Vec<F>,
    pub nearest: bool,
    pub uses: Uses,
}

/// Which parts of the engine a rule needs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Uses {
    /// Some term is of the postsynaptic neuron alone, or R alone.
    pub drift: bool,
    /// Of those, one changes in every step.
    pub drift_every_step: bool,
    /// `S_post X_pre` or `X_pre X_post`: sums over the spikes of the postsynaptic neuron.
    pub pairs: bool,
    /// `X_pre X_post`, and with R.
    pub xx: bool,
    pub xx_r: bool,
    /// Some term reads the postsynaptic trace, and some at a touch.
    pub x_post: bool,
    pub x_post_at_touch: bool,
    /// `S_pre S_post`.
    pub ss: bool,
    /// `X_pre R` or `X_pre^2 R`: sums along a row that a reward event must close.
    pub row_reward: bool,
    /// Triplet terms.
    pub slow: bool,
}

impl<F: Float> Coefficients<F> {
    /// Takes over a rule; keeps the memory of the last one.
    pub fn set(&mut self, rule: &FactoredRule) {
        (self.types_pre, self.types_post) = (rule.types_pre(), rule.types_post());
        let lists = [
            &mut self.s_pre,
            &mut self.x_pre,
            &mut self.sx_pre,
            &mut self.xx_pre,
            &mut self.s_post,
            &mut self.x_post,
            &mut self.sx_post,
            &mut self.xx_post,
            &mut self.ss,
            &mut self.sx,
            &mut self.xs,
            &mut self.xx,
            &mut self.s_pre_r,
            &mut self.x_pre_r,
            &mut self.sx_pre_r,
            &mut self.xx_pre_r,
            &mut self.s_post_r,
            &mut self.x_post_r,
            &mut self.sx_post_r,
            &mut self.xx_post_r,
            &mut self.ss_r,
            &mut self.sx_r,
            &mut self.xs_r,
            &mut self.xx_r,
            &mut self.r_alone,
        ];
        for (&term, list) in TERMS.iter().zip(lists) {
            list.clear();
            list.extend(rule.coefficients(term).iter().map(|&c| cast::<F>(c)));
            list.resize(rule.count(term), F::zero());
        }
        for list in [&mut self.slow_pre, &mut self.slow_post] {
            list.clear();
        }
        if let Some(slow) = rule.slow_traces() {
            self.slow_pre.extend(slow.on_pre.iter().map(|&c| cast::<F>(c)));
            self.slow_post.extend(slow.on_post.iter().map(|&c| cast::<F>(c)));
        }
        self.nearest = rule.pairing() == Pairing::NearestSpike;
        self.uses = Uses::of(rule);
    }
}

impl<F: Float> Coefficients<F> {
    /// The factors K of `X_pre X_post` at the end of a sum for presynaptic type `m`, handed to `take(n, K)`:
    /// `c q/(1-q)` with the step of a touch in the sum, `c/(1-q)` between two steps.
    #[inline]
    pub fn boundary(&self, powers: &Powers<F>, reward: &[F], m: usize, in_step: bool, mut take: impl FnMut(usize, F)) {
        let row = m * self.types_post..(m + 1) * self.types_post;
        let kind = usize::from(in_step);
        let plain = self.xx[row.clone()].iter().zip(&powers.pair[row.clone()]);
        let rewarded = self.xx_r[row.clone()].iter().zip(&powers.pair_r[row]);
        for (n, (((&c, q), (&c_r, q_r)), &r)) in plain.zip(rewarded).zip(reward).enumerate() {
            take(n, c * q[kind] + c_r * r * q_r[kind]);
        }
    }
}

impl Uses {
    fn of(rule: &FactoredRule) -> Self {
        let any = |list: &[usize]| list.iter().any(|&k| rule.is_active(TERMS[k - 1]));
        let slow = rule.slow_traces().is_some();
        Self {
            drift: any(&[5, 6, 7, 8, 17, 18, 19, 20, 25]),
            drift_every_step: any(&[6, 8, 18, 20, 25]),
            pairs: slow || any(&[11, 12, 23, 24]),
            xx: any(&[12, 24]),
            xx_r: any(&[24]),
            x_post: slow || any(&[6, 7, 8, 10, 12, 18, 19, 20, 22, 24]),
            x_post_at_touch: slow || any(&[10, 12, 22, 24]),
            ss: any(&[9, 21]),
            row_reward: any(&[14, 16]),
            slow,
        }
    }
}

/// A number in the precision of an engine.
pub(super) fn cast<F: Float>(x: f64) -> F {
    F::from(x).unwrap_or_else(F::zero)
}
