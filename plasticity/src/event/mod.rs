//! The event-driven engine: exact evaluation of a factored rule by touching a synapse only when its weight is read.
//!
//! Between spikes every signal is a pure exponential, so a rule's updates over any stretch have a closed form. A synapse
//! is touched when its presynaptic neuron i (type m) fires, and when weights are read out. For the postsynaptic
//! neuron j (type n), with K = q/(1 - q), q = rho_m rho_n:
//!
//! * presynaptic terms: geometric sums along the row, one number per row and postsynaptic type;
//! * postsynaptic terms and R alone: cumulated per neuron in `drift`;
//! * terms with `S_pre`: act in the step of the touch alone, from `S_j` and `X_j`;
//! * `S_post X_pre`: between touches `X_i(s) = alpha_i rho_m^(s-o)`, so the updates are `alpha_i` times a sum over the
//!   spikes of j that does not depend on i; it is kept per neuron j, presynaptic type and block (`blocks.rs`) of time;
//! * `X_pre X_post`: from `X(t+1) = rho (X(t) + S(t))` follows, summed by parts,
//!   `(1-q) sum_s X_i X_j = [X_i X_j]_start - [X_i X_j]_end + q sum_s (X_i S_j + S_i X_j + S_i S_j)`,
//!   so it is the former sum with other coefficients, less `K X_i X_j` of the present. `X_pre X_post R` likewise with
//!   `q = rho_m rho_n rho_R^n`.
//!
//! So with sums `C` that only spikes of j change, the updates of a synapse up to step t are a function of the present,
//! `F = drift_j + alpha_i C_j - K X_i X_j`. The stored value is the weight *less* `scale * F` at the last touch: a touch
//! adds `scale * F`, applies the terms of the step, bounds and delivers the weight, and subtracts `scale * F` with the new
//! trace of i. Nothing is kept per synapse but its value, and a spike of j costs one addition per presynaptic type and
//! live block, however many synapses j has.
//!
//! Bounds are hard and applied at touches: the semantics of [`BoundsWhen::AtTouches`](crate::BoundsWhen::AtTouches)
//! with [`Bounds::Hard`] of the dense reference, which this engine equals to rounding. Soft bounds make the update
//! depend on the weight in every step and have no closed form; they need the dense engine.

mod blocks;
mod coefficients;
mod powers;
mod projection;
mod row;

use crate::bounds::Bounds;
use crate::error::{PlasticityError, check_values};
use crate::factored::Factored;
use blocks::{Blocks, NO_BLOCK, initial_sums};
use coefficients::Coefficients;
use evoplast_synapse::Topology;
use num_traits::Float;
use powers::Powers;
use row::{Segment, Touch};
use std::sync::Arc;

/// Longest time between two moments at which all sums start anew, in steps: the length of the tables of powers.
const LONGEST_STRETCH: usize = 2048;

/// A factored rule on one projection, event-driven.
///
/// Built by [`new`](Self::new) for a topology; as a [`Plastic`](evoplast_synapse::Plastic) rule it runs in single
/// precision; the generic form serves the comparison with the dense reference in double precision.
#[derive(Debug, Clone)]
pub struct EventDriven<F> {
    dt_ms: f64,
    c: Coefficients<F>,
    powers: Powers<F>,
    blocks: Blocks<F>,
    bounded: bool,
    /// Learning rate and upper bound of every synapse, shared between candidates.
    scale: Arc<[F]>,
    upper: Arc<[F]>,
    /// Steps completed since the last reset, and when all sums last started anew.
    clock: u32,
    restarted: u32,
    rows: Rows<F>,
    /// Postsynaptic trace as this step reads it, spike of this step (0 or 1), cumulated drift since the last restart.
    x_post: Vec<F>,
    s_post: Vec<F>,
    drift: Vec<F>,
    /// Slow trace of every postsynaptic neuron right after its last spike, and the steps completed by then.
    slow_post: Vec<(u32, F)>,
    /// Neurons of equal type as `(type, start, end)`.
    runs_pre: Vec<(usize, usize, usize)>,
    runs_post: Vec<(usize, usize, usize)>,
    /// Reward trace per type now and at the last restart.
    reward: Vec<F>,
    reward_at_restart: Vec<F>,
    /// What a touched row has in common by postsynaptic type, and the contributions of a postsynaptic spike of this step by pair of types.
    segments: Vec<Segment<F>>,
    spike_table: Vec<F>,
}

