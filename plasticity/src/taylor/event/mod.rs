//! The event-driven engine: exact evaluation of a Taylor rule by touching a synapse only when it is needed.
//!
//! Between spikes every signal is a pure exponential, so the sum of a rule's updates over any silent stretch has a
//! closed form. A synapse is touched when its presynaptic neuron fires, because only then is its weight read, and at
//! flushes. For a synapse from neuron i (type m) to j (type n), last touched at step t0 and touched again at t, the
//! updates of the steps t0 < s <= t are:
//!
//! * presynaptic terms: geometric sums of `X_i(s) = X_i(t0+) rho_m^(s-t0-1)`, one number per row and postsynaptic type;
//! * postsynaptic terms and R alone: cumulated per neuron in `drift`; the stored value is the weight *less*
//!   `scale * drift_j`, so that a touch adds what has come since;
//! * terms with `S_pre`: act in step t alone, from `S_j(t)` and `X_j(t)`;
//! * `S_post X_pre` and `X_pre X_post`: a sum over the spikes of j since t0, which are kept in a short history
//!   (`row.rs`).
//!
//! With `R` as a factor every sum has the decay of `R^n` as one more factor; a reward event flushes first, so that
//! within every stretch `R` is a pure exponential too.
//!
//! Bounds are hard and applied at touches: the semantics of [`BoundsWhen::AtTouches`](super::BoundsWhen::AtTouches)
//! with [`Bounds::Hard`] of the dense reference, which this engine equals to rounding. Soft bounds make the update
//! depend on the weight in every step and have no closed form; they need the dense engine.

mod coefficients;
mod powers;
mod row;
mod set_rule;

use super::{Bounds, TaylorRule};
use crate::error::{PlasticityError, check_values};
use coefficients::Coefficients;
use evoplast_synapse::{Plastic, Row, StepSpikes, Topology};
use num_traits::Float;
use powers::Powers;
use std::sync::Arc;

/// Longest stretch without a flush, in steps: the length of the tables of powers.
const LONGEST_STRETCH: usize = 1024;
/// Spikes of one neuron that fit in its history; a full history flushes.
const HISTORY: usize = 32;

/// A Taylor rule on one projection, event-driven.
///
/// Built by [`new`](Self::new) for a topology whose types are those of the rule. As a
/// [`Plastic`] rule it runs in single precision; the generic form serves the comparison with the dense
/// reference in double precision.
#[derive(Debug, Clone)]
pub struct EventTaylor<F> {
    dt_ms: f64,
    c: Coefficients<F>,
    powers: Powers<F>,
    bounded: bool,
    /// Learning rate and upper bound of every synapse, shared between candidates.
    scale: Arc<[F]>,
    upper: Arc<[F]>,
    /// Steps completed since the last reset.
    clock: u32,
    /// Steps completed at the last flush.
    flushed: u32,
    /// Steps completed at the last touch of every row, and the presynaptic trace right after it.
    row_clock: Vec<u32>,
    row_x: Vec<F>,
    /// Postsynaptic trace as this step reads it, spike of this step (0 or 1), cumulated drift since the last flush.
    x_post: Vec<F>,
    s_post: Vec<F>,
    drift: Vec<F>,
    /// Postsynaptic type of every neuron as runs `(type, start, end)`.
    runs: Vec<(usize, usize, usize)>,
    /// Per postsynaptic neuron: entries `(steps completed, trace right after)`, entry 0 from the last flush.
    history_clock: Vec<u32>,
    history_x: Vec<F>,
    history_len: Vec<u16>,
    /// Reward trace per type now and at the last flush.
    reward: Vec<F>,
    reward_at_flush: Vec<F>,
}

