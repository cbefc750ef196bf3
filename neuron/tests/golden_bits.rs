//! Spike trains, currents and final states as hashes of their bits, for every model behind every kind of port. A change
//! of a kernel that is meant to compute the same must leave them as they are; one that is not says so in `CHANGELOG.md`.
//! The same bits must come from the code for the machine's best instruction set and from that for the baseline, and
//! from coefficients that are stored once and per neuron.
//!
//! The coefficients come from the platform's `exp` in double precision, rounded to single precision, so that a libm
//! that differs in the last place would have to be very unlucky to change a hash.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_neuron::dynamics::{
    AdEx, AdExParams, Dynamics, ExponentialEuler, ExponentialMidpoint, FitzHughNagumo, FitzHughNagumoParams, Heun,
    HodgkinHuxley, HodgkinHuxleyParams, Izhikevich, IzhikevichParams, MorrisLecar, MorrisLecarParams, Rk4, Stepped,
};
use evoplast_neuron::{
    Alif, AlifParams, Glif3, Glif3Params, Kinetics, Lif, LifParams, NeuronConfig, NeuronModel, Population, Receptors,
    SoaPopulation,
};

/// More than a block, with a remainder that no vector length divides.
const N: usize = 1037;
const STEPS: u64 = 2000;
/// Steps of models that are differential equations, which cost more, above all without optimisation.
const ODE_STEPS: u64 = 400;
const DT_MS: f64 = 0.5;

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

/// Injected currents that differ between neurons.
fn different(mean_pa: f32) -> Vec<f32> {
    (0..N).map(|i| mean_pa * (0.2 + unit(bits(i as u64, 7, 7)))).collect()
}

/// FNV-1a over the bits of what the first `N` neurons of a population did and where they ended, and the number of their
/// spikes. Neurons from `N` on get no synaptic input and ten times the current of neuron 0.
fn run(cells: &mut dyn Population, injected_pa: &[f32], steps: u64) -> (u64, usize) {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut take = |x: u64| hash = (hash ^ x).wrapping_mul(0x0100_0000_01B3);
    let mut current = injected_pa.to_vec();
    current.resize(cells.len(), 10.0 * current[0]);
    cells.inject(&current).unwrap();
    let mut input = vec![vec![0.0_f32; cells.len()]; cells.ports()];
    let mut spikes = Vec::new();
    let mut count = 0;
    for t in 0..steps {
        // A quarter of the run is silent, so that filters decay to nothing.
        if !(steps / 4..=steps / 2).contains(&t) {
            for (port, x) in input.iter_mut().enumerate() {
                let scale = [40.0, -30.0, 200.0, 1.0, 2.0, 3.0][port];
                for k in 0..20 {
                    let r = bits(t, port as u64, k);
                    x[(r % N as u64) as usize] += scale * unit(bits(r, 1, 2));
                }
            }
        }
        spikes.clear();
        cells.advance(&mut input.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>(), &mut spikes);
        assert!(input.iter().flatten().all(|x| x.to_bits() == 0), "input is consumed");
        assert!(spikes.windows(2).all(|w| w[0] < w[1]));
        spikes.retain(|&i| i < N as u32);
        count += spikes.len();
        spikes.iter().for_each(|&i| take((t << 32) | u64::from(i)));
        if t % 97 == 0 {
            cells.current_pa()[..N].iter().for_each(|c| take(c.to_bits().into()));
        }
    }
    for name in cells.variables() {
        cells.variable(name).unwrap()[..N].iter().for_each(|x| take(x.to_bits().into()));
    }
    (hash, count)
}

/// A population of the given parameters, whose time constants are stretched by the given factors.
fn population<M: NeuronModel>(params: &[M::Params], stretch: &[f64]) -> SoaPopulation<M> {
    let stretched = |k: Kinetics| stretch.iter().map(|s| Kinetics { tau_ms: k.tau_ms * s, ..k }).collect();
    let kinetics: Vec<Vec<Kinetics>> = ports().into_iter().map(stretched).collect();
    let receptors = Receptors::per_neuron(&kinetics, params.len(), DT_MS).unwrap();
    SoaPopulation::new(params, receptors, DT_MS).unwrap()
}

