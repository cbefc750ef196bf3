//! Sample, delay and test, read back from the input.

use super::at;
use evoplast_tasks::evidence::{FramedInput, MatchToSample, MatchToSampleConfig};

/// Start, length and channel of every stimulus.
fn stimuli(frames: &[f32], channels: usize) -> Vec<(usize, usize, usize)> {
    let mut found: Vec<(usize, usize, usize)> = vec![];
    for (frame, input) in frames.chunks(channels).enumerate() {
        let on: Vec<usize> = (0..channels).filter(|c| input[*c] != 0.0).collect();
        assert!(on.len() <= 1, "one stimulus at a time");
        let Some(channel) = on.first() else { continue };
        match found.last_mut() {
            Some((start, length, last)) if *start + *length == frame && last == channel => *length += 1,
            _ => found.push((frame, 1, *channel)),
        }
    }
    found
}

#[test]
fn the_label_says_whether_the_test_is_the_sample_and_delays_fill_their_range() {
    let task = MatchToSample::new(MatchToSampleConfig { patterns: 3, ..MatchToSampleConfig::default() }).unwrap();
    assert_eq!(task.frames(), (20 + 50 + 150 + 50 + 20) / 5);
    let (mut delays, mut matches, mut others) = (vec![0; 31], 0, [0; 3]);
    for k in 0..1000 {
        let trial = task.trial(&at(k));
        let [sample, test] = stimuli(&trial.frames, 3)[..] else { panic!("two stimuli") };
        assert_eq!((sample.1, test.1, test.0 + test.1), (10, 10, task.frames() - 4));
        delays[test.0 - sample.0 - sample.1] += 1;
        assert_eq!(trial.label, usize::from(sample.2 == test.2));
        matches += trial.label;
        others[(test.2 + 3 - sample.2) % 3] += 1;
        let known = trial.running.iter().filter(|a| a.is_some()).count();
        assert!(known == 14 && trial.running.iter().flatten().all(|a| *a == trial.label));
    }
    assert!((440..560).contains(&matches), "{matches}");
    assert!(others[1] > 190 && others[2] > 190, "{others:?}");
    assert!(delays[..10].iter().all(|n| *n == 0) && delays[10..].iter().all(|n| *n > 20), "{delays:?}");
}

#[test]
fn bad_configurations_are_named() {
    let base = MatchToSampleConfig::default();
    for (config, name) in [
        (MatchToSampleConfig { patterns: 1, ..base.clone() }, "patterns"),
        (MatchToSampleConfig { delay_ms: (100.0, 50.0), ..base.clone() }, "delay_ms"),
        (MatchToSampleConfig { sample_ms: 52.0, ..base.clone() }, "sample_ms"),
        (MatchToSampleConfig { frame_ms: 0.0, ..base }, "frame_ms"),
    ] {
        let error = MatchToSample::new(config).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}
