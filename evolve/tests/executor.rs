//! The loop: budgets, observers, stopping, checkpoints, resuming.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::{Mixed, state};
use evoplast_evolve::problems::{Function, Landscape};
use evoplast_evolve::{
    Address, Budget, CmaEsConfig, Evaluation, EvolveError, Executor, Failure, GenerationReport, MetricsCsv, Objective,
    ObjectiveInfo, Observer, Optimizer, OptimizerConfig, Parallel, SearchSpace, Serial, StopReason, catalogue,
};

fn search(index: usize, objective: &Mixed) -> Box<dyn Optimizer> {
    let (_, config) = catalogue(10).swap_remove(index);
    config.build(objective.space(), objective.objectives(), 11).unwrap()
}

fn start_message(path: &Path, fingerprint: &str) -> String {
    let objective = Mixed::new(0.1);
    let executor = Executor::new(&Serial, Budget::generations(6)).checkpoint(path, fingerprint);
    executor.resume(&objective).err().unwrap().to_string()
}

/// Counts calls and raises a flag after some of them.
#[derive(Default)]
struct Spy {
    evaluated: Vec<usize>,
    generations: Vec<(u64, u64, usize, bool)>,
    ended: Option<StopReason>,
    stop_after: Option<usize>,
}

struct SpyRef<'a>(&'a std::sync::Mutex<Spy>, &'a AtomicBool);

impl Observer for SpyRef<'_> {
    fn on_evaluated(&mut self, done: usize, _: usize) {
        let mut spy = self.0.lock().unwrap();
        spy.evaluated.push(done);
        if Some(spy.evaluated.len()) == spy.stop_after {
            self.1.store(true, Ordering::Relaxed);
        }
    }

    fn on_generation(&mut self, report: &GenerationReport<'_>) -> evoplast_evolve::Result<()> {
        let row = (report.generation, report.evaluations, report.evaluated, report.all_failed());
        self.0.lock().unwrap().generations.push(row);
        Ok(())
    }

    fn on_end(&mut self, _: &dyn Optimizer, reason: StopReason) -> evoplast_evolve::Result<()> {
        self.0.lock().unwrap().ended = Some(reason);
        Ok(())
    }
}

#[test]
fn budgets_count_what_the_optimizer_asks() {
    let objective = Mixed::new(0.0);
    let spy = std::sync::Mutex::new(Spy::default());
    let flag = AtomicBool::new(false);
    let mut observer = SpyRef(&spy, &flag);
    let parallel = Parallel::with_threads(3).unwrap();
    // 10 at first, then 10 students and 10 parents: 10, 30, 50; 70 would exceed 69.
    let executor = Executor::new(&parallel, Budget::evaluations(69)).observe(&mut observer);
    let finished = executor.run(&objective, search(0, &objective)).unwrap();
    assert_eq!((finished.reason, finished.evaluations), (StopReason::Evaluations, 50));
    let spy = spy.into_inner().unwrap();
    assert_eq!(spy.generations, [(1, 10, 10, false), (2, 30, 20, false), (3, 50, 20, false)]);
    let expected: Vec<usize> = (1..=10).chain(1..=20).chain(1..=20).collect();
    assert_eq!(spy.evaluated, expected);
    assert_eq!(spy.ended, Some(StopReason::Evaluations));
}

