//! The seam between projections and plasticity rules.

use crate::Topology;
use std::ops::Range;

/// The spikes of one step on both sides of a projection, and when.
#[derive(Debug, Clone, Copy)]
pub struct StepSpikes<'a> {
    /// Steps since the last reset of the network.
    pub now: u32,
    /// Presynaptic neurons that spike, ascending.
    pub pre: &'a [u32],
    /// Postsynaptic neurons that spike, ascending.
    pub post: &'a [u32],
}

/// One row of a projection as a rule sees it.
#[derive(Debug)]
pub struct Row<'a> {
    /// The presynaptic neuron.
    pub pre: usize,
    /// Index of the row's first synapse, for arrays with one value per synapse.
    pub first: usize,
    /// Postsynaptic neurons of the row, ascending.
    pub target: &'a [u32],
    /// Stored values of the row.
    pub value: &'a mut [f32],
}

/// A plasticity rule on one projection.
///
/// The projection stores one number per synapse, and the rule defines what it means between touches: the weight's
/// magnitude for a rule that is applied at every step, or the magnitude less a cumulated drift for an event-driven
/// one. Magnitudes are >= 0 and the sign belongs to the presynaptic neuron, so no rule can violate Dale's principle
/// by a sign of its own.
///
/// Order within step t: neurons advance and spike; [`begin_step`](Self::begin_step); for every presynaptic spike
/// [`touch_row`](Self::touch_row), which updates the row and delivers the updated weights in one pass;
/// [`end_step`](Self::end_step). At the end of a trial [`reward`](Self::reward).
pub trait Plastic: Send {
    /// True for the empty rule: the projection then skips every call but `touch_row`.
    const STATIC: bool = false;

    /// Back to no history; `value` holds the initial magnitudes.
    fn reset(&mut self, topology: &Topology, value: &mut [f32]);

    /// Takes in the spikes of this step. A dense rule updates every synapse here.
    fn begin_step(&mut self, spikes: &StepSpikes<'_>, topology: &Topology, value: &mut [f32]);

    /// Brings the row of a neuron that spikes now up to date and hands every weight's magnitude to `deliver(first, magnitudes)`,
    /// in pieces of consecutive synapses of which the first has the index `first` within the row.
    fn touch_row(&mut self, row: Row<'_>, topology: &Topology, deliver: impl FnMut(usize, &[f32]));

    /// Asks the memory for what the rule keeps of the given synapses, a row that will be touched next; a hint, with
    /// [`prefetch`](crate::prefetch).
    fn request(&self, row: Range<usize>) {
        let _ = row;
    }

    /// Ends the step: traces take in its spikes and decay.
    fn end_step(&mut self, spikes: &StepSpikes<'_>, topology: &Topology, value: &mut [f32]);

    /// A reward event: `delta_r` is the reward prediction error.
    fn reward(&mut self, delta_r: f32, topology: &Topology, value: &mut [f32]);

    /// Makes every stored value the plain magnitude, up to date and within its bounds.
    fn flush(&mut self, topology: &Topology, value: &mut [f32]);
}

/// The empty rule: weights stay as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Static;

impl Plastic for Static {
    const STATIC: bool = true;

    fn reset(&mut self, _: &Topology, _: &mut [f32]) {}

    fn begin_step(&mut self, _: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {}

    #[inline]
    fn touch_row(&mut self, row: Row<'_>, _: &Topology, mut deliver: impl FnMut(usize, &[f32])) {
        deliver(0, row.value);
    }

    fn end_step(&mut self, _: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {}

    fn reward(&mut self, _: f32, _: &Topology, _: &mut [f32]) {}

    fn flush(&mut self, _: &Topology, _: &mut [f32]) {}
}

/// Asks the memory for a slice that is needed soon; a hint without effect on results, and none where there is no such
/// instruction.
#[inline(always)]
pub fn prefetch<T>(slice: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for x in slice.iter().step_by((64 / size_of::<T>().max(1)).max(1)) {
        // SAFETY: a hint about memory that `slice` borrows; it reads nothing.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(x).cast()) }
    }
}
