//! A rule as a genome: its error, and what does not change it.

use evoplast_evolve::{Address, Budget, Executor, Objective, OpenAiEsConfig, OptimizerConfig, Parallel, Serial};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::activation_table::{ActivationTables, Form, TableParts};
use evoplast_tasks::plastic_classifier::{
    ClassifierConfig, Classroom, Confusion, Dataset, GeneratedConfig, Scaling, Source, Split, TableSearch,
    TableSearchConfig,
};
use std::sync::Arc;

const AT: Address = Address { run: 1, generation: 0, candidate: 0, episode: 0 };

fn small() -> Source {
    Source::Generated { config: GeneratedConfig { samples: 500, ..GeneratedConfig::default() }, train: 400 }
}

fn output_only(hidden: usize) -> ClassifierConfig {
    ClassifierConfig::corrected(hidden, hidden / 2).gated().searching(TableParts::OUTPUT)
}

/// The perceptron on a random hidden layer learns what a linear classifier on it can: most of the generated set.
#[test]
fn the_perceptron_rule_learns_and_shuffled_labels_leave_chance() {
    let source =
        Source::Generated { config: GeneratedConfig { samples: 2500, ..GeneratedConfig::default() }, train: 2000 };
    let search = TableSearch::new(output_only(100), source, TableSearchConfig::default(), 3).unwrap();
    let rule = ActivationTables::perceptron(3).unwrap();
    let course = search.home().course(&rule, &[0, 2000], &AT).unwrap();
    // All scores are 0 at first: every decision is for the first class.
    assert_eq!(course[0].decided(), 1);
    assert!(course[1].accuracy() > 0.85, "{}", course[1].accuracy());

    let Split { train, test } = &**search.home().split();
    let shuffled = |data: &Dataset| {
        let features = (0..data.len()).flat_map(|s| data.sample(s)).copied().collect();
        let labels = (0..data.len()).map(|s| data.label((s * 7 + 3) % data.len()) as u8).collect();
        Dataset::new(features, data.width(), labels, data.classes()).unwrap()
    };
    let split = Split { train: shuffled(train), test: shuffled(test) };
    let room = Classroom::new(output_only(100), Arc::new(split), &AT).unwrap();
    let found = room.course(&rule, &[2000], &AT).unwrap()[0].accuracy();
    // Standard error of the share at chance 0.25 with 500 decisions: 0.02.
    assert!((found - 0.25).abs() < 0.09, "{found}");
}

/// Weights that are multiplied with every sample overflow; what then has no number for a score is no decision for any class.
#[test]
fn a_network_that_has_run_away_decides_nothing() {
    let mut config = ClassifierConfig::literal(20, 10).searching(TableParts::OUTPUT);
    (config.model.form, config.model.step) = (Form::Multiplicative, 1.0);
    let search = TableSearch::new(config, small(), TableSearchConfig::default(), 3).unwrap();
    let rule = search.rules().decode(&vec![5.0; search.rules().genes().len()]).unwrap();
    let course = search.home().course(&rule, &[0, 400], &AT).unwrap();
    let undecided = |confusion: &Confusion| (0..4).map(|label| confusion.undecided(label)).sum::<u64>();
    assert_eq!((undecided(&course[0]), course[0].total()), (0, 100));
    assert_eq!((undecided(&course[1]), course[1].total(), course[1].accuracy()), (100, 100, 0.0));
    assert!(search.error(&rule, &AT).unwrap_err().to_string().contains("finite numbers"));
}

/// Activations that are computed once give the error of a network that computes them for every candidate.
#[test]
fn known_activations_do_not_change_the_error() {
    let config =
        TableSearchConfig { held_out: 60, fresh_data: true, fresh_weights: true, episodes: 2, ..Default::default() };
    let rule = ActivationTables::perceptron(3).unwrap();
    let error = |parts| {
        let search = TableSearch::new(output_only(30).searching(parts), small(), config.clone(), 5).unwrap();
        [0, 1].map(|generation| search.error(&rule, &Address { generation, ..AT }).unwrap())
    };
    let [a, b] = error(TableParts::OUTPUT);
    assert_eq!([a, b], error(TableParts::ALL));
    assert!(a != b && a < 0.6);
}

