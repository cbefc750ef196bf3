//! Tests over seeds: against the null, against the reference arm, and of what a layer's change is worth.
//!
//! Pairs are runs of one seed. Holm's correction is over the layers of one arm and one measure: that is one question.

use crate::comparison::{ArmResult, Failed, RunResult};
use evoplast_evolve::Address;
use evoplast_evolve::inference::{
    Bootstrap, Flips, IntervalKind, cohens_d, friedman, holm, matched_rank_biserial, sign_flip_interaction,
    wilcoxon_signed_rank,
};
use serde::{Deserialize, Serialize};

/// A number that is compared between arms, with the null, or with 0.
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
    /// The same after Holm's correction over the layers.
    pub p_holm: f64,
    /// Matched-pairs rank-biserial correlation.
    pub rank_biserial: Option<f64>,
    /// Cohen's d of the differences.
    pub cohens_d: Option<f64>,
}

/// Resampling and flips have a seed of their own.
fn rng(of: u64) -> impl rand::Rng {
    Address { run: of, generation: 0, candidate: 0, episode: 0 }.rng(50)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A paired test of two lists over seeds; nothing if there is no difference in any pair.
fn test(what: &str, layer: &str, first: &[f64], second: &[f64]) -> Result<Option<Test>, Failed> {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    if differences.iter().all(|d| *d == 0.0) {
        return Ok(None);
    }
    let varied = differences.iter().any(|d| *d != differences[0]);
    // With few seeds the corrected interval is not defined.
    let kind = if differences.len() >= 5 { IntervalKind::Bca } else { IntervalKind::Percentile };
    let bootstrap = Bootstrap { kind, ..Bootstrap::default() };
    let interval = match varied {
        true => bootstrap.interval(&differences, mean, &mut rng(1)).ok().map(|i| (i.low, i.high)),
        false => None,
    };
    Ok(Some(Test {
        what: what.to_owned(),
        layer: layer.to_owned(),
        difference: mean(&differences),
        interval,
        p: wilcoxon_signed_rank(first, second)?.p,
        p_holm: 1.0,
        rank_biserial: matched_rank_biserial(first, second),
        cohens_d: if differences.len() > 1 { cohens_d(first, second) } else { None },
    }))
}

fn corrected(mut tests: Vec<Test>) -> Result<Vec<Test>, Failed> {
    let adjusted = holm(&tests.iter().map(|t| t.p).collect::<Vec<_>>())?;
    tests.iter_mut().zip(adjusted).for_each(|(t, p)| t.p_holm = p);
    Ok(tests)
}

/// The tests of one measure over the layers of an arm; layers that a run lacks the number for are left out.
fn family(what: &str, arm: &ArmResult, pair: impl Fn(usize, usize) -> Option<(f64, f64)>) -> Result<Vec<Test>, Failed> {
    let mut tests = vec![];
    for (l, layer) in arm.layers.iter().enumerate() {
        let pairs: Option<Vec<(f64, f64)>> = (0..arm.runs.len()).map(|run| pair(run, l)).collect();
        if let Some((first, second)) = pairs.map(|p| p.into_iter().unzip::<f64, f64, Vec<f64>, Vec<f64>>()) {
            tests.extend(test(what, layer, &first, &second)?);
        }
    }
    corrected(tests)
}

/// Share of each layer less that in the null of the same seed, at the ends and where both have moved as far.
pub fn against_null(arms: &[ArmResult]) -> Result<Vec<Test>, Failed> {
    let mut tests = vec![];
    for arm in arms {
        let title = arm.title();
        tests.extend(family(&format!("{title}: share less that of the null"), arm, |run, l| {
            let run = &arm.runs[run];
            Some((run.layers.blocks[l].share?, run.null_layers.as_ref()?.blocks[l].share?))
        })?);
        tests.extend(family(&format!("{title}: log2 share over null at equal distance"), arm, |run, l| {
            Some((arm.runs[run].log2_over_null_at_distance[l]?, 0.0))
        })?);
    }
    Ok(tests)
}

/// Every measure less that of the reference with the same seed. Shares are compared between equal layers only.
pub fn against_reference(arms: &[ArmResult], reference: &str) -> Result<Vec<Test>, Failed> {
    let base = arms.iter().find(|a| a.arm == reference).ok_or("the reference arm is missing")?;
    let mut tests = vec![];
    for arm in arms.iter().filter(|a| a.arm != reference) {
        let label = |measure: &str| format!("{} less {}: {measure}", arm.title(), base.title());
        let place = |l: usize| base.layers.iter().position(|name| *name == arm.layers[l]);
        type Reader = fn(&RunResult, usize) -> Option<f64>;
        let any_layers: [(&str, Reader); 2] = [
            ("relative change", |r, l| r.layers.blocks[l].relative_frobenius),
            ("error added by rewinding", |r, l| Some(r.rewound(l))),
        ];
        for (measure, read) in any_layers {
            let pair = |run: usize, l: usize| Some((read(&arm.runs[run], l)?, read(&base.runs[run], place(l)?)?));
            tests.extend(family(&label(measure), arm, pair)?);
        }
        if arm.layers != base.layers {
            continue;
        }
        let pair = |run: usize, l: usize| {
            Some((arm.runs[run].layers.blocks[l].share?, base.runs[run].layers.blocks[l].share?))
        };
        tests.extend(family(&label("share"), arm, pair)?);
        for (measure, at) in [("share at equal error", true), ("share at equal distance", false)] {
            let pair = |run: usize, l: usize| {
                let run = &arm.runs[run];
                let matched = if at { run.at_error.as_ref()? } else { run.at_distance.as_ref()? };
                Some((matched.own.shares[l]?, (*matched.reference.shares.get(l)?)?))
            };
            tests.extend(family(&label(measure), arm, pair)?);
        }
    }
    Ok(tests)
}

/// Error that putting a layer back adds, against 0.
pub fn rewind_tests(arms: &[ArmResult]) -> Result<Vec<Test>, Failed> {
    let mut tests = vec![];
    for arm in arms {
        tests.extend(family(&arm.title(), arm, |run, l| Some((arm.runs[run].rewound(l), 0.0)))?);
    }
    Ok(tests)
}

/// p-values by arm with Holm's correction over the arms.
fn by_arm(p: Vec<(String, f64)>) -> Result<Vec<(String, f64, f64)>, Failed> {
    let adjusted = holm(&p.iter().map(|(_, p)| *p).collect::<Vec<_>>())?;
    Ok(p.into_iter().zip(adjusted).map(|((arm, p), holm)| (arm, p, holm)).collect())
}

/// Do the layers of an arm differ in relative change?
pub fn friedman_tests(arms: &[ArmResult]) -> Result<Vec<(String, f64, f64)>, Failed> {
    let mut p = vec![];
    for arm in arms.iter().filter(|a| a.runs.len() > 1 && a.layers.len() > 1) {
        let relative = |run: &RunResult| run.layers.blocks.iter().map(|b| b.relative_frobenius).collect();
        let rows: Option<Vec<Vec<f64>>> = arm.runs.iter().map(relative).collect();
        if let Some(rows) = rows {
            p.push((arm.title(), friedman(&rows)?.p));
        }
    }
    by_arm(p)
}

/// Does the difference to the reference depend on the layer?
pub fn interaction_tests(arms: &[ArmResult], reference: &str) -> Result<Vec<(String, f64, f64)>, Failed> {
    let base = arms.iter().find(|a| a.arm == reference).ok_or("the reference arm is missing")?;
    let mut p = vec![];
    for arm in arms.iter().filter(|a| a.arm != reference && a.layers == base.layers && a.layers.len() > 1) {
        let row = |(own, base): (&RunResult, &RunResult)| {
            let pairs = own.layers.blocks.iter().zip(&base.layers.blocks);
            pairs.map(|(a, b)| Some(a.share? - b.share?)).collect::<Option<Vec<f64>>>()
        };
        let rows: Option<Vec<Vec<f64>>> = arm.runs.iter().zip(&base.runs).map(row).collect();
        if let Some(rows) = rows {
            p.push((arm.title(), sign_flip_interaction(&rows, Flips::default(), &mut rng(2))?.p));
        }
    }
    by_arm(p)
}
