//! The experiment as a file describes it: data, and the arms that find rules for it.

use clap::Parser;
use evoplast_backprop::TableLoss;
use evoplast_evolve::{Objective, OptimizerConfig};
use evoplast_examples::{check_seeds, first_seeds, read_config};
use evoplast_tasks::plastic_classifier::{
    ClassifierConfig, GeneratedConfig, IdxFolder, Source, TableSearch, TableSearchConfig,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// Finds plasticity rules with which a recurrent network learns to classify, by evolution and by gradient descent.
#[derive(Debug, Parser)]
#[command(name = "plastic_classifier", version, about)]
pub struct Arguments {
    /// Experiment file (TOML). Default: literal against corrected, three seeds, under two minutes on two cores.
    #[arg(long, value_name = "FILE", conflicts_with = "idx")]
    pub config: Option<PathBuf>,
    /// All variants with five seeds; some minutes.
    #[arg(long, conflicts_with_all = ["config", "idx", "study"])]
    pub paper: bool,
    /// The open questions of the paper: rounds, population, horizon, cap, normalisation, reward; some minutes.
    #[arg(long, conflicts_with_all = ["config", "idx"])]
    pub study: bool,
    /// Images in the format of MNIST instead of generated data: the folder with the four files; half an hour.
    #[arg(long, value_name = "DIR")]
    pub idx: Option<PathBuf>,
    /// Another such folder, to which rules found on the first are applied.
    #[arg(long, value_name = "DIR", requires = "idx")]
    pub transfer: Option<PathBuf>,
    /// A run of seconds that shows every part and finds nothing.
    #[arg(long)]
    pub smoke: bool,
    /// Number of seeds, from 1 on; replaces those of the experiment.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Run folder to create; default runs/plastic_classifier, with a number if that is taken.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads; results do not depend on it. Default: one per core.
    #[arg(long)]
    pub threads: Option<usize>,
}

/// Everything that decides the result.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Seeds; each is a data set with initial weights, common to arms of one size, and a search.
    pub seeds: Vec<u64>,
    /// Where samples come from.
    pub data: Data,
    /// Batches over which a rule is judged.
    pub batches: u64,
    /// Samples of a batch.
    pub batch_size: usize,
    /// Times at which a search is looked at.
    pub moments: u64,
    /// Numbers of samples after which the learning of one network is looked at; the last is one pass in this example.
    pub samples: Vec<usize>,
    /// The arms.
    pub arms: Vec<Arm>,
}

/// Where samples come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Data {
    /// Clusters on the corners of a cube; transfer is to another data set of the kind.
    Generated {
        /// The data set.
        #[serde(default)]
        clusters: GeneratedConfig,
        /// Samples of the training part.
        train: usize,
    },
    /// Images; transfer is to another folder.
    Idx {
        /// The folder.
        folder: PathBuf,
        /// The other folder; the same with other weights if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transfer: Option<PathBuf>,
    },
}

/// Which model an arm starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Joosten's, as described.
    Literal,
    /// With what keeps it from learning put right.
    Corrected,
    /// That of Cristian et al.
    Original,
}

/// One way to find a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Name in tables and figures.
    pub name: String,
    /// The model.
    pub preset: Preset,
    /// Hidden units.
    pub hidden: usize,
    /// Units that fire in a round.
    pub cap: usize,
    /// Settings that replace those of the preset, under their names in the configuration of the classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Value>,
    /// What a rule is evaluated on.
    #[serde(default)]
    pub episodes: TableSearchConfig,
    /// How the rule is found.
    pub train: Training,
}

/// How a rule is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Training {
    /// By a search.
    Search {
        /// Generations.
        generations: u64,
        /// The search.
        search: Value,
    },
    /// By gradient descent with Adam.
    Gradient {
        /// Updates.
        updates: u64,
        /// Learning rate.
        learning_rate: f64,
        /// What is minimised.
        #[serde(default)]
        loss: TableLoss,
        /// Standard deviation of the entries at the start.
        start: f64,
    },
    /// The perceptron, written by hand.
    Perceptron,
}

const DEFAULT: &str = include_str!("config.toml");
const PAPER: &str = include_str!("paper.toml");
const STUDY: &str = include_str!("study.toml");
const IDX: &str = include_str!("idx.toml");

