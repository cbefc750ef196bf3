//! Motion, pairing and bookkeeping of the swarm.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::*;
use crate::objective::{Evaluation, Failure};
use crate::space::Variable;

fn infos() -> Vec<ObjectiveInfo> {
    vec![ObjectiveInfo::new("a", true), ObjectiveInfo::new("b", true)]
}

/// A swarm whose parents are placed and scored by the caller.
fn swarm(config: NoiseAwareSwarmConfig, positions: &[Vec<f64>], scores: &[Option<[f64; 2]>]) -> NoiseAwareSwarm {
    let genes = positions[0].len();
    let space = (0..genes).map(|gene| Variable::real(format!("x{gene}"), -100.0, 100.0));
    let space = SearchSpace::new(space.collect()).unwrap();
    let initial = InitialPopulation { genomes: positions.to_vec(), ..Default::default() };
    let config = NoiseAwareSwarmConfig { population: positions.len(), initial, ..config };
    let mut swarm = NoiseAwareSwarm::new(config, &space, &infos(), 1).unwrap();
    let outcome = |score: &Option<[f64; 2]>| match score {
        Some(values) => Outcome::Done(Evaluation::new(values.to_vec())),
        None => Outcome::Failed(Failure::new("no")),
    };
    let asked = swarm.ask().unwrap();
    let told: Vec<_> = asked.iter().map(|candidate| candidate.id).zip(scores.iter().map(outcome)).collect();
    swarm.tell(&told).unwrap();
    swarm
}

/// Every gene is one draw of r1, r2 and r3, apart from the one gene in 900 that mutates on average.
#[test]
fn students_move_by_the_equation() {
    let genes = 900;
    let (teacher, student) = (vec![10.0; genes], vec![-10.0; genes]);
    let scores = [Some([0.0, 0.0]), Some([1.0, 1.0])];
    // [phi, velocity of the student before] and the permitted velocity and its mean:
    // r1 v + r2 (10 + 10) + phi r3 (0 + 10).
    for (phi, before, range, mean) in
        [(0.0, 0.0, 0.0..20.0, 10.0), (0.0, -40.0, -40.0..20.0, -10.0), (0.5, 0.0, 0.0..25.0, 12.5)]
    {
        let config = NoiseAwareSwarmConfig { phi, pairings: 1, ..Default::default() };
        let mut swarm = swarm(config, &[teacher.clone(), student.clone()], &scores);
        swarm.velocities.values_mut()[genes..].fill(before);
        let students = swarm.students();
        let velocity = students.velocities.row(0);
        assert!(velocity.iter().all(|v| range.contains(v)), "{phi} {before}");
        // Standard error: at most 40 / sqrt(12 * 900) + 20 / sqrt(12 * 900) = 0.6.
        let found = velocity.iter().sum::<f64>() / genes as f64;
        assert!((found - mean).abs() < 1.8, "{phi} {before}: {found}");
        let moved = |gene: &usize| students.positions.row(0)[*gene] == student[*gene] + velocity[*gene];
        let moved = (0..genes).filter(moved).count();
        assert!(moved >= genes - 8 && students.positions.rows() == 1, "{moved}");
    }
}

#[test]
fn students_carry_their_velocity_with_them() {
    let positions: Vec<Vec<f64>> = (0..8).map(|i| vec![f64::from(i); 3]).collect();
    let scores: Vec<_> = (0..8).map(|i| Some([f64::from(i), f64::from(8 - i)])).collect();
    let mut swarm = swarm(NoiseAwareSwarmConfig::default(), &positions, &scores);
    let asked = swarm.ask().unwrap();
    let students = swarm.asked.as_ref().unwrap();
    let velocities: BTreeMap<u64, Vec<f64>> =
        (0..8).map(|row| (8 + row as u64, students.velocities.row(row).to_vec())).collect();
    // Students score better than all parents.
    let told = asked.iter().map(|candidate| {
        let score = if candidate.id >= 8 { -1.0 } else { 50.0 };
        (candidate.id, Outcome::Done(Evaluation::new(vec![score, score])))
    });
    let told: Vec<_> = told.collect();
    swarm.tell(&told).unwrap();
    assert_eq!(swarm.parents.len(), 8);
    for (row, record) in swarm.parents.records.iter().enumerate() {
        assert_eq!(swarm.velocities.row(row), velocities[&record.id]);
        let genome = &asked.iter().find(|candidate| candidate.id == record.id).unwrap().genome;
        assert_eq!(swarm.parents.positions.row(row), genome);
    }
}

