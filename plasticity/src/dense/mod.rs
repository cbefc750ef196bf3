//! The reference: a factored rule applied to every synapse in every step.
//!
//! Order within a step `t` of `dt`:
//! 1. spikes `S(t)` are given;
//! 2. the magnitude `u` of every synapse of a neuron of type `m` onto one of type `n` changes by
//!    `η Σ_k c_k[m, n] term_k` and by the triplet terms, if any, from `S(t)`, the traces `X` and `Y` before this
//!    step's increment, and the reward trace `R^n(t)` of the postsynaptic type;
//! 3. traces: `X ← exp(-dt/τ) (X + S)` for every neuron, by its type and side, and `Y` likewise; where a spike meets
//!    only the last one, `X ← exp(-dt/τ)` at a spike;
//! 4. reward: `R^n ← exp(-dt/τ_R^n) R^n` for every type. [`Dense::reward`] adds the reward
//!    prediction error after that.
//!
//! Traces before the increment keep `S·X` from being `S²` in disguise: a spike does not meet its own
//! trace. Written for clearness: it evaluates every active term from its factors, for every synapse. Besides being the
//! reference it is the way to soft bounds, which have no closed form between spikes.

mod projection;

use num_traits::Float;

use crate::bounds::{Bounds, BoundsWhen};
use crate::error::{PlasticityError, check_values};
use crate::factored::{Factored, FactoredRule, Pairing};
use crate::taylor::{TERMS, Term};

/// Who connects to whom: rows of synapses by presynaptic neuron, and the type of every neuron. The two
/// populations may be the same one.
#[derive(Debug, Clone, Copy)]
pub struct Connections<'a> {
    /// Synapses of presynaptic neuron `i` are `row_start[i]..row_start[i + 1]`.
    pub row_start: &'a [usize],
    /// Postsynaptic neuron of every synapse.
    pub targets: &'a [u32],
    /// Type of every presynaptic neuron.
    pub pre_type: &'a [u16],
    /// Type of every postsynaptic neuron.
    pub post_type: &'a [u16],
    /// Number of presynaptic and of postsynaptic types.
    pub types: [usize; 2],
}

/// State of a rule on a set of synapses, without their weights.
#[derive(Debug, Clone)]
pub struct Dense<F> {
    rule: FactoredRule,
    active: Vec<Term>,
    bounds: Bounds,
    when: BoundsWhen,
    row_start: Vec<usize>,
    targets: Vec<u32>,
    pre_type: Vec<u16>,
    post_type: Vec<u16>,
    scale: Vec<F>,
    upper: Vec<F>,
    /// Decay of X_pre, X_post and R per step, by type; of Y_pre and Y_post.
    rho_pre: Vec<F>,
    rho_post: Vec<F>,
    rho_reward: Vec<F>,
    rho_slow: [Vec<F>; 2],
    x_pre: Vec<F>,
    x_post: Vec<F>,
    /// Slow traces, empty for a rule without triplet terms.
    y_pre: Vec<F>,
    y_post: Vec<F>,
    /// Spikes of this step as 0 and 1.
    s_pre: Vec<F>,
    s_post: Vec<F>,
    reward: Vec<F>,
    /// Change since the last touch, by synapse; stays zero with [`BoundsWhen::EveryStep`].
    pending: Vec<F>,
}

