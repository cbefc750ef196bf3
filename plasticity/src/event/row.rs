//! Bringing one row up to date: the inner loop of the event-driven engine.

use super::blocks::{NO_BLOCK, initial_sums};
use super::coefficients::cast;
use super::{EventDriven, Rows};
use evoplast_synapse::Topology;
use num_traits::Float;

/// Why a row is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    /// Its neuron fires in the present step: weights are bounded and delivered.
    Spike,
    /// Weights are read between two steps: bounded, and all sums start anew afterwards.
    Read,
    /// All sums start anew before the present step.
    Restart,
    /// The row's block ends before the present step.
    Renew,
}

/// What the synapses of one row onto one postsynaptic type have in common. The updates of a synapse since its last touch
/// are `before(j)`, and what its value is stored less of is `scale * after(j)`:
///
/// ```text
/// before(j) = common + drift_j + alpha C_j + on_x X_j + on_s S_j      after(j) = drift_j + alpha' C'_j - k_x X_j
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Segment<F> {
    common: F,
    on_x: F,
    on_s: F,
    k_x: F,
}

/// What the segments of a row share: trace in the step of the touch and after it, `alpha` before and after.
struct RowState<F> {
    how: Touch,
    m: usize,
    from: u32,
    steps: usize,
    x0: F,
    x_now: F,
    x_next: F,
    y_now: F,
    alpha: F,
    alpha_next: F,
}

impl<F: Float + Default> EventDriven<F> {
    /// Brings the row of `pre` up to date and hands every magnitude to `deliver`.
    pub(super) fn touch(
        &mut self,
        how: Touch,
        pre: usize,
        topology: &Topology,
        value: &mut [F],
        mut deliver: impl FnMut(usize, &[F]),
    ) {
        let row = self.row_state(how, pre, usize::from(topology.pre_type()[pre]));
        self.fill_segments(&row);
        let uses = self.c.uses;
        let current = if uses.pairs { self.blocks.current(row.m).0 } else { NO_BLOCK };
        let none: &[F] = &[];
        let (sums, sums_next) = if uses.pairs {
            let own = self.rows.block[pre];
            let own = if own == NO_BLOCK { current } else { own };
            (self.blocks.sums(row.m, own), self.blocks.sums(row.m, current))
        } else {
            (none, none)
        };
        let range = topology.row(pre);
        let mut walk = Walk {
            alpha: row.alpha,
            alpha_next: row.alpha_next,
            segments: &self.segments,
            types: topology.post_type(),
            target: &topology.targets()[range.clone()],
            scale: &self.scale[range.clone()],
            upper: &self.upper[range],
            value,
            drift: &self.drift,
            x_post: &self.x_post,
            s_post: &self.s_post,
            sums,
            sums_next,
            deliver: &mut deliver,
        };
        walk.check(topology, uses.pairs);
        match how {
            Touch::Spike if uses.ss && uses.pairs => walk.run::<ALL, true>(self.bounded),
            Touch::Spike if uses.ss => walk.run::<{ DRIFT | TRACE | SPIKES }, true>(self.bounded),
            Touch::Spike => match (uses.drift, uses.x_post_at_touch, uses.pairs) {
                (false, false, false) => walk.run::<0, true>(self.bounded),
                (true, false, false) => walk.run::<DRIFT, true>(self.bounded),
                (false, true, false) => walk.run::<TRACE, true>(self.bounded),
                (true, true, false) => walk.run::<{ DRIFT | TRACE }, true>(self.bounded),
                (false, false, true) => walk.run::<PAIRS, true>(self.bounded),
                (false, true, true) => walk.run::<{ TRACE | PAIRS }, true>(self.bounded),
                (true, false, true) => walk.run::<{ DRIFT | PAIRS }, true>(self.bounded),
                (true, true, true) => walk.run::<{ DRIFT | TRACE | PAIRS }, true>(self.bounded),
            },
            Touch::Renew => walk.run::<{ DRIFT | TRACE | PAIRS }, true>(false),
            Touch::Read | Touch::Restart if uses.pairs => {
                walk.run::<{ DRIFT | TRACE | PAIRS }, false>(self.bounded && how == Touch::Read);
            }
            Touch::Read | Touch::Restart => {
                walk.run::<{ DRIFT | TRACE }, false>(self.bounded && how == Touch::Read);
            }
        }
        self.rows.end_touch(pre, &row, self.clock, current);
        if how == Touch::Spike {
            self.rows.x[pre] = self.powers.e(row.m, 1) * row.x_next;
            if let Some([decay, _]) = self.powers.slow {
                let y = if self.c.nearest { F::zero() } else { row.y_now };
                self.rows.slow[pre] = decay * (y + F::one());
            }
        }
    }

