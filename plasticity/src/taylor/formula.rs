//! Printing a rule as the formula a paper would write.
//!
//! `Δw = 0.81·S_pre − 0.22·X_post·R` in text, `\Delta w = 0.81\,S_{\mathrm{pre}} - …` in LaTeX. A rule
//! has coefficients by type; the printed number is their mean, over types or over synapses when counts
//! are given ([`Formula::weighted_by`]). The verbose form adds the standard deviation and the tables. A
//! coefficient that is exactly 1 or −1 everywhere is not printed.

use std::fmt::{self, Write as _};

use super::rule::TaylorRule;
use super::terms::{Term, TermKind};
use crate::error::{PlasticityError, check_values};

const MINUS: char = '\u{2212}';

/// A rule about to be printed. `Display` is [`Formula::text`].
#[derive(Debug, Clone)]
pub struct Formula<'a> {
    rule: &'a TaylorRule,
    /// Weight of every type pair, row by presynaptic type.
    counts: Vec<f64>,
}

/// The coefficients of one term over the type pairs that count.
struct Summary {
    mean: f64,
    sd: f64,
    /// The one value that all of them have.
    homogeneous: Option<f64>,
}

impl TaylorRule {
    /// The rule as a formula, with plain means over types.
    pub fn formula(&self) -> Formula<'_> {
        Formula { rule: self, counts: vec![1.0; self.types() * self.types()] }
    }
}

