//! What a session shows, and when it reaches the circuit.

use super::support::*;
use evoplast_evolve::Address;
use evoplast_tasks::change_detection::{HOLD_MS, LgnDrive, Timing, TrialConfig, TrialSet};
use evoplast_tasks::mouse_v1::lgn::{Presentation, Rates, SpatialResponse};
use evoplast_tasks::stimuli::StaticGrating;
use std::sync::Arc;

fn same(a: &TrialSet, b: &TrialSet, steps: std::ops::Range<u32>) -> bool {
    let n = circuit().len();
    steps.into_iter().all(|t| input(a, n, t) == input(b, n, t))
}

fn all_steps(config: TrialConfig) -> std::ops::Range<u32> {
    0..config.steps() as u32
}

#[test]
fn an_address_is_all_that_matters() {
    for lgn_drive in [LgnDrive::Graded, LgnDrive::Poisson] {
        let config = TrialConfig { lgn_drive, ..trials(4, 4) };
        let draw =
            |at: Address, component| TrialSet::draw(config, circuit(), &gratings(circuit()), &at, component).unwrap();
        let a = draw(AT, 0);
        for (other, component) in [
            (Address { generation: 1, ..AT }, 0),
            (Address { run: 4, ..AT }, 0),
            (Address { episode: 1, ..AT }, 0),
            (AT, 1),
        ] {
            let b = draw(other, component);
            assert_ne!(a.identity, b.identity, "{other:?}, component {component}: the same images");
            assert!(!same(&a, &b, 0..100), "{other:?}, component {component}: the same noise in the warm-up");
        }
        // Drawn again, after other sets were drawn.
        let again = draw(AT, 0);
        assert_eq!((&a.identity, &a.changed), (&again.identity, &again.changed));
        assert!(same(&a, &again, all_steps(config)));
    }
}

/// A candidate's own number does not reach its trials: all see the same.
#[test]
fn candidates_of_a_generation_share_their_trials() {
    let task = task(config(3, 3));
    let (a, b) = (task.trials(&AT).unwrap(), task.trials(&Address { candidate: 17, ..AT }).unwrap());
    assert!(Arc::ptr_eq(&a, &b));
    let next = task.trials(&Address { generation: 1, ..AT }).unwrap();
    assert_ne!(a[0].identity, next[0].identity);
    let again = task.trials(&AT).unwrap();
    assert_eq!(a[0].identity, again[0].identity);
    assert!(same(&a[1], &again[1], 0..400), "drawn anew after the cache was overwritten");
}

/// What is shown in training does not depend on how many validation trials follow.
#[test]
fn a_part_does_not_depend_on_the_length_of_the_next() {
    for lgn_drive in [LgnDrive::Graded, LgnDrive::Poisson] {
        let draw = |validation| {
            let config = TrialConfig { lgn_drive, ..trials(4, validation) };
            TrialSet::draw(config, circuit(), &gratings(circuit()), &AT, 0).unwrap()
        };
        let (short, long) = (draw(3), draw(9));
        assert_eq!(short.identity[..4], long.identity[..4]);
        assert!(same(&short, &long, 0..short.start_of(4)));
    }
}

#[test]
fn half_of_the_trials_are_changes() {
    let natural = natural_images(circuit());
    let gratings = gratings(circuit());
    let mut orders = Vec::new();
    for (training, validation, generation) in [(60, 60, 0), (60, 60, 1), (31, 24, 0), (1, 3, 0), (0, 5, 0)] {
        let at = Address { generation, ..AT };
        // Without warm-up and with a short cycle, drawing input for many trials costs little.
        let timing =
            Timing { gray_before_ms: 0, image_ms: 5, gray_after_ms: 0, response_from_ms: 0, response_to_ms: 5 };
        let config = TrialConfig { training, validation, warm_up_ms: 0, timing, ..TrialConfig::default() };
        for set in [
            TrialSet::draw(config, circuit(), &gratings, &at, 0).unwrap(),
            TrialSet::draw(config, circuit(), &natural, &at, 1).unwrap(),
        ] {
            assert_eq!((set.changed.len(), set.identity.len()), (training + validation, training + validation));
            for part in [0..training, training..training + validation].into_iter().filter(|p| !p.is_empty()) {
                let changed = &set.changed[part.clone()];
                assert!(!changed[0], "the first of a part has no predecessor");
                let changes = changed.iter().filter(|&&c| c).count();
                assert_eq!(changes, (part.len() - 1).div_ceil(2), "{part:?}");
                for k in part.start + 1..part.end {
                    assert_eq!(set.changed[k], set.identity[k] != set.identity[k - 1], "trial {k}");
                }
            }
            orders.push(set.changed);
        }
    }
    assert_ne!(orders[0], orders[2], "the order of another generation");
    assert_ne!(orders[0], orders[1], "the order of another domain");
}

