//! Weights with their places, of networks and of plain vectors.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_neuron::Kinetics;
use evoplast_synapse::{
    CsrProjection, Entry, LayerChange, Network, NetworkWeights, Node, ParamBlock, ParamLayout, SignRule, Snapshot,
    SnapshotBlock, SynapseError, TopologyBuilder, Trainable, Wiring,
};
use support::{lif, wiring};

/// Three excitatory and one inhibitory neuron with recurrent weights, and an input from two units.
fn snapshot(recurrent: &[(u32, u32, f32)]) -> (Snapshot, ParamLayout, Vec<f32>) {
    let mut network = Network::new(1.0).unwrap();
    let cells = network.add_population(lif(4, &[Kinetics::delta()], 1.0));
    let source = network.add_source(2);
    let mut builder = TopologyBuilder::new(&[0, 0, 0, 1], 2, &[0, 0, 0, 1], 2).unwrap();
    recurrent.iter().for_each(|&(i, j, w)| builder.add(i, j, 1, w).unwrap());
    let (topology, weights) = builder.build().unwrap();
    let recurrent = Wiring::dale(topology, &weights, vec![0; 4]).unwrap();
    let recurrent = network.connect(Node::Population(cells), cells, Box::new(CsrProjection::fixed(recurrent))).unwrap();
    let input = wiring(2, 4, 0, &[(1, 0, 1, 7.0), (0, 3, 1, 6.0)]);
    let input = network.connect(Node::Source(source), cells, Box::new(CsrProjection::fixed(input))).unwrap();
    let mut view = NetworkWeights::new(&mut network)
        .with("input", input, &["lgn"], &["e", "i"][..1])
        .unwrap()
        .with("recurrent", recurrent, &["e", "i"], &["e", "i"])
        .unwrap();
    let places: Vec<_> = view.parts().flat_map(|(_, blocks)| blocks.place.clone()).collect();
    let (snapshot, layout, values) = (view.snapshot(), view.layout(), view.read());
    assert_eq!(snapshot, Snapshot::placed(&layout, &values, &places).unwrap());
    (snapshot, layout, values)
}

const WEIGHTS: [(u32, u32, f32); 5] = [(2, 3, 3.0), (0, 1, 1.0), (3, 0, -5.0), (2, 0, 2.0), (1, 3, 4.0)];

type Named<'a> = (&'a str, Vec<(u32, u32, f32)>);

fn found(snapshot: &Snapshot) -> Vec<Named<'_>> {
    snapshot.blocks.iter().map(|b| (b.name(), b.entries().iter().map(|&e| e.into()).collect())).collect()
}

#[test]
fn a_network_tells_where_its_weights_are() {
    let (snapshot, layout, values) = snapshot(&WEIGHTS);
    let expected = [
        ("input lgn->e", vec![(0, 3, 6.0), (1, 0, 7.0)]),
        ("recurrent e->e", vec![(0, 1, 1.0), (2, 0, 2.0)]),
        ("recurrent e->i", vec![(1, 3, 4.0), (2, 3, 3.0)]),
        ("recurrent i->e", vec![(3, 0, -5.0)]),
    ];
    assert_eq!(found(&snapshot), expected);
    assert!(snapshot.blocks.iter().all(SnapshotBlock::placed));
    // The order of entries is that of the vector.
    let doubled: Vec<f32> = values.iter().map(|w| 2.0 * w).collect();
    let again = snapshot.with_weights(&doubled).unwrap();
    assert_eq!(again.block("recurrent i->e").unwrap().entries(), [Entry { pre: 3, post: 0, weight: -10.0 }]);
    assert_eq!(snapshot.with_weights(&values).unwrap(), snapshot);
    let error = snapshot.with_weights(&values[1..]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "weights of a snapshot", found: 6, expected: 7 });
    let error = Snapshot::placed(&layout, &values, &[]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "places of a snapshot", found: 0, expected: 7 });
    // As text and back.
    let text = serde_json::to_string(&snapshot).unwrap();
    assert!(text.contains("[3,0,-5.0]"), "{text}");
    assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
}

