//! Numbers and weights of connections, recomputed here from the published equations and the drawn positions.

use super::circuit;
use evoplast_tasks::TaskError;
use evoplast_tasks::mouse_v1::tables::{
    A_LITERATURE, CELL_TYPES, CellClass, Layer, N_TYPES, TableLevel, V1Tables, delay_ms, type_counts,
};
use evoplast_tasks::mouse_v1::{Cells, V1Circuit, V1Config, radius_um};
use std::f64::consts::PI;

const R0_UM: f64 = 75.0;

fn excitatory(t: usize) -> bool {
    CELL_TYPES[t].class == CellClass::Exc
}

/// Billeh et al. 2020: E->E 114, E->Pvalb 92, E->Sst and Htr3a 103, Pvalb->E 95, Sst and Htr3a->E 85, I->I 120 um.
fn sigma_um(pre: usize, post: usize) -> f64 {
    match (CELL_TYPES[pre].class, CELL_TYPES[post].class) {
        (CellClass::Exc, CellClass::Exc) => 114.0,
        (CellClass::Exc, CellClass::Pvalb) => 92.0,
        (CellClass::Exc, _) => 103.0,
        (CellClass::Pvalb, CellClass::Exc) => 95.0,
        (_, CellClass::Exc) => 85.0,
        _ => 120.0,
    }
}

/// Probability of a connection from neuron i to neuron j.
fn probability(cells: &Cells, i: usize, j: usize) -> f64 {
    let (a, b) = (usize::from(cells.type17[i]), usize::from(cells.type17[j]));
    if i == j || A_LITERATURE[a][b] == 0.0 {
        return 0.0;
    }
    let s = &cells.sites;
    let sigma = sigma_um(a, b);
    let mean_of_gaussian = (sigma / R0_UM).powi(2) * (1.0 - (-(R0_UM / sigma).powi(2)).exp());
    let peak = (A_LITERATURE[a][b] / mean_of_gaussian).min(1.0);
    let (dx, dz) = (f64::from(s.x_um[i] - s.x_um[j]), f64::from(s.z_um[i] - s.z_um[j]));
    let p = peak * (-(dx * dx + dz * dz) / (sigma * sigma)).exp();
    if !(excitatory(a) && excitatory(b)) {
        return p;
    }
    let l5 = CELL_TYPES[a].layer == Layer::L5 || CELL_TYPES[b].layer == Layer::L5;
    let ratio = if l5 { 0.8 } else { 0.5 };
    let d = f64::from(s.tuning_deg[i] - s.tuning_deg[j]);
    let dphi = (((180.0 - d.abs()).abs() - 90.0).abs() - 90.0).abs();
    let b1 = 2.0 / (1.0 + ratio);
    p * (b1 + (ratio * b1 - b1) / 90.0 * dphi)
}

/// Expected number of connections E->E, E->I, I->E, I->I and its standard deviation, given the positions.
fn expected(c: &V1Circuit) -> [(f64, f64); 4] {
    let mut sums = [(0.0, 0.0); 4];
    for i in 0..c.len() {
        for j in 0..c.len() {
            let p = probability(&c.cells, i, j);
            let inhibitory = |k: usize| usize::from(!excitatory(usize::from(c.cells.type17[k])));
            let sum = &mut sums[2 * inhibitory(i) + inhibitory(j)];
            sum.0 += p;
            sum.1 += p * (1.0 - p);
        }
    }
    sums.map(|(mean, variance)| (mean, variance.sqrt()))
}

