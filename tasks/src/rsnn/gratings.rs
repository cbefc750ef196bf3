//! Detecting a change of orientation: the gratings of the mouse-V1 task as units of the LGN see them.
//!
//! A trial is a sequence of cycles of gray, a grating and gray. From the second cycle on a grating is another one than
//! the last with some probability, else the same. The channels are units of the LGN with a receptive field near the
//! centre of the visual field, drawn from those whose rate a grating raises; their spikes are Poisson. The label is 1 from
//! the onset of a grating that differs from the last one to the next onset (or the end of the trial), else 0. The steps
//! from the onset of the second grating on count, so guessing is right half of the time.
//!
//! | field | default | unit |
//! |---|---|---|
//! | `channels` | 16 | |
//! | `cycles` | 4 | |
//! | `gray_before_ms`, `image_ms`, `gray_after_ms` | 50, 100, 150 | ms |
//! | `change_probability` | 0.5 | |
//! | `orientations_deg`, none: 120..150 in steps of 0.1 | none | deg |
//! | `radius_deg`, distance of a receptive field from the centre | 20 | deg |
//! | `gain`, factor of the rates | 4 | |
//!
//! Harder than a change of coherence: a grating differs from the last one in which units fire, and how the last one
//! looked has to be kept over 200 ms of gray. Less gray makes it easier; `orientations_deg = [45, 135]` leaves two gratings
//! far apart to tell.
//!
//! A unit of the LGN fires at 8 Hz on average in these trials. A network has few channels where the circuit has
//! thousands, so `gain` makes one stand for several: with 4 the mean rate of the channels is about that of
//! [`Coherence`](super::Coherence), 35 Hz.
//!
//! Sources: Chen, Scherr and Maass 2022, Sci Adv 8:eabq7592, doi 10.1126/sciadv.abq7592 (task); Billeh et al. 2020, Neuron
//! 106:388, doi 10.1016/j.neuron.2020.01.040 (units of the LGN). Trials of a few cycles with a label for every step, the
//! draw of units and `gain` are choices of this crate.

use super::{LabelledInput, LabelledTrial};
use crate::TaskError;
use crate::change_detection::{Domain, GratingConfig, Gratings, Shown, Split};
use crate::mouse_v1::lgn::{LgnFilters, LgnUnit, Presentation, Rates, SpikeLists, lgn_units, poisson_spikes};
use crate::mouse_v1::tables::LGN_FIELD_DEG;
use crate::stimuli::StaticGrating;
use evoplast_evolve::Address;
use evoplast_synapse::SpikeRaster;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Increase over the spontaneous rate (Hz) by which a unit shows that it responds.
const RESPONSE_HZ: f64 = 10.0;
/// Orientations and phases (deg) of the gratings by which units are chosen: those of the task and at right angles.
const PROBE_ORIENTATIONS_DEG: [f64; 4] = [45.0, 90.0, 135.0, 180.0];
const PROBE_PHASES_DEG: [f64; 4] = [0.0, 90.0, 180.0, 270.0];
/// Longest trial (ms).
const MAX_TRIAL_MS: usize = 100_000;

const STREAM_MOSAIC: u64 = 34;
const STREAM_CHANNELS: u64 = 35;
const STREAM_SEQUENCE: u64 = 36;
const STREAM_SPIKES: u64 = 37;

/// What trials are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GratingChangeConfig {
    /// Seed of the units of the LGN and of which of them are the channels.
    pub seed: u64,
    /// Number of units.
    pub channels: usize,
    /// Gratings in a trial.
    pub cycles: usize,
    /// Gray before a grating (ms).
    pub gray_before_ms: usize,
    /// A grating (ms).
    pub image_ms: usize,
    /// Gray after a grating (ms).
    pub gray_after_ms: usize,
    /// Probability that a grating differs from the last one.
    pub change_probability: f64,
    /// Orientations to choose from (deg, rounded to 0.1); empty for those of the task, 120..150.
    pub orientations_deg: Vec<f64>,
    /// Phase, contrast and spatial frequency.
    pub gratings: GratingConfig,
    /// Largest distance of a receptive field from the centre of the field (deg).
    pub radius_deg: f64,
    /// Factor of the rates.
    pub gain: f64,
}

