//! Clusters on the corners of a hypercube, equal in distribution to scikit-learn's `make_classification`.
//!
//! Every cluster has a corner of its own of the cube [-s, s]^d, drawn without replacement; cluster k belongs to class
//! k mod C. A sample is z A + corner with z ~ N(0, I) and a matrix A of uniform numbers in [-1, 1) for each cluster.
//! Redundant features are linear combinations of the informative ones with coefficients in [-1, 1), the rest is N(0, 1).
//! A share of the labels is replaced by random ones, samples and features are shuffled.
//!
//! | symbol | field | default (Joosten 2021) | default of scikit-learn |
//! |---|---|---|---|
//! | | `samples` | 5000 | 100 |
//! | d | `informative` | 10 | 2 |
//! | | `redundant`, `noise` | 0, 0 | 2, 16 |
//! | C | `classes` | 4 | 2 |
//! | | `clusters_per_class` | 2 | 2 |
//! | s | `class_sep` | 10 | 1 |
//! | | `flip_y` | 0.01 | 0.01 |
//!
//! A replaced label may be the true one, so no classifier can be right more often than 1 - flip_y (1 - 1/C) = 0.9925.
//! Not built: repeated features, uneven classes, corners off a cube, random shift and scale.
//!
//! Source: Guyon 2003, "Design of experiments for the NIPS 2003 variable selection benchmark"; scikit-learn 1.9,
//! <https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_classification.html>.

use super::dataset::Dataset;
use crate::TaskError;
use rand::seq::SliceRandom;
use rand::seq::index::sample;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Which data set is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratedConfig {
    /// Number of samples.
    pub samples: usize,
    /// Features that tell clusters apart, at most 30.
    pub informative: usize,
    /// Features that are linear combinations of them.
    pub redundant: usize,
    /// Features without meaning.
    pub noise: usize,
    /// Number of classes, at most 256.
    pub classes: usize,
    /// Clusters of every class.
    pub clusters_per_class: usize,
    /// Half the side of the cube.
    pub class_sep: f64,
    /// Share of labels that are replaced by random ones.
    pub flip_y: f64,
}

impl Default for GeneratedConfig {
    fn default() -> Self {
        Self {
            samples: 5000,
            informative: 10,
            redundant: 0,
            noise: 0,
            classes: 4,
            clusters_per_class: 2,
            class_sep: 10.0,
            flip_y: 0.01,
        }
    }
}

impl GeneratedConfig {
    /// Checks the numbers.
    ///
    /// # Errors
    /// No sample, class, cluster or informative feature, more clusters than corners, or a share outside [0, 1].
    pub fn check(&self) -> Result<(), TaskError> {
        let counts = [
            ("samples", self.samples, usize::MAX),
            ("informative", self.informative, 30),
            ("classes", self.classes, 256),
            ("clusters_per_class", self.clusters_per_class, usize::MAX),
        ];
        for (name, found, most) in counts {
            if found == 0 || found > most {
                return Err(TaskError::parameter(name, found, &format!("at least 1, at most {most}")));
            }
        }
        let clusters = self.classes.saturating_mul(self.clusters_per_class);
        if clusters > 1 << self.informative {
            let expected = format!("a corner for each of {clusters} clusters, at least log2 of that");
            return Err(TaskError::parameter("informative", self.informative, &expected));
        }
        if !(self.class_sep >= 0.0 && self.class_sep.is_finite()) {
            return Err(TaskError::parameter("class_sep", self.class_sep, "at least 0"));
        }
        if !(0.0..=1.0).contains(&self.flip_y) {
            return Err(TaskError::parameter("flip_y", self.flip_y, "a share, 0 to 1"));
        }
        Ok(())
    }

    /// Features of a sample.
    #[must_use]
    pub fn width(&self) -> usize {
        self.informative + self.redundant + self.noise
    }

    /// Draws a data set.
    ///
    /// # Errors
    /// As [`GeneratedConfig::check`].
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> Result<Dataset, TaskError> {
        self.check()?;
        let (d, width, clusters) = (self.informative, self.width(), self.classes * self.clusters_per_class);
        let symmetric = |rng: &mut R| 2.0 * rng.random::<f64>() - 1.0;
        let corners = sample(rng, 1 << d, clusters).into_vec();
        let mixing: Vec<f64> = (0..clusters * d * d).map(|_| symmetric(rng)).collect();
        let combination: Vec<f64> = (0..d * self.redundant).map(|_| symmetric(rng)).collect();
        let mut columns: Vec<usize> = (0..width).collect();
        columns.shuffle(rng);
        // Sizes of clusters differ by at most 1, the first ones being the larger.
        let mut cluster_of: Vec<usize> = (0..self.samples).map(|sample| sample % clusters).collect();
        cluster_of.shuffle(rng);

        let mut features = vec![0.0; self.samples * width];
        let mut labels = Vec::with_capacity(self.samples);
        let (mut z, mut row) = (vec![0.0; d], vec![0.0; width]);
        for (&cluster, out) in cluster_of.iter().zip(features.chunks_exact_mut(width)) {
            z.iter_mut().for_each(|z| *z = StandardNormal.sample(rng));
            let a = &mixing[cluster * d * d..(cluster + 1) * d * d];
            for j in 0..d {
                let corner = if corners[cluster] >> j & 1 == 1 { self.class_sep } else { -self.class_sep };
                row[j] = (0..d).map(|i| z[i] * a[i * d + j]).sum::<f64>() + corner;
            }
            for r in 0..self.redundant {
                row[d + r] = (0..d).map(|i| row[i] * combination[i * self.redundant + r]).sum();
            }
            row[d + self.redundant..].iter_mut().for_each(|x| *x = StandardNormal.sample(rng));
            columns.iter().zip(&row).for_each(|(&column, &x)| out[column] = x as f32);
            let flipped = rng.random::<f64>() < self.flip_y;
            let label = if flipped { rng.random_range(0..self.classes) } else { cluster % self.classes };
            labels.push(label as u8);
        }
        Dataset::new(features, width, labels, self.classes)
    }
}
