//! When and where spikes arrive, and what a network refuses.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::Kinetics;
use evoplast_synapse::{
    CsrProjection, Drive, Network, Node, Plastic, PopulationId, Row, SpikeRaster, Static, StepSpikes, SynapseError,
    Topology, TopologyBuilder, Wiring,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{Script, lif, wiring};

/// Current of every neuron after every step.
fn currents(network: &mut Network, target: PopulationId, steps: u32, drive: &mut dyn Drive) -> Vec<Vec<f32>> {
    (0..steps)
        .map(|_| {
            network.step(drive);
            network.population(target).current_pa().to_vec()
        })
        .collect()
}

/// Weight 3 pA from one source unit to one neuron behind a delta port.
fn one_synapse(delay: u8) -> (Network, PopulationId) {
    let mut network = Network::new(1.0).unwrap();
    let target = network.add_population(lif(1, &[Kinetics::delta()], 1.0));
    let source = network.add_source(1);
    let projection = CsrProjection::fixed(wiring(1, 1, 0, &[(0, 0, delay, 3.0)]));
    network.connect(Node::Source(source), target, Box::new(projection)).unwrap();
    (network, target)
}

#[test]
fn a_spike_at_step_t_arrives_at_step_t_plus_delay() {
    // A population reads its receptors before it takes in what arrives, so step t + d + 1 is the first with current.
    for delay in [1, 2, 3, 7, 8, 127, 128, 254, 255] {
        let (mut network, target) = one_synapse(delay);
        let trace = currents(&mut network, target, 600, &mut Script(vec![(0, 2, 0), (0, 299, 0)]));
        let active: Vec<usize> = (0..600).filter(|&t| trace[t][0] != 0.0).collect();
        let first = 2 + usize::from(delay) + 1;
        assert_eq!(active, [first, first + 297], "delay {delay}");
        assert_eq!(trace[first][0], 3.0);
    }
}

#[test]
fn spikes_of_a_population_arrive_after_the_delay_in_the_other_population() {
    let mut network = Network::new(1.0).unwrap();
    // The target comes first: the order of populations must not matter.
    let target = network.add_population(lif(2, &[Kinetics::delta()], 1.0));
    let origin = network.add_population(lif(3, &[Kinetics::delta()], 1.0));
    let edges = [(0, 0, 4, 5.0), (0, 1, 1, 7.0), (2, 0, 2, -11.0)];
    let projection = CsrProjection::fixed(wiring(3, 2, 0, &edges));
    network.connect(Node::Population(origin), target, Box::new(projection)).unwrap();
    network.population_mut(origin).inject(&[900.0, 0.0, 600.0]).unwrap();
    let mut expected = vec![[0.0_f32; 2]; 220];
    let mut found = vec![];
    for t in 0..200 {
        network.step(&mut ());
        for &i in network.spikes(origin) {
            for &(_, j, d, w) in edges.iter().filter(|e| e.0 == i) {
                expected[t + usize::from(d) + 1][j as usize] += w;
            }
        }
        found.push(network.population(target).current_pa().to_vec());
    }
    assert!(expected.iter().filter(|e| e[0] > 0.0).count() > 3 && expected.iter().any(|e| e[0] < 0.0));
    for t in 0..200 {
        assert_eq!(found[t], expected[t], "step {t}");
    }
}

#[test]
fn ports_are_separate_filters() {
    let mut network = Network::new(1.0).unwrap();
    let ports = [Kinetics::delta(), Kinetics::exponential(4.0), Kinetics::alpha(3.0)];
    let target = network.add_population(lif(1, &ports, 1.0));
    let source = network.add_source(3);
    let (topology, weights) = {
        let mut b = TopologyBuilder::untyped(3, 1);
        b.add_all(&[(0, 0), (1, 0), (2, 0)], 1, 10.0).unwrap();
        b.build().unwrap()
    };
    let three_ports = Wiring::dale(topology, &weights, vec![0, 1, 2]).unwrap();
    network.connect(Node::Source(source), target, Box::new(CsrProjection::fixed(three_ports))).unwrap();
    let mut alone: Vec<Vec<f64>> = vec![];
    for unit in 0..3 {
        network.reset();
        let trace = currents(&mut network, target, 30, &mut Script(vec![(0, 0, unit)]));
        alone.push(trace.iter().map(|c| f64::from(c[0])).collect());
    }
    // The arrival step is 1, and its effect on the current begins one step later.
    for t in 2..30 {
        let since = t as f64 - 2.0;
        let delta = if t == 2 { 10.0 } else { 0.0 };
        assert_eq!(alone[0][t], delta);
        assert!((alone[1][t] - 10.0 * (-since / 4.0).exp()).abs() < 1e-5);
        assert!((alone[2][t] - 10.0 * since / 3.0 * (1.0 - since / 3.0).exp()).abs() < 1e-4);
    }
    network.reset();
    let together = currents(&mut network, target, 30, &mut Script(vec![(0, 0, 0), (0, 0, 1), (0, 0, 2)]));
    for t in 0..30 {
        let sum: f64 = alone.iter().map(|a| a[t]).sum();
        assert!((f64::from(together[t][0]) - sum).abs() < 1e-5);
    }
}

#[test]
fn sources_are_separate_and_rasters_drive_them() {
    let mut network = Network::new(1.0).unwrap();
    let target = network.add_population(lif(1, &[Kinetics::delta()], 1.0));
    for weight in [1.0, 100.0] {
        let source = network.add_source(2);
        let projection = CsrProjection::fixed(wiring(2, 1, 0, &[(0, 0, 1, weight), (1, 0, 1, 2.0 * weight)]));
        network.connect(Node::Source(source), target, Box::new(projection)).unwrap();
    }
    let mut rasters = vec![SpikeRaster::new(); 2];
    [&[0_u32][..], &[], &[0, 1], &[]].iter().for_each(|s| rasters[0].push_step(s));
    [&[][..], &[1_u32], &[0], &[]].iter().for_each(|s| rasters[1].push_step(s));
    let trace = currents(&mut network, target, 10, &mut &rasters[..]);
    let found: Vec<f32> = trace.iter().map(|c| c[0]).collect();
    assert_eq!(found, [0.0, 0.0, 1.0, 200.0, 103.0, 0.0, 0.0, 0.0, 0.0, 0.0], "silent after the end of the rasters");
    assert_eq!(rasters[0].at(4).unwrap_err(), SynapseError::Index { what: "step of a raster", found: 4, end: 4 });
    assert_eq!((rasters[0].steps(), rasters[0].len(), rasters[1].len()), (4, 3, 2));
}

#[test]
fn a_unit_that_spikes_twice_in_a_step_counts_twice() {
    for full in [false, true] {
        let mut network = Network::new(1.0).unwrap();
        let target = network.add_population(lif(2, &[Kinetics::delta()], 1.0));
        let source = network.add_source(1);
        let edges: &[_] = if full { &[(0, 0, 1, 2.0), (0, 1, 1, 3.0)] } else { &[(0, 1, 1, 3.0)] };
        network.connect(Node::Source(source), target, Box::new(CsrProjection::fixed(wiring(1, 2, 0, edges)))).unwrap();
        let trace = currents(&mut network, target, 4, &mut Script(vec![(0, 0, 0), (0, 0, 0)]));
        assert_eq!(trace[2], [if full { 4.0 } else { 0.0 }, 6.0]);
    }
}

/// Constant graded input to one port.
struct Graded(Vec<f32>);

impl Drive for Graded {
    fn spikes(&mut self, _: usize, _: u32, _: &mut Vec<u32>) {}

    fn add_graded(&self, population: usize, port: usize, step: u32, arriving: &mut [f32]) {
        if (population, port) == (1, 1) && step.is_multiple_of(2) {
            arriving.iter_mut().zip(&self.0).for_each(|(x, g)| *x += g);
        }
    }
}

#[test]
fn graded_input_arrives_at_its_port_in_its_step() {
    let mut network = Network::new(1.0).unwrap();
    let ports = [Kinetics::exponential(5.0), Kinetics::delta()];
    let other = network.add_population(lif(2, &ports, 1.0));
    let target = network.add_population(lif(2, &ports, 1.0));
    let trace = currents(&mut network, target, 6, &mut Graded(vec![1.0, -2.0]));
    for (t, current) in trace.iter().enumerate() {
        assert_eq!(current, &if t % 2 == 1 { [1.0, -2.0] } else { [0.0, 0.0] }, "step {t}");
    }
    assert_eq!(network.population(other).current_pa(), [0.0, 0.0]);
}

/// A rule that does nothing, so that rows take the general path.
struct Idle;

impl Plastic for Idle {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {}
    fn begin_step(&mut self, _: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {}
    fn touch_row(&mut self, row: Row<'_>, topology: &Topology, deliver: impl FnMut(usize, &[f32])) {
        Static.touch_row(row, topology, deliver);
    }
    fn end_step(&mut self, _: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {}
    fn reward(&mut self, _: f32, _: &Topology, _: &mut [f32]) {}
    fn flush(&mut self, _: &Topology, _: &mut [f32]) {}
}

/// An all-to-all recurrent network of 30 neurons, excitatory on port 0 and inhibitory on port 1, under a rule.
fn recurrent<P: Plastic + 'static>(rule: P, left_out: Option<(u32, u32)>) -> Vec<u32> {
    let n = 30;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut builder = TopologyBuilder::untyped(n, n);
    for i in 0..n as u32 {
        for j in 0..n as u32 {
            let w = if i < 24 { rng.random_range(0.0..60.0) } else { rng.random_range(-200.0..0.0) };
            if left_out != Some((i, j)) {
                builder.add(i, j, 3, w).unwrap();
            }
        }
    }
    let (topology, weights) = builder.build().unwrap();
    let port = (0..n).map(|i| u8::from(i >= 24)).collect();
    let wiring = Wiring::dale(topology, &weights, port).unwrap();
    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(lif(n, &[Kinetics::alpha(5.5), Kinetics::alpha(8.5)], 1.0));
    network.connect(Node::Population(cells), cells, Box::new(CsrProjection::new(wiring, rule))).unwrap();
    let current: Vec<f32> = (0..n).map(|i| 150.0 + 8.0 * i as f32).collect();
    network.population_mut(cells).inject(&current).unwrap();
    let mut bits = vec![];
    for _ in 0..400 {
        network.step(&mut ());
        bits.extend(network.population(cells).variable("v_mv").unwrap().iter().map(|v| v.to_bits()));
    }
    bits
}

#[test]
fn full_rows_give_the_same_bits_as_the_general_path() {
    let fast = recurrent(Static, None);
    assert!(fast == recurrent(Idle, None));
    // The comparison can fail: one connection fewer out of 900 is seen.
    assert!(fast != recurrent(Static, Some((29, 4))));
}

#[test]
fn reset_reproduces_a_run_to_the_last_bit() {
    let mut network = Network::new(0.5).unwrap();
    let cells = network.add_population(lif(20, &[Kinetics::alpha(5.5), Kinetics::alpha(8.5)], 0.5));
    let source = network.add_source(10);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut edges = vec![];
    for i in 0..20 {
        for j in 0..20 {
            if rng.random::<f64>() < 0.3 {
                let w = if i < 15 { rng.random_range(0.0..300.0) } else { rng.random_range(-500.0..0.0) };
                edges.push((i, j, rng.random_range(1..=9), w));
            }
        }
    }
    let input: Vec<_> = (0..10).map(|i| (i, 2 * i, 1, 2000.0)).collect();
    let recurrent = CsrProjection::fixed(wiring(20, 20, 0, &edges));
    network.connect(Node::Population(cells), cells, Box::new(recurrent)).unwrap();
    network.connect(Node::Source(source), cells, Box::new(CsrProjection::fixed(wiring(10, 20, 1, &input)))).unwrap();
    let mut raster = SpikeRaster::new();
    for _ in 0..500 {
        let spikes: Vec<u32> = (0..10).filter(|_| rng.random::<f64>() < 0.05).collect();
        raster.push_step(&spikes);
    }
    let rasters = [raster];
    let mut run = |steps| {
        network.reset();
        assert_eq!(network.now(), 0);
        let mut out = vec![];
        let mut spikes = 0;
        for _ in 0..steps {
            network.step(&mut &rasters[..]);
            spikes += network.spikes(cells).len();
            out.extend(network.population(cells).variable("v_mv").unwrap().iter().map(|v| v.to_bits()));
        }
        (spikes, out)
    };
    let first = run(500);
    assert!(first.0 > 100, "{} spikes", first.0);
    run(123); // ends with spikes under way, which a reset must drop
    assert!(first == run(500), "the second run differs");
}

#[test]
fn a_longer_delay_that_is_added_later_makes_room() {
    let (mut network, target) = one_synapse(1);
    let source = network.add_source(1);
    let slow = CsrProjection::fixed(wiring(1, 1, 0, &[(0, 0, 200, 5.0)]));
    network.connect(Node::Source(source), target, Box::new(slow)).unwrap();
    let trace = currents(&mut network, target, 250, &mut Script(vec![(0, 10, 0), (1, 10, 0)]));
    let active: Vec<_> = trace.iter().enumerate().filter(|(_, c)| c[0] != 0.0).map(|(t, c)| (t, c[0])).collect();
    assert_eq!(active, [(12, 3.0), (211, 5.0)]);
}

#[test]
fn projections_that_do_not_fit_are_errors() {
    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(lif(2, &[Kinetics::delta()], 1.0));
    let source = network.add_source(3);
    let mut connect = |pre, w: Wiring| network.connect(pre, cells, Box::new(CsrProjection::fixed(w))).unwrap_err();
    let error = connect(Node::Source(source), wiring(2, 2, 0, &[]));
    assert_eq!(error, SynapseError::Length { what: "presynaptic neurons of a projection", found: 2, expected: 3 });
    let error = connect(Node::Population(cells), wiring(2, 3, 0, &[]));
    assert_eq!(error, SynapseError::Length { what: "postsynaptic neurons of a projection", found: 3, expected: 2 });
    let error = connect(Node::Population(cells), wiring(2, 2, 1, &[]));
    assert_eq!(error, SynapseError::Index { what: "receptor port", found: 1, end: 1 });
    for dt_ms in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Network::new(dt_ms).err().unwrap();
        assert!(matches!(error, SynapseError::Parameter { field: "dt_ms", .. }), "{error}");
    }
}

#[test]
fn the_eighth_port_works_and_the_ninth_is_refused() {
    // Found here: spikes on a ninth port were accepted and never arrived.
    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(lif(1, &[Kinetics::delta(); 9], 1.0));
    let source = network.add_source(1);
    let on_port = |port| Box::new(CsrProjection::fixed(wiring(1, 1, port, &[(0, 0, 1, 1.0)])));
    network.connect(Node::Source(source), cells, on_port(7)).unwrap();
    let error = network.connect(Node::Source(source), cells, on_port(8)).unwrap_err();
    assert_eq!(error, SynapseError::Index { what: "receptor port", found: 8, end: 8 });
    let trace = currents(&mut network, cells, 3, &mut Script(vec![(0, 0, 0)]));
    assert_eq!(trace[2], [1.0]);
}