#[test]
fn numbers_of_connections_follow_the_published_probabilities() {
    let (mut recurrent, mut lgn) = (0, 0);
    for seed in 1..=5 {
        let c = circuit(1000, seed);
        let found = c.connection_counts();
        for (kind, (n, (mean, sd))) in ["E-E", "E-I", "I-E", "I-I"].iter().zip(found.into_iter().zip(expected(&c))) {
            assert!((n as f64 - mean).abs() < 4.0 * sd, "seed {seed}, {kind}: {n}, expected {mean:.0} +- {sd:.0}");
        }
        assert_eq!(found.iter().sum::<usize>(), c.recurrent.topology.len());
        recurrent += c.recurrent.topology.len() / 5;
        lgn += c.lgn.topology.len() / 5;
    }
    let mean = expected_in_disc(&type_counts(1000), radius_um(1000));
    assert!((recurrent as f64 / mean - 1.0).abs() < 0.02, "{recurrent} recurrent connections, expected {mean:.0}");
    // An independent build of the same tables (specification, section 2.2) has 14.5 k.
    assert!((lgn as f64 / 14.5e3 - 1.0).abs() < 0.07, "{lgn} LGN connections");
}

/// Expected number of connections of neurons that fill a disc: the distance r of two points in a disc of radius R has
/// the density 4r/(pi R^2) (acos x - x sqrt(1 - x^2)), x = r/2R, and preferred orientations average out.
fn expected_in_disc(neurons: &[usize; N_TYPES], radius: f64) -> f64 {
    let mut sum = 0.0;
    for (a, row) in A_LITERATURE.iter().enumerate() {
        for (b, &mean) in row.iter().enumerate() {
            let sigma = sigma_um(a, b);
            let of_gaussian = (sigma / R0_UM).powi(2) * (1.0 - (-(R0_UM / sigma).powi(2)).exp());
            let h = 2.0 * radius / 1000.0;
            let in_disc: f64 = (0..1000)
                .map(|k| {
                    let r = (f64::from(k) + 0.5) * h;
                    let x = r / (2.0 * radius);
                    let density = 4.0 * r / (PI * radius * radius) * (x.acos() - x * (1.0 - x * x).sqrt());
                    density * (-(r / sigma).powi(2)).exp() * h
                })
                .sum();
            let pairs = neurons[a] * neurons[b].saturating_sub(usize::from(a == b));
            sum += pairs as f64 * (mean / of_gaussian).min(1.0) * in_disc;
        }
    }
    sum
}

/// The released network has 14,441,124 recurrent connections among the 51,978 neurons of its core (400 um).
#[test]
fn the_tables_give_the_published_number_of_connections() {
    let neurons = std::array::from_fn(|t| CELL_TYPES[t].n_core as usize);
    let total = expected_in_disc(&neurons, 400.0);
    assert!((total / 14_441_124.0 - 1.0).abs() < 0.002, "{total:.0}");
}

#[test]
fn neurons_have_the_type_fractions_and_fill_the_disc() {
    let c = circuit(1000, 3);
    for (t, n) in type_counts(1000).into_iter().enumerate() {
        assert_eq!(c.cells.of_type(t).len(), n, "{}", CELL_TYPES[t].name);
    }
    let s = &c.cells.sites;
    let r: Vec<f64> = (0..c.len()).map(|i| f64::from(s.x_um[i]).hypot(f64::from(s.z_um[i]))).collect();
    let mean = r.iter().sum::<f64>() / 1000.0;
    let radius = radius_um(1000);
    assert!((radius - 55.5).abs() < 0.05, "published radius of 1000 neurons: {radius}");
    assert!(r.iter().all(|&x| x <= radius * 1.0001));
    // Uniform in a disc: mean 2R/3, standard deviation R/sqrt(18).
    assert!((mean - radius * 2.0 / 3.0).abs() < 4.0 * radius / 18.0_f64.sqrt() / 1000.0_f64.sqrt(), "mean r {mean}");
}

