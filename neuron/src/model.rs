//! The kernel seam: what a neuron model must provide.

use crate::NeuronError;

/// A neuron model as a kernel over struct-of-arrays slices.
///
/// State and coefficients are lists of equally long arrays, one value per neuron, in the order of
/// [`VARIABLES`](Self::VARIABLES) and [`COEFFICIENTS`](Self::COEFFICIENTS). Coefficients are stored per neuron, so
/// that every neuron may have parameters of its own at no cost in branches: in the mouse-V1 circuit 111 models share
/// a thousand neurons, and runs of equal neurons would be five to nine long.
///
/// Reading order within a step: `current_pa` holds the sum of the receptor currents *before* this step's input, as in
/// the discretisation of Chen, Scherr and Maass (2022, doi 10.1126/sciadv.abq7592).
pub trait NeuronModel: Send + Sync + 'static {
    /// Parameters of one neuron, in physical units.
    type Params: Clone + Send + Sync;

    /// Tag used in configurations and errors.
    const NAME: &'static str;
    /// Names of the state arrays; the first is the membrane potential (mV), the second the spike indicator (0 or 1).
    const VARIABLES: &'static [&'static str];
    /// Names of the coefficient arrays.
    const COEFFICIENTS: &'static [&'static str];

    /// Writes the coefficients of neuron `index` for a step of `dt_ms` into `out`, in the order of `COEFFICIENTS`.
    ///
    /// # Errors
    /// A parameter that is not finite or outside its domain.
    fn coefficients(params: &Self::Params, dt_ms: f64, index: usize, out: &mut [f32]) -> Result<(), NeuronError>;

    /// Writes the state at rest into `out`, in the order of `VARIABLES`.
    fn rest(params: &Self::Params, out: &mut [f32]);

    /// Advances all neurons by one step. `state[1]` becomes 1 where a neuron spikes in this step, else 0.
    fn advance(coefficients: &[Vec<f32>], state: &mut [Vec<f32>], current_pa: &[f32], dt_ms: f32);
}
