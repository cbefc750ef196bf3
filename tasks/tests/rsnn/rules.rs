//! Rules change recurrent weights, within Dale's principle, and nothing else.

use super::{at, short, small};
use evoplast_evolve::{Candidate, Evaluator, Objective, Parallel, Serial, Watch};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_tasks::change_detection::LearningConfig;
use evoplast_tasks::rsnn::{RsnnConfig, RuleSearch, RuleSearchConfig};
use std::ops::Range;

fn search() -> RuleSearch {
    let learning = LearningConfig { eta: 0.05, ..LearningConfig::default() };
    let config = RuleSearchConfig { learning_trials: 4, trials: 3, learning, ..RuleSearchConfig::default() };
    RuleSearch::new(small(1), short(), config).unwrap()
}

fn recurrent(search: &RuleSearch) -> Range<usize> {
    let blocks = &search.weights().layout().blocks;
    let own = || blocks.iter().filter(|b| b.name.starts_with("recurrent"));
    own().next().unwrap().range.start..own().next_back().unwrap().range.end
}

#[test]
fn the_silent_rule_leaves_the_initial_weights_bit_for_bit() {
    let search = search();
    let rule = TaylorRule::silent(search.rules().type_names().clone()).unwrap();
    let weights = search.learn(&rule, &at(0, 0)).unwrap();
    let bits = |w: &[f32]| w.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&weights), bits(search.weights().initial()));
}

#[test]
fn a_rule_changes_recurrent_weights_alone_and_keeps_their_signs_and_bounds() {
    let search = search();
    let types = search.rules().type_names().clone();
    let initial = search.weights().initial();
    let range = recurrent(&search);
    for rule in [TaylorRule::s_pre_x_post(types.clone()), TaylorRule::best_five_term(types.clone())] {
        let rule = rule.unwrap();
        let weights = search.learn(&rule, &at(0, 0)).unwrap();
        assert_eq!(weights[..range.start], initial[..range.start]);
        assert_eq!(weights[range.end..], initial[range.end..]);
        let (after, before) = (&weights[range.clone()], &initial[range.clone()]);
        let changed = after.iter().zip(before).filter(|(a, b)| a != b).count();
        assert!(changed > range.len() / 2, "{changed} of {}", range.len());
        assert!(after.iter().zip(before).all(|(a, b)| a * b >= 0.0 && a.abs() <= 4.0 * b.abs() * 1.000_001));
    }
    // Depression until nothing is left: weights stop at 0.
    let erase = TaylorRule::s_pre(types).unwrap();
    let learning = LearningConfig { eta: 10.0, ..LearningConfig::default() };
    let config = RuleSearchConfig { learning_trials: 4, trials: 3, learning, ..RuleSearchConfig::default() };
    let strong = RuleSearch::new(small(1), short(), config).unwrap();
    let weights = strong.learn(&erase, &at(0, 0)).unwrap();
    assert!(weights.iter().zip(initial).all(|(a, b)| a * b >= 0.0));
    let bounds = weights[range.clone()].iter().zip(&initial[range]);
    assert!(bounds.filter(|(a, b)| **a == 0.0 || a.abs() >= 3.99 * b.abs()).count() > 10);
}

#[test]
fn trials_are_those_of_the_generation_and_two_evaluations_are_equal() {
    let search = search();
    let genome = search.space().sample(&mut at(0, 0).rng(1));
    let first = search.evaluate(&genome, &at(1, 0)).unwrap();
    assert_eq!(first, search.evaluate(&genome, &at(1, 0)).unwrap());
    assert_eq!(first, search.evaluate(&genome, &at(1, 7)).unwrap());
    assert_ne!(first, search.evaluate(&genome, &at(2, 0)).unwrap());
    let rule = search.rules().decode(&genome).unwrap();
    let weights = search.learn(&rule, &at(1, 0)).unwrap();
    let score = search.weights().score(&weights, &search.weights().trials(&at(1, 0), 3)).unwrap();
    assert_eq!(first.objectives, [score.loss()]);
}

#[test]
fn results_depend_neither_on_threads_nor_on_the_order_of_rules() {
    let shared = search();
    let genome = |id: u64| Candidate { id, genome: shared.space().sample(&mut at(0, id).rng(1)) };
    let all: Vec<Candidate> = (0..8).map(genome).collect();
    let with = |evaluator: &dyn Evaluator| evaluator.evaluate(&shared, &all, 3, 2, &Watch::nobody()).unwrap();
    let serial = with(&Serial);
    assert_eq!(serial, with(&Parallel::with_threads(3).unwrap()));
    for (candidate, outcome) in all.iter().zip(&serial).rev() {
        assert_eq!(outcome.evaluation().unwrap(), &shared.evaluate(&candidate.genome, &at(2, 0)).unwrap());
        assert_eq!(outcome.evaluation().unwrap(), &search().evaluate(&candidate.genome, &at(2, 0)).unwrap());
    }
    let values: Vec<f64> = serial.iter().map(|o| o.evaluation().unwrap().objectives[0]).collect();
    assert!(values[1..].iter().any(|v| *v != values[0]), "all rules do the same");
}

#[test]
fn a_network_without_recurrent_synapses_is_refused() {
    let network = RsnnConfig { recurrent: false, ..small(1) };
    let error = RuleSearch::new(network, short(), RuleSearchConfig::default()).err().unwrap().to_string();
    assert!(error.contains("recurrent"), "{error}");
}
