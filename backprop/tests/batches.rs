//! What must not change a gradient: threads, lanes, checkpoints, trials of another batch. And what must stop one.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_backprop::{
    BackpropError, BpttOptions, CrossEntropy, Logits, MeanSquaredError, RateMean, RatePenalty, Surrogate, Traces,
    VoltagePenalty,
};
use evoplast_neuron::{Kinetics, NeuronConfig};
use evoplast_synapse::{Network, NetworkWeights};
use support::{MODELS, Net, kinetics, rasters, relative, slices};

const STEPS: usize = 80;

fn options() -> BpttOptions {
    BpttOptions {
        rates: Some(RatePenalty { weight: 1.0, target_per_ms: 0.02, mean: RateMean::EachTrial }),
        voltage: Some(VoltagePenalty { weight: 0.1, lower: -1.0, upper: -0.1 }),
        ..BpttOptions::default()
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let net = Net::random("alif", &kinetics()[2], 20, 5, 1);
    let trials = rasters(70, net.n_in, STEPS, 0.1, 2);
    let loss = CrossEntropy { labels: (0..70).map(|b| b % 2).collect(), window: 10..STEPS, logits: Logits::Mean };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut bptt = net.bptt::<f32>(options());
        pool.install(|| bptt.gradient(&slices(&trials), STEPS, &loss)).unwrap()
    };
    let one = run(1);
    for threads in [2, 3, 7] {
        let more = run(threads);
        assert_eq!(bits(&one.values), bits(&more.values), "{threads} threads");
        assert_eq!(one.total.to_bits(), more.total.to_bits());
    }
}

#[test]
fn checkpoints_do_not_change_a_bit_and_bound_the_memory() {
    for model in MODELS {
        let net = Net::random(model, &kinetics()[2], 20, 5, 3);
        let trials = rasters(10, net.n_in, STEPS, 0.1, 4);
        let loss = MeanSquaredError::new(Traces::zeros(STEPS, 2, 10));
        let whole = net.bptt::<f32>(options()).gradient(&slices(&trials), STEPS, &loss).unwrap();
        for segment in [1, 7, 16, 80, 1000] {
            let options = BpttOptions { segment_steps: Some(segment), ..options() };
            let parts = net.bptt::<f32>(options).gradient(&slices(&trials), STEPS, &loss).unwrap();
            assert_eq!(bits(&whole.values), bits(&parts.values), "{model}, segments of {segment}");
        }
        let truncated = |segment| {
            let options = BpttOptions { truncate_steps: Some(20), segment_steps: segment, ..options() };
            net.bptt::<f32>(options).gradient(&slices(&trials), STEPS, &loss).unwrap().values
        };
        assert_eq!(bits(&truncated(None)), bits(&truncated(Some(13))), "{model}");
        assert_ne!(bits(&truncated(None)), bits(&whole.values), "{model}");
    }
    let net = Net::random("lif", &kinetics()[1], 20, 1, 3);
    let bytes = |steps, segment_steps| {
        let trials = rasters(16, net.n_in, steps, 0.02, 4);
        let mut bptt = net.bptt::<f32>(BpttOptions { segment_steps, ..BpttOptions::default() });
        bptt.gradient(&slices(&trials), steps, &MeanSquaredError::new(Traces::zeros(steps, 2, 16))).unwrap();
        bptt.buffer_bytes()
    };
    let (taped, stored) = (bytes(4096, None), bytes(4096, Some(64)));
    assert!(taped > 4096 * 20 * 16 * 4, "{taped} bytes");
    assert!(stored < taped / 2, "{stored} bytes with checkpoints, {taped} without");
}

#[test]
fn the_number_of_lanes_does_not_change_a_gradient() {
    let net = Net::random("glif3", &kinetics()[1], 15, 3, 5);
    let trials = rasters(20, net.n_in, STEPS, 0.1, 6);
    let loss = MeanSquaredError::new(Traces::zeros(STEPS, 2, 20));
    let run = |lanes| {
        let mut bptt = net.bptt::<f64>(BpttOptions { lanes: Some(lanes), ..options() });
        let full = bptt.gradient(&slices(&trials), STEPS, &loss).unwrap().values;
        // Buffers of a batch are used again by the next one, which has fewer trials.
        let three = MeanSquaredError::new(Traces::zeros(STEPS, 2, 3));
        let fewer = bptt.gradient(&slices(&trials[..3]), STEPS, &three).unwrap().values;
        let mut fresh = net.bptt::<f64>(BpttOptions { lanes: Some(lanes), ..options() });
        assert_eq!(fewer, fresh.gradient(&slices(&trials[..3]), STEPS, &three).unwrap().values, "{lanes} lanes");
        full
    };
    let one = run(1);
    for lanes in [8, 16, 32] {
        assert!(relative(&run(lanes), &one) < 1e-12, "{lanes} lanes");
    }
}

