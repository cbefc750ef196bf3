//! Progress of a long search: rate, time left, and the numbers worth watching.
//!
//! The time left comes from how long the last generations took from end to end, so that sorting, checkpoints and
//! everything else count, not the evaluations alone.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Generations in the moving average.
const WINDOW: usize = 8;

/// What one generation (or epoch) took.
#[derive(Debug, Clone, Copy)]
struct Lap {
    seconds: f64,
    evaluations: u64,
    simulated_s: f64,
}

/// Moving averages over the last generations. Knows no clock.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    laps: VecDeque<Lap>,
}

impl Pace {
    /// Adds a generation that took `seconds` from end to end.
    pub fn push(&mut self, seconds: f64, evaluations: u64, simulated_s: f64) {
        if self.laps.len() == WINDOW {
            self.laps.pop_front();
        }
        self.laps.push_back(Lap { seconds, evaluations, simulated_s });
    }

    /// Seconds for `generations` more, or `None` before the first is over.
    pub fn seconds_left(&self, generations: u64) -> Option<f64> {
        let laps = self.laps.len();
        (laps > 0).then(|| self.seconds() / laps as f64 * generations as f64)
    }

    /// Evaluations per second.
    pub fn evaluations_per_s(&self) -> f64 {
        self.per_second(self.laps.iter().map(|lap| lap.evaluations as f64).sum())
    }

    /// Simulated seconds per second.
    pub fn simulated_per_s(&self) -> f64 {
        self.per_second(self.laps.iter().map(|lap| lap.simulated_s).sum())
    }

    fn seconds(&self) -> f64 {
        self.laps.iter().map(|lap| lap.seconds).sum()
    }

    fn per_second(&self, amount: f64) -> f64 {
        let seconds = self.seconds();
        if seconds > 0.0 { amount / seconds } else { 0.0 }
    }
}

/// What a search tells after each generation. Generations and evaluations count from the start of the run, resumed
/// parts included.
#[derive(Debug, Clone, Copy)]
pub struct Generation<'a> {
    /// Generations done.
    pub done: u64,
    /// Evaluations done.
    pub evaluations: u64,
    /// Seconds of model time simulated in this generation.
    pub simulated_s: f64,
    /// Numbers worth watching, such as `("best", "0.652")` and `("front", "41")`.
    pub show: &'a [(&'a str, String)],
}

/// Shared with the bar, which redraws the time left between generations.
#[derive(Debug)]
struct Clock {
    pace: Pace,
    started: Instant,
    lap_started: Instant,
    left: u64,
}

/// A progress bar; one plain line per generation when stderr is no terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    terminal: bool,
    generations: u64,
    evaluations: u64,
    clock: Arc<Mutex<Clock>>,
}

/// Counts evaluations as they end; cheap to clone and to call from any thread.
#[derive(Debug, Clone)]
pub struct EvaluationCount {
    bar: ProgressBar,
}

impl EvaluationCount {
    /// Adds evaluations that are over.
    pub fn add(&self, evaluations: u64) {
        self.bar.inc(evaluations);
    }
}

impl Progress {
    /// Starts the display of a search of `generations`, about `evaluations` in all, of which `done` generations and
    /// `evaluations_done` evaluations were done before (0 for a new run).
    pub fn start(generations: u64, evaluations: u64, done: u64, evaluations_done: u64) -> Self {
        Self::on(std::io::stderr().is_terminal(), generations, evaluations, done, evaluations_done)
    }

