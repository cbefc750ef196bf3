//! Compressed rows against the list of connections they were built from.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{SynapseError, TopologyBuilder};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Edges = BTreeMap<(u32, u32), (u8, f32)>;

/// Sizes and types of both sides, and connections in any order.
fn network() -> impl Strategy<Value = (Vec<u16>, usize, Vec<u16>, usize, Edges)> {
    let side = |n| (prop::collection::vec(0_u16..5, n), 5_usize..7);
    (side(1..20), side(1..20)).prop_flat_map(|((mut pre, a), (mut post, b))| {
        pre.sort_unstable();
        post.sort_unstable();
        let pair = (0..pre.len() as u32, 0..post.len() as u32);
        let edges = prop::collection::btree_map(pair, (1_u8..=255, -10.0_f32..10.0), 0..80);
        (Just(pre), Just(a), Just(post), Just(b), edges)
    })
}

proptest! {
    #[test]
    fn every_connection_keeps_its_delay_and_weight(
        (pre_type, a, post_type, b, edges) in network(), order in any::<u64>(),
    ) {
        let mut shuffled: Vec<_> = edges.iter().collect();
        shuffled.sort_by_key(|((i, j), _)| (u64::from(*i) * 31 + u64::from(*j)).wrapping_mul(order | 1));
        let mut builder = TopologyBuilder::new(&pre_type, a, &post_type, b).unwrap();
        for (&(i, j), &(delay, weight)) in shuffled {
            builder.add(i, j, delay, weight).unwrap();
        }
        let (t, weights) = builder.build().unwrap();
        prop_assert_eq!((t.n_pre(), t.n_post(), t.types_pre(), t.types_post()), (pre_type.len(), post_type.len(), a, b));
        let mut found = Edges::new();
        t.for_each(|k, i, j| { found.insert((i as u32, j as u32), (t.delays()[k], weights[k])); });
        prop_assert_eq!(t.len(), edges.len());
        prop_assert_eq!(t.max_delay(), edges.values().map(|e| e.0).max().unwrap_or(1));
        prop_assert_eq!(found, edges);
    }

    #[test]
    fn rows_partition_the_synapses_and_segments_partition_the_rows((pre_type, a, post_type, b, edges) in network()) {
        let mut builder = TopologyBuilder::new(&pre_type, a, &post_type, b).unwrap();
        edges.iter().try_for_each(|(&(i, j), &(d, w))| builder.add(i, j, d, w)).unwrap();
        let (t, _) = builder.build().unwrap();
        let mut counts = vec![0; a * b];
        let mut end = 0;
        for pre in 0..t.n_pre() {
            let row = t.row(pre);
            prop_assert_eq!(row.start, end);
            prop_assert!(t.targets()[row.clone()].windows(2).all(|w| w[0] < w[1]), "targets ascend");
            for post in 0..b {
                let segment = t.segment(pre, post);
                prop_assert_eq!(segment.start, end);
                end = segment.end;
                for &j in &t.targets()[segment.clone()] {
                    prop_assert_eq!(usize::from(post_type[j as usize]), post);
                }
                counts[usize::from(pre_type[pre]) * b + post] += segment.len();
            }
            prop_assert_eq!(row.end, end);
        }
        prop_assert_eq!(end, t.len());
        prop_assert_eq!(t.pair_counts(), counts);
        prop_assert_eq!(t.pre_type(), &pre_type[..]);
        prop_assert_eq!(t.post_type(), &post_type[..]);
    }
}

#[test]
fn a_pair_given_twice_is_an_error_that_names_it() {
    let mut builder = TopologyBuilder::untyped(3, 3);
    builder.add_all(&[(0, 1), (2, 1), (1, 1), (2, 0)], 1, 1.0).unwrap();
    builder.add(2, 1, 4, 2.0).unwrap();
    assert_eq!(builder.build().unwrap_err(), SynapseError::Duplicate { pre: 2, post: 1 });
}

#[test]
fn indices_delays_and_weights_outside_their_domain_are_errors() {
    let mut b = TopologyBuilder::untyped(2, 3);
    let presynaptic = b.add(2, 0, 1, 1.0).unwrap_err();
    assert_eq!(presynaptic, SynapseError::Index { what: "presynaptic neuron", found: 2, end: 2 });
    let postsynaptic = b.add_all(&[(0, 0), (1, 3)], 1, 1.0).unwrap_err();
    assert_eq!(postsynaptic, SynapseError::Index { what: "postsynaptic neuron", found: 3, end: 3 });
    assert!(matches!(b.add(0, 1, 0, 1.0).unwrap_err(), SynapseError::Parameter { field: "delay_steps", .. }));
    for weight in [f32::NAN, f32::INFINITY] {
        assert!(matches!(b.add(0, 1, 1, weight).unwrap_err(), SynapseError::Parameter { field: "weight", .. }));
    }
    // What was refused is not there.
    assert_eq!(b.build().unwrap().0.len(), 1);
}

#[test]
fn types_must_ascend_and_lie_in_their_range() {
    let unsorted = TopologyBuilder::new(&[0, 0], 1, &[0, 2, 1], 3).unwrap_err();
    assert_eq!(unsorted, SynapseError::Unsorted { side: "postsynaptic", index: 2, found: 1, previous: 2 });
    let unsorted = TopologyBuilder::new(&[1, 0], 2, &[0], 1).unwrap_err();
    assert!(unsorted.to_string().contains("presynaptic neuron 1 has type 0 after type 1"), "{unsorted}");
    let outside = TopologyBuilder::new(&[0, 3], 3, &[0], 1).unwrap_err();
    assert_eq!(outside, SynapseError::Index { what: "neuron type", found: 3, end: 3 });
}

#[test]
fn a_projection_without_connections_is_well_formed() {
    let (t, weights) = TopologyBuilder::new(&[0, 1], 2, &[0, 0, 2], 3).unwrap().build().unwrap();
    assert!(t.is_empty() && weights.is_empty());
    assert_eq!(t.max_delay(), 1);
    for pre in 0..2 {
        assert_eq!(t.row(pre), 0..0);
        (0..3).for_each(|post| assert_eq!(t.segment(pre, post), 0..0));
    }
    assert_eq!(t.pair_counts(), [0; 6]);
}