#[test]
fn an_exploding_gradient_names_block_and_step_and_leaves_the_weights() {
    let net = Net::random("lif", &[Kinetics::delta()], 20, 1, 8);
    // A flat pseudo-derivative and strong weights: adjoints grow by a factor at every step back.
    let surrogate = Surrogate::FastSigmoid { slope: 0.01 };
    let mut bptt = net.bptt::<f32>(BpttOptions { surrogate, ..BpttOptions::default() });
    let strong: Vec<f32> = bptt.parameters().iter().map(|w| 100.0 * w).collect();
    bptt.set_parameters(&strong).unwrap();
    let trials = rasters(2, net.n_in, 400, 0.1, 9);
    let loss = MeanSquaredError::new(Traces::zeros(400, 2, 2));
    let error = bptt.gradient(&slices(&trials), 400, &loss).unwrap_err();
    let BackpropError::Exploded { block, step, .. } = &error else { panic!("{error}") };
    assert_eq!(block, "input source->cell");
    assert!(*step < 400, "step {step}");
    assert_eq!(error.to_string().lines().count(), 1);
    assert_eq!(bits(&bptt.parameters()), bits(&strong));
    // The same network is fine over a few steps.
    let short = MeanSquaredError::new(Traces::zeros(4, 2, 2));
    bptt.gradient(&slices(&trials), 4, &short).unwrap();
}

#[test]
fn what_has_no_derivative_or_the_wrong_shape_says_so() {
    let conductance = Kinetics { reversal_mv: Some(0.0), ..Kinetics::exponential(5.0) };
    let net = Net::random("lif", &[Kinetics::delta(), conductance], 10, 1, 8);
    let (mut network, ..) = net.network();
    let mut weights = NetworkWeights::new(&mut network);
    let error = evoplast_backprop::Bptt::<f32>::new(&mut weights, None, BpttOptions::default()).err().unwrap();
    assert_eq!(error, BackpropError::Conductance { port: 1, population: 0 });

    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(evoplast_neuron::LifConfig::default().build(3, 1.0).unwrap());
    let junctions = evoplast_synapse::GapJunctions::new(vec![[0, 1]], vec![1.0]).unwrap();
    network.couple(cells, cells, junctions).unwrap();
    let mut weights = NetworkWeights::new(&mut network);
    let error = evoplast_backprop::Bptt::<f32>::new(&mut weights, None, BpttOptions::default()).err().unwrap();
    assert_eq!(error, BackpropError::GapJunctions { a: 0, b: 0 });

    let mut network = Network::new(1.0).unwrap();
    network.add_population(evoplast_neuron::LifConfig::default().build(3, 1.0).unwrap());
    network.add_population(Box::new(opaque::Opaque));
    let mut weights = NetworkWeights::new(&mut network);
    let error = evoplast_backprop::Bptt::<f32>::new(&mut weights, None, BpttOptions::default()).err().unwrap();
    assert!(error.to_string().contains("`opaque`") && error.to_string().contains("lif, alif, glif3"), "{error}");

    let net = Net::random("lif", &kinetics()[0], 10, 1, 8);
    let mut bptt = net.bptt::<f32>(BpttOptions::default());
    let trials = rasters(2, net.n_in + 1, 10, 1.0, 9);
    let loss = MeanSquaredError::new(Traces::zeros(10, 2, 2));
    assert!(bptt.gradient(&slices(&trials), 10, &loss).unwrap_err().to_string().contains("unit of a source"));
    assert!(bptt.gradient(&[], 10, &loss).is_err());
    assert!(bptt.set_parameters(&[1.0]).unwrap_err().to_string().contains("[1]"));
    let trials = rasters(3, net.n_in, 10, 0.1, 9);
    let text = bptt.gradient(&slices(&trials), 10, &loss).unwrap_err().to_string();
    assert!(text.contains("[10, 2, 2]") && text.contains("[10, 2, 3]"), "{text}");
    let bad = BpttOptions { lanes: Some(5), ..BpttOptions::default() };
    assert!(bad.check().unwrap_err().to_string().contains("lanes"));
}

mod opaque {
    use evoplast_neuron::{NeuronError, Population};

    /// A population whose model nobody can differentiate.
    pub struct Opaque;

    impl Population for Opaque {
        fn model(&self) -> &'static str {
            "opaque"
        }
        fn len(&self) -> usize {
            1
        }
        fn ports(&self) -> usize {
            0
        }
        fn reset(&mut self) {}
        fn inject(&mut self, _: &[f32]) -> Result<(), NeuronError> {
            Ok(())
        }
        fn couple(&mut self, _: &[f32]) {}
        fn advance(&mut self, _: &mut [&mut [f32]], _: &mut Vec<u32>) {}
        fn variable(&self, _: &str) -> Option<&[f32]> {
            None
        }
        fn variables(&self) -> &'static [&'static str] {
            &[]
        }
        fn set_variable(&mut self, _: &str, _: &[f32]) -> Result<(), NeuronError> {
            Ok(())
        }
        fn current_pa(&self) -> &[f32] {
            &[0.0]
        }
        fn as_any(&self) -> &dyn std::any::Any {
            self
        }
    }
}
