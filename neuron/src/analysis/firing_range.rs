//! Between which inputs a neuron in the plane has a stable limit cycle, and how it comes and goes.
//!
//! The branch of the cycle is followed both ways until it turns back (a fold), shrinks to an equilibrium (a supercritical
//! Hopf bifurcation) or its period T has grown fourfold, which means that the cycle comes close to an equilibrium (or else it is
//! followed further). Where there is no saddle it passes the place at which one is about to appear, at an input I* that T tells by
//! T ~ (I - I*)^(-1/2), that is I* = I + T/(2 dT/dI); just beyond I* the manifolds of the saddle tell whether the cycle is gone.
//! Where there is a saddle, T ~ -log(I - I*)/lambda, lambda its positive eigenvalue (Strogatz 2015, doi:10.1201/9780429492563,
//! section 8.4): the homoclinic orbit is less far than T/(dT/dI), as lambda T is above 1.

use super::cycle_fold::{Branch, Event};
use super::homoclinic::goes_on;
use super::{CycleOptions, equilibria, first_lyapunov, homoclinic, hopf_points, limit_cycle, saddle_nodes};
use crate::NeuronError;
use crate::dynamics::Planar;

/// Growth of the period after which the cycle is taken to end at an equilibrium, and up to which it is followed if none is found.
const LONG: [f64; 2] = [4.0, 16.0];
/// Distances in which a homoclinic orbit is looked for, each twice the one before, and the share of the input that the first is at
/// least.
const DISTANCES: u32 = 6;
const LEAST: f64 = 1e-9;
/// Where beyond a saddle-node the saddle is looked at, in the distance that the period tells.
const BEYOND: f64 = 1e-2;

/// How a stable limit cycle comes or goes as the input changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CycleEnd {
    /// It merges with an unstable one: rest and firing coexist on this side, and firing has a lowest rate.
    Fold,
    /// A saddle-node appears on it: the rate tends to 0 with the square root of the distance.
    SaddleNode,
    /// It becomes an orbit homoclinic to a saddle: the rate tends to 0 with the inverse of the logarithm of the distance.
    Homoclinic,
    /// It shrinks to an equilibrium, at a supercritical Hopf bifurcation. Its potential passes the spike level only at some
    /// distance.
    Hopf,
}

/// An end of a range of inputs with a stable limit cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CycleLimit {
    /// The input, in the unit of the model.
    pub input: f64,
    /// What happens there.
    pub end: CycleEnd,
}

/// The lowest and the highest input of the stable limit cycle that a neuron in the plane has at the input `from`
/// ([`limit_cycle`] with the same options).
///
/// ```no_run
/// use evoplast_neuron::analysis::{CycleEnd, CycleOptions, firing_range};
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
/// let [low, high] = firing_range::<MorrisLecar>(&MorrisLecarParams::snlc(), 60.0, &CycleOptions::default())?;
/// assert!((low.input - 39.963_153_092_7).abs() < 1e-9 && low.end == CycleEnd::SaddleNode);
/// assert!((high.input - 115.948_72).abs() < 1e-5 && high.end == CycleEnd::Fold);
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
///
/// # Errors
/// As for [`limit_cycle`] and [`cycle_fold`](super::cycle_fold); [`NeuronError::NoBifurcation`] if an end is of none of these
/// kinds.
pub fn firing_range<D: Planar>(
    params: &D::Params,
    from: f64,
    options: &CycleOptions<[f64; 2]>,
) -> Result<[CycleLimit; 2], NeuronError> {
    const WHAT: &str = "end of the limit cycles";
    let cycle = limit_cycle::<D>(params, from, options)?;
    let [long_ms, longest_ms] = LONG.map(|growth| options.longest_ms.min(growth * cycle.period_ms));
    let end = |towards: f64| {
        let mut branch = Branch::<D>::begin(params, &cycle, from, towards, long_ms, WHAT)?;
        loop {
            let event = match branch.advance() {
                Ok(event) => event,
                // Very near a homoclinic orbit the period is lost in the rounding of the input.
                Err(stuck) => return long(params, &branch).map_err(|_| stuck),
            };
            match event {
                Event::Regular | Event::Passed => {}
                Event::Fold(fold) => return Ok(CycleLimit { input: fold.input, end: CycleEnd::Fold }),
                Event::Shrunk => return shrunk(params, &branch),
                Event::Long => match long(params, &branch) {
                    Err(_) if branch.longest_ms < longest_ms => {
                        branch.longest_ms = longest_ms.min(2.0 * branch.longest_ms);
                    }
                    found => return found,
                },
            }
        }
    };
    Ok([end(f64::NEG_INFINITY)?, end(f64::INFINITY)?])
}

/// The supercritical Hopf bifurcation at the end of a branch.
fn shrunk<D: Planar>(params: &D::Params, branch: &Branch<D>) -> Result<CycleLimit, NeuronError> {
    let off = |input: f64| (input - branch.input()).abs();
    let nearest = hopf_points::<D>(params).into_iter().min_by(|a, b| off(a.input).total_cmp(&off(b.input)));
    match nearest {
        Some(hopf) if first_lyapunov::<D>(params, &hopf)? < 0.0 => {
            Ok(CycleLimit { input: hopf.input, end: CycleEnd::Hopf })
        }
        _ => Err(branch.stuck("the cycle shrinks where no Hopf bifurcation is supercritical".to_owned())),
    }
}

/// The saddle-node or the homoclinic orbit at the end of a branch whose periods have grown long.
fn long<D: Planar>(params: &D::Params, branch: &Branch<D>) -> Result<CycleLimit, NeuronError> {
    let input = branch.input();
    let distance = branch.period_ms() / branch.period_per_input();
    if equilibria::<D>(params, input).iter().any(|e| e.unstable == 1) {
        let least = LEAST * input.abs() * distance.signum();
        return saddle_loop::<D>(params, input - least, if distance.abs() > least.abs() { distance } else { least });
    }
    let foretold = input + 0.5 * distance;
    let nodes = saddle_nodes::<D>(params).into_iter().map(|node| node.input);
    let near = nodes.min_by(|a, b| (a - foretold).abs().total_cmp(&(b - foretold).abs()));
    match near {
        Some(node) if (node - foretold).abs() < 0.25 * distance.abs() => {
            let beyond = node + BEYOND * distance;
            if goes_on::<D>(params, beyond)? {
                // The saddle-node is not on the cycle but beside it.
                return saddle_loop::<D>(params, beyond, distance);
            }
            Ok(CycleLimit { input: node, end: CycleEnd::SaddleNode })
        }
        _ => Err(branch.stuck(format!("the period grows to {} ms far from saddles", branch.period_ms()))),
    }
}

/// The homoclinic orbit that lies beyond an input, at a distance of about the one given.
fn saddle_loop<D: Planar>(params: &D::Params, input: f64, distance: f64) -> Result<CycleLimit, NeuronError> {
    let orbit = |doubling: u32| {
        let far = input + distance * f64::from(1_u32 << doubling);
        homoclinic::<D>(params, input.min(far), input.max(far))
    };
    let mut found = orbit(0);
    for doubling in 1..DISTANCES {
        found = found.or_else(|_| orbit(doubling));
    }
    Ok(CycleLimit { input: found?.input, end: CycleEnd::Homoclinic })
}
