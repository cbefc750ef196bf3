//! The dense reference as the rule of a projection.

use super::{Connections, Dense};
use crate::bounds::{Bounds, BoundsWhen};
use crate::error::PlasticityError;
use crate::factored::Factored;
use evoplast_synapse::{Plastic, Row, Static, StepSpikes, Topology};

impl<F: num_traits::Float> Dense<F> {
    /// A rule at rest on a topology.
    ///
    /// # Errors
    /// As [`Dense::new`].
    pub fn on_topology(
        rule: &impl Factored,
        dt_ms: f64,
        topology: &Topology,
        scale: &[F],
        upper: &[F],
        bounds: Bounds,
        when: BoundsWhen,
    ) -> Result<Self, PlasticityError> {
        let mut row_start = vec![0; topology.n_pre() + 1];
        (0..topology.n_pre()).for_each(|pre| row_start[pre + 1] = topology.row(pre).end);
        let connections = Connections {
            row_start: &row_start,
            targets: topology.targets(),
            pre_type: topology.pre_type(),
            post_type: topology.post_type(),
            types: [topology.types_pre(), topology.types_post()],
        };
        Self::new(rule, dt_ms, connections, scale, upper, bounds, when)
    }
}

const FITS: &str = "the projection gives its own topology's weights and spikes of its own populations";

impl Plastic for Dense<f32> {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {
        Dense::reset(self);
    }

    fn begin_step(&mut self, spikes: &StepSpikes<'_>, _: &Topology, value: &mut [f32]) {
        self.step(spikes.pre, spikes.post, value).expect(FITS);
    }

    fn touch_row(&mut self, row: Row<'_>, topology: &Topology, deliver: impl FnMut(usize, &[f32])) {
        Static.touch_row(row, topology, deliver);
    }

    fn end_step(&mut self, _: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {}

    fn reward(&mut self, delta_r: f32, _: &Topology, _: &mut [f32]) {
        Dense::reward(self, delta_r);
    }

    fn flush(&mut self, _: &Topology, value: &mut [f32]) {
        Dense::flush(self, value).expect(FITS);
    }
}
