//! Genomes on their way to an evaluation, and genomes with what is known about them.

use serde::{Deserialize, Serialize};

/// A genome that an optimiser asks to have evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Identity within the run; an individual that is evaluated again keeps it.
    pub id: u64,
    /// Values in their own units, within the bounds of the search space.
    pub genome: Vec<f64>,
}

/// A member of a population or archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Individual {
    /// Identity within the run.
    pub id: u64,
    /// Values in their own units.
    pub genome: Vec<f64>,
    /// Mean of every objective over the successful evaluations.
    pub objectives: Vec<f64>,
    /// Estimated variance of those means; 0 where the search assumes exact values.
    pub variance_of_mean: Vec<f64>,
    /// Mean violation of the constraints; 0 if all are met.
    pub violation: f64,
    /// Number of successful evaluations.
    pub evaluations: u64,
    /// Metrics of the last successful evaluation.
    pub metrics: Vec<f64>,
}
