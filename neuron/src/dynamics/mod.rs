//! Neurons as differential equations, and the schemes that advance them, as two independent axes.
//!
//! * [`Dynamics`]: the vector field of one neuron, `dx/dt = f(x, I)`, written once in a number type ([`Scalar`]). The models are
//!   [`MorrisLecar`], [`HodgkinHuxley`], [`FitzHughNagumo`], [`Izhikevich`] and [`AdEx`].
//! * [`Scheme`]: a step of fixed length, written once for every vector field.
//! * [`Stepped`]: both together as a [`NeuronModel`](crate::NeuronModel), so that populations, configurations and networks
//!   run them.
//! * [`Planar`]: the models with two variables and no reset, of which more can be found out ([`analysis`](crate::analysis)).
//! * [`advance_lanes`]: the kernel for many copies of a population at once (trials or candidates), `[neuron][lane]`.
//! * [`step_with_jacobian`]: the same step in dual numbers, for adjoints and sensitivities.

mod adex;
mod event;
mod fitzhugh_nagumo;
mod hodgkin_huxley;
mod izhikevich;
mod lanes;
mod layout;
mod morris_lecar;
mod rest;
mod scheme;
mod simulate;
mod stepped;

pub use adex::{AdEx, AdExConfig, AdExParams};
pub(crate) use event::derivatives;
pub use fitzhugh_nagumo::{FitzHughNagumo, FitzHughNagumoConfig, FitzHughNagumoParams};
pub use hodgkin_huxley::{HodgkinHuxley, HodgkinHuxleyConfig, HodgkinHuxleyParams};
pub use izhikevich::{Izhikevich, IzhikevichConfig, IzhikevichParams};
pub use lanes::{Columns, advance_lanes, advance_lanes_with};
pub(crate) use layout::layout;
pub use morris_lecar::{MorrisLecar, MorrisLecarConfig, MorrisLecarParams};
pub(crate) use rest::{GRID, bisect, grid_mv, try_bisect};
pub use rest::{rest, steady_input, steady_state};
pub use scheme::{
    ExponentialEuler, ExponentialMidpoint, ForwardEuler, Heun, Rk4, Scheme, SchemeKind, Staggered, with_scheme,
};
pub(crate) use simulate::Clock;
pub use simulate::{Run, simulate, simulate_in, simulate_population, simulate_with_sensitivities};
pub use stepped::Stepped;
pub(crate) use stepped::config;

use crate::{Coefficients, NeuronError, Scalar, State, Tangent, Vector};

/// The differential equations of one neuron, `dx/dt = f(x, I)`, with the membrane potential as first variable.
///
/// A model states its equations in the conditionally linear form `dx_k/dt = b_k(x) - a_k(x) x_k`
/// ([`relaxation`](Self::relaxation)): exponential and semi-implicit schemes need it, and [`rates`](Self::rates) follows from it.
/// Gates have it by nature (`a = 1/tau`, `b = x_inf/tau`), the potential of conductance-based models too (`a` the total
/// conductance, `b` the driving currents, both over C); elsewhere what multiplies `x_k` is a choice of the model.
/// For `k > 0`, `a_k` and `b_k` depend on the potential alone.
///
/// The input I is a current in the model's own unit and enters `b_0` linearly. Everything is generic over [`Scalar`], so that
/// the same code gives derivatives by state, input and parameters ([`step_with_jacobian`]).
///
/// Models are unit structs; the associated types and names that say how many variables and parameters there are come from
/// one list.
pub trait Dynamics: Copy + Send + Sync + 'static {
    /// Parameters of one neuron as a configuration has them, in physical units.
    type Params: Clone + std::fmt::Debug + Send + Sync + 'static;
    /// `[F; N]`: state, in the order of [`VARIABLES`](Self::VARIABLES).
    type State<F: Scalar>: Vector<F> + Columns<F>;
    /// `[F; P]`: the parameters of the equations, in the order of [`PARAMETERS`](Self::PARAMETERS).
    type Parameters<F: Scalar>: Vector<F>;
    /// [`Dual`](crate::Dual) with room for the derivatives by state and input, in this order: N + 1.
    type StateDual<F: Scalar>: Tangent<F>;
    /// [`Dual`](crate::Dual) with room for the derivatives by state, input and parameters, in this order: N + 1 + P.
    type FullDual<F: Scalar>: Tangent<F>;
    /// `[f32; N + 1]`: state of a neuron of a population, the spike indicator in second place.
    type Cell: State + Vector<f32>;
    /// `[f32; P + 2]`: parameters, spike level and input unit of a neuron of a population.
    type Coefficients: Coefficients + Vector<f32>;

    /// Tag used in configurations and errors.
    const NAME: &'static str;
    /// Names of the state variables, with units.
    const VARIABLES: &'static [&'static str];
    /// Names of the variables of a neuron of a population, with the spike indicator in second place.
    const CELL_VARIABLES: &'static [&'static str];
    /// Names of the parameters of the equations, with units.
    const PARAMETERS: &'static [&'static str];
    /// Names of the coefficients of a neuron of a population.
    const COEFFICIENTS: &'static [&'static str];
    /// Whether a spike resets the state ([`reset`](Self::reset)); if not, a spike is an upward crossing and changes nothing.
    const RESETS: bool = false;
    /// Where equilibria are looked for: lowest and highest potential (mV).
    const POTENTIALS: [f64; 2];

    /// Checks the parameters of neuron `index`.
    ///
    /// # Errors
    /// A parameter that is not finite or outside its domain.
    fn check(params: &Self::Params, index: usize) -> Result<(), NeuronError>;

    /// The parameters of the equations as numbers.
    fn parameters(params: &Self::Params) -> Self::Parameters<f64>;

    /// The potential whose upward crossing is a spike (mV).
    fn spike_level<F: Scalar>(params: &Self::Params, p: &Self::Parameters<F>) -> F;

    /// The input that 1 pA makes, in the model's unit.
    fn input_per_pa(params: &Self::Params) -> f64;

    /// `(a, b)` of `dx_k/dt = b_k - a_k x_k`, both at the present state.
    fn relaxation<F: Scalar>(p: &Self::Parameters<F>, x: &Self::State<F>, input: F)
    -> (Self::State<F>, Self::State<F>);

    /// `dx/dt`.
    #[inline(always)]
    fn rates<F: Scalar>(p: &Self::Parameters<F>, x: &Self::State<F>, input: F) -> Self::State<F> {
        let (a, b) = Self::relaxation(p, x, input);
        let mut rates = *x;
        for k in 0..Self::VARIABLES.len() {
            rates[k] = b[k] - a[k] * x[k];
        }
        rates
    }

    /// The state after a spike; the same state if the model has no reset.
    #[inline(always)]
    fn reset<F: Scalar>(_p: &Self::Parameters<F>, x: &Self::State<F>) -> Self::State<F> {
        *x
    }
}

