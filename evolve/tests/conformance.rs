//! The contract of `Optimizer`, checked for every search in the catalogue.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::atomic::Ordering;

use common::{Mixed, state, step};
use evoplast_evolve::{
    Candidate, Evaluation, EvolveError, Failure, Objective, Optimizer, OptimizerConfig, Outcome, catalogue,
};

const POPULATION: usize = 14;

fn build(config: &dyn OptimizerConfig, objective: &Mixed, run: u64) -> Box<dyn Optimizer> {
    config.build(objective.space(), objective.objectives(), run).unwrap()
}

fn for_each_search(check: impl Fn(&str, &dyn OptimizerConfig)) {
    for (name, config) in catalogue(POPULATION) {
        check(name, config.as_ref());
    }
}

#[test]
fn bounds_are_never_left_and_ids_are_never_reused() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.2);
        let mut optimizer = build(config, &objective, 1);
        let mut genomes = std::collections::BTreeMap::new();
        for generation in 0..30 {
            assert_eq!(optimizer.generation(), generation);
            let (candidates, _) = step(optimizer.as_mut(), &objective, 0);
            for candidate in candidates {
                objective.space().check(&candidate.genome).unwrap();
                let earlier = genomes.entry(candidate.id).or_insert_with(|| candidate.genome.clone());
                assert_eq!(*earlier, candidate.genome, "{name}: one id, two genomes");
            }
            assert!(optimizer.population().len() <= POPULATION, "{name}");
            // Positions kept inside the search are in bounds as well.
            optimizer.validate().unwrap();
        }
    });
}

#[test]
fn the_number_of_threads_does_not_matter_but_the_seed_does() {
    for_each_search(|name, config| {
        let run = |threads: usize, seed: u64| {
            let objective = Mixed::suited(config, 0.1);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut optimizer = build(config, &objective, seed);
                (0..12).for_each(|_| drop(step(optimizer.as_mut(), &objective, threads)));
                state(optimizer.as_ref())
            })
        };
        let one = run(1, 3);
        assert!(one == run(2, 3) && one == run(5, 3), "{name}");
        assert_ne!(one, run(1, 4), "{name}");
    });
}

#[test]
fn save_load_continue_is_bit_identical_after_every_generation() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.1);
        let mut straight = build(config, &objective, 5);
        let mut reloaded = build(config, &objective, 5);
        for _ in 0..10 {
            // Once between two generations, once between ask and tell.
            let text = state(reloaded.as_ref());
            reloaded = serde_json::from_str(&text).unwrap();
            assert_eq!(state(reloaded.as_ref()), text, "{name}");
            let asked = reloaded.ask().unwrap();
            assert_eq!(asked, reloaded.ask().unwrap(), "{name}: asking twice");
            reloaded = serde_json::from_str(&state(reloaded.as_ref())).unwrap();
            reloaded.validate().unwrap();
            assert_eq!(asked, reloaded.ask().unwrap(), "{name}: asking after loading");
            step(straight.as_mut(), &objective, 0);
            step(reloaded.as_mut(), &objective, 0);
        }
        assert_eq!(state(straight.as_ref()), state(reloaded.as_ref()), "{name}");
        assert_eq!(straight.front(), reloaded.front(), "{name}");
    });
}

#[test]
fn the_order_of_outcomes_does_not_matter() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.2);
        let mut forward = build(config, &objective, 6);
        let mut backward = build(config, &objective, 6);
        for _ in 0..8 {
            let (candidates, outcomes) = step(forward.as_mut(), &objective, 0);
            assert_eq!(backward.ask().unwrap(), candidates, "{name}");
            let mut told: Vec<_> = candidates.iter().map(|candidate| candidate.id).zip(outcomes).collect();
            told.reverse();
            backward.tell(&told).unwrap();
        }
        assert_eq!(state(forward.as_ref()), state(backward.as_ref()), "{name}");
    });
}

