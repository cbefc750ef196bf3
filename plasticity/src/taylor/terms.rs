//! The 25 terms of the truncated Taylor expansion of a synaptic update.
//!
//! A rule sees five signals at a synapse: the spikes `S_pre`, `S_post` (0 or 1 in a step), the
//! eligibility traces `X_pre`, `X_post` of the two neurons, and the reward trace `R`. The terms are the
//! monomials of degree one or two in the four local signals, with `S² = S`, each alone and times `R`,
//! and `R` itself:
//!
//! | local part | monomials | coefficient indexed by |
//! |---|---|---|
//! | presynaptic | `S`, `X`, `S X`, `X²` | presynaptic type |
//! | postsynaptic | `S`, `X`, `S X`, `X²` | postsynaptic type |
//! | pair | `S S`, `S X`, `X S`, `X X` (pre, post) | both types |
//!
//! (4 + 4 + 4) · 2 + 1 = 25. For 17 neuron types the coefficients, 25 gates, two time constants per type
//! and one readout threshold are 2645 numbers. Both counts are those of the paper; the list itself is
//! reconstructed from them and from the rules the paper quotes.
//!
//! Source: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

use std::fmt;
use std::str::FromStr;

use num_traits::Float;
use serde::{Deserialize, Serialize};

use crate::error::PlasticityError;

/// Number of terms.
pub const TERM_COUNT: usize = 25;

/// Number of terms before the reward copies begin: term `k + LOCAL_COUNT` is term `k` times `R`.
pub const LOCAL_COUNT: usize = 12;

/// What one neuron contributes to a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// Nothing: the factor 1.
    One,
    /// The spike of this step, 0 or 1.
    S,
    /// The eligibility trace before this step's increment.
    X,
    /// Spike times trace.
    SX,
    /// The trace squared.
    XX,
}

impl Factor {
    /// Exponents of `(S, X)`.
    pub const fn exponents(self) -> (u8, u8) {
        match self {
            Self::One => (0, 0),
            Self::S => (1, 0),
            Self::X => (0, 1),
            Self::SX => (1, 1),
            Self::XX => (0, 2),
        }
    }

    /// The factor for a spike `s` (0 or 1) and a trace `x`.
    #[inline]
    pub fn value<F: Float>(self, s: F, x: F) -> F {
        match self {
            Self::One => F::one(),
            Self::S => s,
            Self::X => x,
            Self::SX => s * x,
            Self::XX => x * x,
        }
    }
}

/// What indexes the coefficients of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// The presynaptic type.
    Pre,
    /// The postsynaptic type.
    Post,
    /// Presynaptic type (row) and postsynaptic type (column).
    Pair,
    /// Nothing: the term is `R` alone.
    Reward,
}

/// One of the [`TERMS`]. Reads and writes as its name, such as `S_pre X_post` or `X_post^2 R`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Term {
    index: u8,
    pre: Factor,
    post: Factor,
    reward: bool,
}

/// The local parts of the terms, presynaptic and postsynaptic factor.
const LOCAL: [(Factor, Factor); LOCAL_COUNT] = [
    (Factor::S, Factor::One),
    (Factor::X, Factor::One),
    (Factor::SX, Factor::One),
    (Factor::XX, Factor::One),
    (Factor::One, Factor::S),
    (Factor::One, Factor::X),
    (Factor::One, Factor::SX),
    (Factor::One, Factor::XX),
    (Factor::S, Factor::S),
    (Factor::S, Factor::X),
    (Factor::X, Factor::S),
    (Factor::X, Factor::X),
];

/// All terms: the 12 local ones, the same 12 times `R`, and `R`. `TERMS[k - 1]` has index `k`.
pub static TERMS: [Term; TERM_COUNT] = {
    let reward_alone = Term { index: TERM_COUNT as u8, pre: Factor::One, post: Factor::One, reward: true };
    let mut terms = [reward_alone; TERM_COUNT];
    let mut k = 0;
    while k < LOCAL_COUNT {
        let (pre, post) = LOCAL[k];
        terms[k] = Term { index: k as u8 + 1, pre, post, reward: false };
        let index = (k + LOCAL_COUNT) as u8 + 1;
        terms[k + LOCAL_COUNT] = Term { index, pre, post, reward: true };
        k += 1;
    }
    terms
};

/// Number of parameters of a rule for `types` neuron types: all coefficients, 25 gates, a trace and a
/// reward time constant per type, and the readout threshold. 2645 for 17 types.
pub fn parameter_count(types: usize) -> usize {
    let coefficients: usize = TERMS.iter().map(|term| term.coefficient_count(types)).sum();
    coefficients + TERM_COUNT + 2 * types + 1
}

/// Signals in the order of the exponents, as they are written in a name.
const SIGNALS: [&str; 5] = ["S_pre", "S_post", "X_pre", "X_post", "R"];
const LATEX: [&str; 5] = [r"S_{\mathrm{pre}}", r"S_{\mathrm{post}}", r"X_{\mathrm{pre}}", r"X_{\mathrm{post}}", "R"];