impl<F: Float> EventTaylor<F> {
    /// A rule at rest on a projection.
    ///
    /// `scale` is the learning rate of every synapse and `upper` the upper bound of its magnitude, in the unit of the
    /// weights and the order of the topology.
    ///
    /// # Errors
    /// `dt_ms` is not positive, soft bounds, another number of types in the topology than in the rule, lists of the
    /// wrong length, or a scale or bound that is not finite or (the bound) negative.
    pub fn new(
        rule: &TaylorRule,
        dt_ms: f64,
        topology: &Topology,
        scale: Arc<[F]>,
        upper: Arc<[F]>,
        bounds: Bounds,
    ) -> Result<Self, PlasticityError> {
        check_values("dt_ms", &[dt_ms], 1, "a positive time in ms", |dt| dt.is_finite() && dt > 0.0)?;
        if bounds == Bounds::Soft {
            return Err(PlasticityError::NoClosedForm { what: "soft bounds" });
        }
        for types in [topology.types_pre(), topology.types_post()] {
            if types != rule.types() {
                return Err(PlasticityError::Length {
                    what: "types of the topology".to_owned(),
                    expected: rule.types(),
                    found: types,
                });
            }
        }
        let wide = |list: &[F]| list.iter().map(|x| x.to_f64().unwrap_or(f64::NAN)).collect::<Vec<_>>();
        check_values("scale", &wide(&scale), topology.len(), "a finite number", f64::is_finite)?;
        check_values("upper", &wide(&upper), topology.len(), "a finite number >= 0", |u| u.is_finite() && u >= 0.0)?;
        let (n_pre, n_post) = (topology.n_pre(), topology.n_post());
        let mut engine = Self {
            dt_ms,
            c: Coefficients::new(rule),
            powers: Powers::new(rule, dt_ms, LONGEST_STRETCH),
            bounded: bounds == Bounds::Hard,
            scale,
            upper,
            clock: 0,
            flushed: 0,
            row_clock: vec![0; n_pre],
            row_x: vec![F::zero(); n_pre],
            x_post: vec![F::zero(); n_post],
            s_post: vec![F::zero(); n_post],
            drift: vec![F::zero(); n_post],
            runs: runs(topology.post_type()),
            history_clock: vec![0; n_post * HISTORY],
            history_x: vec![F::zero(); n_post * HISTORY],
            history_len: vec![1; n_post],
            reward: vec![F::zero(); rule.types()],
            reward_at_flush: vec![F::zero(); rule.types()],
        };
        engine.rest();
        Ok(engine)
    }

    /// Reward trace of every type, as the next step reads it.
    pub fn reward_trace(&self) -> &[F] {
        &self.reward
    }

    /// Back to rest: no traces, no reward, no drift.
    pub fn rest(&mut self) {
        self.clock = 0;
        self.row_x.fill(F::zero());
        self.x_post.fill(F::zero());
        self.s_post.fill(F::zero());
        self.reward.fill(F::zero());
        self.rebase();
    }

    /// Takes in the spikes of a step; see [`Plastic::begin_step`].
    pub fn begin(&mut self, post_spikes: &[u32], topology: &Topology, value: &mut [F]) {
        let full = |j: &&u32| usize::from(self.history_len[**j as usize]) == HISTORY;
        let stretch = (self.clock - self.flushed) as usize;
        if stretch + 1 >= LONGEST_STRETCH || (self.c.uses_history && post_spikes.iter().any(|j| full(&j))) {
            self.flush_all(topology, value);
        }
        let c = &self.c;
        if c.uses_drift {
            for &(n, start, end) in &self.runs {
                let r = self.reward[n];
                let (linear, square, constant) =
                    (c.x_post[n] + c.x_post_r[n] * r, c.xx_post[n] + c.xx_post_r[n] * r, c.r_alone * r);
                let (drift, x) = (&mut self.drift[start..end], &self.x_post[start..end]);
                for (d, &x) in drift.iter_mut().zip(x) {
                    *d = *d + (x * (linear + square * x) + constant);
                }
            }
        }
        for &j in post_spikes {
            let j = j as usize;
            let n = usize::from(topology.post_type()[j]);
            let (x, r) = (self.x_post[j], self.reward[n]);
            self.s_post[j] = F::one();
            self.drift[j] = self.drift[j] + c.s_post[n] + c.s_post_r[n] * r + (c.sx_post[n] + c.sx_post_r[n] * r) * x;
            if c.uses_history {
                let at = j * HISTORY + usize::from(self.history_len[j]);
                self.history_clock[at] = self.clock + 1;
                self.history_x[at] = self.powers.e(n, 1) * (x + F::one());
                self.history_len[j] += 1;
            }
        }
    }

