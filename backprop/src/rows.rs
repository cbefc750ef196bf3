//! Sparse rows over lanes of trials: spikes forward to their targets, adjoints back from them.
//!
//! Forward, at step s: `x_j(s + d) += w_ij z_i(s)` for every synapse of a unit that spikes in any lane. Back, when all
//! later steps are done: `z_i_bar(s) += sum_j w_ij x_j_bar(s + d)` for units whose pseudo-derivative is not 0 in any
//! lane, and `w_ij_bar += sum over lanes z_i(s) x_j_bar(s + d)` for units that spike.

use crate::packed::Packed;
use crate::real::{Real, rows, rows_mut};
use evoplast_synapse::Topology;
use std::sync::Arc;

/// The connections of a projection, shared by all trials.
#[derive(Debug, Clone)]
pub(crate) struct Rows<F> {
    pub topology: Arc<Topology>,
    /// Receptor port of each presynaptic unit.
    pub port: Arc<[u8]>,
    /// Signed weights in synapse order.
    pub weight: Vec<F>,
    /// The common delay, if there is one.
    uniform: Option<u8>,
    /// The same connections in groups of rows, see [`pack`](Self::pack).
    packed: Option<Packed<F>>,
}

impl<F: Real> Rows<F> {
    pub(crate) fn new(topology: Arc<Topology>, port: Arc<[u8]>, weight: Vec<F>) -> Self {
        let first = topology.delays().first().copied();
        let uniform = first.filter(|d| topology.delays().iter().all(|x| x == d));
        Self { topology, port, weight, uniform, packed: None }
    }

    /// Prepares going back with one trial per chunk: groups rows that have one delay, with the present weights.
    pub(crate) fn pack(&mut self) {
        if self.packed.is_none() && self.uniform.is_some() {
            self.packed = Packed::new(&self.topology, &self.port);
        }
        if let Some(packed) = &mut self.packed {
            packed.set(&self.weight);
        }
    }
}

/// A ring of arrays `[ports][neurons][lanes]`, one per step, or a single array.
#[derive(Debug, Clone)]
pub(crate) struct Ring<F> {
    pub n: usize,
    pub ports: usize,
    pub slots: usize,
    pub lanes: usize,
    pub buffer: Vec<F>,
}

impl<F: Real> Ring<F> {
    /// A ring that holds delays up to `max_delay` steps.
    pub(crate) fn new(n: usize, ports: usize, max_delay: u8, lanes: usize) -> Self {
        let slots = (usize::from(max_delay) + 1).next_power_of_two();
        Self { n, ports, slots, lanes, buffer: vec![F::zero(); slots * ports * n * lanes] }
    }

    /// A single array, the same at every step.
    pub(crate) fn still(n: usize, lanes: usize) -> Self {
        Self { n, ports: 1, slots: 1, lanes, buffer: vec![F::zero(); n * lanes] }
    }

    /// Row of neuron 0 in the slot that `port` reads at `step`.
    #[inline(always)]
    fn row(&self, step: usize, port: usize) -> usize {
        ((step & (self.slots - 1)) * self.ports + port) * self.n
    }

    /// What a port reads at `step`, with one lane.
    fn single(&self, step: usize, port: u8) -> &[F] {
        let start = self.row(step, usize::from(port));
        &self.buffer[start..start + self.n]
    }

    /// What a port reads at `step`.
    pub(crate) fn slot(&mut self, step: usize, port: usize) -> &mut [F] {
        let start = self.row(step, port) * self.lanes;
        &mut self.buffer[start..start + self.n * self.lanes]
    }

    /// Rows of neuron 0 for every delay from 0 to `max_delay` of one port.
    fn offsets(&self, step: usize, port: usize, max_delay: u8, out: &mut [usize; 256]) {
        for d in 0..=usize::from(max_delay) {
            out[d] = self.row(step + d, port);
        }
    }
}