impl Term {
    /// Number in the table of the terms, 1 to 25.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// Position in [`TERMS`], 0 to 24.
    pub const fn position(self) -> usize {
        self.index as usize - 1
    }

    /// Presynaptic factor.
    pub const fn pre(self) -> Factor {
        self.pre
    }

    /// Postsynaptic factor.
    pub const fn post(self) -> Factor {
        self.post
    }

    /// Whether the term has the factor `R`.
    pub const fn has_reward(self) -> bool {
        self.reward
    }

    /// Whether the term reads a trace `X`.
    pub const fn has_trace(self) -> bool {
        self.pre.exponents().1 + self.post.exponents().1 > 0
    }

    /// Whether the term has the factor `S_pre` or `S_post`: it then changes weights at spikes alone.
    pub const fn has_spike(self) -> bool {
        self.pre.exponents().0 + self.post.exponents().0 > 0
    }

    /// What indexes its coefficients.
    pub const fn kind(self) -> TermKind {
        match (self.pre, self.post) {
            (Factor::One, Factor::One) => TermKind::Reward,
            (_, Factor::One) => TermKind::Pre,
            (Factor::One, _) => TermKind::Post,
            _ => TermKind::Pair,
        }
    }

    /// Number of coefficients for `types` neuron types: T, T, T² or 1.
    pub const fn coefficient_count(self, types: usize) -> usize {
        match self.kind() {
            TermKind::Pre | TermKind::Post => types,
            TermKind::Pair => types * types,
            TermKind::Reward => 1,
        }
    }

    /// Exponents of `S_pre, S_post, X_pre, X_post, R`.
    pub const fn exponents(self) -> [u8; 5] {
        let (s_pre, x_pre) = self.pre.exponents();
        let (s_post, x_post) = self.post.exponents();
        [s_pre, s_post, x_pre, x_post, self.reward as u8]
    }

    /// The term for spikes `s` (0 or 1), traces `x` and the reward trace `r` of the postsynaptic type.
    #[inline]
    pub fn value<F: Float>(self, s_pre: F, x_pre: F, s_post: F, x_post: F, r: F) -> F {
        let local = self.pre.value(s_pre, x_pre) * self.post.value(s_post, x_post);
        if self.reward { local * r } else { local }
    }

    /// Name in plain characters: `S_pre X_post`, `X_post^2 R`.
    pub fn name(self) -> String {
        self.product(&SIGNALS, "^2", " ")
    }

    /// The term as a formula in text: `S_pre·X_post`, `X_post²·R`.
    pub fn text(self) -> String {
        self.product(&SIGNALS, "²", "·")
    }

    /// The term as a formula in LaTeX: `S_{\mathrm{pre}}\,X_{\mathrm{post}}`.
    pub fn latex(self) -> String {
        self.product(&LATEX, "^{2}", r"\,")
    }

