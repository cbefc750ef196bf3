//! The 17 neuron types and 21 populations of the mouse-V1 model, with their numbers of neurons.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>; numbers of neurons
//! within the core of radius 400 um (51,978 neurons) counted in the released network. Depth ranges of L2/3 and L4 are
//! those of the model; L1, L5 and L6 are rounded anatomical values (they only serve to place readout cells).

/// Number of neuron types.
pub const N_TYPES: usize = 17;
/// Number of populations: the types, with L4 excitatory split by four and L5 excitatory by two Cre lines.
pub const N_POPULATIONS: usize = 21;
/// Number of neurons in the core of radius [`CORE_RADIUS_UM`].
pub const N_CORE: u32 = 51_978;
/// Radius of the core in um.
pub const CORE_RADIUS_UM: f64 = 400.0;

/// Cortical layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Layer 1.
    L1,
    /// Layer 2/3.
    L23,
    /// Layer 4.
    L4,
    /// Layer 5.
    L5,
    /// Layer 6.
    L6,
}

impl Layer {
    /// Upper and lower border in um below the pia.
    pub const fn depth_um(self) -> (f64, f64) {
        match self {
            Self::L1 => (0.0, 100.0),
            Self::L23 => (100.0, 310.0),
            Self::L4 => (310.0, 430.0),
            Self::L5 => (430.0, 640.0),
            Self::L6 => (640.0, 830.0),
        }
    }
}

/// Cell class: excitatory, or one of three classes of interneurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellClass {
    /// Excitatory.
    Exc,
    /// Parvalbumin-positive interneuron.
    Pvalb,
    /// Somatostatin-positive interneuron.
    Sst,
    /// Htr3a-positive interneuron (VIP in the recordings).
    Htr3a,
}

/// One of the 17 types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellType {
    /// Name as in the model files, for example `i23Pvalb`.
    pub name: &'static str,
    /// Layer.
    pub layer: Layer,
    /// Class.
    pub class: CellClass,
    /// Number of neurons in the core.
    pub n_core: u32,
}

impl CellType {
    /// True for excitatory types (Dale: all outgoing weights are positive).
    pub const fn is_excitatory(&self) -> bool {
        matches!(self.class, CellClass::Exc)
    }

    /// Share of this type among all neurons of the core.
    pub fn fraction(&self) -> f64 {
        f64::from(self.n_core) / f64::from(N_CORE)
    }
}

/// One of the 21 populations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// Name as in the model files, for example `e4Scnn1a`.
    pub name: &'static str,
    /// Index into [`CELL_TYPES`].
    pub type17: usize,
    /// Number of neurons in the core.
    pub n_core: u32,
}

const fn cell_type(name: &'static str, layer: Layer, class: CellClass, n_core: u32) -> CellType {
    CellType { name, layer, class, n_core }
}

const fn population(name: &'static str, type17: usize, n_core: u32) -> Population {
    Population { name, type17, n_core }
}

/// The types, in the order of all tables indexed by type.
pub const CELL_TYPES: [CellType; N_TYPES] = [
    cell_type("i1Htr3a", Layer::L1, CellClass::Htr3a, 999),
    cell_type("e23", Layer::L23, CellClass::Exc, 12_689),
    cell_type("i23Pvalb", Layer::L23, CellClass::Pvalb, 640),
    cell_type("i23Sst", Layer::L23, CellClass::Sst, 464),
    cell_type("i23Htr3a", Layer::L23, CellClass::Htr3a, 1107),
    cell_type("e4", Layer::L4, CellClass::Exc, 10_254),
    cell_type("i4Pvalb", Layer::L4, CellClass::Pvalb, 963),
    cell_type("i4Sst", Layer::L4, CellClass::Sst, 553),
    cell_type("i4Htr3a", Layer::L4, CellClass::Htr3a, 270),
    cell_type("e5", Layer::L5, CellClass::Exc, 7569),
    cell_type("i5Pvalb", Layer::L5, CellClass::Pvalb, 613),
    cell_type("i5Sst", Layer::L5, CellClass::Sst, 555),
    cell_type("i5Htr3a", Layer::L5, CellClass::Htr3a, 117),
    cell_type("e6", Layer::L6, CellClass::Exc, 12_882),
    cell_type("i6Pvalb", Layer::L6, CellClass::Pvalb, 1052),
    cell_type("i6Sst", Layer::L6, CellClass::Sst, 1059),
    cell_type("i6Htr3a", Layer::L6, CellClass::Htr3a, 192),
];

