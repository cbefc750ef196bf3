//! The loop of every search: ask, evaluate, tell, report, save.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::budget::{Budget, Lead};
use crate::checkpoint::{self, Checkpoint};
use crate::error::{EvolveError, Result};
use crate::evaluator::{Evaluator, Watch};
use crate::objective::{Failure, Objective, Outcome};
use crate::observer::{GenerationReport, Observer, StopReason};
use crate::optimizer::Optimizer;

/// What a run leaves behind.
pub struct Finished {
    /// The search in its last complete state.
    pub optimizer: Box<dyn Optimizer>,
    /// Evaluations since the start of the run.
    pub evaluations: u64,
    /// Why the run ended.
    pub reason: StopReason,
}

/// Runs a search within a budget.
pub struct Executor<'a> {
    evaluator: &'a dyn Evaluator,
    budget: Budget,
    observers: Vec<&'a mut dyn Observer>,
    checkpoint: Option<(PathBuf, String)>,
    checkpoint_every: u64,
    stop_flag: Option<&'a AtomicBool>,
    stop_when: Option<&'a (dyn Fn() -> bool + Sync)>,
}

impl<'a> Executor<'a> {
    /// An executor without observers and checkpoints.
    #[must_use]
    pub fn new(evaluator: &'a dyn Evaluator, budget: Budget) -> Self {
        Self {
            evaluator,
            budget,
            observers: Vec::new(),
            checkpoint: None,
            checkpoint_every: 1,
            stop_flag: None,
            stop_when: None,
        }
    }

    /// Adds an observer; observers are called in the order in which they were added.
    #[must_use]
    pub fn observe(mut self, observer: &'a mut dyn Observer) -> Self {
        self.observers.push(observer);
        self
    }

    /// Saves the run to this file at the start, after every generation and at the end. `fingerprint` describes the
    /// caller's configuration; a file with another fingerprint is refused when resuming.
    #[must_use]
    pub fn checkpoint(mut self, path: impl Into<PathBuf>, fingerprint: impl Into<String>) -> Self {
        self.checkpoint = Some((path.into(), fingerprint.into()));
        self
    }

    /// Saves only after every `generations`th generation (and at the start and the end).
    #[must_use]
    pub fn checkpoint_every(mut self, generations: u64) -> Self {
        self.checkpoint_every = generations.max(1);
        self
    }

    /// Stops when the flag is set: the generation under way is given up, the one before is saved.
    #[must_use]
    pub fn stop_flag(mut self, flag: &'a AtomicBool) -> Self {
        self.stop_flag = Some(flag);
        self
    }

    /// Stops when the closure says so (a hard limit on time, for instance); asked before every candidate.
    #[must_use]
    pub fn stop_when(mut self, stop: &'a (dyn Fn() -> bool + Sync)) -> Self {
        self.stop_when = Some(stop);
        self
    }

    /// Starts a run.
    ///
    /// # Errors
    /// If the optimiser was built for another space or other objectives, if the budget does not fit them, if a checkpoint is already there
    /// (resume it, or remove it), or if a file or an observer fails.
    pub fn run(self, objective: &dyn Objective, optimizer: Box<dyn Optimizer>) -> Result<Finished> {
        if let Some((path, _)) = &self.checkpoint
            && path.exists()
        {
            return Err(EvolveError::File {
                path: path.clone(),
                field: "checkpoint",
                found: "a file".into(),
                expected: "none at the start of a run (resume it or remove it)".into(),
            });
        }
        let lead = Lead::follow(None, optimizer.as_ref());
        self.go(objective, Checkpoint { evaluations: 0, lead, optimizer }, None)
    }

    /// Continues the run saved at the path given to [`Executor::checkpoint`].
    ///
    /// # Errors
    /// As [`Executor::run`]; and if the checkpoint is missing, damaged or foreign.
    pub fn resume(self, objective: &dyn Objective) -> Result<Finished> {
        let Some((path, fingerprint)) = &self.checkpoint else {
            return Err(EvolveError::config("executor", "checkpoint", "not set", "a path to resume"));
        };
        let saved = checkpoint::load(path, fingerprint)?;
        let generation = saved.optimizer.generation();
        self.go(objective, saved, Some(generation))
    }

