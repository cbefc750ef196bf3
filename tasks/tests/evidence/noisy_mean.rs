//! The noisy stimulus against the moments of an Ornstein-Uhlenbeck process.

use super::at;
use evoplast_tasks::evidence::{FramedInput, NoisyMean, NoisyMeanConfig};

#[test]
fn mean_deviation_and_correlation_are_those_asked_for() {
    let config = NoisyMeanConfig {
        mean: 0.3,
        tau_ms: 2.0,
        deviation: 0.5,
        duration_ms: 2000.0,
        frame_ms: 1.0,
        ..NoisyMeanConfig::default()
    };
    let task = NoisyMean::new(config).unwrap();
    let (mut square, mut next, mut count, mut sums) = (0.0, 0.0, 0.0, [(0.0, 0.0); 2]);
    for k in 0..40 {
        let trial = task.trial(&at(k));
        let sign = if trial.label == 1 { 1.0 } else { -1.0 };
        let x: Vec<f64> = trial.frames.iter().map(|s| f64::from(*s) - sign * 0.3).collect();
        square += x.iter().map(|x| x * x).sum::<f64>();
        next += x.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
        count += x.len() as f64;
        let sum = &mut sums[trial.label];
        *sum = (sum.0 + trial.frames.iter().map(|s| f64::from(*s)).sum::<f64>(), sum.1 + x.len() as f64);
    }
    for (label, expected) in [(0, -0.3), (1, 0.3)] {
        // Standard error 0.5 sqrt(2 tau / T): about 0.005 for 20 trials.
        let found = sums[label].0 / sums[label].1;
        assert!((found - expected).abs() < 0.025, "{label}: {found}");
    }
    assert!((square / count / 0.25 - 1.0).abs() < 0.05, "{}", square / count);
    let correlation = next / square;
    assert!((correlation - (-0.5_f64).exp()).abs() < 0.03, "{correlation}");
}

#[test]
fn the_published_times_give_20800_frames_and_the_running_answer_is_the_sign_of_the_sum() {
    let task = NoisyMean::new(NoisyMeanConfig::default()).unwrap();
    assert_eq!((task.frames(), task.answer_steps(0.025).unwrap()), (20_800, 800));
    let trial = task.trial(&at(1));
    let mut sum = 0.0;
    for (s, answer) in trial.frames.iter().zip(&trial.running) {
        sum += f64::from(*s);
        if f64::abs(sum) > 1e-3 {
            assert_eq!(*answer, Some(usize::from(sum > 0.0)));
        }
    }
    assert_eq!(trial, task.trial(&at(1)));
    assert_ne!(trial, task.trial(&at(2)));
}

#[test]
fn bad_configurations_are_named() {
    let base = NoisyMeanConfig::default();
    for (config, name) in [
        (NoisyMeanConfig { mean: 0.0, ..base.clone() }, "mean"),
        (NoisyMeanConfig { tau_ms: -1.0, ..base.clone() }, "tau_ms"),
        (NoisyMeanConfig { duration_ms: 520.01, ..base.clone() }, "duration_ms"),
        (NoisyMeanConfig { answer_ms: 521.0, ..base }, "answer_ms"),
    ] {
        let error = NoisyMean::new(config).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}
