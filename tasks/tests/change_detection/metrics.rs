//! The six objectives on results made by hand.

use evoplast_tasks::change_detection::{
    DomainResult, Evidence, METRICS, Recording, SYNCHRONY_BIN_MS, TrialOutcome, auc, pooled_auc, rates_hz,
    wasserstein_1,
};
use evoplast_tasks::mouse_v1::tables::{MEAN_RATE_DG_HZ, N_TYPES, QUANTILE_LEVELS_PERCENT, RATE_QUANTILES_DG_HZ};

fn trial(changed: bool, readout_hz: f64, reported: bool) -> TrialOutcome {
    TrialOutcome { changed, readout_hz, reported }
}

/// Neuron i fires every `every[i]` ms, counted from `i * stagger`, for a second; 0 is never.
fn recording(every: &[u32], stagger: u32) -> Recording {
    let mut r = Recording::new(every.len());
    for t in 0..1000_u32 {
        let fires = |i: &u32| {
            let period = every[*i as usize];
            period > 0 && (t + i * stagger).is_multiple_of(period)
        };
        r.step(&(0..every.len() as u32).filter(fires).collect::<Vec<u32>>());
    }
    r
}

fn domain(validation: Vec<TrialOutcome>, recording: Recording) -> DomainResult {
    DomainResult { training: vec![], validation, recording }
}

fn value(name: &str, domains: &[DomainResult], complexity: f64, type17: &[u16]) -> f64 {
    let metric = METRICS.iter().find(|m| m.name == name).unwrap();
    (metric.value)(&Evidence { domains, complexity, type17, rates_hz: &rates_hz(domains) })
}

/// First trial, then hits, misses, false alarms and correct rejections.
fn decisions(hits: usize, misses: usize, false_alarms: usize, rejections: usize) -> Vec<TrialOutcome> {
    let mut all = vec![trial(false, 99.0, true)];
    all.extend((0..hits).map(|_| trial(true, 12.0, true)));
    all.extend((0..misses).map(|_| trial(true, 8.0, false)));
    all.extend((0..false_alarms).map(|_| trial(false, 12.0, true)));
    all.extend((0..rejections).map(|_| trial(false, 8.0, false)));
    all
}

