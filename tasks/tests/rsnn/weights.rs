//! All weights as one vector, in the order of a gradient engine.

use super::{engine, small};
use evoplast_backprop::BpttOptions;
use evoplast_synapse::Trainable;
use evoplast_tasks::rsnn::{Inhibition, LAYERS, RsnnConfig};

#[test]
fn the_order_is_that_of_a_gradient_engine() {
    for inhibition in [Inhibition::Generic, Inhibition::ThreeTypes] {
        for outputs in [1, 2] {
            let mut rsnn = RsnnConfig { inhibition, ..small(outputs) }.build().unwrap();
            let engine = engine(&mut rsnn, BpttOptions::default());
            assert_eq!(rsnn.read(), engine.parameters());
            assert_eq!(&rsnn.layout(), engine.layout());
            assert_eq!(rsnn.snapshot(), engine.snapshot());
        }
    }
}

#[test]
fn blocks_are_named_after_layers_and_types_and_hold_the_weights_of_their_synapses() {
    let mut rsnn = small(1).build().unwrap();
    let (layout, values, places) = (rsnn.layout(), rsnn.read(), rsnn.places());
    assert_eq!((layout.len(), places.len()), (values.len(), values.len()));
    for layer in LAYERS {
        assert!(layout.blocks.iter().any(|b| b.name.starts_with(layer)));
    }
    let first = |t: usize| rsnn.counts[..t].iter().sum::<usize>();
    let (sst, pv) = (first(2)..first(3), first(1)..first(2));
    let block = layout.block("recurrent sst->pv").unwrap();
    assert!(!block.range.is_empty());
    let wiring = rsnn.network.projection(rsnn.recurrent).wiring().clone();
    for k in block.range.clone() {
        let (i, j) = (places[k].0 as usize, places[k].1);
        assert!(sst.contains(&i) && pv.contains(&(j as usize)), "{i} to {j}");
        let t = &wiring.topology;
        let found = t.row(i).find(|&s| t.targets()[s] == j).unwrap();
        assert_eq!(values[k], -wiring.initial[found]);
    }
}

#[test]
fn what_is_written_is_read_and_acts() {
    let mut rsnn = small(2).build().unwrap();
    let initial = rsnn.read();
    let written: Vec<f32> = initial.iter().enumerate().map(|(k, w)| w * (0.5 + (k % 7) as f32 / 4.0)).collect();
    rsnn.write(&written).unwrap();
    assert_eq!(rsnn.read(), written);
    let (layout, places) = (rsnn.layout(), rsnn.places());
    let readout = rsnn.readout();
    let output: Vec<usize> =
        layout.blocks.iter().filter(|b| b.name.starts_with("output")).flat_map(|b| b.range.clone()).collect();
    for &k in &output {
        assert_eq!(readout[places[k].0 as usize * 2 + places[k].1 as usize], written[k]);
    }
    assert_eq!(readout.iter().filter(|&&w| w != 0.0).count(), output.len());
    assert_eq!(engine(&mut rsnn, BpttOptions::default()).parameters(), written);
    rsnn.network.reset();
    let reset = rsnn.read();
    assert_eq!(reset[..output[0]], initial[..output[0]]);
}

#[test]
fn a_wrong_sign_and_a_wrong_number_are_named() {
    let mut rsnn = small(1).build().unwrap();
    let initial = rsnn.read();
    let error = rsnn.write(&initial[1..]).unwrap_err().to_string();
    assert!(error.contains(&(initial.len() - 1).to_string()) && error.contains(&initial.len().to_string()), "{error}");
    let inhibitory = initial.iter().position(|&w| w < 0.0).unwrap();
    for (k, wrong) in [(0, -0.25), (inhibitory, 0.25), (3, f32::NAN), (initial.len() - 1, f32::INFINITY)] {
        let mut values = initial.clone();
        values[k] = wrong;
        let error = rsnn.write(&values).unwrap_err().to_string();
        assert!(error.contains("sign") && error.contains(&wrong.to_string()), "{error}");
        assert_eq!(rsnn.read(), initial);
    }
}
