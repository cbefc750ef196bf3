//! The cases on which searches are compared with other libraries (`peers/searches/`): what one generation, one sorting or one
//! hypervolume costs in processor time.

use crate::BenchError;
use cpu_time::ProcessTime;
use evoplast_evolve::sorting::non_dominated_ranks;
use evoplast_evolve::{
    CmaEsConfig, Evaluation, GuidedEsConfig, LmMaEsConfig, ObjectiveInfo, OpenAiEsConfig, OptimizerConfig, Outcome,
    PgpeConfig, SearchSpace, SepCmaEsConfig, SnesConfig, Variable, hypervolume, hypervolume_contributions,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::hint::black_box;
use std::path::Path;

/// Objectives of all sets of points.
const OBJECTIVES: usize = 6;
/// Genes and candidates of the large case: the rule space of Ye et al. and a population for it.
const LARGE: (usize, usize) = (2645, 4000);

/// What one case took.
#[derive(Debug, Clone, Serialize)]
pub struct Cost {
    /// Name of the case.
    pub case: String,
    /// Processor time of the process (s) for one generation, sorting or hypervolume: the least of the repeats.
    pub cpu_s: f64,
    /// A number that has to agree with the other library, such as a hypervolume.
    pub result: f64,
}

/// Sets of points for sorting and for hypervolumes, as CSV files of one point a line.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(folder: &Path) -> Result<(), BenchError> {
    std::fs::create_dir_all(folder).map_err(BenchError::io(folder))?;
    for (name, points) in sets() {
        let line = |point: &[f64]| point.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        let text: Vec<String> = points.chunks_exact(OBJECTIVES).map(line).collect();
        let path = folder.join(format!("{name}.csv"));
        std::fs::write(&path, text.join("\n") + "\n").map_err(BenchError::io(&path))?;
    }
    Ok(())
}

/// Runs all cases whose name contains a text.
///
/// # Errors
/// A search that refuses its settings, or a system without a clock of processor time.
pub fn run(repeats: usize, wanted: &str) -> Result<Vec<Cost>, BenchError> {
    let mut costs = vec![];
    for (genes, generations) in [(10, 20_000), (100, 1000), (1000, 24)] {
        for (name, config) in [
            ("cma_es", Box::new(CmaEsConfig { sigma: 0.1, ..Default::default() }) as Box<dyn OptimizerConfig>),
            ("sep_cma_es", Box::new(SepCmaEsConfig { sigma: 0.1, ..Default::default() })),
        ] {
            let generations = if name == "cma_es" { generations } else { 20 * generations.min(1000) };
            let case = format!("{name}, n = {genes}");
            if case.contains(wanted) {
                costs.push(search(&case, config.as_ref(), genes, generations, repeats)?);
            }
        }
    }
    let (genes, population) = LARGE;
    let some = Some(population);
    let large: [(&str, Box<dyn OptimizerConfig>); 5] = [
        ("open_ai_es", Box::new(OpenAiEsConfig { population, ..Default::default() })),
        ("pgpe", Box::new(PgpeConfig { population, ..Default::default() })),
        ("snes", Box::new(SnesConfig { population: some, ..Default::default() })),
        ("lm_ma_es", Box::new(LmMaEsConfig { population: some, ..Default::default() })),
        ("guided_es", Box::new(GuidedEsConfig { population, ..Default::default() })),
    ];
    for (name, config) in large {
        let case = format!("{name}, n = {genes}, l = {population}");
        if case.contains(wanted) {
            costs.push(search(&case, config.as_ref(), genes, 2, repeats)?);
        }
    }
    for (name, points) in sets().into_iter().filter(|(name, _)| name.contains(wanted)) {
        if name.starts_with("sort") {
            costs.push(timed(&name, repeats, || {
                non_dominated_ranks(&points, OBJECTIVES).into_iter().max().unwrap_or(0) as f64 + 1.0
            })?);
        } else {
            let reference = [1.1; OBJECTIVES];
            costs.push(timed(&name, repeats, || hypervolume(&points, &reference))?);
            let sum = || hypervolume_contributions(&points, &reference).iter().sum();
            costs.push(timed(&format!("{name}, contributions"), repeats.min(3), sum)?);
        }
    }
    Ok(costs)
}

/// Processor time of one generation of ask, evaluation and tell on an ellipsoid.
fn search(
    case: &str,
    config: &dyn OptimizerConfig,
    genes: usize,
    generations: usize,
    repeats: usize,
) -> Result<Cost, BenchError> {
    let variables = (0..genes).map(|i| Variable::real(format!("x{i}"), -5.0, 5.0)).collect();
    let space = SearchSpace::new(variables)?;
    let objectives = [ObjectiveInfo::new("f", false)];
    let value = |x: &[f64]| x.iter().enumerate().map(|(i, x)| (1 + i % 7) as f64 * (x - 1.0) * (x - 1.0)).sum();
    let mut cost = Cost { case: case.to_owned(), cpu_s: f64::INFINITY, result: f64::NAN };
    for _ in 0..repeats {
        let mut search = config.build(&space, &objectives, 1)?;
        let start = ProcessTime::try_now().map_err(BenchError::Clock)?;
        for _ in 0..generations {
            let candidates = search.ask()?;
            let outcome = |genome: &[f64]| Outcome::Done(Evaluation::new(vec![value(genome)]));
            let told: Vec<_> = candidates.iter().map(|c| (c.id, outcome(&c.genome))).collect();
            cost.result = told.len() as f64;
            search.tell(&told)?;
        }
        let spent = start.try_elapsed().map_err(BenchError::Clock)?.as_secs_f64();
        cost.cpu_s = cost.cpu_s.min(spent / generations as f64);
    }
    Ok(cost)
}

fn timed(case: &str, repeats: usize, work: impl Fn() -> f64) -> Result<Cost, BenchError> {
    let mut cost = Cost { case: case.to_owned(), cpu_s: f64::INFINITY, result: f64::NAN };
    for _ in 0..repeats {
        let start = ProcessTime::try_now().map_err(BenchError::Clock)?;
        cost.result = black_box(work());
        cost.cpu_s = cost.cpu_s.min(start.try_elapsed().map_err(BenchError::Clock)?.as_secs_f64());
    }
    Ok(cost)
}

/// 8000 points that are independent, that have one common part, that are a population in mid run, or each of which dominates
/// the next; and 50 to 200 points on the positive part of the unit sphere.
fn sets() -> Vec<(String, Vec<f64>)> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut order: Vec<usize> = (0..8000).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    let mut sets = vec![];
    for kind in ["random", "correlated", "mid-run", "chain"] {
        let point = |&place: &usize| -> [f64; OBJECTIVES] {
            let common = rng.random::<f64>();
            let own: [f64; OBJECTIVES] = std::array::from_fn(|_| rng.random());
            match kind {
                "random" => own,
                "correlated" => own.map(|x| common + 0.2 * x),
                // Around a front, as far from it as a population that has converged half way.
                "mid-run" => on_sphere(own).map(|x| x * (1.0 + 0.3 * common * common)),
                _ => [place as f64; OBJECTIVES],
            }
        };
        sets.push((format!("sort {kind}"), order.iter().flat_map(point).collect()));
    }
    for count in [50, 100, 200] {
        let points = (0..count).flat_map(|_| on_sphere(std::array::from_fn(|_| rng.random()))).collect();
        sets.push((format!("hypervolume {count}"), points));
    }
    sets
}

fn on_sphere(direction: [f64; OBJECTIVES]) -> [f64; OBJECTIVES] {
    let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    direction.map(|x| x / length)
}
