//! An archive of non-dominated individuals over a whole run.
//!
//! A population forgets good individuals when it is full; the archive keeps every one that no other dominates. With a
//! capacity it is truncated when it grows beyond: either the least crowded stay, or those that contribute most to the
//! hypervolume (one after the other is removed; the reference point lies a range of the archive beyond its worst values).
//!
//! Feasibility comes first: a smaller violation of the constraints dominates a larger one whatever the objectives. An
//! individual that is evaluated again (noise) takes the place of its earlier self, and may lose it.
//!
//! As an [`Observer`] the archive sees the population after every generation.
//!
//! Sources: Knowles and Corne 2003, doi:10.1109/TEVC.2003.810755 (archiving); crowding: Deb et al. 2002,
//! doi:10.1109/4235.996017; contributions: Beume et al. 2007, doi:10.1016/j.ejor.2006.08.008.

use serde::{Deserialize, Serialize};

use crate::candidate::Individual;
use crate::error::{EvolveError, Result};
use crate::indicators::keep_by_contribution;
use crate::observer::{GenerationReport, Observer};
use crate::sorting;

/// Who stays when an archive is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncation {
    /// Those with the largest crowding distance: quick, for two or three objectives.
    #[default]
    Crowding,
    /// Those with the largest contribution to the hypervolume: slow with more than five objectives.
    Contribution,
}

/// Non-dominated individuals, without limit or up to a capacity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    capacity: Option<usize>,
    truncation: Truncation,
    members: Vec<Individual>,
}

impl Archive {
    /// An empty archive without limit.
    #[must_use]
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// An empty archive for at most `capacity` individuals.
    ///
    /// # Errors
    /// If the capacity is 0.
    pub fn bounded(capacity: usize, truncation: Truncation) -> Result<Self> {
        EvolveError::require(capacity >= 1, "archive", "capacity", capacity, "at least 1")?;
        Ok(Self { capacity: Some(capacity), truncation, members: Vec::new() })
    }

    /// The individuals, in ascending order of id.
    #[must_use]
    pub fn members(&self) -> &[Individual] {
        &self.members
    }

    /// Takes in individuals; those that another dominates are dropped, and of equal ones the oldest stays.
    pub fn offer(&mut self, individuals: impl IntoIterator<Item = Individual>) {
        for new in individuals {
            self.members.retain(|member| member.id != new.id);
            if self.members.iter().any(|member| covers(member, &new)) {
                continue;
            }
            self.members.retain(|member| !covers(&new, member));
            let place = self.members.partition_point(|member| member.id < new.id);
            self.members.insert(place, new);
        }
        self.truncate();
    }

    fn truncate(&mut self) {
        let Some(capacity) = self.capacity.filter(|&capacity| self.members.len() > capacity) else { return };
        let objectives = self.members[0].objectives.len();
        let points: Vec<f64> = self.members.iter().flat_map(|member| &member.objectives).copied().collect();
        let ties: Vec<u64> = self.members.iter().map(|member| member.id).collect();
        let kept = match self.truncation {
            Truncation::Crowding => {
                let one_front = vec![0; self.members.len()];
                let mut kept = sorting::keep_by_fronts(&points, objectives, &one_front, &ties, capacity);
                kept.sort_unstable();
                kept
            }
            Truncation::Contribution => {
                let bounds = |k: usize| {
                    let column = points.iter().skip(k).step_by(objectives);
                    let start = (f64::INFINITY, f64::NEG_INFINITY);
                    let (low, high) = column.fold(start, |(low, high), &x| (low.min(x), high.max(x)));
                    (low, if high > low { high - low } else { 1.0 })
                };
                let bounds: Vec<(f64, f64)> = (0..objectives).map(bounds).collect();
                let scaled = points.iter().zip(bounds.iter().cycle()).map(|(x, (low, range))| (x - low) / range);
                keep_by_contribution(&scaled.collect::<Vec<_>>(), &vec![2.0; objectives], &ties, capacity)
            }
        };
        self.members = kept.into_iter().map(|place| self.members[place].clone()).collect();
    }
}

/// Whether a dominates b or is equal to it, feasibility first.
fn covers(a: &Individual, b: &Individual) -> bool {
    a.violation < b.violation
        || a.violation == b.violation && a.objectives.iter().zip(&b.objectives).all(|(x, y)| x <= y)
}