    /// Updates and delivers the row of a neuron that spikes in this step; see [`Plastic::touch_row`]. `value` holds the
    /// whole projection, and `deliver` gets the index of the synapse.
    pub fn touch_spike(&mut self, pre: usize, topology: &Topology, value: &mut [F], mut deliver: impl FnMut(usize, F)) {
        let range = topology.row(pre);
        let (first, target) = (range.start, &topology.targets()[range.clone()]);
        self.touch::<true>(pre, topology, first, target, &mut value[range], |k, w| deliver(first + k, w));
    }

    /// Ends a step; see [`Plastic::end_step`].
    pub fn end(&mut self, post_spikes: &[u32]) {
        if self.c.uses_x_post {
            let tiny = F::from(1e-20).unwrap_or_else(F::zero);
            for &(n, start, end) in &self.runs {
                let rho = self.powers.e(n, 1);
                for (x, &s) in self.x_post[start..end].iter_mut().zip(&self.s_post[start..end]) {
                    let next = rho * (*x + s);
                    *x = if next < tiny { F::zero() } else { next };
                }
            }
        }
        for &j in post_spikes {
            self.s_post[j as usize] = F::zero();
        }
        for (n, r) in self.reward.iter_mut().enumerate() {
            *r = *r * self.powers.r(n, 1);
        }
        self.clock += 1;
    }

    /// Adds a reward prediction error to the reward trace of every type: it acts from the next step on.
    pub fn add_reward(&mut self, delta_r: F, topology: &Topology, value: &mut [F]) {
        if self.c.uses_reward {
            self.flush_all(topology, value);
        }
        self.reward.iter_mut().for_each(|r| *r = *r + delta_r);
        self.reward_at_flush.copy_from_slice(&self.reward);
    }

    /// Touches every synapse, so that `value` holds plain magnitudes and all sums start anew.
    pub fn flush_all(&mut self, topology: &Topology, value: &mut [F]) {
        for pre in 0..topology.n_pre() {
            let range = topology.row(pre);
            let target = &topology.targets()[range.clone()];
            self.touch::<false>(pre, topology, range.start, target, &mut value[range], |_, _| {});
        }
        self.rebase();
    }

    /// Starts all sums anew from the present traces.
    fn rebase(&mut self) {
        self.flushed = self.clock;
        self.row_clock.fill(self.clock);
        self.drift.fill(F::zero());
        self.reward_at_flush.copy_from_slice(&self.reward);
        self.history_len.fill(1);
        for (j, &x) in self.x_post.iter().enumerate() {
            self.history_clock[j * HISTORY] = self.clock;
            self.history_x[j * HISTORY] = x;
        }
    }
}

/// Runs of equal type as `(type, start, end)`.
fn runs(types: &[u16]) -> Vec<(usize, usize, usize)> {
    let mut out: Vec<(usize, usize, usize)> = Vec::new();
    for (i, &t) in types.iter().enumerate() {
        match out.last_mut() {
            Some(last) if last.0 == usize::from(t) => last.2 = i + 1,
            _ => out.push((t.into(), i, i + 1)),
        }
    }
    out
}

impl Plastic for EventTaylor<f32> {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {
        self.rest();
    }

    fn begin_step(&mut self, spikes: &StepSpikes<'_>, topology: &Topology, value: &mut [f32]) {
        self.begin(spikes.post, topology, value);
    }

    fn touch_row(&mut self, row: Row<'_>, topology: &Topology, deliver: impl FnMut(usize, f32)) {
        self.touch::<true>(row.pre, topology, row.first, row.target, row.value, deliver);
    }

    fn end_step(&mut self, spikes: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {
        self.end(spikes.post);
    }

    fn reward(&mut self, delta_r: f32, topology: &Topology, value: &mut [f32]) {
        self.add_reward(delta_r, topology, value);
    }

    fn flush(&mut self, topology: &Topology, value: &mut [f32]) {
        self.flush_all(topology, value);
    }
}
