//! Bringing one row up to date: the inner loop of the event-driven engine.

use super::{EventTaylor, HISTORY};
use evoplast_synapse::Topology;
use num_traits::Float;

/// What the synapses of one row onto one postsynaptic type have in common.
struct Segment<'a, F> {
    /// Presynaptic terms, the same for every synapse.
    common: F,
    /// Factors of `S_post` and `X_post` in the step of the touch.
    on_s_post: F,
    on_x_post: F,
    history: History<'a, F>,
}

/// The terms `S_post X_pre` and `X_pre X_post` over the stretch, from the spikes of the postsynaptic neuron.
struct History<'a, F> {
    /// Steps completed at the last touch, and length of the stretch.
    from: u32,
    steps: usize,
    /// `X_pre` and `R` in the first step of the stretch.
    x0: F,
    r0: F,
    xs: F,
    xs_r: F,
    xx: F,
    xx_r: F,
    pre: &'a [F],
    post: &'a [F],
    reward: &'a [F],
    inverse: F,
    inverse_r: F,
}

impl<F: Float> History<'_, F> {
    /// `sum over k steps of xx X X + xx_r X X R`, for `X_pre X_post = 1` and `R = r` in the first of them.
    #[inline]
    fn pair_sum(&self, k: usize, r: F) -> F {
        let q = self.pre[k] * self.post[k];
        self.xx * (F::one() - q) * self.inverse + self.xx_r * r * (F::one() - q * self.reward[k]) * self.inverse_r
    }

    /// The sum for one synapse. `clock` and `x` are the history of its postsynaptic neuron, entry 0 from the flush.
    #[inline]
    fn sum(&self, clock: &[u32], x: &[F]) -> F {
        let mut total = F::zero();
        for entry in (0..clock.len()).rev() {
            if clock[entry] <= self.from {
                let x_post = x[entry] * self.post[(self.from - clock[entry]) as usize];
                total = total + x_post * self.pair_sum(self.steps, self.r0);
                break;
            }
            let d = (clock[entry] - self.from) as usize;
            total = total + self.pre[d - 1] * (self.xs + self.xs_r * self.r0 * self.reward[d - 1]);
            if d < self.steps {
                let r = self.r0 * self.reward[d];
                total = total + self.pre[d] * self.post[1] * self.pair_sum(self.steps - d, r);
            }
        }
        self.x0 * total
    }
}

impl<F: Float> EventTaylor<F> {
    /// Brings the row of `pre` up to date and hands every magnitude to `deliver`. With `SPIKE` the presynaptic neuron
    /// fires in the present step; without, the present step is over and the row is only settled.
    pub(super) fn touch<const SPIKE: bool>(
        &mut self,
        pre: usize,
        topology: &Topology,
        first: usize,
        target: &[u32],
        value: &mut [F],
        mut deliver: impl FnMut(usize, F),
    ) {
        let until = self.clock + u32::from(SPIKE);
        let from = self.row_clock[pre];
        let steps = (until - from) as usize;
        let m = usize::from(topology.pre_type()[pre]);
        let x0 = self.row_x[pre];
        let x_now = if SPIKE { x0 * self.powers.e(m, steps - 1) } else { F::zero() };
        for n in 0..topology.types_post() {
            let range = topology.segment(pre, n);
            if range.is_empty() {
                continue;
            }
            let local = range.start - first..range.end - first;
            let segment = self.segment::<SPIKE>(m, n, from, steps, x0, x_now);
            let active = (
                self.c.uses_drift,
                SPIKE && self.c.uses_coincidence,
                self.c.uses_history && steps > 0 && x0 > F::zero(),
            );
            let mut run = Run {
                target: &target[local.clone()],
                scale: &self.scale[range.clone()],
                upper: &self.upper[range],
                value: &mut value[local.clone()],
            };
            let deliver = |k: usize, w: F| deliver(local.start + k, w);
            match active {
                (false, false, false) => self.walk::<SPIKE, false, false, false>(&segment, &mut run, deliver),
                (false, true, false) => self.walk::<SPIKE, false, true, false>(&segment, &mut run, deliver),
                (true, false, false) => self.walk::<SPIKE, true, false, false>(&segment, &mut run, deliver),
                (true, true, false) => self.walk::<SPIKE, true, true, false>(&segment, &mut run, deliver),
                (_, _, true) => self.walk::<SPIKE, true, true, true>(&segment, &mut run, deliver),
            }
        }
        self.row_clock[pre] = until;
        self.row_x[pre] = if SPIKE { self.powers.e(m, 1) * (x_now + F::one()) } else { x0 * self.powers.e(m, steps) };
    }

