//! Search without selection: what drift alone does to layers of different sizes.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_evolve::{
    Address, Budget, Candidate, Evaluation, Evaluator, Executor, Failure, GeneticConfig, InitialPopulation, Objective,
    ObjectiveInfo, OpenAiEsConfig, OptimizerConfig, Parallel, RandomSelection, SearchSpace, Serial, Variable, Watch,
};

/// Genes of an input, a recurrent and an output layer.
const LAYERS: [usize; 3] = [60, 300, 40];

/// An objective that must not be evaluated.
struct Untouched {
    space: SearchSpace,
    objectives: Vec<ObjectiveInfo>,
    metrics: Vec<String>,
}

impl Untouched {
    fn new(objectives: usize) -> Self {
        let variables = (0..LAYERS.iter().sum()).map(|k| Variable::real(format!("w{k}"), -1.0, 1.0));
        Self {
            space: SearchSpace::new(variables.collect()).unwrap(),
            objectives: (0..objectives).map(|k| ObjectiveInfo::new(format!("loss {k}"), false)).collect(),
            metrics: vec!["accuracy".to_string()],
        }
    }
}

impl Objective for Untouched {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn metrics(&self) -> &[String] {
        &self.metrics
    }

    fn evaluate(&self, _: &[f64], _: &Address) -> Result<Evaluation, Failure> {
        panic!("evaluated")
    }
}

#[test]
fn values_have_addresses_and_nothing_to_do_with_genomes() {
    let drift = RandomSelection::new(Untouched::new(2));
    assert_eq!(drift.space().len(), 400);
    let names: Vec<_> = drift.objectives().iter().map(|info| (info.name.as_str(), info.noisy)).collect();
    assert_eq!(names, [("loss 0", true), ("loss 1", true)]);
    assert!(drift.metrics().is_empty() && drift.failure_kinds().is_empty() && !drift.inner().metrics().is_empty());
    let at = Address { run: 1, generation: 2, candidate: 3, episode: 0 };
    let values = |genome: &[f64], at: Address| drift.evaluate(genome, &at).unwrap().objectives;
    let here = values(&[0.0; 400], at);
    assert_eq!(here, values(&[0.5; 400], at));
    for other in [Address { run: 9, ..at }, Address { generation: 9, ..at }, Address { candidate: 9, ..at }] {
        assert!(here.iter().zip(values(&[0.0; 400], other)).all(|(a, b)| *a != b));
    }
    // Uniform: mean 1/2 with standard error .0032, second moment 1/3 with .0033, no correlation of the two objectives.
    let all: Vec<Vec<f64>> = (0..8000).map(|candidate| values(&[], Address { candidate, ..at })).collect();
    let mean = |of: &dyn Fn(&Vec<f64>) -> f64| all.iter().map(of).sum::<f64>() / 8000.0;
    assert!((mean(&|v| v[0]) - 0.5).abs() < 0.013 && (mean(&|v| v[1] * v[1]) - 1.0 / 3.0).abs() < 0.014);
    assert!(mean(&|v| (v[0] - 0.5) * (v[1] - 0.5)).abs() < 0.004); // standard error 1/12/sqrt(8000) = .0009
    assert!(all.iter().flatten().all(|v| (0.0..1.0).contains(v)));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let drift = RandomSelection::new(Untouched::new(1));
    let candidates: Vec<_> = (0..40).map(|id| Candidate { id, genome: vec![0.1; 400] }).collect();
    let with = |evaluator: &dyn Evaluator| evaluator.evaluate(&drift, &candidates, 7, 3, &Watch::nobody()).unwrap();
    let serial = with(&Serial);
    assert_eq!(serial, with(&Parallel::with_threads(2).unwrap()));
    assert_eq!(serial, with(&Parallel::with_threads(5).unwrap()));
}

/// Squared norms of the change of every layer from a common start to the mean of the search, or to a member of the last
/// generation where it has none (the best genome seen is of a random generation), one row per seed.
fn energies(config: &dyn OptimizerConfig, seeds: u64, generations: u64, mean: bool) -> Vec<[f64; 3]> {
    let drift = RandomSelection::new(Untouched::new(1));
    let one = |seed| {
        let search = config.build(drift.space(), drift.objectives(), seed).unwrap();
        let finished = Executor::new(&Serial, Budget::generations(generations)).run(&drift, search).unwrap();
        let mut search = finished.optimizer;
        let end = if mean { search.recommendation().unwrap() } else { search.ask().unwrap().swap_remove(0).genome };
        let mut rest = end.as_slice();
        LAYERS.map(|size| {
            let (own, after) = rest.split_at(size);
            rest = after;
            own.iter().map(|w| w * w).sum() // from 0
        })
    };
    (0..seeds).map(one).collect()
}

/// Mean over seeds and its standard error.
fn mean_and_error(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// Genes are exchangeable under drift, so a layer of n of N genes has the share n / N of the squared norm in expectation,
/// exactly. Shares of the norm then go with sqrt(n), but for the bias of a root of a sum of few squares (Jensen), which
/// is largest in the smallest layer.
#[track_caller]
fn follows_the_isotropic_null(name: &str, energies: &[[f64; 3]]) {
    let genes: usize = LAYERS.iter().sum();
    let roots: f64 = LAYERS.iter().map(|&n| (n as f64).sqrt()).sum();
    for (layer, &size) in LAYERS.iter().enumerate() {
        let share = |row: &[f64; 3]| row[layer] / row.iter().sum::<f64>();
        let (mean, error) = mean_and_error(energies.iter().map(share));
        let expected = size as f64 / genes as f64;
        assert!(error > 0.0 && error < 0.1 * expected, "{name}, layer {layer}: error {error}");
        assert!((mean - expected).abs() < 4.0 * error, "{name}, layer {layer}: {mean} +- {error} for {expected}");
        let share = |row: &[f64; 3]| row[layer].sqrt() / row.iter().map(|e| e.sqrt()).sum::<f64>();
        let (mean, error) = mean_and_error(energies.iter().map(share));
        let expected = (size as f64).sqrt() / roots;
        assert!((mean - expected).abs() < 4.0 * error + 0.02, "{name}, layer {layer}: {mean} for {expected}");
    }
}

#[test]
fn layers_drift_in_proportion_to_the_root_of_their_size() {
    let genes = LAYERS.iter().sum();
    let genetic = GeneticConfig {
        population: 12,
        elites: 0, // an elite's luck would stop the drift
        mutation_eta: 5.0,
        initial: InitialPopulation { genomes: vec![vec![0.0; genes]; 12], ..Default::default() },
        ..Default::default()
    };
    follows_the_isotropic_null("genetic algorithm", &energies(&genetic, 60, 300, false));
    let strategy = OpenAiEsConfig { population: 10, ..Default::default() };
    follows_the_isotropic_null("OpenAI-ES", &energies(&strategy, 40, 25, true));
}
