//! Candidates that follow each other in the same networks: nothing of one reaches the next.

use super::support::*;
use evoplast_evolve::{
    Address, Candidate, Evaluation, Evaluator, Failure, Objective, ObjectiveInfo, Outcome, Parallel, SearchSpace,
    Serial, Watch,
};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_tasks::change_detection::{ChangeDetection, ChangeDetectionConfig, LearningConfig, UpdateScale};

/// Change detection in which the candidates of some numbers panic in the middle of a training trial of the second
/// domain, when weights, traces and delay lines are all in use.
struct Moody {
    task: ChangeDetection,
    panics: Vec<u64>,
}

impl Objective for Moody {
    fn space(&self) -> &SearchSpace {
        self.task.space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        self.task.objectives()
    }

    fn metrics(&self) -> &[String] {
        self.task.metrics()
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        if self.panics.contains(&at.candidate) {
            let rule = self.task.rules().decode(genome).unwrap();
            self.task.report(&rule, at, |domain, trial, step, _| {
                assert!((domain, trial, step) != (1, 2, 117), "in the middle of a trial");
            })?;
        }
        self.task.evaluate(genome, at)
    }
}

fn fragile() -> ChangeDetection {
    let learning = LearningConfig { eta: 0.5, scale: UpdateScale::Own, kappa: 100.0 };
    task(ChangeDetectionConfig { learning, early_stop: limit(30.0), ..config(4, 4) })
}

/// Rules of all kinds, one of which runs away.
fn rules() -> Vec<TaylorRule> {
    let excitation = |t: &String| if t.starts_with('e') { 1.0 } else { -1.0 };
    let unstable = TaylorRule::silent(types()).unwrap();
    vec![
        TaylorRule::s_pre_x_post(types()).unwrap(),
        unstable.with_term_by("S_pre", types().iter().map(excitation).collect()).unwrap(),
        all_terms(),
        TaylorRule::silent(types()).unwrap(),
        TaylorRule::best_five_term(types()).unwrap(),
    ]
}

fn genomes(task: &ChangeDetection) -> Vec<Vec<f64>> {
    rules().into_iter().map(|r| task.rules().encode(&r.with_threshold(0.2).unwrap()).unwrap()).collect()
}

#[test]
fn a_candidate_meets_a_network_without_memory() {
    let alone: Vec<_> = genomes(&fragile()).iter().map(|g| fragile().evaluate(g, &AT)).collect();
    let ran_away = alone.iter().position(|r| r.as_ref().is_err_and(|f| f.kind == "runaway"));
    let ran_away = ran_away.unwrap_or_else(|| panic!("none ran away: {alone:?}"));
    assert!(alone[0].is_ok() && alone.iter().filter(|r| r.is_ok()).count() >= 2, "{alone:?}");
    // After every other one, itself and the one that runs away included, on one network.
    let shared = fragile();
    let genomes = genomes(&shared);
    for before in 0..genomes.len() {
        for (k, genome) in genomes.iter().enumerate() {
            assert_eq!(shared.evaluate(&genomes[before], &AT), alone[before], "{before} again");
            assert_eq!(shared.evaluate(genome, &AT), alone[k], "rule {k} after rule {before}");
        }
    }
    // After a panic in the middle of a trial, and after the run-away that follows it.
    let moody = Moody { task: shared, panics: vec![9] };
    for k in [0, 2, ran_away, 4] {
        let outcome = evoplast_evolve::evaluate_one(
            &moody,
            &Candidate { id: 9, genome: genomes[0].clone() },
            &Address { candidate: 9, ..AT },
        );
        assert!(matches!(&outcome, Outcome::Failed(f) if f.reason == "panic: in the middle of a trial"), "{outcome:?}");
        assert_eq!(moody.task.evaluate(&genomes[k], &AT), alone[k], "rule {k} after a panic");
    }
}

#[test]
fn threads_order_and_neighbours_do_not_matter() {
    let alone = fragile();
    let genomes = genomes(&alone);
    let candidates: Vec<Candidate> =
        (0..15).map(|id| Candidate { id, genome: genomes[2 * id as usize % genomes.len()].clone() }).collect();
    let panics = vec![5, 10];
    let expected: Vec<Outcome> = candidates
        .iter()
        .map(|c| match alone.evaluate(&c.genome, &AT) {
            _ if panics.contains(&c.id) => Outcome::Failed(Failure::new("panic: in the middle of a trial")),
            Ok(evaluation) => Outcome::Done(evaluation),
            Err(failure) => Outcome::Failed(failure),
        })
        .collect();
    let moody = Moody { task: fragile(), panics };
    let run = |evaluator: &dyn Evaluator, candidates: &[Candidate]| {
        evaluator.evaluate(&moody, candidates, AT.run, AT.generation, &Watch::nobody()).unwrap()
    };
    assert_eq!(run(&Serial, &candidates), expected);
    for threads in [1, 2, 4] {
        assert_eq!(run(&Parallel::with_threads(threads).unwrap(), &candidates), expected, "{threads} threads");
    }
    let backwards: Vec<Candidate> = candidates.into_iter().rev().collect();
    let expected: Vec<Outcome> = expected.into_iter().rev().collect();
    assert_eq!(run(&Parallel::with_threads(2).unwrap(), &backwards), expected, "in the reverse order");
}
