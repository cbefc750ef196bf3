//! Learning a vector field from points on its trajectories.
//!
//! L = mean over segments s, times j and components i of w_i abs(y_si(t_j) - d_si(t_j)), w_i = 1 / scale_i,
//!
//! with the perceptron's solution y from the segment's initial state and the data d. A scale is what a component moves
//! through; the perceptron's outputs are multiplied by scale / duration (Kim et al. 2021, doi:10.1063/5.0060697).

use std::sync::Arc;

use super::{Problem, Spiral};
use crate::TaskError;
use crate::latest::Latest;
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace, Variable};
use evoplast_neuron::ode::{
    Activation, Cost, InputMap, Mlp, Recording, Rodas4, SolveFailure, SolveOptions, Stuck, Tsit5,
};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// A piece of a trajectory to be met.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// State at time 0.
    pub y0: Vec<f64>,
    /// Times.
    pub times: Vec<f64>,
    /// Data, `[time * n + component]`.
    pub points: Vec<f64>,
}

/// Which segments an evaluation meets.
#[derive(Debug, Clone, PartialEq)]
pub enum SegmentSource {
    /// Always these.
    Fixed(Vec<Segment>),
    /// So many starts on the cubic spiral, uniformly drawn with the address, and so many points from each on.
    SpiralBatch {
        /// The trajectory.
        spiral: Spiral,
        /// Segments.
        starts: usize,
        /// Points of a segment, its start included.
        points: usize,
    },
}

/// Which of the recording solvers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitSolver {
    /// Explicit.
    Tsit5,
    /// For stiff fields.
    Rodas4,
}

/// The perceptron and how it is solved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrajectoryFitConfig {
    /// Units of the hidden layers.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// What the first layer sees.
    #[serde(default)]
    pub input: InputMap,
    /// Whether there are biases.
    pub biases: bool,
    /// The solver.
    pub solver: FitSolver,
    /// Relative tolerance.
    pub rtol: f64,
    /// Absolute tolerance in scales.
    pub atol: f64,
    /// Most steps of a solve.
    pub max_steps: u64,
    /// Most evaluations of the right-hand side in a solve.
    pub max_evaluations: u64,
    /// Largest magnitude of a parameter for a search.
    pub limit: f64,
}

/// Parameters of a perceptron as a genome, the error along trajectories as the objective.
pub struct TrajectoryFit {
    mlp: Mlp,
    source: SegmentSource,
    weights: Vec<f64>,
    solver: Box<dyn Recording>,
    options: SolveOptions,
    space: SearchSpace,
    objectives: [ObjectiveInfo; 1],
    metrics: Vec<String>,
    kinds: Vec<String>,
    drawn: Latest<Address, Vec<Segment>>,
}

/// Names of the recorded numbers: evaluations of the right-hand side, and steps.
const FIT_METRICS: [&str; 3] = ["evaluations", "accepted_steps", "rejected_steps"];
const STREAM_BATCH: u64 = 80;

