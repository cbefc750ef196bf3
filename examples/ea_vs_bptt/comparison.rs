//! What changed in each layer: per run, then per arm over seeds.

use crate::experiment::{Experiment, Problem};
use crate::training::Record;
use evoplast_evolve::Address;
use evoplast_evolve::inference::{
    Bootstrap, Flips, IntervalKind, cohens_d, friedman, holm, matched_rank_biserial, sign_flip_interaction,
    wilcoxon_signed_rank,
};
use evoplast_synapse::{
    LayerChange, Rewind, SynapseError, Trajectory, isotropic_shares, matched_displacement, matched_loss, rewind,
    shares_against_null,
};
use evoplast_tasks::TaskError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;

/// One run against its initial weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunResult {
    /// Seed.
    pub seed: u64,
    /// Error and accuracy on validation trials before and after training.
    pub error: (f64, f64),
    /// See `error`.
    pub accuracy: (f64, f64),
    /// Total relative displacement.
    pub displacement: f64,
    /// Simulated time of all training trials (s).
    pub simulated_s: f64,
    /// Change by layer at the end of training.
    pub layers: LayerChange,
    /// Change by pair of cell types.
    pub blocks: LayerChange,
    /// Change by layer since the ancestor, where it is known.
    pub since_ancestor: Option<LayerChange>,
    /// log2 of each layer's share over the mean share of the arm's nulls.
    pub log2_over_null: Vec<Option<f64>>,
    /// Share of each layer in the null run of this seed.
    pub null_share: Vec<f64>,
    /// Error when a layer is put back, and when it alone has changed.
    pub rewind: Rewind,
    /// Share of each layer where all arms have the same error.
    pub share_at_loss: Vec<Option<f64>>,
    /// Share of each layer where all arms have moved as far.
    pub share_at_displacement: Vec<Option<f64>>,
    /// Why training ended early, if it did.
    pub stopped: Option<String>,
}

/// All runs of an arm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArmResult {
    /// Name of the arm.
    pub arm: String,
    /// Names of its layers.
    pub layers: Vec<String>,
    /// Shares of isotropic steps.
    pub isotropic: Vec<f64>,
    /// The runs.
    pub runs: Vec<RunResult>,
    /// Friedman's test of equal relative change of all layers over seeds; with two seeds or more.
    pub friedman_p: Option<f64>,
}

/// A number that is compared between arms or with the null.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Test {
    /// What is compared.
    pub what: String,
    /// Layer.
    pub layer: String,
    /// Mean difference over seeds.
    pub difference: f64,
    /// Bootstrap interval of the mean difference, 95 %; with two seeds or more.
    pub interval: Option<(f64, f64)>,
    /// Two-sided p-value of the signed ranks.
    pub p: f64,
    /// The same after Holm's correction over all tests of the table.
    pub p_holm: f64,
    /// Matched-pairs rank-biserial correlation.
    pub rank_biserial: Option<f64>,
    /// Cohen's d of the differences.
    pub cohens_d: Option<f64>,
}

/// Everything that is known at the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comparison {
    /// Results by arm, in the order of the experiment.
    pub arms: Vec<ArmResult>,
    /// Error that every arm reaches, by seed.
    pub matched_error: BTreeMap<u64, f64>,
    /// Displacement that every arm reaches, by seed.
    pub matched_displacement: BTreeMap<u64, f64>,
    /// Share against the null of the same seed.
    pub against_null: Vec<Test>,
    /// Share against that of the reference arm, at the end and where arms are matched.
    pub against_reference: Vec<Test>,
    /// p-value of an interaction of arm and layer (reference against each other arm).
    pub interaction: Vec<(String, f64)>,
}

type Failed = Box<dyn Error + Send + Sync>;

/// Resampling and flips have a seed of their own.
fn rng(of: u64) -> impl rand::Rng {
    Address { run: of, generation: 0, candidate: 0, episode: 0 }.rng(50)
}