/// What is kept per presynaptic neuron: steps completed at the last touch, its trace then, `alpha` and the block it
/// refers to, and the slow trace.
#[derive(Debug, Clone, Default)]
struct Rows<F> {
    clock: Vec<u32>,
    x: Vec<F>,
    alpha: Vec<F>,
    block: Vec<u8>,
    slow: Vec<F>,
}

impl<F: Float + Default> EventDriven<F> {
    /// A rule at rest on a projection.
    ///
    /// `scale` is the learning rate of every synapse and `upper` the upper bound of its magnitude, in the unit of the
    /// weights and the order of the topology.
    ///
    /// # Errors
    /// `dt_ms` is not positive, soft bounds, a rule that does not fit the types of the topology, lists of the wrong
    /// length, or a scale or bound that is not finite or (the bound) negative.
    pub fn new(
        rule: &impl Factored,
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
        let wide = |list: &[F]| list.iter().map(|x| x.to_f64().unwrap_or(f64::NAN)).collect::<Vec<_>>();
        check_values("scale", &wide(&scale), topology.len(), "a finite number", f64::is_finite)?;
        check_values("upper", &wide(&upper), topology.len(), "a finite number >= 0", |u| u.is_finite() && u >= 0.0)?;
        let (n_pre, n_post) = (topology.n_pre(), topology.n_post());
        let rows = Rows {
            clock: vec![0; n_pre],
            x: vec![F::zero(); n_pre],
            alpha: vec![F::zero(); n_pre],
            block: vec![NO_BLOCK; n_pre],
            slow: vec![F::zero(); n_pre],
        };
        let mut engine = Self {
            dt_ms,
            c: Coefficients::default(),
            powers: Powers::default(),
            blocks: Blocks::default(),
            bounded: bounds == Bounds::Hard,
            scale,
            upper,
            clock: 0,
            restarted: 0,
            rows,
            x_post: vec![F::zero(); n_post],
            s_post: vec![F::zero(); n_post],
            drift: vec![F::zero(); n_post],
            slow_post: vec![(0, F::zero()); n_post],
            runs_pre: runs(topology.pre_type()),
            runs_post: runs(topology.post_type()),
            reward: vec![F::zero(); topology.types_post()],
            reward_at_restart: vec![F::zero(); topology.types_post()],
            segments: vec![Segment::default(); topology.types_post()],
            spike_table: vec![F::zero(); topology.types_pre() * topology.types_post()],
        };
        let types = (topology.types_pre(), topology.types_post());
        engine.replace(rule, types)?;
        Ok(engine)
    }

    /// Replaces the rule and returns to rest; memory, learning rates and bounds stay. For a search, which tries many
    /// rules on one projection.
    ///
    /// # Errors
    /// A rule that does not fit the types of the projection; nothing has changed then.
    pub fn set_rule(&mut self, rule: &impl Factored) -> Result<(), PlasticityError> {
        self.replace(rule, (self.c.types_pre, self.c.types_post))
    }

    fn replace(&mut self, rule: &impl Factored, types: (usize, usize)) -> Result<(), PlasticityError> {
        let rule = rule.factored(types.0, types.1)?;
        self.c.set(&rule);
        self.powers.set(&rule, self.dt_ms, LONGEST_STRETCH);
        if self.c.uses.pairs {
            self.blocks.set(&rule, self.dt_ms, self.x_post.len(), LONGEST_STRETCH);
        }
        self.rest();
        Ok(())
    }

    /// Reward trace of every postsynaptic type, as the next step reads it.
    pub fn reward_trace(&self) -> &[F] {
        &self.reward
    }

    /// Back to rest: no traces, no reward, no drift.
    pub fn rest(&mut self) {
        self.clock = 0;
        for list in [&mut self.rows.x, &mut self.rows.slow, &mut self.x_post, &mut self.s_post, &mut self.reward] {
            list.fill(F::zero());
        }
        self.slow_post.fill((0, F::zero()));
        self.restart();
    }

