//! 64 Hodgkin-Huxley neurons with 4096 graded conductance synapses, all to all: the network of `peers/hh_jaxley.py`, on one
//! thread in single precision. Prints one line of JSON.

use clap::Parser;
use cpu_time::ProcessTime;
use evoplast_bench::BenchError;
use evoplast_neuron::Scalar;
use evoplast_neuron::dynamics::{
    HodgkinHuxley, HodgkinHuxleyParams, Staggered, advance_lanes, parameters_as, steady_state,
};

const N: usize = 64;
const DT_MS: f32 = 0.025;
/// A cylinder of 10 um length and 1 um radius.
const AREA_UM2: f32 = 62.831_853;
/// Synapses of Abbott and Marder 1998 as in the peer: reversal (mV), rate (1/ms), threshold and slope of release (mV).
const E_SYN: f32 = 0.0;
const K_MINUS: f32 = 0.025;
const V_TH: f32 = -35.0;
const DELTA: f32 = 10.0;

/// 64 Hodgkin-Huxley neurons with 4096 synapses: processor time of one thread.
#[derive(Parser)]
struct Arguments {
    /// Steps of 0.025 ms.
    #[arg(long, default_value_t = 2000)]
    steps: u32,
    /// Conductance of every synapse (nS).
    #[arg(long, default_value_t = 0.002)]
    g_ns: f32,
    /// Times that the simulation is repeated; the median counts.
    #[arg(long, default_value_t = 20)]
    repeats: u32,
}

/// The currents of the synapses, and their next states. All synapses of a neuron have the same state, as in the peer.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn synapses(weights: &[[f32; N]; N], current: &[f32; N], v: &[f32; N], s: &mut [f32; N], input: &mut [f32; N]) {
    let mut conductance = [0.0_f32; N];
    for i in 0..N {
        for j in 0..N {
            conductance[j] += weights[i][j] * s[i];
        }
    }
    for j in 0..N {
        input[j] = current[j] + conductance[j] * (E_SYN - v[j]);
        // s_inf = 1/(1 + e), tau = (1 - s_inf)/k.
        let e = Scalar::exp((V_TH - v[j]) * (1.0 / DELTA));
        let (open, per_tau) = (1.0 / (1.0 + e), K_MINUS * (1.0 + 1.0 / e));
        s[j] += (s[j] - open) * Scalar::exp_m1(-DT_MS * per_tau);
    }
}

/// Spikes of a run: upward crossings of 0 mV.
fn run(steps: u32, weights: &[[f32; N]; N], current: &[f32; N]) -> u32 {
    let params = HodgkinHuxleyParams { e_l_mv: -54.3, ..HodgkinHuxleyParams::default() };
    let p = [parameters_as::<HodgkinHuxley, f32>(&params)];
    let [mut v, mut m, mut h, mut n] = steady_state::<HodgkinHuxley, f32>(&p[0], -70.0).map(|x| [x; N]);
    let (mut s, mut input, mut spikes) = ([0.0_f32; N], [0.0_f32; N], 0);
    for _ in 0..steps {
        synapses(weights, current, &v, &mut s, &mut input);
        let before = v;
        advance_lanes::<HodgkinHuxley, Staggered, f32>(&p, 1, &mut [&mut v, &mut m, &mut h, &mut n], &input, DT_MS);
        spikes += before.iter().zip(&v).map(|(before, now)| u32::from(*before < 0.0 && *now >= 0.0)).sum::<u32>();
    }
    spikes
}

fn main() -> Result<(), BenchError> {
    let Arguments { steps, g_ns, repeats } = Arguments::parse();
    // 1 nS on 100 um2 is 1 mS/cm2.
    let weights = Box::new([[g_ns * 100.0 / AREA_UM2; N]; N]);
    let current: [f32; N] = std::array::from_fn(|i| 5.0 + 10.0 * i as f32 / N as f32);
    let mut seconds = vec![];
    let mut spikes = 0;
    for _ in 0..repeats {
        let start = ProcessTime::try_now().map_err(BenchError::Clock)?;
        spikes = run(steps, &weights, &current);
        seconds.push(start.try_elapsed().map_err(BenchError::Clock)?.as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
    let rate = N as f64 * f64::from(steps) / median;
    println!("{{\"cpu_s\":{median:.6},\"neuron_steps_per_s\":{rate:.4e},\"spikes\":{spikes}}}");
    Ok(())
}
