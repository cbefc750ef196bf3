//! Going back through a step whose stages are coupled.
//!
//! `X_s = x + a_s h k_(s-1)`, `k_s = f(X_s, I(T(X_s)))`, `x' = x + h sum_s b_s k_s`; from the last stage to the first
//!
//! ```text
//! k_bar_s = h b_s x'_bar + a_(s+1) h X_bar_(s+1)
//! (X_bar_s, I_bar) = (df/dX, df/dI)^T k_bar_s,   z_bar = scale I_bar,   W_bar += T_s z_bar^T
//! V of X_bar_s += (W z_bar) T_s (1 - T_s)/K_p,   x_bar += X_bar_s
//! ```
//!
//! Where receptors follow, `ds/dt = (T - s)/tau` is one more equation: z has the s of the stage instead of T_s, and
//!
//! ```text
//! V of X_bar_s += l_bar_s/tau T_s (1 - T_s)/K_p,   S_bar_s = W z_bar - l_bar_s/tau,   s_bar += S_bar_s
//! ```
//!
//! with l_bar the adjoint of the slope of s, as k_bar.

use super::chunk::{State, release_back};
use super::engine::Job;
use evoplast_neuron::dynamics::Dynamics;
use evoplast_neuron::{Scalar, Tangent, Vector};
use evoplast_synapse::graded::product::{accumulate, correlate};
use evoplast_synapse::graded::{Follow, Stage, currents, transmission};

/// Takes adjoints of the state from after the step (`bars`, those of variables and of s) to before it, puts the sum of the
/// adjoints of z over stages into `z_sum`, and adds to the gradient of the recurrent weights. Where s is not a state of its own,
/// its adjoint is 0 after the step and before it.
pub(super) fn step_back<D: Dynamics, F: Scalar, const L: usize>(
    job: &Job<'_, D, F>,
    list: &[Stage],
    before: State<'_, F>,
    base: &[F],
    bars: [&mut [F]; 2],
    z_sum: &mut [F],
    recurrent: &mut [F],
) {
    let (c, State { x, s }, [x_bar, s_bar]) = (&job.constants, before, bars);
    let rate = if let Follow::Rate(rate) = c.follow { rate } else { F::of(0.0) };
    let follows = matches!(c.follow, Follow::Rate(_));
    let (count, length) = (<D::State<F> as Vector<F>>::LEN, base.len());
    let n = length / L;
    let parameters = |place: usize| &c.params[if c.params.len() == 1 { 0 } else { place / L }];

    // Stages once more, with all they need on the way back.
    let mut states: Vec<Vec<F>> = Vec::with_capacity(list.len());
    let (mut released, mut arrived, mut inputs) = (vec![], vec![], vec![]);
    let mut slope = vec![F::of(0.0); count * length];
    let mut s_slope = vec![F::of(0.0); length];
    for stage in list {
        let h = F::of(stage.a) * c.dt_ms;
        let state: Vec<F> =
            if stage.a == 0.0 { x.to_vec() } else { x.iter().zip(&slope).map(|(x, f)| *x + h * *f).collect() };
        let (mut t, mut current) = (vec![F::of(0.0); length], vec![F::of(0.0); length]);
        transmission(c.threshold_mv, c.per_slope, &state[..length], &mut t);
        let mut at = t.clone();
        if follows {
            for (place, at) in at.iter_mut().enumerate() {
                *at = if stage.a == 0.0 { s[place] } else { s[place] + h * s_slope[place] };
                s_slope[place] = rate * (t[place] - *at);
            }
        }
        currents::<D, F, L>(c, job.weights.recurrent(), &at, base, &mut current);
        for place in 0..length {
            let at = D::State::from_fn(|k| state[k * length + place]);
            let f = D::rates(parameters(place), &at, current[place]);
            (0..count).for_each(|k| slope[k * length + place] = f[k]);
        }
        states.push(state);
        released.push(t);
        arrived.push(at);
        inputs.push(current);
    }

    let (after, s_after) = (x_bar.to_vec(), s_bar.to_vec());
    let mut stage_bar = vec![F::of(0.0); count * length];
    let mut s_stage_bar = vec![F::of(0.0); length];
    let (mut z_bar, mut t_bar) = (vec![F::of(0.0); length], vec![F::of(0.0); length]);
    z_sum.fill(F::of(0.0));
    for (s, stage) in list.iter().enumerate().rev() {
        let direct = F::of(stage.b) * c.dt_ms;
        let through = list.get(s + 1).map_or(F::of(0.0), |next| F::of(next.a) * c.dt_ms);
        for place in 0..length {
            let p = parameters(place);
            let p = D::Parameters::from_fn(|q| D::StateDual::constant(p[q]));
            let at = D::State::from_fn(|k| D::StateDual::variable(states[s][k * length + place], k));
            let f = D::rates(&p, &at, D::StateDual::variable(inputs[s][place], count));
            let k_bar =
                D::State::from_fn(|k| direct * after[k * length + place] + through * stage_bar[k * length + place]);
            let sum = |j: usize| (0..count).map(|k| k_bar[k] * f[k].part(j)).sum::<F>();
            (0..count).for_each(|j| stage_bar[j * length + place] = sum(j));
            z_bar[place] = c.scale * sum(count);
        }
        correlate::<F, L>(arrived[s].as_chunks::<L>().0, z_bar.as_chunks::<L>().0, n, n, recurrent);
        t_bar.fill(F::of(0.0));
        accumulate::<F, L>(&job.transposed, z_bar.as_chunks::<L>().0, t_bar.as_chunks_mut::<L>().0);
        if follows {
            for place in 0..length {
                // The adjoint of the slope of s, over tau.
                let slope_bar = rate * (direct * s_after[place] + through * s_stage_bar[place]);
                s_stage_bar[place] = t_bar[place] - slope_bar;
                s_bar[place] += s_stage_bar[place];
                t_bar[place] = slope_bar;
            }
        }
        release_back(c.per_slope, &released[s], &t_bar, &mut stage_bar[..length]);
        z_sum.iter_mut().zip(&z_bar).for_each(|(sum, z)| *sum += *z);
        x_bar.iter_mut().zip(&stage_bar).for_each(|(bar, s)| *bar += *s);
    }
}