#[test]
fn failures_rank_below_every_success() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.0);
        let mut optimizer = build(config, &objective, 7);
        // Two of three candidates fail in every generation; whoever succeeded last may not give way
        // to one that failed.
        for _ in 0..6 {
            let candidates = optimizer.ask().unwrap();
            let told: Vec<_> = candidates
                .iter()
                .map(|candidate| {
                    let objectives = vec![1e6; objective.objectives().len()];
                    let bad = Outcome::Done(Evaluation::new(objectives).with_metrics(vec![0.0]));
                    let outcome = if candidate.id % 3 == 0 { bad } else { Outcome::Failed(Failure::new("no")) };
                    (candidate.id, outcome)
                })
                .collect();
            optimizer.tell(&told).unwrap();
            for individual in optimizer.population() {
                assert_eq!(individual.id % 3, 0, "{name}");
            }
        }
        let population = optimizer.population();
        // A search with one objective shows its best genome alone.
        let expected = if config.card().many_objectives { POPULATION } else { 1 };
        // An individual of MOEA/D may hold the places of several weights.
        let expected = if name.starts_with("MOEA/D") { population.len().max(2) } else { expected };
        assert_eq!(population.len(), expected, "{name}");
        assert!(population.iter().all(|individual| individual.objectives.iter().all(|&f| f == 1e6)), "{name}");
        // Equal means: nobody dominates anybody.
        assert_eq!(optimizer.front().len(), expected, "{name}");
    });
}

/// A state as text, with the counters of generations and ids removed.
fn without_counters(text: &str) -> serde_json::Value {
    let mut state: serde_json::Value = serde_json::from_str(text).unwrap();
    for counter in ["generation", "next_id"] {
        state["setting"][counter] = serde_json::Value::Null;
    }
    state["failed_generations"] = serde_json::Value::Null;
    state
}

#[test]
fn a_generation_of_failures_changes_nothing_but_counters() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.0);
        let mut optimizer = build(config, &objective, 8);
        objective.all_fail.store(true, Ordering::Relaxed);
        let (first, _) = step(optimizer.as_mut(), &objective, 0);
        let (second, _) = step(optimizer.as_mut(), &objective, 0);
        // Noise-reuse ES keeps its draws for an episode, whatever becomes of them.
        let other = first.iter().zip(&second).any(|(a, b)| a.genome != b.genome);
        assert!(other || name == "Noise-Reuse ES", "{name}: the same draws that all failed");
        assert!(optimizer.population().is_empty() && optimizer.front().is_empty(), "{name}");
        objective.all_fail.store(false, Ordering::Relaxed);
        (0..4).for_each(|_| drop(step(optimizer.as_mut(), &objective, 0)));
        let (population, front) = (optimizer.population(), optimizer.front());
        assert!(!front.is_empty(), "{name}");
        let before = state(optimizer.as_ref());
        objective.all_fail.store(true, Ordering::Relaxed);
        step(optimizer.as_mut(), &objective, 0);
        assert_eq!((optimizer.population(), optimizer.front()), (population, front), "{name}");
        assert_eq!(without_counters(&state(optimizer.as_ref())), without_counters(&before), "{name}");
        assert_eq!(optimizer.generation(), 7, "{name}");
        let numbers = optimizer.diagnostics();
        assert!(numbers.iter().all(|(_, value)| value.is_finite()), "{name}");
    });
}

#[test]
fn wrong_outcomes_are_refused_and_leave_the_state_alone() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.0);
        let mut optimizer = build(config, &objective, 9);
        assert!(matches!(optimizer.tell(&[]), Err(EvolveError::TellBeforeAsk)), "{name}");
        step(optimizer.as_mut(), &objective, 0);
        let before = state(optimizer.as_ref());
        let candidates = optimizer.ask().unwrap();
        let done = |objectives: &[f64]| Outcome::Done(Evaluation::new(objectives.to_vec()).with_metrics(vec![0.0]));
        let count = objective.objectives().len();
        let with_last = |last: Outcome| {
            let good = done(&vec![1.0; count]);
            let mut told: Vec<_> = candidates.iter().map(|candidate| (candidate.id, good.clone())).collect();
            told.last_mut().unwrap().1 = last;
            told
        };
        for wrong in [done(&vec![f64::NAN; count]), done(&vec![f64::INFINITY; count]), done(&[1.0; 3])] {
            assert!(optimizer.tell(&with_last(wrong)).is_err(), "{name}");
        }
        let complete = with_last(done(&vec![1.0; count]));
        assert!(optimizer.tell(&complete[1..]).is_err(), "{name}");
        assert_eq!(state(optimizer.as_ref()), before, "{name}");
        optimizer.tell(&complete).unwrap();
    });
}