/// The change between two vectors of one network, by block and by layer.
fn change(problem: &Problem, before: &[f32], after: &[f32]) -> Result<(LayerChange, LayerChange), SynapseError> {
    let places = problem.weights().snapshot();
    let (before, after) = (places.with_weights(before)?, places.with_weights(after)?);
    Ok((LayerChange::between(&before, &after)?, LayerChange::between(&before.layers()?, &after.layers()?)?))
}

fn first_and_last(trajectory: &Trajectory) -> (&[f32], &[f32]) {
    let moments = trajectory.moments();
    (&moments[0].parameters, &moments[moments.len() - 1].parameters)
}

fn shares(change: &LayerChange) -> Vec<Option<f64>> {
    change.blocks.iter().map(|b| b.share).collect()
}

/// Where all arms of a seed are equally good, or equally far from their beginning.
struct Matched {
    level: f64,
    /// Weights by arm; `None` for an arm that cannot be matched.
    parameters: Vec<Option<Vec<f32>>>,
}

/// Matches all arms by error, and by distance those that have the layers of the reference and moved at all: arms with
/// other layers have no common measure of distance.
fn matched(runs: &[&Record], reference: &str) -> Result<(Matched, Option<Matched>), Failed> {
    let trajectories: Vec<&Trajectory> = runs.iter().map(|r| &r.trajectory).collect();
    let loss = matched_loss(&trajectories)?;
    let at = |(t, &m): (&&Trajectory, &usize)| Some(t.moments()[m].parameters.clone());
    let parameters = trajectories.iter().zip(&loss.moments).map(at).collect();
    let by_loss = Matched { level: loss.level, parameters };

    let base = runs.iter().find(|r| r.arm == reference).ok_or("the reference arm is missing")?;
    let moved = |t: &&Trajectory| first_and_last(t).0 != first_and_last(t).1;
    let comparable = |t: &&Trajectory| t.layers() == base.trajectory.layers() && moved(t);
    let chosen: Vec<&Trajectory> = trajectories.iter().copied().filter(|t| comparable(t)).collect();
    if chosen.len() < 2 {
        return Ok((by_loss, None));
    }
    let distance = matched_displacement(&chosen)?;
    let mut points = distance.points.into_iter();
    let of_arm = |t: &&Trajectory| if comparable(t) { points.next().map(|p| p.parameters) } else { None };
    let parameters = trajectories.iter().map(of_arm).collect();
    Ok((by_loss, Some(Matched { level: distance.level, parameters })))
}