impl<F: Float> Dense<F> {
    /// A rule at rest: all traces zero.
    ///
    /// `scale` is the learning rate η of every synapse and `upper` the upper bound of its magnitude, in
    /// the unit of the weights.
    ///
    /// # Errors
    /// `dt_ms` is not positive, lists of the wrong length, rows that are not consecutive, a target or
    /// type out of range, a scale that is not finite, or an upper bound that is negative or not finite.
    pub fn new(
        rule: &impl Factored,
        dt_ms: f64,
        connections: Connections<'_>,
        scale: &[F],
        upper: &[F],
        bounds: Bounds,
        when: BoundsWhen,
    ) -> Result<Self, PlasticityError> {
        check_values("dt_ms", &[dt_ms], 1, "a positive time in ms", |dt| dt.is_finite() && dt > 0.0)?;
        let [types_pre, types_post] = connections.types;
        let rule = rule.factored(types_pre, types_post)?;
        check_connections(&connections)?;
        let synapses = connections.targets.len();
        check_values("scale", &to_f64(scale), synapses, "a finite number", f64::is_finite)?;
        check_values("upper", &to_f64(upper), synapses, "a finite number >= 0", |bound| {
            bound.is_finite() && bound >= 0.0
        })?;
        let decay = |taus: &[f64]| taus.iter().map(|tau_ms| float((-dt_ms / tau_ms).exp())).collect();
        let (n_pre, n_post) = (connections.pre_type.len(), connections.post_type.len());
        let slow = rule.slow_traces();
        let slow_decay = |tau_ms: Option<f64>, types| tau_ms.map_or(vec![], |tau| decay(&vec![tau; types]));
        Ok(Self {
            active: TERMS.iter().copied().filter(|&term| rule.is_active(term)).collect(),
            rho_slow: [
                slow_decay(slow.map(|s| s.tau_pre_ms), types_pre),
                slow_decay(slow.map(|s| s.tau_post_ms), types_post),
            ],
            y_pre: vec![F::zero(); if slow.is_some() { n_pre } else { 0 }],
            y_post: vec![F::zero(); if slow.is_some() { n_post } else { 0 }],
            bounds,
            when,
            row_start: connections.row_start.to_vec(),
            targets: connections.targets.to_vec(),
            pre_type: connections.pre_type.to_vec(),
            post_type: connections.post_type.to_vec(),
            scale: scale.to_vec(),
            upper: upper.to_vec(),
            rho_pre: decay(rule.tau_pre_ms()),
            rho_post: decay(rule.tau_post_ms()),
            rho_reward: decay(rule.tau_reward_ms()),
            x_pre: vec![F::zero(); n_pre],
            x_post: vec![F::zero(); n_post],
            s_pre: vec![F::zero(); n_pre],
            s_post: vec![F::zero(); n_post],
            reward: vec![F::zero(); types_post],
            pending: vec![F::zero(); synapses],
            rule,
        })
    }

    /// One step, with the indices of the neurons that fired in it. `weights` holds the magnitude of
    /// every synapse; with [`BoundsWhen::AtTouches`], as of its last touch.
    ///
    /// # Errors
    /// Another number of weights than synapses, or a neuron index out of range; nothing has changed
    /// then.
    pub fn step(&mut self, pre_spikes: &[u32], post_spikes: &[u32], weights: &mut [F]) -> Result<(), PlasticityError> {
        self.check_weights(weights)?;
        check_indices("pre_spikes", pre_spikes, self.x_pre.len())?;
        check_indices("post_spikes", post_spikes, self.x_post.len())?;
        mark(&mut self.s_pre, pre_spikes);
        mark(&mut self.s_post, post_spikes);

        for i in 0..self.pre_type.len() {
            for synapse in self.row_start[i]..self.row_start[i + 1] {
                let du = self.change(i, synapse);
                match self.when {
                    BoundsWhen::EveryStep => {
                        let u = weights[synapse];
                        weights[synapse] = self.bounds.apply(u, du, self.upper[synapse]);
                    }
                    BoundsWhen::AtTouches => {
                        self.pending[synapse] = self.pending[synapse] + du;
                        if self.s_pre[i] > F::zero() {
                            self.touch(synapse, weights);
                        }
                    }
                }
            }
        }

        let pairing = self.rule.pairing();
        for (x, s, types, rho) in [
            (&mut self.x_pre, &self.s_pre, &self.pre_type, &self.rho_pre),
            (&mut self.x_post, &self.s_post, &self.post_type, &self.rho_post),
            (&mut self.y_pre, &self.s_pre, &self.pre_type, &self.rho_slow[0]),
            (&mut self.y_post, &self.s_post, &self.post_type, &self.rho_slow[1]),
        ] {
            advance_traces(x, s, types, rho, pairing);
        }
        for (r, &rho) in self.reward.iter_mut().zip(&self.rho_reward) {
            *r = *r * rho;
        }
        Ok(())
    }

