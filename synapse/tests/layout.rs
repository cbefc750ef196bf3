//! Weights as one vector of named blocks.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::Kinetics;
use evoplast_synapse::{
    CsrProjection, Network, NetworkWeights, Node, ProjectionId, SignRule, SynapseError, TopologyBuilder, Trainable,
    Wiring,
};
use support::{lif, wiring};

/// Types of six neurons: two of e23, two of e4, two of i.
const TYPES: [u16; 6] = [0, 0, 1, 1, 2, 2];
const GROUPS: [&str; 3] = ["E", "E", "I"];

/// A recurrent projection over three types, inhibitory from type 2, and an input projection from two source units.
fn network() -> (Network, ProjectionId, ProjectionId) {
    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(lif(6, &[Kinetics::delta()], 1.0));
    let source = network.add_source(2);
    let mut builder = TopologyBuilder::new(&TYPES, 3, &TYPES, 3).unwrap();
    let edges = [(0, 1), (0, 4), (1, 2), (2, 0), (2, 5), (3, 2), (4, 0), (4, 5), (5, 3)];
    for (k, (i, j)) in edges.into_iter().enumerate() {
        builder.add(i, j, 1, if i < 4 { 1.0 + k as f32 } else { -1.0 - k as f32 }).unwrap();
    }
    let (topology, weights) = builder.build().unwrap();
    let recurrent = Wiring::dale(topology, &weights, vec![0; 6]).unwrap();
    let recurrent = network.connect(Node::Population(cells), cells, Box::new(CsrProjection::fixed(recurrent))).unwrap();
    let input = wiring(2, 6, 0, &[(0, 3, 1, 20.0), (1, 0, 1, 30.0), (1, 5, 1, 40.0)]);
    let input = network.connect(Node::Source(source), cells, Box::new(CsrProjection::fixed(input))).unwrap();
    (network, recurrent, input)
}

fn weights(network: &mut Network, recurrent: ProjectionId, input: ProjectionId) -> NetworkWeights<'_> {
    NetworkWeights::new(network)
        .with("recurrent", recurrent, &GROUPS, &GROUPS)
        .unwrap()
        .with("input", input, &["LGN"], &["V1"])
        .unwrap()
}

#[test]
fn blocks_have_names_shapes_and_signs_and_follow_without_gaps() {
    let (mut network, recurrent, input) = network();
    let layout = weights(&mut network, recurrent, input).layout();
    let found: Vec<_> = layout.blocks.iter().map(|b| (b.name.as_str(), b.range.clone(), b.shape, b.sign)).collect();
    let expected = [
        ("recurrent E->E", 0..4, (4, 4), SignRule::NonNegative),
        ("recurrent E->I", 4..6, (4, 2), SignRule::NonNegative),
        ("recurrent I->E", 6..8, (2, 4), SignRule::NonPositive),
        ("recurrent I->I", 8..9, (2, 2), SignRule::NonPositive),
        ("input LGN->V1", 9..12, (2, 6), SignRule::NonNegative),
    ];
    assert_eq!(found, expected);
    for block in &layout.blocks {
        let (lower, upper) = match block.sign {
            SignRule::NonNegative => (0.0, f32::MAX),
            SignRule::NonPositive => (f32::MIN, 0.0),
            SignRule::Free => (f32::MIN, f32::MAX),
        };
        assert_eq!((block.lower, block.upper), (lower, upper), "{}", block.name);
    }
    assert_eq!(layout.len(), 12);
    assert_eq!(layout.block("recurrent I->E").unwrap().range, 6..8);
    assert!(layout.block("recurrent I->X").is_none());
}

#[test]
fn finer_groups_leave_out_pairs_without_connections() {
    let (mut network, recurrent, _) = network();
    let fine = ["e23", "e4", "i"];
    let layout = NetworkWeights::new(&mut network).with("r", recurrent, &fine, &fine).unwrap().layout();
    let names: Vec<&str> = layout.blocks.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(
        names,
        ["r e23->e23", "r e23->e4", "r e23->i", "r e4->e23", "r e4->e4", "r e4->i", "r i->e23", "r i->e4", "r i->i"]
    );
    let (mut network, _, input) = self::network();
    let layout = NetworkWeights::new(&mut network).with("w", input, &["a"], &["b"]).unwrap().layout();
    assert_eq!(layout.blocks.len(), 1);
    let two = wiring(2, 2, 0, &[]);
    let mut empty = Network::new(1.0).unwrap();
    let cells = empty.add_population(lif(2, &[Kinetics::delta()], 1.0));
    let none = empty.connect(Node::Population(cells), cells, Box::new(CsrProjection::fixed(two))).unwrap();
    let mut view = NetworkWeights::new(&mut empty).with("none", none, &["a"], &["b"]).unwrap();
    assert!(view.layout().is_empty() && view.read().is_empty());
    view.write(&[]).unwrap();
}

