//! Losses on the outputs of the readout.

use crate::error::{BackpropError, require, same_shape};
use crate::real::Real;
use std::ops::Range;

/// Values of the outputs over time: `values[(step * outputs + output) * trials + trial]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Traces<F> {
    /// Number of steps.
    pub steps: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Number of trials.
    pub trials: usize,
    /// The values.
    pub values: Vec<F>,
}

impl<F: Real> Traces<F> {
    /// Zeros.
    #[must_use]
    pub fn zeros(steps: usize, outputs: usize, trials: usize) -> Self {
        Self { steps, outputs, trials, values: vec![F::zero(); steps * outputs * trials] }
    }

    /// Steps, outputs and trials.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.steps, self.outputs, self.trials]
    }

    /// Position of a value.
    #[must_use]
    pub fn at(&self, step: usize, output: usize, trial: usize) -> usize {
        (step * self.outputs + output) * self.trials + trial
    }
}

/// A loss on the outputs of a batch.
pub trait Loss<F: Real> {
    /// The loss; `gradient` (zeros of the shape of `outputs`) takes its derivative by every output value.
    ///
    /// # Errors
    /// Outputs of another shape than the targets; both shapes are named.
    fn evaluate(&self, outputs: &Traces<F>, gradient: &mut Traces<F>) -> Result<f64, BackpropError>;
}

/// Mean over steps of `window`, outputs and trials of `(y - target)^2`.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanSquaredError<F> {
    /// Targets.
    pub target: Traces<F>,
    /// Steps that count.
    pub window: Range<usize>,
}

impl<F: Real> MeanSquaredError<F> {
    /// All steps count.
    #[must_use]
    pub fn new(target: Traces<F>) -> Self {
        let window = 0..target.steps;
        Self { target, window }
    }
}

fn check_window(window: &Range<usize>, steps: usize) -> Result<(), BackpropError> {
    let ok = window.start < window.end && window.end <= steps;
    require(ok, "loss", "window", window.end as f64, "a window that is not empty and ends with the run at the latest")
}

impl<F: Real> Loss<F> for MeanSquaredError<F> {
    fn evaluate(&self, y: &Traces<F>, gradient: &mut Traces<F>) -> Result<f64, BackpropError> {
        same_shape("targets (steps, outputs, trials)", &self.target.shape(), &y.shape())?;
        check_window(&self.window, y.steps)?;
        let per_step = y.outputs * y.trials;
        let range = self.window.start * per_step..self.window.end * per_step;
        let count = range.len() as f64;
        let twice = F::of(2.0 / count);
        let mut sum = 0.0;
        for k in range {
            let error = y.values[k] - self.target.values[k];
            sum += error.wide() * error.wide();
            gradient.values[k] = twice * error;
        }
        Ok(sum / count)
    }
}

/// What a class is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logits {
    /// The mean output over the window: one decision a trial.
    Mean,
    /// The outputs of every step of the window: one decision a step.
    EachStep,
}

/// Cross-entropy of a softmax over outputs: mean over trials (and over steps with [`Logits::EachStep`]) of
/// `-ln(softmax(y)[label])`.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossEntropy {
    /// The right output of every trial.
    pub labels: Vec<usize>,
    /// Steps that count.
    pub window: Range<usize>,
    /// What a class is read from.
    pub logits: Logits,
}

impl CrossEntropy {
    /// Adds the loss of one decision; `scale` is its weight in the mean.
    fn decide<F: Real>(logits: &[f64], label: usize, scale: f64, mut add: impl FnMut(usize, F)) -> f64 {
        let top = logits.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = logits.iter().map(|x| (x - top).exp()).sum();
        for (o, x) in logits.iter().enumerate() {
            let right = if o == label { 1.0 } else { 0.0 };
            add(o, F::of(scale * ((x - top).exp() / sum - right)));
        }
        scale * (sum.ln() + top - logits[label])
    }
}