    fn product(self, signals: &[&str; 5], square: &str, separator: &str) -> String {
        let factors: Vec<String> = signals
            .iter()
            .zip(self.exponents())
            .filter(|&(_, exponent)| exponent > 0)
            .map(|(signal, exponent)| if exponent == 2 { format!("{signal}{square}") } else { (*signal).to_owned() })
            .collect();
        factors.join(separator)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl FromStr for Term {
    type Err = PlasticityError;

    /// Reads a product of signals in any order, with a space, `·` or `*` between factors and `^2` or
    /// `²` for a square. `S_pre S_pre` is `S_pre`, because a spike is 0 or 1.
    fn from_str(text: &str) -> Result<Self, PlasticityError> {
        let unknown = || PlasticityError::UnknownTerm { found: text.to_owned() };
        let mut exponents = [0_u8; 5];
        let separators = |c: char| c.is_whitespace() || c == '·' || c == '*';
        for token in text.split(separators).filter(|token| !token.is_empty()) {
            let squared = token.strip_suffix("^2").or_else(|| token.strip_suffix('²'));
            let signal = squared.unwrap_or(token);
            let at = SIGNALS.iter().position(|&name| name == signal).ok_or_else(unknown)?;
            let power = if squared.is_some() { 2 } else { 1 };
            exponents[at] = exponents[at].saturating_add(power);
        }
        exponents[0] = exponents[0].min(1);
        exponents[1] = exponents[1].min(1);
        TERMS.iter().copied().find(|term| term.exponents() == exponents).ok_or_else(unknown)
    }
}

impl TryFrom<&str> for Term {
    type Error = PlasticityError;

    fn try_from(text: &str) -> Result<Self, PlasticityError> {
        text.parse()
    }
}

impl TryFrom<String> for Term {
    type Error = PlasticityError;

    fn try_from(text: String) -> Result<Self, PlasticityError> {
        text.parse()
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        term.name()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Name, exponents of S_pre, S_post, X_pre, X_post, R, and number of coefficients for 17 types.
    const TABLE: [(&str, [u8; 5], usize); 25] = [
        ("S_pre", [1, 0, 0, 0, 0], 17),
        ("X_pre", [0, 0, 1, 0, 0], 17),
        ("S_pre X_pre", [1, 0, 1, 0, 0], 17),
        ("X_pre^2", [0, 0, 2, 0, 0], 17),
        ("S_post", [0, 1, 0, 0, 0], 17),
        ("X_post", [0, 0, 0, 1, 0], 17),
        ("S_post X_post", [0, 1, 0, 1, 0], 17),
        ("X_post^2", [0, 0, 0, 2, 0], 17),
        ("S_pre S_post", [1, 1, 0, 0, 0], 289),
        ("S_pre X_post", [1, 0, 0, 1, 0], 289),
        ("S_post X_pre", [0, 1, 1, 0, 0], 289),
        ("X_pre X_post", [0, 0, 1, 1, 0], 289),
        ("S_pre R", [1, 0, 0, 0, 1], 17),
        ("X_pre R", [0, 0, 1, 0, 1], 17),
        ("S_pre X_pre R", [1, 0, 1, 0, 1], 17),
        ("X_pre^2 R", [0, 0, 2, 0, 1], 17),
        ("S_post R", [0, 1, 0, 0, 1], 17),
        ("X_post R", [0, 0, 0, 1, 1], 17),
        ("S_post X_post R", [0, 1, 0, 1, 1], 17),
        ("X_post^2 R", [0, 0, 0, 2, 1], 17),
        ("S_pre S_post R", [1, 1, 0, 0, 1], 289),
        ("S_pre X_post R", [1, 0, 0, 1, 1], 289),
        ("S_post X_pre R", [0, 1, 1, 0, 1], 289),
        ("X_pre X_post R", [0, 0, 1, 1, 1], 289),
        ("R", [0, 0, 0, 0, 1], 1),
    ];

    #[test]
    fn the_terms_are_the_table_in_order() {
        for (k, (term, (name, exponents, count))) in TERMS.iter().zip(TABLE).enumerate() {
            assert_eq!((term.index(), term.position()), (k + 1, k));
            assert_eq!(term.name(), name);
            assert_eq!(term.exponents(), exponents, "{name}");
            assert_eq!(term.coefficient_count(17), count, "{name}");
        }
    }

    #[test]
    fn the_terms_are_all_low_degree_monomials_and_nothing_else() {
        let mut monomials = BTreeSet::new();
        for code in 0..3_u8.pow(4) {
            let raw = [code % 3, code / 3 % 3, code / 9 % 3, code / 27];
            let degree: u8 = raw.iter().sum();
            if !(1..=2).contains(&degree) {
                continue;
            }
            let [s_pre, s_post, x_pre, x_post] = [raw[0].min(1), raw[1].min(1), raw[2], raw[3]];
            for r in [0, 1] {
                monomials.insert([s_pre, s_post, x_pre, x_post, r]);
            }
        }
        monomials.insert([0, 0, 0, 0, 1]);
        let terms: BTreeSet<[u8; 5]> = TERMS.iter().map(|term| term.exponents()).collect();
        assert_eq!(monomials.len(), 25);
        assert_eq!(terms, monomials);
    }

    #[test]
    fn the_parameter_count_is_that_of_the_paper() {
        assert_eq!(parameter_count(17), 2645);
        for types in [1, 2, 5] {
            assert_eq!(parameter_count(types), 8 * types * types + 16 * types + 1 + 25 + 2 * types + 1);
        }
    }

    #[test]
    fn a_term_is_the_product_of_its_signals() {
        let signals = [1.0, 0.0, 0.7, 1.3, -0.4_f64];
        for s_post in [0.0, 1.0] {
            let [s_pre, _, x_pre, x_post, r] = signals;
            for term in TERMS {
                let e = term.exponents().map(i32::from);
                let expected =
                    s_pre.powi(e[0]) * s_post.powi(e[1]) * x_pre.powi(e[2]) * x_post.powi(e[3]) * r.powi(e[4]);
                let found = term.value(s_pre, x_pre, s_post, x_post, r);
                assert!((found - expected).abs() < 1e-15, "{term}: {found} {expected}");
            }
        }
    }

    #[test]
    fn names_are_read_in_every_spelling() {
        for term in TERMS {
            assert_eq!(term.name().parse(), Ok(term));
            assert_eq!(term.text().parse(), Ok(term));
            let json = serde_json::to_string(&term).unwrap();
            assert_eq!(serde_json::from_str::<Term>(&json).unwrap(), term);
        }
        assert_eq!("R * X_post * X_post".parse(), Ok(TERMS[19]));
        assert_eq!("S_pre^2".parse(), Ok(TERMS[0]));
        for text in ["", "S", "R R", "X_pre^3", "S_pre S_post X_pre", "S_post X_post^2"] {
            assert_eq!(text.parse::<Term>(), Err(PlasticityError::UnknownTerm { found: text.to_owned() }));
        }
    }

    #[test]
    fn latex_and_text_spell_the_paper_symbols() {
        let term: Term = "S_pre X_post R".parse().unwrap();
        assert_eq!(term.text(), "S_pre·X_post·R");
        assert_eq!(term.latex(), r"S_{\mathrm{pre}}\,X_{\mathrm{post}}\,R");
        assert_eq!(TERMS[7].text(), "X_post²");
        assert_eq!(TERMS[7].latex(), r"X_{\mathrm{post}}^{2}");
    }
}
