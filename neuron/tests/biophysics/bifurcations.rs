use super::set;
use evoplast_neuron::analysis::{equilibria, hopf_points, saddle_nodes};
use evoplast_neuron::dynamics::{
    FitzHughNagumo, FitzHughNagumoParams, HodgkinHuxley, HodgkinHuxleyParams, MorrisLecar, rest,
};

/// Input, V, w of the saddle-nodes and input, V, w, omega of the Hopf bifurcations (`ml_bifurcations.csv`).
type Table = (&'static str, &'static [[f64; 3]], &'static [[f64; 4]]);
const BIFURCATIONS: [Table; 4] = [
    (
        "hopf",
        &[],
        &[
            [93.8576183737255, -25.2701048795827, 0.139673190013208, 0.0797797841146],
            [212.018816100374, 7.8006638669712, 0.595490671214994, 0.148602170744],
        ],
    ),
    (
        "snlc",
        &[
            [39.9631530927454, -29.3897774054844, 0.00851439913782033],
            [-9.94903932262306, -4.0485177879423, 0.136501422193424],
        ],
        &[[97.6461639215259, 8.33412271470705, 0.396190114716493, 0.252748080634]],
    ),
    (
        "homoclinic",
        &[
            [39.9631530927454, -29.3897774054844, 0.00851439913782033],
            [-9.94903932262306, -4.0485177879423, 0.136501422193424],
        ],
        &[[36.3162174962034, 4.41075571687915, 0.294770347247788, 0.378860804737]],
    ),
    (
        "authors",
        &[
            [39.5773681400886, -29.6330020855941, 0.00740622781968544],
            [-13.1767600744046, -3.92889550868009, 0.133080985521915],
        ],
        &[[96.4404055718371, 8.36218034560485, 0.394609082696971, 0.255193130112]],
    ),
];

#[test]
fn morris_lecar_bifurcations_are_the_reference_to_ten_digits() {
    for (name, folds, hopfs) in BIFURCATIONS {
        let found = saddle_nodes::<MorrisLecar>(&set(name));
        assert_eq!(found.len(), folds.len(), "{name}: {found:?}");
        for (b, expected) in found.iter().zip(folds) {
            // The input is an extremum of V, so V has half of its digits.
            assert!((b.input - expected[0]).abs() < 1e-10, "{name}: {b:?}");
            assert!(
                (b.state[0] - expected[1]).abs() < 1e-10 && (b.state[1] - expected[2]).abs() < 1e-12,
                "{name}: {b:?}"
            );
        }
        let found = hopf_points::<MorrisLecar>(&set(name));
        assert_eq!(found.len(), hopfs.len(), "{name}: {found:?}");
        for (b, expected) in found.iter().zip(hopfs) {
            assert!((b.input - expected[0]).abs() < 1e-10, "{name}: {b:?}");
            assert!(
                (b.state[0] - expected[1]).abs() < 1e-10 && (b.state[1] - expected[2]).abs() < 1e-12,
                "{name}: {b:?}"
            );
            assert!((b.omega_per_ms - expected[3]).abs() < 1e-11, "{name}: {b:?}");
        }
    }
}

#[test]
fn hodgkin_huxley_bifurcations_and_rest_are_the_reference() {
    let squid = HodgkinHuxleyParams::default();
    let found = hopf_points::<HodgkinHuxley>(&squid);
    let inputs: Vec<f64> = found.iter().map(|b| b.input).collect();
    assert!(inputs.len() == 2, "{inputs:?}");
    assert!((inputs[0] - 9.775437996).abs() < 1e-8 && (inputs[1] - 154.522433665).abs() < 1e-8, "{inputs:?}");
    assert!((found[0].omega_per_ms - 0.58623).abs() < 1e-5, "{found:?}");
    assert!(saddle_nodes::<HodgkinHuxley>(&squid).is_empty());
    let x = rest::<HodgkinHuxley>(&squid);
    for (found, expected) in x.iter().zip([-64.99637933119206, 0.0529550868, 0.5959941247, 0.3177323998]) {
        assert!((found - expected).abs() < 1e-10 * expected.abs().max(1.0), "{x:?}");
    }
}

/// Hopf bifurcations of FitzHugh-Nagumo in closed form: 1 - v^2 = b/tau, and I from the cubic and the line.
#[test]
fn fitzhugh_nagumo_bifurcates_where_its_trace_vanishes() {
    let p = FitzHughNagumoParams::default();
    let v = (1.0 - p.b / p.tau_ms).sqrt();
    let found = hopf_points::<FitzHughNagumo>(&p);
    assert_eq!(found.len(), 2);
    for (b, v) in found.iter().zip([-v, v]) {
        let input = (v + p.a) / p.b - v + v.powi(3) / 3.0;
        assert!((b.state[0] - v).abs() < 1e-13 && (b.input - input).abs() < 1e-13, "{b:?}");
        let determinant = 1.0 / p.tau_ms - (p.b / p.tau_ms).powi(2);
        assert!((b.omega_per_ms - determinant.sqrt()).abs() < 1e-13, "{b:?}");
    }
}

#[test]
fn equilibria_are_counted_with_their_stability() {
    let unstable = |input: f64| -> Vec<usize> {
        equilibria::<MorrisLecar>(&set("snlc"), input).iter().map(|e| e.unstable).collect()
    };
    // Rest, saddle and an unstable focus; after the saddle-node the focus alone; after the Hopf bifurcation it is stable.
    assert_eq!(unstable(30.0), [0, 1, 2]);
    assert_eq!(unstable(45.0), [2]);
    assert_eq!(unstable(98.0), [0]);
    let counts = |input: f64| equilibria::<HodgkinHuxley>(&HodgkinHuxleyParams::default(), input)[0].unstable;
    assert_eq!([counts(9.7), counts(9.8), counts(154.0), counts(155.0)], [0, 2, 2, 0]);
}