impl TrajectoryFit {
    /// A fit of segments whose components have these scales; the perceptron's outputs are multiplied by `output`.
    ///
    /// # Errors
    /// A perceptron, tolerance or limit that cannot be, or segments of another dimension.
    pub fn new(
        source: SegmentSource,
        scale: &[f64],
        output: Vec<f64>,
        config: &TrajectoryFitConfig,
    ) -> Result<Self, TaskError> {
        let wrong = |error| TaskError::parameter("neural ODE", error, "a perceptron and solver that can be");
        let mlp = Mlp::new(output, &config.hidden, config.activation, config.input, config.biases).map_err(wrong)?;
        let n = mlp.scale().len();
        if scale.len() != n || !scale.iter().all(|s| *s > 0.0 && s.is_finite()) {
            return Err(TaskError::parameter("scale", format!("{scale:?}"), "a positive number for each component"));
        }
        let noisy = match &source {
            SegmentSource::Fixed(segments) => {
                let fits = |s: &Segment| s.y0.len() == n && s.points.len() == n * s.times.len() && !s.times.is_empty();
                if segments.is_empty() || !segments.iter().all(fits) {
                    return Err(TaskError::parameter("segments", segments.len(), "some, of the scale's dimension"));
                }
                false
            }
            SegmentSource::SpiralBatch { spiral, starts, points } => {
                if n != 2 || *starts == 0 || *points < 2 || *points > spiral.len() {
                    let (found, most) = (format!("{starts} and {points}"), spiral.len());
                    let expected = format!("at least 1, and 2 to {most}, for two variables");
                    return Err(TaskError::parameter("starts and points", found, &expected));
                }
                true
            }
        };
        let options = SolveOptions {
            atol: scale.iter().map(|s| config.atol * s).collect(),
            max_steps: config.max_steps,
            max_evaluations: Some(config.max_evaluations),
            ..SolveOptions::new(config.rtol, 1.0)
        };
        options.check(n).map_err(wrong)?;
        let solver: Box<dyn Recording> = match config.solver {
            FitSolver::Tsit5 => Box::new(Tsit5),
            FitSolver::Rodas4 => Box::new(Rodas4),
        };
        Ok(Self {
            space: space(&mlp, config.limit)?,
            mlp,
            source,
            weights: scale.iter().map(|s| 1.0 / s).collect(),
            solver,
            options,
            objectives: [ObjectiveInfo::new("loss", noisy)],
            metrics: FIT_METRICS.map(str::to_owned).to_vec(),
            kinds: Stuck::KINDS.map(str::to_owned).to_vec(),
            drawn: Latest::new(),
        })
    }

    /// The fit of a stiff problem after Kim et al. 2021: the scale is the largest value of a component (ROBER) or its range
    /// (POLLU), which for components that start at 0 is the same.
    ///
    /// # Errors
    /// As [`TrajectoryFit::new`], or a reference that cannot be computed.
    pub fn stiff(problem: &Problem, config: &TrajectoryFitConfig) -> Result<Self, TaskError> {
        let segment = problem.segment()?;
        let n = problem.y0.len();
        let scale = (0..n).map(|i| {
            let values = || segment.points.iter().skip(i).step_by(n).copied();
            let lowest = if problem.name == "POLLU" { values().fold(f64::INFINITY, f64::min) } else { 0.0 };
            values().fold(f64::NEG_INFINITY, f64::max) - lowest
        });
        let scale: Vec<f64> = scale.collect();
        let duration = problem.times[problem.times.len() - 1];
        let output = scale.iter().map(|s| s / duration).collect();
        Self::new(SegmentSource::Fixed(vec![segment]), &scale, output, config)
    }

    /// The fit of the cubic spiral by batches.
    ///
    /// # Errors
    /// As [`TrajectoryFit::new`].
    pub fn spiral(starts: usize, points: usize, config: &TrajectoryFitConfig) -> Result<Self, TaskError> {
        let source = SegmentSource::SpiralBatch { spiral: Spiral::new()?, starts, points };
        Self::new(source, &[1.0; 2], vec![1.0; 2], config)
    }

    /// The perceptron.
    #[must_use]
    pub fn mlp(&self) -> &Mlp {
        &self.mlp
    }

    /// The solver.
    #[must_use]
    pub fn solver(&self) -> &dyn Recording {
        &*self.solver
    }

    /// Tolerances and budgets of a solve.
    #[must_use]
    pub fn options(&self) -> &SolveOptions {
        &self.options
    }

    /// The segments at an address, the same for whoever learns from them.
    #[must_use]
    pub fn segments(&self, at: &Address) -> Arc<Vec<Segment>> {
        let make = || -> Result<Vec<Segment>, std::convert::Infallible> {
            Ok(match &self.source {
                SegmentSource::Fixed(segments) => segments.clone(),
                SegmentSource::SpiralBatch { spiral, starts, points } => {
                    let mut rng = at.rng(STREAM_BATCH);
                    let mut one = || spiral.segment(rng.random_range(0..=spiral.len() - points), *points);
                    (0..*starts).map(|_| one()).collect()
                }
            })
        };
        let key = match &self.source {
            SegmentSource::Fixed(_) => Address { run: 0, generation: 0, candidate: 0, episode: 0 },
            SegmentSource::SpiralBatch { .. } => at.common(),
        };
        match self.drawn.get(key, make) {
            Ok(segments) => segments,
            Err(never) => match never {},
        }
    }

