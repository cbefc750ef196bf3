//! Periodic firing under a constant input.

use crate::dynamics::{Clock, Dynamics, Rk4, derivatives, rest};
use crate::{Dual, NeuronError, Scalar, Tangent, Vector};

/// How a limit cycle is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CycleOptions<X> {
    /// Step of the Runge-Kutta method (ms). Periods are of fourth order in it.
    pub dt_ms: f64,
    /// Two successive periods and their slopes that differ by less than this share end the search.
    pub tolerance: f64,
    /// How long the neuron may take to settle (ms).
    pub longest_ms: f64,
    /// Where it starts; `None` for its rest without input. Where rest and firing coexist the start decides.
    pub start: Option<X>,
}

impl<X> Default for CycleOptions<X> {
    fn default() -> Self {
        Self { dt_ms: 0.01, tolerance: 1e-9, longest_ms: 2e4, start: None }
    }
}

/// A stable periodic orbit with one spike per period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitCycle<D: Dynamics> {
    /// Period T (ms).
    pub period_ms: f64,
    /// Change of the period with the input, dT/dI (ms per unit of input).
    pub period_per_input: f64,
    /// Lowest potential (mV).
    pub v_min_mv: f64,
    /// Highest potential (mV).
    pub v_max_mv: f64,
    /// The state of the orbit at a spike, after the reset if there is one.
    pub state: D::State<f64>,
}

impl<D: Dynamics> LimitCycle<D> {
    /// Spikes per second.
    #[must_use]
    pub fn frequency_hz(&self) -> f64 {
        1000.0 / self.period_ms
    }
}

/// The limit cycle that the neuron settles on under a constant input: one point of its f-I curve, with the slope.
///
/// The neuron is simulated from spike to spike, with the derivative by the input, until the period stays the same: a fixed point of the
/// map from one spike to the next, by iteration. What is found is stable.
///
/// # Errors
/// [`NeuronError::NoCycle`] if it rests, does not settle in time or fires in bursts of unequal intervals; a bad parameter;
/// a state that is not finite.
pub fn limit_cycle<D: Dynamics>(
    params: &D::Params,
    input: f64,
    options: &CycleOptions<D::State<f64>>,
) -> Result<LimitCycle<D>, NeuronError> {
    type Input = Dual<f64, 1>;
    let start = options.start.unwrap_or_else(|| rest::<D>(params));
    let p = D::parameters(params);
    let p = D::Parameters::from_fn(|q| <Input as Scalar>::of(p[q]));
    let x = D::State::from_fn(|k| <Input as Scalar>::of(start[k]));
    let mut clock = Clock::<D, Input>::new(params, p, x, options.dt_ms)?;
    let input_dual = Dual::variable(input, 0);
    let (mut before, mut spikes): (Option<Input>, u64) = (None, 0);
    let mut extremes = Extremes::default();
    let steps = (options.longest_ms / options.dt_ms) as u64;
    for _ in 0..steps {
        let Some(period) = clock.advance_to_spike::<Rk4>(input_dual)? else {
            extremes.see(&clock, input_dual);
            continue;
        };
        spikes += 1;
        if before.is_some_and(|before| settled(before, period, options.tolerance)) {
            return Ok(LimitCycle {
                period_ms: period.value(),
                period_per_input: period.part(0),
                v_min_mv: extremes.low,
                v_max_mv: extremes.high,
                state: D::State::from_fn(|k| clock.x[k].value()),
            });
        }
        // The first interval is not one between spikes.
        before = (spikes > 1).then_some(period);
        extremes = Extremes::default();
    }
    let found = match spikes {
        0 | 1 => "it does not fire repeatedly".to_owned(),
        n => format!("its period still changes after {n} spikes"),
    };
    Err(NeuronError::NoCycle { model: D::NAME, input, time_ms: options.longest_ms, found })
}

fn settled(before: Dual<f64, 1>, now: Dual<f64, 1>, tolerance: f64) -> bool {
    let close = |a: f64, b: f64, scale: f64| (a - b).abs() <= tolerance * scale;
    // The slope converges after the period and loses digits where it is much larger.
    close(before.value, now.value, now.value)
        && close(before.parts[0], now.parts[0], 100.0 * now.parts[0].abs().max(1.0))
}

/// Lowest and highest potential, between grid points too.
struct Extremes {
    low: f64,
    high: f64,
    slope: Option<f64>,
}

impl Default for Extremes {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, slope: None }
    }
}

impl Extremes {
    fn see<D: Dynamics>(&mut self, clock: &Clock<D, Dual<f64, 1>>, input: Dual<f64, 1>) {
        let v = clock.x[0].value();
        let slope = D::rates(&clock.p, &clock.x, input)[0].value();
        let turned = !D::RESETS && self.slope.is_some_and(|before| (before < 0.0) != (slope < 0.0));
        // The vertex of the parabola through the point behind a turn.
        let vertex = if turned {
            let [v, slope, bend] = derivatives::<D, _>(&clock.p, &clock.x, input).map(Tangent::value);
            v - 0.5 * slope * slope / bend
        } else {
            v
        };
        self.low = self.low.min(v).min(vertex);
        self.high = self.high.max(v).max(vertex);
        self.slope = Some(slope);
    }
}