#[test]
fn every_weight_is_in_one_block_at_its_place() {
    let (mut network, recurrent, input) = network();
    // E->E: 0-1, 1-2, 2-0, 3-2. E->I: 0-4, 2-5. I->E: 4-0, 5-3. I->I: 4-5. Then the input.
    let expected = [1.0, 3.0, 4.0, 6.0, 2.0, 5.0, -7.0, -9.0, -8.0, 20.0, 30.0, 40.0];
    let mut view = weights(&mut network, recurrent, input);
    assert_eq!(view.read(), expected);
    let new: Vec<f32> = expected.iter().map(|w| 10.0 * w).collect();
    view.write(&new).unwrap();
    assert_eq!(view.read(), new);
    // In synapse order, as magnitudes.
    let magnitudes = network.projection(recurrent).magnitudes();
    assert_eq!(magnitudes, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]);
    assert_eq!(network.projection(input).magnitudes(), [200.0, 300.0, 400.0]);
}

#[test]
fn a_refused_vector_changes_nothing() {
    // Found here: a wrong sign in the second projection came after the first had been written.
    let (mut network, recurrent, input) = network();
    let mut view = weights(&mut network, recurrent, input);
    let before = view.read();
    for (at, bad) in [(0, -1.0), (6, 1.0), (11, -0.5), (10, f32::NAN), (9, f32::INFINITY), (7, f32::NEG_INFINITY)] {
        let mut values: Vec<f32> = before.iter().map(|w| 2.0 * w).collect();
        values[at] = bad;
        let error = view.write(&values).unwrap_err();
        assert!(matches!(error, SynapseError::Parameter { field: "weight", .. }), "{error}");
        assert_eq!(view.read(), before, "value {at} = {bad}");
    }
    let error = view.write(&before[1..]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "parameters", found: 11, expected: 12 });
    assert_eq!(view.read(), before);
}

#[test]
fn zero_is_a_weight_of_either_sign() {
    let (mut network, recurrent, input) = network();
    let mut view = weights(&mut network, recurrent, input);
    view.write(&[0.0; 12]).unwrap();
    assert!(view.read().iter().all(|w| *w == 0.0));
    view.write(&[-0.0; 12]).unwrap();
}

#[test]
fn a_network_without_dales_principle_has_free_blocks() {
    // Found here: its own weights could be read but not written back.
    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(lif(2, &[Kinetics::delta()], 1.0));
    let mut builder = TopologyBuilder::untyped(2, 2);
    builder.add_all(&[(0, 0), (0, 1), (1, 0)], 1, 0.0).unwrap();
    let wiring = Wiring::new(builder.build().unwrap().0, vec![1.0, -2.0, 3.0], vec![1.0; 2], vec![0; 2]).unwrap();
    let id = network.connect(Node::Population(cells), cells, Box::new(CsrProjection::fixed(wiring))).unwrap();
    let mut view = NetworkWeights::new(&mut network).with("w", id, &["a"], &["a"]).unwrap();
    let layout = view.layout();
    assert_eq!((layout.blocks[0].sign, layout.blocks[0].lower), (SignRule::Free, f32::MIN));
    let read = view.read();
    assert_eq!(read, [1.0, -2.0, 3.0]);
    view.write(&read).unwrap();
    view.write(&[-1.0, 2.0, -3.0]).unwrap();
    assert_eq!(view.read(), [-1.0, 2.0, -3.0]);
    assert!(view.write(&[-1.0, f32::NAN, -3.0]).is_err());
}

#[test]
fn groups_must_name_every_type_and_projections_come_once() {
    let (mut network, recurrent, input) = network();
    let error = NetworkWeights::new(&mut network).with("r", recurrent, &["E", "I"], &GROUPS).err().unwrap();
    assert_eq!(error, SynapseError::Length { what: "groups of presynaptic types", found: 2, expected: 3 });
    let error = NetworkWeights::new(&mut network).with("r", recurrent, &GROUPS, &["E"; 4]).err().unwrap();
    assert_eq!(error, SynapseError::Length { what: "groups of postsynaptic types", found: 4, expected: 3 });
    let error = weights(&mut network, recurrent, input).with("again", input, &["a"], &["b"]).err().unwrap();
    assert!(error.to_string().contains("times a projection is added"), "{error}");
}
