//! Connections by groups of rows, for the adjoints of the spikes of one trial.
//!
//! `sum_j w_ij x_j_bar` of one row reads scattered numbers and has a length of its own, so that with one trial no vector
//! is filled. Here [`WIDTH`] rows of nearly the same length stand side by side, and a vector holds the synapse k of each
//! of them. The additions of a row are those of `rows::collect_uniform`, in its order: four sums over groups of four
//! synapses, what is left over goes to the first one. Shorter rows are filled up with the weight 0 and a target that
//! is always 0, which changes no sum.

use crate::real::Real;
use evoplast_synapse::Topology;

/// Rows side by side.
const WIDTH: usize = 16;
/// Synapses of a row that go to four sums, at most those left over.
const REST: usize = 3;
/// Numbers that an index of 16 bits reaches: no target is out of bounds.
pub(crate) const REACH: usize = 1 << 16;
/// The target of a place without a synapse.
const NOWHERE: u16 = u16::MAX;

/// A few rows of one port.
#[derive(Debug, Clone)]
struct Group {
    port: u8,
    /// The rows, fewer than [`WIDTH`] at the end of a port.
    rows: Vec<u32>,
    /// First place of the group.
    start: usize,
    /// Groups of four synapses in its longest row.
    fours: usize,
}

impl Group {
    fn end(&self) -> usize {
        self.start + 4 * self.fours + REST
    }
}

/// Rows in groups.
#[derive(Debug, Clone)]
pub(crate) struct Packed<F> {
    groups: Vec<Group>,
    target: Vec<[u16; WIDTH]>,
    weight: Vec<[F; WIDTH]>,
    /// Place and lane of every synapse.
    place: Vec<(u32, u8)>,
}

impl<F: Real> Packed<F> {
    /// Groups of the rows of a topology, with weights of 0; `None` if it has too many targets.
    pub(crate) fn new(topology: &Topology, port: &[u8]) -> Option<Self> {
        if topology.n_post() >= REACH {
            return None;
        }
        let mut order: Vec<u32> = (0..topology.n_pre() as u32).collect();
        order.sort_by_key(|&i| (port[i as usize], topology.row(i as usize).len()));
        let mut packed =
            Self { groups: vec![], target: vec![], weight: vec![], place: vec![(0, 0); topology.targets().len()] };
        for same in order.chunk_by(|&a, &b| port[a as usize] == port[b as usize]) {
            for rows in same.chunks(WIDTH) {
                packed.push(topology, port[rows[0] as usize], rows);
            }
        }
        packed.weight = vec![[F::zero(); WIDTH]; packed.target.len()];
        Some(packed)
    }

    fn push(&mut self, topology: &Topology, port: u8, rows: &[u32]) {
        let fours = rows.iter().map(|&i| topology.row(i as usize).len() / 4).max().unwrap_or(0);
        let group = Group { port, rows: rows.to_vec(), start: self.target.len(), fours };
        self.target.resize(group.end(), [NOWHERE; WIDTH]);
        for (lane, &i) in rows.iter().enumerate() {
            let row = topology.row(i as usize);
            let in_fours = row.len() / 4 * 4;
            for (k, synapse) in row.enumerate() {
                let offset = if k < in_fours { k } else { 4 * fours + k - in_fours };
                self.target[group.start + offset][lane] = topology.targets()[synapse] as u16;
                self.place[synapse] = ((group.start + offset) as u32, lane as u8);
            }
        }
        self.groups.push(group);
    }

    /// Takes over weights in synapse order.
    pub(crate) fn set(&mut self, weight: &[F]) {
        for (&(place, lane), &w) in self.place.iter().zip(weight) {
            self.weight[place as usize][usize::from(lane)] = w;
        }
    }

