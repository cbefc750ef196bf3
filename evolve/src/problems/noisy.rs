//! Gaussian noise on every objective of a problem.

use rand::RngExt;
use rand_distr::StandardNormal;

use crate::address::{Address, stream};
use crate::error::{EvolveError, Result};
use crate::objective::{Evaluation, Failure, Objective, ObjectiveInfo};
use crate::space::SearchSpace;

/// A problem whose objectives are `inner` + sigma N(0, 1), independent for every objective, candidate and
/// generation.
#[derive(Clone, Debug)]
pub struct Noisy<O> {
    inner: O,
    sigma: f64,
    objectives: Vec<ObjectiveInfo>,
}

impl<O: Objective> Noisy<O> {
    /// Puts noise of standard deviation `sigma` (0 or more) on a problem.
    ///
    /// # Errors
    /// If sigma is negative or not finite.
    pub fn new(inner: O, sigma: f64) -> Result<Self> {
        if !(sigma >= 0.0 && sigma.is_finite()) {
            return Err(EvolveError::config("noise", "sigma", sigma, "0 or more"));
        }
        let objectives = inner.objectives().iter();
        let objectives = objectives.map(|info| ObjectiveInfo { noisy: sigma > 0.0, ..info.clone() }).collect();
        Ok(Self { inner, sigma, objectives })
    }

    /// The problem without noise.
    pub fn inner(&self) -> &O {
        &self.inner
    }
}

impl<O: Objective> Objective for Noisy<O> {
    fn space(&self) -> &SearchSpace {
        self.inner.space()
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    fn metrics(&self) -> &[String] {
        self.inner.metrics()
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> std::result::Result<Evaluation, Failure> {
        let mut evaluation = self.inner.evaluate(genome, at)?;
        let mut rng = at.rng(stream::NOISE);
        for value in &mut evaluation.objectives {
            *value += self.sigma * rng.sample::<f64, _>(StandardNormal);
        }
        Ok(evaluation)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::problems::Zdt;

    #[test]
    fn noise_has_the_given_deviation_and_an_address() {
        let problem = Noisy::new(Zdt::new(1, 2).unwrap(), 0.5).unwrap();
        let exact = problem.inner().values(&[0.3, 0.4]);
        let at = |candidate| Address { run: 1, generation: 2, candidate, episode: 0 };
        let draw = |candidate| problem.evaluate(&[0.3, 0.4], &at(candidate)).unwrap().objectives;
        assert_eq!(draw(3), draw(3));
        let noise: Vec<f64> = (0..4000).flat_map(|c| [draw(c)[0] - exact[0], draw(c)[1] - exact[1]]).collect();
        let mean = noise.iter().sum::<f64>() / 8000.0;
        let variance = noise.iter().map(|x| x * x).sum::<f64>() / 8000.0;
        // Standard errors: 0.5 / sqrt(8000) = 0.0056 and 0.25 sqrt(2 / 8000) = 0.004.
        assert!(mean.abs() < 0.02 && (variance - 0.25).abs() < 0.014, "{mean} {variance}");
        assert!(Noisy::new(Zdt::new(1, 2).unwrap(), f64::NAN).is_err());
    }
}
