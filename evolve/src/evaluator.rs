//! Evaluation of a generation, serial or on several threads.
//!
//! An evaluator writes every outcome into the slot of its candidate, so that the result does not depend
//! on the number of threads. A panic inside an objective is caught and becomes a failure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::address::Address;
use crate::candidate::Candidate;
use crate::error::{EvolveError, Result};
use crate::objective::{Failure, Objective, Outcome};

/// What an evaluator reports to and listens to while it works.
pub struct Watch<'a> {
    /// Called after every candidate with the number done and the total, from any thread.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Asked before every candidate; once true, the generation is given up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Watch<'static> {
    /// Reports to nobody and never stops.
    #[must_use]
    pub fn nobody() -> Self {
        Self { progress: &|_, _| (), stop: &|| false }
    }
}

/// Evaluates the candidates of one generation.
pub trait Evaluator: Sync {
    /// One outcome for each candidate, in order, or `None` if `watch.stop` said so. Candidate `c` is
    /// evaluated at the address run / generation / `c.id` / episode 0.
    fn evaluate(
        &self,
        objective: &dyn Objective,
        candidates: &[Candidate],
        run: u64,
        generation: u64,
        watch: &Watch<'_>,
    ) -> Option<Vec<Outcome>>;
}

/// Evaluates one candidate: checks the genome, catches panics, refuses non-finite results.
#[must_use]
pub fn evaluate_one(objective: &dyn Objective, candidate: &Candidate, at: &Address) -> Outcome {
    if let Err(error) = objective.space().check(&candidate.genome) {
        return Outcome::Failed(Failure::new(error.to_string()));
    }
    let result = catch_unwind(AssertUnwindSafe(|| objective.evaluate(&candidate.genome, at)));
    let result = result.unwrap_or_else(|payload| {
        let reason = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_string());
        Err(Failure::new(format!("panic: {reason}")))
    });
    Outcome::checked(result, objective.objectives(), objective.metrics())
}

fn address(run: u64, generation: u64, candidate: &Candidate) -> Address {
    Address { run, generation, candidate: candidate.id, episode: 0 }
}

/// One candidate after the other on the calling thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Serial;

impl Evaluator for Serial {
    fn evaluate(
        &self,
        objective: &dyn Objective,
        candidates: &[Candidate],
        run: u64,
        generation: u64,
        watch: &Watch<'_>,
    ) -> Option<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            if (watch.stop)() {
                return None;
            }
            outcomes.push(evaluate_one(objective, candidate, &address(run, generation, candidate)));
            (watch.progress)(outcomes.len(), candidates.len());
        }
        Some(outcomes)
    }
}

/// Candidates spread over the threads of a rayon pool.
#[derive(Debug, Default)]
pub struct Parallel {
    pool: Option<rayon::ThreadPool>,
}

impl Parallel {
    /// Uses the pool of the caller (rayon's global pool unless called inside another).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Uses a pool of its own.
    ///
    /// # Errors
    /// If `threads` is 0 or the system refuses to start them.
    pub fn with_threads(threads: usize) -> Result<Self> {
        if threads == 0 {
            return Err(EvolveError::config("evaluator", "threads", threads, "at least 1"));
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("evaluator-{index}"))
            .build()
            .map_err(|error| EvolveError::config("evaluator", "threads", threads, format!("a pool ({error})")))?;
        Ok(Self { pool: Some(pool) })
    }
}

