//! A graded network as an objective: common trials, blocks of genes, and the same by windows.

use evoplast_evolve::{Address, Objective, Unrolled};
use evoplast_neuron::dynamics::SchemeKind;
use evoplast_synapse::graded::{Coupling, GradedConfig};
use evoplast_tasks::evidence::{
    Decision, EvidenceConfig, GradedProblem, GradedProblemConfig, GradedWindows, PhrasesConfig,
};

fn config() -> GradedProblemConfig {
    let phrases = PhrasesConfig { words: 5, ..PhrasesConfig::default() };
    GradedProblemConfig {
        task: EvidenceConfig::Phrases(phrases),
        neurons: 10,
        trials: 6,
        ..GradedProblemConfig::default()
    }
}

fn at(generation: u64, candidate: u64) -> Address {
    Address { run: 4, generation, candidate, episode: 0 }
}

#[test]
fn candidates_share_trials_and_a_genome_is_the_blocks_it_names() {
    let problem = GradedProblem::new(config()).unwrap();
    let genome = problem.genome();
    assert_eq!(genome.len(), 50 * 10 + 100);
    let value = |g, c| problem.evaluate(&genome, &at(g, c)).unwrap();
    assert_eq!(value(1, 0), value(1, 5));
    assert_ne!(value(1, 0), value(2, 0));
    let alone = GradedProblem::new(GradedProblemConfig { blocks: vec!["recurrent".into()], ..config() }).unwrap();
    assert_eq!(alone.genome(), genome[500..]);
    let weights = alone.with_genome(&vec![0.25; 100]).unwrap();
    assert!(weights.recurrent().iter().all(|w| *w == 0.25));
    assert_eq!(weights.input(), problem.weights().input());
}

#[test]
fn the_value_is_the_mean_loss_of_the_trials() {
    let problem = GradedProblem::new(config()).unwrap();
    let trials = problem.trials::<f32>(&at(1, 0), 6).unwrap();
    let run = problem.network().run(problem.weights(), &trials.batch, &trials.state).unwrap();
    let y = run.outputs(problem.weights());
    let mut sum = 0.0;
    for (t, &label) in trials.labels.iter().enumerate() {
        let outputs: Vec<f64> = (0..3).map(|o| f64::from(y[o * 6 + t])).collect();
        sum += Decision::CrossEntropy.loss(&outputs, label) / 6.0;
    }
    let found = problem.evaluate(&problem.genome(), &at(1, 0)).unwrap();
    assert!((found.objectives[0] - sum).abs() < 1e-12);
    let zero_one = GradedProblem::new(GradedProblemConfig { decision: Decision::ZeroOne, ..config() }).unwrap();
    let counted = zero_one.evaluate(&zero_one.genome(), &at(1, 0)).unwrap();
    assert!((counted.objectives[0] + counted.metrics[0] - 1.0).abs() < 1e-12);
}

#[test]
fn a_divergent_candidate_is_a_failure_that_says_where() {
    let problem = GradedProblem::new(GradedProblemConfig { limit: 1e7, ..config() }).unwrap();
    let failure = problem.evaluate(&vec![9e6; problem.genome().len()], &at(1, 0)).unwrap_err();
    assert!(failure.reason.contains("neuron 0 in trial 0"), "{}", failure.reason);
}

#[test]
fn windows_go_through_the_trial_that_the_problem_runs_at_once() {
    let blocks = ["input", "recurrent", "readout", "bias"].map(str::to_owned).to_vec();
    let problem = GradedProblem::new(GradedProblemConfig { blocks, ..config() }).unwrap();
    let (three, one) = (GradedWindows::new(&problem, 2).unwrap(), GradedWindows::new(&problem, 6).unwrap());
    assert_eq!((three.windows(), one.windows()), (3, 1));
    let genome = problem.genome();
    let (mut pieces, mut whole) = (three.start(&at(3, 1)), one.start(&at(3, 1)));
    assert_eq!(pieces, whole);
    for _ in 0..3 {
        assert!(three.advance(&genome, &mut pieces, &at(3, 1)).unwrap() > 0.0);
    }
    one.advance(&genome, &mut whole, &at(3, 1)).unwrap();
    assert_eq!(pieces, whole);
    assert_ne!(three.start(&at(3, 2)), three.start(&at(3, 1)), "pairs have trials of their own");
    assert!(GradedWindows::new(&problem, 4).is_err());
}

#[test]
fn candidates_share_noise_and_generations_do_not() {
    let quiet = GradedProblem::new(config()).unwrap();
    let noisy = GradedProblem::new(GradedProblemConfig { noise: 0.2, ..config() }).unwrap();
    let genome = quiet.genome();
    let value = |problem: &GradedProblem, g, c| problem.evaluate(&genome, &at(g, c)).unwrap().objectives[0];
    assert_ne!(value(&noisy, 1, 0), value(&quiet, 1, 0));
    assert_eq!(value(&noisy, 1, 0), value(&noisy, 1, 5));
    // Phrases without evidence apart, all that differs between the two is the noise.
    let run = |generation| noisy.trials::<f32>(&at(generation, 0), 2).unwrap();
    assert_ne!(run(1).batch, run(2).batch);
    assert_eq!(run(1).batch, run(1).batch);
    // Every window has noise of its own, the same for both particles of a pair.
    let windows = GradedWindows::new(&noisy, 3).unwrap();
    let state = |genome: &[f64]| {
        let mut state = windows.start(&at(3, 1));
        (0..2).for_each(|_| assert!(windows.advance(genome, &mut state, &at(3, 1)).is_ok()));
        state
    };
    assert_eq!(state(&genome), state(&genome));
}

/// A network that is coupled at every stage.
fn staged() -> GradedConfig {
    GradedConfig { scheme: SchemeKind::Heun, coupling: Coupling::Stage, ..GradedConfig::default() }
}

#[test]
fn bad_configurations_are_named() {
    for (config, name) in [
        (GradedProblemConfig { trials: 0, ..config() }, "trials"),
        (GradedProblemConfig { blocks: vec!["output".into()], ..config() }, "blocks"),
        (GradedProblemConfig { blocks: vec!["input".into(); 2], ..config() }, "blocks"),
        (GradedProblemConfig { limit: 0.1, ..config() }, "limit"),
        (GradedProblemConfig { v_mv: (0.0, f64::NAN), ..config() }, "v_mv"),
        (GradedProblemConfig { v_mv: (1e300, 0.0), ..config() }, "v_mv"),
        (GradedProblemConfig { w: f64::NAN, ..config() }, "w"),
        (GradedProblemConfig { noise: -0.1, ..config() }, "noise"),
        (GradedProblemConfig { noise: f64::NAN, ..config() }, "noise"),
        (GradedProblemConfig { noise: 0.1, network: staged(), ..config() }, "noise"),
    ] {
        let error = GradedProblem::new(config).err().unwrap().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}
