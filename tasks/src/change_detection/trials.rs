//! The trials of one session: what is shown, and the spikes that the LGN and the background send, drawn once and
//! shared by every candidate that is tried on them.

use super::domain::{Domain, Shown, Split};
use super::session_input::{HOLD_MS, SessionInput};
use crate::error::TaskError;
use crate::mouse_v1::V1Circuit;
use crate::mouse_v1::lgn::{Presentation, Rates, SpikeLists, poisson_spikes};
use evoplast_evolve::Address;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Times within one presentation cycle (ms).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Gray before the image.
    pub gray_before_ms: u32,
    /// The image.
    pub image_ms: u32,
    /// Gray after the image.
    pub gray_after_ms: u32,
    /// Start of the response window after the start of the cycle.
    pub response_from_ms: u32,
    /// End of the response window.
    pub response_to_ms: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self { gray_before_ms: 50, image_ms: 100, gray_after_ms: 150, response_from_ms: 200, response_to_ms: 250 }
    }
}

impl Timing {
    /// Length of a cycle.
    #[must_use]
    pub fn cycle_ms(&self) -> u32 {
        self.gray_before_ms.saturating_add(self.image_ms).saturating_add(self.gray_after_ms)
    }

    /// The response window.
    #[must_use]
    pub fn response_ms(&self) -> Range<u32> {
        self.response_from_ms..self.response_to_ms
    }
}

/// Numbers of trials and their timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialConfig {
    /// Training trials (plasticity on) per domain.
    pub training: usize,
    /// Validation trials (plasticity off) per domain.
    pub validation: usize,
    /// Gray screen before the first trial (ms).
    pub warm_up_ms: u32,
    /// How LGN rates reach the neurons.
    pub lgn_drive: LgnDrive,
    /// Times within a cycle.
    pub timing: Timing,
}

impl Default for TrialConfig {
    fn default() -> Self {
        Self {
            training: 100,
            validation: 100,
            warm_up_ms: 500,
            lgn_drive: LgnDrive::default(),
            timing: Timing::default(),
        }
    }
}

impl TrialConfig {
    /// Checks that there are trials and that the response window lies in the cycle.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self) -> Result<(), TaskError> {
        let t = &self.timing;
        if self.validation < 3 {
            let why = "at least 3: the first has no predecessor, and both answers must occur";
            return Err(TaskError::parameter("trials.validation", self.validation, why));
        }
        for (name, found) in [("trials.training", self.training), ("trials.validation", self.validation)] {
            if found > 100_000 {
                return Err(TaskError::parameter(name, found, "at most 100000"));
            }
        }
        if self.warm_up_ms > MAX_WARM_UP_MS {
            return Err(TaskError::parameter(
                "trials.warm_up_ms",
                self.warm_up_ms,
                &format!("at most {MAX_WARM_UP_MS}"),
            ));
        }
        if [self.warm_up_ms, t.cycle_ms()].iter().any(|&ms| !(ms as usize).is_multiple_of(HOLD_MS)) {
            return Err(TaskError::parameter(
                "trials.timing",
                format!("a warm-up of {} ms and a cycle of {} ms", self.warm_up_ms, t.cycle_ms()),
                &format!("multiples of {HOLD_MS} ms"),
            ));
        }
        if t.image_ms == 0 || t.cycle_ms() > 10_000 {
            return Err(TaskError::parameter(
                "trials.timing",
                format!("an image of {} ms in a cycle of {} ms", t.image_ms, t.cycle_ms()),
                "an image of at least 1 ms in a cycle of at most 10000 ms",
            ));
        }
        if t.response_from_ms >= t.response_to_ms || t.response_to_ms > t.cycle_ms() {
            return Err(TaskError::parameter(
                "trials.timing.response_to_ms",
                t.response_to_ms,
                &format!("after {} and at most {}", t.response_from_ms, t.cycle_ms()),
            ));
        }
        Ok(())
    }

    /// Steps of 1 ms of a whole session.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.warm_up_ms as usize + (self.training + self.validation) * self.timing.cycle_ms() as usize
    }
}

/// A session's input, from warm-up to the last validation trial.
#[derive(Debug, Clone)]
pub struct TrialSet {
    /// Numbers and timing.
    pub config: TrialConfig,
    /// Per trial, training first: is the image another one than before? The first of each part is not.
    pub changed: Vec<bool>,
    /// Per trial: identity of the image.
    pub identity: Vec<u64>,
    /// Input of the network.
    pub input: SessionInput,
}

