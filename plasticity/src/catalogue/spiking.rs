//! Rules of spikes that exist elsewhere in the crate, as local rules: what they say about one synapse in one step.

use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::factored::{Factored, FactoredRule, Pairing};
use crate::space::Gene;
use crate::stdp::{EligibilityStdp, PairStdp, RewardStdp, TripletStdp};
use crate::taylor::{TERMS, Term};

/// A factored rule between two neurons of one type. The memory is X_pre, X_post, Y_pre, Y_post and R; a reward raises R
/// after the step.
#[derive(Debug, Clone)]
pub(super) struct Spiking {
    card: &'static Card,
    parameters: Vec<f64>,
    rule: FactoredRule,
    active: Vec<Term>,
}

impl Spiking {
    /// A rule with its parameters in gene order.
    pub fn new(card: &'static Card, rule: &impl Factored, parameters: &[f64]) -> Result<Self, PlasticityError> {
        let rule = rule.factored(1, 1)?;
        let active = TERMS.iter().copied().filter(|&term| rule.is_active(term)).collect();
        Ok(Self { card, parameters: parameters.to_vec(), rule, active })
    }
}

impl LocalRule for Spiking {
    fn card(&self) -> &'static Card {
        self.card
    }

    fn parameters(&self) -> Vec<f64> {
        self.parameters.clone()
    }

    fn memory(&self) -> usize {
        5
    }

    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64 {
        let &mut [x_pre, x_post, y_pre, y_post, r] = memory else { return f64::NAN };
        let Signals { dt_ms, pre, post, reward, .. } = *seen;
        let term = |&term: &Term| self.rule.coefficient(term, 0, 0) * term.value(pre, x_pre, post, x_post, r);
        let mut change: f64 = self.active.iter().map(term).sum();
        let kept = |x: f64, s: f64, tau_ms: f64| {
            let taken = if s > 0.0 && self.rule.pairing() == Pairing::NearestSpike { 1.0 } else { x + s };
            taken * (-dt_ms / tau_ms).exp()
        };
        memory[0] = kept(x_pre, pre, self.rule.tau_pre_ms()[0]);
        memory[1] = kept(x_post, post, self.rule.tau_post_ms()[0]);
        if let Some(slow) = self.rule.slow_traces() {
            change += slow.on_pre[0] * pre * x_post * y_pre + slow.on_post[0] * post * x_pre * y_post;
            memory[2] = kept(y_pre, pre, slow.tau_pre_ms);
            memory[3] = kept(y_post, post, slow.tau_post_ms);
        }
        memory[4] = r * (-dt_ms / self.rule.tau_reward_ms()[0]).exp() + reward;
        change
    }
}

const PAIR: Card = Card {
    name: "pair STDP",
    equation: "A_+ S_post X_pre - A_- S_pre X_post",
    signals: "spikes, traces",
    reference: "Song, Miller, Abbott 2000",
    doi: "doi 10.1038/78829",
};

const TRIPLET: Card = Card {
    name: "triplet STDP",
    equation: "S_post X_pre (A2_+ + A3_+ Y_post) - S_pre X_post (A2_- + A3_- Y_pre)",
    signals: "spikes, traces",
    reference: "Pfister, Gerstner 2006",
    doi: "doi 10.1523/JNEUROSCI.1425-06.2006",
};

const REWARD: Card = Card {
    name: "reward-modulated STDP",
    equation: "R (A_+ S_post X_pre - A_- S_pre X_post)",
    signals: "spikes, traces, reward trace",
    reference: "Florian 2007",
    doi: "doi 10.1162/neco.2007.19.6.1468",
};

const ELIGIBILITY: Card = Card {
    name: "reward-modulated STDP with eligibility",
    equation: "R e, tau_c de/dt = -e + tau_c (A_+ S_post X_pre - A_- S_pre X_post)",
    signals: "spikes, traces, eligibility, reward trace",
    reference: "Izhikevich 2007",
    doi: "doi 10.1093/cercor/bhl152",
};

/// Amplitudes from 0 to 1, then time constants on a logarithmic scale.
fn genes(amplitudes: &[&str], taus: &[(&str, f64)]) -> Result<Vec<Gene>, PlasticityError> {
    let amplitudes = amplitudes.iter().map(|name| Gene::real(*name, "", 0.0, 1.0));
    let taus = taus.iter().map(|&(name, upper_ms)| Gene::log_scaled(name, "ms", 1.0, upper_ms));
    amplitudes.chain(taus).collect()
}

