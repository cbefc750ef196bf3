//! Variation operators on search coordinates, for real genes and gates together.
//!
//! * Polynomial mutation: a gene with bounds [l, u] moves by (u - l) d, where d has density proportional
//!   to (1 - |d|)^eta, truncated at the bounds. Each real gene mutates with probability
//!   1 / (number of real genes); each gate flips (x -> 1 - x) with probability 1 / (number of gates).
//! * Simulated binary crossover: children (y1 + y2)/2 -+ b (y2 - y1)/2 with spread b distributed as in a
//!   one-point crossover of binary strings, truncated at the bounds; each real gene takes part with
//!   probability 1/2, and each gate is exchanged with probability 1/2.
//!
//! | symbol | meaning | default | source |
//! |---|---|---|---|
//! | eta_m | index of the mutation (larger: smaller steps) | 20 | Deb et al. 2002 |
//! | eta_c | index of the crossover | 15 | Deb et al. 2002 (20 there; 15 in its widely used code) |
//!
//! Sources: Deb and Agrawal 1995, Complex Systems 9:115 (crossover); Deb and Goyal 1996, Computer Science
//! and Informatics 26:30 (mutation); Deb et al. 2002, doi:10.1109/4235.996017 (bounds as used here).

use rand::{Rng, RngExt};

use crate::space::SearchSpace;

/// Polynomial mutation of real genes, flips of gates.
pub(crate) fn mutate<R: Rng + ?Sized>(space: &SearchSpace, position: &mut [f64], eta: f64, rng: &mut R) {
    let real_rate = 1.0 / (space.len() - space.gates()).max(1) as f64;
    let gate_rate = 1.0 / space.gates().max(1) as f64;
    for gene in 0..position.len() {
        if space.is_gate(gene) {
            if rng.random::<f64>() < gate_rate {
                position[gene] = flipped(position[gene]);
            }
        } else if rng.random::<f64>() < real_rate {
            let (lower, upper) = (space.search_lower()[gene], space.search_upper()[gene]);
            let step = polynomial_step(position[gene], lower, upper, eta, rng.random());
            position[gene] = (position[gene] + (upper - lower) * step).clamp(lower, upper);
        }
    }
}

/// The mirrored value of a gate, on the other side of its threshold.
fn flipped(gate: f64) -> f64 {
    if gate == 0.5 { 1.0 } else { 1.0 - gate }
}

/// Step in units of the range for a uniform number `u`.
fn polynomial_step(x: f64, lower: f64, upper: f64, eta: f64, u: f64) -> f64 {
    let range = upper - lower;
    let power = eta + 1.0;
    if u < 0.5 {
        let room = 1.0 - (x - lower) / range;
        (2.0 * u + (1.0 - 2.0 * u) * room.powf(power)).powf(1.0 / power) - 1.0
    } else {
        let room = 1.0 - (upper - x) / range;
        1.0 - (2.0 * (1.0 - u) + (2.0 * u - 1.0) * room.powf(power)).powf(1.0 / power)
    }
}

/// Simulated binary crossover of real genes, uniform crossover of gates.
pub(crate) fn cross<R: Rng + ?Sized>(
    space: &SearchSpace,
    first: &mut [f64],
    second: &mut [f64],
    eta: f64,
    rng: &mut R,
) {
    for gene in 0..first.len() {
        if rng.random::<f64>() >= 0.5 {
            continue;
        }
        let (a, b) = (first[gene].min(second[gene]), first[gene].max(second[gene]));
        if space.is_gate(gene) || b - a <= 1e-14 {
            std::mem::swap(&mut first[gene], &mut second[gene]);
            continue;
        }
        let (lower, upper) = (space.search_lower()[gene], space.search_upper()[gene]);
        let u: f64 = rng.random();
        let middle = 0.5 * (a + b);
        let low = (middle - 0.5 * spread((a - lower) / (b - a), eta, u) * (b - a)).clamp(lower, upper);
        let high = (middle + 0.5 * spread((upper - b) / (b - a), eta, u) * (b - a)).clamp(lower, upper);
        let swap = rng.random::<f64>() < 0.5;
        (first[gene], second[gene]) = if swap { (high, low) } else { (low, high) };
    }
}

