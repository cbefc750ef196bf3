//! How many seconds of mouse V1 does a second of one core give, by size and rule, and how many with the dense reference?
//!
//! A table rather than a distribution: the dense reference with all terms needs minutes for a simulated second of 5000
//! neurons, so it gets fewer steps. Every cell is the median of three runs of processor time over simulated time after
//! 600 ms of gray screen; then an image every 300 ms, rules on, a reward after each. Rates are printed beside the ratios,
//! for a network that falls silent would flatter its rule. `cargo bench --bench v1_cost -- 1000 3000` picks sizes.
#![allow(missing_docs, clippy::unwrap_used)]

use cpu_time::ThreadTime;
use evoplast_bench as _;
use evoplast_evolve::Address;
use evoplast_plasticity::taylor::{TERMS, TaylorRule, Term};
use evoplast_plasticity::{Bounds, BoundsWhen};
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, Domain, GratingConfig, Gratings, LearningConfig, TrialConfig, TrialSet,
};
use evoplast_tasks::mouse_v1::{V1Circuit, V1Config, V1Network, tables::CELL_TYPES};
use std::sync::Arc;

/// Steps of 1 ms on the clock: event-driven, and dense with five and with all terms.
const STEPS: u32 = 3000;
const DENSE_STEPS: [u32; 2] = [60, 15];
const TRIAL_MS: u32 = 300;

struct Measured {
    ratio: f64,
    rate_hz: f64,
}

/// Simulated seconds per second of processor time, the median of three, and the mean rate.
fn measure(network: &mut V1Network, set: &TrialSet, steps: u32) -> Measured {
    let mut ratios = [0.0; 3];
    let mut spikes = 0;
    for ratio in &mut ratios {
        let mut drive = &set.input;
        network.network.reset();
        network.network.set_plastic(false);
        (0..set.config.warm_up_ms).for_each(|_| network.network.step(&mut drive));
        network.network.set_plastic(true);
        spikes = 0;
        let clock = ThreadTime::now();
        for step in 1..=steps {
            network.network.step(&mut drive);
            spikes += network.network.spikes(network.neurons).len();
            if step % TRIAL_MS == 0 {
                network.network.reward(if step % (2 * TRIAL_MS) == 0 { 0.3 } else { -0.3 });
            }
        }
        *ratio = f64::from(steps) * 1e-3 / clock.elapsed().as_secs_f64();
    }
    ratios.sort_by(f64::total_cmp);
    let neurons = network.network.population(network.neurons).len() as f64;
    Measured { ratio: ratios[1], rate_hz: spikes as f64 / neurons / (f64::from(steps) * 1e-3) }
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1000, 3000, 5000] } else { sizes };
    let names: Vec<String> = CELL_TYPES.iter().map(|t| t.name.to_owned()).collect();
    let all = TERMS.iter().fold(TaylorRule::silent(names.clone()).unwrap(), |rule, &term| {
        let count = term.coefficient_count(names.len());
        rule.with_term_by::<Term>(term, vec![0.1; count]).unwrap()
    });
    let rules = [
        ("S_pre", TaylorRule::s_pre(names.clone()).unwrap(), None),
        ("five terms", TaylorRule::best_five_term(names).unwrap(), Some(DENSE_STEPS[0])),
        ("all 25 terms", all, Some(DENSE_STEPS[1])),
    ];
    println!(
        "| neurons | synapses | rule | simulated s per s | rate (Hz) | dense | ratio |\n|---|---|---|---|---|---|---|"
    );
    for neurons in sizes {
        let circuit = Arc::new(V1Circuit::build(&V1Config { neurons, seed: 1, ..V1Config::default() }, 100).unwrap());
        let gratings = Gratings::new(circuit.filters.clone(), GratingConfig::default()).unwrap();
        let domains: Vec<Arc<dyn Domain>> = vec![Arc::new(gratings)];
        let trials = TrialConfig { training: 10, validation: 3, warm_up_ms: 600, ..TrialConfig::default() };
        let learning = LearningConfig { eta: 0.001, ..LearningConfig::default() };
        let config = ChangeDetectionConfig { trials, learning, ..ChangeDetectionConfig::default() };
        let task = ChangeDetection::new(circuit.clone(), domains, config).unwrap();
        let sets = task.trials(&Address { run: 1, generation: 0, candidate: 0, episode: 0 }).unwrap();
        let synapses = circuit.recurrent.topology.len();
        let row = |rule: &str, found: &Measured, dense: Option<f64>| {
            let dense_cells = match dense {
                Some(dense) => format!("{dense:.3} | {:.0}", found.ratio / dense),
                None => "|".to_owned(),
            };
            println!("| {neurons} | {synapses} | {rule} | {:.1} | {:.1} | {dense_cells} |", found.ratio, found.rate_hz);
        };
        row("none", &measure(&mut circuit.static_network().unwrap(), &sets[0], STEPS), None);
        for (name, rule, dense_steps) in &rules {
            let engine = task.learning().event_driven(rule).unwrap();
            let found = measure(&mut circuit.network(engine).unwrap(), &sets[0], STEPS);
            let dense = dense_steps.map(|steps| {
                let engine = task.learning().dense(rule, Bounds::Hard, BoundsWhen::AtTouches).unwrap();
                measure(&mut circuit.network(engine).unwrap(), &sets[0], steps).ratio
            });
            row(name, &found, dense);
        }
    }
}