#[test]
fn names_units_and_noise() {
    let found = METRICS.map(|m| (m.name, m.unit, m.noisy));
    let expected = [
        ("error", "", true),
        ("complexity", "", false),
        ("max_rate_hz", "Hz", true),
        ("synchrony", "", true),
        ("rate_deviation_hz", "Hz", true),
        ("rate_wasserstein_hz", "Hz", true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn accuracy_is_the_mean_of_hits_and_correct_rejections() {
    let accuracy = |d: Vec<TrialOutcome>| domain(d, Recording::new(1)).accuracy();
    assert_eq!(accuracy(decisions(5, 0, 0, 5)), 1.0);
    assert_eq!(accuracy(decisions(0, 5, 5, 0)), 0.0);
    assert_eq!(accuracy(decisions(5, 0, 5, 0)), 0.5, "always yes");
    assert_eq!(accuracy(decisions(0, 5, 0, 5)), 0.5, "always no");
    assert_eq!(accuracy(decisions(3, 1, 1, 9)), 0.5 * (0.75 + 0.9), "unequal numbers");
    // The first trial does not count, whatever it was.
    let mut first_right = decisions(3, 1, 2, 2);
    first_right[0].reported = false;
    assert_eq!(accuracy(first_right), accuracy(decisions(3, 1, 2, 2)));
}

#[test]
fn more_right_decisions_are_more_accuracy() {
    let accuracies: Vec<f64> =
        (0..=10).map(|right| domain(decisions(right, 10 - right, 3, 7), Recording::new(1)).accuracy()).collect();
    assert!(accuracies.windows(2).all(|w| w[0] < w[1]), "{accuracies:?}");
    let accuracies: Vec<f64> =
        (0..=10).map(|wrong| domain(decisions(6, 4, wrong, 10 - wrong), Recording::new(1)).accuracy()).collect();
    assert!(accuracies.windows(2).all(|w| w[0] > w[1]), "{accuracies:?}");
}

#[test]
fn error_is_the_mean_over_domains() {
    let domains = [domain(decisions(5, 0, 0, 5), Recording::new(1)), domain(decisions(5, 0, 5, 0), Recording::new(1))];
    assert!((value("error", &domains, 0.0, &[0]) - 0.25).abs() < 1e-12);
    assert_eq!(value("error", &domains[..1], 0.0, &[0]), 0.0);
    assert!((pooled_auc(&domains) - 0.75).abs() < 1e-12, "perfect separation and none");
}

#[test]
fn auc_is_the_share_of_ordered_pairs_and_leaves_out_the_first_trial() {
    let d = domain(
        vec![trial(false, 1000.0, false), trial(true, 3.0, false), trial(false, 1.0, false), trial(false, 3.0, false)],
        Recording::new(1),
    );
    assert_eq!(d.auc(), 0.75, "one pair right, one tied");
    // It does not depend on the threshold, and any growing function of the readout gives the same.
    let mut same = d.clone();
    same.validation.iter_mut().for_each(|t| {
        t.reported = !t.reported;
        t.readout_hz = t.readout_hz.exp();
    });
    assert_eq!(d.auc(), same.auc());
    assert_eq!(auc(&[], &[]), 0.5);
    assert_eq!(domain(vec![], Recording::new(1)).auc(), 0.5);
}

#[test]
fn complexity_is_passed_on() {
    assert_eq!(value("complexity", &[domain(vec![], Recording::new(1))], 0.2, &[0]), 0.2);
}

#[test]
fn maximum_rate_is_of_the_mean_over_domains() {
    // 100, 10, 0 Hz in one domain, 10, 50, 0 Hz in the other
    let domains = [domain(vec![], recording(&[10, 100, 0], 1)), domain(vec![], recording(&[100, 20, 0], 1))];
    assert!((value("max_rate_hz", &domains, 0.0, &[0, 0, 0]) - 55.0).abs() < 1e-9);
    assert_eq!(value("max_rate_hz", &[domain(vec![], recording(&[0, 0], 0))], 0.0, &[0, 0]), 0.0);
}

#[test]
fn synchrony_grows_from_apart_to_together() {
    let n = 20_usize;
    let synchrony =
        |stagger| value("synchrony", &[domain(vec![], recording(&vec![100; n], stagger))], 0.0, &vec![0; n]);
    assert!((synchrony(0) - 1.0).abs() < 1e-9, "all at once: {}", synchrony(0));
    assert!(synchrony(1) < synchrony(0) && synchrony(1) > synchrony(SYNCHRONY_BIN_MS), "{}", synchrony(1));
    // 20 neurons, one per bin of 5 ms: the population's count is constant.
    assert!(synchrony(SYNCHRONY_BIN_MS).abs() < 1e-9, "{}", synchrony(SYNCHRONY_BIN_MS));
    // Nobody fires, or all fire without pause: 0, not 0/0.
    for every in [vec![0; n], vec![1; n]] {
        assert_eq!(value("synchrony", &[domain(vec![], recording(&every, 0))], 0.0, &vec![0; n]), 0.0);
    }
    let both = [domain(vec![], recording(&vec![100; n], 0)), domain(vec![], recording(&vec![100; n], 5))];
    assert!((value("synchrony", &both, 0.0, &vec![0; n]) - 0.5).abs() < 1e-9, "the mean over domains");
}

#[test]
fn rate_deviation_is_the_mean_distance_of_the_types_present() {
    // Type 1: 10 and 20 Hz; type 9: silent; other types are absent.
    let domains = [domain(vec![], recording(&[100, 50, 0], 1))];
    let expected = 0.5 * ((15.0 - MEAN_RATE_DG_HZ[1]).abs() + MEAN_RATE_DG_HZ[9]);
    assert!((value("rate_deviation_hz", &domains, 0.0, &[1, 1, 9]) - expected).abs() < 1e-9);
    // Farther from the mouse is worse on either side.
    let of = |every: u32| value("rate_deviation_hz", &[domain(vec![], recording(&[every], 0))], 0.0, &[9]);
    let hz = |every: u32| 1000.0 / f64::from(every);
    assert!(hz(200) < MEAN_RATE_DG_HZ[9] && MEAN_RATE_DG_HZ[9] < hz(100));
    assert!(of(200) < of(500) && of(500) < of(0) && of(100) < of(50) && of(50) < of(10));
}

#[test]
fn rate_distribution_is_the_distance_of_the_quantile_functions() {
    // One neuron per type: the distance of a point x from a distribution is the mean of |q - x|, integrated here.
    let every = [0, 40, 100];
    let types = [3_u16, 5, 9];
    let mean_distance = |x: f64, q: &[f64; QUANTILE_LEVELS_PERCENT.len()]| {
        let level = |p: f64| {
            let k = QUANTILE_LEVELS_PERCENT.iter().position(|l| *l / 100.0 >= p).unwrap().max(1);
            let (a, b) = (QUANTILE_LEVELS_PERCENT[k - 1] / 100.0, QUANTILE_LEVELS_PERCENT[k] / 100.0);
            q[k - 1] + (q[k] - q[k - 1]) * (p - a) / (b - a)
        };
        let steps = 20_000;
        (0..steps).map(|s| (level((f64::from(s) + 0.5) / f64::from(steps)) - x).abs()).sum::<f64>() / f64::from(steps)
    };
    let rates = [0.0, 25.0, 10.0];
    let expected: f64 =
        rates.iter().zip(types).map(|(&x, t)| mean_distance(x, &RATE_QUANTILES_DG_HZ[usize::from(t)])).sum::<f64>()
            / 3.0;
    let found = value("rate_wasserstein_hz", &[domain(vec![], recording(&every, 1))], 0.0, &types);
    assert!((found - expected).abs() < 1e-3, "{found}, expected {expected}");
    // A larger shift from the mouse's own distribution is a larger distance.
    let own: Vec<f64> = RATE_QUANTILES_DG_HZ[9].to_vec();
    let shifted = |hz: f64| wasserstein_1(&own.iter().map(|x| x + hz).collect::<Vec<_>>(), &RATE_QUANTILES_DG_HZ[9]);
    let distances = [0.0, 5.0, 10.0, 20.0].map(shifted);
    assert!(distances.windows(2).all(|w| w[0] < w[1]), "{distances:?}");
    assert!(wasserstein_1(&[], &RATE_QUANTILES_DG_HZ[9]).is_finite());
}

#[test]
fn the_order_of_neurons_within_a_type_does_not_matter() {
    let every = [10, 37, 0, 100, 55, 80, 250, 23];
    let types = [1, 1, 1, 4, 4, 9, 9, 9];
    let permuted = [2, 0, 1, 4, 3, 7, 5, 6].map(|i| every[i]);
    // Without stagger a neuron's spike times depend on its period alone.
    let (a, b) = (recording(&every, 0), recording(&permuted, 0));
    assert_ne!(a, b);
    let (a, b) = ([domain(decisions(3, 1, 2, 2), a)], [domain(decisions(3, 1, 2, 2), b)]);
    for m in METRICS {
        let (x, y) = (value(m.name, &a, 0.2, &types), value(m.name, &b, 0.2, &types));
        assert!((x - y).abs() <= 1e-12 * x.abs(), "{}: {x} and {y}", m.name);
    }
    // Between types it does.
    let other_types = [9, 1, 1, 4, 4, 1, 9, 9];
    assert_ne!(value("rate_deviation_hz", &a, 0.2, &types), value("rate_deviation_hz", &a, 0.2, &other_types));
}

#[test]
fn every_metric_is_finite_at_the_extremes() {
    let types: Vec<u16> = (0..N_TYPES as u16).collect();
    for recording in [
        Recording::new(N_TYPES),
        recording(&[0; N_TYPES], 0),
        recording(&[1; N_TYPES], 0),
        recording(&[1000; N_TYPES], 0),
    ] {
        for validation in [vec![], decisions(0, 0, 0, 0), decisions(0, 3, 0, 0), decisions(0, 0, 3, 0)] {
            let domains = [domain(validation.clone(), recording.clone())];
            for m in METRICS {
                let x = value(m.name, &domains, 0.0, &types);
                assert!(x.is_finite() && x >= 0.0, "{}: {x}", m.name);
            }
        }
    }
}