/// Every search, stopped after any number of evaluations and resumed, ends like one that never stopped: the
/// state, and the table byte for byte.
#[test]
fn stopped_and_resumed_runs_equal_straight_ones() {
    for (index, (_, config)) in catalogue(10).iter().enumerate() {
        let objective = Mixed::suited(config.as_ref(), 0.1);
        let folder = tempfile::tempdir().unwrap();
        let table = |name: &str| folder.path().join(name);
        let mut csv = MetricsCsv::new(table("straight.csv"));
        let executor = Executor::new(&Serial, Budget::generations(6)).observe(&mut csv);
        let straight = executor.run(&objective, search(index, &objective)).unwrap();
        // Not all searches have 42 evaluations in six generations.
        let stops = [1, 9, 10, 25, 42].into_iter().filter(|&stop| stop < straight.evaluations as usize);
        for stop_after in stops {
            let path = table(&format!("run-{stop_after}.json"));
            let csv_path = table(&format!("run-{stop_after}.csv"));
            let (spy, flag) = (std::sync::Mutex::new(Spy::default()), AtomicBool::new(false));
            spy.lock().unwrap().stop_after = Some(stop_after);
            let mut observer = SpyRef(&spy, &flag);
            let mut csv = MetricsCsv::new(&csv_path);
            let executor = Executor::new(&Serial, Budget::generations(6))
                .checkpoint(&path, "mixed")
                .stop_flag(&flag)
                .observe(&mut csv)
                .observe(&mut observer);
            let stopped = executor.run(&objective, search(index, &objective)).unwrap();
            assert_eq!(stopped.reason, StopReason::Requested);
            // What a kill in the middle of the next generation's row would leave behind.
            let mut text = fs::read_to_string(&csv_path).unwrap();
            if stopped.optimizer.generation() > 0 {
                text += &format!("{},9,9", stopped.optimizer.generation() + 1);
            }
            fs::write(&csv_path, &text).unwrap();
            let mut csv = MetricsCsv::new(&csv_path);
            let parallel = Parallel::with_threads(2).unwrap();
            let executor =
                Executor::new(&parallel, Budget::generations(6)).checkpoint(&path, "mixed").observe(&mut csv);
            let resumed = executor.resume(&objective).unwrap();
            assert_eq!(resumed.evaluations, straight.evaluations);
            assert_eq!(state(resumed.optimizer.as_ref()), state(straight.optimizer.as_ref()), "{index} {stop_after}");
            let [found, expected] = [&csv_path, &table("straight.csv")].map(|path| fs::read_to_string(path).unwrap());
            assert_eq!(found, expected, "{index} {stop_after}");
            assert_eq!(found.lines().count(), 7);
            let temporary =
                fs::read_dir(folder.path()).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
            assert!(temporary.into_iter().all(|name| !name.ends_with(".tmp")));
            // Numbers are finite; the reason of a failure may quote one that is not.
            let numbers = found.replace("` is NaN", "");
            assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{found}");
        }
    }
}

/// A run that is killed between the table's row and the checkpoint has one row too many.
#[test]
fn rows_ahead_of_the_checkpoint_are_cut_and_missing_ones_refused() {
    let objective = Mixed::new(0.1);
    let folder = tempfile::tempdir().unwrap();
    let (path, csv_path) = (folder.path().join("run.json"), folder.path().join("run.csv"));
    let run = |generations: u64, resume: bool| {
        let mut csv = MetricsCsv::new(&csv_path);
        let executor =
            Executor::new(&Serial, Budget::generations(generations)).checkpoint(&path, "f").observe(&mut csv);
        if resume { executor.resume(&objective) } else { executor.run(&objective, search(1, &objective)) }
    };
    run(2, false).unwrap();
    let earlier = fs::read(&path).unwrap();
    run(4, true).unwrap();
    let straight = fs::read_to_string(&csv_path).unwrap();
    fs::write(&path, &earlier).unwrap(); // the checkpoint of generation 2, the table of generation 4
    run(4, true).unwrap();
    assert_eq!(fs::read_to_string(&csv_path).unwrap(), straight);
    let two_lines: String = straight.split_inclusive('\n').take(2).collect();
    fs::write(&csv_path, two_lines).unwrap();
    let error = run(6, true).err().unwrap().to_string();
    assert!(error.contains("number of rows: found 1, expected 4"), "{error}");
}

