//! Gradients through solves of differential equations: the discrete adjoint of the accepted steps.
//!
//! A solve recorded by [`Tsit5`](evoplast_neuron::ode::Tsit5) or [`Rodas4`](evoplast_neuron::ode::Rodas4) is a chain of
//! maps from one state to the next. [`pull_back`] is the reverse of that chain, so the gradient is exact for what was computed,
//! outputs by interpolation included; the lengths of the steps count as constants. A field says what it needs by
//! [`Differentiable`]; [`MlpField`](evoplast_neuron::ode::MlpField) does.

mod explicit;
mod mlp;
mod rosenbrock;

use crate::error::{BackpropError, require, same_shape};
use evoplast_neuron::ode::{Tape, TapeMethod, VectorField};

/// A vector field with parameters and products of its derivatives with vectors. Products are added to what they are given.
pub trait Differentiable: VectorField {
    /// Number of parameters.
    fn parameters(&self) -> usize;

    /// Adds v' df/dy to `by_state` and v' df/dp to `by_parameters`.
    fn vjp(&self, t: f64, y: &[f64], v: &[f64], by_state: &mut [f64], by_parameters: &mut [f64], scratch: &mut [f64]);

    /// Adds the derivatives of v' (df/dy) u by y and by the parameters, with v and u constant.
    #[allow(clippy::too_many_arguments)] // those of `vjp`, and u
    fn jacobian_vjp(
        &self,
        t: f64,
        y: &[f64],
        v: &[f64],
        u: &[f64],
        by_state: &mut [f64],
        by_parameters: &mut [f64],
        scratch: &mut [f64],
    );
}

/// The gradient of L by the initial state, returned, and by the parameters, added to `by_parameters`; `slopes` are
/// dL/d(output), `[output * n + component]`.
///
/// # Errors
/// Shapes that do not belong together, a tape without a solve, a field that depends on t, or a gradient that is not finite.
pub fn pull_back(
    field: &dyn Differentiable,
    tape: &Tape,
    slopes: &[f64],
    by_parameters: &mut [f64],
) -> Result<Vec<f64>, BackpropError> {
    let n = field.dimension();
    same_shape("slopes of the outputs", &[slopes.len()], &[tape.outputs().len() * n])?;
    same_shape("gradient by the parameters", &[by_parameters.len()], &[field.parameters()])?;
    same_shape("states of the tape", &[tape.dimension()], &[n])?;
    require(field.autonomous(), "pull_back", "autonomous", 0.0, "a field that does not depend on t")?;
    let mut by_state = vec![0.0; n];
    match tape.method() {
        // Outputs at the start alone: they are the initial state.
        Some(_) if tape.steps() == 0 => slopes.chunks_exact(n).for_each(|slope| add(&mut by_state, 1.0, slope)),
        Some(TapeMethod::Explicit(tableau)) => {
            explicit::reverse(tableau, field, tape, slopes, &mut by_state, by_parameters);
        }
        Some(TapeMethod::Rosenbrock(tableau)) => {
            rosenbrock::reverse(tableau, field, tape, slopes, &mut by_state, by_parameters)?;
        }
        None => return Err(BackpropError::Shape { what: "tape", found: vec![0], expected: vec![n] }),
    }
    for g in by_state.iter().chain(&*by_parameters) {
        require(true, "pull_back", "gradient", *g, "a finite number")?;
    }
    Ok(by_state)
}

/// Adds weight times b to a.
fn add(a: &mut [f64], weight: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += weight * b);
}

/// Outputs that lie in a step, from the last one of the tape on: their places and slopes.
fn outputs_of<'a>(tape: &'a Tape, slopes: &'a [f64], step: usize) -> impl Iterator<Item = (f64, &'a [f64])> {
    let places = tape.outputs();
    let from = places.partition_point(|place| place.step < step);
    let to = places.partition_point(|place| place.step <= step);
    let n = tape.dimension();
    (from..to).map(move |k| (places[k].theta, &slopes[k * n..(k + 1) * n]))
}
