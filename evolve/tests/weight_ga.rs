//! The genetic algorithm for weights: what a mutation keeps, what is inherited together, and from whom.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_evolve::{
    Address, Candidate, Evaluation, Failure, ObjectiveInfo, Optimizer, OptimizerConfig, Outcome, SearchSpace, Start,
    Variable, WeightGaConfig, WeightMutation,
};
use rand::RngExt;

const GROUPS: usize = 6;
const PER_GROUP: usize = 60;

fn multiplicative(scales: &[f64]) -> WeightMutation {
    WeightMutation::Multiplicative { scales: scales.to_vec() }
}

/// Groups of genes with ranges of either sign; a gene's group is spread over the genome.
fn signed_space() -> SearchSpace {
    let variable = |k: usize| {
        let (lower, upper) = if k.is_multiple_of(3) { (-1.7, 0.0) } else { (0.0, 1.7) };
        Variable::real(format!("w{k}"), lower, upper).in_group(format!("neuron {}", k % GROUPS))
    };
    SearchSpace::new((0..GROUPS * PER_GROUP).map(variable).collect()).unwrap()
}

/// Weights of many magnitudes with the signs of the space, every seventh 0.
fn signed_start() -> Vec<f64> {
    let weight = |k: usize| {
        let size = if k.is_multiple_of(7) { 0.0 } else { 0.3 * 0.98_f64.powi(k as i32) };
        if k.is_multiple_of(3) { -size } else { size }
    };
    (0..GROUPS * PER_GROUP).map(weight).collect()
}

fn config(mutation: WeightMutation, mutated: f64) -> WeightGaConfig {
    let start = Start::Genome(signed_start());
    WeightGaConfig { population: 12, elites: 2, tournament: 3, crossover_rate: 0.5, mutated, mutation, start }
}

fn build(config: &WeightGaConfig, space: &SearchSpace, run: u64) -> Box<dyn Optimizer> {
    config.build(space, &[ObjectiveInfo::new("loss", true)], run).unwrap()
}

/// Values that have nothing to do with genomes.
fn luck(generation: u64, count: usize) -> Vec<f64> {
    let at = Address { run: 5, generation, candidate: 0, episode: 0 };
    let mut rng = at.rng(1);
    (0..count).map(|_| rng.random()).collect()
}

fn tell(search: &mut dyn Optimizer, asked: &[Candidate], values: &[f64]) {
    let done = |(c, &v): (&Candidate, &f64)| (c.id, Outcome::Done(Evaluation::new(vec![v])));
    search.tell(&asked.iter().zip(values).map(done).collect::<Vec<_>>()).unwrap();
}

fn best(values: &[f64]) -> usize {
    (0..values.len()).min_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap()
}

#[test]
fn a_multiplicative_mutation_keeps_signs_and_zeros() {
    let (space, start) = (signed_space(), signed_start());
    let mut search = build(&config(multiplicative(&[0.1, 1.0]), 0.5), &space, 1);
    let mut changed = 0;
    for generation in 0..40 {
        let asked = search.ask().unwrap();
        for (k, &w) in start.iter().enumerate() {
            for candidate in &asked {
                let x = candidate.genome[k];
                assert!(if w == 0.0 { x == 0.0 } else { x * w > 0.0 }, "generation {generation}, gene {k}: {w} to {x}");
                changed += usize::from(x != w);
            }
        }
        tell(search.as_mut(), &asked, &luck(generation, asked.len()));
    }
    assert!(changed > 100_000, "{changed}");
}

