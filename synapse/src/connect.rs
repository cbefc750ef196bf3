//! Who connects to whom: connectors over two groups of neurons.
//!
//! | tag | rule |
//! |---|---|
//! | `pairwise_bernoulli` | every pair with probability p |
//! | `fixed_in_degree` | every target draws k sources without replacement |
//! | `fixed_out_degree` | every source draws k targets without replacement |
//! | `distance_gaussian` | probability `peak exp(-(r/sigma)^2)`, r horizontal, capped at 1, with like-to-like |
//! | `one_to_one` | i to i |
//! | `all_to_all` | every pair |

use crate::error::{require, same_length};
use crate::{Sites, SynapseError};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// A connector; pairs are returned sorted by source, then target.
///
/// `same` says that both groups are the same neurons, so that index i on either side is one neuron: self-connections
/// are then left out, except by [`OneToOne`] whose purpose they are.
#[typetag::serde(tag = "connect")]
pub trait Connect: std::fmt::Debug + Send + Sync {
    /// Draws the connections from `pre` to `post`.
    ///
    /// # Errors
    /// A parameter outside its domain, which the error names; with `same`, groups of different size.
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        same: bool,
        rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError>;
}

/// Both groups can be the same neurons only if they are equally many.
fn check_same(pre: &Sites, post: &Sites, same: bool) -> Result<(), SynapseError> {
    if same { same_length("postsynaptic neurons, the same as the presynaptic", post.len(), pre.len()) } else { Ok(()) }
}

/// Visits every candidate pair with its probability.
fn bernoulli(
    pre: &Sites,
    post: &Sites,
    same: bool,
    rng: &mut dyn Rng,
    mut probability: impl FnMut(usize, usize) -> f64,
) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for i in 0..pre.len() {
        for j in 0..post.len() {
            if same && i == j {
                continue;
            }
            let p = probability(i, j);
            if p > 0.0 && rng.random::<f64>() < p {
                pairs.push((i as u32, j as u32));
            }
        }
    }
    pairs
}

/// Every pair with one probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairwiseBernoulli {
    /// Connection probability, 0..=1.
    pub probability: f64,
}

#[typetag::serde(name = "pairwise_bernoulli")]
impl Connect for PairwiseBernoulli {
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        same: bool,
        rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError> {
        let p = self.probability;
        require((0.0..=1.0).contains(&p), "pairwise_bernoulli", "probability", p, "0..=1")?;
        check_same(pre, post, same)?;
        Ok(bernoulli(pre, post, same, rng, |_, _| p))
    }
}

/// `count` of `n` without replacement, leaving out `own`; ascending.
fn draw(n: usize, count: usize, own: Option<usize>, rng: &mut dyn Rng) -> Vec<u32> {
    let pool = n - usize::from(own.is_some());
    let mut chosen: Vec<u32> = rand::seq::index::sample(rng, pool, count).into_iter().map(|k| k as u32).collect();
    if let Some(own) = own {
        chosen.iter_mut().filter(|k| **k as usize >= own).for_each(|k| *k += 1);
    }
    chosen.sort_unstable();
    chosen
}

fn check_degree(component: &'static str, degree: usize, n: usize, same: bool) -> Result<(), SynapseError> {
    let most = n.saturating_sub(usize::from(same));
    require(degree <= most, component, "degree", degree as f64, "at most the number of possible partners")
}

/// Every target has the same number of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedInDegree {
    /// Sources per target.
    pub degree: usize,
}

#[typetag::serde(name = "fixed_in_degree")]
impl Connect for FixedInDegree {
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        same: bool,
        rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError> {
        check_same(pre, post, same)?;
        check_degree("fixed_in_degree", self.degree, pre.len(), same)?;
        let mut pairs = Vec::with_capacity(self.degree * post.len());
        for j in 0..post.len() {
            let own = same.then_some(j);
            pairs.extend(draw(pre.len(), self.degree, own, rng).into_iter().map(|i| (i, j as u32)));
        }
        pairs.sort_unstable();
        Ok(pairs)
    }
}

/// Every source has the same number of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedOutDegree {
    /// Targets per source.
    pub degree: usize,
}

#[typetag::serde(name = "fixed_out_degree")]
impl Connect for FixedOutDegree {
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        same: bool,
        rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError> {
        check_same(pre, post, same)?;
        check_degree("fixed_out_degree", self.degree, post.len(), same)?;
        let mut pairs = Vec::with_capacity(self.degree * pre.len());
        for i in 0..pre.len() {
            let own = same.then_some(i);
            pairs.extend(draw(post.len(), self.degree, own, rng).into_iter().map(|j| (i as u32, j)));
        }
        Ok(pairs)
    }
}

