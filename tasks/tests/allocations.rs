//! What an evaluation allocates, and what one more worker costs, by a counting allocator.
//!
//! One test alone in its process: any other would be counted too.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::{Address, Objective};
use evoplast_plasticity::RuleSpace;
use evoplast_plasticity::taylor::TaylorRule;
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, Domain, EarlyStop, GratingConfig, Gratings, Timing, TrialConfig,
};
use evoplast_tasks::mouse_v1::{Background, V1Circuit, V1Config};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        LIVE.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Calls and bytes allocated during `work`, and bytes that are still there.
fn count<T>(work: impl FnOnce() -> T) -> (T, usize, usize, isize) {
    let before = (CALLS.load(Relaxed), BYTES.load(Relaxed), LIVE.load(Relaxed));
    let result = work();
    let kept = LIVE.load(Relaxed) as isize - before.2 as isize;
    (result, CALLS.load(Relaxed) - before.0, BYTES.load(Relaxed) - before.1, kept)
}

const AT: Address = Address { run: 3, generation: 0, candidate: 0, episode: 0 };

fn task(early_stop: EarlyStop, circuit: &Arc<V1Circuit>) -> ChangeDetection {
    let gratings = || Gratings::new(Arc::clone(&circuit.filters), GratingConfig::default()).unwrap();
    let domains: Vec<Arc<dyn Domain>> = vec![Arc::new(gratings()), Arc::new(gratings())];
    // Short cycles: the size of the network counts here, not what it does.
    let timing =
        Timing { gray_before_ms: 0, image_ms: 100, gray_after_ms: 0, response_from_ms: 50, response_to_ms: 100 };
    let trials = TrialConfig { training: 2, validation: 3, warm_up_ms: 50, timing, ..TrialConfig::default() };
    let config = ChangeDetectionConfig { trials, early_stop, ..ChangeDetectionConfig::default() };
    ChangeDetection::new(Arc::clone(circuit), domains, config).unwrap()
}

#[test]
fn an_evaluation_allocates_results_alone_and_a_worker_costs_one_network() {
    let config = V1Config { neurons: 3000, background: Background::Independent, ..V1Config::default() };
    let circuit = Arc::new(V1Circuit::build(&config, 100).unwrap());
    let (neurons, synapses) = (circuit.len(), circuit.recurrent.topology.len());
    let unlimited = task(EarlyStop { runaway_hz: f64::INFINITY, ..EarlyStop::default() }, &circuit);
    let (sets, _, _, trials) = count(|| unlimited.trials(&AT).unwrap());
    let held_s = 1e-3 * sets[0].config.steps() as f64;
    eprintln!("trials: {:.1} MB for 2 domains of {held_s} s", trials as f64 / 1e6);

    let names = unlimited.rules().type_names().clone();
    let rule = TaylorRule::best_five_term(names.clone()).unwrap().with_threshold(0.0).unwrap();
    let genome = unlimited.rules().encode(&rule).unwrap();
    let (first, calls, bytes, worker) = count(|| unlimited.evaluate(&genome, &AT).unwrap());
    eprintln!("first evaluation: {calls} allocations, {:.3} MB", bytes as f64 / 1e6);
    eprintln!("a network of {neurons} neurons and {synapses} synapses: {:.3} MB", worker as f64 / 1e6);
    assert!(worker > 4 * synapses as isize, "less than its weights: nothing was counted");
    assert!(worker < 16_000_000, "memory of a worker: {worker} bytes");
    drop(first);

    // The next evaluations build nothing: results, the rule itself, and nothing that grows with synapses.
    let other = TaylorRule::s_pre_x_post(names).unwrap().with_threshold(0.0).unwrap();
    let other = unlimited.rules().encode(&other).unwrap();
    for (what, genome) in [("second", &genome), ("another rule", &other)] {
        let (result, calls, bytes, kept) = count(|| unlimited.evaluate(genome, &AT).unwrap());
        eprintln!("{what}: {calls} allocations, {:.3} MB", bytes as f64 / 1e6);
        assert!(bytes < PER_NEURON * neurons + PER_RULE, "{what}: {bytes} bytes");
        assert!(calls < 500, "{what}: {calls} allocations");
        assert!(kept < 4096, "{what}: {kept} bytes kept: {result:?}");
    }

    // Two evaluations at once need two networks, and those that follow no more.
    let mut nested = false;
    let ((), _, _, second_worker) = count(|| {
        let observe = |_: usize, _: usize, _: u32, _: &[u32]| {
            if !std::mem::replace(&mut nested, true) {
                unlimited.evaluate(&genome, &AT).unwrap();
            }
        };
        unlimited.report(&rule, &AT, observe).unwrap();
    });
    assert!((second_worker - worker).abs() < 65_536, "second network: {second_worker} bytes, first {worker}");
    let (_, _, _, kept) = count(|| drop(unlimited.evaluate(&genome, &AT).unwrap()));
    assert!(kept < 4096, "{kept} bytes kept");

    // A candidate that is stopped gives its network back too.
    let limited = task(EarlyStop { runaway_hz: 0.01, ..EarlyStop::default() }, &circuit);
    limited.evaluate(&genome, &AT).unwrap_err();
    let (failure, _, bytes, kept) = count(|| limited.evaluate(&genome, &AT).unwrap_err());
    assert_eq!(failure.kind, "runaway");
    assert!(bytes < PER_NEURON * neurons + PER_RULE && kept < 4096, "after a stop: {bytes} bytes, {kept} kept");
}

/// Most that an evaluation may allocate: spike counts and rates of two domains and what metrics sort, by neuron; ...
const PER_NEURON: usize = 120;
/// ... and a rule of 2645 numbers with the tables of its engine, independent of the network.
const PER_RULE: usize = 900_000;
