//! Noise-aware multi-objective competitive swarm.
//!
//! Individuals meet in random pairs. On one randomly chosen objective the better one is the teacher t, the
//! other the student s; the student's copy moves towards the teacher and the centre of the swarm,
//!
//! v_s <- r1 v_s + r2 (x_t - x_s) + phi r3 (xbar - x_s),  x_s <- x_s + v_s,  r1, r2, r3 ~ U(0, 1) per gene,
//!
//! then mutates (see `variation`) and is clipped to the bounds. Parents are evaluated again with the new
//! seed of each generation, and their means and variances updated; survivors are chosen from parents and
//! students by what those say about dominance (see [`Selection`]).
//!
//! | symbol | field | meaning | default | source |
//! |---|---|---|---|---|
//! | N | `population` | individuals | 100 | caller's choice |
//! | phi | `phi` | pull of the swarm's centre | 0.1 | Cheng and Jin 2015 use 0 to 0.3 |
//! | | `pairings` | random pairings a generation, N/2 students each | 2 | 2N evaluations as in NSGA-II |
//! | | `reevaluate_every` | generations between two re-evaluations of the parents | 1 | Ye et al. |
//! | eta | `mutation_eta` | index of the polynomial mutation | 20 | Tian et al. 2020 |
//! | nu | `prior_degrees` | weight of the pooled noise variance | 4 | see `noise` |
//! | f | `forgetting` | memory of the pooled noise variance | 0.9 | see `noise` |
//! | | `goals` | bounds that come before trade-offs | none | see [`Goal`] |
//!
//! Sources: Cheng and Jin 2015, doi:10.1109/TCYB.2014.2322602 (competitive swarm); Tian et al. 2020,
//! doi:10.1109/TCYB.2019.2906383 (many objectives, mutation); Hughes 2001, doi:10.1007/3-540-44719-9_23
//! (probability of dominance).

mod dominance;
mod goals;
mod noise;
mod selection;
#[cfg(test)]
mod tests;

use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::address::stream;
use crate::array::Matrix;
use crate::candidate::{Candidate, Individual};
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::objective::{ObjectiveInfo, Outcome};
use crate::optimizer::{Optimizer, OptimizerConfig, Setting, match_outcomes};
use crate::population::{Population, Record, candidates, keep_best, tie_key};
use crate::space::SearchSpace;
use crate::strategy::Card;
use crate::variation;

use dominance::NoisyPoints;
pub use goals::Goal;
use noise::PooledNoise;
pub use selection::Selection;

const CARD: Card = Card {
    name: "noise-aware competitive swarm",
    citation: "Cheng and Jin 2015, doi:10.1109/TCYB.2014.2322602; Hughes 2001, doi:10.1007/3-540-44719-9_23",
    advice: "several noisy objectives, thousands of real, log-scaled and on/off genes",
    many_objectives: true,
};

/// Settings of [`NoiseAwareSwarm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoiseAwareSwarmConfig {
    /// Number of individuals, at least 2.
    pub population: usize,
    /// Pull of the swarm's centre, 0 or more.
    pub phi: f64,
    /// Random pairings a generation, at least 1; each makes population / 2 students.
    pub pairings: usize,
    /// Parents are evaluated again in every such generation, at least 1.
    pub reevaluate_every: u64,
    /// Index of the polynomial mutation, 0 or more.
    pub mutation_eta: f64,
    /// Weight of the pooled noise variance in degrees of freedom, more than 0.
    pub prior_degrees: f64,
    /// Share of the pooled noise variance kept from one generation to the next, in [0, 1].
    pub forgetting: f64,
    /// Who survives.
    pub selection: Selection,
    /// Bounds on objectives that come before all trade-offs; none by default.
    pub goals: Vec<Goal>,
    /// The first generation.
    pub initial: InitialPopulation,
}

impl Default for NoiseAwareSwarmConfig {
    fn default() -> Self {
        Self {
            population: 100,
            phi: 0.1,
            pairings: 2,
            reevaluate_every: 1,
            mutation_eta: 20.0,
            prior_degrees: 4.0,
            forgetting: 0.9,
            selection: Selection::default(),
            goals: Vec::new(),
            initial: InitialPopulation::default(),
        }
    }
}

