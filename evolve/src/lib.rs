//! Evolutionary search: ask/tell optimisers, evaluators, an executor with checkpoints.
//!
//! The crate knows nothing of neurons: it searches a [`SearchSpace`] for genomes that minimise the values
//! of an [`Objective`]. See the README for a first example.
//!
//! Every random number has an [`Address`]; results do not depend on the number of threads, and a run that
//! was stopped and resumed ends exactly like one that was not.

mod address;
mod annealed;
mod archive;
mod array;
mod ask_tell;
mod bounds;
mod budget;
mod candidate;
mod catalogue;
pub mod checkpoint;
mod error;
mod evaluator;
mod executor;
mod gaussian;
mod generation_numbers;
mod growing_file;
mod indicators;
pub mod inference;
mod initial;
mod linalg;
mod metrics_csv;
mod multi;
mod objective;
mod observer;
mod optimizer;
pub mod perturbation;
mod population;
pub mod problems;
mod random_selection;
pub mod shaping;
mod single;
pub mod sorting;
mod space;
mod statistics;
mod strategies;
mod strategy;
mod swarm;
mod tensorboard;
mod unrolled;
mod updater;
mod variation;

pub use address::{Address, SEARCH_STREAMS};
pub use annealed::Annealed;
pub use archive::{Archive, Truncation};
pub use ask_tell::{AskTell, Told};
pub use bounds::{Bounds, Start};
pub use budget::{Budget, Lead};
pub use candidate::{Candidate, Individual};
pub use catalogue::{catalogue, catalogue_table};
pub use error::{EvolveError, Result};
pub use evaluator::{Evaluator, Parallel, Serial, Watch, evaluate_one};
pub use executor::{Executor, Finished};
pub use indicators::{
    Estimate, additive_epsilon, gd, hypervolume, hypervolume_contributions, hypervolume_monte_carlo, igd, igd_plus, r2,
};
pub use inference::{RankTest, mann_whitney};
pub use initial::{GateDensity, InitialPopulation};
pub use metrics_csv::MetricsCsv;
pub use multi::{
    Breeding, Decomposition, Ibea, IbeaConfig, Lmocso, LmocsoConfig, Members, Moead, MoeadConfig, MultiObjective,
    MultiStrategy, Nsga2, Nsga2Config, Nsga3, Nsga3Config, RandomSearch, RandomSearchConfig, Rvea, RveaConfig,
    Schedule, SmsEmoa, SmsEmoaConfig, by_burden, das_dennis, feasible_or_random, reference_directions, tournament,
};
pub use objective::{Evaluation, Failure, Objective, ObjectiveInfo, Outcome};
pub use observer::{GenerationReport, Observer, StopReason};
pub use optimizer::{Optimizer, OptimizerConfig, match_outcomes};
pub use random_selection::RandomSelection;
pub use shaping::Shaping;
pub use single::SingleObjective;
pub use space::{GeneKind, SearchSpace, Variable};
pub use statistics::RunningStatistics;
pub use strategies::{
    Ars, ArsConfig, CmaEs, CmaEsConfig, CmaParameters, CompetitiveSwarm, CompetitiveSwarmConfig, DifferentialEvolution,
    DifferentialEvolutionConfig, DifferentialVariant, ElitistEs, ElitistEsConfig, ElitistMutation, EpisodeNoise,
    Genetic, GeneticConfig, GuidedEs, GuidedEsConfig, LmMaEs, LmMaEsConfig, LowRankEs, LowRankEsConfig, MatrixBlock,
    MuLambda, MuLambdaConfig, OpenAiEs, OpenAiEsConfig, ParticleSwarm, ParticleSwarmConfig, PersistentEs,
    PersistentEsConfig, Pgpe, PgpeConfig, Restarts, SepCmaEs, SepCmaEsConfig, Snes, SnesConfig, WeightGa,
    WeightGaConfig, WeightMutation, Xnes, XnesConfig,
};
pub use strategy::{Card, Scene, Strategy};
pub use swarm::{Goal, NoiseAwareSwarm, NoiseAwareSwarmConfig, Selection};
pub use tensorboard::TensorBoard;
pub use unrolled::{ParticleState, Unrolled, Windows};
pub use updater::{Adam, ClipUp, Momentum, RmsProp, Sgd, Updater};

/// The programs in the README, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