    fn row_state(&self, how: Touch, pre: usize, m: usize) -> RowState<F> {
        let from = self.rows.clock[pre];
        let silent = (self.clock - from) as usize;
        let x0 = self.rows.x[pre];
        let x_now = x0 * self.powers.e(m, silent);
        let x_next = match how {
            Touch::Spike if self.c.nearest => F::one(),
            Touch::Spike => x_now + F::one(),
            // What a block of the past holds has no effect on such a trace, nor has the trace on anything else.
            _ if x_now < cast(1e-15) => F::zero(),
            _ => x_now,
        };
        let alpha_next = if self.c.uses.pairs {
            let (_, origin) = self.blocks.current(m);
            x_next / self.powers.e(m, (self.clock - origin) as usize)
        } else {
            F::zero()
        };
        let y_now = match self.powers.slow {
            Some([decay, _]) => self.rows.slow[pre] * decay.powi(silent as i32),
            None => F::zero(),
        };
        RowState {
            how,
            m,
            from,
            steps: silent + usize::from(how == Touch::Spike),
            x0,
            x_now,
            x_next,
            y_now,
            alpha: self.rows.alpha[pre],
            alpha_next,
        }
    }

    /// What the synapses of a row have in common, by postsynaptic type.
    fn fill_segments(&mut self, row: &RowState<F>) {
        let (c, p, m) = (&self.c, &self.powers, row.m);
        let (x0, x, steps) = (row.x0, row.x_now, row.steps);
        let spike = row.how == Touch::Spike;
        let at_spike = if spike { F::one() } else { F::zero() };
        let sums = x0 * (c.x_pre[m] * p.sum_x(m, steps) + c.xx_pre[m] * x0 * p.sum_xx(m, steps));
        let common = sums + at_spike * (c.s_pre[m] + c.sx_pre[m] * x);
        let common_r = at_spike * (c.s_pre_r[m] + c.sx_pre_r[m] * x);
        let first = m * c.types_post;
        let pairs = first..first + c.types_post;
        let at_x = c.sx[pairs.clone()].iter().zip(&c.sx_r[pairs.clone()]);
        let at_s = c.ss[pairs.clone()].iter().zip(&c.ss_r[pairs]);
        let parts = at_x.zip(at_s).zip(&self.reward);
        for (segment, (((&sx, &sx_r), (&ss, &ss_r)), &r)) in self.segments.iter_mut().zip(parts) {
            *segment = Segment {
                common: common + common_r * r,
                on_x: at_spike * (sx + sx_r * r),
                on_s: at_spike * (ss + ss_r * r),
                k_x: F::zero(),
            };
        }
        if c.uses.xx {
            let segments = &mut self.segments;
            c.boundary(p, &self.reward, m, spike, |n, k| {
                segments[n].on_x = segments[n].on_x - k * x;
                segments[n].k_x = k * row.x_next;
            });
        }
        if c.uses.slow && spike {
            for (n, segment) in self.segments.iter_mut().enumerate() {
                segment.on_x = segment.on_x + c.slow_pre[first + n] * row.y_now;
            }
        }
        if c.uses.row_reward {
            for (n, segment) in self.segments.iter_mut().enumerate() {
                let r0 = self.reward_at_restart[n] * p.r(n, (row.from - self.restarted) as usize);
                let linear = c.x_pre_r[m] * p.sum_x_r(m, n, steps);
                let square = c.xx_pre_r[m] * x0 * p.sum_xx_r(m, n, steps);
                segment.common = segment.common + x0 * r0 * (linear + square);
            }
        }
    }

    /// Starts all sums anew from the present traces. Values are plain magnitudes.
    pub(super) fn restart(&mut self) {
        self.restarted = self.clock;
        self.drift.fill(F::zero());
        self.reward_at_restart.copy_from_slice(&self.reward);
        self.rows.clock.fill(self.clock);
        self.rows.alpha.copy_from_slice(&self.rows.x);
        for (block, x) in self.rows.block.iter_mut().zip(&self.rows.x) {
            *block = if self.c.uses.pairs && *x > F::zero() { 0 } else { NO_BLOCK };
        }
        if self.c.uses.pairs {
            let (c, powers, runs) = (&self.c, &self.powers, &self.runs_post);
            let (reward, x_post) = (&self.reward, &self.x_post);
            let initial = |m: usize, sums: &mut [F]| initial_sums(c, powers, runs, reward, x_post, m, sums);
            self.blocks.restart(self.clock, initial);
        }
    }
}

