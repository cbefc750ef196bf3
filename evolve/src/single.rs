//! One shell for all single-objective searches: a [`Strategy`] in, an [`Optimizer`] out.
//!
//! The shell gives ids, maps latent points to genomes within the bounds, turns outcomes into values (a failure is
//! infinity and ranks last), leaves the strategy alone when a whole generation failed, and keeps the best genome seen.
//! Nothing of a generation is kept between ask and tell: both come from the strategy's state and addressed numbers.
//!
//! Under noise the best genome *seen* owes part of its value to luck; [`Optimizer::recommendation`] gives the mean of the
//! distribution where the strategy has one.

use serde::{Deserialize, Serialize};

use crate::bounds::Bounds;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, ObjectiveInfo, Outcome};
use crate::optimizer::{Optimizer, Setting, match_outcomes};
use crate::perturbation::convert;
use crate::space::{GeneKind, SearchSpace};
use crate::strategy::{Card, Scene, Strategy};

/// A single-objective search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleObjective {
    setting: Setting,
    bounds: Bounds,
    strategy: Box<dyn Strategy>,
    best: Option<Individual>,
    /// The largest value of a feasible candidate so far, which every infeasible one exceeds by its violation.
    worst_feasible: Option<f64>,
    /// Generations in which every evaluation failed.
    failed_generations: u64,
    /// Number of candidates asked and not yet told.
    #[serde(skip)]
    asked: Option<usize>,
}

impl SingleObjective {
    /// Starts a search; `start` makes the strategy for the scene it finds.
    ///
    /// # Errors
    /// If there is not exactly one objective, or a setting of the strategy is out of its range.
    pub fn boxed<S: Strategy + 'static>(
        space: &SearchSpace,
        objectives: &[ObjectiveInfo],
        run: u64,
        bounds: Bounds,
        start: impl FnOnce(&Scene<'_>) -> Result<S>,
    ) -> Result<Box<dyn Optimizer>> {
        let setting = Setting::new(space, objectives, run)?;
        let scene = Scene { space, bounds, run, generation: 0 };
        let strategy = start(&scene)?;
        let count = objectives.len();
        EvolveError::require(count == 1, strategy.card().name, "objectives", count, "1 (a single-objective search)")?;
        strategy.validate(space.len())?;
        let strategy = Box::new(strategy);
        Ok(Box::new(Self {
            setting,
            bounds,
            strategy,
            best: None,
            worst_feasible: None,
            failed_generations: 0,
            asked: None,
        }))
    }

    fn scene(&self) -> Scene<'_> {
        let setting = &self.setting;
        Scene { space: &setting.space, bounds: self.bounds, run: setting.run, generation: setting.generation }
    }

    fn genome(&self, point: Vec<f64>) -> Vec<f64> {
        self.setting.space.to_genome(self.scene().to_search(point))
    }

    /// Values for the strategy: a failure is infinity, and what violates constraints is worse than all that was feasible so
    /// far, by as much as it violates them (Deb 2000, doi:10.1016/S0045-7825(99)00389-8).
    fn values(&mut self, outcomes: &[&Outcome]) -> Vec<f64> {
        let done = outcomes.iter().filter_map(|outcome| outcome.evaluation());
        let feasible = done.filter(|done| done.violation == 0.0).map(|done| done.objectives[0]);
        self.worst_feasible = feasible.chain(self.worst_feasible).reduce(f64::max);
        let base = self.worst_feasible.unwrap_or(0.0);
        let value = |done: &Evaluation| {
            if done.violation == 0.0 { done.objectives[0] } else { (base + done.violation).min(f64::MAX) }
        };
        outcomes.iter().map(|outcome| outcome.evaluation().map_or(f64::INFINITY, value)).collect()
    }

    /// Whether an outcome is better than the best so far, feasibility first.
    fn improves(&self, outcome: &Outcome) -> bool {
        let less = |done: &Evaluation, best: &Individual| {
            (done.violation, done.objectives[0]) < (best.violation, best.objectives[0])
        };
        outcome.evaluation().is_some_and(|done| self.best.as_ref().is_none_or(|best| less(done, best)))
    }

    /// The best candidate of a generation, the first of equals, if it is better than the best so far.
    fn new_best(&self, outcomes: &[&Outcome]) -> Result<Option<Individual>> {
        let rank = |done: &Evaluation| (done.violation, done.objectives[0]);
        let done = outcomes.iter().enumerate().filter_map(|(row, outcome)| Some((row, outcome.evaluation()?)));
        let best = done.reduce(|best, next| if rank(next.1) < rank(best.1) { next } else { best });
        let Some((row, evaluation)) = best.filter(|(row, _)| self.improves(outcomes[*row])) else { return Ok(None) };
        let point = self.strategy.point(&self.scene(), row)?;
        Ok(Some(Individual {
            id: self.setting.next_id + row as u64,
            genome: self.genome(point),
            objectives: vec![evaluation.objectives[0]],
            variance_of_mean: vec![0.0],
            violation: evaluation.violation,
            evaluations: 1,
            metrics: evaluation.metrics.clone(),
        }))
    }
}