/// Longest warm-up.
const MAX_WARM_UP_MS: u32 = 600_000;

/// How LGN rates reach the neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LgnDrive {
    /// Poisson spikes, independent between units, as in Billeh et al. 2020.
    Poisson,
    /// No spikes: `1.3 (1 - exp(-rate/1000 Hz))` of the weight every ms, as in Chen et al. 2022.
    #[default]
    Graded,
}

/// Random streams of a session.
const STREAM_SEQUENCE: u64 = 10;
const STREAM_BACKGROUND: u64 = 11;
const STREAM_LGN: u64 = 1 << 32;

impl TrialSet {
    /// Draws a session of `domain` for `circuit`. Everything follows from `address`; `component` keeps domains apart.
    ///
    /// # Errors
    /// A configuration that [`TrialConfig::check`] refuses.
    pub fn draw(
        config: TrialConfig,
        circuit: &V1Circuit,
        domain: &dyn Domain,
        address: &Address,
        component: u64,
    ) -> Result<Self, TaskError> {
        config.check()?;
        let timing = config.timing;
        let (cycle, warm_up) = (timing.cycle_ms() as i64, i64::from(config.warm_up_ms));
        let shift = component << 40;
        let (shown, changed) = sequence(config, domain, address, shift);

        let onset = |k: usize| warm_up + k as i64 * cycle + i64::from(timing.gray_before_ms);
        let memory = circuit.filters.memory_ms() as i64;
        let (mut rates, mut lists) = (Rates::default(), SpikeLists::default());
        let mut input = SessionInput::new(circuit, &config);
        for block in 0..=shown.len() {
            // Block 0 is the warm-up, block k + 1 is trial k; each has a random stream of its own.
            let range = match block {
                0 => 0..warm_up,
                b => warm_up + (b as i64 - 1) * cycle..warm_up + b as i64 * cycle,
            };
            let seen: Vec<Presentation<'_>> = (0..block)
                .rev()
                .take_while(|&k| onset(k) + memory > range.start)
                .map(|k| Presentation { onset_ms: onset(k), image: &shown[k].response })
                .collect();
            circuit.filters.drive(&seen, range.clone(), &mut rates)?;
            match config.lgn_drive {
                LgnDrive::Poisson => {
                    let mut rng = address.rng(STREAM_LGN + block as u64 + shift);
                    poisson_spikes(&rates, &mut rng, &mut lists);
                    input.push_lgn(&lists);
                }
                LgnDrive::Graded => input.push_graded(circuit, &rates),
            }
        }
        input.draw_background(circuit, config.steps(), &mut address.rng(STREAM_BACKGROUND + shift));
        Ok(Self { config, changed, identity: shown.iter().map(|s| s.identity).collect(), input })
    }

    /// First step of trial `k`, counted over training and validation.
    #[must_use]
    pub fn start_of(&self, k: usize) -> u32 {
        self.config.warm_up_ms + k as u32 * self.config.timing.cycle_ms()
    }
}

/// The images, and whether each differs from the one before. Half of the trials after the first of each part are
/// changes (rounded up), in random order.
fn sequence(config: TrialConfig, domain: &dyn Domain, address: &Address, shift: u64) -> (Vec<Shown>, Vec<bool>) {
    let mut rng = address.rng(STREAM_SEQUENCE + shift);
    let (mut shown, mut changed): (Vec<Shown>, Vec<bool>) = (vec![], vec![]);
    for (split, count) in [(Split::Train, config.training), (Split::Test, config.validation)] {
        let mut labels: Vec<bool> = (0..count.saturating_sub(1)).map(|k| k < count / 2).collect();
        labels.shuffle(&mut rng);
        for k in 0..count {
            let change = k > 0 && labels[k - 1];
            let next = match (k, change) {
                (0, _) => domain.draw(split, None, &mut rng),
                (_, true) => domain.draw(split, shown.last(), &mut rng),
                (_, false) => domain.repeat(&shown[shown.len() - 1], &mut rng),
            };
            shown.push(next);
            changed.push(change);
        }
    }
    (shown, changed)
}
