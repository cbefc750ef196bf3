//! Gap junctions against the coupling of two passive cells in closed form, and within against between populations.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_neuron::dynamics::{HodgkinHuxleyConfig, SchemeKind};
use evoplast_neuron::{Kinetics, LifConfig, LifParams, NeuronConfig};
use evoplast_synapse::{CsrProjection, GapJunctions, Network, Node, SynapseError, TopologyBuilder, Wiring};

fn passive(n: usize) -> Box<dyn evoplast_neuron::Population> {
    let params = LifParams { v_th_mv: 1e3, ..LifParams::default() };
    LifConfig { params, receptors: vec![] }.build(n, 0.1).unwrap()
}

/// With a current I into cell 0 of a pair: V_0 - E = I (g_L + g)/(g_L (g_L + 2 g)), and V_1 - E = g/(g_L + g) of it.
#[test]
fn passive_cells_share_a_current_as_the_closed_form_says() {
    let (g_l, g, current) = (10.0, 4.0, 100.0);
    let mut network = Network::new(0.1).unwrap();
    let cells = network.add_population(passive(2));
    network.population_mut(cells).inject(&[current as f32, 0.0]).unwrap();
    network.couple(cells, cells, GapJunctions::new(vec![[0, 1]], vec![g as f32]).unwrap()).unwrap();
    network.run(5000, &mut (), &mut []);
    let v: Vec<f64> =
        network.population(cells).variable("v_mv").unwrap().iter().map(|&v| f64::from(v) + 70.0).collect();
    let expected = current * (g_l + g) / (g_l * (g_l + 2.0 * g));
    assert!((v[0] - expected).abs() < 1e-3, "{v:?}, expected {expected}");
    assert!((v[1] / v[0] - g / (g_l + g)).abs() < 1e-4, "{v:?}");
}

#[test]
fn two_populations_are_coupled_as_one_population_is() {
    let pairs = vec![[0, 2], [1, 0], [2, 2], [0, 1]];
    let g = vec![1.0, 2.0, 0.5, 3.0];
    let current: Vec<f32> = (0..6).map(|i| 30.0 * i as f32).collect();
    let mut apart = Network::new(0.1).unwrap();
    let (a, b) = (apart.add_population(passive(3)), apart.add_population(passive(3)));
    apart.population_mut(a).inject(&current[..3]).unwrap();
    apart.population_mut(b).inject(&current[3..]).unwrap();
    apart.couple(a, b, GapJunctions::new(pairs.clone(), g.clone()).unwrap()).unwrap();
    let mut together = Network::new(0.1).unwrap();
    let all = together.add_population(passive(6));
    together.population_mut(all).inject(&current).unwrap();
    let within = pairs.iter().map(|&[i, j]| [i, j + 3]).collect();
    together.couple(all, all, GapJunctions::new(within, g).unwrap()).unwrap();
    for network in [&mut apart, &mut together] {
        network.run(777, &mut (), &mut []);
    }
    let one = together.population(all).variable("v_mv").unwrap();
    let two = [a, b].map(|p| apart.population(p).variable("v_mv").unwrap()).concat();
    assert_eq!(one, two);
    assert!(one[0] > -69.0 && one[5] < -55.5, "current flows from the last cell to the first: {one:?}");
}

#[test]
fn junctions_beyond_a_population_are_refused() {
    let mut network = Network::new(0.1).unwrap();
    let cells = network.add_population(passive(2));
    let error = network.couple(cells, cells, GapJunctions::new(vec![[0, 2]], vec![1.0]).unwrap()).unwrap_err();
    assert_eq!(error, SynapseError::Index { what: "neuron of a gap junction", found: 2, end: 2 });
    let error = GapJunctions::new(vec![[0, 1]], vec![-1.0]).unwrap_err().to_string();
    assert_eq!(error, "gap junctions: `g_ns` is -1, expected a number >= 0");
    assert!(GapJunctions::new(vec![[0, 1]], vec![]).is_err());
}

/// Biophysical neurons in a spiking network: an excitatory NMDA and AMPA synapse makes the second neuron fire with the first, an
/// inhibitory one keeps the third silent, and a gap junction pulls the fourth along.
#[test]
fn hodgkin_huxley_neurons_are_wired_like_any_other() {
    let receptors = vec![
        Kinetics::exponential(3.0).with_reversal(0.0),
        Kinetics::nmda(),
        Kinetics::alpha(5.0).with_reversal(-80.0),
    ];
    let squid =
        HodgkinHuxleyConfig { scheme: SchemeKind::ExponentialMidpoint, receptors, ..HodgkinHuxleyConfig::default() };
    let count = |weights: [f32; 3], g_ns: f32| {
        let mut network = Network::new(0.02).unwrap();
        let cells = network.add_population(squid.build(4, 0.02).unwrap());
        network.population_mut(cells).inject(&[12.0, 0.0, 7.5, 0.0]).unwrap();
        for (port, (post, weight)) in [1, 1, 2].into_iter().zip(weights).enumerate() {
            let mut builder = TopologyBuilder::untyped(4, 4);
            builder.add_all(&[(0, post)], 25, weight).unwrap();
            let (topology, weights) = builder.build().unwrap();
            let wiring = Wiring::new(topology, weights, vec![1.0; 4], vec![port as u8; 4]).unwrap();
            network.connect(Node::Population(cells), cells, Box::new(CsrProjection::fixed(wiring))).unwrap();
        }
        network.couple(cells, cells, GapJunctions::new(vec![[0, 3]], vec![g_ns]).unwrap()).unwrap();
        let mut count = [0; 4];
        for _ in 0..10_000 {
            network.step(&mut ());
            network.spikes(cells).iter().for_each(|&i| count[i as usize] += 1);
        }
        network.population(cells).check_finite().unwrap();
        count
    };
    let alone = count([0.0; 3], 0.0);
    assert!(alone[0] > 10 && alone[1] == 0 && alone[2] > 5 && alone[3] == 0, "{alone:?}");
    let wired = count([1.0, 0.05, 5.0], 0.3);
    assert!(wired[1] > 5 && wired[2] < alone[2] / 2 && wired[3] > 5, "{wired:?} against {alone:?}");
}
