//! Points with values, for searches that keep some.

use serde::{Deserialize, Serialize};

use super::check_state;
use crate::array::Matrix;
use crate::error::{EvolveError, Result};

/// Points, one row each, and their values; a point whose evaluation failed has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    pub(super) points: Matrix,
    values: Vec<Option<f64>>,
}

impl Members {
    /// No points, for genomes of this length.
    pub(super) fn empty(genes: usize) -> Self {
        Self { points: Matrix::with_columns(genes), values: Vec::new() }
    }

    pub(super) fn new(points: &[Vec<f64>], values: &[f64]) -> Self {
        let genes = points.first().map_or(0, Vec::len);
        let mut members = Self::empty(genes);
        points.iter().zip(values).for_each(|(point, &value)| members.push(point, value));
        members
    }

    pub(super) fn push(&mut self, point: &[f64], value: f64) {
        self.points.push(point);
        self.values.push(value.is_finite().then_some(value));
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn point(&self, member: usize) -> &[f64] {
        self.points.row(member)
    }

    /// The value, infinity after a failure.
    pub(super) fn value(&self, member: usize) -> f64 {
        self.values[member].unwrap_or(f64::INFINITY)
    }

    pub(super) fn replace(&mut self, member: usize, point: &[f64], value: f64) {
        let columns = self.points.columns();
        self.points.values_mut()[member * columns..][..columns].copy_from_slice(point);
        self.values[member] = value.is_finite().then_some(value);
    }

    /// Members from best to worst; equal ones in their order.
    pub(super) fn ranking(&self) -> Vec<usize> {
        let values: Vec<f64> = (0..self.len()).map(|member| self.value(member)).collect();
        crate::shaping::ranking(&values)
    }

    /// The `count` best, best first.
    pub(super) fn best(&self, count: usize) -> Self {
        let mut best = Self::empty(self.points.columns());
        self.ranking().into_iter().take(count).for_each(|member| best.push(self.point(member), self.value(member)));
        best
    }

    pub(super) fn validate(&self, genes: usize) -> Result<()> {
        let fault = |what, found, expected| Err(EvolveError::Length { what, found, expected });
        if self.points.rows() != self.len() {
            return fault("stored points", self.points.rows(), self.len());
        }
        if !self.is_empty() && self.points.columns() != genes {
            return fault("stored point", self.points.columns(), genes);
        }
        let values: Vec<f64> = self.values.iter().flatten().copied().collect();
        check_state("stored values", &values, values.len())
    }
}
