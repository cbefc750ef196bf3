//! Vector fields whose right-hand sides are sums of monomials: chemical kinetics by the law of mass action, and more.
//!
//! dy/dt = sum_r k_r (prod of its factors y_f) nu_r, with the vector nu_r of changes of monomial r.

use evoplast_neuron::ode::{Jacobian, VectorField};

/// One monomial, for chemistry a reaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Monomial {
    /// Rate constant k.
    pub rate: f64,
    /// Indices of the factors; one that occurs twice is squared.
    pub factors: Vec<usize>,
    /// Component and change.
    pub changes: Vec<(usize, f64)>,
}

/// A sum of monomials.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    dimension: usize,
    monomials: Vec<Monomial>,
}

impl Polynomial {
    /// A field of so many components. Indices count from 0.
    ///
    /// # Panics
    /// If a monomial names a component that is not there: these are tables in code.
    #[must_use]
    pub fn new(dimension: usize, monomials: Vec<Monomial>) -> Self {
        let known = |m: &Monomial| m.factors.iter().chain(m.changes.iter().map(|(i, _)| i)).all(|&i| i < dimension);
        assert!(monomials.iter().all(known), "a monomial names a component above {dimension}");
        Self { dimension, monomials }
    }

    /// From lines as in the literature, in which components count from 1: rate, what is consumed, what is produced. The
    /// consumed species are the factors.
    #[must_use]
    pub fn reactions(dimension: usize, reactions: &[(f64, &[usize], &[usize])]) -> Self {
        let one = |&(rate, consumed, produced): &(f64, &[usize], &[usize])| {
            let mut changes: Vec<(usize, f64)> = Vec::new();
            let signed = consumed.iter().map(|&i| (i - 1, -1.0)).chain(produced.iter().map(|&i| (i - 1, 1.0)));
            for (i, change) in signed {
                match changes.iter_mut().find(|(j, _)| *j == i) {
                    Some((_, sum)) => *sum += change,
                    None => changes.push((i, change)),
                }
            }
            changes.retain(|(_, change)| *change != 0.0);
            Monomial { rate, factors: consumed.iter().map(|i| i - 1).collect(), changes }
        };
        Self::new(dimension, reactions.iter().map(one).collect())
    }
}

impl VectorField for Polynomial {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn rhs(&self, _: f64, y: &[f64], dydt: &mut [f64], _: &mut [f64]) {
        dydt.fill(0.0);
        for m in &self.monomials {
            let rate = m.factors.iter().fold(m.rate, |rate, &f| rate * y[f]);
            m.changes.iter().for_each(|&(i, change)| dydt[i] += change * rate);
        }
    }

    fn jacobian(&self, _: f64, y: &[f64], jacobian: &mut [f64], _: &mut [f64]) -> Jacobian {
        jacobian.fill(0.0);
        for m in &self.monomials {
            for (place, &by) in m.factors.iter().enumerate() {
                let others = m.factors.iter().enumerate().filter(|(other, _)| *other != place);
                let slope = others.fold(m.rate, |slope, (_, &f)| slope * y[f]);
                m.changes.iter().for_each(|&(i, change)| jacobian[i * self.dimension + by] += change * slope);
            }
        }
        Jacobian::Exact
    }
}