    fn on(terminal: bool, generations: u64, evaluations: u64, done: u64, evaluations_done: u64) -> Self {
        let now = Instant::now();
        let left = generations.saturating_sub(done);
        let clock = Arc::new(Mutex::new(Clock { pace: Pace::default(), started: now, lap_started: now, left }));
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(evaluations.max(evaluations_done)), target);
        bar.set_position(evaluations_done);
        let shared = Arc::clone(&clock);
        let left_key = move |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            let clock = lock(&shared);
            let lap = clock.lap_started.elapsed().as_secs_f64();
            let first = || {
                let (position, length) = (state.pos().saturating_sub(evaluations_done), state.len().unwrap_or(0));
                let remaining = length.saturating_sub(state.pos()) as f64;
                (position > 0).then(|| clock.started.elapsed().as_secs_f64() / position as f64 * remaining)
            };
            let seconds = clock.pace.seconds_left(clock.left).map(|s| (s - lap).max(0.0)).or_else(first);
            // A progress bar that cannot format a number shows nothing instead.
            let _ = text.write_str(&seconds.map_or_else(|| "-".into(), duration));
        };
        let template = "{bar:20} {pos}/{len} evaluations, left {left}  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> ").with_key("left", left_key));
        }
        if terminal {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { bar, terminal, generations, evaluations: evaluations_done, clock }
    }

    /// A counter for the evaluations within a generation.
    pub fn counter(&self) -> EvaluationCount {
        EvaluationCount { bar: self.bar.clone() }
    }

    /// Takes in a finished generation and shows it.
    pub fn generation(&mut self, generation: &Generation<'_>) {
        let line = {
            let mut clock = lock(&self.clock);
            let seconds = clock.lap_started.elapsed().as_secs_f64();
            clock.lap_started = Instant::now();
            clock.left = self.generations.saturating_sub(generation.done);
            let evaluations = generation.evaluations.saturating_sub(self.evaluations);
            clock.pace.push(seconds, evaluations, generation.simulated_s);
            line(&clock.pace, self.generations, generation)
        };
        self.evaluations = generation.evaluations;
        if self.terminal {
            if self.bar.length().is_some_and(|length| length < generation.evaluations) {
                self.bar.set_length(generation.evaluations);
            }
            self.bar.set_position(generation.evaluations);
            self.bar.set_message(line);
        } else {
            let left = lock(&self.clock).pace.seconds_left(self.generations.saturating_sub(generation.done));
            eprintln!("{line}, left {}", left.map_or_else(|| "-".into(), duration));
        }
    }

    /// Prints a line above the bar.
    pub fn note(&self, text: &str) {
        if self.terminal { self.bar.println(text) } else { eprintln!("{text}") }
    }

    /// Ends the display with a last line.
    pub fn finish(self, text: &str) {
        self.bar.finish_and_clear();
        let elapsed = lock(&self.clock).started.elapsed().as_secs_f64();
        eprintln!("{text} ({})", duration(elapsed));
    }
}

fn lock(clock: &Mutex<Clock>) -> std::sync::MutexGuard<'_, Clock> {
    clock.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// `generation 12/150, best 0.652, front 41, 3.1 evaluations/s, 372 s/s`
fn line(pace: &Pace, generations: u64, generation: &Generation<'_>) -> String {
    let mut text = format!("generation {}/{generations}", generation.done);
    for (name, value) in generation.show {
        text.push_str(&format!(", {name} {value}"));
    }
    text.push_str(&format!(", {} evaluations/s", short(pace.evaluations_per_s())));
    let simulated = pace.simulated_per_s();
    if simulated > 0.0 {
        text.push_str(&format!(", {} simulated s/s", short(simulated)));
    }
    text
}

/// Three digits.
fn short(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// Seconds as `42 s`, `3 min 05 s` or `2 h 07 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_forgets_old_generations() {
        let mut pace = Pace::default();
        assert_eq!(pace.seconds_left(5), None);
        pace.push(1000.0, 1, 1.0);
        for _ in 0..WINDOW {
            pace.push(2.0, 10, 30.0);
        }
        assert_eq!(pace.seconds_left(3), Some(6.0));
        assert_eq!(pace.evaluations_per_s(), 5.0);
        assert_eq!(pace.simulated_per_s(), 15.0);
    }

    #[test]
    fn a_generation_that_took_no_time_has_no_rate() {
        let mut pace = Pace::default();
        pace.push(0.0, 10, 1.0);
        assert_eq!(pace.evaluations_per_s(), 0.0);
        assert_eq!(pace.seconds_left(2), Some(0.0));
    }

    #[test]
    fn the_line_says_what_is_worth_knowing() {
        let mut pace = Pace::default();
        pace.push(10.0, 31, 1240.0);
        let show = [("best", "0.652".to_owned()), ("front", "41".to_owned())];
        let generation = Generation { done: 12, evaluations: 31, simulated_s: 1240.0, show: &show };
        let expected = "generation 12/150, best 0.652, front 41, 3.10 evaluations/s, 124 simulated s/s";
        assert_eq!(line(&pace, 150, &generation), expected);
    }

    #[test]
    fn only_the_work_of_this_process_counts_for_the_rate() {
        let mut progress = Progress::on(false, 10, 100, 4, 40);
        progress.generation(&Generation { done: 5, evaluations: 50, simulated_s: 100.0, show: &[] });
        let clock = lock(&progress.clock);
        assert_eq!(clock.left, 5);
        assert_eq!(clock.pace.laps[0].evaluations, 10);
        assert_eq!(clock.pace.laps[0].simulated_s, 100.0);
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(41.6), "42 s");
        assert_eq!(duration(185.0), "3 min 05 s");
        assert_eq!(duration(7620.0), "2 h 07 min");
        assert_eq!(duration(-1.0), "0 s");
    }
}
