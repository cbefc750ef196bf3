//! What an arm trains with: its searches and updaters, and whether they suit its problem.

use crate::experiment::{Arm, Strategy, Training};
use evoplast_backprop::graded::{GradedBptt, GradedOptions};
use evoplast_backprop::{Clip, Normalise};
use evoplast_evolve::{
    Adam, Annealed, Bounds, ClipUp, EpisodeNoise, GuidedEsConfig, LowRankEsConfig, MatrixBlock, Objective,
    OpenAiEsConfig, Optimizer, OptimizerConfig, PersistentEsConfig, PgpeConfig, SepCmaEsConfig, Shaping, SnesConfig,
    Start, Updater,
};
use evoplast_neuron::dynamics::MorrisLecar;
use evoplast_tasks::evidence::{GradedProblem, GradedWindows};
use std::error::Error;
use std::ops::Range;

type Failed = Box<dyn Error + Send + Sync>;

/// An updater of an arm that has a turn in every so many iterations.
pub fn annealed(arm: &Arm, updater: Box<dyn Updater>, turns: u64) -> Box<dyn Updater> {
    if arm.anneal { Box::new(Annealed::new(updater, arm.iterations.div_ceil(turns).max(1))) } else { updater }
}

/// Step of what follows a gradient.
pub fn rate(train: &Training) -> f64 {
    match train {
        Training::Evolution { readout_rate, .. } => *readout_rate,
        Training::Windows { learning_rate, .. } | Training::Gradient { learning_rate, .. } => *learning_rate,
    }
}

/// Refuses an arm that cannot train its problem: searches, windows, updaters, and the settings of gradients.
pub fn check_arm(problem: &GradedProblem, arm: &Arm, seed: u64) -> Result<(), Failed> {
    let check = || -> Result<(), Failed> {
        searches(problem, arm, seed)?;
        annealed(arm, Box::new(Adam::new(rate(&arm.train))), 1).validate(problem.weights().shape().len())?;
        match &arm.train {
            Training::Windows { words, .. } => GradedWindows::new(problem, *words).map(drop)?,
            Training::Evolution { .. } => {}
            Training::Gradient { clip, normalise, truncate_steps, .. } => {
                let options = GradedOptions { truncate_steps: *truncate_steps, ..GradedOptions::default() };
                GradedBptt::<MorrisLecar>::new(problem.network().clone(), options)?;
                clip.map(Clip::new).transpose()?;
                normalise.map(Normalise::new).transpose()?;
            }
        }
        Ok(())
    };
    check().map_err(|error| format!("{}: {error}", arm.name).into())
}

/// The searches of an arm, in search coordinates of a range a unit: one, or for vanilla ES one a block.
pub fn searches(problem: &GradedProblem, arm: &Arm, seed: u64) -> Result<Vec<Box<dyn Optimizer>>, Failed> {
    let (space, objectives) = (problem.space(), problem.objectives());
    let range = 2.0 * problem.config().limit;
    let start = Start::Genome(problem.genome());
    let bounds = Bounds::Projection;
    let turns = match &arm.train {
        Training::Evolution { strategy: Strategy::Vanilla, .. } => problem.config().blocks.len() as u64,
        _ => 1,
    };
    let config: Box<dyn OptimizerConfig> = match &arm.train {
        Training::Gradient { .. } => return Ok(vec![]),
        Training::Windows { persistent, population, sigma, learning_rate, words } => Box::new(PersistentEsConfig {
            population: *population,
            windows: (problem.task().frames() / (*words).max(1)) as u64,
            noise: if *persistent { EpisodeNoise::Persistent } else { EpisodeNoise::Reuse },
            sigma: sigma / range,
            shaping: Shaping::ZScore,
            updater: annealed(arm, Box::new(Adam::new(learning_rate / range)), 1),
            start,
            bounds,
        }),
        Training::Evolution { strategy, population, sigma, learning_rate, .. } => {
            let (population, sigma, rate) = (*population, sigma / range, learning_rate / range);
            let updater = annealed(arm, Box::new(Adam::new(rate)), turns);
            match strategy {
                // The sample without a perturbation is the pass that the readout learns from.
                Strategy::Vanilla => Box::new(OpenAiEsConfig {
                    population: population.saturating_sub(1),
                    sigma,
                    mirrored: false,
                    shaping: Shaping::None,
                    updater,
                    start,
                    bounds,
                    l2: 0.0,
                }),
                Strategy::OpenAi => {
                    Box::new(OpenAiEsConfig { population, sigma, updater, start, bounds, ..OpenAiEsConfig::default() })
                }
                Strategy::Pgpe => {
                    let speed = 2.0 * rate * (space.len() as f64).sqrt();
                    let updater = Some(annealed(arm, Box::new(ClipUp::new(speed)), turns));
                    Box::new(PgpeConfig { population, sigma, updater, start, bounds, ..PgpeConfig::default() })
                }
                Strategy::Snes => {
                    let population = Some(population);
                    Box::new(SnesConfig { population, sigma, start, bounds, ..SnesConfig::default() })
                }
                Strategy::SepCmaEs => Box::new(SepCmaEsConfig { population: Some(population), sigma, start, bounds }),
                Strategy::Guided => {
                    // The length of a perturbation, not its spread.
                    let sigma = sigma * (space.len() as f64).sqrt();
                    Box::new(GuidedEsConfig { population, sigma, updater, start, bounds, ..GuidedEsConfig::default() })
                }
                Strategy::LowRank => {
                    let blocks = matrices(problem);
                    Box::new(LowRankEsConfig {
                        population,
                        sigma,
                        blocks,
                        updater,
                        start,
                        bounds,
                        ..LowRankEsConfig::default()
                    })
                }
            }
        }
    };
    // Blocks that take turns have perturbations and moments of their own: one search each, of which one part counts.
    (0..turns).map(|turn| Ok(config.build(space, objectives, seed << 8 | turn)?)).collect()
}

/// The searched blocks as matrices of genes.
fn matrices(problem: &GradedProblem) -> Vec<MatrixBlock> {
    let layout = problem.weights().shape().layout();
    let mut start = 0;
    let mut blocks = vec![];
    for block in layout.blocks.iter().filter(|b| problem.config().blocks.contains(&b.name)) {
        blocks.push(MatrixBlock { first: start, rows: block.shape.0, columns: block.shape.1 });
        start += block.range.len();
    }
    blocks
}

/// Genes of the block whose turn it is.
pub fn turn_of(problem: &GradedProblem, turn: usize) -> Range<usize> {
    let blocks = matrices(problem);
    let block = blocks[turn % blocks.len()];
    block.first..block.first + block.rows * block.columns
}

/// Windows of a trial.
pub fn windows(problem: &GradedProblem, words: usize) -> u64 {
    (problem.task().frames() / words.max(1)).max(1) as u64
}