#[test]
fn validation_shows_other_photographs_than_training() {
    let set = TrialSet::draw(trials(20, 20), circuit(), &natural_images(circuit()), &AT, 0).unwrap();
    assert!(set.identity[..20].iter().all(|&i| i < 3));
    assert!(set.identity[20..].iter().all(|&i| (3..5).contains(&i)));
}

/// Two sessions whose images are the same up to some trial have the same input up to the onset of that trial's image,
/// and another one soon after.
#[test]
fn an_image_acts_after_its_onset() {
    let c = shared_background();
    let see = |orientation| Arc::new(c.filters.see_grating(&StaticGrating::change_detection(orientation, 30.0)));
    let gray = Arc::new(SpatialResponse(vec![0.0; see(120.0).0.len()]));
    let config = trials(6, 3);
    let draw = |first: &Arc<SpatialResponse>, later: &Arc<SpatialResponse>| {
        let domain = Scripted { first: Arc::clone(first), later: Arc::clone(later) };
        TrialSet::draw(config, c, &domain, &AT, 0).unwrap()
    };
    let first_difference = |a: &TrialSet, b: &TrialSet| {
        let n = c.len();
        all_steps(config).find(|&t| input(a, n, t) != input(b, n, t)).unwrap()
    };
    // Another first image: from the first trial on.
    let (a, b) = (draw(&gray, &gray), draw(&see(125.0), &gray));
    let (onset, found) = (config.warm_up_ms + config.timing.gray_before_ms, first_difference(&a, &b));
    assert!((onset..onset + 60).contains(&found), "onset at {onset} ms, first difference at {found} ms");
    // The same first image and others later: from the first change on.
    let (a, b) = (draw(&see(125.0), &gray), draw(&see(125.0), &see(140.0)));
    assert_eq!(a.changed, b.changed);
    let change = a.changed.iter().position(|&x| x).unwrap();
    let (onset, found) = (a.start_of(change) + config.timing.gray_before_ms, first_difference(&a, &b));
    assert!(change > 0 && (onset..onset + 60).contains(&found), "onset at {onset} ms, first difference at {found} ms");
}

