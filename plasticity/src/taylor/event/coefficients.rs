//! The coefficients of a rule by what they multiply, with gates already applied.

use super::super::{TERMS, TaylorRule, TermKind};
use num_traits::Float;

/// One list per term, indexed by the types it depends on; a list is all 0 where the gate is off. Names follow the
/// terms, `_r` those times R.
#[derive(Debug, Clone)]
pub(super) struct Coefficients<F> {
    pub types: usize,
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
    pub r_alone: F,
    /// Some term sums over the postsynaptic neuron alone or is R alone.
    pub uses_drift: bool,
    /// Some term needs the presynaptic trace and the postsynaptic neuron between touches.
    pub uses_history: bool,
    /// Some term with `S_pre` needs the postsynaptic neuron in the step of the touch.
    pub uses_coincidence: bool,
    /// Some term reads the postsynaptic trace.
    pub uses_x_post: bool,
    /// Some term has R as a factor.
    pub uses_reward: bool,
}

impl<F: Float> Coefficients<F> {
    pub fn new(rule: &TaylorRule) -> Self {
        let mut lists: Vec<Vec<F>> = TERMS
            .iter()
            .map(|&term| {
                let gate = if rule.is_active(term) { 1.0 } else { 0.0 };
                let cast = |&c: &f64| F::from(gate * c).unwrap_or_else(F::zero);
                rule.coefficients(term).iter().map(cast).collect()
            })
            .collect();
        let on = |k: usize| rule.gates()[k - 1];
        let any = |list: &[usize]| list.iter().any(|&k| on(k));
        let mut take = |k: usize| std::mem::take(&mut lists[k - 1]);
        debug_assert!(TERMS[24].kind() == TermKind::Reward);
        Self {
            types: rule.types(),
            s_pre: take(1),
            x_pre: take(2),
            sx_pre: take(3),
            xx_pre: take(4),
            s_post: take(5),
            x_post: take(6),
            sx_post: take(7),
            xx_post: take(8),
            ss: take(9),
            sx: take(10),
            xs: take(11),
            xx: take(12),
            s_pre_r: take(13),
            x_pre_r: take(14),
            sx_pre_r: take(15),
            xx_pre_r: take(16),
            s_post_r: take(17),
            x_post_r: take(18),
            sx_post_r: take(19),
            xx_post_r: take(20),
            ss_r: take(21),
            sx_r: take(22),
            xs_r: take(23),
            xx_r: take(24),
            r_alone: take(25)[0],
            uses_drift: any(&[5, 6, 7, 8, 17, 18, 19, 20, 25]),
            uses_history: any(&[11, 12, 23, 24]),
            uses_coincidence: any(&[9, 10, 21, 22]),
            uses_x_post: any(&[6, 7, 8, 10, 12, 18, 19, 20, 22, 24]),
            uses_reward: (13..=25).any(on),
        }
    }
}
