//! The experiment as a file describes it: network and task, the arms that train it, and what is measured of gradients.

use crate::searches::check_arm;
use clap::Parser;
use evoplast_examples::{check_seeds, first_seeds, read_config};
use evoplast_synapse::graded::GradedKinetics;
use evoplast_tasks::evidence::{EvidenceConfig, GradedProblem, GradedProblemConfig};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::PathBuf;

/// Trains a network of Morris-Lecar neurons by evolution and by backpropagation, and measures where gradients break.
#[derive(Debug, Parser)]
#[command(name = "biophysical_integration", version, about)]
pub struct Arguments {
    /// Experiment file (TOML). Default: 32 neurons and 100 ms, about two minutes of processor time.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The network of the source: 128 neurons, 200 ms, 1000 iterations of 100 candidates on 50 trials. Hours an arm.
    #[arg(long, conflicts_with_all = ["config", "smoke"])]
    pub paper: bool,
    /// A run of seconds that shows every part and finds nothing.
    #[arg(long, conflicts_with = "config")]
    pub smoke: bool,
    /// Number of seeds, from 1 on; replaces those of the experiment.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Trains these arms alone, by name.
    #[arg(long, value_name = "NAME")]
    pub arms: Vec<String>,
    /// Run folder to create; default runs/biophysical_integration, with a number if that is taken.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the run in this folder to the identical result.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "paper", "smoke", "seeds", "arms", "out"])]
    pub resume: Option<PathBuf>,
    /// Threads; results do not depend on it. Default: one per core.
    #[arg(long)]
    pub threads: Option<usize>,
}

/// Everything that decides the result.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Seeds; each is a set of words, initial weights and trials, common to all arms.
    pub seeds: Vec<u64>,
    /// Fresh trials on which a trained network is judged.
    pub test_trials: usize,
    /// Iterations between two states of an arm on disk; of a search by windows batches of trials.
    pub checkpoint_every: u64,
    /// Network and task; its seed is replaced.
    pub problem: GradedProblemConfig,
    /// The arms.
    #[serde(default)]
    pub arms: Vec<Arm>,
    /// Norms of gradients by horizon and gain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norms: Option<Norms>,
    /// Direction of gradients by horizon and gain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directions: Option<Directions>,
    /// Which arm wins, by horizon and gain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossover: Option<Crossover>,
}

/// One way to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Name in tables and files.
    pub name: String,
    /// Iterations; of a search by windows one a window.
    pub iterations: u64,
    /// Blocks that it changes besides the readout; those of the problem if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<String>>,
    /// Its task, if not that of the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<EvidenceConfig>,
    /// GradedKinetics of the receptors of its network, if not those of the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinetics: Option<GradedKinetics>,
    /// Whether steps, wherever there is an updater, fall to nothing along half a cosine until the last iteration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anneal: bool,
    /// How it trains.
    pub train: Training,
}

/// How an arm trains. Spreads and rates are in the unit of the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Training {
    /// An evolution strategy for the blocks; the readout follows its own gradient, which needs no way back through time.
    Evolution {
        /// Which one.
        strategy: Strategy,
        /// Candidates an iteration.
        population: usize,
        /// Spread of the candidates.
        sigma: f64,
        /// Step of the mean (Adam), where the strategy has one; of ClipUp half the largest speed per root of the genes.
        learning_rate: f64,
        /// Step of the readout (Adam).
        readout_rate: f64,
    },
    /// Persistent or noise-reuse evolution strategies, which learn from every window of a trial by a loss for every word. They
    /// change the readout themselves.
    Windows {
        /// A new perturbation in every window (persistent) or in every trial (noise reuse).
        persistent: bool,
        /// Candidates an iteration.
        population: usize,
        /// Spread of the candidates.
        sigma: f64,
        /// Step of the mean (Adam).
        learning_rate: f64,
        /// Words of a window.
        words: usize,
    },
    /// Backpropagation through time with Adam.
    Gradient {
        /// Step (Adam).
        learning_rate: f64,
        /// Largest norm, if it is clipped; what is not finite is 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clip: Option<f64>,
        /// Power of the norm by which a gradient is divided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        normalise: Option<f64>,
        /// Steps through which gradients pass.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        truncate_steps: Option<usize>,
    },
}

/// An evolution strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Hazelden et al.: perturbations of one block at a time, turn by turn, without pairs, baseline or ranks.
    Vanilla,
    /// OpenAI-ES: pairs and ranks.
    OpenAi,
    /// PGPE with ClipUp.
    Pgpe,
    /// Separable natural evolution strategy.
    Snes,
    /// Separable CMA-ES.
    SepCmaEs,
    /// Guided ES, whose surrogate gradient is one truncated to two words.
    Guided,
    /// Low-rank ES (EGGROLL).
    LowRank,
}

/// Norms of gradients in double precision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norms {
    /// Lengths of trials (ms).
    pub horizons_ms: Vec<f64>,
    /// Factors of the initial recurrent weights.
    pub gains: Vec<f64>,
    /// Neurons.
    pub neurons: usize,
    /// Trials of a gradient.
    pub trials: usize,
}