#[test]
fn damaged_and_foreign_checkpoints_are_refused_in_one_line() {
    let objective = Mixed::new(0.1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let run = || Executor::new(&Serial, Budget::generations(2)).checkpoint(&path, "population = 10");
    run().run(&objective, search(0, &objective)).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    let name = path.display().to_string();
    let message = |text: &str, fingerprint: &str| {
        fs::write(&path, text).unwrap();
        let message = start_message(&path, fingerprint);
        assert!(message.starts_with(&name) && !message.contains('\n'), "{message}");
        message
    };
    let same = "population = 10";
    let cut = message(&whole[..whole.len() - 100], same);
    assert!(cut.contains("length of the state in bytes: found"), "{cut}");
    let damaged = message(&whole.replacen("\"generation\":2", "\"generation\":3", 1), same);
    assert!(damaged.contains("checksum of the state: found"), "{damaged}");
    let foreign = message(&whole, "population = 20");
    assert!(
        foreign.contains("fingerprint of the configuration: found \"population = 10\", expected \"population = 20\""),
        "{foreign}"
    );
    let version = message(&whole.replacen("\"version\":1", "\"version\":7", 1), same);
    assert!(version.contains("version: found 7, expected 1"), "{version}");
    let format = message(&whole.replacen("evoplast-checkpoint", "something", 1), same);
    assert!(format.contains("format: found \"something\""), "{format}");
    assert!(message("", same).contains("header"));
    assert!(message("{}\n", same).contains("format: found nothing"));
    fs::remove_file(&path).unwrap();
    assert!(start_message(&path, same).contains("reading the checkpoint"));
    // Never start a new run over an old one.
    fs::write(&path, &whole).unwrap();
    let error = run().run(&objective, search(0, &objective)).err().unwrap();
    assert!(error.to_string().contains("expected none at the start of a run"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
}

#[test]
fn a_state_with_parts_that_do_not_fit_is_refused() {
    let objective = Mixed::new(0.0);
    let mut optimizer = search(0, &objective);
    common::step(optimizer.as_mut(), &objective, 0);
    let text = state(optimizer.as_ref());
    let broken = text.replacen("\"next_id\":10", "\"next_id\":3", 1);
    let loaded: Box<dyn Optimizer> = serde_json::from_str(&broken).unwrap();
    assert!(loaded.validate().is_err());
    let columns = text.replacen("\"columns\":14", "\"columns\":7", 1);
    assert!(serde_json::from_str::<Box<dyn Optimizer>>(&columns).is_err());
}

#[test]
fn the_optimizer_has_to_match_the_objective() {
    let objective = Mixed::new(0.0);
    let other = evoplast_evolve::problems::Zdt::new(1, 14).unwrap();
    let optimizer = search(3, &objective);
    let result = Executor::new(&Serial, Budget::generations(1)).run(&other, optimizer);
    let message = result.err().unwrap().to_string();
    assert!(message.contains("variable of the search space") && message.contains("x0"), "{message}");
}

#[test]
fn a_stop_condition_is_asked_between_candidates_and_an_observers_error_ends_the_run() {
    struct Angry;
    impl Observer for Angry {
        fn on_generation(&mut self, _: &GenerationReport<'_>) -> evoplast_evolve::Result<()> {
            Err(EvolveError::Observer("disk full".into()))
        }
    }
    let objective = Mixed::new(0.0);
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 15;
    let finished = Executor::new(&Serial, Budget::default()).stop_when(&stop).run(&objective, search(3, &objective));
    let finished = finished.unwrap();
    assert_eq!((finished.optimizer.generation(), finished.evaluations), (1, 10));
    let mut angry = Angry;
    let result =
        Executor::new(&Serial, Budget::generations(3)).observe(&mut angry).run(&objective, search(3, &objective));
    assert_eq!(result.err().unwrap().to_string(), "observer: disk full");
}

#[test]
fn a_generation_of_failures_is_reported() {
    let objective = Mixed::new(0.0);
    objective.all_fail.store(true, Ordering::Relaxed);
    let folder = tempfile::tempdir().unwrap();
    let csv_path = folder.path().join("run.csv");
    let (spy, flag) = (std::sync::Mutex::new(Spy::default()), AtomicBool::new(false));
    let (mut observer, mut csv) = (SpyRef(&spy, &flag), MetricsCsv::new(&csv_path));
    let executor = Executor::new(&Serial, Budget::generations(2)).observe(&mut observer).observe(&mut csv);
    let finished = executor.run(&objective, search(0, &objective)).unwrap();
    assert!(finished.optimizer.front().is_empty());
    assert_eq!(spy.into_inner().unwrap().generations, [(1, 10, 10, true), (2, 20, 10, true)]);
    let text = fs::read_to_string(&csv_path).unwrap();
    let second = text.lines().nth(1).unwrap();
    assert!(second.starts_with("1,10,10,10,everything fails,0,,,,,,,,"), "{text}");
}

/// Kinds have columns of their own, the work is counted in whole evaluations, and the first reason is kept.
#[test]
fn failures_are_counted_by_kind() {
    struct Fragile {
        inner: Mixed,
        kinds: Vec<String>,
    }
    impl Objective for Fragile {
        fn space(&self) -> &SearchSpace {
            self.inner.space()
        }
        fn objectives(&self) -> &[ObjectiveInfo] {
            self.inner.objectives()
        }
        fn failure_kinds(&self) -> &[String] {
            &self.kinds
        }
        fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
            match at.candidate {
                1 => Err(Failure::new("too hot, at once").of_kind("hot").after(0.25)),
                3 => Err(Failure::new("too cold").of_kind("cold").after(0.5)),
                4 => Err(Failure::new("too hot").of_kind("hot").after(f64::NAN)),
                7 => Err(Failure::new("no kind")),
                _ => self.inner.evaluate(genome, at).map(|e| Evaluation::new(e.objectives)),
            }
        }
    }
    let kinds = ["hot", "cold", "wet"].map(String::from).to_vec();
    let objective = Fragile { inner: Mixed::new(0.0), kinds };
    let folder = tempfile::tempdir().unwrap();
    let csv_path = folder.path().join("run.csv");
    let mut csv = MetricsCsv::new(&csv_path);
    let optimizer = search(0, &objective.inner);
    let executor = Executor::new(&Serial, Budget::generations(1)).observe(&mut csv);
    executor.run(&objective, optimizer).unwrap();
    let text = fs::read_to_string(&csv_path).unwrap();
    let start = "generation,evaluations,failed,failed_hot,failed_cold,failed_wet,spent,first_failure,front_size,";
    assert!(text.starts_with(start), "{text}");
    let row: Vec<&str> = text.lines().nth(1).unwrap().splitn(7, ',').collect();
    assert_eq!((row[3], row[4], row[5]), ("2", "1", "0"));
    assert!(row[6].starts_with("8.75,\"too hot, at once\","), "10 less 0.75 less 0.5: {text}");
}

/// A problem of one objective; with `flat` set all values are 3.
struct Bowl {
    inner: Landscape,
    flat: bool,
}

impl Bowl {
    fn new(flat: bool) -> Self {
        Self { inner: Landscape::new(Function::Sphere, 4).unwrap().with_optimum(vec![1.0; 4]).unwrap(), flat }
    }

    fn search(&self) -> Box<dyn Optimizer> {
        let config = CmaEsConfig { population: Some(10), ..Default::default() };
        config.build(self.inner.space(), self.inner.objectives(), 7).unwrap()
    }
}

impl Objective for Bowl {
    fn space(&self) -> &SearchSpace {
        self.inner.space()
    }
    fn objectives(&self) -> &[ObjectiveInfo] {
        self.inner.objectives()
    }
    fn evaluate(&self, genome: &[f64], at: &Address) -> Result<Evaluation, Failure> {
        if self.flat { Ok(Evaluation::new(vec![3.0])) } else { self.inner.evaluate(genome, at) }
    }
}

#[test]
fn a_target_ends_the_run_in_the_generation_that_reaches_it() {
    let bowl = Bowl::new(false);
    let budget = Budget { target: Some(1e-6), ..Budget::generations(500) };
    let finished = Executor::new(&Serial, budget).run(&bowl, bowl.search()).unwrap();
    assert_eq!(finished.reason, StopReason::Target);
    assert!(finished.optimizer.front()[0].objectives[0] <= 1e-6);
    let reached = finished.optimizer.generation();
    let before = Executor::new(&Serial, Budget::generations(reached - 1)).run(&bowl, bowl.search()).unwrap();
    assert!(before.optimizer.front()[0].objectives[0] > 1e-6);
    // A target that holds at the same time as another limit names the reason.
    let both = Budget { target: Some(1e-6), ..Budget::generations(reached) };
    assert_eq!(Executor::new(&Serial, both).run(&bowl, bowl.search()).unwrap().reason, StopReason::Target);
    let too_few = Budget { target: Some(1e-6), ..Budget::evaluations(10 * reached - 1) };
    let finished = Executor::new(&Serial, too_few).run(&bowl, bowl.search()).unwrap();
    assert_eq!((finished.reason, finished.evaluations), (StopReason::Evaluations, 10 * (reached - 1)));
    // The state is that of a run which never had a target.
    let plain = Executor::new(&Serial, Budget::generations(reached)).run(&bowl, bowl.search()).unwrap();
    let with = Executor::new(&Serial, budget).run(&bowl, bowl.search()).unwrap();
    assert_eq!(state(plain.optimizer.as_ref()), state(with.optimizer.as_ref()));
}

#[test]
fn stagnation_counts_generations_without_a_better_individual() {
    let (flat, bowl) = (Bowl::new(true), Bowl::new(false));
    let patience = |generations| Budget { stagnation: Some(generations), ..Budget::generations(1000) };
    // The first generation brings 3, the next four nothing.
    let finished = Executor::new(&Serial, patience(4)).run(&flat, flat.search()).unwrap();
    assert_eq!((finished.reason, finished.optimizer.generation()), (StopReason::Stagnation, 5));
    // A search that gets better goes on as long as it does: the last better value is as old as the patience.
    let finished = Executor::new(&Serial, patience(6)).run(&bowl, bowl.search()).unwrap();
    assert_eq!(finished.reason, StopReason::Stagnation);
    let end = finished.optimizer.generation();
    let best = |generations| {
        let finished = Executor::new(&Serial, Budget::generations(generations)).run(&bowl, bowl.search()).unwrap();
        finished.optimizer.front()[0].objectives[0]
    };
    assert!(end > 10 && best(end) == best(end - 6) && best(end - 6) < best(end - 7));
    // Nothing that ever succeeds is no progress either.
    let failing = Mixed::suited(&CmaEsConfig::default(), 0.0);
    failing.all_fail.store(true, Ordering::Relaxed);
    let search = CmaEsConfig::default().build(failing.space(), failing.objectives(), 1).unwrap();
    let finished = Executor::new(&Serial, patience(3)).run(&failing, search).unwrap();
    assert_eq!((finished.reason, finished.optimizer.generation()), (StopReason::Stagnation, 3));
}

#[test]
fn resumed_runs_count_stagnation_and_targets_on() {
    let folder = tempfile::tempdir().unwrap();
    let bowl = Bowl::new(true);
    let budget = Budget { stagnation: Some(6), ..Budget::generations(100) };
    for stop in [1, 3, 6] {
        let path = folder.path().join(format!("{stop}.json"));
        let first = Executor::new(&Serial, Budget::generations(stop)).checkpoint(&path, "flat");
        first.run(&bowl, bowl.search()).unwrap();
        let resumed = Executor::new(&Serial, budget).checkpoint(&path, "flat").resume(&bowl).unwrap();
        assert_eq!((resumed.reason, resumed.optimizer.generation()), (StopReason::Stagnation, 7), "{stop}");
        // What is over stays over.
        let again = Executor::new(&Serial, budget).checkpoint(&path, "flat").resume(&bowl).unwrap();
        assert_eq!((again.reason, again.evaluations), (StopReason::Stagnation, 70));
        let met = Budget { target: Some(3.0), ..budget };
        let again = Executor::new(&Serial, met).checkpoint(&path, "flat").resume(&bowl).unwrap();
        assert_eq!((again.reason, again.evaluations), (StopReason::Target, 70));
    }
}

#[test]
fn wall_time_stops_between_generations_and_moves_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let (path, bowl) = (folder.path().join("run.json"), Bowl::new(false));
    let within = |wall_time| Budget { wall_time: Some(wall_time), ..Budget::generations(40) };
    let finished = Executor::new(&Serial, within(Duration::ZERO)).checkpoint(&path, "b").run(&bowl, bowl.search());
    let finished = finished.unwrap();
    assert_eq!((finished.reason, finished.evaluations), (StopReason::WallTime, 0));
    // The clock counts from the call that resumes; a limit that is never met changes nothing.
    let hour = Duration::from_secs(3600);
    let resumed = Executor::new(&Serial, within(hour)).checkpoint(&path, "b").resume(&bowl).unwrap();
    assert_eq!(resumed.reason, StopReason::Generations);
    let straight = Executor::new(&Serial, Budget::generations(40)).run(&bowl, bowl.search()).unwrap();
    assert_eq!(state(resumed.optimizer.as_ref()), state(straight.optimizer.as_ref()));
    // A generation that takes longer than permitted is completed, and is the only one.
    struct Slow;
    impl Observer for Slow {
        fn on_generation(&mut self, _: &GenerationReport<'_>) -> evoplast_evolve::Result<()> {
            std::thread::sleep(Duration::from_millis(60));
            Ok(())
        }
    }
    let mut slow = Slow;
    let executor = Executor::new(&Serial, within(Duration::from_millis(50))).observe(&mut slow);
    let stopped = executor.run(&bowl, bowl.search()).unwrap();
    assert_eq!(stopped.reason, StopReason::WallTime);
    assert!(stopped.optimizer.generation() <= 1);
}

#[test]
fn limits_that_mean_nothing_are_refused() {
    let refusal = |budget: Budget, objectives: usize| {
        let executor = Executor::new(&Serial, budget);
        let (bowl, mixed) = (Bowl::new(false), Mixed::new(0.0));
        let result =
            if objectives == 1 { executor.run(&bowl, bowl.search()) } else { executor.run(&mixed, search(3, &mixed)) };
        result.err().unwrap().to_string()
    };
    let target = |value| Budget { target: Some(value), ..Budget::default() };
    let stagnation = |generations| Budget { stagnation: Some(generations), ..Budget::default() };
    for (budget, objectives, part) in [
        (target(f64::NAN), 1, "target"),
        (target(0.0), 2, "2 objectives"),
        (stagnation(0), 1, "stagnation"),
        (stagnation(5), 2, "2 objectives"),
    ] {
        let message = refusal(budget, objectives);
        assert!(message.contains("budget") && message.contains(part), "{message}");
    }
}
