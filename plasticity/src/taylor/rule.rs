//! A rule of the Taylor space: gates, coefficients by neuron type, time constants, threshold.
//!
//! The weight of a synapse from a neuron of type `m` to one of type `n` changes in each step by
//! `Δw = Σ_k g_k c_k[m, n] term_k`, with the [25 terms](super::terms).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | `g_k` | gate of term k, 0 or 1 | |
//! | `c_k` | coefficient, by the types the term depends on | |
//! | `τ_E` | time constant of the eligibility trace X, by type | ms |
//! | `τ_R` | time constant of the reward trace R, by type | ms |
//! | threshold | readout threshold, shared | that of the [space](super::TaylorSpace) |
//!
//! Source: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::file::RuleFile;
use super::terms::{TERM_COUNT, TERMS, Term, TermKind};
use crate::error::{PlasticityError, check_values};
use crate::factored::{self, Factored, FactoredRule};

/// Trace time constant of a rule that does not set one, ms. The paper searches it in (0, 150] ms.
pub const DEFAULT_TAU_E_MS: f64 = 20.0;
/// Reward time constant of a rule that does not set one, ms. The paper searches it in (0, 150] ms.
pub const DEFAULT_TAU_R_MS: f64 = 100.0;
/// Readout threshold of a rule that does not set one, in the unit of the space (default Hz).
pub const DEFAULT_THRESHOLD: f64 = 10.0;

/// A plasticity rule with coefficients by neuron type.
///
/// Always valid: every list has the length its types ask for, every number is finite and time
/// constants are positive. Its file form names the neuron types and lists terms by name; a term that
/// is not listed is off with zero coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RuleFile", into = "RuleFile")]
pub struct TaylorRule {
    type_names: Arc<[String]>,
    gates: [bool; TERM_COUNT],
    coefficients: Vec<Vec<f64>>,
    tau_e_ms: Vec<f64>,
    tau_r_ms: Vec<f64>,
    threshold: f64,
}

impl TaylorRule {
    /// A rule from its parts.
    ///
    /// `coefficients` has one list per term, in the order of [`TERMS`]: T numbers for a presynaptic or
    /// a postsynaptic term, T·T for a pair term (row: presynaptic type), 1 for `R`. `tau_e_ms` and
    /// `tau_r_ms` have one time constant per type.
    ///
    /// # Errors
    /// No types, a type named twice, a list of the wrong length, a number that is not finite, or a time
    /// constant that is not positive.
    pub fn new(
        type_names: impl Into<Arc<[String]>>,
        gates: [bool; TERM_COUNT],
        coefficients: Vec<Vec<f64>>,
        tau_e_ms: Vec<f64>,
        tau_r_ms: Vec<f64>,
        threshold: f64,
    ) -> Result<Self, PlasticityError> {
        let type_names = type_names.into();
        check_types(&type_names)?;
        if coefficients.len() != TERM_COUNT {
            return Err(PlasticityError::Length {
                what: "coefficients".to_owned(),
                expected: TERM_COUNT,
                found: coefficients.len(),
            });
        }
        for (term, values) in TERMS.iter().zip(&coefficients) {
            check_coefficients(*term, values, type_names.len())?;
        }
        check_tau("tau_e_ms", &tau_e_ms, type_names.len())?;
        check_tau("tau_r_ms", &tau_r_ms, type_names.len())?;
        check_values("threshold", &[threshold], 1, "a finite number", f64::is_finite)?;
        Ok(Self { type_names, gates, coefficients, tau_e_ms, tau_r_ms, threshold })
    }

    /// The rule without terms, `Δw = 0`, with the default time constants and threshold.
    ///
    /// # Errors
    /// No types, or a type named twice.
    pub fn silent(type_names: impl Into<Arc<[String]>>) -> Result<Self, PlasticityError> {
        let type_names = type_names.into();
        let types = type_names.len();
        Self::new(
            type_names,
            [false; TERM_COUNT],
            TERMS.iter().map(|term| vec![0.0; term.coefficient_count(types)]).collect(),
            vec![DEFAULT_TAU_E_MS; types],
            vec![DEFAULT_TAU_R_MS; types],
            DEFAULT_THRESHOLD,
        )
    }

    /// `Δw = S_pre`: the rule found most often by the paper's search.
    ///
    /// # Errors
    /// No types, or a type named twice.
    pub fn s_pre(type_names: impl Into<Arc<[String]>>) -> Result<Self, PlasticityError> {
        Self::silent(type_names)?.with_term("S_pre", 1.0)
    }

    /// `Δw = S_pre·X_post`.
    ///
    /// # Errors
    /// No types, or a type named twice.
    pub fn s_pre_x_post(type_names: impl Into<Arc<[String]>>) -> Result<Self, PlasticityError> {
        Self::silent(type_names)?.with_term("S_pre X_post", 1.0)
    }

