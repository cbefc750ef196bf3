//! Labels and rates of generated trials.

use evoplast_evolve::Address;
use evoplast_tasks::rsnn::{CHANNELS, Coherence, CoherenceConfig, LabelledInput};

fn at(episode: u64) -> Address {
    Address { run: 7, generation: 0, candidate: 0, episode }
}

#[test]
fn rates_are_those_of_the_label() {
    let task = Coherence::new(CoherenceConfig::default()).unwrap();
    let (mut count, mut time) = ([[0.0; CHANNELS]; 2], [0.0; 2]);
    for episode in 0..60 {
        let trial = task.trial(&at(episode));
        for (t, &y) in trial.label.iter().enumerate() {
            time[usize::from(y)] += 1e-3;
            trial.input.at(t).unwrap().iter().for_each(|&c| count[usize::from(y)][c as usize] += 1.0);
        }
    }
    for y in 0..2 {
        for c in 0..CHANNELS {
            let (found, expected) = (count[y][c] / time[y], task.rate_hz(c, y as u8));
            // Poisson error and that of the noise of rates over the frames, four deviations.
            let error = (expected / time[y]).sqrt() + 0.1 * 60.0 * (0.068 / time[y]).sqrt();
            assert!((found - expected).abs() < 4.0 * error, "channel {c}, label {y}: {found}, expected {expected} Hz");
        }
    }
    let prefer: Vec<usize> = (0..CHANNELS).filter(|&c| task.rate_hz(c, 1) > task.rate_hz(c, 0)).collect();
    assert_eq!(prefer, [0, 1, 2, 3, 8, 9, 10, 15]);
}

#[test]
fn half_of_the_trials_change_once_within_the_window() {
    let config = CoherenceConfig { steps: 400, change_steps: (100, 300), ..CoherenceConfig::default() };
    let task = Coherence::new(config).unwrap();
    let trials: Vec<_> = (0..2000).map(|k| task.trial(&at(k))).collect();
    let changed = trials.iter().filter(|t| t.change.is_some()).count();
    assert!((900..1100).contains(&changed), "{changed} of 2000");
    for trial in &trials {
        let switches: Vec<usize> = (1..400).filter(|&t| trial.label[t] != trial.label[t - 1]).collect();
        assert_eq!(switches, trial.change.into_iter().collect::<Vec<_>>());
        assert!(switches.iter().all(|t| (100..300).contains(t)));
    }
    assert_eq!(trials[3], task.trial(&at(3)));
    assert_ne!(trials[3].input, trials[4].input);
}

#[test]
fn bad_ranges_are_named() {
    let bad = CoherenceConfig { change_steps: (500, 5000), ..CoherenceConfig::default() };
    assert!(Coherence::new(bad).unwrap_err().to_string().contains("change_steps"));
    let bad = CoherenceConfig { depth: (0.5, 0.3), ..CoherenceConfig::default() };
    assert!(Coherence::new(bad).unwrap_err().to_string().contains("depth"));
}
