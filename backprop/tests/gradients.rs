//! Reverse mode against finite differences, forward mode and the e-prop factorisation, for every neuron model.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use evoplast_backprop::{
    BpttOptions, MeanSquaredError, RateMean, RatePenalty, Reset, SpikeFunction, Surrogate, Traces, VoltagePenalty,
};
use support::reference::{Case, Dual};
use support::{MODELS, Net, kinetics, rasters, relative, slices};

const STEPS: usize = 60;
const SMOOTH: SpikeFunction = SpikeFunction::Smooth { slope: 6.0 };
const SURROGATES: [Surrogate; 6] = [
    Surrogate::FastSigmoid { slope: 10.0 },
    Surrogate::Triangular { gamma: 0.3 },
    Surrogate::Esser,
    Surrogate::Arctan { a: 2.0 },
    Surrogate::Gaussian { width: 0.28, gain: 0.05 },
    Surrogate::Sigmoid { slope: 8.0 },
];

fn target(t: usize, o: usize) -> f64 {
    ((t as f64 / 7.0) + o as f64).sin()
}

fn loss(trials: usize) -> MeanSquaredError<f64> {
    let mut traces = Traces::zeros(STEPS, 2, trials);
    for t in 0..STEPS {
        for o in 0..2 {
            for b in 0..trials {
                let at = traces.at(t, o, b);
                traces.values[at] = target(t, o);
            }
        }
    }
    MeanSquaredError::new(traces)
}

fn penalties() -> (Option<RatePenalty>, Option<VoltagePenalty>) {
    let rates = RatePenalty { weight: 3.0, target_per_ms: 0.02, mean: RateMean::BatchMean };
    (Some(rates), Some(VoltagePenalty { weight: 0.7, lower: -1.1, upper: -0.2 }))
}

#[test]
fn smooth_spikes_finite_differences_equal_the_gradient() {
    for model in MODELS {
        for (seed, ports) in kinetics().iter().enumerate() {
            let net = Net::random(model, ports, 8, 3, 10 + seed as u64);
            let (rates, voltage) = penalties();
            let options = BpttOptions { spike: SMOOTH, rates, voltage, ..BpttOptions::default() };
            let mut bptt = net.bptt::<f64>(options);
            let trials = rasters(2, net.n_in, STEPS, 0.1, seed as u64);
            let (batch, loss) = (slices(&trials), loss(2));
            let gradient = bptt.gradient(&batch, STEPS, &loss).unwrap().values;
            let weights = bptt.parameters();
            let mut at = |k: usize, d: f64| {
                let mut moved = weights.clone();
                moved[k] += d;
                bptt.set_parameters(&moved).unwrap();
                bptt.gradient(&batch, STEPS, &loss).unwrap().total
            };
            let slopes: Vec<f64> = (0..weights.len())
                .map(|k| {
                    let h = 1e-4 * weights[k].abs();
                    (8.0 * (at(k, h) - at(k, -h)) - (at(k, 2.0 * h) - at(k, -2.0 * h))) / (12.0 * h)
                })
                .collect();
            // Blocks differ in scale by orders of magnitude, so each is compared with its own largest value.
            for block in &bptt.layout().blocks {
                let worst = relative(&gradient[block.range.clone()], &slopes[block.range.clone()]);
                assert!(worst < 1e-7, "{model}, ports {seed}, {}: {worst:e}", block.name);
            }
        }
    }
}

#[test]
fn hard_spikes_reverse_mode_equals_forward_mode() {
    let mut spikes = 0.0;
    for model in MODELS {
        for (k, &surrogate) in SURROGATES.iter().enumerate() {
            for reset in [Reset::Attached, Reset::Detached] {
                let ports = &kinetics()[k % 3];
                let net = Net::random(model, ports, 10, 4, 20 + k as u64);
                let (rates, voltage) = penalties();
                let truncate = (k % 2 == 1).then_some(25);
                let trials = rasters(1, net.n_in, STEPS, 0.15, k as u64);
                let case = Case {
                    net: &net,
                    raster: &trials[0][0],
                    steps: STEPS,
                    surrogate,
                    spike: SpikeFunction::Hard,
                    reset,
                    truncate,
                    rates,
                    voltage,
                    seed: None,
                };
                // A rate is a sum over all windows, and only its own window's spikes are seen by a truncated gradient,
                // which is what forward mode computes too.
                let expected = case.gradient(target);
                let options = BpttOptions {
                    surrogate,
                    reset,
                    rates,
                    voltage,
                    truncate_steps: truncate,
                    ..BpttOptions::default()
                };
                let mut bptt = net.bptt::<f64>(options);
                let found = bptt.gradient(&slices(&trials), STEPS, &loss(1)).unwrap();
                let run = case.run(&net.weights().into_iter().map(|w| Dual(w, 0.0)).collect::<Vec<_>>());
                spikes += run.z.iter().flatten().sum::<f64>();
                for block in &bptt.layout().blocks {
                    let worst = relative(&found.values[block.range.clone()], &expected[block.range.clone()]);
                    assert!(worst < 1e-12, "{model}, {surrogate:?}, {reset:?}, {}: {worst:e}", block.name);
                }
            }
        }
    }
    assert!(spikes > 36.0 * 40.0, "only {spikes} spikes in 36 networks");
}

