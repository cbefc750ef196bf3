//! The law of the phrases.

use super::at;
use evoplast_tasks::evidence::{FramedInput, Phrases, PhrasesConfig, Word};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn counts(phrase: &[Word], classes: usize) -> Vec<usize> {
    (0..classes).map(|k| phrase.iter().filter(|w| **w == Word::Evidence(k)).count()).collect()
}

fn phrases(config: PhrasesConfig) -> Phrases {
    Phrases::new(config).unwrap()
}

/// Every triple with a sum of at most 4 and a single largest number is as likely as every other.
#[test]
fn scores_are_uniform_over_all_that_have_a_leader() {
    let task = phrases(PhrasesConfig { words: 4, ..PhrasesConfig::default() });
    let mut allowed = BTreeMap::new();
    for a in 0..=4_usize {
        for b in 0..=4 - a {
            for c in 0..=4 - a - b {
                let most = a.max(b).max(c);
                if [a, b, c].iter().filter(|n| **n == most).count() == 1 {
                    allowed.insert(vec![a, b, c], 0_usize);
                }
            }
        }
    }
    let draws = 20_000;
    for k in 0..draws {
        let found = counts(&task.phrase(&at(k)), 3);
        *allowed.get_mut(&found).unwrap_or_else(|| panic!("{found:?} has no leader or is too long")) += 1;
    }
    let expected = draws as f64 / allowed.len() as f64;
    let chi2: f64 = allowed.values().map(|n| (*n as f64 - expected).powi(2) / expected).sum();
    // 99.99 % point of the chi-squared distribution, by the approximation of Wilson and Hilferty.
    let freedom = allowed.len() as f64 - 1.0;
    let bound = freedom * (1.0 - 2.0 / (9.0 * freedom) + 3.72 * (2.0 / (9.0 * freedom)).sqrt()).powi(3);
    assert!(chi2 < bound, "{chi2} of {freedom} degrees of freedom, bound {bound}");
}

/// A word of evidence is as likely at the beginning of a phrase as at its end.
#[test]
fn phrases_are_shuffled() {
    let task = phrases(PhrasesConfig::default());
    let (mut first, mut second) = (0.0, 0.0);
    for k in 0..4000 {
        for (place, word) in task.phrase(&at(k)).iter().take(48).enumerate() {
            let evidence = f64::from(u8::from(matches!(word, Word::Evidence(_))));
            if place < 24 { first += evidence } else { second += evidence }
        }
    }
    assert!((first / second - 1.0_f64).abs() < 0.01, "{first} {second}");
}

#[test]
fn words_are_distinct_binary_vectors_of_the_scale_and_follow_the_seed_alone() {
    let all = |task: &Phrases| -> Vec<Vec<f32>> {
        let words = [Word::Evidence(0), Word::Evidence(1), Word::Evidence(2), Word::Null, Word::Delay, Word::End];
        words.iter().map(|w| task.vector(*w).to_vec()).collect()
    };
    let task = phrases(PhrasesConfig { channels: 4, ..PhrasesConfig::default() });
    let words = all(&task);
    for (k, word) in words.iter().enumerate() {
        assert!(word.iter().all(|x| *x == 0.0 || (x - 0.5_f32.sqrt()).abs() < 1e-7), "{word:?}");
        assert!(words[..k].iter().all(|other| other != word));
    }
    let published = phrases(PhrasesConfig::default());
    assert!(all(&published).iter().flatten().all(|x| *x == 0.0 || *x == 0.2));
    let delayed = phrases(PhrasesConfig { delay_words: (12, 50), words: 10, ..PhrasesConfig::default() });
    assert_eq!(all(&published), all(&delayed));
    assert_ne!(all(&published), all(&phrases(PhrasesConfig { seed: 2, ..PhrasesConfig::default() })));
}

#[test]
fn delays_take_all_values_of_their_range_just_before_the_end() {
    let task = phrases(PhrasesConfig { words: 5, delay_words: (2, 4), ..PhrasesConfig::default() });
    let mut seen = [0; 3];
    for k in 0..300 {
        let phrase = task.phrase(&at(k));
        let delay = phrase.iter().filter(|w| **w == Word::Delay).count();
        assert!(phrase[10 - 1 - delay..9].iter().all(|w| *w == Word::Delay), "{phrase:?}");
        assert!(phrase[..4 - delay].iter().all(|w| *w == Word::Null), "{phrase:?}");
        seen[delay - 2] += 1;
    }
    assert!(seen.iter().all(|n| (70..130).contains(n)), "{seen:?}");
}

#[test]
fn bad_configurations_are_named() {
    let base = PhrasesConfig::default();
    for (config, name) in [
        (PhrasesConfig { classes: 1, ..base.clone() }, "classes"),
        (PhrasesConfig { classes: 100, channels: 200, ..base.clone() }, "classes"),
        (PhrasesConfig { words: usize::MAX, ..base.clone() }, "words"),
        (PhrasesConfig { delay_words: (0, usize::MAX), ..base.clone() }, "delay_words"),
        (PhrasesConfig { words: 0, ..base.clone() }, "words"),
        (PhrasesConfig { delay_words: (3, 2), ..base.clone() }, "delay_words"),
        (PhrasesConfig { channels: 3, ..base.clone() }, "channels"),
        (PhrasesConfig { word_ms: f64::NAN, ..base.clone() }, "word_ms"),
        (PhrasesConfig { answer_ms: 201.0, ..base }, "answer_ms"),
    ] {
        let error = Phrases::new(config).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_phrase_has_its_length_its_end_and_the_leader_as_label(
        classes in 2_usize..6, words in 1_usize..60, least in 0_usize..10, more in 0_usize..10, episode: u64,
    ) {
        let config = PhrasesConfig { classes, words, delay_words: (least, least + more), ..PhrasesConfig::default() };
        let task = phrases(PhrasesConfig { answer_ms: 4.0, ..config });
        let here = at(episode);
        let (phrase, trial) = (task.phrase(&here), task.trial(&here));
        prop_assert_eq!(phrase.len(), words + least + more + 1);
        prop_assert_eq!(phrase.len(), task.frames());
        prop_assert_eq!(phrase.iter().filter(|w| **w == Word::End).count(), 1);
        prop_assert_eq!(phrase[phrase.len() - 1], Word::End);
        let n = counts(&phrase, classes);
        prop_assert!(n.iter().sum::<usize>() <= words);
        prop_assert!(n.iter().enumerate().all(|(k, m)| k == trial.label || *m < n[trial.label]), "{:?}", n);
        for (k, answer) in trial.running.iter().enumerate() {
            let n = counts(&phrase[..=k], classes);
            let most = *n.iter().max().unwrap();
            let alone = n.iter().filter(|m| **m == most).count() == 1;
            prop_assert_eq!(*answer, alone.then(|| n.iter().position(|m| *m == most).unwrap()));
        }
        let frames: Vec<f32> = phrase.iter().flat_map(|w| task.vector(*w)).copied().collect();
        prop_assert_eq!(frames, trial.frames);
    }
}
