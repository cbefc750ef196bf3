//! Turn one neuron off by its input, with a loss that is nearly a step, and say which way off was found.
//!
//! A Morris-Lecar neuron gets the current `I = 100 W`; the loss is the mean over samples at every millisecond of
//! `1/(1 + e^(-K (V - 20)))`, the share of time above 20 mV, which is 0 for a neuron that does not fire. There are two such
//! neurons: one that rests ([`Off::Silent`]), and one that is held above threshold by too much current
//! ([`Off::DepolarisationBlock`]), which a search finds from above as easily.
//!
//! | symbol | field | default | unit |
//! |---|---|---|---|
//! | K | `steepness_per_mv` | 100 | 1/mV |
//! | duration | `duration_ms` | 500 | ms |
//! | steps of RK4 | `steps_per_ms` | 20 | 1/ms |
//! | range of W | `range` | 0..1.5 | |
//! | C | `c_m_uf_per_cm2` | 1 | uF/cm2 |
//! | E_L, mean and deviation | `e_l_mv` | -55, 2.5 | mV |
//! | neurons of an evaluation | `neurons` | 8 | |
//!
//! Source: Hazelden et al. 2023, doi:10.48550/arXiv.2311.10869, after the authors' code, in which the capacitance is missing
//! from the equation; the other parameters are those of
//! [`MorrisLecarParams::hazelden`]. There W stays in 0.5..1.5, where the only way off is the depolarisation block.

use crate::TaskError;
use evoplast_evolve::{Address, Evaluation, Failure, Objective, ObjectiveInfo, SearchSpace, Variable};
use evoplast_neuron::dynamics::{Dynamics, MorrisLecar, MorrisLecarParams, Rk4, Scheme, parameters_as};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

const STREAM_LEAK: u64 = 46;
/// Potential above which a sample counts (mV).
const LEVEL_MV: f64 = 20.0;
/// Mean potential between rest and depolarisation block (mV).
const BETWEEN_MV: f64 = -15.0;

/// The neuron and the loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TurnOffConfig {
    /// Steepness K of the loss (1/mV).
    pub steepness_per_mv: f64,
    /// Duration (ms), a whole number.
    pub duration_ms: usize,
    /// Steps of RK4 in 1 ms.
    pub steps_per_ms: usize,
    /// Least and largest W.
    pub range: (f64, f64),
    /// Capacitance C (uF/cm2).
    pub c_m_uf_per_cm2: f64,
    /// Mean and deviation of the reversal potential of the leak (mV).
    pub e_l_mv: (f64, f64),
    /// Neurons of an evaluation.
    pub neurons: usize,
}

impl Default for TurnOffConfig {
    fn default() -> Self {
        Self {
            steepness_per_mv: 100.0,
            duration_ms: 500,
            steps_per_ms: 20,
            range: (0.0, 1.5),
            c_m_uf_per_cm2: 1.0,
            e_l_mv: (-55.0, 2.5),
            neurons: 8,
        }
    }
}

/// What a neuron does in the second half of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// It rests.
    Silent,
    /// It is held above threshold and does not fire.
    DepolarisationBlock,
    /// It fires.
    Firing,
}

/// The task as an objective of one gene.
#[derive(Debug, Clone)]
pub struct TurnOff {
    config: TurnOffConfig,
    space: SearchSpace,
    objectives: [ObjectiveInfo; 1],
    metrics: [String; 3],
}

impl TurnOff {
    /// Checks the configuration.
    ///
    /// # Errors
    /// A parameter outside its domain; the error names it.
    pub fn new(config: TurnOffConfig) -> Result<Self, TaskError> {
        for (name, found) in [("steepness_per_mv", config.steepness_per_mv), ("c_m_uf_per_cm2", config.c_m_uf_per_cm2)]
        {
            if !(found.is_finite() && found > 0.0) {
                return Err(TaskError::parameter(name, found, "a positive number"));
            }
        }
        for (name, found) in
            [("duration_ms", config.duration_ms), ("steps_per_ms", config.steps_per_ms), ("neurons", config.neurons)]
        {
            if found == 0 {
                return Err(TaskError::parameter(name, found, "at least 1"));
            }
        }
        let (mean, deviation) = config.e_l_mv;
        if !(mean.is_finite() && deviation.is_finite() && deviation >= 0.0) {
            return Err(TaskError::parameter("e_l_mv", format!("{mean}, {deviation}"), "a mean and a deviation >= 0"));
        }
        let space = SearchSpace::new(vec![Variable::real("w", config.range.0, config.range.1)]);
        let space = space.map_err(|e| TaskError::parameter("range", e, "a range"))?;
        let metrics = ["silent", "depolarisation_block", "firing"].map(str::to_owned);
        Ok(Self { config, space, objectives: [ObjectiveInfo::new("share of time above 20 mV", true)], metrics })
    }

    /// Loss and behaviour of one neuron with this leak (mV) at W.
    ///
    /// # Errors
    /// A potential that is not finite: the step is too long.
    pub fn neuron(&self, w: f64, e_l_mv: f64) -> Result<(f64, Off), TaskError> {
        let c = &self.config;
        let params = MorrisLecarParams { c_m_uf_per_cm2: c.c_m_uf_per_cm2, e_l_mv, ..MorrisLecarParams::hazelden() };
        MorrisLecar::check(&params, 0).map_err(|e| TaskError::Network(e.into()))?;
        let p = parameters_as::<MorrisLecar, f64>(&params);
        let dt = 1.0 / c.steps_per_ms as f64;
        let mut x = [-40.0, 0.014173];
        let (mut loss, mut mean, mut above) = (0.0, 0.0, false);
        for ms in 0..c.duration_ms {
            loss += 1.0 / (1.0 + (-(c.steepness_per_mv * (x[0] - LEVEL_MV)).clamp(-700.0, 700.0)).exp());
            for _ in 0..c.steps_per_ms {
                x = Rk4::step::<MorrisLecar, f64>(&p, &x, 100.0 * w, dt);
            }
            if !x[0].is_finite() {
                return Err(TaskError::parameter("steps_per_ms", c.steps_per_ms, "enough for a finite potential"));
            }
            if ms >= c.duration_ms / 2 {
                above |= x[0] > LEVEL_MV;
                mean += x[0] / (c.duration_ms - c.duration_ms / 2) as f64;
            }
        }
        let off = match (above, mean > BETWEEN_MV) {
            (true, _) => Off::Firing,
            (false, true) => Off::DepolarisationBlock,
            (false, false) => Off::Silent,
        };
        Ok((loss / c.duration_ms as f64, off))
    }
}

impl Objective for TurnOff {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        &self.objectives
    }

    /// Shares of the neurons that are silent, blocked and firing.
    fn metrics(&self) -> &[String] {
        &self.metrics
    }

    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        let (mean, deviation) = self.config.e_l_mv;
        let (mut loss, mut shares) = (0.0, [0.0; 3]);
        let part = 1.0 / self.config.neurons as f64;
        for k in 0..self.config.neurons as u64 {
            let z: f64 = StandardNormal.sample(&mut at.common().with_episode(k).rng(STREAM_LEAK));
            let found = self.neuron(genome[0], mean + deviation * z).map_err(|e| Failure::new(e.to_string()))?;
            loss += part * found.0;
            shares[match found.1 {
                Off::Silent => 0,
                Off::DepolarisationBlock => 1,
                Off::Firing => 2,
            }] += part;
        }
        Ok(Evaluation::new(vec![loss]).with_metrics(shares.to_vec()))
    }
}