#[test]
fn teachers_are_better_on_some_objective_and_failures_never_teach_successes() {
    let positions: Vec<Vec<f64>> = (0..9).map(|i| vec![f64::from(i)]).collect();
    let mut scores: Vec<_> = (0..9).map(|i| Some([f64::from(i), f64::from(i / 3)])).collect();
    scores[4] = None;
    let config = NoiseAwareSwarmConfig { pairings: 50, ..Default::default() };
    let swarm = swarm(config, &positions, &scores);
    let pairs = swarm.pairs();
    assert_eq!(pairs.len(), 50 * 4);
    for pairing in pairs.chunks(4) {
        let mut met: Vec<usize> = pairing.iter().flat_map(|&(a, b)| [a, b]).collect();
        met.sort_unstable();
        met.dedup();
        assert_eq!(met.len(), 8, "nobody meets twice in one pairing");
    }
    for (teacher, student) in &pairs {
        let (t, s) = (&swarm.parents.records[*teacher], &swarm.parents.records[*student]);
        assert!(!t.failed, "{teacher} teaches {student}");
        if !s.failed {
            assert!((0..2).any(|k| t.mean()[k] <= s.mean()[k]), "{teacher} teaches {student}");
        }
    }
    // Rows 0 to 2 tie on the second objective: either may teach the other.
    for pair in [(0, 2), (2, 0)] {
        assert!(pairs.contains(&pair), "{pair:?}");
    }
}

/// Means, variances and counts are those of all evaluations that an individual ever had.
#[test]
fn statistics_are_those_of_all_evaluations() {
    let positions: Vec<Vec<f64>> = (0..12).map(|i| vec![f64::from(i)]).collect();
    let config = NoiseAwareSwarmConfig { reevaluate_every: 2, ..Default::default() };
    let value = |id: u64, generation: u64| {
        let mut rng = crate::Address { run: 0, generation, candidate: id, episode: 0 }.rng(0);
        let [a, b]: [f64; 2] = rng.random();
        [a + id as f64 / 100.0, b]
    };
    let scores: Vec<_> = (0..12).map(|id| Some(value(id, 0))).collect();
    let mut swarm = swarm(config, &positions, &scores);
    let mut history: BTreeMap<u64, Vec<[f64; 2]>> = (0..12).map(|id| (id, vec![value(id, 0)])).collect();
    for generation in 1..12 {
        let asked = swarm.ask().unwrap();
        assert_eq!(asked.len(), if generation % 2 == 1 { 24 } else { 12 });
        let told = asked.iter().map(|candidate| {
            let values = value(candidate.id, generation);
            history.entry(candidate.id).or_default().push(values);
            (candidate.id, Outcome::Done(Evaluation::new(values.to_vec())))
        });
        let told: Vec<_> = told.collect();
        swarm.tell(&told).unwrap();
        for (individual, record) in swarm.population().iter().zip(&swarm.parents.records) {
            let all = &history[&individual.id];
            assert_eq!(individual.evaluations, all.len() as u64);
            for k in 0..2 {
                let mean = all.iter().map(|values| values[k]).sum::<f64>() / all.len() as f64;
                let squares: f64 = all.iter().map(|values| (values[k] - mean).powi(2)).sum();
                assert!((individual.objectives[k] - mean).abs() < 1e-12);
                assert!((record.statistics.sum_squares[k] - squares).abs() < 1e-12);
            }
        }
    }
    assert!(swarm.population().iter().any(|individual| individual.evaluations > 2));
}

#[test]
fn a_parent_that_fails_again_ranks_below_every_success_but_above_what_never_succeeded() {
    let positions: Vec<Vec<f64>> = (0..6).map(|i| vec![f64::from(i)]).collect();
    let scores = [Some([0.0, 0.0]); 6];
    let mut swarm = swarm(NoiseAwareSwarmConfig::default(), &positions, &scores);
    // Students 6 to 9 succeed with poor scores, 10 and 11 fail; of the parents only 0 succeeds again.
    let tell = |swarm: &mut NoiseAwareSwarm| {
        let asked = swarm.ask().unwrap();
        let told = asked.iter().map(|candidate| match candidate.id {
            0 => (0, Outcome::Done(Evaluation::new(vec![0.0, 0.0]))),
            id @ 6..=9 => (id, Outcome::Done(Evaluation::new(vec![9.0, 9.0]))),
            id => (id, Outcome::Failed(Failure::new("no"))),
        });
        let told: Vec<_> = told.collect();
        swarm.tell(&told).unwrap();
        swarm.parents.records.iter().map(|record| record.id).collect::<Vec<_>>()
    };
    let kept = tell(&mut swarm);
    assert_eq!((kept.len(), kept[0], &kept[2..]), (6, 0, &[6, 7, 8, 9][..]));
    assert!((1..=5).contains(&kept[1]), "{kept:?}");
    // The one that failed is not on the front, however good it once was.
    assert_eq!(swarm.front().iter().map(|individual| individual.id).collect::<Vec<_>>(), [0]);
}
