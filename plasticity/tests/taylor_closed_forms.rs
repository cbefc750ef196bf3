//! The dense reference against sums that can be written down: one synapse, given spike times.
#![allow(clippy::unwrap_used)]

use evoplast_plasticity::{Bounds, BoundsWhen, Connections, Dense, taylor::TaylorRule};

const TAU_PRE_MS: f64 = 12.0;
const TAU_POST_MS: f64 = 30.0;
const TAU_R_PRE_MS: f64 = 40.0;
const TAU_R_POST_MS: f64 = 90.0;

/// The rule `Δw = term` on a synapse from type 0 to type 1, with their own time constants.
fn rule(term: &str) -> TaylorRule {
    TaylorRule::silent(vec!["pre".to_owned(), "post".to_owned()])
        .and_then(|rule| rule.with_term(term, 1.0))
        .and_then(|rule| rule.with_tau_e_ms(vec![TAU_PRE_MS, TAU_POST_MS]))
        .and_then(|rule| rule.with_tau_r_ms(vec![TAU_R_PRE_MS, TAU_R_POST_MS]))
        .unwrap()
}

struct Train<'a> {
    dt_ms: f64,
    steps: usize,
    pre: &'a [usize],
    post: &'a [usize],
    /// `(step, delta_R)`: the reward is added at the end of this step.
    rewards: &'a [(usize, f64)],
}

const QUIET: Train<'static> = Train { dt_ms: 1.0, steps: 100, pre: &[], post: &[], rewards: &[] };

/// Change of the weight by one term over a spike train, unbounded, with learning rate 1.
fn change(term: &str, train: &Train<'_>) -> f64 {
    let connections = Connections { row_start: &[0, 1], targets: &[0], pre_type: &[0], post_type: &[1], types: [2, 2] };
    let (bounds, when) = (Bounds::None, BoundsWhen::EveryStep);
    let mut dense = Dense::new(&rule(term), train.dt_ms, connections, &[1.0], &[1.0], bounds, when).unwrap();
    let mut weights = [0.0];
    for step in 0..train.steps {
        let fired = |times: &[usize]| if times.contains(&step) { vec![0] } else { vec![] };
        dense.step(&fired(train.pre), &fired(train.post), &mut weights).unwrap();
        for (_, delta_r) in train.rewards.iter().filter(|reward| reward.0 == step) {
            dense.reward(*delta_r);
        }
    }
    weights[0]
}

fn assert_close(found: f64, expected: f64) {
    let tolerance = 1e-12 * expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected}");
}

/// `q + q² + … + q^n`.
fn geometric(q: f64, n: i32) -> f64 {
    (1..=n).map(|k| q.powi(k)).sum()
}

#[test]
fn pair_terms_are_exponential_stdp_windows() {
    for lag in [1, 5, 20, 60] {
        let d = lag as f64;
        let causal = Train { pre: &[10], post: &[10 + lag], ..QUIET };
        assert_close(change("S_post X_pre", &causal), (-d / TAU_PRE_MS).exp());
        assert_close(change("S_pre X_post", &causal), 0.0);
        let acausal = Train { pre: &[10 + lag], post: &[10], ..QUIET };
        assert_close(change("S_pre X_post", &acausal), (-d / TAU_POST_MS).exp());
        assert_close(change("S_post X_pre", &acausal), 0.0);
    }
}

#[test]
fn lags_are_in_milliseconds_for_any_step() {
    let train = Train { dt_ms: 0.25, pre: &[10], post: &[50], ..QUIET };
    assert_close(change("S_post X_pre", &train), (-10.0 / TAU_PRE_MS).exp());
}

#[test]
fn coincident_spikes_meet_each_other_but_not_each_others_traces() {
    let train = Train { pre: &[10], post: &[10], ..QUIET };
    assert_close(change("S_pre S_post", &train), 1.0);
    assert_close(change("S_post X_pre", &train), 0.0);
    assert_close(change("S_pre X_post", &train), 0.0);
    let apart = Train { pre: &[10], post: &[11], ..QUIET };
    assert_close(change("S_pre S_post", &apart), 0.0);
}

#[test]
fn spike_terms_count_spikes() {
    let train = Train { pre: &[3, 4, 40, 99], post: &[7, 50], ..QUIET };
    assert_close(change("S_pre", &train), 4.0);
    assert_close(change("S_post", &train), 2.0);
}

#[test]
fn a_spike_does_not_meet_its_own_trace() {
    let one = Train { pre: &[10], post: &[10], ..QUIET };
    assert_close(change("S_pre X_pre", &one), 0.0);
    assert_close(change("S_post X_post", &one), 0.0);
    let two = Train { pre: &[10, 25], post: &[10, 25], ..QUIET };
    assert_close(change("S_pre X_pre", &two), (-15.0 / TAU_PRE_MS).exp());
    assert_close(change("S_post X_post", &two), (-15.0 / TAU_POST_MS).exp());
}

#[test]
fn trace_terms_sum_to_geometric_series() {
    // The spike of step 10 is seen by the 89 steps 11 to 99.
    let train = Train { pre: &[10], post: &[10], ..QUIET };
    let (rho_pre, rho_post) = ((-1.0 / TAU_PRE_MS).exp(), (-1.0 / TAU_POST_MS).exp());
    assert_close(change("X_pre", &train), geometric(rho_pre, 89));
    assert_close(change("X_post", &train), geometric(rho_post, 89));
    assert_close(change("X_pre^2", &train), geometric(rho_pre * rho_pre, 89));
    assert_close(change("X_post^2", &train), geometric(rho_post * rho_post, 89));
    assert_close(change("X_pre X_post", &train), geometric(rho_pre * rho_post, 89));
    // The closed form that an event-driven evaluation uses.
    let q = rho_pre * rho_post;
    assert_close(change("X_pre X_post", &train), q * (1.0 - q.powi(89)) / (1.0 - q));
}

