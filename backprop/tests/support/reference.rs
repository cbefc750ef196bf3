//! A naive simulation of one trial over any kind of number, written from the equations: with dual numbers it carries a
//! derivative forward in time, which is what backpropagation must equal.

use super::{DT_MS, Model, Net, TAU_OUT_MS};
use evoplast_backprop::{RatePenalty, Reset, SpikeFunction, Surrogate, VoltagePenalty};
use evoplast_neuron::KineticsShape;
use evoplast_synapse::SpikeRaster;
use std::ops::{Add, Mul, Sub};

/// A number and its derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dual(pub f64, pub f64);

impl Add for Dual {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(self.0 + o.0, self.1 + o.1)
    }
}
impl Sub for Dual {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self(self.0 - o.0, self.1 - o.1)
    }
}
impl Mul for Dual {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self(self.0 * o.0, self.0 * o.1 + self.1 * o.0)
    }
}

fn c(x: f64) -> Dual {
    Dual(x, 0.0)
}

/// What the reference is to do.
pub struct Case<'a> {
    pub net: &'a Net,
    pub raster: &'a SpikeRaster,
    pub steps: usize,
    pub surrogate: Surrogate,
    pub spike: SpikeFunction,
    pub reset: Reset,
    pub truncate: Option<usize>,
    pub rates: Option<RatePenalty>,
    pub voltage: Option<VoltagePenalty>,
    /// A derivative of 1 added to the spike of (step, neuron) as all but its own adaptation see it.
    pub seed: Option<(usize, usize)>,
}

/// Outputs `[step][output]`, cost of the penalties, and per step u, z and the potential after the step.
pub struct Run {
    pub outputs: Vec<Vec<Dual>>,
    pub penalty: Dual,
    pub u: Vec<Vec<Option<f64>>>,
    pub z: Vec<Vec<f64>>,
    pub v: Vec<Vec<f64>>,
}

struct Membrane {
    lambda: f64,
    kappa: f64,
    e_l: f64,
    v_th: f64,
    v_reset: f64,
    t_ref: f64,
}

fn membrane(net: &Net, j: usize) -> Membrane {
    let of = |c_m: f64, g: f64, e_l: f64, v_th: f64, v_reset: f64, t_ref: f64| {
        let lambda = (-DT_MS * g / c_m).exp();
        Membrane { lambda, kappa: (1.0 - lambda) / g, e_l, v_th, v_reset, t_ref }
    };
    match &net.model {
        Model::Lif(p) => of(p[j].c_m_pf, p[j].g_ns, p[j].e_l_mv, p[j].v_th_mv, p[j].v_reset_mv, p[j].t_ref_ms),
        Model::Alif(p) => {
            let p = &p[j].membrane;
            of(p.c_m_pf, p.g_ns, p.e_l_mv, p.v_th_mv, p.v_reset_mv, p.t_ref_ms)
        }
        Model::Glif3(p) => of(p[j].c_m_pf, p[j].g_ns, p[j].e_l_mv, p[j].v_th_mv, p[j].v_reset_mv, p[j].t_ref_ms),
    }
}