impl Formula<'_> {
    /// Weighs the coefficients by the number of synapses of every type pair: T·T counts, row by
    /// presynaptic type. Types without synapses then do not count.
    ///
    /// # Errors
    /// Not T·T counts, a count that is negative or not finite, or no synapse at all.
    pub fn weighted_by(mut self, counts: &[f64]) -> Result<Self, PlasticityError> {
        let types = self.rule.types();
        check_values("synapse counts", counts, types * types, "a finite number >= 0", |count| {
            count.is_finite() && count >= 0.0
        })?;
        let total: f64 = counts.iter().sum();
        check_values("sum of synapse counts", &[total], 1, "a positive number", |sum| sum > 0.0)?;
        self.counts = counts.to_vec();
        Ok(self)
    }

    /// One line of text, such as `Δw = 0.81·S_pre − 0.22·X_post·R`; `Δw = 0` without terms.
    pub fn text(&self) -> String {
        self.line("Δw = ", MINUS, "·", Term::text, |summary| text_number(summary.mean.abs()))
    }

    /// The same line in LaTeX, without math delimiters.
    pub fn latex(&self) -> String {
        self.line(r"\Delta w = ", '-', r"\,", Term::latex, |summary| latex_number(summary.mean.abs()))
    }

    /// The line with mean ± standard deviation where coefficients differ between types, followed by
    /// a table for every such term and by the time constants that the rule uses.
    pub fn verbose(&self) -> String {
        let mut out = self.line("Δw = ", MINUS, "·", Term::text, |summary| {
            let mean = text_number(summary.mean.abs());
            if summary.sd > 0.0 { format!("({mean} ± {})", text_number(summary.sd)) } else { mean }
        });
        out.push('\n');
        for term in self.rule.active_terms() {
            if self.summary(term).homogeneous.is_none() {
                self.write_table(&mut out, term);
            }
        }
        if self.rule.active_terms().any(Term::has_trace) {
            self.write_list(&mut out, "τ_E (ms) by type", self.rule.tau_e_ms());
        }
        if self.rule.active_terms().any(Term::has_reward) {
            self.write_list(&mut out, "τ_R (ms) by type", self.rule.tau_r_ms());
        }
        out
    }

    fn line(
        &self,
        left: &str,
        minus: char,
        times: &str,
        symbol: impl Fn(Term) -> String,
        number: impl Fn(&Summary) -> String,
    ) -> String {
        let mut out = left.to_owned();
        let mut first = true;
        for term in self.rule.active_terms() {
            let summary = self.summary(term);
            match (first, summary.mean < 0.0) {
                (true, false) => {}
                (true, true) => out.push(minus),
                (false, false) => out.push_str(" + "),
                (false, true) => out.extend([' ', minus, ' ']),
            }
            if summary.homogeneous.is_none_or(|value| value.abs() != 1.0) {
                out.push_str(&number(&summary));
                out.push_str(times);
            }
            out.push_str(&symbol(term));
            first = false;
        }
        if first {
            out.push('0');
        }
        out
    }

    /// Mean and standard deviation (of the population) over the types that count.
    fn summary(&self, term: Term) -> Summary {
        let entries: Vec<(f64, f64)> = self
            .rule
            .coefficients(term)
            .iter()
            .copied()
            .zip(self.weights(term.kind()))
            .filter(|&(_, weight)| weight > 0.0)
            .collect();
        let first = entries[0].0;
        if entries.iter().all(|&(value, _)| value == first) {
            return Summary { mean: first, sd: 0.0, homogeneous: Some(first) };
        }
        let total: f64 = entries.iter().map(|&(_, weight)| weight).sum();
        let average =
            |f: &dyn Fn(f64) -> f64| entries.iter().map(|&(value, weight)| f(value) * weight).sum::<f64>() / total;
        let mean = average(&|value| value);
        let sd = average(&|value| (value - mean).powi(2)).sqrt();
        Summary { mean, sd, homogeneous: None }
    }

    /// Weight of every coefficient of a kind of term.
    fn weights(&self, kind: TermKind) -> Vec<f64> {
        let types = self.rule.types();
        let row = |m_pre: usize| self.counts[m_pre * types..(m_pre + 1) * types].iter().sum();
        let column = |m_post: usize| self.counts.iter().skip(m_post).step_by(types).sum();
        match kind {
            TermKind::Pre => (0..types).map(row).collect(),
            TermKind::Post => (0..types).map(column).collect(),
            TermKind::Pair => self.counts.clone(),
            TermKind::Reward => vec![1.0],
        }
    }

    fn write_table(&self, out: &mut String, term: Term) {
        let values = self.rule.coefficients(term);
        match term.kind() {
            TermKind::Pre => {
                self.write_list(out, &format!("{} by presynaptic type", term.text()), values);
            }
            TermKind::Post => {
                self.write_list(out, &format!("{} by postsynaptic type", term.text()), values);
            }
            TermKind::Pair => self.write_matrix(out, term, values),
            TermKind::Reward => {}
        }
    }

    fn write_list(&self, out: &mut String, title: &str, values: &[f64]) {
        let names = self.rule.type_names();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        out.push_str(title);
        out.push('\n');
        for (name, &value) in names.iter().zip(values) {
            push_line(out, &format!("  {name:<width$}  {:>7}", signed_number(value)));
        }
    }

    fn write_matrix(&self, out: &mut String, term: Term, values: &[f64]) {
        let names = self.rule.type_names();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let cell = width.max(7);
        push_line(out, &format!("{} by presynaptic (row) and postsynaptic (column) type", term.text()));
        let header: String = names.iter().map(|name| format!("  {name:>cell$}")).collect();
        push_line(out, &format!("  {:width$}{header}", ""));
        for (name, row) in names.iter().zip(values.chunks(names.len())) {
            let cells: String = row.iter().map(|&value| format!("  {:>cell$}", signed_number(value))).collect();
            push_line(out, &format!("  {name:<width$}{cells}"));
        }
    }
}

impl fmt::Display for Formula<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

fn push_line(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a String does not fail");
}

/// Two decimals; below 0.01 two digits and an exponent.
fn text_number(magnitude: f64) -> String {
    if magnitude == 0.0 || magnitude >= 0.01 {
        format!("{magnitude:.2}")
    } else {
        format!("{magnitude:.1e}").replace('-', "\u{2212}")
    }
}

fn latex_number(magnitude: f64) -> String {
    let text = text_number(magnitude).replace(MINUS, "-");
    match text.split_once('e') {
        Some((digits, exponent)) => format!(r"{digits}\times 10^{{{exponent}}}"),
        None => text,
    }
}

