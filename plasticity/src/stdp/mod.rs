//! Spike-timing-dependent plasticity, on the engines of factored rules.
//!
//! | rule | update | source |
//! |---|---|---|
//! | [`PairStdp`] | `A_+ S_post X_pre - A_- S_pre X_post` | Song, Miller, Abbott 2000, doi 10.1038/78829 |
//! | [`TripletStdp`] | the same with slower traces as factors | Pfister, Gerstner 2006, doi 10.1523/JNEUROSCI.1425-06.2006 |
//! | [`RewardStdp`] | pair STDP times a reward trace | Florian 2007, doi 10.1162/neco.2007.19.6.1468 |
//! | [`EligibilityStdp`] | pair STDP into an eligibility, which a reward trace turns into change | Izhikevich 2007, doi 10.1093/cercor/bhl152 |
//!
//! The first three are [`Factored`](crate::Factored) and run on [`EventDriven`](crate::EventDriven) as they are; the last
//! is exact on two of them ([`EligibilityEngine`]). Traces are those before the step's own spikes, so two spikes in one step
//! do not meet. An update is in units of the projection's learning rates, as with any rule.

mod eligibility;
mod pair;
mod reward;
mod triplet;

pub use eligibility::{EligibilityEngine, EligibilityStdp};
pub use pair::PairStdp;
pub use reward::RewardStdp;
pub use triplet::TripletStdp;

use crate::error::{PlasticityError, check_values};
use crate::factored::FactoredRule;
use crate::taylor::Term;

/// A term by its name with one coefficient for all types.
pub(crate) fn with_uniform(rule: FactoredRule, term: &str, coefficient: f64) -> Result<FactoredRule, PlasticityError> {
    let term: Term = term.parse()?;
    let count = rule.count(term);
    rule.with_term(term, vec![coefficient; count])
}

/// Checks amplitudes and time constants by name.
pub(crate) fn check(amplitudes: &[(&str, f64)], taus_ms: &[(&str, f64)]) -> Result<(), PlasticityError> {
    for &(name, value) in amplitudes {
        check_values(name, &[value], 1, "a finite number", f64::is_finite)?;
    }
    for &(name, value) in taus_ms {
        check_values(name, &[value], 1, "a positive time in ms", |tau| tau.is_finite() && tau > 0.0)?;
    }
    Ok(())
}