impl Experiment {
    /// The experiment that the arguments ask for, checked.
    pub fn from_arguments(arguments: &Arguments) -> Result<Self, Box<dyn std::error::Error>> {
        let mut experiment: Self = match (&arguments.config, &arguments.idx) {
            (Some(path), _) => read_config(path)?,
            (_, Some(_)) => toml::from_str(IDX)?,
            _ if arguments.paper => toml::from_str(PAPER)?,
            _ if arguments.study => toml::from_str(STUDY)?,
            _ => toml::from_str(DEFAULT)?,
        };
        if let Some(folder) = &arguments.idx {
            experiment.data = Data::Idx { folder: folder.clone(), transfer: arguments.transfer.clone() };
        }
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
        (self.batches, self.moments) = (1, 2);
        self.samples.retain(|&count| count <= 100);
        for arm in &mut self.arms {
            arm.episodes.horizons.iter_mut().for_each(|horizon| *horizon = (*horizon).min(50));
            match &mut arm.train {
                Training::Search { generations, .. } => *generations = 2,
                Training::Gradient { updates, .. } => *updates = 3,
                Training::Perceptron => (),
            }
        }
    }

    /// Refuses what could not run, before anything is written.
    pub fn check(&self) -> Result<(), String> {
        let positive = |name: &str, value: usize| match value {
            0 => Err(format!("{name} is 0, expected at least 1")),
            _ => Ok(()),
        };
        check_seeds(&self.seeds).map_err(|error| error.to_string())?;
        positive("batches", self.batches as usize)?;
        positive("batch_size", self.batch_size)?;
        positive("moments", self.moments as usize)?;
        positive("the number of samples to look at", self.samples.len())?;
        positive("the number of arms", self.arms.len())?;
        if self.samples.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(format!("samples is {:?}, expected ascending numbers", self.samples));
        }
        for (k, arm) in self.arms.iter().enumerate() {
            if self.arms[..k].iter().any(|other| other.name == arm.name) {
                return Err(format!("two arms are named {:?}, expected names of their own", arm.name));
            }
            let of_arm = |error: String| format!("arm {:?}: {error}", arm.name);
            arm.classifier().and_then(|c| c.check().map_err(|e| e.to_string())).map_err(of_arm)?;
            match &arm.train {
                Training::Search { generations, search } => {
                    positive("generations", *generations as usize).map_err(of_arm)?;
                    optimizer(search).map_err(of_arm)?;
                }
                Training::Gradient { updates, learning_rate, start, .. } => {
                    positive("updates", *updates as usize).map_err(of_arm)?;
                    if !(*learning_rate > 0.0 && learning_rate.is_finite() && *start >= 0.0 && start.is_finite()) {
                        let found = format!("learning_rate {learning_rate}, start {start}");
                        return Err(of_arm(format!(
                            "{found}, expected a positive number and one that is not negative"
                        )));
                    }
                }
                Training::Perceptron => (),
            }
        }
        Ok(())
    }

    /// Refuses arms that cannot search this data.
    pub fn check_arms(&self, source: &Source) -> Result<(), String> {
        for arm in &self.arms {
            let search = arm.search(source.clone(), self.seeds[0])?;
            if let Training::Search { search: config, .. } = &arm.train {
                let built = optimizer(config)?.build(search.space(), search.objectives(), self.seeds[0]);
                built.map(drop).map_err(|error| format!("arm {:?}: {error}", arm.name))?;
            }
        }
        Ok(())
    }

    /// The samples of home and, if they are of another kind, of transfer.
    pub fn sources(&self) -> Result<(Source, Option<Source>), String> {
        let images = |folder: &PathBuf| {
            IdxFolder::ten_classes(folder)
                .read()
                .map(|split| Source::Fixed(split.into()))
                .map_err(|error| error.to_string())
        };
        Ok(match &self.data {
            Data::Generated { clusters, train } => {
                (Source::Generated { config: clusters.clone(), train: *train }, None)
            }
            Data::Idx { folder, transfer } => (images(folder)?, transfer.as_ref().map(images).transpose()?),
        })
    }
}

/// The search of an experiment file.
pub fn optimizer(value: &Value) -> Result<Box<dyn OptimizerConfig>, String> {
    serde_json::from_value(value.clone()).map_err(|error| format!("search: {error}"))
}

impl Arm {
    /// The classifier: the preset with its changes.
    pub fn classifier(&self) -> Result<ClassifierConfig, String> {
        let preset = match self.preset {
            Preset::Literal => ClassifierConfig::literal(self.hidden, self.cap),
            Preset::Corrected => ClassifierConfig::corrected(self.hidden, self.cap),
            Preset::Original => ClassifierConfig::original(self.hidden, self.cap),
        };
        let mut value = serde_json::to_value(preset).map_err(|error| error.to_string())?;
        if let Some(change) = &self.change {
            merge(&mut value, change);
        }
        serde_json::from_value(value).map_err(|error| format!("change: {error}"))
    }

    /// Rules for one seed.
    pub fn search(&self, source: Source, seed: u64) -> Result<TableSearch, String> {
        TableSearch::new(self.classifier()?, source, self.episodes.clone(), seed)
            .map_err(|error| format!("arm {:?}: {error}", self.name))
    }
}

/// Replaces entries of a table by those of another, tables within it likewise.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
