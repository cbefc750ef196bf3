//! Wiring under Dale's principle, and the order in which a rule is called.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::Kinetics;
use evoplast_synapse::{
    CsrProjection, DelayLine, Network, Node, Plastic, PopulationId, Projection, ProjectionId, Row, StepSpikes,
    SynapseError, Topology, TopologyBuilder, Wiring,
};
use std::sync::{Arc, Mutex};
use support::{Script, lif, wiring};

fn topology(n_pre: usize, n_post: usize, edges: &[(u32, u32, f32)]) -> (Topology, Vec<f32>) {
    let mut builder = TopologyBuilder::untyped(n_pre, n_post);
    edges.iter().for_each(|&(i, j, w)| builder.add(i, j, 1, w).unwrap());
    builder.build().unwrap()
}

#[test]
fn dale_takes_the_sign_of_a_neuron_from_its_weights() {
    let edges = [(0, 0, 2.0), (0, 1, 0.0), (1, 0, -3.0), (1, 2, 0.0), (2, 1, 0.0)];
    let (t, weights) = topology(4, 3, &edges);
    let w = Wiring::dale(t, &weights, vec![0; 4]).unwrap();
    assert_eq!(&w.sign[..], [1.0, -1.0, 1.0, 1.0], "silent and unconnected neurons count as excitatory");
    assert_eq!(&w.initial[..], [2.0, 0.0, 3.0, 0.0, 0.0]);
    assert_eq!(w.signed(&w.initial), weights);
}

#[test]
fn weights_of_both_signs_on_one_neuron_are_an_error() {
    let (t, weights) = topology(2, 3, &[(0, 0, 1.0), (1, 0, -1.0), (1, 1, 0.0), (1, 2, 0.5)]);
    let error = Wiring::dale(t, &weights, vec![0; 2]).unwrap_err();
    let SynapseError::Parameter { component: "wiring", field: "weight", found: 0.5, expected } = error else {
        panic!("{error}")
    };
    assert!(expected.contains("one sign"));
}

#[test]
fn wiring_refuses_wrong_lengths_and_values() {
    let build = |weights: Vec<f32>, sign: Vec<f32>, port: Vec<u8>| {
        Wiring::new(topology(2, 2, &[(0, 0, 1.0), (1, 1, 1.0)]).0, weights, sign, port).unwrap_err()
    };
    let (w, s, p) = (vec![1.0; 2], vec![1.0; 2], vec![0; 2]);
    let length = |what, found| SynapseError::Length { what, found, expected: 2 };
    assert_eq!(build(vec![1.0], s.clone(), p.clone()), length("weights", 1));
    assert_eq!(build(w.clone(), vec![1.0; 3], p.clone()), length("signs", 3));
    assert_eq!(build(w.clone(), s.clone(), vec![]), length("ports", 0));
    for bad in [f32::NAN, f32::INFINITY] {
        assert!(matches!(build(vec![1.0, bad], s.clone(), p.clone()), SynapseError::Parameter { field: "weight", .. }));
    }
    for bad in [0.0, 0.5, f32::NAN] {
        assert!(matches!(build(w.clone(), vec![1.0, bad], p.clone()), SynapseError::Parameter { field: "sign", .. }));
    }
    let (t, _) = topology(2, 2, &[(0, 0, 1.0), (1, 1, 1.0)]);
    assert_eq!(Wiring::dale(t, &[1.0], vec![0; 2]).unwrap_err(), length("weights", 1));
}

#[derive(Debug, Clone, PartialEq)]
enum Call {
    Reset,
    Begin(u32, Vec<u32>, Vec<u32>),
    Touch { pre: usize, first: usize, target: Vec<u32> },
    End(u32, Vec<u32>, Vec<u32>),
    Reward(f32),
    Flush,
}

/// Adds 1 to every weight of a row that spikes, and 0.25 to every weight at every step. The second part is kept as a
/// drift that a touch or a flush adds, as an event-driven rule does.
struct Counting {
    calls: Arc<Mutex<Vec<Call>>>,
    drift: f32,
}

impl Counting {
    fn log(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }
}

impl Plastic for Counting {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {
        self.drift = 0.0;
        self.log(Call::Reset);
    }

