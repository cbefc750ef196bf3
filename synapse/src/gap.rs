//! Gap junctions: ohmic coupling of potentials, `I_a = g (V_b - V_a)`, `I_b = -I_a`.
//!
//! They act in every step, not at spikes, and at once, so they are not a projection. A network takes the potentials at the
//! beginning of a step, and the current is constant within it: first order in the step, and stable while the sum of a neuron's
//! junctions times dt is below its capacitance.
//!
//! Source: Connors and Long 2004, doi 10.1146/annurev.neuro.26.041002.131128.

use crate::SynapseError;
use crate::error::{require, same_length};
use evoplast_neuron::Scalar;

/// Junctions between the neurons of two populations, or of one.
#[derive(Debug, Clone, PartialEq)]
pub struct GapJunctions {
    pairs: Vec<[u32; 2]>,
    g_ns: Vec<f32>,
    ends: [usize; 2],
}

impl GapJunctions {
    /// One junction per pair (a neuron of each population) with a conductance in nS.
    ///
    /// # Errors
    /// Different lengths, a conductance that is negative or not finite.
    pub fn new(pairs: Vec<[u32; 2]>, g_ns: Vec<f32>) -> Result<Self, SynapseError> {
        same_length("conductances of gap junctions", g_ns.len(), pairs.len())?;
        for &g in &g_ns {
            require(g >= 0.0, "gap junctions", "g_ns", g.into(), "a number >= 0")?;
        }
        let end = |side: usize| pairs.iter().map(|p| p[side] as usize + 1).max().unwrap_or(0);
        let ends = [end(0), end(1)];
        Ok(Self { pairs, g_ns, ends })
    }

    /// The pairs of neurons.
    #[must_use]
    pub fn pairs(&self) -> &[[u32; 2]] {
        &self.pairs
    }

    /// Conductance of every pair (nS).
    #[must_use]
    pub fn g_ns(&self) -> &[f32] {
        &self.g_ns
    }

    /// Refuses indices beyond the sizes of the two populations.
    pub(crate) fn check(&self, sizes: [usize; 2]) -> Result<(), SynapseError> {
        for (&found, end) in self.ends.iter().zip(sizes) {
            if found > end {
                return Err(SynapseError::Index { what: "neuron of a gap junction", found: found - 1, end });
            }
        }
        Ok(())
    }

    /// Adds the current of every junction (nS times the unit of the potential) to both of its neurons, in order. Arrays are
    /// `[neuron][lane]`; for junctions within one population see [`add_within`](Self::add_within).
    ///
    /// # Panics
    /// Arrays that are too short for the pairs.
    pub fn add_between<F: Scalar>(&self, lanes: usize, v: [&[F]; 2], current: [&mut [F]; 2]) {
        let [i_a, i_b] = current;
        for (&[a, b], &g) in self.pairs.iter().zip(&self.g_ns) {
            let (a, b, g) = (a as usize * lanes, b as usize * lanes, F::of(g.into()));
            for lane in 0..lanes {
                let i = g * (v[1][b + lane] - v[0][a + lane]);
                i_a[a + lane] += i;
                i_b[b + lane] -= i;
            }
        }
    }

    /// [`add_between`](Self::add_between) within one population.
    ///
    /// # Panics
    /// Arrays that are too short for the pairs.
    pub fn add_within<F: Scalar>(&self, lanes: usize, v: &[F], current: &mut [F]) {
        for (&[a, b], &g) in self.pairs.iter().zip(&self.g_ns) {
            let (a, b, g) = (a as usize * lanes, b as usize * lanes, F::of(g.into()));
            for lane in 0..lanes {
                let i = g * (v[b + lane] - v[a + lane]);
                current[a + lane] += i;
                current[b + lane] -= i;
            }
        }
    }
}