    /// `Δw = X_post + S_pre·X_pre + S_post·X_pre + X_post² + X_post·R`: the terms of the paper's best
    /// rule, here with all coefficients 1 (the paper's are by type and not printed).
    ///
    /// # Errors
    /// No types, or a type named twice.
    pub fn best_five_term(type_names: impl Into<Arc<[String]>>) -> Result<Self, PlasticityError> {
        ["X_post", "S_pre X_pre", "S_post X_pre", "X_post^2", "X_post R"]
            .into_iter()
            .try_fold(Self::silent(type_names)?, |rule, term| rule.with_term(term, 1.0))
    }

    /// Switches a term on, with one coefficient for all types. `term` is a [`Term`] or its name.
    ///
    /// # Errors
    /// An unknown name, or a coefficient that is not finite.
    pub fn with_term<K>(self, term: K, coefficient: f64) -> Result<Self, PlasticityError>
    where
        K: TryInto<Term>,
        PlasticityError: From<K::Error>,
    {
        let term = term.try_into()?;
        let count = term.coefficient_count(self.types());
        self.with_term_by::<Term>(term, vec![coefficient; count])
    }

    /// Switches a term on, with coefficients by type: T numbers for a presynaptic or a postsynaptic
    /// term, T·T for a pair term (row: presynaptic type), 1 for `R`.
    ///
    /// # Errors
    /// An unknown name, the wrong number of coefficients, or one that is not finite.
    pub fn with_term_by<K>(mut self, term: K, coefficients: Vec<f64>) -> Result<Self, PlasticityError>
    where
        K: TryInto<Term>,
        PlasticityError: From<K::Error>,
    {
        let term = term.try_into()?;
        check_coefficients(term, &coefficients, self.types())?;
        self.gates[term.position()] = true;
        self.coefficients[term.position()] = coefficients;
        Ok(self)
    }

    /// Sets all gates; the coefficients stay.
    pub fn with_gates(mut self, gates: [bool; TERM_COUNT]) -> Self {
        self.gates = gates;
        self
    }

    /// Sets the time constants of the eligibility trace, ms, one per type.
    ///
    /// # Errors
    /// Not one per type, or one that is not positive and finite.
    pub fn with_tau_e_ms(mut self, tau_e_ms: Vec<f64>) -> Result<Self, PlasticityError> {
        check_tau("tau_e_ms", &tau_e_ms, self.types())?;
        self.tau_e_ms = tau_e_ms;
        Ok(self)
    }

    /// Sets the time constants of the reward trace, ms, one per type.
    ///
    /// # Errors
    /// Not one per type, or one that is not positive and finite.
    pub fn with_tau_r_ms(mut self, tau_r_ms: Vec<f64>) -> Result<Self, PlasticityError> {
        check_tau("tau_r_ms", &tau_r_ms, self.types())?;
        self.tau_r_ms = tau_r_ms;
        Ok(self)
    }

    /// Sets the readout threshold.
    ///
    /// # Errors
    /// It is not finite.
    pub fn with_threshold(mut self, threshold: f64) -> Result<Self, PlasticityError> {
        check_values("threshold", &[threshold], 1, "a finite number", f64::is_finite)?;
        self.threshold = threshold;
        Ok(self)
    }

    /// Names of the neuron types.
    pub fn type_names(&self) -> &Arc<[String]> {
        &self.type_names
    }

    /// Number of neuron types, T.
    pub fn types(&self) -> usize {
        self.type_names.len()
    }

    /// The gates, in the order of [`TERMS`].
    pub fn gates(&self) -> &[bool; TERM_COUNT] {
        &self.gates
    }

    /// Whether the gate of a term is on.
    pub fn is_active(&self, term: Term) -> bool {
        self.gates[term.position()]
    }

    /// The terms whose gate is on, in the order of [`TERMS`].
    pub fn active_terms(&self) -> impl Iterator<Item = Term> + '_ {
        TERMS.iter().copied().filter(|&term| self.is_active(term))
    }

    /// Number of active terms over 25.
    pub fn complexity(&self) -> f64 {
        self.active_terms().count() as f64 / TERM_COUNT as f64
    }

    /// Coefficients of a term, whether its gate is on or off: T, T, T·T (row: presynaptic type) or 1
    /// numbers.
    pub fn coefficients(&self, term: Term) -> &[f64] {
        &self.coefficients[term.position()]
    }

    /// Coefficient `c_k` of a term at a synapse from type `m_pre` to type `m_post`, whether its gate is
    /// on or off.
    ///
    /// # Panics
    /// If a type index the term depends on is not below [`TaylorRule::types`].
    pub fn coefficient(&self, term: Term, m_pre: usize, m_post: usize) -> f64 {
        let values = self.coefficients(term);
        match term.kind() {
            TermKind::Pre => values[m_pre],
            TermKind::Post => values[m_post],
            TermKind::Pair => {
                let row = &values[m_pre * self.types()..(m_pre + 1) * self.types()];
                row[m_post]
            }
            TermKind::Reward => values[0],
        }
    }

    /// Time constants of the eligibility trace, ms, by type.
    pub fn tau_e_ms(&self) -> &[f64] {
        &self.tau_e_ms
    }

    /// Time constants of the reward trace, ms, by type.
    pub fn tau_r_ms(&self) -> &[f64] {
        &self.tau_r_ms
    }

    /// Readout threshold, in the unit of the space that the rule belongs to (default Hz).
    pub fn threshold(&self) -> f64 {
        self.threshold
    }
}

