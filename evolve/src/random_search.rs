//! Random search: uniform draws, and an archive of the best. The baseline every search has to beat.
//!
//! Genomes are drawn uniformly in search coordinates. The archive keeps the A best of archive and draws
//! by front, then by crowding distance. Every genome is evaluated once.
//!
//! | symbol | field | meaning | default |
//! |---|---|---|---|
//! | N | `population` | draws a generation | 100 |
//! | A | `archive` | size of the archive | 100 |
//!
//! Source: Bergstra and Bengio 2012, Journal of Machine Learning Research 13:281 (as a baseline); crowding:
//! Deb et al. 2002, doi:10.1109/4235.996017.

use serde::{Deserialize, Serialize};

use crate::array::Matrix;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::{ObjectiveInfo, Outcome};
use crate::optimizer::{Optimizer, OptimizerConfig, Setting};
use crate::population::{Population, candidates};
use crate::space::SearchSpace;
use crate::strategy::Card;

const CARD: Card = Card {
    name: "random search",
    citation: "Bergstra and Bengio 2012, Journal of Machine Learning Research 13:281",
    advice: "the baseline that every search has to beat",
    many_objectives: true,
};

/// Settings of [`RandomSearch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomSearchConfig {
    /// Draws a generation, at least 1.
    pub population: usize,
    /// Size of the archive, at least 1.
    pub archive: usize,
    /// How genomes are drawn; given genomes take the first places of the first generation.
    pub initial: InitialPopulation,
}

impl Default for RandomSearchConfig {
    fn default() -> Self {
        Self { population: 100, archive: 100, initial: InitialPopulation::default() }
    }
}

impl RandomSearchConfig {
    fn validate(&self) -> Result<()> {
        for (field, size) in [("population", self.population), ("archive", self.archive)] {
            if size == 0 {
                return Err(EvolveError::config("random search", field, size, "at least 1"));
            }
        }
        Ok(())
    }
}

#[typetag::serde(name = "random_search")]
impl OptimizerConfig for RandomSearchConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        Ok(Box::new(RandomSearch::new(self.clone(), space, objectives, run)?))
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomSearch {
    config: RandomSearchConfig,
    setting: Setting,
    archive: Population,
    #[serde(skip)]
    asked: Option<Matrix>,
}

impl RandomSearch {
    /// Starts a search.
    ///
    /// # Errors
    /// If a setting is out of its range, an initial genome does not fit, or there is no objective.
    pub fn new(
        config: RandomSearchConfig,
        space: &SearchSpace,
        objectives: &[ObjectiveInfo],
        run: u64,
    ) -> Result<Self> {
        config.validate()?;
        config.initial.validate(space)?;
        let setting = Setting::new(space, objectives, run)?;
        let archive = Population::empty(space.len());
        Ok(Self { config, setting, archive, asked: None })
    }
}

#[typetag::serde(name = "random_search")]
impl Optimizer for RandomSearch {
    fn card(&self) -> &'static Card {
        &CARD
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
        let draws = match self.asked.take() {
            Some(draws) => draws,
            None if self.setting.generation == 0 => {
                self.setting.first_positions(&self.config.initial, self.config.population)?
            }
            None => {
                let fresh = InitialPopulation { genomes: Vec::new(), ..self.config.initial };
                self.setting.first_positions(&fresh, self.config.population)?
            }
        };
        let asked = candidates(&self.setting, &draws, self.setting.next_id);
        self.asked = Some(draws);
        Ok(asked)
    }

    fn tell(&mut self, outcomes: &[(u64, Outcome)]) -> Result<()> {
        self.archive.tell_by_fronts(&mut self.setting, &mut self.asked, outcomes, self.config.archive)
    }

    fn population(&self) -> Vec<Individual> {
        self.archive.exact(&self.setting, 0..self.archive.len())
    }

    fn front(&self) -> Vec<Individual> {
        self.archive.exact(&self.setting, self.archive.front_rows())
    }

    fn validate(&self) -> Result<()> {
        self.config.validate()?;
        self.archive.validate(&self.setting)
    }
}
