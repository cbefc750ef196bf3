//! The experiment as a file describes it: circuit, task, images, search, validation.

use clap::Parser;
use evoplast_evolve::{InitialPopulation, Objective, OptimizerConfig};
use evoplast_tasks::TaskError;
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, Domain, GratingConfig, Gratings, NaturalImages,
};
use evoplast_tasks::mouse_v1::{V1Circuit, V1Config};
use evoplast_tasks::stimuli::{ImageSet, PhotoOptions, SetSize};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Evolves plasticity rules in a spiking model of mouse V1 that detects visual changes.
#[derive(Debug, Parser)]
#[command(name = "discover_rules", version, about)]
pub struct Arguments {
    /// Number of neurons of the circuit.
    #[arg(long)]
    pub neurons: Option<usize>,
    /// Rules in the population.
    #[arg(long)]
    pub population: Option<usize>,
    /// Generations of the search.
    #[arg(long)]
    pub generations: Option<u64>,
    /// Training and validation trials per domain and evaluation.
    #[arg(long)]
    pub trials: Option<usize>,
    /// Seed of the circuit, the search and the trials.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Folder of photographs (PNG, JPEG) as the natural-image domain; without it images are generated.
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Folder of model-level V1 tables (glif3_params_111.csv, edge_weights_glif_2331.csv).
    #[arg(long, value_name = "DIR")]
    pub v1_data: Option<PathBuf>,
    /// Experiment file (TOML); other options override it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Run folder to create; default runs/discover_rules-seedN, with a number if that is taken.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the run in this folder to the identical result.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["neurons", "population", "generations", "trials", "seed", "images", "v1_data", "config", "out", "smoke", "paper"])]
    pub resume: Option<PathBuf>,
    /// Threads; results do not depend on it. Default: one per core.
    #[arg(long)]
    pub threads: Option<usize>,
    /// A run of seconds that shows every part and finds nothing.
    #[arg(long)]
    pub smoke: bool,
    /// The paper's scale: 3000 neurons, 4000 rules, 150 generations, 100 trials.
    #[arg(long)]
    pub paper: bool,
}

/// Natural images: photographs or generated ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Images {
    /// Folder of photographs; none for generated images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How photographs become images.
    pub photographs: PhotoOptions,
    /// Numbers of generated images.
    pub generated: SetSize,
}

/// Trials on seeds that the search never saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validation {
    /// Independent sets of trials per rule.
    pub seeds: u64,
    /// Validation trials per domain and seed.
    pub trials: usize,
    /// Most rules of the front that are validated, those of least error first.
    pub front: usize,
    /// Random rules validated without selection, for the distribution.
    pub random: usize,
    /// Best of the random rules (by the error on their own trials) that are validated, as many as of the front.
    pub best_random: usize,
}

impl Default for Validation {
    fn default() -> Self {
        Self { seeds: 5, trials: 100, front: 8, random: 20, best_random: 8 }
    }
}

/// The whole experiment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Seed of the search and the trials.
    pub seed: u64,
    /// Generations.
    pub generations: u64,
    /// The circuit.
    pub circuit: V1Config,
    /// Trials, learning, readout, bounds of the genes.
    pub task: ChangeDetectionConfig,
    /// Gratings.
    #[serde(default)]
    pub gratings: GratingConfig,
    /// Natural images.
    #[serde(default)]
    pub images: Images,
    /// Fresh trials.
    #[serde(default)]
    pub validation: Validation,
    /// The search.
    pub search: Box<dyn OptimizerConfig>,
}

/// The default experiment, the same file that a user would copy and change.
const DEFAULT: &str = include_str!("config.toml");