fn signed_number(value: f64) -> String {
    let number = text_number(value.abs());
    if value < 0.0 { format!("{MINUS}{number}") } else { number }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rule() -> TaylorRule {
        TaylorRule::silent(vec!["e23".to_owned(), "i4".to_owned()]).unwrap()
    }

    #[test]
    fn the_short_form_is_one_line() {
        let rule = rule().with_term("S_pre", 0.81).unwrap().with_term("X_post R", -0.22).unwrap();
        assert_eq!(rule.formula().text(), "Δw = 0.81·S_pre \u{2212} 0.22·X_post·R");
        assert_eq!(rule.formula().to_string(), rule.formula().text());
        assert_eq!(rule.formula().latex(), r"\Delta w = 0.81\,S_{\mathrm{pre}} - 0.22\,X_{\mathrm{post}}\,R");
    }

    #[test]
    fn unit_coefficients_are_not_printed() {
        assert_eq!(rule().with_term("S_pre", 1.0).unwrap().formula().text(), "Δw = S_pre");
        let minus = rule().with_term("S_pre X_post", -1.0).unwrap();
        assert_eq!(minus.formula().text(), "Δw = \u{2212}S_pre·X_post");
        assert_eq!(minus.formula().latex(), r"\Delta w = -S_{\mathrm{pre}}\,X_{\mathrm{post}}");
        let best = TaylorRule::best_five_term(rule().type_names().clone()).unwrap();
        assert_eq!(best.formula().text(), "Δw = S_pre·X_pre + X_post + X_post² + S_post·X_pre + X_post·R");
    }

    #[test]
    fn a_rule_without_terms_is_zero() {
        assert_eq!(rule().formula().text(), "Δw = 0");
        assert_eq!(rule().formula().latex(), r"\Delta w = 0");
        assert_eq!(rule().formula().verbose(), "Δw = 0\n");
    }

    #[test]
    fn small_and_zero_coefficients_keep_their_meaning() {
        let text = |c: f64| rule().with_term("S_post", c).unwrap().formula().text();
        assert_eq!(text(0.0), "Δw = 0.00·S_post");
        assert_eq!(text(-0.0), "Δw = 0.00·S_post");
        assert_eq!(text(0.004), "Δw = 4.0e\u{2212}3·S_post");
        assert_eq!(text(-0.3333), "Δw = \u{2212}0.33·S_post");
        let small = rule().with_term("S_post", -0.004).unwrap();
        assert_eq!(small.formula().latex(), r"\Delta w = -4.0\times 10^{-3}\,S_{\mathrm{post}}");
        assert_eq!(text(0.999), "Δw = 1.00·S_post");
    }

    #[test]
    fn coefficients_by_type_print_as_mean_and_deviation() {
        let rule = rule()
            .with_term_by("S_pre", vec![0.2, 0.6])
            .unwrap()
            .with_term_by("S_pre X_post", vec![-0.1, -0.3, 0.0, -1.0])
            .unwrap()
            .with_term("R", 0.5)
            .unwrap()
            .with_tau_e_ms(vec![20.0, 12.5])
            .unwrap();
        assert_eq!(rule.formula().text(), "Δw = 0.40·S_pre \u{2212} 0.35·S_pre·X_post + 0.50·R");
        let expected = "\
Δw = (0.40 ± 0.20)·S_pre − (0.35 ± 0.39)·S_pre·X_post + 0.50·R
S_pre by presynaptic type
  e23     0.20
  i4      0.60
S_pre·X_post by presynaptic (row) and postsynaptic (column) type
           e23       i4
  e23    −0.10    −0.30
  i4      0.00    −1.00
τ_E (ms) by type
  e23    20.00
  i4     12.50
τ_R (ms) by type
  e23   100.00
  i4    100.00
";
        assert_eq!(rule.formula().verbose(), expected);
    }

    #[test]
    fn synapse_counts_weigh_the_mean() {
        let rule = rule()
            .with_term_by("S_pre", vec![0.2, 0.6])
            .unwrap()
            .with_term_by("S_post", vec![0.2, 0.6])
            .unwrap()
            .with_term_by("X_pre X_post", vec![1.0, 0.5, 0.5, 0.5])
            .unwrap();
        let counts = [0.0, 1.0, 2.0, 2.0];
        let formula = rule.formula().weighted_by(&counts).unwrap();
        assert_eq!(formula.text(), "Δw = 0.52·S_pre + 0.44·S_post + 0.50·X_pre·X_post");
        let one_pair = rule.formula().weighted_by(&[3.0, 0.0, 0.0, 0.0]).unwrap();
        assert_eq!(one_pair.text(), "Δw = 0.20·S_pre + 0.20·S_post + X_pre·X_post");
        for bad in [&[1.0][..], &[0.0; 4], &[1.0, 1.0, 1.0, -1.0], &[f64::NAN; 4]] {
            assert!(rule.formula().weighted_by(bad).is_err());
        }
    }
}