/// Equal neurons, then neurons that differ, with time constants that differ too.
fn both<M: NeuronModel + Clone>(params: impl Fn(f64) -> M::Params, inject_pa: f32, steps: u64) -> [(u64, usize); 2] {
    let equal = population::<M>(&vec![params(0.5); N], &[1.0; N]);
    let spread: Vec<f64> = (0..N).map(|i| f64::from(unit(bits(i as u64, 3, 4)))).collect();
    let varied: Vec<M::Params> = spread.iter().map(|&x| params(x)).collect();
    let varied = population::<M>(&varied, &spread.iter().map(|x| 0.5 + x).collect::<Vec<_>>());
    assert_eq!((equal.coefficients_stored(), varied.coefficients_stored()), (1, N));
    stored_per_neuron_is_the_same(&equal, &params, 0.9 * inject_pa, steps);
    [equal, varied].map(|cells| {
        let found = run(&mut cells.clone(), &different(inject_pa), steps);
        assert_eq!(run(&mut cells.with_baseline_code(), &different(inject_pa), steps), found, "{}: baseline", M::NAME);
        found
    })
}

/// One more neuron, with other parameters, time constants and current, makes a population keep those of each neuron.
fn stored_per_neuron_is_the_same<M: NeuronModel + Clone>(
    equal: &SoaPopulation<M>,
    params: impl Fn(f64) -> M::Params,
    inject_pa: f32,
    steps: u64,
) {
    let (mut list, mut stretch) = (vec![params(0.5); N], vec![1.0; N]);
    list.push(params(0.9));
    stretch.push(1.5);
    let mut each = population::<M>(&list, &stretch);
    assert_eq!(each.coefficients_stored(), N + 1);
    let current = [inject_pa; N];
    let expected = run(&mut equal.clone(), &current, steps);
    assert!(expected.1 > 0, "{}: no spikes", M::NAME);
    assert_eq!(run(&mut each, &current, steps), expected, "{}: coefficients per neuron", M::NAME);
}

fn lif(x: f64) -> LifParams {
    LifParams { c_m_pf: 150.0 + 100.0 * x, e_l_mv: -72.0 + 4.0 * x, t_ref_ms: 1.0 + 2.0 * x, ..LifParams::default() }
}

#[test]
fn lif_computes_the_same_bits() {
    assert_eq!(
        both::<Lif>(lif, 250.0, STEPS),
        [(17_998_017_384_908_254_584, 9980), (8_408_251_323_914_091_252, 10001)]
    );
}

#[test]
fn alif_computes_the_same_bits() {
    let params = |x: f64| AlifParams { membrane: lif(x), beta_mv: 1.0 + x, tau_b_ms: 2.0 + 100.0 * x };
    assert_eq!(
        both::<Alif>(params, 300.0, STEPS),
        [(4_872_706_196_726_961_749, 14782), (6_804_065_533_763_617_099, 15218)]
    );
}

#[test]
fn glif3_computes_the_same_bits() {
    let params = |x: f64| {
        let d = Glif3Params::default();
        let asc_amp_pa = [-4.5 * x, -50.0 + 20.0 * x];
        Glif3Params { c_m_pf: 30.0 + 20.0 * x, t_ref_ms: 2.0 + 3.0 * x, asc_amp_pa, asc_k_per_ms: [0.03, 1.0], ..d }
    };
    assert_eq!(
        both::<Glif3>(params, 130.0, STEPS),
        [(6_531_536_051_506_726_012, 16608), (9_085_126_853_531_352_483, 17492)]
    );
}