    /// Adds a reward prediction error to the reward trace of every type: it acts from the next step on.
    pub fn reward(&mut self, delta_r: F) {
        for r in &mut self.reward {
            *r = *r + delta_r;
        }
    }

    /// Brings every weight up to date. Changes nothing with [`BoundsWhen::EveryStep`].
    ///
    /// # Errors
    /// Another number of weights than synapses.
    pub fn flush(&mut self, weights: &mut [F]) -> Result<(), PlasticityError> {
        self.check_weights(weights)?;
        if self.when == BoundsWhen::AtTouches {
            for synapse in 0..weights.len() {
                self.touch(synapse, weights);
            }
        }
        Ok(())
    }

    /// Back to rest: traces, rewards and changes not yet applied are zero.
    pub fn reset(&mut self) {
        let traces = [&mut self.x_pre, &mut self.x_post, &mut self.y_pre, &mut self.y_post];
        traces.into_iter().chain([&mut self.reward, &mut self.pending]).for_each(|state| state.fill(F::zero()));
    }

    /// Eligibility traces of the presynaptic neurons, as the next step reads them.
    pub fn x_pre(&self) -> &[F] {
        &self.x_pre
    }

    /// Eligibility traces of the postsynaptic neurons, as the next step reads them.
    pub fn x_post(&self) -> &[F] {
        &self.x_post
    }

    /// Reward trace of every type, as the next step reads it.
    pub fn reward_trace(&self) -> &[F] {
        &self.reward
    }

    /// `η Σ_k c_k term_k` of one synapse of presynaptic neuron `i`, with the triplet terms.
    fn change(&self, i: usize, synapse: usize) -> F {
        let j = self.targets[synapse] as usize;
        let (m_pre, m_post) = (usize::from(self.pre_type[i]), usize::from(self.post_type[j]));
        let r = self.reward[m_post];
        let mut sum = F::zero();
        let (s_pre, x_pre) = (self.s_pre[i], self.x_pre[i]);
        let (s_post, x_post) = (self.s_post[j], self.x_post[j]);
        for &term in &self.active {
            let c: F = float(self.rule.coefficient(term, m_pre, m_post));
            sum = sum + c * term.value(s_pre, x_pre, s_post, x_post, r);
        }
        if let Some(slow) = self.rule.slow_traces() {
            let pair = m_pre * self.rule.types_post() + m_post;
            sum = sum + float::<F>(slow.on_pre[pair]) * s_pre * x_post * self.y_pre[i];
            sum = sum + float::<F>(slow.on_post[pair]) * s_post * x_pre * self.y_post[j];
        }
        self.scale[synapse] * sum
    }

    fn touch(&mut self, synapse: usize, weights: &mut [F]) {
        let du = std::mem::replace(&mut self.pending[synapse], F::zero());
        weights[synapse] = self.bounds.apply(weights[synapse], du, self.upper[synapse]);
    }

    fn check_weights(&self, weights: &[F]) -> Result<(), PlasticityError> {
        if weights.len() == self.targets.len() {
            return Ok(());
        }
        Err(PlasticityError::Length { what: "weights".to_owned(), expected: self.targets.len(), found: weights.len() })
    }
}

fn float<F: Float>(value: f64) -> F {
    F::from(value).expect("every float type converts from f64, if need be by rounding")
}

fn to_f64<F: Float>(values: &[F]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64().unwrap_or(f64::NAN)).collect()
}

fn mark<F: Float>(spiked: &mut [F], neurons: &[u32]) {
    spiked.fill(F::zero());
    for &neuron in neurons {
        spiked[neuron as usize] = F::one();
    }
}

fn advance_traces<F: Float>(x: &mut [F], s: &[F], types: &[u16], rho: &[F], pairing: Pairing) {
    for neuron in 0..x.len() {
        let spiked = s[neuron] > F::zero();
        let taken = if spiked && pairing == Pairing::NearestSpike { F::one() } else { x[neuron] + s[neuron] };
        x[neuron] = rho[usize::from(types[neuron])] * taken;
    }
}

