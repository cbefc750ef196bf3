//! One neuron over time in any number type, with spike times between grid points.

use super::event::{arrival, crossing};
use super::{Dynamics, Scheme};
use crate::{NeuronError, Scalar, Tangent, Vector};

/// What a neuron did: states and spike times.
#[derive(Debug, Clone, PartialEq)]
pub struct Run<D: Dynamics, F: Scalar> {
    /// Every state, the first one included: entry i is that at `i dt`. After a reset it is the state that followed.
    pub states: Vec<D::State<F>>,
    /// Times of the spikes (ms).
    pub spikes_ms: Vec<F>,
}

impl<D: Dynamics, F: Scalar> Run<D, F> {
    /// The last state.
    #[must_use]
    pub fn end(&self) -> D::State<F> {
        self.states[self.states.len() - 1]
    }
}

/// Most spikes of one step: a neuron that is reset above its spike level would spike forever.
const MOST_SPIKES: u32 = 100;

/// A neuron and its time.
#[derive(Debug, Clone)]
pub(crate) struct Clock<D: Dynamics, F: Scalar> {
    pub p: D::Parameters<F>,
    pub level: F,
    pub x: D::State<F>,
    pub dt_ms: F,
    pub step: u64,
}

impl<D: Dynamics, F: Scalar> Clock<D, F> {
    pub(crate) fn new(
        params: &D::Params,
        p: D::Parameters<F>,
        x: D::State<F>,
        dt_ms: f64,
    ) -> Result<Self, NeuronError> {
        D::check(params, 0)?;
        crate::error::require(dt_ms > 0.0, D::NAME, "dt_ms", 0, dt_ms, "a positive number")?;
        let level = D::spike_level(params, &p);
        let clock = Self { p, level, x, dt_ms: F::of(dt_ms), step: 0 };
        clock.check()?;
        Ok(clock)
    }

    fn time_ms(&self) -> f64 {
        self.step as f64 * self.dt_ms.wide()
    }

    /// Refuses a state that is not finite.
    fn check(&self) -> Result<(), NeuronError> {
        match self.x.values().iter().position(|x| !x.wide().is_finite()) {
            None => Ok(()),
            Some(k) => Err(NeuronError::Diverged {
                model: D::NAME,
                variable: D::VARIABLES[k],
                neuron: 0,
                time_ms: self.time_ms(),
                found: self.x[k].wide(),
            }),
        }
    }

    /// Advances one step, or to its first spike, where the clock then stands (after the reset), at time 0 of a new grid. Gives
    /// the time since the last zero of the clock if there is a spike.
    ///
    /// With a grid that begins at spikes, what happens between them is a map of the state on the section V = level onto itself.
    pub(crate) fn advance_to_spike<S: Scheme>(&mut self, input: F) -> Result<Option<F>, NeuronError> {
        let next = S::step::<D, F>(&self.p, &self.x, input, self.dt_ms);
        if self.x[0] >= self.level || next[0] < self.level {
            self.x = next;
            self.step += 1;
            self.check()?;
            return Ok(None);
        }
        let part = if D::RESETS {
            arrival::<D, S, F>(&self.p, &self.x, input, self.dt_ms, self.level)
        } else {
            crossing::<D, F>(&self.p, &self.x, &next, input, self.dt_ms, self.level)
        } * self.dt_ms;
        let at = S::step::<D, F>(&self.p, &self.x, input, part);
        let at = D::State::from_fn(|k| if k == 0 { self.level } else { at[k] });
        let time = F::of(self.time_ms()) + part;
        self.x = D::reset(&self.p, &at);
        self.step = 0;
        self.check()?;
        Ok(Some(time))
    }

    /// Advances one step and hands over the times of its spikes.
    pub(crate) fn advance<S: Scheme>(&mut self, input: F, mut spike: impl FnMut(F)) -> Result<(), NeuronError> {
        let start_ms = F::of(self.time_ms());
        let next = S::step::<D, F>(&self.p, &self.x, input, self.dt_ms);
        if !D::RESETS {
            if self.x[0] < self.level && next[0] >= self.level {
                let theta = crossing::<D, F>(&self.p, &self.x, &next, input, self.dt_ms, self.level);
                spike(start_ms + theta * self.dt_ms);
            }
            self.x = next;
        } else if next[0] >= self.level {
            // The step again up to the spike, and from the reset on for what is left of it.
            let (mut done, mut left) = (F::of(0.0), self.dt_ms);
            for count in 0.. {
                let next = S::step::<D, F>(&self.p, &self.x, input, left);
                if next[0] < self.level || count == MOST_SPIKES {
                    self.x = next;
                    break;
                }
                let part = arrival::<D, S, F>(&self.p, &self.x, input, left, self.level) * left;
                let at = S::step::<D, F>(&self.p, &self.x, input, part);
                done += part;
                left -= part;
                spike(start_ms + done);
                self.x = D::reset(&self.p, &at);
            }
        } else {
            self.x = next;
        }
        self.step += 1;
        self.check()
    }
}