/// Compares all runs.
pub fn compare(experiment: &Experiment, records: &[Record]) -> Result<Comparison, Failed> {
    let find = |arm: &str, seed: u64, null: bool| {
        let found = records.iter().find(|r| r.arm == arm && r.seed == seed && r.null == null);
        found.ok_or_else(|| format!("the run of arm {arm:?} with seed {seed} is missing"))
    };
    let (mut matched_error, mut matched_displacement) = (BTreeMap::new(), BTreeMap::new());
    let mut by_seed = BTreeMap::new();
    for &seed in &experiment.seeds {
        let runs: Vec<&Record> =
            experiment.arms.iter().map(|a| find(&a.name, seed, false)).collect::<Result<_, _>>()?;
        let (loss, displacement) = matched(&runs, &experiment.reference)?;
        matched_error.insert(seed, loss.level);
        if let Some(d) = &displacement {
            matched_displacement.insert(seed, d.level);
        }
        by_seed.insert(seed, (loss, displacement));
    }
    let mut arms = vec![];
    for (index, arm) in experiment.arms.iter().enumerate() {
        let mut nulls = vec![];
        for &seed in &experiment.seeds {
            let problem = experiment.problem(arm, seed)?;
            let (before, after) = first_and_last(&find(&arm.name, seed, true)?.trajectory);
            nulls.push(change(&problem, before, after)?.1);
        }
        let mut result =
            ArmResult { arm: arm.name.clone(), layers: vec![], isotropic: vec![], runs: vec![], friedman_p: None };
        for (k, &seed) in experiment.seeds.iter().enumerate() {
            let problem = experiment.problem(arm, seed)?;
            let record = find(&arm.name, seed, false)?;
            let (by_loss, by_displacement) = &by_seed[&seed];
            let by_displacement = by_displacement.as_ref().and_then(|m| m.parameters[index].as_deref());
            let points = [by_loss.parameters[index].as_deref(), by_displacement];
            let run = run_result(&problem, record, &nulls, k, experiment, points)?;
            result.layers = run.layers.blocks.iter().map(|b| b.name.clone()).collect();
            let counts: Vec<usize> = run.layers.blocks.iter().map(|b| b.count).collect();
            result.isotropic = isotropic_shares(&counts);
            result.runs.push(run);
        }
        let relative =
            |run: &RunResult| -> Option<Vec<f64>> { run.layers.blocks.iter().map(|b| b.relative_frobenius).collect() };
        let rows: Option<Vec<Vec<f64>>> = result.runs.iter().map(relative).collect();
        result.friedman_p = rows.filter(|r| r.len() > 1 && r[0].len() > 1).and_then(|r| friedman(&r).ok()).map(|t| t.p);
        arms.push(result);
    }
    let against_null = tests_against_null(&arms)?;
    let (against_reference, interaction) = tests_against_reference(&arms, &experiment.reference)?;
    Ok(Comparison { arms, matched_error, matched_displacement, against_null, against_reference, interaction })
}

/// `matched` are the weights at equal error and at equal distance.
fn run_result(
    problem: &Problem,
    record: &Record,
    nulls: &[LayerChange],
    index: usize,
    experiment: &Experiment,
    matched: [Option<&[f32]>; 2],
) -> Result<RunResult, Failed> {
    let trajectory = &record.trajectory;
    let (before, after) = first_and_last(trajectory);
    let (blocks, layers) = change(problem, before, after)?;
    let moved = layers.blocks.iter().any(|b| b.share.is_some());
    let log2_over_null = match moved {
        true => shares_against_null(&layers, nulls)?.into_iter().map(|s| s.log2_ratio).collect(),
        false => vec![None; layers.blocks.len()],
    };
    let shares_at = |parameters: Option<&[f32]>| match parameters {
        Some(parameters) => change(problem, before, parameters).map(|(_, layers)| shares(&layers)),
        None => Ok(vec![None; layers.blocks.len()]),
    };
    let [share_at_loss, share_at_displacement] = [shares_at(matched[0])?, shares_at(matched[1])?];
    let since_ancestor = match &record.ancestor {
        Some(ancestor) => Some(change(problem, ancestor, after)?.1),
        None => None,
    };
    let at = Address { run: record.seed + crate::training::REWIND, generation: 0, candidate: 0, episode: 0 };
    let weights = problem.weights();
    let trials = weights.trials(&at, experiment.validation_trials);
    let rewind =
        rewind::<TaskError>(trajectory.layers(), before, after, |values| Ok(weights.score(values, &trials)?.error))?;
    let moments = trajectory.moments();
    let (first, last) = (&moments[0], &moments[moments.len() - 1]);
    Ok(RunResult {
        seed: record.seed,
        error: (first.loss, last.loss),
        accuracy: (first.accuracy, last.accuracy),
        displacement: trajectory.displacement(after)?,
        simulated_s: record.simulated_s,
        blocks,
        since_ancestor,
        log2_over_null,
        null_share: shares(&nulls[index]).into_iter().map(|s| s.unwrap_or(0.0)).collect(),
        rewind,
        share_at_loss,
        share_at_displacement,
        stopped: record.stopped.clone(),
        layers,
    })
}