/// Preference for targets of like orientation: the probability is multiplied by a line in the angular difference
/// whose mean is 1 and whose value at 90 deg is `ratio` times that at 0 deg (Billeh et al. 2020,
/// doi 10.1016/j.neuron.2020.01.040).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LikeToLike {
    /// Probability at 90 deg over probability at 0 deg, above 0 and at most 1.
    pub ratio: f64,
}

impl LikeToLike {
    /// Factors at 0 and at 90 deg for a peak probability: where the peak would pass 1, it is cut at 1 and the excess
    /// goes to 90 deg.
    #[must_use]
    pub fn factors(self, peak: f64) -> (f64, f64) {
        let mut at_0 = 2.0 / (1.0 + self.ratio);
        let mut at_90 = self.ratio * at_0;
        if peak * at_0 > 1.0 {
            let capped = 1.0 / peak;
            at_90 += at_0 - capped;
            at_0 = capped;
        }
        (at_0, at_90)
    }
}

/// Angular difference of two directions folded to orientations, 0..=90 deg.
#[must_use]
pub(crate) fn orientation_difference_deg(a: f64, b: f64) -> f64 {
    let d = (a - b).abs() % 360.0;
    (((180.0 - d).abs() - 90.0).abs() - 90.0).abs()
}

/// Connection probability that falls with horizontal distance, `peak exp(-(r/sigma)^2)`, capped at 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistanceGaussian {
    /// Probability at distance 0; values above 1 are cut at 1.
    pub peak: f64,
    /// Range sigma (um).
    pub sigma_um: f64,
    /// Orientation preference, if any.
    #[serde(default)]
    pub like_to_like: Option<LikeToLike>,
}

impl DistanceGaussian {
    /// From a probability that is the average over pairs closer than `radius_um`:
    /// `peak = mean / ((sigma/R)^2 (1 - exp(-(R/sigma)^2)))`, cut at 1.
    #[must_use]
    pub fn from_mean_within(mean: f64, radius_um: f64, sigma_um: f64) -> Self {
        let s = (sigma_um / radius_um).powi(2);
        let peak = mean / (s * (1.0 - (-1.0 / s).exp()));
        // Not `min`, which would turn a peak that is not a number into certainty instead of an error at `connect`.
        Self { peak: if peak > 1.0 { 1.0 } else { peak }, sigma_um, like_to_like: None }
    }
}

#[typetag::serde(name = "distance_gaussian")]
impl Connect for DistanceGaussian {
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        same: bool,
        rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError> {
        let tag = "distance_gaussian";
        require(self.peak >= 0.0, tag, "peak", self.peak, "a number >= 0")?;
        require(self.sigma_um > 0.0, tag, "sigma_um", self.sigma_um, "a positive number")?;
        if let Some(l) = self.like_to_like {
            require(l.ratio > 0.0 && l.ratio <= 1.0, tag, "like_to_like.ratio", l.ratio, "above 0, at most 1")?;
        }
        pre.check()?;
        post.check()?;
        check_same(pre, post, same)?;
        let peak = self.peak.min(1.0);
        let factors = self.like_to_like.map(|l| l.factors(peak));
        Ok(bernoulli(pre, post, same, rng, |i, j| {
            let dx = f64::from(pre.x_um[i] - post.x_um[j]);
            let dz = f64::from(pre.z_um[i] - post.z_um[j]);
            let p = peak * (-(dx * dx + dz * dz) / (self.sigma_um * self.sigma_um)).exp();
            factors.map_or(p, |(at_0, at_90)| {
                let d = orientation_difference_deg(pre.tuning_deg[i].into(), post.tuning_deg[j].into());
                p * (at_0 + (at_90 - at_0) * d / 90.0)
            })
        }))
    }
}

/// Neuron i to neuron i.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneToOne {}

#[typetag::serde(name = "one_to_one")]
impl Connect for OneToOne {
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        _same: bool,
        _rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError> {
        same_length("postsynaptic neurons of one_to_one", post.len(), pre.len())?;
        Ok((0..pre.len() as u32).map(|i| (i, i)).collect())
    }
}

/// Every source to every target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllToAll {}

#[typetag::serde(name = "all_to_all")]
impl Connect for AllToAll {
    fn connect(
        &self,
        pre: &Sites,
        post: &Sites,
        same: bool,
        _rng: &mut dyn Rng,
    ) -> Result<Vec<(u32, u32)>, SynapseError> {
        check_same(pre, post, same)?;
        let all = (0..pre.len() as u32).flat_map(|i| (0..post.len() as u32).map(move |j| (i, j)));
        Ok(all.filter(|(i, j)| !same || i != j).collect())
    }
}