impl NoiseAwareSwarmConfig {
    fn validate(&self) -> Result<()> {
        let check = |right: bool, field, found: f64, expected: &str| {
            if right { Ok(()) } else { Err(EvolveError::config("swarm", field, found, expected)) }
        };
        let at_least_0 = |x: f64| x.is_finite() && x >= 0.0;
        check(self.population >= 2, "population", self.population as f64, "at least 2")?;
        check(at_least_0(self.phi), "phi", self.phi, "0 or more")?;
        check(self.pairings >= 1, "pairings", self.pairings as f64, "at least 1")?;
        let every = self.reevaluate_every;
        check(every >= 1, "reevaluate_every", every as f64, "at least 1")?;
        check(at_least_0(self.mutation_eta), "mutation_eta", self.mutation_eta, "0 or more")?;
        let nu = self.prior_degrees;
        check(nu.is_finite() && nu > 0.0, "prior_degrees", nu, "more than 0")?;
        check((0.0..=1.0).contains(&self.forgetting), "forgetting", self.forgetting, "in [0, 1]")?;
        self.selection.validate()
    }
}

#[typetag::serde(name = "noise_aware_swarm")]
impl OptimizerConfig for NoiseAwareSwarmConfig {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn build(&self, space: &SearchSpace, objectives: &[ObjectiveInfo], run: u64) -> Result<Box<dyn Optimizer>> {
        Ok(Box::new(NoiseAwareSwarm::new(self.clone(), space, objectives, run)?))
    }
}

/// The search and its whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseAwareSwarm {
    config: NoiseAwareSwarmConfig,
    setting: Setting,
    noise: PooledNoise,
    parents: Population,
    velocities: Matrix,
    #[serde(skip)]
    asked: Option<Students>,
}

/// What was asked: new individuals with consecutive ids, and whether the parents were asked as well.
struct Students {
    positions: Matrix,
    velocities: Matrix,
    with_parents: bool,
}

impl NoiseAwareSwarm {
    /// Starts a search.
    ///
    /// # Errors
    /// If a setting is out of its range, an initial genome does not fit, or there is no objective.
    pub fn new(
        config: NoiseAwareSwarmConfig,
        space: &SearchSpace,
        objectives: &[ObjectiveInfo],
        run: u64,
    ) -> Result<Self> {
        config.validate()?;
        config.goals.iter().try_for_each(|goal| goal.place(objectives).map(drop))?;
        config.initial.validate(space)?;
        Ok(Self {
            config,
            setting: Setting::new(space, objectives, run)?,
            noise: PooledNoise::new(objectives.len()),
            parents: Population::empty(space.len()),
            velocities: Matrix::with_columns(space.len()),
            asked: None,
        })
    }

    /// Estimated standard deviation of the noise of one evaluation, for every objective.
    #[must_use]
    pub fn noise_std(&self) -> Vec<f64> {
        let noisy = self.setting.objectives.iter().map(|info| info.noisy).enumerate();
        noisy.map(|(k, noisy)| if noisy { self.noise.variance(k).sqrt() } else { 0.0 }).collect()
    }

    fn variances(&self, record: &Record) -> Vec<f64> {
        let nu = self.config.prior_degrees;
        self.noise.variance_of_mean(&record.statistics, &self.setting.objectives, nu)
    }

