//! Labels, rates and spikes of gratings as channels of the LGN see them.

use super::at;
use evoplast_tasks::change_detection::{GratingConfig, Phase};
use evoplast_tasks::rsnn::{GratingChange, GratingChangeConfig, InputConfig, LabelledInput};

fn two_orientations() -> GratingChange {
    let config =
        GratingChangeConfig { orientations_deg: vec![45.0, 135.0], cycles: 6, ..GratingChangeConfig::default() };
    GratingChange::new(config).unwrap()
}

#[test]
fn labels_follow_the_orientations() {
    let inputs = [GratingChange::new(GratingChangeConfig::default()).unwrap(), two_orientations()];
    for input in &inputs {
        let cycles = input.config().cycles;
        assert_eq!((input.steps(), input.window()), (300 * cycles, 350..300 * cycles));
        let (mut changes, mut ones) = (0, 0);
        for k in 0..100 {
            let (trial, orientations) = (input.trial(&at(0, k)), input.orientations(&at(0, k)));
            assert_eq!(
                (trial.label.len(), trial.input.steps(), orientations.len()),
                (300 * cycles, 300 * cycles, cycles)
            );
            for (t, &label) in trial.label.iter().enumerate() {
                // A grating is there from 50 ms after the start of its cycle; until the next one its answer stands.
                let cycle = (t + 250) / 300;
                let changed = cycle >= 2 && orientations[cycle - 1] != orientations[cycle - 2];
                assert_eq!(label, u8::from(changed), "trial {k}, step {t}");
            }
            assert_eq!(trial.change, trial.label.iter().position(|&y| y == 1));
            changes += orientations.windows(2).filter(|w| w[0] != w[1]).count();
            ones += trial.label[input.window()].iter().filter(|&&y| y == 1).count();
            assert!(orientations.iter().all(|o| match input.config().orientations_deg[..] {
                [] => (1200..=1500).contains(o),
                _ => [450, 1350].contains(o),
            }));
        }
        // Binomial with p = 1/2, four deviations; guessing is right half of the time.
        let n = 100.0 * (cycles - 1) as f64;
        assert!((changes as f64 - 0.5 * n).abs() < 2.0 * n.sqrt(), "{changes} of {n}");
        let share = ones as f64 / (100 * input.window().len()) as f64;
        assert!((share - 0.5).abs() < 2.0 / n.sqrt(), "{share}");
    }
}

/// Largest difference of the rates of two cycles, from the onset of the grating on.
fn difference(input: &GratingChange, candidate: u64, a: usize, b: usize) -> f32 {
    let rates = input.rates(&at(0, candidate));
    let channel = |c: usize| {
        let hz = rates.unit(c);
        (50..300).map(|t| (hz[300 * a + t] - hz[300 * b + t]).abs()).fold(0.0, f32::max)
    };
    (0..input.channels()).map(channel).fold(0.0, f32::max)
}

#[test]
fn two_presentations_of_one_grating_give_equal_rates_and_other_gratings_do_not() {
    let input = two_orientations();
    let (mut repeated, mut changed) = (0, 0);
    for k in 0..200 {
        let o = input.orientations(&at(0, k));
        // A grating acts for less than three cycles, so those before the two have to be the same as well.
        let same_past = (o[0], o[1], o[2]) == (o[1], o[2], o[3]);
        if same_past && o[4] == o[3] {
            assert!(difference(&input, k, 3, 4) < 1e-3);
            repeated += 1;
        } else if same_past {
            assert!(difference(&input, k, 3, 4) > 40.0);
            changed += 1;
        }
    }
    assert!(repeated > 3 && changed > 3, "{repeated} and {changed}");
}

