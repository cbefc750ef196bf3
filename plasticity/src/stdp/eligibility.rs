//! Reward-modulated STDP with an eligibility: pairs are remembered for seconds, until a reward turns them into change.
//!
//! ```text
//! e(t+1) = lambda (e(t) + A_+ S_post X_pre - A_- S_pre X_post),   lambda = exp(-dt/tau_c)
//! dw(t) = R(t) e(t),   R(t+1) = r R(t),   r = exp(-dt/tau_d), raised by delta_R at a reward event
//! ```
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | A_+, A_- | `pair.a_plus`, `pair.a_minus` | 0.1, 0.15 | |
//! | tau_+, tau_- | `pair.tau_plus_ms`, `pair.tau_minus_ms` | 20, 20 | ms |
//! | tau_c | `tau_c_ms` | 1000 | ms |
//! | tau_d | `tau_d_ms` | 200 | ms |
//!
//! Exact without a step for every synapse, on two [`EventDriven`] engines. From `R e (t+1) = r lambda (R e + R xi)(t)`, xi the
//! pair rule, follows, summed by parts with kappa = 1/(1 - r lambda),
//! `sum R e = kappa [R e]_start - kappa [R e]_end + kappa r lambda sum R xi`. So `W = w + kappa R e` follows the factored
//! rule `kappa r lambda R xi` and jumps by `kappa delta_R e` at a reward event; and `e` times the growing number
//! `G = lambda^-(t - t0)` follows `G xi`, a factored rule whose reward trace G grows, started anew before G is large.
//!
//! Source: Izhikevich 2007, Cereb Cortex 17:2443, doi 10.1093/cercor/bhl152; Florian 2007, doi
//! 10.1162/neco.2007.19.6.1468 (MSTDPET).

use super::reward::rewarded;
use super::{PairStdp, check};
use crate::bounds::Bounds;
use crate::error::{PlasticityError, check_values};
use crate::event::EventDriven;
use crate::factored::FactoredRule;
use evoplast_synapse::{Plastic, Row, StepSpikes, Topology};
use num_traits::Float;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Reward-modulated STDP with an eligibility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EligibilityStdp {
    /// The pair rule that feeds the eligibility.
    pub pair: PairStdp,
    /// Time constant of the eligibility (ms).
    pub tau_c_ms: f64,
    /// Time constant of the reward trace, dopamine (ms).
    pub tau_d_ms: f64,
}

impl Default for EligibilityStdp {
    fn default() -> Self {
        let pair = PairStdp { a_plus: 0.1, a_minus: 0.15, ..PairStdp::default() };
        Self { pair, tau_c_ms: 1000.0, tau_d_ms: 200.0 }
    }
}

/// [`EligibilityStdp`] on one projection. Bounds are hard or none, and act at touches.
#[derive(Debug, Clone)]
pub struct EligibilityEngine<F> {
    /// `W`, whose stored values are those of the projection, and `G e`.
    integral: EventDriven<F>,
    eligibility: EventDriven<F>,
    stored_eligibility: Vec<F>,
    upper: Arc<[F]>,
    bounded: bool,
    kappa: F,
    lambda: F,
    /// Steps since G was 1, and the most there may be.
    age: u32,
    oldest: u32,
    /// Stored values are magnitudes, not W.
    plain: bool,
    weights: Vec<F>,
}

/// Largest `ln G`, and longest time for which G may grow, in steps.
const GROWTH: f64 = 4.0;
const OLDEST: f64 = 1000.0;

impl<F: Float + Default> EligibilityEngine<F> {
    /// A rule at rest on a projection; `scale` and `upper` as for [`EventDriven::new`].
    ///
    /// # Errors
    /// As [`EventDriven::new`], and a parameter of the rule outside its domain.
    pub fn new(
        rule: &EligibilityStdp,
        dt_ms: f64,
        topology: &Topology,
        scale: Arc<[F]>,
        upper: Arc<[F]>,
        bounds: Bounds,
    ) -> Result<Self, PlasticityError> {
        check(&[], &[("tau_c_ms", rule.tau_c_ms), ("tau_d_ms", rule.tau_d_ms)])?;
        check_values("dt_ms", &[dt_ms], 1, "a positive time in ms", |dt| dt.is_finite() && dt > 0.0)?;
        if bounds == Bounds::Soft {
            return Err(PlasticityError::NoClosedForm { what: "soft bounds" });
        }
        let (types_pre, types_post) = (topology.types_pre(), topology.types_post());
        let (r, lambda) = ((-dt_ms / rule.tau_d_ms).exp(), (-dt_ms / rule.tau_c_ms).exp());
        let kappa = 1.0 / (1.0 - r * lambda);
        let integral = rewarded(&rule.pair, types_pre, types_post, kappa * r * lambda)?
            .with_tau_reward_ms(vec![rule.tau_d_ms; types_post])?;
        let growing: FactoredRule =
            rewarded(&rule.pair, types_pre, types_post, 1.0)?.with_growing_reward(vec![rule.tau_c_ms; types_post])?;
        let engine = |rule: &FactoredRule| {
            EventDriven::new(rule, dt_ms, topology, Arc::clone(&scale), Arc::clone(&upper), Bounds::None)
        };
        let mut out = Self {
            integral: engine(&integral)?,
            eligibility: engine(&growing)?,
            stored_eligibility: vec![F::zero(); topology.len()],
            weights: Vec::with_capacity((0..topology.n_pre()).map(|i| topology.row(i).len()).max().unwrap_or(0)),
            bounded: bounds == Bounds::Hard,
            kappa: number(kappa),
            lambda: number(lambda),
            age: 0,
            oldest: (GROWTH * rule.tau_c_ms / dt_ms).clamp(1.0, OLDEST) as u32,
            plain: false,
            upper,
        };
        out.rest();
        Ok(out)
    }

