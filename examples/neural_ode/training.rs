//! One arm with one seed: from the initial parameters to a learning curve.

use crate::experiment::{Arm, Method, ProblemConfig};
use cpu_time::ThreadTime;
use evoplast_backprop::BackpropError;
use evoplast_backprop::ode::pull_back;
use evoplast_evolve::perturbation::normals;
use evoplast_evolve::{
    Adam, Address, ClipUp, CmaEsConfig, Evaluation, Failure, GuidedEsConfig, Objective, OpenAiEsConfig, Optimizer,
    OptimizerConfig, Outcome, PgpeConfig, SepCmaEsConfig, SnesConfig, Start, Updater,
};
use evoplast_neuron::ode::{Cost, SolveFailure, SolveOptions, Tape};
use evoplast_tasks::neural_ode::{Segment, TrajectoryFit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A look at a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Updates or generations done.
    pub iteration: u64,
    /// Work done, in evaluations of the right-hand side.
    pub work: f64,
    /// Processor time of training (s).
    pub seconds: f64,
    /// Loss of the present parameters; none if their solve fails.
    pub loss: Option<f64>,
    /// The lowest loss so far.
    pub best: f64,
}

/// What is known of a run when it is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name of the problem.
    pub problem: String,
    /// Name of the arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// The learning curve.
    pub moments: Vec<Moment>,
    /// Solves that failed, by kind.
    pub failures: BTreeMap<String, u64>,
    /// Losses that were computed for training, failures included.
    pub evaluations: u64,
    /// Loss of the best parameters with a hundredth of the tolerance; none if that solve fails.
    pub tight: Option<f64>,
    /// The best parameters.
    pub parameters: Vec<f64>,
}

/// Addresses of segments that no training meets.
const VALIDATION: u64 = 1 << 48;
/// Batches that make a validation.
const VALIDATION_BATCHES: u64 = 10;

type Failed = Box<dyn std::error::Error + Send + Sync>;

struct Run<'a> {
    fit: &'a TrajectoryFit,
    seed: u64,
    /// Segments of the validation; none where the problem is the same for every evaluation.
    validation: Option<Vec<Segment>>,
    budget: f64,
    /// Iterations after which the present stage ends.
    most: u64,
    due: Vec<f64>,
    iteration: u64,
    work: f64,
    seconds: f64,
    lap: ThreadTime,
    best: (f64, Vec<f64>),
    moments: Vec<Moment>,
    failures: BTreeMap<String, u64>,
    evaluations: u64,
    stop: &'a AtomicBool,
    tape: Tape,
}

/// Trains; `None` if the user stopped it.
pub fn train(
    problem: &ProblemConfig,
    fit: &TrajectoryFit,
    arm: &Arm,
    seed: u64,
    moments: usize,
    stop: &AtomicBool,
) -> Result<Option<Record>, Failed> {
    let start = arm.initial.unwrap_or(problem.initial).draw(fit.mlp(), seed);
    let at = |batch| Address { run: seed + VALIDATION, generation: batch, candidate: 0, episode: 0 };
    let noisy = fit.objectives()[0].noisy;
    let validation =
        noisy.then(|| (0..VALIDATION_BATCHES).flat_map(|batch| fit.segments(&at(batch)).to_vec()).collect());
    let due = (0..moments).map(|k| problem.work * 1e3_f64.powf((k + 1) as f64 / moments as f64 - 1.0)).rev().collect();
    let mut run = Run {
        fit,
        seed,
        validation,
        budget: problem.work,
        most: u64::MAX,
        due,
        iteration: 0,
        work: 0.0,
        seconds: 0.0,
        lap: ThreadTime::now(),
        best: (f64::INFINITY, start.clone()),
        moments: vec![],
        failures: BTreeMap::new(),
        evaluations: 0,
        stop,
        tape: Tape::default(),
    };
    run.look(&start);
    let mut present = start;
    for stage in &arm.stages {
        run.budget = problem.work * stage.until;
        run.most = stage.iterations.unwrap_or(u64::MAX);
        present = run.stage(&stage.train, &present)?;
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
    }
    run.look(&present);
    let options = fit.options();
    let tight = SolveOptions {
        rtol: 1e-2 * options.rtol,
        atol: options.atol.iter().map(|a| 1e-2 * a).collect(),
        max_steps: 100 * options.max_steps,
        max_evaluations: None,
        ..options.clone()
    };
    let segments = run.validation.take().unwrap_or_else(|| fit.segments(&at(0)).to_vec());
    let Run { moments, failures, evaluations, best, .. } = run;
    Ok(Some(Record {
        problem: problem.name.clone(),
        arm: arm.name.clone(),
        seed,
        moments,
        failures,
        evaluations,
        tight: fit.loss_with(&best.1, &segments, &tight).ok().map(|(loss, _)| loss),
        parameters: best.1,
    }))
}

