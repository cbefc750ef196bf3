//! Rules that factor: every update is a product of something of the presynaptic neuron, something of the postsynaptic
//! neuron and a reward trace.
//!
//! Signals in step t, in the order in which a rule sees them: spikes `S(t)`; traces `X(t)` before they take in the spikes
//! of the step, `X(t+1) = rho (X(t) + S(t))` with `rho = exp(-dt/tau)`; the reward trace `R(t+1) = exp(-dt/tau_R) R(t)`,
//! raised by `delta_R` between steps. A rule is
//!
//! ```text
//! dw = sum_k c_k[m, n] term_k + S_pre X_post Y_pre c_-[m, n] + S_post X_pre Y_post c_+[m, n]
//! ```
//!
//! with the 25 [terms](crate::taylor::terms) and, for triplet rules, two terms with slower traces Y; m and n are the types
//! of the two neurons. The Taylor space, pair STDP, triplet STDP and reward-modulated STDP are such rules: they differ
//! in terms, in time constants (X_pre and X_post may have their own) and in pairing. All of them run on one
//! [event-driven engine](crate::EventDriven) and on one [dense reference](crate::Dense).

use crate::error::{PlasticityError, check_values};
use crate::taylor::{TERM_COUNT, TERMS, Term, TermKind};
use serde::{Deserialize, Serialize};

/// A rule of the family above: says what it is in terms, coefficients and time constants.
pub trait Factored {
    /// The rule in its factors, for a projection between the given numbers of neuron types.
    ///
    /// # Errors
    /// A rule that knows its types, on a projection with another number of them; parameters outside their domain.
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError>;
}

/// Which earlier spikes of the partner a spike meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// All: a trace adds 1 at a spike.
    #[default]
    AllToAll,
    /// The last one: a trace is set to 1 at a spike.
    NearestSpike,
}

/// The slower traces of a triplet rule.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowTraces {
    /// Time constant of Y_pre (ms).
    pub tau_pre_ms: f64,
    /// Time constant of Y_post (ms).
    pub tau_post_ms: f64,
    /// Coefficient of `S_pre X_post Y_pre` by pair of types, row: presynaptic type.
    pub on_pre: Vec<f64>,
    /// Coefficient of `S_post X_pre Y_post` by pair of types.
    pub on_post: Vec<f64>,
}

/// A rule in its factors. Always valid: lists have their lengths, numbers are finite, time constants positive.
#[derive(Debug, Clone, PartialEq)]
pub struct FactoredRule {
    types_pre: usize,
    types_post: usize,
    /// One list per term; empty if the term is off.
    coefficients: Vec<Vec<f64>>,
    tau_pre_ms: Vec<f64>,
    tau_post_ms: Vec<f64>,
    tau_reward_ms: Vec<f64>,
    pairing: Pairing,
    slow: Option<SlowTraces>,
}

/// Time constant of a reward trace that nothing reads (ms).
const UNREAD_TAU_MS: f64 = 1.0;

impl FactoredRule {
    /// The rule without terms. Time constants (ms) of X_pre by presynaptic type, of X_post by postsynaptic type.
    ///
    /// # Errors
    /// No types, or a time constant that is not positive.
    pub fn silent(tau_pre_ms: Vec<f64>, tau_post_ms: Vec<f64>) -> Result<Self, PlasticityError> {
        let (types_pre, types_post) = (tau_pre_ms.len(), tau_post_ms.len());
        if types_pre == 0 || types_post == 0 {
            return Err(PlasticityError::NoTypes);
        }
        check_tau("tau_pre_ms", &tau_pre_ms, types_pre)?;
        check_tau("tau_post_ms", &tau_post_ms, types_post)?;
        Ok(Self {
            types_pre,
            types_post,
            coefficients: vec![Vec::new(); TERM_COUNT],
            tau_pre_ms,
            tau_post_ms,
            tau_reward_ms: vec![UNREAD_TAU_MS; types_post],
            pairing: Pairing::AllToAll,
            slow: None,
        })
    }

    /// Sets the time constants of R by postsynaptic type (ms).
    ///
    /// # Errors
    /// Not one per type, or one that is not positive.
    pub fn with_tau_reward_ms(mut self, tau_reward_ms: Vec<f64>) -> Result<Self, PlasticityError> {
        check_tau("tau_reward_ms", &tau_reward_ms, self.types_post)?;
        self.tau_reward_ms = tau_reward_ms;
        Ok(self)
    }

    /// A reward trace that grows with the given time constants, for an engine that starts it anew in time.
    pub(crate) fn with_growing_reward(self, tau_ms: Vec<f64>) -> Result<Self, PlasticityError> {
        let mut rule = self.with_tau_reward_ms(tau_ms)?;
        rule.tau_reward_ms.iter_mut().for_each(|tau| *tau = -*tau);
        Ok(rule)
    }

