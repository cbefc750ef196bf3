//! Giving up a hopeless candidate before its session ends: when, and what is recorded.
//!
//! | reason | a session stops, in training or validation |
//! |---|---|
//! | runaway | as soon as a trial has more spikes than the limit on its mean rate allows it as a whole |
//! | runaway | as soon as the mean rate over the last so many ms passes a limit of its own, across trials |
//! | silent | after so many trials in a row whose mean rate is below a limit |
//!
//! The first is exact: a stopped trial would have passed the limit at its end, whatever came next, so the same
//! candidates fail as if every trial were simulated to its end. A network that fires at r Hz is stopped after
//! `runaway_hz / r` of a cycle: at 500 Hz and a limit of 50 Hz after 30 of 300 ms. The second stops bursts that are too
//! short to move the mean of a trial. Both have rates over all neurons, one number per step.
//!
//! Silence is no proof of hopelessness while a rule is on, for terms of R alone change weights without any spike, and
//! a quiet network is a legitimate answer to five of the six objectives. It takes several trials in a row, and it is
//! off by default, as is the window. Nothing is stopped in the warm-up, in which the rule is off and all candidates are the
//! same network.

use crate::error::TaskError;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// When a session is given up; the candidate then fails with the reason on record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStop {
    /// Largest mean rate of a trial over all neurons (Hz).
    pub runaway_hz: f64,
    /// Largest mean rate over a shorter time; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<RateWindow>,
    /// When a network counts as fallen silent; never by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
}

/// A limit on the mean rate over the last `ms`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateWindow {
    /// Length (ms), 1..=10000; it slides over the ends of trials.
    pub ms: u32,
    /// Largest mean rate over all neurons (Hz). An answer to an image may last as long as the window: a limit well
    /// above `runaway_hz` leaves it alone.
    pub hz: f64,
}

/// A limit below which a network is silent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// Mean rate of a trial over all neurons (Hz).
    pub hz: f64,
    /// Trials in a row, at least 1.
    pub trials: usize,
}

impl Default for EarlyStop {
    fn default() -> Self {
        Self { runaway_hz: 100.0, window: None, silence: None }
    }
}

impl EarlyStop {
    /// Checks the ranges.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self) -> Result<(), TaskError> {
        let mut rates = vec![("early_stop.runaway_hz", self.runaway_hz)];
        rates.extend(self.window.map(|w| ("early_stop.window.hz", w.hz)));
        rates.extend(self.silence.map(|s| ("early_stop.silence.hz", s.hz)));
        for (name, hz) in rates {
            if hz.is_nan() || hz <= 0.0 {
                return Err(TaskError::parameter(name, hz, "a positive number"));
            }
        }
        if let Some(w) = self.window.filter(|w| !(1..=MAX_WINDOW_MS).contains(&w.ms)) {
            return Err(TaskError::parameter("early_stop.window.ms", w.ms, &format!("1..={MAX_WINDOW_MS}")));
        }
        if self.silence.is_some_and(|s| s.trials == 0) {
            return Err(TaskError::parameter("early_stop.silence.trials", 0, "at least 1"));
        }
        Ok(())
    }
}

/// Longest window.
const MAX_WINDOW_MS: u32 = 10_000;

/// Why a session was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopKind {
    /// Too much activity.
    Runaway,
    /// No activity.
    Silent,
}

impl StopKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Runaway, Self::Silent];

    /// One word for tables.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Runaway => "runaway",
            Self::Silent => "silent",
        }
    }
}

/// The record of a session that was given up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stopped {
    /// Why.
    pub kind: StopKind,
    /// The trial, counted over training and validation.
    pub trial: usize,
    /// The step within the trial (ms), the last that was simulated.
    pub step: u32,
    /// Mean rate over all neurons (Hz) ...
    pub rate_hz: f64,
    /// ... in the last so many ms.
    pub over_ms: u32,
    /// Steps of the session that were simulated, warm-up included (ms).
    pub simulated_ms: u32,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, digits) = match self.kind {
            StopKind::Runaway => ("runaway activity", 0),
            StopKind::Silent => ("silence", 3),
        };
        let Self { rate_hz, over_ms, trial, step, .. } = self;
        write!(f, "{what}: {rate_hz:.digits$} Hz over {over_ms} ms at step {step} of trial {trial}")
    }
}