/// Cosine of the gradient and the gradient of the smoothed loss, which pairs of perturbations estimate without bias.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directions {
    /// Lengths of trials (ms).
    pub horizons_ms: Vec<f64>,
    /// Factors of the initial recurrent weights.
    pub gains: Vec<f64>,
    /// Trials of a gradient and of every candidate.
    pub trials: usize,
    /// Spread of the perturbations.
    pub sigma: f64,
    /// Pairs of perturbations of each of two independent estimates.
    pub pairs: usize,
}

/// Training by an evolution strategy and by gradients, over horizons and gains.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossover {
    /// Lengths of trials (ms).
    pub horizons_ms: Vec<f64>,
    /// Factors of the initial recurrent weights.
    pub gains: Vec<f64>,
    /// The arms.
    pub arms: Vec<Arm>,
}

type Failed = Box<dyn Error + Send + Sync>;

impl Experiment {
    /// The experiment that the arguments ask for.
    pub fn from_arguments(arguments: &Arguments) -> Result<Self, Failed> {
        let mut experiment: Self = match &arguments.config {
            Some(path) => read_config(path)?,
            None if arguments.paper => toml::from_str(include_str!("paper.toml"))?,
            None if arguments.smoke => toml::from_str(include_str!("smoke.toml"))?,
            None => toml::from_str(include_str!("config.toml"))?,
        };
        if let Some(count) = arguments.seeds {
            experiment.seeds = first_seeds(count);
        }
        if !arguments.arms.is_empty() {
            let known: Vec<String> = experiment.arms.iter().map(|a| a.name.clone()).collect();
            if let Some(name) = arguments.arms.iter().find(|name| !known.contains(name)) {
                return Err(format!("--arms: found `{name}`, expected one of {}", known.join(", ")).into());
            }
            experiment.arms.retain(|arm| arguments.arms.contains(&arm.name));
            (experiment.norms, experiment.directions, experiment.crossover) = (None, None, None);
        }
        experiment.check()?;
        Ok(experiment)
    }

    /// Checks whatever can be checked before a run begins.
    pub fn check(&self) -> Result<(), Failed> {
        check_seeds(&self.seeds)?;
        if self.test_trials == 0 || self.checkpoint_every == 0 {
            return Err("test_trials and checkpoint_every: expected at least one".into());
        }
        check_names(&self.arms)?;
        for arm in &self.arms {
            check_arm(&self.problem(arm, self.seeds[0])?, arm, self.seeds[0])?;
        }
        let norms = self.norms.iter().flat_map(|n| &n.horizons_ms);
        for &horizon in norms.chain(self.directions.iter().flat_map(|d| &d.horizons_ms)) {
            at_horizon(&self.problem, horizon, 1.0)?;
        }
        if let Some(map) = &self.crossover {
            check_names(&map.arms)?;
            for (&horizon, &gain) in map.horizons_ms.iter().flat_map(|h| map.gains.iter().map(move |g| (h, g))) {
                let base = at_horizon(&self.problem, horizon, gain)?;
                map.arms
                    .iter()
                    .try_for_each(|arm| check_arm(&problem(&base, arm, self.seeds[0])?, arm, self.seeds[0]))?;
            }
        }
        Ok(())
    }

    /// Network and task of an arm.
    pub fn problem(&self, arm: &Arm, seed: u64) -> Result<GradedProblem, Failed> {
        problem(&self.problem, arm, seed)
    }
}

/// Refuses arms of the same name, which tables and files could not tell apart.
fn check_names(arms: &[Arm]) -> Result<(), Failed> {
    for (k, arm) in arms.iter().enumerate() {
        if arms[..k].iter().any(|other| other.name == arm.name) {
            return Err(format!("arms: found `{}` twice, expected different names", arm.name).into());
        }
    }
    Ok(())
}

/// A problem as an arm has it.
pub fn problem(base: &GradedProblemConfig, arm: &Arm, seed: u64) -> Result<GradedProblem, Failed> {
    let mut config = GradedProblemConfig { seed, ..base.clone() };
    if let Some(blocks) = &arm.blocks {
        config.blocks.clone_from(blocks);
    }
    if let Some(task) = &arm.task {
        config.task = task.clone();
    }
    if let Some(kinetics) = arm.kinetics {
        config.network.kinetics = kinetics;
    }
    if matches!(arm.train, Training::Windows { .. }) {
        config.blocks.extend(["readout".to_owned(), "bias".to_owned()]);
    }
    Ok(GradedProblem::new(config).map_err(|e| format!("{}: {e}", arm.name))?)
}

/// The problem with phrases that last this long (ms) and this factor of recurrent weights.
pub fn at_horizon(base: &GradedProblemConfig, horizon_ms: f64, gain: f64) -> Result<GradedProblemConfig, Failed> {
    let EvidenceConfig::Phrases(phrases) = &base.task else {
        return Err("horizons: expected the task `phrases`".into());
    };
    let words = (horizon_ms / phrases.word_ms).round() as usize;
    if words < 3 {
        return Err(format!("horizons_ms: found {horizon_ms} ms, expected at least three words").into());
    }
    let mut phrases = phrases.clone();
    phrases.words = words - 1;
    phrases.delay_words = (0, 0);
    Ok(GradedProblemConfig { task: EvidenceConfig::Phrases(phrases), gain, ..base.clone() })
}