    fn segment<const SPIKE: bool>(
        &self,
        m: usize,
        n: usize,
        from: u32,
        steps: usize,
        x0: F,
        x_now: F,
    ) -> Segment<'_, F> {
        let (c, p) = (&self.c, &self.powers);
        let pair = m * c.types + n;
        let r0 = self.reward_at_flush[n] * p.r(n, (from - self.flushed) as usize);
        let mut common = x0 * (c.x_pre[m] * p.sum_x(m, steps) + c.xx_pre[m] * x0 * p.sum_xx(m, steps));
        if c.uses_reward {
            let linear = c.x_pre_r[m] * p.sum_x_r(m, n, steps);
            common = common + x0 * r0 * (linear + c.xx_pre_r[m] * x0 * p.sum_xx_r(m, n, steps));
        }
        let (mut on_s_post, mut on_x_post) = (F::zero(), F::zero());
        if SPIKE {
            let r = self.reward[n];
            common = common + c.s_pre[m] + c.s_pre_r[m] * r + (c.sx_pre[m] + c.sx_pre_r[m] * r) * x_now;
            on_s_post = c.ss[pair] + c.ss_r[pair] * r;
            on_x_post = c.sx[pair] + c.sx_r[pair] * r;
        }
        let (inverse, inverse_r) = p.inverse_pair(m, n);
        let history = History {
            from,
            steps,
            x0,
            r0,
            xs: c.xs[pair],
            xs_r: c.xs_r[pair],
            xx: c.xx[pair],
            xx_r: c.xx_r[pair],
            pre: p.e_row(m),
            post: p.e_row(n),
            reward: p.r_row(n),
            inverse,
            inverse_r,
        };
        Segment { common, on_s_post, on_x_post, history }
    }

    /// The loop over the synapses of a segment, specialised by which parts of the rule are active.
    #[inline]
    fn walk<const SPIKE: bool, const DRIFT: bool, const COINCIDENCE: bool, const PAIRS: bool>(
        &self,
        segment: &Segment<'_, F>,
        run: &mut Run<'_, F>,
        mut deliver: impl FnMut(usize, F),
    ) {
        let n = run.target.len();
        let (scale, upper, value) = (&run.scale[..n], &run.upper[..n], &mut run.value[..n]);
        for k in 0..n {
            let j = run.target[k] as usize;
            let mut du = segment.common;
            let drift = if DRIFT { self.drift[j] } else { F::zero() };
            if DRIFT {
                du = du + drift;
            }
            if COINCIDENCE {
                du = du + segment.on_x_post * self.x_post[j] + segment.on_s_post * self.s_post[j];
            }
            if PAIRS {
                let entries = j * HISTORY..j * HISTORY + usize::from(self.history_len[j]);
                du = du + segment.history.sum(&self.history_clock[entries.clone()], &self.history_x[entries]);
            }
            let mut w = value[k] + scale[k] * du;
            if self.bounded {
                w = w.max(F::zero()).min(upper[k]);
            }
            deliver(k, w);
            // Settled rows start anew: the caller sets all drifts to 0.
            value[k] = if DRIFT && SPIKE { w - scale[k] * drift } else { w };
        }
    }
}

/// One segment's slices.
struct Run<'a, F> {
    target: &'a [u32],
    scale: &'a [F],
    upper: &'a [F],
    value: &'a mut [F],
}