/// Watches the activity of one session.
#[derive(Debug)]
pub(super) struct Monitor {
    stop: EarlyStop,
    neurons: f64,
    cycle_ms: u32,
    warm_up_ms: u32,
    trial: usize,
    step: u32,
    in_trial: usize,
    /// Spikes of the last steps, at most as many as the window has, and their sum.
    recent: VecDeque<usize>,
    in_window: usize,
    /// Silent trials in a row, and their spikes.
    quiet: (usize, usize),
}

impl Monitor {
    pub fn new(stop: EarlyStop, neurons: usize, warm_up_ms: u32, cycle_ms: u32) -> Self {
        Self {
            stop,
            neurons: neurons as f64,
            cycle_ms,
            warm_up_ms,
            trial: 0,
            step: 0,
            in_trial: 0,
            recent: VecDeque::with_capacity(stop.window.map_or(0, |w| w.ms as usize)),
            in_window: 0,
            quiet: (0, 0),
        }
    }

    fn rate_hz(&self, spikes: usize, ms: u32) -> f64 {
        spikes as f64 / self.neurons * 1000.0 / f64::from(ms)
    }

    fn stopped(&self, kind: StopKind, spikes: usize, over_ms: u32) -> Stopped {
        let simulated_ms = self.warm_up_ms + self.trial as u32 * self.cycle_ms + self.step + 1;
        let rate_hz = self.rate_hz(spikes, over_ms);
        Stopped { kind, trial: self.trial, step: self.step, rate_hz, over_ms, simulated_ms }
    }

    /// Takes in the number of spikes of the next step of a trial.
    pub fn step(&mut self, spikes: usize) -> Result<(), Stopped> {
        self.in_trial += spikes;
        if self.rate_hz(self.in_trial, self.cycle_ms) > self.stop.runaway_hz {
            return Err(self.stopped(StopKind::Runaway, self.in_trial, self.step + 1));
        }
        if let Some(window) = self.stop.window {
            if self.recent.len() == window.ms as usize {
                self.in_window -= self.recent.pop_front().unwrap_or(0);
            }
            self.recent.push_back(spikes);
            self.in_window += spikes;
            if self.rate_hz(self.in_window, window.ms) > window.hz {
                return Err(self.stopped(StopKind::Runaway, self.in_window, self.recent.len() as u32));
            }
        }
        if self.step + 1 < self.cycle_ms {
            self.step += 1;
            return Ok(());
        }
        self.end_of_trial()
    }

