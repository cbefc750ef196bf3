//! Probability of dominance between noisy means, and the expected number of dominators.
//!
//! P_k(a < b) = Phi((mu_b,k - mu_a,k) / sqrt(t2_a,k + t2_b,k)),  P(a dom b) = prod_k P_k(a < b),
//! E_i = sum_(j != i) P(j dom i).
//!
//! | symbol | meaning |
//! |---|---|
//! | mu | mean of an objective over the evaluations of one individual |
//! | t2 | variance of that mean; where both are 0, P_k is 0, 1/2 or 1 |
//! | Phi | normal distribution function, to 2e-10 by cubic interpolation |
//!
//! Sources: Hughes 2001, doi:10.1007/3-540-44719-9_23; Teich 2001, doi:10.1007/3-540-44719-9_22; the sum as
//! a rank follows the expected-dominators idea of Hughes' ranking.

use std::sync::LazyLock;

use rayon::prelude::*;
use statrs::function::erf::erf;

/// Nodes a unit of z, and the |z| from which Phi counts as 0 or 1 (Phi(-8) = 6e-16).
const NODES: usize = 64;
const LIMIT: f64 = 8.0;
/// The last place in the table, in nodes: just below the last node.
const END: f64 = NODES as f64 * LIMIT * (1.0 - f64::EPSILON);

/// Phi and its derivative (times the distance of nodes) at the nodes of [0, 8].
static TABLE: LazyLock<Vec<[f64; 2]>> = LazyLock::new(|| {
    (0..=NODES * LIMIT as usize)
        .map(|node| {
            let z = node as f64 / NODES as f64;
            let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
            [0.5 * (1.0 + erf(z / std::f64::consts::SQRT_2)), density / NODES as f64]
        })
        .collect()
});

/// Phi(z) without branches that depend on z.
fn normal_cdf(table: &[[f64; 2]], z: f64) -> f64 {
    let place = (z.abs() * NODES as f64).min(END);
    let node = place as usize;
    let t = place - node as f64;
    let ([p0, m0], [p1, m1]) = (table[node], table[node + 1]);
    // Cubic Hermite polynomial on [0, 1].
    let bend = 3.0 * (p1 - p0) - 2.0 * m0 - m1;
    let twist = m0 + m1 - 2.0 * (p1 - p0);
    let above_half = p0 + t * (m0 + t * (bend + t * twist)) - 0.5;
    0.5 + above_half.copysign(z)
}

/// Means and variances of the means of a set of individuals, `objectives` numbers each.
pub(crate) struct NoisyPoints<'a> {
    pub(crate) means: &'a [f64],
    pub(crate) variances: &'a [f64],
    pub(crate) objectives: usize,
}