fn check_connections(connections: &Connections<'_>) -> Result<(), PlasticityError> {
    let Connections { row_start, targets, pre_type, post_type, types } = *connections;
    if row_start.len() != pre_type.len() + 1 {
        return Err(PlasticityError::Length {
            what: "row_start".to_owned(),
            expected: pre_type.len() + 1,
            found: row_start.len(),
        });
    }
    let mut previous = 0;
    for (index, &found) in row_start.iter().enumerate() {
        let misplaced = match index {
            0 => found != 0,
            _ if index == pre_type.len() => found != targets.len(),
            _ => found > targets.len(),
        };
        if misplaced || found < previous {
            return Err(PlasticityError::RowStart { index, synapses: targets.len(), found });
        }
        previous = found;
    }
    check_indices("targets", targets, post_type.len())?;
    check_indices("pre_type", pre_type, types[0])?;
    check_indices("post_type", post_type, types[1])
}

fn check_indices<I>(what: &'static str, indices: &[I], limit: usize) -> Result<(), PlasticityError>
where
    I: Copy + Into<u32>,
{
    for (index, &value) in indices.iter().enumerate() {
        let found = value.into() as usize;
        if found >= limit {
            return Err(PlasticityError::IndexOutOfRange { what, index, limit, found });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::taylor::TaylorRule;

    fn build(
        row_start: &[usize],
        targets: &[u32],
        pre_type: &[u16],
        upper: &[f32],
    ) -> Result<Dense<f32>, PlasticityError> {
        let rule = TaylorRule::s_pre(vec!["e".to_owned()]).unwrap();
        let connections = Connections { row_start, targets, pre_type, post_type: &[0, 0], types: [1, 1] };
        let scale = vec![1.0; targets.len()];
        Dense::new(&rule, 1.0, connections, &scale, upper, Bounds::Hard, BoundsWhen::EveryStep)
    }

    #[test]
    fn malformed_connections_are_named() {
        let message = |result: Result<_, PlasticityError>| match result {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        };
        let ok = [1.0, 1.0];
        assert_eq!(message(build(&[0, 2], &[0, 1], &[0], &ok).map(|_| ())), "accepted");
        assert_eq!(message(build(&[0, 1, 2], &[0, 1], &[0], &ok).map(|_| ())), "row_start: expected 2 values, found 3");
        for (rows, index) in [([1, 2, 2], 0), ([0, 3, 2], 1), ([0, 1, 1], 2)] {
            assert!(matches!(
                build(&rows, &[0, 1], &[0, 0], &ok),
                Err(PlasticityError::RowStart { index: at, .. }) if at == index
            ));
        }
        assert_eq!(
            message(build(&[0, 2], &[0, 2], &[0], &ok).map(|_| ())),
            "targets[1]: expected an index below 2, found 2"
        );
        assert_eq!(
            message(build(&[0, 2], &[0, 1], &[1], &ok).map(|_| ())),
            "pre_type[0]: expected an index below 1, found 1"
        );
        assert_eq!(
            message(build(&[0, 2], &[0, 1], &[0], &[1.0, -1.0]).map(|_| ())),
            "upper[1]: expected a finite number >= 0, found -1"
        );
    }

    #[test]
    fn a_wrong_step_is_refused_and_changes_nothing() {
        let mut dense = build(&[0, 2], &[0, 1], &[0], &[1.0, 1.0]).unwrap();
        let mut weights = [0.25, 0.25];
        assert!(matches!(
            dense.step(&[0], &[2], &mut weights),
            Err(PlasticityError::IndexOutOfRange { what: "post_spikes", .. })
        ));
        assert!(matches!(
            dense.step(&[0], &[], &mut weights[..1]),
            Err(PlasticityError::Length { expected: 2, found: 1, .. })
        ));
        assert!(matches!(dense.flush(&mut []), Err(PlasticityError::Length { .. })));
        assert_eq!((weights, dense.x_pre()), ([0.25, 0.25], &[0.0][..]));
    }
}
