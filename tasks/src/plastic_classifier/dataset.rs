//! Labelled samples, their split and their scale.

use crate::TaskError;

/// Labelled samples in rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    features: Vec<f32>,
    width: usize,
    labels: Vec<u8>,
    classes: usize,
}

impl Dataset {
    /// Samples of `width` features each, with labels below `classes`.
    ///
    /// # Errors
    /// Sizes that do not fit, a feature that is not finite, or a label out of range.
    pub fn new(features: Vec<f32>, width: usize, labels: Vec<u8>, classes: usize) -> Result<Self, TaskError> {
        if width == 0 || labels.len().checked_mul(width) != Some(features.len()) {
            let expected = format!("{} samples of {width} (at least 1)", labels.len());
            return Err(TaskError::parameter("features", format!("{} numbers", features.len()), &expected));
        }
        if let Some(index) = features.iter().position(|x| !x.is_finite()) {
            let name = format!("feature {} of sample {}", index % width, index / width);
            return Err(TaskError::parameter(&name, features[index], "a finite number"));
        }
        if let Some(index) = labels.iter().position(|&label| usize::from(label) >= classes) {
            let expected = format!("less than {classes}, the number of classes");
            return Err(TaskError::parameter(&format!("label of sample {index}"), labels[index], &expected));
        }
        Ok(Self { features, width, labels, classes })
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Features of a sample.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Features of sample `index`.
    #[must_use]
    pub fn sample(&self, index: usize) -> &[f32] {
        &self.features[index * self.width..(index + 1) * self.width]
    }

    /// Label of sample `index`.
    #[must_use]
    pub fn label(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    /// A copy of these samples, in this order.
    #[must_use]
    pub fn chosen(&self, samples: &[usize]) -> Self {
        Self {
            features: samples.iter().flat_map(|&sample| self.sample(sample)).copied().collect(),
            labels: samples.iter().map(|&sample| self.labels[sample]).collect(),
            ..*self
        }
    }

    /// The first `count` samples, and the rest.
    #[must_use]
    pub fn split_at(mut self, count: usize) -> Split {
        let count = count.min(self.len());
        let rest = Self {
            features: self.features.split_off(count * self.width),
            labels: self.labels.split_off(count),
            ..self
        };
        Split { train: self, test: rest }
    }
}

/// Samples to learn from and samples to test on.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Samples to learn from.
    pub train: Dataset,
    /// Samples to test on.
    pub test: Dataset,
}

impl Split {
    /// Both parts on the scale of the training part.
    pub fn standardise(&mut self, standardiser: &Standardiser) {
        standardiser.apply(&mut self.train);
        standardiser.apply(&mut self.test);
    }
}

/// Subtracts a mean and divides by a standard deviation, both of the samples it was fitted on.
///
/// A feature that does not vary there is only centred.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardiser {
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Standardiser {
    /// Mean and standard deviation of every feature.
    #[must_use]
    pub fn by_feature(data: &Dataset) -> Self {
        let count = data.len().max(1) as f64;
        let mut mean = vec![0.0; data.width];
        for row in data.features.chunks_exact(data.width) {
            mean.iter_mut().zip(row).for_each(|(m, &x)| *m += f64::from(x));
        }
        mean.iter_mut().for_each(|m| *m /= count);
        let mut variance = vec![0.0; data.width];
        for row in data.features.chunks_exact(data.width) {
            variance.iter_mut().zip(row.iter().zip(&mean)).for_each(|(v, (&x, m))| *v += (f64::from(x) - m).powi(2));
        }
        let scale = variance.iter().map(|v| inverse((v / count).sqrt())).collect();
        Self { mean: mean.iter().map(|&m| m as f32).collect(), scale }
    }

    /// One mean and one standard deviation for all features, as is usual for the pixels of images.
    #[must_use]
    pub fn over_all(data: &Dataset) -> Self {
        let count = data.features.len().max(1) as f64;
        let mean = data.features.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = data.features.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        Self { mean: vec![mean as f32; data.width], scale: vec![inverse(variance.sqrt()); data.width] }
    }

    fn apply(&self, data: &mut Dataset) {
        for row in data.features.chunks_exact_mut(data.width) {
            for (x, (mean, scale)) in row.iter_mut().zip(self.mean.iter().zip(&self.scale)) {
                *x = (*x - mean) * scale;
            }
        }
    }
}

/// 1 / deviation, or 1 if nothing varies.
fn inverse(deviation: f64) -> f32 {
    if deviation > 1e-12 { (1.0 / deviation) as f32 } else { 1.0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_that_of_the_training_part_alone() {
        let features = vec![1.0, 7.0, 3.0, 7.0, 100.0, 8.0];
        let data = Dataset::new(features, 2, vec![0, 1, 0], 2).unwrap();
        let mut split = data.clone().split_at(2);
        assert_eq!((split.train.len(), split.test.len()), (2, 1));
        split.standardise(&Standardiser::by_feature(&split.train));
        assert_eq!((split.train.sample(0), split.train.sample(1)), (&[-1.0, 0.0][..], &[1.0, 0.0][..]));
        // Mean 2 and deviation 1; the second feature does not vary in training and is only centred.
        assert_eq!(split.test.sample(0), [98.0, 1.0]);
        let mut split = data.split_at(2);
        split.standardise(&Standardiser::over_all(&split.train));
        // Mean 4.5, variance (3.5^2 + 2.5^2 + 1.5^2 + 2.5^2) / 4 = 6.75.
        assert!((split.test.sample(0)[1] - 3.5 / 6.75_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let message = |features, labels| Dataset::new(features, 2, labels, 3).unwrap_err().to_string();
        assert_eq!(
            message(vec![0.0; 5], vec![0, 1]),
            "features: found 5 numbers, expected 2 samples of 2 (at least 1)"
        );
        assert_eq!(
            message(vec![0.0, 0.0, 0.0, f32::NAN], vec![0, 1]),
            "feature 1 of sample 1: found NaN, expected a finite number"
        );
        assert_eq!(
            message(vec![0.0; 4], vec![0, 3]),
            "label of sample 1: found 3, expected less than 3, the number of classes"
        );
    }
}