#[test]
fn threads_and_order_do_not_matter() {
    let run = |threads: Option<usize>| {
        let search =
            TableSearch::new(ClassifierConfig::literal(20, 10), small(), TableSearchConfig::default(), 2).unwrap();
        let optimizer = OpenAiEsConfig { population: 8, ..Default::default() }
            .build(search.space(), search.objectives(), 4)
            .unwrap();
        let budget = Budget::generations(4);
        let finished = match threads {
            None => Executor::new(&Serial, budget).run(&search, optimizer),
            Some(threads) => Executor::new(&Parallel::with_threads(threads).unwrap(), budget).run(&search, optimizer),
        };
        finished.unwrap().optimizer.recommendation()
    };
    assert_eq!(run(None), run(Some(3)));
}

#[test]
fn evolution_finds_rules_that_beat_the_silent_one() {
    let search =
        TableSearch::new(ClassifierConfig::corrected(20, 10), small(), TableSearchConfig::default(), 7).unwrap();
    let config = OpenAiEsConfig { population: 16, sigma: 0.03, ..Default::default() };
    let optimizer = config.build(search.space(), search.objectives(), 1).unwrap();
    let finished = Executor::new(&Serial, Budget::generations(60)).run(&search, optimizer).unwrap();
    let rule = search.rules().decode(&finished.optimizer.recommendation().unwrap()).unwrap();
    let found = search.home().batch_accuracy(&rule, 5, 100, &AT).unwrap();
    assert!(found > 0.55, "{found}");
    assert_eq!(search.home().after_batches(&rule, 5, 100, &AT).unwrap().total(), 5 * 100);
}

#[test]
fn presets_have_the_weights_they_name() {
    let weights = |config: &ClassifierConfig| config.weights(50, 4, &AT);
    let rms = |w: &[f32]| (w.iter().map(|w| w * w).sum::<f32>() / w.len() as f32).sqrt();
    let literal = weights(&ClassifierConfig::literal(100, 50));
    assert!((rms(&literal.input) - 1.0).abs() < 0.05 && (rms(&literal.output) - 1.0).abs() < 0.15);
    let corrected = weights(&ClassifierConfig::corrected(100, 50));
    assert!((rms(&corrected.input) - 1.0 / 50.0_f32.sqrt()).abs() < 0.01);
    assert!((rms(&corrected.hidden) - 0.1).abs() < 0.005);
    assert!(corrected.output.iter().all(|w| *w == 0.0));
    let original = weights(&ClassifierConfig::original(100, 50));
    let share = original.hidden_mask.iter().sum::<f32>() / 1e4;
    assert!((share - 0.5).abs() < 0.02, "{share}");
    assert!(original.input.iter().zip(&original.input_mask).all(|(w, m)| (*w == 0.0) == (*m == 0.0)));
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |classifier: ClassifierConfig, source: Source, config: TableSearchConfig| {
        TableSearch::new(classifier, source, config, 1).err().unwrap().to_string()
    };
    let config = TableSearchConfig { horizons: vec![350], held_out: 51, ..Default::default() };
    assert_eq!(
        refused(output_only(20), small(), config),
        "longest horizon and held-out samples: found 401, expected at most 400, the training part"
    );
    let fixed = small().split(Scaling::Raw, &AT).unwrap();
    let config = TableSearchConfig { fresh_data: true, ..Default::default() };
    assert!(
        refused(output_only(20), Source::Fixed(fixed.clone().into()), config).starts_with("fresh_data: found true")
    );
    let config = TableSearchConfig { horizons: vec![], ..Default::default() };
    assert!(refused(output_only(20), small(), config).starts_with("horizons: found []"));
    let none = TableParts { input: false, hidden: false, output: false };
    assert!(refused(output_only(20).searching(none), small(), Default::default()).contains("searched tables"));
    let mut probability = output_only(20);
    probability.connection_probability = 0.0;
    assert!(refused(probability, small(), Default::default()).starts_with("connection_probability: found 0"));
    let empty = Split { test: fixed.test.chosen(&[]), ..fixed };
    let error = Classroom::new(output_only(20), Arc::new(empty), &AT).unwrap_err().to_string();
    assert_eq!(error, "training and test samples: found 400 and 0, expected at least one each");
    assert_eq!(Confusion::new(2).decided(), 0);
}