impl Default for GratingChangeConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            channels: 16,
            cycles: 4,
            gray_before_ms: 50,
            image_ms: 100,
            gray_after_ms: 150,
            change_probability: 0.5,
            orientations_deg: vec![],
            gratings: GratingConfig::default(),
            radius_deg: 20.0,
            gain: 4.0,
        }
    }
}

impl GratingChangeConfig {
    /// Steps of 1 ms of a cycle.
    fn cycle(&self) -> usize {
        self.gray_before_ms.saturating_add(self.image_ms).saturating_add(self.gray_after_ms)
    }

    fn onset(&self, cycle: usize) -> usize {
        cycle * self.cycle() + self.gray_before_ms
    }

    fn check(&self) -> Result<(), TaskError> {
        let bad = |name: &str, found: String, expected: &str| Err(TaskError::parameter(name, found, expected));
        if self.channels == 0 {
            return bad("channels", "0".into(), "at least 1");
        }
        if self.cycles < 2 {
            return bad("cycles", self.cycles.to_string(), "at least 2, as the first grating has no predecessor");
        }
        if self.image_ms == 0 {
            return bad("image_ms", "0".into(), "at least 1");
        }
        if self.cycle().saturating_mul(self.cycles) > MAX_TRIAL_MS {
            let found = format!("{} of {} ms", self.cycles, self.cycle());
            return bad("cycles", found, &format!("at most {MAX_TRIAL_MS} ms in all"));
        }
        if !(0.0..=1.0).contains(&self.change_probability) {
            return bad("change_probability", self.change_probability.to_string(), "0..=1");
        }
        for (name, x) in [("radius_deg", self.radius_deg), ("gain", self.gain)] {
            if !(x.is_finite() && x > 0.0) {
                return bad(name, x.to_string(), "a positive number");
            }
        }
        if let Some(x) = self.orientations_deg.iter().find(|x| !(0.0..=180.0).contains(*x)) {
            return bad("orientations_deg", x.to_string(), "0..=180");
        }
        let mut known: Vec<u64> = self.tenths();
        known.sort_unstable();
        known.dedup();
        if known.len() == 1 || known.len() < self.orientations_deg.len() {
            return bad("orientations_deg", format!("{:?}", self.orientations_deg), "none, or at least 2 that differ");
        }
        Ok(())
    }

    fn tenths(&self) -> Vec<u64> {
        self.orientations_deg.iter().map(|x| (10.0 * x).round() as u64).collect()
    }
}

/// A generator of trials.
pub struct GratingChange {
    config: GratingChangeConfig,
    filters: Arc<LgnFilters>,
    gratings: Gratings,
    tenths: Vec<u64>,
}

