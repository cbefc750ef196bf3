//! The loss of a search is that of a gradient engine, and evaluations are independent of each other.

use super::{at, engine, short, small};
use evoplast_backprop::{BpttOptions, MeanSquaredError, RateMean, RatePenalty, Traces};
use evoplast_evolve::{Candidate, Evaluator, Objective, Parallel, Serial, Watch};
use evoplast_synapse::{SpikeRaster, Trainable};
use evoplast_tasks::rsnn::{LAYERS, RsnnConfig, WeightSearch, WeightSearchConfig, WeightUnit, decision, target};

fn search(outputs: usize) -> WeightSearch {
    let config = WeightSearchConfig { trials: 4, ..WeightSearchConfig::default() };
    WeightSearch::new(small(outputs), short(), config).unwrap()
}

#[test]
fn the_loss_is_that_of_a_gradient_engine() {
    for outputs in [1, 2] {
        let search = search(outputs);
        let trials = search.trials(&at(0, 0), 9);
        let score = search.score(search.initial(), &trials).unwrap();

        let rates = RatePenalty { weight: 0.1, target_per_ms: 0.02, mean: RateMean::BatchMean };
        let mut rsnn = small(outputs).build().unwrap();
        let mut engine = engine(&mut rsnn, BpttOptions { rates: Some(rates), ..BpttOptions::default() });
        let (steps, window) = (search.input().steps(), search.input().window());
        let mut targets = Traces::zeros(steps, outputs, trials.len());
        for (b, trial) in trials.iter().enumerate() {
            for (t, &label) in trial.label.iter().enumerate() {
                for o in 0..outputs {
                    let k = targets.at(t, o, b);
                    targets.values[k] = target(label, o, outputs);
                }
            }
        }
        let batch: Vec<&[SpikeRaster]> = trials.iter().map(|t| std::slice::from_ref(&t.input)).collect();
        let loss = MeanSquaredError { target: targets, window: window.clone() };
        let gradient = engine.gradient(&batch, steps, &loss).unwrap();
        let close = |found: f64, expected: f64, what: &str| {
            assert!((found - expected).abs() <= 1e-5 * expected.abs(), "{what}: {found}, expected {expected}");
        };
        close(score.error, gradient.loss, "error");
        close(score.rate_cost, gradient.rate_cost, "rate cost");
        close(score.loss(), gradient.total, "loss");

        let y = engine.forward(&batch, steps).unwrap();
        let mut right = 0;
        for (b, trial) in trials.iter().enumerate() {
            for t in window.clone() {
                let outputs: Vec<f32> = (0..outputs).map(|o| y.values[y.at(t, o, b)]).collect();
                right += usize::from(decision(&outputs) == trial.label[t]);
            }
        }
        let decided = window.len() * trials.len();
        assert!((score.accuracy * decided as f64 - right as f64).abs() < 1.5, "{} and {right}", score.accuracy);

        let (mut spikes, cells) = (0.0, rsnn.cells);
        engine.observe(&batch, steps, &mut |glance| spikes += glance.spikes(cells).sum::<f32>()).unwrap();
        let rate_hz = 1e3 * f64::from(spikes) / (44 * steps * trials.len()) as f64;
        close(score.rate_hz, rate_hz, "rate");
        assert!((5.0..100.0).contains(&rate_hz), "a network that tells nothing: {rate_hz} Hz");
    }
}

#[test]
fn weights_of_a_wrong_sign_or_number_are_named() {
    let search = search(1);
    let trials = search.trials(&at(0, 0), 1);
    let mut weights = search.initial().to_vec();
    assert!(search.score(&weights[2..], &trials).unwrap_err().to_string().contains("parameters"));
    weights[0] = -1.0;
    assert!(search.score(&weights, &trials).unwrap_err().to_string().contains("sign"));
    let genome: Vec<f64> = weights.iter().map(|&w| w.into()).collect();
    assert!(search.evaluate(&genome, &at(0, 0)).unwrap_err().reason.contains("sign"));
}

#[test]
fn all_candidates_of_a_generation_meet_the_same_trials() {
    let search = search(1);
    let genome: Vec<f64> = search.initial().iter().map(|&w| w.into()).collect();
    let first = search.evaluate(&genome, &at(1, 0)).unwrap();
    assert_eq!(first, search.evaluate(&genome, &at(1, 9)).unwrap());
    assert_ne!(first, search.evaluate(&genome, &at(2, 0)).unwrap());
    assert_eq!(first, search.evaluate(&genome, &at(1, 4)).unwrap());
    let score = search.score(search.initial(), &search.trials(&at(1, 0), 4)).unwrap();
    assert_eq!(first.objectives, [score.loss()]);
    assert_eq!(search.metrics(), ["error", "accuracy", "rate_hz"]);
    assert_eq!(first.metrics, [score.error, score.accuracy, score.rate_hz]);
}