impl Observer for Archive {
    fn on_generation(&mut self, report: &GenerationReport<'_>) -> Result<()> {
        self.offer(report.optimizer.population());
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use crate::executor::Executor;
    use crate::objective::Objective;
    use crate::optimizer::OptimizerConfig;
    use crate::problems::Zdt;
    use crate::{Nsga2Config, Serial, hypervolume};
    use proptest::prelude::*;

    fn individual(id: u64, objectives: &[f64]) -> Individual {
        Individual {
            id,
            genome: vec![id as f64],
            objectives: objectives.to_vec(),
            variance_of_mean: vec![0.0; objectives.len()],
            violation: 0.0,
            evaluations: 1,
            metrics: Vec::new(),
        }
    }

    fn ids(archive: &Archive) -> Vec<u64> {
        archive.members().iter().map(|member| member.id).collect()
    }

    #[test]
    fn equal_and_reevaluated_individuals_and_violations() {
        let mut archive = Archive::unbounded();
        let violating = |id, values: &[f64], violation| Individual { violation, ..individual(id, values) };
        archive.offer([violating(0, &[0.0, 0.0], 2.0), violating(1, &[9.0, 9.0], 1.0)]);
        assert_eq!(ids(&archive), [1]);
        archive.offer([individual(3, &[1.0, 5.0]), individual(2, &[5.0, 1.0]), individual(4, &[5.0, 1.0])]);
        assert_eq!(ids(&archive), [2, 3]);
        // Evaluated again, 3 is worse than it seemed, and 5 comes in.
        archive.offer([individual(3, &[6.0, 6.0]), individual(5, &[4.0, 4.0])]);
        assert_eq!(ids(&archive), [2, 5]);
        assert!(Archive::bounded(0, Truncation::Crowding).is_err());
    }

    #[test]
    fn truncation_keeps_the_ends_and_the_wide_places() {
        // 1 and 2 are close to each other; 3 has room.
        let points = [[0.0, 10.0], [1.0, 9.0], [1.2, 8.8], [5.0, 4.0], [10.0, 0.0]];
        for truncation in [Truncation::Crowding, Truncation::Contribution] {
            let mut archive = Archive::bounded(3, truncation).unwrap();
            archive.offer(points.iter().enumerate().map(|(id, point)| individual(id as u64, point)));
            assert_eq!(ids(&archive), [0, 3, 4], "{truncation:?}");
        }
    }

    #[test]
    fn an_archive_is_never_worse_than_the_population() {
        let problem = Zdt::new(1, 10).unwrap();
        let config = Nsga2Config { population: 20, ..Default::default() };
        let search = config.build(problem.space(), problem.objectives(), 1).unwrap();
        let (mut archive, mut bounded) =
            (Archive::unbounded(), Archive::bounded(20, Truncation::Contribution).unwrap());
        let executor = Executor::new(&Serial, Budget::generations(80)).observe(&mut archive).observe(&mut bounded);
        let finished = executor.run(&problem, search).unwrap();
        let volume = |members: &[Individual]| {
            let points: Vec<f64> = members.iter().flat_map(|member| member.objectives.clone()).collect();
            hypervolume(&points, &[1.1, 1.1])
        };
        let population = volume(&finished.optimizer.population());
        assert!(volume(archive.members()) > volume(bounded.members()) && bounded.members().len() == 20);
        assert!(volume(bounded.members()) > population, "{} {population}", volume(bounded.members()));
    }

    proptest! {
        /// Whatever the order, the members are the first front.
        #[test]
        fn members_are_the_first_front(grid in prop::collection::vec(0u8..6, 3..90)) {
            let points: Vec<f64> = grid[..grid.len() / 3 * 3].iter().map(|&x| f64::from(x)).collect();
            let mut archive = Archive::unbounded();
            archive.offer(points.chunks(3).enumerate().map(|(id, point)| individual(id as u64, point)));
            let ranks = sorting::non_dominated_ranks(&points, 3);
            let mut expected: Vec<&[f64]> =
                points.chunks(3).zip(ranks).filter(|(_, rank)| *rank == 0).map(|(point, _)| point).collect();
            let mut found: Vec<&[f64]> = archive.members().iter().map(|member| member.objectives.as_slice()).collect();
            expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
            expected.dedup();
            found.sort_by(|a, b| a.partial_cmp(b).unwrap());
            prop_assert_eq!(found, expected);
        }
    }
}
