//! The experiment as a file describes it: problems, and arms that train the same perceptron from the same parameters.

use crate::training::check_method;
use evoplast_evolve::Updater;
use evoplast_examples::check_seeds;
use evoplast_tasks::neural_ode::{InitialWeights, Problem, TrajectoryFit, TrajectoryFitConfig};
use serde::{Deserialize, Serialize};

/// Everything that decides the result.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Seeds; each is initial parameters and, for the spiral, batches of its own, common to all arms.
    pub seeds: Vec<u64>,
    /// Points of a learning curve.
    pub moments: usize,
    /// The arm that others are compared with.
    pub reference: String,
    /// The problems.
    pub problems: Vec<ProblemConfig>,
    /// The arms.
    pub arms: Vec<Arm>,
    /// Arms made of all pairs of these, for one problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
}

/// The vanilla search with many sample sizes and spreads.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Name of the problem.
    pub problem: String,
    /// Samples S.
    pub samples: Vec<usize>,
    /// Spreads sigma.
    pub sigmas: Vec<f64>,
    /// Most iterations.
    pub iterations: u64,
    /// Loss to which iterations are counted; where the reference ended if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// What is swept.
    pub train: Swept,
}

/// A search whose samples and spread a sweep sets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Swept {
    /// As [`Method::Vanilla`].
    Vanilla {
        /// Moves the parameters.
        updater: Box<dyn Updater>,
    },
    /// As [`Method::OpenAiEs`].
    OpenAiEs {
        /// Step of Adam.
        learning_rate: f64,
    },
}

impl Swept {
    /// Its name in captions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Vanilla { .. } => "vanilla ES",
            Self::OpenAiEs { .. } => "OpenAI-ES",
        }
    }

    fn method(&self, samples: usize, sigma: f64) -> Method {
        match self {
            Self::Vanilla { updater } => Method::Vanilla { samples, sigma, updater: updater.clone() },
            Self::OpenAiEs { learning_rate } => {
                Method::OpenAiEs { population: samples, sigma, learning_rate: *learning_rate }
            }
        }
    }
}

/// Which trajectories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// The cubic spiral in batches.
    Spiral,
    /// Robertson's problem.
    Rober,
    /// The pollution problem.
    Pollu,
}

/// A perceptron and what it learns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemConfig {
    /// Name in tables.
    pub name: String,
    /// The trajectories.
    pub system: System,
    /// Starts and points of a batch, for the spiral.
    #[serde(default)]
    pub batch: (usize, usize),
    /// Initial parameters.
    pub initial: InitialWeights,
    /// Perceptron and solver.
    pub fit: TrajectoryFitConfig,
    /// Work of each arm, in evaluations of the right-hand side.
    pub work: f64,
    /// Names of its arms; all if empty.
    #[serde(default)]
    pub arms: Vec<String>,
    /// Published losses to compare with: name and value.
    #[serde(default)]
    pub levels: Vec<(String, f64)>,
}

impl ProblemConfig {
    /// The problem.
    pub fn build(&self) -> Result<TrajectoryFit, String> {
        let (starts, points) = self.batch;
        match self.system {
            System::Spiral => TrajectoryFit::spiral(starts, points, &self.fit),
            System::Rober => TrajectoryFit::stiff(&Problem::rober(), &self.fit),
            System::Pollu => TrajectoryFit::stiff(&Problem::pollu(), &self.fit),
        }
        .map_err(|e| format!("problem {:?}: {e}", self.name))
    }
}

/// One way to train, in one or more stages.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Name in tables and files.
    pub name: String,
    /// Other initial parameters than those of the problem: a confound, to be shown as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<InitialWeights>,
    /// The stages, each from the best parameters of the one before.
    pub stages: Vec<Stage>,
}

/// A part of an arm's work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Share of the work up to the end of this stage, 1 for the last.
    pub until: f64,
    /// Most iterations of the arm up to the end of this stage, if not the work decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// How it trains.
    pub train: Method,
}