#[test]
fn traces_of_several_spikes_add_up_before_squaring() {
    let train = Train { post: &[10, 13], ..QUIET };
    let x = |t: i32| {
        let since = |spike: i32| if t > spike { (f64::from(spike - t) / TAU_POST_MS).exp() } else { 0.0 };
        since(10) + since(13)
    };
    assert_close(change("X_post", &train), (0..100).map(x).sum());
    assert_close(change("X_post^2", &train), (0..100).map(|t| x(t).powi(2)).sum());
}

#[test]
fn reward_acts_after_its_step_and_decays_by_the_postsynaptic_type() {
    let rho_r = (-1.0 / TAU_R_POST_MS).exp();
    let train = Train { rewards: &[(19, 0.5)], ..QUIET };
    // Steps 20 to 99 see 0.5 ρ^0 to 0.5 ρ^79.
    assert_close(change("R", &train), 0.5 * (1.0 - rho_r.powi(80)) / (1.0 - rho_r));
    let twice = Train { rewards: &[(19, 0.5), (49, -2.0)], ..QUIET };
    let expected = 0.5 * (1.0 - rho_r.powi(80)) - 2.0 * (1.0 - rho_r.powi(50));
    assert_close(change("R", &twice), expected / (1.0 - rho_r));
}

#[test]
fn reward_multiplies_spikes_and_traces() {
    let r = |t: usize| 0.5 * (-((t - 20) as f64) / TAU_R_POST_MS).exp();
    let train = Train { pre: &[10, 33], post: &[12, 33, 47], rewards: &[(19, 0.5)], ..QUIET };
    assert_close(change("S_pre R", &train), r(33));
    assert_close(change("S_post R", &train), r(33) + r(47));
    assert_close(change("S_pre S_post R", &train), r(33));
    let x_pre = |t: f64, spike: f64| ((spike - t) / TAU_PRE_MS).exp();
    let expected = r(33) * x_pre(33.0, 10.0) + r(47) * (x_pre(47.0, 10.0) + x_pre(47.0, 33.0));
    assert_close(change("S_post X_pre R", &train), expected);
    let lone = Train { post: &[10], rewards: &[(19, 0.5)], ..QUIET };
    let q = (-1.0 / TAU_POST_MS - 1.0 / TAU_R_POST_MS).exp();
    let first = 0.5 * (-10.0 / TAU_POST_MS).exp();
    assert_close(change("X_post R", &lone), first * (1.0 - q.powi(80)) / (1.0 - q));
    let q = (-2.0 / TAU_POST_MS - 1.0 / TAU_R_POST_MS).exp();
    let first = 0.5 * (-20.0 / TAU_POST_MS).exp();
    assert_close(change("X_post^2 R", &lone), first * (1.0 - q.powi(80)) / (1.0 - q));
}

#[test]
fn the_learning_rate_scales_and_the_touch_bounds() {
    // Two post spikes drive u up by 0.5 each from 0.75 to above the bound 1; one pre spike with a
    // negative coefficient pulls by 0.5 after. Bounded in every step: 0.75 -> 1 -> 1 -> 0.5. Bounded at
    // the touch by the pre spike: 0.75 + 0.5 + 0.5 - 0.5 -> 1.
    let rule = rule("S_post").with_term("S_pre", -1.0).unwrap();
    let run = |when| {
        let connections =
            Connections { row_start: &[0, 1], targets: &[0], pre_type: &[0], post_type: &[1], types: [2, 2] };
        let mut dense = Dense::new(&rule, 1.0, connections, &[0.5], &[1.0], Bounds::Hard, when).unwrap();
        let mut weights = [0.75];
        dense.step(&[], &[0], &mut weights).unwrap();
        dense.step(&[], &[0], &mut weights).unwrap();
        let before = weights[0];
        dense.step(&[0], &[], &mut weights).unwrap();
        (before, weights[0])
    };
    assert_eq!(run(BoundsWhen::EveryStep), (1.0, 0.5));
    assert_eq!(run(BoundsWhen::AtTouches), (0.75, 1.0));
}

#[test]
fn a_flush_applies_what_is_pending_once() {
    let connections = Connections { row_start: &[0, 1], targets: &[0], pre_type: &[0], post_type: &[1], types: [2, 2] };
    let mut dense =
        Dense::new(&rule("S_post"), 1.0, connections, &[1.0], &[9.0], Bounds::Hard, BoundsWhen::AtTouches).unwrap();
    let mut weights = [1.0];
    dense.step(&[], &[0], &mut weights).unwrap();
    assert_eq!(weights, [1.0]);
    dense.flush(&mut weights).unwrap();
    dense.flush(&mut weights).unwrap();
    assert_eq!(weights, [2.0]);
    dense.step(&[], &[0], &mut weights).unwrap();
    dense.reward(1.0);
    dense.reset();
    dense.flush(&mut weights).unwrap();
    assert_eq!((weights, dense.x_post(), dense.reward_trace()), ([2.0], &[0.0][..], &[0.0; 2][..]));
}