impl Run<'_> {
    fn over(&self) -> bool {
        self.work >= self.budget || self.iteration >= self.most || self.stop.load(Ordering::Relaxed)
    }

    fn segments(&self) -> Arc<Vec<Segment>> {
        let at = Address { run: self.seed, generation: self.iteration, candidate: 0, episode: 0 };
        self.fit.segments(&at)
    }

    /// A solve with a Jacobian is worth as many evaluations more as there are columns.
    fn count(&mut self, cost: Cost) {
        self.work += (cost.evaluations + cost.jacobians * self.fit.mlp().scale().len() as u64) as f64;
    }

    fn failed(&mut self, failure: &SolveFailure) {
        *self.failures.entry(failure.reason.kind().to_owned()).or_default() += 1;
        self.count(failure.cost);
        // One that fails before it begins is not for nothing, or a run could last for ever.
        self.work += 100.0;
    }

    /// Where the loss is the same function for all, what training sees is what counts.
    fn offer(&mut self, loss: f64, parameters: &[f64]) {
        if self.validation.is_none() && loss < self.best.0 {
            self.best = (loss, parameters.to_vec());
        }
    }

    /// The loss for training; infinite if a solve fails.
    fn loss(&mut self, parameters: &[f64], segments: &[Segment]) -> Result<f64, SolveFailure> {
        self.evaluations += 1;
        match self.fit.loss(parameters, segments) {
            Ok((loss, cost)) => {
                self.count(cost);
                self.offer(loss, parameters);
                Ok(loss)
            }
            Err(failure) => {
                self.failed(&failure);
                Err(failure)
            }
        }
    }

    /// The gradient, if the solve succeeds and it is finite. The reverse of a stage counts as three evaluations, a product
    /// with second derivatives as six.
    fn gradient(&mut self, parameters: &[f64], segments: &[Segment]) -> Result<Option<Vec<f64>>, Failed> {
        self.evaluations += 1;
        let field = self.fit.mlp().field(parameters)?;
        let (mut total, mut gradient) = (0.0, vec![0.0; parameters.len()]);
        let (mut outputs, mut slope) = (vec![], vec![]);
        for segment in segments {
            outputs.resize(segment.points.len(), 0.0);
            slope.resize(segment.points.len(), 0.0);
            let (y0, times, options) = (&segment.y0, &segment.times, self.fit.options());
            let solved = self.fit.solver().record(&field, 0.0, y0, times, options, &mut outputs, &mut self.tape);
            match solved {
                Ok(cost) => self.count(cost),
                Err(failure) => {
                    self.failed(&failure);
                    return Ok(None);
                }
            }
            total += self.fit.loss_slope(segments.len(), segment, &outputs, &mut slope);
            let (steps, n) = (self.tape.steps(), y0.len());
            let implicit = if self.tape.stages() == 6 { 6 * n.min(6) + n } else { 0 };
            self.work += (steps * (3 * 6 + implicit)) as f64;
            match pull_back(&field, &self.tape, &slope, &mut gradient) {
                Ok(_) => (),
                // The solve is fine and its reverse overflows.
                Err(BackpropError::Parameter { field: "gradient", .. }) => {
                    *self.failures.entry("gradient".to_owned()).or_default() += 1;
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.offer(total, parameters);
        Ok(Some(gradient))
    }

    /// A point of the learning curve, if one is due.
    fn look_if_due(&mut self, parameters: impl FnOnce() -> Vec<f64>) {
        if self.due.last().is_some_and(|&due| due <= self.work) {
            while self.due.last().is_some_and(|&due| due <= self.work) {
                self.due.pop();
            }
            self.look(&parameters());
        }
    }

    fn look(&mut self, parameters: &[f64]) {
        self.seconds += self.lap.elapsed().as_secs_f64();
        let loss = match &self.validation {
            Some(segments) => self.fit.loss(parameters, segments),
            None => self.fit.loss(parameters, &self.segments()),
        };
        let loss = loss.ok().map(|(loss, _)| loss);
        if let Some(loss) = loss.filter(|loss| *loss < self.best.0) {
            self.best = (loss, parameters.to_vec());
        }
        let (iteration, work, seconds, best) = (self.iteration, self.work, self.seconds, self.best.0.min(1e300));
        self.moments.push(Moment { iteration, work, seconds, loss, best });
        self.lap = ThreadTime::now();
    }

    /// One stage from `start`; returns where the next one starts.
    fn stage(&mut self, method: &Method, start: &[f64]) -> Result<Vec<f64>, Failed> {
        let present = match method {
            Method::Backprop { updater, alternate } => self.descend(&**updater, *alternate, start)?,
            Method::Vanilla { samples, sigma, updater } => self.vanilla(*samples, *sigma, &**updater, start),
            _ => self.search(method, start)?,
        };
        Ok(if self.validation.is_none() { self.best.1.clone() } else { present })
    }

    /// What is updated at once, each with its own updater: all, or the layers in turn.
    fn parts(&self, alternate: bool) -> Vec<Range<usize>> {
        let layers = self.fit.mlp().layers();
        if alternate {
            layers.iter().map(|l| l.weights.start..l.biases.end).collect()
        } else {
            std::iter::once(0..self.fit.mlp().parameters()).collect()
        }
    }

    fn descend(&mut self, updater: &dyn Updater, alternate: bool, start: &[f64]) -> Result<Vec<f64>, Failed> {
        let parts = self.parts(alternate);
        let mut updaters: Vec<Box<dyn Updater>> = parts.iter().map(|_| updater.boxed()).collect();
        let (mut present, mut good) = (start.to_vec(), start.to_vec());
        while !self.over() {
            if let Some(gradient) = self.gradient(&present, &self.segments())? {
                good.clone_from(&present);
                let k = self.iteration as usize % parts.len();
                updaters[k].update(&mut present[parts[k].clone()], &gradient[parts[k].clone()]);
            } else {
                // Back to where there was a gradient; the updater has moved on, so the next step is another one.
                present.clone_from(&good);
            }
            self.iteration += 1;
            self.look_if_due(|| present.clone());
        }
        Ok(present)
    }

    fn vanilla(&mut self, samples: usize, sigma: f64, updater: &dyn Updater, start: &[f64]) -> Vec<f64> {
        let parts = self.parts(true);
        let mut updaters: Vec<Box<dyn Updater>> = parts.iter().map(|_| updater.boxed()).collect();
        let mut present = start.to_vec();
        while !self.over() {
            let segments = self.segments();
            let k = self.iteration as usize % parts.len();
            let part = parts[k].clone();
            let at = |s| Address { run: self.seed, generation: self.iteration, candidate: s, episode: 0 };
            let places: Vec<Address> = (0..samples as u64).map(at).collect();
            let mut gradient = vec![0.0; part.len()];
            for (s, place) in places.into_iter().enumerate() {
                // The unperturbed point is one of the samples.
                let noise = if s == 0 { vec![0.0; part.len()] } else { normals(place, part.len()) };
                let mut moved = present.clone();
                moved[part.clone()].iter_mut().zip(&noise).for_each(|(p, e)| *p += sigma * e);
                if let Ok(loss) = self.loss(&moved, &segments) {
                    let weight = loss / (samples as f64 * sigma);
                    gradient.iter_mut().zip(&noise).for_each(|(g, e)| *g += weight * e);
                }
            }
            updaters[k].update(&mut present[part], &gradient);
            self.iteration += 1;
            self.look_if_due(|| present.clone());
        }
        present
    }

    fn search(&mut self, method: &Method, start: &[f64]) -> Result<Vec<f64>, Failed> {
        let config = config(method, start, range(self.fit)).ok_or("not a search")?;
        let mut search: Box<dyn Optimizer> = config.build(self.fit.space(), self.fit.objectives(), self.seed)?;
        let guided = matches!(method, Method::GuidedEs { .. });
        let mut present = start.to_vec();
        while !self.over() {
            let segments = self.segments();
            if guided && let Some(gradient) = self.gradient(&present, &segments)? {
                search.guide(&gradient)?;
            }
            let candidates = search.ask()?;
            let mut told = Vec::with_capacity(candidates.len());
            for candidate in candidates {
                let outcome = match self.loss(&candidate.genome, &segments) {
                    Ok(loss) => Outcome::Done(Evaluation::new(vec![loss])),
                    Err(failure) => Outcome::Failed(Failure::new(failure.to_string()).of_kind(failure.reason.kind())),
                };
                told.push((candidate.id, outcome));
            }
            search.tell(&told)?;
            self.iteration += 1;
            if let Some(mean) = search.recommendation() {
                present = mean;
            }
            self.look_if_due(|| present.clone());
        }
        Ok(present)
    }
}

/// The configuration of a search, from units of the parameters to those of their range; none for what is no search of `evolve`.
fn config(method: &Method, genome: &[f64], range: f64) -> Option<Box<dyn OptimizerConfig>> {
    let start = Start::Genome(genome.to_vec());
    let config: Box<dyn OptimizerConfig> = match *method {
        Method::OpenAiEs { population, sigma, learning_rate } => Box::new(OpenAiEsConfig {
            population,
            sigma: sigma / range,
            updater: Box::new(Adam::new(learning_rate / range)),
            start,
            ..Default::default()
        }),
        Method::Pgpe { population, sigma, max_speed } => Box::new(PgpeConfig {
            population,
            sigma: sigma / range,
            updater: Some(Box::new(ClipUp::new(max_speed / range))),
            start,
            ..Default::default()
        }),
        Method::Snes { population, sigma } => {
            Box::new(SnesConfig { population: Some(population), sigma: sigma / range, start, ..Default::default() })
        }
        Method::SepCmaEs { population, sigma } => {
            Box::new(SepCmaEsConfig { population: Some(population), sigma: sigma / range, start, ..Default::default() })
        }
        Method::GuidedEs { population, sigma, alpha, subspace, learning_rate } => Box::new(GuidedEsConfig {
            population,
            // The length of a perturbation is sigma in all: as long as one of the others with this sigma a gene.
            sigma: sigma / range * (genome.len() as f64).sqrt(),
            alpha,
            subspace,
            updater: Box::new(Adam::new(learning_rate / range)),
            start,
            ..Default::default()
        }),
        Method::CmaEs { population, sigma } => {
            Box::new(CmaEsConfig { population: Some(population), sigma: sigma / range, start, ..Default::default() })
        }
        Method::Backprop { .. } | Method::Vanilla { .. } => return None,
    };
    Some(config)
}

/// Range of a gene.
fn range(fit: &TrajectoryFit) -> f64 {
    fit.space().variables()[0].upper * 2.0
}

/// Refuses a method whose settings cannot train this problem.
pub fn check_method(fit: &TrajectoryFit, method: &Method) -> Result<(), String> {
    if let Method::Vanilla { samples, sigma, .. } = method
        && !(*samples >= 2 && *sigma > 0.0 && sigma.is_finite())
    {
        return Err(format!("vanilla: found {samples} samples, sigma {sigma}; expected at least 2, and more than 0"));
    }
    if let Method::Vanilla { updater, .. } | Method::Backprop { updater, .. } = method {
        updater.validate(fit.space().len()).map_err(|error| error.to_string())?;
    }
    match config(method, &vec![0.0; fit.space().len()], range(fit)) {
        Some(config) => config.build(fit.space(), fit.objectives(), 1).map(drop).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}
