//! The event-driven engine as the rule of a projection.

use super::EventDriven;
use super::row::Touch;
use evoplast_synapse::{Plastic, Row, StepSpikes, Topology, prefetch};
use std::ops::Range;

impl Plastic for EventDriven<f32> {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {
        self.rest();
    }

    fn begin_step(&mut self, spikes: &StepSpikes<'_>, topology: &Topology, value: &mut [f32]) {
        self.begin(spikes.post, topology, value);
    }

    fn touch_row(&mut self, row: Row<'_>, topology: &Topology, deliver: impl FnMut(usize, &[f32])) {
        self.touch(Touch::Spike, row.pre, topology, row.value, deliver);
    }

    fn request(&self, row: Range<usize>) {
        prefetch(&self.scale[row.clone()]);
        prefetch(&self.upper[row]);
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
