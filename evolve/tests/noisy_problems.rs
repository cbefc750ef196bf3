//! Does handling noise pay? A short form of `examples/noisy_fronts`.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::problems::{Dtlz, Noisy};
use evoplast_evolve::{Budget, Executor, Objective, Serial, catalogue, hypervolume, mann_whitney};

/// Noise-free hypervolume of the final population after 4000 evaluations of DTLZ2 with noise 0.1.
fn score(method: &str, objectives: usize, seed: u64) -> f64 {
    let problem = Noisy::new(Dtlz::new(2, objectives, 10).unwrap(), 0.1).unwrap();
    let (_, config) = catalogue(50).into_iter().find(|(name, _)| *name == method).unwrap();
    let optimizer = config.build(problem.space(), problem.objectives(), seed).unwrap();
    let finished = Executor::new(&Serial, Budget::evaluations(4000)).run(&problem, optimizer).unwrap();
    let population = finished.optimizer.population();
    let values: Vec<f64> = population.iter().flat_map(|member| problem.inner().values(&member.genome)).collect();
    hypervolume(&values, &vec![1.1; objectives])
}

#[test]
fn the_noise_aware_swarm_beats_nsga2_nsga3_and_random_search() {
    for objectives in [3, 5] {
        let scores = |method: &str| -> Vec<f64> { (0..7).map(|seed| score(method, objectives, seed)).collect() };
        let swarm = scores("swarm, expected dominators");
        for rival in ["NSGA-II", "NSGA-III", "random search"] {
            let test = mann_whitney(&swarm, &scores(rival)).unwrap();
            // 49 of 49 pairs would be p = 2 / (14 choose 7) = 0.0006.
            assert!(test.u > 44.0 && test.p < 0.01, "{objectives} objectives, {rival}: {test:?}");
        }
    }
}

#[test]
fn the_noise_is_estimated_and_exact_objectives_have_no_variance() {
    let problem = Noisy::new(Dtlz::new(2, 3, 10).unwrap(), 0.1).unwrap();
    let (_, config) = catalogue(50).swap_remove(0);
    let run = |objective: &dyn Objective| {
        let optimizer = config.build(objective.space(), objective.objectives(), 1).unwrap();
        Executor::new(&Serial, Budget::generations(15)).run(objective, optimizer).unwrap().optimizer
    };
    let optimizer = run(&problem);
    for (name, value) in optimizer.diagnostics().iter().filter(|(name, _)| name.starts_with("noise_std")) {
        // Survivors are a selected sample, so the estimate may be a little off.
        assert!((0.08..0.12).contains(value), "{name} {value}");
    }
    for member in optimizer.population() {
        let expected = 0.01 / member.evaluations as f64;
        for variance in member.variance_of_mean {
            assert!(variance > 0.1 * expected && variance < 6.0 * expected, "{variance} {expected}");
        }
    }
    let exact = run(problem.inner());
    assert!(exact.population().iter().all(|member| member.variance_of_mean == [0.0; 3]));
}