    fn end_of_trial(&mut self) -> Result<(), Stopped> {
        if let Some(silence) = self.stop.silence {
            self.quiet = if self.rate_hz(self.in_trial, self.cycle_ms) < silence.hz {
                (self.quiet.0 + 1, self.quiet.1 + self.in_trial)
            } else {
                (0, 0)
            };
            if self.quiet.0 == silence.trials {
                return Err(self.stopped(StopKind::Silent, self.quiet.1, self.quiet.0 as u32 * self.cycle_ms));
            }
        }
        (self.trial, self.step, self.in_trial) = (self.trial + 1, 0, 0);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Spikes per step of trials of 30 ms among 10 neurons until the session stops.
    fn watch(stop: EarlyStop, spikes: &[usize]) -> Option<Stopped> {
        let mut monitor = Monitor::new(stop, 10, 200, 30);
        spikes.iter().find_map(|&s| monitor.step(s).err())
    }

    fn limit(runaway_hz: f64) -> EarlyStop {
        EarlyStop { runaway_hz, ..EarlyStop::default() }
    }

    #[test]
    fn an_explosion_stops_at_the_step_that_decides_the_trial() {
        // 50 Hz allow 15 spikes in a trial; 10 a step from step 35 on, that is step 5 of trial 1.
        let spikes: Vec<usize> = (0..90).map(|t| if t >= 35 { 10 } else { 0 }).collect();
        let found = watch(limit(50.0), &spikes).unwrap();
        let expected = Stopped {
            kind: StopKind::Runaway,
            trial: 1,
            step: 6,
            rate_hz: 20.0 / 10.0 / 7e-3,
            over_ms: 7,
            simulated_ms: 237,
        };
        assert!((found.rate_hz - expected.rate_hz).abs() < 1e-9);
        assert_eq!(Stopped { rate_hz: expected.rate_hz, ..found }, expected);
        assert_eq!(found.to_string(), "runaway activity: 286 Hz over 7 ms at step 6 of trial 1");
        // The limit itself is allowed.
        assert_eq!(watch(limit(50.0), &[15]), None);
        assert!(watch(limit(50.0), &[16]).is_some());
    }

    #[test]
    fn the_window_slides_over_the_ends_of_trials() {
        let stop = EarlyStop { window: Some(RateWindow { ms: 10, hz: 100.0 }), ..limit(f64::INFINITY) };
        // 10 spikes in 10 ms are the limit; 6 before and 5 after the end of the first trial are more.
        let mut spikes = vec![0; 60];
        (spikes[25], spikes[31]) = (6, 5);
        let found = watch(stop, &spikes).unwrap();
        assert_eq!((found.kind, found.trial, found.step, found.over_ms), (StopKind::Runaway, 1, 1, 10));
        assert!((found.rate_hz - 110.0).abs() < 1e-9);
        (spikes[25], spikes[21]) = (0, 6);
        assert_eq!(watch(stop, &spikes), None, "10 ms apart");
    }

    #[test]
    fn silence_takes_trials_in_a_row() {
        let stop = EarlyStop { silence: Some(Silence { hz: 5.0, trials: 2 }), ..limit(100.0) };
        // 5 Hz are 1.5 spikes in a trial.
        let trials = |counts: &[usize]| -> Vec<usize> {
            counts.iter().flat_map(|&c| (0..30).map(move |t| if t == 3 { c } else { 0 })).collect()
        };
        assert_eq!(watch(stop, &trials(&[1, 2, 0, 2, 1, 2])), None);
        let found = watch(stop, &trials(&[2, 1, 0, 2])).unwrap();
        let expected =
            Stopped { kind: StopKind::Silent, trial: 2, step: 29, rate_hz: 1.0 / 0.6, over_ms: 60, simulated_ms: 290 };
        assert!((found.rate_hz - expected.rate_hz).abs() < 1e-9);
        assert_eq!(Stopped { rate_hz: expected.rate_hz, ..found }, expected);
    }

    proptest! {
        /// The same trial fails as if the mean rate were looked at after every trial.
        #[test]
        fn stopping_within_a_trial_changes_no_decision(
            spikes in prop::collection::vec(0_usize..3, 300), runaway_hz in 80.0..120.0_f64,
        ) {
            let at_ends = spikes.chunks(30).position(|c| c.iter().sum::<usize>() as f64 / 10.0 / 30e-3 > runaway_hz);
            prop_assert_eq!(watch(limit(runaway_hz), &spikes).map(|s| s.trial), at_ends);
        }

        /// The running sum of the window against sums from scratch.
        #[test]
        fn the_window_is_a_sliding_sum(
            spikes in prop::collection::vec(0_usize..4, 300), ms in 1_u32..80, hz in 150.0..400.0_f64,
        ) {
            let stop = EarlyStop { window: Some(RateWindow { ms, hz }), ..limit(f64::INFINITY) };
            let over = |t: &usize| {
                let recent: usize = spikes[(t + 1).saturating_sub(ms as usize)..=*t].iter().sum();
                recent as f64 / 10.0 * 1000.0 / f64::from(ms) > hz
            };
            let found = watch(stop, &spikes).map(|s| s.trial * 30 + s.step as usize);
            prop_assert_eq!(found, (0..300).find(over));
        }
    }

    #[test]
    fn limits_out_of_range_name_the_field() {
        let window = |ms, hz| EarlyStop { window: Some(RateWindow { ms, hz }), ..EarlyStop::default() };
        let silence = |hz, trials| EarlyStop { silence: Some(Silence { hz, trials }), ..EarlyStop::default() };
        for (stop, start) in [
            (limit(0.0), "early_stop.runaway_hz: found 0"),
            (limit(f64::NAN), "early_stop.runaway_hz: found NaN"),
            (window(0, 100.0), "early_stop.window.ms: found 0"),
            (window(10_001, 100.0), "early_stop.window.ms: found 10001"),
            (window(100, -1.0), "early_stop.window.hz: found -1"),
            (silence(0.0, 3), "early_stop.silence.hz: found 0"),
            (silence(0.1, 0), "early_stop.silence.trials: found 0"),
        ] {
            let message = stop.check().unwrap_err().to_string();
            assert!(message.starts_with(start) && message.contains("expected"), "{message}");
        }
    }
}
