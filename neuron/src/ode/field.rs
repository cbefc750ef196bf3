//! The seam for right-hand sides.

/// Whether a field knows its Jacobian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jacobian {
    /// The matrix was written.
    Exact,
    /// The field has none; a solver that needs one takes finite differences.
    Unknown,
}

/// A right-hand side f(t, y) of n equations. A kernel: slices in and out, no allocation, no random numbers.
///
/// `scratch` is memory of [`VectorField::scratch`] numbers with any content, which the solver owns, so that one field can
/// serve many solves at a time.
pub trait VectorField {
    /// Number of equations n.
    fn dimension(&self) -> usize;

    /// Length of the scratch memory.
    fn scratch(&self) -> usize {
        0
    }

    /// Writes f(t, y) to `dydt`.
    fn rhs(&self, t: f64, y: &[f64], dydt: &mut [f64], scratch: &mut [f64]);

    /// Writes df_i/dy_j to `jacobian[i * n + j]`, if it is known.
    fn jacobian(&self, t: f64, y: &[f64], jacobian: &mut [f64], scratch: &mut [f64]) -> Jacobian {
        let _ = (t, y, jacobian, scratch);
        Jacobian::Unknown
    }

    /// Whether f depends on t. Solvers with a Jacobian differentiate by t too if it does, by finite differences.
    fn autonomous(&self) -> bool {
        true
    }
}

impl<F: VectorField + ?Sized> VectorField for &F {
    fn dimension(&self) -> usize {
        (**self).dimension()
    }

    fn scratch(&self) -> usize {
        (**self).scratch()
    }

    fn rhs(&self, t: f64, y: &[f64], dydt: &mut [f64], scratch: &mut [f64]) {
        (**self).rhs(t, y, dydt, scratch);
    }

    fn jacobian(&self, t: f64, y: &[f64], jacobian: &mut [f64], scratch: &mut [f64]) -> Jacobian {
        (**self).jacobian(t, y, jacobian, scratch)
    }

    fn autonomous(&self) -> bool {
        (**self).autonomous()
    }
}
