//! The kernel seam: what a neuron model must provide.

use crate::{Coefficients, NeuronError, State};

/// A neuron model: the step of one neuron, written as in its equations.
///
/// The container runs [`step`](Self::step) over all neurons of a population, many at once in vector registers, so a
/// step must not branch on data: `if` between two values that are both computed is a selection, a `return` or a call of
/// a function that is not inlined is not. Coefficients that all neurons share become constants of the loop; neurons
/// that differ cost an array per coefficient, and no branches either.
///
/// Reading order within a step: `current_pa` holds the sum of the receptor currents *before* this step's input, as in
/// the discretisation of Chen, Scherr and Maass (2022, doi 10.1126/sciadv.abq7592).
///
/// ```
/// use evoplast_neuron::{NeuronError, NeuronModel, Population, Receptors, SoaPopulation};
///
/// /// Perfect integrator: `V' = V + (dt/C) I`, reset to 0 above 1 mV. The parameter is C in pF.
/// struct Integrator;
///
/// impl NeuronModel for Integrator {
///     type Params = f64;
///     type Coefficients = [f32; 1];
///     type State = [f32; 2];
///     const NAME: &'static str = "integrator";
///     const VARIABLES: &'static [&'static str] = &["v_mv", "z"];
///     const COEFFICIENTS: &'static [&'static str] = &["kappa_mv_per_pa"];
///
///     fn coefficients(c_pf: &f64, dt_ms: f64, _index: usize) -> Result<[f32; 1], NeuronError> {
///         Ok([(dt_ms / c_pf) as f32])
///     }
///
///     fn rest(_: &f64) -> [f32; 2] {
///         [0.0, 0.0]
///     }
///
///     #[inline(always)]
///     fn step([kappa]: [f32; 1], [v, _]: [f32; 2], current_pa: f32, _dt_ms: f32) -> [f32; 2] {
///         let next = v + kappa * current_pa;
///         let spike = next > 1.0;
///         [if spike { 0.0 } else { next }, f32::from(spike)]
///     }
/// }
///
/// let mut cells = SoaPopulation::<Integrator>::new(&[100.0; 3], Receptors::uniform(&[], 3, 1.0)?, 1.0)?;
/// cells.inject(&[0.0, 30.0, 60.0])?;
/// let mut spikes = Vec::new();
/// (0..4).for_each(|_| cells.advance(&mut [], &mut spikes));
/// assert_eq!(spikes, [2, 1, 2]); // neuron 2 at its second and fourth step, neuron 1 at its fourth
/// # Ok::<(), NeuronError>(())
/// ```
pub trait NeuronModel: Send + Sync + 'static {
    /// Parameters of one neuron, in physical units.
    type Params: Clone + Send + Sync;
    /// `[f32; N]`, in the order of [`COEFFICIENTS`](Self::COEFFICIENTS).
    type Coefficients: Coefficients;
    /// `[f32; N]`, in the order of [`VARIABLES`](Self::VARIABLES).
    type State: State;

    /// Tag used in configurations and errors.
    const NAME: &'static str;
    /// Names of the state variables; the first is the membrane potential (mV), the second the spike indicator (0 or 1).
    const VARIABLES: &'static [&'static str];
    /// Names of the coefficients.
    const COEFFICIENTS: &'static [&'static str];

    /// The coefficients of neuron `index` for a step of `dt_ms`.
    ///
    /// # Errors
    /// A parameter that is not finite or outside its domain.
    fn coefficients(params: &Self::Params, dt_ms: f64, index: usize) -> Result<Self::Coefficients, NeuronError>;

    /// The state at rest.
    fn rest(params: &Self::Params) -> Self::State;

    /// One step of one neuron: the new state, whose second variable is 1 if the neuron spikes in this step, else 0.
    /// Mark it `#[inline(always)]`.
    fn step(c: Self::Coefficients, state: Self::State, current_pa: f32, dt_ms: f32) -> Self::State;
}

/// Below this magnitude a decaying variable is set to 0: it would otherwise end in denormal numbers, which are slow on
/// some machines and differ between modes.
const FLUSH: f32 = 1e-20;

/// `x`, or 0 if its magnitude is below 1e-20.
#[inline(always)]
pub(crate) fn flush(x: f32) -> f32 {
    if x.abs() < FLUSH { 0.0 } else { x }
}

/// `x`, or 0 if it is not above 0.
#[inline(always)]
pub(crate) fn positive(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}