    fn begin_step(&mut self, s: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {
        self.drift += 0.25;
        self.log(Call::Begin(s.now, s.pre.to_vec(), s.post.to_vec()));
    }

    fn touch_row(&mut self, row: Row<'_>, _: &Topology, mut deliver: impl FnMut(usize, &[f32])) {
        self.log(Call::Touch { pre: row.pre, first: row.first, target: row.target.to_vec() });
        for (k, value) in row.value.iter_mut().enumerate() {
            *value += 1.0;
            deliver(k, &[*value + self.drift]);
        }
    }

    fn end_step(&mut self, s: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {
        self.log(Call::End(s.now, s.pre.to_vec(), s.post.to_vec()));
    }

    fn reward(&mut self, delta_r: f32, _: &Topology, _: &mut [f32]) {
        self.log(Call::Reward(delta_r));
    }

    fn flush(&mut self, _: &Topology, value: &mut [f32]) {
        value.iter_mut().for_each(|v| *v += self.drift);
        self.drift = 0.0;
        self.log(Call::Flush);
    }
}

struct Plastics {
    network: Network,
    cells: PopulationId,
    projection: ProjectionId,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Plastics {
    /// Three source units onto two neurons; unit 2 is inhibitory. Initial magnitudes 10, 20, 30, 40.
    fn new() -> Self {
        let calls = Arc::new(Mutex::new(vec![]));
        let edges = [(0, 0, 1, 10.0), (0, 1, 1, 20.0), (1, 1, 1, 30.0), (2, 0, 1, -40.0)];
        let rule = Counting { calls: calls.clone(), drift: 0.0 };
        let mut network = Network::new(1.0).unwrap();
        let cells = network.add_population(lif(2, &[Kinetics::delta()], 1.0));
        let source = network.add_source(3);
        let projection = Box::new(CsrProjection::new(wiring(3, 2, 0, &edges), rule));
        let projection = network.connect(Node::Source(source), cells, projection).unwrap();
        Self { network, cells, projection, calls }
    }

    fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn magnitudes(&mut self) -> Vec<f32> {
        self.network.projection(self.projection).magnitudes().to_vec()
    }

    fn run(&mut self, steps: u32, spikes: &[(u32, u32)]) {
        let mut script = Script(spikes.iter().map(|&(step, unit)| (0, step, unit)).collect());
        (0..steps).for_each(|_| self.network.step(&mut script));
    }
}

#[test]
fn a_step_begins_touches_every_spiking_row_in_order_and_ends() {
    let mut p = Plastics::new();
    assert_eq!(p.take_calls(), [Call::Reset]);
    p.run(2, &[(0, 0), (0, 2)]);
    let expected = [
        Call::Begin(0, vec![0, 2], vec![]),
        Call::Touch { pre: 0, first: 0, target: vec![0, 1] },
        Call::Touch { pre: 2, first: 3, target: vec![0] },
        Call::End(0, vec![0, 2], vec![]),
        Call::Begin(1, vec![], vec![]),
        Call::End(1, vec![], vec![]),
    ];
    assert_eq!(p.take_calls(), expected);
}

#[test]
fn a_rule_sees_the_postsynaptic_spikes_of_the_same_step() {
    let mut p = Plastics::new();
    p.network.population_mut(p.cells).inject(&[0.0, 900.0]).unwrap();
    let mut seen = 0;
    for t in 0..60 {
        p.take_calls();
        p.network.step(&mut ());
        let post = p.network.spikes(p.cells).to_vec();
        seen += post.len();
        assert_eq!(p.take_calls(), [Call::Begin(t, vec![], post.clone()), Call::End(t, vec![], post)]);
    }
    assert!(seen > 3);
}

#[test]
fn what_is_delivered_is_the_updated_weight_with_its_sign() {
    let mut p = Plastics::new();
    let mut script = Script(vec![(0, 1, 0), (0, 2, 2), (0, 4, 0), (0, 4, 0)]);
    let mut current = vec![];
    for _ in 0..8 {
        p.network.step(&mut script);
        current.push(p.network.population(p.cells).current_pa().to_vec());
    }
    // Spike at step t, delay 1, current from step t + 2 on; begin_step has run t + 1 times by then.
    assert_eq!(current[3], [11.5, 21.5]);
    assert_eq!(current[4], [-(40.0 + 1.0 + 0.75), 0.0]);
    // Named twice: the second touch delivers one more.
    assert_eq!(current[6], [12.0 + 13.0 + 2.5, 22.0 + 23.0 + 2.5]);
    // Three spikes of unit 0, one of unit 2, eight steps of drift.
    assert_eq!(p.magnitudes(), [15.0, 25.0, 32.0, 43.0]);
}

#[test]
fn switching_off_settles_the_weights_and_freezes_them() {
    let mut p = Plastics::new();
    p.run(4, &[(0, 1)]);
    p.take_calls();
    p.network.set_plastic(false);
    assert_eq!(p.take_calls(), [Call::Flush], "every weight is brought up to date once");
    let frozen = vec![11.0, 21.0, 32.0, 41.0];
    assert_eq!(p.magnitudes(), frozen);
    p.network.set_plastic(false);
    p.run(4, &[(4, 0), (5, 1), (6, 2)]);
    p.network.reward(1.0);
    assert_eq!(p.magnitudes(), frozen);
    assert_eq!(p.take_calls(), [], "a rule that is off is not called");
    assert_eq!(p.network.population(p.cells).current_pa(), [0.0, 32.0], "unit 1 delivers its frozen weight");
    // Switched on again: no history, learning goes on from the frozen weights.
    p.network.set_plastic(true);
    p.run(1, &[(8, 0)]);
    assert_eq!(p.magnitudes(), [12.25, 22.25, 32.25, 41.25]);
    assert_eq!(p.take_calls()[0], Call::Reset);
}

#[test]
fn rewards_reach_the_rule_only_while_it_is_on() {
    let mut p = Plastics::new();
    p.take_calls();
    p.network.reward(-0.5);
    assert_eq!(p.take_calls(), [Call::Reward(-0.5)]);
}

#[test]
fn reset_restores_initial_weights_and_switches_the_rule_on() {
    let mut p = Plastics::new();
    p.run(3, &[(0, 0), (1, 2)]);
    p.network.set_plastic(false);
    p.network.reset();
    assert_eq!(p.magnitudes(), [10.0, 20.0, 30.0, 40.0]);
    p.run(2, &[(0, 1)]);
    assert_eq!(p.magnitudes(), [10.5, 20.5, 31.5, 40.5]);
}

#[test]
fn set_magnitudes_replaces_all_or_nothing_and_drops_history() {
    let mut p = Plastics::new();
    p.run(2, &[(0, 0)]);
    let before = p.magnitudes();
    let projection = p.network.projection(p.projection);
    let error = projection.set_magnitudes(&[1.0; 3]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "weights", found: 3, expected: 4 });
    let error = projection.set_magnitudes(&[1.0, 2.0, 3.0, f32::NAN]).unwrap_err();
    assert!(matches!(error, SynapseError::Parameter { field: "weight", .. }), "{error}");
    assert_eq!(p.magnitudes(), before);
    p.run(1, &[]);
    p.network.projection(p.projection).set_magnitudes(&[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(p.magnitudes(), [1.0, 2.0, 3.0, 4.0], "the drift of the last step is gone");
}

#[test]
fn a_line_of_another_size_is_refused_before_anything_is_delivered() {
    // Delivery checks no bounds, so a line that is too small in any respect must not get that far.
    for max_delay in [3, 4] {
        let wiring = wiring(2, 5, 1, &[(0, 4, 3, 1.0), (1, 0, max_delay, 1.0)]);
        let step = |n: usize, ports: usize, delay: u8| {
            let mut projection = CsrProjection::fixed(wiring.clone());
            let mut line = DelayLine::new(n, ports, delay);
            let spikes = StepSpikes { now: 0, pre: &[0, 1], post: &[] };
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| projection.step(&spikes, &mut line))).is_ok()
        };
        assert!(step(5, 2, max_delay));
        assert!(!step(4, 2, max_delay), "fewer neurons than the topology has targets");
        assert!(!step(5, 1, max_delay), "fewer ports");
        assert!(!step(5, 2, 1), "fewer slots than the longest delay");
    }
}

#[test]
fn a_projection_comes_back_by_its_type_alone() {
    let mut p = Plastics::new();
    let id = p.projection;
    assert!(p.network.projection_as::<CsrProjection>(id).is_none(), "its rule is not the empty one");
    p.network.projection_as::<CsrProjection<Counting>>(id).unwrap().rule_mut().drift = 5.0;
    assert_eq!(p.magnitudes(), [15.0, 25.0, 35.0, 45.0], "the rule that the projection uses");
}