impl GratingChange {
    /// Draws the units of the LGN and the channels among them.
    ///
    /// # Errors
    /// A parameter outside its domain, or more channels than units near the centre respond to gratings.
    pub fn new(config: GratingChangeConfig) -> Result<Self, TaskError> {
        config.check()?;
        let at = Address { run: config.seed, generation: 0, candidate: 0, episode: 0 };
        let units = lgn_units(&mut at.rng(STREAM_MOSAIC));
        let mut selection = responsive(&units, &config)?;
        if selection.len() < config.channels {
            let expected =
                format!("at most {}, the units within `radius_deg` that respond to gratings", selection.len());
            return Err(TaskError::parameter("channels", config.channels, &expected));
        }
        let (chosen, _) = selection.partial_shuffle(&mut at.rng(STREAM_CHANNELS), config.channels);
        chosen.sort_unstable();
        let filters = Arc::new(LgnFilters::new(&units, chosen, config.image_ms)?);
        let gratings = Gratings::new(Arc::clone(&filters), config.gratings)?;
        Ok(Self { tenths: config.tenths(), config, filters, gratings })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &GratingChangeConfig {
        &self.config
    }

    /// Orientations of the gratings of a trial (tenths of a degree).
    #[must_use]
    pub fn orientations(&self, at: &Address) -> Vec<u64> {
        self.sequence(at).iter().map(|shown| shown.identity).collect()
    }

    /// Rates of the channels in a trial, with gain.
    #[must_use]
    pub fn rates(&self, at: &Address) -> Rates {
        self.rates_of(&self.sequence(at))
    }

    fn sequence(&self, at: &Address) -> Vec<Shown> {
        let mut rng = at.rng(STREAM_SEQUENCE);
        let mut shown = vec![self.draw(None, &mut rng)];
        for cycle in 1..self.config.cycles {
            let last = &shown[cycle - 1];
            let changes = rng.random::<f64>() < self.config.change_probability;
            let next = if changes { self.draw(Some(last), &mut rng) } else { self.gratings.repeat(last, &mut rng) };
            shown.push(next);
        }
        shown
    }

    fn draw(&self, last: Option<&Shown>, rng: &mut dyn Rng) -> Shown {
        if self.tenths.is_empty() {
            return self.gratings.draw(Split::Train, last, rng);
        }
        let others: Vec<u64> = self.tenths.iter().copied().filter(|&t| last.is_none_or(|s| s.identity != t)).collect();
        self.gratings.show(others[rng.random_range(0..others.len())], rng)
    }

    fn rates_of(&self, shown: &[Shown]) -> Rates {
        let seen = |(cycle, shown)| {
            let shown: &Shown = shown;
            Presentation { onset_ms: self.config.onset(cycle) as i64, image: &shown.response }
        };
        let seen: Vec<Presentation<'_>> = shown.iter().enumerate().map(seen).collect();
        let mut rates = Rates::default();
        let own = self.filters.drive(&seen, 0..self.steps() as i64, &mut rates);
        own.expect("gratings are seen by the filters of the channels");
        rates.scale(self.config.gain as f32);
        rates
    }
}

/// Units with a receptive field near the centre of the visual field whose rate some grating raises.
fn responsive(units: &[LgnUnit], config: &GratingChangeConfig) -> Result<Vec<usize>, TaskError> {
    let centre = (0.5 * LGN_FIELD_DEG.0, 0.5 * LGN_FIELD_DEG.1);
    let near = |unit: &LgnUnit| {
        let (x, y) = unit.position_deg();
        (x - centre.0).hypot(y - centre.1) <= config.radius_deg
    };
    let near: Vec<usize> = (0..units.len()).filter(|&u| near(&units[u])).collect();
    let filters = LgnFilters::new(units, &near, config.image_ms)?;
    let mut responds = vec![false; near.len()];
    let mut rates = Rates::default();
    let GratingConfig { contrast, sf_cpd, .. } = config.gratings;
    for orientation_deg in PROBE_ORIENTATIONS_DEG {
        for phase_deg in PROBE_PHASES_DEG {
            let grating = StaticGrating::change_detection(orientation_deg, phase_deg);
            let grating = StaticGrating { contrast, sf_cpd, ..grating };
            grating.validate()?;
            let image = filters.see_grating(&grating);
            let seen = [Presentation { onset_ms: 0, image: &image }];
            filters.drive(&seen, 0..config.cycle() as i64, &mut rates)?;
            for (k, responds) in responds.iter_mut().enumerate() {
                let threshold = units[near[k]].spont_hz() + RESPONSE_HZ;
                *responds |= rates.unit(k).iter().any(|&hz| f64::from(hz) >= threshold);
            }
        }
    }
    Ok(near.into_iter().zip(responds).filter_map(|(unit, responds)| responds.then_some(unit)).collect())
}

impl LabelledInput for GratingChange {
    fn channels(&self) -> usize {
        self.config.channels
    }

    fn steps(&self) -> usize {
        self.config.cycles * self.config.cycle()
    }

    fn window(&self) -> Range<usize> {
        self.config.onset(1)..self.steps()
    }

    fn trial(&self, at: &Address) -> LabelledTrial {
        let shown = self.sequence(at);
        let mut spikes = SpikeLists::default();
        poisson_spikes(&self.rates_of(&shown), &mut at.rng(STREAM_SPIKES), &mut spikes);
        let (mut input, mut now) = (SpikeRaster::new(), Vec::new());
        let mut label = vec![0; self.steps()];
        for step in 0..self.steps() {
            // A channel is silent or not in a step, however often its unit fires.
            now.clear();
            now.extend_from_slice(spikes.at(step));
            now.dedup();
            input.push_step(&now);
        }
        for cycle in 1..self.config.cycles {
            let changed = shown[cycle].identity != shown[cycle - 1].identity;
            label[self.config.onset(cycle)..].fill(u8::from(changed));
        }
        let change = label.iter().position(|&y| y == 1);
        LabelledTrial { input, label, change }
    }
}