    /// Pairs (teacher, student) of all pairings of this generation.
    fn pairs(&self) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for pairing in 0..self.config.pairings {
            let mut rng = self.setting.at(pairing as u64).rng(stream::PAIRING);
            let mut order: Vec<usize> = (0..self.parents.len()).collect();
            order.shuffle(&mut rng);
            for pair in order.chunks_exact(2) {
                let objective = rng.random_range(0..self.setting.objectives.len());
                let (a, b) = (&self.parents.records[pair[0]], &self.parents.records[pair[1]]);
                let order = a.class().cmp(&b.class()).then(a.violation.total_cmp(&b.violation));
                let order = order.then(a.mean()[objective].total_cmp(&b.mean()[objective]));
                // The order of the pair is random, so a tie is decided by chance.
                let first_wins = order.is_le();
                pairs.push(if first_wins { (pair[0], pair[1]) } else { (pair[1], pair[0]) });
            }
        }
        pairs
    }

    /// Moves a copy of every student.
    fn students(&self) -> Students {
        let pairs = self.pairs();
        let genes = self.setting.space.len();
        let centre = self.parents.positions.column_means();
        let mut positions = Matrix::zeros(pairs.len(), genes);
        let mut velocities = Matrix::zeros(pairs.len(), genes);
        positions
            .values_mut()
            .par_chunks_mut(genes)
            .zip(velocities.values_mut().par_chunks_mut(genes))
            .zip(pairs)
            .enumerate()
            .for_each(|(index, ((position, velocity), (teacher, student)))| {
                let mut rng = self.setting.at(index as u64).rng(stream::VARIATION);
                let x_t = self.parents.positions.row(teacher);
                let x_s = self.parents.positions.row(student);
                let v_s = self.velocities.row(student);
                for gene in 0..genes {
                    let [r1, r2, r3]: [f64; 3] = rng.random();
                    velocity[gene] = r1 * v_s[gene]
                        + r2 * (x_t[gene] - x_s[gene])
                        + self.config.phi * r3 * (centre[gene] - x_s[gene]);
                    position[gene] = x_s[gene] + velocity[gene];
                }
                self.setting.space.clip_search(position);
                let eta = self.config.mutation_eta;
                variation::mutate(&self.setting.space, position, eta, &mut rng);
            });
        let generations_moved = self.setting.generation.saturating_sub(1);
        let with_parents = generations_moved.is_multiple_of(self.config.reevaluate_every);
        Students { positions, velocities, with_parents }
    }

    /// Merges the re-evaluations of the parents into their statistics and into the pooled noise.
    fn reevaluate(&mut self, outcomes: &[&Outcome]) {
        let mut increments = vec![0.0; self.setting.objectives.len()];
        let mut count = 0;
        for (record, outcome) in self.parents.records.iter_mut().zip(outcomes) {
            let before = record.statistics.clone();
            record.absorb(outcome);
            if before.count > 0 && !record.failed {
                count += 1;
                let after = record.statistics.sum_squares.iter();
                for ((rise, after), before) in increments.iter_mut().zip(after).zip(before.sum_squares) {
                    *rise += after - before;
                }
            }
        }
        self.noise.update(&increments, count, self.config.forgetting);
    }

    /// Places of the `keep` points that survive: those that meet the goals by the selection, then the nearest misses.
    fn survivors(&self, points: &NoisyPoints<'_>, ties: &[u64], keep: usize) -> Vec<usize> {
        let goals: Vec<(usize, f64)> = self
            .config
            .goals
            .iter()
            .filter_map(|goal| Some((goal.place(&self.setting.objectives).ok()?, goal.at_most)))
            .collect();
        if goals.is_empty() {
            return self.config.selection.choose(points, ties, keep);
        }
        let misses = goals::misses(&goals, points);
        let met: Vec<usize> = (0..points.len()).filter(|&place| misses[place] == 0.0).collect();
        if met.len() > keep {
            let pick = |values: &[f64]| -> Vec<f64> {
                let row = |&place: &usize| values[place * points.objectives..(place + 1) * points.objectives].iter();
                met.iter().flat_map(row).copied().collect()
            };
            let (means, variances) = (pick(points.means), pick(points.variances));
            let ties: Vec<u64> = met.iter().map(|&place| ties[place]).collect();
            let points = NoisyPoints { means: &means, variances: &variances, objectives: points.objectives };
            return self.config.selection.choose(&points, &ties, keep).into_iter().map(|place| met[place]).collect();
        }
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_unstable_by(|&a, &b| misses[a].total_cmp(&misses[b]).then(ties[a].cmp(&ties[b])));
        order.truncate(keep);
        order
    }

    /// Keeps the best of parents and students.
    fn select(&mut self, students: &Students, records: Vec<Record>) {
        let mut pool = std::mem::take(&mut self.parents.records);
        pool.extend(records);
        let keep = self.config.population;
        let kept = keep_best(&self.setting, &pool, keep, |rows, keep| {
            if rows.len() == keep {
                return rows.to_vec();
            }
            let collect = |of: &dyn Fn(&Record) -> Vec<f64>| -> Vec<f64> {
                rows.iter().flat_map(|&row| of(&pool[row])).collect()
            };
            let means = collect(&|record| record.mean().to_vec());
            let variances = collect(&|record| self.variances(record));
            let ties: Vec<u64> = rows.iter().map(|&row| tie_key(&self.setting, &pool[row])).collect();
            let objectives = self.setting.objectives.len();
            let points = NoisyPoints { means: &means, variances: &variances, objectives };
            let chosen = self.survivors(&points, &ties, keep);
            chosen.into_iter().map(|place| rows[place]).collect()
        });
        self.velocities = Matrix::gather(&self.velocities, &students.velocities, &kept);
        self.parents.replace(&students.positions, pool, &kept);
    }
}