/// Weight = weight per synapse x a whole number of 3..=7 x the published factor of the preferred directions.
#[test]
fn weights_are_whole_numbers_of_synapses() {
    let c = circuit(300, 2);
    let (cells, s) = (&c.cells, &c.cells.sites);
    let per_synapse = V1Tables::embedded(TableLevel::Models).weight_pa;
    let mut times = [0_usize; 8];
    c.recurrent.topology.for_each(|k, i, j| {
        let (phi_pre, phi) = (f64::from(s.tuning_deg[i]), f64::from(s.tuning_deg[j]));
        let d = (phi_pre - phi).abs();
        let d = if d > 180.0 { 360.0 - d } else { d };
        let of = |width: f64| (-(d / width).powi(2)).exp();
        let factor = match [i, j].map(|n| excitatory(usize::from(cells.type17[n]))) {
            [true, true] => {
                let (dx, dz) = (f64::from(s.x_um[j] - s.x_um[i]), f64::from(s.z_um[j] - s.z_um[i]));
                let d_par = 0.07 * dx * phi.to_radians().cos() + 0.04 * dz * phi.to_radians().sin();
                let th = if phi % 180.0 > 90.0 { 180.0 - phi % 180.0 } else { phi % 180.0 };
                of(30.0) * (-d_par * d_par / 2.0).exp() * (5.5 / 4.0 - 11.0 / 1680.0 * th)
            }
            [false, false] => of(50.0),
            _ => of(90.0),
        };
        let one = per_synapse[cells.model[j] as usize][usize::from(cells.population[i])].abs() * factor;
        let synapses = f64::from(c.recurrent.initial[k]) / one;
        assert!((synapses - synapses.round()).abs() < 1e-4, "{i} -> {j}: {synapses} synapses");
        assert!((3.0..=7.0).contains(&synapses.round()), "{i} -> {j}: {synapses} synapses");
        times[synapses.round() as usize] += 1;
    });
    let n = c.recurrent.topology.len() as f64;
    let (mean, sd) = (n / 5.0, (n * 0.2 * 0.8).sqrt());
    assert!(times[3..].iter().all(|&k| (k as f64 - mean).abs() < 4.0 * sd), "uniform: {times:?}");
}

#[test]
fn delays_and_signs_belong_to_the_types() {
    let c = circuit(300, 2);
    let t = &c.recurrent.topology;
    t.for_each(|k, i, j| {
        let (a, b) = (usize::from(c.cells.type17[i]), usize::from(c.cells.type17[j]));
        // Chen et al. 2022: rounded half to even, 1..=5 steps
        let steps = delay_ms(a, b).unwrap().clamp(1.0, 5.0).round_ties_even();
        assert_eq!(f64::from(t.delays()[k]), steps, "{} -> {}", CELL_TYPES[a].name, CELL_TYPES[b].name);
    });
    for i in 0..c.len() {
        let sign = if excitatory(usize::from(c.cells.type17[i])) { 1.0 } else { -1.0 };
        assert_eq!(c.recurrent.sign[i], sign);
    }
    assert!(c.recurrent.initial.iter().all(|&w| w >= 0.0));
    assert_eq!(t.pair_counts().len(), N_TYPES * N_TYPES);
}

#[test]
fn the_lgn_rests_at_its_published_rate() {
    // 3.84 Hz over all 17,400 units; 3.85 Hz in the released spike files.
    let hz = circuit(200, 1).lgn_spontaneous_hz;
    assert!((hz - 3.84).abs() < 0.02, "{hz}");
}

#[test]
fn a_number_of_neurons_out_of_range_is_an_error() {
    for neurons in [0, 1, 199, 230_925, 999_999_999] {
        let error = V1Circuit::build(&V1Config { neurons, ..V1Config::default() }, 100).unwrap_err();
        assert!(matches!(error, TaskError::Parameter { .. }));
        assert_eq!(error.to_string(), format!("neurons: found {neurons}, expected 200..=230924"));
    }
    for excitation in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = V1Circuit::build(&V1Config { excitation, ..V1Config::default() }, 100).unwrap_err();
        assert_eq!(error.to_string(), format!("excitation: found {excitation}, expected a positive number"));
    }
}

#[test]
fn seeds_are_all_that_matters() {
    let (a, b, other) = (circuit(200, 7), circuit(200, 7), circuit(200, 8));
    assert_eq!(a.recurrent.topology.targets(), b.recurrent.topology.targets());
    assert_eq!(a.recurrent.initial, b.recurrent.initial);
    assert_eq!(a.lgn.topology.targets(), b.lgn.topology.targets());
    assert_ne!(a.recurrent.topology.targets(), other.recurrent.topology.targets());
    assert_ne!(a.cells.sites.x_um, other.cells.sites.x_um);
}