/// The units of one side of a projection in one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Units<'a, F> {
    /// `[units][lanes]`: spikes, or how often a unit of a source spikes.
    pub z: &'a [F],
    /// Units with a spike in any lane, ascending.
    pub active: &'a [u32],
    /// Largest number of spikes of a unit in a lane: above 1 only for sources.
    pub most: u32,
}

impl<F: Real> Rows<F> {
    /// Adds the weights of the spikes at `step` to the ring of the target.
    pub(crate) fn deliver<const L: usize>(&self, units: Units<'_, F>, step: usize, ring: &mut Ring<F>) {
        let max_delay = self.topology.max_delay();
        let mut offsets = [0; 256];
        let mut port = usize::MAX;
        for &i in units.active {
            let i = i as usize;
            if usize::from(self.port[i]) != port {
                port = usize::from(self.port[i]);
                ring.offsets(step, port, max_delay, &mut offsets);
            }
            let z = rows::<F, L>(units.z)[i];
            let row = self.topology.row(i);
            let target = &self.topology.targets()[row.clone()];
            let delay = &self.topology.delays()[row.clone()];
            let weight = &self.weight[row];
            // A unit that spikes twice in a step sends its weights twice, in the order of the simulation.
            for repeat in 0..units.most {
                let z = if units.most > 1 {
                    z.map(|x| if x > F::of(f64::from(repeat)) { F::one() } else { F::zero() })
                } else {
                    z
                };
                match self.uniform {
                    Some(d) => send_uniform::<F, L>(&z, target, weight, offsets[usize::from(d)], &mut ring.buffer),
                    None => send::<F, L>(&z, target, delay, weight, &offsets, &mut ring.buffer),
                }
            }
        }
    }

