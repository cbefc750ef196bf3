//! Decisions at the end of a trial: the laws of the generators.
#![allow(clippy::unwrap_used, missing_docs)]

mod match_to_sample;
mod noisy_mean;
mod phrases;
mod problem;
mod turn_off;

use evoplast_evolve::Address;
use evoplast_tasks::evidence::EvidenceConfig;

fn at(episode: u64) -> Address {
    Address { run: 5, generation: 2, candidate: 0, episode }
}

#[test]
fn tags_choose_the_task_and_wrong_fields_are_named() {
    for (kind, channels) in [("phrases", 50), ("noisy_mean", 1), ("match_to_sample", 2)] {
        let text = format!(r#"{{"kind": "{kind}"}}"#);
        let config: EvidenceConfig = serde_json::from_str(&text).unwrap();
        assert_eq!(config.build(1).unwrap().channels(), channels);
        let back: EvidenceConfig = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(back, config);
        let text = format!(r#"{{"kind": "{kind}", "surprise": 1}}"#);
        assert!(serde_json::from_str::<EvidenceConfig>(&text).unwrap_err().to_string().contains("surprise"));
    }
}

#[test]
fn all_candidates_of_a_generation_meet_the_same_batch_and_the_next_generation_another() {
    let task = EvidenceConfig::default().build(1).unwrap();
    let batch = |generation, candidate| task.batch(&Address { run: 1, generation, candidate, episode: 0 }, 4);
    assert_eq!(batch(3, 0), batch(3, 17));
    assert_ne!(batch(3, 0), batch(4, 0));
    assert_ne!(batch(3, 0)[0], batch(3, 0)[1]);
}

#[test]
fn steps_follow_from_the_time_step_of_the_network() {
    let task = EvidenceConfig::default().build(1).unwrap();
    assert_eq!((task.frame_steps(0.1).unwrap(), task.answer_steps(0.1).unwrap()), (40, 100));
    assert_eq!(task.frames() * task.frame_steps(0.1).unwrap(), 2000);
    let error = task.frame_steps(0.3).unwrap_err().to_string();
    assert!(error.contains("dt_ms") && error.contains("whole number"), "{error}");
    assert!(task.frame_steps(0.0).is_err() && task.frame_steps(f64::NAN).is_err() && task.frame_steps(-0.1).is_err());
}