/// Candidates far apart: what one leaves in a network that is used again would show in the next.
fn candidates(search: &WeightSearch) -> Vec<Candidate> {
    let genome = |id: u64| {
        let factor = [1.0, 0.0, 1.4, 0.7, 1.2, 0.1][id as usize % 6];
        Candidate { id, genome: search.initial().iter().map(|&w| factor * f64::from(w)).collect() }
    };
    (0..12).map(genome).collect()
}

#[test]
fn evaluations_depend_neither_on_threads_nor_on_what_ran_before() {
    let shared = search(1);
    let all = candidates(&shared);
    let with = |evaluator: &dyn Evaluator| evaluator.evaluate(&shared, &all, 3, 2, &Watch::nobody()).unwrap();
    let serial = with(&Serial);
    assert_eq!(serial, with(&Parallel::with_threads(2).unwrap()));
    assert_eq!(serial, with(&Parallel::with_threads(5).unwrap()));
    for (candidate, outcome) in all.iter().zip(&serial).rev() {
        let alone = search(1).evaluate(&candidate.genome, &at(2, candidate.id)).unwrap();
        assert_eq!(outcome.evaluation().unwrap(), &alone);
    }
}

#[test]
fn ranges_have_the_unit_that_was_chosen_and_the_sign_of_the_weight() {
    let build = |unit, limit| {
        WeightSearch::new(small(1), short(), WeightSearchConfig { unit, limit, ..WeightSearchConfig::default() })
    };
    let absolute = build(WeightUnit::Absolute, 20.0).unwrap();
    let relative = build(WeightUnit::LayerRms, 8.0).unwrap();
    for layer in LAYERS {
        let layout = absolute.layout();
        let own = layout.blocks.iter().filter(|b| b.name.starts_with(layer)).flat_map(|b| b.range.clone());
        let own: Vec<usize> = own.collect();
        let squares = own.iter().map(|&k| f64::from(absolute.initial()[k]).powi(2)).sum::<f64>();
        let rms = (squares / own.len() as f64).sqrt();
        for k in own {
            for (search, limit) in [(&absolute, 20.0), (&relative, 8.0 * rms)] {
                let gene = &search.space().variables()[k];
                let range = if search.initial()[k] < 0.0 { (-limit, 0.0) } else { (0.0, limit) };
                assert!((gene.lower - range.0).abs() + (gene.upper - range.1).abs() < 1e-9 * limit, "{}", gene.name);
                assert!(gene.name.starts_with(layer));
            }
        }
    }
    // The largest of the input weights, uniform in 0..14 mV.
    let error = build(WeightUnit::Absolute, 5.0).err().unwrap().to_string();
    assert!(error.contains("limit") && error.contains("input"), "{error}");
}

#[test]
fn genes_are_named_after_synapses_and_grouped_by_neuron() {
    let search = search(1);
    let places = small(1).build().unwrap().places();
    for (variable, (pre, post)) in search.space().variables().iter().zip(places) {
        let layer = variable.name.split(' ').next().unwrap();
        assert_eq!(variable.name, format!("{layer} {pre}->{post}"));
        let group = if layer == "input" { format!("in {post}") } else { format!("out {pre}") };
        assert_eq!(variable.group, group);
    }
}

#[test]
fn a_search_that_cannot_be_is_named() {
    let build = |network: RsnnConfig, trials| {
        let config = WeightSearchConfig { trials, ..WeightSearchConfig::default() };
        WeightSearch::new(network, short(), config).err().unwrap().to_string()
    };
    assert!(build(RsnnConfig { channels: 5, ..small(1) }, 4).contains("channels"));
    assert!(build(small(1), 0).contains("trials"));
    assert!(serde_json::from_str::<WeightSearchConfig>(r#"{"surprise": 1}"#).is_err());
}

#[test]
fn a_feed_forward_network_learns_with_input_and_output_alone() {
    let config = RsnnConfig { recurrent: false, ..small(1) };
    let mut rsnn = config.build().unwrap();
    let layout = rsnn.layout();
    let size = |layer: &str| layout.blocks.iter().filter(|b| b.name.starts_with(layer)).map(|b| b.range.len()).sum();
    let sizes: [usize; 3] = LAYERS.map(size);
    // 16 channels to .2 of 44 units, and .160 of 30 E and .252 of 14 I units read out.
    assert_eq!(sizes, [16 * 9, 0, 5 + 4]);
    assert_eq!(engine(&mut rsnn, BpttOptions::default()).parameters(), rsnn.read());
    let input = rsnn.network.projection(rsnn.input).wiring().clone();
    let read = |j: &u32| !rsnn.output.topology.row(*j as usize).is_empty();
    assert!(input.topology.targets().iter().any(read), "no read-out unit has input");
    let search = WeightSearch::new(config, short(), WeightSearchConfig::default()).unwrap();
    let trials = search.trials(&at(0, 0), 3);
    let before = search.score(search.initial(), &trials).unwrap();
    let stronger: Vec<f32> = search.initial().iter().map(|w| 1.2 * w).collect();
    assert_ne!(before, search.score(&stronger, &trials).unwrap());
}