/// The populations, in the order of all tables indexed by population (ascending type).
pub const POPULATIONS: [Population; N_POPULATIONS] = [
    population("i1Htr3a", 0, 999),
    population("e23Cux2", 1, 12_689),
    population("i23Pvalb", 2, 640),
    population("i23Sst", 3, 464),
    population("i23Htr3a", 4, 1107),
    population("e4Scnn1a", 5, 3072),
    population("e4Rorb", 5, 2605),
    population("e4other", 5, 3329),
    population("e4Nr5a1", 5, 1248),
    population("i4Pvalb", 6, 963),
    population("i4Sst", 7, 553),
    population("i4Htr3a", 8, 270),
    population("e5Rbp4", 9, 6010),
    population("e5noRbp4", 9, 1559),
    population("i5Pvalb", 10, 613),
    population("i5Sst", 11, 555),
    population("i5Htr3a", 12, 117),
    population("e6Ntsr1", 13, 12_882),
    population("i6Pvalb", 14, 1052),
    population("i6Sst", 15, 1059),
    population("i6Htr3a", 16, 192),
];

/// Index of the type called `name`.
pub fn type_index(name: &str) -> Option<usize> {
    CELL_TYPES.iter().position(|t| t.name == name)
}

/// Index of the population called `name`.
pub fn population_index(name: &str) -> Option<usize> {
    POPULATIONS.iter().position(|p| p.name == name)
}

/// Numbers of neurons per type in a network of `n` neurons: core fractions rounded by largest remainder.
pub fn type_counts(n: usize) -> [usize; N_TYPES] {
    let weights: Vec<u32> = CELL_TYPES.iter().map(|t| t.n_core).collect();
    let mut counts = [0; N_TYPES];
    counts.copy_from_slice(&largest_remainder(&weights, n));
    counts
}

/// Numbers of neurons per population in a network of `n` neurons.
///
/// The neurons of each type ([`type_counts`]) are shared among its populations by largest remainder, so both agree.
pub fn population_counts(n: usize) -> [usize; N_POPULATIONS] {
    let mut counts = [0; N_POPULATIONS];
    for (type17, &total) in type_counts(n).iter().enumerate() {
        let members: Vec<usize> = (0..N_POPULATIONS).filter(|&p| POPULATIONS[p].type17 == type17).collect();
        let weights: Vec<u32> = members.iter().map(|&p| POPULATIONS[p].n_core).collect();
        for (p, share) in members.into_iter().zip(largest_remainder(&weights, total)) {
            counts[p] = share;
        }
    }
    counts
}

/// Shares `total` in proportion to `weights` (Hamilton's method); equal remainders go to the lower index.
///
/// Returns zeros when all weights are zero.
pub fn largest_remainder(weights: &[u32], total: usize) -> Vec<usize> {
    let sum: u128 = weights.iter().map(|&w| u128::from(w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<u128> = weights.iter().map(|&w| u128::from(w) * total as u128).collect();
    let mut shares: Vec<usize> = exact.iter().map(|e| (e / sum) as usize).collect();
    let left = total - shares.iter().sum::<usize>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(exact[i] % sum), i));
    for &i in order.iter().take(left) {
        shares[i] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn core_counts_add_up() {
        assert_eq!(CELL_TYPES.iter().map(|t| t.n_core).sum::<u32>(), N_CORE);
        for (i, t) in CELL_TYPES.iter().enumerate() {
            let sum: u32 = POPULATIONS.iter().filter(|p| p.type17 == i).map(|p| p.n_core).sum();
            assert_eq!(sum, t.n_core, "{}", t.name);
        }
    }

    #[test]
    fn allocation_is_the_published_one() {
        let n_1000 = [19, 244, 12, 9, 21, 197, 19, 11, 5, 146, 12, 11, 2, 248, 20, 20, 4];
        let n_3000 = [58, 732, 37, 27, 64, 592, 55, 32, 16, 437, 35, 32, 7, 743, 61, 61, 11];
        let n_5000 = [96, 1221, 62, 45, 107, 986, 93, 53, 26, 728, 59, 53, 11, 1239, 101, 102, 18];
        assert_eq!(type_counts(1000), n_1000);
        assert_eq!(type_counts(3000), n_3000);
        assert_eq!(type_counts(5000), n_5000);
    }

    #[test]
    fn layers_follow_each_other() {
        let layers = [Layer::L1, Layer::L23, Layer::L4, Layer::L5, Layer::L6];
        for pair in layers.windows(2) {
            assert_eq!(pair[0].depth_um().1, pair[1].depth_um().0);
        }
    }

    proptest! {
        #[test]
        fn populations_add_up_to_types(n in 0_usize..60_000) {
            let types = type_counts(n);
            let populations = population_counts(n);
            prop_assert_eq!(types.iter().sum::<usize>(), n);
            for (i, &t) in types.iter().enumerate() {
                let sum: usize = (0..N_POPULATIONS).filter(|&p| POPULATIONS[p].type17 == i).map(|p| populations[p]).sum();
                prop_assert_eq!(sum, t);
                let exact = CELL_TYPES[i].fraction() * n as f64;
                prop_assert!((t as f64 - exact).abs() < 1.0);
            }
        }
    }
}
