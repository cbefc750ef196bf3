//! The experiment as a file describes it: networks, trials, and the arms that train them.

use crate::training::trainer;
use clap::Parser;
use evoplast_backprop::BpttOptions;
use evoplast_evolve::OptimizerConfig;
use evoplast_examples::{check_seeds, first_seeds, read_config};
use evoplast_plasticity::taylor::TaylorBounds;
use evoplast_tasks::change_detection::LearningConfig;
use evoplast_tasks::rsnn::{
    InputConfig, RateCost, RsnnConfig, RuleSearch, RuleSearchConfig, WeightSearch, WeightSearchConfig, WeightUnit,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// Trains one spiking network by evolution and by backpropagation through time, and compares which layers change.
#[derive(Debug, Parser)]
#[command(name = "ea_vs_bptt", version, about)]
pub struct Arguments {
    /// Experiment file (TOML). Default: a small network, three seeds, about three minutes on two cores.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The network size of the source: 300 units, ten seeds, four searches; about an hour on two cores.
    #[arg(long, conflicts_with_all = ["config", "smoke"])]
    pub paper: bool,
    /// A run of seconds that shows every part and finds nothing.
    #[arg(long, conflicts_with = "config")]
    pub smoke: bool,
    /// Number of seeds, from 1 on; replaces those of the experiment.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Run folder to create; default runs/ea_vs_bptt, with a number if that is taken.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the run in this folder to the identical result.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "paper", "smoke", "seeds", "out"])]
    pub resume: Option<PathBuf>,
    /// Threads; results do not depend on it. Default: one per core.
    #[arg(long)]
    pub threads: Option<usize>,
}

/// Everything that decides the result.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Seeds; each is a network with initial weights, channels and trials of its own, common to all arms.
    pub seeds: Vec<u64>,
    /// Trials on which networks are judged, never used for training.
    pub validation_trials: usize,
    /// Times at which a run is looked at, denser in the beginning.
    pub moments: u64,
    /// The arm that others are compared with.
    pub reference: String,
    /// The cost of firing rates, part of the loss of all arms.
    pub rates: RateCost,
    /// The network.
    pub network: RsnnConfig,
    /// The trials.
    pub input: InputConfig,
    /// The arms.
    pub arms: Vec<Arm>,
}

/// One way to train.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Name in tables and files.
    pub name: String,
    /// Another network than that of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<RsnnConfig>,
    /// How it trains.
    pub train: Training,
}

/// How an arm trains.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Training {
    /// Backpropagation through time with Adam.
    Bptt(BpttTraining),
    /// A search of the weights.
    Weights(WeightTraining),
    /// A search of plasticity rules.
    Rules(RuleTraining),
}

/// Learning rates of the layers (mV an update of Adam).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerRates {
    /// Input weights.
    pub input: f64,
    /// Recurrent weights.
    pub recurrent: f64,
    /// Output weights.
    pub output: f64,
}

/// Backpropagation through time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BpttTraining {
    /// Updates.
    pub updates: u64,
    /// Trials of an update.
    pub trials: usize,
    /// Learning rates.
    pub learning_rate: LayerRates,
    /// Largest norm of a gradient, if it is clipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// Surrogate, reset and what else decides a gradient; the penalty on rates is that of the experiment.
    #[serde(default)]
    pub options: BpttOptions,
}

/// A search of the weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightTraining {
    /// Generations.
    pub generations: u64,
    /// Trials of an evaluation.
    pub trials: usize,
    /// Unit in which the search moves.
    pub unit: WeightUnit,
    /// Largest magnitude of a weight in that unit.
    pub limit: f64,
    /// The search, which starts from the initial weights.
    pub search: Value,
}

/// A search of plasticity rules.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTraining {
    /// Generations.
    pub generations: u64,
    /// Trials with the rule on.
    pub learning_trials: usize,
    /// Trials of an evaluation.
    pub trials: usize,
    /// Learning rate and bounds of a synapse.
    #[serde(default)]
    pub learning: LearningConfig,
    /// Ranges of the genes.
    #[serde(default)]
    pub space: TaylorBounds,
    /// The search.
    pub search: Value,
}

/// The search of an experiment file, from a start if one is given.
pub fn search(value: &Value, start: Option<&[f32]>) -> Result<Box<dyn OptimizerConfig>, String> {
    let mut value = value.clone();
    if let (Some(genome), Some(table)) = (start, value.as_object_mut()) {
        let genome: Vec<f64> = genome.iter().map(|&w| w.into()).collect();
        table.insert("start".into(), serde_json::json!({ "genome": genome }));
    }
    serde_json::from_value(value).map_err(|error| format!("search: {error}"))
}

const MOST_MOMENTS: u64 = 1000;

const DEFAULT: &str = include_str!("config.toml");
const PAPER: &str = include_str!("paper.toml");

impl Experiment {
    /// The experiment that the arguments ask for, checked.
    pub fn from_arguments(arguments: &Arguments) -> Result<Self, Box<dyn std::error::Error>> {
        let mut experiment: Self = match &arguments.config {
            Some(path) => read_config(path)?,
            None => toml::from_str(if arguments.paper { PAPER } else { DEFAULT })?,
        };
        if arguments.smoke {
            experiment.shrink();
        }
        if let Some(count) = arguments.seeds {
            experiment.seeds = first_seeds(count);
        }
        experiment.check()?;
        Ok(experiment)
    }