    /// Adds to the adjoints of spikes (`z_bar`, where `wanted`) and of weights (`weight_bar`, if given). `buffer` is that
    /// of [`Packed::collect`] with one lane, else empty.
    pub(crate) fn pull_back<const L: usize>(
        &self,
        units: Units<'_, F>,
        step: usize,
        ring: &Ring<F>,
        mut spikes: Option<(&[bool], &mut [F])>,
        weight_bar: Option<&mut [F]>,
        buffer: &mut [F],
    ) {
        // Few rows are faster one by one; the bits are the same.
        if let (1, Some(packed), Some(delay), Some((wanted, z_bar))) = (L, &self.packed, self.uniform, &mut spikes)
            && 2 * wanted.iter().filter(|w| **w).count() > wanted.len()
        {
            packed.collect(|port| ring.single(step + usize::from(delay), port), buffer, wanted, z_bar);
            spikes = None;
        }
        let max_delay = self.topology.max_delay();
        let mut offsets = [0; 256];
        let mut port = usize::MAX;
        let mut turn_to = |i: usize, offsets: &mut [usize; 256]| {
            if usize::from(self.port[i]) != port {
                port = usize::from(self.port[i]);
                ring.offsets(step, port, max_delay, offsets);
            }
            self.topology.row(i)
        };
        if let Some((wanted, z_bar)) = spikes {
            let z_bar = rows_mut::<F, L>(z_bar);
            for i in (0..self.topology.n_pre()).filter(|&i| wanted[i]) {
                let row = turn_to(i, &mut offsets);
                let target = &self.topology.targets()[row.clone()];
                let weight = &self.weight[row.clone()];
                match self.uniform {
                    Some(d) => {
                        collect_uniform::<F, L>(target, weight, offsets[usize::from(d)], &ring.buffer, &mut z_bar[i]);
                    }
                    None => {
                        let delay = &self.topology.delays()[row];
                        collect::<F, L>(target, delay, weight, &offsets, &ring.buffer, &mut z_bar[i]);
                    }
                }
            }
        }
        if let Some(bar) = weight_bar {
            for &i in units.active {
                let row = turn_to(i as usize, &mut offsets);
                let target = &self.topology.targets()[row.clone()];
                let delay = &self.topology.delays()[row.clone()];
                let z = &rows::<F, L>(units.z)[i as usize];
                correlate::<F, L>(z, target, delay, &offsets, &ring.buffer, &mut bar[row]);
            }
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn send_uniform<F: Real, const L: usize>(z: &[F; L], target: &[u32], weight: &[F], offset: usize, ring: &mut [F]) {
    let slot = &mut rows_mut::<F, L>(ring)[offset..];
    for (&j, &w) in target.iter().zip(weight) {
        let x = &mut slot[j as usize];
        for l in 0..L {
            x[l] += w * z[l];
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn send<F: Real, const L: usize>(
    z: &[F; L],
    target: &[u32],
    delay: &[u8],
    weight: &[F],
    offsets: &[usize; 256],
    ring: &mut [F],
) {
    let ring = rows_mut::<F, L>(ring);
    for ((&j, &d), &w) in target.iter().zip(delay).zip(weight) {
        let x = &mut ring[offsets[usize::from(d)] + j as usize];
        for l in 0..L {
            x[l] += w * z[l];
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn collect_uniform<F: Real, const L: usize>(
    target: &[u32],
    weight: &[F],
    offset: usize,
    ring: &[F],
    z_bar: &mut [F; L],
) {
    let slot = &rows::<F, L>(ring)[offset..];
    let mut sums = [[F::zero(); L]; 4];
    let (groups, rest) = target.as_chunks::<4>();
    let (weights, last) = weight.as_chunks::<4>();
    for (js, ws) in groups.iter().zip(weights) {
        for k in 0..4 {
            let x = &slot[js[k] as usize];
            for l in 0..L {
                sums[k][l] += ws[k] * x[l];
            }
        }
    }
    let [mut first, second, third, fourth] = sums;
    for (&j, &w) in rest.iter().zip(last) {
        let x = slot[j as usize];
        for l in 0..L {
            first[l] += w * x[l];
        }
    }
    for l in 0..L {
        z_bar[l] += (first[l] + second[l]) + (third[l] + fourth[l]);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn collect<F: Real, const L: usize>(
    target: &[u32],
    delay: &[u8],
    weight: &[F],
    offsets: &[usize; 256],
    ring: &[F],
    z_bar: &mut [F; L],
) {
    let ring = rows::<F, L>(ring);
    let mut sums = [[F::zero(); L]; 2];
    for (k, ((&j, &d), &w)) in target.iter().zip(delay).zip(weight).enumerate() {
        let x = &ring[offsets[usize::from(d)] + j as usize];
        let sum = &mut sums[k & 1];
        for l in 0..L {
            sum[l] += w * x[l];
        }
    }
    for l in 0..L {
        z_bar[l] += sums[0][l] + sums[1][l];
    }
}

/// Adds `sum over lanes z x_bar` for every synapse of a row.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn correlate<F: Real, const L: usize>(
    z: &[F; L],
    target: &[u32],
    delay: &[u8],
    offsets: &[usize; 256],
    ring: &[F],
    weight_bar: &mut [F],
) {
    let ring = rows::<F, L>(ring);
    if L == 1 {
        for ((&j, &d), bar) in target.iter().zip(delay).zip(weight_bar) {
            *bar += z[0] * ring[offsets[usize::from(d)] + j as usize][0];
        }
        return;
    }
    let mut lanes = [0_usize; L];
    let mut count = 0;
    for l in 0..L {
        if z[l] != F::zero() {
            lanes[count] = l;
            count += 1;
        }
    }
    for ((&j, &d), bar) in target.iter().zip(delay).zip(weight_bar) {
        let x = &ring[offsets[usize::from(d)] + j as usize];
        let mut sum = F::zero();
        if count <= 4 {
            for &l in &lanes[..count] {
                sum += z[l & (L - 1)] * x[l & (L - 1)];
            }
        } else {
            let mut product = [F::zero(); L];
            for l in 0..L {
                product[l] = z[l] * x[l];
            }
            let mut width = L / 2;
            while width > 0 {
                for l in 0..width {
                    product[l] += product[l + width];
                }
                width /= 2;
            }
            sum = product[0];
        }
        *bar += sum;
    }
}
