//! Single-objective searches, one file each: equations, settings, state, ask and tell.

mod ars;
mod cma_es;
mod cma_parameters;
mod competitive_swarm;
mod differential_evolution;
mod elitist_es;
mod genetic;
mod guided_es;
mod lm_ma_es;
mod low_rank_es;
mod members;
mod mu_lambda;
mod open_ai_es;
mod particle_swarm;
mod persistent_es;
mod pgpe;
mod sep_cma_es;
mod snes;
mod weight_ga;
mod xnes;

pub use ars::{Ars, ArsConfig};
pub use cma_es::{CmaEs, CmaEsConfig, Restarts};
pub use cma_parameters::CmaParameters;
pub use competitive_swarm::{CompetitiveSwarm, CompetitiveSwarmConfig};
pub use differential_evolution::{DifferentialEvolution, DifferentialEvolutionConfig, DifferentialVariant};
pub use elitist_es::{ElitistEs, ElitistEsConfig, ElitistMutation};
pub use genetic::{Genetic, GeneticConfig};
pub use guided_es::{GuidedEs, GuidedEsConfig};
pub use lm_ma_es::{LmMaEs, LmMaEsConfig};
pub use low_rank_es::{LowRankEs, LowRankEsConfig, MatrixBlock};
pub use mu_lambda::{MuLambda, MuLambdaConfig};
pub use open_ai_es::{OpenAiEs, OpenAiEsConfig};
pub use particle_swarm::{ParticleSwarm, ParticleSwarmConfig};
pub use persistent_es::{EpisodeNoise, PersistentEs, PersistentEsConfig};
pub use pgpe::{Pgpe, PgpeConfig};
pub use sep_cma_es::{SepCmaEs, SepCmaEsConfig};
pub use snes::{Snes, SnesConfig};
pub use weight_ga::{WeightGa, WeightGaConfig, WeightMutation};
pub use xnes::{Xnes, XnesConfig};

use crate::error::{EvolveError, Result};

/// Population 4 + floor(3 ln n), unless one is given.
pub(crate) fn default_population(given: Option<usize>, genes: usize) -> usize {
    given.unwrap_or_else(|| 4 + (3.0 * (genes as f64).ln()).floor() as usize)
}

/// Checks a population that consists of mirrored pairs.
pub(crate) fn check_pairs(component: &'static str, population: usize) -> Result<()> {
    let right = population >= 2 && population.is_multiple_of(2);
    EvolveError::require(right, component, "population", population, "an even number of at least 2")
}

/// Checks that a list of numbers has one finite entry for every gene.
pub(crate) fn check_state(what: &'static str, values: &[f64], genes: usize) -> Result<()> {
    if values.len() != genes {
        return Err(EvolveError::Length { what, found: values.len(), expected: genes });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => {
            Err(EvolveError::Value { what, index, found: values[index], expected: "a finite number".into() })
        }
        None => Ok(()),
    }
}

/// Largest spread a search may grow to, in ranges; beyond it the map to the bounds makes every draw uniform anyway.
pub(crate) const LARGEST_SIGMA: f64 = 100.0;
/// Smallest spread a search may shrink to; the place in a range has no finer steps.
pub(crate) const SMALLEST_SIGMA: f64 = 1e-20;

/// A spread within the two limits.
pub(crate) fn limited(sigma: f64) -> f64 {
    sigma.clamp(SMALLEST_SIGMA, LARGEST_SIGMA)
}
