//! Test problems with known optima or fronts, and noise to put on them.

mod bbob;
mod dtlz;
mod landscape;
mod lsmop;
mod noisy;
mod wfg;
mod zdt;

pub use bbob::{Bbob, BbobNoise, BbobNoisy};
pub use dtlz::Dtlz;
pub use landscape::{Function, Landscape};
pub use lsmop::Lsmop;
pub use noisy::Noisy;
pub use wfg::Wfg;
pub use zdt::Zdt;

use crate::sorting::non_dominated_ranks;

/// f_m = scale * first(p_1) ... first(p_(M-m)) * second(p_(M-m+1)), for m = 1 to M; f_1 has no second factor.
fn product_form(position: &[f64], scale: f64, parts: impl Fn(f64) -> (f64, f64)) -> Vec<f64> {
    let mut values = vec![scale; position.len() + 1];
    let mut product = scale;
    for (index, &p) in position.iter().enumerate() {
        let (first, second) = parts(p);
        values[position.len() - index] = product * second;
        product *= first;
    }
    values[0] = product;
    values
}

/// At most `most` points of a regular grid over the unit cube, bounds included; its centre if there is room for no more.
fn grid(dimensions: usize, most: usize) -> Vec<Vec<f64>> {
    let mut steps = 1_usize;
    while (steps + 1).checked_pow(dimensions as u32).is_some_and(|size| size <= most) {
        steps += 1;
    }
    let place = |index: usize, dimension: usize| match steps {
        1 => 0.5,
        _ => (index / steps.pow(dimension as u32) % steps) as f64 / (steps - 1) as f64,
    };
    (0..steps.pow(dimensions as u32)).map(|index| (0..dimensions).map(|d| place(index, d)).collect()).collect()
}

/// The points that no other dominates, in their order.
fn non_dominated(points: &[f64], objectives: usize) -> Vec<f64> {
    let ranks = non_dominated_ranks(points, objectives);
    let kept = points.chunks_exact(objectives).zip(ranks).filter(|(_, rank)| *rank == 0);
    kept.flat_map(|(point, _)| point).copied().collect()
}

/// Where a direction meets the unit sphere.
fn on_sphere(direction: &[f64]) -> Vec<f64> {
    let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    direction.iter().map(|x| x / norm).collect()
}