#[test]
fn every_channel_responds_and_spikes_have_its_rate() {
    let input = GratingChange::new(GratingChangeConfig::default()).unwrap();
    let mut counts = [0.0; 16];
    let (mut expected, mut peak, mut least) = ([0.0; 16], [0.0_f32; 16], [f32::MAX; 16]);
    for k in 0..60 {
        let (trial, rates) = (input.trial(&at(0, k)), input.rates(&at(0, k)));
        for c in 0..16 {
            for (t, &hz) in rates.unit(c).iter().enumerate() {
                // A step has a spike or none.
                expected[c] += 1.0 - (-1e-3 * f64::from(hz)).exp();
                counts[c] += f64::from(trial.input.at(t).unwrap().contains(&(c as u32)) as u8);
                peak[c] = peak[c].max(hz);
                least[c] = least[c].min(hz);
            }
        }
    }
    for c in 0..16 {
        let error = 4.0 * expected[c].sqrt();
        assert!((counts[c] - expected[c]).abs() < error, "channel {c}: {} for {}", counts[c], expected[c]);
        assert!(peak[c] - least[c] > 4.0 * 10.0, "channel {c} does not respond: {} to {} Hz", least[c], peak[c]);
    }
    // About the mean rate of the channels of `Coherence`, 35 Hz.
    let mean_hz = expected.iter().sum::<f64>() / (16.0 * 60.0 * 1.2);
    assert!((20.0..50.0).contains(&mean_hz), "{mean_hz} Hz");
}

#[test]
fn the_gain_multiplies_rates() {
    let rates = |gain| {
        let config = GratingChangeConfig { gain, ..GratingChangeConfig::default() };
        GratingChange::new(config).unwrap().rates(&at(0, 0))
    };
    let (once, more) = (rates(1.0), rates(2.5));
    for c in 0..16 {
        assert!(once.unit(c).iter().zip(more.unit(c)).all(|(a, b)| *b == 2.5 * a));
    }
}

#[test]
fn trials_have_addresses_and_channels_a_seed() {
    let input = two_orientations();
    assert_eq!(input.trial(&at(1, 4)), two_orientations().trial(&at(1, 4)));
    assert_ne!(input.trial(&at(1, 4)).input, input.trial(&at(1, 5)).input);
    let same = InputConfig::Gratings(GratingChangeConfig { seed: 77, ..input.config().clone() });
    assert_eq!(same.build(1).unwrap().trial(&at(1, 4)), input.trial(&at(1, 4)));
    assert_ne!(same.build(2).unwrap().trial(&at(1, 4)).input, input.trial(&at(1, 4)).input);
    assert_eq!(input.orientations(&at(1, 4)).len(), 6);
}

#[test]
fn a_random_phase_makes_repetitions_other_pictures_with_the_same_label() {
    let gratings = GratingConfig { phase: Phase::Random, ..GratingConfig::default() };
    let config = GratingChangeConfig { gratings, change_probability: 0.0, ..GratingChangeConfig::default() };
    let input = GratingChange::new(config).unwrap();
    assert!(input.trial(&at(0, 0)).label.iter().all(|&y| y == 0) && input.trial(&at(0, 0)).change.is_none());
    assert!(difference(&input, 0, 2, 3) > 1.0);
}

#[test]
fn bad_parameters_are_named() {
    for (text, field) in [
        (r#"{"channels": 0}"#, "channels"),
        (r#"{"channels": 100000}"#, "channels"),
        (r#"{"cycles": 1}"#, "cycles"),
        (r#"{"cycles": 100000}"#, "cycles"),
        (r#"{"image_ms": 0}"#, "image_ms"),
        (r#"{"change_probability": 1.5}"#, "change_probability"),
        (r#"{"radius_deg": -1.0}"#, "radius_deg"),
        (r#"{"gain": 0.0}"#, "gain"),
        (r#"{"orientations_deg": [45.0]}"#, "orientations_deg"),
        (r#"{"orientations_deg": [45.0, 45.01]}"#, "orientations_deg"),
        (r#"{"orientations_deg": [45.0, 200.0]}"#, "orientations_deg"),
        (r#"{"gratings": {"contrast": 2.0}}"#, "contrast"),
        (r#"{"gratings": {"sf_cpd": -0.1}}"#, "sf_cpd"),
    ] {
        let config: GratingChangeConfig = serde_json::from_str(text).unwrap();
        let error = GratingChange::new(config).err().unwrap().to_string();
        assert!(error.contains(field), "{text}: {error}");
    }
    assert!(serde_json::from_str::<GratingChangeConfig>(r#"{"surprise": 1}"#).is_err());
    let unknown = serde_json::from_str::<InputConfig>(r#"{"kind": "gratings", "surprise": 1}"#);
    assert!(unknown.unwrap_err().to_string().contains("surprise"));
}
