//! The generated data against scikit-learn's, by statistics of many data sets.

use evoplast_evolve::Address;
use evoplast_tasks::plastic_classifier::{Dataset, GeneratedConfig};

/// Mean and standard deviation, over 200 data sets of 1000 samples, of what [`statistics`] gives, for scikit-learn 1.9.1
/// (`make_classification` with 4 classes, 2 clusters a class, `flip_y` 0.01, seeds 0 to 199; `NearestCentroid` and
/// `KNeighborsClassifier(1)` fitted on the first 800 samples).
const WIDE: [[f64; 2]; 6] =
    [[32.0878, 0.0626], [91.2843, 5.22], [0.3931, 0.0772], [0.2978, 0.0307], [0.9323, 0.0792], [0.9856, 0.0097]];
const NARROW: [[f64; 2]; 6] =
    [[5.3707, 0.2922], [3.1113, 0.371], [0.1192, 0.0389], [0.1574, 0.012], [0.5367, 0.0681], [0.7377, 0.0457]];

fn distance(a: &[f32], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum()
}

/// Mean norm of a sample, mean variance of a feature, share of the variance that is between classes, mean absolute
/// correlation of two features, test accuracy of the nearest centroid and of the nearest neighbour.
fn statistics(data: &Dataset) -> [f64; 6] {
    let (count, width, classes) = (data.len(), data.width(), data.classes());
    let rows = || (0..count).map(|sample| data.sample(sample));
    let mean_of = |samples: &[usize]| -> Vec<f64> {
        let sum = |feature: usize| samples.iter().map(|&s| f64::from(data.sample(s)[feature])).sum::<f64>();
        (0..width).map(|feature| sum(feature) / samples.len() as f64).collect()
    };
    let all: Vec<usize> = (0..count).collect();
    let mean = mean_of(&all);
    let norm = rows().map(|x| distance(x, &vec![0.0; width]).sqrt()).sum::<f64>() / count as f64;
    let covariance = |i: usize, j: usize| {
        rows().map(|x| (f64::from(x[i]) - mean[i]) * (f64::from(x[j]) - mean[j])).sum::<f64>() / count as f64
    };
    let variance: Vec<f64> = (0..width).map(|i| covariance(i, i)).collect();
    let total = variance.iter().sum::<f64>();
    let of_class =
        |class: usize, most: usize| -> Vec<usize> { (0..most).filter(|&s| data.label(s) == class).collect() };
    let between = |class: usize| {
        let members = of_class(class, count);
        let offset: f64 = mean_of(&members).iter().zip(&mean).map(|(a, b)| (a - b).powi(2)).sum();
        members.len() as f64 / count as f64 * offset
    };
    let mut correlation = 0.0;
    for i in 0..width {
        correlation += (0..i).map(|j| (covariance(i, j) / (variance[i] * variance[j]).sqrt()).abs()).sum::<f64>();
    }
    let train = count * 4 / 5;
    let nearest =
        |distances: Vec<f64>| (0..distances.len()).fold(0, |a, b| if distances[b] < distances[a] { b } else { a });
    let centroids: Vec<Vec<f64>> = (0..classes).map(|class| mean_of(&of_class(class, train))).collect();
    let test = (count - train) as f64;
    let centroid = (train..count)
        .filter(|&s| nearest(centroids.iter().map(|c| distance(data.sample(s), c)).collect()) == data.label(s))
        .count();
    let neighbour = (train..count)
        .filter(|&s| {
            let here: Vec<f64> = data.sample(s).iter().map(|&x| f64::from(x)).collect();
            let closest = nearest((0..train).map(|t| distance(data.sample(t), &here)).collect());
            data.label(closest) == data.label(s)
        })
        .count();
    let pairs = (width * (width - 1) / 2) as f64;
    let between = (0..classes).map(between).sum::<f64>() / total;
    [norm, total / width as f64, between, correlation / pairs, centroid as f64 / test, neighbour as f64 / test]
}

/// Means of 40 data sets lie within four standard errors of the difference to the reference (of 200 data sets).
fn agrees(config: &GeneratedConfig, reference: &[[f64; 2]; 6]) {
    const SETS: u64 = 40;
    let mut sums = [0.0; 6];
    for run in 0..SETS {
        let at = Address { run, generation: 0, candidate: 0, episode: 0 };
        let values = statistics(&config.draw(&mut at.rng(0)).unwrap());
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let error = (1.0 / SETS as f64 + 1.0 / 200.0_f64).sqrt();
    for (k, [mean, sd]) in reference.iter().enumerate() {
        let found = sums[k] / SETS as f64;
        assert!((found - mean).abs() < 4.0 * sd * error, "statistic {k}: {found}, expected {mean} +- {}", sd * error);
    }
}

#[test]
fn clusters_far_apart_are_those_of_scikit_learn() {
    agrees(&GeneratedConfig { samples: 1000, ..GeneratedConfig::default() }, &WIDE);
}

#[test]
fn overlapping_clusters_with_redundant_and_noise_features_are_those_of_scikit_learn() {
    let config = GeneratedConfig {
        samples: 1000,
        informative: 6,
        redundant: 2,
        noise: 2,
        class_sep: 1.0,
        ..GeneratedConfig::default()
    };
    agrees(&config, &NARROW);
}

#[test]
fn labels_are_even_but_for_the_flipped_ones() {
    let config = GeneratedConfig { samples: 4003, classes: 5, flip_y: 0.0, ..GeneratedConfig::default() };
    let mut rng = Address { run: 4, generation: 0, candidate: 0, episode: 0 }.rng(0);
    let data = config.draw(&mut rng).unwrap();
    let counts: Vec<usize> = (0..5).map(|class| (0..4003).filter(|&s| data.label(s) == class).count()).collect();
    // 4003 = 10 x 400 + 3: the first three clusters, and so the first three classes, have one more.
    assert_eq!(counts, [801, 801, 801, 800, 800]);
    // With all labels replaced nothing about them is left but their number of classes.
    let noise = GeneratedConfig { flip_y: 1.0, samples: 5000, ..config }.draw(&mut rng).unwrap();
    let found = statistics(&noise)[5];
    assert!((0.14..0.26).contains(&found), "{found}");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let message = |config: GeneratedConfig| config.check().unwrap_err().to_string();
    let base = GeneratedConfig::default();
    let found = message(GeneratedConfig { informative: 2, ..base.clone() });
    assert_eq!(found, "informative: found 2, expected a corner for each of 8 clusters, at least log2 of that");
    assert!(message(GeneratedConfig { flip_y: f64::NAN, ..base.clone() }).starts_with("flip_y: found NaN"));
    assert!(message(GeneratedConfig { class_sep: -1.0, ..base.clone() }).starts_with("class_sep"));
    assert!(message(GeneratedConfig { classes: 300, ..base.clone() }).starts_with("classes: found 300"));
    assert!(message(GeneratedConfig { samples: 0, ..base }).starts_with("samples: found 0"));
}