impl Case<'_> {
    fn fire(&self, u: Dual, refractory: bool) -> Dual {
        match self.spike {
            SpikeFunction::Hard if refractory => c(0.0),
            SpikeFunction::Hard => Dual(if u.0 > 0.0 { 1.0 } else { 0.0 }, self.surrogate.derivative(u.0) * u.1),
            SpikeFunction::Smooth { slope } => {
                let z = 1.0 / (1.0 + (-slope * u.0).exp());
                Dual(z, slope * z * (1.0 - z) * u.1)
            }
        }
    }

    /// Runs with `weights` in the order of input, recurrent and output edges.
    pub fn run(&self, weights: &[Dual]) -> Run {
        let net = self.net;
        let n = net.n;
        let hard = self.spike == SpikeFunction::Hard;
        let ports = net.kinetics.len();
        let m: Vec<Membrane> = (0..n).map(|j| membrane(net, j)).collect();
        let rest = |j: usize| if matches!(net.model, Model::Glif3(_)) { m[j].v_reset } else { m[j].e_l };
        let mut v: Vec<Dual> = (0..n).map(|j| c(rest(j))).collect();
        let (mut z, mut seen) = (vec![c(0.0); n], vec![c(0.0); n]);
        let (mut b, mut a1, mut a2) = (vec![c(0.0); n], vec![c(0.0); n], vec![c(0.0); n]);
        let mut r = vec![0.0; n];
        let (mut psc, mut rise) = (vec![vec![c(0.0); n]; ports], vec![vec![c(0.0); n]; ports]);
        let mut arriving = vec![vec![vec![c(0.0); n]; ports]; self.steps + 300];
        let mut y = vec![c(0.0); net.n_out];
        let mut run = Run { outputs: vec![], penalty: c(0.0), u: vec![], z: vec![], v: vec![] };
        let mut count = vec![c(0.0); n];
        let mut excess = c(0.0);
        for t in 0..self.steps {
            if self.truncate.is_some_and(|k| t % k == 0) {
                let all = [&mut v, &mut z, &mut seen, &mut b, &mut a1, &mut a2, &mut y];
                let filters = psc.iter_mut().chain(&mut rise).chain(arriving.iter_mut().flatten());
                all.into_iter().chain(filters).flatten().for_each(|x| x.1 = 0.0);
            }
            let mut us = vec![];
            for j in 0..n {
                let mut current = c(f64::from(net.injected[j]));
                for (p, k) in net.kinetics.iter().enumerate() {
                    current = current + psc[p][j];
                    let x = arriving[t][p][j];
                    let beta = c((-DT_MS / k.tau_ms).exp());
                    match k.shape {
                        KineticsShape::Delta => psc[p][j] = x,
                        KineticsShape::Exponential => psc[p][j] = beta * psc[p][j] + x,
                        KineticsShape::Alpha => {
                            psc[p][j] = beta * (psc[p][j] + c(DT_MS) * rise[p][j]);
                            rise[p][j] = beta * rise[p][j] + c(std::f64::consts::E / k.tau_ms) * x;
                        }
                        KineticsShape::DoubleExponential => {
                            let rise_ms = k.rise_ms.unwrap();
                            let decay = |t: f64, tau: f64| (-t / tau).exp();
                            let peak_ms = (k.tau_ms / rise_ms).ln() / (1.0 / rise_ms - 1.0 / k.tau_ms);
                            let gain = 1.0 / (decay(peak_ms, k.tau_ms) - decay(peak_ms, rise_ms));
                            let beta_rise = c(decay(DT_MS, rise_ms));
                            psc[p][j] = beta * psc[p][j] + (beta - beta_rise) * rise[p][j];
                            rise[p][j] = beta_rise * rise[p][j] + c(gain) * x;
                        }
                    }
                }
                let m = &m[j];
                let gap = m.v_th - m.v_reset;
                let in_reset = |z: Dual| if self.reset == Reset::Attached { z } else { c(z.0) };
                let seed = if self.seed == Some((t, j)) { Dual(0.0, 1.0) } else { c(0.0) };
                let u;
                let refractory;
                if let Model::Glif3(p) = &net.model {
                    let p = &p[j];
                    let before = seen[j];
                    v[j] = c(m.e_l) + c(m.lambda) * (v[j] - c(m.e_l)) + c(m.kappa) * (current + a1[j] + a2[j])
                        - in_reset(before) * c(gap);
                    a1[j] = c((-p.asc_k_per_ms[0]).exp()) * a1[j] + before * c(p.asc_amp_pa[0]);
                    a2[j] = c((-p.asc_k_per_ms[1]).exp()) * a2[j] + before * c(p.asc_amp_pa[1]);
                    r[j] = if hard { (r[j] + before.0 * m.t_ref - DT_MS).max(0.0) } else { 0.0 };
                    refractory = r[j] > 0.0;
                    u = (v[j] - c(m.v_th)) * c(1.0 / gap);
                    z[j] = self.fire(u, refractory);
                    seen[j] = z[j] + seed;
                } else {
                    refractory = hard && r[j] > 0.5 * DT_MS;
                    let free = c(m.e_l) + c(m.lambda) * (v[j] - c(m.e_l)) + c(m.kappa) * current;
                    let next = if refractory { c(m.v_reset) } else { free };
                    let mut threshold = c(m.v_th);
                    if let Model::Alif(p) = &net.model {
                        threshold = threshold + c(p[j].beta_mv) * b[j];
                    }
                    u = (next - threshold) * c(1.0 / gap);
                    z[j] = self.fire(u, refractory);
                    seen[j] = z[j] + seed;
                    if let Model::Alif(p) = &net.model {
                        b[j] = c((-DT_MS / p[j].tau_b_ms).exp()) * b[j] + z[j];
                    }
                    let s = in_reset(seen[j]);
                    v[j] = (c(1.0) - s) * next + s * c(m.v_reset);
                    r[j] = if z[j].0 == 1.0 { m.t_ref } else { (r[j] - DT_MS).max(0.0) };
                }
                if let (Some(p), false) = (&self.voltage, refractory) {
                    let outside = if u.0 > p.upper {
                        u - c(p.upper)
                    } else if u.0 < p.lower {
                        u - c(p.lower)
                    } else {
                        c(0.0)
                    };
                    excess = excess + outside * outside;
                }
                count[j] = count[j] + z[j];
                us.push((!refractory).then_some(u.0));
            }
            let (input, after) = weights.split_at(net.input.len());
            let (recurrent, output) = after.split_at(net.recurrent.len());
            for &i in self.raster.at(t).unwrap() {
                for (&(pre, post, delay, _), &w) in net.input.iter().zip(input) {
                    if pre == i {
                        let x = &mut arriving[t + usize::from(delay)][0][post as usize];
                        *x = *x + w;
                    }
                }
            }
            for (&(pre, post, delay, _), &w) in net.recurrent.iter().zip(recurrent) {
                let port = usize::from(net.port[pre as usize]);
                let x = &mut arriving[t + usize::from(delay)][port][post as usize];
                *x = *x + w * seen[pre as usize];
            }
            y.iter_mut().for_each(|y| *y = c((-DT_MS / TAU_OUT_MS).exp()) * *y);
            for (&(pre, o, ..), &w) in net.output.iter().zip(output) {
                y[o as usize] = y[o as usize] + w * seen[pre as usize];
            }
            run.outputs.push(y.clone());
            run.u.push(us);
            run.z.push(z.iter().map(|z| z.0).collect());
            run.v.push(v.iter().map(|v| v.0).collect());
        }
        if let Some(p) = &self.rates {
            for x in count {
                let off = x * c(1.0 / (self.steps as f64 * DT_MS)) - c(p.target_per_ms);
                run.penalty = run.penalty + c(p.weight) * off * off;
            }
        }
        if let Some(p) = &self.voltage {
            run.penalty = run.penalty + c(p.weight / (n * self.steps) as f64) * excess;
        }
        run
    }

    /// Mean over steps and outputs of `(y - target)^2`, with the penalties.
    pub fn loss(&self, weights: &[Dual], target: impl Fn(usize, usize) -> f64) -> Dual {
        let run = self.run(weights);
        let mut sum = c(0.0);
        for (t, y) in run.outputs.iter().enumerate() {
            for (o, &y) in y.iter().enumerate() {
                let error = y - c(target(t, o));
                sum = sum + error * error;
            }
        }
        sum * c(1.0 / (self.steps * self.net.n_out) as f64) + run.penalty
    }

    /// The gradient by forward mode: one run per parameter.
    pub fn gradient(&self, target: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let mut weights: Vec<Dual> = self.net.weights().into_iter().map(c).collect();
        (0..weights.len())
            .map(|k| {
                weights[k].1 = 1.0;
                let slope = self.loss(&weights, &target).1;
                weights[k].1 = 0.0;
                slope
            })
            .collect()
    }
}
