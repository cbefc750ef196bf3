//! The list of searches in this crate.

use crate::multi::{
    Decomposition, IbeaConfig, LmocsoConfig, MoeadConfig, Nsga2Config, Nsga3Config, RandomSearchConfig, RveaConfig,
    SmsEmoaConfig,
};
use crate::optimizer::OptimizerConfig;
use crate::strategies::{
    ArsConfig, CmaEsConfig, CompetitiveSwarmConfig, DifferentialEvolutionConfig, ElitistEsConfig, EpisodeNoise,
    GeneticConfig, GuidedEsConfig, LmMaEsConfig, LowRankEsConfig, MuLambdaConfig, OpenAiEsConfig, ParticleSwarmConfig,
    PersistentEsConfig, PgpeConfig, Restarts, SepCmaEsConfig, SnesConfig, WeightGaConfig, WeightMutation, XnesConfig,
};
use crate::swarm::{NoiseAwareSwarmConfig, Selection};

/// One configuration of every search in this crate with its defaults but for the population; the genetic algorithm for
/// weights with the additive mutation.
#[must_use]
pub fn catalogue(population: usize) -> Vec<(&'static str, Box<dyn OptimizerConfig>)> {
    let swarm = |selection| Box::new(NoiseAwareSwarmConfig { population, selection, ..Default::default() });
    let moead = |decomposition| Box::new(MoeadConfig { population, decomposition, ..Default::default() });
    let some = Some(population);
    let cma = |restarts| Box::new(CmaEsConfig { population: some, restarts, ..Default::default() });
    let unrolled = |noise| Box::new(PersistentEsConfig { population, noise, ..Default::default() });
    let mutation = WeightMutation::Additive { sigma: 0.1 };
    vec![
        ("swarm, expected dominators", swarm(Selection::ExpectedDominators)),
        ("swarm, probabilistic fronts", swarm(Selection::PROBABILISTIC)),
        ("swarm, plain fronts", swarm(Selection::PlainFronts)),
        ("NSGA-II", Box::new(Nsga2Config { population, ..Default::default() })),
        ("NSGA-III", Box::new(Nsga3Config { population, ..Default::default() })),
        ("MOEA/D, Tchebycheff", moead(Decomposition::Tchebycheff)),
        ("MOEA/D, PBI", moead(Decomposition::Pbi { theta: 5.0 })),
        ("RVEA", Box::new(RveaConfig { population, ..Default::default() })),
        ("SMS-EMOA", Box::new(SmsEmoaConfig { population, ..Default::default() })),
        ("IBEA", Box::new(IbeaConfig { population, ..Default::default() })),
        ("LMOCSO", Box::new(LmocsoConfig { population, ..Default::default() })),
        ("random search", Box::new(RandomSearchConfig { population, archive: population, ..Default::default() })),
        ("CMA-ES", cma(Restarts::None)),
        ("IPOP-CMA-ES", cma(Restarts::Ipop { factor: 2.0 })),
        ("BIPOP-CMA-ES", cma(Restarts::Bipop)),
        ("OpenAI-ES", Box::new(OpenAiEsConfig { population, ..Default::default() })),
        ("PGPE", Box::new(PgpeConfig { population, ..Default::default() })),
        ("SNES", Box::new(SnesConfig { population: some, ..Default::default() })),
        ("xNES", Box::new(XnesConfig { population: some, ..Default::default() })),
        ("sep-CMA-ES", Box::new(SepCmaEsConfig { population: some, ..Default::default() })),
        ("LM-MA-ES", Box::new(LmMaEsConfig { population: some, ..Default::default() })),
        ("ARS", Box::new(ArsConfig { population, ..Default::default() })),
        ("Guided ES", Box::new(GuidedEsConfig { population, ..Default::default() })),
        ("Persistent ES", unrolled(EpisodeNoise::Persistent)),
        ("Noise-Reuse ES", unrolled(EpisodeNoise::Reuse)),
        ("low-rank ES", Box::new(LowRankEsConfig { population, ..Default::default() })),
        ("(mu, lambda)-ES", Box::new(MuLambdaConfig { population: some, ..Default::default() })),
        ("elitist ES", Box::new(ElitistEsConfig { population, ..Default::default() })),
        ("genetic algorithm", Box::new(GeneticConfig { population, ..Default::default() })),
        // Spaces of any kind, where a gene has to be able to change its sign.
        ("genetic algorithm for weights", Box::new(WeightGaConfig { population, mutation, ..Default::default() })),
        ("differential evolution", Box::new(DifferentialEvolutionConfig { population, ..Default::default() })),
        ("particle swarm", Box::new(ParticleSwarmConfig { population, ..Default::default() })),
        ("competitive swarm", Box::new(CompetitiveSwarmConfig { population, ..Default::default() })),
    ]
}

/// The searches of [`catalogue`] as a Markdown table, one row an algorithm: what the README shows.
#[must_use]
pub fn catalogue_table() -> String {
    let mut rows: Vec<String> = Vec::new();
    for (_, config) in catalogue(100) {
        let card = config.card();
        let objectives = if card.many_objectives { "any number" } else { "one" };
        let row = format!("| {} | {objectives} | {} | {} |", card.name, card.advice, card.citation);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    format!("| search | objectives | use it for | source |\n|---|---|---|---|\n{}\n", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_every_search() {
        let table = catalogue_table();
        assert!(include_str!("../README.md").contains(&table), "README.md has to contain:\n{table}");
    }
}
