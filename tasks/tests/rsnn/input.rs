//! Inputs by their tags.

use evoplast_evolve::Address;
use evoplast_tasks::rsnn::{Coherence, CoherenceConfig, InputConfig, LabelledInput};

#[test]
fn a_tag_chooses_the_input_and_the_seed_replaces_that_of_the_file() {
    let text = r#"{"kind": "coherence", "seed": 3, "steps": 600, "change_steps": [200, 400]}"#;
    let config: InputConfig = serde_json::from_str(text).unwrap();
    let built = config.build(9).unwrap();
    let same = CoherenceConfig { seed: 9, steps: 600, change_steps: (200, 400), ..CoherenceConfig::default() };
    let same = Coherence::new(same).unwrap();
    assert_eq!((built.channels(), built.steps(), built.window()), (16, 600, 0..600));
    let at = Address { run: 1, generation: 2, candidate: 0, episode: 3 };
    assert_eq!(built.trial(&at), same.trial(&at));
    assert_ne!(built.trial(&at), config.build(3).unwrap().trial(&at));
    let back: InputConfig = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
    assert_eq!(back, config);
}

#[test]
fn wrong_tags_fields_and_numbers_are_named() {
    for (text, name) in [(r#"{"kind": "films"}"#, "films"), (r#"{"kind": "coherence", "surprise": 1}"#, "surprise")] {
        let error = serde_json::from_str::<InputConfig>(text).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
    let config: InputConfig = serde_json::from_str(r#"{"kind": "coherence", "frame_steps": 0}"#).unwrap();
    let error = config.build(1).err().unwrap().to_string();
    assert!(error.contains("frame_steps"), "{error}");
}