#[test]
fn blocks_of_a_layer_are_one_matrix() {
    let layers = snapshot(&WEIGHTS).0.layers().unwrap();
    let expected = [
        ("input", vec![(0, 3, 6.0), (1, 0, 7.0)]),
        ("recurrent", vec![(0, 1, 1.0), (1, 3, 4.0), (2, 0, 2.0), (2, 3, 3.0), (3, 0, -5.0)]),
    ];
    assert_eq!(found(&layers), expected);
    // The connection 2 -> 0 moved to 2 -> 1, within another block than 1 -> 3, which grew by 1.
    let mut moved = WEIGHTS;
    moved[3] = (2, 1, 2.0);
    moved[4].2 = 5.0;
    let change = LayerChange::between(&layers, &snapshot(&moved).0.layers().unwrap()).unwrap();
    let [input, recurrent] = &change.blocks[..] else { panic!("two layers") };
    assert_eq!((input.count, input.frobenius, recurrent.count), (2, 0.0, 6));
    assert_eq!((recurrent.frobenius, recurrent.turnover), (3.0, 2.0 / 6.0));
    // Rows (-2, 2) and (0, 0, 0, 1): orthogonal, energies 8 and 1, of which 8 is not 90 %.
    assert_eq!(recurrent.effective_rank, Some(2));
}

#[test]
fn plain_vectors_are_in_a_row_and_their_layers_too() {
    let block = |name: &str, range| ParamBlock {
        name: name.to_owned(),
        range,
        shape: (1, 1),
        sign: SignRule::Free,
        lower: f32::MIN,
        upper: f32::MAX,
    };
    let layout = ParamLayout { blocks: vec![block("a x", 0..2), block("b", 2..3), block("a y", 3..5)] };
    let snapshot = Snapshot::of(&layout, &[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    let merged = snapshot.layers().unwrap();
    let expected = [("a", vec![(0, 0, 1.0), (0, 1, 2.0), (0, 3, 4.0), (0, 4, 5.0)]), ("b", vec![(0, 2, 3.0)])];
    assert_eq!(found(&merged), expected);
    assert!(merged.blocks.iter().all(|b| !b.placed()));
    let [a, b] = &layout.layers()[..] else { panic!("two layers") };
    assert_eq!((a.name.as_str(), &a.ranges[..], b.name.as_str()), ("a", &[0..2, 3..5][..], "b"));
    assert_eq!((b.ranges.len(), b.ranges[0].clone()), (1, 2..3));
    // A trait object without places of its own gives the same.
    struct Plain(ParamLayout, Vec<f32>);
    impl Trainable for Plain {
        fn layout(&mut self) -> ParamLayout {
            self.0.clone()
        }
        fn read(&mut self) -> Vec<f32> {
            self.1.clone()
        }
        fn write(&mut self, _: &[f32]) -> Result<(), SynapseError> {
            Ok(())
        }
    }
    assert_eq!(Plain(layout, vec![1.0, 2.0, 3.0, 4.0, 5.0]).snapshot(), snapshot);
}

#[test]
fn places_come_once() {
    let entries = |list: &[(u32, u32, f32)]| list.iter().map(|&e| Entry::from(e)).collect::<Vec<_>>();
    let error = SnapshotBlock::new("a", entries(&[(1, 2, 1.0), (0, 0, 1.0), (1, 2, 2.0)])).unwrap_err();
    assert_eq!(error, SynapseError::Duplicate { pre: 1, post: 2 });
    let text = r#"{"name": "a", "placed": true, "entries": [[1, 2, 1.0], [1, 2, 2.0]]}"#;
    assert!(serde_json::from_str::<SnapshotBlock>(text).unwrap_err().to_string().contains("1 -> 2 is given twice"));
    let unsorted = r#"{"name": "a", "placed": true, "entries": [[1, 2, 1.0], [0, 2, 2.0]]}"#;
    let block: SnapshotBlock = serde_json::from_str(unsorted).unwrap();
    assert_eq!(block.entries(), entries(&[(0, 2, 2.0), (1, 2, 1.0)]));
    let block = |name: &str| SnapshotBlock::new(name, entries(&[(1, 2, 1.0)])).unwrap();
    let twice = Snapshot { blocks: vec![block("r a"), block("r b")] };
    assert_eq!(twice.layers().unwrap_err(), SynapseError::Duplicate { pre: 1, post: 2 });
    let loose: SnapshotBlock = serde_json::from_str(r#"{"name": "r b", "placed": false, "entries": []}"#).unwrap();
    let error = Snapshot { blocks: vec![block("r a"), loose] }.layers().unwrap_err().to_string();
    assert!(error.contains("`r b` belongs to a layer of which only some blocks have places"), "{error}");
}
