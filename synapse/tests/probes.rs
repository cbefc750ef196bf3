//! What probes record, against the network seen step by step.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::Kinetics;
use evoplast_synapse::{
    CsrProjection, Network, Node, Plastic, PopulationId, Probe, ProjectionId, RateProbe, Row, SpikeProbe, StepSpikes,
    Topology, VariableProbe, WeightProbe,
};
use support::{lif, wiring};

/// Adds 1 to every weight in every step.
struct Growing;

impl Plastic for Growing {
    fn reset(&mut self, _: &Topology, _: &mut [f32]) {}
    fn begin_step(&mut self, _: &StepSpikes<'_>, _: &Topology, value: &mut [f32]) {
        value.iter_mut().for_each(|w| *w += 1.0);
    }
    fn touch_row(&mut self, _: Row<'_>, _: &Topology, _: impl FnMut(usize, &[f32])) {}
    fn end_step(&mut self, _: &StepSpikes<'_>, _: &Topology, _: &mut [f32]) {}
    fn reward(&mut self, _: f32, _: &Topology, _: &mut [f32]) {}
    fn flush(&mut self, _: &Topology, _: &mut [f32]) {}
}

/// Three neurons that fire at different rates under constant current.
fn network() -> (Network, PopulationId, ProjectionId) {
    let mut network = Network::new(0.5).unwrap();
    let cells = network.add_population(lif(3, &[Kinetics::delta()], 0.5));
    let growing = Box::new(CsrProjection::new(wiring(3, 3, 0, &[(0, 1, 1, 0.0), (2, 0, 1, -5.0)]), Growing));
    let projection = network.connect(Node::Population(cells), cells, growing).unwrap();
    network.population_mut(cells).inject(&[0.0, 300.0, 600.0]).unwrap();
    (network, cells, projection)
}

#[test]
fn probes_record_what_the_network_shows_after_every_step() {
    let (mut network, cells, projection) = network();
    let (mut spikes, mut potentials) = (vec![], vec![]);
    for t in 0..400 {
        network.step(&mut ());
        spikes.extend(network.spikes(cells).iter().map(|&i| (t, i)));
        let v = network.population(cells).variable("v_mv").unwrap();
        potentials.extend([v[2], v[0]]);
    }
    network.reset();
    let mut spike = SpikeProbe::new(cells);
    let mut rate = RateProbe::new(cells, 3);
    let mut v = VariableProbe::new(cells, "v_mv", &[2, 0]);
    let mut unknown = VariableProbe::new(cells, "calcium", &[0]);
    let mut weight = WeightProbe::new(projection, 150);
    assert_eq!(rate.rates_hz(0.5), [0.0; 3], "no rate before the first step");
    let probes: &mut [&mut dyn Probe] = &mut [&mut spike, &mut rate, &mut v, &mut unknown, &mut weight];
    network.run(400, &mut (), probes);
    assert!(spikes.len() > 10);
    assert_eq!(spike.spikes, spikes);
    assert_eq!(v.trace, potentials);
    assert!(unknown.trace.is_empty());
    assert_eq!(weight.snapshots, [(150, vec![150.0, 155.0]), (300, vec![300.0, 305.0])]);
    // 400 steps of 0.5 ms are 0.2 s.
    assert_eq!(rate.steps, 400);
    for i in 0..3 {
        let count = spikes.iter().filter(|s| s.1 == i as u32).count();
        assert_eq!(rate.count[i] as usize, count);
        assert!((rate.rates_hz(0.5)[i] - count as f64 / 0.2).abs() < 1e-9);
    }
    assert_eq!(rate.count[0], 0);
}

#[test]
fn a_probe_goes_on_over_several_runs() {
    let (mut network, cells, projection) = network();
    let mut whole = SpikeProbe::new(cells);
    network.run(300, &mut (), &mut [&mut whole]);
    network.reset();
    let mut parts = SpikeProbe::new(cells);
    let mut weight = WeightProbe::new(projection, 0); // every step, not a division by 0
    network.run(120, &mut (), &mut [&mut parts]);
    network.run(180, &mut (), &mut [&mut parts, &mut weight]);
    assert_eq!(parts.spikes, whole.spikes);
    assert_eq!(weight.snapshots.len(), 180);
    assert_eq!(weight.snapshots[0].0, 121);
}
