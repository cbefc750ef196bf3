//! A timed run of a circuit on the calling thread, and the processor time and memory of this process.

use crate::BenchError;
use crate::circuits::{Circuit, Simulation};
use cpu_time::ProcessTime;
use serde::Serialize;
use std::time::Instant;

/// What one timed run took and did. Building the network and the warm-up are not in the times.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Name of the case.
    pub case: &'static str,
    /// Seconds of biological time that were timed.
    pub bio_s: u32,
    /// Processor time of this process, user and system, per second of biological time.
    pub cpu_s_per_bio_s: f64,
    /// Time on the clock per second of biological time.
    pub wall_s_per_bio_s: f64,
    /// Mean rate of all neurons over the timed seconds (Hz).
    pub rate_hz: f64,
    /// Mean rate in every timed second (Hz).
    pub rate_hz_by_s: Vec<f64>,
    /// Number of synapses.
    pub synapses: usize,
    /// Mean over the synapses of |w - w_0| / w_0 at the end; 0 without a rule.
    pub relative_change: f64,
    /// Mean of w over mean of w_0 at the end; 1 without a rule.
    pub relative_mean: f64,
    /// Largest memory of this process so far (MiB), if the system says.
    pub peak_mib: Option<f64>,
}

/// Runs `circuit` from its initial state for `warm_up_s` and then, timed, for `bio_s` seconds.
///
/// # Errors
/// A circuit whose fields do not fit each other, or a system without a clock of processor time.
pub fn run(circuit: &Circuit, warm_up_s: u32, bio_s: u32) -> Result<Trial, BenchError> {
    let mut simulation = circuit.network()?;
    let steps = (1000.0 / circuit.dt_ms).round() as u32;
    simulation.run(warm_up_s * steps);
    let (cpu, wall) = (ProcessTime::try_now().map_err(BenchError::Clock)?, Instant::now());
    let spikes: Vec<u64> = (0..bio_s).map(|_| simulation.run(steps)).collect();
    let cpu_s = cpu.try_elapsed().map_err(BenchError::Clock)?.as_secs_f64();
    let wall_s = wall.elapsed().as_secs_f64();
    let rate_hz_by_s: Vec<f64> = spikes.iter().map(|&count| count as f64 / circuit.neurons() as f64).collect();
    let seconds = f64::from(bio_s.max(1));
    let (relative_change, relative_mean) = changes(circuit, &mut simulation);
    Ok(Trial {
        case: circuit.case.name(),
        bio_s,
        cpu_s_per_bio_s: cpu_s / seconds,
        wall_s_per_bio_s: wall_s / seconds,
        rate_hz: rate_hz_by_s.iter().sum::<f64>() / seconds,
        rate_hz_by_s,
        synapses: circuit.synapses(),
        relative_change,
        relative_mean,
        peak_mib: peak_mib(),
    })
}

fn changes(circuit: &Circuit, simulation: &mut Simulation) -> (f64, f64) {
    let (initial, now) = (&circuit.wiring.initial, simulation.magnitudes());
    let pairs = || initial.iter().zip(now).map(|(&from, &to)| (f64::from(from), f64::from(to)));
    let change: f64 = pairs().map(|(from, to)| (to - from).abs() / from).sum();
    let (sum_from, sum_to) = pairs().fold((0.0, 0.0), |(a, b), (from, to)| (a + from, b + to));
    (change / initial.len() as f64, sum_to / sum_from)
}

/// Largest resident memory of this process (MiB), where `/proc` has it.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
}
