//! One run of one search, looked at without noise while it goes on.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use evoplast_evolve::problems::Noisy;
use evoplast_evolve::{
    Address, Budget, Evaluation, EvolveError, Executor, Failure, GenerationReport, Objective, ObjectiveInfo, Observer,
    OptimizerConfig, SearchSpace, Serial, StopReason, hypervolume, igd_plus,
};
use serde::Serialize;

use crate::problem::Problem;

/// Moments at which a run is looked at.
pub const MOMENTS: usize = 40;

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Seed.
    pub seed: u64,
    /// The score after equal shares of the evaluations: with one objective the least distance from the optimum among all
    /// points tried, with several the hypervolume of the population relative to that of the reference front.
    pub curve: Vec<Option<f64>>,
    /// Evaluations until the distance from the optimum was at most the target.
    pub evaluations_to_target: Option<u64>,
    /// Evaluations used.
    pub evaluations: u64,
    /// Distance from the reference front (IGD+), with several objectives.
    pub igd_plus: Option<f64>,
    /// The returned set without noise, row by row, with several objectives.
    #[serde(skip)]
    pub set: Vec<f64>,
}

impl Outcome {
    /// The score at the end.
    pub fn score(&self) -> f64 {
        self.curve.last().copied().flatten().unwrap_or(f64::NAN)
    }
}

/// How long all runs last.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// Evaluations of a run.
    pub evaluations: u64,
    /// Distance from the optimum that counts as reached.
    pub target: f64,
    /// Standard deviation of the noise on every objective.
    pub noise: f64,
}

/// A problem that notes the best value without noise; evaluations come one after the other.
struct Watched<'a> {
    problem: &'a Problem,
    course: Course,
    notes: Mutex<Notes>,
}

#[derive(Clone)]
struct Notes {
    evaluations: u64,
    best: f64,
    reached: Option<u64>,
    curve: Vec<Option<f64>>,
}

impl Watched<'_> {
    fn note(&self, genome: &[f64]) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.evaluations += 1;
        if self.problem.objectives() == 1 {
            if let Some(value) = self.problem.exact(genome).first() {
                notes.best = notes.best.min(*value);
            }
            if notes.best <= self.course.target && notes.reached.is_none() {
                notes.reached = Some(notes.evaluations);
            }
            let moment = (notes.curve.len() as u64 + 1) * self.course.evaluations / MOMENTS as u64;
            if notes.evaluations >= moment {
                let best = Some(notes.best).filter(|best| best.is_finite());
                notes.curve.push(best);
            }
        }
    }
}

impl Objective for Watched<'_> {
    fn space(&self) -> &SearchSpace {
        self.problem.objective.space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        self.problem.objective.objectives()
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        self.note(genome);
        self.problem.objective.evaluate(genome, at)
    }
}

/// Takes the hypervolume of the population now and then.
struct FrontWatch<'a> {
    problem: &'a Problem,
    course: Course,
    reference: Vec<f64>,
    whole: f64,
    curve: Vec<Option<f64>>,
}

impl FrontWatch<'_> {
    fn set(&self, optimizer: &dyn evoplast_evolve::Optimizer) -> Vec<f64> {
        optimizer.population().iter().flat_map(|individual| self.problem.exact(&individual.genome)).collect()
    }
}

impl Observer for FrontWatch<'_> {
    fn on_generation(&mut self, report: &GenerationReport<'_>) -> evoplast_evolve::Result<()> {
        let moment = |done: usize| (done as u64 + 1) * self.course.evaluations / MOMENTS as u64;
        if self.problem.objectives() > 1 && report.evaluations >= moment(self.curve.len()) {
            let share = hypervolume(&self.set(report.optimizer), &self.reference) / self.whole;
            while self.curve.len() < MOMENTS && report.evaluations >= moment(self.curve.len()) {
                self.curve.push(Some(share));
            }
        }
        Ok(())
    }

    fn on_end(&mut self, optimizer: &dyn evoplast_evolve::Optimizer, _: StopReason) -> evoplast_evolve::Result<()> {
        if self.problem.objectives() > 1 {
            let share = hypervolume(&self.set(optimizer), &self.reference) / self.whole;
            self.curve.resize(MOMENTS, Some(share));
        }
        Ok(())
    }
}

/// Runs a search; `None` if it was stopped.
pub fn run(
    problem: &Problem,
    config: &dyn OptimizerConfig,
    seed: u64,
    course: Course,
    stop: &AtomicBool,
) -> Result<Option<Outcome>, EvolveError> {
    let notes = Notes { evaluations: 0, best: f64::INFINITY, reached: None, curve: vec![] };
    let objective = Noisy::new(Watched { problem, course, notes: Mutex::new(notes) }, course.noise)?;
    let optimizer = config.build(objective.space(), objective.objectives(), seed)?;
    let reference = problem.reference_point();
    let whole = hypervolume(&problem.front, &reference);
    let mut watch = FrontWatch { problem, course, reference, whole, curve: vec![] };
    let executor = Executor::new(&Serial, Budget::evaluations(course.evaluations)).observe(&mut watch).stop_flag(stop);
    let finished = executor.run(&objective, optimizer)?;
    if finished.reason == StopReason::Requested {
        return Ok(None);
    }
    let several = problem.objectives() > 1;
    let set = if several { watch.set(finished.optimizer.as_ref()) } else { vec![] };
    let notes = objective.inner().notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut curve = if several { watch.curve } else { notes.curve };
    // A last generation that no longer fits the budget leaves the last moments without evaluations.
    curve.resize(MOMENTS, Some(notes.best).filter(|best| best.is_finite()));
    Ok(Some(Outcome {
        seed,
        curve,
        evaluations_to_target: notes.reached,
        evaluations: notes.evaluations,
        igd_plus: several.then(|| igd_plus(&set, &problem.front, problem.objectives())),
        set,
    }))
}