/// Simulates one neuron for `steps` steps of `dt_ms` from the state `start`; `input` gives the input from the time (ms) of the
/// beginning of a step, in the unit of the model, and is constant within it.
///
/// A spike is the upward crossing of the spike level, found within its step: from a polynomial of degree 5 where the state goes
/// on, from a shorter step up to the reset where it does not (the rest of the step then starts from the reset state).
/// Spike times thus have the order of the scheme. A potential that is above the level for less than a step leaves no spike.
///
/// ```
/// use evoplast_neuron::dynamics::{HodgkinHuxley, HodgkinHuxleyParams, Rk4, rest, simulate};
/// let squid = HodgkinHuxleyParams::default();
/// let run = simulate::<HodgkinHuxley, Rk4>(&squid, rest::<HodgkinHuxley>(&squid), |_| 10.0, 0.01, 2000)?;
/// assert_eq!(run.states.len(), 2001);
/// assert!((run.spikes_ms[0] - 1.901_231_5).abs() < 1e-6 && run.spikes_ms.len() == 2);
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
///
/// # Errors
/// A bad parameter, a `dt_ms` that is not positive, or a state that is not finite, with its time: the step is too large for
/// the scheme, or the input is not finite.
pub fn simulate<D: Dynamics, S: Scheme>(
    params: &D::Params,
    start: D::State<f64>,
    input: impl Fn(f64) -> f64,
    dt_ms: f64,
    steps: usize,
) -> Result<Run<D, f64>, NeuronError> {
    simulate_in::<D, S, f64>(params, D::parameters(params), start, input, dt_ms, steps)
}

/// [`simulate`] in any number type, with the parameters of the equations as numbers: dual numbers give the derivatives of the
/// whole trajectory and of the spike times, the shift of a reset in time included.
///
/// ```
/// use evoplast_neuron::dynamics::{HodgkinHuxley, HodgkinHuxleyParams, Rk4, parameters_as, rest, simulate_in};
/// use evoplast_neuron::{Dual, Scalar, Tangent};
/// type D = Dual<f64, 1>; // one derivative: by the input
/// let squid = HodgkinHuxleyParams::default();
/// let (p, start) = (parameters_as::<HodgkinHuxley, D>(&squid), rest::<HodgkinHuxley>(&squid).map(D::of));
/// let run = simulate_in::<HodgkinHuxley, Rk4, D>(&squid, p, start, |_| D::variable(10.0, 0), 0.01, 300)?;
/// assert!(run.spikes_ms[0].part(0) < 0.0); // more current, earlier spike
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
///
/// # Errors
/// As for [`simulate`].
pub fn simulate_in<D: Dynamics, S: Scheme, F: Scalar>(
    params: &D::Params,
    p: D::Parameters<F>,
    start: D::State<F>,
    input: impl Fn(f64) -> F,
    dt_ms: f64,
    steps: usize,
) -> Result<Run<D, F>, NeuronError> {
    let mut clock = Clock::<D, F>::new(params, p, start, dt_ms)?;
    let mut run = Run { states: Vec::with_capacity(steps + 1), spikes_ms: vec![] };
    run.states.push(clock.x);
    for _ in 0..steps {
        clock.advance::<S>(input(clock.time_ms()), |t| run.spikes_ms.push(t))?;
        run.states.push(clock.x);
    }
    Ok(run)
}

/// [`simulate`] for every neuron of a population that is not connected: `input` gives the input of a neuron at a time.
///
/// # Errors
/// As for [`simulate`], with the index of the neuron; arrays of different lengths.
pub fn simulate_population<D: Dynamics, S: Scheme>(
    params: &[D::Params],
    start: &[D::State<f64>],
    input: impl Fn(usize, f64) -> f64,
    dt_ms: f64,
    steps: usize,
) -> Result<Vec<Run<D, f64>>, NeuronError> {
    if start.len() != params.len() {
        return Err(NeuronError::Length { what: "initial states", found: start.len(), expected: params.len() });
    }
    let one = |(i, (p, &x)): (usize, (&D::Params, &D::State<f64>))| {
        simulate::<D, S>(p, x, |t| input(i, t), dt_ms, steps).map_err(|error| error.of_neuron(i))
    };
    params.iter().zip(start).enumerate().map(one).collect()
}

/// [`simulate`] with the derivatives of every state and spike time by the initial state, the input and the parameters, the
/// solution of the variational equations of the scheme: `part(k)` is that by the initial value of variable k, `part(N)` by a
/// constant added to the input, `part(N + 1 + q)` by parameter q (N the number of variables; see [`Dynamics::PARAMETERS`]).
///
/// # Errors
/// As for [`simulate`].
pub fn simulate_with_sensitivities<D: Dynamics, S: Scheme>(
    params: &D::Params,
    start: D::State<f64>,
    input: impl Fn(f64) -> f64,
    dt_ms: f64,
    steps: usize,
) -> Result<Run<D, D::FullDual<f64>>, NeuronError> {
    let n = D::VARIABLES.len();
    let p = D::parameters(params);
    let p = D::Parameters::from_fn(|q| D::FullDual::variable(p[q], n + 1 + q));
    let x = D::State::from_fn(|k| D::FullDual::variable(start[k], k));
    simulate_in::<D, S, D::FullDual<f64>>(params, p, x, |t| D::FullDual::variable(input(t), n), dt_ms, steps)
}
