//! Sums over the spikes of the postsynaptic neurons, weighted by how far a presynaptic trace has decayed.
//!
//! A presynaptic neuron of type m that has its trace since step t0 needs, at a touch, the sum over the steps since then of
//! `rho_m^s v_j(s)`, where `v_j` is what neuron j contributes. Sums from one fixed origin would do for all rows, but
//! `rho_m^s` leaves the range of floating-point numbers within a second. So time is cut into blocks of
//! [`BLOCK_TAU`] time constants, each with an origin o and sums of its own, `C_j(t) = sum_{o <= s} rho_m^(s-o) v_j(s)`, to
//! which spikes are added as long as their factor matters. A row belongs to the block of its last touch; its factors then
//! stay within `e^BLOCK_TAU`.
//!
//! Blocks live in a ring. When one is to be used anew, the rows that still belong to it are settled; by then their trace
//! has decayed to `e^(-BLOCK_TAU RING)`, so that each spike costs at most one such visit.

use super::coefficients::Coefficients;
use super::powers::Powers;
use crate::factored::FactoredRule;
use num_traits::Float;

/// Length of a block in time constants of the presynaptic trace: sums lose up to `e^4 = 55` units in the last place.
const BLOCK_TAU: f64 = 4.0;
/// Blocks of a ring: 40 time constants.
const RING: usize = 10;
/// No block: the row has no trace.
pub(super) const NO_BLOCK: u8 = u8::MAX;

/// The ring of one presynaptic type.
#[derive(Debug, Clone)]
struct Ring {
    /// Length of a block in steps.
    length: u32,
    /// Blocks of the ring.
    count: usize,
    /// Index of the first sum of block 0.
    first: usize,
    current: usize,
    /// First step of every block; `None` if it is not in use.
    origin: [Option<u32>; RING],
}

/// The sums of all presynaptic types.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks<F> {
    n_post: usize,
    rings: Vec<Ring>,
    sums: Vec<F>,
    /// What the neurons of one call of `add` contribute; kept for its memory.
    contribution: Vec<F>,
}

impl<F: Float> Blocks<F> {
    /// Prepares rings for a rule that needs them; keeps the memory of the last one. `longest` is the longest time between two
    /// calls of [`restart`](Self::restart) in steps.
    pub fn set(&mut self, rule: &FactoredRule, dt_ms: f64, n_post: usize, longest: usize) {
        self.n_post = n_post;
        self.rings.clear();
        let mut first = 0;
        for tau_ms in rule.tau_pre_ms() {
            let length = (BLOCK_TAU * tau_ms / dt_ms).ceil().clamp(1.0, longest as f64) as u32;
            let count = (longest.div_ceil(length as usize) + 1).min(RING);
            self.rings.push(Ring { length, count, first, current: 0, origin: [None; RING] });
            first += count * n_post;
        }
        self.sums.clear();
        self.sums.resize(first, F::zero());
    }

    /// Starts the first block of every type at `step` with the given sums; all others end.
    pub fn restart(&mut self, step: u32, initial: impl Fn(usize, &mut [F])) {
        let n = self.n_post;
        for (m, ring) in self.rings.iter_mut().enumerate() {
            ring.origin = [None; RING];
            ring.origin[0] = Some(step);
            ring.current = 0;
            initial(m, &mut self.sums[ring.first..ring.first + n]);
        }
    }

    /// If type `m` needs a new block at `step`: the block that it will take the place of.
    #[inline]
    pub fn due(&self, m: usize, step: u32) -> Option<u8> {
        let ring = &self.rings[m];
        let start = ring.origin[ring.current]?;
        (step - start >= ring.length).then(|| ((ring.current + 1) % ring.count) as u8)
    }

    /// Whether rows may still belong to a block.
    pub fn in_use(&self, m: usize, block: u8) -> bool {
        self.rings[m].origin[usize::from(block)].is_some()
    }

    /// Starts a block of type `m` at `step`; `initial` writes its first sums.
    pub fn start(&mut self, m: usize, block: u8, step: u32, initial: impl FnOnce(&mut [F])) {
        let ring = &mut self.rings[m];
        ring.current = block.into();
        ring.origin[ring.current] = Some(step);
        let first = ring.first + ring.current * self.n_post;
        initial(&mut self.sums[first..first + self.n_post]);
    }

    /// The present block of type `m` and its origin.
    #[inline]
    pub fn current(&self, m: usize) -> (u8, u32) {
        let ring = &self.rings[m];
        (ring.current as u8, ring.origin[ring.current].unwrap_or(0))
    }

    /// The sums of a block, one per postsynaptic neuron.
    #[inline]
    pub fn sums(&self, m: usize, block: u8) -> &[F] {
        let first = self.rings[m].first + usize::from(block) * self.n_post;
        &self.sums[first..first + self.n_post]
    }

    /// Adds `rho_m^(step - o) v(m, j)` for the given neurons to every block of every type in which it still counts.
    pub fn add(&mut self, step: u32, powers: &Powers<F>, neurons: &[u32], v: impl Fn(usize, usize) -> F) {
        let mut contribution = std::mem::take(&mut self.contribution);
        let mut filled_for = None;
        self.for_each_block(step, powers, |m, power, sums| {
            if filled_for != Some(m) {
                filled_for = Some(m);
                contribution.clear();
                contribution.extend(neurons.iter().map(|&j| v(m, j as usize)));
            }
            for (&j, &v) in neurons.iter().zip(&contribution) {
                let sum = &mut sums[j as usize];
                *sum = *sum + power * v;
            }
        });
        self.contribution = contribution;
    }

    /// Calls `visit(m, rho_m^(step - o), sums)` for every block in which an addition at `step` still counts.
    pub fn for_each_block(&mut self, step: u32, powers: &Powers<F>, mut visit: impl FnMut(usize, F, &mut [F])) {
        // What a presynaptic trace of this size adds is lost in the rounding of what it added at first.
        let least = F::epsilon();
        let n = self.n_post;
        for (m, ring) in self.rings.iter().enumerate() {
            for (block, origin) in ring.origin[..ring.count].iter().enumerate() {
                let Some(origin) = origin else { continue };
                let power = powers.e(m, (step - origin) as usize);
                if power > least {
                    let first = ring.first + block * n;
                    visit(m, power, &mut self.sums[first..first + n]);
                }
            }
        }
    }
}

/// Writes `K X_j` into the sums of a block of type `m` that starts now, so that the sum of `X_pre X_post` since its
/// origin is 0 (see the head of the engine).
pub(super) fn initial_sums<F: Float>(
    c: &Coefficients<F>,
    powers: &Powers<F>,
    runs: &[(usize, usize, usize)],
    reward: &[F],
    x_post: &[F],
    m: usize,
    sums: &mut [F],
) {
    if !c.uses.xx {
        sums.fill(F::zero());
        return;
    }
    let mut runs = runs.iter().copied().peekable();
    c.boundary(powers, reward, m, false, |n, k| {
        while let Some((_, start, end)) = runs.next_if(|run| run.0 == n) {
            sums[start..end].iter_mut().zip(&x_post[start..end]).for_each(|(s, &x)| *s = k * x);
        }
    });
}
