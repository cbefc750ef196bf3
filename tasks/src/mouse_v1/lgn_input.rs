//! Which LGN units reach which neurons.
//!
//! A neuron that gets input has two subfields in the visual field, ellipses either side of its centre along its
//! preferred direction: transient OFF units are taken from one, sustained units (ON or OFF, one polarity per neuron) from
//! the other, composites from between. A unit inside its ellipse is accepted with a probability that falls with the
//! distance of its temporal frequency from the neuron's; a composite if its axis is within 15 deg of the neuron's
//! preferred direction, along which the two subfields lie.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>. Input to
//! interneurons uses the receptor e2i (2.8 ms): the released files name i2e, which gives rates far from the released
//! ones, and e2i fits best of the four.

use super::geometry::Cells;
use super::lgn::LgnUnit;
use super::recurrent::PORT_EXCITATORY;
use super::tables::{LGN_CLASSES, LGN_DELAY_MS, LGN_TARGETS, LgnKind, LgnTarget, N_TYPES, delay_steps};
use crate::error::TaskError;
use evoplast_synapse::{TopologyBuilder, Wiring};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Poisson};

/// Largest difference (deg) between the axes of a composite and of its target.
const COMPOSITE_AXIS_DEG: f64 = 15.0;

/// Draws the input; returns the wiring from the selected units, and which units those are.
pub(super) fn lgn_input<R: Rng + ?Sized>(
    cells: &Cells,
    units: &[LgnUnit],
    dt_ms: f64,
    rng: &mut R,
) -> Result<(Wiring, Vec<usize>), TaskError> {
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for neuron in 0..cells.len() {
        let target = &LGN_TARGETS[usize::from(cells.population[neuron])];
        if target.weight_pa == 0.0 || rng.random::<f64>() >= target.p_target {
            continue;
        }
        let field = Field::draw(target, cells.retinotopy_deg(neuron), cells.sites.tuning_deg[neuron].into(), rng);
        for (u, unit) in units.iter().enumerate() {
            if field.near(unit) && rng.random::<f64>() < field.probability(unit) {
                edges.push((u, neuron));
            }
        }
    }
    let mut selection: Vec<usize> = edges.iter().map(|e| e.0).collect();
    selection.sort_unstable();
    selection.dedup();
    let mut builder = TopologyBuilder::new(&vec![0; selection.len()], 1, &cells.type17, N_TYPES)?;
    let steps = delay_steps(LGN_DELAY_MS, dt_ms).min(255) as u8;
    for (unit, neuron) in edges {
        let pre = selection.partition_point(|&s| s < unit);
        let weight = LGN_TARGETS[usize::from(cells.population[neuron])].weight_pa;
        builder.add(pre as u32, neuron as u32, steps, weight as f32)?;
    }
    let (topology, weights) = builder.build()?;
    let n = topology.n_pre();
    Ok((Wiring::new(topology, weights, vec![1.0; n], vec![PORT_EXCITATORY; n])?, selection))
}

/// The subfields of one neuron.
struct Field {
    center: (f64, f64),
    /// Unit vectors along the ellipse's long axis and across it.
    along: (f64, f64),
    across: (f64, f64),
    /// Preferred direction: the subfields lie along it.
    axis_deg: f64,
    d: f64,
    a: f64,
    b: f64,
    polarity: LgnKind,
    tf_hz: f64,
}

impl Field {
    fn draw<R: Rng + ?Sized>(t: &LgnTarget, center: (f64, f64), tuning_deg: f64, rng: &mut R) -> Self {
        let mut between = |(low, high): (f64, f64)| low + (high - low) * rng.random::<f64>();
        let d = 0.5 * between(t.centers_deg);
        let b = 0.5 * between(t.width_deg);
        let a = b * between(t.aspect);
        let polarity = if rng.random::<f64>() < t.s_on_ratio { LgnKind::SOn } else { LgnKind::SOff };
        let poisson = Poisson::new(t.poisson_tf_hz).expect("the tabled mean is positive");
        let mut tf_hz = 0.0;
        while tf_hz <= 0.0 {
            tf_hz = poisson.sample(rng);
        }
        let (sin, cos) = (tuning_deg + 270.0).to_radians().sin_cos();
        Self { center, along: (cos, sin), across: (-sin, cos), axis_deg: tuning_deg, d, a, b, polarity, tf_hz }
    }

    /// A cheap bound that leaves out most of the units.
    fn near(&self, unit: &LgnUnit) -> bool {
        let (x, y) = unit.position_deg();
        (x - self.center.0).abs().max((y - self.center.1).abs()) <= self.a.max(self.b) + self.d
    }

    fn probability(&self, unit: &LgnUnit) -> f64 {
        let kind = unit.kind();
        let (shift, a, b) = match kind {
            LgnKind::TOff => (self.d, self.a, self.b),
            LgnKind::SOn | LgnKind::SOff if kind == self.polarity => (-self.d, self.a, self.b),
            LgnKind::SOn | LgnKind::SOff => return 0.0,
            LgnKind::SOnSOff | LgnKind::SOnTOff => (0.0, self.b, 0.5 * self.d),
        };
        let (x, y) = unit.position_deg();
        let dx = x - self.center.0 - shift * self.across.0;
        let dy = y - self.center.1 - shift * self.across.1;
        let (u, v) = (dx * self.along.0 + dy * self.along.1, dx * self.across.0 + dy * self.across.1);
        if (u / a).powi(2) + (v / b).powi(2) > 1.0 {
            return 0.0;
        }
        if matches!(kind, LgnKind::SOnSOff | LgnKind::SOnTOff) {
            let difference = (unit.angle_deg - self.axis_deg).rem_euclid(180.0);
            let folded = difference.min(180.0 - difference);
            return if folded < COMPOSITE_AXIS_DEG { 1.0 } else { 0.0 };
        }
        let distance = |tf: f64| (self.tf_hz - tf).abs();
        let (mut sum, mut n) = (0.0, 0.0);
        for class in LGN_CLASSES.iter().filter(|c| c.kind == kind) {
            sum += distance(class.tf_hz);
            n += 1.0;
        }
        (1.0 - distance(LGN_CLASSES[unit.class].tf_hz) / sum) / (n - 1.0)
    }
}
