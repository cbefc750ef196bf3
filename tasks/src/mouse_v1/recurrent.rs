//! Recurrent connections of the circuit: probability, number of synapses, orientation-dependent weight, delay.
//!
//! Total weight of a connection = weight per synapse (by postsynaptic model and presynaptic population) x number of
//! synapses (uniform in 3..=7) x a factor of the difference D of preferred directions:
//!
//! | connection | factor |
//! |---|---|
//! | E -> E | exp(-(D/30)^2) exp(-d_par^2/2) (5.5/4 - 11/1680 th) |
//! | E -> I, I -> E | exp(-(D/90)^2) |
//! | I -> I | exp(-(D/50)^2) |
//!
//! d_par is the retinotopic distance (deg) along the postsynaptic direction, th that direction folded to 0..90 deg.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>.

use super::geometry::Cells;
use super::tables::{
    A_LITERATURE, CELL_TYPES, N_SYNAPSES_MAX, N_SYNAPSES_MIN, N_TYPES, R0_UM, V1Tables, delay_ms, delay_steps,
    orientation_ratio, sigma_um,
};
use crate::error::TaskError;
use evoplast_synapse::{Connect, DistanceGaussian, LikeToLike, TopologyBuilder, Wiring};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Port of spikes from excitatory neurons (and of all input from outside) and from inhibitory neurons.
pub const PORT_EXCITATORY: u8 = 0;
/// See [`PORT_EXCITATORY`].
pub const PORT_INHIBITORY: u8 = 1;

/// Draws the recurrent connections. Every type pair has a random stream of its own, so that a changed table of one
/// pair leaves all others as they were.
pub(super) fn recurrent(cells: &Cells, tables: &V1Tables, seed: u64, dt_ms: f64) -> Result<Wiring, TaskError> {
    let mut builder = TopologyBuilder::new(&cells.type17, N_TYPES, &cells.type17, N_TYPES)?;
    for a in 0..N_TYPES {
        for b in 0..N_TYPES {
            let (pre, post) = (cells.of_type(a), cells.of_type(b));
            let Some(delay) = delay_ms(a, b) else { continue };
            if A_LITERATURE[a][b] == 0.0 || pre.is_empty() || post.is_empty() {
                continue;
            }
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(PAIR_STREAM + (a * N_TYPES + b) as u64);
            let rule = DistanceGaussian {
                like_to_like: orientation_ratio(a, b).map(|ratio| LikeToLike { ratio }),
                ..DistanceGaussian::from_mean_within(A_LITERATURE[a][b], R0_UM, sigma_um(a, b))
            };
            let (from, to) = (cells.sites.slice(pre.clone()), cells.sites.slice(post.clone()));
            let steps = delay_steps(delay, dt_ms).min(255) as u8;
            for (i, j) in rule.connect(&from, &to, a == b, &mut rng)? {
                let (i, j) = (i as usize + pre.start, j as usize + post.start);
                let synapses = rng.random_range(N_SYNAPSES_MIN..=N_SYNAPSES_MAX);
                let per_synapse = tables.weight_pa[cells.model[j] as usize][usize::from(cells.population[i])];
                let weight = per_synapse * f64::from(synapses) * orientation_factor(cells, i, j);
                builder.add(i as u32, j as u32, steps, weight as f32)?;
            }
        }
    }
    let (topology, weights) = builder.build()?;
    let excitatory = |i: usize| CELL_TYPES[usize::from(cells.type17[i])].is_excitatory();
    let port = (0..cells.len()).map(|i| if excitatory(i) { PORT_EXCITATORY } else { PORT_INHIBITORY }).collect();
    let sign = (0..cells.len()).map(|i| if excitatory(i) { 1.0 } else { -1.0 }).collect();
    Ok(Wiring::new(topology, weights.iter().map(|w| w.abs()).collect(), sign, port)?)
}

/// First random stream of the type pairs.
const PAIR_STREAM: u64 = 1000;

fn orientation_factor(cells: &Cells, pre: usize, post: usize) -> f64 {
    let s = &cells.sites;
    let (phi_pre, phi_post) = (f64::from(s.tuning_deg[pre]), f64::from(s.tuning_deg[post]));
    let d = (phi_pre - phi_post).abs() % 360.0;
    let d = d.min(360.0 - d);
    let excitatory = |i: usize| CELL_TYPES[usize::from(cells.type17[i])].is_excitatory();
    let gauss = |width: f64| (-(d / width).powi(2)).exp();
    match (excitatory(pre), excitatory(post)) {
        (true, true) => {
            let (dx, dz) = (f64::from(s.x_um[post] - s.x_um[pre]), f64::from(s.z_um[post] - s.z_um[pre]));
            let (sin, cos) = phi_post.to_radians().sin_cos();
            let d_par = 0.07 * dx * cos + 0.04 * dz * sin;
            let th = (phi_post % 180.0).min(180.0 - phi_post % 180.0);
            gauss(30.0) * (-0.5 * d_par * d_par).exp() * (5.5 / 4.0 - 11.0 / 1680.0 * th)
        }
        (true, false) | (false, true) => gauss(90.0),
        (false, false) => gauss(50.0),
    }
}