    fn go(mut self, objective: &dyn Objective, mut state: Checkpoint, resumed: Option<u64>) -> Result<Finished> {
        let started = Instant::now();
        check_match(objective, state.optimizer.as_ref())?;
        self.budget.check(objective.objectives().len())?;
        for observer in &mut self.observers {
            observer.on_start(objective, resumed)?;
        }
        // Generation of the last saved state.
        let mut saved = resumed;
        if saved.is_none() {
            self.save(&state, &mut saved)?;
        }
        let reason = loop {
            let (generation, lead) = (state.optimizer.generation(), state.lead.as_ref());
            if let Some(reason) = self.budget.spent(generation, lead, self.stop_requested(), started.elapsed()) {
                break reason;
            }
            let optimizer = &mut state.optimizer;
            let candidates = optimizer.ask()?;
            let after = state.evaluations + candidates.len() as u64;
            if self.budget.evaluations.is_some_and(|most| after > most) {
                break StopReason::Evaluations;
            }
            let run = optimizer.run();
            let outcomes = {
                let (flag, when) = (self.stop_flag, self.stop_when);
                let stop = || requested(flag, when);
                let progress = Progress::new(&mut self.observers);
                let report = |_, total| progress.one_more(total);
                let watch = Watch { progress: &report, stop: &stop };
                self.evaluator.evaluate(objective, &candidates, run, generation, &watch)
            };
            let Some(outcomes) = outcomes else { break StopReason::Requested };
            let failures = outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Failed(failure) => Some(failure.clone()),
                Outcome::Done(_) => None,
            });
            let failures: Vec<Failure> = failures.collect();
            let told: Vec<(u64, Outcome)> = candidates.iter().map(|candidate| candidate.id).zip(outcomes).collect();
            drop(candidates);
            optimizer.tell(&told)?;
            state.lead = Lead::follow(state.lead, optimizer.as_ref());
            state.evaluations = after;
            let report = GenerationReport {
                generation: optimizer.generation(),
                evaluations: state.evaluations,
                evaluated: told.len(),
                failures: &failures,
                optimizer: optimizer.as_ref(),
            };
            for observer in &mut self.observers {
                observer.on_generation(&report)?;
            }
            if optimizer.generation().is_multiple_of(self.checkpoint_every) {
                self.save(&state, &mut saved)?;
            }
        };
        self.save(&state, &mut saved)?;
        for observer in &mut self.observers {
            observer.on_end(state.optimizer.as_ref(), reason)?;
        }
        Ok(Finished { optimizer: state.optimizer, evaluations: state.evaluations, reason })
    }

    fn save(&self, state: &Checkpoint, saved: &mut Option<u64>) -> Result<()> {
        let generation = Some(state.optimizer.generation());
        if let Some((path, fingerprint)) = &self.checkpoint
            && *saved != generation
        {
            checkpoint::save(Path::new(path), fingerprint, state)?;
            *saved = generation;
        }
        Ok(())
    }

    fn stop_requested(&self) -> bool {
        requested(self.stop_flag, self.stop_when)
    }
}

fn requested(flag: Option<&AtomicBool>, when: Option<&(dyn Fn() -> bool + Sync)>) -> bool {
    flag.is_some_and(|flag| flag.load(Ordering::Relaxed)) || when.is_some_and(|stop| stop())
}

/// Counts finished candidates and passes the count on, one call at a time and without gaps.
struct Progress<'o, 'a> {
    state: Mutex<(usize, &'o mut Vec<&'a mut dyn Observer>)>,
}

impl<'o, 'a> Progress<'o, 'a> {
    fn new(observers: &'o mut Vec<&'a mut dyn Observer>) -> Self {
        Self { state: Mutex::new((0, observers)) }
    }

    fn one_more(&self, total: usize) {
        // A poisoned lock means that an observer panicked; the count is still right.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.0 += 1;
        let done = state.0;
        for observer in state.1.iter_mut() {
            observer.on_evaluated(done, total);
        }
    }
}

fn check_match(objective: &dyn Objective, optimizer: &dyn Optimizer) -> Result<()> {
    let mismatch = |field, found: String, expected: String| {
        Err(EvolveError::Config { component: "optimiser", field, found, expected })
    };
    let (space, own) = (objective.space(), optimizer.space());
    if space != own {
        let place = (0..space.len().min(own.len())).find(|&gene| space.variables()[gene] != own.variables()[gene]);
        return match place {
            Some(gene) => mismatch(
                "variable of the search space",
                format!("{:?}", own.variables()[gene]),
                format!("{:?}", space.variables()[gene]),
            ),
            None => mismatch("genome length", own.len().to_string(), space.len().to_string()),
        };
    }
    if objective.objectives() != optimizer.objectives() {
        return mismatch(
            "objectives",
            format!("{:?}", optimizer.objectives()),
            format!("{:?}", objective.objectives()),
        );
    }
    Ok(())
}