const PAIR_TAUS: [(&str, f64); 2] = [("tau_+", 150.0), ("tau_-", 150.0)];

fn pair_of(p: &[f64]) -> PairStdp {
    PairStdp { a_plus: p[0], a_minus: p[1], tau_plus_ms: p[2], tau_minus_ms: p[3], pairing: Pairing::AllToAll }
}

pub(super) fn pair() -> Result<LocalSpace, PlasticityError> {
    Ok(LocalSpace::new(&PAIR, genes(&["A_+", "A_-"], &PAIR_TAUS)?, |p| {
        Ok(Box::new(Spiking::new(&PAIR, &pair_of(p), p)?))
    }))
}

pub(super) fn triplet() -> Result<LocalSpace, PlasticityError> {
    let taus = [PAIR_TAUS[0], PAIR_TAUS[1], ("tau_x", 1000.0), ("tau_y", 1000.0)];
    Ok(LocalSpace::new(&TRIPLET, genes(&["A2_+", "A3_+", "A2_-", "A3_-"], &taus)?, |p| {
        let [a2_plus, a3_plus, a2_minus, a3_minus, tau_plus_ms, tau_minus_ms, tau_x_ms, tau_y_ms] =
            std::array::from_fn(|k| p[k]);
        let pairing = Pairing::AllToAll;
        let rule = TripletStdp {
            a2_plus,
            a3_plus,
            a2_minus,
            a3_minus,
            tau_plus_ms,
            tau_minus_ms,
            tau_x_ms,
            tau_y_ms,
            pairing,
        };
        Ok(Box::new(Spiking::new(&TRIPLET, &rule, p)?))
    }))
}

pub(super) fn reward() -> Result<LocalSpace, PlasticityError> {
    let taus = [PAIR_TAUS[0], PAIR_TAUS[1], ("tau_R", 1000.0)];
    Ok(LocalSpace::new(&REWARD, genes(&["A_+", "A_-"], &taus)?, |p| {
        Ok(Box::new(Spiking::new(&REWARD, &RewardStdp { pair: pair_of(p), tau_r_ms: p[4] }, p)?))
    }))
}

pub(super) fn eligibility() -> Result<LocalSpace, PlasticityError> {
    let taus = [PAIR_TAUS[0], PAIR_TAUS[1], ("tau_c", 10_000.0), ("tau_d", 10_000.0)];
    Ok(LocalSpace::new(&ELIGIBILITY, genes(&["A_+", "A_-"], &taus)?, |p| {
        Ok(Box::new(EligibilityStdp { pair: pair_of(p), tau_c_ms: p[4], tau_d_ms: p[5] }))
    }))
}

/// Its equations step by step, which [`EligibilityEngine`](crate::stdp::EligibilityEngine) solves between spikes. The memory
/// is X_pre, X_post, e and R.
impl LocalRule for EligibilityStdp {
    fn card(&self) -> &'static Card {
        &ELIGIBILITY
    }

    fn parameters(&self) -> Vec<f64> {
        let PairStdp { a_plus, a_minus, tau_plus_ms, tau_minus_ms, .. } = self.pair;
        vec![a_plus, a_minus, tau_plus_ms, tau_minus_ms, self.tau_c_ms, self.tau_d_ms]
    }

    fn memory(&self) -> usize {
        4
    }

    fn change(&self, seen: &Signals, memory: &mut [f64]) -> f64 {
        let &mut [x_pre, x_post, e, r] = memory else { return f64::NAN };
        let Signals { dt_ms, pre, post, reward, .. } = *seen;
        let decay = |tau_ms: f64| (-dt_ms / tau_ms).exp();
        let kept = |x: f64, s: f64, tau_ms: f64| {
            let taken = if s > 0.0 && self.pair.pairing == Pairing::NearestSpike { 1.0 } else { x + s };
            taken * decay(tau_ms)
        };
        let paired = self.pair.a_plus * post * x_pre - self.pair.a_minus * pre * x_post;
        memory[0] = kept(x_pre, pre, self.pair.tau_plus_ms);
        memory[1] = kept(x_post, post, self.pair.tau_minus_ms);
        memory[2] = (e + paired) * decay(self.tau_c_ms);
        memory[3] = r * decay(self.tau_d_ms) + reward;
        r * e
    }
}
