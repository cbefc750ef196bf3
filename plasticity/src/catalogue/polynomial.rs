//! Polynomial rules: dw = sum theta_abc pre^a post^b w^c, exponents 0 to 2; and the same idea for spikes.
//!
//! | symbol | field | range |
//! |---|---|---|
//! | theta_abc | `theta`: `[a][b][c]` | -1 to 1 |
//!
//! Oja's rule is theta_110 = eta, theta_021 = -eta. For spikes, with traces x of its own time constants,
//!
//! ```text
//! dw = alpha S_pre + beta S_post + gamma x_pre S_post + kappa x_post S_pre
//! ```
//!
//! | symbol | field | range |
//! |---|---|---|
//! | alpha, beta, gamma, kappa | the same | -1 to 1 |
//! | tau_pre, tau_post | `tau_pre_ms`, `tau_post_ms` | 1 to 150 ms, logarithmic |
//!
//! Source: Confavreux, Zenke, Agnes, Lillicrap, Vogels 2020, "A meta-learning approach to (re)discover plasticity rules that
//! carve a desired function into a neural network", NeurIPS 2020, doi 10.1101/2020.10.24.353409.

use super::spiking::Spiking;
use super::{Card, LocalRule, LocalSpace, Signals};
use crate::error::PlasticityError;
use crate::factored::{Factored, FactoredRule};
use crate::space::Gene;
use crate::stdp::{check, with_uniform};

const CARD: Card = Card {
    name: "polynomial",
    equation: "sum_abc theta_abc pre^a post^b w^c, a, b, c in {0, 1, 2}",
    signals: "pre, post, w",
    reference: "Confavreux et al. 2020",
    doi: "doi 10.1101/2020.10.24.353409",
};

const SPIKING: Card = Card {
    name: "polynomial of spikes",
    equation: "alpha S_pre + beta S_post + gamma x_pre S_post + kappa x_post S_pre",
    signals: "spikes, traces",
    ..CARD
};

/// A polynomial of rates and weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polynomial {
    /// Coefficients, `[a][b][c]`.
    pub theta: [f64; 27],
}

impl LocalRule for Polynomial {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn parameters(&self) -> Vec<f64> {
        self.theta.to_vec()
    }

    fn change(&self, seen: &Signals, _: &mut [f64]) -> f64 {
        let powers = |x: f64| [1.0, x, x * x];
        let (pre, post, w) = (powers(seen.pre), powers(seen.post), powers(seen.weight));
        self.theta.iter().enumerate().map(|(k, theta)| theta * pre[k / 9] * post[k / 3 % 3] * w[k % 3]).sum()
    }
}

pub(super) fn space() -> Result<LocalSpace, PlasticityError> {
    let gene = |k: usize| Gene::real(format!("theta[{}{}{}]", k / 9, k / 3 % 3, k % 3), "", -1.0, 1.0);
    let genes = (0..27).map(gene).collect::<Result<_, _>>()?;
    Ok(LocalSpace::new(&CARD, genes, |p| Ok(Box::new(Polynomial { theta: std::array::from_fn(|k| p[k]) }))))
}

/// A polynomial of spikes and traces; it factors, so that the engines run it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpikingPolynomial {
    /// Change at a presynaptic spike.
    pub alpha: f64,
    /// Change at a postsynaptic spike.
    pub beta: f64,
    /// Change at a postsynaptic spike by the presynaptic trace.
    pub gamma: f64,
    /// Change at a presynaptic spike by the postsynaptic trace.
    pub kappa: f64,
    /// Time constant of x_pre (ms).
    pub tau_pre_ms: f64,
    /// Time constant of x_post (ms).
    pub tau_post_ms: f64,
}

impl Factored for SpikingPolynomial {
    fn factored(&self, types_pre: usize, types_post: usize) -> Result<FactoredRule, PlasticityError> {
        let amplitudes = [("alpha", self.alpha), ("beta", self.beta), ("gamma", self.gamma), ("kappa", self.kappa)];
        check(&amplitudes, &[("tau_pre_ms", self.tau_pre_ms), ("tau_post_ms", self.tau_post_ms)])?;
        let rule = FactoredRule::silent(vec![self.tau_pre_ms; types_pre], vec![self.tau_post_ms; types_post])?;
        let rule = with_uniform(rule, "S_pre", self.alpha)?;
        let rule = with_uniform(rule, "S_post", self.beta)?;
        let rule = with_uniform(rule, "S_post X_pre", self.gamma)?;
        with_uniform(rule, "S_pre X_post", self.kappa)
    }
}

pub(super) fn spiking_space() -> Result<LocalSpace, PlasticityError> {
    let mut genes = vec![];
    for name in ["alpha", "beta", "gamma", "kappa"] {
        genes.push(Gene::real(name, "", -1.0, 1.0)?);
    }
    for name in ["tau_pre", "tau_post"] {
        genes.push(Gene::log_scaled(name, "ms", 1.0, 150.0)?);
    }
    Ok(LocalSpace::new(&SPIKING, genes, |p| {
        let [alpha, beta, gamma, kappa, tau_pre_ms, tau_post_ms] = std::array::from_fn(|k| p[k]);
        let rule = SpikingPolynomial { alpha, beta, gamma, kappa, tau_pre_ms, tau_post_ms };
        Ok(Box::new(Spiking::new(&SPIKING, &rule, p)?))
    }))
}