impl<F: Real> Loss<F> for CrossEntropy {
    fn evaluate(&self, y: &Traces<F>, gradient: &mut Traces<F>) -> Result<f64, BackpropError> {
        same_shape("labels (trials)", &[self.labels.len()], &[y.trials])?;
        check_window(&self.window, y.steps)?;
        for &label in &self.labels {
            require(label < y.outputs, "cross-entropy", "label", label as f64, "less than the number of outputs")?;
        }
        let (steps, trials) = (self.window.len() as f64, y.trials as f64);
        let mut loss = 0.0;
        let mut logits = vec![0.0; y.outputs];
        for (b, &label) in self.labels.iter().enumerate() {
            match self.logits {
                Logits::Mean => {
                    for (o, x) in logits.iter_mut().enumerate() {
                        *x = self.window.clone().map(|t| y.values[y.at(t, o, b)].wide()).sum::<f64>() / steps;
                    }
                    loss += Self::decide::<F>(&logits, label, 1.0 / trials, |o, g| {
                        let share = g / F::of(steps);
                        for t in self.window.clone() {
                            let k = y.at(t, o, b);
                            gradient.values[k] = share;
                        }
                    });
                }
                Logits::EachStep => {
                    for t in self.window.clone() {
                        for (o, x) in logits.iter_mut().enumerate() {
                            *x = y.values[y.at(t, o, b)].wide();
                        }
                        loss += Self::decide::<F>(&logits, label, 1.0 / (trials * steps), |o, g| {
                            gradient.values[y.at(t, o, b)] = g;
                        });
                    }
                }
            }
        }
        Ok(loss)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check_by_differences(loss: &dyn Loss<f64>, y: &Traces<f64>) {
        let mut gradient = Traces::zeros(y.steps, y.outputs, y.trials);
        loss.evaluate(y, &mut gradient).unwrap();
        let h = 1e-6;
        for k in 0..y.values.len() {
            let at = |d: f64| {
                let mut moved = y.clone();
                moved.values[k] += d;
                loss.evaluate(&moved, &mut Traces::zeros(y.steps, y.outputs, y.trials)).unwrap()
            };
            let slope = (at(h) - at(-h)) / (2.0 * h);
            assert!((slope - gradient.values[k]).abs() < 1e-8, "value {k}: {slope}, {}", gradient.values[k]);
        }
    }

    #[test]
    fn derivatives_are_those_of_the_values() {
        let mut y = Traces::zeros(5, 3, 2);
        y.values.iter_mut().enumerate().for_each(|(k, v)| *v = (k as f64 * 1.7).sin());
        check_by_differences(&MeanSquaredError::new(Traces::zeros(5, 3, 2)), &y);
        check_by_differences(&MeanSquaredError { target: Traces::zeros(5, 3, 2), window: 2..4 }, &y);
        for logits in [Logits::Mean, Logits::EachStep] {
            check_by_differences(&CrossEntropy { labels: vec![2, 0], window: 1..5, logits }, &y);
        }
    }

    #[test]
    fn closed_forms() {
        let y = Traces::<f64>::zeros(4, 2, 3);
        let mut target = y.clone();
        target.values.fill(0.5);
        let mut gradient = y.clone();
        assert_eq!(MeanSquaredError::new(target).evaluate(&y, &mut gradient).unwrap(), 0.25);
        let equal = CrossEntropy { labels: vec![0, 1, 1], window: 0..4, logits: Logits::Mean };
        assert!((equal.evaluate(&y, &mut gradient).unwrap() - 2.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn wrong_shapes_name_both() {
        let y = Traces::<f32>::zeros(4, 2, 3);
        let error = MeanSquaredError::new(Traces::zeros(4, 1, 3)).evaluate(&y, &mut y.clone()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("[4, 1, 3]") && text.contains("[4, 2, 3]"), "{text}");
        let few = CrossEntropy { labels: vec![0], window: 0..4, logits: Logits::Mean };
        assert!(few.evaluate(&y, &mut y.clone()).unwrap_err().to_string().contains("[3]"));
        let outside = CrossEntropy { labels: vec![0, 0, 2], window: 0..4, logits: Logits::Mean };
        assert!(outside.evaluate(&y, &mut y.clone()).is_err());
    }
}