impl Experiment {
    /// The experiment that the command line asks for.
    pub fn from_arguments(arguments: &Arguments) -> Result<Self, Box<dyn std::error::Error>> {
        let mut e: Self = match &arguments.config {
            Some(file) => evoplast_examples::read_config(file)?,
            None => toml::from_str(DEFAULT)?,
        };
        if arguments.smoke {
            e.generations = 2;
            e.circuit.neurons = 300;
            (e.task.trials.training, e.task.trials.validation) = (6, 6);
            e.validation = Validation { seeds: 2, trials: 8, front: 3, random: 4, best_random: 3 };
            e.images.generated = SetSize { n_train: 6, n_test: 4 };
            e.set_population(6)?;
        }
        if arguments.paper {
            e.generations = 150;
            e.circuit.neurons = 3000;
            (e.task.trials.training, e.task.trials.validation) = (100, 100);
            e.validation.front = 70;
            e.set_population(4000)?;
        }
        if let Some(n) = arguments.neurons {
            e.circuit.neurons = n;
        }
        if let Some(n) = arguments.population {
            if !(2..=MAX_POPULATION).contains(&n) {
                return Err(Box::new(TaskError::parameter("population", n, &format!("2..={MAX_POPULATION}"))));
            }
            e.set_population(n)?;
        }
        if let Some(n) = arguments.generations {
            e.generations = n;
        }
        if let Some(n) = arguments.trials {
            (e.task.trials.training, e.task.trials.validation) = (n, n);
        }
        if let Some(seed) = arguments.seed {
            e.seed = seed;
            e.circuit.seed = seed;
        }
        if let Some(folder) = &arguments.images {
            e.images.folder = Some(folder.clone());
        }
        if let Some(folder) = &arguments.v1_data {
            e.circuit.data_dir = Some(folder.clone());
        }
        Ok(e)
    }

    /// Sets the population of whatever search the experiment names.
    fn set_population(&mut self, population: usize) -> Result<(), Box<dyn std::error::Error>> {
        let mut search = serde_json::to_value(&self.search)?;
        if let Some(field) = search.get_mut("population") {
            *field = population.into();
        }
        self.search = serde_json::from_value(search)?;
        Ok(())
    }

    /// Checks what no part of the experiment checks itself.
    fn check(&self) -> Result<(), TaskError> {
        for (name, found) in [("seed", self.seed), ("circuit.seed", self.circuit.seed)] {
            if found > MAX_SEED {
                return Err(TaskError::parameter(name, found, &format!("at most {MAX_SEED}")));
            }
        }
        let (seeds, front) = (self.validation.seeds, self.validation.front as u64);
        for (name, found) in
            [("generations", self.generations), ("validation.seeds", seeds), ("validation.front", front)]
        {
            if found == 0 {
                return Err(TaskError::parameter(name, found, "at least 1"));
            }
        }
        Ok(())
    }

    /// How the search draws its first population; random rules are drawn alike.
    pub fn initial(&self) -> Result<InitialPopulation, Box<dyn std::error::Error>> {
        let search = serde_json::to_value(&self.search)?;
        Ok(search.get("initial").cloned().map_or_else(|| Ok(InitialPopulation::default()), serde_json::from_value)?)
    }

    /// Builds circuit, images and task, and tries whether the search can start.
    pub fn build(&self) -> Result<Built, Box<dyn std::error::Error>> {
        self.check()?;
        let circuit = Arc::new(V1Circuit::build(&self.circuit, self.task.trials.timing.image_ms as usize)?);
        let set = match &self.images.folder {
            Some(folder) => ImageSet::from_folder(folder, &self.images.photographs)?,
            None => {
                let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
                rng.set_stream(STREAM_IMAGES);
                ImageSet::synthetic(self.images.generated, &mut rng)?
            }
        };
        let gratings = Gratings::new(Arc::clone(&circuit.filters), self.gratings)?;
        let natural = NaturalImages::new(&circuit.filters, &set)?;
        let domains: Vec<Arc<dyn Domain>> = vec![Arc::new(gratings), Arc::new(natural)];
        let task = ChangeDetection::new(Arc::clone(&circuit), domains.clone(), self.task.clone())?;
        let mut fresh = self.task.clone();
        fresh.trials.validation = self.validation.trials;
        let held_out = ChangeDetection::new(circuit, domains, fresh)?;
        self.search.build(task.space(), task.objectives(), self.seed)?;
        Ok(Built { task, held_out, images: set })
    }
}

const STREAM_IMAGES: u64 = 77;

/// Largest `--population`; a generation of 4000 rules is the paper's.
const MAX_POPULATION: usize = 1_000_000;

/// Largest seed: the largest integer that every reader of TOML takes.
const MAX_SEED: u64 = i64::MAX as u64;

/// What an experiment needs to run.
pub struct Built {
    /// The objective of the search.
    pub task: ChangeDetection,
    /// The same with the validation's number of trials.
    pub held_out: ChangeDetection,
    /// The natural images.
    pub images: ImageSet,
}