#[typetag::serde(name = "noise_aware_swarm")]
impl Optimizer for NoiseAwareSwarm {
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
        let students = match self.asked.take() {
            Some(students) => students,
            None if self.parents.len() == 0 => {
                let count = self.config.population;
                let positions = self.setting.first_positions(&self.config.initial, count)?;
                let velocities = Matrix::zeros(count, self.setting.space.len());
                Students { positions, velocities, with_parents: false }
            }
            None => self.students(),
        };
        let mut asked = candidates(&self.setting, &students.positions, self.setting.next_id);
        if students.with_parents {
            asked.extend(self.parents.records.iter().enumerate().map(|(row, record)| Candidate {
                id: record.id,
                genome: self.setting.space.to_genome(self.parents.positions.row(row)),
            }));
        }
        self.asked = Some(students);
        Ok(asked)
    }

    fn tell(&mut self, outcomes: &[(u64, Outcome)]) -> Result<()> {
        let students = self.asked.as_ref().ok_or(EvolveError::TellBeforeAsk)?;
        let new = students.positions.rows();
        let mut ids = self.setting.new_ids(new);
        if students.with_parents {
            ids.extend(self.parents.records.iter().map(|record| record.id));
        }
        let objectives = self.setting.objectives.len();
        let outcomes = match_outcomes(&ids, outcomes, objectives)?;
        let students = self.asked.take().ok_or(EvolveError::TellBeforeAsk)?;
        if outcomes.iter().any(|outcome| outcome.evaluation().is_some()) {
            if students.with_parents {
                self.reevaluate(&outcomes[new..]);
            }
            let records = ids[..new].iter().zip(&outcomes);
            let records = records.map(|(&id, outcome)| Record::new(id, outcome, objectives));
            self.select(&students, records.collect());
        }
        self.setting.advance(new);
        Ok(())
    }

    fn population(&self) -> Vec<Individual> {
        let rows = 0..self.parents.len();
        self.parents.individuals(&self.setting, rows, |record| self.variances(record))
    }

    fn front(&self) -> Vec<Individual> {
        let rows = self.parents.front_rows();
        self.parents.individuals(&self.setting, rows, |record| self.variances(record))
    }

    fn diagnostics(&self) -> Vec<(String, f64)> {
        let infos = self.setting.objectives.iter();
        let noise = infos.zip(self.noise_std());
        let counts = self.parents.records.iter().map(|record| record.statistics.count as f64);
        let evaluations = counts.sum::<f64>() / self.parents.len().max(1) as f64;
        noise
            .map(|(info, std)| (format!("noise_std_{}", info.name), std))
            .chain([("evaluations_per_individual".to_string(), evaluations)])
            .collect()
    }

    fn validate(&self) -> Result<()> {
        self.config.validate()?;
        self.parents.validate(&self.setting)?;
        let length = |what, found, expected| {
            if found == expected { Ok(()) } else { Err(EvolveError::Length { what, found, expected }) }
        };
        length("stored velocities", self.velocities.values().len(), self.parents.positions.values().len())?;
        let objectives = self.setting.objectives.len();
        length("stored noise", if self.noise.fits(objectives) { objectives } else { 0 }, objectives)
    }
}