/// Spread factor for a uniform number `u`, if there is room for `room` parental distances up to the bound.
fn spread(room: f64, eta: f64, u: f64) -> f64 {
    let power = eta + 1.0;
    let alpha = 2.0 - (1.0 + 2.0 * room).powf(-power);
    let base = if u <= 1.0 / alpha { u * alpha } else { 1.0 / (2.0 - u * alpha) };
    base.powf(1.0 / power)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::space::Variable;
    use proptest::prelude::*;

    #[test]
    fn mutation_has_the_polynomial_distribution() {
        // Far from the bounds P(|d| > t) = (1 - t)^(eta + 1).
        let eta = 20.0;
        for t in [0.01, 0.05, 0.1] {
            let u = 0.5 * (1.0_f64 - t).powf(eta + 1.0); // lower tail of probability u
            assert!((polynomial_step(0.5e6, 0.0, 1e6, eta, u) + t).abs() < 1e-6);
            assert!((polynomial_step(0.5e6, 0.0, 1e6, eta, 1.0 - u) - t).abs() < 1e-6);
        }
        // At a bound all steps point inwards.
        assert_eq!(polynomial_step(0.0, 0.0, 1.0, eta, 0.3), 0.0);
        assert!(polynomial_step(0.0, 0.0, 1.0, eta, 0.9) > 0.0);
    }

    #[test]
    fn spread_is_that_of_the_crossover() {
        // Far from the bounds: u < 1/2 contracts with b = (2u)^(1/(eta+1)), u > 1/2 expands by 1/b.
        let eta = 15.0;
        assert!((spread(1e9, eta, 0.25) - 0.5_f64.powf(1.0 / 16.0)).abs() < 1e-12);
        assert!((spread(1e9, eta, 0.75) - 2.0_f64.powf(1.0 / 16.0)).abs() < 1e-12);
        // Largest spread reaches exactly the bound: b = 1 + 2 room.
        assert!((spread(0.1, eta, 1.0) - 1.2).abs() < 1e-9);
    }

    #[test]
    fn one_gene_of_each_kind_changes_on_average() {
        let mut variables: Vec<_> = (0..50).map(|index| Variable::real(index.to_string(), 0.0, 1.0)).collect();
        variables.extend((0..25).map(|index| Variable::gate(format!("g{index}"))));
        let space = SearchSpace::new(variables).unwrap();
        let mut rng = Address { run: 0, generation: 0, candidate: 0, episode: 0 }.rng(0);
        let (mut real, mut gates) = (0, 0);
        for _ in 0..2000 {
            let mut position = vec![0.3; 75];
            mutate(&space, &mut position, 20.0, &mut rng);
            real += position[..50].iter().filter(|&&x| x != 0.3).count();
            gates += position[50..].iter().filter(|&&x| x > 0.5).count();
        }
        // Poisson-like counts with mean 2000 and standard deviation 45.
        assert!((1820..2180).contains(&real) && (1820..2180).contains(&gates), "{real} {gates}");
        assert_eq!((flipped(0.2), flipped(0.5), flipped(1.0)), (0.8, 1.0, 0.0));
    }

    proptest! {
        #[test]
        fn bounds_are_never_left(a in -2.0..3.0_f64, b in -2.0..3.0_f64, seed in 0u64..1000) {
            let space = SearchSpace::new(vec![Variable::real("x", -2.0, 3.0)]).unwrap();
            let mut rng = Address { run: seed, generation: 0, candidate: 0, episode: 0 }.rng(0);
            let (mut first, mut second) = ([a], [b]);
            cross(&space, &mut first, &mut second, 15.0, &mut rng);
            let centre = first[0] + second[0] - a - b;
            // Children keep the mean of the parents unless a bound truncated one side.
            prop_assert!(centre.abs() < 5.0);
            mutate(&space, &mut first, 20.0, &mut rng);
            for x in [first[0], second[0]] {
                prop_assert!((-2.0..=3.0).contains(&x));
            }
        }
    }
}