    /// The loss of these parameters, and the work.
    ///
    /// # Errors
    /// A solve that failed, with the work until then.
    pub fn loss(&self, parameters: &[f64], segments: &[Segment]) -> Result<(f64, Cost), SolveFailure> {
        self.loss_with(parameters, segments, &self.options)
    }

    /// The same with other tolerances and budgets, to see whether a loss owes something to the errors of its solver.
    ///
    /// # Errors
    /// As [`TrajectoryFit::loss`].
    pub fn loss_with(
        &self,
        parameters: &[f64],
        segments: &[Segment],
        options: &SolveOptions,
    ) -> Result<(f64, Cost), SolveFailure> {
        let field = self.mlp.field(parameters)?;
        let (mut total, mut cost, mut outputs) = (0.0, Cost::default(), Vec::new());
        for segment in segments {
            outputs.resize(segment.points.len(), 0.0);
            match self.solver.solve(&field, 0.0, &segment.y0, &segment.times, options, &mut outputs) {
                Ok(spent) => cost += spent,
                Err(failure) => {
                    cost += failure.cost;
                    return Err(SolveFailure { cost, ..failure });
                }
            }
            let distance = |(k, (y, d)): (usize, (&f64, &f64))| self.weights[k % self.weights.len()] * (y - d).abs();
            let sum: f64 = outputs.iter().zip(&segment.points).enumerate().map(distance).sum();
            total += sum / (segments.len() * outputs.len()) as f64;
        }
        Ok((total, cost))
    }

    /// Share of the loss of one of `count` segments with these outputs; writes its derivative by them.
    ///
    /// # Panics
    /// If `outputs` or `slope` has another length than the segment's points.
    pub fn loss_slope(&self, count: usize, segment: &Segment, outputs: &[f64], slope: &mut [f64]) -> f64 {
        assert!(outputs.len() == segment.points.len() && slope.len() == outputs.len(), "outputs of another segment");
        let share = 1.0 / (count * outputs.len()) as f64;
        let mut sum = 0.0;
        for (k, (slope, (y, d))) in slope.iter_mut().zip(outputs.iter().zip(&segment.points)).enumerate() {
            let (weight, distance) = (self.weights[k % self.weights.len()], y - d);
            sum += weight * distance.abs();
            *slope = share * weight * if distance == 0.0 { 0.0 } else { distance.signum() };
        }
        share * sum
    }
}

/// One gene a parameter, those of a unit's inputs in one group.
fn space(mlp: &Mlp, limit: f64) -> Result<SearchSpace, TaskError> {
    let mut variables = Vec::with_capacity(mlp.parameters());
    for (l, layer) in mlp.layers().iter().enumerate() {
        let gene = |name: String, o: usize| Variable::real(name, -limit, limit).in_group(format!("layer {l} unit {o}"));
        for o in 0..layer.outputs {
            variables.extend((0..layer.inputs).map(|i| gene(format!("w{l} {i}->{o}"), o)));
        }
        variables.extend((0..layer.biases.len()).map(|o| gene(format!("b{l} {o}"), o)));
    }
    SearchSpace::new(variables).map_err(|error| TaskError::parameter("limit", error, "a positive number"))
}

impl Objective for TrajectoryFit {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn metrics(&self) -> &[String] {
        &self.metrics
    }

    fn failure_kinds(&self) -> &[String] {
        &self.kinds
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        let segments = self.segments(at);
        match self.loss(genome, &segments) {
            Ok((loss, cost)) => {
                let metrics = [cost.evaluations, cost.accepted, cost.rejected].map(|count| count as f64).to_vec();
                Ok(Evaluation::new(vec![loss]).with_metrics(metrics))
            }
            Err(failure) => Err(Failure::new(failure.to_string()).of_kind(failure.reason.kind())),
        }
    }
}
