//! The file form of a rule: terms by name, each with its gate and coefficients.
//!
//! ```json
//! {"type_names": ["e"], "terms": [{"term": "S_pre", "active": true, "coefficients": [1.0]}],
//!  "tau_e_ms": [20.0], "tau_r_ms": [100.0], "threshold": 10.0}
//! ```
//!
//! Terms may come in any order, each at most once; a term that is not listed is off with zero
//! coefficients. Unknown fields are refused.

use serde::{Deserialize, Serialize};

use super::rule::TaylorRule;
use super::terms::{TERM_COUNT, TERMS, Term};
use crate::error::PlasticityError;

/// What a rule is read from and written to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    type_names: Vec<String>,
    terms: Vec<TermFile>,
    tau_e_ms: Vec<f64>,
    tau_r_ms: Vec<f64>,
    threshold: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    term: Term,
    active: bool,
    coefficients: Vec<f64>,
}

impl TryFrom<RuleFile> for TaylorRule {
    type Error = PlasticityError;

    fn try_from(file: RuleFile) -> Result<Self, PlasticityError> {
        let types = file.type_names.len();
        let mut gates = [false; TERM_COUNT];
        let mut coefficients: Vec<Vec<f64>> = vec![Vec::new(); TERM_COUNT];
        let mut seen = [false; TERM_COUNT];
        for entry in file.terms {
            let k = entry.term.position();
            if std::mem::replace(&mut seen[k], true) {
                return Err(PlasticityError::DuplicateTerm { term: entry.term.name() });
            }
            gates[k] = entry.active;
            coefficients[k] = entry.coefficients;
        }
        for term in TERMS.iter().filter(|term| !seen[term.position()]) {
            coefficients[term.position()] = vec![0.0; term.coefficient_count(types)];
        }
        Self::new(file.type_names, gates, coefficients, file.tau_e_ms, file.tau_r_ms, file.threshold)
    }
}

impl From<TaylorRule> for RuleFile {
    fn from(rule: TaylorRule) -> Self {
        let terms = TERMS
            .iter()
            .map(|&term| TermFile {
                term,
                active: rule.is_active(term),
                coefficients: rule.coefficients(term).to_vec(),
            })
            .filter(|entry| entry.active || entry.coefficients.iter().any(|&c| c != 0.0))
            .collect();
        Self {
            type_names: rule.type_names().to_vec(),
            terms,
            tau_e_ms: rule.tau_e_ms().to_vec(),
            tau_r_ms: rule.tau_r_ms().to_vec(),
            threshold: rule.threshold(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_file_lists_terms_by_name() {
        let rule = TaylorRule::s_pre(vec!["a".to_owned()]).unwrap();
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            json,
            r#"{"type_names":["a"],"terms":[{"term":"S_pre","active":true,"coefficients":[1.0]}],"#.to_owned()
                + r#""tau_e_ms":[20.0],"tau_r_ms":[100.0],"threshold":10.0}"#
        );
        assert_eq!(serde_json::from_str::<TaylorRule>(&json).unwrap(), rule);
    }

    #[test]
    fn a_wrong_rule_file_is_refused() {
        let file = |terms: &str, rest: &str| {
            let json = format!(r#"{{"type_names":["a"],"terms":[{terms}],"tau_e_ms":[20.0],"tau_r_ms":[9.0],{rest}}}"#);
            serde_json::from_str::<TaylorRule>(&json)
        };
        let s_pre = r#"{"term":"S_pre","active":true,"coefficients":[1.0]}"#;
        let threshold = r#""threshold":1.0"#;
        assert!(file(s_pre, threshold).is_ok());
        for (terms, rest, expected) in [
            (format!("{s_pre},{s_pre}"), threshold, "term S_pre: expected once"),
            (s_pre.replace("S_pre", "S"), threshold, "unknown term"),
            (s_pre.replace("[1.0]", "[]"), threshold, "expected 1 values, found 0"),
            (s_pre.to_owned(), r#""threshold":1.0,"eta":1.0"#, "unknown field `eta`"),
            (s_pre.to_owned(), r#""thresh":1.0"#, "unknown field `thresh`"),
        ] {
            let message = file(&terms, rest).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
