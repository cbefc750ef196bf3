//! Spike trains, currents and final states as hashes of their bits, for every model behind every kind of port. A change
//! of a kernel that is meant to compute the same must leave them as they are; one that is not says so in `CHANGELOG.md`.
//!
//! The coefficients come from the platform's `exp` in double precision, rounded to single precision, so that a libm
//! that differs in the last place would have to be very unlucky to change a hash.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_neuron::{
    Alif, AlifParams, Glif3, Glif3Params, Kinetics, Lif, LifParams, NeuronModel, Population, Receptors, SoaPopulation,
};

/// More than two blocks of any size up to 512, with a remainder that no vector length divides.
const N: usize = 1037;
const STEPS: u64 = 2000;

/// Every shape, as a current and as a conductance.
fn ports() -> Vec<Kinetics> {
    let conductance = |k: Kinetics, e: f64| Kinetics { reversal_mv: Some(e), ..k };
    vec![
        Kinetics::exponential(5.0),
        Kinetics::alpha(2.8),
        Kinetics::delta(),
        conductance(Kinetics::exponential(4.0), 0.0),
        conductance(Kinetics::alpha(8.5), -80.0),
        conductance(Kinetics::delta(), -10.0),
    ]
}

/// A mixing function (splitmix64): random bits from an address.
fn bits(a: u64, b: u64, c: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ (c << 40);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn unit(x: u64) -> f32 {
    (x >> 40) as f32 / (1_u64 << 24) as f32
}

/// FNV-1a over the bits of what a population did and where it ended, and the number of its spikes.
fn run(cells: &mut dyn Population, inject_pa: f32) -> (u64, usize) {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut take = |x: u64| hash = (hash ^ x).wrapping_mul(0x0100_0000_01B3);
    let n = cells.len();
    let current: Vec<f32> = (0..n).map(|i| inject_pa * (0.2 + unit(bits(i as u64, 7, 7)))).collect();
    cells.inject(&current).unwrap();
    let mut input = vec![vec![0.0_f32; n]; cells.ports()];
    let mut spikes = Vec::new();
    let mut count = 0;
    for t in 0..STEPS {
        // A quarter of the run is silent, so that filters decay to nothing.
        if t < STEPS / 4 || t > STEPS / 2 {
            for (port, x) in input.iter_mut().enumerate() {
                let scale = [40.0, -30.0, 200.0, 1.0, 2.0, 3.0][port];
                for k in 0..20 {
                    let r = bits(t, port as u64, k);
                    x[(r % n as u64) as usize] += scale * unit(bits(r, 1, 2));
                }
            }
        }
        spikes.clear();
        cells.advance(&mut input.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(), &mut spikes);
        assert!(input.iter().flatten().all(|x| x.to_bits() == 0), "input is consumed");
        assert!(spikes.windows(2).all(|w| w[0] < w[1]));
        count += spikes.len();
        spikes.iter().for_each(|&i| take((t << 32) | u64::from(i)));
        if t % 97 == 0 {
            cells.current_pa().iter().for_each(|c| take(c.to_bits().into()));
        }
    }
    for name in cells.variables() {
        cells.variable(name).unwrap().iter().for_each(|x| take(x.to_bits().into()));
    }
    (hash, count)
}

/// Equal neurons, then neurons that differ, with time constants that differ too.
fn both<M: NeuronModel>(params: impl Fn(f64) -> M::Params, inject_pa: f32) -> [(u64, usize); 2] {
    let dt = 0.5;
    let equal = Receptors::uniform(&ports(), N, dt).unwrap();
    let mut equal = SoaPopulation::<M>::new(&vec![params(0.5); N], equal, dt).unwrap();
    let spread = |i: usize| f64::from(unit(bits(i as u64, 3, 4)));
    let varied: Vec<M::Params> = (0..N).map(|i| params(spread(i))).collect();
    let kinetics: Vec<Vec<Kinetics>> = ports()
        .into_iter()
        .map(|k| (0..N).map(|i| Kinetics { tau_ms: k.tau_ms * (0.5 + spread(i)), ..k }).collect())
        .collect();
    let varied = SoaPopulation::<M>::new(&varied, Receptors::per_neuron(&kinetics, N, dt).unwrap(), dt);
    [run(&mut equal, inject_pa), run(&mut varied.unwrap(), inject_pa)]
}

fn lif(x: f64) -> LifParams {
    LifParams { c_m_pf: 150.0 + 100.0 * x, e_l_mv: -72.0 + 4.0 * x, t_ref_ms: 1.0 + 2.0 * x, ..LifParams::default() }
}

#[test]
fn lif_computes_the_same_bits() {
    assert_eq!(both::<Lif>(lif, 250.0), [(17_998_017_384_908_254_584, 9980), (8_408_251_323_914_091_252, 10001)]);
}

#[test]
fn alif_computes_the_same_bits() {
    let params = |x: f64| AlifParams { membrane: lif(x), beta_mv: 1.0 + x, tau_b_ms: 2.0 + 100.0 * x };
    assert_eq!(both::<Alif>(params, 300.0), [(4_872_706_196_726_961_749, 14782), (6_804_065_533_763_617_099, 15218)]);
}

#[test]
fn glif3_computes_the_same_bits() {
    let params = |x: f64| {
        let d = Glif3Params::default();
        let asc_amp_pa = [-4.5 * x, -50.0 + 20.0 * x];
        Glif3Params { c_m_pf: 30.0 + 20.0 * x, t_ref_ms: 2.0 + 3.0 * x, asc_amp_pa, asc_k_per_ms: [0.03, 1.0], ..d }
    };
    assert_eq!(both::<Glif3>(params, 130.0), [(6_531_536_051_506_726_012, 16608), (9_085_126_853_531_352_483, 17492)]);
}