    /// Takes in the spikes of a step; see [`Plastic::begin_step`](evoplast_synapse::Plastic::begin_step).
    pub fn begin(&mut self, post_spikes: &[u32], topology: &Topology, value: &mut [F]) {
        if (self.clock - self.restarted) as usize + 1 >= LONGEST_STRETCH {
            self.touch_all(Touch::Restart, topology, value);
            self.restart();
        }
        if self.c.uses.pairs {
            self.renew_blocks(topology, value);
        }
        self.add_drift(post_spikes, topology);
        if self.c.uses.ss {
            post_spikes.iter().for_each(|&j| self.s_post[j as usize] = F::one());
        }
        if self.c.uses.pairs && !post_spikes.is_empty() {
            let (c, types_post) = (&self.c, self.c.types_post);
            let rows = self.spike_table.chunks_mut(types_post);
            for ((row, xs), xs_r) in rows.zip(c.xs.chunks(types_post)).zip(c.xs_r.chunks(types_post)) {
                for (((v, &xs), &xs_r), &r) in row.iter_mut().zip(xs).zip(xs_r).zip(&self.reward) {
                    *v = xs + xs_r * r;
                }
            }
            let (table, types, slow) = (&self.spike_table, topology.post_type(), &self.slow_post);
            let pair = |m: usize, j: usize| m * types_post + usize::from(types[j]);
            match self.powers.slow {
                None => self.blocks.add(self.clock, &self.powers, post_spikes, |m, j| table[pair(m, j)]),
                Some([_, decay]) => {
                    let now = self.clock;
                    let y = |j: usize| slow[j].1 * decay.powi((now - slow[j].0) as i32);
                    let v = |m, j| table[pair(m, j)] + c.slow_post[pair(m, j)] * y(j);
                    self.blocks.add(now, &self.powers, post_spikes, v);
                }
            }
        }
    }

    /// The postsynaptic terms and R alone, of one step.
    fn add_drift(&mut self, post_spikes: &[u32], topology: &Topology) {
        let c = &self.c;
        if c.uses.drift_every_step {
            for &(n, start, end) in &self.runs_post {
                let r = self.reward[n];
                let (linear, square, constant) =
                    (c.x_post[n] + c.x_post_r[n] * r, c.xx_post[n] + c.xx_post_r[n] * r, c.r_alone[0] * r);
                let (drift, x) = (&mut self.drift[start..end], &self.x_post[start..end]);
                for (d, &x) in drift.iter_mut().zip(x) {
                    *d = *d + (x * (linear + square * x) + constant);
                }
            }
        }
        if c.uses.drift {
            for &j in post_spikes {
                let j = j as usize;
                let n = usize::from(topology.post_type()[j]);
                let (x, r) = (self.x_post[j], self.reward[n]);
                self.drift[j] =
                    self.drift[j] + c.s_post[n] + c.s_post_r[n] * r + (c.sx_post[n] + c.sx_post_r[n] * r) * x;
            }
        }
    }

    /// Starts the blocks that are due; rows that still belong to the block in their place are settled first.
    fn renew_blocks(&mut self, topology: &Topology, value: &mut [F]) {
        for run in 0..self.runs_pre.len() {
            let (m, start, end) = self.runs_pre[run];
            let Some(block) = self.blocks.due(m, self.clock) else { continue };
            if self.blocks.in_use(m, block) {
                for pre in start..end {
                    if self.rows.block[pre] == block {
                        self.touch(Touch::Renew, pre, topology, &mut value[topology.row(pre)], |_, _| {});
                    }
                }
            }
            let (c, powers, runs) = (&self.c, &self.powers, &self.runs_post);
            let (reward, x_post) = (&self.reward, &self.x_post);
            self.blocks.start(m, block, self.clock, |sums| initial_sums(c, powers, runs, reward, x_post, m, sums));
        }
    }

    /// Updates and delivers the row of a neuron that spikes in this step; see
    /// [`Plastic::touch_row`](evoplast_synapse::Plastic::touch_row). `value` holds the whole projection, and `deliver`
    /// gets the index of the synapse.
    pub fn touch_spike(
        &mut self,
        pre: usize,
        topology: &Topology,
        value: &mut [F],
        mut deliver: impl FnMut(usize, &[F]),
    ) {
        let range = topology.row(pre);
        let first = range.start;
        self.touch(Touch::Spike, pre, topology, &mut value[range], |k, w| deliver(first + k, w));
    }