impl Evaluator for Parallel {
    fn evaluate(
        &self,
        objective: &dyn Objective,
        candidates: &[Candidate],
        run: u64,
        generation: u64,
        watch: &Watch<'_>,
    ) -> Option<Vec<Outcome>> {
        let done = AtomicUsize::new(0);
        let stopped = AtomicBool::new(false);
        let mut slots: Vec<Option<Outcome>> = vec![None; candidates.len()];
        let mut work = || {
            // One candidate is the unit of work: evaluations differ in length, and each is long
            // compared with the cost of a task.
            slots.par_iter_mut().zip(candidates).with_max_len(1).for_each(|(slot, candidate)| {
                if stopped.load(Ordering::Relaxed) || (watch.stop)() {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
                let at = address(run, generation, candidate);
                *slot = Some(evaluate_one(objective, candidate, &at));
                (watch.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, candidates.len());
            });
        };
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
        slots.into_iter().collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::objective::{Evaluation, ObjectiveInfo};
    use crate::space::{SearchSpace, Variable};
    use rand::RngExt;

    struct Moody {
        space: SearchSpace,
        infos: Vec<ObjectiveInfo>,
    }

    impl Objective for Moody {
        fn space(&self) -> &SearchSpace {
            &self.space
        }
        fn objectives(&self) -> &[ObjectiveInfo] {
            &self.infos
        }
        fn evaluate(&self, genome: &[f64], at: &Address) -> std::result::Result<Evaluation, Failure> {
            match genome[0] {
                x if x < 0.1 => panic!("below a tenth"),
                x if x < 0.2 => Err(Failure::new("below a fifth")),
                x if x < 0.3 => Ok(Evaluation::new(vec![f64::NAN])),
                x => Ok(Evaluation::new(vec![x + at.rng(0).random::<f64>()])),
            }
        }
    }

    fn setting() -> (Moody, Vec<Candidate>) {
        let space = SearchSpace::new(vec![Variable::real("x", 0.0, 1.0)]).unwrap();
        let infos = vec![ObjectiveInfo::new("f", true)];
        let candidates = (0..60).map(|id| Candidate { id, genome: vec![id as f64 / 60.0] });
        (Moody { space, infos }, candidates.collect())
    }

    #[test]
    fn panics_failures_and_nan_are_failures_and_threads_do_not_matter() {
        let (objective, candidates) = setting();
        let watch = Watch::nobody();
        let serial = Serial.evaluate(&objective, &candidates, 3, 4, &watch).unwrap();
        let reason = |index: usize| match &serial[index] {
            Outcome::Failed(failure) => failure.reason.as_str(),
            Outcome::Done(_) => "",
        };
        assert_eq!(
            (reason(0), reason(7), reason(13), reason(20)),
            ("panic: below a tenth", "below a fifth", "`f` is NaN", "")
        );
        for threads in [1, 2, 5] {
            let parallel = Parallel::with_threads(threads).unwrap();
            let outcomes = parallel.evaluate(&objective, &candidates, 3, 4, &watch).unwrap();
            assert_eq!(outcomes, serial);
        }
        // Every candidate and every generation has noise of its own.
        let noise = |index: usize| serial[index].evaluation().unwrap().objectives[0] - index as f64 / 60.0;
        assert!((noise(20) - noise(21)).abs() > 1e-6);
        let later = Serial.evaluate(&objective, &candidates, 3, 5, &watch).unwrap();
        assert_ne!(later[20], serial[20]);
    }

    #[test]
    fn stop_gives_the_generation_up_and_progress_counts_every_candidate() {
        let (objective, candidates) = setting();
        let calls = AtomicUsize::new(0);
        let progress = |_, total| {
            assert_eq!(total, 60);
            calls.fetch_add(1, Ordering::Relaxed);
        };
        let watch = Watch { progress: &progress, stop: &|| calls.load(Ordering::Relaxed) >= 10 };
        assert!(Serial.evaluate(&objective, &candidates, 0, 0, &watch).is_none());
        assert_eq!(calls.load(Ordering::Relaxed), 10);
        let parallel = Parallel::with_threads(2).unwrap();
        assert!(parallel.evaluate(&objective, &candidates, 0, 0, &watch).is_none());
        calls.store(0, Ordering::Relaxed);
        let watch = Watch { progress: &progress, stop: &|| false };
        assert!(parallel.evaluate(&objective, &candidates, 0, 0, &watch).is_some());
        assert_eq!(calls.load(Ordering::Relaxed), 60);
    }

    #[test]
    fn genomes_outside_the_space_never_reach_the_objective() {
        let (objective, _) = setting();
        let stray = [Candidate { id: 0, genome: vec![2.0] }];
        let outcome = Serial.evaluate(&objective, &stray, 0, 0, &Watch::nobody()).unwrap();
        assert!(outcome[0].evaluation().is_none());
    }
}