/// dE/dW_ij = sum over t of (dE/dz_j(t)) e_ij(t), with eligibility traces by their own recursion (Bellec et al. 2020,
/// doi 10.1038/s41467-020-17236-y) and total derivatives by perturbing each spike. A reset belongs to dE/dz, and the
/// adaptation to the trace.
#[test]
fn e_prop_factorisation_equals_the_gradient() {
    let surrogate = Surrogate::Triangular { gamma: 0.3 };
    for model in ["lif", "alif"] {
        let net = Net::random(model, &kinetics()[1], 6, 3, 33);
        let trials = rasters(1, net.n_in, STEPS, 0.15, 5);
        let case = |seed| Case {
            net: &net,
            raster: &trials[0][0],
            steps: STEPS,
            surrogate,
            spike: SpikeFunction::Hard,
            reset: Reset::Attached,
            truncate: None,
            rates: None,
            voltage: None,
            seed,
        };
        let weights: Vec<Dual> = net.weights().into_iter().map(|w| Dual(w, 0.0)).collect();
        let total: Vec<Vec<f64>> =
            (0..STEPS).map(|t| (0..net.n).map(|j| case(Some((t, j))).loss(&weights, target).1).collect()).collect();
        let run = case(None).run(&weights);
        let expected: Vec<f64> = net
            .recurrent
            .iter()
            .map(|&(i, j, delay, _)| {
                let (i, j) = (i as usize, j as usize);
                let (m, beta, rho) = match &net.model {
                    support::Model::Lif(p) => (p[j], 0.0, 0.0),
                    support::Model::Alif(p) => (p[j].membrane, p[j].beta_mv, (-1.0 / p[j].tau_b_ms).exp()),
                    support::Model::Glif3(_) => unreachable!(),
                };
                let lambda = (-m.g_ns / m.c_m_pf).exp();
                let (kappa, gap) = ((1.0 - lambda) / m.g_ns, m.v_th_mv - m.v_reset_mv);
                let tau = net.kinetics[usize::from(net.port[i])].tau_ms;
                let (mut eps_i, mut eps_v, mut eps_b, mut sum) = (0.0, 0.0, 0.0, 0.0);
                for t in 0..STEPS {
                    let before = lambda * eps_v + kappa * eps_i;
                    let arrived = t.checked_sub(usize::from(delay)).map_or(0.0, |s| run.z[s][i]);
                    eps_i = (-1.0 / tau).exp() * eps_i + arrived;
                    let (eps_w, psi) = run.u[t][j].map_or((0.0, 0.0), |u| (before, surrogate.derivative(u)));
                    let e = psi / gap * (eps_w - beta * eps_b);
                    eps_b = rho * eps_b + e;
                    eps_v = (1.0 - run.z[t][j]) * eps_w;
                    sum += total[t][j] * e;
                }
                sum
            })
            .collect();
        let mut bptt = net.bptt::<f64>(BpttOptions { surrogate, ..BpttOptions::default() });
        let found = bptt.gradient(&slices(&trials), STEPS, &loss(1)).unwrap().values;
        let [first, count, _] = net.sizes();
        let worst = relative(&found[first..first + count], &expected);
        assert!(worst < 1e-12, "{model}: {worst:e}");
    }
}

#[test]
fn without_pseudo_derivative_only_the_readout_has_a_gradient() {
    for model in MODELS {
        let net = Net::random(model, &kinetics()[1], 10, 2, 40);
        let surrogate = Surrogate::Triangular { gamma: 0.0 };
        let mut bptt = net.bptt::<f64>(BpttOptions { surrogate, ..BpttOptions::default() });
        let trials = rasters(3, net.n_in, STEPS, 0.15, 1);
        let g = bptt.gradient(&slices(&trials), STEPS, &loss(3)).unwrap().values;
        let (inside, output) = g.split_at(net.input.len() + net.recurrent.len());
        assert!(inside.iter().all(|&x| x == 0.0), "{model}");
        assert!(output.iter().any(|&x| x != 0.0), "{model}");
    }
}

#[test]
fn gradients_add_over_trials_and_over_windows_of_time() {
    for model in MODELS {
        let net = Net::random(model, &kinetics()[2], 10, 4, 50);
        let mut bptt = net.bptt::<f64>(BpttOptions::default());
        let trials = rasters(20, net.n_in, STEPS, 0.15, 2);
        let batch = slices(&trials);
        let all = bptt.gradient(&batch, STEPS, &loss(20)).unwrap().values;
        let mut sum = vec![0.0; all.len()];
        for trial in &batch {
            let own = bptt.gradient(&[*trial], STEPS, &loss(1)).unwrap().values;
            sum.iter_mut().zip(own).for_each(|(s, g)| *s += g / 20.0);
        }
        assert!(relative(&all, &sum) < 1e-12, "{model}");
        let mut parts = vec![0.0; all.len()];
        for (window, share) in [(0..15, 15.0), (15..60, 45.0)] {
            let part = MeanSquaredError { window, ..loss(20) };
            let own = bptt.gradient(&batch, STEPS, &part).unwrap().values;
            parts.iter_mut().zip(own).for_each(|(s, g)| *s += g * share / 60.0);
        }
        assert!(relative(&all, &parts) < 1e-12, "{model}");
    }
}