    /// Ends a step; see [`Plastic::end_step`](evoplast_synapse::Plastic::end_step).
    pub fn end(&mut self, post_spikes: &[u32], topology: &Topology) {
        if self.c.uses.xx && !post_spikes.is_empty() {
            let types_post = self.c.types_post;
            for (m, row) in self.spike_table.chunks_mut(types_post).enumerate() {
                self.c.boundary(&self.powers, &self.reward, m, true, |n, k| row[n] = k);
            }
            let (table, types) = (&self.spike_table, topology.post_type());
            let k = |m: usize, j: usize| table[m * types_post + usize::from(types[j])];
            self.blocks.add(self.clock, &self.powers, post_spikes, k);
        }
        if self.c.uses.x_post {
            for &j in post_spikes {
                let x = &mut self.x_post[j as usize];
                *x = if self.c.nearest { F::one() } else { *x + F::one() };
            }
            let tiny = coefficients::cast::<F>(1e-20);
            for &(n, start, end) in &self.runs_post {
                let rho = self.powers.post[n];
                for x in &mut self.x_post[start..end] {
                    let next = rho * *x;
                    *x = if next < tiny { F::zero() } else { next };
                }
            }
        }
        if self.c.uses.ss {
            post_spikes.iter().for_each(|&j| self.s_post[j as usize] = F::zero());
        }
        if let Some([_, decay]) = self.powers.slow {
            for &j in post_spikes {
                let (since, y) = self.slow_post[j as usize];
                let y = if self.c.nearest { F::zero() } else { y * decay.powi((self.clock - since) as i32) };
                self.slow_post[j as usize] = (self.clock + 1, decay * (y + F::one()));
            }
        }
        for (n, r) in self.reward.iter_mut().enumerate() {
            *r = *r * self.powers.r(n, 1);
        }
        self.clock += 1;
    }

    /// Adds a reward prediction error to the reward trace of every type: it acts from the next step on.
    pub fn add_reward(&mut self, delta_r: F, topology: &Topology, value: &mut [F]) {
        if self.c.uses.row_reward {
            self.touch_all(Touch::Restart, topology, value);
        } else if self.c.uses.xx_r {
            // F is what it was: the jump of K X_i X_j goes into the sums.
            let (c, runs, x_post, jump) = (&self.c, &self.runs_post, &self.x_post, &self.powers.pair_r);
            self.blocks.for_each_block(self.clock, &self.powers, |m, power, sums| {
                for &(n, start, end) in runs {
                    let pair = m * c.types_post + n;
                    let k = power * c.xx_r[pair] * delta_r * jump[pair][0];
                    sums[start..end].iter_mut().zip(&x_post[start..end]).for_each(|(s, &x)| *s = *s + k * x);
                }
            });
        }
        self.reward.iter_mut().for_each(|r| *r = *r + delta_r);
        if self.c.uses.row_reward {
            self.restart();
        }
    }

    /// Sets the reward trace of every type; only for rules without terms whose sums a reward ends.
    pub(crate) fn set_reward(&mut self, r: F) {
        debug_assert!(!self.c.uses.row_reward && !self.c.uses.xx_r);
        self.reward.fill(r);
    }

    /// Reward trace of the first type, as the step after the present one reads it.
    pub(crate) fn next_reward(&self) -> F {
        self.reward[0] * self.powers.r(0, 1)
    }

    /// As [`touch_spike`](Self::touch_spike), with the values of the row alone and the index within the row.
    pub(crate) fn touch_row_of(
        &mut self,
        pre: usize,
        topology: &Topology,
        value: &mut [F],
        deliver: impl FnMut(usize, &[F]),
    ) {
        self.touch(Touch::Spike, pre, topology, value, deliver);
    }

    /// Touches every synapse, so that `value` holds plain magnitudes and all sums start anew.
    pub fn flush_all(&mut self, topology: &Topology, value: &mut [F]) {
        self.touch_all(Touch::Read, topology, value);
        self.restart();
    }

    fn touch_all(&mut self, how: Touch, topology: &Topology, value: &mut [F]) {
        for pre in 0..topology.n_pre() {
            self.touch(how, pre, topology, &mut value[topology.row(pre)], |_, _| {});
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