    /// Adds to the adjoints of spikes where `wanted`. `arriving(port)` is the adjoint of what arrives at a port, and
    /// `buffer` has [`REACH`] numbers, the last of them 0.
    pub(crate) fn collect<'a>(
        &self,
        arriving: impl Fn(u8) -> &'a [F],
        buffer: &mut [F],
        wanted: &[bool],
        z_bar: &mut [F],
    ) {
        let Some(buffer) = buffer.first_chunk_mut::<REACH>() else { unreachable!("a buffer of that length") };
        for same in self.groups.chunk_by(|a, b| a.port == b.port) {
            let x = arriving(same[0].port);
            buffer[..x.len()].copy_from_slice(x);
            collect(same, &self.target, &self.weight, buffer, wanted, z_bar);
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn collect<F: Real>(
    groups: &[Group],
    target: &[[u16; WIDTH]],
    weight: &[[F; WIDTH]],
    x: &[F; REACH],
    wanted: &[bool],
    z_bar: &mut [F],
) {
    for group in groups {
        let (targets, rest) = target[group.start..group.end()].split_at(4 * group.fours);
        let (weights, last) = weight[group.start..group.end()].split_at(4 * group.fours);
        let mut sums = [[F::zero(); WIDTH]; 4];
        for (js, ws) in targets.as_chunks::<4>().0.iter().zip(weights.as_chunks::<4>().0) {
            for k in 0..4 {
                for l in 0..WIDTH {
                    sums[k][l] += ws[k][l] * x[usize::from(js[k][l])];
                }
            }
        }
        for (js, ws) in rest.iter().zip(last) {
            for l in 0..WIDTH {
                sums[0][l] += ws[l] * x[usize::from(js[l])];
            }
        }
        for (l, &i) in group.rows.iter().enumerate() {
            if wanted[i as usize] {
                z_bar[i as usize] += (sums[0][l] + sums[1][l]) + (sums[2][l] + sums[3][l]);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rows::{Ring, Rows, Units};
    use evoplast_synapse::TopologyBuilder;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::sync::Arc;

    /// Rows of 0 to all targets, two ports, one delay.
    fn random(pre: usize, post: usize, rng: &mut ChaCha8Rng) -> Rows<f32> {
        let mut builder = TopologyBuilder::untyped(pre, post);
        for i in 0..pre as u32 {
            let p = rng.random::<f64>();
            for j in 0..post as u32 {
                if rng.random::<f64>() < p {
                    builder.add(i, j, 2, rng.random_range(-1.0..1.0)).unwrap();
                }
            }
        }
        let (topology, weight) = builder.build().unwrap();
        let port: Vec<u8> = (0..pre).map(|_| rng.random_range(0..2)).collect();
        Rows::new(Arc::new(topology), port.into(), weight)
    }

    #[test]
    fn groups_give_the_bits_of_single_rows_also_with_new_weights_and_where_adjoints_are_not_finite() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for (pre, post) in [(1, 1), (7, 3), (40, 50), (100, 2)] {
            let mut packed = random(pre, post, &mut rng);
            packed.pack();
            packed.weight.iter_mut().for_each(|w| *w *= 1.5);
            packed.pack();
            let single = Rows::new(packed.topology.clone(), packed.port.clone(), packed.weight.clone());
            let mut ring = Ring::new(post, 2, 2, 1);
            ring.buffer.iter_mut().for_each(|x| *x = rng.random_range(-1.0..1.0));
            ring.buffer[0] = f32::INFINITY;
            let units = Units { z: &vec![0.0; pre], active: &[], most: 1 };
            let wanted: Vec<bool> = (0..pre).map(|i| i % 5 != 4).collect();
            let mut buffer = vec![0.0; REACH];
            for step in 0..4 {
                let mut bars = [vec![0.25_f32; pre], vec![0.25; pre]];
                for (rows, bar) in [&packed, &single].into_iter().zip(&mut bars) {
                    rows.pull_back::<1>(units, step, &ring, Some((&wanted, bar)), None, &mut buffer);
                }
                let bits = bars.map(|bar| bar.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
                assert_eq!(bits[0], bits[1], "{pre} units to {post}, step {step}");
            }
        }
    }
}
