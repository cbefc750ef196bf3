//! What a decision is worth.

use serde::{Deserialize, Serialize};

/// How outputs are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// `-ln softmax(y)[label]`, smooth in the outputs; guessing among n costs ln n.
    #[default]
    CrossEntropy,
    /// 0 if the output of the label is larger than all others, else 1: only a search can lower it.
    ZeroOne,
}

impl Decision {
    /// The loss of one decision; not a number where an output is not finite.
    #[must_use]
    pub fn loss(self, outputs: &[f64], label: usize) -> f64 {
        if outputs.iter().any(|y| !y.is_finite()) {
            return f64::NAN;
        }
        match self {
            Self::CrossEntropy => {
                let top = outputs.iter().copied().fold(f64::MIN, f64::max);
                let sum: f64 = outputs.iter().map(|y| (y - top).exp()).sum();
                sum.ln() + top - outputs[label]
            }
            Self::ZeroOne => f64::from(u8::from(!right(outputs, label))),
        }
    }
}

/// Whether the output of the label is larger than all others.
fn right(outputs: &[f64], label: usize) -> bool {
    outputs.iter().enumerate().all(|(k, y)| k == label || *y < outputs[label])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_have_their_closed_forms() {
        let even = [0.3; 3];
        assert!((Decision::CrossEntropy.loss(&even, 1) - 3.0_f64.ln()).abs() < 1e-15);
        assert_eq!(Decision::ZeroOne.loss(&even, 1), 1.0, "an even score is no answer");
        // p = e^2 / (e^2 + e^-1), and far beyond the range of exp.
        let expected = (1.0 + (-3.0_f64).exp()).ln();
        assert!((Decision::CrossEntropy.loss(&[2.0, -1.0], 0) - expected).abs() < 1e-15);
        assert_eq!(Decision::CrossEntropy.loss(&[2000.0, 0.0], 1), 2000.0);
        assert_eq!(Decision::ZeroOne.loss(&[2.0, -1.0], 0), 0.0);
        assert_eq!(Decision::ZeroOne.loss(&[2.0, -1.0], 1), 1.0);
        for decision in [Decision::CrossEntropy, Decision::ZeroOne] {
            assert!(decision.loss(&[f64::NAN, 0.0], 1).is_nan() && decision.loss(&[0.0, f64::INFINITY], 1).is_nan());
        }
    }
}