#[test]
fn relative_changes_are_the_same_for_weak_and_strong_weights() {
    let settings = WeightGaConfig { population: 200, ..config(multiplicative(&[0.05]), 1.0) };
    let founders = build(&settings, &signed_space(), 3).ask().unwrap();
    // The first is the start, to the rounding of places in the range.
    let start = founders[0].genome.clone();
    assert!(start.iter().zip(signed_start()).all(|(a, b)| (a - b).abs() < 1e-15));
    for range in [0..40, 320..360] {
        let logs = founders[1..].iter().flat_map(|f| {
            let (start, range) = (&start, range.clone());
            range.filter(|&k| start[k] != 0.0).map(move |k| (f.genome[k] / start[k]).ln())
        });
        let logs: Vec<f64> = logs.collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let deviation = (logs.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
        // Standard errors of both for normal numbers.
        assert!(mean.abs() < 4.0 * 0.05 / n.sqrt(), "{mean}");
        assert!((deviation - 0.05).abs() < 4.0 * 0.05 / (2.0 * n).sqrt(), "{deviation}");
    }
}

#[test]
fn the_share_of_genes_that_mutate_is_the_setting_and_the_others_keep_their_bits() {
    let settings = WeightGaConfig { population: 200, ..config(multiplicative(&[0.05]), 0.05) };
    let founders = build(&settings, &signed_space(), 3).ask().unwrap();
    let start = founders[0].genome.clone();
    let moved = |f: &Candidate| f.genome.iter().zip(&start).filter(|(a, b)| a != b).count();
    let count: usize = founders[1..].iter().map(moved).sum();
    let trials = 199.0 * start.iter().filter(|&&w| w != 0.0).count() as f64;
    let error = (trials * 0.05 * 0.95).sqrt();
    assert!((count as f64 - 0.05 * trials).abs() < 4.0 * error, "{count} of {trials}");
}

#[test]
fn elites_are_asked_again_unchanged() {
    let mut search = build(&config(multiplicative(&[0.1]), 0.3), &signed_space(), 4);
    for generation in 0..10 {
        let asked = search.ask().unwrap();
        let values = luck(generation, asked.len());
        tell(search.as_mut(), &asked, &values);
        let mut order: Vec<usize> = (0..asked.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let next = search.ask().unwrap();
        assert_eq!(next.len(), 12);
        for (place, &k) in order[..2].iter().enumerate() {
            assert_eq!(next[place].genome, asked[k].genome);
            assert_ne!(next[place].id, asked[k].id);
        }
        assert_eq!(search.recommendation().unwrap(), asked[order[0]].genome);
    }
}

#[test]
fn groups_are_inherited_as_a_whole_from_one_or_two_parents() {
    // Half of the children draw a scale that is next to nothing: they show what was inherited.
    let settings = WeightGaConfig { crossover_rate: 1.0, elites: 0, ..config(multiplicative(&[1.0, 1e-14]), 1.0) };
    let settings = WeightGaConfig { population: 40, ..settings };
    let space = signed_space();
    let mut search = build(&settings, &space, 2);
    let founders = search.ask().unwrap();
    tell(search.as_mut(), &founders, &luck(0, 40));
    let children = search.ask().unwrap();
    let (mut copies, mut mixed) = (0, 0);
    let from = |child: &[f64], group: usize| {
        let same = |f: &Candidate| {
            let mut genes = (0..child.len()).filter(|k| k % GROUPS == group);
            genes.all(|k| (child[k] - f.genome[k]).abs() <= 1e-10 * child[k].abs())
        };
        founders.iter().position(same)
    };
    for child in &children {
        let parents: Vec<Option<usize>> = (0..GROUPS).map(|group| from(&child.genome, group)).collect();
        if parents.iter().all(Option::is_none) {
            continue;
        }
        let mut known: Vec<usize> = parents.into_iter().map(|p| p.expect("a group of no founder")).collect();
        known.sort_unstable();
        known.dedup();
        assert!(known.len() <= 2, "groups of {} parents", known.len());
        copies += 1;
        mixed += usize::from(known.len() == 2);
    }
    assert!((10..30).contains(&copies) && mixed > copies / 2, "{copies} copies, {mixed} of two parents");
}

/// Genes of the ancestors of every candidate, followed from outside: a group of genes descends from that group of the
/// generation before with which it shares most values.
fn follow(before: &[Candidate], ancestors: &[Vec<f64>], after: &[Candidate]) -> Vec<Vec<f64>> {
    let genes = |group: usize| (0..GROUPS * PER_GROUP).filter(move |k| k % GROUPS == group);
    let one = |child: &Candidate| {
        let mut own = vec![f64::NAN; child.genome.len()];
        for group in 0..GROUPS {
            let shared = |p: &Candidate| genes(group).filter(|&k| p.genome[k] == child.genome[k]).count();
            let most = before.iter().map(shared).max().unwrap();
            let closest = before.iter().zip(ancestors).filter(|(p, _)| shared(p) == most);
            let claims: Vec<Vec<f64>> = closest.map(|(_, a)| genes(group).map(|k| a[k]).collect()).collect();
            assert!(claims.iter().all(|c| *c == claims[0]), "a group that could descend from several founders");
            genes(group).zip(&claims[0]).for_each(|(k, &a)| own[k] = a);
        }
        own
    };
    after.iter().map(one).collect()
}

#[test]
fn the_ancestor_is_put_together_from_the_founders_of_every_group() {
    let mut mixtures = 0;
    for run in 0..6 {
        let settings = config(multiplicative(&[0.02, 0.05, 0.1]), 0.3);
        let mut search = build(&settings, &signed_space(), run);
        assert!(search.ancestor().is_none());
        let mut asked = search.ask().unwrap();
        let founders: Vec<Vec<f64>> = asked.iter().map(|c| c.genome.clone()).collect();
        let mut ancestors = founders.clone();
        for generation in 0..12 {
            let values = luck(1000 * run + generation, asked.len());
            tell(search.as_mut(), &asked, &values);
            let found = search.ancestor().unwrap();
            // Lineage is part of the state.
            search = serde_json::from_str(&serde_json::to_string(search.as_ref()).unwrap()).unwrap();
            assert_eq!(search.ancestor().as_ref(), Some(&found));
            assert_eq!(found, ancestors[best(&values)], "run {run}, generation {generation}");
            mixtures += usize::from(!founders.contains(&found));
            let next = search.ask().unwrap();
            ancestors = follow(&asked, &ancestors, &next);
            asked = next;
        }
    }
    assert!(mixtures > 20, "{mixtures} ancestors of several founders");
}

#[test]
fn founders_are_the_first_generation_that_did_not_fail_as_a_whole() {
    let mut search = build(&config(multiplicative(&[0.1]), 0.5), &signed_space(), 6);
    let failed = search.ask().unwrap();
    let outcomes: Vec<_> = failed.iter().map(|c| (c.id, Outcome::Failed(Failure::new("no")))).collect();
    search.tell(&outcomes).unwrap();
    assert!(search.ancestor().is_none());
    let founders = search.ask().unwrap();
    assert_ne!(founders[5].genome, failed[5].genome);
    let mut values = luck(0, 12);
    values[5] = -1.0;
    tell(search.as_mut(), &founders, &values);
    assert_eq!(search.ancestor().unwrap(), founders[5].genome);
    // The next best may be any child; its ancestor is made of founders' genes.
    let asked = search.ask().unwrap();
    tell(search.as_mut(), &asked, &luck(1, 12));
    let ancestor = search.ancestor().unwrap();
    assert!(ancestor.iter().enumerate().all(|(k, x)| founders.iter().any(|f| f.genome[k] == *x)));
}

#[test]
fn additive_drift_moves_layers_in_proportion_to_their_size() {
    // Equal ranges, unequal weights: the change of a weight does not depend on its size, and a layer of n of N genes has
    // the share n / N of the squared change from the ancestor.
    const LAYERS: [usize; 3] = [60, 300, 40];
    let genes: usize = LAYERS.iter().sum();
    let variables = (0..genes).map(|k| Variable::real(format!("w{k}"), -1.0, 1.0).in_group(format!("g{}", k % 40)));
    let space = SearchSpace::new(variables.collect()).unwrap();
    let start = (0..genes).map(|k| if k < 60 { 0.5 } else { 0.01 }).collect();
    let settings =
        WeightGaConfig { start: Start::Genome(start), ..config(WeightMutation::Additive { sigma: 0.005 }, 0.5) };
    let shares = |run: u64| {
        let mut search = build(&settings, &space, run);
        for generation in 0..30 {
            let asked = search.ask().unwrap();
            tell(search.as_mut(), &asked, &luck(1000 * run + generation, asked.len()));
        }
        let (end, from) = (search.recommendation().unwrap(), search.ancestor().unwrap());
        let mut squares = end.iter().zip(&from).map(|(a, b)| (a - b) * (a - b));
        let energy = LAYERS.map(|n| squares.by_ref().take(n).sum::<f64>());
        energy.map(|e| e / energy.iter().sum::<f64>())
    };
    let all: Vec<[f64; 3]> = (0..40).map(shares).collect();
    for (layer, &size) in LAYERS.iter().enumerate() {
        let n = all.len() as f64;
        let mean = all.iter().map(|s| s[layer]).sum::<f64>() / n;
        let error = (all.iter().map(|s| (s[layer] - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        let expected = size as f64 / genes as f64;
        assert!((mean - expected).abs() < 4.0 * error, "layer {layer}: {mean} +- {error} for {expected}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let good = config(multiplicative(&[0.1]), 0.3);
    for (bad, field) in [
        (WeightGaConfig { population: 1, ..good.clone() }, "population"),
        (WeightGaConfig { elites: 12, ..good.clone() }, "elites"),
        (WeightGaConfig { tournament: 0, ..good.clone() }, "tournament"),
        (WeightGaConfig { crossover_rate: 1.5, ..good.clone() }, "crossover_rate"),
        (WeightGaConfig { mutated: 0.0, ..good.clone() }, "mutated"),
        (WeightGaConfig { mutation: multiplicative(&[]), ..good.clone() }, "scales"),
        (WeightGaConfig { mutation: multiplicative(&[0.1, -0.1]), ..good.clone() }, "scales"),
        (WeightGaConfig { mutation: WeightMutation::Additive { sigma: 0.0 }, ..good.clone() }, "sigma"),
    ] {
        let error = bad.build(&signed_space(), &[ObjectiveInfo::new("loss", true)], 1).err().unwrap().to_string();
        assert!(error.contains(field), "{error}");
    }
}