#[test]
fn settings_out_of_range_are_refused_and_files_name_searches_by_tag() {
    let objective = Mixed::new(0.0);
    for text in [
        r#"{"search":"noise_aware_swarm","population":1}"#,
        r#"{"search":"noise_aware_swarm","phi":-0.1}"#,
        r#"{"search":"noise_aware_swarm","selection":{"probabilistic_fronts":{"certainty":0.4}}}"#,
        r#"{"search":"noise_aware_swarm","initial":{"genomes":[[1.0]]}}"#,
        r#"{"search":"nsga2","breeding":{"crossover_rate":1.5}}"#,
        r#"{"search":"random_search","archive":0}"#,
        r#"{"search":"cma_es"}"#, // two objectives
    ] {
        let config: Box<dyn OptimizerConfig> = serde_json::from_str(text).unwrap();
        assert!(config.build(objective.space(), objective.objectives(), 0).is_err(), "{text}");
    }
    let single = Mixed::suited(&evoplast_evolve::CmaEsConfig::default(), 0.0);
    for text in [
        r#"{"search":"open_ai_es","population":7}"#,
        r#"{"search":"open_ai_es","sigma":0.0}"#,
        r#"{"search":"open_ai_es","updater":{"updater":"adam","beta1":1.0}}"#,
        r#"{"search":"open_ai_es","start":{"genome":[1.0]}}"#,
        r#"{"search":"pgpe","sigma_max_change":1.0}"#,
        r#"{"search":"snes","population":1}"#,
        r#"{"search":"xnes","learning_rate":-1.0}"#,
        r#"{"search":"sep_cma_es","sigma":11.0}"#,
        r#"{"search":"cma_es","restarts":{"ipop":{"factor":0.5}}}"#,
        r#"{"search":"cma_es","population":0}"#,
        r#"{"search":"lm_ma_es","directions":0}"#,
        r#"{"search":"ars","top":51}"#,
        r#"{"search":"guided_es","alpha":1.5}"#,
        r#"{"search":"persistent_es","windows":0}"#,
        r#"{"search":"low_rank_es","blocks":[{"first":10,"rows":2,"columns":3}]}"#,
        r#"{"search":"mu_lambda","population":5,"parents":6}"#,
        r#"{"search":"elitist_es","mutation":{"resample":0.0}}"#,
        r#"{"search":"genetic","elites":100}"#,
        r#"{"search":"differential_evolution","population":3}"#,
        r#"{"search":"particle_swarm","inertia":1.0}"#,
        r#"{"search":"competitive_swarm","phi":-1.0}"#,
    ] {
        let config: Box<dyn OptimizerConfig> = serde_json::from_str(text).unwrap();
        assert!(config.build(single.space(), single.objectives(), 0).is_err(), "{text}");
    }
    for (text, hint) in
        [(r#"{"search":"nsga9"}"#, "nsga9"), (r#"{"search":"nsga2","population_size":3}"#, "population_size")]
    {
        let error = serde_json::from_str::<Box<dyn OptimizerConfig>>(text).err().unwrap().to_string();
        assert!(error.contains(hint), "{error}");
    }
    for (name, config) in catalogue(POPULATION) {
        assert!(config.build(objective.space(), &[], 0).is_err(), "{name}: no objectives");
        let text = serde_json::to_string(&config).unwrap();
        let again: Box<dyn OptimizerConfig> = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text, "{name}");
    }
}

/// Initial genomes given by the caller are asked first, and only once.
#[test]
fn given_genomes_come_first() {
    let objective = Mixed::new(0.0);
    let given = "[-2.0,0.5,3.0,1.0,1.0,1.0,1.0,0.1,100.0,1.0,0.0,1.0,0.0,0.25]";
    for search in ["noise_aware_swarm", "nsga2", "random_search"] {
        let text = format!(r#"{{"search":"{search}","population":6,"initial":{{"genomes":[{given}]}}}}"#);
        let config: Box<dyn OptimizerConfig> = serde_json::from_str(&text).unwrap();
        let mut optimizer = build(config.as_ref(), &objective, 2);
        let expected: Vec<f64> = serde_json::from_str(given).unwrap();
        for generation in 0..3 {
            let (candidates, _) = step(optimizer.as_mut(), &objective, 0);
            let close = |candidate: &Candidate| {
                candidate.genome.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs())
            };
            let given_now: Vec<u64> =
                candidates.iter().filter(|candidate| close(candidate)).map(|candidate| candidate.id).collect();
            assert!(given_now.iter().all(|&id| id == 0), "{search} {generation}");
            assert!(generation > 0 || given_now == [0], "{search}");
        }
    }
}

#[test]
fn searches_find_the_optimum_of_mixed_genes() {
    for_each_search(|name, config| {
        let objective = Mixed::suited(config, 0.05);
        let mut optimizer = build(config, &objective, 10);
        (0..120).for_each(|_| drop(step(optimizer.as_mut(), &objective, 0)));
        let best = optimizer.front().into_iter().map(|individual| *individual.objectives.last().unwrap());
        let best = best.fold(f64::INFINITY, f64::min);
        // All gates open, x = 1, tau = 1: noise with mean 0.1 is left. Random search stays far away, and short of it
        // searches that hardly move in so few generations (steps of 0.001 of a range).
        let bound = match name {
            "random search" => 20.0,
            "Persistent ES" | "Noise-Reuse ES" | "elitist ES" => 6.0,
            _ => 1.5,
        };
        println!("{name}: {best}");
        assert!(best < bound, "{name}: {best}");
    });
}

/// What the catalogue's defaults leave out: surrogate gradients, blocks of matrices, other bounds and updaters. Runs with two
/// numbers of threads, one of them stored and loaded after every generation, end the same.
#[test]
fn settings_beyond_the_defaults_keep_the_contract() {
    for text in [
        r#"{"search":"guided_es","population":8,"subspace":2,"bounds":"reflection"}"#,
        r#"{"search":"low_rank_es","population":8,"rank":2,"blocks":[{"first":1,"rows":2,"columns":3}],"bounds":"projection"}"#,
        r#"{"search":"open_ai_es","population":7,"mirrored":false,"l2":0.01,"updater":{"updater":"momentum"},"start":"random"}"#,
        r#"{"search":"differential_evolution","population":8,"variant":{"current_to_pbest1":0.2},"bounds":"reflection"}"#,
        r#"{"search":"differential_evolution","population":8,"variant":"best1","bounds":"projection"}"#,
        r#"{"search":"elitist_es","mutation":{"resample":0.1}}"#,
        r#"{"search":"weight_ga","population":9,"mutation":{"multiplicative":{"scales":[0.05,0.2]}},"start":"random"}"#,
        r#"{"search":"cma_es","population":6,"active":false,"bounds":"projection","restarts":{"ipop":{"factor":1.5}}}"#,
    ] {
        let config: Box<dyn OptimizerConfig> = serde_json::from_str(text).unwrap();
        let run = |threads: usize, reload: bool| {
            let objective = Mixed::suited(config.as_ref(), 0.1);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut optimizer = build(config.as_ref(), &objective, 4);
                for generation in 0..8 {
                    let gradient: Vec<f64> = (0..14).map(|gene| f64::from((gene + generation) % 5) - 2.0).collect();
                    let guided = text.contains("guided_es");
                    assert_eq!(optimizer.guide(&gradient).is_ok(), guided, "{text}");
                    optimizer.ask().unwrap();
                    assert!(optimizer.guide(&gradient).is_err(), "{text}: guided while candidates are outstanding");
                    step(optimizer.as_mut(), &objective, threads);
                    if reload {
                        optimizer = serde_json::from_str(&state(optimizer.as_ref())).unwrap();
                        optimizer.validate().unwrap();
                    }
                }
                state(optimizer.as_ref())
            })
        };
        assert_eq!(run(1, false), run(3, true), "{text}");
    }
}