impl<F: Float> Rows<F> {
    fn end_touch(&mut self, pre: usize, row: &RowState<F>, clock: u32, block: u8) {
        self.clock[pre] = clock + u32::from(row.how == Touch::Spike);
        self.x[pre] = row.x_next;
        self.slow[pre] = row.y_now;
        self.alpha[pre] = row.alpha_next;
        self.block[pre] = if row.x_next > F::zero() { block } else { NO_BLOCK };
    }
}

/// Parts of the inner loop that a rule needs.
const DRIFT: u8 = 1;
const TRACE: u8 = 2;
const PAIRS: u8 = 4;
const SPIKES: u8 = 8;
const ALL: u8 = DRIFT | TRACE | PAIRS | SPIKES;

/// Weights that are computed before they are delivered.
const CHUNK: usize = 128;

/// The loop over the synapses of a row: its slices, the postsynaptic state that it gathers from, and where weights go.
struct Walk<'a, F, D> {
    alpha: F,
    alpha_next: F,
    segments: &'a [Segment<F>],
    types: &'a [u16],
    target: &'a [u32],
    scale: &'a [F],
    upper: &'a [F],
    value: &'a mut [F],
    drift: &'a [F],
    x_post: &'a [F],
    s_post: &'a [F],
    sums: &'a [F],
    sums_next: &'a [F],
    deliver: &'a mut D,
}

impl<F: Float, D: FnMut(usize, &[F])> Walk<'_, F, D> {
    /// Panics unless every list that is gathered from has a value for every neuron and type of the topology.
    fn check(&self, topology: &Topology, pairs: bool) {
        let n = topology.n_post();
        assert!([self.drift, self.x_post, self.s_post].iter().all(|list| list.len() == n), "another topology");
        assert!(!pairs || (self.sums.len() == n && self.sums_next.len() == n), "another topology");
        assert!(self.types.len() == n && self.segments.len() == topology.types_post(), "another topology");
    }

    fn run<const PARTS: u8, const KEEP: bool>(&mut self, bounded: bool) {
        match (bounded, self.segments.len() == 1) {
            (true, true) => self.walk::<PARTS, KEEP, true, true>(),
            (true, false) => self.walk::<PARTS, KEEP, true, false>(),
            (false, true) => self.walk::<PARTS, KEEP, false, true>(),
            (false, false) => self.walk::<PARTS, KEEP, false, false>(),
        }
    }

    /// The loop, specialised by which `PARTS` of a rule there are, whether sums go on (`KEEP`) or start anew, whether
    /// weights are bounded, and whether there is one postsynaptic type.
    #[inline]
    fn walk<const PARTS: u8, const KEEP: bool, const BOUNDED: bool, const ONE_TYPE: bool>(&mut self) {
        let (alpha, alpha_next) = (self.alpha, self.alpha_next);
        let (drift, x_post, s_post, sums, sums_next) =
            (self.drift, self.x_post, self.s_post, self.sums, self.sums_next);
        let (segments, types) = (self.segments, self.types);
        let mut weight = [F::zero(); CHUNK];
        let n = self.target.len();
        for start in (0..n).step_by(CHUNK) {
            let size = (n - start).min(CHUNK);
            let (target, scale) = (&self.target[start..start + size], &self.scale[start..start + size]);
            let (upper, value) = (&self.upper[start..start + size], &mut self.value[start..start + size]);
            let weight = &mut weight[..size];
            for k in 0..size {
                let j = target[k] as usize;
                // SAFETY: a topology's targets are below n_post and its types below types_post, and `check` has compared
                // the lengths of all lists with them.
                let at = |list: &[F]| unsafe { *list.get_unchecked(j) };
                let segment = if ONE_TYPE {
                    segments[0]
                } else {
                    unsafe { *segments.get_unchecked(usize::from(*types.get_unchecked(j))) }
                };
                let mut before = segment.common;
                let mut after = F::zero();
                if PARTS & DRIFT != 0 {
                    let drift = at(drift);
                    before = before + drift;
                    after = after + drift;
                }
                if PARTS & TRACE != 0 {
                    let x = at(x_post);
                    before = before + segment.on_x * x;
                    after = after - segment.k_x * x;
                }
                if PARTS & PAIRS != 0 {
                    before = before + alpha * at(sums);
                    after = after + alpha_next * at(sums_next);
                }
                if PARTS & SPIKES != 0 {
                    before = before + segment.on_s * at(s_post);
                }
                let mut w = value[k] + scale[k] * before;
                if BOUNDED {
                    w = if w > F::zero() { w } else { F::zero() };
                    w = if w < upper[k] { w } else { upper[k] };
                }
                weight[k] = w;
                value[k] = if KEEP && PARTS & (DRIFT | TRACE | PAIRS) != 0 { w - scale[k] * after } else { w };
            }
            (self.deliver)(start, weight);
        }
    }
}
