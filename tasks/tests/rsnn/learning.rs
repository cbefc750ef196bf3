//! A small network learns the coherence task by backpropagation through time.

use evoplast_backprop::{Bptt, BpttOptions, MeanSquaredError, Readout, Traces, Trainer, updating};
use evoplast_evolve::{Adam, Address};
use evoplast_synapse::SpikeRaster;
use evoplast_tasks::rsnn::{Coherence, CoherenceConfig, LabelledInput, LabelledTrial, RsnnConfig};

const STEPS: usize = 300;

fn trials(task: &Coherence, batch: u64, count: u64) -> Vec<LabelledTrial> {
    (0..count).map(|k| task.trial(&Address { run: 1, generation: batch, candidate: 0, episode: k })).collect()
}

fn loss(trials: &[LabelledTrial]) -> MeanSquaredError<f32> {
    let mut target = Traces::zeros(STEPS, 1, trials.len());
    for (b, trial) in trials.iter().enumerate() {
        for (t, &y) in trial.label.iter().enumerate() {
            let at = target.at(t, 0, b);
            target.values[at] = y.into();
        }
    }
    // The first steps tell nothing yet.
    MeanSquaredError { target, window: 50..STEPS }
}

#[test]
fn the_error_falls_clearly_below_that_of_guessing() {
    let config = CoherenceConfig {
        steps: STEPS,
        change_steps: (120, 200),
        base_hz: (60.0, 120.0),
        depth: (0.5, 0.8),
        ..CoherenceConfig::default()
    };
    let task = Coherence::new(config).unwrap();
    let config = RsnnConfig {
        excitatory: 48,
        inhibitory: 12,
        input_mv: 12.0,
        inhibitory_factor: 1.5,
        output_tau_ms: 40.0,
        ..RsnnConfig::default()
    };
    let mut rsnn = config.build().unwrap();
    let types = rsnn.types.clone();
    let readout = Readout {
        name: "output".into(),
        population: rsnn.cells,
        wiring: rsnn.output.clone(),
        groups: types.iter().map(|t| (*t).to_owned()).collect(),
        tau_ms: rsnn.output_tau_ms,
    };
    let mut weights = rsnn.inner().unwrap();
    let mut model = Bptt::<f32>::new(&mut weights, Some(&readout), BpttOptions::default()).unwrap();
    assert!(model.layout().block("recurrent sst->pv").is_some());
    // Readout weights see every spike, so they take the smallest steps.
    let trainer = Trainer::new(&model).dale(&model);
    let trainer = trainer.learning_rate(&model, "input", 0.15).unwrap();
    let trainer = trainer.learning_rate(&model, "recurrent", 0.02).unwrap();
    let trainer = trainer.learning_rate(&model, "output", 0.003).unwrap();
    let mut adam = Adam::new(1.0);
    let mut update = updating(&mut adam);
    for batch in 0..100 {
        let trials = trials(&task, batch, 16);
        let slices: Vec<&[SpikeRaster]> = trials.iter().map(|t| std::slice::from_ref(&t.input)).collect();
        trainer.step(&mut model, &slices, STEPS, &loss(&trials), &mut update).unwrap();
    }
    let fresh = trials(&task, 1000, 64);
    let slices: Vec<&[SpikeRaster]> = fresh.iter().map(|t| std::slice::from_ref(&t.input)).collect();
    let error = model.gradient(&slices, STEPS, &loss(&fresh)).unwrap().loss;
    assert!(error < 0.15, "{error} on new trials, guessing gives 0.25");
}
