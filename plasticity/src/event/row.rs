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
/// are `common + before(j)`, and what its value is stored less of is `scale * after(j)`:
///
/// ```text
/// before(j) = drift_j + alpha C_j + on_x X_j + on_s S_j      after(j) = drift_j + alpha' C'_j - k_x X_j
/// ```
struct Segment<F> {
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
        mut deliver: impl FnMut(usize, F),
    ) {
        let row = self.row_state(how, pre, usize::from(topology.pre_type()[pre]));
        let range = topology.row(pre);
        let first = range.start;
        let uses = self.c.uses;
        let (block, block_next) = if uses.pairs {
            let (current, _) = self.blocks.current(row.m);
            let own = self.rows.block[pre];
            (if own == NO_BLOCK { current } else { own }, current)
        } else {
            (NO_BLOCK, NO_BLOCK)
        };
        let trace = uses.x_post_at_touch;
        for n in 0..topology.types_post() {
            let range = topology.segment(pre, n);
            if range.is_empty() {
                continue;
            }
            let segment = self.segment(&row, n);
            let local = range.start - first..range.end - first;
            let none: &[F] = &[];
            let (sums, sums_next) = if uses.pairs {
                (self.blocks.sums(row.m, block), self.blocks.sums(row.m, block_next))
            } else {
                (none, none)
            };
            let mut run = Run {
                target: &topology.targets()[range.clone()],
                scale: &self.scale[range.clone()],
                upper: &self.upper[range],
                value: &mut value[local.clone()],
                drift: &self.drift,
                x_post: &self.x_post,
                s_post: &self.s_post,
                sums,
                sums_next,
            };
            let deliver = |k: usize, w: F| deliver(local.start + k, w);
            match how {
                Touch::Spike if self.bounded => match (uses.drift, trace, uses.pairs, uses.ss) {
                    (false, false, false, false) => run.walk::<0, true, true>(&row, &segment, deliver),
                    (true, false, false, false) => run.walk::<DRIFT, true, true>(&row, &segment, deliver),
                    (false, true, false, false) => run.walk::<TRACE, true, true>(&row, &segment, deliver),
                    (true, true, false, false) => run.walk::<{ DRIFT | TRACE }, true, true>(&row, &segment, deliver),
                    (false, false, true, false) => run.walk::<PAIRS, true, true>(&row, &segment, deliver),
                    (true, false, true, false) => run.walk::<{ DRIFT | PAIRS }, true, true>(&row, &segment, deliver),
                    (_, true, true, false) => {
                        run.walk::<{ DRIFT | TRACE | PAIRS }, true, true>(&row, &segment, deliver);
                    }
                    (_, _, false, true) => {
                        run.walk::<{ DRIFT | TRACE | SPIKES }, true, true>(&row, &segment, deliver);
                    }
                    (_, _, true, true) => run.walk::<ALL, true, true>(&row, &segment, deliver),
                },
                Touch::Spike if uses.pairs => run.walk::<ALL, true, false>(&row, &segment, deliver),
                Touch::Spike => run.walk::<{ DRIFT | TRACE | SPIKES }, true, false>(&row, &segment, deliver),
                Touch::Renew => run.walk::<{ DRIFT | TRACE | PAIRS }, true, false>(&row, &segment, deliver),
                Touch::Read if self.bounded && uses.pairs => {
                    run.walk::<{ DRIFT | TRACE | PAIRS }, false, true>(&row, &segment, deliver);
                }
                Touch::Read if self.bounded => run.walk::<{ DRIFT | TRACE }, false, true>(&row, &segment, deliver),
                _ if uses.pairs => run.walk::<{ DRIFT | TRACE | PAIRS }, false, false>(&row, &segment, deliver),
                _ => run.walk::<{ DRIFT | TRACE }, false, false>(&row, &segment, deliver),
            }
        }
        self.rows.end_touch(pre, &row, self.clock, block_next);
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

    fn segment(&self, row: &RowState<F>, n: usize) -> Segment<F> {
        let (c, p, m) = (&self.c, &self.powers, row.m);
        let pair = m * c.types_post + n;
        let (x0, steps, r) = (row.x0, row.steps, self.reward[n]);
        let mut common = x0 * (c.x_pre[m] * p.sum_x(m, steps) + c.xx_pre[m] * x0 * p.sum_xx(m, steps));
        if c.uses.row_reward {
            let r0 = self.reward_at_restart[n] * p.r(n, (row.from - self.restarted) as usize);
            let linear = c.x_pre_r[m] * p.sum_x_r(m, n, steps);
            common = common + x0 * r0 * (linear + c.xx_pre_r[m] * x0 * p.sum_xx_r(m, n, steps));
        }
        // Up to a spike of the presynaptic neuron, whose step is part of the sum, K = q/(1-q); between two steps 1/(1-q).
        let spike = row.how == Touch::Spike;
        let k = c.xx[pair] * p.pair[pair][usize::from(spike)] + c.xx_r[pair] * r * p.pair_r[pair][usize::from(spike)];
        let (mut on_x, mut on_s) = (-k * row.x_now, F::zero());
        if spike {
            common = common + c.s_pre[m] + c.s_pre_r[m] * r + (c.sx_pre[m] + c.sx_pre_r[m] * r) * row.x_now;
            on_x = on_x + c.sx[pair] + c.sx_r[pair] * r;
            if c.uses.slow {
                on_x = on_x + c.slow_pre[pair] * row.y_now;
            }
            on_s = c.ss[pair] + c.ss_r[pair] * r;
        }
        Segment { common, on_x, on_s, k_x: k * row.x_next }
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

/// One segment's slices, and the postsynaptic state that it gathers from.
struct Run<'a, F> {
    target: &'a [u32],
    scale: &'a [F],
    upper: &'a [F],
    value: &'a mut [F],
    drift: &'a [F],
    x_post: &'a [F],
    s_post: &'a [F],
    sums: &'a [F],
    sums_next: &'a [F],
}

impl<F: Float> Run<'_, F> {
    /// The loop over the synapses of a segment, specialised by which `PARTS` of a rule there are, whether sums go on
    /// (`KEEP`) or start anew, and whether weights are bounded.
    #[inline]
    fn walk<const PARTS: u8, const KEEP: bool, const BOUNDED: bool>(
        &mut self,
        row: &RowState<F>,
        segment: &Segment<F>,
        mut deliver: impl FnMut(usize, F),
    ) {
        let n = self.target.len();
        let (scale, upper, value) = (&self.scale[..n], &self.upper[..n], &mut self.value[..n]);
        for k in 0..n {
            let j = self.target[k] as usize;
            let mut before = segment.common;
            let mut after = F::zero();
            if PARTS & DRIFT != 0 {
                before = before + self.drift[j];
                after = after + self.drift[j];
            }
            if PARTS & TRACE != 0 {
                before = before + segment.on_x * self.x_post[j];
                after = after - segment.k_x * self.x_post[j];
            }
            if PARTS & PAIRS != 0 {
                before = before + row.alpha * self.sums[j];
                after = after + row.alpha_next * self.sums_next[j];
            }
            if PARTS & SPIKES != 0 {
                before = before + segment.on_s * self.s_post[j];
            }
            let mut w = value[k] + scale[k] * before;
            if BOUNDED {
                w = if w > F::zero() { w } else { F::zero() };
                w = if w < upper[k] { w } else { upper[k] };
            }
            deliver(k, w);
            value[k] = if KEEP && PARTS & (DRIFT | TRACE | PAIRS) != 0 { w - scale[k] * after } else { w };
        }
    }
}
