//! Poisson spikes from firing rates.

use rand::{Rng, RngExt};
use rand_distr::Exp1;

use super::response::Rates;

/// Spikes of a group of units, sorted by time: for each millisecond the units that fire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpikeLists {
    t0_ms: i64,
    /// Spikes of millisecond t are `units[offsets[t]..offsets[t + 1]]`.
    offsets: Vec<u32>,
    units: Vec<u32>,
    /// Scratch: (millisecond, unit) in the order of drawing.
    drawn: Vec<(u32, u32)>,
}

impl SpikeLists {
    /// First millisecond.
    pub fn t0_ms(&self) -> i64 {
        self.t0_ms
    }

    /// Number of milliseconds.
    pub fn n_ms(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Number of spikes.
    pub fn n_spikes(&self) -> usize {
        self.units.len()
    }

    /// Units (indices into the selection, ascending) that fire in the `step`-th millisecond; one that fires twice
    /// appears twice. Empty outside the range.
    pub fn at(&self, step: usize) -> &[u32] {
        if step >= self.n_ms() {
            return &[];
        }
        &self.units[self.offsets[step] as usize..self.offsets[step + 1] as usize]
    }
}

/// Draws inhomogeneous Poisson spikes of all units; `out` is overwritten.
///
/// Thinning: points of a unit's largest rate are drawn from exponential gaps and kept with probability rate / largest
/// rate. Lewis & Shedler 1979, Nav Res Logist Q 26:403, <https://doi.org/10.1002/nav.3800260304>. Unit follows unit, so
/// the result depends on `rates` and `rng` alone.
pub fn poisson_spikes<R: Rng + ?Sized>(rates: &Rates, rng: &mut R, out: &mut SpikeLists) {
    let n_ms = rates.n_ms();
    out.t0_ms = rates.t0_ms();
    out.drawn.clear();
    out.offsets.clear();
    out.offsets.resize(n_ms + 1, 0);
    for unit in 0..rates.n_units() {
        let hz = rates.unit(unit);
        let largest = largest(hz);
        if largest <= 0.0 {
            continue;
        }
        let mean_gap_ms = 1e3 / f64::from(largest);
        let mut t_ms = mean_gap_ms * gap(rng);
        while t_ms < n_ms as f64 {
            let t = t_ms as usize;
            if largest * rng.random::<f32>() < hz[t] {
                out.drawn.push((t as u32, unit as u32));
                out.offsets[t + 1] += 1;
            }
            t_ms += mean_gap_ms * gap(rng);
        }
    }
    for t in 0..n_ms {
        out.offsets[t + 1] += out.offsets[t];
    }
    // a counting sort by time keeps the units ascending
    out.units.clear();
    out.units.resize(out.drawn.len(), 0);
    let mut next = out.offsets.clone();
    for &(t, unit) in &out.drawn {
        out.units[next[t as usize] as usize] = unit;
        next[t as usize] += 1;
    }
}

fn gap<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    rng.sample(Exp1)
}

/// Largest value, in eight interleaved partial maxima.
fn largest(values: &[f32]) -> f32 {
    let mut maxima = [0.0_f32; 8];
    let chunks = values.chunks_exact(8);
    let tail = chunks.remainder().iter().fold(0.0_f32, |m, &v| m.max(v));
    for chunk in chunks {
        for k in 0..8 {
            maxima[k] = if chunk[k] > maxima[k] { chunk[k] } else { maxima[k] };
        }
    }
    maxima.iter().fold(tail, |m, &v| m.max(v))
}