/// How a stage trains. Spreads and steps are in units of the parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// Exact gradients.
    Backprop {
        /// Moves the parameters.
        updater: Box<dyn Updater>,
        /// Whether one layer is updated at a time, in turn.
        #[serde(default)]
        alternate: bool,
    },
    /// As Hazelden et al. ran it: no pairs, no baseline, no ranks, the unperturbed point among the samples, one layer at a time.
    Vanilla {
        /// Samples S.
        samples: usize,
        /// Spread.
        sigma: f64,
        /// Moves the parameters.
        updater: Box<dyn Updater>,
    },
    /// Mirrored pairs, centred ranks, Adam.
    OpenAiEs {
        /// Candidates.
        population: usize,
        /// Spread.
        sigma: f64,
        /// Step of Adam.
        learning_rate: f64,
    },
    /// With ClipUp.
    Pgpe {
        /// Candidates.
        population: usize,
        /// Spread.
        sigma: f64,
        /// Largest step.
        max_speed: f64,
    },
    /// Separable natural gradients.
    Snes {
        /// Candidates.
        population: usize,
        /// Spread.
        sigma: f64,
    },
    /// Separable CMA-ES.
    SepCmaEs {
        /// Candidates.
        population: usize,
        /// Spread.
        sigma: f64,
    },
    /// CMA-ES.
    CmaEs {
        /// Candidates.
        population: usize,
        /// Spread.
        sigma: f64,
    },
    /// Guided by exact gradients.
    GuidedEs {
        /// Candidates.
        population: usize,
        /// Spread.
        sigma: f64,
        /// Share of the whole space.
        alpha: f64,
        /// Gradients kept.
        subspace: usize,
        /// Step of Adam.
        learning_rate: f64,
    },
}

impl Experiment {
    /// Checks what can be checked before anything runs.
    pub fn check(&self) -> Result<(), String> {
        for (name, count) in [("moments", self.moments), ("problems", self.problems.len()), ("arms", self.arms.len())] {
            if count == 0 {
                return Err(format!("{name}: found none, expected at least 1"));
            }
        }
        check_seeds(&self.seeds).map_err(|error| error.to_string())?;
        let names: Vec<&str> = self.arms.iter().map(|a| a.name.as_str()).collect();
        let known = |name: &str| match names.contains(&name) {
            true => Ok(()),
            false => Err(format!("arm {name:?}: not there, expected one of {}", names.join(", "))),
        };
        known(&self.reference)?;
        for problem in &self.problems {
            problem.arms.iter().try_for_each(|name| known(name))?;
            if !(problem.work > 0.0 && problem.work.is_finite()) {
                return Err(format!("problem {:?}: work is {}, expected more than 0", problem.name, problem.work));
            }
            if self.problems.iter().filter(|p| p.name == problem.name).count() > 1 {
                return Err(format!("two problems are named {:?}, expected names of their own", problem.name));
            }
            let fit = problem.build()?;
            let swept = self.sweep.iter().filter(|sweep| sweep.problem == problem.name).flat_map(|_| self.swept());
            for arm in self.arms_of(problem).into_iter().chain(swept) {
                let checked = arm.stages.iter().try_for_each(|stage| check_method(&fit, &stage.train));
                checked.map_err(|error| format!("arm {:?}: {error}", arm.name))?;
            }
        }
        for (k, arm) in self.arms.iter().enumerate() {
            let rising = arm.stages.windows(2).all(|pair| pair[0].until < pair[1].until);
            let most: Vec<u64> = arm.stages.iter().filter_map(|stage| stage.iterations).collect();
            if most.contains(&0) || !most.is_sorted_by(|a, b| a < b) {
                return Err(format!("arm {:?}: iterations of its stages are {most:?}, expected rising ones", arm.name));
            }
            if names[..k].contains(&names[k]) || !rising || arm.stages.last().is_none_or(|s| s.until != 1.0) {
                return Err(format!("arm {:?}: expected a name of its own, and stages that end at 1", arm.name));
            }
        }
        self.sweep.as_ref().map_or(Ok(()), |sweep| self.check_sweep(sweep))
    }

    fn check_sweep(&self, sweep: &Sweep) -> Result<(), String> {
        if !self.problems.iter().any(|p| p.name == sweep.problem) {
            return Err(format!("sweep: no problem {:?}", sweep.problem));
        }
        if sweep.iterations == 0 {
            return Err("sweep: iterations is 0, expected at least 1".to_owned());
        }
        if let Some(level) = sweep.level.filter(|level| !(*level > 0.0 && level.is_finite())) {
            return Err(format!("sweep: level is {level}, expected more than 0"));
        }
        Ok(())
    }

    /// The arms of a problem.
    pub fn arms_of(&self, problem: &ProblemConfig) -> Vec<Arm> {
        let own = |arm: &&Arm| problem.arms.is_empty() || problem.arms.contains(&arm.name);
        self.arms.iter().filter(own).cloned().collect()
    }

    /// The arms of the sweep.
    pub fn swept(&self) -> Vec<Arm> {
        let Some(sweep) = &self.sweep else { return vec![] };
        let pairs = sweep.samples.iter().flat_map(|&s| sweep.sigmas.iter().map(move |&sigma| (s, sigma)));
        let arm = |(samples, sigma): (usize, f64)| {
            let iterations = Some(sweep.iterations);
            let train = sweep.train.method(samples, sigma);
            let name = format!("S {samples}, sigma {sigma}");
            Arm { name, initial: None, stages: vec![Stage { until: 1.0, iterations, train }] }
        };
        pairs.map(arm).collect()
    }
}