impl Factored for TaylorRule {
    /// # Errors
    /// A projection with another number of types on either side.
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        for found in [types_pre, types_post] {
            factored::check_types("types of the topology", self.types(), found)?;
        }
        let rule = FactoredRule::silent(self.tau_e_ms.clone(), self.tau_e_ms.clone())?;
        self.active_terms().try_fold(rule.with_tau_reward_ms(self.tau_r_ms.clone())?, |rule, term| {
            rule.with_term(term, self.coefficients(term).to_vec())
        })
    }
}

/// Checks that there are types and that no name occurs twice.
pub(super) fn check_types(type_names: &[String]) -> Result<(), PlasticityError> {
    if type_names.is_empty() {
        return Err(PlasticityError::NoTypes);
    }
    for (second, name) in type_names.iter().enumerate() {
        if let Some(first) = type_names[..second].iter().position(|earlier| earlier == name) {
            return Err(PlasticityError::DuplicateType { name: name.clone(), first, second });
        }
    }
    Ok(())
}

fn check_coefficients(term: Term, values: &[f64], types: usize) -> Result<(), PlasticityError> {
    let what = format!("coefficients of {term}");
    check_values(&what, values, term.coefficient_count(types), "a finite number", f64::is_finite)
}

fn check_tau(what: &str, tau_ms: &[f64], types: usize) -> Result<(), PlasticityError> {
    let positive = |tau: f64| tau.is_finite() && tau > 0.0;
    check_values(what, tau_ms, types, "a positive time in ms", positive)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn named_rules_have_the_terms_and_complexity_of_the_paper() {
        let types = names(&["e", "i"]);
        let active = |rule: &TaylorRule| rule.active_terms().map(Term::index).collect::<Vec<_>>();
        let s_pre = TaylorRule::s_pre(types.clone()).unwrap();
        assert_eq!((active(&s_pre), s_pre.complexity()), (vec![1], 0.04));
        let s_pre_x_post = TaylorRule::s_pre_x_post(types.clone()).unwrap();
        assert_eq!((active(&s_pre_x_post), s_pre_x_post.complexity()), (vec![10], 0.04));
        let best = TaylorRule::best_five_term(types.clone()).unwrap();
        assert_eq!((active(&best), best.complexity()), (vec![3, 6, 8, 11, 18], 0.2));
        let silent = TaylorRule::silent(types).unwrap();
        assert_eq!((active(&silent), silent.complexity()), (vec![], 0.0));
    }

    #[test]
    fn coefficients_are_indexed_by_the_types_the_term_depends_on() {
        let rule = TaylorRule::silent(names(&["a", "b"]))
            .unwrap()
            .with_term_by("X_pre", vec![1.0, 2.0])
            .unwrap()
            .with_term_by("X_post", vec![3.0, 4.0])
            .unwrap()
            .with_term_by(TERMS[9], vec![5.0, 6.0, 7.0, 8.0])
            .unwrap()
            .with_term("R", 9.0)
            .unwrap();
        let c = |name: &str, m_pre, m_post| rule.coefficient(name.parse().unwrap(), m_pre, m_post);
        assert_eq!((c("X_pre", 0, 1), c("X_pre", 1, 0)), (1.0, 2.0));
        assert_eq!((c("X_post", 0, 1), c("X_post", 1, 0)), (4.0, 3.0));
        assert_eq!((c("S_pre X_post", 0, 1), c("S_pre X_post", 1, 0)), (6.0, 7.0));
        assert_eq!(c("R", 1, 1), 9.0);
    }

    #[test]
    fn mistakes_are_named() {
        let silent = || TaylorRule::silent(names(&["a", "b"])).unwrap();
        let message = |result: Result<TaylorRule, PlasticityError>| result.unwrap_err().to_string();
        assert_eq!(
            message(silent().with_term_by("S_pre X_post", vec![1.0, 2.0])),
            "coefficients of S_pre X_post: expected 4 values, found 2"
        );
        assert_eq!(
            message(silent().with_term_by("S_pre", vec![1.0, f64::NAN])),
            "coefficients of S_pre[1]: expected a finite number, found NaN"
        );
        assert_eq!(
            message(silent().with_tau_e_ms(vec![20.0, 0.0])),
            "tau_e_ms[1]: expected a positive time in ms, found 0"
        );
        assert_eq!(message(silent().with_tau_r_ms(vec![20.0])), "tau_r_ms: expected 2 values, found 1");
        assert_eq!(
            message(silent().with_threshold(f64::INFINITY)),
            "threshold[0]: expected a finite number, found inf"
        );
        assert_eq!(
            message(TaylorRule::silent(names(&["a", "b", "a"]))),
            "neuron type \"a\": expected once, found at positions 0 and 2"
        );
        assert_eq!(TaylorRule::silent(Vec::new()), Err(PlasticityError::NoTypes));
        assert!(matches!(
            silent().with_term("S_pre^2 X_post", 1.0).and_then(|rule| rule.with_term("Y", 1.0)),
            Err(PlasticityError::UnknownTerm { .. })
        ));
    }
}
