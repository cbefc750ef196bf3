//! Distance of two populations of parameter vectors.
//!
//! Sliced first Wasserstein distance: the mean over random directions u, uniform on the unit sphere, of the first
//! Wasserstein distance of the projections u . x of both populations. A common shift by a vector s moves it by
//! |s| E|u_1|, which is about |s| sqrt(2 / (pi d)) in d dimensions.
//!
//! Source: Rabin, Peyré, Delon and Bernot 2012, doi:10.1007/978-3-642-24785-9_37; Bonneel, Rabin, Peyré and Pfister 2015,
//! doi:10.1007/s10851-014-0506-3.

use crate::SynapseError;
use crate::change::wasserstein::wasserstein_1;
use crate::error::{require, same_length};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// Mean distance of the projections of two populations on `projections` random directions. Populations may differ in
/// size; with the same generator the same directions are drawn, whatever the populations.
///
/// # Errors
/// An empty population, vectors of different lengths or without values, no projection, or a value that is not finite.
pub fn sliced_wasserstein<T: Copy + Into<f64>>(
    first: &[Vec<T>],
    second: &[Vec<T>],
    projections: usize,
    rng: &mut dyn Rng,
) -> Result<f64, SynapseError> {
    let component = "sliced Wasserstein distance";
    let size = first.first().map_or(0, Vec::len);
    for population in [first, second] {
        require(!population.is_empty(), component, "vectors of a population", 0.0, "at least 1")?;
        for vector in population {
            same_length("values of a population's vector", vector.len(), size)?;
            for &value in vector {
                require(true, component, "value", value.into(), "a finite number")?;
            }
        }
    }
    require(size > 0, component, "values of a vector", 0.0, "at least 1")?;
    require(projections > 0, component, "projections", 0.0, "at least 1")?;
    let mut sum = 0.0;
    for _ in 0..projections {
        let direction: Vec<f64> = (0..size).map(|_| rng.sample(StandardNormal)).collect();
        let length = direction.iter().map(|u| u * u).sum::<f64>().sqrt();
        let project = |vector: &Vec<T>| vector.iter().zip(&direction).map(|(&x, u)| x.into() * u).sum::<f64>() / length;
        let [a, b] = [first, second].map(|population| population.iter().map(project).collect::<Vec<f64>>());
        // Finite and not empty, so there is a distance.
        sum += wasserstein_1(&a, &b).unwrap_or(0.0);
    }
    Ok(sum / projections as f64)
}