/// A paired test of two lists over seeds.
fn test(what: String, layer: &str, first: &[f64], second: &[f64]) -> Result<Test, Failed> {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let varied = differences.iter().any(|d| *d != differences[0]);
    let interval = match differences.len() > 1 && varied {
        true => {
            // With few seeds the corrected interval is not defined.
            let kind = if differences.len() >= 5 { IntervalKind::Bca } else { IntervalKind::Percentile };
            let bootstrap = Bootstrap { kind, ..Bootstrap::default() };
            bootstrap.interval(&differences, mean, &mut rng(1)).ok().map(|i| (i.low, i.high))
        }
        false => None,
    };
    Ok(Test {
        what,
        layer: layer.to_owned(),
        difference: mean(&differences),
        interval,
        p: wilcoxon_signed_rank(first, second)?.p,
        p_holm: 1.0,
        rank_biserial: matched_rank_biserial(first, second),
        cohens_d: if differences.len() > 1 { cohens_d(first, second) } else { None },
    })
}

fn corrected(mut tests: Vec<Test>) -> Result<Vec<Test>, Failed> {
    let adjusted = holm(&tests.iter().map(|t| t.p).collect::<Vec<_>>())?;
    tests.iter_mut().zip(adjusted).for_each(|(t, p)| t.p_holm = p);
    Ok(tests)
}

fn tests_against_null(arms: &[ArmResult]) -> Result<Vec<Test>, Failed> {
    let mut tests = vec![];
    for arm in arms {
        for (l, layer) in arm.layers.iter().enumerate() {
            let share: Vec<f64> = arm.runs.iter().map(|r| r.layers.blocks[l].share.unwrap_or(0.0)).collect();
            let null: Vec<f64> = arm.runs.iter().map(|r| r.null_share[l]).collect();
            tests.push(test(arm.arm.clone(), layer, &share, &null)?);
        }
    }
    corrected(tests)
}

/// A number by run and layer; a run that lacks it leaves its arm out.
type Reader = fn(&RunResult, usize) -> Option<f64>;

type AgainstReference = (Vec<Test>, Vec<(String, f64)>);

fn tests_against_reference(arms: &[ArmResult], reference: &str) -> Result<AgainstReference, Failed> {
    let measures: [(&str, Reader); 5] = [
        ("share", |r, l| r.layers.blocks[l].share),
        ("log2 share over null", |r, l| r.log2_over_null[l]),
        ("share at matched error", |r, l| r.share_at_loss[l]),
        ("share at matched displacement", |r, l| r.share_at_displacement[l]),
        ("error when rewound, less the error", |r, l| Some(r.rewind.layers[l].rewound - r.rewind.after)),
    ];
    let base = arms.iter().find(|a| a.arm == reference).ok_or("the reference arm is missing")?;
    let (mut tests, mut interaction) = (vec![], vec![]);
    for arm in arms.iter().filter(|a| a.arm != reference) {
        for (measure, read) in measures {
            for (l, layer) in arm.layers.iter().enumerate() {
                let Some(b) = base.layers.iter().position(|name| name == layer) else { continue };
                let first: Option<Vec<f64>> = arm.runs.iter().map(|r| read(r, l)).collect();
                let second: Option<Vec<f64>> = base.runs.iter().map(|r| read(r, b)).collect();
                if let (Some(first), Some(second)) = (first, second) {
                    tests.push(test(format!("{measure}: {} less {reference}", arm.arm), layer, &first, &second)?);
                }
            }
        }
        if arm.layers == base.layers && arm.layers.len() > 1 {
            let share = |r: &RunResult| r.layers.blocks.iter().map(|b| b.share.unwrap_or(0.0)).collect::<Vec<_>>();
            let rows = arm
                .runs
                .iter()
                .zip(&base.runs)
                .map(|(a, b)| share(a).iter().zip(share(b)).map(|(a, b)| a - b).collect::<Vec<f64>>());
            let rows: Vec<Vec<f64>> = rows.collect();
            interaction.push((arm.arm.clone(), sign_flip_interaction(&rows, Flips::default(), &mut rng(2))?.p));
        }
    }
    Ok((corrected(tests)?, interaction))
}
