//! Objectives that run for long and can be looked at in between: an episode is a row of windows.
//!
//! A search that learns from every window ([`PersistentEsConfig`](crate::PersistentEsConfig)) asks for one window a
//! generation. [`Windows`] is the adapter: it keeps the state of every particle from one window to the next and is an
//! ordinary [`Objective`] otherwise. Generation g is window g mod T of its episode; at window 0 all particles start anew.
//!
//! Candidate c belongs to particle c mod N, so N has to be the population of the search. A particle whose window failed
//! has lost its state and fails until the next episode. Evaluating a generation a second time gives the same values.
//!
//! The states are not part of a checkpoint. A run that is saved between episodes (`checkpoint_every(T)`) resumes exactly;
//! one that was stopped within an episode resumes with the next one, unless [`Windows::states`] was stored as well.

use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::SearchSpace;

/// A problem whose loss is a sum over the windows of an episode.
pub trait Unrolled: Sync {
    /// What a particle carries from one window to the next.
    type State: Clone + Send + Serialize + DeserializeOwned;

    /// The variables.
    fn space(&self) -> &SearchSpace;

    /// Number T of windows in an episode, at least 1.
    fn windows(&self) -> u64;

    /// State before the first window. Both particles of a mirrored pair get the same address.
    fn start(&self, at: &Address) -> Self::State;

    /// Advances a state by one window and gives the loss of that window. All randomness must come from `at`, which both
    /// particles of a mirrored pair share.
    ///
    /// # Errors
    /// A particle without a loss fails until its next episode.
    fn advance(&self, genome: &[f64], state: &mut Self::State, at: &Address) -> std::result::Result<f64, Failure>;
}

/// A particle between two windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticleState<S> {
    /// Generation of the last window.
    pub generation: u64,
    /// State before that window.
    pub before: S,
    /// State after it; none if it failed.
    pub after: Option<S>,
}

/// An unrolled problem as an objective.
pub struct Windows<U: Unrolled> {
    problem: U,
    particles: Vec<Mutex<Option<ParticleState<U::State>>>>,
    objectives: Vec<ObjectiveInfo>,
}

impl<U: Unrolled> Windows<U> {
    /// The adapter for a search with so many candidates a generation.
    ///
    /// # Errors
    /// If there are no particles or no windows.
    pub fn new(problem: U, particles: usize) -> Result<Self> {
        EvolveError::require(particles >= 1, "windows", "particles", particles, "at least 1")?;
        EvolveError::require(problem.windows() >= 1, "windows", "windows", problem.windows(), "at least 1")?;
        let particles = (0..particles).map(|_| Mutex::new(None)).collect();
        Ok(Self { problem, particles, objectives: vec![ObjectiveInfo::new("loss of the window", true)] })
    }

    /// The problem inside.
    pub fn problem(&self) -> &U {
        &self.problem
    }

    /// All particles, to be stored beside a checkpoint.
    #[must_use]
    pub fn states(&self) -> Vec<Option<ParticleState<U::State>>> {
        let copy =
            |slot: &Mutex<Option<ParticleState<U::State>>>| slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.particles.iter().map(copy).collect()
    }

    /// Takes particles stored earlier.
    ///
    /// # Errors
    /// If their number is another one.
    pub fn restore(&mut self, states: Vec<Option<ParticleState<U::State>>>) -> Result<()> {
        let (found, expected) = (states.len(), self.particles.len());
        if found != expected {
            return Err(EvolveError::Length { what: "stored particles", found, expected });
        }
        self.particles = states.into_iter().map(Mutex::new).collect();
        Ok(())
    }
}

impl<U: Unrolled> Objective for Windows<U> {
    fn space(&self) -> &SearchSpace {
        self.problem.space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> std::result::Result<Evaluation, Failure> {
        let particle = (at.candidate % self.particles.len() as u64) as usize;
        let here = Address { candidate: particle as u64 / 2, ..*at };
        // A poisoned lock means that an advance panicked before anything was stored.
        let mut slot = self.particles[particle].lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = slot.take();
        let before = if at.generation.is_multiple_of(self.problem.windows()) {
            Some(self.problem.start(&here))
        } else {
            match earlier {
                Some(state) if state.generation == at.generation => Some(state.before),
                Some(state) if state.generation + 1 == at.generation => state.after,
                _ => None,
            }
        };
        let Some(before) = before else {
            return Err(Failure::new("the particle has no state: it failed, or the run resumed, within this episode"));
        };
        let mut after = before.clone();
        let loss = self.problem.advance(genome, &mut after, &here);
        let kept = loss.as_ref().is_ok_and(|loss| loss.is_finite()).then_some(after);
        *slot = Some(ParticleState { generation: at.generation, before, after: kept });
        Ok(Evaluation::new(vec![loss?]))
    }
}