#[typetag::serde(name = "single_objective")]
impl Optimizer for SingleObjective {
    fn card(&self) -> &'static Card {
        self.strategy.card()
    }

    fn run(&self) -> u64 {
        self.setting.run
    }

    fn space(&self) -> &SearchSpace {
        &self.setting.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.setting.objectives
    }

    fn generation(&self) -> u64 {
        self.setting.generation
    }

    fn ask(&mut self) -> Result<Vec<Candidate>> {
        let points = self.strategy.ask(&self.scene())?;
        self.asked = Some(points.len());
        let first = self.setting.next_id;
        Ok(convert(points, |row, point| Candidate { id: first + row as u64, genome: self.genome(point) }))
    }

    fn tell(&mut self, outcomes: &[(u64, Outcome)]) -> Result<()> {
        let count = self.asked.ok_or(EvolveError::TellBeforeAsk)?;
        let ids = self.setting.new_ids(count);
        let outcomes = match_outcomes(&ids, outcomes, 1)?;
        let values = self.values(&outcomes);
        if values.iter().any(|value| value.is_finite()) {
            if let Some(best) = self.new_best(&outcomes)? {
                self.best = Some(best);
            }
            let setting = &self.setting;
            let (run, generation) = (setting.run, setting.generation);
            let scene = Scene { space: &setting.space, bounds: self.bounds, run, generation };
            self.strategy.tell(&scene, &values)?;
        } else {
            self.failed_generations += 1;
        }
        self.asked = None;
        self.setting.advance(count);
        Ok(())
    }

    fn population(&self) -> Vec<Individual> {
        self.best.iter().cloned().collect()
    }

    fn front(&self) -> Vec<Individual> {
        self.population()
    }

    fn recommendation(&self) -> Option<Vec<f64>> {
        match self.strategy.mean() {
            Some(mean) => Some(self.genome(mean.to_vec())),
            None => self.best.as_ref().map(|best| best.genome.clone()),
        }
    }

    fn ancestor(&self) -> Option<Vec<f64>> {
        self.strategy.ancestor(&self.scene()).map(|point| self.genome(point))
    }

    fn guide(&mut self, gradient: &[f64]) -> Result<()> {
        let name = self.strategy.card().name;
        let outstanding = self.asked.is_some();
        EvolveError::require(!outstanding, name, "candidates outstanding", outstanding, "none when guided")?;
        let space = &self.setting.space;
        if gradient.len() != space.len() {
            let (found, expected) = (gradient.len(), space.len());
            return Err(EvolveError::Length { what: "surrogate gradient", found, expected });
        }
        // Chain rule from latent to search coordinates (a range a unit; the bend at the bounds is left out) to genes.
        let here = self.strategy.mean().map(|mean| self.genome(mean.to_vec()));
        let chained = |(gene, g): (usize, &f64)| {
            let range = space.search_upper()[gene] - space.search_lower()[gene];
            let scale = match (&here, space.variables()[gene].kind) {
                (Some(genome), GeneKind::LogScaled) => genome[gene],
                _ => 1.0,
            };
            g * range * scale
        };
        let gradient: Vec<f64> = gradient.iter().enumerate().map(chained).collect();
        self.strategy.guide(&gradient)
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        let mut numbers = self.strategy.diagnostics();
        numbers.push(("failed_generations".to_string(), self.failed_generations as f64));
        numbers
    }

    fn validate(&self) -> Result<()> {
        if let Some(best) = &self.best {
            self.setting.space.check(&best.genome)?;
            let next = self.setting.next_id;
            let expected = format!("less than {next}");
            EvolveError::require(best.id < next, "best individual", "id", best.id, &expected)?;
            let length = best.objectives.len();
            EvolveError::require(length == 1, "best individual", "objectives", length, "1")?;
        }
        self.strategy.validate(self.setting.space.len())
    }
}
