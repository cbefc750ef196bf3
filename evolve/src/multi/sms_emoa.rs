//! SMS-EMOA: survivors by their contribution to the hypervolume.
//!
//! Whole fronts survive as long as they fit. From the front that does not fit, the individual with the smallest exclusive
//! contribution to the front's hypervolume is removed until it does. Values are normalised by the range of the feasible
//! individuals' first front, and the reference point lies a whole range beyond its worst values, so that the ends of the
//! front contribute much and are kept. Parents are random (the better one of two by feasibility).
//!
//! The paper makes one child a generation; `children` = 1 gives that. By default N children are made, which can be evaluated
//! at the same time, and N removed, one by one.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | mu | `population` | individuals | 100 | Beume et al. 2007 |
//! | lambda | `children` | children a generation; empty: mu | mu | own choice, 1 in Beume et al. 2007 |
//! | | `breeding` | crossover and mutation | rate 0.9, index 15; index 20 | see `breeding` |
//!
//! The cost of a generation grows steeply with the objectives: milliseconds with three, seconds with more than six.
//!
//! Source: Beume, Naujoks and Emmerich 2007, doi:10.1016/j.ejor.2006.08.008.

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::indicators::keep_by_contribution;
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::sorting;
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::breeding::{Breeding, feasible_or_random};
use super::shell::MultiObjective;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "SMS-EMOA",
    citation: "Beume, Naujoks and Emmerich 2007, doi:10.1016/j.ejor.2006.08.008",
    advice: "two to five exact objectives, the largest hypervolume for the evaluations",
    many_objectives: true,
};

/// Settings of [`SmsEmoa`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsEmoaConfig {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Children a generation, at least 1; as many as individuals if not given.
    pub children: Option<usize>,
    /// Crossover and mutation.
    pub breeding: Breeding,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for SmsEmoaConfig {
    fn default() -> Self {
        let (breeding, initial) = (Breeding::default(), InitialPopulation::default());
        Self { population: 100, children: None, breeding, initial }
    }
}

#[typetag::serde(name = "sms_emoa")]
impl OptimizerConfig for SmsEmoaConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let (population, breeding) = (self.population, self.breeding);
        let search = SmsEmoa { population, children: self.children.unwrap_or(population), breeding };
        MultiObjective::boxed(space, objectives, run, &self.initial, population, search)
    }
}

/// The search.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsEmoa {
    population: usize,
    children: usize,
    breeding: Breeding,
}

#[typetag::serde(name = "sms_emoa")]
impl MultiStrategy for SmsEmoa {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        self.breeding.children(parents, self.children, |rng| feasible_or_random(parents, rng))
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        pool.feasibility_first(self.population, |rows, keep| select(pool, rows, keep))
    }

    fn validate(&self, _: usize, _: usize, _: usize) -> Result<()> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        EvolveError::require(self.children >= 1, CARD.name, "children", self.children, "at least 1")?;
        self.breeding.validate(CARD.name)
    }
}

/// The best `keep` of the feasible rows.
fn select(pool: &Members<'_>, rows: &[usize], keep: usize) -> Vec<usize> {
    if rows.len() == keep {
        return rows.to_vec();
    }
    let objectives = pool.objectives();
    let ranks = sorting::non_dominated_ranks(&pool.points(rows), objectives);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&place| ranks[place]);
    let split = ranks[order[keep]];
    let rows_of = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        order.iter().filter(|&&place| wanted(ranks[place])).map(|&place| rows[place]).collect()
    };
    let (mut kept, open) = (rows_of(&|rank| rank < split), rows_of(&|rank| rank == split));
    let normalised = normalised(pool, &open, &rows_of(&|rank| rank == 0));
    // The reference point: a range beyond the first front, and beyond everything that is to be compared.
    let beyond = |k: usize| normalised.iter().skip(k).step_by(objectives).fold(1.0, |most, x| f64::max(most, *x)) + 1.0;
    let reference: Vec<f64> = (0..objectives).map(beyond).collect();
    let ties: Vec<u64> = open.iter().map(|&row| pool.tie(row)).collect();
    let places = keep_by_contribution(&normalised, &reference, &ties, keep - kept.len());
    kept.extend(places.into_iter().map(|place| open[place]));
    kept
}

/// Values of `rows` in units of the range of the rows `scale`, from their smallest values.
pub(super) fn normalised(pool: &Members<'_>, rows: &[usize], scale: &[usize]) -> Vec<f64> {
    let bounds: Vec<(f64, f64)> = (0..pool.objectives())
        .map(|k| {
            let column = scale.iter().map(|&row| pool.values(row)[k]);
            let (low, high) = column.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
            (low, if high > low { high - low } else { 1.0 })
        })
        .collect();
    let scaled = |row: &usize| pool.values(*row).iter().zip(&bounds).map(|(x, (low, range))| (x - low) / range);
    rows.iter().flat_map(scaled).collect()
}