    /// Switches a term on, with its coefficients: one per presynaptic type, per postsynaptic type, per pair (row:
    /// presynaptic type) or one.
    ///
    /// # Errors
    /// A wrong number of coefficients, one that is not finite, or a term that pairing with the last spike leaves without a
    /// meaning (see [`with_pairing`](Self::with_pairing)).
    pub fn with_term(mut self, term: Term, coefficients: Vec<f64>) -> Result<Self, PlasticityError> {
        let expected = self.count(term);
        let what = format!("coefficients of {term}");
        check_values(&what, &coefficients, expected, "a finite number", f64::is_finite)?;
        self.coefficients[term.position()] = coefficients;
        self.check_pairing()?;
        Ok(self)
    }

    /// Sets the pairing. With [`Pairing::NearestSpike`] only terms with a spike may be on, as in STDP.
    ///
    /// # Errors
    /// A term without a spike is on.
    pub fn with_pairing(mut self, pairing: Pairing) -> Result<Self, PlasticityError> {
        self.pairing = pairing;
        self.check_pairing()?;
        Ok(self)
    }

    /// Adds the triplet terms.
    ///
    /// # Errors
    /// A wrong number of coefficients, one that is not finite, or a time constant that is not positive.
    pub fn with_slow_traces(mut self, slow: SlowTraces) -> Result<Self, PlasticityError> {
        let pairs = self.types_pre * self.types_post;
        check_tau("slow tau_pre_ms", &[slow.tau_pre_ms], 1)?;
        check_tau("slow tau_post_ms", &[slow.tau_post_ms], 1)?;
        for (what, list) in [("S_pre X_post Y_pre", &slow.on_pre), ("S_post X_pre Y_post", &slow.on_post)] {
            check_values(&format!("coefficients of {what}"), list, pairs, "a finite number", f64::is_finite)?;
        }
        self.slow = Some(slow);
        Ok(self)
    }

    fn check_pairing(&self) -> Result<(), PlasticityError> {
        let continuous = |term: &Term| self.is_active(*term) && !term.has_spike();
        match TERMS.iter().find(|term| continuous(term)) {
            Some(term) if self.pairing == Pairing::NearestSpike => Err(PlasticityError::Pairing { term: term.name() }),
            _ => Ok(()),
        }
    }

    /// Number of coefficients of a term.
    #[must_use]
    pub fn count(&self, term: Term) -> usize {
        match term.kind() {
            TermKind::Pre => self.types_pre,
            TermKind::Post => self.types_post,
            TermKind::Pair => self.types_pre * self.types_post,
            TermKind::Reward => 1,
        }
    }

    /// Number of presynaptic types.
    #[must_use]
    pub fn types_pre(&self) -> usize {
        self.types_pre
    }

    /// Number of postsynaptic types.
    #[must_use]
    pub fn types_post(&self) -> usize {
        self.types_post
    }

    /// Whether a term is on.
    #[must_use]
    pub fn is_active(&self, term: Term) -> bool {
        !self.coefficients[term.position()].is_empty()
    }

    /// Coefficients of a term; empty if it is off.
    #[must_use]
    pub fn coefficients(&self, term: Term) -> &[f64] {
        &self.coefficients[term.position()]
    }

    /// Coefficient of an active term at a synapse from type `m` to type `n`; 0 if it is off.
    #[must_use]
    pub fn coefficient(&self, term: Term, m: usize, n: usize) -> f64 {
        let at = match term.kind() {
            TermKind::Pre => m,
            TermKind::Post => n,
            TermKind::Pair => m * self.types_post + n,
            TermKind::Reward => 0,
        };
        self.coefficients(term).get(at).copied().unwrap_or(0.0)
    }

    /// Time constants of X_pre (ms) by presynaptic type.
    #[must_use]
    pub fn tau_pre_ms(&self) -> &[f64] {
        &self.tau_pre_ms
    }

    /// Time constants of X_post (ms) by postsynaptic type.
    #[must_use]
    pub fn tau_post_ms(&self) -> &[f64] {
        &self.tau_post_ms
    }

    /// Time constants of R (ms) by postsynaptic type.
    #[must_use]
    pub fn tau_reward_ms(&self) -> &[f64] {
        &self.tau_reward_ms
    }

    /// Which spikes a spike meets.
    #[must_use]
    pub fn pairing(&self) -> Pairing {
        self.pairing
    }

    /// The triplet terms, if any.
    #[must_use]
    pub fn slow_traces(&self) -> Option<&SlowTraces> {
        self.slow.as_ref()
    }
}

impl Factored for FactoredRule {
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        check_types("presynaptic types of the projection", self.types_pre, types_pre)?;
        check_types("postsynaptic types of the projection", self.types_post, types_post)?;
        Ok(self.clone())
    }
}

pub(crate) fn check_types(what: &str, expected: usize, found: usize) -> Result<(), PlasticityError> {
    if expected == found {
        return Ok(());
    }
    Err(PlasticityError::Length { what: what.to_owned(), expected, found })
}

fn check_tau(what: &str, tau_ms: &[f64], types: usize) -> Result<(), PlasticityError> {
    check_values(what, tau_ms, types, "a positive time in ms", |tau| tau.is_finite() && tau > 0.0)
}