    /// Sizes of a smoke run.
    fn shrink(&mut self) {
        self.seeds.truncate(2);
        self.validation_trials = 4;
        self.moments = 3;
        match &mut self.input {
            InputConfig::Coherence(input) => (input.steps, input.change_steps) = (120, (30, 90)),
            InputConfig::Gratings(input) => input.cycles = 2,
        }
        for arm in &mut self.arms {
            match &mut arm.train {
                Training::Bptt(t) => (t.updates, t.trials) = (4, 4),
                Training::Weights(t) => (t.generations, t.trials) = (3, 2),
                Training::Rules(t) => (t.generations, t.learning_trials, t.trials) = (2, 2, 2),
            }
        }
    }

    /// Refuses what could not run, before anything is written.
    pub fn check(&self) -> Result<(), String> {
        let positive = |name: &str, value: u64| match value {
            0 => Err(format!("{name} is 0, expected at least 1")),
            _ => Ok(()),
        };
        check_seeds(&self.seeds).map_err(|error| error.to_string())?;
        positive("validation_trials", self.validation_trials as u64)?;
        positive("moments", self.moments)?;
        let most = |name: &str, value: u64, most: u64| match value > most {
            true => Err(format!("{name} is above {most}")),
            false => Ok(()),
        };
        most("moments", self.moments, MOST_MOMENTS)?;
        self.rates.check().map_err(|e| format!("rates: {e}"))?;
        let names: Vec<&str> = self.arms.iter().map(|a| a.name.as_str()).collect();
        for (k, arm) in self.arms.iter().enumerate() {
            if names[..k].contains(&names[k]) {
                return Err(format!("two arms are named {:?}, expected names of their own", names[k]));
            }
            let of_arm = |error: String| format!("arm {:?}: {error}", arm.name);
            for &seed in &self.seeds {
                self.problem(arm, seed).map(drop).map_err(of_arm)?;
            }
            let (steps, trials) = match &arm.train {
                Training::Bptt(t) => (t.updates, t.trials),
                Training::Weights(t) => (t.generations, t.trials),
                Training::Rules(t) => (t.generations, t.trials),
            };
            positive("updates or generations", steps).and(positive("trials", trials as u64)).map_err(of_arm)?;
        }
        if !names.contains(&self.reference.as_str()) {
            return Err(format!(
                "reference is {:?}, expected the name of an arm: {}",
                self.reference,
                names.join(", ")
            ));
        }
        Ok(())
    }

    /// The problem that an arm faces with one seed.
    pub fn problem(&self, arm: &Arm, seed: u64) -> Result<Problem, String> {
        let input = self.input.build(seed).map_err(|e| e.to_string())?;
        let network =
            RsnnConfig { seed, channels: input.channels(), ..arm.network.as_ref().unwrap_or(&self.network).clone() };
        let weights = |trials, unit, limit| {
            let config = WeightSearchConfig { trials, rates: self.rates, unit, limit };
            WeightSearch::new(network.clone(), input.clone(), config).map_err(|e| e.to_string())
        };
        Ok(match &arm.train {
            Training::Bptt(t) => {
                // Nothing searches these weights, so nothing limits them.
                let problem = weights(t.trials.max(1), WeightUnit::default(), f64::MAX)?;
                trainer(&problem, t, self.rates).map(drop).map_err(|e| e.to_string())?;
                Problem::Weights(Box::new(problem))
            }
            Training::Weights(t) => {
                let problem = weights(t.trials.max(1), t.unit, t.limit)?;
                let config = search(&t.search, Some(problem.initial()))?;
                build(&*config, &problem, seed)?;
                Problem::Weights(Box::new(problem))
            }
            Training::Rules(t) => {
                let config = RuleSearchConfig {
                    learning_trials: t.learning_trials,
                    trials: t.trials.max(1),
                    rates: self.rates,
                    learning: t.learning,
                    space: t.space.clone(),
                };
                let problem = RuleSearch::new(network, input, config).map_err(|e| e.to_string())?;
                build(&*search(&t.search, None)?, &problem, seed)?;
                Problem::Rules(Box::new(problem))
            }
        })
    }
}

fn build(config: &dyn OptimizerConfig, problem: &dyn evoplast_evolve::Objective, seed: u64) -> Result<(), String> {
    config.build(problem.space(), problem.objectives(), seed).map(drop).map_err(|e| e.to_string())
}

/// What a search sees, and the network behind it.
pub enum Problem {
    /// Weights as a genome; backpropagation uses network and trials alone.
    Weights(Box<WeightSearch>),
    /// Rules as a genome.
    Rules(Box<RuleSearch>),
}

impl Problem {
    /// The network, its initial weights and its trials.
    pub fn weights(&self) -> &WeightSearch {
        match self {
            Self::Weights(problem) => problem,
            Self::Rules(problem) => problem.weights(),
        }
    }
}