    /// Back to rest: no traces, no eligibility, no reward.
    pub fn rest(&mut self) {
        self.integral.rest();
        self.eligibility.rest();
        self.stored_eligibility.fill(F::zero());
        self.plain = false;
        self.start_growth();
    }

    fn start_growth(&mut self) {
        self.age = 0;
        self.eligibility.set_reward(F::one());
    }

    /// Brings all eligibilities up to date: stored values are then e itself.
    fn settle_eligibility(&mut self, topology: &Topology) {
        self.eligibility.flush_all(topology, &mut self.stored_eligibility);
        let inverse = F::one() / self.growth();
        self.stored_eligibility.iter_mut().for_each(|e| *e = *e * inverse);
        self.start_growth();
    }

    fn growth(&self) -> F {
        self.eligibility.reward_trace()[0]
    }

    /// `kappa R`: what W exceeds w by, per unit of e.
    fn excess(&self) -> F {
        self.kappa * self.integral.reward_trace()[0]
    }

    /// Takes in the spikes of a step; see [`Plastic::begin_step`].
    pub fn begin(&mut self, post_spikes: &[u32], topology: &Topology, value: &mut [F]) {
        if self.age >= self.oldest {
            self.settle_eligibility(topology);
        }
        if self.plain {
            // Reading has settled the eligibilities.
            let excess = self.excess();
            value.iter_mut().zip(&self.stored_eligibility).for_each(|(w, &e)| *w = *w + excess * e);
            self.plain = false;
        }
        self.integral.begin(post_spikes, topology, value);
        self.eligibility.begin(post_spikes, topology, &mut self.stored_eligibility);
    }

    /// Updates and delivers the row of a neuron that spikes in this step; see [`Plastic::touch_row`]. `value` holds the
    /// row alone.
    pub fn touch(&mut self, pre: usize, topology: &Topology, value: &mut [F], mut deliver: impl FnMut(usize, &[F])) {
        let row = topology.row(pre);
        let mut weights = std::mem::take(&mut self.weights);
        weights.clear();
        self.integral.touch_row_of(pre, topology, value, |_, w| weights.extend_from_slice(w));
        // The sums end with this step, so R and e are those of the next one.
        let excess = self.kappa * self.integral.next_reward() * self.lambda / self.growth();
        let stored = &mut self.stored_eligibility[row.clone()];
        let (upper, bounded) = (&self.upper[row], self.bounded);
        self.eligibility.touch_row_of(pre, topology, stored, |first, e| {
            for (k, &e) in (first..).zip(e) {
                let w = weights[k] - excess * e;
                let kept = if bounded { w.max(F::zero()).min(upper[k]) } else { w };
                value[k] = value[k] + (kept - w);
                weights[k] = kept;
            }
        });
        deliver(0, &weights);
        self.weights = weights;
    }

    /// Ends a step; see [`Plastic::end_step`].
    pub fn end(&mut self, post_spikes: &[u32], topology: &Topology) {
        self.integral.end(post_spikes, topology);
        self.eligibility.end(post_spikes, topology);
        self.age += 1;
    }

    /// A reward event: raises R from the next step on.
    pub fn add_reward(&mut self, delta_r: F, topology: &Topology, value: &mut [F]) {
        self.settle_eligibility(topology);
        if !self.plain {
            let jump = self.kappa * delta_r;
            value.iter_mut().zip(&self.stored_eligibility).for_each(|(w, &e)| *w = *w + jump * e);
        }
        self.integral.add_reward(delta_r, topology, value);
    }

    /// Touches every synapse, so that `value` holds plain magnitudes.
    pub fn flush_all(&mut self, topology: &Topology, value: &mut [F]) {
        if self.plain {
            return;
        }
        self.settle_eligibility(topology);
        self.integral.flush_all(topology, value);
        let excess = self.excess();
        for ((w, &e), &upper) in value.iter_mut().zip(&self.stored_eligibility).zip(self.upper.iter()) {
            *w = *w - excess * e;
            if self.bounded {
                *w = w.max(F::zero()).min(upper);
            }
        }
        self.plain = true;
    }

    /// The eligibility of every synapse, up to date, times its learning rate.
    pub fn eligibilities(&mut self, topology: &Topology) -> &[F] {
        self.settle_eligibility(topology);
        &self.stored_eligibility
    }
}

fn number<F: Float>(x: f64) -> F {
    F::from(x).unwrap_or_else(F::zero)
}

impl Plastic for EligibilityEngine<f32> {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {
        self.rest();
    }

    fn begin_step(&mut self, spikes: &StepSpikes<'_>, topology: &Topology, value: &mut [f32]) {
        self.begin(spikes.post, topology, value);
    }

    fn touch_row(&mut self, row: Row<'_>, topology: &Topology, deliver: impl FnMut(usize, &[f32])) {
        self.touch(row.pre, topology, row.value, deliver);
    }

    fn end_step(&mut self, spikes: &StepSpikes<'_>, topology: &Topology, _: &mut [f32]) {
        self.end(spikes.post, topology);
    }

    fn reward(&mut self, delta_r: f32, topology: &Topology, value: &mut [f32]) {
        self.add_reward(delta_r, topology, value);
    }

    fn flush(&mut self, topology: &Topology, value: &mut [f32]) {
        self.flush_all(topology, value);
    }
}
