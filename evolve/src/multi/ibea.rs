//! IBEA: survivors by the additive epsilon indicator between pairs.
//!
//! With values normalised to [0, 1] over parents and children, and I(a, b) the least shift after which a is nowhere worse
//! than b,
//!
//! I(a, b) = max_k (a_k - b_k),  F(x) = -sum_(y != x) exp(-I(y, x) / (c kappa)),  c = max abs(I).
//!
//! The individual with the smallest F is removed and its share in the others' F with it, until N are left. Parents win
//! binary tournaments by F.
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals | 100 | Zitzler and Kuenzli 2004 |
//! | kappa | `kappa` | scale of the indicator | 0.05 | Zitzler and Kuenzli 2004 |
//! | | `breeding` | crossover and mutation | rate 0.9, index 15; index 20 | see `breeding` |
//!
//! Source: Zitzler and Kuenzli 2004, doi:10.1007/978-3-540-30217-9_84 (the adaptive form).

use serde::{Deserialize, Serialize};

use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::ObjectiveInfo;
use crate::optimizer::{Optimizer, OptimizerConfig};
use crate::space::SearchSpace;
use crate::strategy::Card;

use super::breeding::{Breeding, by_burden, tournament};
use super::shell::MultiObjective;
use super::sms_emoa::normalised;
use super::strategy::{Members, MultiStrategy};

const CARD: Card = Card {
    name: "IBEA",
    citation: "Zitzler and Kuenzli 2004, doi:10.1007/978-3-540-30217-9_84",
    advice: "several exact objectives, closeness to the front before spread",
    many_objectives: true,
};

/// Settings of [`Ibea`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IbeaConfig {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Scale of the indicator, more than 0.
    pub kappa: f64,
    /// Crossover and mutation.
    pub breeding: Breeding,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for IbeaConfig {
    fn default() -> Self {
        let (breeding, initial) = (Breeding::default(), InitialPopulation::default());
        Self { population: 100, kappa: 0.05, breeding, initial }
    }
}

#[typetag::serde(name = "ibea")]
impl OptimizerConfig for IbeaConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        let search = Ibea { population: self.population, kappa: self.kappa, breeding: self.breeding };
        MultiObjective::boxed(space, objectives, run, &self.initial, self.population, search)
    }
}

/// The search.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ibea {
    population: usize,
    kappa: f64,
    breeding: Breeding,
}

/// The shares of all pairs: entry (y, x) is exp(-I(y, x) / (c kappa)), 0 on the diagonal.
fn shares(points: &[f64], objectives: usize, kappa: f64) -> Vec<f64> {
    let count = points.len() / objectives;
    let point = |index: usize| &points[index * objectives..][..objectives];
    let indicator =
        |y: usize, x: usize| point(y).iter().zip(point(x)).map(|(a, b)| a - b).fold(f64::NEG_INFINITY, f64::max);
    let mut shares = vec![0.0; count * count];
    let mut largest = 0.0_f64;
    for y in 0..count {
        for x in (0..count).filter(|&x| x != y) {
            shares[y * count + x] = indicator(y, x);
            largest = largest.max(shares[y * count + x].abs());
        }
    }
    let scale = -1.0 / (kappa * if largest > 0.0 { largest } else { 1.0 });
    for y in 0..count {
        for x in (0..count).filter(|&x| x != y) {
            shares[y * count + x] = (shares[y * count + x] * scale).exp();
        }
    }
    shares
}

impl Ibea {
    /// -F of the given rows among themselves: smaller is better.
    fn losses(&self, members: &Members<'_>, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
        let shares = shares(&normalised(members, rows, rows), members.objectives(), self.kappa);
        let sum = |x: usize| shares.iter().skip(x).step_by(rows.len()).sum();
        ((0..rows.len()).map(sum).collect(), shares)
    }

    /// The best `keep` of the feasible rows.
    fn select(&self, pool: &Members<'_>, rows: &[usize], keep: usize) -> Vec<usize> {
        if rows.len() == keep {
            return rows.to_vec();
        }
        let (mut losses, shares) = self.losses(pool, rows);
        let ties: Vec<u64> = rows.iter().map(|&row| pool.tie(row)).collect();
        let mut left: Vec<usize> = (0..rows.len()).collect();
        while left.len() > keep {
            let better = |&a: &usize, &b: &usize| {
                losses[left[a]].total_cmp(&losses[left[b]]).then(ties[left[a]].cmp(&ties[left[b]]))
            };
            let Some(worst) = (0..left.len()).max_by(better) else { break };
            let removed = left.remove(worst);
            left.iter().for_each(|&place| losses[place] -= shares[removed * rows.len() + place]);
        }
        left.into_iter().map(|place| rows[place]).collect()
    }
}

#[typetag::serde(name = "ibea")]
impl MultiStrategy for Ibea {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn children(&self, parents: &Members<'_>) -> Vec<Vec<f64>> {
        let mut losses = vec![0.0; parents.len()];
        let rows = parents.feasible_rows();
        rows.iter().zip(self.losses(parents, &rows).0).for_each(|(&row, loss)| losses[row] = loss);
        self.breeding.children(parents, self.population, |rng| {
            let order = |a: usize, b: usize| by_burden(parents, a, b).then(losses[a].total_cmp(&losses[b]));
            tournament(parents.len(), rng, order)
        })
    }

    fn survive(&mut self, pool: &Members<'_>) -> Vec<usize> {
        pool.feasibility_first(self.population, |rows, keep| self.select(pool, rows, keep))
    }

    fn validate(&self, _: usize, _: usize, _: usize) -> Result<()> {
        EvolveError::require(self.population >= 2, CARD.name, "population", self.population, "at least 2")?;
        let right = self.kappa.is_finite() && self.kappa > 0.0;
        EvolveError::require(right, CARD.name, "kappa", self.kappa, "more than 0")?;
        self.breeding.validate(CARD.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_worked_out_by_hand() {
        // I((0,1), (1,0)) = 1 both ways; (1,1) is dominated: I = 0 from both, 1 to them. c = 1.
        let shares = shares(&[0.0, 1.0, 1.0, 0.0, 1.0, 1.0], 2, 0.5);
        let far = (-2.0_f64).exp();
        assert_eq!(shares, [0.0, far, 1.0, far, 0.0, 1.0, far, far, 0.0]);
    }
}