#[test]
fn morris_lecar_computes_the_same_bits() {
    let params = |x: f64| MorrisLecarParams {
        g_ca_ms_per_cm2: 3.9 + 0.2 * x,
        v_4_mv: 16.0 + 2.0 * x,
        area_um2: 90.0 + 20.0 * x,
        ..MorrisLecarParams::snlc()
    };
    assert_eq!(
        both::<Stepped<MorrisLecar, Rk4>>(params, 60.0, ODE_STEPS),
        [(1_767_660_897_394_816_105, 1026), (8_092_782_432_981_726_297, 1046)]
    );
    assert_eq!(
        both::<Stepped<MorrisLecar, ExponentialEuler>>(params, 60.0, ODE_STEPS),
        [(1_768_323_544_999_710_045, 987), (8_030_300_397_198_892_984, 1018)]
    );
}

#[test]
fn hodgkin_huxley_computes_the_same_bits() {
    let params = |x: f64| HodgkinHuxleyParams {
        g_na_ms_per_cm2: 115.0 + 10.0 * x,
        e_l_mv: -55.0 + x,
        area_um2: 1900.0 + 200.0 * x,
        ..HodgkinHuxleyParams::default()
    };
    assert_eq!(
        both::<Stepped<HodgkinHuxley, ExponentialMidpoint>>(params, 200.0, ODE_STEPS),
        [(772_179_197_952_586_557, 5271), (8_305_642_163_453_162_239, 5267)]
    );
}

#[test]
fn fitzhugh_nagumo_computes_the_same_bits() {
    let params = |x: f64| FitzHughNagumoParams {
        tau_ms: 12.0 + x,
        input_per_pa: 0.0009 + 0.0002 * x,
        ..FitzHughNagumoParams::default()
    };
    assert_eq!(
        both::<Stepped<FitzHughNagumo, Rk4>>(params, 500.0, ODE_STEPS),
        [(2_287_819_622_346_400_013, 3141), (5_010_675_475_391_832_271, 3108)]
    );
}

#[test]
fn izhikevich_computes_the_same_bits() {
    let params = |x: f64| IzhikevichParams {
        c_mv: -65.0 + 10.0 * x,
        input_per_pa: 0.09 + 0.02 * x,
        ..IzhikevichParams::regular_spiking()
    };
    assert_eq!(
        both::<Stepped<Izhikevich, Heun>>(params, 80.0, ODE_STEPS),
        [(5_256_773_506_846_299_570, 3338), (6_928_172_436_730_366_106, 3361)]
    );
}

#[test]
fn adex_computes_the_same_bits() {
    let params = |x: f64| AdExParams { c_m_pf: 250.0 + 60.0 * x, b_pa: 40.0 + 80.0 * x, ..AdExParams::default() };
    assert_eq!(
        both::<Stepped<AdEx, Heun>>(params, 900.0, ODE_STEPS),
        [(14_319_028_922_064_787_879, 2916), (6_981_560_299_222_565_306, 3028)]
    );
}

#[test]
fn nmda_ports_compute_the_same_bits_on_every_instruction_set() {
    let kinetics = [Kinetics::nmda(), Kinetics::double_exponential(1.5, 6.0)];
    let cells = || {
        let receptors = Receptors::uniform(&kinetics, N, DT_MS).unwrap();
        SoaPopulation::<Lif>::new(&vec![lif(0.5); N], receptors, DT_MS).unwrap()
    };
    let found = run(&mut cells(), &different(250.0), ODE_STEPS);
    assert!(found.1 > 1000);
    assert_eq!(run(&mut cells().with_baseline_code(), &different(250.0), ODE_STEPS), found);
}

#[test]
fn every_registered_model_is_here() {
    // An unknown tag is refused with the list of the known ones.
    let message = serde_json::from_str::<Box<dyn NeuronConfig>>(r#"{"model":"none"}"#).unwrap_err().to_string();
    let mut known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
    known.sort_unstable();
    let here = [
        AdEx::NAME,
        Alif::NAME,
        FitzHughNagumo::NAME,
        Glif3::NAME,
        HodgkinHuxley::NAME,
        Izhikevich::NAME,
        Lif::NAME,
        MorrisLecar::NAME,
    ];
    assert_eq!(known, here, "add a test for every model; registered: {message}");
}