/// Graded input is 1.3 (1 - exp(-r/1000 Hz)) of the weight per ms (Chen et al. 2022), Poisson input r/1000 on average:
/// nearly 1.3 times as much, less where rates are high.
#[test]
fn graded_and_poisson_input_have_the_means_of_the_rates() {
    let c = shared_background();
    let image = Arc::new(c.filters.see_grating(&StaticGrating::change_detection(135.0, 60.0)));
    let domain = Scripted { first: Arc::clone(&image), later: Arc::clone(&image) };
    let (warm_up, cycle) = (200_i64, 300_i64);
    let config = |lgn_drive| TrialConfig { lgn_drive, ..trials(4, 4) };
    let graded = TrialSet::draw(config(LgnDrive::Graded), c, &domain, &AT, 0).unwrap();
    let poisson = TrialSet::draw(config(LgnDrive::Poisson), c, &domain, &AT, 0).unwrap();

    // The rates, computed here for the whole session at once.
    let shown: Vec<Presentation<'_>> =
        (0..8).map(|k| Presentation { onset_ms: warm_up + k * cycle + 50, image: &image }).collect();
    let steps = warm_up + 8 * cycle;
    let mut rates = Rates::default();
    c.filters.drive(&shown, 0..steps, &mut rates).unwrap();
    let weight: Vec<f64> =
        (0..rates.n_units()).map(|u| c.lgn.topology.row(u).map(|k| f64::from(c.lgn.initial[k])).sum()).collect();
    let (mut of_graded, mut of_poisson, mut variance) = (0.0, 0.0, 0.0);
    for (u, w) in weight.iter().enumerate() {
        for (t, &hz) in rates.unit(u).iter().enumerate() {
            let p = f64::from(hz) * 1e-3;
            of_poisson += w * p;
            variance += w * w * p;
            let held = t - t % HOLD_MS + HOLD_MS / 2;
            of_graded += w * 1.3 * (1.0 - (-1e-3 * f64::from(rates.unit(u)[held])).exp());
        }
    }
    let (mut found_graded, mut found_poisson) = (0.0, 0.0);
    for t in 0..steps as u32 {
        let now = input(&graded, c.len(), t);
        assert!(now.lgn.is_empty(), "graded input sends no spikes");
        found_graded += now.graded.iter().map(|&x| f64::from(x)).sum::<f64>();
        let now = input(&poisson, c.len(), t);
        assert!(now.graded.iter().all(|&x| x == 0.0), "Poisson input is not graded");
        found_poisson += now.lgn.iter().map(|&u| weight[u as usize]).sum::<f64>();
    }
    assert!((found_graded / of_graded - 1.0).abs() < 1e-4, "{found_graded} {of_graded}");
    assert!((found_poisson - of_poisson).abs() < 4.0 * variance.sqrt(), "{found_poisson} {of_poisson}");
    let ratio = found_graded / found_poisson;
    assert!((1.2..1.3).contains(&ratio), "graded over Poisson: {ratio}");
}

#[test]
fn background_has_its_rate_in_both_forms() {
    let config = trials(10, 10);
    let steps = config.steps() as u32;
    let c = shared_background();
    let shared = TrialSet::draw(config, c, &gratings(c), &AT, 0).unwrap();
    let spikes: usize = (0..steps).map(|t| input(&shared, c.len(), t).background.len()).sum();
    let mean = f64::from(steps);
    assert!((spikes as f64 - mean).abs() < 4.0 * mean.sqrt(), "1 kHz: {spikes} spikes in {steps} ms");

    // Independent sources: the graded input in excess of the LGN's has the mean of the weights.
    let independent = set(config);
    let excess: f64 = (0..steps)
        .map(|t| {
            let (with, without) = (input(&independent, c.len(), t).graded, input(&shared, c.len(), t).graded);
            with.iter().zip(&without).map(|(a, b)| f64::from(a - b)).sum::<f64>()
        })
        .sum();
    let weight: f64 = c.background.initial.iter().map(|&w| f64::from(w)).sum();
    let ratio = excess / (weight * f64::from(steps));
    assert!((ratio - 1.0).abs() < 0.01, "independent background: {ratio} of its mean");
}

#[test]
fn configurations_out_of_range_name_the_field() {
    let refused = |config: TrialConfig, field: &str| {
        let message = config.check().unwrap_err().to_string();
        assert!(message.starts_with(field) && message.contains("found") && message.contains("expected"), "{message}");
        assert!(TrialSet::draw(config, circuit(), &gratings(circuit()), &AT, 0).is_err());
    };
    let timing = |change: fn(&mut Timing)| {
        let mut config = trials(4, 4);
        change(&mut config.timing);
        config
    };
    refused(trials(4, 2), "trials.validation");
    refused(trials(100_001, 4), "trials.training");
    refused(trials(4, usize::MAX), "trials.validation");
    refused(TrialConfig { warm_up_ms: 501, ..trials(4, 4) }, "trials.timing");
    refused(timing(|t| t.image_ms = 0), "trials.timing");
    refused(timing(|t| t.gray_after_ms = 20_000), "trials.timing");
    refused(timing(|t| t.gray_after_ms = u32::MAX), "trials.timing");
    refused(timing(|t| t.response_to_ms = 305), "trials.timing.response_to_ms");
    refused(timing(|t| t.response_from_ms = 250), "trials.timing.response_to_ms");
    refused(TrialConfig { warm_up_ms: u32::MAX / 5 * 5, ..trials(4, 4) }, "trials.warm_up_ms");
}