/// A model with two variables whose flow is smooth: no resets. What the analysis of orbits in the plane asks for.
pub trait Planar: Dynamics<State<f64> = [f64; 2]> {
    /// Refuses a model with resets when it is compiled.
    const SMOOTH: () = assert!(!Self::RESETS, "the flow of a planar model has no resets");
}

/// Parameters in the number type of a computation, as constants.
#[must_use]
pub fn parameters_as<D: Dynamics, F: Scalar>(params: &D::Params) -> D::Parameters<F> {
    let p = D::parameters(params);
    D::Parameters::from_fn(|k| F::of(p[k]))
}

/// A step with its derivatives by state and input: the next state, `next[k]` with `part(j)` its derivative by variable j, and
/// `part(N)` that by the input, N the number of variables. The values have the bits of [`Scheme::step`] in `F`.
///
/// ```
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams, Rk4, parameters_as, step_with_jacobian};
/// use evoplast_neuron::Tangent;
/// let p = parameters_as::<MorrisLecar, f64>(&MorrisLecarParams::snlc());
/// let next = step_with_jacobian::<MorrisLecar, Rk4, f64>(&p, &[-40.0, 0.014], 60.0, 0.1);
/// let (v, dv_dv, dv_dw, dv_di) = (next[0].value(), next[0].part(0), next[0].part(1), next[0].part(2));
/// assert!(v > -40.0 && dv_dv > 0.9 && dv_dw < 0.0 && (dv_di - 0.1 / 20.0).abs() < 1e-4); // dt/C
/// ```
#[inline(always)]
pub fn step_with_jacobian<D: Dynamics, S: Scheme, F: Scalar>(
    p: &D::Parameters<F>,
    x: &D::State<F>,
    input: F,
    dt_ms: F,
) -> D::State<D::StateDual<F>> {
    let n = <D::State<F> as Vector<F>>::LEN;
    let p = D::Parameters::from_fn(|k| D::StateDual::constant(p[k]));
    let x = D::State::from_fn(|k| D::StateDual::variable(x[k], k));
    S::step::<D, D::StateDual<F>>(&p, &x, D::StateDual::variable(input, n), D::StateDual::constant(dt_ms))
}

/// [`step_with_jacobian`] with the derivatives by the parameters too: `part(N + 1 + q)` is that by parameter q.
#[inline(always)]
pub fn step_with_all_derivatives<D: Dynamics, S: Scheme, F: Scalar>(
    p: &D::Parameters<F>,
    x: &D::State<F>,
    input: F,
    dt_ms: F,
) -> D::State<D::FullDual<F>> {
    let n = <D::State<F> as Vector<F>>::LEN;
    let p = D::Parameters::from_fn(|q| D::FullDual::variable(p[q], n + 1 + q));
    let x = D::State::from_fn(|k| D::FullDual::variable(x[k], k));
    S::step::<D, D::FullDual<F>>(&p, &x, D::FullDual::variable(input, n), D::FullDual::constant(dt_ms))
}