impl NoisyPoints<'_> {
    pub(crate) fn len(&self) -> usize {
        self.means.len() / self.objectives
    }

    /// P(a dom b) and P(b dom a).
    fn compare(&self, table: &[[f64; 2]], a: usize, b: usize) -> (f64, f64) {
        let (a, b) = (a * self.objectives, b * self.objectives);
        let (mut forth, mut back) = (1.0, 1.0);
        for k in 0..self.objectives {
            let lead = self.means[b + k] - self.means[a + k];
            let variance = self.variances[a + k] + self.variances[b + k];
            let better = if variance > 0.0 {
                normal_cdf(table, lead / variance.sqrt())
            } else if lead == 0.0 {
                0.5
            } else {
                f64::from(u8::from(lead > 0.0))
            };
            forth *= better;
            back *= 1.0 - better;
        }
        (forth, back)
    }

    /// Expected number of dominators of every individual; O(M n^2 / 2), in parallel over pairs of blocks.
    /// Blocks have a fixed size and are added in a fixed order, so that threads do not change the sums.
    pub(crate) fn expected_dominators(&self) -> Vec<f64> {
        const BLOCK: usize = 128;
        let table: &[[f64; 2]] = &TABLE;
        let blocks: Vec<std::ops::Range<usize>> =
            (0..self.len()).step_by(BLOCK).map(|start| start..(start + BLOCK).min(self.len())).collect();
        let pairs: Vec<(usize, usize)> =
            (0..blocks.len()).flat_map(|first| (first..blocks.len()).map(move |second| (first, second))).collect();
        let partial: Vec<(Vec<f64>, Vec<f64>)> = pairs
            .par_iter()
            .map(|&(first, second)| {
                let (rows, columns) = (blocks[first].clone(), blocks[second].clone());
                let mut sums = (vec![0.0; rows.len()], vec![0.0; columns.len()]);
                for (row, i) in rows.enumerate() {
                    let skip = if first == second { row + 1 } else { 0 };
                    for (column, j) in columns.clone().enumerate().skip(skip) {
                        let (forth, back) = self.compare(table, i, j);
                        sums.0[row] += back;
                        sums.1[column] += forth;
                    }
                }
                sums
            })
            .collect();
        let mut expected = vec![0.0; self.len()];
        for (&(first, second), (rows, columns)) in pairs.iter().zip(&partial) {
            for (block, sums) in [(first, rows), (second, columns)] {
                for (total, sum) in expected[blocks[block].clone()].iter_mut().zip(sums) {
                    *total += sum;
                }
            }
        }
        expected
    }

    /// Fronts of the relation "a dominates b if P(a dom b) > P(b dom a) and P(a dom b) >= certainty^M".
    /// The relation need not be transitive: where every individual left has a dominator, those with
    /// the fewest make up the next front.
    pub(crate) fn probabilistic_ranks(&self, certainty: f64) -> Vec<usize> {
        let count = self.len();
        let table: &[[f64; 2]] = &TABLE;
        let threshold = certainty.powi(self.objectives as i32);
        // For every a: those behind it (b > a) that it dominates, and those that dominate it.
        let relations: Vec<(Vec<u32>, Vec<u32>)> = (0..count)
            .into_par_iter()
            .map(|a| {
                let (mut below, mut above) = (Vec::new(), Vec::new());
                for b in a + 1..count {
                    let (forth, back) = self.compare(table, a, b);
                    if forth >= threshold && forth > back {
                        below.push(b as u32);
                    } else if back >= threshold && back > forth {
                        above.push(b as u32);
                    }
                }
                (below, above)
            })
            .collect();
        let mut dominated = vec![Vec::new(); count];
        let mut dominators = vec![0_usize; count];
        for (a, (below, above)) in relations.into_iter().enumerate() {
            dominators[a] += above.len();
            below.iter().for_each(|&b| dominators[b as usize] += 1);
            above.iter().for_each(|&b| dominated[b as usize].push(a as u32));
            dominated[a].extend(below);
        }
        let mut ranks = vec![0; count];
        let mut left: Vec<usize> = (0..count).collect();
        for rank in 0.. {
            let Some(fewest) = left.iter().map(|&i| dominators[i]).min() else { break };
            let front: Vec<usize> = left.iter().copied().filter(|&i| dominators[i] == fewest).collect();
            left.retain(|&i| dominators[i] != fewest);
            for &a in &front {
                ranks[a] = rank;
                for &b in &dominated[a] {
                    dominators[b as usize] = dominators[b as usize].saturating_sub(1);
                }
            }
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dominates(points: &NoisyPoints<'_>, a: usize, b: usize) -> f64 {
        points.compare(&TABLE, a, b).0
    }

    #[test]
    fn the_normal_distribution_is_accurate() {
        // Tabulated values (Abramowitz and Stegun, table 26.1).
        for (z, phi) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (1.96, 0.975_002_104_851_780),
            (3.0, 0.998_650_101_968_370),
            (-2.0, 0.022_750_131_948_179),
        ] {
            assert!((normal_cdf(&TABLE, z) - phi).abs() < 2e-10, "{z}");
        }
        for step in -9000..9000 {
            let z = f64::from(step) * 1e-3 + 3e-4;
            let exact = 0.5 * (1.0 + erf(z / std::f64::consts::SQRT_2));
            assert!((normal_cdf(&TABLE, z) - exact).abs() < 3e-10, "{z}");
        }
        assert!(1.0 - normal_cdf(&TABLE, 1e300) < 1e-15 && normal_cdf(&TABLE, -1e300) < 1e-15);
    }

    #[test]
    fn without_noise_it_is_plain_dominance() {
        let means = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, -1.0, 2.0];
        let points = NoisyPoints { means: &means, variances: &[0.0; 8], objectives: 2 };
        assert_eq!(dominates(&points, 0, 2), 1.0);
        assert_eq!(dominates(&points, 2, 0), 0.0);
        assert_eq!(dominates(&points, 0, 1), 0.5); // better in one, equal in the other
        assert_eq!(dominates(&points, 0, 3), 0.0);
        assert_eq!(points.expected_dominators(), [0.0, 0.5, 1.5, 0.0]);
        assert_eq!(points.probabilistic_ranks(0.7), [0, 1, 2, 0]);
    }

    #[test]
    fn a_known_probability() {
        // Differences of 1 and 2 standard deviations: Phi(1) Phi(2).
        let points = NoisyPoints { means: &[0.0, 0.0, 5.0, 2.0], variances: &[9.0, 0.25, 16.0, 0.75], objectives: 2 };
        let expected = 0.841_344_746_068_543 * 0.977_249_868_051_821;
        assert!((dominates(&points, 0, 1) - expected).abs() < 1e-9);
    }

    fn points() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        (2usize..12).prop_flat_map(|n| {
            let mean = prop_oneof![-2.0..2.0_f64, Just(0.0)];
            let variance = prop_oneof![0.0..1.0_f64, Just(0.0)];
            (prop::collection::vec(mean, 3 * n), prop::collection::vec(variance, 3 * n))
        })
    }

    proptest! {
        #[test]
        fn two_directions_never_sum_to_more_than_one((means, variances) in points()) {
            let set = NoisyPoints { means: &means, variances: &variances, objectives: 3 };
            // Mirrored objectives exchange the roles of the two.
            let mirrored: Vec<f64> = means.iter().map(|x| -x).collect();
            let mirror = NoisyPoints { means: &mirrored, variances: &variances, objectives: 3 };
            for (a, b) in [(0, 1), (1, 0)] {
                let (forth, back) = (dominates(&set, a, b), dominates(&set, b, a));
                prop_assert!((0.0..=1.0).contains(&forth) && forth + back <= 1.0 + 1e-12);
                prop_assert!((dominates(&mirror, b, a) - forth).abs() < 1e-12);
            }
        }

        #[test]
        fn ranks_do_not_depend_on_the_order((means, variances) in points()) {
            let reversed = |values: &[f64]| -> Vec<f64> {
                values.chunks(3).rev().flatten().copied().collect()
            };
            let set = NoisyPoints { means: &means, variances: &variances, objectives: 3 };
            let (back_means, back_variances) = (reversed(&means), reversed(&variances));
            let back =
                NoisyPoints { means: &back_means, variances: &back_variances, objectives: 3 };
            for (x, y) in set.expected_dominators().iter().zip(back.expected_dominators().iter().rev()) {
                prop_assert!((x - y).abs() < 1e-12);
            }
            let mut ranks = back.probabilistic_ranks(0.85);
            ranks.reverse();
            prop_assert_eq!(set.probabilistic_ranks(0.85), ranks);
        }
    }
}
