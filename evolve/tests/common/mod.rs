//! A problem with genes of every kind, noise, and failures on demand.
#![allow(dead_code, clippy::unwrap_used)]

pub mod races;

use std::sync::atomic::{AtomicBool, Ordering};

use evoplast_evolve::{
    Address, Candidate, Evaluation, Evaluator, Failure, Objective, ObjectiveInfo, Optimizer, OptimizerConfig, Outcome,
    Parallel, SearchSpace, Serial, Variable, Watch,
};
use rand::RngExt;

/// Two objectives over real, log-scaled and gate genes, the second one noisy; or the second one alone.
pub struct Mixed {
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
    metrics: Vec<String>,
    /// Share of evaluations that fail, by panic, by failure or by NaN.
    pub failing: f64,
    /// All evaluations fail while this is set.
    pub all_fail: AtomicBool,
}

impl Mixed {
    pub fn new(failing: f64) -> Self {
        let mut variables: Vec<Variable> = (0..6).map(|i| Variable::real(format!("x{i}"), -2.0, 3.0)).collect();
        variables.extend((0..3).map(|i| Variable::log_scaled(format!("tau{i}"), 0.1, 100.0)));
        variables.extend((0..5).map(|i| Variable::gate(format!("g{i}"))));
        Self {
            space: SearchSpace::new(variables).unwrap(),
            objectives: vec![ObjectiveInfo::new("size", false), ObjectiveInfo::new("error, noisy", true)],
            metrics: vec!["open".to_string()],
            failing,
            all_fail: AtomicBool::new(false),
        }
    }

    /// The problem with as many objectives as a search takes.
    pub fn suited(config: &dyn OptimizerConfig, failing: f64) -> Self {
        let mut problem = Self::new(failing);
        if !config.card().many_objectives {
            problem.objectives.remove(0);
        }
        problem
    }
}

impl Objective for Mixed {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn metrics(&self) -> &[String] {
        &self.metrics
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        if self.all_fail.load(Ordering::Relaxed) {
            return Err(Failure::new("everything fails"));
        }
        let mut rng = at.rng(0);
        let (lot, noise): (f64, f64) = (rng.random(), rng.random());
        let open = genome[9..].iter().filter(|&&x| x > 0.5).count() as f64;
        let distance: f64 = genome[..6].iter().map(|x| (x - 1.0).powi(2)).sum();
        let scale: f64 = genome[6..9].iter().map(|tau| tau.ln().powi(2)).sum();
        let error = distance + scale + (5.0 - open) + 0.2 * noise;
        if lot < self.failing {
            return match (lot / self.failing * 3.0) as u8 {
                0 => Err(Failure::new("refused")),
                1 => Ok(Evaluation::new(vec![f64::NAN; self.objectives.len()]).with_metrics(vec![open])),
                _ => Ok(Evaluation::new(vec![open; 3]).with_metrics(vec![open])),
            };
        }
        let objectives = [open + 0.1 * distance, error][2 - self.objectives.len()..].to_vec();
        Ok(Evaluation::new(objectives).with_metrics(vec![open]))
    }
}

/// Evaluates what is asked and tells it; returns the candidates and the outcomes.
pub fn step(optimizer: &mut dyn Optimizer, objective: &Mixed, threads: usize) -> (Vec<Candidate>, Vec<Outcome>) {
    let candidates = optimizer.ask().unwrap();
    let (run, generation) = (optimizer.run(), optimizer.generation());
    let watch = Watch::nobody();
    let outcomes = if threads == 0 {
        Serial.evaluate(objective, &candidates, run, generation, &watch)
    } else {
        Parallel::with_threads(threads).unwrap().evaluate(objective, &candidates, run, generation, &watch)
    }
    .unwrap();
    let told: Vec<_> = candidates.iter().map(|candidate| candidate.id).zip(outcomes.iter().cloned()).collect();
    optimizer.tell(&told).unwrap();
    (candidates, outcomes)
}

/// The whole state as text.
pub fn state(optimizer: &dyn Optimizer) -> String {
    serde_json::to_string(optimizer).unwrap()
}
