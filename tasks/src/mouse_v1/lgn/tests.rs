//! Published reference rates, and the fast paths against direct convolution.
#![allow(clippy::unwrap_used)]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::mouse_v1::tables::LGN_CLASSES;
use crate::stimuli::{DriftingGrating, Image, StaticGrating};

fn units() -> Vec<LgnUnit> {
    lgn_units(&mut ChaCha8Rng::seed_from_u64(7))
}

/// A few units of every class within the field, away from its border.
fn sample(units: &[LgnUnit], per_class: usize) -> Vec<usize> {
    let inside = |u: &LgnUnit| {
        let (x, y) = u.position_deg();
        (40.0..200.0).contains(&x) && (30.0..90.0).contains(&y)
    };
    (0..LGN_CLASSES.len())
        .flat_map(|c| (0..units.len()).filter(move |&i| units[i].class == c && inside(&units[i])).take(per_class))
        .collect()
}

fn largest_difference(a: &Rates, b: &Rates) -> f32 {
    assert_eq!((a.n_units(), a.n_ms()), (b.n_units(), b.n_ms()));
    (0..a.n_units()).flat_map(|i| a.unit(i).iter().zip(b.unit(i))).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

#[test]
fn gray_gives_spontaneous_rates() {
    let units = units();
    let selection = sample(&units, 3);
    let filters = LgnFilters::new(&units, &selection, 100).unwrap();
    let mut rates = Rates::default();
    filters.drive(&[], 0..5, &mut rates).unwrap();
    for (i, &u) in selection.iter().enumerate() {
        assert!(rates.unit(i).iter().all(|&r| (f64::from(r) - units[u].spont_hz()).abs() < 1e-6));
    }
}

/// Class means for the grating of the released files (0.04 cycles/deg, 2 Hz, contrast 1, 270 deg).
#[test]
fn grating_rates_of_the_classes() {
    let units = units();
    let all: Vec<usize> = (0..units.len()).collect();
    let filters = LgnFilters::new(&units, &all, 100).unwrap();
    let grating = DriftingGrating { contrast: 1.0, ..DriftingGrating::recorded(270.0) };
    let mut rates = Rates::default();
    filters.drifting_grating_rates(&grating, 0..500, &mut rates).unwrap();
    let mut wrong = Vec::new();
    for (c, class) in LGN_CLASSES.iter().enumerate() {
        let members: Vec<usize> = (0..units.len()).filter(|&i| units[i].class == c).collect();
        let sum: f64 = members.iter().flat_map(|&i| rates.unit(i)).map(|&r| f64::from(r)).sum();
        let mean = sum / (500 * members.len()) as f64;
        if (mean / class.ref_grating_hz - 1.0).abs() > 0.12 {
            wrong.push((class.name, mean, class.ref_grating_hz));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!((rates.mean_hz() / 7.1 - 1.0).abs() < 0.08, "mean over all units {}", rates.mean_hz());
}

#[test]
fn images_on_gray_equal_the_movie() {
    let units = units();
    let selection = sample(&units, 2);
    let filters = LgnFilters::new(&units, &selection, 100).unwrap();
    let images = [130.0, 141.0, 130.0].map(|o| StaticGrating::change_detection(o, 40.0).image().unwrap());
    let gray = Image::uniform(0.0);
    let shown = |t: i64| if (50..150).contains(&(t % 300)) { &images[(t / 300) as usize] } else { &gray };
    let mut movie = Rates::default();
    filters.movie_rates((0..900).map(shown), &mut movie);
    let seen: Vec<SpatialResponse> = images.iter().map(|i| filters.see(i)).collect();
    let presentations: Vec<Presentation<'_>> =
        seen.iter().enumerate().map(|(k, image)| Presentation { onset_ms: 300 * k as i64 + 50, image }).collect();
    let mut fast = Rates::default();
    filters.drive(&presentations, 0..900, &mut fast).unwrap();
    assert!(largest_difference(&fast, &movie) < 1e-4, "{}", largest_difference(&fast, &movie));
    assert!(movie.mean_hz() > 4.5, "the images must move the rates: {}", movie.mean_hz());

    // any window of the same trial gives the same numbers
    let mut window = Rates::default();
    filters.drive(&presentations, 600..900, &mut window).unwrap();
    for i in 0..fast.n_units() {
        assert_eq!(fast.unit(i)[600..], *window.unit(i));
    }
}

#[test]
fn drifting_grating_equals_the_movie_once_settled() {
    let units = units();
    // composites are at most a few degrees wide, too: every class is within reach of the tabled window
    let selection = sample(&units, 2);
    let filters = LgnFilters::new(&units, &selection, 1).unwrap();
    for direction in [0.0, 45.0, 270.0] {
        let grating = DriftingGrating::recorded(direction);
        let frames: Vec<Image> = (0..500).map(|t| grating.frame(f64::from(t)).unwrap()).collect();
        let mut movie = Rates::default();
        filters.movie_rates((0..1250).map(|t| &frames[t % 500]), &mut movie);
        let mut fast = Rates::default();
        filters.drifting_grating_rates(&grating, 0..1250, &mut fast).unwrap();
        // the movie starts from gray; the longest kernel lasts 625 ms
        for (i, &u) in selection.iter().enumerate() {
            for t in 750..1250 {
                let difference = (movie.unit(i)[t] - fast.unit(i)[t]).abs();
                assert!(difference < 2e-3, "{} at {t} ms: {difference}", LGN_CLASSES[units[u].class].name);
            }
        }
    }
}

#[test]
fn filters_refuse_what_does_not_fit() {
    let units = units();
    assert!(LgnFilters::new(&units, &[units.len()], 100).is_err());
    assert!(LgnFilters::new(&units, &[0], 0).is_err());
    let filters = LgnFilters::new(&units, &[0, 1], 100).unwrap();
    let other = LgnFilters::new(&units, &[0], 100).unwrap().see(&Image::uniform(1.0));
    let presentation = [Presentation { onset_ms: 0, image: &other }];
    assert!(filters.drive(&presentation, 0..10, &mut Rates::default()).is_err());
    let grating = DriftingGrating { contrast: f64::NAN, ..DriftingGrating::recorded(0.0) };
    assert!(filters.drifting_grating_rates(&grating, 0..10, &mut Rates::default()).is_err());
}

#[test]
#[allow(clippy::reversed_empty_ranges)]
fn empty_ranges_and_selections() {
    let units = units();
    let mut rates = Rates::default();
    let filters = LgnFilters::new(&units, &[], 100).unwrap();
    filters.drive(&[], 0..10, &mut rates).unwrap();
    assert_eq!((rates.n_units(), rates.mean_hz(), filters.memory_ms()), (0, 0.0, 0));
    let filters = LgnFilters::new(&units, &[3], 100).unwrap();
    filters.drive(&[], 10..0, &mut rates).unwrap();
    assert_eq!((rates.n_units(), rates.n_ms()), (0, 0));
    let mut spikes = SpikeLists::default();
    poisson_spikes(&rates, &mut ChaCha8Rng::seed_from_u64(0), &mut spikes);
    assert_eq!((spikes.n_ms(), spikes.n_spikes(), spikes.at(0).len()), (0, 0, 0));
}

#[test]
fn spikes_are_poisson() {
    let units = units();
    let selection: Vec<usize> = (0..400).collect();
    let filters = LgnFilters::new(&units, &selection, 100).unwrap();
    let image = filters.see(&Image::uniform(1.0));
    let mut rates = Rates::default();
    filters.drive(&[Presentation { onset_ms: 100, image: &image }], 0..600, &mut rates).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut spikes = SpikeLists::default();
    let repeats = 300;
    let (mut per_bin, mut per_unit, mut squares) = ([0.0; 6], vec![0.0; selection.len()], vec![0.0; selection.len()]);
    for _ in 0..repeats {
        poisson_spikes(&rates, &mut rng, &mut spikes);
        let mut count = vec![0.0; selection.len()];
        for t in 0..spikes.n_ms() {
            assert!(spikes.at(t).is_sorted());
            per_bin[t / 100] += spikes.at(t).len() as f64;
            spikes.at(t).iter().for_each(|&u| count[u as usize] += 1.0);
        }
        for (k, c) in count.iter().enumerate() {
            per_unit[k] += c;
            squares[k] += c * c;
        }
    }
    // expected counts follow the rate in time ...
    for (bin, &n) in per_bin.iter().enumerate() {
        let expected: f64 = (0..selection.len())
            .flat_map(|i| &rates.unit(i)[100 * bin..100 * bin + 100])
            .map(|&hz| 1e-3 * f64::from(hz) * f64::from(repeats))
            .sum();
        assert!((n - expected).abs() < 4.5 * expected.sqrt(), "bin {bin}: {n} against {expected}");
    }
    // ... and their variance over repetitions equals their mean
    let fano: Vec<f64> = (0..selection.len())
        .filter(|&k| per_unit[k] > 0.0)
        .map(|k| {
            let mean = per_unit[k] / f64::from(repeats);
            (squares[k] / f64::from(repeats) - mean * mean) / mean
        })
        .collect();
    let mean = fano.iter().sum::<f64>() / fano.len() as f64;
    assert!((mean - 1.0).abs() < 0.02, "Fano factor {mean}");
}

#[test]
fn spikes_depend_on_the_seed_alone() {
    let units = units();
    let filters = LgnFilters::new(&units, &[5, 900, 16_000], 100).unwrap();
    let mut rates = Rates::default();
    filters.drive(&[], -50..450, &mut rates).unwrap();
    let draw = |seed, lists: &mut SpikeLists| poisson_spikes(&rates, &mut ChaCha8Rng::seed_from_u64(seed), lists);
    let (mut a, mut b) = (SpikeLists::default(), SpikeLists::default());
    draw(1, &mut a);
    draw(2, &mut b);
    assert!(a.t0_ms() == -50 && a.n_ms() == 500 && a.n_spikes() > 0 && a != b);
    draw(1, &mut b);
    assert_eq!(a, b);
}
